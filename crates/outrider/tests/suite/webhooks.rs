//! What receivers are sent, by the real binary over real connections, and what libraries that nobody here wrote think of its
//! signatures.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use outrider_testkit::python;
use outrider_testkit::receiver::{Delivery, Manner, Receiver};
use serde_json::{Value, json};

use crate::rig::{PATIENCE, Rig};

/// What a judge prints of a delivery it finds genuine; nothing where it is not installed.
fn judged(manner: &str, secret: &str, delivery: &Delivery) -> Option<Result<String, String>> {
    let headers: BTreeMap<&str, &str> =
        delivery.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let given = json!({ "headers": headers, "body": delivery.body }).to_string();
    let verdict = python::script("webhook_judge.py", &[manner, secret], &[], given.as_bytes()).ok()?;
    let said = verdict.said.trim().to_owned();
    Some(if verdict.good { Ok(said) } else { Err(said) })
}

/// Waits until what was read is what is wanted.
fn taken<T>(receiver: &Receiver, wanted: impl Fn(&[Delivery]) -> Option<T>) -> T {
    let until = Instant::now() + PATIENCE;
    loop {
        let taken = receiver.taken();
        if let Some(found) = wanted(&taken) {
            return found;
        }
        assert!(Instant::now() < until, "only these came: {taken:?}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// The first delivery.
fn first(taken: &[Delivery]) -> Option<Delivery> {
    taken.first().cloned()
}

/// Three deliveries from where the first one comes again.
fn told_again(taken: &[Delivery]) -> Option<Vec<Delivery>> {
    let id = taken.first()?.header("webhook-id");
    let place = taken.iter().skip(1).position(|delivery| delivery.header("webhook-id") == id)? + 1;
    taken.get(place..place + 3).map(<[Delivery]>::to_vec)
}

fn with_receiver(manners: impl IntoIterator<Item = Manner>) -> (Rig, Receiver) {
    let (rig, receiver) = (Rig::sqlite(), Receiver::start(manners));
    rig.file("outrider.toml", format!("[web]\nopen_hosts = [\"{}\"]\n", receiver.address()));
    rig.ok(&["project", "create", "Acme"]);
    (rig, receiver)
}

#[test]
fn the_standard_webhooks_library_finds_every_event_genuine_and_a_replay_tells_them_again() {
    let (rig, receiver) = with_receiver([Manner::Status(200), Manner::Resets]);
    let key = rig.ok(&["key", "create"]).trim().to_owned();
    let made = rig.json(&["webhooks", "create", &receiver.url(), "--type", "lead.created"]);
    let (id, secret) = (made["id"].as_str().unwrap(), made["secret"].as_str().unwrap());
    let server = rig.serve(&[]);
    for name in ["Ann One", "Bob Two", "Cid Three"] {
        assert_eq!(server.post("/leads", &key, &json!({ "name": name })).0, 201);
    }
    taken(&receiver, first);
    // Going back lets what was broken off go on at once.
    rig.ok(&["webhooks", "replay", id, "--after", "0"]);
    let told = taken(&receiver, told_again);
    let ids: BTreeSet<&str> = told.iter().map(|delivery| delivery.header("webhook-id")).collect();
    assert_eq!(ids.len(), 3, "each event once, in one telling");
    for delivery in &told {
        let Some(verdict) = judged("standard", secret, delivery) else { return };
        assert_eq!(verdict.as_deref(), Ok("lead.created"));
        let changed = Delivery { body: delivery.body.replace("lead.created", "lead.deleted"), ..delivery.clone() };
        assert!(judged("standard", secret, &changed).is_some_and(|verdict| verdict.is_err()), "a changed body");
        let late: Vec<(String, String)> = delivery
            .headers
            .iter()
            .map(|(name, value)| {
                (name.clone(), if name == "webhook-timestamp" { "1".to_owned() } else { value.clone() })
            })
            .collect();
        let late = Delivery { headers: late, ..delivery.clone() };
        assert!(judged("standard", secret, &late).is_some_and(|verdict| verdict.is_err()), "an old one sent again");
    }
    server.stop();
}

#[test]
fn a_callback_is_verified_with_the_secret_that_came_with_the_key() {
    let (rig, receiver) = with_receiver([]);
    rig.ok(&["credits", "grant", "100"]);
    let made = rig.json(&["key", "create", "--dialect", "reaktor"]);
    let (key, signing) = (made["secret"].as_str().unwrap(), made["signing_secret"].as_str().unwrap());
    let plain = rig.run(&["key", "create", "--dialect", "reaktor"]);
    assert_eq!(plain.stdout.lines().count(), 1, "the key alone: {plain:?}");
    assert!(plain.stderr.contains("whsec_"), "{plain:?}");
    let server = rig.serve(&[]);
    let asked = json!({ "taskType": "lead_scoring", "callbackUrl": receiver.url(),
        "inputPayload": { "contactName": "Jane Smith", "company": "Acme Corp" } });
    let headers = [("X-API-Key", key), ("Content-Type", "application/json")];
    let (status, task) = server.send("POST", "/reaktor/api/v1/tasks", &headers, asked.to_string().as_bytes());
    assert_eq!((status, &task["status"]), (200, &json!("queued")), "{task}");
    let delivery = taken(&receiver, first);
    let told: Value = serde_json::from_str(&delivery.body).unwrap();
    assert_eq!(told["taskId"], task["taskId"]);
    server.stop();
    let Some(verdict) = judged("reaktor", signing, &delivery) else { return };
    assert_eq!(verdict.ok().as_deref(), task["taskId"].as_str());
    assert!(judged("reaktor", "whsec_another", &delivery).is_some_and(|verdict| verdict.is_err()));
}

#[test]
fn what_data_reaktor_leaves_to_people_is_done_on_the_command_line() {
    let rig = Rig::sqlite();
    rig.ok(&["project", "create", "Acme"]);
    rig.ok(&["key", "create", "--dialect", "reaktor", "--name", "Worker"]);
    let listed = rig.json(&["sub-agent", "list"]);
    let number = listed["sub_agents"][0]["id"].to_string();
    let changed = rig.json(&["sub-agent", "set", &number, "--can-provision", "true", "--monthly-cap", "50"]);
    assert_eq!((&changed["can_provision"], &changed["monthly_credit_cap"]), (&json!(true), &json!(50)));
    assert!(rig.ok(&["sub-agent", "list"]).contains("may provision"));
    let icp = rig.json(&["icp", "create", "SaaS", "--industry", "B2B SaaS", "--size", "51-500", "--seniority", "VP"]);
    let campaign = rig.json(&["campaign", "create", "Q2", "--icp", &icp["id"].to_string(), "--objective", "Meetings"]);
    assert_eq!((&campaign["icp_id"], &campaign["name"]), (&icp["id"], &json!("Q2")));
    assert!(rig.ok(&["icp", "list"]).contains("B2B SaaS") && rig.ok(&["campaign", "list"]).contains("Q2"));
    let refused = rig.run(&["campaign", "create", "Q3", "--icp", "77"]);
    assert!(refused.status != 0 && refused.stderr.contains("ideal customer"), "{refused:?}");
}
