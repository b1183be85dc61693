//! Owns how a connection is made ready: TCP, greeting, EHLO, TLS, AUTH. Sends no mail.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};
use tokio_rustls::TlsConnector;

use super::deadlines::Deadlines;
use super::outcome::{Cause, Failure, Phase};
use super::reply::Reply;
use super::transport::{Security, Transport};
use super::wire::{Stream, Wire};
use crate::oauth::{OauthSettings, xoauth2};

/// What the server offers (RFC 5321 4.1.1.1), as far as we use it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Capabilities {
    /// RFC 2920.
    pub(super) pipelining: bool,
    /// RFC 6152.
    pub(super) eight_bit: bool,
    /// RFC 1870: whether SIZE is offered, and the limit when it names one.
    pub(super) size: Option<Option<usize>>,
    /// RFC 3207.
    pub(super) starttls: bool,
    /// RFC 4954: the mechanisms we know.
    pub(super) auth_plain: bool,
    /// The older mechanism that some servers offer alone.
    pub(super) auth_login: bool,
    /// Access tokens, as large providers want them.
    pub(super) auth_xoauth2: bool,
}

impl Capabilities {
    fn from_reply(reply: &Reply) -> Self {
        let mut capabilities = Self::default();
        // The first line is the server's name, not a keyword.
        for line in reply.lines.iter().skip(1) {
            let line = line.to_ascii_uppercase();
            let mut words = line.split([' ', '=']).filter(|word| !word.is_empty());
            match words.next() {
                Some("PIPELINING") => capabilities.pipelining = true,
                Some("8BITMIME") => capabilities.eight_bit = true,
                Some("SIZE") => {
                    capabilities.size =
                        Some(words.next().and_then(|limit| limit.parse().ok()).filter(|limit| *limit > 0))
                }
                Some("STARTTLS") => capabilities.starttls = true,
                Some("AUTH") => {
                    for mechanism in words {
                        capabilities.auth_plain |= mechanism == "PLAIN";
                        capabilities.auth_login |= mechanism == "LOGIN";
                        capabilities.auth_xoauth2 |= mechanism == "XOAUTH2";
                    }
                }
                _ => {}
            }
        }
        capabilities
    }

    fn describe(&self) -> String {
        let offered = [
            (self.pipelining, "PIPELINING"),
            (self.size.is_some(), "SIZE"),
            (self.eight_bit, "8BITMIME"),
            (self.starttls, "STARTTLS"),
            (self.auth_plain, "AUTH PLAIN"),
            (self.auth_login, "AUTH LOGIN"),
            (self.auth_xoauth2, "AUTH XOAUTH2"),
        ];
        let names: Vec<&str> = offered.iter().filter(|(is, _)| *is).map(|(_, name)| *name).collect();
        if names.is_empty() { "offers nothing of use to us".to_owned() } else { format!("offers {}", names.join(", ")) }
    }
}

/// Told of each step that succeeded, for `doctor`.
pub(super) type Report<'a> = &'a mut (dyn FnMut(Phase, String) + Send);

/// A connection that mails can be sent over.
pub(super) struct Connection {
    pub(super) wire: Wire,
    pub(super) capabilities: Capabilities,
    /// Mails handed over or tried on it.
    pub(super) mails: u32,
    /// A transaction was left open and needs RSET.
    pub(super) needs_reset: bool,
    /// The two sides may no longer agree on what comes next: it must not be used again.
    pub(super) broken: bool,
    /// Since when nobody uses it.
    pub(super) idle_since: Instant,
}

impl Connection {
    /// Connects, greets, encrypts and authenticates as the transport's settings say.
    pub(super) async fn open(
        transport: &Transport,
        tls: Option<&Arc<ClientConfig>>,
        deadlines: &Deadlines,
        report: Report<'_>,
    ) -> Result<Self, Failure> {
        let (stream, local) = connect(transport, deadlines).await?;
        report(Phase::Connect, format!("connected to {}:{}", transport.host, transport.port()));
        let name = transport.helo_name.clone().unwrap_or_else(|| address_literal(local));
        let stream = if transport.tls == Security::Implicit {
            encrypt(stream, transport, tls, deadlines, report).await?
        } else {
            Stream::Plain(stream)
        };
        let mut connection = Self {
            wire: Wire::new(stream),
            capabilities: Capabilities::default(),
            mails: 0,
            needs_reset: false,
            broken: false,
            idle_since: Instant::now(),
        };
        let greeting = connection.reply(Phase::Greeting, deadlines.phase(deadlines.timeouts.greeting)).await?;
        expect(Phase::Greeting, greeting.code == 220, &greeting)?;
        report(Phase::Greeting, greeting.as_line());
        connection.hello(&name, deadlines, report).await?;
        if matches!(transport.tls, Security::Starttls | Security::Opportunistic) {
            connection = connection.start_tls(transport, tls, &name, deadlines, report).await?;
        }
        if let Some(username) = &transport.username {
            connection.sign_in(transport, username, deadlines).await?;
            report(Phase::Auth, format!("authenticated as {username}"));
        }
        Ok(connection)
    }

