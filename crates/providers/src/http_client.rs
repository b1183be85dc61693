//! What every HTTP client of this crate is built on: it trusts whom [`crate::tls`] trusts, goes through no proxy, follows no redirect,
//! and bounds time and size. Knows no service.

use std::path::Path;
use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Client, ClientBuilder, Response};

use crate::tls;

/// A client that waits so long for an answer, from connecting to its last byte. `ca_file` as for [`tls::checked`].
///
/// # Errors
/// When TLS can't be set up.
pub(crate) fn builder(ca_file: Option<&Path>, patience: Duration) -> Result<ClientBuilder, String> {
    let tls = tls::checked(ca_file).map_err(|error| error.to_string())?;
    Ok(Client::builder()
        .tls_backend_preconfigured(tls)
        .redirect(Policy::none())
        .no_proxy()
        .referer(false)
        .timeout(patience)
        .user_agent(concat!("Outrider/", env!("CARGO_PKG_VERSION"))))
}

/// An answer's body, of at most so many bytes.
///
/// # Errors
/// That there are more, or why the rest did not come.
pub(crate) async fn body(mut response: Response, most: usize) -> Result<Vec<u8>, String> {
    let too_large = || format!("it has more than {most} bytes");
    if response.content_length().is_some_and(|length| length > most as u64) {
        return Err(too_large());
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| cause(&error))? {
        if body.len() + chunk.len() > most {
            return Err(too_large());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// Why there was no answer: the innermost reason, since the outer ones repeat the address.
pub(crate) fn cause(error: &reqwest::Error) -> String {
    let mut inner: &dyn std::error::Error = error;
    while let Some(source) = inner.source() {
        inner = source;
    }
    if error.is_timeout() { "it took too long".to_owned() } else { inner.to_string() }
}
