//! Enrichment: addresses and phone numbers that leads lack, found by what is known and by what a company's own pages say, with the
//! evidence, and charged only when found. Writes to nobody.

pub mod enrich_leads;
mod evidence;
mod plan;
pub mod report;

/// Most leads of one request: each may mean looking up names and reading pages.
pub const MOST: usize = 25;
