//! Owns one SMTP conversation (RFC 5321): which command may come when, and what is answered. Keeps nothing itself.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncWriteExt, BufWriter};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::watch;
use tokio::time::timeout;

use super::command::{Command, parse};
use super::reader::{Line, Reader, Text};
use super::{CaptureLimits, CaptureSink, CapturedMail, Refusal};

const NAME: &str = "outrider-capture";

/// A transaction that has begun with MAIL.
#[derive(Debug)]
struct Envelope {
    from: String,
    recipients: Vec<String>,
}

/// What to do after a command.
#[derive(Debug, PartialEq, Eq)]
enum Then {
    Continue,
    Close,
}

struct Session<'a> {
    reader: Reader<OwnedReadHalf>,
    writer: BufWriter<OwnedWriteHalf>,
    limits: &'a CaptureLimits,
    sink: &'a dyn CaptureSink,
    stopped: watch::Receiver<bool>,
    client: Option<String>,
    envelope: Option<Envelope>,
    mails: usize,
    errors: usize,
}

/// Talks to one client until it leaves, is silent too long, or the server stops.
pub(super) async fn serve(
    stream: TcpStream,
    limits: &CaptureLimits,
    sink: &dyn CaptureSink,
    stopped: watch::Receiver<bool>,
) {
    // Answers are small; without this each waits for the other side's delayed acknowledgement.
    stream.set_nodelay(true).ok();
    let (read, write) = stream.into_split();
    let mut session = Session {
        reader: Reader::new(read),
        writer: BufWriter::new(write),
        limits,
        sink,
        stopped,
        client: None,
        envelope: None,
        mails: 0,
        errors: 0,
    };
    if let Err(error) = session.run().await {
        tracing::debug!(%error, "a client of the capture mailbox went away");
    }
}

/// Tells a client that there are too many.
pub(super) async fn turn_away(mut stream: TcpStream) {
    let text = format!("421 4.3.2 {NAME} too many connections, try again later\r\n");
    let farewell = async {
        stream.write_all(text.as_bytes()).await.ok();
        stream.shutdown().await.ok();
    };
    timeout(Duration::from_secs(5), farewell).await.ok();
}

