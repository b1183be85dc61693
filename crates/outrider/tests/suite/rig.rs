//! Owns folders, processes and requests of the tests: the real binary in an empty folder, deaf to the settings around it.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use outrider_testkit::postgres::{self, TestDatabase};
use outrider_testkit::process::Process;
use outrider_testkit::requirements::Skip;
use serde_json::Value;
use tempfile::TempDir;

/// How long a server may take to start or end on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// An installation of its own, on one of the databases.
pub(crate) struct Rig {
    folder: TempDir,
    database: Option<TestDatabase>,
}

/// How a command ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) status: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Rig {
    /// On SQLite.
    pub(crate) fn sqlite() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), database: None }
    }

    /// On a database of a private PostgreSQL.
    pub(crate) fn postgres() -> Result<Self, Skip> {
        Ok(Self { folder: tempfile::tempdir().unwrap(), database: Some(postgres::database()?) })
    }

    /// On each database there is.
    pub(crate) fn each() -> Vec<Self> {
        let mut rigs = vec![Self::sqlite()];
        rigs.extend(Self::postgres().ok());
        rigs
    }

    /// A path in the installation's folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file there and gives its path as text.
    pub(crate) fn file(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        let path = self.path(name);
        std::fs::write(&path, content).unwrap();
        path.display().to_string()
    }

    /// The binary with these arguments.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_outrider"));
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("OUTRIDER_")) {
            command.env_remove(name);
        }
        command.current_dir(self.folder.path()).args(arguments);
        if let Some(database) = &self.database {
            command.env("OUTRIDER_DATABASE_URL", database.url());
        }
        command
    }

    /// Runs a command to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ended {
        ended(self.command(arguments).output().unwrap())
    }

    /// Runs a command to its end with something on its standard input.
    pub(crate) fn run_with(&self, arguments: &[&str], input: &str) -> Ended {
        let mut command = self.command(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        ended(child.wait_with_output().unwrap())
    }

    /// Runs a command that must succeed, and gives what it printed.
    pub(crate) fn ok(&self, arguments: &[&str]) -> String {
        let ended = self.run(arguments);
        assert_eq!(ended.status, 0, "{arguments:?} ended badly: {ended:?}");
        ended.stdout
    }

    /// Runs a command with `--json` that must succeed, and gives its answer.
    pub(crate) fn json(&self, arguments: &[&str]) -> Value {
        let printed = self.ok(&[arguments, &["--json"]].concat());
        serde_json::from_str(&printed)
            .unwrap_or_else(|error| panic!("{arguments:?} printed no JSON ({error}): {printed}"))
    }

    /// Starts a server and waits until it is ready.
    pub(crate) fn serve(&self, more: &[&str]) -> Server {
        let arguments = [&["serve", "--listen", "127.0.0.1:0"], more].concat();
        let mut process = Process::start(&mut self.command(&arguments)).unwrap();
        let url = process.wait_for_url(PATIENCE).unwrap();
        let address: SocketAddr = url.trim_start_matches("http://").parse().unwrap();
        process.wait_for_http(address, "/readyz", PATIENCE).unwrap();
        Server { process, address }
    }
}

fn ended(output: Output) -> Ended {
    Ended {
        status: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// A running `outrider serve`.
pub(crate) struct Server {
    pub(crate) process: Process,
    pub(crate) address: SocketAddr,
}

impl Server {
    /// Where the capture mailbox takes mail.
    pub(crate) fn capture(&self) -> SocketAddr {
        let wanted =
            |line: &str| line.strip_prefix("The capture mailbox takes mail at ")?.split(' ').next()?.parse().ok();
        self.process.wait_for_line(PATIENCE, wanted).unwrap()
    }

    /// Where it is reached.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// `GET` below `/api/v1` with a key: status and body.
    pub(crate) fn get(&self, path: &str, key: &str) -> (u16, Value) {
        request(self.address, "GET", path, key, None)
    }

    /// `GET` that must succeed: its `data`.
    pub(crate) fn data(&self, path: &str, key: &str) -> Value {
        let (status, body) = self.get(path, key);
        assert_eq!(status, 200, "GET {path}: {body}");
        body["data"].clone()
    }

    /// `POST` below `/api/v1` with a key: status and body.
    pub(crate) fn post(&self, path: &str, key: &str, body: &Value) -> (u16, Value) {
        request(self.address, "POST", path, key, Some(body))
    }

    /// `POST` below `/api/v1` with a key and an idempotency key: status and body.
    pub(crate) fn post_once(&self, path: &str, key: &str, once: &str, body: &Value) -> (u16, Value) {
        let authorization = format!("Bearer {key}");
        let headers = [
            ("Authorization", authorization.as_str()),
            ("Content-Type", "application/json"),
            ("Idempotency-Key", once),
        ];
        self.send("POST", &format!("/api/v1{path}"), &headers, body.to_string().as_bytes())
    }

    /// A request of exactly these parts: status and body.
    pub(crate) fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> (u16, Value) {
        send(self.address, method, path, headers, body)
    }

    /// A page as a browser with a cookie gets it: status and HTML.
    pub(crate) fn page(&self, path: &str, cookie: &str) -> (u16, String) {
        let (status, body) = send(self.address, "GET", path, &[("Cookie", cookie)], b"");
        (status, body.as_str().unwrap_or_default().to_owned())
    }

    /// Ends it as an operator does; it must end well.
    pub(crate) fn stop(mut self) {
        let status = self.process.terminate(PATIENCE).unwrap();
        assert!(status.success(), "the server ended with {status}: {}", self.process.output().text());
    }
}

/// A request below `/api/v1` with a key.
fn request(address: SocketAddr, method: &str, path: &str, key: &str, body: Option<&Value>) -> (u16, Value) {
    let body = body.map(Value::to_string).unwrap_or_default();
    let authorization = format!("Bearer {key}");
    let headers = [("Authorization", authorization.as_str()), ("Content-Type", "application/json")];
    send(address, method, &format!("/api/v1{path}"), &headers, body.as_bytes())
}

/// One HTTP/1.1 request on a connection of its own.
fn send(address: SocketAddr, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> (u16, Value) {
    try_send(address, method, path, headers, body).unwrap()
}

/// The same to a server that may be gone at any moment.
pub(crate) fn try_send(
    address: SocketAddr,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> std::io::Result<(u16, Value)> {
    let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\n{headers}Content-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes())?;
    stream.write_all(body)?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    let answer = String::from_utf8(answer).unwrap();
    let Some((head, body)) = answer.split_once("\r\n\r\n") else {
        return Err(std::io::Error::other(format!("no HTTP: {answer}")));
    };
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap();
    Ok((status, serde_json::from_str(body).unwrap_or_else(|_| Value::String(body.to_owned()))))
}

/// Whether a file may be read by its owner alone.
pub(crate) fn is_private(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(path).unwrap().permissions().mode() & 0o077 == 0
}
