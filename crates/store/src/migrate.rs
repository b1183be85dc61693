//! The list of migrations, and bringing a database to the newest. Knows no table but its own `schema_migrations`.
//!
//! A file is written once for both databases: `{{blob}}` is the type of bytes, `{{clustered}}` stands at the end of a table
//! that is best stored in the order of its primary key, and lines between `-- sqlite only` or `-- postgres only` and `-- end`
//! are for one of them. Deferred constraints are not allowed: they would fail when others' changes are committed.

use crate::error::Error;
use crate::postgresql::Session;
use crate::sqlite;
use crate::statement::Backend;

/// One step of the schema, run in one transaction.
#[derive(Debug)]
pub(crate) struct Migration {
    pub(crate) version: i64,
    pub(crate) name: &'static str,
    text: &'static str,
}

macro_rules! migrations {
    ($($version:literal $name:literal),* $(,)?) => {
        &[$(Migration { version: $version, name: $name, text: include_str!(concat!("../migrations/", $name, ".sql")) }),*]
    };
}

/// In ascending order. A released file never changes.
const MIGRATIONS: &[Migration] = migrations![1 "0001_initial"];

const CREATE: &str = "CREATE TABLE IF NOT EXISTS schema_migrations (version BIGINT NOT NULL PRIMARY KEY, name TEXT NOT NULL, applied_at BIGINT NOT NULL)";
/// Serialises nodes that migrate the same PostgreSQL database; any number no other program uses.
const ADVISORY_LOCK: i64 = 0x6f75_7472_6964_6572;

/// Those not in `applied`.
///
/// # Errors
/// [`Error::NewerSchema`] when the database has one that this binary doesn't know.
pub(crate) fn pending(applied: &[i64]) -> Result<Vec<&'static Migration>, Error> {
    let known = MIGRATIONS.last().map_or(0, |migration| migration.version);
    match applied.iter().max() {
        Some(found) if *found > known => Err(Error::NewerSchema { found: *found, known }),
        _ => Ok(MIGRATIONS.iter().filter(|migration| !applied.contains(&migration.version)).collect()),
    }
}

pub(crate) fn sqlite_versions(connection: &rusqlite::Connection) -> Result<Vec<i64>, Error> {
    let read = || -> rusqlite::Result<Vec<i64>> {
        if !connection.table_exists(None, "schema_migrations")? {
            return Ok(Vec::new());
        }
        connection.prepare("SELECT version FROM schema_migrations")?.query_map([], |row| row.get(0))?.collect()
    };
    read().map_err(|error| sqlite::trouble("schema_migrations", &error).error)
}

pub(crate) fn postgres_versions(session: &mut Session) -> Result<Vec<i64>, Error> {
    let mut read = || -> Result<Vec<i64>, postgres::Error> {
        let exists: bool = session.client.query_one("SELECT to_regclass('schema_migrations') IS NOT NULL", &[])?.get(0);
        if !exists {
            return Ok(Vec::new());
        }
        session.client.query("SELECT version FROM schema_migrations", &[])?.iter().map(|row| row.try_get(0)).collect()
    };
    read().map_err(|error| crate::postgresql::trouble("schema_migrations", &error).error)
}

/// Brings a SQLite database up, at most to version `limit`; gives the names of what was applied.
pub(crate) fn migrate_sqlite(connection: &rusqlite::Connection, limit: i64) -> Result<Vec<String>, Error> {
    let failed = |name: &str, error: &rusqlite::Error| sqlite::trouble(name, error).error;
    // A migration may rebuild a table that others refer to; what it left behind is checked before the commit.
    connection.pragma_update(None, "foreign_keys", false).map_err(|error| failed("foreign_keys", &error))?;
    let outcome = migrate_sqlite_unchecked(connection, limit);
    if !connection.is_autocommit() {
        connection.execute_batch("ROLLBACK").map_err(|error| failed("ROLLBACK", &error))?;
    }
    connection.pragma_update(None, "foreign_keys", true).map_err(|error| failed("foreign_keys", &error))?;
    outcome
}

fn migrate_sqlite_unchecked(connection: &rusqlite::Connection, limit: i64) -> Result<Vec<String>, Error> {
    let run =
        |name: &str, sql: &str| connection.execute_batch(sql).map_err(|error| sqlite::trouble(name, &error).error);
    let mut done = Vec::new();
    loop {
        // Another process may migrate the same file: whoever holds the lock looks again.
        run("BEGIN", "BEGIN IMMEDIATE")?;
        run("schema_migrations", CREATE)?;
        let Some(migration) =
            pending(&sqlite_versions(connection)?)?.into_iter().find(|migration| migration.version <= limit)
        else {
            run("COMMIT", "COMMIT")?;
            return Ok(done);
        };
        run(migration.name, &migration.text_for(Backend::Sqlite))?;
        // The store has no clock: this note alone takes the database's.
        let note = "INSERT INTO schema_migrations (version, name, applied_at) VALUES (?1, ?2, unixepoch() * 1000)";
        connection
            .execute(note, (migration.version, migration.name))
            .map_err(|error| sqlite::trouble(migration.name, &error).error)?;
        let orphans = connection
            .query_row("SELECT COUNT(*) FROM pragma_foreign_key_check", [], |row| row.get::<_, i64>(0))
            .map_err(|error| sqlite::trouble(migration.name, &error).error)?;
        if orphans > 0 {
            return Err(Error::sql(migration.name, format!("it left {orphans} rows without the row they refer to")));
        }
        run("COMMIT", "COMMIT")?;
        done.push(migration.name.to_owned());
    }
}

