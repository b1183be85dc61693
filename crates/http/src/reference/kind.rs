//! What a schema takes, in a few words: `text of at most 200 letters`, `list of times`. Knows no operation.

use outrider_engine::schema::Catalog;
use serde_json::Value;

/// The words for a schema.
pub(super) fn kind(catalog: &Catalog, schema: &Value) -> String {
    let schema = catalog.resolve(schema);
    let branches = ["anyOf", "oneOf"].iter().find_map(|key| schema.get(key)).and_then(Value::as_array);
    if let Some(branches) = branches {
        let mut kinds: Vec<String> = Vec::new();
        for branch in branches {
            let words = kind(catalog, branch);
            if !kinds.contains(&words) {
                kinds.push(words);
            }
        }
        return kinds.join(" or ");
    }
    if let Some(constant) = schema.get("const") {
        return word(constant);
    }
    if let Some(values) = schema.get("enum").and_then(Value::as_array) {
        return values.iter().map(word).collect::<Vec<_>>().join(", ");
    }
    match schema.get("type") {
        Some(Value::String(name)) => one(catalog, schema, name),
        Some(Value::Array(names)) => {
            let kinds: Vec<String> =
                names.iter().filter_map(Value::as_str).map(|name| one(catalog, schema, name)).collect();
            kinds.join(" or ")
        }
        _ if schema.get("properties").is_some() || schema.get("allOf").is_some() => "object".to_owned(),
        _ => "anything".to_owned(),
    }
}

fn one(catalog: &Catalog, schema: &Value, name: &str) -> String {
    let number = |key: &str| schema.get(key).filter(|value| value.is_number()).map(ToString::to_string);
    match name {
        "string" => text(schema, &number),
        "integer" | "number" => {
            let noun = if name == "integer" { "whole number" } else { "number" };
            let bounds = (number("minimum"), number("maximum"));
            match bounds {
                (Some(least), Some(most)) => format!("{noun}, {least} to {most}"),
                (Some(least), None) => format!("{noun}, {least} or more"),
                (None, Some(most)) => format!("{noun}, {most} or less"),
                (None, None) => noun.to_owned(),
            }
        }
        "array" => {
            let items = schema.get("items").map_or_else(|| "anything".to_owned(), |items| kind(catalog, items));
            match number("maxItems") {
                Some(most) => format!("list of at most {most}: {items}"),
                None => format!("list: {items}"),
            }
        }
        "boolean" => "true or false".to_owned(),
        other => other.to_owned(),
    }
}

fn text(schema: &Value, number: &dyn Fn(&str) -> Option<String>) -> String {
    match schema.get("format").and_then(Value::as_str) {
        Some("date-time") => return "time".to_owned(),
        Some(format) => return format!("text ({format})"),
        None => {}
    }
    let least = number("minLength").filter(|least| least != "0" && least != "1");
    match (least, number("maxLength")) {
        (Some(least), Some(most)) => format!("text of {least} to {most} letters"),
        (None, Some(most)) => format!("text of at most {most} letters"),
        (Some(least), None) => format!("text of at least {least} letters"),
        (None, None) => match schema.get("pattern").and_then(Value::as_str) {
            Some(pattern) => format!("text like `{pattern}`"),
            None => "text".to_owned(),
        },
    }
}

fn word(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), |text| format!("`{text}`"))
}

#[cfg(test)]
mod tests {
    use outrider_engine::schema::Catalog;
    use serde_json::json;

    use super::kind;

    #[test]
    fn schemas_in_words() {
        let mut catalog = Catalog::new(&[]);
        catalog.definitions.insert("Colour".to_owned(), json!({ "type": "string", "enum": ["green", "red"] }));
        for (schema, words) in [
            (json!({ "type": "string" }), "text"),
            (json!({ "type": "string", "minLength": 1, "maxLength": 200 }), "text of at most 200 letters"),
            (json!({ "type": "string", "minLength": 8 }), "text of at least 8 letters"),
            (json!({ "type": "string", "format": "date-time" }), "time"),
            (json!({ "type": ["integer", "null"], "minimum": 1, "maximum": 100 }), "whole number, 1 to 100 or null"),
            (json!({ "type": "array", "items": { "$ref": "#/components/schemas/Colour" } }), "list: `green`, `red`"),
            (
                json!({ "anyOf": [{ "$ref": "#/components/schemas/Colour" }, { "type": "null" }] }),
                "`green`, `red` or null",
            ),
            (json!({ "type": "boolean" }), "true or false"),
            (json!({ "properties": {} }), "object"),
            (json!(true), "anything"),
        ] {
            assert_eq!(kind(&catalog, &schema), words, "{schema}");
        }
    }
}
