//! The two streams of one client, line by line: what is no JSON is answered here, since the protocol's crate passes over it in
//! silence (JSON-RPC 2.0, section 5.1). Reads no message.

use serde::de::IgnoredAny;
use serde_json::{Value, json};
use tokio::io::{
    AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, BufReader, DuplexStream, duplex,
};
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::task::JoinHandle;

use super::message::PARSE_ERROR;

/// Bytes that wait between a stream and the protocol at most.
const BUFFER: usize = 64 * 1024;
/// Longest line, in bytes: what the protocol's crate takes.
const LONGEST: usize = 16 * 1024 * 1024;
/// Complaints that wait for the client to read.
const WAITING: usize = 16;

/// A client's streams with every line that is no JSON answered.
pub(super) struct Lines {
    /// What the protocol reads.
    pub(super) reader: DuplexStream,
    /// What it writes.
    pub(super) writer: DuplexStream,
    speaking: JoinHandle<std::io::Result<()>>,
}

/// Waits until all that was said has been written; the protocol has let go of its end before.
pub(super) struct Speaking(JoinHandle<std::io::Result<()>>);

impl Lines {
    /// Over a client's streams, until its own ends.
    pub(super) fn over<R, W>(reader: R, writer: W) -> Self
    where
        R: AsyncRead + Send + Unpin + 'static,
        W: AsyncWrite + Send + Unpin + 'static,
    {
        let (own_reader, passed_on) = duplex(BUFFER);
        let (own_writer, said) = duplex(BUFFER);
        let (complain, complaints) = channel(WAITING);
        tokio::spawn(hear(reader, passed_on, complain));
        let speaking = tokio::spawn(speak(writer, said, complaints));
        Self { reader: own_reader, writer: own_writer, speaking }
    }

    /// The streams for the protocol, and what to wait for when it has ended.
    pub(super) fn parts(self) -> ((DuplexStream, DuplexStream), Speaking) {
        ((self.reader, self.writer), Speaking(self.speaking))
    }
}

impl Speaking {
    /// Waits for the last line. A client that has gone needs none.
    pub(super) async fn end(self) {
        self.0.await.ok();
    }
}

/// Passes lines of JSON on, and complains of the others, until the client ends or nobody listens.
async fn hear<R: AsyncRead + Unpin>(reader: R, mut passed_on: DuplexStream, complain: Sender<Value>) {
    let mut reader = BufReader::new(reader);
    let mut line = Vec::new();
    loop {
        line.clear();
        let Ok(read) = next_line(&mut reader, &mut line).await else { return };
        let heard = match read {
            Read::End => return,
            Read::Whole if is_blank(&line) => continue,
            Read::Whole if is_json(&line) => passed_on.write_all(&line).await.is_ok(),
            Read::Whole => complain.send(refusal("This line is no JSON: one message a line, in UTF-8.")).await.is_ok(),
            Read::TooLong => complain.send(refusal("This line is longer than 16 MiB.")).await.is_ok(),
        };
        if !heard {
            return;
        }
    }
}

/// How a line ended.
enum Read {
    Whole,
    TooLong,
    End,
}

/// Reads to the end of a line; of one that is too long, what has room.
async fn next_line<R: AsyncRead + Unpin>(reader: &mut BufReader<R>, line: &mut Vec<u8>) -> std::io::Result<Read> {
    let most = u64::try_from(LONGEST).unwrap_or(u64::MAX);
    if (&mut *reader).take(most).read_until(b'\n', line).await? == 0 {
        return Ok(Read::End);
    }
    if line.ends_with(b"\n") {
        return Ok(Read::Whole);
    }
    if line.len() < LONGEST {
        // The client went in the middle of a line: nothing was said with it.
        return Ok(Read::End);
    }
    let mut rest = Vec::new();
    while !rest.ends_with(b"\n") {
        rest.clear();
        if (&mut *reader).take(most).read_until(b'\n', &mut rest).await? == 0 {
            return Ok(Read::End);
        }
    }
    Ok(Read::TooLong)
}

