//! Data Reaktor's manner: keys in `X-API-Key` or as a bearer, bare bodies in camel case, errors of a sentence and an upper-case code,
//! and what is left of limits and credits in headers.

use axum::http::header::CACHE_CONTROL;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use outrider_domain::time::Millis;
use outrider_engine::Error;
use outrider_engine::error::{Code, Kind, code};
use outrider_engine::operation::{Descriptor, Effect, Spec};
use outrider_engine::pipeline::{Pipeline, Reply};
use outrider_engine::rate::Limit;
use outrider_engine::schema::Catalog;
use outrider_http::mcp::Document as Resource;
use outrider_http::surface::credential::bearer;
use outrider_http::surface::status::{METHOD_NOT_ALLOWED, status_of};
use outrider_http::surface::style::status_of_success;
use outrider_http::{Answer, Beside, Style};
use serde_json::{Value, json};

use super::billing::LeftInPurse;
use super::{manifest, tools};

/// Data Reaktor's manner.
pub(super) struct Reaktor;

/// Where the OpenAPI document is, below the mount.
pub(super) const INDEX: &str = "/api/v1/openapi.json";
/// Requests of one key in a minute.
pub(super) const REQUESTS: u32 = 60;
/// Tasks, batches and workflows that one caller may submit in a minute.
pub(super) const SUBMISSIONS: u32 = 20;
/// Research tasks by their own path in a minute.
pub(super) const RESEARCH: u32 = 10;
static LEFT: Descriptor = Descriptor::of::<LeftInPurse>();

/// What is left in the caller's purse, told wherever credits move or are asked about.
static CREDITS: Beside = Beside {
    header: "X-Credits-Remaining",
    about: "Credits that your purse holds now.",
    read: &LEFT,
    field: "credits",
};
/// How long manifests may be kept, in seconds.
const MANIFEST_AGE: &str = "public, max-age=300";

/// A row of the error registry.
pub(super) struct Row {
    /// The code.
    pub(super) code: &'static str,
    /// HTTP status.
    pub(super) status: u16,
    /// Whether the same request may succeed later.
    pub(super) retryable: bool,
    /// What it tells.
    pub(super) meaning: &'static str,
}

const fn row(code: &'static str, status: u16, retryable: bool, meaning: &'static str) -> Row {
    Row { code, status, retryable, meaning }
}

/// Every code a client can meet.
pub(super) const CODES: &[Row] = &[
    row("AUTH_REQUIRED", 401, false, "The request carries no API key."),
    row("INVALID_API_KEY", 401, false, "The key is unknown, revoked or past its 365 days."),
    row("FORBIDDEN", 403, false, "The key may not do this, such as make agents without the provisioning right."),
    row("INSUFFICIENT_CREDITS", 402, false, "The purse or the monthly cap does not cover the price."),
    row("RATE_LIMIT_EXCEEDED", 429, true, "Too many requests; wait until X-RateLimit-Reset."),
    row("VALIDATION_ERROR", 400, false, "A field is missing or wrong; the message names it."),
    row("UNSUPPORTED_TASK_TYPE", 400, false, "No skill has this name."),
    row("BETA_CHECKOUT_DISABLED", 503, false, "Credits are not sold here; ask the operator for some."),
    row("WORKFLOW_NOT_FOUND", 404, false, "No workflow has this name."),
    row("AGENT_NOT_OWNED", 404, false, "The agent is not yours, or not there."),
    row("NOT_FOUND", 404, false, "There is nothing here by this path or id."),
    row("METHOD_NOT_ALLOWED", 405, false, "This path takes other methods; the Allow header lists them."),
    row("PAYLOAD_TOO_LARGE", 413, false, "The body is larger than this server takes."),
    row("UNSUPPORTED_MEDIA_TYPE", 415, false, "The body must be application/json."),
    row("CONFLICT", 409, false, "The thing is in a state that does not allow this, such as a task that has ended."),
    row("SERVICE_UNAVAILABLE", 503, true, "A part of the server is out of reach; nothing was changed."),
    row("INTERNAL_ERROR", 500, true, "Something failed here; the log has the request id."),
];

