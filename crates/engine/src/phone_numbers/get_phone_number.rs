//! `get_phone_number`: one number with what today leaves it.

use outrider_domain::id::IdentityId;
use outrider_store::identities as rows;
use schemars::JsonSchema;
use serde::Deserialize;

use super::PhoneNumber;
use crate::context::Context;
use crate::error::{Error, Result, code};
use crate::leads::missing;
use crate::operation::{Operation, Spec};

/// Gets a phone number.
pub struct GetPhoneNumber;

/// Which.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The number.
    pub phone_number_id: IdentityId,
}

impl Operation for GetPhoneNumber {
    const SPEC: Spec = Spec::get(
        "get_phone_number",
        "phone_numbers",
        "/phone-numbers/{phone_number_id}",
        "identities:read",
        "Get a phone number.",
    )
    .fails(&[code::RESOURCE_NOT_FOUND]);
    type Input = Input;
    type Output = PhoneNumber;

    fn run(cx: &mut Context<'_, '_>, input: Input) -> Result<PhoneNumber> {
        let row = rows::get(cx.tx, cx.project, input.phone_number_id)
            .map_err(|error| missing(error, "phone number", "phone_number_id"))?;
        if row.kind != rows::PHONE {
            return Err(Error::not_found("phone number").at("phone_number_id"));
        }
        PhoneNumber::of(cx, row)
    }
}
