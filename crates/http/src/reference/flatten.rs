//! The fields of a schema with those inside them, as dotted paths: `data[].email`. Resolves; words are `kind`'s.

use std::collections::BTreeMap;

use outrider_engine::schema::{Catalog, branches, reference};
use serde_json::Value;

use super::kind::kind;

/// Fields within fields that are still written out.
const DEPTH: usize = 4;

/// A field of an input or an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Field {
    /// With what it is in: `leads[].email`.
    pub(crate) path: String,
    /// `path`, `query`, `body`; empty in answers.
    pub(crate) place: &'static str,
    /// What it takes, in words.
    pub(crate) kind: String,
    /// Whether what it is in can't be without it.
    pub(crate) required: bool,
    /// What it means, on one line.
    pub(crate) about: String,
}

/// The fields of an object schema, each followed by those inside it.
pub(super) fn flatten(catalog: &Catalog, schema: &Value) -> Vec<Field> {
    let mut fields = Vec::new();
    collect(catalog, schema, "", &mut Vec::new(), &mut fields);
    fields
}

fn collect<'a>(
    catalog: &'a Catalog,
    schema: &'a Value,
    prefix: &str,
    within: &mut Vec<&'a str>,
    fields: &mut Vec<Field>,
) {
    let required = catalog.required(schema);
    for (name, field) in own_fields(catalog, schema) {
        let path = format!("{prefix}{name}");
        fields.push(Field {
            place: "",
            kind: kind(catalog, field),
            required: required.contains(name),
            about: about(catalog, field),
            path: path.clone(),
        });
        let (inner, list) = inside(catalog, field);
        let Some(inner) = inner else { continue };
        let named = reference(inner);
        // A type that has itself inside is written out once.
        if within.len() >= DEPTH || named.is_some_and(|name| within.contains(&name)) {
            continue;
        }
        within.push(named.unwrap_or(""));
        collect(catalog, inner, &format!("{path}{}.", if list { "[]" } else { "" }), within, fields);
        within.pop();
    }
}

/// The fields of an object schema and of those it is composed of, by name.
fn own_fields<'a>(catalog: &'a Catalog, schema: &'a Value) -> BTreeMap<&'a str, &'a Value> {
    let mut fields = BTreeMap::new();
    let mut waiting = vec![schema];
    let mut left: usize = 64;
    while let Some(schema) = waiting.pop() {
        let Some(fewer) = left.checked_sub(1) else { break };
        left = fewer;
        let schema = catalog.resolve(schema);
        for (name, field) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
            fields.entry(name.as_str()).or_insert(field);
        }
        waiting.extend(branches(schema));
    }
    fields
}

/// The object that a field is, or that its items are; and whether they are items.
fn inside<'a>(catalog: &'a Catalog, field: &'a Value) -> (Option<&'a Value>, bool) {
    let has_fields = |schema: &Value| !own_fields(catalog, schema).is_empty();
    let resolved = catalog.resolve(field);
    let list = std::iter::once(resolved).chain(branches(resolved).map(|branch| catalog.resolve(branch)));
    for schema in list {
        if let Some(items) = schema.get("items") {
            return (Some(items).filter(|items| has_fields(items)), true);
        }
    }
    (Some(field).filter(|field| has_fields(field)), false)
}

fn about(catalog: &Catalog, field: &Value) -> String {
    let words = field.get("description").or_else(|| catalog.resolve(field).get("description")).and_then(Value::as_str);
    words.unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use outrider_engine::schema::Catalog;
    use serde_json::json;

    use super::flatten;

    #[test]
    fn fields_are_written_out_with_what_is_inside_them() {
        let mut catalog = Catalog::new(&[]);
        let person = json!({ "properties": {
            "name": { "type": "string", "description": "Of a\nperson." },
            "friends": { "type": "array", "items": { "$ref": "#/components/schemas/Person" } },
        }, "required": ["name"] });
        catalog.definitions.insert("Person".to_owned(), person);
        let schema = json!({ "properties": {
            "data": { "type": "array", "items": { "$ref": "#/components/schemas/Person" } },
            "boss": { "anyOf": [{ "$ref": "#/components/schemas/Person" }, { "type": "null" }] },
            "next": { "type": ["string", "null"] },
        }, "required": ["data"] });
        let fields = flatten(&catalog, &schema);
        let paths: Vec<&str> = fields.iter().map(|field| field.path.as_str()).collect();
        assert_eq!(
            paths,
            [
                "boss",
                "boss.friends",
                "boss.friends[].friends",
                "boss.friends[].name",
                "boss.name",
                "data",
                "data[].friends",
                "data[].name",
                "next"
            ]
        );
        let name = fields.last().map(|_| &fields[7]);
        assert_eq!(name.map(|field| (field.required, field.about.as_str())), Some((true, "Of a person.")));
    }
}
