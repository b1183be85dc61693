//! The parts of the document that operations share. Knows no operation and no path.

use std::collections::BTreeMap;

use outrider_domain::time::Millis;
use outrider_engine::error::{Code, code};
use serde_json::{Map, Value, json};

use crate::surface::status::all_codes;
use crate::surface::{Beside, Style};
use outrider_engine::schema::refer;

/// The document's components, around the schemas.
pub(super) fn components(
    style: &'static dyn Style,
    schemas: Map<String, Value>,
    responses: BTreeMap<String, Value>,
) -> Value {
    json!({
        "schemas": schemas,
        "responses": responses,
        "parameters": parameters(),
        "headers": {
            "request_id": { "description": "Names this request in the server's log; taken from the request when it has one.", "schema": { "type": "string" } },
            "rate_limit": { "description": "Requests allowed per window.", "schema": { "type": "integer" } },
            "rate_limit_remaining": { "description": "Requests left in this window.", "schema": { "type": "integer" } },
            "rate_limit_reset": { "description": "When the window ends, in Unix seconds.", "schema": { "type": "integer" } },
            "idempotency_replayed": { "description": "`true` on the remembered answer of an earlier request with the same Idempotency-Key.", "schema": { "type": "string", "const": "true" } },
            "retry_after": { "description": "Seconds to wait.", "schema": { "type": "integer", "minimum": 1 } },
        },
        "securitySchemes": {
            "apiKey": { "type": "http", "scheme": "bearer", "bearerFormat": style.key_format(), "description": "An API key, as `Authorization: Bearer KEY`." },
            "session": { "type": "apiKey", "in": "cookie", "name": "outrider", "description": "The session of a person who signed in." }
        }
    })
}

fn parameters() -> Value {
    let key = |required: bool, about: &str| {
        json!({ "name": "Idempotency-Key", "in": "header", "required": required, "description": about,
            "schema": { "type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]([ -~]*[!-~])?$" }, "example": "import-2026-11-22-row-17" })
    };
    json!({
        "dry_run": { "name": "dry_run", "in": "query", "required": false, "schema": { "type": "boolean" },
            "description": "`true` shows what would be done, with a digest, and changes nothing. May stand in the body instead." },
        "dry_run_by_default": { "name": "dry_run", "in": "query", "required": false, "schema": { "type": "boolean", "default": true },
            "description": "Unless it is `false`, shows what would be done, with a digest, and changes nothing. May stand in the body instead." },
        "plan_digest": { "name": "plan_digest", "in": "query", "required": false, "schema": { "type": "string" },
            "description": "The digest of a preview: commit only if it would still do the same, else 409 `plan_changed`. May stand in the body instead." },
        "idempotency_key": key(false, "A name of your own for this request: for 24 hours, repeating it gives the first answer again."),
        "idempotency_key_to_commit": key(false, "Needed for all but a preview. A name of your own for this request: for 24 hours, repeating it gives the first answer again."),
        "required_idempotency_key": key(true, "A name of your own for this request: for 24 hours, repeating it gives the first answer again."),
    })
}

/// The headers every answer has.
pub(super) fn header_references() -> Map<String, Value> {
    [
        ("X-Request-Id", "request_id"),
        ("X-RateLimit-Limit", "rate_limit"),
        ("X-RateLimit-Remaining", "rate_limit_remaining"),
        ("X-RateLimit-Reset", "rate_limit_reset"),
    ]
    .into_iter()
    .map(|(name, component)| (name.to_owned(), json!({ "$ref": format!("#/components/headers/{component}") })))
    .collect()
}

/// The header of what is told beside an operation's answers.
pub(super) fn beside_header(beside: &Beside) -> Value {
    json!({ "description": beside.about, "schema": { "type": "integer" } })
}

