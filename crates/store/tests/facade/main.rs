//! The store's promises, each kept on a SQLite file, on SQLite in memory and on a real PostgreSQL.
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that can't go on must fail")]

mod encryption;
mod faults;
mod group_commit;
mod lookups;
mod migrations;
mod nodes;
mod proxy;
mod rig;
mod search;
mod statements;
mod transactions;
mod transfer;
mod wakeups;
