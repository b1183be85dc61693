//! A running node: HTTP, worker, capture mailbox, IMAP watchers and housekeeping over one installation, begun together and ended
//! in order. Answers nothing itself.

mod housekeeping;
mod lease;
mod lock;
mod signals;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use outrider_engine::calls::switchboard::Switchboard;
use outrider_engine::ports::Ports;
use outrider_engine::registry::OPERATIONS;
use outrider_engine::simulate::exchange::Exchange;
use outrider_engine::worker::Worker;
use outrider_http::AppState;
use outrider_providers::capture::{CaptureLimits, CaptureServer};
use outrider_providers::correspondents::Correspondents;
use outrider_providers::sandbox_carrier::SandboxCarrier;
use outrider_providers::web::GuardedWeb;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::failure::{Failure, Outcome, Status};
use crate::installation::{Installation, Older};
use crate::mail::Inbox;
use crate::mail::capture::Sink;
use crate::mail::{mailboxes, servers};
use crate::settings::Settings;

pub(crate) use lease::keep as keep_lease;
pub use lock::Lock;
pub use signals::Signals;

/// How long mails that the capture mailbox is taking may go on at a shutdown.
const CAPTURE_GRACE: Duration = Duration::from_secs(5);
/// The longest a scripted correspondent thinks.
const LONGEST_THOUGHT: Duration = Duration::from_secs(12);

/// A running node.
pub struct Node {
    installation: Installation,
    address: Option<SocketAddr>,
    public_url: String,
    capture: Option<CaptureServer>,
    stop: watch::Sender<bool>,
    http: Option<JoinHandle<std::io::Result<()>>>,
    worker: Option<JoinHandle<()>>,
    others: Vec<JoinHandle<()>>,
    /// The sandbox carrier, and what tells it to hang up: once nobody can dial any more.
    sandbox: Option<(watch::Sender<bool>, JoinHandle<()>)>,
    lease: JoinHandle<Failure>,
    _lock: Option<Lock>,
}

impl Node {
    /// Starts everything the settings' role asks for; ready to serve when this returns.
    ///
    /// # Errors
    /// When the database, an address or a setting can't be used, or another process serves this SQLite database.
    pub async fn start(settings: Settings) -> Outcome<Self> {
        let lock = match settings.database_url {
            Some(_) => None,
            None => Some(Lock::take(&settings.data)?),
        };
        let listener = match settings.role.serves() {
            true => Some(bind(settings.listen).await?),
            false => None,
        };
        let address = listener.as_ref().and_then(|listener| listener.local_addr().ok());
        let public_url = settings.public_url(address.unwrap_or(settings.listen));
        let installation = Installation::open_as(settings, public_url.clone(), Older::Migrate).await?;
        let (stop, stopped) = watch::channel(false);
        let lease = tokio::spawn(lease::keep(Arc::clone(installation.lease()), Arc::clone(installation.core())));
        let mut node = Self {
            installation,
            address,
            public_url,
            capture: None,
            stop,
            http: None,
            worker: None,
            others: Vec::new(),
            sandbox: None,
            lease,
            _lock: lock,
        };
        node.begin(listener, stopped).await?;
        Ok(node)
    }

