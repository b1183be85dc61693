//! Bytes of a file to UTF-8: finds out the encoding, then decodes piece by piece. Knows nothing of tables.

use std::io::{Error, Read, Seek, SeekFrom};

use encoding_rs::{CoderResult, Decoder, Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// How much of a file is read at once, in bytes.
const PIECE: usize = 128 * 1024;

/// Beginnings of files that are no text, and what to do about them.
const NOT_TEXT: [(&[u8], &str); 5] = [
    (b"PK\x03\x04", "this is an Excel workbook or another archive: save the sheet as CSV first"),
    (b"\xd0\xcf\x11\xe0", "this is an old Excel workbook: save the sheet as CSV first"),
    (b"\x1f\x8b", "this file is compressed: unpack it first"),
    (b"%PDF", "this is a PDF: save the table as CSV first"),
    (b"\x00asm", "this is a program, not a table"),
];

/// Why a file can't be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The system refused.
    #[error("the file could not be read: {0}")]
    Io(#[from] Error),
    /// It is not a table of leads; the text says why and is safe to show.
    #[error("{0}")]
    NotATable(String),
}

/// What a look at the whole file tells about its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Detected {
    /// The encoding.
    pub encoding: &'static Encoding,
    /// Length of the byte order mark.
    pub mark: u64,
    /// Length of the file.
    pub length: u64,
    /// True for UTF-8 in which some bytes are not.
    pub damaged: bool,
}

/// Reads the file once to tell its encoding, and goes back to its beginning.
///
/// A byte order mark decides. Without one, UTF-16 shows by its zero bytes; UTF-8 when no byte contradicts it, or more
/// characters speak for it than bytes against; everything else is Windows-1252, in which any byte is something.
///
/// # Errors
/// When the system refuses, or the file is of a kind that is no text.
pub fn detect<R: Read + Seek>(file: &mut R) -> Result<Detected, ReadError> {
    file.seek(SeekFrom::Start(0))?;
    let mut piece = vec![0; PIECE];
    let mut scan = Scan::default();
    let mut head: Option<(Option<&'static Encoding>, u64)> = None;
    let mut length = 0;
    loop {
        let count = fill(file, &mut piece)?;
        if head.is_none() {
            let head_bytes = &piece[..count];
            if let Some((_, why)) = NOT_TEXT.iter().find(|(magic, _)| head_bytes.starts_with(magic)) {
                return Err(ReadError::NotATable((*why).to_owned()));
            }
            head = Some(match Encoding::for_bom(head_bytes) {
                Some((encoding, mark)) => (Some(encoding), u64::try_from(mark).unwrap_or(0)),
                None => (utf_16_by_zeros(head_bytes), 0),
            });
        }
        length += u64::try_from(count).unwrap_or(0);
        if count == 0 {
            break;
        }
        scan.feed(&piece[..count]);
    }
    file.seek(SeekFrom::Start(0))?;
    let (known, mark) = head.unwrap_or((None, 0));
    let utf_8 = known.map_or(scan.wrong == 0 || scan.right > scan.wrong, |encoding| encoding == UTF_8);
    let encoding = known.unwrap_or(if utf_8 { UTF_8 } else { WINDOWS_1252 });
    Ok(Detected { encoding, mark, length, damaged: utf_8 && scan.wrong > 0 })
}

/// Reads until `piece` is full or the file ends.
fn fill<R: Read>(file: &mut R, piece: &mut [u8]) -> Result<usize, Error> {
    let mut count = 0;
    while count < piece.len() {
        match file.read(&mut piece[count..])? {
            0 => break,
            more => count += more,
        }
    }
    Ok(count)
}

/// UTF-16 without a mark: of the first bytes, more than a third of one parity are zero and hardly any of the other.
fn utf_16_by_zeros(head: &[u8]) -> Option<&'static Encoding> {
    let head = &head[..head.len().min(4096)];
    let zeros = |parity: usize| head.iter().skip(parity).step_by(2).filter(|byte| **byte == 0).count();
    let (even, odd, half) = (zeros(0), zeros(1), head.len() / 2);
    if half < 2 {
        None
    } else if odd * 3 > half && even * 20 < half {
        Some(UTF_16LE)
    } else if even * 3 > half && odd * 20 < half {
        Some(UTF_16BE)
    } else {
        None
    }
}

/// Counts what speaks for UTF-8 and against it, over pieces that may cut characters.
#[derive(Default)]
struct Scan {
    /// Characters of more than one byte.
    right: u64,
    /// Places that are no character.
    wrong: u64,
    /// A character's beginning at the end of the last piece.
    rest: Vec<u8>,
}

impl Scan {
    fn feed(&mut self, piece: &[u8]) {
        if self.rest.is_empty() {
            self.count(piece);
        } else {
            let mut joined = std::mem::take(&mut self.rest);
            joined.extend_from_slice(piece);
            self.count(&joined);
        }
    }

    fn count(&mut self, mut bytes: &[u8]) {
        loop {
            let (valid, error) = match std::str::from_utf8(bytes) {
                Ok(_) => (bytes, None),
                Err(error) => (&bytes[..error.valid_up_to()], Some(error)),
            };
            if !valid.is_ascii() {
                // Bytes that begin a character of two bytes or more.
                self.right += valid.iter().map(|byte| u64::from(*byte >= 0xc0)).sum::<u64>();
            }
            let Some(error) = error else { return };
            let rest = &bytes[error.valid_up_to()..];
            match error.error_len() {
                Some(length) => {
                    self.wrong += 1;
                    bytes = &rest[length..];
                }
                None => {
                    self.rest = rest.to_vec();
                    return;
                }
            }
        }
    }
}

