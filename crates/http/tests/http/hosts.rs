//! A dialect that has host names of its own: it answers at their root, and nothing else moves.

use outrider_domain::time::Millis;
use outrider_engine::operation::Spec;
use outrider_engine::pipeline::{Pipeline, Reply};
use outrider_engine::rate::Limit;
use outrider_engine::registry::OPERATIONS;
use outrider_engine::schema::Catalog;
use outrider_engine::{Error, error::code};
use outrider_http::native::{envelope_schema, enveloped};
use outrider_http::surface::status::status_of;
use outrider_http::surface::style::status_of_success;
use outrider_http::{Answer, Style, Surface};
use serde_json::{Value, json};

use crate::fixture::{Server, Setup};

struct Plain;

impl Style for Plain {
    fn limit(&self, _: &Pipeline) -> Limit {
        Limit::per_minute("plain", 1_000)
    }

    fn operation_limit(&self, operation: &Spec) -> Option<Limit> {
        (operation.name == "create_lead").then(|| Limit::per_minute("plain creates", 1))
    }

    fn success(&self, operation: &Spec, reply: &Reply) -> Answer {
        Answer { status: status_of_success(reply.success), body: enveloped(operation.shape, reply) }
    }

    fn error(&self, error: &Error, now: Millis) -> Answer {
        Answer { status: status_of(error.code), body: json!({ "plain": error.code.name, "at": now.0 }) }
    }

    fn success_schema(&self, catalog: &Catalog, operation: &Spec, output: &Value) -> Value {
        envelope_schema(catalog, operation.shape, output)
    }

    fn error_schema(&self) -> Value {
        json!({ "type": "object" })
    }

    fn index(&self) -> &'static str {
        "Nothing"
    }

    fn key_format(&self) -> &'static str {
        "or_live_…"
    }
}

/// A surface with every native operation and nothing of its own.
pub(crate) fn plain(name: &'static str, mount: &'static str, hosts: &[&str]) -> Surface {
    Surface {
        name,
        title: "Plain",
        introduction: "",
        mount,
        operations: OPERATIONS,
        documents: &[],
        mcp: None,
        hosts: hosts.iter().map(|host| (*host).to_owned()).collect(),
        event_stream: None,
        style: &Plain,
    }
}

async fn server() -> Server {
    let surface = plain("native", "/plain", &["plain.test"]);
    Server::set_up(Setup { dialects: vec![surface], ..Setup::default() }).await
}

async fn get(server: &Server, host: &str, path: &str) -> (u16, Value) {
    let authorization = format!("Bearer {}", server.key);
    let head =
        format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: {authorization}\r\nConnection: close\r\n\r\n");
    let answer = server.raw(head.as_bytes()).await;
    (answer.status, answer.json())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dialect_answers_at_the_root_of_its_own_host() {
    let server = server().await;
    for (host, path) in [("anything", "/plain/leads"), ("plain.test", "/leads"), ("PLAIN.test:8080", "/leads?limit=1")]
    {
        assert_eq!(get(&server, host, path).await.0, 200, "{host}{path}");
    }
    let (status, error) = get(&server, "plain.test", "/leads/lead_0000000000001").await;
    assert_eq!((status, &error["plain"]), (404, &json!(code::RESOURCE_NOT_FOUND.name)), "in its own manner");
    for (host, path) in [("anything", "/leads"), ("other.test", "/leads"), ("plain.test", "/nothing")] {
        assert_eq!(get(&server, host, path).await.0, 404, "{host}{path}");
    }
    assert_eq!(get(&server, "plain.test", "/api/v1/leads").await.0, 200, "what is not the dialect's stays where it is");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_operation_can_have_a_narrower_limit_of_its_own() {
    let server = server().await;
    let lead = |name: &str| Some(json!({ "name": name }));
    server.call("POST", "/plain/leads", lead("Ada")).await.assert_status(201);
    let refused = server.call("POST", "/plain/leads", lead("Bob")).await;
    refused.assert_status(429);
    assert_eq!(refused.header("x-ratelimit-limit"), Some("1"));
    server.call("GET", "/plain/leads", None).await.assert_status(200);
    server.call("POST", "/api/v1/leads", lead("Cyd")).await.assert_status(201);
}
