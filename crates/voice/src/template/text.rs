//! Texts of templates with their values filled in, and cut into sentences. What can't be said whole is not said at all.

use std::sync::Arc;

use outrider_domain::template::{self, lint};
use serde_json::Value as Json;

/// The text with its values, on one line; none when a value is missing, or when what came out still has a placeholder.
pub(crate) fn render(text: &str, values: &Json) -> Option<String> {
    let rendered = if text.contains('{') {
        let rendered = template::Template::parse(text).ok()?.render(&Arc::new(values.clone())).ok()?;
        if !rendered.unresolved.is_empty() {
            return None;
        }
        rendered.text
    } else {
        text.to_owned()
    };
    let line = rendered.split_whitespace().collect::<Vec<_>>().join(" ");
    is_speakable(&line).then_some(line)
}

/// Whether a text may be said: it is not empty and no placeholder is left in it.
pub(crate) fn is_speakable(line: &str) -> bool {
    !line.is_empty() && !line.contains(['{', '}']) && lint("-", line, None).is_empty()
}

/// The sentences of a text. A dot ends one only before a blank and a capital, a digit or a quotation mark, and not after an initial or
/// a common abbreviation.
pub(crate) fn sentences(text: &str) -> Vec<String> {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut found = Vec::new();
    let mut start = 0;
    for (at, c) in line.char_indices().filter(|(_, c)| matches!(c, '.' | '!' | '?' | '…')) {
        let end = at + c.len_utf8();
        let rest = &line[end..];
        let ends = rest.is_empty()
            || rest.strip_prefix(' ').is_some_and(|rest| {
                rest.chars().next().is_some_and(|next| !next.is_lowercase())
                    && !(c == '.' && is_short(&line[start..at]))
            });
        if ends {
            found.push(line[start..end].trim().to_owned());
            start = end;
        }
    }
    if !line[start..].trim().is_empty() {
        found.push(line[start..].trim().to_owned());
    }
    found
}

/// Whether the last word before a dot is an abbreviation or an initial.
fn is_short(before: &str) -> bool {
    let word = before.rsplit([' ', '(']).next().unwrap_or(before);
    let is_initial = word.chars().count() == 1 && word.chars().all(char::is_uppercase);
    is_initial
        || matches!(
            word,
            "Dr" | "Mr" | "Mrs" | "Ms" | "St" | "No" | "vs" | "Inc" | "Ltd" | "Co" | "e.g" | "i.e" | "approx"
        )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{render, sentences};

    #[test]
    fn a_text_is_said_whole_or_not_at_all() {
        let values = json!({ "clinic": "Smile", "odd": "{{ clinic }}" });
        assert_eq!(render("Hello from\n  {{ clinic }}.", &values).as_deref(), Some("Hello from Smile."));
        assert_eq!(render("Hello{% if name %} {{ name }}{% endif %}.", &values).as_deref(), Some("Hello."));
        for text in ["Hello {{ name }}.", "Hello {{ odd }}.", "Hello [name].", "Hello {{ clinic", "  ", "Hello {name}."]
        {
            assert_eq!(render(text, &values), None, "{text}");
        }
    }

    #[test]
    fn sentences_end_where_people_pause() {
        assert_eq!(
            sentences("We ask Dr. Lee. It costs 3.50 now! Is that all? yes, at acme.com and J. Doe's"),
            ["We ask Dr. Lee.", "It costs 3.50 now!", "Is that all? yes, at acme.com and J. Doe's"]
        );
    }
}
