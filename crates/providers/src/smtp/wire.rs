//! Owns the byte stream of one connection, clear or TLS. Knows reply lines and early words, but no command and no deadline.

use std::io;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};

use futures_util::FutureExt as _;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

use super::reply::{MAX_REPLY, Malformed, Reply, ReplyParser};

/// Why nothing more can be read or written.
#[derive(Debug)]
pub(super) enum WireError {
    /// The connection is gone.
    Lost(String),
    /// The server does not speak SMTP.
    Malformed(&'static str),
}

impl From<io::Error> for WireError {
    fn from(error: io::Error) -> Self {
        Self::Lost(error.to_string())
    }
}

impl From<Malformed> for WireError {
    fn from(malformed: Malformed) -> Self {
        Self::Malformed(malformed.0)
    }
}

/// What can be said about a connection without waiting.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Early {
    /// Nothing has come.
    Quiet,
    /// The server has sent something nobody asked for.
    Spoke,
    /// The connection is gone.
    Closed,
}

/// Clear or encrypted.
pub(super) enum Stream {
    /// Clear text.
    Plain(TcpStream),
    /// TLS.
    Tls(Box<TlsStream<TcpStream>>),
}

impl AsyncRead for Stream {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_read(cx, buffer),
            Self::Tls(stream) => Pin::new(stream).poll_read(cx, buffer),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_write(cx, bytes),
            Self::Tls(stream) => Pin::new(stream).poll_write(cx, bytes),
        }
    }
    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_flush(cx),
            Self::Tls(stream) => Pin::new(stream).poll_flush(cx),
        }
    }
    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_shutdown(cx),
            Self::Tls(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}

/// A stream and what was read from it but not yet used.
pub(super) struct Wire {
    stream: Stream,
    buffer: Vec<u8>,
    used: usize,
}

impl Wire {
    pub(super) fn new(stream: Stream) -> Self {
        Self { stream, buffer: Vec::with_capacity(1_024), used: 0 }
    }

    /// Whether the stream is encrypted.
    pub(super) fn is_encrypted(&self) -> bool {
        matches!(self.stream, Stream::Tls(_))
    }

    /// The bare stream, to begin TLS on.
    ///
    /// # Errors
    /// When bytes are waiting: whoever put them there wants them taken as if they had come under TLS (CVE-2011-0411).
    pub(super) fn into_clear_stream(self) -> Result<TcpStream, WireError> {
        match self.stream {
            Stream::Plain(stream) if self.used == self.buffer.len() => Ok(stream),
            Stream::Plain(_) => Err(WireError::Malformed("the server sent clear text after agreeing to STARTTLS")),
            Stream::Tls(_) => Err(WireError::Malformed("the connection is already encrypted")),
        }
    }

    /// Writes all bytes and, under TLS, hands all of them to the network.
    pub(super) async fn write(&mut self, bytes: &[u8]) -> Result<(), WireError> {
        self.stream.write_all(bytes).await?;
        Ok(self.stream.flush().await?)
    }

    /// Reads one whole reply of at most [`MAX_REPLY`] bytes.
    pub(super) async fn read_reply(&mut self) -> Result<Reply, WireError> {
        let mut parser = ReplyParser::default();
        let mut spent = 0;
        let mut searched = self.used;
        loop {
            let unsearched = self.buffer.get(searched..).unwrap_or_default();
            if let Some(length) = unsearched.iter().position(|byte| *byte == b'\n') {
                let end = searched + length;
                let line = self.buffer.get(self.used..end).unwrap_or_default();
                let line = line.strip_suffix(b"\r").unwrap_or(line);
                let reply = parser.push(line)?;
                spent += end + 1 - self.used;
                self.used = end + 1;
                searched = self.used;
                if let Some(reply) = reply {
                    return Ok(reply);
                }
                continue;
            }
            if spent + self.buffer.len() - self.used > MAX_REPLY {
                return Err(WireError::Malformed("a reply is too long"));
            }
            self.buffer.drain(..self.used);
            self.used = 0;
            searched = self.buffer.len();
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                return Err(WireError::Lost("the server closed the connection".to_owned()));
            }
        }
    }

    /// Looks, without waiting, whether the server has spoken or gone.
    pub(super) fn early(&mut self) -> Early {
        if self.used < self.buffer.len() {
            return Early::Spoke;
        }
        self.buffer.clear();
        self.used = 0;
        let read = pin!(self.stream.read_buf(&mut self.buffer)).now_or_never();
        match read {
            None => Early::Quiet,
            Some(Ok(0) | Err(_)) => Early::Closed,
            Some(Ok(_)) => Early::Spoke,
        }
    }

    /// Says goodbye without waiting for an answer.
    pub(super) async fn quit(mut self) {
        if self.write(b"QUIT\r\n").await.is_ok() {
            // The connection is over either way.
            let _ = self.stream.shutdown().await;
        }
    }
}
