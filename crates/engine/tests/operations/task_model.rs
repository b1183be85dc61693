//! Tasks with a language model: what it writes is used when it is proper, repaired once, and else made by the built-in implementation;
//! within time and the day's tokens, and charged the same.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::future::BoxFuture;
use outrider_engine::core::Settings;
use outrider_engine::error::Error;
use outrider_engine::ports::{Conversation, LanguageModel, NoAnswer, Ports, Said, Speaker};
use outrider_engine::tasks::make::{PATIENCE_AT_ONCE, PATIENCE_QUEUED};
use outrider_store::credits::{self, Totals};
use outrider_store::model_usage;
use serde_json::{Value, json};

use crate::support::TestApp;

/// A model that says what it is told to, one thing after the other; the last ever after. It remembers what it was asked.
struct Parrot {
    says: Mutex<Vec<Result<Said, NoAnswer>>>,
    asked: Mutex<Vec<Conversation>>,
}

impl LanguageModel for Parrot {
    fn name(&self) -> &str {
        "parrot-1"
    }

    fn longest_answer(&self) -> i64 {
        500
    }

    fn answer(&self, asked: Conversation) -> BoxFuture<'_, Result<Said, NoAnswer>> {
        self.asked.lock().unwrap().push(asked);
        let mut says = self.says.lock().unwrap();
        let said = if says.len() > 1 { says.remove(0) } else { says[0].clone() };
        Box::pin(std::future::ready(said))
    }
}

fn said(text: impl ToString) -> Result<Said, NoAnswer> {
    Ok(Said { text: text.to_string(), tokens: Some(1_000) })
}

fn mail(body: &str) -> Value {
    json!({ "subject": "Acme's plans", "body": body, "previewText": "One thought" })
}

async fn start(says: Vec<Result<Said, NoAnswer>>, tokens: i64) -> (TestApp, Arc<Parrot>) {
    let parrot = Arc::new(Parrot { says: Mutex::new(says), asked: Mutex::default() });
    let ports = Ports { model: Some(Arc::clone(&parrot) as _), ..Ports::default() };
    let settings = Settings { model_tokens_per_day: tokens, ..Settings::default() };
    let app = TestApp::with(settings).await.reaching(ports);
    app.call(&app.operator(), "grant_credits", json!({ "amount": 1000 })).ok().await;
    (app, parrot)
}

fn asked_for() -> Value {
    json!({ "task_type": "personalized_email", "input": { "contactName": "Jane Smith", "company": "Acme", "context": "Hiring 250 people" } })
}

async fn used(app: &TestApp) -> i64 {
    let (project, day) = (app.main, app.clock.now_millis().0 / 86_400_000);
    app.store().read(move |tx| Ok::<_, Error>(model_usage::of_day(tx, project, day)?)).await.unwrap()
}

#[tokio::test]
async fn what_the_model_writes_is_the_output_with_profile_and_icp_in_the_question() {
    let (app, parrot) = start(vec![said(mail("Hi Jane, 250 people is a lot."))], 100_000).await;
    let owner = app.owner().await;
    app.call(&owner, "update_profile", json!({ "valueProp": "I help CFOs close in 48 hours" })).ok().await;
    app.call(&owner, "create_icp", json!({ "name": "CFOs", "target_seniority": "C-level" })).ok().await;
    let task = app.call(&owner, "submit_task", asked_for()).ok().await;
    assert_eq!(
        (&task["output"]["engine"], &task["made_by"], &task["output"]["body"]),
        (&json!("parrot-1"), &json!("parrot-1"), &json!("Hi Jane, 250 people is a lot."))
    );
    assert!(task["output"].get("engineNote").is_none(), "{task}");
    let asked = parrot.asked.lock().unwrap()[0].clone();
    let text = |by| asked.turns.iter().find(|turn| turn.by == by).map(|turn| turn.text.clone()).unwrap();
    assert!(
        text(Speaker::Instructions).contains("one cold email") && asked.schema["properties"]["subject"].is_object()
    );
    for known in ["I help CFOs close in 48 hours", "C-level", "Hiring 250 people"] {
        assert!(text(Speaker::Asker).contains(known), "{known}");
    }
    assert_eq!((used(&app).await, task["credits"].as_i64()), (1_000, Some(5)));
}

