//! What a template may not do, found in its source before the engine sees it. Reads tokens; the grammar is the template engine's.
//!
//! Only conditions, loops and raw text are left. Without assignments, functions and multiplication a text can't grow by more
//! than its loops, which fuel and the output limit bound.

use crate::template::{FILTERS, TESTS, TemplateError};

const STATEMENTS: [&str; 8] = ["if", "elif", "else", "endif", "for", "endfor", "raw", "endraw"];
const KEYWORDS: [&str; 9] = ["and", "or", "not", "in", "is", "if", "else", "elif", "for"];

/// Checks a source; what is no template at all it leaves to the template engine.
///
/// # Errors
/// The first thing that is not allowed, with its line.
pub(crate) fn check(source: &str) -> Result<(), TemplateError> {
    let mut at = 0;
    while let Some(found) = next_block(source, at) {
        let line = source[..found.start].matches('\n').count() + 1;
        let refuse = |message: String| TemplateError { line, message };
        match found.kind {
            Kind::Comment => {}
            Kind::Expression => check_tokens(found.inner).map_err(refuse)?,
            Kind::Statement => {
                let inner = found.inner.trim_start_matches(['-', '+']).trim_start();
                let name =
                    &inner[..inner.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(inner.len())];
                if !STATEMENTS.contains(&name) {
                    return Err(refuse(format!("\"{name}\" is not available: a template has if, for and raw")));
                }
                if name == "raw" {
                    at = source[found.end..].find("endraw").map_or(source.len(), |end| found.end + end);
                    at = source[at..].find("%}").map_or(source.len(), |end| at + end + 2);
                    continue;
                }
                check_tokens(inner).map_err(refuse)?;
            }
        }
        at = found.end;
    }
    Ok(())
}

enum Kind {
    Expression,
    Statement,
    Comment,
}

struct Block<'a> {
    kind: Kind,
    start: usize,
    end: usize,
    inner: &'a str,
}

fn next_block(source: &str, from: usize) -> Option<Block<'_>> {
    let bytes = source.as_bytes();
    let start = (from..bytes.len().saturating_sub(1))
        .find(|at| bytes[*at] == b'{' && matches!(bytes[at + 1], b'{' | b'%' | b'#'))?;
    let (kind, close) = match bytes[start + 1] {
        b'{' => (Kind::Expression, "}}"),
        b'%' => (Kind::Statement, "%}"),
        _ => (Kind::Comment, "#}"),
    };
    let mut at = start + 2;
    let mut depth = 0_usize;
    while at < bytes.len() {
        let byte = bytes[at];
        if depth == 0 && bytes[at..].starts_with(close.as_bytes()) {
            break;
        }
        if !matches!(kind, Kind::Comment) {
            match byte {
                b'\'' | b'"' => at = end_of_string(bytes, at),
                b'{' => depth += 1,
                b'}' => depth = depth.saturating_sub(1),
                _ => {}
            }
        }
        at += 1;
    }
    let end = (at + 2).min(bytes.len());
    Some(Block { kind, start, end, inner: source.get(start + 2..at).unwrap_or("") })
}

/// The place of the quote that ends the string beginning at `at`.
fn end_of_string(bytes: &[u8], at: usize) -> usize {
    let quote = bytes[at];
    let mut end = at + 1;
    while end < bytes.len() && bytes[end] != quote {
        end += if bytes[end] == b'\\' { 2 } else { 1 };
    }
    end
}

#[derive(PartialEq, Clone, Copy)]
enum Token<'a> {
    Word(&'a str),
    Mark(u8),
    Other,
}

fn tokens(inner: &str) -> Vec<Token<'_>> {
    let bytes = inner.as_bytes();
    let mut tokens = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let byte = bytes[at];
        if byte == b'\'' || byte == b'"' {
            at = end_of_string(bytes, at) + 1;
            tokens.push(Token::Other);
        } else if byte.is_ascii_alphabetic() || byte == b'_' || !byte.is_ascii() {
            let word = |b: &u8| b.is_ascii_alphanumeric() || *b == b'_' || !b.is_ascii();
            let length = bytes[at..].iter().take_while(|b| word(b)).count();
            tokens.push(inner.get(at..at + length).map_or(Token::Other, Token::Word));
            at += length;
        } else {
            if !byte.is_ascii_whitespace() {
                tokens.push(if byte.is_ascii_digit() { Token::Other } else { Token::Mark(byte) });
            }
            at += 1;
        }
    }
    tokens
}

fn check_tokens(inner: &str) -> Result<(), String> {
    let tokens = tokens(inner);
    for (index, token) in tokens.iter().enumerate() {
        let before = index.checked_sub(1).map(|index| tokens[index]);
        let after = tokens.get(index + 1).copied();
        match *token {
            Token::Mark(b'*') => return Err("multiplication is not available".to_owned()),
            Token::Word(name) if before == Some(Token::Mark(b'|')) && FILTERS.contains(&name) => {}
            Token::Word(name) if before == Some(Token::Mark(b'|')) => {
                return Err(format!("there is no filter \"{name}\": use one of {}", FILTERS.join(", ")));
            }
            Token::Word(name) if is_test(&tokens[..index]) && (name == "not" || TESTS.contains(&name)) => {}
            Token::Word(name) if is_test(&tokens[..index]) => {
                return Err(format!("there is no test \"{name}\": use one of {}", TESTS.join(", ")));
            }
            Token::Word(name) if after == Some(Token::Mark(b'(')) && !KEYWORDS.contains(&name) => {
                return Err(format!("\"{name}(…)\" is not available: a template calls no functions"));
            }
            Token::Mark(b')' | b']') if after == Some(Token::Mark(b'(')) => {
                return Err("a template calls no functions".to_owned());
            }
            _ => {}
        }
    }
    Ok(())
}

/// Whether what follows these tokens names a test: they end in `is` or `is not`.
fn is_test(before: &[Token<'_>]) -> bool {
    matches!(before, [.., Token::Word("is")] | [.., Token::Word("is"), Token::Word("not")])
        && !matches!(before, [Token::Mark(b'.'), Token::Word("is")] | [.., Token::Mark(b'.'), Token::Word("is")])
}
