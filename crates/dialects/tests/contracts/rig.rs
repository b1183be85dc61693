//! A whole server for a contract's tests: every dialect over HTTP on a free port, the worker, a mail server that keeps what it is
//! given, the sandbox's telephone exchange, a clock that stands still, and three projects. Knows no dialect.
//!
//! `Rig::start()` makes it; `rig.key(…)` a key of a dialect, `rig.client(…)` who calls with it, `rig.native(…)` does what no
//! endpoint of a dialect does, `rig.run_due()` lets the worker do all that is due, `rig.live(…)` lets time pass with everything that happens in it.

#[path = "../../../engine/tests/support/clock.rs"]
mod clock;
#[path = "../../../engine/tests/support/database.rs"]
mod database;
#[path = "../../../engine/tests/support/mailer.rs"]
#[expect(dead_code, reason = "no contract is about a mail that is refused")]
mod mailer;

use std::sync::Arc;

use outrider_domain::id::{IdSource, OrganizationId, ProjectId};
use outrider_domain::mail::OutgoingMail;
use outrider_domain::time::Millis;
use outrider_engine::calls::switchboard::Switchboard;
use outrider_engine::pipeline::{Call, Credential, Pipeline};
use outrider_engine::ports::Ports;
use outrider_engine::principal::Principal;
use outrider_engine::registry::{self, OPERATIONS};
use outrider_engine::simulate::exchange::{Exchange, ExchangeCarrier, Faults};
use outrider_engine::worker::Worker;
use outrider_engine::{Core, Error, Settings};
use outrider_http::{AppState, Limits};
use outrider_store::Target;
use outrider_store::projects::{self, Organization, Project};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::client::Client;
use clock::TestClock;
use database::Database;
use mailer::RecordingMailer;

/// Where the clock begins: Monday, 2 November 2026, 10:00 UTC.
pub(crate) const START: Millis = Millis(1_793_613_600_000);

/// What differs between servers.
#[derive(Default)]
pub(crate) struct Setup {
    /// Dialects with a host name of their own.
    pub(crate) hosts: Vec<(&'static str, &'static str)>,
    /// What stands outside, such as a payment provider.
    pub(crate) ports: Ports,
    /// Credits for each minute of a call begun.
    pub(crate) call_minute_price: i64,
    /// Hosts that may be private, such as a receiver of callbacks on loopback.
    pub(crate) open_hosts: Vec<String>,
}

/// A running server over a database of its own. It ends with this value.
pub(crate) struct Rig {
    /// Where it listens, as `http://127.0.0.1:PORT`.
    pub(crate) url: String,
    /// The project most keys are for; its organization also owns `side`.
    pub(crate) main: ProjectId,
    pub(crate) side: ProjectId,
    /// A project of another organization.
    pub(crate) other: ProjectId,
    pub(crate) pipeline: Pipeline,
    clock: Arc<TestClock>,
    mailer: Arc<RecordingMailer>,
    worker: Worker,
    exchange: Arc<Exchange>,
    /// Where a carrier brings its reports.
    pub(crate) switchboard: Switchboard,
    _stop: oneshot::Sender<()>,
    _database: Database,
}

impl Rig {
    pub(crate) async fn start() -> Self {
        Self::with(Setup::default()).await
    }

    pub(crate) async fn with(setup: Setup) -> Self {
        let database = Database::new(|directory| Target::Sqlite(directory.join("outrider.db")));
        let store = database.open().await;
        let clock = Arc::new(TestClock::new(START));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let core = Arc::new(Core {
            ids: IdSource::new(0, START),
            settings: Settings {
                public_url: url.clone(),
                requests_per_minute: 1_000_000,
                call_minute_price: setup.call_minute_price,
                dialect_hosts: setup
                    .hosts
                    .iter()
                    .map(|(dialect, host)| ((*dialect).to_owned(), (*host).to_owned()))
                    .collect(),
                open_hosts: setup.open_hosts,
                ..Settings::default()
            },
            secret: b"a secret for tests".to_vec(),
            clock: Arc::clone(&clock) as _,
        });
        let (main, side, other) = (ProjectId(101), ProjectId(102), ProjectId(201));
        store
            .write(move |tx| fill(tx, [(main, 1, "main"), (side, 1, "side"), (other, 2, "other")]))
            .await
            .expect("projects");
        let mailer = Arc::new(RecordingMailer::default());
        let exchange = Arc::new(Exchange::new(1, Faults::default()));
        let carrier = Arc::new(ExchangeCarrier::new(Arc::clone(&exchange), Arc::clone(&clock) as _));
        let worker = Worker::new(store.clone(), Arc::clone(&core), Arc::clone(&mailer) as _).with_carrier(carrier);
        let worker = worker.with_ports(setup.ports.clone());
        let switchboard = Switchboard::new(store.clone(), Arc::clone(&core));
        let pipeline = Pipeline::new(store, core).with_ports(setup.ports);
        let dialects =
            outrider_dialects::surfaces(|name| match setup.hosts.iter().find(|(dialect, _)| *dialect == name) {
                Some((_, host)) => vec![(*host).to_owned()],
                None => Vec::new(),
            });
        let state = AppState::with(pipeline.clone(), OPERATIONS, dialects, Limits::default());
        let (stop, stopped) = oneshot::channel::<()>();
        tokio::spawn(outrider_http::serve(listener, state, async {
            // The sender is dropped with the rig.
            drop(stopped.await);
        }));
        Self {
            url,
            main,
            side,
            other,
            pipeline,
            clock,
            mailer,
            worker,
            exchange,
            switchboard,
            _stop: stop,
            _database: database,
        }
    }

