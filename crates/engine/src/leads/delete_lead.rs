//! `delete_lead`: a lead goes. What was sent stays in the ledger, so that it is never sent again.

use outrider_domain::id::LeadId;
use outrider_store::{actions, leads as rows};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::missing;
use crate::context::{Context, Event};
use crate::error::{Result, code};
use crate::fields::Deleted;
use crate::operation::{Operation, Spec};
use crate::opt_out;

/// Removes a lead.
pub struct DeleteLead;

/// Which.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The lead.
    lead_id: LeadId,
}

impl Operation for DeleteLead {
    const SPEC: Spec = Spec::delete("delete_lead", "leads", "/leads/{lead_id}", "leads:write", "Delete a lead.")
        .describe("What is open for it is refused and its enrollments end. Suppressions and the record of what was sent stay.")
        .previews()
        .fails(&[code::RESOURCE_NOT_FOUND]);
    type Input = Input;
    type Output = Deleted;

    fn run(cx: &mut Context<'_, '_>, input: Input) -> Result<Deleted> {
        let lead = rows::lock(cx.tx, cx.project, input.lead_id).map_err(|error| missing(error, "lead", "lead_id"))?;
        let open = actions::open_of_lead(cx.tx, cx.project, lead.id)?.len();
        cx.plan.push(json!({ "delete_lead": { "id": lead.id, "name": lead.name, "actions_refused": open } }));
        opt_out::stop_lead(cx, lead.id, "lead_deleted", "the lead was deleted")?;
        crate::runs::progress::lead_gone(cx, lead.id)?;
        outrider_store::notes::forget(cx.tx, cx.project, lead.id)?;
        outrider_store::signals::forget(cx.tx, cx.project, lead.id)?;
        rows::delete(cx.tx, cx.project, lead.id)?;
        cx.emit(Event::new("lead.deleted").lead(lead.id).subject(lead.id).data(json!({ "name": lead.name })));
        Ok(Deleted::of(lead.id))
    }
}
