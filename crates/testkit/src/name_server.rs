//! Owns a real DNS server on loopback: Debian's dnsmasq, told by its command line what to say and by a file what addresses names have.
//! Must not be asked for anything outside of `example`, which is all it knows, and asks nobody else.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use tempfile::TempDir;

use crate::guard::is_root;
use crate::process::Process;
use crate::requirements::{Requirement, Skip, program, require};
use crate::wait::{free_ports, until};

/// How long it may take to start, or to read its file again.
const PATIENCE: Duration = Duration::from_secs(20);

/// Something that it says of a name.
#[derive(Debug, Clone, Copy)]
pub enum Record<'a> {
    /// A host takes the name's mail, with a preference. The host `.` says that nobody does (RFC 7505).
    Mx(&'a str, &'a str, u16),
    /// A text without commas stands at the name.
    Txt(&'a str, &'a str),
}

/// The server. It ends with this value.
#[derive(Debug)]
pub struct NameServer {
    address: SocketAddr,
    process: Process,
    hosts: PathBuf,
    _directory: TempDir,
}

impl NameServer {
    /// Starts one that knows these records of names below `example`.
    ///
    /// # Errors
    /// What is missing on this machine.
    ///
    /// # Panics
    /// When it is installed and does not start.
    pub fn start(records: &[Record<'_>]) -> Result<Self, Skip> {
        require(Requirement::NameServer)?;
        let directory = tempfile::tempdir().expect("a directory");
        let hosts = directory.path().join("hosts");
        std::fs::write(&hosts, "").expect("a file of addresses");
        let port = free_ports(1).expect("a port").remove(0);
        let mut command = Command::new(program("dnsmasq").expect("dnsmasq, which was there a moment ago"));
        command.args(["--keep-in-foreground", "--conf-file=/dev/null", "--no-resolv", "--no-hosts", "--no-poll"]);
        command.args(["--listen-address=127.0.0.1", "--bind-interfaces", "--pid-file=", "--log-facility=-"]);
        command.args(["--local=/example/".to_owned(), format!("--port={port}")]);
        command.arg(format!("--addn-hosts={}", hosts.display()));
        if is_root() {
            // As somebody else it could not read its file again.
            command.arg("--user=root");
        }
        for record in records {
            command.arg(match record {
                Record::Mx(name, host, preference) => format!("--mx-host={name},{host},{preference}"),
                Record::Txt(name, text) => format!("--txt-record={name},{text}"),
            });
        }
        let process = Process::start(&mut command).expect("a name server");
        let started = process.wait_for_line(PATIENCE, |line| line.contains(": read ").then_some(()));
        started.expect("a name server that started");
        Ok(Self { address: SocketAddr::from(([127, 0, 0, 1], port)), process, hosts, _directory: directory })
    }

    /// Where it answers, by UDP and TCP.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// From now on these names have these addresses, and no others have any. It gives answers no time to live.
    ///
    /// # Panics
    /// When it does not read its file again.
    pub fn set_addresses(&self, addresses: &[(&str, &str)]) {
        let lines: String = addresses.iter().map(|(name, address)| format!("{address} {name}\n")).collect();
        std::fs::write(&self.hosts, lines).expect("a file of addresses");
        let read = || self.process.output().stderr.iter().filter(|line| line.contains(": read ")).count();
        let before = read();
        let told = Command::new("kill").args(["-HUP", &self.process.id().to_string()]).status();
        assert!(told.is_ok_and(|status| status.success()), "the name server is gone");
        until(PATIENCE, || (read() > before).then_some(())).expect("the name server read its file again");
    }
}
