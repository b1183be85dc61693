//! Places in an answer whose text someone outside wrote, for operations whose answers can't carry the mark `untrusted` themselves.
//! Names places; shows no warning: that is the surface's.

use serde_json::Value;

/// The JSON pointers (RFC 6901) of a list's entries of which that is true. `list` is the list's own pointer, such as `/items`.
pub fn entries(answer: &Value, list: &str, is_theirs: fn(&Value) -> bool) -> Vec<String> {
    let entries = answer.pointer(list).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let theirs = entries.iter().enumerate().filter(|(_, entry)| is_theirs(entry));
    theirs.map(|(place, _)| format!("{list}/{place}")).collect()
}

/// The same for one field of each entry, where it has a text.
pub fn fields(answer: &Value, list: &str, field: &str) -> Vec<String> {
    let entries = answer.pointer(list).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let told = entries.iter().enumerate().filter(|(_, entry)| entry[field].is_string());
    told.map(|(place, _)| format!("{list}/{place}/{field}")).collect()
}

/// Summaries of a page of calls: they may repeat what was said in them.
pub fn summaries_of_page(answer: &Value) -> Vec<String> {
    fields(answer, "/items", "summary")
}
