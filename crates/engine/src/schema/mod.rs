//! The JSON Schemas of operations with one shared set of definitions. Makes, resolves and checks by them; binds nothing.

pub mod bounds;

use std::collections::{BTreeMap, BTreeSet};

use crate::operation::Descriptor;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

/// Where references point to.
const DEFINITIONS: &str = "#/components/schemas/";

/// Schemas of a list of operations.
#[derive(Debug)]
pub struct Catalog {
    /// Of each input, in the order of the list; mostly a reference.
    pub inputs: Vec<Value>,
    /// Of each output.
    pub outputs: Vec<Value>,
    /// What the references point to, by name.
    pub definitions: BTreeMap<String, Value>,
}

impl Catalog {
    /// Makes the schemas: inputs as they are read, outputs as they are written.
    pub fn new(operations: &[Descriptor]) -> Self {
        let settings = SchemaSettings::draft2020_12().with(|settings| {
            settings.definitions_path = "/components/schemas".into();
            settings.meta_schema = None;
        });
        let mut reading = settings.clone().for_deserialize().into_generator();
        let mut writing = settings.for_serialize().into_generator();
        let mut inputs: Vec<Value> = operations.iter().map(|each| (each.input)(&mut reading).to_value()).collect();
        let mut outputs: Vec<Value> = operations.iter().map(|each| (each.output)(&mut writing).to_value()).collect();
        let mut read: BTreeMap<String, Value> = reading.take_definitions(true).into_iter().collect();
        let mut written: BTreeMap<String, Value> = writing.take_definitions(true).into_iter().collect();

        let named = |schemas: &[Value], suffix: &str| -> BTreeMap<String, String> {
            let pairs = operations.iter().zip(schemas);
            pairs
                .filter_map(|(each, schema)| Some((generic_name(schema, suffix)?, pascal(each.spec.name) + suffix)))
                .collect()
        };
        let (input_names, output_names) = (named(&inputs, "Input"), named(&outputs, "Output"));
        rename(&mut inputs, &mut read, &input_names);
        rename(&mut outputs, &mut written, &output_names);
        // One type can be read and written in two forms: an optional field that is always answered, for example.
        loop {
            let apart: BTreeMap<String, String> = written
                .iter()
                .filter(|(name, schema)| read.get(*name).is_some_and(|other| other != *schema))
                .map(|(name, _)| (name.clone(), format!("{name}Answer")))
                .collect();
            if apart.is_empty() {
                break;
            }
            rename(&mut outputs, &mut written, &apart);
        }
        written.extend(read);
        Self { inputs, outputs, definitions: written }
    }

    /// Follows references until something else.
    pub fn resolve<'a>(&'a self, mut schema: &'a Value) -> &'a Value {
        // A chain of references is finite in any schema a type gives; the bound is for one that isn't.
        for _ in 0..16 {
            match reference(schema).and_then(|name| self.definitions.get(name)) {
                Some(next) => schema = next,
                None => break,
            }
        }
        schema
    }

    /// The fields of an object schema, also of those it is composed of, each with its schema.
    pub fn fields(&self, schema: &Value) -> BTreeMap<String, Value> {
        let mut fields = BTreeMap::new();
        self.collect_fields(schema, &mut fields);
        fields
    }

    fn collect_fields(&self, schema: &Value, fields: &mut BTreeMap<String, Value>) {
        let schema = self.resolve(schema);
        for (name, field) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
            fields.entry(name.clone()).or_insert_with(|| field.clone());
        }
        for branch in branches(schema) {
            self.collect_fields(branch, fields);
        }
    }

    /// The names a schema must have to be complete, of itself and what it is made of at once.
    pub fn required(&self, schema: &Value) -> BTreeSet<String> {
        let schema = self.resolve(schema);
        let own = schema.get("required").and_then(Value::as_array).into_iter().flatten();
        let mut required: BTreeSet<String> = own.filter_map(Value::as_str).map(ToOwned::to_owned).collect();
        for part in schema.get("allOf").and_then(Value::as_array).into_iter().flatten() {
            required.extend(self.required(part));
        }
        required
    }
}

/// The schemas that one is composed of: `allOf`, `anyOf`, `oneOf`.
pub fn branches(schema: &Value) -> impl Iterator<Item = &Value> {
    ["allOf", "anyOf", "oneOf"].into_iter().filter_map(|key| schema.get(key).and_then(Value::as_array)).flatten()
}

/// The name a schema refers to.
pub fn reference(schema: &Value) -> Option<&str> {
    schema.get("$ref")?.as_str()?.strip_prefix(DEFINITIONS)
}

