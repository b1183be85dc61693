//! Workspaces as files: making what is stored what a file says, and writing such a file. Calls the nouns' operations and adds no
//! rule of its own.

pub mod apply_project;
pub mod export_project;
pub mod installation;
mod phone_numbers;
mod playbooks;
mod project;
mod read;

use crate::error::Error;

/// Puts the path of a part before an error's field, and gives the field its name in the file.
fn under(error: Error, path: &str) -> Error {
    let field = match error.field.as_deref() {
        Some("agent_id") => format!("{path}.agent"),
        Some("gap") => format!("{path}.min_gap"),
        Some(field) => format!("{path}.{}", field.strip_prefix("definition.").unwrap_or(field)),
        None => path.to_owned(),
    };
    Error { field: Some(field), ..error }
}
