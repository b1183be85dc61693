//! Where a caller stands in its rate limit, on every answer: every request is counted, also those that reach no operation.
//! The counts themselves are the pipeline's.

use std::net::IpAddr;

use axum::http::{HeaderMap, HeaderValue};
use outrider_domain::time::SECOND;
use outrider_engine::Error;
use outrider_engine::operation::Descriptor;
use outrider_engine::pipeline::Credential;
use outrider_engine::rate::Standing;

use super::style::Style;
use crate::edge::Peer;
use crate::state::AppState;

/// Counts a request of a caller, or of an address when nobody says who calls. When an operation's
/// own limit is exceeded, that is the one to show.
///
/// # Errors
/// When the database fails, for a limit that nodes share.
pub(crate) async fn count(
    state: &AppState,
    style: &'static dyn Style,
    operation: Option<&Descriptor>,
    credential: Option<&Credential>,
    peer: Option<Peer>,
) -> Result<Standing, Error> {
    let caller = credential.and_then(Credential::caller).unwrap_or_else(|| origin(peer));
    let all = state.pipeline.count(&style.limit(&state.pipeline), &caller).await?;
    match operation.and_then(|operation| style.operation_limit(&operation.spec)) {
        Some(narrower) if !all.exceeded => {
            let own = state.pipeline.count(&narrower, &caller).await?;
            Ok(if own.exceeded { own } else { all })
        }
        _ => Ok(all),
    }
}

/// Where a request comes from, as limits count it.
pub(crate) fn origin(peer: Option<Peer>) -> String {
    peer.map(|peer| neighbourhood(peer.0)).unwrap_or_default()
}

/// An address, or for IPv6 the network of 64 bits that one subscriber has.
pub(crate) fn neighbourhood(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}")
        }
    }
}

/// Writes the three headers; the reset in Unix seconds.
pub(crate) fn show(headers: &mut HeaderMap, standing: Standing) {
    headers.insert("x-ratelimit-limit", HeaderValue::from(standing.limit));
    headers.insert("x-ratelimit-remaining", HeaderValue::from(standing.remaining));
    headers.insert("x-ratelimit-reset", HeaderValue::from(standing.reset.0.div_euclid(SECOND)));
}
