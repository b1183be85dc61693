//! The store: SQL and migrations behind one facade over SQLite and PostgreSQL. Knows no rule of the business.
//!
//! [`Store`] runs closures on threads that own connections; a closure gets a [`Tx`] and nothing else. Each noun has a
//! module with its statements.

mod error;
mod lookups;
mod migrate;
mod postgresql;
mod record;
mod row;
mod sqlite;
mod statement;
mod store;
mod task;
mod tx;
mod unwritten;
mod value;
mod wake;

pub mod actions;
pub mod agents;
pub mod attempts;
pub mod budgets;
pub mod callbacks;
pub mod calls;
pub mod campaigns;
pub mod companies;
pub mod counters;
pub mod credits;
pub mod icps;
pub mod idempotency;
pub mod identities;
pub mod jobs;
pub mod keys;
pub mod leads;
pub mod leases;
pub mod logs;
pub mod messages;
pub mod model_usage;
pub mod nodes;
pub mod notes;
pub mod oauth_clients;
pub mod oauth_grants;
pub mod playbooks;
pub mod profiles;
pub mod projects;
pub mod prospects;
pub mod runs;
pub mod segments;
pub mod sequences;
pub mod sign_in;
pub mod signals;
pub mod sub_agents;
pub mod subscriptions;
pub mod suppressions;
pub mod tasks;
pub mod templates;
pub mod texts;
pub mod transfer;
pub mod webhooks;
pub mod whereabouts;

pub use error::Error;
pub use nodes::NodeLease;
pub use row::{FromValue, Row};
pub use statement::{Backend, Bulk, Kind, Statement};
pub use store::{Config, Store, Target};
pub use transfer::Progress;
pub use tx::Tx;
pub use value::Value;
pub use wake::{Topic, Wakeups};

/// Every statement of every noun, for the test that prepares each on both databases.
#[must_use]
pub fn all_statements() -> Vec<&'static Statement> {
    [
        actions::ALL,
        agents::ALL,
        attempts::ALL,
        callbacks::ALL,
        calls::ALL,
        campaigns::ALL,
        companies::ALL,
        counters::ALL,
        credits::ALL,
        idempotency::ALL,
        icps::ALL,
        identities::ALL,
        jobs::ALL,
        keys::ALL,
        leads::ALL,
        leads::by_place::ALL,
        leads::candidates::ALL,
        leads::search::ALL,
        leases::ALL,
        logs::ALL,
        messages::ALL,
        model_usage::ALL,
        nodes::ALL,
        notes::ALL,
        oauth_clients::ALL,
        oauth_grants::ALL,
        playbooks::ALL,
        profiles::ALL,
        projects::ALL,
        prospects::ALL,
        runs::ALL,
        segments::ALL,
        sequences::ALL,
        sign_in::ALL,
        signals::ALL,
        sub_agents::ALL,
        budgets::ALL,
        subscriptions::ALL,
        suppressions::ALL,
        tasks::ALL,
        templates::ALL,
        texts::ALL,
        transfer::derived::ALL,
        webhooks::ALL,
        whereabouts::ALL,
    ]
    .concat()
}
