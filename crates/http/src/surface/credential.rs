//! Reading the bearer key from a request's headers. Does not check the key.

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use outrider_engine::Error;
use outrider_engine::error::code;
use outrider_engine::keys::PREFIXES;
use outrider_engine::pipeline::Credential;

/// Letters of a secret after its prefix that a log may show: as many as the key's record does.
const HINT: usize = 4;

/// The secret of `Authorization: Bearer KEY` (RFC 6750, section 2.1); the scheme in any case (RFC 9110, section 11.1).
///
/// # Errors
/// `missing_api_key`, and `invalid_api_key` for another scheme or more than one header.
pub fn bearer(headers: &HeaderMap) -> Result<String, Error> {
    let missing = || Error::new(code::MISSING_API_KEY, "Send your API key: Authorization: Bearer KEY.");
    let malformed = |message: &str| Error::new(code::INVALID_API_KEY, message);
    let mut all = headers.get_all(AUTHORIZATION).iter();
    let value = all.next().ok_or_else(missing)?;
    if all.next().is_some() {
        return Err(malformed("There is more than one Authorization header."));
    }
    let text =
        value.to_str().map_err(|_| malformed("The Authorization header has characters that no key has."))?.trim();
    if text.is_empty() {
        return Err(missing());
    }
    let (scheme, secret) = text.split_once(' ').unwrap_or((text, ""));
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(malformed("The Authorization header must be: Bearer KEY."));
    }
    match secret.trim() {
        "" => Err(missing()),
        secret => Ok(secret.to_owned()),
    }
}

/// What a log may show of who calls.
pub(crate) fn shown_in_logs(credential: &Credential) -> Option<String> {
    match credential {
        Credential::Key { secret, .. } => hint(secret).map(ToOwned::to_owned),
        Credential::Session { .. } | Credential::Token { .. } | Credential::Anonymous { .. } => None,
        Credential::Known(principal) => Some(principal.actor.to_string()),
    }
}

/// The first letters of a secret, as the key's record keeps them, for logs; nothing of what is not shaped like a key.
fn hint(secret: &str) -> Option<&str> {
    let (_, prefix) = PREFIXES.iter().find(|(_, prefix)| secret.starts_with(prefix))?;
    let shown = prefix.len() + HINT;
    if secret.len() < 2 * shown { None } else { secret.get(..shown) }
}

#[cfg(test)]
mod tests {
    use axum::http::header::AUTHORIZATION;
    use axum::http::{HeaderMap, HeaderValue};

    use super::{bearer, hint};

    fn read(values: &[&'static [u8]]) -> Result<String, &'static str> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(AUTHORIZATION, HeaderValue::from_bytes(value).expect("a header value"));
        }
        bearer(&headers).map_err(|error| error.code.name)
    }

    #[test]
    fn schemes_in_any_case_and_nothing_else() {
        for ok in [&b"Bearer or_live_x"[..], b"bearer or_live_x", b"BEARER  or_live_x "] {
            assert_eq!(read(&[ok]), Ok("or_live_x".to_owned()));
        }
        for missing in [&[][..], &[&b""[..]], &[&b"Bearer"[..]], &[&b"Bearer  "[..]]] {
            assert_eq!(read(missing), Err("missing_api_key"));
        }
        for bad in
            [&[&b"Basic abc"[..]][..], &[&b"or_live_x"[..]], &[&b"Bearer \xff"[..]], &[&b"Bearer a"[..], b"Bearer b"]]
        {
            assert_eq!(read(bad), Err("invalid_api_key"));
        }
    }

    #[test]
    fn a_hint_is_short_and_only_of_keys() {
        assert_eq!(hint("or_live_0123456789abcdef0123456789abcdef"), Some("or_live_0123"));
        assert_eq!(hint("or_live_01234567"), None);
        assert_eq!(hint("hunter2hunter2hunter2hunter2"), None);
    }
}
