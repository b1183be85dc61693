//! Owns an SMTP server that accepts every mail and records what arrived; beside it Postfix' `smtp-sink`, for speed.
//! Must not misbehave on purpose: servers that stall, refuse or break off are in `faulty_smtp`.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use crate::wait::until;

mod postfix;

pub use postfix::SmtpSink;

/// How a [`RecordingSink`] behaves.
#[derive(Debug, Clone, Copy, Default)]
pub struct SinkSettings {
    /// How long the answer to the final dot is held back: the time in which a sender that dies cannot know the outcome.
    pub answer_delay: Duration,
    /// Whether to keep the mails themselves and not just their envelopes and Message-IDs.
    pub keep_mails: bool,
}

/// What became of the answer to the final dot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// Not given yet.
    Pending,
    /// `250` was handed to the system while the sender was connected; whether it was read is the sender's to know.
    Written,
    /// The sender had gone before it could be given.
    Lost,
}

/// One mail whose final dot arrived: from that moment the sink has it, whatever the sender learns.
#[derive(Debug, Clone)]
pub struct Arrival {
    /// The Message-ID header without angle brackets; empty when there is none.
    pub message_id: String,
    /// The envelope sender.
    pub from: String,
    /// The envelope recipients.
    pub to: Vec<String>,
    /// The mail as it came, dots unstuffed; empty unless [`SinkSettings::keep_mails`].
    pub mail: Vec<u8>,
    /// When the dot arrived.
    pub at: Instant,
    /// What became of the answer.
    pub answer: Answer,
}

/// An SMTP server on loopback that accepts everything and remembers it, on threads of its own in the test process:
/// it outlives every kill of the program under test.
#[derive(Debug)]
pub struct RecordingSink {
    address: SocketAddr,
    arrivals: Arrivals,
    stop: watch::Sender<bool>,
    thread: Option<std::thread::JoinHandle<()>>,
}

type Arrivals = Arc<Mutex<Vec<Arrival>>>;

