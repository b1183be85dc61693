//! SQLite: binding, reading and error words. Transactions are begun and ended in `writer` and `reader` only.

mod open;
mod reader;
mod writer;

pub(crate) use open::{Access, Location, create_private, open};
pub(crate) use reader::spawn_readers;
pub(crate) use writer::{Message, spawn_writer};

use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{CachedStatement, Connection, ErrorCode, ToSql};

use crate::error::{Error, Fault, Trouble};
use crate::row::Row;
use crate::statement::{Backend, Bulk};
use crate::value::Value;

pub(crate) fn query(
    connection: &Connection,
    name: &str,
    sql: &str,
    params: &[Value],
    limit: usize,
) -> Result<Vec<Row>, Trouble> {
    let mut statement = prepare(connection, name, sql)?;
    bind(&mut statement, name, params)?;
    step(&mut statement, name, limit)
}

pub(crate) fn execute(connection: &Connection, name: &str, sql: &str, params: &[Value]) -> Result<u64, Trouble> {
    let mut statement = prepare(connection, name, sql)?;
    bind(&mut statement, name, params)?;
    let mut stepped = 0;
    {
        let mut rows = statement.raw_query();
        while rows.next().map_err(|error| trouble(name, &error))?.is_some() {
            stepped += 1;
        }
    }
    // `changes` keeps its last count when a statement changes nothing by nature.
    Ok(if statement.readonly() { stepped } else { connection.changes() })
}

pub(crate) fn insert_rows(
    connection: &Connection,
    bulk: &'static Bulk,
    rows: &[Vec<Value>],
) -> Result<Vec<Row>, Trouble> {
    let mut statement = prepare(connection, bulk.name, &bulk.text(Backend::Sqlite))?;
    let mut returned = Vec::new();
    let places = bulk.returned_places();
    for row in rows {
        bind(&mut statement, bulk.name, row)?;
        if let Some(places) = &places {
            step(&mut statement, bulk.name, usize::MAX)?;
            if connection.changes() > 0 {
                returned.push(Row::new(places.iter().filter_map(|place| row.get(*place).cloned()).collect()));
            }
            continue;
        }
        returned.append(&mut step(&mut statement, bulk.name, usize::MAX)?);
    }
    Ok(returned)
}

fn prepare<'a>(connection: &'a Connection, name: &str, sql: &str) -> Result<CachedStatement<'a>, Trouble> {
    connection.prepare_cached(sql).map_err(|error| trouble(name, &error))
}

fn bind(statement: &mut CachedStatement<'_>, name: &str, params: &[Value]) -> Result<(), Trouble> {
    if statement.parameter_count() != params.len() {
        let text = format!("it has {} parameters and was given {}", statement.parameter_count(), params.len());
        return Err(Trouble::closure(Error::sql(name, text)));
    }
    for (place, value) in params.iter().enumerate() {
        statement.raw_bind_parameter(place + 1, Bound(value)).map_err(|error| trouble(name, &error))?;
    }
    Ok(())
}

fn step(statement: &mut CachedStatement<'_>, name: &str, limit: usize) -> Result<Vec<Row>, Trouble> {
    let width = statement.column_count();
    let mut rows = statement.raw_query();
    let mut found = Vec::new();
    while found.len() < limit
        && let Some(row) = rows.next().map_err(|error| trouble(name, &error))?
    {
        let mut columns = Vec::with_capacity(width);
        for place in 0..width {
            let column = row.get_ref(place).map_err(|error| trouble(name, &error))?;
            columns.push(
                read(column)
                    .map_err(|what| Trouble::closure(Error::Corrupt(format!("{name}: column {place} {what}"))))?,
            );
        }
        found.push(Row::new(columns));
    }
    Ok(found)
}

/// A column's value.
///
/// # Errors
/// What is wrong with it: the schema has no fractions, and text is UTF-8.
pub(crate) fn read(column: ValueRef<'_>) -> Result<Value, &'static str> {
    match column {
        ValueRef::Null => Ok(Value::Null),
        ValueRef::Integer(number) => Ok(Value::Int(number)),
        ValueRef::Real(_) => Err("is a fraction: cast it to BIGINT"),
        ValueRef::Text(bytes) => {
            std::str::from_utf8(bytes).map(|text| Value::Text(text.to_owned())).map_err(|_| "is text that is not UTF-8")
        }
        ValueRef::Blob(bytes) => Ok(Value::Blob(bytes.to_vec())),
    }
}

/// A value on its way into a statement.
pub(crate) struct Bound<'a>(pub(crate) &'a Value);

impl ToSql for Bound<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self.0 {
            Value::Null => ToSqlOutput::Borrowed(ValueRef::Null),
            Value::Int(number) => ToSqlOutput::Borrowed(ValueRef::Integer(*number)),
            Value::Text(text) => ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())),
            Value::Blob(bytes) => ToSqlOutput::Borrowed(ValueRef::Blob(bytes)),
            Value::Ints(list) => ToSqlOutput::Owned(rusqlite::types::Value::Text(json(list)?)),
            Value::Texts(list) => ToSqlOutput::Owned(rusqlite::types::Value::Text(json(list)?)),
        })
    }
}

fn json(list: &impl serde::Serialize) -> rusqlite::Result<String> {
    serde_json::to_string(list).map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))
}

/// The store's word for what the driver said, and how far it reaches.
pub(crate) fn trouble(name: &str, error: &rusqlite::Error) -> Trouble {
    let rusqlite::Error::SqliteFailure(code, message) = error else {
        return Trouble::closure(Error::sql(name, error));
    };
    let message = message.as_deref().unwrap_or("no message");
    match code.code {
        ErrorCode::ConstraintViolation => Trouble::closure(Error::Conflict { constraint: constraint(message) }),
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => Trouble::closure(Error::Busy),
        ErrorCode::DiskFull
        | ErrorCode::SystemIoFailure
        | ErrorCode::CannotOpen
        | ErrorCode::OutOfMemory
        | ErrorCode::FileLockingProtocolFailed => {
            Trouble { error: Error::Unavailable(message.to_owned()), fault: Fault::Storage }
        }
        ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => {
            Trouble { error: Error::Corrupt(message.to_owned()), fault: Fault::Storage }
        }
        _ => Trouble::closure(Error::sql(name, message)),
    }
}

/// The part of SQLite's message that names the constraint, in the words [`Error::Conflict`] promises.
fn constraint(message: &str) -> String {
    let Some((kind, what)) = message.split_once(" constraint failed") else {
        return message.to_owned();
    };
    let what = what.trim_start_matches(": ");
    match kind {
        "FOREIGN KEY" => "foreign key".to_owned(),
        _ => what.strip_prefix("index '").and_then(|name| name.strip_suffix('\'')).unwrap_or(what).to_owned(),
    }
}
