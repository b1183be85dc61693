//! What came of an enrichment: found, not found, skipped, and the cost. Shapes alone.

use outrider_domain::id::LeadId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What is looked for, found, skipped and charged.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Enrichment {
    /// What is looked for, lead by lead.
    pub to_find: Vec<Wanted>,
    /// What was found; empty in a preview.
    pub found: Vec<Found>,
    /// What was looked for in vain; nothing is charged for it. Empty in a preview.
    pub not_found: Vec<Missed>,
    /// What is not looked for.
    pub skipped: Vec<Missed>,
    /// What it costs.
    pub cost: Cost,
}

/// What is looked for of a lead.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Wanted {
    /// The lead.
    pub contact_id: LeadId,
    /// Its name.
    pub name: String,
    /// `email`, `phone`.
    pub find: Vec<String>,
}

/// Something found.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Found {
    /// The lead.
    pub contact_id: LeadId,
    /// `email` or `phone`.
    pub what: String,
    /// The address or number.
    pub value: String,
    /// 0 to 100: how sure one can be.
    pub confidence: i64,
    /// What that rests on.
    pub evidence: Vec<String>,
    /// Credits charged; 0 for a company's number that another contact got in the same enrichment.
    pub credits: i64,
}

/// Something that was not found or not looked for.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Missed {
    /// The lead, as given.
    pub contact_id: LeadId,
    /// `email` or `phone`.
    pub what: String,
    /// A word for why.
    pub reason: String,
    /// Why, in words.
    pub message: String,
}

/// Credits.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Cost {
    /// Charged; 0 in a preview.
    pub credits: i64,
    /// Charged if everything is found.
    pub at_most: i64,
    /// For each thing found.
    pub price: i64,
    /// What there is to spend.
    pub available: i64,
}
