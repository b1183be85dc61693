//! Owns Postfix' `smtp-sink` as a process. Must not look into mails: it counts and forgets them.

use std::io::{self, Read};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::guard::{Guard, is_root};
use crate::requirements::{Requirement, Skip, program, require};
use crate::wait::{free_ports, until};

/// Postfix' `smtp-sink`: the fastest receiver there is, a process of its own that counts and forgets.
#[derive(Debug)]
pub struct SmtpSink {
    address: SocketAddr,
    child: Child,
    guard: Option<Guard>,
    count: Arc<AtomicU64>,
}

impl SmtpSink {
    /// Starts one on a free port.
    ///
    /// # Errors
    /// When Postfix is not installed.
    ///
    /// # Panics
    /// When it is installed and does not start.
    pub fn start() -> Result<Self, Skip> {
        require(Requirement::SmtpSink)?;
        let attempt = || -> io::Result<Self> {
            let address = SocketAddr::from(([127, 0, 0, 1], free_ports(1)?[0]));
            let program = program("smtp-sink").ok_or(io::ErrorKind::NotFound)?;
            let mut command = Command::new(program);
            if is_root() {
                command.args(["-u", "nobody"]);
            }
            command.args(["-c", "-h", "sink.test", &address.to_string(), "512"]);
            let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
            let guard = Guard::new(r#"kill -9 "$1""#, &[child.id().to_string().as_ref()], None)?;
            let count = Arc::new(AtomicU64::new(0));
            if let Some(counters) = child.stdout.take() {
                let count = Arc::clone(&count);
                std::thread::spawn(move || follow(counters, &count));
            }
            let mut sink = Self { address, child, guard: Some(guard), count };
            let up = until(Duration::from_secs(10), || match sink.child.try_wait() {
                Ok(None) => std::net::TcpStream::connect(address).is_ok().then_some(true),
                Ok(Some(_)) | Err(_) => Some(false),
            });
            if up == Some(true) { Ok(sink) } else { Err(io::ErrorKind::AddrInUse.into()) }
        };
        Ok((0..5).find_map(|_| attempt().ok()).expect("smtp-sink starts within five tries"))
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// How many mails it has accepted, as it says itself after each final dot.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.count.load(Ordering::Relaxed)
    }

    /// Waits until it has accepted at least `count` mails; says whether it has.
    #[must_use]
    pub fn wait_for(&self, count: u64, limit: Duration) -> bool {
        until(limit, || (self.count() >= count).then_some(())).is_some()
    }
}

impl Drop for SmtpSink {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
        if let Some(guard) = self.guard.take() {
            guard.dismiss();
        }
    }
}

/// Reads the running counters, `sess=1 quit=0 mesg=1` with a carriage return after each.
fn follow(mut counters: impl Read, count: &AtomicU64) {
    let (mut line, mut block) = (Vec::new(), [0; 4096]);
    while let Ok(length @ 1..) = counters.read(&mut block) {
        for byte in &block[..length] {
            if !matches!(byte, b'\r' | b'\n') {
                line.push(*byte);
                continue;
            }
            let text = String::from_utf8_lossy(&line);
            let number = text.rsplit_once("mesg=").and_then(|(_, number)| number.trim().parse().ok());
            if let Some(number) = number {
                count.store(number, Ordering::Relaxed);
            }
            line.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plain_smtp::hand_over;

    const MAIL: &str = "From: a@sender.test\nSubject: x\n\nHello\n";

    #[test]
    fn smtp_sink_counts_what_it_accepts() {
        let Ok(sink) = SmtpSink::start() else { return };
        for _ in 0..3 {
            hand_over(sink.address(), "a@sender.test", &["b@rcpt.test"], MAIL).expect("accepted");
        }
        assert!(sink.wait_for(3, Duration::from_secs(5)), "{}", sink.count());
        assert_eq!(sink.count(), 3);
        let address = sink.address();
        drop(sink);
        assert!(std::net::TcpStream::connect(address).is_err());
    }
}
