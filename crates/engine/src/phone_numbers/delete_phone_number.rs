//! `delete_phone_number`: a number goes; the calls it placed stay on record.

use outrider_domain::id::IdentityId;
use schemars::JsonSchema;
use serde::Deserialize;

use super::lock;
use crate::context::Context;
use crate::error::{Result, code};
use crate::fields::Deleted;
use crate::identities::delete_identity::remove;
use crate::operation::{Operation, Spec};

/// Removes a phone number.
pub struct DeletePhoneNumber;

/// Which.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The number.
    pub phone_number_id: IdentityId,
}

impl Operation for DeletePhoneNumber {
    const SPEC: Spec = Spec::delete(
        "delete_phone_number",
        "phone_numbers",
        "/phone-numbers/{phone_number_id}",
        "identities:write",
        "Delete a phone number.",
    )
    .describe(
        "Calls that wait for it are held until their agent has another number. It is not given back to the carrier.",
    )
    .previews()
    .fails(&[code::RESOURCE_NOT_FOUND]);
    type Input = Input;
    type Output = Deleted;

    fn run(cx: &mut Context<'_, '_>, input: Input) -> Result<Deleted> {
        let row = lock(cx, input.phone_number_id)?;
        remove(cx, row)
    }
}
