//! How a command ends when it does not succeed: a message for people, a code for scripts, and the exit status. Prints nothing.

use outrider_engine::error::Kind;
use serde_json::{Value, json};

/// Exit statuses, after BSD's `sysexits.h` where it has one. `outrider --help` and `docs/cli.md` list them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Status {
    /// Refused by a rule, or a check found something to fix.
    Refused = 1,
    /// The command line makes no sense.
    Usage = 2,
    /// A file that was read is not what it must be.
    BadData = 65,
    /// A file that was named is not there.
    NoInput = 66,
    /// The database or a server is out of reach; trying again may work.
    Unavailable = 69,
    /// A defect of this program.
    Internal = 70,
    /// A file can't be written or read.
    Io = 74,
    /// The settings are wrong.
    Settings = 78,
}

/// A command that failed.
#[derive(Debug)]
pub struct Failure {
    /// How the process exits.
    pub status: Status,
    /// Stable name: the engine's error code where there is one.
    pub code: String,
    /// For people.
    pub message: String,
    /// The cause below, when it helps the operator.
    pub cause: Option<String>,
}

/// What commands answer with.
pub type Outcome<T = ()> = Result<T, Failure>;

impl Failure {
    /// A failure of this crate's own.
    pub fn new(status: Status, code: &str, message: impl Into<String>) -> Self {
        Self { status, code: code.to_owned(), message: message.into(), cause: None }
    }

    /// A file that can't be read or written.
    pub fn file(path: &std::path::Path, error: &std::io::Error) -> Self {
        let status = if error.kind() == std::io::ErrorKind::NotFound { Status::NoInput } else { Status::Io };
        Self::new(status, "file_error", format!("{}: {error}", path.display()))
    }

    /// For `--json`.
    #[must_use]
    pub fn json(&self) -> Value {
        json!({ "error": { "code": self.code, "message": self.message, "cause": self.cause } })
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)?;
        match &self.cause {
            Some(cause) if !self.message.contains(cause.as_str()) => write!(f, " ({cause})"),
            _ => Ok(()),
        }
    }
}

impl From<outrider_engine::Error> for Failure {
    fn from(error: outrider_engine::Error) -> Self {
        let status = match error.code.kind {
            Kind::Invalid | Kind::TooLarge => Status::BadData,
            Kind::Unavailable | Kind::RateLimited => Status::Unavailable,
            Kind::Internal => Status::Internal,
            Kind::Unauthenticated
            | Kind::Forbidden
            | Kind::NotFound
            | Kind::Conflict
            | Kind::Unprocessable
            | Kind::PaymentRequired => Status::Refused,
        };
        let message = match &error.field {
            Some(field) => format!("{field}: {}", error.message),
            None => error.message,
        };
        let cause = error.source.filter(|_| matches!(status, Status::Unavailable | Status::Internal));
        Self { status, code: error.code.name.to_owned(), message, cause: cause.map(|cause| cause.to_string()) }
    }
}

impl From<outrider_store::Error> for Failure {
    fn from(error: outrider_store::Error) -> Self {
        use outrider_store::Error as Store;
        let (status, code) = match &error {
            Store::NewerSchema { .. } => (Status::Refused, "newer_schema"),
            Store::Conflict { .. } => (Status::Refused, "conflict"),
            Store::NotFound => (Status::Refused, "resource_not_found"),
            Store::Busy | Store::Unavailable(_) => (Status::Unavailable, "database_unavailable"),
            Store::Corrupt(_) => (Status::BadData, "corrupt"),
            Store::Sql { .. } => (Status::Internal, "internal_error"),
        };
        Self::new(status, code, error.to_string())
    }
}

impl From<crate::settings::Problem> for Failure {
    fn from(problem: crate::settings::Problem) -> Self {
        Self::new(Status::Settings, "bad_settings", problem.to_string())
    }
}
