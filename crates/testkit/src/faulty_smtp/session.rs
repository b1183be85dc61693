//! Owns one session of the faulty server: reading commands, striking where the script says, recording mails.
//! Must not decide what goes wrong; that is the script.

use std::io;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;

use super::{AcceptedMail, Act, At, FOREVER, Record, Script, lock, strike};

trait Io: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Io for T {}

/// Whether the session goes on.
#[derive(Debug, PartialEq, Eq)]
enum Next {
    Go,
    End,
}

struct Session<'a> {
    stream: Box<dyn Io>,
    unread: Vec<u8>,
    script: &'a Script,
    record: &'a Mutex<Record>,
    number: usize,
    encrypted: bool,
    user: Option<String>,
    from: Option<String>,
    to: Vec<String>,
}

pub(super) async fn run(stream: TcpStream, script: &Script, record: &Mutex<Record>, number: usize) -> io::Result<()> {
    let encrypted = script.implicit_tls.is_some();
    let stream = match &script.implicit_tls {
        Some(config) => encrypt(Box::new(stream), config).await?,
        None => Box::new(stream),
    };
    let mut session = Session {
        stream,
        unread: Vec::new(),
        script,
        record,
        number,
        encrypted,
        user: None,
        from: None,
        to: Vec::new(),
    };
    if session.answer(At::Greeting, "220 faulty.test ESMTP").await? == Next::End {
        return Ok(());
    }
    loop {
        let line = session.line().await?;
        session.note(&line);
        if session.obey(&line).await? == Next::End {
            return Ok(());
        }
    }
}

async fn encrypt(stream: Box<dyn Io>, config: &Arc<ServerConfig>) -> io::Result<Box<dyn Io>> {
    Ok(Box::new(TlsAcceptor::from(Arc::clone(config)).accept(stream).await?))
}

