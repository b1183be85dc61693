//! Owns what a test may need from the machine, how to see that it is there, and what to say when it is not.
//! Must not install or start anything: `./check` installs, the rigs start.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::guard::{Account, is_root};
use crate::node::{chromium, missing_of_packages};

/// Something outside the project that a test stands on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Requirement {
    /// `initdb`, `postgres` and `psql`, and a user to run them as.
    Postgres,
    /// Postfix, Dovecot with its sieve plug-in, `smtp-sink`, `openssl`, and root to run them.
    Mailrig,
    /// Postfix' `smtp-sink` and `smtp-source`; any user may run them.
    SmtpSink,
    /// Python with `dkimpy`, as the system's own `python3` has it.
    DkimJudge,
    /// The `spamassassin` program with its rules.
    SpamAssassin,
    /// The `dnsmasq` program, a DNS server; any user may run it.
    NameServer,
    /// The `curl` program, for examples that are written for it.
    Curl,
    /// The `node` program from version 18 on, which has `fetch`, for examples in JavaScript.
    Node,
    /// Node with `oauth4webapi`.
    OAuthJudge,
    /// Chromium, and Node with Playwright and axe.
    Browser,
    /// Node with Spectral, Redocly's linter and a generator of clients.
    OpenApiJudges,
    /// The programs of `tests/judges/requirements.txt`, in a virtual environment beside it.
    PythonJudges,
    /// The official conformance suite, inspector and clients of MCP.
    McpJudges,
    /// Node with `aimock`, a server in OpenAI's shape.
    ModelServer,
}

/// Why a test cannot run here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skip {
    /// What was asked for.
    pub requirement: Requirement,
    /// What is missing of it, and what would bring it.
    pub missing: String,
}

impl std::fmt::Display for Skip {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "needs {}: {}", self.requirement.title(), self.missing)
    }
}

impl std::error::Error for Skip {}

impl Requirement {
    /// Every requirement.
    pub const ALL: [Self; 14] = [
        Self::Postgres,
        Self::Mailrig,
        Self::SmtpSink,
        Self::DkimJudge,
        Self::SpamAssassin,
        Self::NameServer,
        Self::Curl,
        Self::Node,
        Self::OAuthJudge,
        Self::Browser,
        Self::OpenApiJudges,
        Self::PythonJudges,
        Self::McpJudges,
        Self::ModelServer,
    ];

    /// What people call it.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Postgres => "PostgreSQL",
            Self::Mailrig => "Postfix and Dovecot",
            Self::SmtpSink => "Postfix' smtp-sink",
            Self::DkimJudge => "dkimpy",
            Self::SpamAssassin => "SpamAssassin",
            Self::NameServer => "dnsmasq",
            Self::Curl => "curl",
            Self::Node => "Node.js",
            Self::OAuthJudge => "oauth4webapi",
            Self::Browser => "a browser with axe",
            Self::OpenApiJudges => "Spectral, Redocly and openapi-typescript",
            Self::PythonJudges => "the judges written in Python",
            Self::McpJudges => "the judges of MCP",
            Self::ModelServer => "aimock",
        }
    }

    /// Looks whether it is there.
    ///
    /// # Errors
    /// Says what is missing and which Debian package has it.
    pub fn check(self) -> Result<(), Skip> {
        let missing = match self {
            Self::Postgres => missing_of_postgres(),
            Self::Mailrig => missing_of_mailrig(),
            Self::SmtpSink => missing_program(&["smtp-sink", "smtp-source"], "postfix"),
            Self::DkimJudge => missing_of_dkim(),
            Self::SpamAssassin => missing_program(&["spamassassin"], "spamassassin"),
            Self::NameServer => missing_program(&["dnsmasq"], "dnsmasq-base"),
            Self::Curl => missing_program(&["curl"], "curl"),
            Self::Node => missing_of_packages(&[]),
            Self::OAuthJudge => missing_of_packages(&["oauth4webapi"]),
            Self::OpenApiJudges => missing_of_packages(&[
                "@stoplight/spectral-cli",
                "@redocly/cli",
                "openapi-typescript",
                "openapi-fetch",
                "typescript",
            ]),
            Self::McpJudges => missing_of_packages(&[
                "@modelcontextprotocol/client",
                "@modelcontextprotocol/conformance",
                "@modelcontextprotocol/inspector",
                "@modelcontextprotocol/sdk",
                "mcp-remote",
            ]),
            Self::ModelServer => missing_of_packages(&["@copilotkit/aimock"]),
            Self::Browser => match chromium() {
                None => Some("no chromium (apt-get install chromium)".to_owned()),
                Some(_) => missing_of_packages(&["playwright-core", "@axe-core/playwright"]),
            },
            Self::PythonJudges => crate::python::missing(),
        };
        missing.map_or(Ok(()), |missing| Err(Skip { requirement: self, missing }))
    }
}

