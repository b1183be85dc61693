//! The store: SQL and migrations behind one facade over SQLite and PostgreSQL. Knows no rule of the business.
//!
//! [`Store`] runs closures on threads that own connections; a closure gets a [`Tx`] and nothing else. Each noun has a
//! module with its statements.

mod error;
mod migrate;
mod postgresql;
mod row;
mod sqlite;
mod statement;
mod store;
mod task;
mod tx;
mod value;
mod wake;

pub mod nodes;

pub use error::Error;
pub use nodes::NodeLease;
pub use row::{FromValue, Row};
pub use statement::{Backend, Bulk, Kind, Statement};
pub use store::{Config, Store, Target};
pub use tx::Tx;
pub use value::Value;
pub use wake::{Topic, Wakeups};

/// Every statement of every noun, for the test that prepares each on both databases.
#[must_use]
pub fn all_statements() -> Vec<&'static Statement> {
    [nodes::ALL].concat()
}
