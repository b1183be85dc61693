//! Sub-agents: whom a key of Data Reaktor stands for, what it may spend, and the right to make others. Makes and ends them; the
//! amounts themselves are moved by `crate::credits`.
//!
//! A key that a person or the operator makes spends from the purse of the person it acts for, or the project's; a sub-agent made
//! through a key with the provisioning right has a purse of its own, which credits are transferred to.

pub mod create_sub_agent;
pub mod get_sub_agent;
pub mod list_sub_agents;
pub mod revoke_sub_agent;
pub mod rotate_sub_agent_key;
pub mod update_sub_agent;

use outrider_domain::id::{KeyId, UserId};
use outrider_domain::time::{DAY, Millis};
use outrider_store::keys::ApiKey;
use outrider_store::sub_agents::{self as rows, SubAgent};
use outrider_store::{Error as StoreError, counters, keys as key_rows};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

use crate::context::{Context, Event};
use crate::credits::AVAILABLE;
use crate::credits::budget::{self, Holder};
use crate::credits::payer::Payer;
use crate::error::{Error, Result, code};
use crate::keys::random_hex;
use crate::principal::Actor;
use crate::users::caller::sees_only;

/// The dialect whose keys stand for sub-agents.
pub const DIALECT: &str = "reaktor";
/// How long such a key works.
pub const KEY_LIFE_MS: i64 = 365 * DAY;
/// Bytes of a signing secret.
const SECRET_BYTES: usize = 32;
/// Tiers a sub-agent can be made for. They name what a client asked for; prices and limits are the same on each.
pub const TIERS: &[&str] = &["free", "starter", "growth", "scale"];

/// A sub-agent without its secrets.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct View {
    /// Small number, unique in the project.
    pub id: i64,
    /// What a person calls it.
    pub name: String,
    /// The tier it was made for.
    pub tier: String,
    /// The first letters of its key.
    pub key_hint: String,
    /// When its key stops working.
    pub key_expires_at: Option<Millis>,
    /// Whether it may make sub-agents and give them credits.
    pub can_provision: bool,
    /// Where its results go when a task names no other address.
    pub callback_url: Option<String>,
    /// Credits it may spend in a calendar month (UTC); 0 is no cap.
    pub monthly_credit_cap: i64,
    /// Credits spent or set aside in this month.
    pub spent_this_month: i64,
    /// What its purse holds; the one above it, a person's or the project's, for those without one.
    pub balance: i64,
    /// Whether the purse is its own.
    pub own_purse: bool,
    /// When made.
    pub created_at: Millis,
    /// When revoked.
    pub revoked_at: Option<Millis>,
}

/// A sub-agent with the secrets that are shown once.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Secrets {
    /// The sub-agent.
    #[serde(flatten)]
    pub view: View,
    /// The whole key, shown this once; null when an idempotency key replays the answer.
    pub api_key: Option<String>,
    /// What its callbacks are signed with.
    pub signing_secret: Option<String>,
}

/// The sub-agent that calls, if the caller is one.
///
/// # Errors
/// When the database fails.
pub fn caller(cx: &mut Context<'_, '_>) -> Result<Option<SubAgent>> {
    match cx.actor {
        Actor::Key(key) => Ok(rows::of_key(cx.tx, cx.project, key)?),
        _ => Ok(None),
    }
}

fn key_of(cx: &mut Context<'_, '_>, key: KeyId) -> Result<ApiKey> {
    Ok(key_rows::get(cx.tx, cx.project, key)?)
}

/// Whether the caller acts for the whole project: a person, the operator, a key of another dialect, or one that may provision.
///
/// # Errors
/// When the database fails.
pub fn is_owner(cx: &mut Context<'_, '_>) -> Result<bool> {
    match cx.actor {
        Actor::Key(key) => {
            let key = key_of(cx, key)?;
            Ok(key.dialect != DIALECT || key.can_provision)
        }
        _ => Ok(true),
    }
}

/// Refuses those who may not make sub-agents.
///
/// # Errors
/// `insufficient_scope`.
pub fn owner_only(cx: &mut Context<'_, '_>, what: &str) -> Result<()> {
    if is_owner(cx)? {
        return Ok(());
    }
    let message = format!("This key may not {what}: that needs the provisioning right, which a person grants.");
    Err(Error::new(code::INSUFFICIENT_SCOPE, message))
}

/// Whose things the caller sees: its own, or everybody's in the project.
///
/// # Errors
/// When the database fails.
pub fn sight(cx: &mut Context<'_, '_>) -> Result<Option<i64>> {
    if is_owner(cx)? {
        return Ok(None);
    }
    // A key without a sub-agent sees what nobody's number is.
    Ok(Some(caller(cx)?.map_or(0, |agent| agent.id)))
}

/// A sub-agent the caller may look at.
///
/// # Errors
/// `resource_not_found`, also for another's.
pub fn visible(cx: &mut Context<'_, '_>, id: i64) -> Result<SubAgent> {
    if sight(cx)?.is_some_and(|own| own != id) {
        return Err(Error::not_found("sub-agent"));
    }
    let agent = rows::get(cx.tx, cx.project, id).map_err(|error| match error {
        StoreError::NotFound => Error::not_found("sub-agent"),
        other => other.into(),
    })?;
    if is_anothers(cx, &agent)? { Err(Error::not_found("sub-agent")) } else { Ok(agent) }
}

