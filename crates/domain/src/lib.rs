//! Words and pure rules of outbound sales. Nothing here does I/O, reads a clock or knows a database.

pub mod address;
pub mod id;
pub mod mail;
pub mod patch;
pub mod time;
