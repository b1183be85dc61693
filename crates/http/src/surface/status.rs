//! How an error's kind looks in HTTP: the status, and the word for `type`. The one place that maps them; makes no response.

use axum::http::StatusCode;
use outrider_engine::error::{Code, Kind, code};

/// The path takes other methods.
pub const METHOD_NOT_ALLOWED: &Code = &Code {
    name: "method_not_allowed",
    kind: Kind::NotFound,
    retryable: false,
    meaning: "The path exists and does not take this method; the Allow header lists those it takes.",
};
/// The body came too slowly.
pub const REQUEST_TIMEOUT: &Code = &Code {
    name: "request_timeout",
    kind: Kind::Invalid,
    retryable: true,
    meaning: "The body did not arrive in time.",
};
/// The operation took too long.
pub const DEADLINE_EXCEEDED: &Code = &Code {
    name: "deadline_exceeded",
    kind: Kind::Unavailable,
    retryable: true,
    meaning: "The server did not finish in time and may still do so; repeat with the same Idempotency-Key.",
};
/// Too many streams are open.
pub const OVERLOADED: &Code = &Code {
    name: "overloaded",
    kind: Kind::Unavailable,
    retryable: true,
    meaning: "The server has as many of these under way as it takes; try again later.",
};

/// Codes that only a transport can give; together with the engine's they are the table that clients see.
pub const TRANSPORT: &[&Code] = &[METHOD_NOT_ALLOWED, REQUEST_TIMEOUT, DEADLINE_EXCEEDED, OVERLOADED];

/// Every code a client can meet, the engine's first.
pub fn all_codes() -> impl Iterator<Item = &'static Code> {
    code::ALL.iter().chain(TRANSPORT).copied()
}

/// The status of a code: its kind's, save for three that HTTP has a better word for.
pub fn status_of(code: &Code) -> StatusCode {
    if code == METHOD_NOT_ALLOWED {
        return StatusCode::METHOD_NOT_ALLOWED;
    }
    if code == REQUEST_TIMEOUT {
        return StatusCode::REQUEST_TIMEOUT;
    }
    if code == code::UNSUPPORTED_MEDIA_TYPE {
        return StatusCode::UNSUPPORTED_MEDIA_TYPE;
    }
    match code.kind {
        Kind::Unauthenticated => StatusCode::UNAUTHORIZED,
        Kind::Forbidden => StatusCode::FORBIDDEN,
        Kind::Invalid => StatusCode::BAD_REQUEST,
        Kind::NotFound => StatusCode::NOT_FOUND,
        Kind::Conflict => StatusCode::CONFLICT,
        Kind::Unprocessable => StatusCode::UNPROCESSABLE_ENTITY,
        Kind::PaymentRequired => StatusCode::PAYMENT_REQUIRED,
        Kind::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Kind::RateLimited => StatusCode::TOO_MANY_REQUESTS,
        Kind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        Kind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// The word for `error.type`.
pub const fn type_of(kind: Kind) -> &'static str {
    match kind {
        Kind::Unauthenticated => "authentication_error",
        Kind::Forbidden => "permission_error",
        Kind::Invalid | Kind::Unprocessable | Kind::TooLarge => "invalid_request_error",
        Kind::NotFound => "not_found_error",
        Kind::Conflict => "conflict_error",
        Kind::PaymentRequired => "payment_error",
        Kind::RateLimited => "rate_limit_error",
        Kind::Unavailable | Kind::Internal => "api_error",
    }
}

/// Every word that `error.type` can be.
pub const TYPES: &[&str] = &[
    "authentication_error",
    "permission_error",
    "invalid_request_error",
    "not_found_error",
    "conflict_error",
    "payment_error",
    "rate_limit_error",
    "api_error",
];

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::{TYPES, all_codes, status_of, type_of};

    #[test]
    fn names_are_unique_and_each_is_an_error_with_a_listed_type() {
        let mut seen = HashSet::new();
        for code in all_codes() {
            assert!(seen.insert(code.name), "{} is there twice", code.name);
            let status = status_of(code);
            assert!(status.is_client_error() || status.is_server_error(), "{}: {status}", code.name);
            assert!(TYPES.contains(&type_of(code.kind)), "{}", code.name);
        }
    }
}
