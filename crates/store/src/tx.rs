//! One transaction, as a closure sees it: statements and wake-ups, no I/O of other kinds. Begins and commits nothing itself.

use std::rc::Rc;

use outrider_domain::id::ProjectId;

use crate::error::{Error, Fault, Trouble};
use crate::lookups::{Key, Lookups};
use crate::postgresql::Session;
use crate::row::Row;
use crate::sqlite;
use crate::statement::{Backend, Bulk, Statement, Writes};
use crate::unwritten::{Due, Unwritten};
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
    unwritten: Unwritten,
    statements: u64,
}

pub(crate) enum Connection<'a> {
    Sqlite(&'a rusqlite::Connection),
    Postgres(&'a mut Session),
}

impl<'a> Tx<'a> {
    pub(crate) fn new(connection: Connection<'a>) -> Self {
        Self {
            connection,
            failure: None,
            topics: Topics::default(),
            lookups: Lookups::default(),
            unwritten: Unwritten::default(),
            statements: 0,
        }
    }

    /// All rows of a statement.
    ///
    /// # Errors
    /// As the database says; see [`Error`].
    pub fn query(&mut self, statement: &'static Statement, params: &[Value]) -> Result<Vec<Row>, Error> {
        self.write_before(|table| statement.mentions(table))?;
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
        self.write_before(|table| statement.mentions(table))?;
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
        self.write_before(|table| statement.mentions(table))?;
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
        self.write_before(|table| statement.mentions(table))?;
        if let Writes::Table(table) = statement.writes() {
            self.lookups.forget(table, project.0, key);
        } else {
            self.lookups.forget_all();
        }
        self.run(statement, params)
    }

    /// [`Tx::execute`] for an update of one row by its project and id, the first two of `params`: what it changes is known, by
    /// places in the row. A row that is not written yet is changed before it is.
    pub(crate) fn update_row(
        &mut self,
        table: &'static str,
        statement: &'static Statement,
        params: &[Value],
        changes: &[(usize, Value)],
    ) -> Result<(), Error> {
        let [Value::Int(project), Value::Int(id), ..] = *params else {
            return Err(Error::sql(statement.name, "its first two parameters are a project and an id"));
        };
        match self.unwritten.row(table, (project, id)) {
            Some(row) => {
                for (place, value) in changes {
                    if let Some(column) = row.get_mut(*place) {
                        column.clone_from(value);
                    }
                }
            }
            None => {
                self.write_before(|other| statement.mentions(other))?;
                self.run(statement, params)?;
            }
        }
        self.lookups.amend(table, project, id, changes);
        Ok(())
    }

    /// Inserts a row that begins with its project and id. In a transaction that looks ahead at its table it may wait until its
    /// end, or until something asks for the table: then a unique key it breaks is an error there. `of` is what else rows of the table
    /// are looked up by that the new one belongs to.
    pub(crate) fn insert_later(&mut self, bulk: &'static Bulk, row: Vec<Value>, of: Key) -> Result<(), Error> {
        let [Value::Int(project), Value::Int(id), ..] = row[..] else {
            return Err(Error::sql(bulk.name, "a row begins with its project and id"));
        };
        let waits = self.lookups.watches(bulk.table) && bulk.on_conflict.is_empty() && self.unwritten.takes(bulk);
        if !waits || row.len() != bulk.columns.len() || row.iter().any(Value::has_nul) {
            return self.insert_rows(bulk, vec![row]).map(drop);
        }
        self.lookups.forget(bulk.table, project, of);
        self.lookups.keep(bulk.table, project, Key::Id(id), Rc::new([Row::new(row.clone())]), true);
        self.unwritten.add_row(bulk, (project, id), row);
        Ok(())
    }

    /// Adds to two counts of a table by a statement that takes the three numbers of their key and both; in a transaction that looks
    /// ahead, once for all that is added to them.
    pub(crate) fn add_later(
        &mut self,
        table: &'static str,
        statement: &'static Statement,
        key: [i64; 3],
        more: [i64; 2],
    ) -> Result<(), Error> {
        if self.lookups.is_used() {
            self.unwritten.add(table, statement, key, more);
            return Ok(());
        }
        let [a, b, c] = key;
        let [d, e] = more;
        self.run(statement, &values![a, b, c, d, e]).map(drop)
    }

    /// Writes what has waited. Whoever commits calls it first.
    pub(crate) fn write_all(&mut self) -> Result<(), Error> {
        self.write_before(|_| true)
    }

    /// Writes what has waited for tables that are about to be asked for.
    fn write_before(&mut self, mentions: impl Fn(&str) -> bool) -> Result<(), Error> {
        if self.unwritten.is_empty() {
            return Ok(());
        }
        for due in self.unwritten.take_before(mentions) {
            match due {
                Due::Rows(bulk, rows) => self.insert_now(bulk, &rows).map(drop)?,
                Due::Sums(statement, all) => {
                    for params in all {
                        self.run(statement, &params)?;
                    }
                }
            }
        }
        Ok(())
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
        self.write_before(|table| table == bulk.table)?;
        self.note_inserted(bulk, &rows);
        self.insert_now(bulk, &rows)
    }

    fn insert_now(&mut self, bulk: &'static Bulk, rows: &[Vec<Value>]) -> Result<Vec<Row>, Error> {
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
                Connection::Sqlite(connection) => sqlite::insert_rows(connection, bulk, rows),
                Connection::Postgres(session) => session.insert_rows(bulk, rows),
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
