//! `revoke_key`: a key stops working at once.

use outrider_domain::id::KeyId;
use outrider_store::keys as rows;
use schemars::JsonSchema;
use serde::Deserialize;

use super::Key;
use crate::context::{Context, Event};
use crate::error::{Error, Result};
use crate::operation::{Operation, Spec};

/// Revokes an API key.
pub struct RevokeKey;

/// Which.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The key.
    key_id: KeyId,
}

impl Operation for RevokeKey {
    const SPEC: Spec = Spec::delete(
        "revoke_key",
        "keys",
        "/keys/{key_id}",
        "keys:write",
        "Revoke an API key; it stops working at once.",
    );
    type Input = Input;
    type Output = Key;

    fn run(cx: &mut Context<'_, '_>, input: Input) -> Result<Key> {
        if rows::revoke(cx.tx, cx.project, input.key_id, cx.now)? {
            cx.emit(Event::new("key.revoked").subject(input.key_id));
        }
        let row = rows::get(cx.tx, cx.project, input.key_id).map_err(|error| match error {
            outrider_store::Error::NotFound => Error::not_found("key"),
            other => other.into(),
        })?;
        Ok(row.into())
    }
}
