//! One transaction, as a closure sees it: statements and wake-ups, no I/O of other kinds. Begins and commits nothing itself.

use crate::error::{Error, Fault, Trouble};
use crate::postgresql::Session;
use crate::row::Row;
use crate::sqlite;
use crate::statement::{Backend, Bulk, Statement};
use crate::value::Value;
use crate::wake::{Topic, Topics};

/// A running transaction.
///
/// After a statement failed, the transaction is lost on both databases: later statements repeat the first error, and
/// the closure's changes are rolled back even when it returns `Ok`. Finding no row is not a failure in this sense.
pub struct Tx<'a> {
    connection: Connection<'a>,
    failure: Option<Trouble>,
    topics: Topics,
}

pub(crate) enum Connection<'a> {
    Sqlite(&'a rusqlite::Connection),
    Postgres(&'a mut Session),
}

impl<'a> Tx<'a> {
    pub(crate) fn new(connection: Connection<'a>) -> Self {
        Self { connection, failure: None, topics: Topics::default() }
    }

    /// All rows of a statement.
    ///
    /// # Errors
    /// As the database says; see [`Error`].
    pub fn query(&mut self, statement: &'static Statement, params: &[Value]) -> Result<Vec<Row>, Error> {
        self.guarded(statement.name, params, |connection| match connection {
            Connection::Sqlite(connection) => {
                sqlite::query(connection, statement.name, statement.for_sqlite(), params, usize::MAX)
            }
            Connection::Postgres(session) => session.query(statement.name, statement.for_postgres(), params),
        })
    }

    /// The first row of a statement, when there is one.
    ///
    /// # Errors
    /// As the database says; see [`Error`].
    pub fn query_opt(&mut self, statement: &'static Statement, params: &[Value]) -> Result<Option<Row>, Error> {
        let rows = self.guarded(statement.name, params, |connection| match connection {
            Connection::Sqlite(connection) => {
                sqlite::query(connection, statement.name, statement.for_sqlite(), params, 1)
            }
            Connection::Postgres(session) => session.query(statement.name, statement.for_postgres(), params),
        })?;
        Ok(rows.into_iter().next())
    }

    /// The first row of a statement.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is none; otherwise as the database says.
    pub fn query_one(&mut self, statement: &'static Statement, params: &[Value]) -> Result<Row, Error> {
        self.query_opt(statement, params)?.ok_or(Error::NotFound)
    }

    /// Runs a statement and says how many rows it inserted, updated or deleted.
    ///
    /// # Errors
    /// As the database says; see [`Error`].
    pub fn execute(&mut self, statement: &'static Statement, params: &[Value]) -> Result<u64, Error> {
        self.guarded(statement.name, params, |connection| match connection {
            Connection::Sqlite(connection) => {
                sqlite::execute(connection, statement.name, statement.for_sqlite(), params)
            }
            Connection::Postgres(session) => session.execute(statement.name, statement.for_postgres(), params),
        })
    }

    /// Inserts many rows; answers what [`Bulk::returning`] names of those that were inserted or updated.
    ///
    /// # Errors
    /// As the database says; [`Error::Sql`] when a row's values don't match the columns.
    pub fn insert_rows(&mut self, bulk: &'static Bulk, rows: Vec<Vec<Value>>) -> Result<Vec<Row>, Error> {
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let misfit = rows.iter().any(|row| row.len() != bulk.columns.len());
        let nul = rows.iter().flatten().any(Value::has_nul);
        self.guarded(bulk.name, &[], |connection| {
            if misfit {
                return Err(Trouble::closure(Error::sql(
                    bulk.name,
                    format!("every row needs {} values", bulk.columns.len()),
                )));
            }
            if nul {
                return Err(nul_character(bulk.name));
            }
            match connection {
                Connection::Sqlite(connection) => sqlite::insert_rows(connection, bulk, &rows),
                Connection::Postgres(session) => session.insert_rows(bulk, &rows),
            }
        })
    }

    /// Which database is underneath; for choices that a pair of statements can't express.
    #[must_use]
    pub fn backend(&self) -> Backend {
        match self.connection {
            Connection::Sqlite(_) => Backend::Sqlite,
            Connection::Postgres(_) => Backend::Postgres,
        }
    }

    /// Wakes subscribers of `topic` on all nodes once this transaction is committed; never when it is rolled back.
    ///
    /// Another process with the same SQLite file is not woken: it must look by itself from time to time.
    pub fn wake(&mut self, topic: Topic) {
        self.topics.insert(topic);
    }

    pub(crate) fn failure(&self) -> Option<&Trouble> {
        self.failure.as_ref()
    }

    pub(crate) fn topics(&self) -> Topics {
        self.topics
    }

    fn guarded<T>(
        &mut self,
        name: &str,
        params: &[Value],
        run: impl FnOnce(&mut Connection<'a>) -> Result<T, Trouble>,
    ) -> Result<T, Error> {
        if let Some(failure) = &self.failure {
            return Err(failure.error.clone());
        }
        let outcome =
            if params.iter().any(Value::has_nul) { Err(nul_character(name)) } else { run(&mut self.connection) };
        outcome.map_err(|trouble| {
            if trouble.fault != Fault::Repeat {
                tracing::debug!(statement = name, error = %trouble.error, "statement failed");
            }
            let error = trouble.error.clone();
            self.failure = Some(trouble);
            error
        })
    }
}

fn nul_character(name: &str) -> Trouble {
    Trouble::closure(Error::sql(name, "a text has a NUL character, which PostgreSQL can't store"))
}
