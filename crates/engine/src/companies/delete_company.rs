//! `delete_company`: a company goes; its leads stay.

use outrider_domain::id::CompanyId;
use outrider_store::{companies as rows, leads};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use crate::context::{Context, Event};
use crate::error::{Result, code};
use crate::fields::Deleted;
use crate::leads::missing;
use crate::operation::{Operation, Spec};

/// Removes a company.
pub struct DeleteCompany;

/// Which.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The company.
    company_id: CompanyId,
}

impl Operation for DeleteCompany {
    const SPEC: Spec = Spec::delete(
        "delete_company",
        "companies",
        "/companies/{company_id}",
        "companies:write",
        "Delete a company; its leads stay.",
    )
    .previews()
    .fails(&[code::RESOURCE_NOT_FOUND]);
    type Input = Input;
    type Output = Deleted;

    fn run(cx: &mut Context<'_, '_>, input: Input) -> Result<Deleted> {
        let company =
            rows::get(cx.tx, cx.project, input.company_id).map_err(|error| missing(error, "company", "company_id"))?;
        let leads = leads::leave_company(cx.tx, cx.project, company.id, cx.now)?;
        cx.plan.push(json!({ "delete_company": { "id": company.id, "name": company.name, "leads_kept": leads } }));
        rows::delete(cx.tx, cx.project, company.id)?;
        cx.emit(
            Event::new("company.deleted")
                .subject(company.id)
                .data(json!({ "name": company.name, "leads_kept": leads })),
        );
        Ok(Deleted::of(company.id))
    }
}
