//! A batch of an import under way: its new rows, and those passed over with the reason. Knows no kind of row, and stores none.

use std::collections::HashMap;
use std::hash::Hash;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::{Result, code};

/// A row that was passed over.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Skipped {
    /// Its place in the batch, from 0.
    pub index: usize,
    /// `invalid`, or that it is known already: `duplicate`, of leads `duplicate_email` or `duplicate_phone`.
    pub reason: String,
    /// The same in words.
    pub message: String,
}

/// A batch under way.
pub(crate) struct ImportBatch<Id, Row> {
    rows: Vec<Row>,
    places: HashMap<Id, usize>,
    skipped: Vec<Skipped>,
}

impl<Id: Copy + Eq + Hash, Row> ImportBatch<Id, Row> {
    /// Of at most so many rows; some may have been passed over already.
    pub(crate) fn new(most: usize, skipped: Vec<Skipped>) -> Self {
        Self { rows: Vec::with_capacity(most), places: HashMap::with_capacity(most), skipped }
    }

    /// Takes the row made of what stands at a place, or passes over what no row can be made of.
    ///
    /// # Errors
    /// Those that are not the row's own fault.
    pub(crate) fn take(&mut self, index: usize, made: Result<(Id, Row)>) -> Result<()> {
        match made {
            Ok((id, row)) => {
                self.places.insert(id, index);
                self.rows.push(row);
            }
            Err(error) if error.code == code::VALIDATION_ERROR => {
                self.skipped.push(Skipped { index, reason: "invalid".to_owned(), message: error.message });
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// The rows, to be inserted where nothing known stands in the way.
    pub(crate) fn rows(&mut self) -> Vec<Row> {
        std::mem::take(&mut self.rows)
    }

    /// All that was passed over, in the order of the batch. What was not inserted is a duplicate: the unique index knows, so
    /// nobody asks it before, not even what stands twice in the batch.
    pub(crate) fn close(mut self, inserted: &[Id], duplicate: impl Fn(usize) -> Skipped) -> Vec<Skipped> {
        for id in inserted {
            self.places.remove(id);
        }
        self.skipped.extend(self.places.into_values().map(duplicate));
        self.skipped.sort_unstable_by_key(|skipped| skipped.index);
        self.skipped
    }
}
