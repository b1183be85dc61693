//! `create_company`: one new company.

use outrider_domain::address::Domain;
use outrider_domain::id::CompanyId;
use outrider_store::companies as rows;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::{Company, check_domain};
use crate::context::{Context, Event};
use crate::error::{Result, code};
use crate::fields::required;
use crate::leads::{CustomFields, custom_fields_json, tidy};
use crate::operation::{Operation, Spec};

/// Creates a company.
pub struct CreateCompany;

/// What a company is made of.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Display name.
    #[schemars(length(min = 1, max = 200))]
    name: String,
    /// Host name; unique in the project.
    #[serde(default)]
    domain: Option<Domain>,
    /// As you like.
    #[serde(default)]
    #[schemars(length(max = 200))]
    industry: Option<String>,
    /// As you like, such as `51-200`.
    #[serde(default)]
    #[schemars(length(max = 200))]
    size: Option<String>,
    /// As you like.
    #[serde(default)]
    #[schemars(length(max = 200))]
    location: Option<String>,
    /// Fields of your own.
    #[serde(default)]
    custom_fields: CustomFields,
}

impl Operation for CreateCompany {
    const SPEC: Spec =
        Spec::create("create_company", "companies", "/companies", "companies:write", "Create a company.")
            .describe("The domain is unique in the project.")
            .previews()
            .fails(&[code::ALREADY_EXISTS]);
    type Input = Input;
    type Output = Company;

    fn run(cx: &mut Context<'_, '_>, input: Input) -> Result<Company> {
        check_domain(cx, input.domain.as_ref(), None)?;
        let row = rows::Company {
            project_id: cx.project,
            id: CompanyId(cx.id()),
            name: required("name", input.name)?,
            domain: input.domain.map(|domain| domain.as_str().to_owned()),
            industry: tidy("industry", input.industry)?,
            size: tidy("size", input.size)?,
            location: tidy("location", input.location)?,
            custom_fields: custom_fields_json(&input.custom_fields)?,
            created_at: cx.now,
            updated_at: cx.now,
        };
        cx.plan.push(json!({ "create_company": { "name": row.name, "domain": row.domain } }));
        row.clone().insert(cx.tx)?;
        cx.emit(Event::new("company.created").subject(row.id).data(json!({ "name": row.name })));
        Ok(row.into())
    }
}
