//! Owns the capture mailbox: a real SMTP server on a loopback address that takes every mail and hands it to a sink.
//! Must not relay, answer or judge a mail, and answers 250 only after the sink has kept it.

mod command;
mod reader;
mod session;
#[cfg(test)]
mod tests;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tokio::task::{JoinHandle, JoinSet};

/// One mail as it came over SMTP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CapturedMail {
    /// MAIL FROM, without angle brackets, as written; empty for `<>`.
    pub envelope_from: String,
    /// RCPT TO addresses in order, without angle brackets, as written.
    pub recipients: Vec<String>,
    /// The mail exactly as sent (CRLF line ends, dots unstuffed); nothing is added.
    pub raw: Vec<u8>,
    /// What the client called itself in EHLO or HELO.
    pub client: String,
}

/// A refusal in the words of SMTP. `code` must be 4xx or 5xx and `enhanced` (RFC 3463) of the same class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Reply code, such as 550.
    pub code: u16,
    /// Enhanced status code, such as `5.1.1`.
    pub enhanced: &'static str,
    /// One line for people.
    pub text: String,
}

impl Refusal {
    /// The mailbox does not exist here: 550 5.1.1.
    #[must_use]
    pub fn no_such_mailbox() -> Self {
        Self { code: 550, enhanced: "5.1.1", text: "no such mailbox".to_owned() }
    }

    /// Not now: 451 4.3.0, with the reason. The client keeps the mail and tries again.
    #[must_use]
    pub fn later(text: impl Into<String>) -> Self {
        Self { code: 451, enhanced: "4.3.0", text: text.into() }
    }
}

/// Where captured mails go.
pub trait CaptureSink: Send + Sync + 'static {
    /// Keeps one mail. `Ok` means it is durable: the client is told 250 and forgets it.
    fn accept(&self, mail: CapturedMail) -> BoxFuture<'_, Result<(), Refusal>>;

    /// Whether mail for `address` (as written, without angle brackets) is taken; asked at RCPT TO. Takes all unless overridden.
    ///
    /// # Errors
    /// What the client is told.
    fn recipient(&self, address: &str) -> Result<(), Refusal> {
        let _ = address;
        Ok(())
    }
}

/// What one client may use up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaptureLimits {
    /// Bytes of one mail; announced by SIZE (RFC 1870).
    pub mail_bytes: usize,
    /// Recipients of one mail.
    pub recipients: usize,
    /// Bytes of a command line with its CRLF. RFC 5321 4.5.3.1.4 asks for 512; extensions add to it.
    pub command_bytes: usize,
    /// Bytes of a line of text with its CRLF. RFC 5321 4.5.3.1.6 asks for 1,000; longer ones are met in practice.
    pub line_bytes: usize,
    /// Connections at a time; one more is told 421.
    pub connections: usize,
    /// Mails over one connection.
    pub mails: usize,
    /// Commands in error before the connection is closed.
    pub errors: usize,
    /// Longest silence before a command or within a mail.
    pub idle: Duration,
    /// Longest life of a connection.
    pub total: Duration,
    /// Longest time the sink may take before the client is told to try again.
    pub sink: Duration,
}

impl Default for CaptureLimits {
    fn default() -> Self {
        Self {
            mail_bytes: 25 * 1024 * 1024,
            recipients: 100,
            command_bytes: 2_048,
            line_bytes: 64 * 1024,
            connections: 200,
            mails: 10_000,
            errors: 20,
            idle: Duration::from_secs(60),
            total: Duration::from_secs(900),
            sink: Duration::from_secs(30),
        }
    }
}

/// A running capture mailbox. Dropping it closes the port and every connection at once; [`CaptureServer::shutdown`] lets mails finish.
#[derive(Debug)]
pub struct CaptureServer {
    address: SocketAddr,
    stop: watch::Sender<bool>,
    listener: JoinHandle<()>,
}

impl CaptureServer {
    /// Binds `address`, which must be a loopback one (port 0 picks a free one), and begins to serve.
    ///
    /// # Errors
    /// When the address is not loopback, or cannot be bound.
    pub async fn bind(address: SocketAddr, limits: CaptureLimits, sink: Arc<dyn CaptureSink>) -> io::Result<Self> {
        if !address.ip().is_loopback() {
            let text =
                format!("the capture mailbox takes mail from anyone, so it listens on loopback only, not on {address}");
            return Err(io::Error::new(io::ErrorKind::InvalidInput, text));
        }
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let (stop, stopped) = watch::channel(false);
        let listener = tokio::spawn(listen(listener, Arc::new(limits), sink, stopped));
        Ok(Self { address, stop, listener })
    }

    /// The address it listens on, with the port picked.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Stops accepting, tells idle clients 421, lets a mail in transfer finish for at most `grace`, and closes the rest.
    pub async fn shutdown(mut self, grace: Duration) {
        self.stop.send_replace(true);
        if tokio::time::timeout(grace, &mut self.listener).await.is_err() {
            self.listener.abort();
        }
    }
}

impl Drop for CaptureServer {
    fn drop(&mut self) {
        self.listener.abort();
    }
}

/// Accepts until stopped, then waits for the sessions. Its sessions end with it when it is aborted.
async fn listen(
    listener: TcpListener,
    limits: Arc<CaptureLimits>,
    sink: Arc<dyn CaptureSink>,
    mut stopped: watch::Receiver<bool>,
) {
    let places = Arc::new(Semaphore::new(limits.connections));
    let mut sessions = JoinSet::new();
    loop {
        while sessions.try_join_next().is_some() {}
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stopped.wait_for(|stop| *stop) => break,
        };
        match accepted {
            Ok((stream, _)) => {
                let place = Arc::clone(&places).try_acquire_owned().ok();
                let (limits, sink, stopped) = (Arc::clone(&limits), Arc::clone(&sink), stopped.clone());
                sessions.spawn(async move {
                    let serving = async {
                        match place {
                            Some(_) => session::serve(stream, &limits, sink.as_ref(), stopped).await,
                            None => session::turn_away(stream).await,
                        }
                        drop(place);
                    };
                    if tokio::time::timeout(limits.total, serving).await.is_err() {
                        tracing::debug!("a client of the capture mailbox stayed too long");
                    }
                });
            }
            Err(error) => {
                // Out of file descriptors, most likely: sessions that end make room.
                tracing::warn!(%error, "the capture mailbox could not accept a connection");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
    drop(listener);
    while sessions.join_next().await.is_some() {}
}
