//! Identities: senders. Their shape in answers, with what today leaves them; reserving and counting is the engine's road.

pub mod cap;
pub mod create_identity;
pub mod delete_identity;
pub mod get_identity;
pub mod list_identities;
pub mod update_identity;

use outrider_domain::id::{AgentId, IdentityId, UserId};
use outrider_domain::ramp::Ramp;
use outrider_domain::span::Span;
use outrider_domain::time::{DAY, Millis};
use outrider_domain::window::{TimeZone, day_of};
use outrider_store::{identities as rows, projects};
use schemars::JsonSchema;
use serde::Serialize;

use crate::context::Context;
use crate::error::{Error, Result, code};
use crate::fields::to_json;
use crate::identities::cap::Standing;
use crate::leads::missing;
use crate::subscription::limits::{self, Limited};
use crate::users::caller::sees_only;

/// Time between two mails of an identity whose owner does not say.
pub const DEFAULT_GAP: Span = Span::seconds(30);

/// What a day leaves an identity.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Today {
    /// Mails it may send, or calls it may place; null is without a cap.
    pub cap: Option<u32>,
    /// Mails or calls handed over.
    pub sent: i64,
    /// Slots given to mails or calls that are still to leave today.
    pub reserved: i64,
}

/// A sender.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Identity {
    /// Key.
    pub id: IdentityId,
    /// `mailbox` or `phone`.
    pub kind: String,
    /// Display name.
    pub name: Option<String>,
    /// Address a mailbox writes from; unique in the project.
    pub email: Option<String>,
    /// Number in E.164 a phone calls from; unique in the project.
    pub phone: Option<String>,
    /// Where replies should go, when elsewhere.
    pub reply_to: Option<String>,
    /// Name of a configured mail server or `capture`; of a phone, its carrier or `sandbox`.
    pub transport: String,
    /// Name of a configured IMAP mailbox that is read for replies.
    pub mailbox: Option<String>,
    /// The agent it belongs to; any agent's when null, except that a phone without one calls for nobody.
    pub agent_id: Option<AgentId>,
    /// The seller to whose leads alone it writes or calls; everybody's when null.
    pub owner_id: Option<UserId>,
    /// The agent that answers calls to a phone.
    pub inbound_agent_id: Option<AgentId>,
    /// Country of a phone, as given.
    pub country: Option<String>,
    /// Calls a phone has at the same time at the most; null for a mailbox.
    pub concurrency: Option<i64>,
    /// Whether it may send.
    pub active: bool,
    /// Where its days begin.
    pub time_zone: String,
    /// How its daily cap grows.
    pub ramp: Ramp,
    /// Least time between two mails or calls.
    pub gap: Span,
    /// The present day.
    pub today: Today,
    /// Last result of the sending domain's check: `good`, or what is wrong.
    pub domain_check: Option<String>,
    /// When made.
    pub created_at: Millis,
    /// When changed.
    pub updated_at: Millis,
}