#[tokio::test]
async fn a_bad_answer_is_repaired_once_and_then_the_built_in_implementation_steps_in() {
    let says = vec![said("I'm sorry, Dave."), said(mail("Hi Jane, you have 250 people."))];
    let (app, parrot) = start(says, 100_000).await;
    let owner = app.owner().await;
    let repaired = app.call(&owner, "submit_task", asked_for()).ok().await;
    assert_eq!(repaired["made_by"], "parrot-1");
    let second = parrot.asked.lock().unwrap()[1].clone();
    assert_eq!(second.turns.len(), 4);
    assert!(second.turns[3].text.contains("no JSON object"), "{second:?}");
    assert_eq!(used(&app).await, 2_000);

    *parrot.says.lock().unwrap() = vec![said(mail("We have 9000 customers, [First Name]."))];
    let instead = app.call(&owner, "submit_task", asked_for()).ok().await;
    assert_eq!((&instead["made_by"], &instead["output"]["engine"]), (&json!("built_in"), &json!("built_in")));
    let note = instead["output"]["engineNote"].as_str().unwrap();
    assert!(note.contains("9000") && note.contains("refused twice"), "{note}");
    let asked = parrot.asked.lock().unwrap().len();
    assert_eq!((asked, used(&app).await), (4, 4_000));

    for (read, tokens) in [(false, 4_000), (true, 4_001)] {
        *parrot.says.lock().unwrap() = vec![Err(NoAnswer { why: "the model is out of reach".to_owned(), read })];
        let instead = app.call(&owner, "submit_task", asked_for()).ok().await;
        assert_eq!(instead["output"]["engineNote"], "the model is out of reach");
        assert!(if read { used(&app).await >= tokens } else { used(&app).await == tokens }, "{read}");
    }
    let totals = app.store().read(|tx| Ok::<_, Error>(credits::totals(tx)?)).await.unwrap();
    assert_eq!(totals, Totals::default());
    let credits = app.call(&app.operator(), "get_credits", json!({})).ok().await;
    assert_eq!((&credits["spent"], &credits["held"]), (&json!(20), &json!(0)), "every output has its charge");
}

#[tokio::test]
async fn a_projects_tokens_of_a_day_are_all_it_uses() {
    let (app, parrot) = start(vec![said(mail("Hi Jane."))], 4_000).await;
    let owner = app.owner().await;
    let mut makers = Vec::new();
    for _ in 0..5 {
        let task = app.call(&owner, "submit_task", asked_for()).ok().await;
        makers.push(task["made_by"] == "parrot-1");
    }
    assert!(makers[0] && !makers[4], "{makers:?}");
    assert_eq!(makers.iter().filter(|by_model| **by_model).count(), parrot.asked.lock().unwrap().len());
    assert!(used(&app).await <= 4_000);
    let other = crate::support::Caller::Operator(app.other);
    app.call(&other, "grant_credits", json!({ "amount": 10 })).ok().await;
    assert_eq!(
        app.call(&other, "submit_task", asked_for()).ok().await["made_by"],
        "parrot-1",
        "another's day is another's"
    );
    app.clock.advance(86_400_000);
    assert_eq!(
        app.call(&owner, "submit_task", asked_for()).ok().await["made_by"],
        "parrot-1",
        "tomorrow is another day"
    );
}

#[tokio::test]
async fn who_waits_gives_the_model_less_time_than_who_does_not() {
    let (app, parrot) = start(vec![said("{}")], 100_000).await;
    let owner = app.owner().await;
    app.call(&owner, "submit_task", asked_for()).ok().await;
    app.call(&owner, "submit_task", json!({ "task_type": "research", "input": { "name": "Jane Smith" } })).ok().await;
    app.run_jobs().await;
    let within: Vec<Duration> = parrot.asked.lock().unwrap().iter().map(|asked| asked.within).collect();
    assert_eq!(within.len(), 4);
    assert!(within[0] <= PATIENCE_AT_ONCE && within[1] <= within[0], "a repair has what is left: {within:?}");
    assert!(within[2] > PATIENCE_AT_ONCE && within[2] <= PATIENCE_QUEUED, "{within:?}");
}

#[tokio::test]
async fn queued_work_and_workflows_say_which_engine_made_which_part() {
    let (app, parrot) = start(vec![said("{}")], 1_000_000).await;
    let owner = app.owner().await;
    let prospect = json!({ "contactName": "Jane Smith", "company": "Acme" });
    let queued =
        app.call(&owner, "submit_task", json!({ "task_type": "prospect_and_outreach", "input": prospect })).ok().await;
    // The second answers of a contact look-up, a score and a message are no good; the mail's is.
    *parrot.says.lock().unwrap() = [vec![said("{}"); 6], vec![said(mail("Hi Jane."))]].concat();
    app.run_jobs().await;
    let task = app.call(&owner, "get_task", json!({ "task_id": queued["id"] })).ok().await;
    let steps = &task["output"]["steps"];
    assert_eq!((&task["status"], &task["made_by"]), (&json!("completed"), &json!("several")), "{task}");
    assert_eq!(
        (&steps["lead_scoring"]["engine"], &steps["personalized_email"]["engine"]),
        (&json!("built_in"), &json!("parrot-1"))
    );
    assert_eq!(used(&app).await, 7_000);
}