impl RecordingSink {
    /// Starts one on a free port.
    ///
    /// # Errors
    /// When no port or thread is to be had.
    pub fn start(settings: SinkSettings) -> io::Result<Self> {
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let arrivals = Arrivals::default();
        let (stop, mut stopped) = watch::channel(false);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let kept = Arc::clone(&arrivals);
        let thread = std::thread::Builder::new().name("recording-sink".to_owned()).spawn(move || {
            runtime.block_on(async move {
                let Ok(listener) = TcpListener::from_std(listener) else { return };
                loop {
                    tokio::select! {
                        accepted = listener.accept() => {
                            if let Ok((stream, _)) = accepted {
                                tokio::spawn(serve(stream, settings, Arc::clone(&kept)));
                            }
                        }
                        _ = stopped.changed() => return,
                    }
                }
            });
        })?;
        Ok(Self { address, arrivals, stop, thread: Some(thread) })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// All mails so far, in the order of their final dots.
    #[must_use]
    pub fn arrivals(&self) -> Vec<Arrival> {
        lock(&self.arrivals).clone()
    }

    /// How many mails have arrived.
    #[must_use]
    pub fn count(&self) -> usize {
        lock(&self.arrivals).len()
    }

    /// Waits until at least `count` mails have arrived; says whether they have.
    #[must_use]
    pub fn wait_for(&self, count: usize, limit: Duration) -> bool {
        until(limit, || (self.count() >= count).then_some(())).is_some()
    }

    /// The Message-IDs that arrived more than once, with how often. Mails without one count as one id, the empty one.
    #[must_use]
    pub fn duplicates(&self) -> Vec<(String, usize)> {
        let mut seen = BTreeMap::<String, usize>::new();
        for arrival in lock(&self.arrivals).iter() {
            *seen.entry(arrival.message_id.clone()).or_default() += 1;
        }
        seen.retain(|_, times| *times > 1);
        seen.into_iter().collect()
    }
}

impl Drop for RecordingSink {
    fn drop(&mut self) {
        self.stop.send(true).ok();
        if let Some(thread) = self.thread.take() {
            thread.join().ok();
        }
    }
}

async fn serve(stream: TcpStream, settings: SinkSettings, arrivals: Arrivals) {
    stream.set_nodelay(true).ok();
    let (reader, writer) = stream.into_split();
    let mut session = Session { reader: BufReader::with_capacity(64 * 1024, reader), writer, waiting: Vec::new() };
    // An error here is a sender that went away, which is what the sink is there to witness.
    session.converse(settings, &arrivals).await.ok();
}

struct Session {
    reader: BufReader<OwnedReadHalf>,
    writer: OwnedWriteHalf,
    /// Answers to pipelined commands, sent together when the sender waits (RFC 2920 section 3.2).
    waiting: Vec<u8>,
}

impl Session {
    async fn converse(&mut self, settings: SinkSettings, arrivals: &Arrivals) -> io::Result<()> {
        let (mut from, mut to) = (String::new(), Vec::new());
        self.say("220 sink.test ESMTP\r\n");
        let mut line = Vec::new();
        loop {
            if self.reader.buffer().is_empty() {
                self.flush().await?;
            }
            line.clear();
            if self.reader.read_until(b'\n', &mut line).await? == 0 {
                return Ok(());
            }
            let text = String::from_utf8_lossy(&line);
            let text = text.trim_end();
            let verb = text.get(..4).unwrap_or(text).to_ascii_uppercase();
            match verb.as_str() {
                "EHLO" => {
                    self.say("250-sink.test\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 SIZE 52428800\r\n")
                }
                "HELO" | "NOOP" => self.say("250 sink.test\r\n"),
                "MAIL" => {
                    from = path(text);
                    to.clear();
                    self.say("250 2.1.0 ok\r\n");
                }
                "RCPT" => {
                    to.push(path(text));
                    self.say("250 2.1.5 ok\r\n");
                }
                "RSET" => {
                    to.clear();
                    self.say("250 2.0.0 ok\r\n");
                }
                "DATA" if to.is_empty() => self.say("503 5.5.1 no recipients\r\n"),
                "DATA" => {
                    self.say("354 go on\r\n");
                    self.flush().await?;
                    let mail = self.read_mail().await?;
                    let arrival = Arrival {
                        message_id: message_id(&mail),
                        from: std::mem::take(&mut from),
                        to: std::mem::take(&mut to),
                        mail: if settings.keep_mails { mail } else { Vec::new() },
                        at: Instant::now(),
                        answer: Answer::Pending,
                    };
                    let place = {
                        let mut arrivals = lock(arrivals);
                        arrivals.push(arrival);
                        arrivals.len() - 1
                    };
                    let answer = self.answer_dot(settings.answer_delay).await;
                    lock(arrivals)[place].answer = if answer.is_ok() { Answer::Written } else { Answer::Lost };
                    answer?;
                }
                "QUIT" => {
                    self.say("221 2.0.0 bye\r\n");
                    return self.flush().await;
                }
                _ => self.say("500 5.5.2 unknown command\r\n"),
            }
        }
    }

    async fn answer_dot(&mut self, delay: Duration) -> io::Result<()> {
        if !delay.is_zero() {
            tokio::time::sleep(delay).await;
        }
        // A killed sender's system closes the connection: seen here as the end of input, before anything is written.
        if let Ok(seen) = tokio::time::timeout(Duration::ZERO, self.reader.fill_buf()).await
            && seen?.is_empty()
        {
            return Err(io::ErrorKind::ConnectionAborted.into());
        }
        self.say("250 2.0.0 accepted\r\n");
        self.flush().await
    }

    /// The mail up to the final dot, without it (RFC 5321 section 4.5.2).
    async fn read_mail(&mut self) -> io::Result<Vec<u8>> {
        let mut mail = Vec::new();
        loop {
            let start = mail.len();
            if self.reader.read_until(b'\n', &mut mail).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            match &mail[start..] {
                b".\r\n" | b".\n" => {
                    mail.truncate(start);
                    return Ok(mail);
                }
                [b'.', ..] => {
                    mail.remove(start);
                }
                _ => {}
            }
        }
    }

    fn say(&mut self, answer: &str) {
        self.waiting.extend_from_slice(answer.as_bytes());
    }

