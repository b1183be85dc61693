//! Random requests against every route: whatever comes in, no answer is a 5xx, and every answer has its envelope.

use proptest::prelude::{Just, Strategy, any, prop};
use proptest::prop_oneof;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Map, Value, json};

use crate::fixture::{Answer, Server};

/// A route of the document: method, path, names that mean something in queries and bodies.
#[derive(Debug, Clone)]
struct Route {
    method: String,
    path: String,
    names: Vec<String>,
}

fn routes(document: &Value) -> Vec<Route> {
    let mut routes = Vec::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("methods") {
            if operation["operationId"] == "stream_events" {
                continue;
            }
            let mut names: Vec<String> = vec!["dry_run".to_owned(), "plan_digest".to_owned()];
            for parameter in operation["parameters"].as_array().map(Vec::as_slice).unwrap_or_default() {
                names.extend(parameter["name"].as_str().map(ToOwned::to_owned));
            }
            let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
            let schema = schema["$ref"]
                .as_str()
                .and_then(|reference| document.pointer(reference.trim_start_matches('#')))
                .unwrap_or(schema);
            names.extend(schema["properties"].as_object().into_iter().flatten().map(|(name, _)| name.clone()));
            routes.push(Route { method: method.to_uppercase(), path: path.clone(), names });
        }
    }
    routes
}

/// Text that has tripped programs before.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => prop::sample::select(vec![
            "", "0", "-1", "1", "9223372036854775808", "1e400", "null", "true", "NaN", "\u{0}", "\u{feff}", "\u{202e}x", "a@example.com", "@", "+15551234567",
            "2026-11-22T08:00:00Z", "2026-13-45T99:00:00", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "Europe/Berlin", "Mars/Olympus", "new", "email", "P1D",
            "lead_0000000000000", "lead_7zzzzzzzzzzzz", "agt_0000000000000", "seq_0000000000000", "key_0000000000000", "../../etc/passwd", "'; DROP TABLE leads; --", "%", "%_%",
            "{{ first_name }}", "{% for a in range(99999999) %}x{% endfor %}", "native", "*", "leads:read", "http://127.0.0.1", "🦀",
        ]).prop_map(ToOwned::to_owned),
        1 => ".{0,40}".prop_map(|text: String| text),
        1 => (200_usize..3_000).prop_map(|length| "x".repeat(length)),
    ]
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(json!(null)),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        prop::sample::select(vec![
            json!(0),
            json!(1),
            json!(-1),
            json!(0.5),
            json!(1e300),
            json!(i64::MAX),
            json!(u64::MAX),
            json!(100),
            json!(3.0)
        ]),
        text().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((field_name(), inner), 0..5)
                .prop_map(|fields| Value::Object(fields.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

fn field_name() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => prop::sample::select(vec!["name", "email", "kind", "channel", "subject", "body", "steps", "weight", "from", "to", "days", "leads", "value"]).prop_map(ToOwned::to_owned),
        1 => text(),
    ]
}

#[derive(Debug, Clone)]
struct Shot {
    route: usize,
    method: Option<String>,
    path_values: Vec<String>,
    junk_path: Option<String>,
    query: Vec<(usize, String)>,
    fields: Vec<(usize, Value)>,
    junk_body: Option<Vec<u8>>,
    kind: Option<&'static str>,
    idempotency_key: Option<String>,
}

fn shot() -> impl Strategy<Value = Shot> {
    let methods =
        prop::sample::select(vec!["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "BREW"])
            .prop_map(ToOwned::to_owned);
    (
        any::<usize>(),
        prop::option::weighted(0.1, methods),
        prop::collection::vec(text(), 3),
        prop::option::weighted(0.05, "[!-~]{0,30}"),
        prop::collection::vec((any::<usize>(), text()), 0..3),
        prop::collection::vec((any::<usize>(), value()), 0..7),
        prop::option::weighted(0.1, prop::collection::vec(any::<u8>(), 1..200)),
        prop::option::weighted(0.95, Just("application/json")),
        prop::option::weighted(0.5, "[ -~]{1,20}"),
    )
        .prop_map(|(route, method, path_values, junk_path, query, fields, junk_body, kind, idempotency_key)| {
            Shot { route, method, path_values, junk_path, query, fields, junk_body, kind, idempotency_key }
        })
}

fn encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| {
            if byte.is_ascii_alphanumeric() || byte == b'_' {
                char::from(byte).to_string()
            } else {
                format!("%{byte:02X}")
            }
        })
        .collect()
}

