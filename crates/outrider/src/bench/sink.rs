//! SMTP servers that count mails and forget them: Postfix' `smtp-sink` where it is installed, else one of our own, always a
//! process of its own. Keeps no mail.

use std::net::{Ipv4Addr, SocketAddr, TcpListener as StdListener};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, BufWriter};
use tokio::net::{TcpListener, TcpStream};

use super::broken;
use super::process::{Child, is_root, program, until};
use crate::failure::Outcome;

/// How often our own sink says how many it has taken.
const SAY_EVERY: Duration = Duration::from_millis(50);

/// A running sink.
pub(super) struct Sink {
    _child: Child,
    /// Where it listens.
    pub(super) address: SocketAddr,
    /// What it is.
    pub(super) name: &'static str,
    taken: Arc<AtomicU64>,
}

impl Sink {
    /// Starts the best there is.
    pub(super) async fn start(folder: &std::path::Path) -> Outcome<Self> {
        let (name, address, mut child) = match program("smtp-sink") {
            Some(program) => postfix(program)?,
            None => own(folder)?,
        };
        let taken = Arc::new(AtomicU64::new(0));
        if let Some(output) = child.output() {
            let taken = Arc::clone(&taken);
            std::thread::spawn(move || follow(output, &taken));
        }
        until("a sink", async || TcpStream::connect(address).await.ok()).await?;
        Ok(Self { _child: child, address, name, taken })
    }

    /// Mails it has taken so far.
    pub(super) fn taken(&self) -> u64 {
        self.taken.load(Ordering::Relaxed)
    }
}

fn postfix(program: PathBuf) -> Outcome<(&'static str, SocketAddr, Child)> {
    let free = StdListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|listener| listener.local_addr());
    let address = free.map_err(|error| broken(format!("no free port: {error}")))?;
    let mut command = Command::new(program);
    if is_root() {
        command.args(["-u", "nobody"]);
    }
    command.args(["-c", "-h", "sink.test", &address.to_string(), "1000"]).stderr(Stdio::null());
    Ok(("smtp-sink", address, Child::spawn(command)?))
}

fn own(folder: &std::path::Path) -> Outcome<(&'static str, SocketAddr, Child)> {
    let mut child = Child::start(&["bench".to_owned(), "--counterpart".to_owned(), "sink".to_owned()], folder)?;
    let said = child.announcement()?;
    let address =
        said.as_str().and_then(|text| text.parse().ok()).ok_or_else(|| broken(format!("a sink said {said}")))?;
    Ok(("our own sink", address, child))
}

/// Reads running counters: `sess=1 quit=0 mesg=1`, a carriage return or line feed after each.
fn follow(mut counters: impl std::io::Read, taken: &AtomicU64) {
    let (mut line, mut block) = (Vec::new(), [0; 65_536]);
    while let Ok(length @ 1..) = counters.read(&mut block) {
        for byte in &block[..length] {
            if !matches!(byte, b'\r' | b'\n') {
                line.push(*byte);
                continue;
            }
            let number = std::str::from_utf8(&line)
                .ok()
                .and_then(|text| text.rsplit_once("mesg="))
                .and_then(|(_, number)| number.trim().parse().ok());
            if let Some(number) = number {
                taken.store(number, Ordering::Relaxed);
            }
            line.clear();
        }
    }
}

/// What `smtp-source` alone gives against a sink: mails a second; nothing when it is not installed.
pub(super) fn ceiling(address: SocketAddr, sessions: usize, mails: u64, bytes: usize) -> Outcome<Option<f64>> {
    let Some(program) = program("smtp-source") else { return Ok(None) };
    let (sessions, mails_text, bytes) = (sessions.to_string(), mails.to_string(), bytes.to_string());
    let mut command = Command::new(program);
    command.args(["-d", "-s", &sessions, "-m", &mails_text, "-l", &bytes, "-f", "a@sender.test", "-t", "b@rcpt.test"]);
    command.args(["-M", "source.test", &address.to_string()]);
    let begun = Instant::now();
    let done = command
        .stdin(Stdio::null())
        .output()
        .map_err(|error| broken(format!("smtp-source can't be started: {error}")))?;
    let seconds = begun.elapsed().as_secs_f64();
    if !done.status.success() {
        return Err(broken(format!(
            "smtp-source ended with {}: {}",
            done.status,
            String::from_utf8_lossy(&done.stderr)
        )));
    }
    Ok(Some(super::report::number(mails) / seconds))
}

/// Is our own sink, until the process is killed.
pub(super) async fn serve() -> Outcome {
    let failed = |error: std::io::Error| broken(format!("the sink can't listen: {error}"));
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    println!("\"{address}\"");
    let taken = Arc::new(AtomicU64::new(0));
    let counter = Arc::clone(&taken);
    tokio::spawn(async move {
        let mut said = 0;
        loop {
            tokio::time::sleep(SAY_EVERY).await;
            let now = counter.load(Ordering::Relaxed);
            if now != said {
                println!("mesg={now}");
                said = now;
            }
        }
    });
    loop {
        let (stream, _) = listener.accept().await.map_err(failed)?;
        let taken = Arc::clone(&taken);
        tokio::spawn(async move {
            // A client that hangs up is none of the sink's business.
            let _ = session(stream, &taken).await;
        });
    }
}

/// One SMTP session (RFC 5321) with PIPELINING (RFC 2920): says yes to everything.
async fn session(stream: TcpStream, taken: &AtomicU64) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let (reader, writer) = stream.into_split();
    let (mut reader, mut writer) = (BufReader::new(reader), BufWriter::new(writer));
    writer.write_all(b"220 sink.test ESMTP\r\n").await?;
    writer.flush().await?;
    let (mut line, mut in_data) = (Vec::new(), false);
    loop {
        line.clear();
        if reader.read_until(b'\n', &mut line).await? == 0 {
            return Ok(());
        }
        if in_data {
            if line == b".\r\n" {
                in_data = false;
                taken.fetch_add(1, Ordering::Relaxed);
                writer.write_all(b"250 2.0.0 Ok\r\n").await?;
            }
        } else {
            let verb: Vec<u8> = line.iter().take(4).map(u8::to_ascii_uppercase).collect();
            let answer: &[u8] = match verb.as_slice() {
                b"EHLO" => b"250-sink.test\r\n250-PIPELINING\r\n250 8BITMIME\r\n",
                b"DATA" => b"354 Go on\r\n",
                b"QUIT" => b"221 Bye\r\n",
                _ => b"250 2.1.0 Ok\r\n",
            };
            in_data = verb == b"DATA";
            writer.write_all(answer).await?;
            if verb == b"QUIT" {
                return writer.flush().await;
            }
        }
        // Answers to pipelined commands leave together.
        if reader.buffer().is_empty() {
            writer.flush().await?;
        }
    }
}
