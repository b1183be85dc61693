//! A file that appears under its name only when it is complete and on disk. Knows nothing of its content.

use std::fs::File;
use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::sqlite::create_private;

/// A file in the making, removed again unless it is [kept](Self::keep).
pub(super) struct Partial {
    path: PathBuf,
    target: PathBuf,
    kept: bool,
}

impl Partial {
    /// Reserves the name `target` with `.partial` at its end.
    ///
    /// # Errors
    /// [`Error::Conflict`] when `target` exists: a backup never overwrites one.
    pub(super) fn new(target: &Path) -> Result<Self, Error> {
        let exists = target.try_exists().map_err(|error| failed(target, &error))?;
        if exists {
            return Err(Error::Conflict { constraint: format!("{} must not exist yet", target.display()) });
        }
        let mut name = target.as_os_str().to_owned();
        name.push(".partial");
        let partial = Self { path: PathBuf::from(name), target: target.to_owned(), kept: false };
        // Left by a process that was killed.
        partial.remove();
        create_private(&partial.path).map_err(|error| failed(&partial.path, &error))?;
        Ok(partial)
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Gives the file its name, once its content is on disk.
    pub(super) fn keep(mut self) -> Result<(), Error> {
        let sync =
            |path: &Path| File::open(path).and_then(|file| file.sync_all()).map_err(|error| failed(path, &error));
        sync(&self.path)?;
        std::fs::rename(&self.path, &self.target).map_err(|error| failed(&self.target, &error))?;
        self.kept = true;
        let directory = match self.target.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        sync(directory)
    }

    fn remove(&self) {
        for suffix in ["", "-journal", "-wal", "-shm"] {
            let mut name = self.path.clone().into_os_string();
            name.push(suffix);
            if let Err(error) = std::fs::remove_file(&name)
                && error.kind() != std::io::ErrorKind::NotFound
            {
                tracing::warn!(%error, path = %name.display(), "could not remove a partial file");
            }
        }
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        if !self.kept {
            self.remove();
        }
    }
}

fn failed(path: &Path, error: &std::io::Error) -> Error {
    Error::Unavailable(format!("{}: {error}", path.display()))
}
