//! Owns a server in the shape of Stripe's API, for the two calls the project makes, that fails when it is told to.
//! Must not send webhooks: a test signs and sends its own.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};

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
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let state = State { key: key.to_owned(), manner: Manner::Well, asked: Vec::new(), remembered: BTreeMap::new() };
        let server = Self { url, state: Arc::new(Mutex::new(state)) };
        let serving = server.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let serving = serving.clone();
                std::thread::spawn(move || serving.answer(stream));
            }
        });
        server
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

    fn answer(&self, stream: TcpStream) {
        let mut reader = BufReader::new(&stream);
        let mut head = Vec::new();
        loop {
            let mut line = String::new();
            match reader.read_line(&mut line) {
                Ok(1..) if line.trim_end().is_empty() => break,
                Ok(1..) => head.push(line.trim_end().to_owned()),
                _ => return,
            }
        }
        let header = |name: &str| {
            let find = |line: &String| {
                let (given, value) = line.split_once(':')?;
                given.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
            };
            head.iter().skip(1).find_map(find)
        };
        let length = header("content-length").and_then(|text| text.parse().ok()).unwrap_or(0);
        let mut body = vec![0; length];
        if reader.read_exact(&mut body).is_err() {
            return;
        }
        let manner = self.state.lock().unwrap_or_else(PoisonError::into_inner).manner;
        let (status, answer) = match manner {
            Manner::Deaf => return,
            Manner::Slow(milliseconds) => return std::thread::sleep(Duration::from_millis(milliseconds)),
            Manner::Broken => (500, problem("api_error", "", "An error of this test.")),
            Manner::Well => {
                let path =
                    head.first().and_then(|line| line.strip_prefix("POST ")).and_then(|line| line.split(' ').next());
                let asked = Asked {
                    path: path.unwrap_or_default().to_owned(),
                    name: header("idempotency-key").unwrap_or_default(),
                    form: decode(&String::from_utf8_lossy(&body)),
                };
                self.consider(asked, header("authorization"), header("stripe-version"), header("content-type"))
            }
        };
        let body = answer.to_string();
        let text = format!(
            "HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        );
        // Who does not wait for the answer does not want it.
        (&stream).write_all(text.as_bytes()).ok();
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

fn decode(body: &str) -> BTreeMap<String, String> {
    let plain = |text: &str| {
        let mut bytes = Vec::new();
        let mut rest = text.bytes();
        while let Some(byte) = rest.next() {
            let hex: Option<u8> = (byte == b'%').then(|| {
                let digits = [rest.next().unwrap_or(b'0'), rest.next().unwrap_or(b'0')];
                u8::from_str_radix(&String::from_utf8_lossy(&digits), 16).unwrap_or(b'?')
            });
            bytes.push(hex.unwrap_or(if byte == b'+' { b' ' } else { byte }));
        }
        String::from_utf8_lossy(&bytes).into_owned()
    };
    let pairs = body.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (plain(name), plain(value)))
        .collect()
}
