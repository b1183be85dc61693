//! Checks what decoding lets pass though the schema does not: lengths, ranges, counts, NUL characters, and lists or objects in the
//! place of something else. Other types, names and formats are left to decoding, which has the better words for them.
//!
//! Decoding knows nothing of `maxLength` or `minimum`, reads a list as an object's fields in order, and an object as the
//! name of a variant; without this, the document would promise what nobody checks.

use serde_json::Value;

use super::{Catalog, branches};
use crate::error::Error;

/// Checks a value against a schema's bounds, and writes `3.0` as `3` where a whole number is wanted: to JSON Schema they
/// are the same.
///
/// # Errors
/// `validation_error` at the first field out of bounds.
pub fn check(catalog: &Catalog, schema: &Value, value: &mut Value) -> Result<(), Error> {
    if let Some(field) = find_nul(value) {
        return Err(Error::invalid(field, "A text or name has a NUL character."));
    }
    within(catalog, schema, value, "")
}

/// Checks a value against a schema that refers to no other.
///
/// # Errors
/// As [`check`].
pub fn check_alone(schema: &Value, value: &mut Value) -> Result<(), Error> {
    let none = Catalog { inputs: Vec::new(), outputs: Vec::new(), definitions: Default::default() };
    check(&none, schema, value)
}

/// The path of the first text with a NUL character, which no database takes; the path of the object for a name with one.
fn find_nul(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => text.contains('\0').then(String::new),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .find_map(|(place, item)| find_nul(item).map(|rest| format!("[{place}]{}", below(&rest)))),
        Value::Object(fields) => fields.iter().find_map(|(name, field)| {
            if name.contains('\0') {
                return Some(String::new());
            }
            find_nul(field).map(|rest| format!("{name}{}", below(&rest)))
        }),
        Value::Null | Value::Bool(_) | Value::Number(_) => None,
    }
}

/// A path as it goes on after what stands before it.
fn below(rest: &str) -> String {
    if rest.is_empty() || rest.starts_with('[') { rest.to_owned() } else { format!(".{rest}") }
}

fn within(catalog: &Catalog, schema: &Value, value: &mut Value, path: &str) -> Result<(), Error> {
    let schema = catalog.resolve(schema);
    let whole = value.as_f64().filter(|number| number.is_finite() && number.fract() == 0.0 && number.abs() < 9.0e15);
    if let (Value::Number(number), Some(float)) = (&*value, whole)
        && number.is_f64()
        && names_type(schema, "integer")
    {
        *value = whole_number(float);
    }
    let name = if path.is_empty() { "the body" } else { path };
    if !takes_container(schema, value) {
        return Err(Error::invalid(path, format!("{name} must be {}.", expected(schema))));
    }
    let bound = |key: &str| schema.get(key).and_then(Value::as_u64).and_then(|bound| usize::try_from(bound).ok());
    let counted = |count: usize, least: &str, most: &str, what: (&str, &str)| {
        if let Some(least) = bound(least).filter(|least| count < *least) {
            return Err(Error::invalid(path, format!("{name} has at least {}.", so_many(least, what))));
        }
        if let Some(most) = bound(most).filter(|most| count > *most) {
            return Err(Error::invalid(path, format!("{name} has at most {}.", so_many(most, what))));
        }
        Ok(())
    };
    match &*value {
        Value::String(text) => {
            counted(text.chars().count(), "minLength", "maxLength", ("character", "characters"))?;
        }
        Value::Array(items) => counted(items.len(), "minItems", "maxItems", ("entry", "entries"))?,
        Value::Object(fields) => counted(fields.len(), "minProperties", "maxProperties", ("field", "fields"))?,
        Value::Number(number) => ranged(schema, number.as_f64().unwrap_or(f64::NAN), path, name)?,
        Value::Null | Value::Bool(_) => {}
    }
    match value {
        Value::Array(items) => {
            if let Some(schema) = schema.get("items") {
                for (place, item) in items.iter_mut().enumerate() {
                    within(catalog, schema, item, &format!("{path}[{place}]"))?;
                }
            }
        }
        Value::Object(fields) => {
            for (name, field) in fields {
                let known = schema.get("properties").and_then(|properties| properties.get(name));
                if let Some(schema) = known.or_else(|| schema.get("additionalProperties")) {
                    within(catalog, schema, field, &join(path, name))?;
                }
            }
        }
        _ => {}
    }
    composed(catalog, schema, value, path)
}

