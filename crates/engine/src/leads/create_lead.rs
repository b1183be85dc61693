//! `create_lead`: one new lead.

use outrider_store::leads as rows;
use serde_json::json;

use super::{Lead, NewLead, check_references};
use crate::context::{Context, Event};
use crate::error::{Error, Result, code};
use crate::operation::{Operation, Spec};

/// Creates a lead.
pub struct CreateLead;

impl Operation for CreateLead {
    const SPEC: Spec = Spec::create("create_lead", "leads", "/leads", "leads:write", "Create a lead.")
        .describe("Give at least one of name, first_name, last_name and company. The address is unique in the project.")
        .previews()
        .fails(&[code::ALREADY_EXISTS, code::RESOURCE_NOT_FOUND]);
    type Input = NewLead;
    type Output = Lead;

    fn run(cx: &mut Context<'_, '_>, input: NewLead) -> Result<Lead> {
        check_references(cx, input.agent_id, input.company_id)?;
        let row = input.into_row(cx, "api")?;
        insert(cx, &row)?;
        Ok(row.into())
    }
}

/// Keeps a new lead and tells of it.
///
/// # Errors
/// `already_exists` at `email`; others when the database fails.
pub(crate) fn insert(cx: &mut Context<'_, '_>, row: &rows::Lead) -> Result<()> {
    if let Some(email) = &row.email
        && rows::find_by_email(cx.tx, cx.project, email)?.is_some()
    {
        return Err(Error::new(code::ALREADY_EXISTS, "A lead with this email address exists already.").at("email"));
    }
    cx.plan.push(json!({ "create_lead": { "name": row.name, "email": row.email } }));
    if rows::insert_new(cx.tx, vec![row.clone()])?.is_empty() {
        return Err(Error::new(code::ALREADY_EXISTS, "A lead with this email address exists already.").at("email"));
    }
    cx.emit(
        Event::new("lead.created").lead(row.id).subject(row.id).data(json!({ "name": row.name, "source": row.source })),
    );
    Ok(())
}
