//! Owns the way from bytes to command lines and mail texts, within limits. Knows no command and writes nothing.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::time::timeout;

const CHUNK: usize = 16 * 1024;

/// One command line, without its line end.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// A line within the limit.
    Whole(Vec<u8>),
    /// A longer line; it has been read past.
    TooLong,
    /// The client has gone.
    End,
}

/// The text of one mail, read up to its final dot.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Text {
    /// The text, dots unstuffed (RFC 5321 4.5.2).
    Whole(Vec<u8>),
    /// More bytes than the limit; all have been read past.
    TooLarge,
    /// A line longer than the limit; all has been read past.
    LineTooLong,
    /// The client has gone before the final dot.
    End,
    /// The client was silent too long before the final dot.
    Silent,
}

/// Reads lines from a connection through a buffer of its own.
#[derive(Debug)]
pub(super) struct Reader<R> {
    stream: R,
    buffer: Vec<u8>,
    at: usize,
}

impl<R: AsyncRead + Unpin> Reader<R> {
    pub(super) fn new(stream: R) -> Self {
        Self { stream, buffer: Vec::with_capacity(CHUNK), at: 0 }
    }

    /// Whether more has been received already: an answer may wait for the next one (RFC 2920).
    pub(super) fn has_more(&self) -> bool {
        self.at < self.buffer.len()
    }

    /// Waits for at least one more byte; false at the end of the stream.
    async fn fill(&mut self) -> io::Result<bool> {
        if self.at == self.buffer.len() {
            self.buffer.clear();
            self.at = 0;
        }
        self.buffer.reserve(CHUNK);
        Ok(self.stream.read_buf(&mut self.buffer).await? > 0)
    }

    /// The next command line. A bare LF ends it too, for people who type.
    pub(super) async fn line(&mut self, limit: usize) -> io::Result<Line> {
        let mut line = Vec::new();
        let mut too_long = false;
        loop {
            if !self.has_more() && !self.fill().await? {
                return Ok(Line::End);
            }
            let rest = &self.buffer[self.at..];
            let end = rest.iter().position(|b| *b == b'\n');
            let piece = &rest[..end.map_or(rest.len(), |end| end + 1)];
            too_long |= line.len() + piece.len() > limit;
            if !too_long {
                line.extend_from_slice(piece);
            }
            self.at += piece.len();
            if end.is_some() {
                break;
            }
        }
        if too_long {
            return Ok(Line::TooLong);
        }
        line.pop();
        if line.last() == Some(&b'\r') {
            line.pop();
        }
        Ok(Line::Whole(line))
    }

    /// The text of a mail, ended by CRLF `.` CRLF and by nothing else: a bare LF before or after the dot must not end it, or two
    /// servers could disagree about where a mail ends ("SMTP smuggling").
    pub(super) async fn text(&mut self, limit: usize, line_limit: usize, idle: Duration) -> io::Result<Text> {
        let mut text: Vec<u8> = Vec::new();
        // `line` is how much of the present line has been seen; a stuffed dot counts but is not kept.
        let (mut line, mut after_crlf, mut last) = (0usize, true, 0u8);
        let mut dot_alone = false;
        let (mut too_large, mut line_too_long) = (false, false);
        loop {
            if !self.has_more() {
                let Ok(more) = timeout(idle, self.fill()).await else { return Ok(Text::Silent) };
                if !more? {
                    return Ok(Text::End);
                }
            }
            while self.at < self.buffer.len() {
                let rest = &self.buffer[self.at..];
                if line == 0 && after_crlf && rest[0] == b'.' {
                    // Kept back: a stuffed dot or the end.
                    (dot_alone, line, last) = (true, 1, b'.');
                    self.at += 1;
                    continue;
                }
                let end = rest.iter().position(|b| *b == b'\n');
                let piece = &rest[..end.map_or(rest.len(), |end| end + 1)];
                if dot_alone {
                    match piece {
                        b"\r\n" => {
                            self.at += 2;
                            return Ok(finished(text, too_large, line_too_long));
                        }
                        // The CR of what may be the end; its LF is not here yet.
                        b"\r" => {
                            (line, last) = (line + 1, b'\r');
                            self.at += 1;
                            let Ok(next) = timeout(idle, self.peek()).await else { return Ok(Text::Silent) };
                            let Some(next) = next? else { return Ok(Text::End) };
                            if next == b'\n' {
                                self.at += 1;
                                return Ok(finished(text, too_large, line_too_long));
                            }
                            dot_alone = false;
                            text.push(b'\r');
                            continue;
                        }
                        _ => dot_alone = false,
                    }
                }
                line += piece.len();
                line_too_long |= line > line_limit;
                too_large |= text.len() + piece.len() > limit;
                if !too_large && !line_too_long {
                    text.extend_from_slice(piece);
                } else {
                    text = Vec::new();
                }
                if end.is_some() {
                    let before = if piece.len() > 1 { piece[piece.len() - 2] } else { last };
                    (after_crlf, line) = (before == b'\r', 0);
                }
                last = piece[piece.len() - 1];
                self.at += piece.len();
            }
        }
    }

    async fn peek(&mut self) -> io::Result<Option<u8>> {
        if !self.has_more() && !self.fill().await? {
            return Ok(None);
        }
        Ok(self.buffer.get(self.at).copied())
    }
}

