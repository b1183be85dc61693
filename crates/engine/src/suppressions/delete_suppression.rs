//! `delete_suppression`: lifts a suppression. What it had refused stays refused.

use outrider_domain::id::{LeadId, SuppressionId};
use outrider_store::{leads, suppressions as rows};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::Suppression;
use crate::context::{Context, Event};
use crate::error::{Result, code};
use crate::leads::missing;
use crate::operation::{Operation, Spec};

/// Lifts a suppression.
pub struct DeleteSuppression;

/// Which.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The suppression.
    suppression_id: SuppressionId,
}

impl Operation for DeleteSuppression {
    const SPEC: Spec =
        Spec::delete("delete_suppression", "suppressions", "/suppressions/{suppression_id}", "suppressions:write", "Lift a suppression.")
            .describe(
                "Destructive: from now on the address may be contacted again, though its owner may have asked for the opposite. \
                 A lead that it had stopped may be contacted again once nothing else suppresses its address or number; \
                 what was refused stays refused.",
            )
            .previews()
            .fails(&[code::RESOURCE_NOT_FOUND]);
    type Input = Input;
    type Output = Suppression;

    fn run(cx: &mut Context<'_, '_>, input: Input) -> Result<Suppression> {
        let row = rows::get(cx.tx, cx.project, input.suppression_id)
            .map_err(|error| missing(error, "suppression", "suppression_id"))?;
        rows::delete(cx.tx, cx.project, row.id)?;
        let enabled = enable(cx, &row)?;
        cx.plan.push(json!({ "lift_suppression": {
            "id": row.id, "kind": row.kind, "value": row.value, "reason": row.reason, "enables": enabled
        } }));
        let data = json!({ "kind": row.kind, "value": row.value, "reason": row.reason });
        cx.emit(Event::new("suppression.lifted").lead(row.lead_id).subject(row.id).data(data));
        Ok(row.into())
    }
}

/// Enables outreach to the lead whose opt-out or complaint the suppression was, unless something else still suppresses it. Gives
/// the lead.
fn enable(cx: &mut Context<'_, '_>, row: &rows::Suppression) -> Result<Option<LeadId>> {
    let Some(id) = row.lead_id.filter(|_| matches!(row.reason.as_str(), "opt_out" | "complaint")) else {
        return Ok(None);
    };
    let before = match leads::lock(cx.tx, cx.project, id) {
        Ok(lead) => lead,
        Err(outrider_store::Error::NotFound) => return Ok(None),
        Err(other) => return Err(other.into()),
    };
    let others = rows::matching(cx.tx, cx.project, before.email.as_deref(), before.phone.as_deref())?;
    if !before.outreach_disabled || !others.is_empty() {
        return Ok(None);
    }
    let after = leads::Lead { outreach_disabled: false, updated_at: cx.now, ..before.clone() };
    leads::update(cx.tx, &before, after)?;
    let data = json!({ "fields": ["outreach_disabled"], "suppression": row.id });
    cx.emit(Event::new("lead.updated").lead(id).agent(before.agent_id).subject(id).data(data));
    Ok(Some(id))
}