/// Asks for a requirement on behalf of the running test.
///
/// When it is missing, one line `skipped: TEST needs …` goes to standard error, past the capture of the test runner.
///
/// # Errors
/// What is missing; the test should return.
///
/// # Panics
/// When it is missing and the environment variable `CI` is set: a run that proves less must not look green.
pub fn require(requirement: Requirement) -> Result<(), Skip> {
    let outcome = if std::env::var("OUTRIDER_TEST_RIGS").is_ok_and(|value| value == "off") {
        Err(Skip { requirement, missing: "the rigs are switched off (OUTRIDER_TEST_RIGS=off)".to_owned() })
    } else {
        requirement.check()
    };
    if let Err(skip) = &outcome {
        let test = std::thread::current().name().unwrap_or("a test").to_owned();
        let line = format!("skipped: {test} {skip}\n");
        // Written to the handle and not with `eprintln!`, which the test runner would keep to itself.
        std::io::stderr().lock().write_all(line.as_bytes()).ok();
        assert!(!in_ci(std::env::var("CI").ok().as_deref()), "{line}CI is set, so nothing may be skipped");
    }
    outcome
}

fn in_ci(value: Option<&str>) -> bool {
    value.is_some_and(|value| !matches!(value, "" | "0" | "false"))
}

/// The path of a program, searched in `PATH` and in the directories that only root's `PATH` has.
#[must_use]
pub fn program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain(["/usr/sbin", "/sbin", "/usr/local/sbin"].map(PathBuf::from))
        .map(|directory| directory.join(name))
        .find(|candidate| candidate.is_file())
}

/// Where PostgreSQL's own programs are: the newest Debian version, else the directory of `initdb` in `PATH`.
///
/// Debian's `/usr/bin/psql` is a wrapper that costs a tenth of a second a call; this is the real one's directory.
#[must_use]
pub fn postgres_programs() -> Option<PathBuf> {
    let mut versions: Vec<(u32, PathBuf)> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|entry| {
            let entry = entry.ok()?;
            Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin")))
        })
        .filter(|(_, directory)| directory.join("initdb").is_file() && directory.join("postgres").is_file())
        .collect();
    versions.sort();
    versions.pop().map(|(_, directory)| directory).or_else(|| Some(program("initdb")?.parent()?.to_owned()))
}

/// The interpreter that sees Debian's Python packages, even where another `python3` comes first in `PATH`.
#[must_use]
pub fn system_python() -> Option<PathBuf> {
    Some(PathBuf::from("/usr/bin/python3")).filter(|path| path.is_file()).or_else(|| program("python3"))
}

fn missing_program(names: &[&str], package: &str) -> Option<String> {
    let missing: Vec<&str> = names.iter().copied().filter(|name| program(name).is_none()).collect();
    (!missing.is_empty()).then(|| format!("no {} (apt-get install {package})", missing.join(", ")))
}

