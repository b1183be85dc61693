//! Owns a private Dovecot with one Maildir that tests drop mails into: real IMAP with IDLE, clear, STARTTLS and TLS.
//! Must not deliver or relay: for a whole mail system, see `mailrig`.

use std::io;
use std::net::TcpStream;
use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use crate::guard::{Guard, rig_directory};
use crate::requirements::{Requirement, Skip, program, require};
use crate::wait::{free_ports, until};

/// The login name of the one mailbox.
pub const USER: &str = "sales@sender.test";
/// Its password.
pub const PASSWORD: &str = "pw";
/// Mail belongs to a number that no account has.
const OWNER: u32 = 5_000;

const STOP: &str = r#"pid=$(cat "$1/run/master.pid" 2>/dev/null) && kill "$pid" 2>/dev/null
for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do [ -e "$1/run/master.pid" ] || break; sleep 0.1; done
rm -rf "$1""#;

/// A running Dovecot; stopped and removed when dropped or when the test process dies.
#[derive(Debug)]
pub struct Dovecot {
    directory: PathBuf,
    port: u16,
    tls_port: u16,
    delivered: AtomicU32,
    introspection: Option<String>,
    _guard: Guard,
}

impl Dovecot {
    /// Starts one on free ports, with an empty inbox.
    ///
    /// # Errors
    /// When Dovecot is not installed or this process is not root.
    ///
    /// # Panics
    /// When it is installed and does not start.
    pub fn start() -> Result<Self, Skip> {
        Self::start_with(None)
    }

    /// Starts one that takes access tokens too: it asks this URL whom each lets in (RFC 7662).
    ///
    /// # Errors
    /// As [`Self::start`].
    ///
    /// # Panics
    /// As [`Self::start`].
    pub fn taking_tokens(introspection_url: &str) -> Result<Self, Skip> {
        Self::start_with(Some(introspection_url))
    }

    fn start_with(introspection: Option<&str>) -> Result<Self, Skip> {
        require(Requirement::Mailrig)?;
        let mut outcome = Self::begin(introspection);
        for _ in 0..2 {
            // Another process may have taken one of the ports meanwhile.
            if outcome.is_err() {
                outcome = Self::begin(introspection);
            }
        }
        Ok(outcome.expect("Dovecot"))
    }

    fn begin(introspection: Option<&str>) -> io::Result<Self> {
        let directory = rig_directory("dovecot", None)?;
        let guard = Guard::new(STOP, &[directory.as_os_str()], None)?;
        let [port, tls_port] = free_ports(2)?[..] else { return Err(io::ErrorKind::AddrInUse.into()) };
        write_certificate(&directory)?;
        let introspection = introspection.map(ToOwned::to_owned);
        let dovecot = Self { directory, port, tls_port, delivered: AtomicU32::new(0), introspection, _guard: guard };
        for folder in ["", "new", "cur", "tmp"] {
            let folder = dovecot.maildir().join(folder);
            std::fs::create_dir_all(&folder)?;
            chown(&folder, Some(OWNER), Some(OWNER))?;
        }
        chown(dovecot.directory.join("mail"), Some(OWNER), Some(OWNER))?;
        dovecot.write_settings()?;
        dovecot.run()?;
        Ok(dovecot)
    }

    /// The port of IMAP in clear text with STARTTLS, on 127.0.0.1.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The port of IMAP over TLS, on 127.0.0.1.
    #[must_use]
    pub fn tls_port(&self) -> u16 {
        self.tls_port
    }

    /// The self-signed certificate (PEM) for `localhost` and 127.0.0.1; clients must be told to trust it.
    #[must_use]
    pub fn certificate(&self) -> PathBuf {
        self.directory.join("certificate.pem")
    }

