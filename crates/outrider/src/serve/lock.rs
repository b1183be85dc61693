//! One `serve` per SQLite database: a lock on a file in the data folder, gone with the process however it ends. Other commands
//! use the database beside a running server; only a second server and a restore are kept out.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;

use crate::failure::{Failure, Outcome, Status};
use crate::installation::make_folder;

/// The file's name in the data folder.
const FILE: &str = "serve.lock";

/// The lock; let go when dropped.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock of a data folder, which is made when there is none.
    ///
    /// # Errors
    /// `already_served` naming the process that holds it; when the file can't be made.
    pub fn take(folder: &Path) -> Outcome<Self> {
        make_folder(folder)?;
        let path = folder.join(FILE);
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(|error| Failure::file(&path, &error))?;
        match file.try_lock() {
            Ok(()) => {
                let noted = file
                    .set_len(0)
                    .and_then(|()| file.seek(SeekFrom::Start(0)))
                    .and_then(|_| write!(file, "{}", std::process::id()));
                if let Err(error) = noted {
                    tracing::debug!(%error, "the lock does not say who holds it");
                }
                Ok(Self { _file: file })
            }
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                let holder = match file.read_to_string(&mut holder) {
                    Ok(_) if !holder.trim().is_empty() => format!("process {}", holder.trim()),
                    _ => "another process".to_owned(),
                };
                let text = format!(
                    "{holder} already serves the database in {}. A SQLite database has one server; use PostgreSQL (--database-url) for several.",
                    folder.display()
                );
                Err(Failure::new(Status::Refused, "already_served", text))
            }
            Err(TryLockError::Error(error)) => Err(Failure::file(&path, &error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Lock;

    #[test]
    fn a_second_server_is_refused_by_name_until_the_first_has_gone() {
        let folder = tempfile::tempdir().unwrap();
        let first = Lock::take(folder.path()).unwrap();
        let refused = Lock::take(folder.path()).unwrap_err();
        assert_eq!(refused.code, "already_served");
        assert!(refused.message.starts_with(&format!("process {} already serves", std::process::id())), "{refused}");
        drop(first);
        assert!(Lock::take(folder.path()).is_ok());
    }
}
