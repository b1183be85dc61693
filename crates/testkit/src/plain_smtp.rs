//! Owns the smallest SMTP client that can hand a mail over, to play the part of other people's mailers.
//! Must not be used to test sending: the project's own client is in `outrider-providers`.

use std::io::{self, BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// Hands one mail over without TLS or authentication and gives the server's answer to the final dot.
///
/// `mail` is the whole mail; line ends become CRLF and leading dots are doubled (RFC 5321 section 4.5.2).
///
/// # Errors
/// When the connection fails, or the server refuses a step; the message holds its answer.
pub fn hand_over(server: SocketAddr, from: &str, to: &[&str], mail: &str) -> io::Result<String> {
    let limit = Duration::from_secs(20);
    let stream = TcpStream::connect_timeout(&server, limit)?;
    stream.set_read_timeout(Some(limit))?;
    stream.set_write_timeout(Some(limit))?;
    let mut talk = Talk { reader: BufReader::new(stream.try_clone()?), writer: stream };
    talk.answer(220)?;
    talk.say("EHLO correspondent.test", 250)?;
    talk.say(&format!("MAIL FROM:<{from}>"), 250)?;
    for recipient in to {
        talk.say(&format!("RCPT TO:<{recipient}>"), 250)?;
    }
    talk.say("DATA", 354)?;
    let mut data = String::with_capacity(mail.len() + 64);
    for line in mail.lines() {
        if line.starts_with('.') {
            data.push('.');
        }
        data.push_str(line);
        data.push_str("\r\n");
    }
    data.push('.');
    let accepted = talk.say(&data, 250)?;
    talk.say("QUIT", 221)?;
    Ok(accepted)
}

struct Talk {
    reader: BufReader<TcpStream>,
    writer: TcpStream,
}

impl Talk {
    fn say(&mut self, line: &str, wanted: u16) -> io::Result<String> {
        self.writer.write_all(format!("{line}\r\n").as_bytes())?;
        self.answer(wanted)
    }

    fn answer(&mut self, wanted: u16) -> io::Result<String> {
        let mut whole = String::new();
        loop {
            let start = whole.len();
            if self.reader.read_line(&mut whole)? == 0 {
                return Err(io::Error::new(io::ErrorKind::UnexpectedEof, format!("the server hung up: {whole:?}")));
            }
            if whole.as_bytes().get(start + 3) != Some(&b'-') {
                break;
            }
        }
        if whole.starts_with(&wanted.to_string()) {
            return Ok(whole.trim_end().to_owned());
        }
        Err(io::Error::other(format!("wanted {wanted}, the server said {:?}", whole.trim_end())))
    }
}
