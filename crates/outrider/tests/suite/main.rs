//! The binary as people use it: real processes, real files, real sockets on loopback.
#![expect(clippy::panic, clippy::expect_used, clippy::unwrap_used, reason = "a test that can't go on says where")]

mod apply;
mod billing;
mod cli;
mod doctor;
mod faults;
mod import;
mod kill;
mod mcp;
mod motion;
mod phone;
mod quickstart;
mod rig;
mod runs;
mod seller;
mod serve;
mod task_kill;
mod webhooks;
