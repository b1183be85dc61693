//! A whole engine over a real SQLite file, with a clock that stands still, a mail server that keeps what it is given, and
//! callers in every role. Holds no test.

mod clock;
mod database;
mod mailer;

use std::sync::Arc;

use outrider_domain::id::{IdSource, OrganizationId, ProjectId};
use outrider_domain::time::Millis;
use outrider_engine::calls::switchboard::Switchboard;
use outrider_engine::connected::Via;
use outrider_engine::core::{Core, Settings};
use outrider_engine::error::{Error, Result};
use outrider_engine::operation::Descriptor;
use outrider_engine::pipeline::{Call, Credential, Pipeline, Reply};
use outrider_engine::ports::Ports;
use outrider_engine::principal::Principal;
use outrider_engine::registry;
use outrider_engine::simulate::exchange::{Exchange, ExchangeCarrier, Faults};
use outrider_engine::worker::Worker;
use outrider_store::projects::{self, Organization, Project};
use outrider_store::{Store, Target};
use outrider_testkit::postgres::Cluster;
use serde_json::{Value, json};

pub(crate) use clock::TestClock;
use database::Database;
pub(crate) use mailer::RecordingMailer;

/// Where the clock of every test begins: Monday, 2 November 2026, 10:00 UTC.
pub(crate) const START: Millis = Millis(1_793_613_600_000);

/// An engine with two organizations: `acme`, with the projects `main` and `side`, and `stranger`, with the project `other`.
pub(crate) struct TestApp {
    pub(crate) clock: Arc<TestClock>,
    pub(crate) mailer: Arc<RecordingMailer>,
    pub(crate) pipeline: Pipeline,
    pub(crate) worker: Worker,
    pub(crate) exchange: Arc<Exchange>,
    pub(crate) switchboard: Switchboard,
    pub(crate) main: ProjectId,
    pub(crate) side: ProjectId,
    pub(crate) other: ProjectId,
    database: Database,
    settings: Settings,
}

/// Someone who calls: the secret of a key, a person's session, an application's token, someone unknown, or the operator.
#[derive(Clone, Debug)]
pub(crate) enum Caller {
    Key(String),
    Session(String, Option<ProjectId>),
    Token { secret: String, resource: String, project: Option<ProjectId> },
    Visitor(&'static str),
    Operator(ProjectId),
}

/// One call, to be completed.
pub(crate) struct Request<'a> {
    app: &'a TestApp,
    caller: Caller,
    operation: &'static Descriptor,
    input: Value,
    idempotency_key: Option<String>,
    dry_run: bool,
    plan_digest: Option<String>,
    via: Via,
    repeat_within: Option<i64>,
}

impl TestApp {
    pub(crate) async fn new() -> Self {
        Self::with(Settings::default()).await
    }

    /// On a PostgreSQL server of the test's own, whatever the others run on.
    pub(crate) async fn on(cluster: &Arc<Cluster>) -> Self {
        let database = cluster.database(None);
        let target = Target::Postgres(database.url().to_owned());
        let database = Database { target, _directory: tempfile::tempdir().unwrap(), _postgres: Some(database) };
        Self::begin(database, Settings::default(), Faults::default()).await
    }

    pub(crate) async fn with(settings: Settings) -> Self {
        let database = Database::new(|directory| Target::Sqlite(directory.join("outrider.db")));
        Self::begin(database, settings, Faults::default()).await
    }

    /// With a telephone exchange at which things go wrong.
    pub(crate) async fn with_faults(faults: Faults) -> Self {
        Self::with_both(Settings::default(), faults).await
    }

    pub(crate) async fn with_both(settings: Settings, faults: Faults) -> Self {
        let database = Database::new(|directory| Target::Sqlite(directory.join("outrider.db")));
        Self::begin(database, settings, faults).await
    }

