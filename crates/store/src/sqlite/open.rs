//! Opens SQLite connections with the settings the store relies on. Creates no tables.

use std::fs::OpenOptions;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use super::trouble;
use crate::error::Error;

/// How long a statement waits for another process before it gives up.
const BUSY: Duration = Duration::from_secs(5);
/// Prepared statements kept by each connection.
const STATEMENTS: usize = 256;
/// Pages of the write-ahead log after which the writer copies them into the database: 16 MB.
const CHECKPOINT_PAGES: i64 = 4_000;
/// What the log file is cut back to after it had to grow, in bytes.
const LOG_LIMIT: i64 = 64 << 20;
/// Page caches in KiB (negative is SQLite's way to say so): small, as the system keeps the file cached as well.
const WRITER_CACHE: i64 = -16_000;
/// While filling: an index page that fell out of the cache before its transaction ends is written and read again for each row.
const FILLING_CACHE: i64 = -256_000;
/// While filling: 320 MB, since each checkpoint writes most pages of every index.
const FILLING_CHECKPOINT_PAGES: i64 = 80_000;
const READER_CACHE: i64 = -4_000;

/// Where the data is.
#[derive(Debug, Clone)]
pub(crate) enum Location {
    File(PathBuf),
    Memory,
}

/// What a connection may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    Write,
    /// Writes much at once.
    Fill,
    Read,
}

/// Opens a connection; a writer creates the file when there is none, for its owner's eyes only.
pub(crate) fn open(location: &Location, access: Access) -> Result<Connection, Error> {
    if let (Location::File(path), Access::Write | Access::Fill) = (location, access)
        && let Err(error) = create_private(path)
        && error.kind() != std::io::ErrorKind::AlreadyExists
    {
        return Err(Error::Unavailable(format!("{}: {error}", path.display())));
    }
    connect(location, access).map_err(|error| trouble("open", &error).error)
}

/// Makes an empty file that only its owner may read: it will hold people's addresses. SQLite gives the files beside it the
/// same rights.
pub(crate) fn create_private(path: &Path) -> std::io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}

fn connect(location: &Location, access: Access) -> rusqlite::Result<Connection> {
    let mode = match access {
        Access::Write | Access::Fill => OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE,
        Access::Read => OpenFlags::SQLITE_OPEN_READ_ONLY,
    };
    // Each connection stays on one thread, so SQLite's own locks are not needed.
    let flags = mode | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = match location {
        Location::File(path) => Connection::open_with_flags(path, flags)?,
        Location::Memory => Connection::open_in_memory_with_flags(flags)?,
    };
    connection.busy_timeout(BUSY)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    // Otherwise a plan may depend on the values bound at first, and the statement is prepared anew for each other value.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    // Memory-mapped pages would count as resident, and an I/O error in one would kill the process.
    connection.pragma_update(None, "mmap_size", 0)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    match access {
        Access::Write | Access::Fill => {
            let (cache, checkpoint) = match access {
                Access::Fill => (FILLING_CACHE, FILLING_CHECKPOINT_PAGES),
                _ => (WRITER_CACHE, CHECKPOINT_PAGES),
            };
            if matches!(location, Location::File(_)) {
                connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get::<_, String>(0))?;
            }
            connection.pragma_update(None, "synchronous", "FULL")?;
            connection.pragma_update(None, "cache_size", cache)?;
            connection.pragma_update_and_check(None, "wal_autocheckpoint", checkpoint, |row| row.get::<_, i64>(0))?;
            connection.pragma_update_and_check(None, "journal_size_limit", LOG_LIMIT, |row| row.get::<_, i64>(0))?;
        }
        Access::Read => {
            connection.pragma_update(None, "query_only", true)?;
            connection.pragma_update(None, "cache_size", READER_CACHE)?;
        }
    }
    Ok(connection)
}

#[cfg(test)]
mod tests {
    use rusqlite::StatementStatus;

    use super::{Access, Location, open};

    #[test]
    fn other_values_are_no_reason_to_prepare_a_statement_again() {
        let connection = open(&Location::Memory, Access::Write).unwrap();
        connection
            .execute_batch(
                "CREATE TABLE pets (kind TEXT, name TEXT, age BIGINT); CREATE INDEX cats ON pets (name) WHERE kind = 'cat'",
            )
            .unwrap();
        let mut statement = connection.prepare("SELECT age FROM pets WHERE kind = ?1 AND name = ?2 LIMIT ?3").unwrap();
        for kind in ["dog", "cat", "dog"] {
            assert!(!statement.exists((kind, "Tom", 5)).unwrap());
        }
        assert_eq!(statement.get_status(StatementStatus::RePrepare), 0);
    }
}
