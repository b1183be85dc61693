//! One transaction, as a closure sees it: statements and wake-ups, no I/O of other kinds. Begins and commits nothing itself.

use std::rc::Rc;

use outrider_domain::id::ProjectId;

use crate::error::{Error, Fault, Trouble};
use crate::lookups::{Key, Lookups};
use crate::postgresql::Session;
use crate::row::Row;
use crate::sqlite;
use crate::statement::{Backend, Bulk, Statement, Writes};
use crate::value::Value;
use crate::values;
use crate::wake::{Topic, Topics};

/// A running transaction.
///
/// After a statement failed, the transaction is lost on both databases: later statements repeat the first error, and
/// the closure's changes are rolled back even when it returns `Ok`. Finding no row is not a failure in this sense.
pub struct Tx<'a> {
    connection: Connection<'a>,
    failure: Option<Trouble>,
    topics: Topics,
    lookups: Lookups,
    statements: u64,
}

pub(crate) enum Connection<'a> {
    Sqlite(&'a rusqlite::Connection),
    Postgres(&'a mut Session),
}

impl<'a> Tx<'a> {
    pub(crate) fn new(connection: Connection<'a>) -> Self {
        Self { connection, failure: None, topics: Topics::default(), lookups: Lookups::default(), statements: 0 }
    }

    /// All rows of a statement.
    ///
    /// # Errors
    /// As the database says; see [`Error`].
    pub fn query(&mut self, statement: &'static Statement, params: &[Value]) -> Result<Vec<Row>, Error> {
        self.forget_written(statement);
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
        self.forget_written(statement);
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
        self.forget_written(statement);
        self.run(statement, params)
    }

    /// [`Tx::execute`] for a statement that changes no other rows than those of `table` with this key.
    pub(crate) fn execute_on(
        &mut self,
        statement: &'static Statement,
        params: &[Value],
        project: ProjectId,
        key: Key,
    ) -> Result<u64, Error> {
        if let Writes::Table(table) = statement.writes() {
            self.lookups.forget(table, project.0, key);
        } else {
            self.lookups.forget_all();
        }
        self.run(statement, params)
    }

    fn run(&mut self, statement: &'static Statement, params: &[Value]) -> Result<u64, Error> {
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
        self.note_inserted(bulk, &rows);
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

    /// How many statements have run, a bulk insert being one: what tests hold down.
    #[must_use]
    pub const fn statements(&self) -> u64 {
        self.statements
    }

    /// The row of an id: the one that was looked up before, else the answer of `statement`, which takes project and id. `held`
    /// says that the statement keeps others from changing it.
    pub(crate) fn row_by_id(
        &mut self,
        table: &'static str,
        statement: &'static Statement,
        project: ProjectId,
        id: i64,
        held: bool,
    ) -> Result<Option<Row>, Error> {
        if let Some(rows) = self.lookups.known(table, project.0, Key::Id(id), held) {
            return Ok(rows.first().cloned());
        }
        let row = self.query_opt(statement, &values![project, id])?;
        if self.lookups.is_used() {
            self.lookups.keep(table, project.0, Key::Id(id), row.iter().cloned().collect(), held);
        }
        Ok(row)
    }

    /// Looks rows up ahead by `statement`, which takes a project and a list of ids and gives rows that begin with both; gives
    /// those that are there.
    pub(crate) fn look_up(
        &mut self,
        table: &'static str,
        statement: &'static Statement,
        project: ProjectId,
        mut ids: Vec<i64>,
        held: bool,
    ) -> Result<Vec<Row>, Error> {
        self.lookups.watch(table);
        ids.sort_unstable();
        ids.dedup();
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let rows = self.query(statement, &values![project, ids.clone()])?;
        for id in ids {
            self.lookups.keep(table, project.0, Key::Id(id), Rc::new([]), held);
        }
        for row in &rows {
            self.lookups.keep(table, project.0, Key::Id(row.get(1)?), Rc::new([row.clone()]), held);
        }
        Ok(rows)
    }

    /// Rows that were looked up ahead by a key of their own.
    pub(crate) fn known(&self, table: &'static str, project: ProjectId, key: Key) -> Option<Rc<[Row]>> {
        self.lookups.known(table, project.0, key, false)
    }

    /// Keeps what was looked up by a key of its own.
    pub(crate) fn keep(&mut self, table: &'static str, project: ProjectId, key: Key, rows: Vec<Row>) {
        self.lookups.keep(table, project.0, key, rows.into(), false);
    }

    /// Whether this transaction looks things up ahead at all.
    pub(crate) const fn looks_ahead(&self) -> bool {
        self.lookups.is_used()
    }

    fn forget_written(&mut self, statement: &Statement) {
        if self.lookups.is_used() {
            match statement.writes() {
                Writes::Nothing => {}
                Writes::Table(table) => self.lookups.forget_table(table),
                Writes::Anything => self.lookups.forget_all(),
            }
        }
    }

    /// Rows with a project and an id of their own are known by them; a new one is nobody else's before the transaction ends.
    fn note_inserted(&mut self, bulk: &'static Bulk, rows: &[Vec<Value>]) {
        if !self.lookups.watches(bulk.table) {
            return;
        }
        if !matches!(bulk.columns, [("project_id", _), ("id", _), ..]) {
            return self.lookups.forget_table(bulk.table);
        }
        self.lookups.forget_groups(bulk.table);
        for row in rows {
            let [Value::Int(project), Value::Int(id), ..] = row[..] else { continue };
            if bulk.on_conflict.is_empty() {
                self.lookups.keep(bulk.table, project, Key::Id(id), Rc::new([Row::new(row.clone())]), true);
            } else {
                self.lookups.forget(bulk.table, project, Key::Id(id));
            }
        }
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
        self.statements += 1;
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
