//! Where a caller stands in its rate limit, on every answer: every request is counted, also those that reach no operation.
//! The counts themselves are the pipeline's.

use std::net::IpAddr;

use axum::http::{HeaderMap, HeaderValue};
use outrider_domain::time::SECOND;
use outrider_engine::rate::Standing;

use crate::edge::Peer;
use crate::state::AppState;

/// Counts a request of a key, or of an address when there is no key.
pub(crate) fn count(state: &AppState, secret: Option<&str>, peer: Option<Peer>) -> Standing {
    match (secret, peer) {
        (Some(secret), _) => state.pipeline.count_key(secret),
        (None, Some(peer)) => state.pipeline.count_origin(&neighbourhood(peer.0.ip())),
        (None, None) => state.pipeline.count_origin(""),
    }
}

/// An address, or for IPv6 the network of 64 bits that one subscriber has.
fn neighbourhood(address: IpAddr) -> String {
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
