//! A server on a free port over a database of its own, and a client that can also say what no client should.

#[path = "../../../engine/tests/support/database.rs"]
mod database;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use axum::extract::Request;
use axum::http::HeaderValue;
use axum::http::header::AUTHORIZATION;
use axum::middleware::map_request;
use database::Database;
use outrider_domain::id::{IdSource, OrganizationId, ProjectId};
use outrider_domain::secret::Secret;
use outrider_domain::time::{Clock, Millis};
use outrider_engine::operation::Descriptor;
use outrider_engine::pipeline::{Call, Credential, Pipeline};
use outrider_engine::ports::{Ports, Web};
use outrider_engine::principal::Principal;
use outrider_engine::rate::Standing;
use outrider_engine::registry::{self, OPERATIONS};
use outrider_engine::{Core, Settings};
use outrider_http::mcp::{McpSurface, mcp_routes};
use outrider_http::{AppState, Limits, Surface};
use outrider_providers::web::GuardedWeb;
use outrider_store::projects::{self, Organization, Project};
use outrider_store::{Store, Target};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// Longest any one exchange may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// A clock that stands until it is moved.
pub(crate) struct TestClock(AtomicI64);

impl TestClock {
    pub(crate) fn advance(&self, milliseconds: i64) {
        self.0.fetch_add(milliseconds, Ordering::Relaxed);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Millis {
        Millis(self.0.load(Ordering::Relaxed))
    }
}

/// How a server is set up.
pub(crate) struct Setup {
    pub(crate) operations: &'static [Descriptor],
    pub(crate) dialects: Vec<Surface>,
    /// MCP endpoints beside those of the native API and the dialects.
    pub(crate) endpoints: Vec<McpSurface>,
    /// Whether requests without a key get the fixture's: for judges that can't be given one.
    pub(crate) lends_key: bool,
    pub(crate) limits: Limits,
    pub(crate) requests_per_minute: u32,
    /// Instead of the address it listens at.
    pub(crate) public_url: Option<&'static str>,
    pub(crate) dialect_hosts: Vec<(String, String)>,
    /// Private hosts that documents of clients may be read from.
    pub(crate) open_hosts: Vec<String>,
    /// What reads those documents instead of a client of HTTP.
    pub(crate) web: Option<Arc<dyn Web>>,
    /// Ways out of the process.
    pub(crate) ports: Ports,
    /// What payment webhooks are signed with.
    pub(crate) webhook_secret: Option<Secret>,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            operations: OPERATIONS,
            dialects: Vec::new(),
            endpoints: Vec::new(),
            lends_key: false,
            limits: Limits::default(),
            requests_per_minute: 1_000_000,
            public_url: None,
            dialect_hosts: Vec::new(),
            open_hosts: Vec::new(),
            web: None,
            ports: Ports::default(),
            webhook_secret: None,
        }
    }
}

/// A running server.
pub(crate) struct Server {
    pub(crate) address: String,
    pub(crate) project: ProjectId,
    pub(crate) pipeline: Pipeline,
    pub(crate) state: AppState,
    pub(crate) clock: Arc<TestClock>,
    /// A key that may do everything but approve.
    pub(crate) key: String,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<std::io::Result<()>>,
    _database: Database,
}

impl Server {
    pub(crate) async fn start() -> Self {
        Self::set_up(Setup::default()).await
    }

    pub(crate) async fn set_up(setup: Setup) -> Self {
        let database = Database::new(|directory| Target::Sqlite(directory.join("outrider.db")));
        let store = database.open().await;
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address").to_string();
        let clock = Arc::new(TestClock(AtomicI64::new(1_790_000_000_000)));
        let core = Arc::new(Core {
            ids: IdSource::new(1, Millis(0)),
            settings: Settings {
                requests_per_minute: setup.requests_per_minute,
                public_url: setup.public_url.map_or_else(|| format!("http://{address}"), ToOwned::to_owned),
                dialect_hosts: setup.dialect_hosts,
                stripe_webhook_secret: setup.webhook_secret,
                ..Settings::default()
            },
            secret: b"a secret of this test".to_vec(),
            clock: Arc::clone(&clock) as Arc<dyn Clock>,
        });
        let project = add_project(&store, &core, "first").await;
        let pipeline = Pipeline::new(store, core).with_ports(setup.ports);
        let key = create_key(&pipeline, project, json!({ "name": "test" })).await.1;
        let state = AppState::with(pipeline.clone(), setup.operations, setup.dialects, setup.limits)
            .reading(setup.web.unwrap_or_else(|| Arc::new(GuardedWeb::new(setup.open_hosts, None).expect("a client"))));
        let (stop, stopped) = oneshot::channel();
        let endpoints = setup.endpoints.into_iter().map(mcp_routes);
        let pages = endpoints.fold(outrider_http::routes(&state), axum::Router::merge);
        let mut router = outrider_http::surrounded(pages, &state);
        if setup.lends_key {
            let lent = HeaderValue::from_str(&format!("Bearer {key}")).expect("a header value");
            router = router.layer(map_request(move |mut request: Request| {
                request.headers_mut().entry(AUTHORIZATION).or_insert_with(|| lent.clone());
                async { request }
            }));
        }
        let task = tokio::spawn(outrider_http::serve_router(listener, state.clone(), router, async {
            // Either it is told to stop, or the test is over.
            let _ = stopped.await;
        }));
        Self { address, project, pipeline, state, clock, key, stop: Some(stop), task, _database: database }
    }

    /// Stops it and waits until it has.
    pub(crate) async fn stop(mut self) {
        if let Some(stop) = self.stop.take() {
            stop.send(()).expect("a server that still runs");
        }
        tokio::time::timeout(PATIENCE, self.task).await.expect("an end").expect("no panic").expect("no error");
    }

