//! Companies: where leads work. Their shape in answers, their making and changing; not the leads themselves.

pub mod create_company;
pub mod delete_company;
pub mod get_company;
pub mod list_companies;
pub mod update_company;

use outrider_domain::address::Domain;
use outrider_domain::id::CompanyId;
use outrider_domain::time::Millis;
use outrider_store::companies as rows;
use schemars::JsonSchema;
use serde::Serialize;

use crate::context::Context;
use crate::error::{Error, Result, code};
use crate::leads::CustomFields;

/// A company.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Company {
    /// Key.
    pub id: CompanyId,
    /// Display name.
    pub name: String,
    /// Host name; unique in the project.
    pub domain: Option<String>,
    /// As given.
    pub industry: Option<String>,
    /// As given, such as `51-200`.
    pub size: Option<String>,
    /// As given.
    pub location: Option<String>,
    /// Fields of your own.
    pub custom_fields: CustomFields,
    /// When made.
    pub created_at: Millis,
    /// When changed.
    pub updated_at: Millis,
}

impl From<rows::Company> for Company {
    fn from(row: rows::Company) -> Self {
        Self {
            id: row.id,
            name: row.name,
            domain: row.domain,
            industry: row.industry,
            size: row.size,
            location: row.location,
            custom_fields: serde_json::from_str(&row.custom_fields).unwrap_or_default(),
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

/// Refuses a domain that another company has.
fn check_domain(cx: &mut Context<'_, '_>, domain: Option<&Domain>, own: Option<CompanyId>) -> Result<()> {
    let Some(domain) = domain else { return Ok(()) };
    match rows::find_by_domain(cx.tx, cx.project, domain.as_str())? {
        Some(other) if Some(other.id) != own => {
            Err(Error::new(code::ALREADY_EXISTS, format!("The company {} has this domain already.", other.id))
                .at("domain"))
        }
        _ => Ok(()),
    }
}
