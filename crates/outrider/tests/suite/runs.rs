//! Playbook agents in the real binary, by Pathbound's API alone with one key per scope: a mail proposed, approved and there once, a
//! schedule that needs nobody, and kills at every stage that change no outcome.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::rig::{PATIENCE, Rig, Server};

/// A project with a sender and no wish of its own about autonomy.
const ASKS: &str = r#"
organization = "Acme"
[[projects]]
slug = "acme"
name = "Acme"
[[projects.identities]]
email = "ada@acme.example"
min_gap = "0"
ramp = { start = 1000, step = 0, cap = 1000 }
"#;

const PLAYBOOK: &str = "# Hello\n\n## Steps\n\n### hello: email\n- because: nobody has said hello\n- subject: Hello {{ first_name }}\n\nHow are you?\n";

/// Contacts of a run that is killed.
const CONTACTS: usize = 150;

/// One key of Pathbound's for each of its scopes, and a native one to see the captured mails with.
struct Keys {
    read: String,
    write: String,
    trigger: String,
    approve: String,
    native: String,
}

impl Keys {
    fn of(rig: &Rig) -> Self {
        let key =
            |scope: &str| rig.ok(&["key", "create", "--dialect", "pathbound", "--scope", scope]).trim().to_owned();
        Self {
            read: key("agents:read"),
            write: key("agents:write"),
            trigger: key("agents:trigger"),
            approve: key("agents:approve"),
            native: rig.ok(&["key", "create", "--scope", "*", "--scope", "actions:approve"]).trim().to_owned(),
        }
    }
}

/// A request below `/pathbound/v1`: status and body.
fn ask(server: &Server, method: &str, path: &str, key: &str, body: &Value) -> (u16, Value) {
    let authorization = format!("Bearer {key}");
    let headers = [("Authorization", authorization.as_str()), ("Content-Type", "application/json")];
    let body = if body.is_null() { String::new() } else { body.to_string() };
    server.send(method, &format!("/pathbound/v1{path}"), &headers, body.as_bytes())
}

/// The same, of which the status must be this one.
#[track_caller]
fn good(server: &Server, method: &str, path: &str, key: &str, body: &Value, status: u16) -> Value {
    let (answered, body) = ask(server, method, path, key, body);
    assert_eq!(answered, status, "{method} {path}: {body}");
    assert_eq!(body["status"], "success", "{body}");
    body
}

/// Asks seldom, as a client with 100 requests in 15 minutes must, until the answer is as wanted.
#[track_caller]
fn until(server: &Server, path: &str, key: &str, limit: Duration, wanted: impl Fn(&Value) -> bool) -> Value {
    let deadline = Instant::now() + limit;
    loop {
        let body = good(server, "GET", path, key, &Value::Null, 200);
        if wanted(&body) {
            return body;
        }
        assert!(Instant::now() < deadline, "{path} stayed at {body:#}: {}", server.process.output().text());
        std::thread::sleep(Duration::from_millis(1_500));
    }
}

/// How many mails each address was sent.
fn captured(server: &Server, key: &str) -> BTreeMap<String, usize> {
    let mut found = BTreeMap::new();
    let mut path = "/captured-mails?limit=100".to_owned();
    loop {
        let (status, page) = server.get(&path, key);
        assert_eq!(status, 200, "{page}");
        for mail in page["data"].as_array().unwrap() {
            *found.entry(mail["recipient"].as_str().unwrap().to_owned()).or_default() += 1;
        }
        match page["next_cursor"].as_str() {
            Some(cursor) => path = format!("/captured-mails?limit=100&cursor={cursor}"),
            None => return found,
        }
    }
}

fn leads(rig: &Rig, count: usize) {
    let rows: String = (0..count).map(|number| format!("Jo{number},jo{number}@lead.example\n")).collect();
    rig.ok(&["import", "leads", &rig.file("leads.csv", format!("first_name,email\n{rows}"))]);
}

