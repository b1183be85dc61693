//! Words and pure rules of outbound sales. Nothing here does I/O, reads a clock or knows a database.

pub mod address;
pub mod autonomy;
pub mod channel;
pub mod classify;
pub mod cron;
pub mod filter;
pub mod id;
pub mod lead_columns;
mod lead_draft;
mod lint;
pub mod mail;
pub mod patch;
pub mod plan;
pub mod playbook;
pub mod ramp;
pub mod secret;
pub mod sequence;
pub mod span;
pub mod template;
mod template_check;
pub mod time;
pub mod weights;
pub mod window;
pub mod words;
pub mod workspace;
mod workspace_check;
pub mod writer;
