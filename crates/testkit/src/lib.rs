//! Owns the rigs that tests stand on: servers nobody here wrote, started privately and always stopped again.
//! Must not be linked into anything but tests, and knows no other crate of the project.
#![expect(
    clippy::panic,
    clippy::expect_used,
    reason = "a rig that is installed and still cannot start must fail the test that asked for it"
)]

pub mod chat_like;
pub mod dovecot;
pub mod faulty_smtp;
pub mod guard;
pub mod judges;
pub mod mailrig;
pub mod model_server;
pub mod name_server;
pub mod node;
pub mod plain_smtp;
pub mod postgres;
pub mod process;
pub mod python;
pub mod receiver;
pub mod requirements;
pub mod sink;
mod small_http;
pub mod stripe_like;
pub mod token_endpoint;
pub mod wait;
