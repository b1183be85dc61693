//! Webhooks: events told in order and signed, tried again, given up, sent back in the log, and never another project's.

use std::sync::{Arc, Mutex};

use futures_util::future::BoxFuture;
use outrider_engine::ports::{Ports, Poster};
use outrider_engine::webhooks::drive::{PAUSE_MS, RETRIES_MS};
use serde_json::{Value, json};

use crate::support::{Caller, TestApp};

/// A receiver that answers what it is told to, and keeps what it gets.
#[derive(Default)]
struct Receiver {
    answers: Mutex<Vec<Result<u16, String>>>,
    got: Mutex<Vec<Got>>,
}

#[derive(Clone)]
struct Got {
    url: String,
    headers: Vec<(&'static str, String)>,
    body: Value,
}

impl Got {
    fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(known, _)| *known == name).map_or("", |(_, value)| value)
    }
}

impl Poster for Receiver {
    fn post(
        &self,
        url: String,
        headers: Vec<(&'static str, String)>,
        body: String,
    ) -> BoxFuture<'_, Result<u16, String>> {
        let body = serde_json::from_str(&body).unwrap();
        self.got.lock().unwrap().push(Got { url, headers, body });
        let mut answers = self.answers.lock().unwrap();
        let answer = if answers.is_empty() { Ok(200) } else { answers.remove(0) };
        Box::pin(std::future::ready(answer))
    }
}

impl Receiver {
    fn take(&self) -> Vec<Got> {
        std::mem::take(&mut self.got.lock().unwrap())
    }

    fn types(&self) -> Vec<String> {
        self.take().iter().map(|got| got.body["type"].as_str().unwrap().to_owned()).collect()
    }
}

async fn start() -> (TestApp, Arc<Receiver>, Caller) {
    let receiver = Arc::new(Receiver::default());
    let ports = Ports { poster: Some(Arc::clone(&receiver) as _), ..Ports::default() };
    let app = TestApp::new().await.reaching(ports);
    let owner = app.owner().await;
    (app, receiver, owner)
}

async fn lead(app: &TestApp, owner: &Caller, name: &str) {
    app.call(owner, "create_lead", json!({ "name": name })).ok().await;
}

#[tokio::test]
async fn events_from_now_on_come_in_order_signed_and_once() {
    let (app, receiver, owner) = start().await;
    lead(&app, &owner, "Before Hook").await;
    let made =
        app.call(&owner, "create_webhook", json!({ "url": "https://your.app/hooks", "types": ["lead.*"] })).ok().await;
    assert!(made["secret"].as_str().unwrap().starts_with("whsec_"), "{made}");
    lead(&app, &owner, "Ann One").await;
    lead(&app, &owner, "Bob Two").await;
    app.run_jobs().await;
    let got = receiver.take();
    assert_eq!(got.len(), 2, "what came before and what has another type is not told");
    assert_eq!((got[0].url.as_str(), got[0].header("webhook-timestamp")), ("https://your.app/hooks", "1793613600"));
    assert!(
        got[0].header("webhook-signature").starts_with("v1,")
            && got[0].header("webhook-id") != got[1].header("webhook-id")
    );
    assert_eq!((&got[0].body["type"], &got[1].body["data"]["type"]), (&json!("lead.created"), &json!("lead.created")));
    assert!(got[0].body["data"]["number"].as_i64() < got[1].body["data"]["number"].as_i64());

    lead(&app, &owner, "Cid Three").await;
    app.clock.advance(PAUSE_MS);
    app.run_jobs().await;
    assert_eq!(receiver.types(), ["lead.created"], "an idle webhook hears of it by itself");
    let listed = app.call(&owner, "list_webhooks", json!({})).ok().await;
    let row = &listed["items"][0];
    assert_eq!((&row["state"], &row["failures"], row.get("secret")), (&json!("active"), &json!(0), None));

    let stranger = app.key_of(app.other, &["*"]).await;
    for operation in ["update_webhook", "delete_webhook"] {
        let asked = json!({ "webhook_id": made["id"] });
        assert_eq!(app.call(&stranger, operation, asked).fails().await.0, "resource_not_found", "{operation}");
    }
    app.call(&owner, "delete_webhook", json!({ "webhook_id": made["id"] })).ok().await;
    lead(&app, &owner, "Dan Four").await;
    app.clock.advance(PAUSE_MS);
    app.run_jobs().await;
    assert_eq!(receiver.types(), [""; 0]);
}

