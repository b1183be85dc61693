//! One connection to PostgreSQL with its prepared statements. Begins and ends no transaction by itself.

use std::collections::HashMap;

use postgres::types::ToSql;
use postgres::{Client, Statement};

use super::bind::{Array, Bound, Column};
use super::trouble;
use crate::error::{Error, Fault, Trouble};
use crate::row::Row;
use crate::statement::{Backend, Bulk};
use crate::value::Value;

/// Rows in one `UNNEST`: large enough to make round trips cheap, small enough to keep the copies of a big import small.
const BULK_ROWS: usize = 5_000;

/// A connection. Belongs to one thread.
pub(crate) struct Session {
    pub(crate) client: Client,
    /// Whether it is still in the reading transaction of a closure that was answered.
    pub(crate) reading: bool,
    statements: HashMap<String, Statement>,
}

impl Session {
    pub(crate) fn new(client: Client) -> Self {
        Self { client, reading: false, statements: HashMap::new() }
    }

    pub(crate) fn query(&mut self, name: &str, sql: &str, params: &[Value]) -> Result<Vec<Row>, Trouble> {
        let statement = self.prepare(name, sql)?;
        let bound: Vec<Bound<'_>> = params.iter().map(Bound).collect();
        let bound: Vec<&(dyn ToSql + Sync)> = bound.iter().map(|value| value as _).collect();
        let rows = self.client.query(&statement, checked(name, &statement, &bound)?);
        self.noted(name, rows)?.iter().map(|row| read(name, row)).collect()
    }

    pub(crate) fn execute(&mut self, name: &str, sql: &str, params: &[Value]) -> Result<u64, Trouble> {
        let statement = self.prepare(name, sql)?;
        let bound: Vec<Bound<'_>> = params.iter().map(Bound).collect();
        let bound: Vec<&(dyn ToSql + Sync)> = bound.iter().map(|value| value as _).collect();
        let changed = self.client.execute(&statement, checked(name, &statement, &bound)?);
        self.noted(name, changed)
    }

    pub(crate) fn insert_rows(&mut self, bulk: &'static Bulk, rows: &[Vec<Value>]) -> Result<Vec<Row>, Trouble> {
        let statement = self.prepare(bulk.name, &bulk.text(Backend::Postgres))?;
        let mut returned = Vec::new();
        for part in rows.chunks(BULK_ROWS) {
            let arrays: Vec<Array<'_>> = bulk
                .columns
                .iter()
                .enumerate()
                .map(|(place, (_, kind))| Array::gather(bulk, place, *kind, part))
                .collect::<Result<_, _>>()?;
            let params: Vec<&(dyn ToSql + Sync)> = arrays.iter().map(Array::as_parameter).collect();
            let found = self.client.query(&statement, &params);
            for row in self.noted(bulk.name, found)? {
                returned.push(read(bulk.name, &row)?);
            }
        }
        Ok(returned)
    }

    /// A statement that ends or begins something, outside the prepared ones.
    pub(crate) fn command(&mut self, sql: &str) -> Result<(), Trouble> {
        self.client.batch_execute(sql).map_err(|error| trouble(sql, &error))
    }

    fn prepare(&mut self, name: &str, sql: &str) -> Result<Statement, Trouble> {
        if let Some(statement) = self.statements.get(sql) {
            return Ok(statement.clone());
        }
        let statement = self.client.prepare(sql).map_err(|error| trouble(name, &error))?;
        self.statements.insert(sql.to_owned(), statement.clone());
        Ok(statement)
    }

    fn noted<T>(&mut self, name: &str, outcome: Result<T, postgres::Error>) -> Result<T, Trouble> {
        outcome.map_err(|error| {
            let trouble = trouble(name, &error);
            // Among the reasons to repeat is a plan that no longer fits its table.
            if trouble.fault == Fault::Repeat {
                self.statements.clear();
            }
            trouble
        })
    }
}

/// The driver panics when the number of parameters is wrong.
fn checked<'a>(
    name: &str,
    statement: &Statement,
    params: &'a [&'a (dyn ToSql + Sync)],
) -> Result<&'a [&'a (dyn ToSql + Sync)], Trouble> {
    let wanted = statement.params().len();
    if wanted == params.len() {
        return Ok(params);
    }
    Err(Trouble::closure(Error::sql(name, format!("it has {wanted} parameters and was given {}", params.len()))))
}

fn read(name: &str, row: &postgres::Row) -> Result<Row, Trouble> {
    let column = |place| row.try_get::<_, Column>(place).map(|column| column.0).map_err(|error| trouble(name, &error));
    Ok(Row::new((0..row.len()).map(column).collect::<Result<_, _>>()?))
}
