//! A JSON-RPC message seen from outside: what it is, of which era, and the errors that answer what is none. Dispatches nothing.

use axum::body::Body;
use axum::http::header::{CACHE_CONTROL, RETRY_AFTER};
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode};
use outrider_engine::Error;
use outrider_engine::error::code;
use serde_json::{Value, json};

use super::next;
use crate::surface::Style;
use crate::surface::respond;

/// The name of the header that carries a session's id.
pub(crate) const SESSION: &str = "mcp-session-id";
/// The name of the header that names the revision.
const VERSION: &str = "mcp-protocol-version";
/// The first revision without sessions.
const STATELESS: &str = "2026-07-28";
/// The name in `_meta` under which a request of that revision names it.
const VERSION_META: &str = "io.modelcontextprotocol/protocolVersion";

/// The message could not be read as JSON.
pub(crate) const PARSE_ERROR: i32 = -32700;
/// The message is no request of the protocol.
pub(crate) const INVALID_REQUEST: i32 = -32600;
/// The protocol, or the revision the message names, has no such method.
pub(crate) const METHOD_NOT_FOUND: i32 = -32601;

/// What a message is.
#[derive(Debug, PartialEq, Eq, Clone, Copy)]
pub(crate) enum Sort {
    /// Wants an answer.
    Request,
    /// Wants none.
    Notification,
    /// Answers a request of ours.
    Response,
}

/// A message's outside.
#[derive(Debug)]
pub(crate) struct Message {
    pub(crate) sort: Sort,
    /// The request's id, as sent; null for others.
    pub(crate) id: Value,
    /// The method; empty for a response.
    pub(crate) method: String,
    /// The tool that is called, when one is.
    pub(crate) tool: Option<String>,
    /// The request that a cancellation is about.
    pub(crate) cancels: Option<String>,
    /// Whether it is of the era without sessions.
    pub(crate) stateless: bool,
}

impl Message {
    /// Looks at a message.
    ///
    /// # Errors
    /// What it is instead, in words.
    pub(crate) fn of(body: &Value, headers: &HeaderMap) -> Result<Self, &'static str> {
        let fields = match body {
            Value::Object(fields) => fields,
            Value::Array(_) => {
                return Err(
                    "Batches are not taken: they left the protocol with revision 2025-06-18. Send each message by itself.",
                );
            }
            _ => return Err("A message is a JSON object (JSON-RPC 2.0)."),
        };
        if fields.get("jsonrpc").and_then(Value::as_str) != Some("2.0") {
            return Err("A message says \"jsonrpc\": \"2.0\".");
        }
        let id = match fields.get("id") {
            None => None,
            Some(id @ (Value::String(_) | Value::Number(_))) => Some(id.clone()),
            Some(_) => return Err("An id is a text or a whole number."),
        };
        let method = match fields.get("method") {
            None => None,
            Some(Value::String(method)) => Some(method.clone()),
            Some(_) => return Err("A method is a text."),
        };
        let sort = match (&method, &id) {
            (Some(_), Some(_)) => Sort::Request,
            (Some(_), None) => Sort::Notification,
            (None, _) if fields.contains_key("result") || fields.contains_key("error") => Sort::Response,
            (None, _) => return Err("A message has a method, or is a response."),
        };
        let params = fields.get("params");
        let param = |name: &str| params.and_then(|params| params.get(name));
        let named = param("_meta").and_then(|meta| meta.get(VERSION_META)).and_then(Value::as_str);
        let version = named.or_else(|| headers.get(VERSION)?.to_str().ok());
        let method = method.unwrap_or_default();
        Ok(Self {
            sort,
            id: id.unwrap_or_default(),
            tool: param("name").filter(|_| method == "tools/call").and_then(Value::as_str).map(ToOwned::to_owned),
            cancels: param("requestId").filter(|_| method == "notifications/cancelled").map(Value::to_string),
            // Revisions are dates, so their text is in their order.
            stateless: version.is_some_and(|version| version >= STATELESS),
            method,
        })
    }

    /// Whether it belongs into a session, of the era that has them.
    pub(crate) fn needs_session(&self) -> bool {
        const OF_SESSIONS: [&str; 6] = ["tools/", "resources/", "prompts/", "completion/", "logging/", "roots/"];
        !self.stateless && OF_SESSIONS.iter().any(|prefix| self.method.starts_with(prefix))
    }
}

