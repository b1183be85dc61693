//! The OpenAPI 3.1 document, generated from the list of operations. Describes; binds nothing.

mod components;
mod operation;
mod other;

use std::collections::BTreeMap;

use axum::body::Bytes;
use components::ErrorResponses;
use outrider_engine::operation::Descriptor;
use serde_json::{Map, Value, json};

use crate::catalog::{as_object, reachable};
use crate::native::MOUNT;
use crate::native::routes::{Routes, method_of};
use crate::state::AppState;

/// The document as the server gives it, made once.
pub(crate) fn document(state: &AppState) -> Bytes {
    let make = || build(&state.shared.routes, &state.pipeline.core().settings.public_url).to_string().into();
    state.shared.document.get_or_init(make).clone()
}

/// The document of all operations for a server at `public_url`: for documentation and checks.
#[must_use]
pub fn openapi_document(public_url: &str) -> Value {
    build(&Routes::new(outrider_engine::registry::OPERATIONS), public_url)
}

fn build(routes: &Routes, public_url: &str) -> Value {
    let mut schemas = routes.catalog.definitions.clone();
    let mut errors = ErrorResponses::default();
    let mut paths: BTreeMap<String, Map<String, Value>> = BTreeMap::new();
    for (place, described) in routes.operations.iter().enumerate() {
        let spec = &described.spec;
        let method = method_of(spec.verb).as_str().to_ascii_lowercase();
        let description = operation::describe(routes, place, &mut schemas, &mut errors);
        paths.entry(spec.path.to_owned()).or_default().insert(method, description);
    }
    for (path, description) in other::paths(&mut errors) {
        paths.entry(path.to_owned()).or_default().insert("get".to_owned(), description);
    }
    schemas.extend(components::schemas());
    let mut document = json!({
        "openapi": "3.1.0",
        "jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
        "info": {
            "title": "Outrider",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "A self-hosted outbound sales engine.",
            "description": INTRODUCTION,
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
            "contact": { "name": "The operator of this server", "url": public_url },
        },
        "servers": [{ "url": format!("{public_url}{MOUNT}"), "description": "This server." }],
        "security": [{ "apiKey": [] }],
        "tags": tags(routes.operations),
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
    let mut components = components::components(as_object(schemas), responses);
    if let Some(parameters) = components["parameters"].as_object_mut() {
        parameters.retain(|name, _| paths.contains(&format!("\"#/components/parameters/{name}\"")));
    }
    document["components"] = components;
    document
}

const INTRODUCTION: &str = "Every answer stands under `data`; lists add `has_more` and `next_cursor`. Every error has the same shape, \
    with a stable `code` from the table at `/errors`. Writes take an `Idempotency-Key`: for 24 hours, a repeated key gives \
    the first answer again. Operations with `dry_run` show what they would do, with a digest; `plan_digest` commits only \
    that. Every answer carries `X-Request-Id` and the caller's rate limit.";

fn tags(operations: &[Descriptor]) -> Vec<Value> {
    let mut names: Vec<&str> = Vec::new();
    for tag in operations.iter().map(|operation| operation.spec.tag).chain([other::TAG]) {
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
