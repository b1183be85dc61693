//! The engine: operations, pipeline, gates, jobs and ports. Knows no HTTP, no protocol and no SQL.

pub mod context;
pub mod core;
pub mod error;
pub mod keys;
pub mod leads;
pub mod operation;
pub mod page;
pub mod pipeline;
pub mod ports;
pub mod principal;
pub mod rate;
pub mod registry;

pub use crate::core::{Core, Settings};
pub use crate::error::{Error, Result};
