//! Accepting connections and ending them: time limits, a bound on their number, a graceful end. Knows no path.

mod stall;

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::header::HOST;
use axum::middleware::from_fn_with_state;
use axum::routing::{any, get};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

use crate::edge::{self, Peer};
use crate::mcp::{Endpoint, McpSurface, NATIVE_MOUNT, mcp_routes_when_asked};
use crate::proxies;
use crate::state::AppState;
use crate::{health, home, oauth, reference, stripe, surface, unsubscribe, web};
use stall::StallLimit;

/// Most bytes of a request's head.
const HEAD_BYTES: usize = 64 * 1024;

/// Every page of the server, with what surrounds a request.
pub fn router(state: &AppState) -> Router {
    surrounded(routes(state), state)
}

/// The pages of this crate, not yet surrounded: merge others, then give all to [`surrounded`].
pub fn routes(state: &AppState) -> Router<AppState> {
    let pages = Router::new()
        .route("/", get(home::show))
        .route("/healthz", get(health::live))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(health::metrics))
        .route("/u/{token}", any(unsubscribe::handle))
        .route("/webhooks/stripe", any(stripe::handle))
        .merge(reference::routes())
        .merge(web::routes())
        .merge(oauth::routes())
        .method_not_allowed_fallback(health::other_method)
        .fallback(health::nothing);
    let pages = state.shared.surfaces.iter().enumerate().fold(pages, |pages, (place, bound)| {
        let mount = bound.surface.mount;
        let answer = any(move |State(state): State<AppState>, request: Request| surface::handle(state, place, request));
        pages
            .route(mount, answer.clone())
            .route(&format!("{mount}/"), answer.clone())
            .route(&format!("{mount}/{{*path}}"), answer)
    });
    // Their routes are literal, and win over the dialects' own, which take everything below the mount.
    let endpoints = state.shared.surfaces.iter().filter_map(|bound| Endpoint::of(&bound.surface));
    let endpoints = endpoints.map(|endpoint| {
        let mount = endpoint.mount.clone();
        mcp_routes_when_asked(&mount, move || endpoint.clone().made())
    });
    endpoints.chain([mcp_routes_when_asked(NATIVE_MOUNT, McpSurface::native)]).fold(pages, Router::merge)
}

/// Puts request ids, log, meters and the net for panics around pages.
pub fn surrounded(pages: Router<AppState>, state: &AppState) -> Router {
    pages.layer(from_fn_with_state(state.clone(), edge::surround)).with_state(state.clone())
}

/// Serves until `shutdown` resolves, then lets requests under way end.
///
/// # Errors
/// When the listener fails for good.
pub async fn serve(listener: TcpListener, state: AppState, shutdown: impl Future<Output = ()>) -> io::Result<()> {
    let router = router(&state);
    serve_router(listener, state, router, shutdown).await
}

/// [`serve`] for a router of the caller's making.
///
/// # Errors
/// When the listener fails for good.
pub async fn serve_router(
    listener: TcpListener,
    state: AppState,
    router: Router,
    shutdown: impl Future<Output = ()>,
) -> io::Result<()> {
    let slots = Arc::new(Semaphore::new(state.shared.limits.connections));
    let graceful = GracefulShutdown::new();
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        let accepted = async {
            // A slot first: who finds none waits in the listener's queue rather than in this process.
            let slot = Arc::clone(&slots).acquire_owned().await;
            (slot, listener.accept().await)
        };
        let (slot, accepted) = tokio::select! {
            () = &mut shutdown => break,
            accepted = accepted => accepted,
        };
        match accepted {
            Ok((stream, address)) => {
                let connection = graceful.watch(connection(stream, address, &state, router.clone()));
                let open = state.shared.meters.connection();
                tokio::spawn(async move {
                    if let Err(error) = connection.await {
                        tracing::debug!(%error, "a connection ended early");
                    }
                    drop((slot, open));
                });
            }
            Err(error) => recover(&error).await,
        }
    }
    drop(listener);
    state.shared.closing.send_replace(true);
    if tokio::time::timeout(state.shared.limits.drain, graceful.shutdown()).await.is_err() {
        tracing::warn!("some requests did not end in time and are cut off");
    }
    Ok(())
}

fn connection(
    stream: TcpStream,
    address: SocketAddr,
    state: &AppState,
    router: Router,
) -> impl hyper_util::server::graceful::GracefulConnection<Error = hyper::Error> + Send + use<> {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "could not turn off delays of small packets");
    }
    let limits = &state.shared.limits;
    let service = TowerToHyperService::new(router);
    let named = state.clone();
    let service = service_fn(move |mut request: Request<Incoming>| {
        let caller = proxies::caller(&named.shared.limits.trusted_proxies, address.ip(), request.headers());
        request.extensions_mut().insert(Peer(caller));
        enter_mount(&named, &mut request);
        service.call(request)
    });
    http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.headers)
        .max_buf_size(HEAD_BYTES)
        .keep_alive(true)
        .serve_connection(TokioIo::new(StallLimit::new(stream, limits.stalled_write)), service)
}

/// Sends a request to a dialect's own host below that dialect's mount.
fn enter_mount<B>(state: &AppState, request: &mut Request<B>) {
    let Some(host) = request.headers().get(HOST).and_then(|host| host.to_str().ok()) else { return };
    // The port is not part of the name; an IPv6 literal is nobody's name.
    let host = host.rsplit_once(':').map_or(host, |(name, _)| name);
    if let Some(uri) = state.shared.surfaces.iter().find_map(|bound| bound.below_mount(host, request.uri())) {
        *request.uri_mut() = uri;
    }
}

/// After a failed accept: a client that hung up is nothing; out of file descriptors, it helps to wait.
async fn recover(error: &io::Error) {
    use io::ErrorKind;
    if matches!(error.kind(), ErrorKind::ConnectionRefused | ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset)
    {
        return;
    }
    tracing::error!(%error, "could not accept a connection");
    tokio::time::sleep(Duration::from_secs(1)).await;
}
