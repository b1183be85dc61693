//! The paging fields of Cora's lists. Opens no page: cursors are the native lists'.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

/// Which page.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Paging {
    /// How many to answer with: 1 to 100, 50 when absent.
    #[schemars(range(min = 1, max = 100))]
    limit: Option<i64>,
    /// `next_cursor` of the page before; absent for the first page.
    cursor: Option<String>,
}

impl Paging {
    /// As a native list takes it.
    pub(super) fn native(&self) -> Value {
        json!({ "limit": self.limit, "cursor": self.cursor })
    }
}
