//! Owns a server in the shape of Stripe's API, for the two calls the project makes, that fails when it is told to.
//! Must not send webhooks: a test signs and sends its own.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};

use crate::small_http::{Request, serve};

/// How it answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// As Stripe does.
    Well,
    /// 500 for everything.
    Broken,
    /// Hangs up without a word.
    Deaf,
    /// Says nothing for so many milliseconds, then hangs up.
    Slow(u64),
}

/// A request it was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// `/v1/checkout/sessions`.
    pub path: String,
    /// `Idempotency-Key`.
    pub name: String,
    /// The form's fields, decoded.
    pub form: BTreeMap<String, String>,
}

struct State {
    key: String,
    manner: Manner,
    asked: Vec<Asked>,
    /// Answers by `Idempotency-Key`, each with what it was asked for.
    remembered: BTreeMap<String, (Asked, Value)>,
}

/// The server; it ends with the process.
#[derive(Clone)]
pub struct StripeLike {
    url: String,
    state: Arc<Mutex<State>>,
}

impl StripeLike {
    /// Starts one that knows a secret key.
    ///
    /// # Panics
    /// When there is no port.
    #[must_use]
    pub fn start(key: &str) -> Self {
        let state = State { key: key.to_owned(), manner: Manner::Well, asked: Vec::new(), remembered: BTreeMap::new() };
        let state = Arc::new(Mutex::new(state));
        let serving = Self { url: String::new(), state: Arc::clone(&state) };
        Self { url: serve(move |request| serving.answer(request)), state }
    }

    /// Where it is.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// How it answers from now on.
    pub fn behave(&self, manner: Manner) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).manner = manner;
    }

    /// What it was asked and answered well, in order.
    #[must_use]
    pub fn asked(&self) -> Vec<Asked> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).asked.clone()
    }

    fn answer(&self, request: &Request) -> Option<(u16, Value)> {
        let manner = self.state.lock().unwrap_or_else(PoisonError::into_inner).manner;
        match manner {
            Manner::Deaf => None,
            Manner::Slow(milliseconds) => {
                std::thread::sleep(Duration::from_millis(milliseconds));
                None
            }
            Manner::Broken => Some((500, problem("api_error", "", "An error of this test."))),
            Manner::Well => {
                let asked = Asked {
                    path: request.posted_to().unwrap_or_default().to_owned(),
                    name: request.header("idempotency-key").unwrap_or_default(),
                    form: request.form(),
                };
                let header = |name| request.header(name);
                Some(self.consider(asked, header("authorization"), header("stripe-version"), header("content-type")))
            }
        }
    }

    fn consider(
        &self,
        asked: Asked,
        authorization: Option<String>,
        version: Option<String>,
        content_type: Option<String>,
    ) -> (u16, Value) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if authorization != Some(format!("Bearer {}", state.key)) {
            return (401, problem("invalid_request_error", "", "Invalid API Key provided"));
        }
        if version.is_none() || content_type.as_deref() != Some("application/x-www-form-urlencoded") {
            return (400, problem("invalid_request_error", "", "No version or no form"));
        }
        if let Some((before, answer)) = state.remembered.get(&asked.name).filter(|_| !asked.name.is_empty()) {
            return if *before == asked {
                (200, answer.clone())
            } else {
                (
                    400,
                    problem(
                        "idempotency_error",
                        "",
                        "Keys for idempotent requests can only be used with the same parameters",
                    ),
                )
            };
        }
        let number = state.asked.len() + 1;
        let wants = |fields: &[&'static str]| fields.iter().find(|field| !asked.form.contains_key(**field)).copied();
        let (missing, answer) = match asked.path.as_str() {
            "/v1/checkout/sessions" => (
                wants(&["mode", "success_url", "line_items[0][quantity]"]).or_else(|| {
                    let priced = ["line_items[0][price]", "line_items[0][price_data][unit_amount]"];
                    (!priced.iter().any(|field| asked.form.contains_key(*field))).then_some("line_items[0][price]")
                }),
                json!({ "id": format!("cs_test_{number}"), "object": "checkout.session", "mode": asked.form.get("mode"),
                    "url": format!("https://checkout.stripe.example/c/{number}"), "expires_at": 4_000_000_000_i64 }),
            ),
            "/v1/billing_portal/sessions" => (
                wants(&["customer"]),
                json!({ "id": format!("bps_{number}"), "object": "billing_portal.session",
                    "url": format!("https://billing.stripe.example/p/{number}") }),
            ),
            _ => return (404, problem("invalid_request_error", "", "Unrecognized request URL")),
        };
        if let Some(field) = missing {
            return (
                400,
                problem("invalid_request_error", "parameter_missing", &format!("Missing required param: {field}.")),
            );
        }
        state.remembered.insert(asked.name.clone(), (asked.clone(), answer.clone()));
        state.asked.push(asked);
        (200, answer)
    }
}

fn problem(kind: &str, code: &str, message: &str) -> Value {
    json!({ "error": { "type": kind, "code": code, "message": message } })
}
