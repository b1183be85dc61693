//! Owns running judges that come as Python programs, from the folder where `./check` installs them.
//! Must not decide what a good answer is: the programs do, and the tests that ask them.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::node::FOLDER;
use crate::requirements::{Requirement, Skip, require};

/// Where `./check` puts them: a virtual environment of their own, after `requirements.txt` beside it.
const ENVIRONMENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/judges/.venv");

/// What a program said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// Whether it found nothing wrong.
    pub good: bool,
    /// Everything it printed.
    pub said: String,
}

/// Runs a program of the environment to its end.
///
/// # Errors
/// What is missing on this machine.
///
/// # Panics
/// When the program can't be started, though it is there, or no folder can be made for it.
pub fn judge(name: &str, arguments: &[&str]) -> Result<Verdict, Skip> {
    require(Requirement::PythonJudges)?;
    let program = PathBuf::from(ENVIRONMENT).join("bin").join(name);
    Ok(ended(Command::new(program).args(arguments), b""))
}

/// Runs a script of `tests/judges` to its end, with something to read and more in its environment.
///
/// # Errors
/// What is missing on this machine.
///
/// # Panics
/// As [`judge`].
pub fn script(name: &str, arguments: &[&str], environment: &[(&str, &str)], input: &[u8]) -> Result<Verdict, Skip> {
    Ok(ended(command(name, arguments)?.envs(environment.iter().copied()), input))
}

/// A script of `tests/judges` as a command, for those who watch it while it runs.
///
/// # Errors
/// What is missing on this machine.
pub fn command(name: &str, arguments: &[&str]) -> Result<Command, Skip> {
    require(Requirement::PythonJudges)?;
    let mut command = Command::new(PathBuf::from(ENVIRONMENT).join("bin/python"));
    command.arg(PathBuf::from(FOLDER).join(name)).args(arguments);
    Ok(command)
}

fn ended(command: &mut Command, input: &[u8]) -> Verdict {
    // They leave what they remember where they run.
    let folder = tempfile::tempdir().expect("a folder");
    let mut child = command
        .current_dir(folder.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    // Who reads nothing may have gone already.
    child.stdin.take().map(|mut stdin| stdin.write_all(input));
    let output = child.wait_with_output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let said = [output.stdout, output.stderr].concat();
    Verdict { good: output.status.success(), said: String::from_utf8_lossy(&said).into_owned() }
}

/// What is missing to run them: the environment, or one made after the list as it stands.
pub(crate) fn missing() -> Option<String> {
    let read = |path: PathBuf| std::fs::read_to_string(path).ok();
    let wanted = read(PathBuf::from(FOLDER).join("requirements.txt"));
    let there = read(PathBuf::from(ENVIRONMENT).join("of-requirements.txt"));
    (there.is_none() || there != wanted).then(|| {
        "tests/judges/.venv is not there or out of date (apt-get install python3-venv, then ./check)".to_owned()
    })
}