#[test]
fn with_the_dialect_and_one_key_per_scope_a_mail_is_approved_and_there_once() {
    for rig in Rig::each() {
        rig.ok(&["apply", &rig.file("workspace.toml", ASKS)]);
        leads(&rig, 1);
        let keys = Keys::of(&rig);
        let server = rig.serve(&[]);
        let agent = json!({ "name": "Greeter", "playbook": { "playbook_md": PLAYBOOK }, "monitoring": { "filter": "has email" } });
        let made = good(&server, "POST", "/agents", &keys.write, &agent, 201);
        assert_eq!(made["agent"]["enabled"], false);
        let agent = format!("/agents/{}", made["agent"]["id"].as_str().unwrap());
        good(&server, "PATCH", &agent, &keys.write, &json!({ "enabled": true }), 200);
        let started = good(&server, "POST", &format!("{agent}/trigger"), &keys.trigger, &Value::Null, 200);
        let run = format!("/agents/runs/{}", started["run_id"].as_str().unwrap());
        let waiting = until(&server, &run, &keys.read, PATIENCE, |run| {
            run["run"]["contacts"][0]["actions"][0]["status"] == "pending_approval"
        });
        assert!(captured(&server, &keys.native).is_empty(), "nothing leaves without a yes");
        let action = &waiting["run"]["contacts"][0]["actions"][0];
        let contact = waiting["run"]["contacts"][0]["contact_id"].as_str().unwrap();
        let place = format!("{run}/contacts/{contact}/actions/0");
        for (key, status) in [(&keys.read, 403), (&keys.write, 403), (&keys.trigger, 403)] {
            assert_eq!(ask(&server, "POST", &format!("{place}/approve"), key, &json!({})).0, status);
        }
        let yes = json!({ "digest": action["digest"] });
        good(&server, "POST", &format!("{place}/approve"), &keys.approve, &yes, 200);
        assert_eq!(ask(&server, "POST", &format!("{place}/approve"), &keys.approve, &yes).0, 409);
        assert_eq!(ask(&server, "POST", &format!("{place}/reject"), &keys.approve, &json!({})).0, 409);
        let ended = until(&server, &run, &keys.read, PATIENCE, |run| run["run"]["status"] == "completed");
        assert_eq!(ended["run"]["contacts"][0]["actions"][0]["status"], "completed", "{ended}");
        let mails = captured(&server, &keys.native);
        assert_eq!(mails, BTreeMap::from([("jo0@lead.example".to_owned(), 1)]));
        // Asked again, and after a new start, the contact has had its turn.
        good(&server, "POST", &format!("{agent}/trigger"), &keys.trigger, &Value::Null, 200);
        server.stop();
        let server = rig.serve(&[]);
        let runs = until(&server, &format!("{agent}/runs"), &keys.read, PATIENCE, |runs| {
            runs["runs"].as_array().unwrap().iter().all(|run| run["status"] == "completed")
        });
        assert_eq!(runs["total"], 2);
        assert_eq!(captured(&server, &keys.native), mails, "once");
        server.stop();
    }
}

#[test]
fn a_scheduled_agent_does_it_by_itself() {
    let rig = Rig::sqlite();
    let alone = ASKS.replace("name = \"Acme\"\n[[projects.id", "name = \"Acme\"\nautonomy = \"alone\"\n[[projects.id");
    rig.ok(&["apply", &rig.file("workspace.toml", alone)]);
    leads(&rig, 3);
    let keys = Keys::of(&rig);
    let server = rig.serve(&[]);
    let agent = json!({
        "name": "Watcher", "enabled": true, "playbook": { "playbook_md": PLAYBOOK },
        "monitoring": { "filter": "email ends with lead.example", "schedule_cron": "* * * * *", "max_contacts_per_run": 2 },
    });
    let made = good(&server, "POST", "/agents", &keys.write, &agent, 201);
    let runs = format!("/agents/{}/runs?status=completed", made["agent"]["id"].as_str().unwrap());
    // The next full minute comes within one.
    let ended = until(&server, &runs, &keys.read, Duration::from_secs(100), |runs| {
        runs["runs"].as_array().unwrap().iter().any(|run| run["contacts_total"] == 2)
    });
    assert_eq!(ended["runs"].as_array().unwrap().last().unwrap()["trigger"], "schedule", "{ended}");
    let mails = captured(&server, &keys.native);
    assert!((2..=3).contains(&mails.len()) && mails.values().all(|count| *count == 1), "{mails:?}");
    server.stop();
}

/// Kills the server after a time that differs from turn to turn, and starts it again.
fn kill(rig: &Rig, mut server: Server, turn: u64) -> Server {
    std::thread::sleep(Duration::from_millis((turn * 37) % 130));
    server.process.kill().unwrap();
    rig.serve(&[])
}

/// A native request, sent again while the database is out of reach: nothing was changed then.
fn post(server: &Server, path: &str, key: &str, body: &Value) -> (u16, Value) {
    let answered = outrider_testkit::wait::until(PATIENCE, || {
        Some(server.post(path, key, body)).filter(|(status, _)| *status != 503)
    });
    answered.unwrap_or_else(|| panic!("{path} stays unavailable: {}", server.process.output().text()))
}

/// What waits for a yes: each action with its digest.
fn queue(server: &Server, key: &str) -> Vec<Value> {
    let mut found = Vec::new();
    let mut path = "/approvals?limit=100".to_owned();
    loop {
        let (status, page) = server.get(&path, key);
        assert_eq!(status, 200, "{page}");
        let shown = |action: &Value| json!({ "action_id": action["id"], "digest": action["digest"] });
        found.extend(page["data"].as_array().unwrap().iter().map(shown));
        match page["next_cursor"].as_str() {
            Some(cursor) => path = format!("/approvals?limit=100&cursor={cursor}"),
            None => return found,
        }
    }
}

