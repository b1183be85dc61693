//! Owns the `Name: value` groups that delivery status and feedback reports are made of (RFC 3464 section 2.1.2, RFC 5965 section 3).
//! Must not know what the names mean.

use super::headers::{cut, one_line};

const MAX_BYTES: usize = 256 * 1024;
const MAX_GROUPS: usize = 1_000;

/// One group of fields; names in lower case, values unfolded.
#[derive(Debug, Default)]
pub(super) struct Group(Vec<(String, String)>);

impl Group {
    /// The first value of a name given in lower case; none when empty.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(own, value)| own == name && !value.is_empty()).map(|(_, value)| value.as_str())
    }
}

/// The groups of a text, separated by empty lines. What is no field is passed over.
pub(super) fn groups(bytes: &[u8]) -> Vec<Group> {
    let text = String::from_utf8_lossy(&bytes[..bytes.len().min(MAX_BYTES)]);
    let mut groups = Vec::new();
    let mut group = Group::default();
    for line in text.lines() {
        let line = line.trim_end();
        if line.is_empty() {
            if !group.0.is_empty() {
                groups.push(std::mem::take(&mut group));
            }
            if groups.len() >= MAX_GROUPS {
                return groups;
            }
        } else if line.starts_with([' ', '\t']) {
            if let Some((_, value)) = group.0.last_mut() {
                value.push(' ');
                value.push_str(line.trim());
            }
        } else if let Some((name, value)) = line.split_once(':') {
            group.0.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
        }
    }
    if !group.0.is_empty() {
        groups.push(group);
    }
    groups
}

/// What follows the type in values such as `rfc822; jo@a.example` or `smtp; 550 no such user`; the whole when there is no type.
pub(super) fn without_type(value: &str) -> String {
    let bare = match value.split_once(';') {
        Some((kind, rest)) if !kind.trim().contains([' ', '@', '<']) => rest,
        _ => value,
    };
    one_line(cut(bare.trim(), 1_000))
}

/// The first enhanced status code (RFC 3463) of class 2, 4 or 5 in a text, without what follows it.
pub(super) fn enhanced_status(text: &str) -> Option<String> {
    let is_boundary = |c: Option<char>| c.is_none_or(|c| !c.is_ascii_alphanumeric() && c != '.');
    let bytes = text.as_bytes();
    for (at, class) in text.char_indices().filter(|(_, c)| matches!(c, '2' | '4' | '5')) {
        if !is_boundary(text[..at].chars().next_back()) || bytes.get(at + 1) != Some(&b'.') {
            continue;
        }
        let rest = &text[at + 2..];
        let subject: String = rest.chars().take_while(char::is_ascii_digit).take(4).collect();
        let Some(after) = rest[subject.len()..].strip_prefix('.') else { continue };
        let detail: String = after.chars().take_while(char::is_ascii_digit).take(4).collect();
        // A dot may end the sentence; a dot and a digit make it an address or a version.
        let mut following = after[detail.len()..].chars();
        let next = following.next();
        let ends = is_boundary(next) || (next == Some('.') && following.next().is_none_or(|c| !c.is_ascii_digit()));
        if (1..=3).contains(&subject.len()) && (1..=3).contains(&detail.len()) && ends {
            return Some(format!("{class}.{subject}.{detail}"));
        }
    }
    None
}

/// The first SMTP reply code 4xx or 5xx that stands as a word of its own, as a status `4.0.0` or `5.0.0`.
pub(super) fn status_of_reply(text: &str) -> Option<String> {
    let word = text
        .split(|c: char| {
            c.is_whitespace() || matches!(c, ':' | ';' | ',' | '(' | ')' | '<' | '>' | '-' | '#' | '[' | ']')
        })
        .find(|word| {
            word.len() == 3
                && word.starts_with(['4', '5'])
                && word.as_bytes()[1..2].iter().all(|b| (b'0'..=b'5').contains(b))
                && word.bytes().all(|b| b.is_ascii_digit())
        })?;
    Some(format!("{}.0.0", &word[..1]))
}

#[cfg(test)]
mod tests {
    use super::{enhanced_status, groups, status_of_reply, without_type};

    #[test]
    fn groups_are_unfolded() {
        let found = groups(b"Reporting-MTA: dns; a\r\n\r\nFinal-Recipient: rfc822; x@y.example\r\nDiagnostic-Code: smtp; 550\r\n  no such\r\n\tuser\r\n\r\n\r\nAction: failed");
        assert_eq!(found.len(), 3);
        assert_eq!(found[1].get("diagnostic-code"), Some("smtp; 550 no such user"));
        assert_eq!(found[2].get("action"), Some("failed"));
        assert_eq!(without_type("rfc822; x@y.example"), "x@y.example");
        assert_eq!(without_type("x@y.example"), "x@y.example");
    }

    #[test]
    fn status_codes_are_found_in_prose() {
        assert_eq!(enhanced_status("550-5.1.1 The email account"), Some("5.1.1".to_owned()));
        assert_eq!(enhanced_status("#5.1.10 RecipNotFound"), Some("5.1.10".to_owned()));
        assert_eq!(enhanced_status("it said 5.2.2."), Some("5.2.2".to_owned()));
        assert_eq!(enhanced_status("host 5.1.1.7 said, version 15.1.2"), None);
        assert_eq!(status_of_reply("said: 550 no such user"), Some("5.0.0".to_owned()));
        assert_eq!(status_of_reply("in 4500 cases, 599"), None);
    }
}
