//! Owns a program under test as a process: started, watched, killed and always reaped.
//! Must not know which program it is or what its output means beyond lines and URLs.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::guard::Guard;
use crate::wait::until;

/// A running program whose standard output and error are collected line by line.
#[derive(Debug)]
pub struct Process {
    child: Child,
    guard: Option<Guard>,
    said: Arc<Said>,
}

#[derive(Debug, Default)]
struct Said {
    state: Mutex<Output>,
    grew: Condvar,
}

/// What a program has written so far, line by line.
#[derive(Debug, Clone, Default)]
pub struct Output {
    /// Lines on standard output.
    pub stdout: Vec<String>,
    /// Lines on standard error.
    pub stderr: Vec<String>,
    closed: usize,
}

impl Process {
    /// Starts `command` with no input. It is killed when this value is dropped and when the test process dies.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start(command: &mut Command) -> io::Result<Self> {
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
        let said = Arc::new(Said::default());
        if let Some(stdout) = child.stdout.take() {
            said.collect(stdout, |output| &mut output.stdout);
        }
        if let Some(stderr) = child.stderr.take() {
            said.collect(stderr, |output| &mut output.stderr);
        }
        let guard = Guard::new(r#"kill -9 "$1""#, &[child.id().to_string().as_ref()], None);
        let mut process = Self { child, guard: None, said };
        process.guard = Some(guard?);
        Ok(process)
    }

    /// Its process id.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// How it ended; `None` while it runs.
    ///
    /// # Errors
    /// When the system does not tell.
    pub fn ended(&mut self) -> io::Result<Option<ExitStatus>> {
        self.child.try_wait()
    }

    /// What it has written so far.
    #[must_use]
    pub fn output(&self) -> Output {
        self.said.lock().clone()
    }

