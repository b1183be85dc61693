//! Fills an empty, migrated database from a backup. Never mixes a backup with data that is already there.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use outrider_domain::time::Millis;
use postgres::binary_copy::BinaryCopyInWriter;
use postgres::types::ToSql;
use rusqlite::{Connection, OpenFlags};

use super::tables::{Table, tables};
use super::{Progress, derived};
use crate::error::Error;
use crate::migrate;
use crate::postgresql::{self, Bound, Connector, Session};
use crate::sqlite::{self, trouble};
use crate::store::{Engine, Store, on_thread};
use crate::tx::{Connection as TxConnection, Tx};
use crate::value::Value;

/// Rows copied between two reports.
const ROWS: u64 = 10_000;

impl Store {
    /// Fills this database, which must be migrated and empty, from a backup of either kind of database.
    ///
    /// All of it or nothing is restored. A backup of an older version is brought up to this one first.
    ///
    /// # Errors
    /// [`Error::Conflict`] when the database has data or a node that is running, [`Error::NewerSchema`] when the backup is of a
    /// newer version, [`Error::Corrupt`] when it is damaged or no backup.
    pub async fn restore(
        &self,
        from: &Path,
        now: Millis,
        mut progress: impl FnMut(Progress) + Send + 'static,
    ) -> Result<(), Error> {
        if !self.pending().await?.is_empty() {
            return refused("a database that has been migrated");
        }
        let from = from.to_owned();
        let backup = on_thread("store-restore", move || Readable::prepare(&from)).await?;
        match self.engine() {
            Engine::Sqlite { .. } => {
                self.exclusive(move |connection| into_sqlite(&Filling(connection), &backup, now, &mut progress)).await
            }
            Engine::Postgres { connector, .. } => {
                let connector = Arc::clone(connector);
                on_thread("store-restore", move || into_postgres(&connector, &backup, now, &mut progress)).await
            }
        }
    }
}

fn refused<T>(wanted: &str) -> Result<T, Error> {
    Err(Error::Conflict { constraint: format!("a restore needs {wanted}") })
}

/// A backup of this binary's version: the one given, or a copy of it that was brought up.
struct Readable {
    path: PathBuf,
    is_copy: bool,
}

impl Drop for Readable {
    fn drop(&mut self) {
        if self.is_copy
            && let Err(error) = std::fs::remove_file(&self.path)
        {
            tracing::warn!(%error, path = %self.path.display(), "could not remove a copy of a backup");
        }
    }
}

impl Readable {
    fn prepare(from: &Path) -> Result<Self, Error> {
        let failed = |error: rusqlite::Error| trouble("restore", &error).error;
        let versions = {
            let backup = open_backup(from).map_err(failed)?;
            let check: String = backup.query_row("PRAGMA quick_check(1)", [], |row| row.get(0)).map_err(failed)?;
            if check != "ok" {
                return Err(Error::Corrupt(format!("{}: {check}", from.display())));
            }
            migrate::sqlite_versions(&backup)?
        };
        if versions.is_empty() {
            return Err(Error::Corrupt(format!("{} is no backup of Outrider", from.display())));
        }
        if migrate::pending(&versions)?.is_empty() {
            return Ok(Self { path: from.to_owned(), is_copy: false });
        }
        let mut name = from.as_os_str().to_owned();
        name.push(format!(".{}.migrated", std::process::id()));
        let copy = Self { path: PathBuf::from(name), is_copy: true };
        std::fs::copy(from, &copy.path)
            .map_err(|error| Error::Unavailable(format!("{}: {error}", copy.path.display())))?;
        let connection = Connection::open(&copy.path).map_err(failed)?;
        migrate::migrate_sqlite(&connection, i64::MAX)?;
        Ok(copy)
    }
}

fn open_backup(path: &Path) -> rusqlite::Result<Connection> {
    Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)
}

