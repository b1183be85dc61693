//! Mail addresses, phone numbers and names as they are spoken. Asks no network whether they exist.

use outrider_domain::address::Email;

use super::numbers::small;
use super::tokens;

/// A mail address, written or spoken: `jo@acme.com`, "jo dot doe at acme dot com", "j o at acme dot com".
pub(crate) fn email(text: &str) -> Option<String> {
    if let Some(written) = tokens(text).iter().find_map(|token| Email::parse(token).ok()) {
        return Some(written.to_string());
    }
    let tokens: Vec<String> = tokens(&text.replace('@', " at "));
    tokens.iter().enumerate().filter(|(_, token)| *token == "at").find_map(|(at, _)| {
        let local = backwards(&tokens[..at]);
        let domain = forwards(&tokens[at + 1..]);
        Email::parse(&format!("{local}@{domain}")).ok().map(|email| email.to_string())
    })
}

fn mark(token: &str) -> Option<&'static str> {
    match token {
        "dot" | "period" | "point" => Some("."),
        "dash" | "hyphen" | "minus" => Some("-"),
        "underscore" => Some("_"),
        "plus" => Some("+"),
        _ => None,
    }
}

/// What a token adds to an address: a mark, a digit in words, or itself.
fn piece(token: &str) -> String {
    if let Some(mark) = mark(token) {
        return mark.to_owned();
    }
    small(token).filter(|value| *value < 10.0).map_or_else(|| token.to_owned(), |digit| digit.to_string())
}

/// The part before the at: a word, and further ones as long as marks or single letters join them.
fn backwards(tokens: &[String]) -> String {
    let mut pieces: Vec<String> = Vec::new();
    let mut joined = true;
    for token in tokens.iter().rev() {
        let is_mark = mark(token).is_some();
        let is_single = token.chars().count() == 1 || small(token).is_some_and(|value| value < 10.0);
        if !(joined || is_mark || is_single && pieces.last().is_some_and(|last| last.chars().count() == 1)) {
            break;
        }
        joined = is_mark;
        pieces.push(piece(token));
    }
    pieces.reverse();
    pieces.concat()
}

fn forwards(tokens: &[String]) -> String {
    let mut domain = String::new();
    let mut joined = true;
    for token in tokens {
        let is_mark = mark(token).is_some();
        if !joined && !is_mark && token.chars().count() > 1 {
            break;
        }
        joined = is_mark;
        domain.push_str(&piece(token));
    }
    domain
}

/// 7 to 15 digits, with the `+` when it was given.
pub(crate) fn phone(text: &str) -> Option<String> {
    let mut digits = String::new();
    let mut times = 1;
    for token in tokens(text) {
        match token.as_str() {
            "double" => times = 2,
            "triple" => times = 3,
            "plus" if digits.is_empty() => digits.push('+'),
            "oh" | "o" => digits.push_str(&"0".repeat(std::mem::replace(&mut times, 1))),
            _ => {
                let own: String = match small(&token).filter(|value| *value < 10.0) {
                    Some(digit) => digit.to_string(),
                    None => token.chars().filter(|c| c.is_ascii_digit() || (*c == '+' && digits.is_empty())).collect(),
                };
                digits.push_str(&own.repeat(std::mem::replace(&mut times, 1)));
            }
        }
    }
    let count = digits.chars().filter(char::is_ascii_digit).count();
    (7..=15).contains(&count).then_some(digits)
}

/// A person's name of at most four words, letters alone.
pub(crate) fn name(text: &str) -> Option<String> {
    const BEFORE: [&str; 9] =
        ["my name is", "the name is", "name is", "this is", "it is", "it's", "its", "i am", "i'm"];
    let line = text.trim().trim_end_matches(['.', '!', ',']);
    let lower = line.to_lowercase().replace('’', "'");
    let line = BEFORE
        .iter()
        .find_map(|before| lower.find(&format!("{before} ")).and_then(|at| line.get(at + before.len() + 1..)))
        .unwrap_or(line);
    let line = line.split([',', '.', '!', '?']).next().unwrap_or(line).trim();
    let line = line.strip_suffix(" speaking").or_else(|| line.strip_suffix(" here")).unwrap_or(line);
    let words: Vec<&str> = line.split_whitespace().collect();
    let is_plain = words.iter().all(|word| word.chars().all(|c| c.is_alphabetic() || matches!(c, '-' | '\'' | '’')));
    ((1..=4).contains(&words.len()) && is_plain && line.chars().count() <= 60).then(|| words.join(" "))
}

#[cfg(test)]
mod tests {
    use super::{email, name, phone};

    #[test]
    fn addresses_are_read_written_and_spoken() {
        for (text, expected) in [
            ("jane@acme.com", "jane@acme.com"),
            ("It's Jane.Doe@Acme.com, thanks", "jane.doe@acme.com"),
            ("my email is jane dot doe at acme dot com thanks", "jane.doe@acme.com"),
            ("j a n e at acme dot co dot uk", "jane@acme.co.uk"),
            ("sales underscore two at my dash shop dot de", "sales_2@my-shop.de"),
        ] {
            assert_eq!(email(text).as_deref(), Some(expected), "{text}");
        }
        for text in ["at the office", "jane", "look at that dot", ""] {
            assert_eq!(email(text), None, "{text}");
        }
    }

    #[test]
    fn phone_numbers_and_names_are_read() {
        assert_eq!(phone("plus one four one five five five five oh one two three").as_deref(), Some("+14155550123"));
        assert_eq!(phone("it's 415-555-0123").as_deref(), Some("4155550123"));
        assert_eq!(phone("four one five, triple five, 0123").as_deref(), Some("4155550123"));
        assert_eq!(phone("one two three"), None);
        assert_eq!(name("My name is Jane Doe.").as_deref(), Some("Jane Doe"));
        assert_eq!(name("Jane O'Neill speaking").as_deref(), Some("Jane O'Neill"));
        assert_eq!(name("ignore {{ this }}"), None);
    }
}