    async fn flush(&mut self) -> io::Result<()> {
        if !self.waiting.is_empty() {
            self.writer.write_all(&self.waiting).await?;
            self.waiting.clear();
        }
        Ok(())
    }
}

/// The address between the angle brackets of a MAIL or RCPT command.
fn path(command: &str) -> String {
    let inside = command.split_once('<').and_then(|(_, rest)| rest.split_once('>'));
    inside.map_or_else(String::new, |(address, _)| address.to_owned())
}

/// The value of the Message-ID header, unfolded and without brackets.
fn message_id(mail: &[u8]) -> String {
    let mut value: Option<String> = None;
    for line in mail.split(|byte| *byte == b'\n') {
        let line = String::from_utf8_lossy(line);
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        if let Some(value) = value.as_mut() {
            if !line.starts_with([' ', '\t']) {
                break;
            }
            value.push_str(line.trim_start());
        } else if line.get(..11).is_some_and(|name| name.eq_ignore_ascii_case("message-id:")) {
            value = Some(line[11..].to_owned());
        }
    }
    value.unwrap_or_default().trim().trim_start_matches('<').trim_end_matches('>').to_owned()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plain_smtp::hand_over;
    use std::io::{Read, Write};

    const MAIL: &str = "From: a@sender.test\nmessage-id:\n <one@sender.test>\nSubject: x\n\nHello\n.hidden dot\n";

    #[test]
    fn a_mail_is_recorded_with_its_envelope_and_id() {
        let sink = RecordingSink::start(SinkSettings { keep_mails: true, ..Default::default() }).expect("a sink");
        hand_over(sink.address(), "a@sender.test", &["b@rcpt.test", "c@rcpt.test"], MAIL).expect("accepted");
        let arrivals = sink.arrivals();
        assert_eq!(arrivals.len(), 1);
        assert_eq!(arrivals[0].message_id, "one@sender.test");
        assert_eq!((arrivals[0].from.as_str(), arrivals[0].to.len()), ("a@sender.test", 2));
        assert!(arrivals[0].mail.ends_with(b"Hello\r\n.hidden dot\r\n"));
        assert_eq!(arrivals[0].answer, Answer::Written);
        assert!(sink.duplicates().is_empty());
        hand_over(sink.address(), "a@sender.test", &["b@rcpt.test"], MAIL).expect("accepted");
        assert_eq!(sink.duplicates(), [("one@sender.test".to_owned(), 2)]);
    }

    #[test]
    fn a_sender_that_dies_after_the_dot_leaves_an_arrival_without_answer() {
        let settings = SinkSettings { answer_delay: Duration::from_millis(100), ..Default::default() };
        let sink = RecordingSink::start(settings).expect("a sink");
        let send = |tail: &str| {
            let mut stream = std::net::TcpStream::connect(sink.address()).expect("a connection");
            let talk = "EHLO x\r\nMAIL FROM:<a@b.test>\r\nRCPT TO:<c@d.test>\r\nDATA\r\n";
            stream.write_all(format!("{talk}Message-ID: <{}>\r\n\r\nHi{tail}", tail.len()).as_bytes()).expect("sent");
            let mut greeting = [0; 64];
            let _ = stream.read(&mut greeting).expect("a greeting");
        };
        send("\r\n.\r\n");
        assert!(sink.wait_for(1, Duration::from_secs(5)));
        let answered = || sink.arrivals().first().map(|arrival| arrival.answer).filter(|it| *it != Answer::Pending);
        assert_eq!(until(Duration::from_secs(5), answered), Some(Answer::Lost));
        send("\r\nno dot");
        std::thread::sleep(Duration::from_millis(50));
        assert_eq!(sink.count(), 1, "without its dot a mail has not arrived");
    }

    #[test]
    fn pipelined_commands_are_all_answered() {
        let sink = RecordingSink::start(SinkSettings::default()).expect("a sink");
        let mut stream = std::net::TcpStream::connect(sink.address()).expect("a connection");
        let mails =
            "MAIL FROM:<a@b.test>\r\nRCPT TO:<c@d.test>\r\nDATA\r\nMessage-ID: <x>\r\n\r\nHi\r\n.\r\n".repeat(3);
        stream.write_all(format!("EHLO x\r\n{mails}QUIT\r\n").as_bytes()).expect("sent");
        let mut said = String::new();
        stream.read_to_string(&mut said).expect("answers");
        assert_eq!(said.lines().filter(|line| line.starts_with("250 2.0.0 accepted")).count(), 3, "{said}");
        assert!(said.ends_with("221 2.0.0 bye\r\n"));
        assert_eq!(sink.duplicates(), [("x".to_owned(), 3)]);
    }
}
