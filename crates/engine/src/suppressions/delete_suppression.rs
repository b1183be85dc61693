//! `delete_suppression`: lifts a suppression. What it had refused stays refused.

use outrider_domain::id::SuppressionId;
use outrider_store::suppressions as rows;
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
                 A lead that opted out stays disabled, and what was refused stays refused.",
            )
            .previews()
            .fails(&[code::RESOURCE_NOT_FOUND]);
    type Input = Input;
    type Output = Suppression;

    fn run(cx: &mut Context<'_, '_>, input: Input) -> Result<Suppression> {
        let row = rows::get(cx.tx, cx.project, input.suppression_id)
            .map_err(|error| missing(error, "suppression", "suppression_id"))?;
        cx.plan.push(
            json!({ "lift_suppression": { "id": row.id, "kind": row.kind, "value": row.value, "reason": row.reason } }),
        );
        rows::delete(cx.tx, cx.project, row.id)?;
        let data = json!({ "kind": row.kind, "value": row.value, "reason": row.reason });
        cx.emit(Event::new("suppression.lifted").lead(row.lead_id).subject(row.id).data(data));
        Ok(row.into())
    }
}
