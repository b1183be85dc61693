//! `update_company`: some fields of a company.

use outrider_domain::address::Domain;
use outrider_domain::id::CompanyId;
use outrider_domain::patch::Patch;
use outrider_store::companies as rows;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::{Company, check_domain};
use crate::context::{Context, Event};
use crate::error::{Result, code};
use crate::fields::{changed, patched, patched_required};
use crate::leads::{CustomFields, merge_custom_fields, missing};
use crate::operation::{Operation, Spec};

/// Changes a company.
pub struct UpdateCompany;

/// The fields to change; null clears one.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The company.
    company_id: CompanyId,
    /// Display name.
    #[serde(default)]
    name: Patch<String>,
    /// Host name; unique in the project.
    #[serde(default)]
    domain: Patch<Domain>,
    /// As you like.
    #[serde(default)]
    industry: Patch<String>,
    /// As you like.
    #[serde(default)]
    size: Patch<String>,
    /// As you like.
    #[serde(default)]
    location: Patch<String>,
    /// Fields of your own: those named are set, null removes one; null for the whole removes all.
    #[serde(default)]
    custom_fields: Patch<CustomFields>,
}

impl Operation for UpdateCompany {
    const SPEC: Spec =
        Spec::patch("update_company", "companies", "/companies/{company_id}", "companies:write", "Change a company.")
            .describe("Send only the fields to change; null clears one.")
            .previews()
            .fails(&[code::RESOURCE_NOT_FOUND, code::ALREADY_EXISTS]);
    type Input = Input;
    type Output = Company;

    fn run(cx: &mut Context<'_, '_>, input: Input) -> Result<Company> {
        let before =
            rows::lock(cx.tx, cx.project, input.company_id).map_err(|error| missing(error, "company", "company_id"))?;
        if let Patch::Value(domain) = &input.domain {
            check_domain(cx, Some(domain), Some(before.id))?;
        }
        let mut after = before.clone();
        after.name = patched_required("name", input.name, after.name)?;
        after.domain = match input.domain {
            Patch::Absent => after.domain,
            Patch::Null => None,
            Patch::Value(domain) => Some(domain.as_str().to_owned()),
        };
        after.industry = patched("industry", input.industry, after.industry)?;
        after.size = patched("size", input.size, after.size)?;
        after.location = patched("location", input.location, after.location)?;
        after.custom_fields = merge_custom_fields(&after.custom_fields, input.custom_fields)?;
        let fields = changed(&[
            ("name", before.name != after.name),
            ("domain", before.domain != after.domain),
            ("industry", before.industry != after.industry),
            ("size", before.size != after.size),
            ("location", before.location != after.location),
            ("custom_fields", before.custom_fields != after.custom_fields),
        ]);
        if fields.is_empty() {
            return Ok(before.into());
        }
        cx.plan.push(json!({ "update_company": { "id": before.id, "fields": fields } }));
        after.updated_at = cx.now;
        after.clone().save(cx.tx)?;
        cx.emit(Event::new("company.updated").subject(after.id).data(json!({ "fields": fields })));
        Ok(after.into())
    }
}
