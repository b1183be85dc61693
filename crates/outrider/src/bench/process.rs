//! Child processes of a measurement: this binary and programs it is compared with. They end with their handle.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::broken;
use crate::failure::{Failure, Outcome, Status};

/// How long a child may take to say that it is there.
const PATIENCE: Duration = Duration::from_secs(60);

/// A process that is killed when its handle goes.
pub(super) struct Child {
    process: std::process::Child,
    output: Option<BufReader<ChildStdout>>,
}

impl Child {
    /// Starts this very binary, without the settings of the environment.
    pub(super) fn start(arguments: &[String], folder: &Path) -> Outcome<Self> {
        let this = std::env::current_exe().map_err(|error| broken(format!("this binary can't be found: {error}")))?;
        let mut command = Command::new(this);
        command.args(arguments).current_dir(folder);
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("OUTRIDER_")) {
            command.env_remove(name);
        }
        Self::spawn(command)
    }

    /// Starts a command; its standard output can be read.
    pub(super) fn spawn(mut command: Command) -> Outcome<Self> {
        let mut process = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| broken(format!("{} can't be started: {error}", command.get_program().display())))?;
        let output = process.stdout.take().map(BufReader::new);
        Ok(Self { process, output })
    }

    /// Its standard output, once.
    pub(super) fn output(&mut self) -> Option<BufReader<ChildStdout>> {
        self.output.take()
    }

    /// The first line it prints, as JSON.
    pub(super) fn announcement(&mut self) -> Outcome<Value> {
        let output = self.output.as_mut().ok_or_else(|| broken("the child's output was taken"))?;
        let mut line = String::new();
        output.read_line(&mut line).map_err(|error| broken(format!("a child can't be read: {error}")))?;
        serde_json::from_str(&line).map_err(|error| broken(format!("a child said {line:?}: {error}")))
    }

    /// Waits for its end; gives what it printed, as JSON.
    pub(super) fn finish(mut self) -> Outcome<Value> {
        let mut text = String::new();
        if let Some(mut output) = self.output.take() {
            output.read_to_string(&mut text).map_err(|error| broken(format!("a child can't be read: {error}")))?;
        }
        let status = self.process.wait().map_err(|error| broken(format!("a child can't be waited for: {error}")))?;
        if !status.success() {
            return Err(broken(format!("a child ended with {status}: {text}")));
        }
        serde_json::from_str(&text).map_err(|error| broken(format!("a child printed {text:?}: {error}")))
    }

    /// Its resident memory in MB (10^6 bytes).
    pub(super) fn resident(&self) -> Outcome<f64> {
        let path = format!("/proc/{}/status", self.process.id());
        let text = std::fs::read_to_string(&path).map_err(|error| {
            Failure::new(Status::Refused, "not_here", format!("memory is measured on Linux alone: {path}: {error}"))
        })?;
        let kilobytes =
            text.lines().find_map(|line| line.strip_prefix("VmRSS:")).and_then(|rest| rest.split_whitespace().next());
        let kilobytes: f64 = kilobytes.and_then(|number| number.parse().ok()).ok_or_else(|| broken("no VmRSS"))?;
        Ok(kilobytes * 1_024.0 / 1e6)
    }

    /// Asks it to end, and waits; kills it when it does not.
    pub(super) fn stop(mut self) {
        let asked = Command::new("kill").arg(self.process.id().to_string()).status();
        let until = Instant::now() + Duration::from_secs(10);
        while asked.as_ref().is_ok_and(std::process::ExitStatus::success) && Instant::now() < until {
            if let Ok(Some(_)) = self.process.try_wait() {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        if let Ok(None) = self.process.try_wait() {
            // It may end between the two calls.
            let _ = self.process.kill();
            let _ = self.process.wait();
        }
    }
}

/// Waits until `ready` gives something.
pub(super) async fn until<T>(what: &str, mut ready: impl AsyncFnMut() -> Option<T>) -> Outcome<T> {
    let end = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = ready().await {
            return Ok(found);
        }
        if Instant::now() > end {
            return Err(broken(format!("{what} did not happen within {} s", PATIENCE.as_secs())));
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

/// A program's path, when it is installed.
pub(super) fn program(name: &str) -> Option<std::path::PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain(["/usr/sbin", "/usr/local/sbin"].map(Into::into));
    folders.map(|folder| folder.join(name)).find(|path| path.is_file())
}

/// Whether this process is root's; servers from distributions then want to be told another user.
pub(super) fn is_root() -> bool {
    std::fs::read_to_string("/proc/self/status")
        .unwrap_or_default()
        .lines()
        .any(|line| line.strip_prefix("Uid:").is_some_and(|ids| ids.split_whitespace().nth(1) == Some("0")))
}
