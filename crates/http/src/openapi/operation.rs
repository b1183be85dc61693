//! One operation's part of the document: parameters, body, answers. Describes one at a time.

use std::collections::{BTreeMap, BTreeSet};

use axum::http::StatusCode;
use outrider_engine::error::{Code, code};
use outrider_engine::operation::{Effect, Idempotency, Shape, Spec, Success};
use serde_json::{Map, Value, json};

use super::components::{self, ErrorResponses};
use crate::surface::input::asks_by_query;
use crate::surface::routes::path_fields;
use crate::surface::status::{DEADLINE_EXCEEDED, REQUEST_TIMEOUT};
use crate::surface::{Bound, Style};
use outrider_engine::schema::{Catalog, pascal, refer, reference};

/// Describes the operation at a place of the list; may add a schema for its body.
pub(super) fn describe(
    bound: &Bound,
    place: usize,
    schemas: &mut BTreeMap<String, Value>,
    errors: &mut ErrorResponses,
) -> Value {
    let spec = &bound.surface.operations[place].spec;
    let catalog = bound.catalog();
    let style = bound.surface.style;
    let input = &catalog.inputs[place];
    let body = if asks_by_query(spec.verb) { None } else { body(catalog, spec, input, schemas) };
    let mut description = json!({
        "operationId": spec.name,
        "tags": [spec.tag],
        "summary": spec.summary.trim_end_matches('.'),
        "description": text(spec),
        "parameters": parameters(catalog, style, spec, input),
        "responses": responses(catalog, style, spec, &catalog.outputs[place], body.is_some(), errors),
        "x-scope": spec.scope,
        "x-effect": spec.effect,
    });
    if let Some(description) = description.as_object_mut() {
        description.extend(body.map(|body| ("requestBody".to_owned(), body)));
        description.extend(spec.public.map(|_| ("security".to_owned(), json!([]))));
        if spec.person {
            description.insert("security".to_owned(), json!([{ "session": [] }]));
        }
    }
    description
}

fn text(spec: &Spec) -> String {
    let mut text = spec.summary.to_owned();
    if !spec.description.is_empty() {
        text.push_str("\n\n");
        text.push_str(spec.description);
    }
    match spec.public {
        Some(most) => text.push_str(&format!("\n\nNeeds no key; at most {most} calls an hour from one address.")),
        None if spec.person => text.push_str("\n\nFor people who signed in: it takes their session and no key."),
        None => text.push_str(&format!("\n\nNeeds the scope `{}`.", spec.scope)),
    }
    match spec.effect {
        Effect::Read | Effect::Write => {}
        Effect::Outward => text.push_str(" May reach a person outside or spend credits."),
        Effect::Destructive => text.push_str(" Removes or stops something for good."),
    }
    text
}

fn parameters(catalog: &Catalog, style: &'static dyn Style, spec: &Spec, input: &Value) -> Vec<Value> {
    let fields = catalog.fields(input);
    let required = catalog.required(input);
    let in_path: Vec<&str> = path_fields(spec.path).collect();
    let mut parameters = Vec::new();
    for name in &in_path {
        let schema = fields.get(*name).cloned().unwrap_or_else(|| json!({ "type": "string" }));
        parameters.push(parameter(name, "path", true, schema));
    }
    if asks_by_query(spec.verb) {
        for (name, schema) in fields.iter().filter(|(name, _)| !in_path.contains(&name.as_str())) {
            parameters.push(parameter(name, "query", required.contains(name), without_null(schema)));
        }
    }
    if spec.dry_run {
        let dry_run = if style.previews_by_default(spec) { "dry_run_by_default" } else { "dry_run" };
        parameters.push(json!({ "$ref": format!("#/components/parameters/{dry_run}") }));
        parameters.push(json!({ "$ref": "#/components/parameters/plan_digest" }));
    }
    if spec.writes() {
        match spec.idempotency {
            Idempotency::Natural => {}
            Idempotency::Optional => parameters.push(json!({ "$ref": "#/components/parameters/idempotency_key" })),
            // A preview needs none, so where there is one the header can't be called required.
            Idempotency::Required if spec.dry_run => {
                parameters.push(json!({ "$ref": "#/components/parameters/idempotency_key_to_commit" }));
            }
            Idempotency::Required => {
                parameters.push(json!({ "$ref": "#/components/parameters/required_idempotency_key" }));
            }
        }
    }
    parameters
}