    async fn begin(database: Database, settings: Settings, faults: Faults) -> Self {
        let clock = Arc::new(TestClock::new(START));
        let exchange = Arc::new(Exchange::new(1, faults));
        let app = Self::open(database, clock, settings, exchange).await;
        let (main, side, other) = (app.main, app.side, app.other);
        app.store()
            .write(move |tx| {
                for (id, name) in [(1, "acme"), (2, "stranger")] {
                    Organization { id: OrganizationId(id), name: name.to_owned(), created_at: START }.insert(tx)?;
                }
                for (id, organization, slug) in [(main, 1, "main"), (side, 1, "side"), (other, 2, "other")] {
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
                Ok::<_, Error>(())
            })
            .await
            .unwrap();
        app
    }

    async fn open(database: Database, clock: Arc<TestClock>, settings: Settings, exchange: Arc<Exchange>) -> Self {
        let store = database.open().await;
        let core = Arc::new(Core {
            ids: IdSource::new(0, clock.now_millis()),
            settings: settings.clone(),
            secret: b"a secret for tests".to_vec(),
            clock: Arc::clone(&clock) as _,
        });
        let mailer = Arc::new(RecordingMailer::default());
        let carrier = Arc::new(ExchangeCarrier::new(Arc::clone(&exchange), Arc::clone(&clock) as _));
        let worker = Worker::new(store.clone(), Arc::clone(&core), Arc::clone(&mailer) as _).with_carrier(carrier);
        let switchboard = Switchboard::new(store.clone(), Arc::clone(&core));
        let pipeline = Pipeline::new(store, core);
        let (main, side, other) = (ProjectId(101), ProjectId(102), ProjectId(201));
        Self { clock, mailer, pipeline, worker, exchange, switchboard, main, side, other, database, settings }
    }

    /// The same with ways out of the process.
    pub(crate) fn reaching(self, ports: Ports) -> Self {
        let pipeline = self.pipeline.with_ports(ports.clone());
        Self { pipeline, worker: self.worker.with_ports(ports), ..self }
    }

    /// The same database under a new process, a moment later: everything kept in memory is gone. Callees are still on the line.
    pub(crate) async fn restart(self) -> Self {
        let Self { clock, pipeline, worker, exchange, database, settings, .. } = self;
        drop(worker);
        drop(pipeline);
        clock.advance(1_000);
        Self::open(database, clock, settings, exchange).await
    }

    pub(crate) fn store(&self) -> &Store {
        self.pipeline.store()
    }

    /// Runs everything due now, and gives how many jobs ran.
    pub(crate) async fn run_jobs(&self) -> usize {
        self.worker.run_due().await.unwrap()
    }

    /// Lets so much time pass: jobs run when they are due, and callees speak.
    pub(crate) async fn live(&self, milliseconds: i64) {
        let end = self.clock.now_millis().plus(milliseconds);
        loop {
            self.worker.run_due().await.unwrap();
            self.exchange.play(&self.switchboard, self.clock.now_millis()).await;
            let job = self.worker.next_due().await.unwrap();
            let now = self.clock.now_millis();
            let next = [job, self.exchange.next_due()].into_iter().flatten().min().unwrap_or(end).min(end);
            if now >= end {
                return;
            }
            self.clock.advance((next.0 - now.0).max(1));
        }
    }

    /// A native key of `main` with these scopes.
    pub(crate) async fn key(&self, scopes: &[&str]) -> Caller {
        self.key_of(self.main, scopes).await
    }

    pub(crate) async fn key_of(&self, project: ProjectId, scopes: &[&str]) -> Caller {
        let made = self.call(&Caller::Operator(project), "create_key", json!({ "scopes": scopes })).ok().await;
        Caller::Key(made["secret"].as_str().unwrap().to_owned())
    }

    /// A key of `main` that may do everything, approval too.
    pub(crate) async fn owner(&self) -> Caller {
        self.key(&["*", "actions:approve"]).await
    }

    pub(crate) fn operator(&self) -> Caller {
        Caller::Operator(self.main)
    }

    pub(crate) fn call(&self, caller: &Caller, operation: &str, input: Value) -> Request<'_> {
        let operation = registry::find(operation).unwrap_or_else(|| panic!("there is no operation {operation}"));
        Request {
            app: self,
            caller: caller.clone(),
            operation,
            input,
            idempotency_key: None,
            dry_run: false,
            plan_digest: None,
            via: Via::Direct,
            repeat_within: None,
        }
    }

    /// The types of all events of `main`, in order.
    pub(crate) async fn events(&self) -> Vec<String> {
        let answer = self.call(&self.operator(), "list_events", json!({ "limit": 1000 })).ok().await;
        answer["events"].as_array().unwrap().iter().map(|event| event["type"].as_str().unwrap().to_owned()).collect()
    }
}

impl Request<'_> {
    pub(crate) fn idempotency_key(mut self, key: &str) -> Self {
        self.idempotency_key = Some(key.to_owned());
        self
    }

    pub(crate) fn dry_run(mut self) -> Self {
        self.dry_run = true;
        self
    }

    pub(crate) fn plan_digest(mut self, digest: &str) -> Self {
        self.plan_digest = Some(digest.to_owned());
        self
    }

    /// As a connected agent calls: by that way, and recognized when it calls again within a minute.
    pub(crate) fn via(mut self, via: Via) -> Self {
        self.via = via;
        self.repeat_within = Some(60_000);
        self
    }

    pub(crate) async fn send(self) -> Result<Reply> {
        let credential = match self.caller {
            Caller::Key(secret) => Credential::Key { secret, dialect: "native" },
            Caller::Session(token, project) => Credential::Session { token, project },
            Caller::Token { secret, resource, project } => Credential::Token { secret, resource, project },
            Caller::Visitor(origin) => Credential::Anonymous { origin: origin.to_owned() },
            Caller::Operator(project) => Credential::Known(Principal::operator(project)),
        };
        let call = Call {
            idempotency_key: self.idempotency_key,
            dry_run: self.dry_run,
            plan_digest: self.plan_digest,
            via: self.via,
            repeat_within: self.repeat_within,
            ..Call::new(credential, self.input, "test")
        };
        self.app.pipeline.call(self.operation, call).await.1
    }

    /// The answer of a call that must succeed.
    pub(crate) async fn ok(self) -> Value {
        let name = self.operation.spec.name;
        let input = self.input.clone();
        match self.send().await {
            Ok(reply) => reply.body,
            Err(error) => {
                panic!("{name} with {input} failed: {error} (at {:?}, source {:?})", error.field, error.source)
            }
        }
    }

    /// The code and field of a call that must fail.
    pub(crate) async fn fails(self) -> (&'static str, Option<String>) {
        let name = self.operation.spec.name;
        let input = self.input.clone();
        match self.send().await {
            Ok(reply) => panic!("{name} with {input} succeeded: {}", reply.body),
            Err(error) => (error.code.name, error.field),
        }
    }

    /// Asserts that the call fails with a code at a field.
    pub(crate) async fn refused(self, code: &str, field: &str) {
        let name = self.operation.spec.name;
        let input = self.input.clone();
        let (found, at) = self.fails().await;
        assert_eq!((found, at.as_deref()), (code, Some(field)), "{name} with {input}");
    }
}
