//! Makes backups while the database is in use. Each is one snapshot, and one SQLite file.

use std::path::Path;
use std::sync::Arc;

use postgres::fallible_iterator::FallibleIterator;
use rusqlite::Connection;
use rusqlite::backup::{Backup, StepResult};

use super::Progress;
use super::derived;
use super::file::Partial;
use super::tables::{Table, tables};
use crate::error::Error;
use crate::migrate;
use crate::postgresql::{self, Column, Connector, Session};
use crate::sqlite::{self, Access, Bound, Location, trouble};
use crate::store::{Engine, Store, on_thread};
use crate::tx::{Connection as TxConnection, Tx};
use crate::value::Value;

/// Pages copied between two reports: 4 MB.
const PAGES: i32 = 1_000;
/// Rows copied between two reports.
const ROWS: u64 = 10_000;

impl Store {
    /// Writes the database as it is at one moment to a new SQLite file, which appears when it is complete and on disk.
    ///
    /// Writers go on meanwhile. The file of a SQLite database can also be used directly as a database.
    ///
    /// # Errors
    /// [`Error::Conflict`] when the file exists; otherwise as the database or the disk says.
    pub async fn backup(&self, to: &Path, mut progress: impl FnMut(Progress) + Send + 'static) -> Result<(), Error> {
        let partial = Partial::new(to)?;
        match self.engine() {
            Engine::Sqlite { location: Location::Memory, .. } => {
                self.exclusive(move |connection| {
                    copy_pages(connection, partial.path(), &mut progress)?;
                    partial.keep()
                })
                .await
            }
            Engine::Sqlite { location, .. } => {
                let location = location.clone();
                on_thread("store-backup", move || {
                    let source = sqlite::open(&location, Access::Read)?;
                    copy_pages(&source, partial.path(), &mut progress)?;
                    partial.keep()
                })
                .await
            }
            Engine::Postgres { connector, .. } => {
                let connector = Arc::clone(connector);
                on_thread("store-backup", move || {
                    copy_tables(&connector, partial.path(), &mut progress)?;
                    partial.keep()
                })
                .await
            }
        }
    }
}

fn copy_pages(source: &Connection, to: &Path, progress: &mut impl FnMut(Progress)) -> Result<(), Error> {
    let failed = |error: rusqlite::Error| trouble("backup", &error).error;
    // With a snapshot held, commits meanwhile neither disturb the copy nor make it start again.
    source.execute_batch("BEGIN; SELECT COUNT(*) FROM sqlite_schema").map_err(failed)?;
    let outcome = copy_pages_of_snapshot(source, to, progress);
    source.execute_batch("ROLLBACK").map_err(failed)?;
    outcome?;
    let copy = Connection::open(to).map_err(failed)?;
    copy.pragma_update_and_check(None, "journal_mode", "DELETE", |row| row.get::<_, String>(0)).map_err(failed)?;
    finish(&copy)
}

fn copy_pages_of_snapshot(source: &Connection, to: &Path, progress: &mut impl FnMut(Progress)) -> Result<(), Error> {
    let failed = |error: rusqlite::Error| trouble("backup", &error).error;
    let mut copy = Connection::open(to).map_err(failed)?;
    let backup = Backup::new(source, &mut copy).map_err(failed)?;
    loop {
        let step = backup.step(PAGES).map_err(failed)?;
        let so_far = backup.progress();
        let (total, left) =
            (u64::try_from(so_far.pagecount).unwrap_or(0), u64::try_from(so_far.remaining).unwrap_or(0));
        progress(Progress { part: "pages".to_owned(), done: total.saturating_sub(left), total });
        match step {
            StepResult::Done => return Ok(()),
            StepResult::More => {}
            _ => return Err(Error::Busy),
        }
    }
}

fn copy_tables(connector: &Connector, to: &Path, progress: &mut impl FnMut(Progress)) -> Result<(), Error> {
    let failed = |error: rusqlite::Error| trouble("backup", &error).error;
    let mut session = connector.connect_unlimited().map_err(|trouble| trouble.error)?;
    session.command("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").map_err(|trouble| trouble.error)?;
    let versions = migrate::postgres_versions(&mut session)?;
    let copy = Connection::open(to).map_err(failed)?;
    // A half-made file is thrown away, so it needs no journal; it is brought to disk before it gets its name.
    copy.pragma_update_and_check(None, "journal_mode", "OFF", |row| row.get::<_, String>(0)).map_err(failed)?;
    copy.pragma_update(None, "synchronous", "OFF").map_err(failed)?;
    migrate::migrate_sqlite(&copy, versions.into_iter().max().unwrap_or(0))?;
    copy.pragma_update(None, "foreign_keys", false).map_err(failed)?;
    copy.execute_batch("BEGIN").map_err(failed)?;
    for table in tables(&copy)? {
        copy_table(&mut session, &copy, &table, progress)?;
    }
    derived::rebuild(&mut Tx::new(TxConnection::Sqlite(&copy)))?;
    copy.execute_batch("COMMIT").map_err(failed)?;
    finish(&copy)
}

fn copy_table(
    session: &mut Session,
    copy: &Connection,
    table: &Table,
    progress: &mut impl FnMut(Progress),
) -> Result<(), Error> {
    let lost = |error: postgres::Error| postgresql::trouble(&table.name, &error).error;
    let failed = |error: rusqlite::Error| trouble(&table.name, &error).error;
    let (name, columns) = (&table.name, table.column_list());
    let total: i64 = session.client.query_one(&format!("SELECT COUNT(*) FROM \"{name}\""), &[]).map_err(lost)?.get(0);
    let total = u64::try_from(total).unwrap_or(0);
    let mut insert =
        copy.prepare(&format!("INSERT INTO \"{name}\" ({columns}) VALUES ({})", table.places())).map_err(failed)?;
    let mut done = 0;
    // Rows come one by one as they are read, not all at once.
    let parameters: [&str; 0] = [];
    let mut rows = session.client.query_raw(&format!("SELECT {columns} FROM \"{name}\""), parameters).map_err(lost)?;
    while let Some(row) = rows.next().map_err(lost)? {
        let values: Vec<Value> = (0..table.width())
            .map(|place| row.try_get::<_, Column>(place).map(|column| column.0))
            .collect::<Result<_, _>>()
            .map_err(lost)?;
        insert.execute(rusqlite::params_from_iter(values.iter().map(Bound))).map_err(failed)?;
        done += 1;
        if done % ROWS == 0 {
            progress(Progress { part: name.clone(), done, total });
        }
    }
    progress(Progress { part: name.clone(), done, total: done });
    Ok(())
}

/// A backup holds no leases: nobody runs on it. The times up to which ids were used stay.
fn finish(copy: &Connection) -> Result<(), Error> {
    let release = || -> rusqlite::Result<()> {
        if copy.table_exists(None, "nodes")? {
            copy.execute("UPDATE nodes SET lease_until = 0", [])?;
        }
        Ok(())
    };
    release().map_err(|error| trouble("backup", &error).error)
}