    async fn begin(&mut self, listener: Option<TcpListener>, stopped: watch::Receiver<bool>) -> Outcome {
        let settings = self.installation.settings.clone();
        let inbox = Inbox { store: self.installation.store.clone(), core: Arc::clone(self.installation.core()) };
        let limits = outrider_http::Limits {
            connections: settings.limits.connections.max(1),
            streams: settings.limits.streams,
            trusted_proxies: settings.trusted_proxies.clone(),
            ..outrider_http::Limits::default()
        };
        let dialects = outrider_dialects::surfaces(|name| settings.dialects.hosts(name));
        let state = AppState::with(self.installation.pipeline.clone(), OPERATIONS, dialects, limits);
        let web = GuardedWeb::new(settings.web.open_hosts.clone(), settings.web.name_server)
            .map_err(|error| Failure::new(Status::Internal, "no_tls", format!("TLS can't be set up: {error}")))?;
        let web = Arc::new(web);
        let state = state.reading(Arc::clone(&web) as _);
        let ports = Ports { poster: Some(web), ..self.installation.pipeline.ports().clone() };
        if settings.role.works() {
            let sink = Arc::new(Sink::new(inbox.clone()));
            let capture = CaptureServer::bind(settings.mail.capture.listen, CaptureLimits::default(), sink.clone())
                .await
                .map_err(|error| cannot_listen("the capture mailbox", settings.mail.capture.listen, &error))?;
            if settings.mail.capture.correspondents {
                sink.answer_with(Correspondents::new(capture.address(), LONGEST_THOUGHT));
            }
            let mailer = Arc::new(servers::mailer(&settings, Some(capture.address()))?);
            self.capture = Some(capture);
            // Other settings may open what the last ones held: another mail server, another wish about domains.
            let (woken, now) = (inbox.store.clone(), inbox.core.now());
            woken
                .write(move |tx| {
                    outrider_store::jobs::wake_everywhere(tx, "identity", now)?;
                    outrider_store::jobs::wake_everywhere(tx, "domain", now)
                })
                .await?;
            let speed = i64::from(settings.telephony.sandbox.speed.clamp(1, 1_000));
            let exchange = Exchange::lasting(speed, self.installation.lease().holder());
            let sandbox = Arc::new(SandboxCarrier::new(exchange, Arc::clone(&inbox.core.clock)));
            let switchboard = Switchboard::new(inbox.store.clone(), Arc::clone(&inbox.core));
            let (hang_up, told) = watch::channel(false);
            self.sandbox = Some((hang_up, tokio::spawn(Arc::clone(&sandbox).run(switchboard, told))));
            let worker = Worker::new(inbox.store.clone(), Arc::clone(&inbox.core), mailer).with_carrier(sandbox);
            let worker = worker.with_ports(ports);
            let worker = Arc::new(worker);
            let counters = worker.counters();
            self.others.push(tokio::spawn(housekeeping::count(counters, state.meters(), stopped.clone())));
            self.others.push(tokio::spawn(housekeeping::run(inbox.clone(), settings.clone(), stopped.clone())));
            let holder = format!("{}/{}", std::process::id(), self.installation.lease().slot());
            self.others.push(tokio::spawn(mailboxes::run(inbox, settings.mail.mailboxes, holder, stopped.clone())));
            self.worker = Some(tokio::spawn(worker.run(stopped.clone())));
        }
        if let Some(listener) = listener {
            let mut stopped = stopped;
            let shutdown = async move {
                // A sender that is gone has said stop as well.
                drop(stopped.wait_for(|stop| *stop).await);
            };
            self.http = Some(tokio::spawn(outrider_http::serve(listener, state, shutdown)));
        }
        Ok(())
    }

    /// The installation it runs.
    #[must_use]
    pub fn installation(&self) -> &Installation {
        &self.installation
    }

    /// Where HTTP is served, when it is.
    #[must_use]
    pub fn address(&self) -> Option<SocketAddr> {
        self.address
    }

    /// The address others reach it by.
    #[must_use]
    pub fn public_url(&self) -> &str {
        &self.public_url
    }

    /// Where the capture mailbox listens, when this node works.
    #[must_use]
    pub fn capture(&self) -> Option<SocketAddr> {
        self.capture.as_ref().map(CaptureServer::address)
    }