    /// Reads a reply by a deadline.
    pub(super) async fn reply(&mut self, phase: Phase, deadline: Instant) -> Result<Reply, Failure> {
        match timeout_at(deadline, self.wire.read_reply()).await {
            Ok(Ok(reply)) => Ok(reply),
            Ok(Err(error)) => Err(Failure::wire(phase, error)),
            Err(_) => Err(Failure::new(phase, Cause::Timeout)),
        }
    }

    /// Writes by a deadline.
    pub(super) async fn write(&mut self, phase: Phase, bytes: &[u8], deadline: Instant) -> Result<(), Failure> {
        match timeout_at(deadline, self.wire.write(bytes)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(Failure::wire(phase, error)),
            Err(_) => Err(Failure::new(phase, Cause::Timeout)),
        }
    }

    /// One command and its reply.
    pub(super) async fn command(&mut self, phase: Phase, line: &str, deadlines: &Deadlines) -> Result<Reply, Failure> {
        let deadline = deadlines.phase(deadlines.timeouts.command);
        self.write(phase, format!("{line}\r\n").as_bytes(), deadline).await?;
        self.reply(phase, deadline).await
    }

    async fn hello(&mut self, name: &str, deadlines: &Deadlines, report: Report<'_>) -> Result<(), Failure> {
        let mut reply = self.command(Phase::Hello, &format!("EHLO {name}"), deadlines).await?;
        if matches!(reply.code, 500 | 502 | 504) {
            // A server from before 1995 (RFC 5321 3.2).
            reply = self.command(Phase::Hello, &format!("HELO {name}"), deadlines).await?;
            expect(Phase::Hello, reply.is_positive(), &reply)?;
            self.capabilities = Capabilities::default();
        } else {
            expect(Phase::Hello, reply.is_positive(), &reply)?;
            self.capabilities = Capabilities::from_reply(&reply);
        }
        report(Phase::Hello, self.capabilities.describe());
        Ok(())
    }

    async fn start_tls(
        mut self,
        transport: &Transport,
        tls: Option<&Arc<ClientConfig>>,
        name: &str,
        deadlines: &Deadlines,
        report: Report<'_>,
    ) -> Result<Self, Failure> {
        if !self.capabilities.starttls {
            if transport.tls == Security::Starttls {
                return Err(Failure::new(
                    Phase::Tls,
                    Cause::Setup("the server does not offer STARTTLS, and the settings require it".to_owned()),
                ));
            }
            return Ok(self);
        }
        let reply = self.command(Phase::Tls, "STARTTLS", deadlines).await?;
        expect(Phase::Tls, reply.code == 220, &reply)?;
        let stream = self.wire.into_clear_stream().map_err(|error| Failure::wire(Phase::Tls, error))?;
        self.wire = Wire::new(encrypt(stream, transport, tls, deadlines, report).await?);
        // What was offered in clear text is forgotten (RFC 3207 4.2).
        self.hello(name, deadlines, report).await?;
        Ok(self)
    }

    async fn sign_in(&mut self, transport: &Transport, username: &str, deadlines: &Deadlines) -> Result<(), Failure> {
        if !self.wire.is_encrypted() && !transport.allow_insecure_auth {
            return Err(setup("the connection is not encrypted, so the password was not sent"));
        }
        match (&transport.password, &transport.oauth) {
            (Some(password), _) => self.authenticate(username, password, deadlines).await,
            (None, Some(oauth)) => self.authorize(username, oauth, transport.ca_file.as_deref(), deadlines).await,
            (None, None) => Err(setup("there is a user name, and neither password nor oauth")),
        }
    }

    /// AUTH XOAUTH2. A token that was got earlier and is refused now may have been revoked: then once more with a new one.
    async fn authorize(
        &mut self,
        username: &str,
        oauth: &OauthSettings,
        ca_file: Option<&Path>,
        deadlines: &Deadlines,
    ) -> Result<(), Failure> {
        if !self.capabilities.auth_xoauth2 {
            return Err(setup("the server does not offer AUTH XOAUTH2"));
        }
        loop {
            let asking = timeout_at(deadlines.before_dot(), oauth.token(ca_file)).await;
            let got = asking.map_err(|_| Failure::new(Phase::Auth, Cause::Timeout))?;
            let (token, kept) = got.map_err(|problem| setup(&problem.to_string()))?;
            let secret = STANDARD.encode(xoauth2(username, &token));
            let mut reply = self.command(Phase::Auth, &format!("AUTH XOAUTH2 {secret}"), deadlines).await?;
            if reply.code == 334 {
                // What is wrong comes as a challenge, and the refusal after an empty answer.
                reply = self.command(Phase::Auth, "", deadlines).await?;
            }
            if reply.code == 235 {
                return Ok(());
            }
            oauth.forget(&token).await;
            if !kept {
                return expect(Phase::Auth, false, &reply);
            }
        }
    }