/// All of `allOf` must hold; of `anyOf` and `oneOf`, one whose type and constants fit the value.
fn composed(catalog: &Catalog, schema: &Value, value: &mut Value, path: &str) -> Result<(), Error> {
    for part in schema.get("allOf").and_then(Value::as_array).into_iter().flatten() {
        within(catalog, part, value, path)?;
    }
    for key in ["anyOf", "oneOf"] {
        let Some(parts) = schema.get(key).and_then(Value::as_array) else { continue };
        let mut refusal = None;
        let mut fitting = 0;
        for part in parts {
            if !fits(catalog, part, value) {
                continue;
            }
            fitting += 1;
            match within(catalog, part, value, path) {
                Ok(()) => {
                    refusal = None;
                    break;
                }
                Err(error) => refusal = refusal.or(Some(error)),
            }
        }
        if let Some(error) = refusal {
            return Err(error);
        }
        let none_of_type = parts.iter().all(|part| !fits_type(catalog.resolve(part), value));
        if fitting == 0 && none_of_type && is_container(value) {
            return Err(Error::invalid(path, format!("{path} can't be {}.", type_name(value))));
        }
    }
    Ok(())
}

/// Whether a branch is meant for a value: its type fits, and so do the constants of an object's fields (its tag).
fn fits(catalog: &Catalog, schema: &Value, value: &Value) -> bool {
    let schema = catalog.resolve(schema);
    let typed = fits_type(schema, value);
    let constant = |schema: &Value, value: &Value| schema.get("const").is_none_or(|wanted| wanted == value);
    let tagged = schema.get("properties").and_then(Value::as_object).is_none_or(|properties| {
        properties.iter().all(|(name, property)| value.get(name).is_none_or(|field| constant(property, field)))
    });
    typed
        && constant(schema, value)
        && tagged
        && (branches(schema).next().is_none() || branches(schema).any(|part| fits(catalog, part, value)))
}

/// Whether a schema names the value's type, or none.
fn fits_type(schema: &Value, value: &Value) -> bool {
    let own = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    schema.get("type").is_none() || names_type(schema, own) || (own == "number" && names_type(schema, "integer"))
}

/// Whether a list or object may stand here; true of everything else.
fn takes_container(schema: &Value, value: &Value) -> bool {
    !is_container(value) || (fits_type(schema, value) && (schema.get("type").is_some() || schema.get("enum").is_none()))
}

const fn is_container(value: &Value) -> bool {
    matches!(value, Value::Array(_) | Value::Object(_))
}

const fn type_name(value: &Value) -> &'static str {
    if matches!(value, Value::Array(_)) { "a list" } else { "an object" }
}

/// What a schema takes, in words.
fn expected(schema: &Value) -> &'static str {
    let words = [
        ("object", "an object"),
        ("array", "a list"),
        ("integer", "a whole number"),
        ("number", "a number"),
        ("boolean", "true or false"),
        ("string", "text"),
    ];
    words.into_iter().find(|(name, _)| names_type(schema, name)).map_or("something else", |(_, word)| word)
}

fn names_type(schema: &Value, wanted: &str) -> bool {
    match schema.get("type") {
        Some(Value::String(name)) => name == wanted,
        Some(Value::Array(names)) => names.iter().any(|name| name == wanted),
        _ => false,
    }
}

fn ranged(schema: &Value, number: f64, path: &str, name: &str) -> Result<(), Error> {
    let bound = |key: &str| schema.get(key).and_then(Value::as_f64);
    let refuse = |words: String| Err(Error::invalid(path, format!("{name} must be {words}.")));
    match (bound("minimum"), bound("maximum")) {
        (Some(least), Some(most)) if number < least || number > most => return refuse(format!("{least} to {most}")),
        (Some(least), _) if number < least => return refuse(format!("at least {least}")),
        (_, Some(most)) if number > most => return refuse(format!("at most {most}")),
        _ => {}
    }
    match (bound("exclusiveMinimum"), bound("exclusiveMaximum")) {
        (Some(least), _) if number <= least => refuse(format!("more than {least}")),
        (_, Some(most)) if number >= most => refuse(format!("less than {most}")),
        _ => Ok(()),
    }
}

#[expect(clippy::cast_possible_truncation, reason = "the caller has checked that it is whole and far below 2^63")]
fn whole_number(float: f64) -> Value {
    Value::from(float as i64)
}

