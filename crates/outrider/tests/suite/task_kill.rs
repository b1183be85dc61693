//! `serve` is killed with SIGKILL while tasks are asked for, made and charged. Then every task that was answered for is there, none is
//! charged without an output or a refund, and no output is without its charge.
//!
//! `TEST_KILLS=100` plays longer than the default.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::rig::{PATIENCE, Rig, try_send};

/// Rounds that end in a kill.
const KILLS: u64 = 4;
/// Clients at once.
const CLIENTS: usize = 3;

fn kills() -> u64 {
    std::env::var("TEST_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(KILLS)
}

/// What one client asks for, one thing after the other.
fn asked(turn: usize) -> (&'static str, Value) {
    let prospect = json!({ "contactName": "Jane Smith", "company": "Acme Corp" });
    match turn % 3 {
        0 => ("/tasks", json!({ "task_type": "lead_scoring", "input": prospect })),
        1 => ("/tasks", json!({ "task_type": "research", "input": { "name": "Jane Smith" } })),
        _ => {
            let contacts: Vec<Value> = (0..20).map(|_| json!({ "name": "Jo Do", "company": "Beta" })).collect();
            ("/tasks/batch", json!({ "contacts": contacts }))
        }
    }
}

/// Asks until the server is gone; keeps the ids of what it was answered for.
fn ask(address: SocketAddr, key: &str, over: &AtomicBool, kept: &Mutex<Vec<String>>) {
    for turn in 0.. {
        if over.load(Ordering::SeqCst) {
            return;
        }
        let (path, body) = asked(turn);
        let bearer = format!("Bearer {key}");
        let headers = [("Authorization", bearer.as_str()), ("Content-Type", "application/json")];
        let path = format!("/api/v1{path}");
        let Ok((status, answer)) = try_send(address, "POST", &path, &headers, body.to_string().as_bytes()) else {
            return;
        };
        // An answer that broke off told nothing.
        if !answer.is_object() {
            return;
        }
        assert!(matches!(status, 201 | 202), "{status}: {answer}");
        let tasks = answer["data"]["tasks"].as_array().cloned().unwrap_or_else(|| vec![answer["data"].clone()]);
        let ids = tasks.iter().map(|task| task["id"].as_str().expect("an id").to_owned());
        kept.lock().unwrap_or_else(PoisonError::into_inner).extend(ids);
    }
}

#[test]
fn sigkill_between_charge_and_work_leaves_every_task_with_its_charge_or_its_refund() {
    for rig in Rig::each() {
        rig.file("outrider.toml", "[delivery]\nlease = \"2s\"\n");
        rig.ok(&["project", "create", "Acme"]);
        rig.ok(&["credits", "grant", "1000000000"]);
        let key = rig.ok(&["key", "create"]).trim().to_owned();
        let kept = Mutex::new(Vec::new());
        for round in 0..kills() {
            let mut server = rig.serve(&[]);
            let (over, address) = (AtomicBool::new(false), server.address);
            std::thread::scope(|scope| {
                for _ in 0..CLIENTS {
                    scope.spawn(|| ask(address, &key, &over, &kept));
                }
                std::thread::sleep(Duration::from_millis(300 + 137 * (round % 5)));
                server.process.kill().unwrap();
                over.store(true, Ordering::SeqCst);
            });
        }
        let server = rig.serve(&[]);
        let until = Instant::now() + PATIENCE;
        while server.data("/credits", &key)["held"] != 0 {
            assert!(Instant::now() < until, "queued tasks are not done: {}", server.data("/credits", &key));
            std::thread::sleep(Duration::from_millis(200));
        }
        let kept = kept.into_inner().unwrap_or_else(PoisonError::into_inner);
        assert!(kept.len() > 50, "only {} tasks were answered for", kept.len());
        for id in kept.iter().step_by(kept.len().div_ceil(200)) {
            assert_eq!(server.data(&format!("/tasks/{id}"), &key)["status"], "completed", "{id}");
        }
        let found = server.data("/tasks/statistics", &key);
        assert!(found["totalTasks"].as_u64() >= u64::try_from(kept.len()).ok(), "{found} after {} answers", kept.len());
        assert_eq!(server.data("/credits", &key)["spent"], found["creditsSpent"]);
        server.stop();
        let doctor = rig.run(&["doctor", "--json"]);
        let said: Value = serde_json::from_str(&doctor.stdout).expect("JSON");
        for what in ["credits", "tasks"] {
            let check = said["checks"].as_array().expect("checks").iter().find(|check| check["what"] == what);
            assert_eq!(check.map(|check| &check["grade"]), Some(&json!("good")), "{what}: {said}");
        }
    }
}