fn into_sqlite(
    filling: &Filling<'_>,
    backup: &Readable,
    now: Millis,
    progress: &mut impl FnMut(Progress),
) -> Result<(), Error> {
    let failed = |error: rusqlite::Error| trouble("restore", &error).error;
    let connection = filling.0;
    let Some(path) = backup.path.to_str() else {
        return Err(Error::Unavailable("the backup's path is not Unicode".to_owned()));
    };
    connection.execute("ATTACH ?1 AS backup", [path]).map_err(failed)?;
    // The backup's references hold already; its tables need not be filled in their order.
    connection.pragma_update(None, "foreign_keys", false).map_err(failed)?;
    connection.execute_batch("BEGIN IMMEDIATE").map_err(failed)?;
    let tables = tables(connection)?;
    let count = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, i64>(0)).map_err(failed);
    if count(&format!("SELECT COUNT(*) FROM main.nodes WHERE lease_until > {}", now.0))? > 0 {
        return refused("a database that no node is running on");
    }
    for Table { name, .. } in tables.iter().filter(|table| table.name != "nodes") {
        if count(&format!("SELECT EXISTS (SELECT 1 FROM main.\"{name}\")"))? > 0 {
            return refused("an empty database");
        }
    }
    for table in &tables {
        let (name, columns) = (&table.name, table.column_list());
        let sql = match name.as_str() {
            "nodes" => FLOORS_FROM_BACKUP.to_owned(),
            _ => format!("INSERT INTO main.\"{name}\" ({columns}) SELECT {columns} FROM backup.\"{name}\""),
        };
        let done = u64::try_from(connection.execute(&sql, []).map_err(failed)?).unwrap_or(0);
        progress(Progress { part: name.clone(), done, total: done });
    }
    derived::rebuild(&mut Tx::new(TxConnection::Sqlite(connection)))?;
    connection.execute_batch("COMMIT").map_err(failed)
}

/// Slots keep the time up to which either database used ids, so that none comes twice.
const FLOORS_FROM_BACKUP: &str = "INSERT INTO main.nodes (slot, holder, lease_until, high_water)
    SELECT slot, holder, 0, high_water FROM backup.nodes WHERE true
    ON CONFLICT (slot) DO UPDATE SET high_water = max(high_water, excluded.high_water)";
const FLOOR: &str = "INSERT INTO nodes (slot, holder, lease_until, high_water) VALUES ($1, $2, 0, $3)
    ON CONFLICT (slot) DO UPDATE SET high_water = GREATEST(nodes.high_water, excluded.high_water)";

/// The writing connection while it is being filled; it is left as it was, however that ends.
struct Filling<'a>(&'a Connection);

impl Drop for Filling<'_> {
    fn drop(&mut self) {
        if let Err(error) = self.tidy() {
            tracing::error!(%error, "the writing connection could not be tidied after a restore");
        }
    }
}

impl Filling<'_> {
    fn tidy(&self) -> rusqlite::Result<()> {
        if !self.0.is_autocommit() {
            self.0.execute_batch("ROLLBACK")?;
        }
        self.0.pragma_update(None, "foreign_keys", true)?;
        let attached = "SELECT EXISTS (SELECT 1 FROM pragma_database_list WHERE name = 'backup')";
        if self.0.query_row(attached, [], |row| row.get(0))? {
            self.0.execute_batch("DETACH backup")?;
        }
        Ok(())
    }
}

