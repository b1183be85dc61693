//! The parts of the binary that can be used and tested without it. Wiring and the command line are in `main.rs`.

pub mod import;
