//! `outrider mcp`: the tools of an MCP endpoint for the one client at standard input and output, in this process and on the same
//! database as a running server. Sends nothing itself: what it proposes is work for `serve`.

use std::sync::Arc;

use outrider_engine::keys::PREFIXES;
use outrider_engine::registry::OPERATIONS;
use outrider_http::AppState;
use outrider_http::mcp::{McpSurface, Stdio, serve_streams};

use crate::arguments::Mcp;
use crate::failure::{Failure, Outcome, Status};
use crate::installation::Installation;
use crate::serve::{self, Signals};
use crate::settings::Settings;

pub(super) async fn run(settings: Settings, given: Mcp) -> Outcome {
    let Some(key) = given.key else {
        let text = "Which key? Set OUTRIDER_KEY, or give --key; `outrider key create` makes one.";
        return Err(Failure::new(Status::Usage, "missing_api_key", text));
    };
    let surface = surface_of(&settings, &key)?;
    let mut signals = Signals::listen()?;
    let installation = Installation::open(settings).await?;
    let lease = Arc::clone(installation.lease());
    let mut lease = tokio::spawn(serve::keep_lease(lease, Arc::clone(installation.core())));
    let state = AppState::with(installation.pipeline.clone(), OPERATIONS, Vec::new(), outrider_http::Limits::default());
    let outcome = match Stdio::new(state, &surface, key, &given.toolsets).await {
        Err(error) => Err(error.into()),
        Ok(client) => tokio::select! {
            served = serve_streams(surface, client, tokio::io::stdin(), tokio::io::stdout()) => {
                served.map_err(|text| Failure::new(Status::BadData, "protocol_error", text))
            }
            lost = &mut lease => Err(lost.unwrap_or_else(|error| Failure::new(Status::Internal, "part_ended", error.to_string()))),
            () = signals.stop() => Ok(()),
        },
    };
    lease.abort();
    // Aborted, it has let go of the lease once it is awaited.
    drop(lease.await);
    installation.close().await?;
    outcome
}

/// The endpoint whose keys begin like this one.
fn surface_of(settings: &Settings, key: &str) -> Outcome<McpSurface> {
    let dialect = PREFIXES.iter().find(|(_, prefix)| key.starts_with(prefix)).map(|(name, _)| *name);
    let dialects = || outrider_dialects::surfaces(|name| settings.dialects.hosts(name));
    let surface = match dialect {
        Some("native") => Some(McpSurface::native()),
        Some(name) => dialects().iter().find(|surface| surface.name == name).and_then(McpSurface::of),
        None => None,
    };
    surface.ok_or_else(|| {
        let text = "This is no key of an endpoint with MCP: those of `outrider key create` for native and cora are.";
        Failure::new(Status::Usage, "invalid_api_key", text)
    })
}
