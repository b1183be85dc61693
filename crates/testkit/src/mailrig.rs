//! Owns a private Postfix and Dovecot for one test: real SMTP, submission, IMAP, bounces and auto-replies.
//! Must not configure them: that is in `tests/rigs/mailrig.sh`, which a person can also run by hand.

use std::ffi::OsStr;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::guard::{Guard, rig_directory};
use crate::plain_smtp::hand_over;
use crate::requirements::{Requirement, Skip, require};
use crate::wait::{free_ports, until};

/// The password of every mailbox.
pub const PASSWORD: &str = "pw";
/// The mailboxes; the login name is the whole address, and `+tag` may follow the local part.
pub const MAILBOXES: [&str; 5] =
    ["sales@sender.test", "bounces@sender.test", "alice@rcpt.test", "bob@rcpt.test", AUTO_REPLIER];
/// The mailbox that answers everything with an out-of-office reply, once a day for each sender.
pub const AUTO_REPLIER: &str = "vac@rcpt.test";
/// Every address here is accepted: see [`Mailrig::accepted`].
pub const ACCEPTING_DOMAIN: &str = "sink.test";
/// Every address here is refused with 550 5.1.1; a DSN follows within seconds.
pub const REFUSING_DOMAIN: &str = "hard.test";
/// Every address here is deferred with 450 4.2.1; a DSN follows after half a minute.
pub const DEFERRING_DOMAIN: &str = "soft.test";

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/rigs/mailrig.sh");

/// Where the servers listen, all on 127.0.0.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ports {
    /// SMTP without authentication, STARTTLS offered.
    pub smtp: u16,
    /// SMTP that relays only after AUTH; STARTTLS offered.
    pub submission: u16,
    /// IMAP, STARTTLS offered, plain login allowed.
    pub imap: u16,
    /// IMAP over TLS.
    pub imaps: u16,
    /// The server behind [`ACCEPTING_DOMAIN`].
    pub accept: u16,
    /// The server behind [`REFUSING_DOMAIN`].
    pub refuse: u16,
    /// The server behind [`DEFERRING_DOMAIN`].
    pub defer: u16,
}

/// A running pair of mail servers; stopped and removed when dropped or when the test process dies.
#[derive(Debug)]
pub struct Mailrig {
    directory: PathBuf,
    ports: Ports,
    _guard: Guard,
}

/// A reply as a person's mail program writes it.
#[derive(Debug, Clone, Copy)]
pub struct Reply<'a> {
    /// Who replies; also the envelope sender.
    pub from: &'a str,
    /// Whom they reply to.
    pub to: &'a str,
    /// The Message-ID replied to, without angle brackets; empty for a mail that is not a reply.
    pub in_reply_to: &'a str,
    /// The subject, `Re: ` included.
    pub subject: &'a str,
    /// The text.
    pub text: &'a str,
}

impl Mailrig {
    /// Starts the servers on free ports: two to five seconds.
    ///
    /// # Errors
    /// When they are not installed or this process is not root.
    ///
    /// # Panics
    /// When they are installed and do not start.
    pub fn start() -> Result<Self, Skip> {
        require(Requirement::Mailrig)?;
        let mut outcome = Self::begin();
        for _ in 0..2 {
            // Another process may have taken one of the ports meanwhile.
            if outcome.is_err() {
                outcome = Self::begin();
            }
        }
        Ok(outcome.expect("Postfix and Dovecot"))
    }

