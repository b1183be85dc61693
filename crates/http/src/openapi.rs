//! The OpenAPI 3.1 document of a surface, generated from its list of operations. Describes; binds nothing.

mod components;
mod operation;
mod other;

use std::collections::BTreeMap;

use components::ErrorResponses;
pub(crate) use operation::codes;
use outrider_engine::schema::{as_object, reachable};
use serde_json::{Map, Value, json};

use crate::native;
use crate::surface::routes::method_of;
use crate::surface::{Bound, Surface};

/// The document of a surface, for a server at `public_url`.
#[must_use]
pub fn document(bound: &Bound, public_url: &str) -> String {
    build(bound, public_url).to_string()
}

/// The document of all native operations for a server at `public_url`: for documentation and checks.
#[must_use]
pub fn openapi_document(public_url: &str) -> Value {
    build(&Bound::new(native::surface(outrider_engine::registry::OPERATIONS)), public_url)
}

fn build(bound: &Bound, public_url: &str) -> Value {
    let surface = &bound.surface;
    let mut schemas = bound.catalog().definitions.clone();
    let mut errors = ErrorResponses::new(surface.style);
    let mut paths: BTreeMap<String, Map<String, Value>> = BTreeMap::new();
    for (place, described) in surface.operations.iter().enumerate() {
        let spec = &described.spec;
        let method = method_of(spec.verb).as_str().to_ascii_lowercase();
        let description = operation::describe(bound, place, &mut schemas, &mut errors);
        paths.entry(spec.path.to_owned()).or_default().insert(method, description);
    }
    for (path, description) in other::paths(surface, &mut errors) {
        paths.entry(path).or_default().insert("get".to_owned(), description);
    }
    schemas.extend(components::schemas(surface.style));
    let mut document = json!({
        "openapi": "3.1.0",
        "jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
        "info": {
            "title": surface.title,
            "version": surface.style.version(),
            "summary": "A self-hosted outbound sales engine.",
            "description": surface.introduction,
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
            "contact": { "name": "The operator of this server", "url": public_url },
        },
        "servers": [{ "url": surface.base(public_url), "description": "This server." }],
        "security": match surface.style.key_header() {
            Some(_) => json!([{ "keyHeader": [] }, { "apiKey": [] }]),
            None => json!([{ "apiKey": [] }]),
        },
        "tags": tags(surface),
        "paths": paths,
    });
    let responses = errors.into_components();
    // Definitions that nothing refers to would only puzzle: input types whose path fields went elsewhere.
    let mut used = reachable(&document, &schemas);
    for response in responses.values() {
        used.extend(reachable(response, &schemas));
    }
    schemas.retain(|name, _| used.contains(name));
    let paths = document["paths"].to_string();
    let mut components = components::components(surface.style, as_object(schemas), responses);
    if let Some(parameters) = components["parameters"].as_object_mut() {
        parameters.retain(|name, _| paths.contains(&format!("\"#/components/parameters/{name}\"")));
    }
    if let Some(schemes) = components["securitySchemes"].as_object_mut()
        && surface.operations.iter().all(|operation| !operation.spec.person)
    {
        schemes.remove("session");
    }
    if let Some(name) = surface.style.key_header() {
        components["securitySchemes"]["keyHeader"] = json!({ "type": "apiKey", "in": "header", "name": name,
            "description": "An API key by itself." });
    }
    document["components"] = components;
    document
}

fn tags(surface: &Surface) -> Vec<Value> {
    let mut names: Vec<&str> = Vec::new();
    let others = (!surface.documents.is_empty()).then_some(other::TAG);
    for tag in surface.operations.iter().map(|operation| operation.spec.tag).chain(others) {
        if !names.contains(&tag) {
            names.push(tag);
        }
    }
    let describe = |name: &str| {
        let about = match name {
            other::TAG => "The API itself: index, document, error codes.".to_owned(),
            noun => format!("Operations on {}.", noun.replace('_', " ")),
        };
        json!({ "name": name, "description": about })
    };
    names.into_iter().map(describe).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use outrider_engine::registry::OPERATIONS;
    use serde_json::Value;

    use super::openapi_document;

    fn each_operation(document: &Value) -> impl Iterator<Item = (&String, &String, &Value)> {
        let paths = document["paths"].as_object().expect("paths");
        paths.iter().flat_map(|(path, item)| {
            item.as_object().expect("methods").iter().map(move |(method, operation)| (path, method, operation))
        })
    }

    #[test]
    fn every_operation_is_described_once() {
        let document = openapi_document("http://127.0.0.1:7700");
        let mut seen = HashSet::new();
        for (path, method, operation) in each_operation(&document) {
            assert!(seen.insert(operation["operationId"].as_str().expect("an id").to_owned()), "{method} {path}");
        }
        for operation in OPERATIONS {
            assert!(seen.contains(operation.spec.name), "{} is not in the document", operation.spec.name);
        }
    }

    #[test]
    fn path_parameters_match_the_path_and_every_reference_resolves() {
        let document = openapi_document("http://127.0.0.1:7700");
        for (path, method, operation) in each_operation(&document) {
            let named: HashSet<&str> =
                path.split('/').filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}')).collect();
            let parameters = operation["parameters"].as_array().map(Vec::as_slice).unwrap_or_default();
            let described: HashSet<&str> = parameters
                .iter()
                .filter(|each| each["in"] == "path")
                .filter_map(|each| each["name"].as_str())
                .collect();
            assert_eq!(named, described, "{method} {path}");
        }
        let text = document.to_string();
        for part in text.split("\"$ref\":\"#").skip(1) {
            let pointer = part.split('"').next().expect("the end of a text");
            assert!(document.pointer(pointer).is_some(), "{pointer} leads nowhere");
        }
    }

    #[test]
    fn list_envelopes_have_their_items_schema() {
        let document = openapi_document("http://127.0.0.1:7700");
        let schema = &document["paths"]["/leads"]["get"]["responses"]["200"]["content"]["application/json"]["schema"];
        assert_eq!(schema["properties"]["data"]["items"]["$ref"], "#/components/schemas/Lead", "{schema}");
    }
}
