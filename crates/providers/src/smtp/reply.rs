//! Owns the shape of SMTP replies and their parsing (RFC 5321 4.2, RFC 2034). Reads no socket; trusts nothing a server says.

/// Most bytes one reply may have over all its lines; RFC 5321 4.5.3.1.5 allows a line 512.
pub(super) const MAX_REPLY: usize = 64 * 1024;
/// Characters of a reply's text that are kept for people.
const MAX_TEXT: usize = 1_000;

/// A complete reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reply {
    /// 200 to 599.
    pub(super) code: u16,
    /// Enhanced status code (RFC 3463), when the text begins with one of the same class.
    pub(super) enhanced: Option<String>,
    /// All lines' text without codes, joined by blanks, control characters replaced, cut to a sensible length.
    pub(super) text: String,
    /// The text of each line, for EHLO.
    pub(super) lines: Vec<String>,
}

impl Reply {
    /// 2xx.
    pub(super) fn is_positive(&self) -> bool {
        (200..300).contains(&self.code)
    }

    /// As a server's line reads: code and text.
    pub(super) fn as_line(&self) -> String {
        match &self.enhanced {
            Some(enhanced) => format!("{} {enhanced} {}", self.code, self.text),
            None => format!("{} {}", self.code, self.text),
        }
    }
}

/// What a server sent is not an SMTP reply; says why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Malformed(pub(super) &'static str);

/// Takes lines until one ends the reply.
#[derive(Default)]
pub(super) struct ReplyParser {
    code: Option<u16>,
    lines: Vec<String>,
}

impl ReplyParser {
    /// Adds one line without its line break; answers the reply when this was its last.
    pub(super) fn push(&mut self, line: &[u8]) -> Result<Option<Reply>, Malformed> {
        let (digits, rest) = line.split_at_checked(3).ok_or(Malformed("a reply line is too short"))?;
        let code = std::str::from_utf8(digits).ok().filter(|text| text.bytes().all(|b| b.is_ascii_digit()));
        let code: u16 =
            code.and_then(|text| text.parse().ok()).ok_or(Malformed("a reply line does not begin with a code"))?;
        if !(200..600).contains(&code) {
            return Err(Malformed("a reply code is out of range"));
        }
        if self.code.is_some_and(|first| first != code) {
            return Err(Malformed("the lines of a reply have different codes"));
        }
        self.code = Some(code);
        let (last, text) = match rest {
            [] => (true, rest),
            [b' ', text @ ..] => (true, text),
            [b'-', text @ ..] => (false, text),
            _ => return Err(Malformed("a reply code is not followed by a blank or a dash")),
        };
        self.lines.push(printable(text));
        Ok(last.then(|| self.finish(code)))
    }

    fn finish(&mut self, code: u16) -> Reply {
        let lines = std::mem::take(&mut self.lines);
        let enhanced = lines.first().and_then(|line| enhanced_code(line, code));
        let strip = |line: &String| -> String {
            let rest = enhanced.as_deref().and_then(|enhanced| line.strip_prefix(enhanced));
            rest.unwrap_or(line).trim().to_owned()
        };
        let text = lines.iter().map(strip).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ");
        Reply { code, enhanced, text: text.chars().take(MAX_TEXT).collect(), lines }
    }
}

fn printable(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text);
    text.trim_end().chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// `class.subject.detail` at the start of a reply's text (RFC 2034 4), of the class the code has.
fn enhanced_code(line: &str, code: u16) -> Option<String> {
    let word = line.split(' ').next()?;
    let mut parts = word.split('.');
    let class = parts.next()?;
    let (subject, detail) = (parts.next()?, parts.next()?);
    let is_number = |text: &str| (1..=3).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    let fits = class == (code / 100).to_string() && is_number(subject) && is_number(detail) && parts.next().is_none();
    fits.then(|| word.to_owned())
}

#[cfg(test)]
mod tests {
    use super::{Malformed, Reply, ReplyParser};

    fn parse(lines: &[&[u8]]) -> Result<Option<Reply>, Malformed> {
        let mut parser = ReplyParser::default();
        let mut reply = None;
        for line in lines {
            assert_eq!(reply, None, "lines after the last");
            reply = parser.push(line)?;
        }
        Ok(reply)
    }

    #[test]
    fn replies_of_one_and_many_lines() {
        let reply = parse(&[b"250 2.0.0 Ok: queued as 4F2"]).unwrap().unwrap();
        assert_eq!(
            (reply.code, reply.enhanced.as_deref(), reply.text.as_str()),
            (250, Some("2.0.0"), "Ok: queued as 4F2")
        );
        assert_eq!(reply.as_line(), "250 2.0.0 Ok: queued as 4F2");
        let reply =
            parse(&[b"550-5.1.1 The email account", b"550-5.1.1 that you tried", b"550 5.1.1 to reach does not exist"])
                .unwrap()
                .unwrap();
        assert_eq!(reply.enhanced.as_deref(), Some("5.1.1"));
        assert_eq!(reply.text, "The email account that you tried to reach does not exist");
        assert_eq!(parse(&[b"250"]).unwrap().unwrap().text, "");
        assert_eq!(parse(&[b"250-more"]).unwrap(), None);
    }

    #[test]
    fn enhanced_codes_are_taken_only_when_they_are_ones() {
        for (line, enhanced) in [
            (&b"550 5.7.1 no"[..], Some("5.7.1")),
            (b"550 4.7.1 no", None),
            (b"550 5.7 no", None),
            (b"550 5.7.1.2 no", None),
            (b"550 5.7.1234 no", None),
            (b"550 10.0.0.1 is blocked", None),
            (b"550 no", None),
        ] {
            assert_eq!(
                parse(&[line]).unwrap().unwrap().enhanced.as_deref(),
                enhanced,
                "{}",
                String::from_utf8_lossy(line)
            );
        }
    }

    #[test]
    fn what_is_no_reply_is_refused() {
        for lines in [
            &[&b"25"[..]][..],
            &[b""],
            &[b"abc hi"],
            &[b"+25 x"],
            &[b"100 x"],
            &[b"999 x"],
            &[b"250x"],
            &[b"250-a", b"251 b"],
            &[b"\xff\xfe\xfd x"],
        ] {
            assert!(parse(lines).is_err(), "{lines:?}");
        }
    }

    #[test]
    fn hostile_text_is_made_harmless() {
        let reply = parse(&[b"550 \x1b[31mred\x07\0 \xff"]).unwrap().unwrap();
        assert!(!reply.text.chars().any(char::is_control));
        let long = [b"550 ".as_slice(), &[b'x'; 5_000]].concat();
        assert_eq!(parse(&[&long]).unwrap().unwrap().text.len(), 1_000);
    }
}
