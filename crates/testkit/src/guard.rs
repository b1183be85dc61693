//! Owns clean-up that happens even when the test process is killed. Knows nothing about what it cleans up.

use std::ffi::OsStr;
use std::io::{self, Write};
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};

/// A user of the system that a rig's server runs as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Account {
    /// User id.
    pub uid: u32,
    /// Primary group id.
    pub gid: u32,
}

impl Account {
    /// Looks a user up by name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let number = |flag: &str| -> Option<u32> {
            let output = Command::new("id").args([flag, name]).stderr(Stdio::null()).output().ok()?;
            std::str::from_utf8(&output.stdout).ok()?.trim().parse().ok()
        };
        Some(Self { uid: number("-u")?, gid: number("-g")? })
    }
}

/// Whether this process may act as root.
#[must_use]
pub fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0)
}

/// A new directory for a rig, entered by every user; the caller removes it (a [`Guard`] does).
///
/// It is in `/tmp` even when `TMPDIR` says otherwise: socket paths must stay short and other users must get in.
///
/// # Errors
/// When it cannot be made.
pub fn rig_directory(kind: &str, owner: Option<Account>) -> io::Result<PathBuf> {
    let base = if Path::new("/tmp").is_dir() { PathBuf::from("/tmp") } else { std::env::temp_dir() };
    let directory = tempfile::Builder::new().prefix(&format!("outrider-{kind}-")).tempdir_in(base)?.keep();
    std::fs::set_permissions(&directory, std::os::unix::fs::PermissionsExt::from_mode(0o755))?;
    if let Some(account) = owner {
        std::os::unix::fs::chown(&directory, Some(account.uid), Some(account.gid))?;
    }
    Ok(directory)
}

/// Runs `command` as another user.
pub fn run_as(command: &mut Command, account: Option<Account>) -> &mut Command {
    match account {
        Some(account) => command.uid(account.uid).gid(account.gid),
        None => command,
    }
}

/// A small shell process that runs a script as soon as this process lets go of it or dies, by whatever means.
///
/// It holds the reading end of a pipe; the kernel closes the writing end when this process ends, SIGKILL included.
#[derive(Debug)]
pub struct Guard {
    child: Child,
    leash: Option<ChildStdin>,
}

impl Guard {
    /// Starts a guard that will run the shell `script` with `arguments` as `$1`, `$2`, …
    ///
    /// # Errors
    /// When no shell can be started.
    pub fn new(script: &str, arguments: &[&OsStr], account: Option<Account>) -> io::Result<Self> {
        let wrapped = format!("trap '' HUP INT TERM PIPE; if read -r word; then exit 0; fi\n{script}");
        let mut command = Command::new("/bin/sh");
        command.arg("-c").arg(wrapped).arg("outrider-guard").args(arguments).current_dir("/");
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).process_group(0);
        let mut child = run_as(&mut command, account).spawn()?;
        let leash = child.stdin.take();
        Ok(Self { child, leash })
    }

    /// Lets the guard go without running its script: what it watched is already gone.
    pub fn dismiss(mut self) {
        if let Some(mut leash) = self.leash.take() {
            // A guard that cannot be told has ended already.
            leash.write_all(b"done\n").ok();
        }
    }
}

impl Drop for Guard {
    /// Runs the script (unless dismissed) and waits for its end.
    fn drop(&mut self) {
        drop(self.leash.take());
        self.child.wait().ok();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wait::until;
    use std::time::Duration;

    #[test]
    fn the_script_runs_when_the_guard_is_dropped_and_not_when_dismissed() {
        let directory = tempfile::tempdir().expect("a directory");
        let (dropped, dismissed) = (directory.path().join("dropped"), directory.path().join("dismissed"));
        drop(Guard::new(r#"echo ran > "$1""#, &[dropped.as_os_str()], None).expect("a guard"));
        assert!(dropped.exists());
        Guard::new(r#"echo ran > "$1""#, &[dismissed.as_os_str()], None).expect("a guard").dismiss();
        assert!(!dismissed.exists());
    }

    /// Not a test of its own: the process that [`the_script_runs_when_the_process_is_killed`] kills.
    #[test]
    fn helper_that_waits_to_be_killed() {
        let Some(mark) = std::env::var_os("OUTRIDER_GUARD_MARK") else { return };
        let _guard = Guard::new(r#"echo ran > "$1""#, &[&mark], None).expect("a guard");
        std::fs::write(Path::new(&mark).with_extension("ready"), "").expect("a ready mark");
        std::thread::sleep(Duration::from_secs(30));
    }

    #[test]
    fn the_script_runs_when_the_process_is_killed() {
        let directory = tempfile::tempdir().expect("a directory");
        let mark = directory.path().join("mark");
        let mut helper = Command::new(std::env::current_exe().expect("this program"))
            .args(["--exact", "guard::tests::helper_that_waits_to_be_killed"])
            .env("OUTRIDER_GUARD_MARK", &mark)
            .stdout(Stdio::null())
            .spawn()
            .expect("a helper");
        until(Duration::from_secs(20), || mark.with_extension("ready").exists().then_some(())).expect("helper is up");
        assert!(!mark.exists());
        helper.kill().expect("a kill");
        helper.wait().expect("an end");
        until(Duration::from_secs(10), || mark.exists().then_some(())).expect("the guard cleans up after SIGKILL");
    }
}
