//! Surfaces: a list of operations under a path, in the manner of one API. Routes, decodes, calls the pipeline and encodes; holds
//! no rule of any operation. The native API is one; each dialect is another.

mod beside;
pub(crate) mod body;
mod coerce;
pub mod credential;
pub(crate) mod cross_origin;
pub(crate) mod input;
pub(crate) mod json;
pub(crate) mod limits;
pub(crate) mod respond;
pub(crate) mod routes;
pub mod status;
pub mod style;

use std::sync::OnceLock;

use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::request::Parts;
use axum::http::uri::PathAndQuery;
use axum::http::{HeaderMap, Method, Response, StatusCode, Uri};
use outrider_engine::Error;
use outrider_engine::error::code;
use outrider_engine::operation::Descriptor;
use outrider_engine::pipeline::{Call, Credential};
use outrider_engine::rate::Standing;
use outrider_engine::schema::Catalog;
use serde_json::Value;

use crate::edge::{Peer, RequestId, Trace};
use crate::state::AppState;
use crate::stream;
use crate::web::visit;
use respond::Voice;
use routes::{Binding, Found, Routes, Target};
pub use style::{Answer, Beside, Style};

/// One API.
pub struct Surface {
    /// The dialect: what its keys belong to.
    pub name: &'static str,
    /// What its documents call it.
    pub title: &'static str,
    /// What its OpenAPI document says first.
    pub introduction: &'static str,
    /// The path all others stand below, without a slash at its end.
    pub mount: &'static str,
    /// What it offers; each operation's path stands below the mount.
    pub operations: &'static [Descriptor],
    /// Pages made from the list of operations; they need no key.
    pub documents: &'static [Document],
    /// Where its MCP endpoint is, below the mount, if its contract has one. Served elsewhere; named here for hosts.
    pub mcp: Option<&'static str>,
    /// Host names at whose root it answers as well: the mount is left out there.
    pub hosts: Vec<String>,
    /// Where the live stream of events is, if it has one.
    pub event_stream: Option<&'static str>,
    /// How it looks.
    pub style: &'static dyn Style,
}

impl Surface {
    /// Where its paths begin for clients, without a slash at the end: at the first host of its own, or below its mount. Taken from
    /// settings alone: what a request says of itself is not believed.
    #[must_use]
    pub fn base(&self, public_url: &str) -> String {
        let scheme = public_url.split("://").next().unwrap_or("https");
        match self.hosts.first() {
            Some(host) => format!("{scheme}://{host}"),
            None => format!("{public_url}{}", self.mount),
        }
    }
}

/// A page of text made from a surface; made once.
pub struct Document {
    /// Below the mount; may be empty.
    pub path: &'static str,
    /// The name in logs and metrics.
    pub name: &'static str,
    /// Media type.
    pub content_type: &'static str,
    /// Makes it, for a server at a public URL.
    pub make: fn(&Bound, &str) -> String,
}

/// A surface with its routes.
pub struct Bound {
    /// What is bound.
    pub surface: Surface,
    routes: Routes,
    catalog: OnceLock<Catalog>,
    made: Vec<OnceLock<Bytes>>,
}

impl Bound {
    /// Binds every operation and document.
    #[must_use]
    pub fn new(surface: Surface) -> Self {
        let routes = Routes::new(&surface);
        let made = surface.documents.iter().map(|_| OnceLock::new()).collect();
        Self { surface, routes, catalog: OnceLock::new(), made }
    }

    /// The schemas of its operations with what they share, for documents; made when one is first asked for.
    #[must_use]
    pub fn catalog(&self) -> &Catalog {
        self.catalog.get_or_init(|| Catalog::new(self.surface.operations))
    }

    /// The document at a place of the list.
    pub(crate) fn document(&self, place: usize, public_url: &str) -> Option<(&'static Document, Bytes)> {
        let document: &'static Document = self.surface.documents.get(place)?;
        let bytes = self.made.get(place)?.get_or_init(|| (document.make)(self, public_url).into()).clone();
        Some((document, bytes))
    }

