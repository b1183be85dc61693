//! Mail servers that go wrong, from an enrolled lead to the action's end: the worker and the SMTP adapter against a scripted
//! server, under a clock that the test moves. What the database says is compared with what the server accepted.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use outrider_domain::id::{IdSource, OrganizationId, ProjectId};
use outrider_domain::time::{Clock, MINUTE, Millis, SECOND};
use outrider_engine::pipeline::{Call, Credential, Pipeline};
use outrider_engine::principal::Principal;
use outrider_engine::simulate::VirtualClock;
use outrider_engine::worker::Worker;
use outrider_engine::{Core, Settings, registry};
use outrider_providers::mailer::SmtpMailer;
use outrider_providers::smtp::{Security, Timeouts, Transport};
use outrider_store::projects::{self, Organization, Project};
use outrider_store::{Config, Store, Target, actions};
use outrider_testkit::faulty_smtp::{Act, At, Fault, FaultySmtp, Script};
use serde_json::{Value, json};

/// Monday, 2 November 2026, 10:00 UTC.
const START: Millis = Millis(1_793_613_600_000);
const PROJECT: ProjectId = ProjectId(7);

/// One lead in a sequence of one mail, and the server it is to be handed to.
struct Case {
    server: FaultySmtp,
    clock: Arc<VirtualClock>,
    pipeline: Pipeline,
    worker: Worker,
}

/// How a mail stands: state, reason (or the gate that holds it), hand-overs that count, and what the ledger says.
type Standing = (String, Option<String>, i64, String);

fn standing(state: &str, reason: &str, attempts: i64, ledger: &str) -> Standing {
    (state.to_owned(), Some(reason.to_owned()), attempts, ledger.to_owned())
}

impl Case {
    async fn new(script: Script) -> Self {
        Self::with(script, Settings::default()).await
    }