impl Session<'_> {
    async fn run(&mut self) -> io::Result<()> {
        self.say(220, "", &format!("{NAME} ESMTP mail is captured here and goes nowhere")).await?;
        loop {
            if !self.reader.has_more() {
                self.flush().await?;
            }
            let mut stopped = self.stopped.clone();
            let line = tokio::select! {
                line = timeout(self.limits.idle, self.reader.line(self.limits.command_bytes)) => Some(line),
                _ = stopped.wait_for(|stop| *stop) => None,
            };
            let Some(line) = line else {
                return self.close("4.3.2", "the server is stopping").await;
            };
            let Ok(line) = line else {
                return self.close("4.4.2", "silent too long").await;
            };
            let then = match line? {
                Line::End => return Ok(()),
                Line::TooLong => self.wrong(500, "5.5.2", "the line is too long").await?,
                Line::Whole(line) => self.obey(parse(&line)).await?,
            };
            if then == Then::Close {
                return self.flush().await;
            }
            if self.errors >= self.limits.errors {
                return self.close("4.7.0", "too many errors").await;
            }
        }
    }

    async fn obey(&mut self, command: Command) -> io::Result<Then> {
        match command {
            Command::Hello(extended, name) => self.hello(extended, name).await,
            Command::Mail(from, size) => self.mail(from, size).await,
            Command::Recipient(address) => self.recipient(address).await,
            Command::Data => self.data().await,
            Command::Reset => {
                self.envelope = None;
                self.say(250, "2.0.0", "forgotten").await
            }
            Command::Noop => self.say(250, "2.0.0", "nothing done").await,
            Command::Verify => self.say(252, "2.1.5", "send a mail to find out").await,
            Command::Help => self.say(214, "2.0.0", "EHLO HELO MAIL RCPT DATA RSET NOOP VRFY HELP QUIT").await,
            Command::Quit => {
                self.say(221, "2.0.0", "bye").await?;
                Ok(Then::Close)
            }
            Command::NotOffered => self.wrong(502, "5.5.1", "not offered here").await,
            Command::Unknown => self.wrong(500, "5.5.2", "no such command").await,
            Command::BadArguments(what) => self.wrong(501, "5.5.4", what).await,
            Command::BadParameter => self.wrong(555, "5.5.4", "a parameter that was not offered").await,
        }
    }

    async fn hello(&mut self, extended: bool, name: String) -> io::Result<Then> {
        self.envelope = None;
        self.client = Some(name);
        if !extended {
            return self.say(250, "", NAME).await;
        }
        let text = format!(
            "250-{NAME}\r\n250-PIPELINING\r\n250-SIZE {}\r\n250-8BITMIME\r\n250-ENHANCEDSTATUSCODES\r\n250 HELP\r\n",
            self.limits.mail_bytes
        );
        self.write(text.as_bytes()).await?;
        Ok(Then::Continue)
    }

    async fn mail(&mut self, from: String, size: Option<u64>) -> io::Result<Then> {
        if self.client.is_none() {
            return self.wrong(503, "5.5.1", "say EHLO first").await;
        }
        if self.envelope.is_some() {
            return self.wrong(503, "5.5.1", "a mail has begun already").await;
        }
        if self.mails >= self.limits.mails {
            return self.wrong(452, "4.5.3", "too many mails over one connection").await;
        }
        if size.is_some_and(|size| size > u64::try_from(self.limits.mail_bytes).unwrap_or(u64::MAX)) {
            return self.wrong(552, "5.3.4", "the mail is too large").await;
        }
        self.envelope = Some(Envelope { from, recipients: Vec::new() });
        self.say(250, "2.1.0", "sender noted").await
    }

    async fn recipient(&mut self, address: String) -> io::Result<Then> {
        let Some(envelope) = &mut self.envelope else {
            return self.wrong(503, "5.5.1", "say MAIL first").await;
        };
        if envelope.recipients.len() >= self.limits.recipients {
            return self.wrong(452, "4.5.3", "too many recipients").await;
        }
        match self.sink.recipient(&address) {
            Ok(()) => {
                envelope.recipients.push(address);
                self.say(250, "2.1.5", "recipient noted").await
            }
            Err(refusal) => self.refuse(&refusal).await,
        }
    }

    async fn data(&mut self) -> io::Result<Then> {
        match &self.envelope {
            None => return self.wrong(503, "5.5.1", "say MAIL first").await,
            // RFC 2920 section 3.1: a pipelining client may ask for DATA though every recipient was refused.
            Some(envelope) if envelope.recipients.is_empty() => {
                return self.wrong(554, "5.5.1", "no valid recipient").await;
            }
            Some(_) => {}
        }
        self.say(354, "", "end with a dot alone on a line").await?;
        self.flush().await?;
        let text = self.reader.text(self.limits.mail_bytes, self.limits.line_bytes, self.limits.idle).await?;
        let Some(envelope) = self.envelope.take() else { return Ok(Then::Close) };
        let raw = match text {
            Text::Whole(raw) => raw,
            Text::TooLarge => return self.wrong(552, "5.3.4", "the mail is too large").await,
            Text::LineTooLong => return self.wrong(554, "5.6.0", "a line of the mail is too long").await,
            Text::End => return Ok(Then::Close),
            Text::Silent => {
                self.close("4.4.2", "silent too long").await?;
                return Ok(Then::Close);
            }
        };
        self.mails += 1;
        let mail = CapturedMail {
            envelope_from: envelope.from,
            recipients: envelope.recipients,
            raw,
            client: self.client.clone().unwrap_or_default(),
        };
        match timeout(self.limits.sink, self.sink.accept(mail)).await {
            Ok(Ok(())) => self.say(250, "2.0.0", "kept").await,
            Ok(Err(refusal)) => self.refuse(&refusal).await,
            // It may still be kept; telling the client to try again risks a second copy and not a lost mail.
            Err(_) => self.refuse(&Refusal::later("keeping the mail took too long")).await,
        }
    }

    async fn refuse(&mut self, refusal: &Refusal) -> io::Result<Then> {
        // A sink that refuses with a success code would make the client forget the mail.
        let code = if (400..600).contains(&refusal.code) { refusal.code } else { 451 };
        let enhanced =
            if refusal.enhanced.starts_with(if code < 500 { '4' } else { '5' }) { refusal.enhanced } else { "" };
        self.say(code, enhanced, &refusal.text).await
    }

    async fn wrong(&mut self, code: u16, enhanced: &str, text: &str) -> io::Result<Then> {
        self.errors += 1;
        self.say(code, enhanced, text).await
    }

    async fn say(&mut self, code: u16, enhanced: &str, text: &str) -> io::Result<Then> {
        let text: String = text.chars().filter(|c| c.is_ascii_graphic() || *c == ' ').take(400).collect();
        let blank = if enhanced.is_empty() { "" } else { " " };
        self.write(format!("{code} {enhanced}{blank}{text}\r\n").as_bytes()).await?;
        Ok(Then::Continue)
    }

    async fn close(&mut self, enhanced: &str, why: &str) -> io::Result<()> {
        self.say(421, enhanced, &format!("{NAME} {why}")).await?;
        self.flush().await
    }

    /// A client that sends but never reads must not hold a place for longer than one that is silent.
    async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        timeout(self.limits.idle, self.writer.write_all(bytes)).await.map_err(|_| io::ErrorKind::TimedOut)?
    }

    async fn flush(&mut self) -> io::Result<()> {
        timeout(self.limits.idle, self.writer.flush()).await.map_err(|_| io::ErrorKind::TimedOut)?
    }
}
