//! The kill harness: `serve` is killed with SIGKILL again and again while mail flows to a real SMTP sink. Then nothing may
//! have arrived twice, and everything must have come to an end that agrees with what arrived.
//!
//! `TEST_KILLS=1000` plays longer than the default.

use std::collections::HashMap;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use outrider_domain::id::{IdSource, OrganizationId, ProjectId};
use outrider_domain::time::{Clock, DAY, Millis};
use outrider_engine::core::{Core, Settings};
use outrider_engine::error::Error;
use outrider_engine::pipeline::{Call, Credential, Pipeline};
use outrider_engine::principal::Principal;
use outrider_engine::registry;
use outrider_engine::simulate::VirtualClock;
use outrider_engine::simulate::checks::broken_promises;
use outrider_engine::simulate::world::Arrived;
use outrider_store::projects::{self, Organization, Project};
use outrider_store::{Config, Store, Target};
use outrider_testkit::process::Process;
use outrider_testkit::sink::{Answer, RecordingSink, SinkSettings};
use serde_json::{Value, json};

const PROJECT: ProjectId = ProjectId(7);
/// Leads per round of enrolling.
const LEADS: usize = 400;
/// How long a claim lasts here: what was being handed over at a kill is unknown after so many seconds.
const LEASE_SECONDS: u64 = 6;

fn kills() -> usize {
    std::env::var("TEST_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(200)
}

/// Kill times that look random and repeat: a linear congruential generator (Numerical Recipes' constants).
struct Lots(u64);

impl Lots {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }
}

async fn call(pipeline: &Pipeline, operation: &str, input: Value) -> Value {
    let operation = registry::find(operation).unwrap_or_else(|| panic!("no operation {operation}"));
    let call = Call::new(Credential::Known(Principal::operator(PROJECT)), input, "test");
    match pipeline.call(operation, call).await.1 {
        Ok(reply) => reply.body,
        Err(error) => panic!("{}: {error}", operation.spec.name),
    }
}

fn now() -> Millis {
    #[expect(clippy::disallowed_methods, reason = "the program under test lives in real time")]
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |since| since.as_millis());
    Millis(i64::try_from(since).unwrap_or(i64::MAX))
}

struct Campaign {
    store: Store,
    pipeline: Pipeline,
    sequence: Value,
    rounds: usize,
}

impl Campaign {
    async fn open(target: Target) -> Self {
        let store = Store::open(&Config { target, readers: 2, writers: 2 }).await.unwrap();
        store.migrate().await.unwrap();
        let made = now();
        store
            .write(move |tx| {
                Organization { id: OrganizationId(1), name: "acme".to_owned(), created_at: made }.insert(tx)?;
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
                    created_at: made,
                };
                projects::create(tx, project)?;
                Ok::<_, Error>(())
            })
            .await
            .unwrap();
        let clock = Arc::new(VirtualClock::at(made));
        let core = Arc::new(Core {
            ids: IdSource::new(255, made),
            settings: Settings::default(),
            secret: b"test".to_vec(),
            clock: clock as Arc<dyn Clock>,
        });
        let pipeline = Pipeline::new(store.clone(), core);
        for email in ["ann@us.example", "bob@us.example"] {
            call(&pipeline, "create_identity", json!({ "email": email, "transport": "sink", "gap": "0", "ramp": { "start": 1_000_000, "step": 0, "cap": 1_000_000 } })).await;
        }
        let definition = json!({
            "window": { "days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], "from": "00:00", "to": "24:00" },
            "steps": [
                { "key": "hello", "subject": "Hello {{ first_name }}", "text": "Hi {{ first_name }}." },
                { "key": "nudge", "after": "1s", "thread": true, "text": "Just checking, {{ first_name }}." },
                { "key": "last", "after": "1s", "subject": "Last one, {{ first_name }}", "text": "Bye, {{ first_name }}." }
            ]
        });
        let sequence =
            call(&pipeline, "create_sequence", json!({ "name": "intro", "definition": definition })).await["id"]
                .clone();
        Self { store, pipeline, sequence, rounds: 0 }
    }

    /// More leads, at once enrolled.
    async fn feed(&mut self) {
        let round = self.rounds;
        self.rounds += 1;
        let leads: Vec<Value> = (0..LEADS).map(|n| json!({ "first_name": format!("Lead{round}x{n}"), "email": format!("lead{n}@firm{round}.example") })).collect();
        let created = call(&self.pipeline, "bulk_create_leads", json!({ "leads": leads })).await;
        let ids: Vec<Value> =
            created["created"].as_array().into_iter().flatten().map(|lead| lead["id"].clone()).collect();
        assert_eq!(ids.len(), LEADS, "{created}");
        call(&self.pipeline, "enroll_leads", json!({ "sequence_id": self.sequence, "lead_ids": ids })).await;
    }

