//! Owns a server in OpenAI's shape that nobody here wrote (`aimock`, among the packages for Node): it answers what fixtures say, and
//! goes wrong on purpose. Must not know what is asked of it.

use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::node;
use crate::process::Process;
use crate::requirements::{Requirement, Skip};

/// How long it may take to start.
const PATIENCE: Duration = Duration::from_secs(60);
const PROGRAM: &str = "node_modules/@copilotkit/aimock/dist/cli.js";

/// How it goes wrong, always.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Chaos {
    /// It does not.
    None,
    /// Answers that are no JSON.
    Malformed,
    /// Connections that break off.
    Disconnect,
    /// Status 500.
    Drop,
    /// Status 429.
    RateLimit,
}

/// The server. It ends with this value.
#[derive(Debug)]
pub struct ModelServer {
    url: String,
    _process: Process,
    _fixtures: TempDir,
}

impl ModelServer {
    /// Starts one that answers a question whose text has the first of a pair with the second, and no other question.
    ///
    /// # Errors
    /// What is missing on this machine.
    ///
    /// # Panics
    /// When it is installed and does not start.
    pub fn start(answers: &[(&str, &str)], chaos: Chaos) -> Result<Self, Skip> {
        let fixtures = tempfile::tempdir().expect("a folder");
        let all: Vec<Value> = answers
            .iter()
            .map(|(asked, said)| json!({ "match": { "userMessage": asked }, "response": { "content": said } }))
            .collect();
        let file = fixtures.path().join("answers.json");
        std::fs::write(&file, json!({ "fixtures": all }).to_string()).expect("a file");
        let file = file.display().to_string();
        let mut given = vec!["--port", "0", "--strict", "--fixtures", &file];
        match chaos {
            Chaos::None => {}
            Chaos::Malformed => given.extend(["--chaos-malformed", "1"]),
            Chaos::Disconnect => given.extend(["--chaos-disconnect", "1"]),
            Chaos::Drop => given.extend(["--chaos-drop", "1"]),
            Chaos::RateLimit => given.extend(["--chaos-ratelimit", "1"]),
        }
        let process =
            Process::start(&mut node::command(Requirement::ModelServer, PROGRAM, &given)?).expect("a process");
        let listening = |line: &str| line.split("listening on ").nth(1).map(|url| url.trim().to_owned());
        let url = process.wait_for_line(PATIENCE, listening).expect("a server that listens");
        Ok(Self { url, _process: process, _fixtures: fixtures })
    }

    /// Where it is, without the version.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }
}