/// Brings a PostgreSQL database up; gives the names of what was applied. The session must have no time limits.
pub(crate) fn migrate_postgres(session: &mut Session) -> Result<Vec<String>, Error> {
    let lock = |function: &str| format!("SELECT {function}({ADVISORY_LOCK})");
    session.command(&lock("pg_advisory_lock")).map_err(|trouble| trouble.error)?;
    let outcome = migrate_postgres_locked(session);
    // The lock also ends with the session, so this may fail after a lost connection.
    if let Err(trouble) = session.command(&lock("pg_advisory_unlock")) {
        tracing::debug!(error = %trouble.error, "could not release the migration lock");
    }
    outcome
}

fn migrate_postgres_locked(session: &mut Session) -> Result<Vec<String>, Error> {
    session.command(CREATE).map_err(|trouble| trouble.error)?;
    let mut done = Vec::new();
    for migration in pending(&postgres_versions(session)?)? {
        // One request with several statements is one transaction: all of it holds or none.
        let text = format!(
            "BEGIN;\n{}\n;INSERT INTO schema_migrations (version, name, applied_at) \
             VALUES ({}, '{}', CAST(EXTRACT(EPOCH FROM now()) * 1000 AS BIGINT));\nCOMMIT",
            migration.text_for(Backend::Postgres),
            migration.version,
            migration.name,
        );
        if let Err(error) = session.client.batch_execute(&text) {
            let error = crate::postgresql::trouble(migration.name, &error).error;
            if let Err(trouble) = session.command("ROLLBACK") {
                tracing::debug!(error = %trouble.error, "could not roll back a migration");
            }
            return Err(error);
        }
        done.push(migration.name.to_owned());
    }
    Ok(done)
}

impl Migration {
    fn text_for(&self, backend: Backend) -> String {
        translate(self.text, backend)
    }
}

fn translate(text: &str, backend: Backend) -> String {
    let (blob, clustered) = match backend {
        Backend::Sqlite => ("BLOB", " WITHOUT ROWID"),
        Backend::Postgres => ("BYTEA", ""),
    };
    let mut out = String::with_capacity(text.len());
    let mut only: Option<Backend> = None;
    for line in text.lines() {
        match line.trim() {
            "-- sqlite only" => only = Some(Backend::Sqlite),
            "-- postgres only" => only = Some(Backend::Postgres),
            "-- end" => only = None,
            _ if only.is_none_or(|only| only == backend) => {
                out.push_str(&line.replace("{{blob}}", blob).replace("{{clustered}}", clustered));
                out.push('\n');
            }
            _ => {}
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{Backend, Error, MIGRATIONS, pending, translate};

    #[test]
    fn versions_ascend_and_names_carry_them() {
        for (place, migration) in MIGRATIONS.iter().enumerate() {
            assert_eq!(migration.version, i64::try_from(place).unwrap() + 1);
            assert!(migration.name.starts_with(&format!("{:04}_", migration.version)), "{}", migration.name);
        }
    }

    #[test]
    fn every_mark_is_known_and_every_block_is_closed() {
        for migration in MIGRATIONS {
            for backend in [Backend::Sqlite, Backend::Postgres] {
                let text = translate(migration.text, backend);
                assert!(!text.contains("{{"), "{}", migration.name);
                assert!(!text.to_uppercase().contains("DEFERR"), "{}", migration.name);
            }
            let count = |mark: &str| migration.text.lines().filter(|line| line.trim() == mark).count();
            assert_eq!(count("-- sqlite only") + count("-- postgres only"), count("-- end"), "{}", migration.name);
        }
    }

    #[test]
    fn each_database_gets_its_own_text() {
        let text = "a {{blob}}){{clustered}};\n-- sqlite only\nb\n-- end\n-- postgres only\nc\n-- end\nd\n";
        assert_eq!(translate(text, Backend::Sqlite), "a BLOB) WITHOUT ROWID;\nb\nd\n");
        assert_eq!(translate(text, Backend::Postgres), "a BYTEA);\nc\nd\n");
    }

    #[test]
    fn a_version_from_the_future_is_refused() {
        assert!(pending(&[]).is_ok_and(|pending| pending.len() == MIGRATIONS.len()));
        assert!(matches!(pending(&[1, 9_999]), Err(Error::NewerSchema { found: 9_999, .. })));
    }
}