fn is_blank(line: &[u8]) -> bool {
    line.iter().all(u8::is_ascii_whitespace)
}

fn is_json(line: &[u8]) -> bool {
    // A byte order mark may be passed over (RFC 8259, section 8.1).
    let line = line.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(line);
    // Checked as text first: what skips a value does not look at the bytes of its strings.
    std::str::from_utf8(line).is_ok_and(|text| serde_json::from_str::<IgnoredAny>(text).is_ok())
}

/// An answer to what can't be read: nobody can say which request it was.
fn refusal(message: &str) -> Value {
    json!({ "jsonrpc": "2.0", "id": null, "error": { "code": PARSE_ERROR, "message": message } })
}

/// Writes what the protocol says and what is complained of, a whole line at a time.
async fn speak<W: AsyncWrite + Unpin>(
    mut writer: W,
    said: DuplexStream,
    mut complaints: Receiver<Value>,
) -> std::io::Result<()> {
    let mut said = BufReader::new(said);
    let (mut line, mut protocol_speaks, mut may_complain) = (Vec::new(), true, true);
    while protocol_speaks || may_complain {
        tokio::select! {
            // Ended in the middle, it goes on with what it has of the line.
            read = said.read_until(b'\n', &mut line), if protocol_speaks => match read? {
                0 => protocol_speaks = false,
                _ => {
                    writer.write_all(&line).await?;
                    line.clear();
                }
            },
            complaint = complaints.recv(), if may_complain => match complaint {
                None => may_complain = false,
                Some(complaint) => writer.write_all(format!("{complaint}\n").as_bytes()).await?,
            },
        }
        writer.flush().await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::Value;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};

    use super::{LONGEST, Lines};

    #[tokio::test]
    async fn lines_of_json_pass_and_others_are_answered_between_whole_lines() {
        let (mut client, streams) = duplex(1024);
        let (input, output) = tokio::io::split(streams);
        let ((mut reader, mut writer), speaking) = Lines::over(input, output).parts();
        client.write_all(b"{\"a\":1}\nno json\n\n[1]\r\n\xFF\n{\"b\":\n").await.unwrap();
        let mut passed = [0; 13];
        reader.read_exact(&mut passed).await.unwrap();
        assert_eq!(&passed, b"{\"a\":1}\n[1]\r\n");
        writer.write_all(b"{\"one\":").await.unwrap();
        tokio::task::yield_now().await;
        writer.write_all(b"1}\n").await.unwrap();
        drop((reader, writer));
        client.shutdown().await.unwrap();
        let mut heard = String::new();
        client.read_to_string(&mut heard).await.unwrap();
        speaking.end().await;
        let mut codes: Vec<i64> = Vec::new();
        let mut said = 0;
        for line in heard.lines() {
            let line: Value = serde_json::from_str(line).unwrap();
            match line["error"]["code"].as_i64() {
                Some(code) => {
                    assert!(line["id"].is_null() && line["jsonrpc"] == "2.0", "{line}");
                    codes.push(code);
                }
                None => said += i64::from(line["one"] == 1),
            }
        }
        assert_eq!((codes, said), (vec![-32700; 3], 1), "{heard}");
    }

    #[tokio::test]
    async fn a_line_without_end_takes_no_more_memory_than_a_message_may_and_the_next_is_heard() {
        let (mut client, streams) = duplex(1 << 20);
        let (input, output) = tokio::io::split(streams);
        let ((mut reader, writer), speaking) = Lines::over(input, output).parts();
        client.write_all(&vec![b'x'; LONGEST + 10]).await.unwrap();
        client.write_all(b"\n1\n").await.unwrap();
        let mut passed = [0; 2];
        reader.read_exact(&mut passed).await.unwrap();
        assert_eq!(&passed, b"1\n");
        drop((reader, writer));
        client.shutdown().await.unwrap();
        let mut heard = String::new();
        client.read_to_string(&mut heard).await.unwrap();
        speaking.end().await;
        assert!(heard.contains("16 MiB") && heard.lines().count() == 1, "{heard}");
    }
}