    fn begin() -> io::Result<Self> {
        let directory = rig_directory("mail", None)?;
        let arguments = [OsStr::new(SCRIPT), directory.as_os_str()];
        let guard = Guard::new(r#"/bin/bash "$1" stop "$2"; rm -rf "$2""#, &arguments, None)?;
        let numbers = free_ports(7)?;
        let output = Command::new("/bin/bash")
            .args([OsStr::new(SCRIPT), OsStr::new("start"), directory.as_os_str()])
            .args(numbers.iter().map(u16::to_string))
            .stdin(Stdio::null())
            .output()?;
        if !output.status.success() {
            return Err(io::Error::other(String::from_utf8_lossy(&output.stderr).into_owned()));
        }
        let [smtp, submission, imap, imaps, accept, refuse, defer] = numbers[..] else {
            return Err(io::ErrorKind::InvalidData.into());
        };
        let rig =
            Self { directory, ports: Ports { smtp, submission, imap, imaps, accept, refuse, defer }, _guard: guard };
        for port in numbers {
            let up = until(Duration::from_secs(15), || {
                std::net::TcpStream::connect(("127.0.0.1", port)).is_ok().then_some(())
            });
            up.ok_or_else(|| io::Error::other(format!("nothing listens on port {port}\n{}", rig.log())))?;
        }
        Ok(rig)
    }

    /// Where the servers listen.
    #[must_use]
    pub fn ports(&self) -> Ports {
        self.ports
    }

    /// The servers' self-signed certificate (PEM) for `localhost` and 127.0.0.1; clients must be told to trust it.
    #[must_use]
    pub fn certificate(&self) -> PathBuf {
        self.directory.join("certificate.pem")
    }

    /// Every mail in the inbox of `mailbox`, oldest first, as Dovecot stored it.
    #[must_use]
    pub fn inbox(&self, mailbox: &str) -> Vec<String> {
        let maildir = self.directory.join("mail").join(mailbox).join("Maildir");
        // IMAP clients move mails from `new` to `cur`; file names begin with the time of delivery.
        let mut files: Vec<PathBuf> =
            ["new", "cur"].iter().flat_map(|folder| files_in(&maildir.join(folder))).collect();
        files.sort_by(|one, other| one.file_name().cmp(&other.file_name()));
        files.iter().filter_map(|file| read(file)).collect()
    }

    /// Waits until the inbox of `mailbox` holds a mail that `wanted` takes, and gives that mail.
    #[must_use]
    pub fn wait_for_mail(&self, mailbox: &str, limit: Duration, wanted: impl Fn(&str) -> bool) -> Option<String> {
        until(limit, || self.inbox(mailbox).into_iter().find(|mail| wanted(mail)))
    }

    /// Every mail that went to [`ACCEPTING_DOMAIN`], after some `X-` lines that tell of its envelope.
    #[must_use]
    pub fn accepted(&self) -> Vec<String> {
        let mut files = files_in(&self.directory.join("accepted"));
        files.sort();
        files.iter().filter_map(|file| read(file)).collect()
    }

    /// Waits until at least `count` mails went to [`ACCEPTING_DOMAIN`]; says whether they have.
    #[must_use]
    pub fn wait_for_accepted(&self, count: usize, limit: Duration) -> bool {
        until(limit, || (files_in(&self.directory.join("accepted")).len() >= count).then_some(())).is_some()
    }

    /// Sends a reply through Postfix, as a person's mail program would.
    ///
    /// # Errors
    /// When Postfix refuses it.
    pub fn reply(&self, reply: &Reply<'_>) -> io::Result<String> {
        use std::fmt::Write as _;
        let mut mail = format!(
            "From: {}\nTo: {}\nSubject: {}\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n",
            reply.from, reply.to, reply.subject
        );
        if !reply.in_reply_to.is_empty() {
            let id = reply.in_reply_to;
            write!(mail, "In-Reply-To: <{id}>\nReferences: <{id}>\n").map_err(io::Error::other)?;
        }
        // Postfix adds the Date and the Message-ID that a local client leaves out.
        write!(mail, "\n{}\n", reply.text).map_err(io::Error::other)?;
        self.send(reply.from, &[reply.to], &mail)
    }

    /// Hands Postfix a whole mail: complaint reports, forged bounces, whatever a test makes up.
    ///
    /// # Errors
    /// When Postfix refuses it.
    pub fn send(&self, from: &str, to: &[&str], mail: &str) -> io::Result<String> {
        hand_over(SocketAddr::from(([127, 0, 0, 1], self.ports.smtp)), from, to, mail)
    }

    /// What both servers have logged, for messages of failing tests.
    #[must_use]
    pub fn log(&self) -> String {
        ["postfix.log", "dovecot.log"].iter().filter_map(|name| read(&self.directory.join(name))).collect()
    }
}

fn files_in(directory: &Path) -> Vec<PathBuf> {
    std::fs::read_dir(directory).into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path())).collect()
}

