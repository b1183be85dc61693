//! Cora's manner: the envelope and errors native clients know as well, with Cora's own codes and limit.

use axum::http::StatusCode;
use outrider_domain::time::Millis;
use outrider_engine::Error;
use outrider_engine::error::{Code, Kind, code};
use outrider_engine::operation::Spec;
use outrider_engine::pipeline::{Pipeline, Reply};
use outrider_engine::rate::Limit;
use outrider_engine::schema::Catalog;
use outrider_http::native::{envelope_schema, enveloped, error_body, error_schema};
use outrider_http::surface::status::{TYPES, status_of};
use outrider_http::surface::style::status_of_success;
use outrider_http::{Answer, Style};
use serde_json::{Value, json};

/// Requests a minute and key.
pub(super) const REQUESTS_PER_MINUTE: u32 = 120;

/// Cora's manner.
pub(super) struct Cora;

/// A row of Cora's table of errors.
pub(super) struct Row {
    /// The code.
    pub(super) name: &'static str,
    /// The status it has unless the engine's own says otherwise.
    pub(super) status: u16,
    /// What it tells a client.
    pub(super) meaning: &'static str,
}

const fn row(name: &'static str, status: u16, meaning: &'static str) -> Row {
    Row { name, status, meaning }
}

/// Every code a client of Cora can meet.
pub(super) const CODES: &[Row] = &[
    row("missing_api_key", 401, "The request has no Authorization header."),
    row("invalid_api_key", 401, "The key is unknown or malformed."),
    row("revoked_api_key", 401, "The key was revoked, or is past its expiry."),
    row("read_only_key", 403, "The key may not do this: it only reads, or lacks the scope."),
    row("payment_required", 402, "Outreach needs an active subscription, and credits where it costs any."),
    row("rate_limit_exceeded", 429, "Too many requests in this minute; wait `retry_after` seconds."),
    row("validation_error", 400, "A field is missing or wrong; `param` names it."),
    row("missing_idempotency_key", 400, "The endpoint acts only with an Idempotency-Key."),
    row("resource_not_found", 404, "There is no such thing in the key's project."),
    row(
        "idempotency_conflict",
        409,
        "A request with this Idempotency-Key is under way, or it was used for another request.",
    ),
    row("lead_no_phone", 422, "The lead has no phone number."),
    row("lead_no_email", 422, "The lead has no email address."),
    row("lead_stopped", 422, "The lead opted out of outreach, or a person stopped it."),
    row("no_phone_number", 422, "The agent has no number to call from."),
    row("agent_no_email", 422, "The agent has no mailbox to send from."),
    row("agent_inactive", 422, "The agent is switched off."),
    row("recording_unavailable", 404, "The call has no recording."),
    row("internal_error", 500, "Something failed on the server; try again later."),
];

/// What Cora calls an error: its own code where the engine's is one of them, else the nearest. Total.
pub(super) fn code_name(given: &'static Code) -> &'static str {
    if let Some(own) = CODES.iter().find(|row| row.name == given.name) {
        return own.name;
    }
    if given == code::EXPIRED_API_KEY {
        return "revoked_api_key";
    }
    if given == code::IDEMPOTENCY_KEY_REUSED {
        return "idempotency_conflict";
    }
    match given.kind {
        Kind::Unauthenticated => "invalid_api_key",
        Kind::Forbidden => "read_only_key",
        Kind::Invalid | Kind::TooLarge | Kind::Unprocessable | Kind::Conflict => "validation_error",
        Kind::NotFound => "resource_not_found",
        Kind::PaymentRequired => "payment_required",
        Kind::RateLimited => "rate_limit_exceeded",
        Kind::Unavailable | Kind::Internal => "internal_error",
    }
}

impl Style for Cora {
    fn limit(&self, _: &Pipeline) -> Limit {
        Limit::per_minute("cora", REQUESTS_PER_MINUTE)
    }

    fn success(&self, operation: &Spec, reply: &Reply) -> Answer {
        Answer { status: status_of_success(reply.success), body: enveloped(operation.shape, reply) }
    }

    fn error(&self, error: &Error, _: Millis) -> Answer {
        let status: StatusCode = status_of(error.code);
        let mut body = error_body(error);
        body["error"]["code"] = json!(code_name(error.code));
        Answer { status, body }
    }

    fn code_name(&self, code: &'static Code) -> &'static str {
        code_name(code)
    }

    fn success_schema(&self, catalog: &Catalog, operation: &Spec, output: &Value) -> Value {
        envelope_schema(catalog, operation.shape, output)
    }

    fn error_schema(&self) -> Value {
        let codes: Vec<&str> = CODES.iter().map(|row| row.name).collect();
        error_schema(TYPES, &codes)
    }

    fn index(&self) -> &'static str {
        "GET /api/v1"
    }

    fn key_format(&self) -> &'static str {
        "cora_live_…"
    }
}

#[cfg(test)]
mod tests {
    use outrider_domain::time::Millis;
    use outrider_engine::Error;
    use outrider_engine::error::code;
    use outrider_http::Style;
    use outrider_http::surface::status::{all_codes, status_of};

    use super::{CODES, Cora};

    #[test]
    fn every_error_has_a_code_of_the_table_and_keeps_its_status() {
        for code in all_codes() {
            let answer = Cora.error(&Error::new(code, "x").at("field"), Millis(0));
            let error = &answer.body["error"];
            let row = CODES.iter().find(|row| error["code"] == row.name);
            let row = row.unwrap_or_else(|| panic!("{} becomes {}", code.name, error["code"]));
            assert_eq!(error["status"], status_of(code).as_u16(), "{}", code.name);
            assert_eq!(answer.status, status_of(code), "{}", code.name);
            if code.name == row.name {
                assert_eq!(row.status, status_of(code).as_u16(), "{}", code.name);
            }
            assert_eq!(row.status / 100, status_of(code).as_u16() / 100, "{} is of another class", code.name);
        }
    }

    #[test]
    fn the_seconds_to_wait_are_in_the_body() {
        let error = Error { retry_after: Some(7), ..Error::new(code::RATE_LIMIT_EXCEEDED, "x") };
        assert_eq!(Cora.error(&error, Millis(0)).body["error"]["retry_after"], 7);
    }
}