/// Whether the caller is a seller and the sub-agent is not theirs: a seller's are those whose keys act for them.
///
/// # Errors
/// When the database fails.
pub fn is_anothers(cx: &mut Context<'_, '_>, agent: &SubAgent) -> Result<bool> {
    let Some(seller) = sees_only(cx)? else { return Ok(false) };
    Ok(key_of(cx, agent.key_id)?.user_id != Some(seller))
}

/// The same for one that still works.
///
/// # Errors
/// `resource_not_found`, also for another's and for a revoked one.
pub fn working(cx: &mut Context<'_, '_>, id: i64) -> Result<SubAgent> {
    visible(cx, id).and_then(not_revoked)
}

/// The same, kept from being changed or revoked by others until the transaction ends.
///
/// # Errors
/// `resource_not_found`, also for another's and for a revoked one.
pub fn lock_working(cx: &mut Context<'_, '_>, id: i64) -> Result<SubAgent> {
    visible(cx, id)?;
    not_revoked(rows::lock(cx.tx, cx.project, id)?)
}

fn not_revoked(agent: SubAgent) -> Result<SubAgent> {
    if agent.revoked_at.is_none() { Ok(agent) } else { Err(Error::not_found("sub-agent")) }
}

/// Revokes the sub-agents of a person who leaves; what their purses hold goes to the project.
///
/// # Errors
/// When the database fails.
pub(crate) fn leave(cx: &mut Context<'_, '_>, user: UserId) -> Result<()> {
    for agent in rows::list(cx.tx, cx.project)? {
        if key_of(cx, agent.key_id)?.user_id == Some(user) {
            revoke(cx, &agent, AVAILABLE, "the person behind it left")?;
        }
    }
    Ok(())
}

/// Ends a sub-agent and its key, and moves what its purse holds. Gives what was moved.
///
/// # Errors
/// When the database fails.
fn revoke(cx: &mut Context<'_, '_>, agent: &SubAgent, into: &str, reason: &str) -> Result<i64> {
    rows::revoke(cx.tx, cx.project, agent.id, cx.now)?;
    key_rows::revoke(cx.tx, cx.project, agent.key_id, cx.now)?;
    let returned = budget::close(cx, Holder::Agent(agent.id), into, reason)?;
    cx.emit(Event::new("sub_agent.revoked").subject(agent.id).data(json!({ "credits_returned": returned })));
    tracing::info!(agent = agent.id, by = %cx.actor, project = %cx.project, "[Audit][provision] delete");
    Ok(returned)
}

/// A sub-agent as it is shown.
///
/// # Errors
/// When the database fails.
pub fn view(cx: &mut Context<'_, '_>, agent: SubAgent) -> Result<View> {
    let key = key_of(cx, agent.key_id)?;
    let payer = Payer::of_agent(cx, &agent, key.user_id)?;
    let balance = payer.balance(cx)?;
    let own = budget::of(cx, Holder::Agent(agent.id))?;
    Ok(View {
        id: agent.id,
        tier: agent.tier,
        key_hint: key.hint,
        key_expires_at: key.expires_at,
        can_provision: key.can_provision,
        callback_url: agent.callback_url,
        monthly_credit_cap: own.monthly_cap,
        spent_this_month: budget::spent(&own, cx.now),
        balance,
        own_purse: own.own_purse,
        name: agent.name,
        created_at: agent.created_at,
        revoked_at: agent.revoked_at,
    })
}

/// What a new sub-agent is.
#[derive(Debug, Clone)]
pub struct Draft {
    /// What a person calls it.
    pub name: String,
    /// The tier it is made for.
    pub tier: String,
    /// Where its results go.
    pub callback_url: Option<String>,
    /// 0 is no cap.
    pub monthly_cap: i64,
    /// Whether it gets a purse of its own.
    pub own_purse: bool,
}

/// Makes the sub-agent that a new key stands for.
///
/// # Errors
/// When the database fails, or the system gives no randomness.
pub fn enlist(cx: &mut Context<'_, '_>, key: KeyId, draft: Draft) -> Result<SubAgent> {
    let id = counters::next(cx.tx, cx.project, "sub_agents")?;
    let agent = SubAgent {
        project_id: cx.project,
        id,
        key_id: key,
        name: draft.name,
        tier: draft.tier,
        callback_url: draft.callback_url,
        signing_secret: format!("whsec_{}", random_hex(SECRET_BYTES)?),
        parent: caller(cx)?.map(|maker| maker.id),
        created_by: cx.actor.to_string(),
        created_at: cx.now,
        revoked_at: None,
    };
    agent.clone().insert(cx.tx)?;
    budget::lock(cx, Holder::Agent(id))?;
    budget::set(cx, Holder::Agent(id), draft.own_purse, draft.monthly_cap)?;
    Ok(agent)
}