fn parameter(name: &str, place: &str, required: bool, mut schema: Value) -> Value {
    let taken = schema
        .as_object_mut()
        .filter(|schema| !schema.contains_key("$ref"))
        .and_then(|schema| schema.remove("description"));
    let mut parameter = json!({ "name": name, "in": place, "required": required, "schema": schema });
    if let (Some(description), Some(parameter)) = (taken, parameter.as_object_mut()) {
        parameter.insert("description".to_owned(), description);
    }
    parameter
}

/// The schema of a field that is absent rather than null: a query can't say null.
fn without_null(schema: &Value) -> Value {
    let mut schema = schema.clone();
    let Some(fields) = schema.as_object_mut() else { return schema };
    fields.remove("default");
    if let Some(Value::Array(names)) = fields.get_mut("type") {
        names.retain(|name| name != "null");
        if let [only] = names.as_slice() {
            let only = only.clone();
            fields.insert("type".to_owned(), only);
        }
    }
    if let Some(Value::Array(values)) = fields.get_mut("enum") {
        values.retain(|value| !value.is_null());
    }
    if let Some(Value::Array(parts)) = fields.get_mut("anyOf") {
        parts.retain(|part| part.get("type").and_then(Value::as_str) != Some("null"));
        if let [Value::Object(only)] = parts.as_slice() {
            let only = only.clone();
            fields.remove("anyOf");
            fields.extend(only);
        }
    }
    schema
}

/// The request body: the input without what stands in the path. `None` when nothing is left.
fn body(catalog: &Catalog, spec: &Spec, input: &Value, schemas: &mut BTreeMap<String, Value>) -> Option<Value> {
    let in_path: BTreeSet<&str> = path_fields(spec.path).collect();
    let fields = catalog.fields(input);
    if fields.keys().all(|name| in_path.contains(name.as_str())) && is_closed(catalog, input) {
        return None;
    }
    let schema = if in_path.is_empty() && reference(input).is_some() {
        input.clone()
    } else {
        let mut schema = catalog.resolve(input).clone();
        remove_fields(&mut schema, &in_path);
        let name = format!("{}Body", pascal(spec.name));
        schemas.insert(name.clone(), schema);
        refer(&name)
    };
    let required = catalog.required(input).iter().any(|name| !in_path.contains(name.as_str()));
    Some(json!({ "required": required, "content": { "application/json": { "schema": schema } } }))
}

/// Whether an input can have no fields but the named ones.
fn is_closed(catalog: &Catalog, input: &Value) -> bool {
    catalog.resolve(input).get("additionalProperties").is_none_or(|more| *more == Value::Bool(false))
}

fn remove_fields(schema: &mut Value, names: &BTreeSet<&str>) {
    let Some(fields) = schema.as_object_mut() else { return };
    if let Some(properties) = fields.get_mut("properties").and_then(Value::as_object_mut) {
        properties.retain(|name, _| !names.contains(name.as_str()));
    }
    if let Some(required) = fields.get_mut("required").and_then(Value::as_array_mut) {
        required.retain(|name| name.as_str().is_none_or(|name| !names.contains(name)));
        if required.is_empty() {
            fields.remove("required");
        }
    }
}

