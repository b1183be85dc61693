//! Owns the handing in of one mail over plain SMTP to a loopback server, null sender included. No TLS, no pool, no retries.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::time::timeout;

const DEADLINE: Duration = Duration::from_secs(30);
const MAX_ANSWER: u64 = 4_096;

/// Why a mail was not handed in.
#[derive(Debug, thiserror::Error)]
pub enum SubmitError {
    /// A 5xx answer: trying again won't help.
    #[error("refused: {0}")]
    Refused(String),
    /// A 4xx answer.
    #[error("not now: {0}")]
    Later(String),
    /// No connection, no answer in time, or an answer that makes no sense.
    #[error("the conversation broke off: {0}")]
    Broken(String),
}

/// Hands one mail to the server at `target`; `from` is empty for `<>`. `raw` must have CRLF line ends.
///
/// # Errors
/// See [`SubmitError`]; after `Broken` the mail may have been taken.
pub async fn submit(target: SocketAddr, from: &str, to: &str, raw: &[u8]) -> Result<(), SubmitError> {
    let talk = async {
        let stream = TcpStream::connect(target).await.map_err(|error| SubmitError::Broken(error.to_string()))?;
        stream.set_nodelay(true).ok();
        let mut stream = BufReader::new(stream);
        expect(&mut stream, "").await?;
        expect(&mut stream, "EHLO correspondents.example\r\n").await?;
        expect(&mut stream, &format!("MAIL FROM:<{from}> BODY=8BITMIME\r\n")).await?;
        expect(&mut stream, &format!("RCPT TO:<{to}>\r\n")).await?;
        expect(&mut stream, "DATA\r\n").await?;
        stream.write_all(&stuffed(raw)).await.map_err(|error| SubmitError::Broken(error.to_string()))?;
        expect(&mut stream, "").await?;
        // The mail is handed in; whether the farewell arrives does not matter.
        stream.write_all(b"QUIT\r\n").await.ok();
        Ok(())
    };
    timeout(DEADLINE, talk).await.unwrap_or_else(|_| Err(SubmitError::Broken("no answer in time".to_owned())))
}

/// Says a line (if any) and reads the whole answer; 2xx and 3xx are fine.
async fn expect(stream: &mut BufReader<TcpStream>, line: &str) -> Result<(), SubmitError> {
    let broken = |error: std::io::Error| SubmitError::Broken(error.to_string());
    stream.write_all(line.as_bytes()).await.map_err(broken)?;
    loop {
        let mut answer = String::new();
        let read = (&mut *stream).take(MAX_ANSWER).read_line(&mut answer).await.map_err(broken)?;
        if read == 0 {
            return Err(SubmitError::Broken("the server hung up".to_owned()));
        }
        if answer.as_bytes().get(3) == Some(&b'-') {
            continue;
        }
        let text = answer.trim_end().to_owned();
        return match answer.as_bytes().first() {
            Some(b'2' | b'3') => Ok(()),
            Some(b'4') => Err(SubmitError::Later(text)),
            Some(b'5') => Err(SubmitError::Refused(text)),
            _ => Err(SubmitError::Broken(text)),
        };
    }
}

/// Dots stuffed and the final dot added (RFC 5321 section 4.5.2).
fn stuffed(raw: &[u8]) -> Vec<u8> {
    let mut wire = Vec::with_capacity(raw.len() + 64);
    for line in raw.split_inclusive(|byte| *byte == b'\n') {
        if line.first() == Some(&b'.') {
            wire.push(b'.');
        }
        wire.extend_from_slice(line);
    }
    if !wire.ends_with(b"\r\n") {
        wire.extend_from_slice(b"\r\n");
    }
    wire.extend_from_slice(b".\r\n");
    wire
}

#[cfg(test)]
mod tests {
    use super::stuffed;

    #[test]
    fn dots_are_stuffed() {
        assert_eq!(stuffed(b".a\r\n..\r\nb"), b"..a\r\n...\r\nb\r\n.\r\n");
        assert_eq!(stuffed(b""), b"\r\n.\r\n");
    }
}
