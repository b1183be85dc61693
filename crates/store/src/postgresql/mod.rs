//! PostgreSQL: sessions, worker threads, notifications. Transactions are begun and ended in `worker` only.

mod bind;
mod connect;
mod fault;
mod notify;
mod session;
mod worker;

pub(crate) use bind::{Bound, Column};
pub(crate) use connect::Connector;
pub(crate) use fault::trouble;
pub(crate) use notify::{Bell, start_notifications};
pub(crate) use session::Session;
pub(crate) use worker::{Mode, spawn_workers};
