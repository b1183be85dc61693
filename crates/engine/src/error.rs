//! The one error type and the one table of codes. Knows no transport: HTTP statuses and dialect names are mapped by those who render.

use std::fmt;

use crate::rate::Standing;

/// What an error means to a caller, whatever the transport.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// No valid credential.
    Unauthenticated,
    /// A valid credential that may not do this.
    Forbidden,
    /// The input is malformed.
    Invalid,
    /// Not there, or not yours: one answer.
    NotFound,
    /// The world is not as the caller supposed.
    Conflict,
    /// Well-formed, but can't be done with these things.
    Unprocessable,
    /// Needs a subscription or credits.
    PaymentRequired,
    /// The input is too large.
    TooLarge,
    /// Too many requests.
    RateLimited,
    /// A part is out of reach for now.
    Unavailable,
    /// Our fault.
    Internal,
}

/// A row of the error table.
#[derive(Debug, PartialEq, Eq)]
pub struct Code {
    /// Stable name.
    pub name: &'static str,
    /// What it means to a caller.
    pub kind: Kind,
    /// Whether the same request may succeed later, unchanged.
    pub retryable: bool,
    /// One sentence for the documentation.
    pub meaning: &'static str,
}

macro_rules! codes {
    ($($name:ident $text:literal $kind:ident $retry:literal $meaning:literal;)*) => {
        $(#[doc = $meaning] pub const $name: &Code = &Code { name: $text, kind: Kind::$kind, retryable: $retry, meaning: $meaning };)*
        /// Every code, in the order of the documentation.
        pub const ALL: &[&Code] = &[$($name),*];
    };
}

/// The table of codes.
pub mod code {
    use super::{Code, Kind};
    codes! {
        MISSING_API_KEY "missing_api_key" Unauthenticated false "The request carries no API key.";
        INVALID_API_KEY "invalid_api_key" Unauthenticated false "The API key is malformed or unknown.";
        REVOKED_API_KEY "revoked_api_key" Unauthenticated false "The API key was revoked.";
        EXPIRED_API_KEY "expired_api_key" Unauthenticated false "The API key is past its expiry.";
        INVALID_SIGN_IN "invalid_sign_in" Unauthenticated false "The address or the password is wrong.";
        INVALID_SESSION "invalid_session" Unauthenticated false "The session is unknown or has ended.";
        INVALID_TOKEN "invalid_token" Unauthenticated false "The access token is unknown, expired, revoked or for another resource.";
        READ_ONLY_KEY "read_only_key" Forbidden false "A read-only key asked for a write.";
        INSUFFICIENT_SCOPE "insufficient_scope" Forbidden false "The key lacks the scope this operation needs; the message names it.";
        VALIDATION_ERROR "validation_error" Invalid false "A field is missing, unknown or malformed; `param` names it.";
        MALFORMED_JSON "malformed_json" Invalid false "The body is not JSON, or nests too deep.";
        UNSUPPORTED_MEDIA_TYPE "unsupported_media_type" Invalid false "The body must be application/json.";
        INVALID_SIGNATURE "invalid_signature" Invalid false "The signature of a webhook is missing, wrong or too old.";
        INVALID_CURSOR "invalid_cursor" Invalid false "The cursor was not made by this list.";
        MISSING_IDEMPOTENCY_KEY "missing_idempotency_key" Invalid false "This operation needs an Idempotency-Key.";
        BODY_TOO_LARGE "body_too_large" TooLarge false "The body is larger than this server takes.";
        RESOURCE_NOT_FOUND "resource_not_found" NotFound false "There is no such thing in your project.";
        RECORDING_UNAVAILABLE "recording_unavailable" NotFound false "There is no recording of this call: its carrier gave none.";
        ROUTE_NOT_FOUND "route_not_found" NotFound false "There is no such path.";
        IDEMPOTENCY_CONFLICT "idempotency_conflict" Conflict true "A request with this Idempotency-Key is still under way.";
        IDEMPOTENCY_KEY_REUSED "idempotency_key_reused" Conflict false "This Idempotency-Key was used for a different request.";
        PLAN_CHANGED "plan_changed" Conflict false "The world has changed since the preview with this digest; preview again.";
        CONTENT_CHANGED "content_changed" Conflict false "The content is not what the digest was made of; look again.";
        ALREADY_EXISTS "already_exists" Conflict false "Something with this name or address exists.";
        WRONG_STATE "wrong_state" Conflict false "The thing is in a state that does not allow this.";
        OWN_PROPOSAL "own_proposal" Forbidden false "A key may not approve what it proposed itself; the project's policy can permit it.";
        LEAD_NO_EMAIL "lead_no_email" Unprocessable false "The lead has no email address.";
        LEAD_NO_PHONE "lead_no_phone" Unprocessable false "The lead has no phone number.";
        LEAD_STOPPED "lead_stopped" Unprocessable false "The lead opted out of outreach.";
        AGENT_NO_EMAIL "agent_no_email" Unprocessable false "The agent has no sending identity.";
        NO_PHONE_NUMBER "no_phone_number" Unprocessable false "The agent has no phone number assigned to it for calling.";
        AGENT_INACTIVE "agent_inactive" Unprocessable false "The agent is not active.";
        UNSUPPORTED_TASK_TYPE "unsupported_task_type" Invalid false "There is no such skill.";
        WORKFLOW_NOT_FOUND "workflow_not_found" NotFound false "There is no such workflow.";
        AGENT_NOT_OWNED "agent_not_owned" NotFound false "The agent is not yours, or not there.";
        PAYMENT_REQUIRED "payment_required" PaymentRequired false "The project has no active subscription.";
        INSUFFICIENT_CREDITS "insufficient_credits" PaymentRequired false "The account holds too few credits.";
        PLAN_LIMIT_REACHED "plan_limit_reached" PaymentRequired false "The project has as many of these as its plan allows.";
        RATE_LIMIT_EXCEEDED "rate_limit_exceeded" RateLimited true "Too many requests with this key; wait `retry_after` seconds.";
        PAYMENTS_DISABLED "payments_disabled" Unavailable false "This server takes no payments; its operator grants plans and credits.";
        PAYMENTS_UNAVAILABLE "payments_unavailable" Unavailable true "The payment provider is out of reach or refused; nothing was changed or charged.";
        DATABASE_UNAVAILABLE "database_unavailable" Unavailable true "The database is out of reach or full; nothing was changed.";
        INTERNAL_ERROR "internal_error" Internal true "Something went wrong here; the log has the request id.";
    }
}

/// An error of any operation.
#[derive(Debug)]
pub struct Error {
    /// Row of the table.
    pub code: &'static Code,
    /// Safe to show to the caller.
    pub message: String,
    /// The input field at fault, as a dotted path.
    pub field: Option<String>,
    /// Every field at fault with its problem, from checks that look at all of them; else empty.
    pub fields: Vec<(String, String)>,
    /// Seconds to wait, with `rate_limit_exceeded`.
    pub retry_after: Option<i64>,
    /// The limit that refused, with `rate_limit_exceeded`.
    pub standing: Option<Box<Standing>>,
    /// For the log alone.
    pub source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    /// An error with its message.
    pub fn new(code: &'static Code, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            field: None,
            fields: Vec::new(),
            retry_after: None,
            standing: None,
            source: None,
        }
    }

    /// `validation_error` at a field.
    pub fn invalid(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(code::VALIDATION_ERROR, message).at(field)
    }

    /// `validation_error` at several fields, each with its problem. Where one is shown, that is the first.
    #[must_use]
    pub fn invalid_fields(problems: Vec<(String, String)>) -> Self {
        let others = problems.len().saturating_sub(1);
        let error = match problems.first() {
            None => Self::new(code::VALIDATION_ERROR, "The input is malformed."),
            Some((field, problem)) if others == 0 => Self::invalid(field, problem),
            Some((field, problem)) if others == 1 => {
                Self::invalid(field, format!("{problem} One more field is at fault."))
            }
            Some((field, problem)) => Self::invalid(field, format!("{problem} {others} more fields are at fault.")),
        };
        Self { fields: problems, ..error }
    }

    /// `resource_not_found` for a noun.
    pub fn not_found(noun: &str) -> Self {
        Self::new(code::RESOURCE_NOT_FOUND, format!("There is no such {noun} in your project."))
    }

    /// Names the field at fault.
    #[must_use]
    pub fn at(mut self, field: impl Into<String>) -> Self {
        self.field = Some(field.into());
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code.name, self.message)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}

impl From<outrider_store::Error> for Error {
    fn from(error: outrider_store::Error) -> Self {
        use outrider_store::Error as Store;
        let (code, message) = match &error {
            Store::NotFound => (code::RESOURCE_NOT_FOUND, "There is no such thing in your project.".to_owned()),
            Store::Conflict { .. } => {
                (code::ALREADY_EXISTS, "Something with this name or address exists already.".to_owned())
            }
            Store::Busy | Store::Unavailable(_) => (
                code::DATABASE_UNAVAILABLE,
                "The database is out of reach for now; nothing was changed. Try again.".to_owned(),
            ),
            Store::NewerSchema { .. } | Store::Corrupt(_) | Store::Sql { .. } => (
                code::INTERNAL_ERROR,
                "Something went wrong here. The log has the details under the request id.".to_owned(),
            ),
        };
        Self { source: Some(Box::new(error)), ..Self::new(code, message) }
    }
}

/// What every operation answers with.
pub type Result<T> = std::result::Result<T, Error>;
