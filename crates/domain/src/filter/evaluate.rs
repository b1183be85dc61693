//! Whether a filter holds for a contact, and the facts that say so. Changes nothing.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::parser::moment;
use super::{Field, Filter, Test, Value};
use crate::time::Millis;

/// A field's value.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell<'a> {
    /// None.
    Absent,
    /// Text.
    Text(Cow<'a, str>),
    /// A number.
    Number(f64),
    /// Yes or no.
    Flag(bool),
    /// A moment.
    Time(Millis),
}

impl std::fmt::Display for Cell<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Absent => f.write_str("none"),
            Self::Text(text) => f.write_str(text),
            Self::Number(number) => number.fmt(f),
            Self::Flag(flag) => f.write_str(if *flag { "yes" } else { "no" }),
            Self::Time(time) => time.fmt(f),
        }
    }
}

/// A contact, as filters see it.
pub trait Subject {
    /// The value of a field.
    fn field(&self, field: &Field) -> Cell<'_>;
    /// When an event of that type last happened to it.
    fn last_event(&self, kind: &str) -> Option<Millis>;
}

/// Something known about a contact that a decision rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[schemars(inline)]
pub struct Fact {
    /// What was asked, such as `stage = new` or `not event email.sent within 30d`.
    pub condition: String,
    /// What was found, such as `new` or `never`.
    pub found: String,
}

impl Filter {
    /// Whether it holds. A segment that was not expanded never does.
    #[must_use]
    pub fn holds(&self, subject: &dyn Subject, now: Millis) -> bool {
        match self {
            Self::All => true,
            Self::And(filters) => filters.iter().all(|filter| filter.holds(subject, now)),
            Self::Or(filters) => filters.iter().any(|filter| filter.holds(subject, now)),
            Self::Not(filter) => !filter.holds(subject, now),
            Self::Field { field, test, .. } => test.holds(&subject.field(field), now),
            Self::Event { kind, within, .. } => {
                subject.last_event(kind).is_some_and(|at| within.is_none_or(|span| at >= now.plus(-span.as_millis())))
            }
            Self::Segment(_) => false,
        }
    }

    /// Whether it holds, with what was found for every condition that had a part in it: all of those that made it hold, or
    /// the first that kept it from holding.
    #[must_use]
    pub fn explain(&self, subject: &dyn Subject, now: Millis) -> (bool, Vec<Fact>) {
        let mut facts = Vec::new();
        let holds = self.explain_into(subject, now, false, &mut facts);
        (holds, facts)
    }

    fn explain_into(&self, subject: &dyn Subject, now: Millis, negated: bool, facts: &mut Vec<Fact>) -> bool {
        let named = |text: &str| if negated { format!("not {text}") } else { text.to_owned() };
        match self {
            Self::All | Self::Segment(_) => self.holds(subject, now),
            Self::Not(filter) => !filter.explain_into(subject, now, !negated, facts),
            Self::And(filters) | Self::Or(filters) => {
                let all = matches!(self, Self::And(_));
                let mut seen = Vec::new();
                for filter in filters {
                    let mut own = Vec::new();
                    if filter.explain_into(subject, now, negated, &mut own) != all {
                        // This one decides.
                        facts.append(&mut own);
                        return !all;
                    }
                    seen.append(&mut own);
                }
                facts.append(&mut seen);
                all
            }
            Self::Field { field, test, text } => {
                let cell = subject.field(field);
                facts.push(Fact { condition: named(text), found: cell.to_string() });
                test.holds(&cell, now)
            }
            Self::Event { kind, text, .. } => {
                let found = subject.last_event(kind).map_or_else(|| "never".to_owned(), |at| format!("last at {at}"));
                facts.push(Fact { condition: named(text), found });
                self.holds(subject, now)
            }
        }
    }
}

impl Test {
    fn holds(&self, cell: &Cell<'_>, now: Millis) -> bool {
        match self {
            Self::Present => *cell != Cell::Absent,
            Self::In(values) => values.iter().any(|value| same(cell, value)),
            Self::Less(value) => order(cell, value).is_some_and(std::cmp::Ordering::is_lt),
            Self::AtMost(value) => order(cell, value).is_some_and(std::cmp::Ordering::is_le),
            Self::Greater(value) => order(cell, value).is_some_and(std::cmp::Ordering::is_gt),
            Self::AtLeast(value) => order(cell, value).is_some_and(std::cmp::Ordering::is_ge),
            Self::Contains(part) => text(cell).is_some_and(|text| text.contains(&part.to_lowercase())),
            Self::StartsWith(part) => text(cell).is_some_and(|text| text.starts_with(&part.to_lowercase())),
            Self::EndsWith(part) => text(cell).is_some_and(|text| text.ends_with(&part.to_lowercase())),
            Self::Within(span) => time(cell).is_some_and(|at| at >= now.plus(-span.as_millis()) && at <= now),
            Self::OlderThan(span) => time(cell).is_some_and(|at| at < now.plus(-span.as_millis())),
        }
    }
}

fn text(cell: &Cell<'_>) -> Option<String> {
    match cell {
        Cell::Absent => None,
        other => Some(other.to_string().to_lowercase()),
    }
}

/// A moment, also one that is written in a field of the project's own.
fn time(cell: &Cell<'_>) -> Option<Millis> {
    match cell {
        Cell::Time(at) => Some(*at),
        Cell::Text(text) => moment(text),
        _ => None,
    }
}

fn same(cell: &Cell<'_>, value: &Value) -> bool {
    match (cell, value) {
        (Cell::Text(text), Value::Text(wanted)) => {
            text.eq_ignore_ascii_case(wanted) || text.to_lowercase() == wanted.to_lowercase()
        }
        (Cell::Flag(flag), Value::Flag(wanted)) => flag == wanted,
        (Cell::Flag(flag), Value::Text(wanted)) => wanted.eq_ignore_ascii_case(if *flag { "true" } else { "false" }),
        (Cell::Number(_) | Cell::Time(_), Value::Text(wanted)) => cell.to_string() == *wanted,
        (Cell::Text(text), Value::Flag(wanted)) => text.eq_ignore_ascii_case(if *wanted { "true" } else { "false" }),
        _ => order(cell, value) == Some(std::cmp::Ordering::Equal),
    }
}

fn order(cell: &Cell<'_>, value: &Value) -> Option<std::cmp::Ordering> {
    match (cell, value) {
        (Cell::Number(number), Value::Number(wanted)) => number.partial_cmp(wanted),
        (Cell::Text(text), Value::Number(wanted)) => text.trim().parse::<f64>().ok()?.partial_cmp(wanted),
        (_, Value::Time(wanted)) => time(cell).map(|at| at.cmp(wanted)),
        _ => None,
    }
}
