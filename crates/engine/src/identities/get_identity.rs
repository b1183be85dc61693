//! `get_identity`: one sender with what today leaves it.

use outrider_domain::id::IdentityId;
use outrider_store::identities as rows;
use schemars::JsonSchema;
use serde::Deserialize;

use super::Identity;
use crate::context::Context;
use crate::error::Result;
use crate::leads::missing;
use crate::operation::{Operation, Spec};

/// Gets an identity.
pub struct GetIdentity;

/// Which.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The identity.
    identity_id: IdentityId,
}

impl Operation for GetIdentity {
    const SPEC: Spec =
        Spec::get("get_identity", "identities", "/identities/{identity_id}", "identities:read", "Get a sender.");
    type Input = Input;
    type Output = Identity;

    fn run(cx: &mut Context<'_, '_>, input: Input) -> Result<Identity> {
        let row = rows::get(cx.tx, cx.project, input.identity_id)
            .map_err(|error| missing(error, "identity", "identity_id"))?;
        Identity::of(cx, row)
    }
}
