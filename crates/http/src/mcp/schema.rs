//! Schemas as tools show them: references written out, told compactly, what every tool takes added. Checks nothing.

use std::sync::Arc;

use outrider_engine::operation::Spec;
use serde_json::{Map, Value, json};

use super::compact;
use super::tool::Object;
use crate::surface::Style;
use outrider_engine::schema::{Catalog, reference};

/// The argument that names a call, so that repeating it does nothing twice.
pub(crate) const IDEMPOTENCY_KEY: &str = "idempotency_key";
/// The argument that asks for a preview.
pub(crate) const DRY_RUN: &str = "dry_run";
/// The argument that commits exactly what a preview showed.
pub(crate) const PLAN_DIGEST: &str = "plan_digest";
/// The argument that chooses a project, for callers who may see several.
pub(crate) const PROJECT: &str = "project_id";

/// Keywords that say nothing a model could use: names of types and of machine widths.
const NOISE: [&str; 3] = ["title", "format", "$schema"];

/// The schema of a tool's arguments; `several_projects`: whether the caller may choose one.
pub(crate) fn input(
    catalog: &Catalog,
    schema: &Value,
    spec: &Spec,
    several_projects: bool,
    style: &dyn Style,
) -> Arc<Object> {
    let mut root = object(compact::arguments(inlined(catalog, schema, &mut Vec::new(), false)));
    let properties = root.entry("properties").or_insert_with(|| json!({}));
    if let Some(properties) = properties.as_object_mut() {
        if several_projects {
            let about = "The project to work in; your default one when left out.";
            properties.entry(PROJECT).or_insert_with(|| json!({ "type": "string", "description": about }));
        }
        if spec.dry_run {
            let shown = if style.previews_by_default(spec) {
                json!({ "type": "boolean", "default": true, "description": "Only false does it; else the plan, its cost and its digest are shown." })
            } else {
                json!({ "type": "boolean", "description": "true: only show the plan, its cost and its digest." })
            };
            properties.entry(DRY_RUN).or_insert(shown);
            let about = "Digest of a dry run: commit only exactly that.";
            properties.entry(PLAN_DIGEST).or_insert_with(|| json!({ "type": "string", "description": about }));
        }
        if takes_key(spec) {
            let about = "Your own name for this call: repeating it does nothing twice.";
            properties
                .entry(IDEMPOTENCY_KEY)
                .or_insert_with(|| json!({ "type": "string", "minLength": 1, "maxLength": 255, "description": about }));
        }
    }
    Arc::new(root)
}

/// The outline of a tool's structured answer; of a tool with previews, of those too.
pub(crate) fn output(catalog: &Catalog, schema: &Value, spec: &Spec, style: &dyn Style) -> Arc<Object> {
    if style.previews_look_like_commits() {
        let either = style.success_schema(catalog, spec, schema);
        return Arc::new(object(compact::outline(&inlined(catalog, &either, &mut Vec::new(), true))));
    }
    let mut root = object(compact::outline(&inlined(catalog, schema, &mut Vec::new(), true)));
    let mut properties = root.entry("properties").or_insert_with(|| json!({})).as_object_mut();
    // What is refused answers with an object under this name: clients hold that against the schema as well.
    if let Some(own) = properties.as_mut().and_then(|properties| properties.get_mut("error")) {
        *own = json!({});
    }
    if let Some(properties) = properties.filter(|_| spec.dry_run) {
        for (name, kind) in [(DRY_RUN, "boolean"), ("digest", "string"), ("plan", "array")] {
            // A field of the answer's own may have that name: then nothing is said of it, since both would be true.
            let own = json!({ "type": kind });
            let said = if properties.get(name).is_none_or(|there| *there == own) { own } else { json!({}) };
            properties.insert(name.to_owned(), said);
        }
        properties.insert("result".to_owned(), json!({}));
    }
    Arc::new(root)
}

/// Whether a tool takes an idempotency key.
pub(crate) fn takes_key(spec: &Spec) -> bool {
    spec.writes()
}

fn object(value: Value) -> Object {
    let mut root = match value {
        Value::Object(fields) => fields,
        _ => Map::new(),
    };
    // A tool's schema says so at its root, whatever it is composed of.
    root.insert("type".to_owned(), json!("object"));
    root
}

/// Writes references out. A type that contains itself is left open at its second appearance.
fn inlined<'a>(catalog: &'a Catalog, schema: &'a Value, within: &mut Vec<&'a str>, terse: bool) -> Value {
    let Value::Object(fields) = schema else { return schema.clone() };
    let mut written = Map::new();
    if let Some(name) = reference(schema) {
        if within.contains(&name) {
            return json!({});
        }
        if let Some(target) = catalog.definitions.get(name) {
            within.push(name);
            if let Value::Object(target) = inlined(catalog, target, within, terse) {
                written = target;
            }
            within.pop();
        }
    }
    for (keyword, value) in fields {
        let value = match (keyword.as_str(), value) {
            ("$ref", _) => continue,
            (noise, Value::String(_)) if NOISE.contains(&noise) => continue,
            ("description", Value::String(_)) if terse => continue,
            ("properties" | "patternProperties", Value::Object(properties)) => {
                let each =
                    |(name, schema): (&String, &'a Value)| (name.clone(), inlined(catalog, schema, within, terse));
                Value::Object(properties.iter().map(each).collect())
            }
            ("items" | "additionalProperties" | "not" | "if" | "then" | "else" | "contains", schema) => {
                inlined(catalog, schema, within, terse)
            }
            ("anyOf" | "oneOf" | "allOf" | "prefixItems", Value::Array(parts)) => {
                parts.iter().map(|part| inlined(catalog, part, within, terse)).collect()
            }
            (_, other) => other.clone(),
        };
        written.insert(keyword.clone(), value);
    }
    Value::Object(written)
}

#[cfg(test)]
mod tests {
    use outrider_engine::registry::OPERATIONS;
    use serde_json::json;

    use super::{inlined, input, output};
    use outrider_engine::schema::Catalog;

    #[test]
    fn no_schema_of_any_operation_has_a_reference() {
        let catalog = Catalog::new(OPERATIONS);
        for (place, operation) in OPERATIONS.iter().enumerate() {
            for schema in [
                input(&catalog, &catalog.inputs[place], &operation.spec, true, &crate::native::Native),
                output(&catalog, &catalog.outputs[place], &operation.spec, &crate::native::Native),
            ] {
                let text = serde_json::to_string(&*schema).unwrap();
                assert!(!text.contains("$ref"), "{}: {text}", operation.spec.name);
                assert_eq!(schema["type"], "object", "{}", operation.spec.name);
            }
        }
    }

    #[test]
    fn a_type_that_contains_itself_ends() {
        let mut catalog = Catalog::new(&[]);
        let tree = json!({ "type": "object", "properties": { "child": { "$ref": "#/components/schemas/Tree" } } });
        catalog.definitions.insert("Tree".to_owned(), tree);
        let schema = json!({ "$ref": "#/components/schemas/Tree", "description": "A tree." });
        let expected = json!({ "type": "object", "description": "A tree.", "properties": { "child": {} } });
        assert_eq!(inlined(&catalog, &schema, &mut Vec::new(), false), expected);
    }

    #[test]
    fn a_property_may_have_a_keywords_name() {
        let schema =
            json!({ "type": "object", "title": "T", "properties": { "title": { "type": "string", "format": "x" } } });
        let expected = json!({ "type": "object", "properties": { "title": { "type": "string" } } });
        assert_eq!(inlined(&Catalog::new(&[]), &schema, &mut Vec::new(), true), expected);
    }
}