    /// Whether there is anything at a path below the mount.
    fn has(&self, path: &str) -> bool {
        self.routes.find(path).is_some() || self.surface.mcp == Some(path)
    }

    /// Where a request to a host leads, when that host is this surface's own and there is something at its path.
    pub(crate) fn below_mount(&self, host: &str, uri: &Uri) -> Option<Uri> {
        let ours = self.surface.hosts.iter().any(|own| own.eq_ignore_ascii_case(host)) && self.has(uri.path());
        let rest = uri.path_and_query().map_or("/", PathAndQuery::as_str);
        ours.then(|| format!("{}{rest}", self.surface.mount).parse().ok()).flatten()
    }
}

/// Answers a request below a surface's mount.
pub(crate) async fn handle(state: AppState, place: usize, request: Request) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let Some(bound) = state.shared.surfaces.get(place) else {
        return respond::internal_error();
    };
    let voice = Voice::of(&state, bound.surface.style, &parts);
    let path = parts.uri.path().strip_prefix(bound.surface.mount).unwrap_or_default().to_owned();
    let found = bound.routes.find(&path);
    let target = found.as_ref().and_then(|found| found.target(&parts.method));
    let operation = match target {
        Some(Target::Operation(binding)) => Some(binding.operation),
        _ => None,
    };
    let peer = parts.extensions.get::<Peer>().copied();
    let credential = match operation.map(|each| &each.spec) {
        Some(spec) if spec.public.is_some() => Ok(Credential::Anonymous { origin: limits::origin(peer) }),
        Some(spec) if spec.person || bound.surface.style.takes_session(spec, &parts.headers) => {
            visit::session_credential(&state, &parts.headers)
        }
        spec => bound.surface.style.credential(&bound.surface, &parts.headers, spec),
    };
    let mut trace = Trace {
        key: credential.as_ref().ok().and_then(credential::shown_in_logs),
        operation: target.map_or("none", |target| target.name(bound)),
        ..Trace::default()
    };
    let asker = credential.as_ref().ok().cloned();
    let counted = limits::count(&state, bound.surface.style, operation, credential.as_ref().ok(), peer).await;
    let within = counted.as_ref().ok().map_or(Ok(()), |standing| standing.check(voice.now));
    let mut response = match (found, within) {
        (None, _) => voice.error(&Error::new(
            code::ROUTE_NOT_FOUND,
            format!("There is nothing at this path. {} lists what there is.", bound.surface.style.index()),
        )),
        (Some(found), _) if parts.method == Method::OPTIONS => cross_origin::preflight(&found.allow()),
        (Some(_), Err(error)) => voice.error(&error),
        (Some(found), Ok(())) => match &counted {
            Err(error) => voice.error(error),
            Ok(_) => {
                let exchange = Exchange { state: &state, bound, found, parts: &parts, voice: &voice };
                exchange.answer(target, body, credential, &mut trace).await
            }
        },
    };
    // The limit that refused is the one to show.
    let refused = response.extensions().get::<Standing>().copied();
    if let Some(standing) = refused.or(counted.ok()) {
        bound.surface.style.show_standing(response.headers_mut(), standing);
    }
    if let (Some(operation), Some(asker)) = (operation, asker) {
        beside::show(&state, bound.surface.style.beside(&operation.spec), asker, &mut response).await;
    }
    cross_origin::open(response.headers_mut());
    response.extensions_mut().insert(trace);
    response
}

/// What is known of one request once its path is found.
struct Exchange<'a> {
    state: &'a AppState,
    bound: &'a Bound,
    found: Found<'a>,
    parts: &'a Parts,
    voice: &'a Voice,
}