/// Whether a request without a message, such as GET, is of the era without sessions.
pub(crate) fn is_stateless(headers: &HeaderMap) -> bool {
    headers.get(VERSION).and_then(|value| value.to_str().ok()).is_some_and(|version| version >= STATELESS)
}

/// A JSON-RPC error with a status of HTTP, its message in words.
pub(crate) fn refuse(status: StatusCode, id: &Value, rpc: i32, message: &str) -> Response<Body> {
    let body = json!({ "jsonrpc": "2.0", "id": id, "error": { "code": rpc, "message": message } });
    respond::json(status, &body)
}

/// An error of the table as a JSON-RPC error, with the status of HTTP it has everywhere.
pub(crate) fn refuse_with(style: &'static dyn Style, error: &Error, id: &Value) -> Response<Body> {
    let rpc = match error.code {
        malformed if malformed == code::MALFORMED_JSON => PARSE_ERROR,
        _ => INVALID_REQUEST,
    };
    if next::is_ours(error) {
        tracing::error!(code = error.code.name, message = %error.message, source = ?error.source, "a request failed");
    }
    let data = next::body(error, style)["error"].take();
    let body = json!({ "jsonrpc": "2.0", "id": id, "error": { "code": rpc, "message": error.message, "data": data } });
    let mut response = respond::json(style.status(error.code), &body);
    if let Some(seconds) = error.retry_after {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// An answer without a message.
pub(crate) fn empty(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, HeaderValue};
    use serde_json::{Value, json};

    use super::{Message, Sort};

    fn look(body: &Value) -> Result<Message, &'static str> {
        Message::of(body, &HeaderMap::new())
    }

    #[test]
    fn messages_are_told_apart() {
        for (body, sort, session) in [
            (json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/list" }), Sort::Request, true),
            (json!({ "jsonrpc": "2.0", "id": "a", "method": "initialize" }), Sort::Request, false),
            (json!({ "jsonrpc": "2.0", "id": "a", "method": "no/such" }), Sort::Request, false),
            (json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }), Sort::Notification, false),
            (json!({ "jsonrpc": "2.0", "id": 1, "result": {} }), Sort::Response, false),
        ] {
            let message = look(&body).unwrap();
            assert_eq!((message.sort, message.needs_session()), (sort, session), "{body}");
        }
        let cancel = json!({ "jsonrpc": "2.0", "method": "notifications/cancelled", "params": { "requestId": "x" } });
        assert_eq!(look(&cancel).unwrap().cancels.as_deref(), Some("\"x\""));
    }

    #[test]
    fn what_is_no_message_is_said_to_be_none() {
        for body in [
            json!([]),
            json!([{ "jsonrpc": "2.0", "id": 1, "method": "ping" }]),
            json!(1),
            json!({}),
            json!({ "jsonrpc": "1.0", "id": 1, "method": "ping" }),
            json!({ "jsonrpc": "2.0", "id": null, "method": "ping" }),
            json!({ "jsonrpc": "2.0", "id": {}, "method": "ping" }),
            json!({ "jsonrpc": "2.0", "id": 1, "method": 1 }),
            json!({ "jsonrpc": "2.0", "id": 1 }),
        ] {
            assert!(look(&body).is_err(), "{body}");
        }
    }

    #[test]
    fn the_era_is_named_by_the_message_or_else_by_the_header() {
        let mut headers = HeaderMap::new();
        let plain = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/list" });
        assert!(!Message::of(&plain, &headers).unwrap().stateless);
        headers.insert("mcp-protocol-version", HeaderValue::from_static("2025-11-25"));
        assert!(!Message::of(&plain, &headers).unwrap().stateless);
        headers.insert("mcp-protocol-version", HeaderValue::from_static("2026-07-28"));
        assert!(Message::of(&plain, &headers).unwrap().stateless);
        let meta = json!({ "_meta": { "io.modelcontextprotocol/protocolVersion": "2026-07-28" } });
        let named = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": meta });
        assert!(look(&named).unwrap().stateless);
    }
}
