//! The errors of OAuth's endpoints: the words of RFC 6749, 7591 and 8707, with a sentence. Renders nothing.

use crate::error::{Error, Kind};

/// Why a request was refused, in a form that may be shown.
#[derive(Debug)]
pub struct Refusal {
    /// Such as `invalid_grant`.
    pub error: &'static str,
    /// A sentence, in the letters RFC 6749 allows.
    pub description: String,
    /// Seconds to wait, when there were too many requests.
    pub retry_after: Option<i64>,
    /// What went wrong here, for the log alone.
    pub source: Option<Box<Error>>,
}

impl Refusal {
    /// A refusal with its sentence.
    pub fn new(error: &'static str, description: impl Into<String>) -> Self {
        Self { error, description: description.into(), retry_after: None, source: None }
    }

    /// `invalid_request` (RFC 6749, section 5.2).
    pub fn invalid_request(description: impl Into<String>) -> Self {
        Self::new("invalid_request", description)
    }

    /// `invalid_client` (RFC 6749, section 5.2): says no more than that.
    #[must_use]
    pub fn invalid_client() -> Self {
        Self::new("invalid_client", "The client is unknown, or its secret is wrong.")
    }

    /// `invalid_grant` (RFC 6749, section 5.2).
    pub fn invalid_grant(description: impl Into<String>) -> Self {
        Self::new("invalid_grant", description)
    }

    /// `invalid_target` (RFC 8707, section 2).
    pub fn invalid_target(description: impl Into<String>) -> Self {
        Self::new("invalid_target", description)
    }

    /// `invalid_client_metadata` (RFC 7591, section 3.2.2).
    pub fn invalid_metadata(description: impl Into<String>) -> Self {
        Self::new("invalid_client_metadata", description)
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        let (name, description) = match error.code.kind {
            Kind::RateLimited => ("temporarily_unavailable", error.message.clone()),
            Kind::Unavailable => {
                ("temporarily_unavailable", "The server can not answer for now. Try again.".to_owned())
            }
            Kind::Internal => ("server_error", "Something went wrong here.".to_owned()),
            _ => ("invalid_request", error.message.clone()),
        };
        let (retry_after, ours) = (error.retry_after, matches!(error.code.kind, Kind::Unavailable | Kind::Internal));
        Self { error: name, description, retry_after, source: ours.then(|| Box::new(error)) }
    }
}

impl From<outrider_store::Error> for Refusal {
    fn from(error: outrider_store::Error) -> Self {
        Error::from(error).into()
    }
}
