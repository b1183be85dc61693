//! Puts an operation's input together from path, query and body. Checks where fields come from, not what they say.

use outrider_engine::Error;
use outrider_engine::error::code;
use outrider_engine::operation::Verb;
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

use super::Bound;
use super::coerce::coerce;
use super::routes::Binding;

/// What a request asks of its operation.
#[derive(Debug)]
pub(crate) struct Asked {
    /// The input, before decoding.
    pub(crate) input: Value,
    /// Preview only.
    pub(crate) dry_run: bool,
    /// Commit only if the plan still has this digest.
    pub(crate) plan_digest: Option<String>,
}

/// Whether a verb's fields come in the query rather than in a body.
pub(crate) const fn asks_by_query(verb: Verb) -> bool {
    matches!(verb, Verb::Get | Verb::Delete)
}

/// Puts the input together.
///
/// # Errors
/// `validation_error` at the field: unknown in the query, given twice with different values, of a wrong type.
pub(crate) fn assemble(
    bound: &Bound,
    binding: &Binding,
    values: &[&str],
    query: &str,
    body: Option<Value>,
) -> Result<Asked, Error> {
    let mut fields = match body {
        None => Map::new(),
        Some(Value::Object(fields)) => fields,
        Some(_) => return Err(Error::new(code::VALIDATION_ERROR, "The body must be a JSON object.")),
    };
    let spec = &binding.operation.spec;
    let (catalog, style) = (binding.operation.catalog(), bound.surface.style);
    let mut control = Map::new();
    if spec.dry_run {
        for name in ["dry_run", "plan_digest"] {
            if let Some(value) = fields.remove(name) {
                control.insert(name.to_owned(), value);
            }
        }
    }
    if style.doubts_are_previews()
        && let Some(given) = control.get_mut("dry_run")
    {
        *given = Value::Bool(wants_preview(given));
    }
    for (name, texts) in pairs(query)? {
        let value = match (name.as_str(), texts.as_slice()) {
            ("dry_run", [text]) if spec.dry_run && (text == "true" || text == "false") => Value::Bool(text == "true"),
            // Where doubts are previews, whatever else is said does not ask for the thing itself.
            ("dry_run", _) if spec.dry_run && style.doubts_are_previews() => Value::Bool(true),
            ("dry_run", _) if spec.dry_run => return Err(Error::invalid(name, "dry_run must be true or false.")),
            ("plan_digest", [text]) if spec.dry_run => Value::String(text.clone()),
            // Passed over, it would do what the caller wanted to see first.
            ("dry_run" | "plan_digest", _) if spec.writes() && !binding.fields().contains_key(&name) => {
                return Err(Error::invalid(name, format!("{} has no preview.", spec.name)));
            }
            _ => {
                let schema = binding
                    .fields()
                    .get(&name)
                    .filter(|_| asks_by_query(spec.verb) && !binding.path_fields.contains(&name.as_str()));
                let Some(schema) = schema else {
                    if style.ignores_unknown_parameters() {
                        continue;
                    }
                    return Err(unknown(binding, &name));
                };
                let value = coerce(catalog, &name, schema, &texts)?;
                put(&mut fields, &name, value)?;
                continue;
            }
        };
        put(&mut control, &name, value)?;
    }
    for (name, text) in binding.path_fields.iter().zip(values) {
        let text = match decoded(text) {
            Some(text) => text,
            None if style.judges_ids_itself() => (*text).to_owned(),
            None => return Err(Error::invalid(*name, format!("{name} is not valid percent-encoded UTF-8."))),
        };
        let schema = binding.fields().get(*name).unwrap_or(&Value::Bool(true));
        let value = coerce(catalog, name, schema, &[text])?;
        put(&mut fields, name, value)?;
    }
    let dry_run = match control.remove("dry_run") {
        None => spec.dry_run && style.previews_by_default(spec),
        Some(Value::Bool(wanted)) => wanted,
        Some(_) => return Err(Error::invalid("dry_run", "dry_run must be true or false.")),
    };
    let plan_digest = match control.remove("plan_digest") {
        None | Some(Value::Null) => None,
        Some(Value::String(digest)) => Some(digest),
        Some(_) => return Err(Error::invalid("plan_digest", "plan_digest must be the digest of a preview.")),
    };
    Ok(Asked { input: Value::Object(fields), dry_run, plan_digest })
}

