//! Comparing answers with the shape a contract shows. Looks at names and types, not at values.

use outrider_domain::time::Millis;
use serde_json::{Map, Value};

/// Asserts that a value has exactly the fields of a shape, each of its type.
///
/// A shape is JSON: text names a type (`text`, `time`, `integer`, `boolean`, `object`, `list`), with `?` for "or null", and text behind `=` is that text; an object
/// has exactly its fields; a list of one shape is a list of things of that shape, at least one; any other value is itself.
#[track_caller]
pub(crate) fn assert_shape(value: &Value, shape: &Value) {
    if let Err(why) = compare("", value, shape) {
        panic!("{why} in {value:#}");
    }
}

fn compare(at: &str, value: &Value, shape: &Value) -> Result<(), String> {
    match shape {
        Value::String(kind) => match is(value, kind) {
            true => Ok(()),
            false => Err(format!("{at:?} is {value} and not {kind}")),
        },
        Value::Object(fields) => {
            let Value::Object(own) = value else { return Err(format!("{at:?} is no object")) };
            names(at, own, fields)?;
            fields.iter().try_for_each(|(name, shape)| compare(&format!("{at}.{name}"), &own[name], shape))
        }
        Value::Array(items) => {
            let (Some(shape), Value::Array(own)) = (items.first(), value) else {
                return Err(format!("{at:?} is no list"));
            };
            if own.is_empty() {
                return Err(format!("{at:?} is empty: nothing was compared"));
            }
            own.iter().enumerate().try_for_each(|(place, item)| compare(&format!("{at}[{place}]"), item, shape))
        }
        other if other == value => Ok(()),
        other => Err(format!("{at:?} is {value} and not {other}")),
    }
}

fn names(at: &str, own: &Map<String, Value>, wanted: &Map<String, Value>) -> Result<(), String> {
    let missing: Vec<&String> = wanted.keys().filter(|name| !own.contains_key(*name)).collect();
    let more: Vec<&String> = own.keys().filter(|name| !wanted.contains_key(*name)).collect();
    if missing.is_empty() && more.is_empty() {
        return Ok(());
    }
    Err(format!("{at:?} lacks {missing:?} and has {more:?} too many"))
}

fn is(value: &Value, kind: &str) -> bool {
    if let Some(text) = kind.strip_prefix('=') {
        return value == text;
    }
    if let Some(kind) = kind.strip_suffix('?') {
        return value.is_null() || is(value, kind);
    }
    match kind {
        "text" => value.is_string(),
        "time" => value.as_str().is_some_and(|text| text.ends_with('Z') && text.parse::<Millis>().is_ok()),
        "integer" => value.is_i64(),
        "boolean" => value.is_boolean(),
        "object" => value.is_object(),
        "list" => value.is_array(),
        other => panic!("{other} is no type of a shape"),
    }
}

#[test]
fn a_shape_is_exact() {
    use serde_json::json;
    let shape = json!({ "id": "text", "at": "time?", "list": [{ "n": "integer" }], "unit": 1 });
    let good = json!({ "id": "x", "at": "2026-11-02T10:00:00.000Z", "list": [{ "n": 1 }], "unit": 1 });
    assert_eq!(compare("", &good, &shape), Ok(()));
    for (place, bad) in [
        ("/id", json!(1)),
        ("/at", json!("yesterday")),
        ("/list", json!([])),
        ("/list/0/n", json!("1")),
        ("/list/0", json!({ "n": 1, "m": 2 })),
        ("/unit", json!(2)),
    ] {
        let mut changed = good.clone();
        *changed.pointer_mut(place).expect("a place") = bad;
        assert!(compare("", &changed, &shape).is_err(), "{place}");
    }
}
