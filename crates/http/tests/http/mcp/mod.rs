//! The MCP endpoints as clients meet them: both eras, hosts and keys, sessions, toolsets, errors, and what no client should send.

mod client;
mod eras;
mod fixture_tools;
mod judges;
mod pending;
mod refusals;
mod sessions;
mod slow;
mod tokens;
mod tools;