#[tokio::test]
async fn a_receiver_that_fails_is_tried_again_with_the_same_event_and_catches_up() {
    let (app, receiver, owner) = start().await;
    let asked = json!({ "url": "https://your.app/hooks", "types": ["lead.created"] });
    let made = app.call(&owner, "create_webhook", asked).ok().await;
    for name in ["Ann One", "Bob Two", "Cid Three"] {
        lead(&app, &owner, name).await;
    }
    *receiver.answers.lock().unwrap() = vec![Ok(200), Ok(500), Err("it took too long".to_owned())];
    app.run_jobs().await;
    let first = receiver.take();
    assert_eq!(first.len(), 2, "the third waits for the second");
    app.clock.advance(RETRIES_MS[0]);
    app.run_jobs().await;
    let again = receiver.take();
    assert_eq!((again.len(), again[0].header("webhook-id")), (1, first[1].header("webhook-id")));
    assert_ne!(again[0].header("webhook-signature"), first[1].header("webhook-signature"), "signed at its own time");
    let row = app.call(&owner, "list_webhooks", json!({})).ok().await["items"][0].clone();
    assert_eq!((&row["failures"], &row["last_error"]), (&json!(2), &json!("it took too long")));
    app.clock.advance(RETRIES_MS[1]);
    app.run_jobs().await;
    assert_eq!(receiver.take().len(), 2);

    // Down for good: given up, and on the way again where it stood.
    lead(&app, &owner, "Dan Four").await;
    *receiver.answers.lock().unwrap() = vec![Ok(410); RETRIES_MS.len() + 1];
    app.clock.advance(PAUSE_MS);
    app.run_jobs().await;
    for wait in RETRIES_MS {
        app.clock.advance(wait);
        app.run_jobs().await;
    }
    assert_eq!(receiver.take().len(), RETRIES_MS.len() + 1);
    let row = app.call(&owner, "list_webhooks", json!({})).ok().await["items"][0].clone();
    assert_eq!(row["state"], "failed", "{row}");
    assert!(app.events().await.contains(&"webhook.failed".to_owned()));
    lead(&app, &owner, "Eve Five").await;
    app.clock.advance(86_400_000);
    app.run_jobs().await;
    assert_eq!(receiver.take().len(), 0);
    app.call(&owner, "update_webhook", json!({ "webhook_id": made["id"], "state": "active" })).ok().await;
    app.run_jobs().await;
    assert_eq!(receiver.take().len(), 2, "nothing is lost meanwhile");

    app.call(&owner, "update_webhook", json!({ "webhook_id": made["id"], "after": 0 })).ok().await;
    app.run_jobs().await;
    let replayed = receiver.take();
    assert_eq!((replayed.len(), replayed[0].header("webhook-id")), (5, first[0].header("webhook-id")));
    app.call(&owner, "update_webhook", json!({ "webhook_id": made["id"], "state": "paused" })).ok().await;
    lead(&app, &owner, "Flo Six").await;
    app.clock.advance(PAUSE_MS);
    app.run_jobs().await;
    assert_eq!(receiver.take().len(), 0, "paused");
}

#[tokio::test]
async fn what_can_be_no_webhook_is_refused_at_its_field() {
    let (app, _, owner) = start().await;
    for (input, field) in [
        (json!({ "url": "http://your.app/" }), "url"),
        (json!({ "url": "https://10.0.0.1/" }), "url"),
        (json!({ "url": " " }), "url"),
        (json!({ "url": "https://your.app/", "types": ["*"] }), "types"),
        (json!({ "url": "https://your.app/", "after": 1_000_000 }), "after"),
    ] {
        app.call(&owner, "create_webhook", input).refused("validation_error", field).await;
    }
    let made = app.call(&owner, "create_webhook", json!({ "url": "https://your.app/" })).ok().await;
    let change = json!({ "webhook_id": made["id"], "state": "failed" });
    app.call(&owner, "update_webhook", change).refused("validation_error", "state").await;
}