fn into_postgres(
    connector: &Connector,
    backup: &Readable,
    now: Millis,
    progress: &mut impl FnMut(Progress),
) -> Result<(), Error> {
    let failed = |error: rusqlite::Error| trouble("restore", &error).error;
    let lost = |error: postgres::Error| postgresql::trouble("restore", &error).error;
    let source = open_backup(&backup.path).map_err(failed)?;
    let tables = tables(&source)?;
    let mut session = connector.connect_unlimited().map_err(|trouble| trouble.error)?;
    // The lock keeps nodes from starting until the restore has ended.
    session.command("BEGIN; LOCK TABLE nodes IN EXCLUSIVE MODE").map_err(|trouble| trouble.error)?;
    let live: i64 =
        session.client.query_one("SELECT COUNT(*) FROM nodes WHERE lease_until > $1", &[&now.0]).map_err(lost)?.get(0);
    if live > 0 {
        return refused("a database that no node is running on");
    }
    for Table { name, .. } in tables.iter().filter(|table| table.name != "nodes") {
        let filled: bool =
            session.client.query_one(&format!("SELECT EXISTS (SELECT 1 FROM \"{name}\")"), &[]).map_err(lost)?.get(0);
        if filled {
            return refused("an empty database");
        }
    }
    for table in &tables {
        match table.name.as_str() {
            "nodes" => copy_floors(&mut session, &source)?,
            _ => copy_table(&mut session, &source, table, progress)?,
        }
    }
    session.command("COMMIT").map_err(|trouble| match trouble.error {
        Error::Unavailable(why) => Error::Unavailable(format!("the outcome of the restore's commit is unknown: {why}")),
        other => other,
    })?;
    // The server would gather statistics by itself later; until then it would plan for empty tables.
    if let Err(trouble) = session.command("ANALYZE") {
        tracing::warn!(error = %trouble.error, "could not gather statistics after the restore");
    }
    Ok(())
}

fn copy_floors(session: &mut Session, source: &Connection) -> Result<(), Error> {
    let failed = |error: rusqlite::Error| trouble("restore", &error).error;
    let mut statement = source.prepare("SELECT slot, holder, high_water FROM nodes").map_err(failed)?;
    let mut rows = statement.query([]).map_err(failed)?;
    while let Some(row) = rows.next().map_err(failed)? {
        let (slot, holder, high_water): (i64, String, i64) =
            row.get(0).and_then(|slot| Ok((slot, row.get(1)?, row.get(2)?))).map_err(failed)?;
        session
            .client
            .execute(FLOOR, &[&slot, &holder, &high_water])
            .map_err(|error| postgresql::trouble("restore", &error).error)?;
    }
    Ok(())
}

fn copy_table(
    session: &mut Session,
    source: &Connection,
    table: &Table,
    progress: &mut impl FnMut(Progress),
) -> Result<(), Error> {
    let lost = |error: postgres::Error| postgresql::trouble(&table.name, &error).error;
    let failed = |error: rusqlite::Error| trouble(&table.name, &error).error;
    let (name, columns) = (&table.name, table.column_list());
    let total: i64 =
        source.query_row(&format!("SELECT COUNT(*) FROM \"{name}\""), [], |row| row.get(0)).map_err(failed)?;
    let total = u64::try_from(total).unwrap_or(0);
    let mut done = 0;
    let sink = session.client.copy_in(&format!("COPY \"{name}\" ({columns}) FROM STDIN BINARY")).map_err(lost)?;
    let mut sink = BinaryCopyInWriter::new(sink, &table.postgres_types());
    let mut statement = source.prepare(&format!("SELECT {columns} FROM \"{name}\"")).map_err(failed)?;
    let mut rows = statement.query([]).map_err(failed)?;
    while let Some(row) = rows.next().map_err(failed)? {
        let read = |place| {
            let column = row.get_ref(place).map_err(failed)?;
            sqlite::read(column).map_err(|what| Error::Corrupt(format!("{name}.{} {what}", table.name_of(place))))
        };
        let values: Vec<Value> = (0..table.width()).map(read).collect::<Result<_, Error>>()?;
        let bound: Vec<Bound<'_>> = values.iter().map(Bound).collect();
        let bound: Vec<&(dyn ToSql + Sync)> = bound.iter().map(|value| value as _).collect();
        sink.write(&bound).map_err(lost)?;
        done += 1;
        if done % ROWS == 0 {
            progress(Progress { part: name.clone(), done, total });
        }
    }
    sink.finish().map_err(lost)?;
    progress(Progress { part: name.clone(), done, total: done });
    Ok(())
}
