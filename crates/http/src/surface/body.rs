//! Receiving a request's JSON body within limits of size and time. Reads it; does not know what it is for.

use std::time::Duration;

use axum::body::Body;
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE};
use futures_util::StreamExt;
use outrider_engine::Error;
use outrider_engine::error::code;
use serde_json::Value;

use super::json;
use super::status::REQUEST_TIMEOUT;

/// Whether a body is announced that is large, or of unknown length: worth knowing the caller before receiving it.
pub(crate) fn is_large(headers: &HeaderMap) -> bool {
    const SMALL: u64 = 64 * 1024;
    match length(headers) {
        Some(length) => length > SMALL,
        None => headers.contains_key(axum::http::header::TRANSFER_ENCODING),
    }
}

fn length(headers: &HeaderMap) -> Option<u64> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// Receives and reads a JSON body; `None` when it is empty.
///
/// # Errors
/// `body_too_large`, `request_timeout`, `unsupported_media_type`, `malformed_json`.
pub(crate) async fn receive(
    headers: &HeaderMap,
    body: Body,
    limit: usize,
    deadline: Duration,
) -> Result<Option<Value>, Error> {
    let bytes = receive_bytes(headers, body, limit, deadline).await?;
    if bytes.is_empty() {
        return Ok(None);
    }
    check_type(headers)?;
    json::parse(&bytes).map(Some)
}

/// Receives a body, whatever it is.
///
/// # Errors
/// `body_too_large`, `request_timeout`; `malformed_json` when it ends early.
pub(crate) async fn receive_bytes(
    headers: &HeaderMap,
    body: Body,
    limit: usize,
    deadline: Duration,
) -> Result<Vec<u8>, Error> {
    if length(headers).is_some_and(|length| length > limit as u64) {
        return Err(too_large(limit));
    }
    tokio::time::timeout(deadline, collect(body, limit))
        .await
        .map_err(|_| Error::new(REQUEST_TIMEOUT, "The body did not arrive in time."))?
}

async fn collect(body: Body, limit: usize) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    let mut chunks = body.into_data_stream();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|_| Error::new(code::MALFORMED_JSON, "The body ended before it was complete."))?;
        if bytes.len() + chunk.len() > limit {
            return Err(too_large(limit));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

fn too_large(limit: usize) -> Error {
    Error::new(code::BODY_TOO_LARGE, format!("The body is larger than the {limit} bytes this path takes."))
}

/// Refuses a body that is not plain JSON in UTF-8.
pub(crate) fn check_type(headers: &HeaderMap) -> Result<(), Error> {
    let unsupported = |message: &str| Error::new(code::UNSUPPORTED_MEDIA_TYPE, message);
    let encoding = headers.get(CONTENT_ENCODING).map_or("identity", |value| value.to_str().unwrap_or(""));
    if !encoding.trim().eq_ignore_ascii_case("identity") {
        return Err(unsupported("Send the body without a Content-Encoding."));
    }
    let text = headers.get(CONTENT_TYPE).map_or("", |value| value.to_str().unwrap_or(""));
    let mut parts = text.split(';').map(str::trim);
    let kind = parts.next().unwrap_or("");
    let charset = parts.find_map(|part| {
        part.to_ascii_lowercase().strip_prefix("charset=").map(|name| name.trim_matches('"').to_owned())
    });
    if !kind.eq_ignore_ascii_case("application/json")
        || charset.is_some_and(|charset| charset != "utf-8" && charset != "utf8")
    {
        return Err(unsupported("Send the body as JSON: Content-Type: application/json."));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use axum::http::header::{CONTENT_ENCODING, CONTENT_TYPE};
    use axum::http::{HeaderMap, HeaderValue};

    use super::check_type;

    #[test]
    fn only_plain_json_is_taken() {
        let check = |kind: Option<&'static str>, encoding: Option<&'static str>| {
            let mut headers = HeaderMap::new();
            kind.map(|kind| headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind)));
            encoding.map(|encoding| headers.insert(CONTENT_ENCODING, HeaderValue::from_static(encoding)));
            check_type(&headers).is_ok()
        };
        for ok in ["application/json", "Application/JSON; charset=UTF-8", "application/json;charset=\"utf-8\""] {
            assert!(check(Some(ok), None), "{ok}");
        }
        assert!(check(Some("application/json"), Some("identity")));
        for bad in ["text/plain", "application/json; charset=latin1", "application/x-www-form-urlencoded", ""] {
            assert!(!check(Some(bad), None), "{bad}");
        }
        assert!(!check(None, None));
        assert!(!check(Some("application/json"), Some("gzip")));
    }
}