    /// A new key's id and secret.
    pub(crate) async fn make_key(&self, input: Value) -> (String, String) {
        create_key(&self.pipeline, self.project, input).await
    }

    /// Counts one more request of the fixture's key, as one that came by another way would be.
    pub(crate) async fn count(&self) -> Standing {
        let caller = Credential::Key { secret: self.key.clone(), dialect: "native" }.caller().expect("a caller");
        self.pipeline.count(&self.pipeline.native_limit(), &caller).await.expect("a count")
    }

    /// A request with the fixture's key.
    pub(crate) async fn call(&self, method: &str, path: &str, body: Option<Value>) -> Answer {
        self.call_with(method, path, &[], body).await
    }

    /// A request with the fixture's key and more headers.
    pub(crate) async fn call_with(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<Value>,
    ) -> Answer {
        let authorization = format!("Bearer {}", self.key);
        let mut all = vec![("Authorization", authorization.as_str())];
        if body.is_some() {
            all.push(("Content-Type", "application/json"));
        }
        all.extend(headers);
        let body = body.map(|body| body.to_string().into_bytes()).unwrap_or_default();
        self.send(method, path, &all, &body).await
    }

    /// A request of exactly these parts.
    pub(crate) async fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let mut head = format!("{method} {path} HTTP/1.1\r\nConnection: close\r\n");
        if !headers.iter().any(|(name, _)| *name == "Host") {
            head.push_str("Host: test\r\n");
        }
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        if !body.is_empty() {
            head.push_str(&format!("Content-Length: {}\r\n", body.len()));
        }
        head.push_str("\r\n");
        let mut bytes = head.into_bytes();
        bytes.extend_from_slice(body);
        self.raw(&bytes).await
    }

    /// Sends bytes and reads until the server closes.
    pub(crate) async fn raw(&self, bytes: &[u8]) -> Answer {
        let exchange = async {
            let mut stream = TcpStream::connect(&self.address).await.expect("a connection");
            // The server may refuse and close before it has read everything.
            let _ = stream.write_all(bytes).await;
            let mut received = Vec::new();
            let mut buffer = [0; 16 * 1024];
            while let Ok(count @ 1..) = stream.read(&mut buffer).await {
                received.extend_from_slice(&buffer[..count]);
            }
            received
        };
        Answer::parse(&tokio::time::timeout(PATIENCE, exchange).await.expect("an answer in time"))
    }
}

/// An answer, taken apart.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    fn parse(bytes: &[u8]) -> Self {
        let end = bytes
            .windows(4)
            .position(|window| window == b"\r\n\r\n")
            .unwrap_or_else(|| panic!("no answer, but {:?}", String::from_utf8_lossy(bytes)));
        let head = String::from_utf8(bytes[..end].to_vec()).expect("a readable head");
        let mut lines = head.split("\r\n");
        let status = lines
            .next()
            .and_then(|line| line.split(' ').nth(1))
            .and_then(|status| status.parse().ok())
            .expect("a status");
        let headers = lines
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
            .collect();
        Self { status, headers, body: bytes[end + 4..].to_vec() }
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Every value of a header.
    pub(crate) fn headers<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.headers.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.body.clone()).expect("UTF-8")
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error} in {}", self.text()))
    }

    pub(crate) fn data(&self) -> Value {
        self.json()["data"].clone()
    }

    /// Status, code and field of an error in its envelope; panics when the envelope is not as promised.
    pub(crate) fn refusal(&self) -> (u16, String, Option<String>) {
        let body = self.json();
        let error = &body["error"];
        assert_eq!(error["status"], self.status, "{body}");
        assert!(error["type"].is_string() && error["message"].as_str().is_some_and(|text| !text.is_empty()), "{body}");
        assert!(error.get("param").is_some(), "{body}");
        let code = error["code"].as_str().expect("a code").to_owned();
        (self.status, code, error["param"].as_str().map(ToOwned::to_owned))
    }

    pub(crate) fn assert_refused(&self, status: u16, code: &str, field: Option<&str>) {
        assert_eq!(self.refusal(), (status, code.to_owned(), field.map(ToOwned::to_owned)), "{}", self.text());
    }

    #[track_caller]
    pub(crate) fn assert_status(&self, status: u16) -> &Self {
        assert_eq!(self.status, status, "{}", String::from_utf8_lossy(&self.body));
        self
    }
}

/// A new project of a new organization.
pub(crate) async fn add_project(store: &Store, core: &Arc<Core>, slug: &'static str) -> ProjectId {
    let core = Arc::clone(core);
    store
        .write(move |tx| {
            let now = core.now();
            let organization = OrganizationId(core.ids.next(now));
            let id = ProjectId(core.ids.next(now));
            Organization { id: organization, name: slug.to_owned(), created_at: now }.insert(tx)?;
            let project = Project {
                id,
                organization_id: organization,
                slug: slug.to_owned(),
                name: slug.to_owned(),
                plan: "self_hosted".to_owned(),
                time_zone: "UTC".to_owned(),
                autonomy: "{}".to_owned(),
                self_approval: false,
                connected_agents: None,
                created_at: now,
            };
            projects::create(tx, project)?;
            Ok::<_, outrider_store::Error>(id)
        })
        .await
        .expect("a project")
}

/// A new key's id and secret.
pub(crate) async fn create_key(pipeline: &Pipeline, project: ProjectId, input: Value) -> (String, String) {
    let call = Call::new(Credential::Known(Principal::operator(project)), input, "fixture");
    let operation = registry::find("create_key").expect("create_key");
    let body = pipeline.call(operation, call).await.1.expect("a key").body;
    let text = |name: &str| body[name].as_str().expect("a text").to_owned();
    (text("id"), text("secret"))
}