fn missing_of_postgres() -> Option<String> {
    let Some(directory) = postgres_programs() else {
        return Some("no initdb (apt-get install postgresql)".to_owned());
    };
    if !directory.join("psql").is_file() {
        return Some(format!("no psql in {} (apt-get install postgresql-client)", directory.display()));
    }
    (is_root() && Account::named("postgres").is_none())
        .then(|| "no user `postgres`, and the server will not run as root (apt-get install postgresql)".to_owned())
}

fn missing_of_mailrig() -> Option<String> {
    const FILES: [(&str, &str); 5] = [
        ("/usr/lib/postfix/sbin/smtpd", "postfix"),
        ("/usr/lib/dovecot/auth", "dovecot-core"),
        ("/usr/lib/dovecot/imap", "dovecot-imapd"),
        ("/usr/lib/dovecot/lmtp", "dovecot-lmtpd"),
        ("/usr/lib/dovecot/modules/lib90_sieve_plugin.so", "dovecot-sieve"),
    ];
    let packages: Vec<&str> =
        FILES.into_iter().filter(|(file, _)| !Path::new(file).exists()).map(|(_, package)| package).collect();
    if !packages.is_empty() {
        return Some(format!("not installed (apt-get install {})", packages.join(" ")));
    }
    missing_program(&["postfix", "smtp-sink"], "postfix")
        .or_else(|| missing_program(&["dovecot"], "dovecot-core"))
        .or_else(|| missing_program(&["openssl"], "openssl"))
        .or_else(|| (!is_root()).then(|| "Postfix starts as root only (run the tests as root)".to_owned()))
}

fn missing_of_dkim() -> Option<String> {
    let Some(python) = system_python() else {
        return Some("no python3 (apt-get install python3-dkim)".to_owned());
    };
    let found = Command::new(python)
        .args(["-c", "import dkim"])
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success());
    (!found).then(|| "python3 has no module dkim (apt-get install python3-dkim)".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_requirement_says_what_is_missing() {
        for requirement in Requirement::ALL {
            if let Err(skip) = requirement.check() {
                let line = skip.to_string();
                assert!(line.contains(requirement.title()), "{line}");
                assert!(["apt-get install", "as root", "npm ci"].iter().any(|how| line.contains(how)), "{line}");
            }
        }
    }

    #[test]
    fn a_missing_program_is_named_with_its_package() {
        assert_eq!(missing_program(&["sh"], "dash"), None);
        assert_eq!(
            missing_program(&["sh", "no-such-program"], "a-package"),
            Some("no no-such-program (apt-get install a-package)".to_owned())
        );
    }

    #[test]
    fn only_a_set_and_true_ci_counts() {
        assert!(in_ci(Some("true")) && in_ci(Some("1")));
        assert!(!in_ci(None) && !in_ci(Some("")) && !in_ci(Some("false")) && !in_ci(Some("0")));
    }

    /// Not a test of its own: what [`a_skip_is_told_past_the_capture_and_fails_in_ci`] runs.
    #[test]
    fn helper_that_asks_for_postgres() {
        if std::env::var_os("OUTRIDER_REQUIREMENT_HELPER").is_some() {
            assert!(require(Requirement::Postgres).is_err());
        }
    }

    #[test]
    fn a_skip_is_told_past_the_capture_and_fails_in_ci() {
        for (ci, passes) in [("", true), ("true", false)] {
            let output = Command::new(std::env::current_exe().expect("this program"))
                .args(["--exact", "requirements::tests::helper_that_asks_for_postgres"])
                .env("OUTRIDER_REQUIREMENT_HELPER", "1")
                .env("OUTRIDER_TEST_RIGS", "off")
                .env("CI", ci)
                .output()
                .expect("a run");
            let told = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.success(), passes, "CI={ci:?}: {told}");
            assert!(
                told.lines().any(|line| line.starts_with("skipped: ") && line.contains("needs PostgreSQL")),
                "{told}"
            );
        }
    }
}
