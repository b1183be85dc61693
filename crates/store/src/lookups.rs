//! What a transaction has looked up ahead of need: a batch's rows, fetched together, so that whoever asks for one of them
//! afterwards needs no statement. Forgets what is written; asks the database nothing.

use std::collections::HashMap;
use std::rc::Rc;

use crate::row::Row;
use crate::value::Value;

/// What rows are asked for by, beside their project.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Key {
    /// The one with this id.
    Id(i64),
    /// Those with these two numbers, such as an identity and a day.
    Numbers(i64, i64),
    /// Those with these two texts, such as a kind and a value.
    Texts(String, String),
}

impl Key {
    /// Two texts.
    pub(crate) fn texts(first: &str, second: &str) -> Self {
        Self::Texts(first.to_owned(), second.to_owned())
    }
}

/// The rows of one key, which may be none.
#[derive(Debug)]
struct Found {
    rows: Rc<[Row]>,
    /// Whether other transactions can't change them before this one ends.
    held: bool,
}

/// Rows by table, project and key.
#[derive(Debug, Default)]
pub(crate) struct Lookups {
    tables: HashMap<&'static str, HashMap<(i64, Key), Found>>,
    /// Whether anything was ever kept: transactions that look nothing up pay nothing.
    used: bool,
}

impl Lookups {
    /// Whether this transaction looks things up ahead.
    pub(crate) const fn is_used(&self) -> bool {
        self.used
    }

    /// Says that rows of a table will be asked for: those inserted are worth keeping.
    pub(crate) fn watch(&mut self, table: &'static str) {
        self.used = true;
        self.tables.entry(table).or_default();
    }

    /// Whether anything of a table is kept, or will be.
    pub(crate) fn watches(&self, table: &str) -> bool {
        self.tables.contains_key(table)
    }

    /// Keeps the rows of a key.
    pub(crate) fn keep(&mut self, table: &'static str, project: i64, key: Key, rows: Rc<[Row]>, held: bool) {
        self.used = true;
        self.tables.entry(table).or_default().insert((project, key), Found { rows, held });
    }

    /// The rows of a key, when they were looked up, and held if they must be.
    pub(crate) fn known(&self, table: &str, project: i64, key: Key, held: bool) -> Option<Rc<[Row]>> {
        let found = self.tables.get(table)?.get(&(project, key))?;
        (found.held || !held).then(|| Rc::clone(&found.rows))
    }

    /// Changes columns of the row of an id, when it is known.
    pub(crate) fn amend(&mut self, table: &str, project: i64, id: i64, changes: &[(usize, Value)]) {
        let Some(found) = self.tables.get_mut(table).and_then(|rows| rows.get_mut(&(project, Key::Id(id)))) else {
            return;
        };
        match Rc::get_mut(&mut found.rows) {
            Some(rows) => rows.iter_mut().for_each(|row| row.change(changes)),
            // Whoever asked for it before keeps what it was.
            None => {
                let mut rows: Vec<Row> = found.rows.to_vec();
                rows.iter_mut().for_each(|row| row.change(changes));
                found.rows = rows.into();
            }
        }
    }

    /// Forgets a key whose rows are changed.
    pub(crate) fn forget(&mut self, table: &str, project: i64, key: Key) {
        if let Some(rows) = self.tables.get_mut(table) {
            rows.remove(&(project, key));
        }
    }

    /// Forgets what is known of a table by anything else than ids, since a row that comes may belong to it.
    pub(crate) fn forget_groups(&mut self, table: &str) {
        if let Some(rows) = self.tables.get_mut(table) {
            rows.retain(|(_, key), _| matches!(key, Key::Id(_)));
        }
    }

    /// Forgets a table that is changed in a way that names no key.
    pub(crate) fn forget_table(&mut self, table: &str) {
        if let Some(rows) = self.tables.get_mut(table) {
            rows.clear();
        }
    }

    /// Forgets everything.
    pub(crate) fn forget_all(&mut self) {
        self.tables.values_mut().for_each(HashMap::clear);
    }
}