/// What Data Reaktor calls an error. Total.
pub(super) fn word(given: &'static Code) -> &'static str {
    if given == code::MISSING_API_KEY {
        return "AUTH_REQUIRED";
    }
    if given == METHOD_NOT_ALLOWED {
        return "METHOD_NOT_ALLOWED";
    }
    if given == code::UNSUPPORTED_MEDIA_TYPE {
        return "UNSUPPORTED_MEDIA_TYPE";
    }
    if given == code::PAYMENTS_DISABLED {
        return "BETA_CHECKOUT_DISABLED";
    }
    if given == code::UNSUPPORTED_TASK_TYPE {
        return "UNSUPPORTED_TASK_TYPE";
    }
    if given == code::WORKFLOW_NOT_FOUND {
        return "WORKFLOW_NOT_FOUND";
    }
    if given == code::AGENT_NOT_OWNED {
        return "AGENT_NOT_OWNED";
    }
    match given.kind {
        Kind::Unauthenticated => "INVALID_API_KEY",
        Kind::Forbidden => "FORBIDDEN",
        Kind::TooLarge => "PAYLOAD_TOO_LARGE",
        Kind::Invalid | Kind::Unprocessable => "VALIDATION_ERROR",
        Kind::NotFound => "NOT_FOUND",
        Kind::Conflict => "CONFLICT",
        Kind::PaymentRequired => "INSUFFICIENT_CREDITS",
        Kind::RateLimited => "RATE_LIMIT_EXCEEDED",
        Kind::Unavailable => "SERVICE_UNAVAILABLE",
        Kind::Internal => "INTERNAL_ERROR",
    }
}

const fn submissions() -> Limit {
    Limit { shared: true, ..Limit::per_minute("reaktor_submissions", SUBMISSIONS) }
}

impl Style for Reaktor {
    fn secret(&self, headers: &HeaderMap) -> Result<String, Error> {
        let mut all = headers.get_all("x-api-key").iter();
        let Some(value) = all.next() else {
            return bearer(headers).map_err(|error| match error.code == code::MISSING_API_KEY {
                true => {
                    Error::new(error.code, "Send your key in the X-API-Key header, or as Authorization: Bearer drk_….")
                }
                false => error,
            });
        };
        let malformed = |text: &str| Error::new(code::INVALID_API_KEY, text);
        if all.next().is_some() {
            return Err(malformed("There is more than one X-API-Key header."));
        }
        match value.to_str().map(str::trim) {
            Ok("") => Err(Error::new(code::MISSING_API_KEY, "The X-API-Key header is empty.")),
            Ok(secret) => Ok(secret.to_owned()),
            Err(_) => Err(malformed("The X-API-Key header has characters that no key has.")),
        }
    }

    fn limit(&self, _: &Pipeline) -> Limit {
        Limit { shared: true, ..Limit::per_minute("reaktor", REQUESTS) }
    }

    fn operation_limit(&self, operation: &Spec) -> Option<Limit> {
        match operation.name {
            "create_task" | "create_batch" | "submit_workflow" | "trigger_sequence" => Some(submissions()),
            // A tool that has a skill or a workflow work.
            _ if operation.path == tools::PATH && operation.effect == Effect::Outward => Some(submissions()),
            "submit_research" => Some(Limit { shared: true, ..Limit::per_minute("reaktor_research", RESEARCH) }),
            _ => None,
        }
    }

    fn input_limit(&self, operation: &Spec, input: &Value) -> Option<Limit> {
        // Of A2A's methods this one asks for work; the others look or cancel.
        (operation.name == "a2a" && input["method"] == "SendMessage").then(submissions)
    }

    fn takes_session(&self, operation: &Spec, headers: &HeaderMap) -> bool {
        let has_key = headers.contains_key("x-api-key") || headers.contains_key("authorization");
        matches!(operation.tag, "agents" | "billing") && !has_key && headers.contains_key("cookie")
    }

    fn version(&self) -> &'static str {
        manifest::VERSION
    }

    fn key_header(&self) -> Option<&'static str> {
        Some("X-API-Key")
    }

    fn success(&self, _: &Spec, reply: &Reply) -> Answer {
        Answer { status: status_of_success(reply.success), body: reply.body.clone() }
    }

    fn show_of_operation(&self, operation: &Spec, headers: &mut HeaderMap) {
        if operation.tag == manifest::TAG {
            headers.insert(CACHE_CONTROL, HeaderValue::from_static(MANIFEST_AGE));
        }
    }

    fn beside(&self, operation: &Spec) -> Option<&'static Beside> {
        let moves = matches!(operation.effect, Effect::Outward)
            || matches!(operation.name, "cancel_task" | "transfer_credits" | "revoke_agent");
        let tells = matches!(operation.name, "get_credits" | "estimate_tasks" | "get_industry_signals");
        (moves || tells).then_some(&CREDITS)
    }

    fn error(&self, error: &Error, _: Millis) -> Answer {
        let word = word(error.code);
        let said = match (&error.field, word) {
            (_, "BETA_CHECKOUT_DISABLED") => "beta_mode_active".to_owned(),
            (Some(field), "VALIDATION_ERROR") => format!("{field}: {}", error.message),
            _ => error.message.clone(),
        };
        Answer { status: self.status(error.code), body: json!({ "error": said, "code": word }) }
    }

    fn status(&self, code: &'static Code) -> StatusCode {
        match code.kind {
            Kind::Unprocessable => StatusCode::BAD_REQUEST,
            _ => status_of(code),
        }
    }

    fn code_name(&self, code: &'static Code) -> &'static str {
        word(code)
    }

    fn success_schema(&self, catalog: &Catalog, _: &Spec, output: &Value) -> Value {
        catalog.resolve(output).clone()
    }

    fn error_schema(&self) -> Value {
        let codes: Vec<&str> = CODES.iter().map(|row| row.code).collect();
        json!({
            "type": "object",
            "required": ["error", "code"],
            "additionalProperties": false,
            "properties": {
                "error": { "type": "string", "description": "For people." },
                "code": { "type": "string", "description": "Stable; GET /api/v1/errors lists them.", "enum": codes }
            }
        })
    }

    fn tools(&self) -> Option<&'static [Descriptor]> {
        Some(tools::TOOLS)
    }

    fn resources(&self) -> Vec<Resource> {
        tools::resources()
    }

    fn index(&self) -> &'static str {
        "GET /api/v1/openapi.json"
    }

    fn key_format(&self) -> &'static str {
        "drk_…"
    }
}

#[cfg(test)]
mod tests {
    use outrider_domain::time::Millis;
    use outrider_engine::Error;
    use outrider_http::Style;
    use outrider_http::surface::status::all_codes;

    use super::{CODES, Reaktor};

    #[test]
    fn every_error_has_a_code_of_the_registry_of_its_own_class_and_every_code_can_be_met() {
        let mut met = Vec::new();
        for code in all_codes() {
            let answer = Reaktor.error(&Error::new(code, "x").at("field"), Millis(0));
            let row = CODES.iter().find(|row| answer.body["code"] == row.code);
            let row = row.unwrap_or_else(|| panic!("{} becomes {}", code.name, answer.body["code"]));
            assert_eq!(row.status / 100, answer.status.as_u16() / 100, "{}", code.name);
            assert!(row.status == answer.status.as_u16() || answer.status == 408, "{}: {}", code.name, answer.status);
            met.push(row.code);
        }
        for row in CODES {
            assert!(met.contains(&row.code), "{} is never answered", row.code);
        }
    }
}