/// A reference to a name.
pub fn refer(name: &str) -> Value {
    json!({ "$ref": format!("{DEFINITIONS}{name}") })
}

/// `create_lead` as `CreateLead`.
pub fn pascal(name: &str) -> String {
    name.split('_')
        .map(|word| {
            let mut letters = word.chars();
            letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect::<String>()
        })
        .collect()
}

/// The name a schema refers to, when every operation's file calls its type so: `Input`, `Input2`, ….
fn generic_name(schema: &Value, generic: &str) -> Option<String> {
    let name = reference(schema)?;
    name.strip_prefix(generic).filter(|rest| rest.bytes().all(|byte| byte.is_ascii_digit())).map(|_| name.to_owned())
}

/// Gives definitions new names, wherever they are referred to.
fn rename(schemas: &mut [Value], definitions: &mut BTreeMap<String, Value>, names: &BTreeMap<String, String>) {
    let targets: BTreeMap<String, String> =
        names.iter().map(|(old, new)| (format!("{DEFINITIONS}{old}"), format!("{DEFINITIONS}{new}"))).collect();
    schemas.iter_mut().chain(definitions.values_mut()).for_each(|schema| redirect(schema, &targets));
    *definitions = std::mem::take(definitions)
        .into_iter()
        .map(|(name, schema)| (names.get(&name).cloned().unwrap_or(name), schema))
        .collect();
}

fn redirect(value: &mut Value, targets: &BTreeMap<String, String>) {
    match value {
        Value::Object(fields) => {
            if let Some(Value::String(target)) = fields.get_mut("$ref")
                && let Some(new) = targets.get(target)
            {
                target.clone_from(new);
            }
            fields.values_mut().for_each(|field| redirect(field, targets));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| redirect(item, targets)),
        _ => {}
    }
}

/// Every name that a value refers to, directly or through definitions.
pub fn reachable(value: &Value, definitions: &BTreeMap<String, Value>) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut waiting = vec![value];
    while let Some(value) = waiting.pop() {
        if let Some(name) = reference(value)
            && found.insert(name.to_owned())
        {
            waiting.extend(definitions.get(name));
        }
        match value {
            Value::Object(fields) => waiting.extend(fields.values()),
            Value::Array(items) => waiting.extend(items),
            _ => {}
        }
    }
    found
}

/// Puts definitions into a map as JSON has it.
pub fn as_object(definitions: BTreeMap<String, Value>) -> Map<String, Value> {
    definitions.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use crate::registry::OPERATIONS;
    use serde_json::json;

    use super::{Catalog, pascal, reachable};

    #[test]
    fn every_reference_has_its_definition_and_no_name_is_generic() {
        let catalog = Catalog::new(OPERATIONS);
        for (schema, operation) in
            catalog.inputs.iter().chain(&catalog.outputs).zip(OPERATIONS.iter().chain(OPERATIONS))
        {
            for name in reachable(schema, &catalog.definitions) {
                assert!(catalog.definitions.contains_key(&name), "{}: {name} is not defined", operation.spec.name);
                let generic = name.trim_end_matches(|letter: char| letter.is_ascii_digit());
                assert!(!["Input", "Output"].contains(&generic), "{}: {name}", operation.spec.name);
            }
        }
    }

    #[test]
    fn every_path_field_is_an_input_field() {
        let catalog = Catalog::new(OPERATIONS);
        for (operation, schema) in OPERATIONS.iter().zip(&catalog.inputs) {
            let fields = catalog.fields(schema);
            for segment in operation.spec.path.split('/').filter_map(|segment| segment.strip_prefix('{')) {
                let name = segment.trim_end_matches('}');
                assert!(fields.contains_key(name), "{} has no field {name}", operation.spec.name);
            }
        }
    }

    #[test]
    fn names_are_made_of_words() {
        assert_eq!(pascal("create_lead"), "CreateLead");
        assert_eq!(pascal("why"), "Why");
    }

    #[test]
    fn fields_of_composed_schemas_are_found() {
        let mut catalog = Catalog::new(&[]);
        catalog.definitions.insert("A".to_owned(), json!({ "properties": { "a": {} }, "required": ["a"] }));
        let schema = json!({ "allOf": [{ "$ref": "#/components/schemas/A" }], "oneOf": [{ "properties": { "b": {} } }], "required": ["c"] });
        assert_eq!(catalog.fields(&schema).into_keys().collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(catalog.required(&schema).into_iter().collect::<Vec<_>>(), ["a", "c"]);
    }
}
