//! What a transaction has decided and not yet written: rows that may change again before it ends, and counts that many of its
//! steps add to. Writes nothing itself: the transaction does, before anything asks for their table, and at its end.

use std::collections::BTreeMap;

use crate::statement::{Bulk, Statement};
use crate::value::Value;

/// Rows of one table, and sums of one.
#[derive(Debug, Default)]
pub(crate) struct Unwritten {
    rows: Option<Rows>,
    sums: Option<Sums>,
}

/// New rows, by project and id.
#[derive(Debug)]
struct Rows {
    bulk: &'static Bulk,
    by_key: BTreeMap<(i64, i64), Vec<Value>>,
}

/// Counts to add, by the numbers of their key.
#[derive(Debug)]
struct Sums {
    table: &'static str,
    statement: &'static Statement,
    by_key: BTreeMap<[i64; 3], [i64; 2]>,
}

/// What is to be written for a table.
pub(crate) enum Due {
    /// By a bulk insert.
    Rows(&'static Bulk, Vec<Vec<Value>>),
    /// By a statement, once with each of these parameters.
    Sums(&'static Statement, Vec<[Value; 5]>),
}

impl Unwritten {
    /// Whether there is anything at all.
    pub(crate) const fn is_empty(&self) -> bool {
        self.rows.is_none() && self.sums.is_none()
    }

    /// Whether a row of this bulk can wait: none of another does.
    pub(crate) fn takes(&self, bulk: &'static Bulk) -> bool {
        self.rows.as_ref().is_none_or(|rows| std::ptr::eq(rows.bulk, bulk))
    }

    /// Lets a row wait that begins with its project and id.
    pub(crate) fn add_row(&mut self, bulk: &'static Bulk, key: (i64, i64), row: Vec<Value>) {
        self.rows.get_or_insert_with(|| Rows { bulk, by_key: BTreeMap::new() }).by_key.insert(key, row);
    }

    /// The waiting row of a table with that project and id.
    pub(crate) fn row(&mut self, table: &str, key: (i64, i64)) -> Option<&mut Vec<Value>> {
        self.rows.as_mut().filter(|rows| rows.bulk.table == table)?.by_key.get_mut(&key)
    }

    /// Adds to two counts that a statement of that table adds to: it takes the three numbers of the key and then both.
    pub(crate) fn add(&mut self, table: &'static str, statement: &'static Statement, key: [i64; 3], more: [i64; 2]) {
        let sums = self.sums.get_or_insert_with(|| Sums { table, statement, by_key: BTreeMap::new() });
        let sum = sums.by_key.entry(key).or_default();
        *sum = [sum[0] + more[0], sum[1] + more[1]];
    }

    /// Takes what must be written before this statement runs; all of it at the end, when there is none.
    pub(crate) fn take_before(&mut self, mentions: impl Fn(&str) -> bool) -> Vec<Due> {
        let mut due = Vec::new();
        if let Some(rows) = self.rows.take_if(|rows| mentions(rows.bulk.table)) {
            due.push(Due::Rows(rows.bulk, rows.by_key.into_values().collect()));
        }
        if let Some(sums) = self.sums.take_if(|sums| mentions(sums.table)) {
            let changed = sums.by_key.into_iter().filter(|(_, sum)| *sum != [0, 0]);
            let params = changed.map(|([a, b, c], [d, e])| [a, b, c, d, e].map(Value::Int));
            due.push(Due::Sums(sums.statement, params.collect()));
        }
        due
    }
}
