//! Tasks with a language model behind a server that nobody here wrote: what it says is the output and says so, and whatever goes
//! wrong with it, the built-in implementation steps in and says why.

use std::sync::Arc;

use outrider_engine::ports::Ports;
use outrider_providers::chat::{Chat, ModelSettings};
use outrider_testkit::model_server::{Chaos, ModelServer};
use serde_json::{Value, json};

use super::Reaktor;
use crate::rig::Setup;

/// A mail as the skill's schema wants it, which says nothing that was not given.
const MAIL: &str = r#"{"subject":"Acme's plans","body":"Hi Jane,\n\nHow do the new people settle in?\n\nBest regards","previewText":"One thought"}"#;

/// What comes of a mail to somebody.
async fn mail(here: &Reaktor, name: &str) -> Value {
    let prospect = json!({ "contactName": name, "company": "Acme", "context": "Recently hired 10 SDRs" });
    let asked = json!({ "taskType": "personalized_email", "inputPayload": prospect });
    let task = here.owner.post("/tasks", asked).await.expect(200).json();
    assert_eq!((&task["status"], &task["creditsCharged"]), (&json!("completed"), &json!(5)), "{task}");
    task["output"].clone()
}

async fn start(chaos: Chaos) -> Option<(Reaktor, ModelServer)> {
    let answers = [
        ("Jane Smith", MAIL),
        ("Bob Jones", "I'd rather write a poem."),
        ("Eve Long", r#"{"subject":"Only a subject"}"#),
    ];
    let server = tokio::task::block_in_place(|| ModelServer::start(&answers, chaos)).ok()?;
    let settings = ModelSettings {
        base_url: Some(format!("{}/v1", server.url())),
        model: Some("gpt-4o-mini".to_owned()),
        ..ModelSettings::default()
    };
    let model = Chat::new(&settings).expect("settings that work").expect("a model");
    let ports = Ports { model: Some(Arc::new(model)), ..Ports::default() };
    Some((Reaktor::with(Setup { ports, ..Setup::default() }).await, server))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_models_mail_is_the_output_and_what_is_no_mail_is_written_here() {
    let Some((here, _server)) = start(Chaos::None).await else { return };
    let written = mail(&here, "Jane Smith").await;
    assert_eq!((&written["engine"], &written["subject"]), (&json!("gpt-4o-mini"), &json!("Acme's plans")), "{written}");
    assert!(written.get("engineNote").is_none(), "{written}");
    for name in ["Bob Jones", "Eve Long", "Nobody Asked"] {
        let own = mail(&here, name).await;
        assert_eq!(own["engine"], "built_in", "{name}: {own}");
        assert!(own["engineNote"].as_str().is_some_and(|why| !why.is_empty()), "{name}: {own}");
        assert!(own["body"].as_str().is_some_and(|body| !body.contains("poem")), "{name}: {own}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_breaks_off_or_talks_nonsense_costs_nobody_their_output() {
    for chaos in [Chaos::Malformed, Chaos::Disconnect, Chaos::Drop, Chaos::RateLimit] {
        let Some((here, _server)) = start(chaos).await else { return };
        let own = mail(&here, "Jane Smith").await;
        assert_eq!(own["engine"], "built_in", "{chaos:?}: {own}");
        assert!(own["engineNote"].as_str().is_some_and(|why| !why.is_empty()), "{chaos:?}: {own}");
    }
}
