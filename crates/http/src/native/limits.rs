//! Where a caller stands in its rate limit, on every answer. Counts requests that never reach the pipeline too.
//!
//! The pipeline counts again, in the same windows; what a caller sees is the tighter of the two.

use std::net::IpAddr;

use axum::http::{HeaderMap, HeaderValue};
use outrider_domain::time::SECOND;
use outrider_engine::error::code;
use outrider_engine::rate::Standing;
use outrider_engine::{Error, keys};

use crate::edge::Peer;
use crate::state::AppState;

/// Counts a request of a key, or of an address when there is no key.
pub(crate) fn count(state: &AppState, secret: Option<&str>, peer: Option<Peer>) -> Standing {
    let caller = match (secret, peer) {
        (Some(secret), _) => keys::hash(secret),
        (None, Some(peer)) => neighbourhood(peer.0.ip()),
        (None, None) => String::new(),
    };
    let core = state.pipeline.core();
    state.shared.limiter.count(&caller, core.settings.requests_per_minute, core.now())
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

/// The refusal of a request over the limit.
pub(crate) fn exceeded(state: &AppState, standing: Standing) -> Error {
    let wait = standing.retry_after(state.pipeline.core().now());
    let message = format!("Too many requests: at most {} a minute with one key. Wait {wait} s.", standing.limit);
    Error { retry_after: Some(wait), ..Error::new(code::RATE_LIMIT_EXCEEDED, message) }
}

/// The one with fewer requests left.
pub(crate) fn tighter(one: Standing, other: Standing) -> Standing {
    if other.remaining < one.remaining { other } else { one }
}

/// Writes the three headers; the reset in Unix seconds.
pub(crate) fn show(headers: &mut HeaderMap, standing: Standing) {
    headers.insert("x-ratelimit-limit", HeaderValue::from(standing.limit));
    headers.insert("x-ratelimit-remaining", HeaderValue::from(standing.remaining));
    headers.insert("x-ratelimit-reset", HeaderValue::from(standing.reset.0.div_euclid(SECOND)));
}
