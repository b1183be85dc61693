//! `revoke_token`: one of the caller's own tokens stops working at once.

use outrider_domain::id::KeyId;
use outrider_store::keys as rows;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::DIALECT;
use crate::context::Context;
use crate::error::{Error, Result, code};
use crate::keys::Key;
use crate::keys::revoke_key::RevokeKey;
use crate::leads::missing;
use crate::operation::{Operation, Spec, within};

/// Revokes a personal token.
pub struct RevokeToken;

/// Which.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The token's record.
    key_id: KeyId,
}

impl Operation for RevokeToken {
    const SPEC: Spec = Spec::delete(
        "revoke_token",
        "tokens",
        "/tokens/{key_id}",
        "keys:write",
        "Revoke one of your own personal access tokens; it stops working at once.",
    )
    .fails(&[code::RESOURCE_NOT_FOUND]);
    type Input = Input;
    type Output = Key;

    fn run(cx: &mut Context<'_, '_>, input: Input) -> Result<Key> {
        let row = rows::get(cx.tx, cx.project, input.key_id).map_err(|error| missing(error, "token", "key_id"))?;
        if row.dialect != DIALECT || row.user_id.is_none() || row.user_id != cx.principal.user {
            return Err(Error::not_found("token").at("key_id"));
        }
        within::<RevokeKey>(cx, json!({ "key_id": input.key_id }))
    }
}