    /// Mails not yet at an end, by state.
    async fn open_work(&self) -> (i64, HashMap<String, i64>) {
        let (jobs, states) = self
            .store
            .read(|tx| {
                Ok::<_, outrider_store::Error>((
                    outrider_store::jobs::count(tx)?,
                    outrider_store::actions::count_by_state(tx, PROJECT)?,
                ))
            })
            .await
            .unwrap();
        (jobs, states.into_iter().collect())
    }
}

fn serve(directory: &Path, database_url: Option<&str>) -> Process {
    let mut command = Command::new(env!("CARGO_BIN_EXE_outrider"));
    command
        .arg("serve")
        .args(["--role", "worker"])
        .arg("--config")
        .arg(directory.join("outrider.toml"))
        .arg("--data")
        .arg(directory)
        .current_dir(directory);
    if let Some(url) = database_url {
        command.args(["--database-url", url]);
    }
    Process::start(&mut command).unwrap()
}

async fn harness(target: Target, database_url: Option<&str>, directory: &Path) {
    // A pause before the answer makes the moment after hand-over long enough to be hit.
    let sink =
        RecordingSink::start(SinkSettings { answer_delay: Duration::from_millis(3), keep_mails: false }).unwrap();
    let address = sink.address();
    let settings = format!(
        "[delivery]\nrequire_domain_check = false\nlease = \"{LEASE_SECONDS}s\"\n[mail.servers.sink]\nhost = \"{}\"\nport = {}\ntls = \"none\"\nmax_connections = 8\n",
        address.ip(),
        address.port()
    );
    std::fs::write(directory.join("outrider.toml"), settings).unwrap();
    let mut campaign = Campaign::open(target).await;
    let mut lots = Lots(42);
    let (kills, mut before) = (kills(), 0);
    let mut fruitful = 0;
    for kill in 0..kills {
        let (jobs, _) = campaign.open_work().await;
        if jobs < i64::try_from(LEADS / 2).unwrap_or(0) {
            campaign.feed().await;
        }
        let mut process = serve(directory, database_url);
        // Most kills come once mail flows, at any moment of it; some come while the process starts.
        if kill % 10 != 0 {
            let _ = sink.wait_for(before + 1, Duration::from_secs(5));
        }
        std::thread::sleep(Duration::from_millis(lots.below(150)));
        process.kill().unwrap();
        let after = sink.count();
        fruitful += usize::from(after > before);
        before = after;
    }
    assert!(fruitful * 2 > kills, "only {fruitful} of {kills} runs sent anything: the kills hit nothing");
    // Whatever was under way comes to its end once the leases are over.
    let mut process = serve(directory, database_url);
    let limit = Instant::now() + Duration::from_secs(180);
    loop {
        std::thread::sleep(Duration::from_millis(500));
        let (jobs, states) = campaign.open_work().await;
        if jobs == 0 {
            break;
        }
        assert!(Instant::now() < limit, "{jobs} jobs are left: {states:?}\n{}", process.output().text());
    }
    process.terminate(Duration::from_secs(20)).unwrap();
    let (_, states) = campaign.open_work().await;
    let lost = sink.arrivals().iter().filter(|arrival| arrival.answer == Answer::Lost).count();
    println!(
        "{kills} kills: {} mails arrived, {lost} of them without the sender hearing it; actions {states:?}",
        sink.count()
    );
    assert_eq!(sink.duplicates(), Vec::new(), "never twice");
    for state in ["pending_approval", "scheduled", "sending"] {
        assert!(!states.contains_key(state), "never silently lost: {states:?}");
    }
    let arrived: Vec<Arrived> = sink
        .arrivals()
        .into_iter()
        .map(|arrival| {
            let mut content = [0_u8; 32];
            for (place, byte) in content.iter_mut().zip(arrival.message_id.bytes()) {
                *place = byte;
            }
            Arrived { at: now(), message_id: arrival.message_id, from: arrival.from, to: arrival.to.join(","), content }
        })
        .collect();
    let broken =
        broken_promises(&campaign.store, arrived, HashMap::new(), PROJECT, Millis(0), now().plus(DAY)).await.unwrap();
    assert_eq!(broken, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sigkill_at_any_moment_on_sqlite() {
    let directory = tempfile::tempdir().unwrap();
    harness(Target::Sqlite(directory.path().join("outrider.db")), None, directory.path()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sigkill_at_any_moment_on_postgresql() {
    let Ok(database) = outrider_testkit::postgres::database() else { return };
    let directory = tempfile::tempdir().unwrap();
    harness(Target::Postgres(database.url().to_owned()), Some(database.url()), directory.path()).await;
}