impl Exchange<'_> {
    async fn answer(
        self,
        target: Option<&Target>,
        body: Body,
        credential: Result<Credential, Error>,
        trace: &mut Trace,
    ) -> Response<Body> {
        let credential = match target {
            None => return self.voice.method_not_allowed(&self.found.allow()),
            Some(Target::Document(place)) => {
                return match self.bound.document(*place, &self.state.pipeline.core().settings.public_url) {
                    Some((document, bytes)) => respond::bytes(StatusCode::OK, document.content_type, bytes),
                    None => respond::internal_error(),
                };
            }
            Some(_) => match credential {
                Ok(credential) => credential,
                Err(error) => return self.voice.error(&error),
            },
        };
        if let Some(Target::Operation(binding)) = target {
            return self.call(binding, body, credential, trace).await;
        }
        stream::open(self.state, &self.parts.headers, self.parts.uri.query().unwrap_or(""), credential)
            .await
            .unwrap_or_else(|error| self.voice.error(&error))
    }

    /// Decodes, calls the pipeline, encodes.
    async fn call(&self, binding: &Binding, body: Body, credential: Credential, trace: &mut Trace) -> Response<Body> {
        let pipeline = &self.state.pipeline;
        let (asked, idempotency_key) = match self.ask(binding, body, &credential).await {
            Ok(asked) => asked,
            Err(error) => return self.voice.error(&pipeline.prefer_authentication(credential, error).await),
        };
        if let Err(error) = self.count_input(binding, &credential, &asked.input).await {
            return self.voice.error(&error);
        }
        let call = Call {
            idempotency_key,
            dry_run: asked.dry_run,
            plan_digest: asked.plan_digest,
            ..Call::new(credential, asked.input, self.voice.request_id.clone())
        };
        let called = pipeline.call_counted(binding.operation, call);
        match tokio::time::timeout(self.state.shared.limits.operation, called).await {
            Err(_) => self.voice.error(&respond::deadline_exceeded()),
            Ok(Err(error)) => self.voice.error(&error),
            Ok(Ok(reply)) => {
                trace.project = Some(reply.project);
                self.voice.reply(&binding.operation.spec, &reply)
            }
        }
    }

    /// Counts a request against the limit of what it asks for.
    async fn count_input(&self, binding: &Binding, credential: &Credential, input: &Value) -> Result<(), Error> {
        let limit = self.bound.surface.style.input_limit(&binding.operation.spec, input);
        match (limit, credential.caller()) {
            (Some(limit), Some(caller)) => self.state.pipeline.count(&limit, &caller).await?.check(self.voice.now),
            _ => Ok(()),
        }
    }

    /// What the request asks for, and its idempotency key.
    async fn ask(
        &self,
        binding: &Binding,
        body: Body,
        credential: &Credential,
    ) -> Result<(input::Asked, Option<String>), Error> {
        let headers = &self.parts.headers;
        let key = idempotency_key(headers)?;
        let body = if self.parts.method == Method::GET || self.parts.method == Method::HEAD {
            // Content of a GET has no meaning (RFC 9110, section 9.3.1).
            None
        } else {
            if body::is_large(headers) {
                self.state.pipeline.authenticate(credential.clone()).await?;
            }
            body::receive(headers, body, binding.body_limit(), self.state.shared.limits.body).await?
        };
        let query = self.parts.uri.query().unwrap_or("");
        Ok((input::assemble(self.bound, binding, &self.found.values, query, body)?, key))
    }
}

fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, Error> {
    const NAME: &str = "Idempotency-Key";
    let mut values = headers.get_all(NAME).iter();
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(Error::invalid(NAME, "There is more than one Idempotency-Key."));
    }
    match value.to_str() {
        Ok(text) if !text.contains('\t') => Ok(Some(text.to_owned())),
        _ => Err(Error::invalid(NAME, "An Idempotency-Key is printable ASCII.")),
    }
}

/// The id of a request, as its answer names it.
pub(crate) fn request_id(parts: &Parts) -> String {
    parts.extensions.get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default()
}