impl Identity {
    /// From its row; looks up its day.
    ///
    /// # Errors
    /// When the database fails or holds a ramp that can't be read.
    pub fn of(cx: &mut Context<'_, '_>, row: rows::Identity) -> Result<Self> {
        let standing = Standing::of(cx, &row)?;
        let day = rows::day(cx.tx, cx.project, row.id, standing.today)?;
        let ramp = standing.ramp;
        let days = standing.sending_days(cx, &row, standing.today)?;
        let cap = (!ramp.is_unlimited()).then(|| ramp.cap_after(days));
        let is_phone = row.kind == rows::PHONE;
        let (email, phone) = if is_phone { (None, Some(row.address)) } else { (Some(row.address), None) };
        Ok(Self {
            id: row.id,
            kind: row.kind,
            name: row.name,
            email,
            phone,
            reply_to: row.reply_to,
            transport: row.transport,
            mailbox: row.mailbox,
            agent_id: row.agent_id,
            owner_id: row.owner_id,
            inbound_agent_id: row.inbound_agent_id,
            country: row.country,
            concurrency: is_phone.then_some(row.concurrency),
            active: row.active,
            time_zone: row.time_zone,
            ramp,
            gap: Span::from_millis(row.gap_ms),
            today: Today { cap, sent: day.sent, reserved: day.reserved },
            domain_check: row.domain_check,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

/// What every sender begins with, whatever it sends by.
pub(crate) struct NewSender {
    /// [`rows::MAILBOX`] or [`rows::PHONE`].
    pub(crate) kind: &'static str,
    /// Mail address or number, and the field it was given in.
    pub(crate) address: (String, &'static str),
    /// Where its days begin; the project's zone when absent.
    pub(crate) zone: Option<TimeZone>,
    /// How its daily cap grows.
    pub(crate) ramp: Ramp,
    /// Least time between two.
    pub(crate) gap: Span,
    /// Mail server's or carrier's name.
    pub(crate) transport: String,
    /// Whether it may send.
    pub(crate) active: bool,
}

/// The row a new sender begins as, within the plan's limit and with an address that no other has. Writes nothing.
///
/// # Errors
/// `plan_limit_reached`; `already_exists` at the address's field; `validation_error` at `ramp` or `gap`.
pub(crate) fn begin(cx: &mut Context<'_, '_>, new: NewSender) -> Result<rows::Identity> {
    limits::check(cx, Limited::Identities)?;
    let (address, field) = new.address;
    if let Some(other) = rows::find(cx.tx, cx.project, &address)? {
        return Err(Error::new(code::ALREADY_EXISTS, format!("{} has this {field} already.", other.id)).at(field));
    }
    let zone = match new.zone {
        Some(zone) => zone,
        None => TimeZone::parse(&projects::get(cx.tx, cx.project)?.time_zone).unwrap_or(TimeZone::UTC),
    };
    let today = day_of(&zone, cx.now);
    Ok(rows::Identity {
        project_id: cx.project,
        id: IdentityId(cx.id()),
        kind: new.kind.to_owned(),
        name: None,
        address,
        reply_to: None,
        transport: new.transport,
        mailbox: None,
        agent_id: None,
        owner_id: None,
        inbound_agent_id: None,
        country: None,
        concurrency: 0,
        active: new.active,
        time_zone: zone.to_string(),
        ramp: to_json(&check_ramp(new.ramp)?)?,
        ramp_from: today,
        gap_ms: check_gap(new.gap)?,
        next_slot_at: cx.now,
        full_before_day: today,
        domain_check: None,
        created_at: cx.now,
        updated_at: cx.now,
    })
}

/// Refuses an agent that is not the project's.
pub(crate) fn check_agent(cx: &mut Context<'_, '_>, agent: Option<AgentId>) -> Result<()> {
    if let Some(agent) = agent {
        outrider_store::agents::get(cx.tx, cx.project, agent).map_err(|error| missing(error, "agent", "agent_id"))?;
    }
    Ok(())
}

/// Refuses an owner who is not of the organization, and a seller who names anybody else.
pub(crate) fn check_owner(cx: &mut Context<'_, '_>, owner: Option<UserId>) -> Result<()> {
    let Some(owner) = owner else { return Ok(()) };
    let organization = projects::get(cx.tx, cx.project)?.organization_id;
    if projects::user(cx.tx, owner)?.is_none_or(|user| user.organization_id != organization) {
        return Err(Error::not_found("user").at("owner_id"));
    }
    match sees_only(cx)? {
        Some(caller) if caller != owner => {
            let text = "Only an owner or admin gives senders to others.";
            Err(Error::new(code::INSUFFICIENT_SCOPE, text).at("owner_id"))
        }
        _ => Ok(()),
    }
}

/// Checks the name of a mail server or mailbox in the settings.
pub(crate) fn setting_name(field: &str, name: String) -> Result<String> {
    let allowed = |letter: char| letter.is_ascii_alphanumeric() || "._-".contains(letter);
    if name.is_empty() || name.len() > 60 || !name.chars().all(allowed) {
        return Err(Error::invalid(
            field,
            format!(
                "{field} is the name of one in the settings: 1 to 60 letters, digits, dots, dashes and underscores."
            ),
        ));
    }
    Ok(name)
}

/// Checks the pause between mails.
pub(crate) fn check_gap(gap: Span) -> Result<i64> {
    if gap.as_millis() > DAY {
        return Err(Error::invalid("gap", "The gap between two mails or calls is at most 1d."));
    }
    Ok(gap.as_millis())
}

/// Checks how many calls a number may have at the same time.
pub(crate) fn check_concurrency(lines: i64) -> Result<i64> {
    if (1..=1_000).contains(&lines) {
        return Ok(lines);
    }
    Err(Error::invalid("concurrency", "A number has 1 to 1000 calls at the same time."))
}

/// Checks a ramp.
pub(crate) fn check_ramp(ramp: Ramp) -> Result<Ramp> {
    if ramp.cap == 0 || (ramp.start == 0 && ramp.step == 0) {
        return Err(Error::invalid(
            "ramp",
            "This ramp would never let anything leave. Set active to false to stop the identity.",
        ));
    }
    Ok(ramp)
}
