//! Filters over contacts: `stage = new and has email and not event email.sent within 30d`. Parses, evaluates and explains; reads
//! no database.
//!
//! A filter is kept as the text a person wrote. It is a condition, or several with `and`, `or`, `not` and brackets:
//!
//! | condition | holds when |
//! |---|---|
//! | `all` | always |
//! | `stage = new`, `country != "Germany"`, `role in (CEO, CTO)` | the field is, is not, or is one of these; letter case does not matter |
//! | `role contains sales`, `email ends with ".de"`, `name starts with A` | the text has this in it |
//! | `custom.score >= 50`, `created_at < 2026-03-01` | numbers and times compare |
//! | `has phone`, `has no company` | the field has a value, or none |
//! | `meeting_booked` | a yes-or-no field is yes |
//! | `created_at within 7d`, `last_activity_at older than 30d` | a time lies in, or before, the last so long |
//! | `reply interested within 30d`, `reply not_now` | the contact gave an answer of that class, in the last so long or ever |
//! | `event email.replied within 7d`, `signal pricing_page` | that happened to the contact, in the last so long or ever |
//! | `segment "enterprise"` | the stored filter of that name holds |
//! | `steps.fit.score >= 60` | in a playbook: what the skill of the step `fit` found |

mod evaluate;
mod field;
mod lexer;
mod parser;

use crate::span::Span;
use crate::time::Millis;

pub use evaluate::{Cell, Fact, Subject};
pub use field::{FIELDS, Field, FieldKind};

/// Longest text of a filter, in characters.
pub const MAX_LENGTH: usize = 4_000;
/// Events that are an answer of the contact's, beside those of its class.
const REPLIES: [&str; 2] = ["email.replied", "sms.replied"];
/// What events begin with that say the class of an answer, such as `reply.interested`.
pub const REPLY: &str = "reply.";

/// Whether an event is an answer of the contact's.
#[must_use]
pub fn is_reply(kind: &str) -> bool {
    REPLIES.contains(&kind) || kind.starts_with(REPLY)
}

/// How deep brackets and `not` may nest.
const MAX_DEPTH: usize = 32;

/// A text that is no filter; safe to show.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("at character {position}: {message}")]
pub struct FilterError {
    /// Where, in characters from 1.
    pub position: usize,
    /// What is wrong there.
    pub message: String,
}

/// A value to compare with.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Text; compared without regard to letter case.
    Text(String),
    /// A number.
    Number(f64),
    /// Yes or no.
    Flag(bool),
    /// A moment.
    Time(Millis),
}

/// What is asked of a field.
#[derive(Debug, Clone, PartialEq)]
pub enum Test {
    /// Is one of these.
    In(Vec<Value>),
    /// Has a value that is less.
    Less(Value),
    /// Has a value that is less or the same.
    AtMost(Value),
    /// Has a value that is greater.
    Greater(Value),
    /// Has a value that is greater or the same.
    AtLeast(Value),
    /// Has this in it.
    Contains(String),
    /// Begins with this.
    StartsWith(String),
    /// Ends with this.
    EndsWith(String),
    /// Has any value.
    Present,
    /// Lies in the last so long.
    Within(Span),
    /// Lies before the last so long.
    OlderThan(Span),
}

/// A parsed filter.
#[derive(Debug, Clone, PartialEq)]
pub enum Filter {
    /// Everyone.
    All,
    /// Every one of these holds.
    And(Vec<Filter>),
    /// At least one of these holds.
    Or(Vec<Filter>),
    /// This does not hold.
    Not(Box<Filter>),
    /// Something about a field.
    Field {
        /// Which.
        field: Field,
        /// What is asked of it.
        test: Test,
        /// The condition as written.
        text: String,
    },
    /// Something happened.
    Event {
        /// The event's type, such as `email.replied` or `signal.pricing_page`.
        kind: String,
        /// In the last so long; ever when absent.
        within: Option<Span>,
        /// The condition as written.
        text: String,
    },
    /// A stored filter holds.
    Segment(String),
}

impl Filter {
    /// Parses a filter; an empty text is everyone.
    ///
    /// # Errors
    /// What is wrong and where.
    pub fn parse(text: &str) -> Result<Self, FilterError> {
        parser::parse(text)
    }

    /// The names of the segments it asks for, each once.
    #[must_use]
    pub fn segments(&self) -> Vec<String> {
        let mut found = Vec::new();
        self.walk(&mut |filter| {
            if let Self::Segment(name) = filter
                && !found.contains(name)
            {
                found.push(name.clone());
            }
        });
        found
    }

    /// The types of the events it asks for, each once.
    #[must_use]
    pub fn events(&self) -> Vec<String> {
        let mut found = Vec::new();
        self.walk(&mut |filter| {
            if let Self::Event { kind, .. } = filter
                && !found.contains(kind)
            {
                found.push(kind.clone());
            }
        });
        found
    }

    /// The fields it asks for, each once.
    #[must_use]
    pub fn fields(&self) -> Vec<Field> {
        let mut found = Vec::new();
        self.walk(&mut |filter| {
            if let Self::Field { field, .. } = filter
                && !found.contains(field)
            {
                found.push(field.clone());
            }
        });
        found
    }

    /// Whether it asks for an answer of the contact's.
    #[must_use]
    pub fn asks_for_reply(&self) -> bool {
        self.names(&Field::Known("replied_at")) || self.events().iter().any(|kind| is_reply(kind))
    }

    /// Whether it asks for a field.
    #[must_use]
    pub fn names(&self, wanted: &Field) -> bool {
        self.fields().contains(wanted)
    }

    /// The same with every segment replaced by what it stands for.
    ///
    /// # Errors
    /// The name of a segment that `lookup` does not know.
    pub fn expand(self, lookup: &impl Fn(&str) -> Option<Self>) -> Result<Self, String> {
        let each = |filters: Vec<Self>| {
            filters.into_iter().map(|filter| filter.expand(lookup)).collect::<Result<Vec<Self>, String>>()
        };
        Ok(match self {
            Self::And(filters) => Self::And(each(filters)?),
            Self::Or(filters) => Self::Or(each(filters)?),
            Self::Not(filter) => Self::Not(Box::new(filter.expand(lookup)?)),
            Self::Segment(name) => lookup(&name).ok_or(name)?,
            other => other,
        })
    }

    /// Conditions that must all hold: itself, unless it is an `and`.
    #[must_use]
    pub fn required(&self) -> &[Self] {
        match self {
            Self::And(filters) => filters,
            other => std::slice::from_ref(other),
        }
    }

    fn walk(&self, visit: &mut impl FnMut(&Self)) {
        visit(self);
        match self {
            Self::And(filters) | Self::Or(filters) => filters.iter().for_each(|filter| filter.walk(visit)),
            Self::Not(filter) => filter.walk(visit),
            _ => {}
        }
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
