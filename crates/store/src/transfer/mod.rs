//! Backup and restore: the whole database as one SQLite file, from and into either database. Changes nothing while it backs up.
//!
//! The same file also moves an installation from SQLite to PostgreSQL and back.

mod backup;
pub mod derived;
mod file;
mod restore;
mod tables;

/// How far a backup or restore has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// The table, or `pages` when the database is copied as it lies.
    pub part: String,
    /// Rows or pages done.
    pub done: u64,
    /// Of how many.
    pub total: u64,
}
