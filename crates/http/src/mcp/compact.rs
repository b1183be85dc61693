//! Schemas told shorter, and in words that every model's host understands: no lists of types, no branches that are enumerations, and
//! of answers only an outline. What is said stays true of every value; only some of it is left unsaid. Knows no tool.

use serde_json::{Map, Value, json};

/// How deep the outline of an answer goes; a page's rows are one level more.
const OUTLINE: usize = 1;

/// A schema of arguments. Null is left away where it means the same as leaving the argument out.
pub(crate) fn arguments(schema: Value) -> Value {
    let Value::Object(mut fields) = schema else {
        return if schema == Value::Bool(true) { json!({}) } else { schema };
    };
    if fields.get("default") == Some(&Value::Null) {
        fields.remove("default");
        fields = without_null(fields);
    }
    fields = enumerated(fields);
    for (keyword, value) in &mut fields {
        let part = value.take();
        *value = match (keyword.as_str(), part) {
            ("properties" | "patternProperties", Value::Object(properties)) => {
                properties.into_iter().map(|(name, schema)| (name, arguments(schema))).collect()
            }
            ("items" | "not" | "if" | "then" | "else" | "contains", schema) => arguments(schema),
            ("additionalProperties", schema @ Value::Object(_)) => arguments(schema),
            ("anyOf" | "oneOf" | "allOf" | "prefixItems", Value::Array(parts)) => {
                parts.into_iter().map(arguments).collect()
            }
            (_, other) => other,
        };
    }
    Value::Object(one_type(fields))
}

/// An answer's outline: the names and types of its fields, and of a page's rows.
pub(crate) fn outline(schema: &Value) -> Value {
    let rows = schema.pointer("/properties/items/items").is_some();
    sketch(schema, if rows { OUTLINE + 1 } else { OUTLINE })
}

fn sketch(schema: &Value, depth: usize) -> Value {
    let mut sketched = Map::new();
    if let Some(kind) = types(schema) {
        sketched.insert("type".to_owned(), kind);
    }
    let parts = schema.get("anyOf").and_then(Value::as_array);
    // What may be null is sketched by its other branch, whose keywords say nothing of a null.
    let whole = parts.map_or(Some(schema), |parts| {
        let mut others = parts.iter().filter(|part| !is_null(part));
        others.next().filter(|_| others.next().is_none())
    });
    if let Some(whole) = whole.filter(|_| depth > 0) {
        if let Some(properties) = whole.get("properties").and_then(Value::as_object) {
            let each = properties.iter().map(|(name, schema)| (name.clone(), sketch(schema, depth - 1)));
            sketched.insert("properties".to_owned(), each.collect());
        }
        if let Some(items) = whole.get("items").filter(|items| items.is_object()) {
            sketched.insert("items".to_owned(), sketch(items, depth));
        }
    }
    Value::Object(sketched)
}

/// The types of a schema's values, when it says them: one, or a list.
fn types(schema: &Value) -> Option<Value> {
    if let Some(kind) = schema.get("type") {
        return Some(kind.clone());
    }
    if let Some(value) = schema.get("const") {
        return Some(json!(type_of(value)));
    }
    let parts = schema.get("anyOf").or_else(|| schema.get("oneOf"))?.as_array()?;
    let mut all: Vec<Value> = Vec::new();
    for part in parts {
        let found = match types(part)? {
            Value::Array(several) => several,
            one => vec![one],
        };
        for kind in found {
            if !all.contains(&kind) {
                all.push(kind);
            }
        }
    }
    match <[Value; 1]>::try_from(all) {
        Ok([one]) => Some(one),
        Err(several) => Some(Value::Array(several)),
    }
}

const fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

fn is_null(schema: &Value) -> bool {
    schema.get("type").is_some_and(|kind| kind == "null")
}

/// The same for values that are not null.
fn without_null(mut fields: Map<String, Value>) -> Map<String, Value> {
    if let Some(Value::Array(kinds)) = fields.get_mut("type") {
        kinds.retain(|kind| kind != "null");
    }
    if let Some(Value::Array(parts)) = fields.get_mut("anyOf") {
        parts.retain(|part| !is_null(part));
        if let [Value::Object(only)] = parts.as_mut_slice() {
            let mut only = std::mem::take(only);
            fields.remove("anyOf");
            // What the field says of itself is nearer than what its type says.
            only.extend(fields);
            return only;
        }
    }
    fields
}