impl Session<'_> {
    async fn obey(&mut self, line: &str) -> io::Result<Next> {
        let verb = line.split(' ').next().unwrap_or_default().to_ascii_uppercase();
        match verb.as_str() {
            "EHLO" => {
                self.reset();
                let offers = self.offers();
                self.answer(At::Ehlo, &offers).await
            }
            "HELO" => self.answer(At::Helo, "250 faulty.test").await,
            "STARTTLS" => self.start_tls().await,
            "AUTH" => self.authenticate(line).await,
            "MAIL" => {
                let path = path(line);
                let next = self.answer(At::Mail, "250 2.1.0 ok").await?;
                self.from = Some(path);
                Ok(next)
            }
            "RCPT" => self.recipient(path(line)).await,
            "DATA" => self.data().await,
            "RSET" => {
                self.reset();
                self.answer(At::Reset, "250 2.0.0 ok").await
            }
            "NOOP" => self.answer(At::Noop, "250 2.0.0 ok").await,
            "QUIT" => {
                self.answer(At::Quit, "221 2.0.0 bye").await?;
                Ok(Next::End)
            }
            _ => self.say("500 5.5.2 unknown command").await,
        }
    }

    fn offers(&self) -> String {
        let mut lines = vec!["faulty.test".to_owned()];
        if self.script.pipelining {
            lines.push("PIPELINING".to_owned());
        }
        if self.script.eight_bit {
            lines.push("8BITMIME".to_owned());
        }
        if let Some(size) = self.script.size {
            lines.push(format!("SIZE {size}"));
        }
        if self.script.starttls.is_some() && !self.encrypted {
            lines.push("STARTTLS".to_owned());
        }
        if !self.script.auth.is_empty() {
            lines.push(format!("AUTH {}", self.script.auth.join(" ")));
        }
        lines.push("ENHANCEDSTATUSCODES".to_owned());
        let last = lines.len() - 1;
        let line = |(place, text): (usize, &String)| format!("250{}{text}", if place == last { ' ' } else { '-' });
        lines.iter().enumerate().map(line).collect::<Vec<_>>().join("\r\n")
    }

    async fn start_tls(&mut self) -> io::Result<Next> {
        let Some(config) = self.script.starttls.as_ref().filter(|_| !self.encrypted) else {
            return self.say("502 5.5.1 not offered").await;
        };
        if self.answer(At::StartTls, "220 2.0.0 go ahead").await? == Next::End {
            return Ok(Next::End);
        }
        let (unused, _) = tokio::io::duplex(1);
        let clear = std::mem::replace(&mut self.stream, Box::new(unused));
        self.stream = encrypt(clear, config).await?;
        self.encrypted = true;
        self.unread.clear();
        Ok(Next::Go)
    }

    async fn authenticate(&mut self, line: &str) -> io::Result<Next> {
        let (user, password) = &self.script.credentials;
        let mut words = line.split(' ').skip(1);
        let proven = match words.next() {
            Some("PLAIN") => words.next() == Some(base64(format!("\0{user}\0{password}").as_bytes()).as_str()),
            Some("LOGIN") => {
                self.say("334 VXNlcm5hbWU6").await?;
                let said_user = self.line().await?;
                self.say("334 UGFzc3dvcmQ6").await?;
                let said_password = self.line().await?;
                said_user == base64(user.as_bytes()) && said_password == base64(password.as_bytes())
            }
            Some("XOAUTH2") => {
                let bearer = format!("user={user}\u{1}auth=Bearer {password}\u{1}\u{1}");
                let proven = words.next() == Some(base64(bearer.as_bytes()).as_str());
                if !proven {
                    // As large providers do: what is wrong comes as a challenge, which wants an empty answer.
                    self.say(&format!("334 {}", base64(br#"{"status":"401","schemes":"bearer"}"#))).await?;
                    self.line().await?;
                }
                proven
            }
            _ => false,
        };
        if !proven {
            return self.answer(At::Auth, "535 5.7.8 authentication failed").await;
        }
        self.user = Some(user.clone());
        self.answer(At::Auth, "235 2.7.0 welcome").await
    }

    async fn recipient(&mut self, path: String) -> io::Result<Next> {
        if self.script.greylist && lock(self.record).greylisted.insert(path.clone()) {
            return self.say("450 4.2.0 greylisted, come back later").await;
        }
        let act = strike(self.script, self.record, At::Rcpt);
        let takes = match &act {
            None | Some(Act::SayAtLength(_)) => true,
            Some(Act::Say(answer)) => answer.starts_with('2'),
            Some(_) => false,
        };
        if takes {
            self.to.push(path);
        }
        match act {
            None => self.say("250 2.1.5 ok").await,
            Some(act) => self.perform(act, "250 2.1.5 ok").await,
        }
    }

    async fn data(&mut self) -> io::Result<Next> {
        if !self.unread.is_empty() {
            self.violation("something after DATA in the same group");
        }
        let usual = if self.to.is_empty() { "554 5.5.1 no valid recipients" } else { "354 go on" };
        let act = strike(self.script, self.record, At::Data);
        let takes_content = match &act {
            None | Some(Act::SayAtLength(_)) => !self.to.is_empty(),
            Some(Act::Say(answer)) => answer.starts_with("354"),
            Some(_) => false,
        };
        let next = match act {
            None => self.say(usual).await?,
            Some(act) => self.perform(act, usual).await?,
        };
        if next == Next::End || !takes_content { Ok(next) } else { self.content().await }
    }

    async fn content(&mut self) -> io::Result<Next> {
        if self.unread.is_empty() {
            self.fill().await?;
        }
        if let Some(act) = strike(self.script, self.record, At::Content)
            && self.perform(act, "451 4.3.0 stop").await? == Next::End
        {
            return Ok(Next::End);
        }
        let content = self.until_dot().await?;
        let act = strike(self.script, self.record, At::Dot);
        let accepts = match &act {
            None | Some(Act::AcceptAndDrop | Act::AcceptAndStall | Act::SayAtLength(_)) => true,
            Some(Act::Say(answer) | Act::SayAndDrop(answer)) => answer.starts_with('2'),
            Some(Act::Stall | Act::Drop) => false,
        };
        if accepts && !self.to.is_empty() {
            let mail = AcceptedMail {
                from: self.from.clone().unwrap_or_default(),
                to: self.to.clone(),
                content,
                encrypted: self.encrypted,
                user: self.user.clone(),
                session: self.number,
            };
            lock(self.record).accepted.push(mail);
        }
        self.reset();
        match act {
            None => self.say("250 2.0.0 accepted").await,
            Some(act) => self.perform(act, "250 2.0.0 accepted").await,
        }
    }

    /// The content up to the final dot, unstuffed (RFC 5321 4.5.2).
    async fn until_dot(&mut self) -> io::Result<Vec<u8>> {
        let mut content = Vec::new();
        loop {
            let complete = self.unread.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
            let mut used = 0;
            for line in self.unread[..complete].split_inclusive(|byte| *byte == b'\n') {
                used += line.len();
                match line {
                    b".\r\n" => {
                        self.unread.drain(..used);
                        return Ok(content);
                    }
                    [b'.', rest @ ..] => content.extend_from_slice(rest),
                    line => content.extend_from_slice(line),
                }
            }
            self.unread.drain(..used);
            self.fill().await?;
        }
    }

    fn reset(&mut self) {
        self.from = None;
        self.to.clear();
    }

    /// The usual answer, unless the script has something else for this moment.
    async fn answer(&mut self, at: At, usual: &str) -> io::Result<Next> {
        match strike(self.script, self.record, at) {
            None => self.say(usual).await,
            Some(act) => self.perform(act, usual).await,
        }
    }

    async fn perform(&mut self, act: Act, usual: &str) -> io::Result<Next> {
        match act {
            Act::Say(answer) => self.say(&answer).await,
            Act::SayAndDrop(answer) => {
                self.say(&answer).await?;
                self.stream.shutdown().await?;
                Ok(Next::End)
            }
            Act::SayAtLength(length) => {
                let code = usual.get(..3).unwrap_or(usual);
                self.say(&format!("{code} {}", "x".repeat(length))).await
            }
            Act::Stall | Act::AcceptAndStall => {
                tokio::time::sleep(FOREVER).await;
                Ok(Next::End)
            }
            Act::Drop | Act::AcceptAndDrop => Ok(Next::End),
        }
    }

    async fn say(&mut self, answer: &str) -> io::Result<Next> {
        self.stream.write_all(format!("{answer}\r\n").as_bytes()).await?;
        self.stream.flush().await?;
        Ok(Next::Go)
    }

    async fn fill(&mut self) -> io::Result<()> {
        self.unread.reserve(16 * 1024);
        if self.stream.read_buf(&mut self.unread).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(())
    }

    async fn raw_line(&mut self) -> io::Result<Vec<u8>> {
        loop {
            if let Some(end) = self.unread.iter().position(|byte| *byte == b'\n') {
                return Ok(self.unread.drain(..=end).collect());
            }
            self.fill().await?;
        }
    }

    async fn line(&mut self) -> io::Result<String> {
        let line = self.raw_line().await?;
        Ok(String::from_utf8_lossy(&line).trim_end().to_owned())
    }

    fn note(&mut self, line: &str) {
        lock(self.record).commands.push((self.number, line.to_owned()));
        if !self.script.pipelining && !self.unread.is_empty() {
            self.violation(line);
        }
    }

    fn violation(&mut self, what: &str) {
        lock(self.record).violations.push(format!("session {}: {what}", self.number));
    }
}

/// The address between the angle brackets of a MAIL or RCPT command.
fn path(command: &str) -> String {
    let inside = command.split_once('<').and_then(|(_, rest)| rest.split_once('>'));
    inside.map_or_else(String::new, |(address, _)| address.to_owned())
}

/// RFC 4648 4, with padding.
fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for group in bytes.chunks(3) {
        let value = group.iter().fold(0_u32, |value, byte| value << 8 | u32::from(*byte)) << (8 * (3 - group.len()));
        for place in 0..4 {
            let digit = ALPHABET[(value >> (18 - 6 * place) & 63) as usize];
            text.push(if place <= group.len() { char::from(digit) } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::base64;

    #[test]
    fn base64_has_the_rfc_4648_vectors() {
        for (plain, coded) in
            [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("foobar", "Zm9vYmFy")]
        {
            assert_eq!(base64(plain.as_bytes()), coded);
        }
    }
}
