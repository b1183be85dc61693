//! The ledger under random operations, deaths of workers and restarts: the sum stays zero, nothing is charged without an output or a
//! refund, and no output is without its charge.
//!
//! Some hundred operations here, in seconds; CONTRIBUTING.md tells how to have a million.

use outrider_engine::error::Error;
use outrider_engine::worker::Crash;
use outrider_store::credits::{self, Totals};
use outrider_store::tasks;
use serde_json::{Value, json};

use super::sub_agents::{by_key, owner_key, sub_agent};
use crate::support::TestApp;

/// Operations when nothing is said.
const OPERATIONS: u64 = 600;
/// Operations after which everybody gets another key: time passes, and keys end after a year.
const BETWEEN_KEYS: u64 = 2_000;
/// Looks at everything in a run: each reads every task and entry there is.
const LOOKS: u64 = 100;
/// Least operations between two of them.
const BETWEEN_LOOKS: u64 = 200;

fn wanted(name: &str, usual: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
}

/// Numbers that look random and are the same for the same seed (SplitMix64).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end
    }
}

/// Who acts: an agent with its key, its purse and its cap.
struct Agent {
    id: i64,
    key: String,
}

/// Everything that must hold at any moment.
async fn look(app: &TestApp) {
    let totals = app.store().read(|tx| Ok::<_, Error>(credits::totals(tx)?)).await.unwrap();
    assert_eq!(totals, Totals::default());
    let project = app.main;
    let found = app.store().read(move |tx| Ok::<_, Error>(tasks::unbalanced(tx, project)?)).await.unwrap();
    assert_eq!(found, [""; 0], "tasks whose charge does not fit their state");
}

async fn begin(seed: u64) -> (TestApp, String, Vec<Agent>) {
    let app = TestApp::new().await;
    let owner = owner_key(&app).await;
    app.call(&app.operator(), "grant_credits", json!({ "amount": 1_000 })).ok().await;
    let mut agents = Vec::new();
    for (number, cap) in [0, 0, 200].into_iter().enumerate() {
        let (id, key) = sub_agent(&app, &owner, i64::try_from(50 * number as u64 + seed % 7).unwrap(), cap).await;
        agents.push(Agent { id, key });
    }
    (app, owner, agents)
}

#[tokio::test]
async fn the_ledger_holds_after_random_operations_with_crashes() {
    let (operations, seed) = (wanted("LEDGER_OPERATIONS", OPERATIONS), wanted("LEDGER_SEED", 1));
    let (mut app, mut owner, mut agents) = begin(seed).await;
    let mut numbers = Numbers(seed);
    let mut queued: Vec<Value> = Vec::new();
    let (mut refused, mut died, mut completed) = (0_u64, 0_u64, 0_u64);
    for operation in 1..=operations {
        if operation % BETWEEN_KEYS == 0 {
            owner = owner_key(&app).await;
            for agent in &mut agents {
                let asked = json!({ "sub_agent": agent.id });
                let made = app.call(&app.operator(), "rotate_sub_agent_key", asked).ok().await;
                made["api_key"].as_str().unwrap().clone_into(&mut agent.key);
            }
        }
        let agent = &agents[usize::try_from(numbers.below(3)).unwrap()];
        let prospect = json!({ "contactName": "Jane Smith", "company": "Acme Corp" });
        let answer = match numbers.below(100) {
            0..25 => {
                by_key(&app, &agent.key, "submit_task", json!({ "task_type": "lead_scoring", "input": prospect })).await
            }
            25..45 => {
                by_key(
                    &app,
                    &agent.key,
                    "submit_task",
                    json!({ "task_type": "research", "input": { "name": "Jane Smith" } }),
                )
                .await
            }
            45..50 => {
                let contacts: Vec<Value> =
                    (0..=numbers.below(12)).map(|_| json!({ "name": "Jo Do", "company": "X" })).collect();
                by_key(&app, &agent.key, "submit_batch", json!({ "contacts": contacts })).await
            }
            50..68 => {
                let credits = 1 + i64::try_from(numbers.below(60)).unwrap();
                by_key(&app, &owner, "transfer_credits", json!({ "sub_agent": agent.id, "credits": credits })).await
            }
            68..80 => match queued.pop() {
                Some(task) => by_key(&app, &owner, "cancel_task", json!({ "task_id": task })).await,
                None => Err("nothing to cancel"),
            },
            80..84 => {
                Ok(app.call(&app.operator(), "grant_credits", json!({ "amount": 1 + numbers.below(300) })).ok().await)
            }
            84..92 => {
                app.run_jobs().await;
                Ok(Value::Null)
            }
            92..96 => {
                // Dies with what it claimed; others may have it once its lease is over.
                assert!(app.worker.run_due_until(Crash::BeforeTasks).await.unwrap());
                app = app.restart().await;
                died += 1;
                app.clock.advance(200_000);
                Ok(Value::Null)
            }
            96..97 => {
                app = app.restart().await;
                died += 1;
                Ok(Value::Null)
            }
            97..98 => {
                // What it has queued stays; what is given back of it has no purse to go to but the project's.
                let (place, old) =
                    (usize::try_from(operation % 3).unwrap(), agents[usize::try_from(operation % 3).unwrap()].id);
                by_key(&app, &owner, "revoke_sub_agent", json!({ "sub_agent": old })).await.unwrap();
                let (id, key) = sub_agent(&app, &owner, 0, if place == 2 { 200 } else { 0 }).await;
                agents[place] = Agent { id, key };
                Ok(Value::Null)
            }
            _ => {
                app.clock.advance(i64::try_from(numbers.below(3 * 86_400_000)).unwrap());
                Ok(Value::Null)
            }
        };
        match answer {
            Ok(made) => {
                let tasks = made["tasks"].as_array().cloned().unwrap_or_else(|| vec![made]);
                for task in tasks {
                    completed += u64::from(task["status"] == "completed");
                    if task["status"] == "queued" {
                        queued.push(task["id"].clone());
                    }
                }
            }
            Err(_) => refused += 1,
        }
        if operation % (operations / LOOKS).max(BETWEEN_LOOKS) == 0 {
            look(&app).await;
            if operations > OPERATIONS {
                eprintln!("{operation} operations: {completed} completed at once, {refused} refused, {died} deaths");
            }
        }
    }
    app.clock.advance(200_000);
    app.run_jobs().await;
    look(&app).await;
    let left = app.call(&app.operator(), "get_credits", json!({})).ok().await;
    assert_eq!(left["held"], 0, "nothing is set aside once nothing is queued: {left}");
    assert!(refused > 0 && died > 0 && completed > 0, "{refused} refused, {died} deaths, {completed} completed");
}
