//! The operations, each through the pipeline on a real database file.

#[path = "../support/mod.rs"]
mod support;

mod authorization;
mod idempotency;
mod leads;
mod lists;
mod nouns;
mod previews;
mod stops;
mod workspace;
mod world;
