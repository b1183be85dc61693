//! How discovery answers: companies with why they fit and who works there, the filters that held, the scope and the credits.

use outrider_domain::discovery::{Dropped, Filters};
use outrider_domain::id::{CompanyId, LeadId, ProspectId};
use schemars::JsonSchema;
use serde::Serialize;

use super::facets::Facets;

/// A page of what was found.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Discovery {
    /// Best first; none in a preview, which reveals nothing that is paid for.
    pub companies: Vec<FoundCompany>,
    /// What the companies on this page are like, in numbers.
    pub facets: Facets,
    /// How many fit.
    pub total: i64,
    /// False when there are more than were looked at: then `total` is a lower bound.
    pub total_is_exact: bool,
    /// Companies on a page.
    pub limit: i64,
    /// Companies passed over.
    pub offset: i64,
    /// What was looked for.
    pub filters_applied: Filters,
    /// What was asked for and could not be looked for, with the reason.
    pub filters_dropped: Vec<Dropped>,
    /// Where was looked.
    pub scope: Scope,
    /// What it cost.
    pub credits: Spent,
}

/// A company that fits.
#[derive(Debug, Serialize, JsonSchema)]
pub struct FoundCompany {
    /// Key in discovery.
    pub prospect_id: ProspectId,
    /// The company's record in the project.
    pub company_id: Option<CompanyId>,
    /// Display name.
    pub name: String,
    /// Host name.
    pub domain: Option<String>,
    /// As imported.
    pub industries: Vec<String>,
    /// What it does.
    pub description: Option<String>,
    /// Town.
    pub city: Option<String>,
    /// State, county, canton.
    pub region: Option<String>,
    /// As imported.
    pub country: Option<String>,
    /// At least so many people.
    pub employees_min: Option<i64>,
    /// At most so many people.
    pub employees_max: Option<i64>,
    /// Year.
    pub founded: Option<i64>,
    /// Departments it hires for.
    pub hiring: Vec<String>,
    /// What it uses.
    pub technologies: Vec<String>,
    /// E.164.
    pub phone: Option<String>,
    /// Profile address.
    pub linkedin_url: Option<String>,
    /// How well it fits, 0 to 100.
    pub score: i64,
    /// Why, in words.
    pub reasons: Vec<String>,
    /// Whether this answer was charged for it; a company is charged once for the project.
    pub charged: bool,
    /// Those who work there and fit.
    pub people: Vec<FoundPerson>,
}

/// A person who fits.
#[derive(Debug, Serialize, JsonSchema)]
pub struct FoundPerson {
    /// The contact they are now; null when the seller does not see it.
    pub contact_id: Option<LeadId>,
    /// `added` by this or `known` before; of contacts that the seller does not see, `another_seller` or, with no owner, `unassigned`.
    pub status: &'static str,
    /// Display name.
    pub name: String,
    /// Job title.
    pub role: Option<String>,
    /// Mail address; null when the seller does not see the contact.
    pub email: Option<String>,
    /// E.164; null when the seller does not see the contact.
    pub phone: Option<String>,
    /// Profile address.
    pub linkedin_url: Option<String>,
}

/// Where was looked.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct Scope {
    /// `imported`: companies and people that the operator imported.
    pub source: &'static str,
    /// Whether only the seller's assigned accounts were looked at.
    pub restricted_to_assigned_accounts: bool,
    /// How many accounts are assigned to the seller; null where nothing restricts them.
    pub assigned_accounts: Option<usize>,
}

/// Credits of one answer.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct Spent {
    /// Spent by this; nothing in a preview.
    pub charged: i64,
    /// Of a preview, what a commit spends; else what was spent.
    pub cost: i64,
    /// For each company.
    pub price_per_company: i64,
    /// Companies charged for.
    pub companies_charged: usize,
    /// Companies that were paid for before.
    pub companies_known: usize,
    /// What there is left to spend.
    pub available: i64,
}
