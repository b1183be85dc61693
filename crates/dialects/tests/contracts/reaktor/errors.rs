//! The error registry: every code it lists is one that some request is answered with, by the status it lists.

use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use outrider_domain::id::TaskId;
use outrider_engine::Error;
use outrider_engine::ports::{CheckoutPage, CheckoutWanted, Payments, PaymentsProblem, PortalWanted, Ports};
use outrider_store::tasks::Task;
use serde_json::{Value, json};

use super::{BASE, Reaktor, assert_refused, jane};
use crate::client::{Answer, Client};
use crate::rig::{START, Setup};

/// A provider of payments that is out of reach.
struct Closed;

impl Payments for Closed {
    fn checkout(&self, _: CheckoutWanted) -> BoxFuture<'_, Result<CheckoutPage, PaymentsProblem>> {
        std::future::ready(Err(PaymentsProblem::Unavailable("it does not answer".to_owned()))).boxed()
    }

    fn portal(&self, _: PortalWanted) -> BoxFuture<'_, Result<String, PaymentsProblem>> {
        std::future::ready(Err(PaymentsProblem::Unavailable("it does not answer".to_owned()))).boxed()
    }
}

async fn ask(client: &Client, kind: &str, input: Value) -> Answer {
    client.post("/tasks", json!({ "taskType": kind, "inputPayload": input })).await
}

/// A task that a failing disk left unreadable.
async fn broken(here: &Reaktor) -> TaskId {
    let (project_id, id) = (here.rig.main, TaskId(here.rig.pipeline.core().ids.next(START)));
    let task = Task {
        project_id,
        id,
        kind: "lead_scoring".to_owned(),
        state: "failed".to_owned(),
        sub_agent: None,
        campaign: None,
        action_id: None,
        about: String::new(),
        input: "{\"contactName\": \"Ja".to_owned(),
        output: None,
        made_by: None,
        error: None,
        cost: 0,
        starred: false,
        callback_url: None,
        created_by: "test".to_owned(),
        created_at: START,
        finished_at: Some(START),
    };
    let kept = here.rig.pipeline.store().write(move |tx| Ok::<_, Error>(task.clone().insert(tx)?)).await;
    kept.expect("a row");
    id
}

/// A request that is answered with this code; none for a code that nobody has thought of yet.
async fn request(here: &Reaktor, code: &str) -> Option<Answer> {
    let nobody = here.rig.anonymous(BASE);
    let owner = &here.owner;
    let (_, agent, _) = here.agent(10).await;
    Some(match code {
        "AUTH_REQUIRED" => nobody.get("/tasks").await,
        "INVALID_API_KEY" => nobody.header("X-API-Key", "drk_live_nothing").get("/tasks").await,
        "FORBIDDEN" => agent.post("/agents", json!({ "name": "Mine" })).await,
        "INSUFFICIENT_CREDITS" => {
            let (_, poor, _) = here.agent(0).await;
            ask(&poor, "lead_scoring", jane()).await
        }
        "RATE_LIMIT_EXCEEDED" => {
            for _ in 0..60 {
                agent.get("/profile").await.expect(200);
            }
            agent.get("/profile").await
        }
        "VALIDATION_ERROR" => ask(&agent, "lead_scoring", json!({ "company": "Acme Corp" })).await,
        "UNSUPPORTED_TASK_TYPE" => ask(&agent, "sing", json!({})).await,
        "BETA_CHECKOUT_DISABLED" => owner.post("/billing/checkout", json!({ "pack": "pack_basic" })).await,
        "WORKFLOW_NOT_FOUND" => agent.post("/workflows", json!({ "workflowId": "sing", "inputPayload": jane() })).await,
        "AGENT_NOT_OWNED" => owner.post("/billing/transfer", json!({ "agentId": 4_711, "credits": 1 })).await,
        "METHOD_NOT_ALLOWED" => agent.delete("/profile").await,
        "PAYLOAD_TOO_LARGE" => {
            let long = agent.header("Content-Type", "application/json").header("Content-Length", "1000000000");
            long.send("POST", "/tasks", None).await
        }
        "UNSUPPORTED_MEDIA_TYPE" => {
            agent.header("Content-Type", "text/plain").send_text("POST", "/tasks", Some("hello")).await
        }
        "NOT_FOUND" => agent.get("/tasks/task_nothing").await,
        "CONFLICT" => {
            let done = ask(&agent, "lead_scoring", jane()).await.expect(200).json();
            agent.delete(&format!("/tasks/{}", done["taskId"].as_str().expect("an id"))).await
        }
        "SERVICE_UNAVAILABLE" => {
            let ports = Ports { payments: Some(Arc::new(Closed)), ..Ports::default() };
            let there = Reaktor::with(Setup { ports, ..Setup::default() }).await;
            there.owner.post("/billing/checkout", json!({ "pack": "pack_basic" })).await
        }
        "INTERNAL_ERROR" => owner.get(&format!("/tasks/{}", broken(here).await)).await,
        _ => return None,
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_code_of_the_registry_is_met_by_a_request() {
    let here = Reaktor::start().await;
    let registry = here.rig.anonymous(BASE).get("/errors").await.expect(200).json();
    let rows = registry["errors"].as_array().expect("a list");
    assert!(rows.len() >= 10, "{registry}");
    for row in rows {
        let code = row["code"].as_str().expect("a code");
        let answer = request(&here, code).await.unwrap_or_else(|| panic!("no request is known that gives {code}"));
        let status = row["status"].as_u64().and_then(|status| u16::try_from(status).ok()).expect("a status");
        assert_refused(&answer, status, code);
        assert!(!answer.text().contains("EOF"), "what went wrong inside is the log's: {}", answer.text());
        // What waits before it may be asked again is told how long.
        let waits = answer.header("retry-after").is_some() || answer.header("x-ratelimit-reset").is_some();
        assert!(waits || status != 429, "{code}");
    }
}
