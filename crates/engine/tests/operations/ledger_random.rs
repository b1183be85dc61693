//! The ledger under random operations, deaths of workers and restarts: the sum stays zero, nothing is charged without an output or a
//! refund, and no output is without its charge.
//!
//! Some hundred operations here, in seconds; CONTRIBUTING.md tells how to have a million.

use std::collections::HashMap;

use outrider_engine::credits::budget::month_of;
use outrider_engine::error::Error;
use outrider_engine::worker::Crash;
use outrider_store::credits::{self, Totals};
use outrider_store::tasks;
use serde_json::{Value, json};

use super::sub_agents::{by_key, sub_agent};
use crate::support::TestApp;
use crate::world::id_of;

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

/// A task that was queued: what it would give back, and to which month.
struct Queued {
    id: Value,
    agent: i64,
    month: i64,
    credits: i64,
}

/// What was spent by the answers alone, to compare budgets with: by month, and by month and agent.
#[derive(Default)]
struct Model {
    by_month: HashMap<i64, i64>,
    by_agent: HashMap<(i64, i64), i64>,
}

impl Model {
    fn count(&mut self, agent: i64, month: i64, credits: i64) {
        *self.by_month.entry(month).or_default() += credits;
        *self.by_agent.entry((agent, month)).or_default() += credits;
    }
}

/// An owner key of a person's.
async fn key_of(app: &TestApp, person: &str) -> String {
    let asked = json!({ "dialect": "reaktor", "can_provision": true, "user_id": person });
    let made = app.call(&app.operator(), "create_key", asked).ok().await;
    made["secret"].as_str().unwrap().to_owned()
}

/// Everything that must hold at any moment.
async fn look(app: &TestApp, model: &Model, agents: &[Agent]) {
    let totals = app.store().read(|tx| Ok::<_, Error>(credits::totals(tx)?)).await.unwrap();
    assert_eq!(totals, Totals::default());
    let project = app.main;
    let found = app.store().read(move |tx| Ok::<_, Error>(tasks::unbalanced(tx, project)?)).await.unwrap();
    assert_eq!(found, [""; 0], "tasks whose charge does not fit their state");
    let month = month_of(app.clock.now_millis());
    let budgets = app.call(&app.operator(), "list_budgets", json!({})).ok().await;
    for budget in budgets["budgets"].as_array().unwrap() {
        let (spent, cap) = (budget["spent_this_month"].as_i64().unwrap(), budget["monthly_cap"].as_i64().unwrap());
        let wanted = match budget["holder"].as_str().unwrap().strip_prefix("agent:").map(|agent| agent.parse().unwrap())
        {
            Some(agent) if agents.iter().any(|one| one.id == agent) => model.by_agent.get(&(agent, month)),
            // Those that made others: each of them for the ones it made.
            Some(_) => continue,
            None => model.by_month.get(&month),
        };
        assert_eq!(spent, wanted.copied().unwrap_or(0), "{budget}");
        assert!(cap == 0 || spent <= cap, "{budget}");
    }
}

async fn begin(seed: u64) -> (TestApp, String, String, Vec<Agent>) {
    let app = TestApp::new().await;
    let person = json!({ "email": "ann@acme.example", "role": "seller" });
    let person = id_of(&app.call(&app.operator(), "create_user", person).ok().await);
    let owner = key_of(&app, &person).await;
    app.call(&app.operator(), "grant_credits", json!({ "amount": 1_000 })).ok().await;
    app.call(&app.operator(), "transfer_credits", json!({ "user_id": person, "credits": 500 })).ok().await;
    let mut agents = Vec::new();
    for (number, cap) in [0, 0, 200].into_iter().enumerate() {
        let (id, key) = sub_agent(&app, &owner, i64::try_from(50 * number as u64 + seed % 7).unwrap(), cap).await;
        agents.push(Agent { id, key });
    }
    (app, person, owner, agents)
}

#[tokio::test]
async fn the_ledger_holds_after_random_operations_with_crashes() {
    let (operations, seed) = (wanted("LEDGER_OPERATIONS", OPERATIONS), wanted("LEDGER_SEED", 1));
    let (mut app, person, mut owner, mut agents) = begin(seed).await;
    let mut numbers = Numbers(seed);
    let mut model = Model::default();
    let mut queued: Vec<Queued> = Vec::new();
    let (mut refused, mut died, mut completed) = (0_u64, 0_u64, 0_u64);
    for operation in 1..=operations {
        if operation % BETWEEN_KEYS == 0 {
            owner = key_of(&app, &person).await;
            for agent in &mut agents {
                let asked = json!({ "sub_agent": agent.id });
                let made = app.call(&app.operator(), "rotate_sub_agent_key", asked).ok().await;
                made["api_key"].as_str().unwrap().clone_into(&mut agent.key);
            }
        }
        let agent = &agents[usize::try_from(numbers.below(3)).unwrap()];
        let (number, month) = (agent.id, month_of(app.clock.now_millis()));
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
            68..79 => match queued.pop() {
                Some(task) => {
                    let answer = by_key(&app, &owner, "cancel_task", json!({ "task_id": task.id })).await;
                    if answer.is_ok() {
                        model.count(task.agent, task.month, -task.credits);
                    }
                    answer.map(|_| Value::Null)
                }
                None => Err("nothing to cancel"),
            },
            79..81 => {
                Ok(app.call(&app.operator(), "grant_credits", json!({ "amount": 1 + numbers.below(600) })).ok().await)
            }
            81..83 => {
                let asked = json!({ "user_id": person, "credits": 1 + numbers.below(400) });
                let outcome = app.call(&app.operator(), "transfer_credits", asked).send().await;
                outcome.map(|_| Value::Null).map_err(|error| error.code.name)
            }
            83..84 => {
                // A cap anew, never below what is spent; now and then the purse is taken away, with what is set aside from it.
                let spent = model.by_month.get(&month).copied().unwrap_or(0).unsigned_abs();
                let cap = if numbers.below(2) == 0 { 0 } else { spent + 1 + numbers.below(1_500) };
                let asked = match numbers.below(3) {
                    0 => json!({ "holder": "project", "monthly_cap": cap }),
                    1 => json!({ "holder": person, "monthly_cap": cap }),
                    _ => json!({ "holder": person, "own_purse": numbers.below(2) == 0 }),
                };
                Ok(app.call(&app.operator(), "set_budget", asked).ok().await)
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
                    let credits = task["credits"].as_i64().unwrap_or(0);
                    completed += u64::from(task["status"] == "completed");
                    if task["status"] == "queued" {
                        queued.push(Queued { id: task["id"].clone(), agent: number, month, credits });
                    }
                    if task["status"] == "completed" || task["status"] == "queued" {
                        model.count(number, month, credits);
                    }
                }
            }
            Err(_) => refused += 1,
        }
        if operation % (operations / LOOKS).max(BETWEEN_LOOKS) == 0 {
            look(&app, &model, &agents).await;
            if operations > OPERATIONS {
                eprintln!("{operation} operations: {completed} completed at once, {refused} refused, {died} deaths");
            }
        }
    }
    app.clock.advance(200_000);
    app.run_jobs().await;
    look(&app, &model, &agents).await;
    let left = app.call(&app.operator(), "get_credits", json!({})).ok().await;
    assert_eq!(left["held"], 0, "nothing is set aside once nothing is queued: {left}");
    assert!(refused > 0 && died > 0 && completed > 0, "{refused} refused, {died} deaths, {completed} completed");
}