    /// A key of a dialect in `main`. Scopes as `create_key` takes them: `["*"]` for everything, `["*:read"]` for one that only reads.
    pub(crate) async fn key(&self, dialect: &str, scopes: &[&str]) -> String {
        self.key_in(self.main, dialect, scopes).await
    }

    pub(crate) async fn key_in(&self, project: ProjectId, dialect: &str, scopes: &[&str]) -> String {
        let mut asked = json!({ "dialect": dialect, "scopes": scopes });
        if dialect == "artra" {
            // A token of ARTRA acts as somebody, always.
            let email = format!("owner{}@sender.test", self.pipeline.core().ids.next(START));
            let user = self.native_in(project, "create_user", json!({ "email": email, "role": "owner" })).await;
            asked["user_id"] = user["id"].clone();
        }
        let made = self.native_in(project, "create_key", asked).await;
        made["secret"].as_str().expect("a secret").to_owned()
    }

    /// Who calls below a path, such as `/cora/api/v1`, with a key in `Authorization: Bearer`.
    pub(crate) fn client(&self, base: &str, key: &str) -> Client {
        Client::new(&self.url, base, Some(key))
    }

    /// Someone without a key.
    pub(crate) fn anonymous(&self, base: &str) -> Client {
        Client::new(&self.url, base, None)
    }

    /// Calls a native operation in `main` as the operator; it must succeed.
    pub(crate) async fn native(&self, operation: &str, input: Value) -> Value {
        self.native_in(self.main, operation, input).await
    }

    pub(crate) async fn native_in(&self, project: ProjectId, operation: &str, input: Value) -> Value {
        let found = registry::find(operation).unwrap_or_else(|| panic!("there is no operation {operation}"));
        let key = format!("rig-{}", self.pipeline.core().ids.next(START));
        let call = Call {
            idempotency_key: Some(key),
            ..Call::new(Credential::Known(Principal::operator(project)), input.clone(), "rig")
        };
        match self.pipeline.call(found, call).await.1 {
            Ok(reply) => reply.body,
            Err(error) => panic!("{operation} with {input} failed: {error} at {:?}", error.field),
        }
    }

    /// Lets the worker do everything that is due now; gives how much that was.
    pub(crate) async fn run_due(&self) -> usize {
        self.worker.run_due().await.expect("a working worker")
    }

    /// Lets so much time pass, in milliseconds: jobs run when they are due, and scripted callees speak.
    pub(crate) async fn live(&self, milliseconds: i64) {
        let end = self.now().plus(milliseconds);
        loop {
            self.run_due().await;
            self.exchange.play(&self.switchboard, self.now()).await;
            let now = self.now();
            if now >= end {
                return;
            }
            let job = self.worker.next_due().await.expect("a working worker");
            let next = [job, self.exchange.next_due()].into_iter().flatten().min().unwrap_or(end).min(end);
            self.advance((next.0 - now.0).max(1));
        }
    }

    /// Lets time pass, in milliseconds; nothing happens in it.
    pub(crate) fn advance(&self, milliseconds: i64) {
        self.clock.advance(milliseconds);
    }

    /// The present moment.
    pub(crate) fn now(&self) -> Millis {
        self.clock.now_millis()
    }

    /// What was handed over to the mail server so far, in order.
    pub(crate) fn mails(&self) -> Vec<OutgoingMail> {
        self.mailer.mails()
    }
}

fn fill(tx: &mut outrider_store::Tx<'_>, wanted: [(ProjectId, i64, &str); 3]) -> Result<(), Error> {
    for (id, name) in [(1, "acme"), (2, "stranger")] {
        Organization { id: OrganizationId(id), name: name.to_owned(), created_at: START }.insert(tx)?;
    }
    for (id, organization, slug) in wanted {
        let project = Project {
            id,
            organization_id: OrganizationId(organization),
            slug: slug.to_owned(),
            name: slug.to_uppercase(),
            plan: "self_hosted".to_owned(),
            time_zone: "UTC".to_owned(),
            autonomy: "\"ask\"".to_owned(),
            self_approval: false,
            connected_agents: None,
            created_at: START,
        };
        projects::create(tx, project)?;
    }
    Ok(())
}
