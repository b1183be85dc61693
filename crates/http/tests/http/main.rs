//! The server as a client meets it: real sockets, a real database file each.

#![expect(clippy::expect_used, clippy::panic, reason = "a test ends where something is not as it must be")]

mod abuse;
mod approvals;
mod basics;
mod billing;
mod browser;
mod coercion;
mod contract;
mod errors;
mod fixture;
mod fuzz;
mod hosts;
mod idempotency;
mod judges;
mod keys;
mod limits;
mod logs;
mod mcp;
mod oauth;
mod oauth_attacks;
mod oauth_client;
mod oauth_judges;
mod operations;
mod pages;
mod reference;
mod sign_in;
mod stream;
mod tokens;