    /// Drops a mail into the inbox, as a delivery agent does.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn deliver(&self, raw: &[u8]) -> io::Result<()> {
        let number = self.delivered.fetch_add(1, Ordering::SeqCst);
        let name = format!("1785830400.M{number:06}P{}.rig", std::process::id());
        let written = self.maildir().join("tmp").join(&name);
        std::fs::write(&written, raw)?;
        chown(&written, Some(OWNER), Some(OWNER))?;
        std::fs::rename(written, self.maildir().join("new").join(name))
    }

    /// The file names of all mails, oldest first. A name ends in `:2,` and flags once a client has changed some.
    #[must_use]
    pub fn mails(&self) -> Vec<String> {
        let mut names: Vec<String> = ["new", "cur"]
            .iter()
            .flat_map(|folder| std::fs::read_dir(self.maildir().join(folder)).into_iter().flatten())
            .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
            .collect();
        names.sort();
        names
    }

    /// Stops the server; every connection ends at once.
    ///
    /// # Errors
    /// When it does not end.
    pub fn stop(&self) -> io::Result<()> {
        let master: u32 = std::fs::read_to_string(self.directory.join("run/master.pid"))?
            .trim()
            .parse()
            .map_err(|_| io::ErrorKind::InvalidData)?;
        let children = children_of(master);
        kill("-TERM", &[master])?;
        // Processes that serve a client would stay for another ten seconds and put back the index that a test removes.
        kill("-KILL", &children)?;
        let gone = |pid: &u32| !Path::new(&format!("/proc/{pid}/exe")).exists();
        let all_gone = until(Duration::from_secs(10), || children.iter().chain([&master]).all(gone).then_some(()));
        all_gone.ok_or_else(|| io::Error::other("Dovecot does not stop"))
    }

    /// Starts the server again on the same ports.
    ///
    /// # Errors
    /// When it does not listen in time; with its log.
    pub fn run(&self) -> io::Result<()> {
        let dovecot = program("dovecot").ok_or(io::ErrorKind::NotFound)?;
        let settings = self.directory.join("dovecot.conf");
        let mut command = Command::new(dovecot);
        // The daemon keeps what it inherits: a pipe would never end.
        command.arg("-c").arg(settings).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        if !command.status()?.success() {
            return Err(io::Error::other(format!("Dovecot does not start\n{}", self.log())));
        }
        for port in [self.port, self.tls_port] {
            let up = until(Duration::from_secs(15), || TcpStream::connect(("127.0.0.1", port)).is_ok().then_some(()));
            up.ok_or_else(|| io::Error::other(format!("nothing listens on port {port}\n{}", self.log())))?;
        }
        Ok(())
    }

    /// Makes the (stopped) server forget all UIDs: the inbox gets another UIDVALIDITY and its mails other UIDs.
    ///
    /// # Errors
    /// When its index cannot be removed.
    pub fn renumber(&self) -> io::Result<()> {
        for entry in std::fs::read_dir(self.maildir())? {
            let entry = entry?;
            if entry.file_name().to_string_lossy().starts_with("dovecot") {
                std::fs::remove_file(entry.path())?;
            }
        }
        Ok(())
    }

    /// What the server has logged, for messages of failing tests.
    #[must_use]
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.directory.join("dovecot.log")).unwrap_or_default()
    }

    fn maildir(&self) -> PathBuf {
        self.directory.join("mail/Maildir")
    }

    fn write_settings(&self) -> io::Result<()> {
        let (directory, port, tls_port) = (self.directory.display(), self.port, self.tls_port);
        let users = format!("{USER}:{{PLAIN}}{PASSWORD}:{OWNER}:{OWNER}::{directory}/mail::\n");
        std::fs::write(self.directory.join("users"), users)?;
        let by_token = match &self.introspection {
            None => String::new(),
            Some(url) => {
                let questions = format!(
                    "introspection_mode = post
introspection_url = {url}
username_attribute = username
active_attribute = active
active_value = true
"
                );
                std::fs::write(self.directory.join("oauth2.conf"), questions)?;
                format!(
                    "auth_mechanisms = plain login xoauth2
passdb {{
  driver = oauth2
  mechanisms = xoauth2
  args = {directory}/oauth2.conf
}}
"
                )
            }
        };
        let settings = format!(
            "base_dir = {directory}/run
state_dir = {directory}/state
log_path = {directory}/dovecot.log
protocols = imap
listen = 127.0.0.1
ssl = yes
ssl_cert = <{directory}/certificate.pem
ssl_key = <{directory}/key.pem
disable_plaintext_auth = no
mail_location = maildir:{directory}/mail/Maildir
mail_home = {directory}/mail
first_valid_uid = 1
mailbox_idle_check_interval = 1s
{by_token}passdb {{
  driver = passwd-file
  args = {directory}/users
}}
userdb {{
  driver = passwd-file
  args = {directory}/users
}}
service imap-login {{
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = yes
  }}
}}
"
        );
        std::fs::write(self.directory.join("dovecot.conf"), settings)
    }
}

/// The processes that `parent` has started and that still run.
fn children_of(parent: u32) -> Vec<u32> {
    let processes = std::fs::read_dir("/proc").into_iter().flatten();
    let ids = processes.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u32>().ok());
    ids.filter(|id| {
        let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
        // After the name in brackets: state, parent.
        let after_name = stat.rsplit_once(") ").map_or("", |(_, rest)| rest);
        after_name.split(' ').nth(1) == Some(&parent.to_string())
    })
    .collect()
}

/// Some of the processes may have ended by themselves meanwhile.
fn kill(signal: &str, processes: &[u32]) -> io::Result<()> {
    for process in processes {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", r#"kill "$1" "$2""#, "sh", signal, &process.to_string()]).stderr(Stdio::null()).status()?;
    }
    Ok(())
}

fn write_certificate(directory: &Path) -> io::Result<()> {
    let output = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", "/CN=localhost"])
        .args(["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"])
        // OpenSSL would make it a certificate authority, which rustls does not take for a server.
        .args(["-addext", "basicConstraints=critical,CA:FALSE"])
        .arg("-keyout")
        .arg(directory.join("key.pem"))
        .arg("-out")
        .arg(directory.join("certificate.pem"))
        .stdin(Stdio::null())
        .output()?;
    if output.status.success() {
        Ok(())
    } else {
        Err(io::Error::other(String::from_utf8_lossy(&output.stderr).into_owned()))
    }
}
