//! The operator's call templates: files in the data folder over and beside those in the binary. Reads files; what they mean is
//! `outrider_voice`'s.

use std::path::Path;
use std::sync::Arc;

use outrider_voice::Catalog;

use crate::failure::{Failure, Outcome, Status};

/// The folder in the data folder.
pub const FOLDER: &str = "call-templates";

/// The catalog with the operator's files, when there are any.
///
/// # Errors
/// When a file can't be read, or is no template: every problem with its file and line.
pub fn load(data: &Path) -> Outcome<Option<Arc<Catalog>>> {
    let folder = data.join(FOLDER);
    let entries = match std::fs::read_dir(&folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Failure::file(&folder, &error)),
    };
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| Failure::file(&folder, &error))?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
        if name.ends_with(".toml") {
            let text = std::fs::read_to_string(&path).map_err(|error| Failure::file(&path, &error))?;
            files.push((name, text));
        }
    }
    // Folders list their files in no order; problems are told in one.
    files.sort();
    Catalog::with_overrides(files).map(|catalog| Some(Arc::new(catalog))).map_err(|problems| {
        let text: Vec<String> = problems.iter().map(ToString::to_string).collect();
        Failure::new(Status::BadData, "bad_call_template", format!("{}: {}", folder.display(), text.join("; ")))
    })
}

#[cfg(test)]
mod tests {
    use super::{FOLDER, load};

    #[test]
    fn an_operators_file_is_taken_over_and_a_bad_one_is_told_by_line() {
        let data = tempfile::tempdir().unwrap();
        assert!(load(data.path()).unwrap().is_none());
        let folder = data.path().join(FOLDER);
        std::fs::create_dir(&folder).unwrap();
        std::fs::write(folder.join("notes.txt"), "no template").unwrap();
        assert!(load(data.path()).unwrap().unwrap().get("dental-appointment").is_some());
        std::fs::write(folder.join("own.toml"), "title = 5\n").unwrap();
        let failure = load(data.path()).unwrap_err();
        assert_eq!(failure.code, "bad_call_template");
        assert!(failure.message.contains("own.toml:"), "{}", failure.message);
    }
}
