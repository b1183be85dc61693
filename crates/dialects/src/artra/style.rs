//! ARTRA's manner: bare objects, errors of a code and a message, previews unless a commit is asked for.

use axum::http::StatusCode;
use outrider_domain::time::{MINUTE, Millis};
use outrider_engine::Error;
use outrider_engine::error::{Code, Kind, code};
use outrider_engine::operation::Spec;
use outrider_engine::pipeline::{Pipeline, Reply};
use outrider_engine::rate::Limit;
use outrider_engine::schema::Catalog;
use outrider_http::surface::status::{METHOD_NOT_ALLOWED, REQUEST_TIMEOUT, all_codes, status_of};
use outrider_http::surface::style::status_of_success;
use outrider_http::{Answer, Style};
use serde_json::{Map, Value, json};

/// ARTRA's manner.
pub(super) struct Artra;

/// Requests of one token in a minute.
const REQUESTS_PER_MINUTE: u32 = 300;

/// Engine codes that keep their own name and status, though others of their kind have a word of ARTRA's.
const OWN: &[&Code] = &[code::UNSUPPORTED_MEDIA_TYPE, code::AGENT_INACTIVE, METHOD_NOT_ALLOWED, REQUEST_TIMEOUT];

/// What ARTRA calls an error. Total.
pub(super) fn code_name(given: &'static Code) -> &'static str {
    if OWN.contains(&given) {
        return given.name;
    }
    match given.kind {
        Kind::Unauthenticated => "invalid_token",
        Kind::Forbidden => "insufficient_scope",
        Kind::NotFound => "not_found",
        Kind::Invalid | Kind::Unprocessable => "validation_error",
        Kind::RateLimited => "rate_limited",
        Kind::Conflict | Kind::PaymentRequired | Kind::TooLarge | Kind::Unavailable | Kind::Internal => given.name,
    }
}

impl Style for Artra {
    fn limit(&self, _: &Pipeline) -> Limit {
        Limit::per_minute("artra", REQUESTS_PER_MINUTE)
    }

    fn success(&self, operation: &Spec, reply: &Reply) -> Answer {
        let status = status_of_success(reply.success);
        if !operation.dry_run {
            return Answer { status, body: reply.body.clone() };
        }
        let (result, digest) = if reply.preview {
            (reply.body.get("result").cloned().unwrap_or_default(), reply.body.get("digest").cloned())
        } else {
            (reply.body.clone(), None)
        };
        let mut fields = match result {
            Value::Object(fields) => fields,
            _ => Map::new(),
        };
        if reply.preview && fields.contains_key("execution_id") {
            // What a preview makes is undone with it.
            fields.insert("execution_id".to_owned(), Value::Null);
            fields.insert("status".to_owned(), Value::Null);
        }
        fields.insert("dry_run".to_owned(), reply.preview.into());
        fields.insert("digest".to_owned(), digest.unwrap_or_default());
        Answer { status, body: Value::Object(fields) }
    }

    fn error(&self, error: &Error, _: Millis) -> Answer {
        let message = match &error.field {
            Some(field) if !error.message.contains(field.as_str()) => format!("{field}: {}", error.message),
            _ => error.message.clone(),
        };
        Answer {
            status: self.status(error.code),
            body: json!({ "error": { "code": code_name(error.code), "message": message } }),
        }
    }

    fn status(&self, given: &'static Code) -> StatusCode {
        match given.kind {
            _ if given == code::AGENT_INACTIVE => StatusCode::CONFLICT,
            Kind::Invalid if !OWN.contains(&given) => StatusCode::UNPROCESSABLE_ENTITY,
            _ => status_of(given),
        }
    }

    fn code_name(&self, code: &'static Code) -> &'static str {
        code_name(code)
    }

    fn success_schema(&self, catalog: &Catalog, operation: &Spec, output: &Value) -> Value {
        if !operation.dry_run {
            return output.clone();
        }
        let mut schema = catalog.resolve(output).clone();
        if let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) {
            let about = "Whether this is a preview: nothing was done.";
            properties.insert("dry_run".to_owned(), json!({ "type": "boolean", "description": about }));
            let about = "Of a preview: give it as `plan_digest` to commit exactly this; null once done.";
            properties.insert("digest".to_owned(), json!({ "type": ["string", "null"], "description": about }));
        }
        if let Some(required) = schema.get_mut("required").and_then(Value::as_array_mut) {
            required.extend(["dry_run".into(), "digest".into()]);
        }
        schema
    }

    fn error_schema(&self) -> Value {
        let mut codes: Vec<&str> = all_codes().map(code_name).collect();
        codes.sort_unstable();
        codes.dedup();
        json!({
            "type": "object",
            "required": ["error"],
            "additionalProperties": false,
            "properties": {
                "error": {
                    "type": "object",
                    "required": ["code", "message"],
                    "additionalProperties": false,
                    "properties": {
                        "code": { "type": "string", "enum": codes },
                        "message": { "type": "string", "description": "What is wrong, in words." }
                    }
                }
            }
        })
    }

    fn previews_by_default(&self, operation: &Spec) -> bool {
        // The contract has a discovery done at once, and everything else that changes something only on demand.
        operation.name != "discover"
    }

    fn doubts_are_previews(&self) -> bool {
        true
    }

    fn previews_look_like_commits(&self) -> bool {
        true
    }

    fn index(&self) -> &'static str {
        "GET /llms.txt"
    }

    fn key_format(&self) -> &'static str {
        "artra_pat_…"
    }

    fn operation_limit(&self, operation: &Spec) -> Option<Limit> {
        (operation.scope == "discover").then_some(Limit {
            name: "artra_discover",
            requests: 30,
            window: MINUTE,
            shared: true,
            per_person: true,
        })
    }
}

#[cfg(test)]
mod tests {
    use outrider_domain::time::Millis;
    use outrider_engine::Error;
    use outrider_engine::error::code;
    use outrider_http::Style;
    use outrider_http::surface::status::{all_codes, status_of};

    use super::Artra;

    #[test]
    fn every_error_is_a_code_and_a_message_of_the_same_class() {
        for code in all_codes() {
            let answer = Artra.error(&Error::new(code, "x").at("field"), Millis(0));
            assert_eq!(answer.body["error"]["code"], Artra.code_name(code));
            assert_eq!(answer.body["error"]["message"], "field: x");
            assert_eq!(answer.body["error"].as_object().map(serde_json::Map::len), Some(2));
            assert_eq!(answer.status.as_u16() / 100, status_of(code).as_u16() / 100, "{}", code.name);
        }
        for (code, status, name) in [
            (code::REVOKED_API_KEY, 401, "invalid_token"),
            (code::READ_ONLY_KEY, 403, "insufficient_scope"),
            (code::ROUTE_NOT_FOUND, 404, "not_found"),
            (code::INVALID_CURSOR, 422, "validation_error"),
            (code::MALFORMED_JSON, 422, "validation_error"),
            (code::RATE_LIMIT_EXCEEDED, 429, "rate_limited"),
            (code::PLAN_CHANGED, 409, "plan_changed"),
            (code::INSUFFICIENT_CREDITS, 402, "insufficient_credits"),
        ] {
            assert_eq!((Artra.status(code).as_u16(), Artra.code_name(code)), (status, name));
        }
    }
}
