//! A filter's text as tokens with their places. Gives no meaning to words.

use super::FilterError;

/// A piece of a filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    /// A bare word: a name, number, date or length of time.
    Word(String),
    /// A quoted text.
    Quoted(String),
    /// `=`, `!=`, `<`, `<=`, `>`, `>=`, `(`, `)` or `,`.
    Sign(&'static str),
}

/// A piece and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) piece: Piece,
    /// In characters from 1.
    pub(super) position: usize,
    /// In bytes: where it begins and ends.
    pub(super) bytes: (usize, usize),
}

const SIGNS: [&str; 9] = ["!=", "<=", ">=", "=", "<", ">", "(", ")", ","];

/// Splits a text.
pub(super) fn tokens(text: &str) -> Result<Vec<Token>, FilterError> {
    let mut found = Vec::new();
    let mut letters = text.char_indices().enumerate().peekable();
    while let Some(&(place, (start, letter))) = letters.peek() {
        let position = place + 1;
        if letter.is_whitespace() {
            letters.next();
            continue;
        }
        let mut end = start;
        let piece = if letter == '"' || letter == '\'' {
            letters.next();
            let mut quoted = String::new();
            let mut closed = false;
            while let Some((_, (at, next))) = letters.next() {
                end = at + next.len_utf8();
                if next == letter {
                    closed = true;
                    break;
                }
                // A quote or backslash after a backslash stands for itself.
                if next == '\\'
                    && let Some(&(_, (after, escaped))) = letters.peek()
                    && (escaped == letter || escaped == '\\')
                {
                    letters.next();
                    end = after + escaped.len_utf8();
                    quoted.push(escaped);
                    continue;
                }
                quoted.push(next);
            }
            if !closed {
                return Err(FilterError { position, message: "this quoted text never ends".to_owned() });
            }
            Piece::Quoted(quoted)
        } else if let Some(sign) = SIGNS.iter().find(|sign| text[start..].starts_with(**sign)) {
            for _ in 0..sign.len() {
                letters.next();
            }
            end = start + sign.len();
            Piece::Sign(sign)
        } else if is_word(letter) {
            while let Some(&(_, (at, next))) = letters.peek() {
                if !is_word(next) {
                    break;
                }
                end = at + next.len_utf8();
                letters.next();
            }
            Piece::Word(text[start..end].to_owned())
        } else {
            return Err(FilterError { position, message: format!("\"{letter}\" means nothing here") });
        };
        found.push(Token { piece, position, bytes: (start, end) });
    }
    Ok(found)
}

fn is_word(letter: char) -> bool {
    letter.is_alphanumeric() || matches!(letter, '_' | '.' | '-' | '@' | ':' | '+' | '/')
}
