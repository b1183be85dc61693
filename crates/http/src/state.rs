//! What every handler shares: pipeline, routes, limits, meters. Starts nothing and answers nothing.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use outrider_engine::operation::Descriptor;
use outrider_engine::pipeline::Pipeline;
use outrider_engine::ports::{NoWeb, Web};
use outrider_engine::registry::OPERATIONS;
use tokio::sync::{Semaphore, watch};

use crate::health::Readiness;
use crate::meters::Meters;
use crate::native;
use crate::proxies::Network;
use crate::reference::Reference;
use crate::surface::{Bound, Surface};

/// Bounds of time and number. The defaults suit a server that faces the open network.
#[derive(Debug, Clone)]
pub struct Limits {
    /// From the first byte of a request to the end of its headers; also how long a connection may idle.
    pub headers: Duration,
    /// From there to the end of its body.
    pub body: Duration,
    /// How long an operation may run before the caller is told that it takes too long.
    pub operation: Duration,
    /// How long a client may not take what is written to it before it is dropped.
    pub stalled_write: Duration,
    /// How long a shutdown waits for requests under way.
    pub drain: Duration,
    /// Connections at a time; more wait in the listener's queue.
    pub connections: usize,
    /// Live event streams at a time; more are refused.
    pub streams: usize,
    /// Between two signs of life on a quiet event stream; the key is checked again at each.
    pub heartbeat: Duration,
    /// Between two looks at the log when nobody said that it grew.
    pub poll: Duration,
    /// Proxies that say truly for whom they ask: callers without a key are limited by their own address and not the proxy's.
    pub trusted_proxies: Vec<Network>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            headers: Duration::from_secs(15),
            body: Duration::from_secs(30),
            operation: Duration::from_secs(60),
            stalled_write: Duration::from_secs(30),
            drain: Duration::from_secs(20),
            connections: 4096,
            streams: 512,
            heartbeat: Duration::from_secs(15),
            poll: Duration::from_secs(2),
            trusted_proxies: Vec::new(),
        }
    }
}

/// What every handler shares. Cloning gives another handle to the same.
#[derive(Clone)]
pub struct AppState {
    pub(crate) pipeline: Pipeline,
    pub(crate) web: Arc<dyn Web>,
    pub(crate) shared: Arc<Shared>,
}

/// The part of the state that belongs to this server alone.
pub(crate) struct Shared {
    pub(crate) surfaces: Vec<Bound>,
    /// What the surfaces offer, for readers; made when it is first read.
    pub(crate) references: OnceLock<Vec<Reference>>,
    pub(crate) limits: Limits,
    pub(crate) meters: Arc<Meters>,
    pub(crate) readiness: Readiness,
    pub(crate) streams: Arc<Semaphore>,
    /// True once the server is shutting down: long answers end.
    pub(crate) closing: watch::Sender<bool>,
}

impl AppState {
    /// The state of a server of all native operations with the default limits.
    #[must_use]
    pub fn new(pipeline: Pipeline) -> Self {
        Self::with(pipeline, OPERATIONS, Vec::new(), Limits::default())
    }

    /// The state of a server of these native operations and these dialects, with these limits.
    #[must_use]
    pub fn with(pipeline: Pipeline, operations: &'static [Descriptor], dialects: Vec<Surface>, limits: Limits) -> Self {
        let surfaces = std::iter::once(native::surface(operations)).chain(dialects).map(Bound::new).collect();
        let shared = Shared {
            surfaces,
            references: OnceLock::new(),
            meters: Arc::default(),
            readiness: Readiness::default(),
            streams: Arc::new(Semaphore::new(limits.streams)),
            closing: watch::Sender::new(false),
            limits,
        };
        Self { pipeline, web: Arc::new(NoWeb), shared: Arc::new(shared) }
    }

    /// The same with a way to read web addresses that others name; without one, none is read.
    #[must_use]
    pub fn reading(self, web: Arc<dyn Web>) -> Self {
        Self { web, ..self }
    }

    /// What every operation is called through.
    #[must_use]
    pub fn pipeline(&self) -> &Pipeline {
        &self.pipeline
    }

    /// The text of a document of a dialect, by its path below the mount; empty for one that is not there.
    #[must_use]
    pub fn document_of(&self, dialect: &str, path: &str) -> String {
        let bound = self.shared.surfaces.iter().find(|bound| bound.surface.name == dialect);
        let place = bound.and_then(|bound| bound.surface.documents.iter().position(|document| document.path == path));
        let made = bound
            .zip(place)
            .and_then(|(bound, place)| bound.document(place, &self.pipeline.core().settings.public_url));
        made.map(|(_, bytes)| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
    }

    /// The meters behind `/metrics`, for the worker to count jobs and deliveries on.
    #[must_use]
    pub fn meters(&self) -> Arc<Meters> {
        Arc::clone(&self.shared.meters)
    }
}
