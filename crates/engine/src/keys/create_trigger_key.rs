//! `create_trigger_key`: a key that can push a lead in at one person's trigger address and do nothing else.

use outrider_domain::id::{KeyId, UserId};
use outrider_store::keys as rows;
use schemars::JsonSchema;
use serde::Deserialize;

use super::create_key::Output;
use super::{TRIGGER_PREFIX, hash, hint, holder, secret_of};
use crate::context::{Context, Event};
use crate::error::{Error, Result, code};
use crate::operation::{Operation, Spec};
use crate::sub_agents;

/// Makes a trigger key.
pub struct CreateTriggerKey;

/// The one scope that a trigger key has.
pub const SCOPE: &str = "trigger:run";

/// Whose.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// What a person calls it.
    #[serde(default)]
    #[schemars(length(max = 200))]
    name: String,
    /// The person whose trigger it opens; yourself when absent.
    #[serde(default)]
    user_id: Option<UserId>,
}

impl Operation for CreateTriggerKey {
    const SPEC: Spec = Spec::create(
        "create_trigger_key",
        "keys",
        "/trigger-keys",
        "keys:write",
        "Make a key for a person's trigger address on Data Reaktor; its secret is shown once.",
    )
    .describe("It opens POST /reaktor/trigger/USER_ID and nothing else, and spends from the person's purse, or the project's. It works for 365 days; revoke_key ends it.")
    .fails(&[code::RESOURCE_NOT_FOUND]);
    type Input = Input;
    type Output = Output;

    fn run(cx: &mut Context<'_, '_>, input: Input) -> Result<Output> {
        let user = holder(cx, input.user_id, sub_agents::DIALECT)?;
        let user = user.ok_or_else(|| Error::invalid("user_id", "A trigger is a person's: name the user."))?;
        let secret = secret_of(TRIGGER_PREFIX)?;
        let row = rows::ApiKey {
            id: KeyId(cx.id()),
            project_id: cx.project,
            dialect: sub_agents::DIALECT.to_owned(),
            name: input.name,
            hash: hash(&secret),
            hint: hint(&secret),
            scopes: SCOPE.to_owned(),
            user_id: Some(user),
            can_provision: false,
            created_at: cx.now,
            expires_at: Some(cx.now.plus(sub_agents::KEY_LIFE_MS)),
            revoked_at: None,
        };
        row.clone().insert(cx.tx)?;
        cx.emit(Event::new("key.created").subject(row.id));
        Ok(Output { key: row.into(), secret: Some(secret), signing_secret: None })
    }
}
