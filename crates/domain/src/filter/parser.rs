//! From tokens to a filter, with the place of whatever does not fit. Evaluates nothing.

use super::lexer::{Piece, Token, tokens};
use super::{FIELDS, Field, FieldKind, Filter, FilterError, MAX_DEPTH, MAX_LENGTH, REPLY, Test, Value};
use crate::classify::ReplyClass;
use crate::span::Span;
use crate::time::Millis;

/// Parses a filter.
pub(super) fn parse(text: &str) -> Result<Filter, FilterError> {
    if text.chars().count() > MAX_LENGTH {
        return Err(FilterError {
            position: MAX_LENGTH + 1,
            message: format!("a filter has at most {MAX_LENGTH} characters"),
        });
    }
    let tokens = tokens(text)?;
    if tokens.is_empty() {
        return Ok(Filter::All);
    }
    let mut parser = Parser { text, tokens: &tokens, at: 0, depth: 0 };
    let filter = parser.either()?;
    match parser.peek() {
        None => Ok(filter),
        Some(token) => Err(FilterError {
            position: token.position,
            message: format!("expected \"and\", \"or\" or the end, not {}", parser.shown(token)),
        }),
    }
}

struct Parser<'a> {
    text: &'a str,
    tokens: &'a [Token],
    at: usize,
    depth: usize,
}

