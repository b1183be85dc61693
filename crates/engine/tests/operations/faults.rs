//! Faults around the engine: clients that collide, clocks that jump, disks that fill, databases that go away.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use futures_util::future::{BoxFuture, join_all};
use outrider_domain::mail::{Delivery, OutgoingMail};
use outrider_domain::time::{DAY, HOUR, MINUTE};
use outrider_engine::error::Error;
use outrider_engine::ports::Mailer;
use outrider_engine::worker::Worker;
use outrider_store::{Backend, actions, jobs, statements};
use outrider_testkit::postgres::Cluster;
use serde_json::{Value, json};

use crate::support::{Caller, RecordingMailer, TestApp};
use crate::world::id_of;

statements! {
    /// A disk that is full from now on.
    pub FILL_DISK = "PRAGMA max_page_count = 1";
    /// Room again.
    pub FREE_DISK = "PRAGMA max_page_count = 1000000";
}

/// A project whose agent sends alone: so many leads, and a sequence of three mails, a day apart. Gives both's ids.
async fn campaign(app: &TestApp, owner: &Caller, leads: usize) -> (Vec<String>, String) {
    let operator = app.operator();
    app.call(&operator, "update_project", json!({ "project_id": app.main.to_string(), "autonomy": "alone" }))
        .ok()
        .await;
    app.call(owner, "create_identity", json!({ "email": "sales@sender.test", "gap": "0" })).ok().await;
    let mut ids = Vec::new();
    for number in 0..leads {
        let lead = json!({ "name": format!("Lead {number}"), "email": format!("lead{number}@firm{number}.example") });
        ids.push(id_of(&app.call(owner, "create_lead", lead).ok().await));
    }
    let step =
        |key: &str, after: &str| json!({ "key": key, "after": after, "subject": key, "text": "{{ first_name }}" });
    let definition = json!({
        "window": { "days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], "from": "00:00", "to": "24:00" },
        "steps": [step("one", "0"), step("two", "1d"), step("three", "1d")]
    });
    let sequence = app.call(owner, "create_sequence", json!({ "name": "intro", "definition": definition })).ok().await;
    (ids, id_of(&sequence))
}

/// Subjects by recipient, in the order they were sent.
fn sent(mailer: &RecordingMailer) -> BTreeMap<String, Vec<String>> {
    let mut sent: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for mail in mailer.mails() {
        sent.entry(mail.to.to_string()).or_default().push(mail.subject);
    }
    sent
}

async fn job_count(app: &TestApp) -> i64 {
    app.store().read(|tx| Ok::<_, Error>(jobs::count(tx)?)).await.unwrap()
}

#[tokio::test]
async fn clients_that_enroll_the_same_leads_at_once_make_one_enrollment_each() {
    let app = TestApp::new().await;
    let owner = app.owner().await;
    let (leads, sequence) = campaign(&app, &owner, 10).await;
    let before = job_count(&app).await;
    let enroll = |leads: &[String]| {
        app.call(&owner, "enroll_leads", json!({ "sequence_id": sequence, "lead_ids": leads })).send()
    };
    // Every client names the leads in its own order, which is what makes databases deadlock.
    let orders: Vec<Vec<String>> = (0..8)
        .map(|client| {
            let mut order = leads.clone();
            order.rotate_left(client);
            if client % 2 == 1 {
                order.reverse();
            }
            order
        })
        .collect();
    let answers = join_all(orders.iter().map(|order| enroll(order))).await;
    let mut enrolled = 0;
    for answer in answers {
        let body = answer.unwrap_or_else(|error| panic!("{error}: {:?}", error.source)).body;
        let skipped = body["skipped"].as_array().unwrap();
        assert!(skipped.iter().all(|one| one["reason"] == "already_enrolled"), "{body}");
        let count: i64 = skipped.iter().map(|one| one["count"].as_i64().unwrap()).sum();
        assert_eq!(body["enrolled"].as_i64().unwrap() + count, 10, "{body}");
        enrolled += body["enrolled"].as_i64().unwrap();
    }
    assert_eq!(enrolled, 10);
    let rows = app.call(&owner, "list_enrollments", json!({ "limit": 100 })).ok().await;
    assert_eq!(rows["items"].as_array().unwrap().len(), 10);
    assert_eq!(job_count(&app).await - before, 10, "one job each");
    app.run_jobs().await;
    assert_eq!(sent(&app.mailer).len(), 10);
    assert_eq!(app.mailer.mails().len(), 10, "one mail each");
}

#[tokio::test]
async fn clients_that_create_the_same_lead_at_once_make_one() {
    let app = TestApp::new().await;
    let owner = app.owner().await;
    let create = || app.call(&owner, "create_lead", json!({ "name": "Jane", "email": "jane@acme.com" })).send();
    let answers = join_all((0..8).map(|_| create())).await;
    let refusals: Vec<&str> =
        answers.iter().filter_map(|answer| answer.as_ref().err()).map(|error| error.code.name).collect();
    assert_eq!(refusals.len(), 7, "{refusals:?}");
    assert_eq!(refusals.iter().collect::<BTreeSet<_>>().len(), 1, "all are told the same: {refusals:?}");
    assert!(answers.iter().flat_map(|answer| answer.as_ref().err()).all(|error| !error.code.retryable), "{refusals:?}");
    assert_eq!(app.call(&owner, "list_leads", json!({})).ok().await["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn changes_to_different_fields_at_once_all_stay() {
    let Ok(cluster) = Cluster::own() else { return };
    let app = TestApp::on(&cluster).await;
    let owner = app.owner().await;
    let made = async |operation: &str, input: Value| app.call(&owner, operation, input).ok().await["id"].clone();
    let definition = json!({ "steps": [{ "key": "one", "subject": "s", "text": "t" }] });
    let things = [
        (
            "agent",
            made("create_agent", json!({ "name": "Ada", "type": "outbound" })).await,
            "language",
            "system_prompt",
        ),
        ("company", made("create_company", json!({ "name": "Acme" })).await, "industry", "location"),
        (
            "template",
            made("create_template", json!({ "name": "a", "subject": "s", "text": "t" })).await,
            "subject",
            "text",
        ),
    ];
    for round in 0..8 {
        for (noun, id, first, second) in &things {
            let change = |field: &str| {
                let input = json!({ format!("{noun}_id"): id, field: format!("{field} {round}") });
                app.call(&owner, &format!("update_{noun}"), input)
            };
            let (one, other) = tokio::join!(change(first).send(), change(second).send());
            assert!(one.is_ok() && other.is_ok(), "{noun}: {one:?} {other:?}");
            let found = app.call(&owner, &format!("get_{noun}"), json!({ format!("{noun}_id"): id })).ok().await;
            for field in [first, second] {
                let value = if found[field].is_null() { &found["brain"][field] } else { &found[field] };
                assert_eq!(*value, format!("{field} {round}"), "{noun} in round {round}: {found}");
            }
        }
    }
    let sequence = made("create_sequence", json!({ "name": "s", "definition": definition })).await;
    for round in 0..8 {
        let status = if round % 2 == 0 { "paused" } else { "active" };
        let change = |input: Value| {
            let mut input = input;
            input["sequence_id"] = sequence.clone();
            app.call(&owner, "update_sequence", input)
        };
        let named = change(json!({ "name": format!("s {round}") }));
        let (one, other) = tokio::join!(named.send(), change(json!({ "status": status })).send());
        assert!(one.is_ok() && other.is_ok(), "{one:?} {other:?}");
        let found = app.call(&owner, "get_sequence", json!({ "sequence_id": sequence })).ok().await;
        assert_eq!((&found["name"], &found["status"]), (&json!(format!("s {round}")), &json!(status)));
    }
}

#[tokio::test]
async fn a_clock_that_jumps_back_and_forth_sends_nothing_twice_and_loses_nothing() {
    let app = TestApp::new().await;
    let owner = app.owner().await;
    let (leads, sequence) = campaign(&app, &owner, 6).await;
    app.call(&owner, "enroll_leads", json!({ "sequence_id": sequence, "lead_ids": leads })).ok().await;
    let jumps = [HOUR, -2 * HOUR, 0, 20 * HOUR, -30 * HOUR, 3 * DAY, -MINUTE, -2 * DAY, 5 * HOUR, 1];
    for jump in jumps.iter().cycle().take(120) {
        app.clock.advance(*jump);
        app.run_jobs().await;
        for (to, subjects) in sent(&app.mailer) {
            assert!(
                ["one", "two", "three"].starts_with(&subjects.iter().map(String::as_str).collect::<Vec<_>>()),
                "{to} got {subjects:?}"
            );
        }
    }
    let sent = sent(&app.mailer);
    assert_eq!(sent.len(), 6);
    assert!(sent.values().all(|subjects| subjects.len() == 3), "{sent:?}");
    let rows = app.call(&owner, "list_actions", json!({ "limit": 100 })).ok().await;
    assert!(rows["items"].as_array().unwrap().iter().all(|action| action["state"] == "delivered"), "{rows}");
    assert_eq!(job_count(&app).await, 0, "nothing is left to do");
}

/// A mail server so slow that, while it takes a mail, the clock passes the end of the claim and another process looks.
struct Slow {
    kept: Arc<RecordingMailer>,
    other: OnceLock<Worker>,
    clock: Arc<crate::support::TestClock>,
}

impl Mailer for Slow {
    fn deliver<'a>(&'a self, transport: &'a str, mail: &'a OutgoingMail) -> BoxFuture<'a, Delivery> {
        Box::pin(async move {
            let delivery = self.kept.deliver(transport, mail).await;
            self.clock.advance(HOUR);
            if let Some(other) = self.other.get() {
                other.run_due().await.unwrap();
            }
            delivery
        })
    }

    fn knows(&self, transport: &str) -> bool {
        self.kept.knows(transport)
    }
}

#[tokio::test]
async fn a_clock_that_jumps_over_a_claim_makes_it_unknown_until_the_answer_comes() {
    let app = TestApp::new().await;
    let owner = app.owner().await;
    let (leads, sequence) = campaign(&app, &owner, 1).await;
    app.call(&owner, "enroll_leads", json!({ "sequence_id": sequence, "lead_ids": leads })).ok().await;
    let core = Arc::clone(app.pipeline.core());
    let other = Worker::new(app.store().clone(), Arc::clone(&core), Arc::clone(&app.mailer) as _);
    let slow =
        Arc::new(Slow { kept: Arc::clone(&app.mailer), other: OnceLock::from(other), clock: Arc::clone(&app.clock) });
    Worker::new(app.store().clone(), core, slow).run_due().await.unwrap();
    assert_eq!(app.mailer.mails().len(), 1, "the other process did not send it again");
    let events = app.events().await;
    let rows = app.call(&owner, "list_actions", json!({})).ok().await;
    assert_eq!(rows["items"][0]["state"], "delivered", "the late answer is evidence: {events:?}");
    let unknown = events.iter().position(|name| name == "email.unknown");
    let delivered = events.iter().position(|name| name == "email.sent");
    assert!(unknown.is_some() && unknown < delivered, "{events:?}");
    app.clock.advance(DAY);
    app.run_jobs().await;
    assert_eq!(app.mailer.mails().len(), 2, "and the sequence goes on");
}

#[tokio::test]
async fn a_full_disk_refuses_changes_and_the_same_call_works_later() {
    let app = TestApp::new().await;
    if app.store().backend() != Backend::Sqlite {
        // A quota of PostgreSQL's own does not exist; what its errors of that class become is tested with the store.
        return;
    }
    let owner = app.owner().await;
    let (leads, sequence) = campaign(&app, &owner, 3).await;
    app.call(&owner, "enroll_leads", json!({ "sequence_id": sequence, "lead_ids": leads })).ok().await;
    app.store().write(|tx| tx.query(&FILL_DISK, &[])).await.unwrap();
    let long = "x".repeat(20_000);
    let company = json!({ "name": "Acme", "custom_fields": { "note": long } });
    let call = |key: &str| app.call(&owner, "create_company", company.clone()).idempotency_key(key).send();
    let mut refused = None;
    // Free pages inside the file may take the first ones.
    for number in 0..200 {
        if let Err(error) = call(&format!("k{number}")).await {
            refused = Some((number, error));
            break;
        }
    }
    let (number, error) = refused.expect("a disk that is full at last");
    assert_eq!((error.code.name, error.code.retryable), ("database_unavailable", true));
    assert!(!error.message.contains("SQL"), "{}", error.message);
    app.call(&owner, "list_companies", json!({})).ok().await;
    app.store().write(|tx| tx.query(&FREE_DISK, &[])).await.unwrap();
    let reply = call(&format!("k{number}")).await.unwrap();
    assert!(!reply.replayed, "the refused call had left nothing, its key neither");
    app.run_jobs().await;
    assert_eq!(app.mailer.mails().len(), 3);
}

#[tokio::test]
async fn a_database_that_goes_away_is_told_and_work_goes_on_when_it_is_back() {
    let Ok(cluster) = Cluster::own() else { return };
    let app = TestApp::on(&cluster).await;
    let owner = app.owner().await;
    let (leads, sequence) = campaign(&app, &owner, 3).await;
    app.call(&owner, "enroll_leads", json!({ "sequence_id": sequence, "lead_ids": leads })).ok().await;
    cluster.stop().unwrap();
    for (operation, input) in [("list_leads", json!({})), ("create_company", json!({ "name": "Acme" }))] {
        let error = app.call(&owner, operation, input).send().await.unwrap_err();
        assert_eq!((error.code.name, error.code.retryable), ("database_unavailable", true), "{operation}");
        assert!(!error.message.contains("127.0.0.1"), "{}", error.message);
    }
    let error = app.worker.run_due().await.unwrap_err();
    assert_eq!(error.code.name, "database_unavailable");
    assert!(app.mailer.mails().is_empty(), "nothing leaves without a claim");
    cluster.start().unwrap();
    app.call(&owner, "create_company", json!({ "name": "Acme" })).idempotency_key("k").ok().await;
    app.run_jobs().await;
    assert_eq!(app.mailer.mails().len(), 3);
}

#[tokio::test]
async fn an_answer_heard_while_the_database_is_away_is_recorded_when_it_is_back() {
    let Ok(cluster) = Cluster::own() else { return };
    let app = TestApp::on(&cluster).await;
    let owner = app.owner().await;
    let (leads, sequence) = campaign(&app, &owner, 1).await;
    app.call(&owner, "enroll_leads", json!({ "sequence_id": sequence, "lead_ids": leads })).ok().await;
    let cutting = Arc::new(Cutting { kept: Arc::clone(&app.mailer), cluster: Arc::clone(&cluster) });
    let worker = Worker::new(app.store().clone(), Arc::clone(app.pipeline.core()), cutting);
    let back = async {
        while app.mailer.mails().is_empty() {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
        cluster.start().unwrap();
    };
    let (ran, ()) = tokio::join!(worker.run_due(), back);
    // Depending on when it comes back, the last look for more work may still have found it away.
    if let Err(error) = ran {
        assert_eq!(error.code.name, "database_unavailable");
    }
    let rows = app.call(&owner, "list_actions", json!({})).ok().await;
    assert_eq!(rows["items"][0]["state"], "delivered", "{rows}");
    let (project, expected) = (app.main, vec![("delivered".to_owned(), 1)]);
    let ledger = app.store().read(move |tx| Ok::<_, Error>(actions::ledger_count(tx, project)?)).await.unwrap();
    assert_eq!(ledger, expected);
    assert_eq!(app.mailer.mails().len(), 1);
}

/// Accepts a mail and takes the database away before it answers.
struct Cutting {
    kept: Arc<RecordingMailer>,
    cluster: Arc<Cluster>,
}

impl Mailer for Cutting {
    fn deliver<'a>(&'a self, transport: &'a str, mail: &'a OutgoingMail) -> BoxFuture<'a, Delivery> {
        Box::pin(async move {
            self.cluster.stop().unwrap();
            self.kept.deliver(transport, mail).await
        })
    }

    fn knows(&self, transport: &str) -> bool {
        self.kept.knows(transport)
    }
}