/// A file as UTF-8, piece by piece.
pub struct Text<R> {
    file: R,
    decoder: Decoder,
    input: Vec<u8>,
    bytes_read: u64,
    ended: bool,
    damaged: bool,
}

impl<R: Read + Seek> Text<R> {
    /// Begins after the byte order mark.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn new(mut file: R, detected: Detected) -> Result<Self, ReadError> {
        file.seek(SeekFrom::Start(detected.mark))?;
        let decoder = detected.encoding.new_decoder_without_bom_handling();
        Ok(Self { file, decoder, input: vec![0; PIECE], bytes_read: detected.mark, ended: false, damaged: false })
    }
}

impl<R: Read> Text<R> {
    /// Bytes of the file read so far.
    pub fn bytes_read(&self) -> u64 {
        self.bytes_read
    }

    /// Whether a byte read so far was wrong in the encoding: text may hold U+FFFD that the file does not.
    pub fn is_damaged(&self) -> bool {
        self.damaged
    }

    /// Whether all of the file was read.
    pub fn has_ended(&self) -> bool {
        self.ended
    }

    /// Appends the next piece to `text`, wrong bytes as U+FFFD. False at the end of the file.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn read_more(&mut self, text: &mut Vec<u8>) -> Result<bool, ReadError> {
        if self.ended {
            return Ok(false);
        }
        let count = fill(&mut self.file, &mut self.input)?;
        self.bytes_read += u64::try_from(count).unwrap_or(0);
        self.ended = count < self.input.len();
        let mut input = &self.input[..count];
        loop {
            let filled = text.len();
            let room = self.decoder.max_utf8_buffer_length(input.len()).unwrap_or(4 * PIECE);
            text.resize(filled + room, 0);
            let (result, read, written, wrong) = self.decoder.decode_to_utf8(input, &mut text[filled..], self.ended);
            text.truncate(filled + written);
            input = &input[read..];
            self.damaged |= wrong;
            if result == CoderResult::InputEmpty {
                return Ok(true);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    fn detected(bytes: &[u8]) -> Detected {
        detect(&mut Cursor::new(bytes)).unwrap()
    }

    fn text(bytes: &[u8]) -> String {
        let mut file = Cursor::new(bytes);
        let detected = detect(&mut file).unwrap();
        let mut reader = Text::new(file, detected).unwrap();
        let mut text = Vec::new();
        while reader.read_more(&mut text).unwrap() {}
        String::from_utf8(text).unwrap()
    }

    fn utf_16(text: &str, big: bool) -> Vec<u8> {
        text.encode_utf16().flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect()
    }

    #[test]
    fn every_encoding_is_recognised_and_read() {
        let words = "Name;Größe\r\nÉmile 😀;5\r\n";
        let plain = words.replace("😀", "€");
        let marked = |mark: &[u8], bytes: Vec<u8>| [mark, &bytes].concat();
        for (bytes, encoding, expected) in [
            (words.as_bytes().to_vec(), UTF_8, words),
            (marked(b"\xef\xbb\xbf", words.as_bytes().to_vec()), UTF_8, words),
            (marked(b"\xff\xfe", utf_16(words, false)), UTF_16LE, words),
            (marked(b"\xfe\xff", utf_16(words, true)), UTF_16BE, words),
            (utf_16(words, false), UTF_16LE, words),
            (utf_16(words, true), UTF_16BE, words),
            (WINDOWS_1252.encode(&plain).0.into_owned(), WINDOWS_1252, plain.as_str()),
            (b"plain".to_vec(), UTF_8, "plain"),
            (Vec::new(), UTF_8, ""),
        ] {
            assert_eq!(detected(&bytes).encoding, encoding, "{bytes:?}");
            assert!(!detected(&bytes).damaged);
            assert_eq!(text(&bytes), expected);
        }
    }

    #[test]
    fn characters_cut_by_a_piece_are_whole_again() {
        for shift in 0..4 {
            let long = format!("{}{}", "x".repeat(shift), "€😀é".repeat(60_000));
            assert_eq!(text(long.as_bytes()), long);
            assert!(!detected(long.as_bytes()).damaged);
            let wide = utf_16(&long, true);
            assert_eq!(text(&[b"\xfe\xff", wide.as_slice()].concat()), long);
        }
    }

    #[test]
    fn one_bad_byte_does_not_make_it_another_encoding() {
        let mut bytes = "Größe und Länge\n".repeat(10).into_bytes();
        bytes.extend_from_slice(b"caf\xe9\n");
        assert_eq!((detected(&bytes).encoding, detected(&bytes).damaged), (UTF_8, true));
        assert!(text(&bytes).ends_with("caf\u{fffd}\n"));
        assert_eq!(detected(b"caf\xe9, Z\xfcrich").encoding, WINDOWS_1252);
    }

    #[test]
    fn files_that_are_no_text_are_refused_with_advice() {
        for bytes in [&b"PK\x03\x04 sheet"[..], b"\xd0\xcf\x11\xe0 x", b"\x1f\x8b x", b"%PDF-1.7"] {
            let error = detect(&mut Cursor::new(bytes)).unwrap_err().to_string();
            assert!(error.contains("first"), "{error}");
        }
    }
}