/// A file's text; `None` when it was moved away between listing and reading.
fn read(file: &Path) -> Option<String> {
    Some(String::from_utf8_lossy(&std::fs::read(file).ok()?).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{BufRead, BufReader, Write};

    const LIMIT: Duration = Duration::from_secs(20);

    fn mail(to: &str) -> String {
        format!("From: sales@sender.test\nTo: {to}\nSubject: Hello\nMessage-ID: <m1@sender.test>\n\nGood morning.\n")
    }

    #[test]
    fn mail_is_delivered_bounced_answered_and_accepted() {
        let Ok(rig) = Mailrig::start() else { return };
        let from = "bounces+m1@sender.test";
        let send = |to: &str| rig.send(from, &[to], &mail(to)).unwrap_or_else(|error| panic!("{error}\n{}", rig.log()));
        for to in ["alice@rcpt.test", AUTO_REPLIER, "nobody@hard.test", "any@sink.test", "some@sink.test"] {
            send(to);
        }
        let wait = |mailbox: &str, wanted: &dyn Fn(&str) -> bool| {
            rig.wait_for_mail(mailbox, LIMIT, wanted).unwrap_or_else(|| panic!("{mailbox}\n{}", rig.log()))
        };
        assert!(wait("alice@rcpt.test", &|mail| mail.contains("<m1@sender.test>")).contains("Good morning."));
        let bounce = wait("bounces@sender.test", &|mail| mail.contains("multipart/report"));
        assert!(bounce.contains("Status: 5.1.1") && bounce.contains("nobody@hard.test"), "{bounce}");
        // Sieve's vacation answers the envelope sender (RFC 5230 section 4.6). Postfix marks its bounces as automatic too.
        let away = wait("bounces@sender.test", &|mail| mail.contains("Subject: Out of office"));
        assert!(away.contains("In-Reply-To: <m1@sender.test>") && away.contains("Auto-Submitted:"), "{away}");
        assert!(rig.wait_for_accepted(2, LIMIT), "{}", rig.log());
        assert!(rig.accepted().iter().all(|mail| mail.contains("Good morning.")));

        let text = "Tell me more.";
        let from = "alice@rcpt.test";
        let reply =
            Reply { from, to: "sales+x@sender.test", in_reply_to: "m1@sender.test", subject: "Re: Hello", text };
        rig.reply(&reply).expect("a reply");
        let reply = wait("sales@sender.test", &|mail| mail.contains(text));
        assert!(reply.contains("In-Reply-To: <m1@sender.test>") && reply.contains("Message-I"), "{reply}");

        let mut imap = std::net::TcpStream::connect(("127.0.0.1", rig.ports().imap)).expect("IMAP");
        imap.write_all(format!("a LOGIN sales@sender.test {PASSWORD}\r\nb SELECT INBOX\r\nc LOGOUT\r\n").as_bytes())
            .expect("commands");
        let said: Vec<String> = BufReader::new(imap).lines().map_while(Result::ok).collect();
        assert!(said.iter().any(|line| line == "* 1 EXISTS"), "{said:?}");
    }

    #[test]
    fn rigs_stand_side_by_side_and_leave_nothing_behind() {
        let Ok(first) = Mailrig::start() else { return };
        let second = Mailrig::start().expect("a second");
        assert_ne!(first.ports(), second.ports());
        second.send("a@sender.test", &["bob@rcpt.test"], &mail("bob@rcpt.test")).expect("accepted");
        assert!(second.wait_for_mail("bob@rcpt.test", LIMIT, |_| true).is_some(), "{}", second.log());
        assert!(first.inbox("bob@rcpt.test").is_empty());
        let (directory, ports) = (second.directory.clone(), second.ports());
        drop(second);
        assert!(!directory.exists());
        for port in [ports.smtp, ports.imap, ports.accept, ports.refuse] {
            assert!(std::net::TcpStream::connect(("127.0.0.1", port)).is_err(), "port {port} is still served");
        }
        assert!(first.send("a@sender.test", &["bob@rcpt.test"], &mail("bob@rcpt.test")).is_ok());
    }

    #[test]
    fn submission_wants_a_login() {
        let Ok(rig) = Mailrig::start() else { return };
        let address = SocketAddr::from(([127, 0, 0, 1], rig.ports().submission));
        let refused = hand_over(address, "sales@sender.test", &["alice@rcpt.test"], &mail("alice@rcpt.test"));
        assert!(refused.expect_err("no login").to_string().contains("554 5.7.1"));
    }
}