/// The request as bytes that a client might send.
fn bytes_of(shot: &Shot, routes: &[Route], known: &[(String, String)], key: &str) -> (String, Vec<u8>) {
    let route = &routes[shot.route % routes.len()];
    let name = |place: usize| &route.names[place % route.names.len()];
    let mut values = shot.path_values.iter();
    let path: Vec<String> = route
        .path
        .split('/')
        .map(|part| {
            let Some(field) = part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) else {
                return part.to_owned();
            };
            // Half of the time a thing that is there, so that operations get further than "not found".
            let real = known.iter().find(|(noun, _)| noun == field).filter(|_| shot.route.is_multiple_of(2));
            real.map_or_else(|| encoded(values.next().map_or("", String::as_str)), |(_, id)| id.clone())
        })
        .collect();
    let mut target = format!("/api/v1{}{}", path.join("/"), shot.junk_path.as_deref().unwrap_or_default())
        .replace(['\r', '\n', ' '], "");
    for (place, (field, text)) in shot.query.iter().enumerate() {
        target.push(if place == 0 { '?' } else { '&' });
        target.push_str(&format!("{}={}", encoded(name(*field)), encoded(text)));
    }
    let fields: Map<String, Value> =
        shot.fields.iter().map(|(place, value)| (name(*place).clone(), value.clone())).collect();
    let body = shot.junk_body.clone().unwrap_or_else(|| Value::Object(fields).to_string().into_bytes());
    let method = shot.method.as_ref().unwrap_or(&route.method);
    let mut head = format!(
        "{method} {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {key}\r\nContent-Length: {}\r\n",
        body.len()
    );
    if let Some(kind) = shot.kind {
        head.push_str(&format!("Content-Type: {kind}\r\n"));
    }
    if let Some(key) = &shot.idempotency_key {
        head.push_str(&format!("Idempotency-Key: {key}\r\n"));
    }
    let line = format!("{method} {target} {}", String::from_utf8_lossy(&body));
    head.push_str("\r\n");
    let mut bytes = head.into_bytes();
    bytes.extend(body);
    (line, bytes)
}

fn check(line: &str, answer: &Answer) {
    assert!(answer.status < 500, "{} for {line}\n{}", answer.status, answer.text());
    // HEAD and OPTIONS have no body; what hyper itself refuses has none either.
    if answer.body.is_empty() {
        return;
    }
    if answer.header("content-type") == Some("application/json") {
        if answer.status >= 400 {
            answer.refusal();
        } else if !answer.json()["openapi"].is_string() {
            assert!(answer.json().get("data").is_some(), "no data for {line}");
        }
    }
}

/// Requests that are tried; more when `OUTRIDER_FUZZ_CASES` says so.
fn cases() -> usize {
    std::env::var("OUTRIDER_FUZZ_CASES").ok().and_then(|text| text.parse().ok()).unwrap_or(1_500)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_request_is_answered_with_a_5xx() {
    let server = Server::start().await;
    let (_, key) = server.make_key(json!({ "scopes": ["*", "actions:approve"] })).await;
    let document = server.send("GET", "/api/v1/openapi.json", &[], b"").await.json();
    let routes = routes(&document);
    let known = create_some(&server).await;
    let mut runner = TestRunner::new_with_rng(
        Config::default(),
        proptest::test_runner::TestRng::deterministic_rng(proptest::test_runner::RngAlgorithm::ChaCha),
    );
    let strategy = shot();
    for _ in 0..cases() {
        let shot = strategy.new_tree(&mut runner).expect("a shot").current();
        let (line, bytes) = bytes_of(&shot, &routes, &known, &key);
        check(&line, &server.raw(&bytes).await);
    }
    server.send("GET", "/readyz", &[], b"").await.assert_status(200);
}

/// Things that exist, by the name of the path field they fill.
async fn create_some(server: &Server) -> Vec<(String, String)> {
    let mut known = Vec::new();
    for (field, path, body) in [
        ("lead_id", "/leads", json!({ "name": "Ada", "email": "ada@example.com" })),
        ("company_id", "/companies", json!({ "name": "Engines" })),
        ("agent_id", "/agents", json!({ "name": "Agent" })),
        ("template_id", "/templates", json!({ "name": "Hello", "subject": "Hi {{ first_name }}", "body": "Hello" })),
        ("sequence_id", "/sequences", json!({ "name": "Motion" })),
    ] {
        let answer = server.call("POST", &format!("/api/v1{path}"), Some(body)).await;
        if answer.status == 201
            && let Some(id) = answer.data()["id"].as_str()
        {
            known.push((field.to_owned(), id.to_owned()));
        }
    }
    assert!(!known.is_empty());
    known
}
