//! `rotate_sub_agent_key`: another key for the same sub-agent; the one before stops at once.

use outrider_domain::id::KeyId;
use outrider_store::keys::{self, ApiKey};
use outrider_store::sub_agents as rows;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{DIALECT, KEY_LIFE_MS, Secrets, lock_working, view};
use crate::context::{Context, Event};
use crate::error::Result;
use crate::keys::{fresh_secret, hash, hint};
use crate::operation::{Operation, Spec};

/// Rotates a key.
pub struct RotateSubAgentKey;

/// Whose.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The sub-agent's number.
    #[schemars(range(min = 1))]
    sub_agent: i64,
}

impl Operation for RotateSubAgentKey {
    const SPEC: Spec = Spec::act(
        "rotate_sub_agent_key",
        "sub_agents",
        "/sub-agents/{sub_agent}/rotate-key",
        "keys:write",
        "Give a sub-agent another key; the one before stops working at once.",
    )
    .describe(
        "The key is shown once and works for 365 days. A sub-agent may rotate its own. The signing secret stays, and is shown again.",
    );
    type Input = Input;
    type Output = Secrets;

    fn run(cx: &mut Context<'_, '_>, input: Input) -> Result<Secrets> {
        let agent = lock_working(cx, input.sub_agent)?;
        let before = keys::get(cx.tx, cx.project, agent.key_id)?;
        let secret = fresh_secret(DIALECT)?;
        let key = ApiKey {
            id: KeyId(cx.id()),
            hash: hash(&secret),
            hint: hint(&secret),
            created_at: cx.now,
            expires_at: Some(cx.now.plus(KEY_LIFE_MS)),
            revoked_at: None,
            ..before.clone()
        };
        let id = key.id;
        key.insert(cx.tx)?;
        keys::revoke(cx.tx, cx.project, before.id, cx.now)?;
        rows::set_key(cx.tx, cx.project, agent.id, id)?;
        cx.emit(Event::new("sub_agent.key_rotated").subject(agent.id));
        tracing::info!(agent = agent.id, by = %cx.actor, project = %cx.project, "[Audit][provision] rotate-key");
        let agent = working_again(cx, agent.id)?;
        let signing_secret = Some(agent.signing_secret.clone());
        Ok(Secrets { view: view(cx, agent)?, api_key: Some(secret), signing_secret })
    }
}

/// Read past the caller's sight: whoever rotated its own key acts by one that stands for nobody any more.
fn working_again(cx: &mut Context<'_, '_>, id: i64) -> Result<rows::SubAgent> {
    Ok(rows::get(cx.tx, cx.project, id)?)
}
