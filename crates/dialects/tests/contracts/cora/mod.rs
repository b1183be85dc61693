//! Cora's contract. `coverage` holds every documented endpoint; each other file the requests and answers of one of its chapters.

mod agents;
mod api_keys;
mod billing;
mod calls;
mod conventions;
mod conversations;
mod coverage;
mod curl;
mod documents;
mod errors;
mod host;
mod leads;
mod outreach;
mod phone_numbers;
mod projects;
mod signup;
mod strangers;

use serde_json::{Value, json};

use crate::client::Client;
use crate::rig::Rig;

/// Where the documented paths stand, on this server.
pub(crate) const BASE: &str = "/cora/api/v1";

/// A server with a full key of Cora, for a project with one mailbox.
pub(crate) struct Cora {
    pub(crate) rig: Rig,
    pub(crate) client: Client,
    pub(crate) key: String,
}

impl Cora {
    pub(crate) async fn start() -> Self {
        Self::on(Rig::start().await).await
    }

    pub(crate) async fn on(rig: Rig) -> Self {
        rig.native("create_identity", json!({ "email": "sales@sender.test", "name": "Sam Seller", "gap": "0s" })).await;
        let key = rig.key("cora", &["*"]).await;
        let client = rig.client(BASE, &key);
        Self { rig, client, key }
    }

    /// A client whose key only reads.
    pub(crate) async fn reader(&self) -> Client {
        self.rig.client(BASE, &self.rig.key("cora", &["*:read"]).await)
    }

    /// A client of another organization.
    pub(crate) async fn stranger(&self) -> Client {
        self.rig.client(BASE, &self.rig.key_in(self.rig.other, "cora", &["*"]).await)
    }

    /// What a tool answers over MCP, in the era without sessions.
    pub(crate) async fn tool(&self, mut params: Value) -> Value {
        let name = params["name"].as_str().expect("a name").to_owned();
        params["_meta"] = json!({
            "io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientInfo": { "name": "test", "version": "1" },
            "io.modelcontextprotocol/clientCapabilities": {},
        });
        let message = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params });
        let client = self
            .rig
            .client("/cora/api", &self.key)
            .header("Accept", "application/json, text/event-stream")
            .header("Mcp-Protocol-Version", "2026-07-28")
            .header("Mcp-Method", "tools/call")
            .header("Mcp-Name", &name);
        client.post("/mcp", message).await.expect(200).json()["result"].clone()
    }

    /// What a GET has under `data`.
    pub(crate) async fn data(&self, path: &str) -> Value {
        self.client.get(path).await.expect(200).json()["data"].clone()
    }

    /// The id of something a POST makes.
    pub(crate) async fn made(&self, path: &str, body: Value) -> String {
        let answer = self.client.post(path, body).await;
        answer.expect(201).json()["data"]["id"].as_str().expect("an id").to_owned()
    }

    pub(crate) async fn lead(&self) -> String {
        self.made(
            "/leads",
            json!({ "name": "Jane Doe", "email": "jane@acme.com", "phone": "+14155550123", "company": "Acme" }),
        )
        .await
    }

    /// An agent with a number to call from, and the number's id.
    pub(crate) async fn caller(&self) -> (String, String) {
        let agent = self.agent().await;
        let number = self.rig.native("import_phone_number", json!({ "number": "+14155550100", "country": "US" })).await;
        let number = number["id"].as_str().expect("an id").to_owned();
        let body = json!({ "agent_id": agent, "role": "outbound" });
        self.client.post(&format!("/phone-numbers/{number}/assign"), body).await.expect(200);
        (agent, number)
    }

    /// A lead where it is eleven in the morning when the test begins six hours later; `persona` says who picks up.
    pub(crate) async fn callee(&self, phone: &str, persona: &str) -> String {
        let fields = json!({ "sandbox_persona": persona });
        let lead = json!({ "name": "Jane Doe", "phone": phone, "country": "US", "time_zone": "America/New_York", "custom_fields": fields });
        self.made("/leads", lead).await
    }

    /// What `POST /outreach/call` answers, sent with a fresh `Idempotency-Key`.
    pub(crate) async fn call(&self, body: Value) -> crate::client::Answer {
        let key = format!("call-{}", self.rig.pipeline.core().ids.next(self.rig.now()));
        self.client.header("Idempotency-Key", &key).post("/outreach/call", body).await
    }

    pub(crate) async fn agent(&self) -> String {
        self.made(
            "/agents",
            json!({ "name": "Sales Agent", "type": "outbound", "outreach_model": "both", "language": "en" }),
        )
        .await
    }
}

/// Asserts status, code and field of an error in its documented envelope.
#[track_caller]
pub(crate) fn assert_refused(answer: &crate::client::Answer, status: u16, code: &str, param: Option<&str>) {
    let body = answer.expect(status).json();
    let error = &body["error"];
    assert_eq!((error["code"].as_str(), error["param"].as_str()), (Some(code), param), "{}: {body}", answer.request);
    assert_eq!(error["status"], status, "{body}");
    let mut names: Vec<&String> = error.as_object().expect("an error").keys().collect();
    names.retain(|name| *name != "retry_after");
    assert_eq!(names, ["code", "message", "param", "status", "type"], "{body}");
    assert_eq!(body.as_object().expect("an object").len(), 1, "{body}");
    assert!(error["type"].is_string() && error["message"].as_str().is_some_and(|text| !text.is_empty()), "{body}");
}
