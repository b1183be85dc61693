//! Results posted to a receiver: signed, tried again, never to where they must not go.

use std::sync::{Arc, Mutex};

use outrider_engine::ports::{Ports, Poster};
use outrider_engine::tasks::deliver::{RETRIES_MS, signature};
use serde_json::{Value, json};

use super::{Reaktor, assert_refused, jane};
use crate::rig::Setup;

/// A receiver that answers what it is told to, and keeps what it gets.
struct Receiver {
    answers: Mutex<Vec<Result<u16, String>>>,
    got: Mutex<Vec<(String, String, String)>>,
}

impl Poster for Receiver {
    fn post(
        &self,
        url: String,
        headers: Vec<(&'static str, String)>,
        body: String,
    ) -> futures_util::future::BoxFuture<'_, Result<u16, String>> {
        let signed = headers.iter().find(|(name, _)| *name == "x-dr-signature").map(|(_, value)| value.clone());
        self.got.lock().expect("unpoisoned").push((url, signed.unwrap_or_default(), body));
        let mut answers = self.answers.lock().expect("unpoisoned");
        let answer = if answers.is_empty() { Ok(200) } else { answers.remove(0) };
        Box::pin(std::future::ready(answer))
    }
}

async fn start(answers: Vec<Result<u16, String>>) -> (Reaktor, Arc<Receiver>) {
    let receiver = Arc::new(Receiver { answers: Mutex::new(answers), got: Mutex::default() });
    let ports = Ports { poster: Some(Arc::clone(&receiver) as _), ..Ports::default() };
    (Reaktor::with(Setup { ports, ..Setup::default() }).await, receiver)
}

fn ask(url: &str) -> Value {
    json!({ "taskType": "lead_scoring", "inputPayload": jane(), "callbackUrl": url })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_result_is_posted_as_documented_and_signed_with_the_agents_secret() {
    let (here, receiver) = start(Vec::new()).await;
    let (_, agent, secret) = here.agent(10).await;
    let task = agent.post("/tasks", ask("https://your-server.com/webhook")).await.expect(200).json();
    assert_eq!(task["status"], "queued");
    here.rig.run_due().await;
    let got = receiver.got.lock().expect("unpoisoned").clone();
    assert_eq!(got.len(), 1);
    let (url, signed, body) = &got[0];
    assert_eq!((url.as_str(), signed), ("https://your-server.com/webhook", &signature(&secret, body)));
    let told: Value = serde_json::from_str(body).expect("JSON");
    assert_eq!(
        (&told["taskId"], &told["status"], &told["taskType"], &told["creditsCharged"]),
        (&task["taskId"], &json!("completed"), &json!("lead_scoring"), &json!(5))
    );
    assert!(told["output"]["score"].is_i64());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failing_receiver_is_tried_three_times_more_and_then_given_up() {
    let hang = Err("it took too long".to_owned());
    let (here, receiver) = start(vec![Ok(500), hang, Ok(302), Ok(404), Ok(200)]).await;
    let (_, agent, _) = here.agent(10).await;
    agent.post("/tasks", ask("https://your-server.com/webhook")).await.expect(200);
    let count = || receiver.got.lock().expect("unpoisoned").len();
    here.rig.run_due().await;
    assert_eq!(count(), 1);
    for (tries, wait) in RETRIES_MS.iter().enumerate() {
        here.rig.advance(wait - 1);
        here.rig.run_due().await;
        assert_eq!(count(), tries + 1, "not before its time");
        here.rig.advance(1);
        here.rig.run_due().await;
        assert_eq!(count(), tries + 2);
    }
    here.rig.advance(86_400_000);
    here.rig.run_due().await;
    assert_eq!(count(), 4);
    let bodies: Vec<String> =
        receiver.got.lock().expect("unpoisoned").iter().map(|(_, _, body)| body.clone()).collect();
    assert!(bodies.iter().all(|body| *body == bodies[0]), "the same bytes each time");
    let listed = here.rig.native("list_callbacks", json!({ "state": "failed" })).await;
    let row = &listed["callbacks"][0];
    assert_eq!((&row["attempts"], &row["last_status"]), (&json!(4), &json!(404)), "{listed}");
    let again = here.rig.native("replay_callback", json!({ "task_id": row["task_id"] })).await;
    assert_eq!((&again["state"], &again["attempts"]), (&json!("waiting"), &json!(0)));
    here.rig.run_due().await;
    assert_eq!(count(), 5, "once more, when a person says so");
    assert_eq!(receiver.got.lock().expect("unpoisoned")[4].2, bodies[0]);
    let events = here.rig.native("list_events", json!({ "limit": 1000 })).await.to_string();
    assert!(events.contains("callback.failed"), "{events}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn addresses_that_are_not_public_https_are_refused_when_they_are_named() {
    let (here, _) = start(Vec::new()).await;
    let (_, agent, _) = here.agent(100).await;
    for url in [
        "http://your-server.com/webhook",
        "https://127.0.0.1/x",
        "https://10.0.0.1/",
        "https://localhost/",
        "https://2130706433/",
        "file:///etc/passwd",
        "nonsense",
    ] {
        assert_refused(&agent.post("/tasks", ask(url)).await, 400, "VALIDATION_ERROR");
    }
    assert_eq!(agent.get("/billing/credits").await.expect(200).json()["agentBalance"], 100);
}
