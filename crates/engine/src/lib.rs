//! The engine: operations, pipeline, gates, jobs and ports. Knows no HTTP, no protocol and no SQL.

pub mod ports;