impl<'a> Parser<'a> {
    fn peek(&self) -> Option<&'a Token> {
        self.tokens.get(self.at)
    }

    fn next(&mut self) -> Option<&'a Token> {
        let token = self.peek()?;
        self.at += 1;
        Some(token)
    }

    fn shown(&self, token: &Token) -> String {
        let text: String = self.text[token.bytes.0..token.bytes.1].chars().take(40).collect();
        if text.starts_with('"') { text } else { format!("\"{text}\"") }
    }

    fn end_position(&self) -> usize {
        self.text.trim_end().chars().count() + 1
    }

    /// An error at a token, or at the end.
    fn fault<T>(&self, token: Option<&Token>, expected: &str) -> Result<T, FilterError> {
        Err(match token {
            Some(token) => FilterError {
                position: token.position,
                message: format!("expected {expected}, not {}", self.shown(token)),
            },
            None => FilterError {
                position: self.end_position(),
                message: format!("expected {expected}, but the filter ends"),
            },
        })
    }

    fn is_word(&self, wanted: &str) -> bool {
        matches!(self.peek(), Some(Token { piece: Piece::Word(word), .. }) if word.eq_ignore_ascii_case(wanted))
    }

    fn take_word(&mut self, wanted: &str) -> bool {
        let found = self.is_word(wanted);
        self.at += usize::from(found);
        found
    }

    fn take_sign(&mut self, wanted: &str) -> bool {
        let found = matches!(self.peek(), Some(Token { piece: Piece::Sign(sign), .. }) if *sign == wanted);
        self.at += usize::from(found);
        found
    }

    fn deeper(&mut self) -> Result<(), FilterError> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            let position = self.peek().map_or_else(|| self.end_position(), |token| token.position);
            return Err(FilterError { position, message: format!("brackets nest deeper than {MAX_DEPTH}") });
        }
        Ok(())
    }

    fn either(&mut self) -> Result<Filter, FilterError> {
        let mut filters = vec![self.both()?];
        while self.take_word("or") {
            filters.push(self.both()?);
        }
        Ok(if filters.len() == 1 { filters.remove(0) } else { Filter::Or(filters) })
    }

    fn both(&mut self) -> Result<Filter, FilterError> {
        let mut filters = Vec::new();
        loop {
            match self.one()? {
                // Brackets around an `and` change nothing.
                Filter::And(more) => filters.extend(more),
                one => filters.push(one),
            }
            if !self.take_word("and") {
                break;
            }
        }
        Ok(if filters.len() == 1 { filters.remove(0) } else { Filter::And(filters) })
    }

    fn one(&mut self) -> Result<Filter, FilterError> {
        if self.is_word("not") || self.is_word("no") {
            self.at += 1;
            self.deeper()?;
            let filter = Filter::Not(Box::new(self.one()?));
            self.depth -= 1;
            return Ok(filter);
        }
        if self.take_sign("(") {
            self.deeper()?;
            let filter = self.either()?;
            self.depth -= 1;
            if !self.take_sign(")") {
                return self.fault(self.peek(), "\")\"");
            }
            return Ok(filter);
        }
        self.condition()
    }

    fn condition(&mut self) -> Result<Filter, FilterError> {
        let Some(first) = self.next() else { return self.fault(None, "a condition") };
        let Piece::Word(word) = &first.piece else { return self.fault(Some(first), "a condition") };
        match word.to_ascii_lowercase().as_str() {
            "all" => Ok(Filter::All),
            "has" => {
                let negated = self.take_word("no");
                let (field, _) = self.field()?;
                let present = Filter::Field { field, test: Test::Present, text: self.since(first) };
                Ok(if negated { Filter::Not(Box::new(present)) } else { present })
            }
            "segment" => Ok(Filter::Segment(self.text_value("the segment's name")?.0)),
            "reply" => {
                let (name, position) = self.text_value("the class of an answer")?;
                let Some(class) = ReplyClass::ALL.iter().find(|class| class.as_str().eq_ignore_ascii_case(&name))
                else {
                    let known: Vec<&str> = ReplyClass::ALL.iter().map(|class| class.as_str()).collect();
                    let message = format!("there is no class of answers \"{name}\"; known are {}", known.join(", "));
                    return Err(FilterError { position, message });
                };
                let within = if self.take_word("within") { Some(self.span()?) } else { None };
                Ok(Filter::Event { kind: format!("{REPLY}{}", class.as_str()), within, text: self.since(first) })
            }
            kind @ ("event" | "signal") => {
                let (name, position) = self.text_value("the event's name")?;
                if !name.bytes().all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, b'_' | b'.' | b'-')) {
                    return Err(FilterError {
                        position,
                        message: "an event's name has letters, digits, dots, - and _".to_owned(),
                    });
                }
                let kind = if kind == "signal" { format!("signal.{name}") } else { name };
                let within = if self.take_word("within") { Some(self.span()?) } else { None };
                Ok(Filter::Event { kind, within, text: self.since(first) })
            }
            _ => {
                self.at -= 1;
                let (field, token) = self.field()?;
                let test = self.test(&field)?;
                let negated = matches!(test, Asked::Not(_));
                let (Asked::Is(test) | Asked::Not(test)) = test;
                let filter = Filter::Field { field, test, text: self.since(token) };
                Ok(if negated { Filter::Not(Box::new(filter)) } else { filter })
            }
        }
    }

    /// What was written from a token up to here.
    fn since(&self, first: &Token) -> String {
        let end = self.tokens.get(self.at.saturating_sub(1)).map_or(first.bytes.1, |token| token.bytes.1);
        self.text[first.bytes.0..end].to_owned()
    }

    fn field(&mut self) -> Result<(Field, &'a Token), FilterError> {
        let token = self.next();
        let Some(found @ Token { piece: Piece::Word(name), .. }) = token else { return self.fault(token, "a field") };
        let Some(field) = Field::named(name) else {
            let known: Vec<&str> = FIELDS.iter().map(|(name, _)| *name).collect();
            return Err(FilterError {
                position: found.position,
                message: format!(
                    "there is no field {}; known are custom.NAME, {}",
                    self.shown(found),
                    known.join(", ")
                ),
            });
        };
        Ok((field, found))
    }

    fn test(&mut self, field: &Field) -> Result<Asked, FilterError> {
        let token = self.peek();
        let Some(Token { piece, .. }) = token else {
            return if field.kind() == FieldKind::Flag { Ok(yes()) } else { self.fault(None, "a comparison") };
        };
        match piece {
            Piece::Sign(sign @ ("=" | "!=")) => {
                self.at += 1;
                let test = Test::In(vec![self.value(field)?]);
                Ok(if *sign == "=" { Asked::Is(test) } else { Asked::Not(test) })
            }
            Piece::Sign(sign @ ("<" | "<=" | ">" | ">=")) => {
                if !matches!(field.kind(), FieldKind::Time | FieldKind::Custom) {
                    return self.fault(token, &format!("=, != or a word, since {field} is no number and no time"));
                }
                self.at += 1;
                let place = self.peek();
                let value = self.value(field)?;
                if !matches!(value, Value::Number(_) | Value::Time(_)) {
                    return self.fault(place, "a number or a date");
                }
                Ok(Asked::Is(match *sign {
                    "<" => Test::Less(value),
                    "<=" => Test::AtMost(value),
                    ">" => Test::Greater(value),
                    _ => Test::AtLeast(value),
                }))
            }
            Piece::Word(_) => self.worded_test(field),
            _ if field.kind() == FieldKind::Flag => Ok(yes()),
            _ => self.fault(token, "a comparison"),
        }
    }

    fn worded_test(&mut self, field: &Field) -> Result<Asked, FilterError> {
        let token = self.peek();
        let textual = matches!(field.kind(), FieldKind::Text | FieldKind::Custom);
        let timely = matches!(field.kind(), FieldKind::Time | FieldKind::Custom);
        if self.take_word("not") {
            if !self.take_word("in") {
                return self.fault(self.peek(), "\"in\" after \"not\"");
            }
            return Ok(Asked::Not(Test::In(self.list(field)?)));
        }
        if self.take_word("in") {
            return Ok(Asked::Is(Test::In(self.list(field)?)));
        }
        if textual && self.take_word("contains") {
            return Ok(Asked::Is(Test::Contains(self.text_value("the text")?.0)));
        }
        for (word, build) in [("starts", Test::StartsWith as fn(String) -> Test), ("ends", Test::EndsWith)] {
            if textual && self.take_word(word) {
                if !self.take_word("with") {
                    return self.fault(self.peek(), &format!("\"with\" after \"{word}\""));
                }
                return Ok(Asked::Is(build(self.text_value("the text")?.0)));
            }
        }
        if timely && self.take_word("within") {
            return Ok(Asked::Is(Test::Within(self.span()?)));
        }
        if timely && self.take_word("older") {
            self.take_word("than");
            return Ok(Asked::Is(Test::OlderThan(self.span()?)));
        }
        if field.kind() == FieldKind::Flag {
            return Ok(yes());
        }
        let words = match field.kind() {
            FieldKind::Text => "=, !=, in, contains, starts with or ends with",
            FieldKind::Time => "<, >, within or older than",
            _ => "a comparison",
        };
        self.fault(token, words)
    }

    fn list(&mut self, field: &Field) -> Result<Vec<Value>, FilterError> {
        if !self.take_sign("(") {
            return self.fault(self.peek(), "\"(\" and the values");
        }
        let mut values = vec![self.value(field)?];
        while self.take_sign(",") {
            values.push(self.value(field)?);
        }
        if !self.take_sign(")") {
            return self.fault(self.peek(), "\",\" or \")\"");
        }
        Ok(values)
    }

    fn text_value(&mut self, what: &str) -> Result<(String, usize), FilterError> {
        let token = self.next();
        match token {
            Some(Token { piece: Piece::Word(text) | Piece::Quoted(text), position, .. }) if !text.is_empty() => {
                Ok((text.clone(), *position))
            }
            _ => self.fault(token, what),
        }
    }

    fn span(&mut self) -> Result<Span, FilterError> {
        let (text, position) = self.text_value("a length of time, such as 7d")?;
        Span::parse(&text).map_err(|error| FilterError { position, message: error.to_string() })
    }

    fn value(&mut self, field: &Field) -> Result<Value, FilterError> {
        let token = self.next();
        let (text, quoted) = match token.map(|token| &token.piece) {
            Some(Piece::Word(text)) => (text, false),
            Some(Piece::Quoted(text)) => (text, true),
            _ => return self.fault(token, "a value"),
        };
        let fault = |expected: &str| self.fault(token, expected);
        match field.kind() {
            FieldKind::Text => Ok(Value::Text(text.clone())),
            FieldKind::Flag => match text.to_ascii_lowercase().as_str() {
                "true" | "yes" => Ok(Value::Flag(true)),
                "false" | "no" => Ok(Value::Flag(false)),
                _ => fault("true or false"),
            },
            FieldKind::Time => moment(text)
                .map_or_else(|| fault("a date such as 2026-03-01 or a time with a zone"), |t| Ok(Value::Time(t))),
            FieldKind::Custom if quoted => Ok(Value::Text(text.clone())),
            FieldKind::Custom => Ok(match (text.parse::<f64>(), text.as_str()) {
                (Ok(number), _) if number.is_finite() => Value::Number(number),
                (_, "true") => Value::Flag(true),
                (_, "false") => Value::Flag(false),
                _ => moment(text).map_or_else(|| Value::Text(text.clone()), Value::Time),
            }),
        }
    }
}

/// What is asked of a field, or the opposite of it.
enum Asked {
    Is(Test),
    Not(Test),
}

fn yes() -> Asked {
    Asked::Is(Test::In(vec![Value::Flag(true)]))
}

/// A date, at its first moment in UTC, or a time with a zone.
pub(super) fn moment(text: &str) -> Option<Millis> {
    let plain = text.len() == 10 && text.bytes().filter(|letter| *letter == b'-').count() == 2;
    if plain { format!("{text}T00:00:00Z").parse().ok() } else { text.parse().ok() }
}