/// A count with its noun: one, or several of it.
fn so_many(count: usize, (one, several): (&str, &str)) -> String {
    format!("{count} {}", if count == 1 { one } else { several })
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::check;
    use crate::schema::Catalog;

    fn run(schema: &Value, value: Value) -> Result<Value, String> {
        let mut value = value;
        check(&Catalog::new(&[]), schema, &mut value)
            .map(|()| value)
            .map_err(|error| format!("{}: {}", error.field.unwrap_or_default(), error.message))
    }

    fn object(name: &str, schema: Value) -> Value {
        json!({ "type": "object", "properties": { name: schema } })
    }

    #[test]
    fn bounds_are_held_and_named() {
        for (schema, value, expected) in [
            (json!({ "type": "string", "maxLength": 3 }), json!("äöüß"), "a: a has at most 3 characters."),
            (json!({ "type": ["string", "null"], "minLength": 1 }), json!(""), "a: a has at least 1 character."),
            (json!({ "type": "array", "maxItems": 1 }), json!([1, 2]), "a: a has at most 1 entry."),
            (json!({ "type": "integer", "minimum": 1, "maximum": 100 }), json!(0), "a: a must be 1 to 100."),
            (json!({ "type": "integer", "minimum": 1 }), json!(-3), "a: a must be at least 1."),
            (
                json!({ "type": "array", "items": { "type": "string", "maxLength": 1 } }),
                json!(["x", "xy"]),
                "a[1]: a[1] has at most 1 character.",
            ),
            (
                json!({ "anyOf": [{ "type": "string", "maxLength": 1 }, { "type": "null" }] }),
                json!("xy"),
                "a: a has at most 1 character.",
            ),
            (
                json!({ "additionalProperties": { "type": "string", "maxLength": 1 } }),
                json!({ "b": "xy" }),
                "a.b: a.b has at most 1 character.",
            ),
        ] {
            assert_eq!(run(&object("a", schema), json!({ "a": value })), Err(expected.to_owned()));
        }
    }

    #[test]
    fn what_is_within_bounds_or_of_another_type_passes() {
        let number = object("a", json!({ "type": ["integer", "null"], "minimum": 1, "maximum": 3 }));
        assert_eq!(run(&number, json!({ "a": 3.0 })), Ok(json!({ "a": 3 })));
        assert_eq!(run(&number, json!({ "a": null })), Ok(json!({ "a": null })));
        assert_eq!(
            run(&number, json!({ "a": "many" })),
            Ok(json!({ "a": "many" })),
            "decoding refuses it, with the type's own words"
        );
        let open = object("a", json!({ "type": "number" }));
        assert_eq!(run(&open, json!({ "a": 3.0 })), Ok(json!({ "a": 3.0 })));
    }

    #[test]
    fn a_list_or_object_does_not_pass_for_something_else() {
        let person = json!({ "type": "object", "properties": { "name": { "type": "string" } } });
        let variants =
            json!({ "oneOf": [{ "type": "string", "const": "green" }, { "type": "string", "enum": ["red"] }] });
        for (schema, value, expected) in [
            (json!({ "type": "array", "items": person }), json!([["Ada"]]), "a[0]: a[0] must be an object."),
            (person.clone(), json!(["Ada"]), "a: a must be an object."),
            (variants.clone(), json!({ "green": null }), "a: a can't be an object."),
            (json!({ "type": ["string", "null"], "enum": ["x", null] }), json!({ "x": null }), "a: a must be text."),
            (json!({ "anyOf": [person, { "type": "null" }] }), json!([]), "a: a can't be a list."),
        ] {
            assert_eq!(run(&object("a", schema), json!({ "a": value })), Err(expected.to_owned()));
        }
        assert!(run(&object("a", variants), json!({ "a": "green" })).is_ok());
        assert!(run(&object("a", json!(true)), json!({ "a": [{}] })).is_ok());
    }

    #[test]
    fn a_nul_is_found_wherever_it_stands() {
        let refused = |path: &str| Err(format!("{path}: A text or name has a NUL character."));
        assert_eq!(run(&json!(true), json!({ "a": [{ "b": "x\0" }] })), refused("a[0].b"));
        assert_eq!(run(&json!(true), json!({ "a": { "\0": 1 } })), refused("a"));
        assert_eq!(run(&json!(true), json!({ "a": [["\0"]] })), refused("a[0][0]"));
        assert!(run(&json!(true), json!({ "a": "\\u0000" })).is_ok(), "an escaped backslash is no NUL");
    }

    #[test]
    fn of_tagged_variants_only_the_named_one_counts() {
        let variant = |tag: &str, most: i64| json!({ "type": "object", "properties": { "kind": { "const": tag }, "n": { "type": "integer", "maximum": most } } });
        let schema = json!({ "oneOf": [variant("small", 1), variant("large", 100)] });
        assert!(run(&schema, json!({ "kind": "large", "n": 50 })).is_ok());
        assert!(run(&schema, json!({ "kind": "small", "n": 50 })).is_err());
    }
}
