//! Checks of input fields that many nouns share, and the shapes of answers that belong to none. Holds no rule of one noun.

use outrider_domain::patch::Patch;
use schemars::JsonSchema;
use serde::Serialize;

use crate::context::Context;
use crate::error::{Error, Result, code};
use crate::leads::tidy;
use crate::principal::Actor;

/// Longest free text field, in characters.
pub const LONG: usize = 20_000;

/// What a removal answers.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Deleted {
    /// What is gone.
    pub id: String,
    /// Always true.
    pub deleted: bool,
}

impl Deleted {
    /// Of an id.
    pub fn of(id: impl ToString) -> Self {
        Self { id: id.to_string(), deleted: true }
    }
}

/// A short text that must be there.
///
/// # Errors
/// `validation_error` when it is blank, too long or has a control character.
pub fn required(field: &str, text: String) -> Result<String> {
    tidy(field, Some(text))?.ok_or_else(|| Error::invalid(field, format!("{field} can't be empty.")))
}

/// A short text that may be absent, after a partial update; a blank one clears it.
///
/// # Errors
/// `validation_error` when it is too long or has a control character.
pub fn patched(field: &str, patch: Patch<String>, current: Option<String>) -> Result<Option<String>> {
    match patch {
        Patch::Absent => Ok(current),
        Patch::Null => Ok(None),
        Patch::Value(text) => tidy(field, Some(text)),
    }
}

/// A short text that must stay there, after a partial update.
///
/// # Errors
/// `validation_error` when it is null, blank, too long or has a control character.
pub fn patched_required(field: &str, patch: Patch<String>, current: String) -> Result<String> {
    match patch {
        Patch::Absent => Ok(current),
        Patch::Null => Err(not_null(field)),
        Patch::Value(text) => required(field, text),
    }
}

/// A value that can't be null, after a partial update.
///
/// # Errors
/// `validation_error` when it is null.
pub fn kept<T>(field: &str, patch: Patch<T>, current: T) -> Result<T> {
    match patch {
        Patch::Absent => Ok(current),
        Patch::Null => Err(not_null(field)),
        Patch::Value(value) => Ok(value),
    }
}

fn not_null(field: &str) -> Error {
    Error::invalid(field, format!("{field} can't be null; leave it out to keep it."))
}

/// A text of several lines that may be absent; a blank one is absent.
///
/// # Errors
/// `validation_error` when it is longer than [`LONG`] or has a control character other than line breaks and tabs.
pub fn long_text(field: &str, text: Option<String>) -> Result<Option<String>> {
    let Some(text) = text else { return Ok(None) };
    if text.chars().count() > LONG {
        return Err(Error::invalid(field, format!("{field} has at most {LONG} characters.")));
    }
    if text.chars().any(|letter| letter.is_control() && !matches!(letter, '\n' | '\r' | '\t')) {
        return Err(Error::invalid(field, format!("{field} has a control character.")));
    }
    Ok((!text.trim().is_empty()).then_some(text))
}

/// The names of the fields that changed.
#[must_use]
pub fn changed(fields: &[(&'static str, bool)]) -> Vec<&'static str> {
    fields.iter().filter(|(_, changed)| *changed).map(|(name, _)| *name).collect()
}

/// Writes a value as JSON for a column.
///
/// # Errors
/// `internal_error` when it can't be written.
pub fn to_json<T: Serialize>(value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(|error| Error {
        source: Some(Box::new(error)),
        ..Error::new(code::INTERNAL_ERROR, "A value could not be written.")
    })
}

/// Refuses everyone but the one with the machine in hand: the command line.
///
/// # Errors
/// `insufficient_scope` for all others.
pub fn operator_only(cx: &Context<'_, '_>, what: &str) -> Result<()> {
    if cx.actor == Actor::Operator {
        return Ok(());
    }
    Err(Error::new(
        code::INSUFFICIENT_SCOPE,
        format!("Only the operator may {what}, from the command line of the machine."),
    ))
}
