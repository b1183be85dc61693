//! Owns running judges that come as Python programs, from the folder where `./check` installs them.
//! Must not decide what a good answer is: the programs do, and the tests that ask them.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::requirements::{Requirement, Skip, require};

/// Where `./check` puts them: a virtual environment of their own, after `tests/judges/requirements.txt`.
const PROGRAMS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/judges/.venv/bin");

/// What a program said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// Whether it found nothing wrong.
    pub good: bool,
    /// Everything it printed.
    pub said: String,
}

/// Runs a program to its end.
///
/// # Errors
/// What is missing on this machine.
///
/// # Panics
/// When the program can't be started, though it is there, or no folder can be made for it.
pub fn judge(name: &str, arguments: &[&str]) -> Result<Verdict, Skip> {
    require(Requirement::PythonJudges)?;
    // They leave what they remember where they run.
    let folder = tempfile::tempdir().expect("a folder");
    let output = Command::new(PathBuf::from(PROGRAMS).join(name))
        .args(arguments)
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .output()
        .unwrap_or_else(|error| panic!("{name}: {error}"));
    let said = [output.stdout, output.stderr].concat();
    Ok(Verdict { good: output.status.success(), said: String::from_utf8_lossy(&said).into_owned() })
}

/// What is missing to run the programs.
pub(crate) fn missing() -> Option<String> {
    let wanted = ["schemathesis", "openapi-spec-validator"];
    let missing: Vec<&str> = wanted.into_iter().filter(|name| !PathBuf::from(PROGRAMS).join(name).is_file()).collect();
    let names = missing.join(", ");
    (!missing.is_empty())
        .then(|| format!("no {names} in tests/judges/.venv (apt-get install python3-venv, then ./check)"))
}