fn responses(
    catalog: &Catalog,
    style: &'static dyn Style,
    spec: &Spec,
    output: &Value,
    has_body: bool,
    errors: &mut ErrorResponses,
) -> Map<String, Value> {
    let mut responses = Map::new();
    let status = style.success_status(spec);
    let words = match spec.success {
        Success::Ok => "Done.",
        Success::Created => "Created.",
        Success::Accepted => "Accepted: it will happen.",
    };
    if spec.shape == Shape::File {
        let content = json!({ "*/*": { "schema": { "type": "string", "format": "binary" } } });
        let done =
            json!({ "description": "The bytes.", "headers": components::header_references(), "content": content });
        responses.insert(status.as_str().to_owned(), done);
        errors.add(&codes(spec, has_body), None, &mut responses);
        return responses;
    }
    let envelope = style.success_schema(catalog, spec, output);
    let preview = refer("Preview");
    if spec.dry_run && style.previews_look_like_commits() {
        responses.insert(status.as_str().to_owned(), answer("Done, or a preview.", envelope, spec));
    } else if spec.dry_run && status == StatusCode::OK {
        responses
            .insert("200".to_owned(), answer("Done, or a preview.", json!({ "anyOf": [envelope, preview] }), spec));
    } else {
        if spec.dry_run {
            responses.insert("200".to_owned(), answer("A preview: nothing was changed.", preview, spec));
        }
        responses.insert(status.as_str().to_owned(), answer(words, envelope, spec));
    }
    let beside = style.beside(spec);
    if let Some(beside) = beside {
        for response in responses.values_mut() {
            response["headers"][beside.header] = components::beside_header(beside);
        }
    }
    errors.add(&codes(spec, has_body), beside, &mut responses);
    responses
}

fn answer(words: &str, schema: Value, spec: &Spec) -> Value {
    let mut headers = components::header_references();
    if spec.writes() && spec.idempotency != Idempotency::Natural {
        headers
            .insert("Idempotency-Replayed".to_owned(), json!({ "$ref": "#/components/headers/idempotency_replayed" }));
    }
    json!({ "description": words, "headers": headers, "content": { "application/json": { "schema": schema } } })
}

/// Every code the operation can end with.
pub(crate) fn codes(spec: &Spec, has_body: bool) -> Vec<&'static Code> {
    let mut codes = vec![
        code::VALIDATION_ERROR,
        code::RATE_LIMIT_EXCEEDED,
        code::DATABASE_UNAVAILABLE,
        DEADLINE_EXCEEDED,
        code::INTERNAL_ERROR,
    ];
    if spec.person {
        codes.extend([code::INVALID_SESSION, code::INSUFFICIENT_SCOPE]);
    } else if spec.public.is_none() {
        codes.extend([
            code::MISSING_API_KEY,
            code::INVALID_API_KEY,
            code::REVOKED_API_KEY,
            code::EXPIRED_API_KEY,
            code::INSUFFICIENT_SCOPE,
        ]);
    }
    if spec.shape == Shape::Page {
        codes.push(code::INVALID_CURSOR);
    }
    if spec.path.contains('{') {
        codes.push(code::RESOURCE_NOT_FOUND);
    }
    if spec.writes() {
        codes.extend(spec.public.is_none().then_some(code::READ_ONLY_KEY));
        // Also where no body is described: one that is sent is received and read.
        codes.extend([code::MALFORMED_JSON, code::BODY_TOO_LARGE, REQUEST_TIMEOUT, code::UNSUPPORTED_MEDIA_TYPE]);
    }
    if spec.writes() && spec.idempotency != Idempotency::Natural {
        codes.extend([code::IDEMPOTENCY_CONFLICT, code::IDEMPOTENCY_KEY_REUSED]);
    }
    if spec.idempotency == Idempotency::Required {
        codes.push(code::MISSING_IDEMPOTENCY_KEY);
    }
    if spec.dry_run {
        codes.push(code::PLAN_CHANGED);
    }
    if has_body {
        codes.push(code::ALREADY_EXISTS);
    }
    codes.extend(spec.errors);
    codes
}