    async fn authenticate(&mut self, username: &str, password: &str, deadlines: &Deadlines) -> Result<(), Failure> {
        let reply = if self.capabilities.auth_plain {
            let secret = STANDARD.encode(format!("\0{username}\0{password}"));
            self.command(Phase::Auth, &format!("AUTH PLAIN {secret}"), deadlines).await?
        } else if self.capabilities.auth_login {
            let asked = self.command(Phase::Auth, "AUTH LOGIN", deadlines).await?;
            expect(Phase::Auth, asked.code == 334 || asked.code >= 400, &asked)?;
            if asked.code == 334 {
                let asked = self.command(Phase::Auth, &STANDARD.encode(username), deadlines).await?;
                expect(Phase::Auth, asked.code == 334, &asked)?;
                self.command(Phase::Auth, &STANDARD.encode(password), deadlines).await?
            } else {
                asked
            }
        } else {
            return Err(setup("the server offers neither AUTH PLAIN nor AUTH LOGIN"));
        };
        expect(Phase::Auth, reply.code == 235, &reply)
    }

    /// Says goodbye in the background.
    pub(super) fn close(self) {
        tokio::spawn(tokio::time::timeout(std::time::Duration::from_secs(5), self.wire.quit()));
    }
}

fn setup(why: &str) -> Failure {
    Failure::new(Phase::Auth, Cause::Setup(why.to_owned()))
}

fn expect(phase: Phase, expected: bool, reply: &Reply) -> Result<(), Failure> {
    if expected { Ok(()) } else { Err(Failure::new(phase, Cause::Reply(reply.clone()))) }
}

async fn connect(transport: &Transport, deadlines: &Deadlines) -> Result<(TcpStream, Option<SocketAddr>), Failure> {
    let deadline = deadlines.phase(deadlines.timeouts.connect);
    let lost = |error: std::io::Error| {
        let why = format!("{}:{}: {error}", transport.host, transport.port());
        Failure::new(Phase::Connect, Cause::Lost(why))
    };
    let connecting = timeout_at(deadline, TcpStream::connect((transport.host.as_str(), transport.port()))).await;
    let stream = connecting.map_err(|_| Failure::new(Phase::Connect, Cause::Timeout))?.map_err(lost)?;
    stream.set_nodelay(true).map_err(lost)?;
    let local = stream.local_addr().ok();
    Ok((stream, local))
}

async fn encrypt(
    stream: TcpStream,
    transport: &Transport,
    tls: Option<&Arc<ClientConfig>>,
    deadlines: &Deadlines,
    report: Report<'_>,
) -> Result<Stream, Failure> {
    let setup = |why: String| Failure::new(Phase::Tls, Cause::Setup(why));
    let config = tls.ok_or_else(|| setup("TLS is not set up for this transport".to_owned()))?;
    let name = ServerName::try_from(transport.host.clone())
        .map_err(|_| setup("the host is neither a name nor an address".to_owned()))?;
    let handshake = TlsConnector::from(Arc::clone(config)).connect(name, stream);
    let deadline = deadlines.phase(deadlines.timeouts.greeting);
    let stream = timeout_at(deadline, handshake).await.map_err(|_| Failure::new(Phase::Tls, Cause::Timeout))?;
    let stream = stream.map_err(|error| setup(format!("the handshake failed: {error}")))?;
    let version = stream.get_ref().1.protocol_version().map_or_else(String::new, |version| format!("{version:?}"));
    report(Phase::Tls, format!("encrypted with {version}"));
    Ok(Stream::Tls(Box::new(stream)))
}

/// RFC 5321 4.1.3.
fn address_literal(local: Option<SocketAddr>) -> String {
    match local {
        Some(SocketAddr::V4(address)) => format!("[{}]", address.ip()),
        Some(SocketAddr::V6(address)) => format!("[IPv6:{}]", address.ip()),
        None => "[127.0.0.1]".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Capabilities, address_literal};
    use crate::smtp::reply::ReplyParser;

    #[test]
    fn capabilities_are_read_leniently() {
        let mut parser = ReplyParser::default();
        for line in [
            "250-starttls.example.com greets",
            "250-pipelining",
            "250-SIZE 1000",
            "250-AUTH=LOGIN",
            "250-AUTH LOGIN PLAIN XOAUTH2",
        ] {
            assert!(parser.push(line.as_bytes()).unwrap().is_none());
        }
        let reply = parser.push(b"250 8BITMIME").unwrap().unwrap();
        let expected = Capabilities {
            pipelining: true,
            eight_bit: true,
            size: Some(Some(1_000)),
            starttls: false,
            auth_plain: true,
            auth_login: true,
            auth_xoauth2: true,
        };
        assert_eq!(Capabilities::from_reply(&reply), expected);
    }

    #[test]
    fn without_a_name_the_address_is_said() {
        assert_eq!(address_literal("192.0.2.1:99".parse().ok()), "[192.0.2.1]");
        assert_eq!(address_literal("[2001:db8::1]:99".parse().ok()), "[IPv6:2001:db8::1]");
    }
}
