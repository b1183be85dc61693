//! What can go wrong in the store, in words that do not depend on the driver. Carries no row values, so it is safe to log.

/// A failed statement, transaction or connection.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// `query_one` found no row.
    #[error("no such row")]
    NotFound,
    /// A constraint refused the change.
    ///
    /// `constraint` reads the same on both databases: `table.column, table.column` for a unique or primary key, the index
    /// name for a unique index over expressions, the constraint's name for a check, `table.column` for a null where none
    /// may be, and `foreign key` for a missing or still needed row elsewhere. Of several violated at once, either database
    /// may name any.
    #[error("constraint violated: {constraint}")]
    Conflict {
        /// What was violated.
        constraint: String,
    },
    /// Others held the database or a row for too long; trying again later may work.
    #[error("the database is busy")]
    Busy,
    /// Disk full, database gone, connection lost. Trying again later may work; the text says when the outcome of a commit
    /// is unknown.
    #[error("the database is unavailable: {0}")]
    Unavailable(String),
    /// The database was migrated by a newer binary.
    #[error(
        "the database has schema version {found}, and this binary knows versions up to {known}: upgrade the binary"
    )]
    NewerSchema {
        /// Highest version in the database.
        found: i64,
        /// Highest version this binary has.
        known: i64,
    },
    /// Something stored is not what it must be.
    #[error("stored data is not valid: {0}")]
    Corrupt(String),
    /// A statement was wrong, or a closure misbehaved: a defect in this program.
    #[error("statement {statement} failed: {message}")]
    Sql {
        /// The statement's name.
        statement: String,
        /// What the database said.
        message: String,
    },
}

impl Error {
    /// Whether the same call may succeed later without anything being changed.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::Busy | Self::Unavailable(_))
    }

    pub(crate) fn sql(statement: impl Into<String>, message: impl std::fmt::Display) -> Self {
        Self::Sql { statement: statement.into(), message: message.to_string() }
    }
}

/// How far the damage of a failed statement reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Only the closure that ran it.
    Closure,
    /// The database chose this transaction to give way: run the closure again.
    Repeat,
    /// The connection is gone.
    Lost,
    /// The storage itself failed: everything not yet committed on this connection.
    Storage,
}

/// An error together with its reach.
#[derive(Debug, Clone)]
pub(crate) struct Trouble {
    pub(crate) error: Error,
    pub(crate) fault: Fault,
}

impl Trouble {
    pub(crate) fn closure(error: Error) -> Self {
        Self { error, fault: Fault::Closure }
    }
}
