//! The parts of the binary that can be used and tested without it. Wiring and the command line are in `main.rs`.

pub mod arguments;
pub mod bench;
pub mod call_templates;
pub mod clock;
pub mod commands;
pub mod failure;
pub mod import;
pub mod installation;
pub mod mail;
pub mod output;
pub mod quickstart;
pub mod serve;
pub mod settings;
mod whose;
