//! `delete_identity`: a sender goes; what it sent stays on record.

use outrider_domain::id::IdentityId;
use outrider_store::{identities as rows, jobs};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use crate::calls::finish::line_parking;
use crate::context::{Context, Event};
use crate::error::{Result, code};
use crate::fields::Deleted;
use crate::leads::missing;
use crate::operation::{Operation, Spec};

/// Removes an identity.
pub struct DeleteIdentity;

/// Which.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The identity.
    identity_id: IdentityId,
}

impl Operation for DeleteIdentity {
    const SPEC: Spec = Spec::delete(
        "delete_identity",
        "identities",
        "/identities/{identity_id}",
        "identities:write",
        "Delete a sender.",
    )
    .describe("Mails and calls that wait for this sender are held until they get another or are rejected.")
    .previews()
    .fails(&[code::RESOURCE_NOT_FOUND]);
    type Input = Input;
    type Output = Deleted;

    fn run(cx: &mut Context<'_, '_>, input: Input) -> Result<Deleted> {
        let identity = rows::lock(cx.tx, cx.project, input.identity_id)
            .map_err(|error| missing(error, "identity", "identity_id"))?;
        remove(cx, identity)
    }
}

/// Removes a sender, whatever its kind.
///
/// # Errors
/// When the database fails.
pub(crate) fn remove(cx: &mut Context<'_, '_>, identity: rows::Identity) -> Result<Deleted> {
    cx.plan.push(json!({ "delete_identity": { "id": identity.id, "address": identity.address } }));
    rows::delete(cx.tx, cx.project, identity.id)?;
    cx.emit(
        Event::new("identity.deleted")
            .agent(identity.agent_id)
            .subject(identity.id)
            .data(json!({ "address": identity.address })),
    );
    // Calls that wait for a line of it look for another number.
    jobs::wake(cx.tx, cx.project, &line_parking(identity.id), cx.now)?;
    Ok(Deleted::of(identity.id))
}
