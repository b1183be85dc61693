//! Enrichment: which address a person is likely to have, judged by the addresses already known at a domain, and which phone numbers
//! a company's own pages say. Pure rules; looking up names and pages is elsewhere.

pub mod about;
pub mod addresses;
pub mod page;
pub mod patterns;
pub mod robots;

#[cfg(test)]
mod tests;
