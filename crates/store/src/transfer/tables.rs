//! Which tables there are to copy, read from the schema itself so that a new migration can't be forgotten. Copies nothing.

use std::collections::{HashMap, HashSet};

use postgres::types::Type;
use rusqlite::Connection;

use crate::error::Error;
use crate::sqlite;
use crate::statement::Kind;

/// An ordinary table.
#[derive(Debug, Clone)]
pub(super) struct Table {
    pub(super) name: String,
    columns: Vec<(String, Kind)>,
    refers_to: HashSet<String>,
}

impl Table {
    /// The columns, quoted, separated by commas.
    pub(super) fn column_list(&self) -> String {
        let names: Vec<String> = self.columns.iter().map(|(name, _)| format!("\"{name}\"")).collect();
        names.join(", ")
    }

    pub(super) fn name_of(&self, column: usize) -> &str {
        self.columns.get(column).map_or("?", |(name, _)| name)
    }

    pub(super) fn width(&self) -> usize {
        self.columns.len()
    }

    /// `?1, ?2, …`.
    pub(super) fn places(&self) -> String {
        let places: Vec<String> = (1..=self.columns.len()).map(|place| format!("?{place}")).collect();
        places.join(", ")
    }

    pub(super) fn postgres_types(&self) -> Vec<Type> {
        let name = |(_, kind): &(String, Kind)| match kind {
            Kind::Int => Type::INT8,
            Kind::Text => Type::TEXT,
            Kind::Blob => Type::BYTEA,
        };
        self.columns.iter().map(name).collect()
    }
}

/// Every table of a migrated SQLite database save `schema_migrations` and what only serves the text index, each after those
/// it refers to.
pub(super) fn tables(connection: &Connection) -> Result<Vec<Table>, Error> {
    let mut found = read(connection).map_err(|error| sqlite::trouble("tables", &error).error)?;
    let mut waiting: Vec<Table> = Vec::new();
    for (name, columns, refers_to) in found.drain(..) {
        let columns = columns
            .into_iter()
            .map(|(column, declared)| match declared.as_str() {
                "BIGINT" | "INTEGER" => Ok((column, Kind::Int)),
                "TEXT" => Ok((column, Kind::Text)),
                "BLOB" => Ok((column, Kind::Blob)),
                other => Err(Error::sql("tables", format!("{name}.{column} is {other}, which can't be copied"))),
            })
            .collect::<Result<_, _>>()?;
        waiting.push(Table { name, columns, refers_to });
    }
    let mut placed: HashSet<String> = HashSet::new();
    let mut ordered = Vec::with_capacity(waiting.len());
    while !waiting.is_empty() {
        let is_ready =
            |table: &Table| table.refers_to.iter().all(|other| *other == table.name || placed.contains(other));
        let (ready, rest): (Vec<Table>, Vec<Table>) = waiting.into_iter().partition(is_ready);
        if ready.is_empty() {
            return Err(Error::sql("tables", "tables refer to each other in a circle"));
        }
        placed.extend(ready.iter().map(|table| table.name.clone()));
        ordered.extend(ready);
        waiting = rest;
    }
    Ok(ordered)
}

type Described = (String, Vec<(String, String)>, HashSet<String>);

fn read(connection: &Connection) -> rusqlite::Result<Vec<Described>> {
    let sql = "SELECT t.name, c.name, c.type FROM pragma_table_list AS t JOIN pragma_table_info(t.name) AS c \
         WHERE t.schema = 'main' AND t.type = 'table' AND t.name NOT LIKE 'sqlite~_%' ESCAPE '~' AND t.name <> 'schema_migrations' \
         ORDER BY t.name, c.cid";
    let mut columns: Vec<(String, Vec<(String, String)>)> = Vec::new();
    let mut statement = connection.prepare(sql)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (table, column): (String, (String, String)) = (row.get(0)?, (row.get(1)?, row.get(2)?));
        match columns.last_mut() {
            Some((last, list)) if *last == table => list.push(column),
            _ => columns.push((table, vec![column])),
        }
    }
    let mut references: HashMap<String, HashSet<String>> = HashMap::new();
    let sql = "SELECT t.name, f.\"table\" FROM pragma_table_list AS t JOIN pragma_foreign_key_list(t.name) AS f WHERE t.schema = 'main'";
    let mut statement = connection.prepare(sql)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        references.entry(row.get(0)?).or_default().insert(row.get(1)?);
    }
    Ok(columns
        .into_iter()
        .map(|(name, columns)| {
            let refers_to = references.remove(&name).unwrap_or_default();
            (name, columns, refers_to)
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::{Connection, tables};
    use crate::migrate;

    #[test]
    fn every_table_comes_after_those_it_refers_to() {
        let connection = Connection::open_in_memory().unwrap();
        migrate::migrate_sqlite(&connection, i64::MAX).unwrap();
        let names: Vec<String> = tables(&connection).unwrap().into_iter().map(|table| table.name).collect();
        let place = |wanted: &str| names.iter().position(|name| name == wanted).unwrap();
        assert!(place("organizations") < place("projects"));
        assert!(place("projects") < place("api_keys"));
        assert!(names.contains(&"nodes".to_owned()));
        assert!(!names.contains(&"schema_migrations".to_owned()));
        assert!(!names.iter().any(|name| name.starts_with("leads_search")), "{names:?}");
    }

    #[test]
    fn a_circle_is_refused() {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch("CREATE TABLE a (b TEXT REFERENCES b); CREATE TABLE b (a TEXT REFERENCES a)").unwrap();
        assert!(tables(&connection).is_err());
    }
}
