//! Data Reaktor's contract. `coverage` holds every documented endpoint; each other file the requests and answers of its chapters.

mod a2a;
mod agents;
mod callbacks;
mod checkout;
mod coverage;
mod credits_left;
mod documents;
mod errors;
mod examples;
mod links;
mod mcp;
mod model;
mod receivers;
mod trigger;

use serde_json::{Value, json};

use crate::client::{Answer, Client};
use crate::rig::{Rig, Setup};

/// Where the documented paths stand, on this server.
pub(crate) const BASE: &str = "/reaktor/api/v1";

/// A server with an owner key, and 10,000 credits on the account.
pub(crate) struct Reaktor {
    pub(crate) rig: Rig,
    pub(crate) owner: Client,
    pub(crate) key: String,
}

impl Reaktor {
    pub(crate) async fn start() -> Self {
        Self::with(Setup::default()).await
    }

    pub(crate) async fn with(setup: Setup) -> Self {
        let rig = Rig::with(setup).await;
        rig.native("grant_credits", json!({ "amount": 10_000 })).await;
        let made = rig.native("create_key", json!({ "dialect": "reaktor", "can_provision": true })).await;
        let key = made["secret"].as_str().expect("a secret").to_owned();
        // The way the contract names first.
        let owner = rig.anonymous(BASE).header("X-API-Key", &key);
        Self { rig, owner, key }
    }

    /// A sub-agent with credits: its number, its key, its signing secret.
    pub(crate) async fn agent(&self, credits: i64) -> (i64, Client, String) {
        let made = self.owner.post("/agents", json!({ "name": "Worker", "tier": "free" })).await.expect(201).json();
        let id = made["agentId"].as_i64().expect("a number");
        if credits > 0 {
            self.owner.post("/billing/transfer", json!({ "agentId": id, "credits": credits })).await.expect(200);
        }
        let client = self.rig.anonymous(BASE).header("X-API-Key", made["apiKey"].as_str().expect("a key"));
        (id, client, made["signingSecret"].as_str().expect("a secret").to_owned())
    }
}

/// Asserts status and the error's two fields.
#[track_caller]
pub(crate) fn assert_refused(answer: &Answer, status: u16, code: &str) {
    let body = answer.expect(status).json();
    let names: Vec<&String> = body.as_object().expect("an object").keys().collect();
    assert_eq!(names, ["code", "error"], "{body}");
    assert_eq!(body["code"], code, "{}: {body}", answer.request);
    assert!(body["error"].as_str().is_some_and(|text| !text.is_empty()), "{body}");
}

/// The contract's prospect.
pub(crate) fn jane() -> Value {
    json!({ "contactName": "Jane Smith", "contactRole": "VP of Sales", "company": "Acme Corp", "context": "Recently hired 10 SDRs, just raised Series B" })
}