/// Schemas that belong to no type.
pub(super) fn schemas(style: &'static dyn Style) -> Vec<(String, Value)> {
    let mut error = style.error_schema();
    let example =
        outrider_engine::Error::new(code::RESOURCE_NOT_FOUND, "There is no such lead in your project.").at("lead_id");
    error["examples"] = json!([style.error(&example, Millis(1_793_606_400_000)).body]);
    let preview = json!({
        "type": "object",
        "required": ["data"],
        "properties": {
            "data": {
                "type": "object",
                "required": ["dry_run", "digest", "plan", "result"],
                "properties": {
                    "dry_run": { "type": "boolean", "const": true },
                    "digest": { "type": "string", "description": "Give this as `plan_digest` to commit exactly this." },
                    "plan": { "type": "array", "items": {}, "description": "What would be done, in order." },
                    "result": { "description": "What the operation would answer; ids in it are not kept." },
                }
            }
        }
    });
    if style.previews_look_like_commits() {
        return vec![("Error".to_owned(), error)];
    }
    vec![("Error".to_owned(), error), ("Preview".to_owned(), preview)]
}

/// The answers with errors, each described once and referred to from then on: most operations share them.
pub(super) struct ErrorResponses {
    style: &'static dyn Style,
    named: BTreeMap<String, Value>,
    names: BTreeMap<(u16, Vec<&'static str>, Option<&'static str>), String>,
}

impl ErrorResponses {
    /// None yet.
    pub(super) fn new(style: &'static dyn Style) -> Self {
        Self { style, named: BTreeMap::new(), names: BTreeMap::new() }
    }

    /// Adds a reference for each status that one of these codes has; refusals of known callers tell what is told beside.
    pub(super) fn add(
        &mut self,
        codes: &[&'static Code],
        beside: Option<&'static Beside>,
        responses: &mut Map<String, Value>,
    ) {
        let mut by_status: BTreeMap<u16, Vec<&'static Code>> = BTreeMap::new();
        // A dialect can have a code of its own, which stands in no table but its.
        let own = codes.iter().copied().filter(|code| !all_codes().any(|known| known == *code));
        for code in all_codes().filter(|code| codes.contains(code)).chain(own) {
            by_status.entry(self.style.status(code).as_u16()).or_default().push(code);
        }
        for (status, codes) in by_status {
            let beside = beside.filter(|_| status != 401 && status < 500);
            let names = codes.iter().map(|code| self.style.code_name(code)).collect();
            let key = (status, names, beside.map(|beside| beside.header));
            let count = self.names.keys().filter(|(other, ..)| *other == status).count();
            let name = self.names.entry(key).or_insert_with(|| match count {
                0 => format!("Error{status}"),
                others => format!("Error{status}_{}", others + 1),
            });
            self.named.entry(name.clone()).or_insert_with(|| error_response(self.style, &codes, beside));
            responses.insert(status.to_string(), json!({ "$ref": format!("#/components/responses/{name}") }));
        }
    }

    /// What was described, by name.
    pub(super) fn into_components(self) -> BTreeMap<String, Value> {
        self.named
    }
}

/// The answer that carries one of these codes, all of one status.
fn error_response(style: &'static dyn Style, codes: &[&'static Code], beside: Option<&Beside>) -> Value {
    let meanings: Vec<String> =
        codes.iter().map(|code| format!("`{}`: {}", style.code_name(code), code.meaning)).collect();
    let mut names: Vec<&str> = codes.iter().map(|code| style.code_name(code)).collect();
    names.dedup();
    let mut headers = header_references();
    if codes.contains(&code::RATE_LIMIT_EXCEEDED) {
        headers.insert("Retry-After".to_owned(), json!({ "$ref": "#/components/headers/retry_after" }));
    }
    if let Some(beside) = beside {
        headers.insert(beside.header.to_owned(), beside_header(beside));
    }
    json!({
        "description": meanings.join(" "),
        "headers": headers,
        "content": { "application/json": { "schema": refer("Error") } },
        "x-codes": names,
    })
}
