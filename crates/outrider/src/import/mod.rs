//! Leads, companies and people from files: any encoding, delimiter and quoting people's spreadsheets write. Reads and checks; storing is the engine's.

pub mod encoding;
pub mod reader;
pub mod rows;
pub mod table;
mod table_rows;
