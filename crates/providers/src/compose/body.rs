//! Owns MIME parts, their transfer encodings and the boundary. Does not touch the fields above `Content-Type`.

use mail_builder::headers::content_type::ContentType;
use mail_builder::mime::{BodyPart, MimePart};
use outrider_domain::mail::OutgoingMail;
use sha2::{Digest as _, Sha256};

/// Writes `Content-*` fields, the empty line and the body. Each part is 7bit where its lines are short ASCII, else the shorter
/// of quoted-printable and base64.
pub(super) fn write_body(mail: &OutgoingMail, out: &mut Vec<u8>) {
    let text = canonical_lines(&mail.text);
    match mail.html.as_deref().map(canonical_lines) {
        None => MimePart::new("text/plain", text).write_part(out),
        Some(html) => {
            let boundary = boundary(&mail.message_id, &[&text, &html]);
            let parts = vec![MimePart::new("text/plain", text), MimePart::new("text/html", html)];
            let content_type = ContentType::new("multipart/alternative").attribute("boundary", boundary);
            MimePart::new(content_type, BodyPart::Multipart(parts)).write_part(out);
        }
    }
    if !out.ends_with(b"\r\n") {
        out.extend_from_slice(b"\r\n");
    }
}

/// The text with every line break as CRLF, one at the end, and no control character but the tab.
fn canonical_lines(text: &str) -> String {
    let mut lines = String::with_capacity(text.len() + text.len() / 24 + 2);
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\r' => {
                characters.next_if_eq(&'\n');
                lines.push_str("\r\n");
            }
            '\n' => lines.push_str("\r\n"),
            '\t' => lines.push('\t'),
            other if other.is_control() => {}
            other => lines.push(other),
        }
    }
    if !lines.ends_with("\r\n") {
        lines.push_str("\r\n");
    }
    lines
}

/// A boundary derived from the Message-ID that occurs in no part. `=_` can't occur in quoted-printable or base64; in a 7bit
/// part only someone who knows the Message-ID could plant it, and then the next of the series is taken.
fn boundary(message_id: &str, parts: &[&str]) -> String {
    let mut series = 0_u32;
    loop {
        let digest = Sha256::new().chain_update(message_id).chain_update(series.to_be_bytes()).finalize();
        let boundary = digest.iter().take(12).fold(String::from("=_"), |text, byte| text + &format!("{byte:02x}"));
        if !parts.iter().any(|part| part.contains(&boundary)) {
            return boundary;
        }
        series += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::{boundary, canonical_lines};

    #[test]
    fn line_breaks_become_crlf_and_controls_vanish() {
        assert_eq!(canonical_lines("a\nb\rc\r\n\nd\te\0\u{7}\u{85}f"), "a\r\nb\r\nc\r\n\r\nd\tef\r\n");
        assert_eq!(canonical_lines(""), "\r\n");
    }

    #[test]
    fn a_planted_boundary_is_avoided() {
        let planted = boundary("id@a.test", &[]);
        let chosen = boundary("id@a.test", &[&format!("--{planted}--")]);
        assert_ne!(chosen, planted);
        assert_eq!(chosen, boundary("id@a.test", &[&planted]), "deterministic");
        assert_ne!(planted, boundary("other@a.test", &[]));
    }
}
