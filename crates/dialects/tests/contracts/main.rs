//! The dialects as their clients meet them: requests and answers written from each contract, replayed over real sockets against
//! a whole server on a real database.

#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test ends where something is not as it must be"
)]

mod client;
mod coverage;
mod judges;
mod rig;
mod shape;

mod artic;
mod artra;
mod cora;
mod pathbound;
mod reaktor;
