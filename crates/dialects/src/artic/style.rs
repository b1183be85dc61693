//! Artic's manner: bare bodies, errors of a word and a sentence, 60 requests in a fixed minute that all nodes count together.

use std::collections::BTreeMap;

use outrider_domain::time::Millis;
use outrider_engine::Error;
use outrider_engine::error::{Code, Kind, code};
use outrider_engine::operation::Spec;
use outrider_engine::pipeline::{Pipeline, Reply};
use outrider_engine::rate::Limit;
use outrider_engine::schema::Catalog;
use outrider_http::surface::status::status_of;
use outrider_http::surface::style::status_of_success;
use outrider_http::{Answer, Style};
use serde_json::{Value, json};

/// Artic's manner.
pub(super) struct Artic;

/// Where the OpenAPI document is, below the mount.
pub(super) const INDEX: &str = "/api/v1/openapi.json";

/// Requests of one key in a minute, over all nodes.
const LIMIT: Limit = Limit { shared: true, ..Limit::per_minute("artic", 60) };

const BAD_REQUEST: &str = "bad_request";
const VALIDATION_ERROR: &str = "validation_error";
const UNAUTHORIZED: &str = "unauthorized";
const NOT_FOUND: &str = "not_found";
const RATE_LIMITED: &str = "rate_limited";
/// The contract has no word for what is the server's fault, and any of its own would blame the request.
const INTERNAL_ERROR: &str = "internal_error";

/// Words for statuses of which the contract says nothing: one of its own would stand beside a status it does not belong to.
const CONFLICT: &str = "conflict";
const UNPROCESSABLE: &str = "unprocessable";
const PAYMENT_REQUIRED: &str = "payment_required";
const TOO_LARGE: &str = "too_large";

/// Every word `error` can be: the contract's five, and those for what it does not know.
const WORDS: [&str; 10] = [
    BAD_REQUEST,
    VALIDATION_ERROR,
    UNAUTHORIZED,
    NOT_FOUND,
    RATE_LIMITED,
    CONFLICT,
    UNPROCESSABLE,
    PAYMENT_REQUIRED,
    TOO_LARGE,
    INTERNAL_ERROR,
];

/// What Artic calls an error: the contract's word where it has one for the status. Total.
fn word(code: &Code) -> &'static str {
    match code.kind {
        Kind::Unauthenticated | Kind::Forbidden => UNAUTHORIZED,
        Kind::Invalid if code == code::VALIDATION_ERROR => VALIDATION_ERROR,
        Kind::Invalid => BAD_REQUEST,
        Kind::Conflict => CONFLICT,
        Kind::Unprocessable => UNPROCESSABLE,
        Kind::PaymentRequired => PAYMENT_REQUIRED,
        Kind::TooLarge => TOO_LARGE,
        Kind::NotFound => NOT_FOUND,
        Kind::RateLimited => RATE_LIMITED,
        Kind::Unavailable | Kind::Internal => INTERNAL_ERROR,
    }
}

/// Each field at fault with its problem.
fn problems(error: &Error) -> BTreeMap<&str, &str> {
    if error.fields.is_empty() {
        return error.field.iter().map(|field| (field.as_str(), error.message.as_str())).collect();
    }
    // Of two problems with a field, the first counts.
    error.fields.iter().rev().map(|(field, problem)| (field.as_str(), problem.as_str())).collect()
}

impl Style for Artic {
    fn limit(&self, _: &Pipeline) -> Limit {
        LIMIT
    }

    fn judges_ids_itself(&self) -> bool {
        true
    }

    fn success(&self, _: &Spec, reply: &Reply) -> Answer {
        Answer { status: status_of_success(reply.success), body: reply.body.clone() }
    }

    fn error(&self, error: &Error, _: Millis) -> Answer {
        let word = word(error.code);
        let mut body = json!({ "error": word, "message": error.message });
        if word == VALIDATION_ERROR {
            body["fields"] = json!(problems(error));
        }
        Answer { status: status_of(error.code), body }
    }

    fn code_name(&self, code: &'static Code) -> &'static str {
        word(code)
    }

    fn success_schema(&self, _: &Catalog, _: &Spec, output: &Value) -> Value {
        output.clone()
    }

    fn error_schema(&self) -> Value {
        json!({
            "type": "object",
            "required": ["error", "message"],
            "additionalProperties": false,
            "properties": {
                "error": { "type": "string", "description": "Stable.", "enum": WORDS },
                "message": { "type": "string", "description": "For people." },
                "fields": {
                    "type": "object",
                    "description": "With `validation_error`: each field at fault, as a path such as `businessDetails.city`, and its problem.",
                    "additionalProperties": { "type": "string" },
                },
            },
        })
    }

    fn index(&self) -> &'static str {
        "GET /api/v1/openapi.json"
    }

    fn key_format(&self) -> &'static str {
        "ak_live_…"
    }
}

#[cfg(test)]
mod tests {
    use outrider_domain::time::Millis;
    use outrider_engine::Error;
    use outrider_engine::error::code;
    use outrider_http::Style;
    use outrider_http::surface::status::{all_codes, status_of};
    use serde_json::json;

    use super::super::ids::INVALID_ID;
    use super::{Artic, INTERNAL_ERROR, WORDS};

    #[test]
    fn every_error_has_a_word_that_does_not_belie_its_status() {
        for code in all_codes().chain([INVALID_ID]) {
            let answer = Artic.error(&Error::new(code, "x").at("field"), Millis(0));
            let word = answer.body["error"].as_str().expect("a word");
            assert!(WORDS.contains(&word), "{}", code.name);
            assert_eq!(answer.status, status_of(code), "{}", code.name);
            assert_eq!(answer.status.is_server_error(), word == INTERNAL_ERROR, "{}", code.name);
            assert_eq!(answer.body["fields"].is_object(), word == "validation_error", "{}", code.name);
            // What HTTP itself refuses (method, media type, a head that is never whole) is a bad request too.
            match word {
                "validation_error" => assert_eq!(answer.status.as_u16(), 400, "{}", code.name),
                "bad_request" => assert!([400, 405, 408, 415].contains(&answer.status.as_u16()), "{}", code.name),
                _ => {}
            }
        }
    }

    #[test]
    fn the_contracts_own_errors_have_the_contracts_status() {
        for (code, status, word) in [
            (INVALID_ID, 400, "bad_request"),
            (code::MALFORMED_JSON, 400, "bad_request"),
            (code::VALIDATION_ERROR, 400, "validation_error"),
            (code::MISSING_API_KEY, 401, "unauthorized"),
            (code::REVOKED_API_KEY, 401, "unauthorized"),
            (code::RESOURCE_NOT_FOUND, 404, "not_found"),
            (code::ROUTE_NOT_FOUND, 404, "not_found"),
            (code::RATE_LIMIT_EXCEEDED, 429, "rate_limited"),
        ] {
            let answer = Artic.error(&Error::new(code, "x"), Millis(0));
            assert_eq!((answer.status.as_u16(), answer.body["error"].as_str()), (status, Some(word)), "{}", code.name);
        }
    }

    #[test]
    fn every_field_at_fault_is_named_once() {
        let field = |name: &str, problem: &str| (name.to_owned(), problem.to_owned());
        let error = Error::invalid_fields(vec![field("a", "first"), field("b", "other"), field("a", "second")]);
        let body = Artic.error(&error, Millis(0)).body;
        assert_eq!(body["fields"], json!({ "a": "first", "b": "other" }));
        assert_eq!(Artic.error(&Error::invalid("c", "alone"), Millis(0)).body["fields"], json!({ "c": "alone" }));
    }
}
