//! `create_sub_agent`: a key of its own with a purse of its own, for one customer or one part of a pipeline.

use outrider_domain::id::KeyId;
use outrider_store::keys::ApiKey;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::{DIALECT, Draft, KEY_LIFE_MS, Secrets, TIERS, enlist, owner_only, view};
use crate::attempts::Bound;
use crate::context::{Context, Event};
use crate::error::{Error, Result};
use crate::fields::required;
use crate::keys::{fresh_secret, hash, hint};
use crate::operation::{Operation, Spec};
use crate::tasks::callback;

/// Makes a sub-agent.
pub struct CreateSubAgent;

/// Sub-agents that one person's keys may make in an hour, or those that act for nobody.
pub const HOURLY: i64 = 20;

/// What it is.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// What a person calls it.
    #[schemars(length(min = 1, max = 200))]
    name: String,
    /// `free`, `starter`, `growth` or `scale`; `free` when absent.
    #[serde(default)]
    tier: Option<String>,
    /// Where its results go when a task names no other address: https.
    #[serde(default)]
    callback_url: Option<String>,
    /// Credits it may spend in a calendar month (UTC); 0 or absent is no cap.
    #[serde(default)]
    #[schemars(range(min = 0, max = 1_000_000_000_000_i64))]
    monthly_credit_cap: Option<i64>,
}

impl Operation for CreateSubAgent {
    const SPEC: Spec = Spec::create(
        "create_sub_agent",
        "sub_agents",
        "/sub-agents",
        "keys:write",
        "Make a sub-agent: a key of Data Reaktor with a purse of its own.",
    )
    .describe("Its key is shown once and works for 365 days. It can do nothing that costs credits until some are transferred to it. At most 20 an hour for each person.");
    type Input = Input;
    type Output = Secrets;

    fn run(cx: &mut Context<'_, '_>, input: Input) -> Result<Secrets> {
        owner_only(cx, "make sub-agents")?;
        let by_whom = cx.principal.user.map_or_else(|| cx.project.to_string(), |user| format!("{}:{user}", cx.project));
        Bound::hourly("sub_agents", HOURLY).count(cx.tx, &by_whom, cx.now)??;
        let tier = input.tier.unwrap_or_else(|| TIERS[0].to_owned());
        if !TIERS.contains(&tier.as_str()) {
            return Err(Error::invalid("tier", format!("The tiers are {}.", TIERS.join(", "))));
        }
        let name = required("name", input.name)?;
        let callback_url = callback::checked(&cx.core.settings, input.callback_url, "callback_url")?;
        let secret = fresh_secret(DIALECT)?;
        let key = ApiKey {
            id: KeyId(cx.id()),
            project_id: cx.project,
            dialect: DIALECT.to_owned(),
            name: name.clone(),
            hash: hash(&secret),
            hint: hint(&secret),
            scopes: "*".to_owned(),
            user_id: cx.principal.user,
            can_provision: false,
            created_at: cx.now,
            expires_at: Some(cx.now.plus(KEY_LIFE_MS)),
            revoked_at: None,
        };
        let id = key.id;
        key.insert(cx.tx)?;
        let monthly_cap = input.monthly_credit_cap.unwrap_or(0);
        let agent = enlist(cx, id, Draft { name, tier, callback_url, monthly_cap, own_purse: true })?;
        let signing_secret = agent.signing_secret.clone();
        cx.emit(
            Event::new("sub_agent.created").subject(agent.id).data(json!({ "name": agent.name, "tier": agent.tier })),
        );
        tracing::info!(agent = agent.id, by = %cx.actor, project = %cx.project, "[Audit][provision] create");
        Ok(Secrets { view: view(cx, agent)?, api_key: Some(secret), signing_secret: Some(signing_secret) })
    }
}
