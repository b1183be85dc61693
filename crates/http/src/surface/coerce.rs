//! Turns the strings of paths and queries into the JSON that an input's schema asks for. Leaves every rule to the operation.

use outrider_engine::Error;
use outrider_engine::schema::{Catalog, branches};
use serde_json::Value;

/// What a schema takes.
#[derive(Debug, Default, PartialEq)]
struct Accepts {
    text: bool,
    integer: bool,
    number: bool,
    boolean: bool,
    object: bool,
    items: Option<Value>,
}

fn accepts(catalog: &Catalog, schema: &Value) -> Accepts {
    let mut found = Accepts::default();
    collect(catalog, schema, &mut found, 0);
    found
}

fn collect(catalog: &Catalog, schema: &Value, found: &mut Accepts, depth: usize) {
    let schema = catalog.resolve(schema);
    let mut of_type = |name: &str| match name {
        "string" => found.text = true,
        "integer" => found.integer = true,
        "number" => found.number = true,
        "boolean" => found.boolean = true,
        "object" => found.object = true,
        "array" => found.items = Some(schema.get("items").cloned().unwrap_or(Value::Bool(true))),
        _ => {}
    };
    match schema.get("type") {
        Some(Value::String(name)) => of_type(name),
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).for_each(&mut of_type),
        _ => {
            let constants =
                schema.get("enum").and_then(Value::as_array).into_iter().flatten().chain(schema.get("const"));
            for constant in constants {
                match constant {
                    Value::String(_) => of_type("string"),
                    Value::Number(number) if number.is_f64() => of_type("number"),
                    Value::Number(_) => of_type("integer"),
                    Value::Bool(_) => of_type("boolean"),
                    _ => {}
                }
            }
        }
    }
    if depth < 8 {
        for branch in branches(schema) {
            collect(catalog, branch, found, depth + 1);
        }
    }
}

/// One field's values, in the order they were sent, as JSON.
///
/// A list takes the field repeated, its values separated by commas, or both.
///
/// # Errors
/// `validation_error` at the field, for a value of another type or one given twice.
pub(crate) fn coerce(catalog: &Catalog, field: &str, schema: &Value, texts: &[String]) -> Result<Value, Error> {
    let accepts = accepts(catalog, schema);
    if let (Some(items), false) = (&accepts.items, accepts.text) {
        let parts = texts.iter().flat_map(|text| text.split(',')).map(str::trim).filter(|part| !part.is_empty());
        return parts.map(|part| one(catalog, field, items, part)).collect();
    }
    match texts {
        [text] => scalar(&accepts, field, text),
        _ => Err(Error::invalid(field, format!("{field} is given more than once."))),
    }
}

fn one(catalog: &Catalog, field: &str, schema: &Value, text: &str) -> Result<Value, Error> {
    scalar(&accepts(catalog, schema), field, text)
}

fn scalar(accepts: &Accepts, field: &str, text: &str) -> Result<Value, Error> {
    let plain = *accepts == Accepts::default();
    if accepts.text || plain {
        return Ok(Value::String(text.to_owned()));
    }
    if accepts.integer
        && let Ok(number) = text.parse::<i64>()
    {
        return Ok(Value::from(number));
    }
    if accepts.number
        && let Some(number) = text.parse::<f64>().ok().and_then(serde_json::Number::from_f64)
    {
        return Ok(Value::Number(number));
    }
    if accepts.boolean && (text == "true" || text == "false") {
        return Ok(Value::Bool(text == "true"));
    }
    let wanted = if accepts.integer {
        "a whole number"
    } else if accepts.number {
        "a number"
    } else if accepts.boolean {
        "true or false"
    } else {
        return Err(Error::invalid(field, format!("{field} can't be given in a path or query.")));
    };
    Err(Error::invalid(field, format!("{field} must be {wanted}.")))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::coerce;
    use outrider_engine::schema::Catalog;

    fn run(schema: &Value, texts: &[&str]) -> Result<Value, String> {
        let texts: Vec<String> = texts.iter().map(ToString::to_string).collect();
        coerce(&Catalog::new(&[]), "field", schema, &texts).map_err(|error| error.message)
    }

    #[test]
    fn scalars_take_the_type_the_schema_asks_for() {
        for (schema, text, expected) in [
            (json!({ "type": "string" }), "12", json!("12")),
            (json!({ "type": ["string", "null"] }), "", json!("")),
            (json!({ "type": ["integer", "null"] }), "-7", json!(-7)),
            (json!({ "type": "number" }), "1.5", json!(1.5)),
            (json!({ "type": "boolean" }), "true", json!(true)),
            (json!({ "anyOf": [{ "type": "boolean" }, { "type": "null" }] }), "false", json!(false)),
            (json!({ "oneOf": [{ "const": "a" }, { "const": "b" }] }), "a", json!("a")),
            (json!({ "enum": [1, 2] }), "2", json!(2)),
            (json!(true), "anything", json!("anything")),
        ] {
            assert_eq!(run(&schema, &[text]), Ok(expected), "{schema} {text:?}");
        }
    }

    #[test]
    fn a_wrong_type_or_a_repeated_scalar_is_refused_by_name() {
        for (schema, texts, expected) in [
            (json!({ "type": "integer" }), &["x"][..], "field must be a whole number."),
            (json!({ "type": "integer" }), &[""], "field must be a whole number."),
            (json!({ "type": "integer" }), &["99999999999999999999"], "field must be a whole number."),
            (json!({ "type": "integer" }), &["1.0"], "field must be a whole number."),
            (json!({ "type": "number" }), &["NaN"], "field must be a number."),
            (json!({ "type": "boolean" }), &["1"], "field must be true or false."),
            (json!({ "type": "string" }), &["a", "b"], "field is given more than once."),
            (json!({ "type": "object" }), &["{}"], "field can't be given in a path or query."),
        ] {
            assert_eq!(run(&schema, texts), Err(expected.to_owned()), "{schema} {texts:?}");
        }
    }

    #[test]
    fn lists_are_repeated_or_separated_by_commas() {
        let numbers = json!({ "type": ["array", "null"], "items": { "type": "integer" } });
        assert_eq!(run(&numbers, &["1,2", "3"]), Ok(json!([1, 2, 3])));
        assert_eq!(run(&numbers, &[""]), Ok(json!([])));
        assert_eq!(run(&numbers, &["1,x"]), Err("field must be a whole number.".to_owned()));
    }
}
