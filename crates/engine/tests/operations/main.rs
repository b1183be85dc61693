//! The operations, each through the pipeline on a real database file.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "../support/mod.rs"]
mod support;

mod accounts;
mod authorization;
mod billing;
mod budgets;
mod call_faults;
mod call_places;
mod calls;
mod channels;
mod connected;
mod faults;
mod holding;
mod idempotency;
mod leads;
mod ledger;
mod ledger_random;
mod limits;
mod lists;
mod motions;
mod nouns;
mod oauth;
mod outside;
mod packs;
mod playbooks;
mod previews;
mod run_faults;
mod sellers;
mod skill_steps;
mod stops;
mod sub_agents;
mod task_leases;
mod task_model;
mod tasks;
mod webhooks;
mod workspace;
mod world;
mod writing;