/// Branches that are each one text become an enumeration, and what they say of themselves part of the description.
fn enumerated(mut fields: Map<String, Value>) -> Map<String, Value> {
    let is_plain = |part: &Value| {
        let known = |name: &String| matches!(name.as_str(), "const" | "type" | "description");
        part["const"].is_string() && part.as_object().is_some_and(|part| part.keys().all(known))
    };
    let Some(parts) = fields.get("oneOf").and_then(Value::as_array) else { return fields };
    if parts.is_empty() || !parts.iter().all(is_plain) {
        return fields;
    }
    let names: Vec<Value> = parts.iter().map(|part| part["const"].clone()).collect();
    let told: Vec<String> = parts
        .iter()
        .filter_map(|part| Some(format!("{}: {}", part["const"].as_str()?, part.get("description")?.as_str()?)))
        .collect();
    fields.remove("oneOf");
    fields.insert("type".to_owned(), json!("string"));
    fields.insert("enum".to_owned(), Value::Array(names));
    if !told.is_empty() {
        let own = fields.get("description").and_then(Value::as_str).unwrap_or_default();
        let text = [own, &told.join(" ")].join(" ").trim().to_owned();
        fields.insert("description".to_owned(), json!(text));
    }
    fields
}

/// A list of types written as branches of one type each: hosts that know a single type only can follow them.
fn one_type(mut fields: Map<String, Value>) -> Map<String, Value> {
    let Some(Value::Array(kinds)) = fields.get("type").cloned() else { return fields };
    fields.remove("type");
    if let [kind] = kinds.as_slice() {
        fields.insert("type".to_owned(), kind.clone());
        return fields;
    }
    let beside = ["description", "default"];
    let mut outside = Map::new();
    for name in beside {
        outside.extend(fields.remove_entry(name));
    }
    let branch = |kind: Value| {
        let mut own = if kind == "null" { Map::new() } else { fields.clone() };
        own.insert("type".to_owned(), kind);
        Value::Object(own)
    };
    outside.insert("anyOf".to_owned(), kinds.into_iter().map(branch).collect());
    outside
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{arguments, outline};

    #[test]
    fn null_goes_where_it_says_nothing_and_stays_where_it_clears() {
        let schema = json!({ "type": "object", "properties": {
            "left_out": { "type": ["string", "null"], "maxLength": 5, "default": null, "description": "D." },
            "cleared": { "type": ["string", "null"], "maxLength": 5, "description": "D." },
            "nested": { "anyOf": [{ "type": "object", "description": "Inner.", "properties": {} }, { "type": "null" }], "default": null, "description": "D." },
            "either": { "anyOf": [{ "type": "string" }, { "type": "integer" }, { "type": "null" }], "default": null },
            "anything": true,
        }, "additionalProperties": false });
        let expected = json!({ "type": "object", "properties": {
            "left_out": { "type": "string", "maxLength": 5, "description": "D." },
            "cleared": { "anyOf": [{ "type": "string", "maxLength": 5 }, { "type": "null" }], "description": "D." },
            "nested": { "type": "object", "description": "D.", "properties": {} },
            "either": { "anyOf": [{ "type": "string" }, { "type": "integer" }] },
            "anything": {},
        }, "additionalProperties": false });
        assert_eq!(arguments(schema), expected);
    }

    #[test]
    fn branches_of_one_text_each_are_an_enumeration_that_keeps_its_words() {
        let branches = json!([
            { "const": "a", "type": "string", "description": "First." },
            { "const": "b", "type": "string" },
        ]);
        let schema = json!({ "oneOf": branches, "description": "Which." });
        let expected = json!({ "type": "string", "enum": ["a", "b"], "description": "Which. a: First." });
        assert_eq!(arguments(schema), expected);
        let mixed = json!({ "oneOf": [{ "const": "a" }, { "type": "object", "properties": {} }] });
        assert_eq!(arguments(mixed.clone()), mixed);
    }

    #[test]
    fn an_outline_has_names_and_types_and_a_pages_rows() {
        let row = json!({ "type": "object", "required": ["id"], "properties": {
            "id": { "type": "string", "pattern": "^x" },
            "stage": { "oneOf": [{ "const": "new", "type": "string" }, { "const": "old", "type": "string" }] },
            "address": { "anyOf": [{ "type": "object", "properties": { "city": { "type": "string" } } }, { "type": "null" }] },
            "tags": { "type": "array", "items": { "type": "string", "maxLength": 9 } },
        } });
        let fields = json!({
            "id": { "type": "string" },
            "stage": { "type": "string" },
            "address": { "type": ["object", "null"] },
            "tags": { "type": "array" },
        });
        assert_eq!(outline(&row), json!({ "type": "object", "properties": fields }));
        let page = json!({ "type": "object", "properties": { "items": { "type": "array", "items": row }, "next_cursor": { "type": ["string", "null"] } } });
        let expected = json!({ "type": "object", "properties": {
            "items": { "type": "array", "items": { "type": "object", "properties": fields } },
            "next_cursor": { "type": ["string", "null"] },
        } });
        assert_eq!(outline(&page), expected);
    }
}