    async fn with(script: Script, settings: Settings) -> Self {
        let server = FaultySmtp::start(script).unwrap();
        let store = Store::open(&Config { target: Target::SqliteMemory, readers: 1, writers: 1 }).await.unwrap();
        store.migrate().await.unwrap();
        store.write(project).await.unwrap();
        let clock = Arc::new(VirtualClock::at(START));
        let core = Arc::new(Core {
            ids: IdSource::new(0, START),
            settings,
            secret: b"test".to_vec(),
            clock: Arc::clone(&clock) as Arc<dyn Clock>,
        });
        let address = server.address();
        let transport = Transport::new(&address.ip().to_string(), address.port(), Security::None);
        let short = Duration::from_millis(400);
        let timeouts = Timeouts {
            connect: short,
            greeting: short,
            command: short,
            data: short,
            block: short,
            before_dot: 3 * short,
            whole: 4 * short,
        };
        let transports = BTreeMap::from([("wire".to_owned(), transport)]);
        let mailer = SmtpMailer::with_timeouts(transports, Vec::new(), timeouts).unwrap();
        let pipeline = Pipeline::new(store.clone(), Arc::clone(&core));
        let case = Self { server, clock, pipeline, worker: Worker::new(store, core, Arc::new(mailer)) };
        let identity = json!({ "email": "sales@sender.test", "transport": "wire", "gap": "0" });
        case.call("create_identity", identity).await;
        let lead = case.call("create_lead", json!({ "name": "Jane Doe", "email": "jane@acme.test" })).await;
        let definition = json!({
            "window": { "days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], "from": "00:00", "to": "24:00" },
            "steps": [{ "key": "hello", "subject": "Hello", "text": "Hi {{ first_name }}." }]
        });
        let sequence = case.call("create_sequence", json!({ "name": "intro", "definition": definition })).await;
        case.call("enroll_leads", json!({ "sequence_id": sequence["id"], "lead_ids": [lead["id"]] })).await;
        case
    }

    async fn call(&self, name: &str, input: Value) -> Value {
        let call = Call::new(Credential::Known(Principal::operator(PROJECT)), input, "test");
        let operation = registry::find(name).unwrap();
        self.pipeline.call(operation, call).await.1.unwrap_or_else(|error| panic!("{name}: {error}")).body
    }

    /// Runs what is due, so long after the start.
    async fn run_at(&self, after: i64) -> Standing {
        self.clock.set(START.plus(after));
        self.worker.run_due().await.unwrap();
        self.standing().await
    }

    async fn standing(&self) -> Standing {
        let listed = self.call("list_actions", json!({})).await;
        let [listed] = listed["items"].as_array().unwrap().as_slice() else { panic!("not one action: {listed}") };
        self.pipeline
            .store()
            .read({
                let id = listed["id"].as_str().unwrap().parse().unwrap();
                move |tx| {
                    let action = actions::get(tx, PROJECT, id)?;
                    let ledger = actions::ledger_entry(tx, PROJECT, "email", "jane@acme.test", &action.cause)?;
                    let ledger = ledger.map_or_else(String::new, |entry| entry.state);
                    Ok::<_, outrider_store::Error>((
                        action.state,
                        action.reason.or(action.hold_gate),
                        action.attempts,
                        ledger,
                    ))
                }
            })
            .await
            .unwrap()
    }

    async fn enrollment(&self) -> (String, Option<String>) {
        let listed = self.call("list_enrollments", json!({})).await;
        let text = |field: &str| listed["items"][0][field].as_str().map(ToOwned::to_owned);
        (text("state").unwrap(), text("reason"))
    }

    /// Long after, nothing has changed and nothing more was sent.
    async fn assert_over(&self, ended: &Standing, accepted: usize) {
        let sessions = self.server.sessions();
        for days in 1..5 {
            assert_eq!(self.run_at(days * 24 * 60 * MINUTE).await, *ended);
        }
        assert_eq!(self.server.accepted().len(), accepted);
        assert_eq!(self.server.sessions(), sessions, "the server was not bothered again");
    }
}

fn project(tx: &mut outrider_store::Tx<'_>) -> Result<(), outrider_store::Error> {
    Organization { id: OrganizationId(1), name: "acme".to_owned(), created_at: START }.insert(tx)?;
    let project = Project {
        id: PROJECT,
        organization_id: OrganizationId(1),
        slug: "main".to_owned(),
        name: "Main".to_owned(),
        plan: "self_hosted".to_owned(),
        time_zone: "UTC".to_owned(),
        autonomy: "\"alone\"".to_owned(),
        self_approval: false,
        connected_agents: None,
        created_at: START,
    };
    projects::create(tx, project)
}

fn say(text: &str) -> Act {
    Act::Say(text.to_owned())
}

#[tokio::test]
async fn a_server_that_says_421_is_left_alone_and_then_tried_again() {
    for at in [At::Greeting, At::Mail, At::Rcpt, At::Dot] {
        let fault = Fault::once(at, Act::SayAndDrop("421 4.3.2 shutting down".to_owned()));
        let case = Case::new(Script::failing([fault])).await;
        assert_eq!(case.run_at(0).await, standing("scheduled", "transport", 0, "open"), "{at:?}");
        let sessions = case.server.sessions();
        assert_eq!(case.run_at(SECOND).await, standing("scheduled", "transport", 0, "open"), "{at:?}");
        assert_eq!(case.server.sessions(), sessions, "{at:?}: not asked again within its pause");
        let delivered = standing("delivered", "accepted", 1, "delivered");
        assert_eq!(case.run_at(10 * SECOND).await, delivered, "{at:?}");
        case.assert_over(&delivered, 1).await;
    }
}

#[tokio::test]
async fn trouble_before_the_dot_never_uses_up_the_mail() {
    for act in [Act::Stall, Act::Drop] {
        let case = Case::new(Script::failing([Fault::always(At::Mail, act.clone())])).await;
        for hours in 0..30 {
            let stands = case.run_at(hours * 60 * MINUTE).await;
            assert_eq!(stands, standing("scheduled", "transport", 0, "open"), "{act:?} after {hours} hours");
        }
        assert!(case.server.sessions() >= 30, "{act:?}: it was tried all the time");
        assert!(case.server.accepted().is_empty());
    }
}

#[tokio::test]
async fn greylisting_and_4xx_are_tried_again_after_a_minute_and_no_sooner() {
    let scripts = [
        Script { greylist: true, ..Script::default() },
        Script::failing([Fault::once(At::Rcpt, say("450 4.2.1 mailbox busy"))]),
        Script::failing([Fault::once(At::Data, say("451 4.3.0 later"))]),
        Script::failing([Fault::once(At::Dot, say("452 4.3.1 disk full"))]),
    ];
    for script in scripts {
        let what = format!("{:?}", script.faults);
        let case = Case::new(script).await;
        let waits = standing("scheduled", "retry", 1, "open");
        assert_eq!(case.run_at(0).await, waits, "{what}");
        assert_eq!(case.run_at(MINUTE - 1).await, waits, "{what}");
        assert!(case.server.accepted().is_empty(), "{what}");
        let delivered = standing("delivered", "accepted", 2, "delivered");
        assert_eq!(case.run_at(MINUTE).await, delivered, "{what}");
        case.assert_over(&delivered, 1).await;
    }
}

#[tokio::test]
async fn a_mail_that_is_put_off_for_ever_fails_after_the_last_try() {
    let script = Script::failing([Fault::always(At::Rcpt, say("450 4.2.1 mailbox busy"))]);
    let case = Case::with(script, Settings { max_attempts: 4, ..Settings::default() }).await;
    // One, five and fifteen minutes between the tries.
    for (minutes, attempts) in [(0, 1), (1, 2), (5, 2), (6, 3), (20, 3)] {
        let stands = case.run_at(minutes * MINUTE).await;
        assert_eq!(stands, standing("scheduled", "retry", attempts, "open"), "after {minutes} minutes");
    }
    let failed = standing("failed", "gave_up", 4, "failed");
    assert_eq!(case.run_at(21 * MINUTE).await, failed);
    assert_eq!(case.enrollment().await, ("stopped".to_owned(), Some("gave_up".to_owned())));
    case.assert_over(&failed, 0).await;
}

#[tokio::test]
async fn a_5xx_fails_at_once_and_only_an_unknown_mailbox_is_suppressed() {
    for (at, text, reason, suppressed) in [
        (At::Rcpt, "550 5.1.1 user unknown", "bounced", 1),
        (At::Rcpt, "554 5.7.1 relay access denied", "refused_by_server", 0),
        (At::Mail, "550 5.7.1 sender not allowed", "refused_by_server", 0),
        (At::Data, "554 5.6.0 no", "refused_by_server", 0),
        (At::Dot, "550 5.7.1 looks like spam", "refused_by_server", 0),
    ] {
        let case = Case::new(Script::failing([Fault::always(at, say(text))])).await;
        let failed = standing("failed", reason, 1, "failed");
        assert_eq!(case.run_at(0).await, failed, "{at:?} {text}");
        let listed = case.call("list_suppressions", json!({})).await;
        assert_eq!(listed["items"].as_array().unwrap().len(), suppressed, "{at:?} {text}");
        assert_eq!(case.enrollment().await.0, "stopped", "{at:?} {text}");
        case.assert_over(&failed, 0).await;
    }
}

#[tokio::test]
async fn a_connection_lost_after_the_dot_is_unknown_and_never_sent_again_by_itself() {
    for (act, accepted) in [(Act::Drop, 0), (Act::AcceptAndDrop, 1), (Act::Stall, 0), (Act::AcceptAndStall, 1)] {
        let case = Case::new(Script::failing([Fault::once(At::Dot, act.clone())])).await;
        let unknown = standing("unknown", "no_answer", 1, "unknown");
        assert_eq!(case.run_at(0).await, unknown, "{act:?}");
        assert_eq!(case.enrollment().await, ("paused".to_owned(), Some("unknown_outcome".to_owned())), "{act:?}");
        case.assert_over(&unknown, accepted).await;
        let listed = case.call("list_actions", json!({})).await;
        let ending = if accepted == 1 { "delivered" } else { "send_again" };
        case.call("resolve_action", json!({ "action_id": listed["items"][0]["id"], "ending": ending })).await;
        let (state, _, _, ledger) = case.run_at(6 * 24 * 60 * MINUTE).await;
        assert_eq!((state.as_str(), ledger.as_str()), ("delivered", "delivered"), "{act:?}: a person settles it");
        assert_eq!(case.server.accepted().len(), 1, "{act:?}: it arrived once");
        assert_eq!(case.enrollment().await.0, "finished", "{act:?}");
    }
}