/// Whether a value of `dry_run` asks for a preview where doubts are previews: all but the boolean and the text `false`.
pub(crate) fn wants_preview(given: &Value) -> bool {
    *given != Value::Bool(false) && *given != "false"
}

/// Adds a field; one that is there already must be the same.
fn put(fields: &mut Map<String, Value>, name: &str, value: Value) -> Result<(), Error> {
    match fields.insert(name.to_owned(), value) {
        Some(before) if fields.get(name) != Some(&before) => {
            Err(Error::invalid(name, format!("{name} is given twice, with different values.")))
        }
        _ => Ok(()),
    }
}

fn unknown(binding: &Binding, name: &str) -> Error {
    let spec = &binding.operation.spec;
    let mut known: Vec<&str> = Vec::new();
    if asks_by_query(spec.verb) {
        known.extend(binding.fields().keys().map(String::as_str).filter(|field| !binding.path_fields.contains(field)));
    }
    if spec.dry_run {
        known.extend(["dry_run", "plan_digest"]);
    }
    let list = if known.is_empty() { "It takes none.".to_owned() } else { format!("It takes {}.", known.join(", ")) };
    let place = if binding.fields().contains_key(name) { " It belongs in the body or path." } else { "" };
    Error::invalid(name, format!("{} has no query parameter {name:?}. {list}{place}", spec.name))
}

/// The parameters of a query, in order of first appearance, each with all its values.
///
/// # Errors
/// `validation_error` for what is not percent-encoded UTF-8 or has a NUL.
pub(crate) fn pairs(query: &str) -> Result<Vec<(String, Vec<String>)>, Error> {
    let mut pairs: Vec<(String, Vec<String>)> = Vec::new();
    for part in query.split('&').filter(|part| !part.is_empty()) {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        let read = |text: &str| decoded(&text.replace('+', " "));
        let name = read(name).ok_or_else(|| {
            Error::new(code::VALIDATION_ERROR, "A query parameter's name is not valid percent-encoded UTF-8.")
        })?;
        let Some(value) = read(value) else {
            return Err(Error::invalid(name, "A query parameter is not valid percent-encoded UTF-8."));
        };
        match pairs.iter_mut().find(|(seen, _)| *seen == name) {
            Some((_, values)) => values.push(value),
            None => pairs.push((name, vec![value])),
        }
    }
    Ok(pairs)
}

/// Percent-decoded text; `None` when it is not UTF-8 or has a NUL.
fn decoded(text: &str) -> Option<String> {
    percent_decode_str(text).decode_utf8().ok().filter(|text| !text.contains('\0')).map(std::borrow::Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use super::pairs;

    #[test]
    fn queries_are_decoded_and_grouped() {
        let read = pairs("a=1&b=x+y%20z&a=2&&c").expect("valid");
        let expected = [("a", vec!["1", "2"]), ("b", vec!["x y z"]), ("c", vec![""])];
        let expected: Vec<_> = expected
            .map(|(name, values)| (name.to_owned(), values.into_iter().map(ToOwned::to_owned).collect()))
            .into();
        assert_eq!(read, expected);
    }

    #[test]
    fn what_is_not_utf8_or_has_a_nul_is_refused() {
        for (query, field) in [("a=%ff", Some("a")), ("%ff=1", None), ("a=%00", Some("a")), ("a=%C0%80", Some("a"))] {
            let error = pairs(query).expect_err("must be refused");
            assert_eq!((error.code.name, error.field.as_deref()), ("validation_error", field), "{query}");
        }
        assert!(pairs("a=100%").is_ok(), "a percent sign that begins no escape stands for itself");
    }
}
