//! Ids as Cora's clients know them: opaque text. Reads them; looks nothing up.

use std::str::FromStr;

use outrider_engine::{Error, Result};

/// The id that a text stands for. Text of any other form belongs to nothing, which is the answer for what is not yours as well.
///
/// # Errors
/// `resource_not_found` at the field.
pub(super) fn read<T: FromStr>(text: &str, noun: &str, field: &str) -> Result<T> {
    text.parse().map_err(|_| Error::not_found(noun).at(field))
}

/// [`read`] for a field that may be absent.
///
/// # Errors
/// `resource_not_found` at the field.
pub(super) fn read_optional<T: FromStr>(text: Option<&str>, noun: &str, field: &str) -> Result<Option<T>> {
    text.map(|text| read(text, noun, field)).transpose()
}