/// The ids of all actions by where they stand.
fn by_state(server: &Server, key: &str) -> BTreeMap<String, Vec<String>> {
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut path = "/actions?limit=100".to_owned();
    loop {
        let (status, page) = server.get(&path, key);
        assert_eq!(status, 200, "{page}");
        for action in page["data"].as_array().unwrap() {
            let text = |name: &str| action[name].as_str().unwrap().to_owned();
            found.entry(text("state")).or_default().push(text("id"));
        }
        match page["next_cursor"].as_str() {
            Some(cursor) => path = format!("/actions?limit=100&cursor={cursor}"),
            None => return found,
        }
    }
}

fn killed_at_each_stage(rig: &Rig) {
    let settings = "[delivery]\nlease = \"6s\"\n";
    std::fs::write(rig.path("outrider.toml"), settings).unwrap();
    rig.ok(&["apply", &rig.file("workspace.toml", ASKS)]);
    leads(rig, CONTACTS);
    let keys = Keys::of(rig);
    let mut server = rig.serve(&[]);
    let agent = json!({ "name": "Greeter", "enabled": true, "playbook": { "playbook_md": PLAYBOOK },
        "monitoring": { "filter": "has email", "max_contacts_per_run": CONTACTS } });
    let made = good(&server, "POST", "/agents", &keys.write, &agent, 201);
    let agent = made["agent"]["id"].as_str().unwrap().to_owned();
    let started = good(&server, "POST", &format!("/agents/{agent}/trigger"), &keys.trigger, &Value::Null, 200);
    let run = format!("/runs/{}", started["run_id"].as_str().unwrap());
    // While contacts are chosen and plans are made.
    for turn in 0..5 {
        server = kill(rig, server, turn);
    }
    let all_wait = outrider_testkit::wait::until(PATIENCE, || {
        let waiting = queue(&server, &keys.native);
        (waiting.len() == CONTACTS).then_some(waiting)
    });
    let waiting = all_wait
        .unwrap_or_else(|| panic!("{}: {}", queue(&server, &keys.native).len(), server.process.output().text()));
    let distinct: BTreeSet<String> = waiting.iter().map(|one| one["action_id"].to_string()).collect();
    assert_eq!(distinct.len(), CONTACTS, "one proposal for each contact");
    // While it waits, between two halves of the approvals, and while mails leave.
    server = kill(rig, server, 1);
    let mut turn = 2;
    for half in waiting.chunks(CONTACTS / 2) {
        let (status, answer) = post(&server, "/approvals/approve", &keys.native, &json!({ "actions": half }));
        assert_eq!((status, answer["data"]["done"].as_u64()), (200, Some(half.len() as u64)), "{answer}");
        for _ in 0..4 {
            turn += 1;
            server = kill(rig, server, turn);
        }
        // Said yes twice: the second time nothing waits any more.
        let (_, again) = post(&server, "/approvals/approve", &keys.native, &json!({ "actions": half }));
        assert_eq!(again["data"]["done"], 0, "{again}");
    }
    // Nobody can tell of what was under way at a kill: those wait for a person, and all others come to their end by themselves.
    let counted = outrider_testkit::wait::until(Duration::from_secs(120), || {
        let found = by_state(&server, &keys.native);
        let done = ["delivered", "unknown"].iter().filter_map(|state| found.get(*state)).map(Vec::len).sum::<usize>();
        (done == CONTACTS).then_some(found)
    });
    let counted =
        counted.unwrap_or_else(|| panic!("{:?}: {}", by_state(&server, &keys.native), server.process.output().text()));
    assert_eq!(counted.values().map(Vec::len).sum::<usize>(), CONTACTS, "one action for each contact: {counted:?}");
    let unknown = counted.get("unknown").cloned().unwrap_or_default();
    for action in &unknown {
        let (status, answer) =
            post(&server, &format!("/actions/{action}/resolve"), &keys.native, &json!({ "ending": "delivered" }));
        assert_eq!(status, 200, "{answer}");
    }
    let mut last = Value::Null;
    let ended = outrider_testkit::wait::until(PATIENCE, || {
        last = server.data(&run, &keys.native);
        (last["status"] == "completed").then_some(())
    });
    assert!(ended.is_some(), "{} stay open: {}", last["open_contacts"], server.process.output().text());
    let mails = captured(&server, &keys.native);
    assert!(mails.values().all(|count| *count == 1), "never twice: {mails:?}");
    let delivered = CONTACTS - unknown.len();
    assert!((delivered..=CONTACTS).contains(&mails.len()), "{} of {delivered} are there", mails.len());
    assert!(delivered >= CONTACTS / 5, "the kills left too little: {} unknown", unknown.len());
    println!("14 kills: {delivered} delivered, {} unknown, {} mails there", unknown.len(), mails.len());
    server.stop();
}

#[test]
fn sigkill_at_each_stage_of_a_run_changes_no_outcome_on_sqlite() {
    killed_at_each_stage(&Rig::sqlite());
}

#[test]
fn sigkill_at_each_stage_of_a_run_changes_no_outcome_on_postgresql() {
    let Ok(rig) = Rig::postgres() else { return };
    killed_at_each_stage(&rig);
}
