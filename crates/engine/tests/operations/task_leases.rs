//! Leases of tasks: a living worker keeps what it is at, a dead one's is taken up within seconds, and one thought dead changes nothing.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::future::BoxFuture;
use outrider_engine::Settings;
use outrider_engine::ports::{Conversation, LanguageModel, NoAnswer, Ports, Said};
use outrider_engine::tasks::lease::LONGEST_MS;
use serde_json::{Value, json};

use crate::support::TestApp;

async fn queue_research(app: &TestApp) -> Value {
    let owner = app.owner().await;
    app.call(&app.operator(), "grant_credits", json!({ "amount": 5 })).ok().await;
    let asked = json!({ "task_type": "research", "input": { "name": "Jane Smith" } });
    app.call(&owner, "submit_task", asked).ok().await["id"].clone()
}

async fn task(app: &TestApp, id: &Value) -> Value {
    app.call(&app.operator(), "get_task", json!({ "task_id": id })).ok().await
}

/// Thinks for a while, and then has nothing to say.
struct Slow {
    thinks: Duration,
    asked: AtomicUsize,
}

impl LanguageModel for Slow {
    fn name(&self) -> &str {
        "slow"
    }

    fn longest_answer(&self) -> i64 {
        10
    }

    fn answer(&self, _: Conversation) -> BoxFuture<'_, Result<Said, NoAnswer>> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        Box::pin(async {
            tokio::time::sleep(self.thinks).await;
            Err(NoAnswer { why: "it has nothing to say".to_owned(), read: true })
        })
    }
}

#[tokio::test]
async fn what_a_worker_is_at_stays_its_own_for_as_long_as_it_lives() {
    let slow = Arc::new(Slow { thinks: Duration::from_millis(700), asked: AtomicUsize::new(0) });
    let settings = Settings { lease_ms: 300, model_tokens_per_day: 100_000, ..Settings::default() };
    let ports = Ports { model: Some(Arc::clone(&slow) as _), ..Ports::default() };
    let app = TestApp::with(settings).await.reaching(ports);
    let id = queue_research(&app).await;
    let claimed = app.worker.claim(usize::MAX).await.unwrap().tasks;
    assert_eq!(claimed.len(), 1);
    let others = async {
        for _ in 0..5 {
            tokio::time::sleep(Duration::from_millis(120)).await;
            app.clock.advance(100);
            assert_eq!(app.worker.claim(usize::MAX).await.unwrap().claimed, 0, "somebody is at it");
        }
    };
    let (driven, ()) = tokio::join!(app.worker.drive_tasks(claimed), others);
    driven.unwrap();
    assert_eq!((task(&app, &id).await["status"].as_str(), slow.asked.load(Ordering::SeqCst)), (Some("completed"), 1));
}

#[tokio::test]
async fn what_a_dead_worker_held_is_taken_up_within_seconds_and_a_late_writer_changes_nothing() {
    let app = TestApp::new().await;
    let id = queue_research(&app).await;
    let stalled = app.worker.claim(usize::MAX).await.unwrap().tasks;
    app.clock.advance(LONGEST_MS - 1);
    assert_eq!(app.run_jobs().await, 0, "it may live");
    app.clock.advance(1);
    assert_eq!(app.run_jobs().await, 1);
    let done = task(&app, &id).await;
    assert_eq!(done["status"], "completed");
    app.clock.advance(1_000);
    app.worker.drive_tasks(stalled).await.unwrap();
    assert_eq!(task(&app, &id).await, done);
    assert_eq!(app.events().await.iter().filter(|kind| *kind == "task.completed").count(), 1);
    let credits = app.call(&app.operator(), "get_credits", json!({})).ok().await;
    assert_eq!((&credits["credits_remaining"], &credits["held"], &credits["spent"]), (&json!(0), &json!(0), &json!(5)));
}

#[tokio::test]
async fn a_renewal_of_a_lease_that_others_have_by_now_takes_nothing_back() {
    let app = TestApp::new().await;
    queue_research(&app).await;
    let lost = app.worker.claim(usize::MAX).await.unwrap().tasks;
    app.clock.advance(LONGEST_MS);
    let now = app.worker.claim(usize::MAX).await.unwrap().tasks;
    let (core, held) = (Arc::clone(app.pipeline.core()), lost);
    app.clock.advance(LONGEST_MS / 2);
    app.store().write(move |tx| outrider_engine::tasks::lease::hold(tx, &core, &held)).await.unwrap();
    app.clock.advance(LONGEST_MS / 2);
    assert_eq!(
        app.worker.claim(usize::MAX).await.unwrap().tasks.len(),
        now.len(),
        "the second lease ended when it was to"
    );
}