fn finished(text: Vec<u8>, too_large: bool, line_too_long: bool) -> Text {
    match (too_large, line_too_long) {
        (true, _) => Text::TooLarge,
        (_, true) => Text::LineTooLong,
        _ => Text::Whole(text),
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::pin::Pin;
    use std::task::{Context, Poll};
    use std::time::Duration;

    use proptest::prelude::any;
    use tokio::io::{AsyncRead, ReadBuf};

    use super::{Line, Reader, Text};

    /// A stream that gives its bytes in pieces of one size.
    struct Pieces {
        bytes: Vec<u8>,
        at: usize,
        size: usize,
    }

    impl AsyncRead for Pieces {
        fn poll_read(mut self: Pin<&mut Self>, _: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
            let end = (self.at + self.size.min(buffer.remaining())).min(self.bytes.len());
            buffer.put_slice(&self.bytes[self.at..end]);
            self.at = end;
            Poll::Ready(Ok(()))
        }
    }

    fn pieces(bytes: &[u8], size: usize) -> Pieces {
        Pieces { bytes: bytes.to_vec(), at: 0, size: size.max(1) }
    }

    fn text_of(bytes: &[u8], size: usize, limit: usize, line_limit: usize) -> (Text, Line) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
        runtime.block_on(async {
            let mut reader = Reader::new(pieces(bytes, size));
            let text = reader.text(limit, line_limit, Duration::from_secs(5)).await.expect("a text");
            (text, reader.line(100).await.expect("a line"))
        })
    }

    #[test]
    fn only_crlf_dot_crlf_ends_a_text() {
        let table: &[(&[u8], &[u8])] = &[
            (b"a\r\n.\r\nQUIT\r\n", b"a\r\n"),
            (b".\r\nQUIT\r\n", b""),
            (b"..a\r\n...\r\n.b\r\n.\r\nQUIT\r\n", b".a\r\n..\r\nb\r\n"),
            (b"a\n.\n\r\n.\r\nQUIT\r\n", b"a\n.\n\r\n"),
            (b"a\n.\r\nb\r\n.\r\nQUIT\r\n", b"a\n.\r\nb\r\n"),
            (b"a\r\n.\nb\r\n.\r\nQUIT\r\n", b"a\r\n\nb\r\n"),
            (b"a\r\n.\rb\r\n.\r\nQUIT\r\n", b"a\r\n\rb\r\n"),
            (b"a\r\n.\r\r\n.\r\nQUIT\r\n", b"a\r\n\r\r\n"),
            (b"\r\n\r\n.\r\nQUIT\r\n", b"\r\n\r\n"),
            (b"a\xff\x00b\r\n.\r\nQUIT\r\n", b"a\xff\x00b\r\n"),
        ];
        for (bytes, wanted) in table {
            for size in [1, 2, 3, 5, 1_000] {
                let (text, next) = text_of(bytes, size, 1_000, 1_000);
                let shown = String::from_utf8_lossy(bytes);
                assert_eq!(text, Text::Whole(wanted.to_vec()), "{shown:?} in pieces of {size}");
                assert_eq!(next, Line::Whole(b"QUIT".to_vec()), "{shown:?} in pieces of {size}");
            }
        }
    }

    #[test]
    fn what_is_too_large_is_read_past() {
        for size in [1, 7, 1_000] {
            let (text, next) = text_of(b"0123456789\r\n\r\n.\r\nQUIT\r\n", size, 10, 1_000);
            assert_eq!((text, next), (Text::TooLarge, Line::Whole(b"QUIT".to_vec())));
            let (text, next) = text_of(b"0123456789\r\n.\r\nQUIT\r\n", size, 1_000, 10);
            assert_eq!((text, next), (Text::LineTooLong, Line::Whole(b"QUIT".to_vec())));
            assert_eq!(text_of(b"abc\r\n.", size, 10, 10).0, Text::End);
        }
    }

    #[test]
    fn command_lines_are_limited() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
        runtime.block_on(async {
            let mut reader = Reader::new(pieces(b"NOOP\r\n0123456789\r\nQUIT\nrest", 3));
            assert_eq!(reader.line(10).await.expect("a line"), Line::Whole(b"NOOP".to_vec()));
            assert_eq!(reader.line(10).await.expect("a line"), Line::TooLong);
            assert_eq!(reader.line(10).await.expect("a line"), Line::Whole(b"QUIT".to_vec()));
            assert_eq!(reader.line(10).await.expect("a line"), Line::End);
        });
    }

    /// As a client writes it: CRLF lines, dots stuffed.
    fn stuffed(text: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        let mut start = true;
        for (at, b) in text.iter().enumerate() {
            if start && *b == b'.' {
                out.push(b'.');
            }
            out.push(*b);
            start = *b == b'\n' && at > 0 && text[at - 1] == b'\r';
        }
        out.extend_from_slice(b".\r\n");
        out
    }

    proptest::proptest! {
        #[test]
        fn a_stuffed_text_comes_back(pieces in proptest::collection::vec(proptest::sample::select(vec!["a", ".", "\r\n", "\n", "\r", "..", "bc"]), 0..30), size in 1usize..9, extra in any::<u8>()) {
            let mut text = pieces.concat().into_bytes();
            text.push(extra);
            text.extend_from_slice(b"\r\n");
            let mut wire = stuffed(&text);
            wire.extend_from_slice(b"QUIT\r\n");
            let (found, next) = text_of(&wire, size, 10_000, 10_000);
            assert_eq!(found, Text::Whole(text));
            assert_eq!(next, Line::Whole(b"QUIT".to_vec()));
        }
    }
}
