//! The native API at `/api/v1`: one loop over the list of operations. Holds no rule of any operation.

mod body;
mod bounds;
mod coerce;
mod credential;
mod cross_origin;
mod index;
mod input;
mod json;
mod limits;
pub(crate) mod respond;
pub(crate) mod routes;
pub(crate) mod status;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, Response, StatusCode};
use outrider_engine::Error;
use outrider_engine::error::Kind;
use outrider_engine::pipeline::{Call, Credential};

use crate::edge::{Peer, RequestId, Trace};
use crate::state::AppState;
use crate::{openapi, stream};
pub(crate) use input::{asks_by_query, pairs as query_pairs};
use routes::{Binding, Found, Target};

/// Where the native API lives.
pub(crate) const MOUNT: &str = "/api/v1";
/// The dialect of native keys.
pub(crate) const DIALECT: &str = "native";

/// Answers every request below [`MOUNT`].
pub(crate) async fn handle(State(state): State<AppState>, request: Request) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let secret = credential::bearer(&parts.headers);
    let peer = parts.extensions.get::<Peer>().copied();
    let standing = limits::count(&state, secret.as_deref().ok(), peer);
    let path = parts.uri.path().strip_prefix(MOUNT).unwrap_or_default().to_owned();
    let mut trace =
        Trace { key: secret.as_deref().ok().and_then(credential::hint).map(ToOwned::to_owned), ..Trace::default() };
    let within = standing.check(state.pipeline.core().now());
    let mut response = match (state.shared.routes.find(&path), within) {
        (None, _) => respond::route_not_found(),
        (Some(found), _) if parts.method == Method::OPTIONS => cross_origin::preflight(&found.allow()),
        (Some(_), Err(error)) => respond::error(&error),
        (Some(found), Ok(())) => answer(&state, &found, &parts, body, secret, &mut trace).await,
    };
    limits::show(response.headers_mut(), standing);
    cross_origin::open(response.headers_mut());
    response.extensions_mut().insert(trace);
    response
}

async fn answer(
    state: &AppState,
    found: &Found<'_>,
    parts: &Parts,
    body: Body,
    secret: Result<String, Error>,
    trace: &mut Trace,
) -> Response<Body> {
    let Some(target) = found.target(&parts.method) else {
        return respond::method_not_allowed(&found.allow());
    };
    trace.operation = match target {
        Target::Operation(binding) => binding.operation.spec.name,
        Target::Index => "api_index",
        Target::OpenApi => "openapi",
        Target::Errors => "error_table",
        Target::EventStream => "stream_events",
    };
    match target {
        Target::Index => respond::json(StatusCode::OK, &index::index(state)),
        Target::Errors => respond::json(StatusCode::OK, &index::errors()),
        Target::OpenApi => respond::bytes(StatusCode::OK, "application/json", openapi::document(state)),
        Target::EventStream => match secret {
            Ok(secret) => stream::open(state, &parts.headers, parts.uri.query().unwrap_or(""), secret)
                .await
                .unwrap_or_else(|error| respond::error(&error)),
            Err(error) => respond::error(&error),
        },
        Target::Operation(binding) => call(state, binding, found, parts, body, secret, trace).await,
    }
}

/// Decodes, calls the pipeline, encodes.
async fn call(
    state: &AppState,
    binding: &Binding,
    found: &Found<'_>,
    parts: &Parts,
    body: Body,
    secret: Result<String, Error>,
    trace: &mut Trace,
) -> Response<Body> {
    let secret = match secret {
        Ok(secret) => secret,
        Err(error) => return respond::error(&error),
    };
    let credential = Credential::Key { secret, dialect: DIALECT };
    let asked = match ask(state, binding, found, parts, body, &credential).await {
        Ok(asked) => asked,
        Err(error) => return respond::error(&prefer_authentication(state, credential, error).await),
    };
    let call = Call {
        credential,
        input: asked.0.input,
        idempotency_key: asked.1,
        dry_run: asked.0.dry_run,
        plan_digest: asked.0.plan_digest,
        request_id: parts.extensions.get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default(),
    };
    let outcome =
        tokio::time::timeout(state.shared.limits.operation, state.pipeline.call_counted(binding.operation, call)).await;
    match outcome {
        Err(_) => respond::error(&respond::deadline_exceeded()),
        Ok(Err(error)) => respond::error(&error),
        Ok(Ok(reply)) => {
            trace.project = Some(reply.project);
            respond::reply(binding.operation.spec.shape, reply)
        }
    }
}

/// What the request asks for, and its idempotency key.
async fn ask(
    state: &AppState,
    binding: &Binding,
    found: &Found<'_>,
    parts: &Parts,
    body: Body,
    credential: &Credential,
) -> Result<(input::Asked, Option<String>), Error> {
    let key = idempotency_key(&parts.headers)?;
    let body = if parts.method == Method::GET || parts.method == Method::HEAD {
        // Content of a GET has no meaning (RFC 9110, section 9.3.1).
        None
    } else {
        if body::is_large(&parts.headers) {
            state.pipeline.authenticate(credential.clone()).await?;
        }
        body::receive(&parts.headers, body, binding.body_limit, state.shared.limits.body).await?
    };
    let query = parts.uri.query().unwrap_or("");
    let asked = input::assemble(&state.shared.routes.catalog, binding, &found.values, query, body)?;
    Ok((asked, key))
}

/// A caller without a valid key hears of that first, whatever else is wrong with the request.
async fn prefer_authentication(state: &AppState, credential: Credential, error: Error) -> Error {
    if error.code.kind == Kind::Unauthenticated {
        return error;
    }
    match state.pipeline.authenticate(credential).await {
        Err(first) if first.code.kind == Kind::Unauthenticated => first,
        _ => error,
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
