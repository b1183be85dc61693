//! `get_company`: one company.

use outrider_domain::id::CompanyId;
use outrider_store::companies as rows;
use schemars::JsonSchema;
use serde::Deserialize;

use super::Company;
use crate::context::Context;
use crate::error::Result;
use crate::leads::missing;
use crate::operation::{Operation, Spec};

/// Gets a company.
pub struct GetCompany;

/// Which.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The company.
    company_id: CompanyId,
}

impl Operation for GetCompany {
    const SPEC: Spec =
        Spec::get("get_company", "companies", "/companies/{company_id}", "companies:read", "Get a company.");
    type Input = Input;
    type Output = Company;

    fn run(cx: &mut Context<'_, '_>, input: Input) -> Result<Company> {
        Ok(rows::get(cx.tx, cx.project, input.company_id)
            .map_err(|error| missing(error, "company", "company_id"))?
            .into())
    }
}
