//! The binary as its users meet it: the command line, the whole motion against real mail servers, and SIGKILL at any moment.
#![expect(clippy::panic, clippy::expect_used, clippy::unwrap_used, reason = "a test that can't go on says where")]

mod kill;
mod motion;