    /// Waits for the first line on either stream that `wanted` takes, and gives what it made of it.
    ///
    /// # Errors
    /// When the limit passes or the program ends without one; the message holds everything it wrote.
    pub fn wait_for_line<T>(&self, limit: Duration, wanted: impl Fn(&str) -> Option<T>) -> io::Result<T> {
        let deadline = Instant::now() + limit;
        let mut output = self.said.lock();
        let mut seen = (0, 0);
        loop {
            let fresh = output.stdout.iter().skip(seen.0).chain(output.stderr.iter().skip(seen.1));
            if let Some(found) = fresh.map(String::as_str).find_map(&wanted) {
                return Ok(found);
            }
            seen = (output.stdout.len(), output.stderr.len());
            let left = deadline.saturating_duration_since(Instant::now());
            if output.closed == 2 || left.is_zero() {
                let how = if output.closed == 2 { "the program ended" } else { "time ran out" };
                return Err(io::Error::other(format!("{how} before the wanted line; it wrote:\n{}", output.text())));
            }
            output = self.said.grew.wait_timeout(output, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Waits for the first `http://…` in its output, without a slash at the end.
    ///
    /// # Errors
    /// As [`Process::wait_for_line`].
    pub fn wait_for_url(&self, limit: Duration) -> io::Result<String> {
        self.wait_for_line(limit, |line| {
            let start = line.find("http://")?;
            let url = line[start..].split(|c: char| c.is_whitespace() || "\"'<>),\u{1b}".contains(c)).next()?;
            Some(url.trim_end_matches(['/', '.']).to_owned())
        })
    }

    /// Waits until `GET path` at `address` is answered with status 200.
    ///
    /// # Errors
    /// When the limit passes or the program ends first; the message holds everything it wrote.
    pub fn wait_for_http(&mut self, address: SocketAddr, path: &str, limit: Duration) -> io::Result<()> {
        let answered = until(limit, || match self.child.try_wait() {
            Ok(None) => (http_status(address, path).ok()? == 200).then_some(true),
            Ok(Some(_)) | Err(_) => Some(false),
        });
        if answered == Some(true) {
            return Ok(());
        }
        Err(io::Error::other(format!("GET {path} was never answered with 200; it wrote:\n{}", self.output().text())))
    }

    /// Kills it as a power cut would (SIGKILL) and waits until it has gone. No error when it had ended before.
    ///
    /// # Errors
    /// When it cannot be waited for.
    pub fn kill(&mut self) -> io::Result<ExitStatus> {
        self.child.kill()?;
        let status = self.child.wait()?;
        self.release();
        Ok(status)
    }

    /// Asks it to end (SIGTERM), as an operator does, and waits.
    ///
    /// # Errors
    /// When it still runs after `limit`; the message holds everything it wrote.
    pub fn terminate(&mut self, limit: Duration) -> io::Result<ExitStatus> {
        if self.child.try_wait()?.is_none() {
            // Not yet waited for, so the id cannot have passed to another process.
            Command::new("/bin/sh").args(["-c", r#"kill -TERM "$1""#, "sh", &self.id().to_string()]).status()?;
        }
        self.wait(limit)
    }

    /// Waits until it ends by itself.
    ///
    /// # Errors
    /// When it still runs after `limit`; the message holds everything it wrote.
    pub fn wait(&mut self, limit: Duration) -> io::Result<ExitStatus> {
        let status = until(limit, || self.child.try_wait().transpose()).transpose()?;
        let Some(status) = status else {
            return Err(io::Error::other(format!("it has not ended; it wrote:\n{}", self.output().text())));
        };
        self.release();
        // The streams may be held open by a grandchild, so their ends are waited for only briefly.
        until(Duration::from_secs(2), || (self.said.lock().closed == 2).then_some(()));
        Ok(status)
    }

    fn release(&mut self) {
        if let Some(guard) = self.guard.take() {
            guard.dismiss();
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill().ok();
    }
}

impl Output {
    /// Both streams, one after the other, for a message.
    #[must_use]
    pub fn text(&self) -> String {
        format!("--- standard output\n{}\n--- standard error\n{}", self.stdout.join("\n"), self.stderr.join("\n"))
    }
}

impl Said {
    fn lock(&self) -> MutexGuard<'_, Output> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn collect(self: &Arc<Self>, stream: impl Read + Send + 'static, side: fn(&mut Output) -> &mut Vec<String>) {
        let said = Arc::clone(self);
        std::thread::spawn(move || {
            let mut reader = BufReader::new(stream);
            let mut line = Vec::new();
            while let Ok(1..) = reader.read_until(b'\n', &mut line) {
                side(&mut said.lock()).push(String::from_utf8_lossy(&line).trim_end().to_owned());
                said.grew.notify_all();
                line.clear();
            }
            said.lock().closed += 1;
            said.grew.notify_all();
        });
    }
}

/// The status of one plain `GET`.
///
/// # Errors
/// When nothing listens there or the answer is not HTTP.
pub fn http_status(address: SocketAddr, path: &str) -> io::Result<u16> {
    let limit = Duration::from_secs(5);
    let mut stream = TcpStream::connect_timeout(&address, limit)?;
    stream.set_read_timeout(Some(limit))?;
    stream.write_all(format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").as_bytes())?;
    let mut first = String::new();
    BufReader::new(stream).read_line(&mut first)?;
    let status = first.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3)).and_then(|digits| digits.parse().ok());
    status.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, format!("not an HTTP answer: {first:?}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Duration = Duration::from_secs(10);

    fn shell(script: &str) -> Process {
        Process::start(Command::new("/bin/sh").args(["-c", script])).expect("a shell")
    }

    #[test]
    fn lines_and_urls_are_found_on_both_streams() {
        let process = shell("echo one; echo 'listening at http://127.0.0.1:8080/.' >&2; sleep 30");
        assert_eq!(process.wait_for_url(LIMIT).expect("a URL"), "http://127.0.0.1:8080");
        let one = process.wait_for_line(LIMIT, |line| line.strip_prefix("on").map(str::to_owned));
        assert_eq!(one.expect("a line"), "e");
    }

    #[test]
    fn a_program_that_ends_without_the_line_is_an_error_with_its_output() {
        let mut process = shell("echo wrong; exit 3");
        let error = process.wait_for_line(LIMIT, |line| (line == "right").then_some(())).expect_err("no such line");
        assert!(error.to_string().contains("wrong"), "{error}");
        assert_eq!(process.wait(LIMIT).expect("an end").code(), Some(3));
        let slow = shell("sleep 30");
        let error = slow.wait_for_line(Duration::from_millis(50), |_| Some(())).expect_err("nothing is said");
        assert!(error.to_string().contains("time ran out"), "{error}");
    }

    #[test]
    fn kill_is_sigkill_terminate_is_sigterm_and_dropping_reaps() {
        use std::os::unix::process::ExitStatusExt;
        assert_eq!(shell("exec sleep 30").kill().expect("an end").signal(), Some(9));
        let mut asked = shell("trap 'echo bye; exit 7' TERM; echo up; while :; do sleep 0.05; done");
        asked.wait_for_line(LIMIT, |line| (line == "up").then_some(())).expect("it is up");
        assert_eq!(asked.terminate(LIMIT).expect("an end").code(), Some(7));
        assert_eq!(asked.output().stdout, ["up", "bye"]);
        let dropped = shell("exec sleep 30");
        let path = format!("/proc/{}", dropped.id());
        assert!(std::path::Path::new(&path).exists());
        drop(dropped);
        assert!(!std::path::Path::new(&path).exists());
    }

    #[test]
    fn an_http_port_is_waited_for() {
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a port");
        let address = listener.local_addr().expect("an address");
        let mut process = shell("exec sleep 30");
        let server = std::thread::spawn(move || {
            for status in ["503 Not Yet", "200 OK"] {
                let (mut stream, _) = listener.accept().expect("a request");
                let mut first = String::new();
                BufReader::new(stream.try_clone().expect("a clone")).read_line(&mut first).expect("a line");
                assert_eq!(first, "GET /readyz HTTP/1.1\r\n");
                stream.write_all(format!("HTTP/1.1 {status}\r\n\r\n").as_bytes()).expect("an answer");
            }
        });
        process.wait_for_http(address, "/readyz", LIMIT).expect("ready");
        server.join().expect("both answers given");
        let mut ended = shell("exit 0");
        assert!(ended.wait_for_http(address, "/readyz", LIMIT).is_err());
    }
}
