//! Handing a client's fields on to a native operation: those it sent, as it sent them. Judges none of them.

use outrider_domain::patch::Patch;
use outrider_engine::error::code;
use outrider_engine::{Error, Result};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

/// The native input of the fields that were sent.
///
/// # Errors
/// `internal_error` when they can't be written.
pub(super) fn native(fields: &impl Serialize) -> Result<Map<String, Value>> {
    match serde_json::to_value(fields) {
        Ok(Value::Object(fields)) => Ok(fields),
        _ => Err(Error::new(code::INTERNAL_ERROR, "The request could not be passed on.")),
    }
}

/// Reads text in which blank means absent, as forms send it.
///
/// # Errors
/// For what is neither text nor null.
pub(super) fn not_blank<'de, D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Option<String>, D::Error> {
    Ok(Option::<String>::deserialize(deserializer)?.filter(|text| !text.trim().is_empty()))
}

/// The same for a field of an update: blank clears it.
///
/// # Errors
/// For what is neither text nor null.
pub(super) fn blank_clears<'de, D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Patch<String>, D::Error> {
    Ok(not_blank(deserializer)?.map_or(Patch::Null, Patch::Value))
}