    /// Waits until something makes going on impossible.
    pub async fn failed(&mut self) -> Failure {
        let http = async {
            match &mut self.http {
                Some(http) => http.await,
                None => std::future::pending().await,
            }
        };
        let worker = async {
            match &mut self.worker {
                Some(worker) => worker.await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            lost = &mut self.lease => lost.unwrap_or_else(|error| ended("the keeper of the node slot", &error.to_string())),
            http = http => ended("HTTP", &http.map_or_else(|error| error.to_string(), |end| end.err().map_or_else(String::new, |error| error.to_string()))),
            worker = worker => ended("the worker", &worker.err().map_or_else(String::new, |error| error.to_string())),
        }
    }

    /// Ends in order: requests and hand-overs under way are heard out, then the capture mailbox closes, then the node slot is
    /// given back.
    ///
    /// # Errors
    /// When the slot can't be given back.
    pub async fn stop(mut self) -> Outcome {
        self.stop.send_replace(true);
        for task in self.http.take().into_iter() {
            drop(task.await);
        }
        let worker = self.worker.take();
        let hang_up = async {
            if let Some((hang_up, task)) = self.sandbox.take() {
                hang_up.send_replace(true);
                drop(task.await);
            }
        };
        if let Some(worker) = worker
            && let Err(error) = worker.await
        {
            tracing::error!(%error, "the worker ended badly");
        }
        hang_up.await;
        for task in self.others.drain(..) {
            if let Err(error) = task.await {
                tracing::error!(%error, "a part of the node ended badly");
            }
        }
        if let Some(capture) = self.capture.take() {
            capture.shutdown(CAPTURE_GRACE).await;
        }
        self.lease.abort();
        drop((&mut self.lease).await);
        self.installation.close().await
    }
}

/// `outrider serve`: runs a node until a signal or a failure ends it.
///
/// # Errors
/// When it can't start, or can't go on.
pub async fn serve(settings: Settings, json: bool) -> Outcome {
    let mut signals = Signals::listen()?;
    let role = settings.role;
    let mut node = tokio::select! {
        node = Node::start(settings) => node?,
        () = signals.stop() => return Ok(()),
    };
    announce(&node, role, json);
    let failed = tokio::select! {
        failure = node.failed() => Some(failure),
        () = signals.stop() => None,
    };
    if let Some(failure) = failed {
        tracing::error!(%failure, "the node ends");
        return Err(failure);
    }
    tracing::info!("stopping: hearing out what is under way; signal again to stop at once");
    tokio::select! {
        done = node.stop() => done,
        () = signals.stop() => Err(Failure::new(Status::Refused, "stopped_at_once", "Stopped at once; what was being handed over will be shown as unknown.")),
    }
}

fn announce(node: &Node, role: crate::settings::Role, json: bool) {
    let database = node.installation().store.backend();
    let capture = node.capture().map(|address| address.to_string());
    let url = node.address().map(|address| format!("http://{address}"));
    if json {
        let line = serde_json::json!({ "listening": url, "public_url": node.public_url(), "capture": capture, "role": role, "database": format!("{database:?}").to_lowercase() });
        println!("{line}");
        return;
    }
    match &url {
        Some(url) => println!("Outrider {} serves {url} ({database:?})", env!("CARGO_PKG_VERSION")),
        None => println!("Outrider {} works without HTTP ({database:?})", env!("CARGO_PKG_VERSION")),
    }
    if let Some(capture) = capture {
        println!("The capture mailbox takes mail at {capture} (SMTP)");
    }
}

async fn bind(address: SocketAddr) -> Outcome<TcpListener> {
    TcpListener::bind(address).await.map_err(|error| cannot_listen("HTTP", address, &error))
}

fn cannot_listen(what: &str, address: SocketAddr, error: &std::io::Error) -> Failure {
    let hint =
        if error.kind() == std::io::ErrorKind::AddrInUse { "; choose another port, or 0 for a free one" } else { "" };
    Failure::new(Status::Unavailable, "address_unavailable", format!("{what} can't listen on {address}: {error}{hint}"))
}

fn ended(what: &str, why: &str) -> Failure {
    Failure::new(
        Status::Internal,
        "part_ended",
        format!("{what} ended by itself: {why}").trim_end_matches([':', ' ']).to_owned(),
    )
}
