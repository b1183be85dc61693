//! `update_identity`: some fields of a sender.

use outrider_domain::address::Email;
use outrider_domain::id::{AgentId, IdentityId, UserId};
use outrider_domain::patch::Patch;
use outrider_domain::ramp::Ramp;
use outrider_domain::span::Span;
use outrider_domain::window::{TimeZone, day_of};
use outrider_store::{identities as rows, jobs};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::{Identity, check_agent, check_concurrency, check_gap, check_owner, check_ramp, setting_name};
use crate::actions::slots;
use crate::calls::finish::line_parking;
use crate::context::{Context, Event};
use crate::error::{Error, Result, code};
use crate::fields::{changed, kept, patched, to_json};
use crate::leads::missing;
use crate::operation::{Operation, Spec};

/// Changes an identity.
pub struct UpdateIdentity;

/// The fields to change; null clears one.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The identity.
    identity_id: IdentityId,
    /// Address it writes from; unique in the project.
    #[serde(default)]
    email: Patch<Email>,
    /// Display name.
    #[serde(default)]
    name: Patch<String>,
    /// Where replies should go, when elsewhere.
    #[serde(default)]
    reply_to: Patch<Email>,
    /// Name of a configured mail server, or `capture`.
    #[serde(default)]
    transport: Patch<String>,
    /// Name of a configured IMAP mailbox.
    #[serde(default)]
    mailbox: Patch<String>,
    /// The agent it belongs to; null for any agent's.
    #[serde(default)]
    agent_id: Patch<AgentId>,
    /// The seller to whose leads alone it writes or calls; null for everybody's.
    #[serde(default)]
    owner_id: Patch<UserId>,
    /// Whether it may send.
    #[serde(default)]
    active: Patch<bool>,
    /// Where its days begin.
    #[serde(default)]
    time_zone: Patch<TimeZone>,
    /// How its daily cap grows; the ramp keeps the day it began on.
    #[serde(default)]
    ramp: Patch<Ramp>,
    /// Least time between two mails or calls.
    #[serde(default)]
    gap: Patch<Span>,
    /// Calls a phone has at the same time at the most, 1 to 1000.
    #[serde(default)]
    concurrency: Patch<i64>,
}

impl Operation for UpdateIdentity {
    const SPEC: Spec = Spec::patch(
        "update_identity",
        "identities",
        "/identities/{identity_id}",
        "identities:write",
        "Change a sender.",
    )
    .describe("Send only the fields to change; null clears one. What was held for this sender is looked at again.")
    .previews()
    .fails(&[code::RESOURCE_NOT_FOUND, code::ALREADY_EXISTS]);
    type Input = Input;
    type Output = Identity;

    fn run(cx: &mut Context<'_, '_>, input: Input) -> Result<Identity> {
        let before = rows::lock(cx.tx, cx.project, input.identity_id)
            .map_err(|error| missing(error, "identity", "identity_id"))?;
        let mut after = before.clone();
        match input.email {
            Patch::Absent => {}
            Patch::Null => return Err(Error::invalid("email", "A sender needs an address.")),
            Patch::Value(_) if before.kind != rows::MAILBOX => return Err(mailbox_only("email")),
            Patch::Value(email) => set_email(cx, &mut after, &email)?,
        }
        if before.kind != rows::MAILBOX {
            for (field, present) in [("reply_to", input.reply_to.is_present()), ("mailbox", input.mailbox.is_present())]
            {
                if present {
                    return Err(mailbox_only(field));
                }
            }
        }
        after.name = patched("name", input.name, after.name)?;
        after.reply_to = match input.reply_to {
            Patch::Absent => after.reply_to,
            Patch::Null => None,
            Patch::Value(address) => Some(address.to_string()),
        };
        after.transport = setting_name("transport", kept("transport", input.transport, after.transport)?)?;
        after.mailbox = input.mailbox.apply(after.mailbox).map(|name| setting_name("mailbox", name)).transpose()?;
        if let Patch::Value(agent) = &input.agent_id {
            check_agent(cx, Some(*agent))?;
        }
        after.agent_id = input.agent_id.apply(after.agent_id);
        if let Patch::Value(owner) = &input.owner_id {
            check_owner(cx, Some(*owner))?;
        }
        after.owner_id = input.owner_id.apply(after.owner_id);
        after.active = kept("active", input.active, after.active)?;
        let zone = kept("time_zone", input.time_zone, TimeZone::parse(&after.time_zone).unwrap_or(TimeZone::UTC))?;
        after.time_zone = zone.to_string();
        if input.ramp.is_present() {
            after.ramp = to_json(&check_ramp(kept("ramp", input.ramp, Ramp::default())?)?)?;
        }
        after.gap_ms = check_gap(kept("gap", input.gap, Span::from_millis(after.gap_ms))?)?;
        if input.concurrency.is_present() {
            if before.kind != rows::PHONE {
                return Err(Error::invalid(
                    "concurrency",
                    "A mailbox has no lines; concurrency is a field of phone numbers.",
                ));
            }
            after.concurrency = check_concurrency(kept("concurrency", input.concurrency, 1)?)?;
        }
        let fields = changed(&[
            ("email", before.address != after.address),
            ("name", before.name != after.name),
            ("reply_to", before.reply_to != after.reply_to),
            ("transport", before.transport != after.transport),
            ("mailbox", before.mailbox != after.mailbox),
            ("agent_id", before.agent_id != after.agent_id),
            ("owner_id", before.owner_id != after.owner_id),
            ("active", before.active != after.active),
            ("time_zone", before.time_zone != after.time_zone),
            ("ramp", before.ramp != after.ramp),
            ("gap", before.gap_ms != after.gap_ms),
            ("concurrency", before.concurrency != after.concurrency),
        ]);
        if fields.is_empty() {
            return Identity::of(cx, before);
        }
        if before.ramp != after.ramp || before.time_zone != after.time_zone {
            // Days that were full may have room now.
            after.full_before_day = day_of(&zone, cx.now);
        }
        if after.gap_ms < before.gap_ms {
            after.next_slot_at = after.next_slot_at.plus(after.gap_ms - before.gap_ms);
        }
        cx.plan.push(json!({ "update_identity": { "id": after.id, "fields": fields, "active": after.active } }));
        after.updated_at = cx.now;
        after.clone().save(cx.tx)?;
        cx.emit(
            Event::new("identity.updated").agent(after.agent_id).subject(after.id).data(json!({ "fields": fields })),
        );
        if after.active {
            jobs::wake(cx.tx, cx.project, "identity", cx.now)?;
        }
        slots::look_again(cx, &after)?;
        if let (Some(agent), rows::PHONE, true) = (after.agent_id, after.kind.as_str(), after.active) {
            slots::look_again_for(cx, agent, day_of(&zone, cx.now))?;
        }
        if after.kind == rows::PHONE {
            jobs::wake(cx.tx, cx.project, &line_parking(after.id), cx.now)?;
        }
        Identity::of(cx, after)
    }
}

fn mailbox_only(field: &str) -> Error {
    Error::invalid(field, format!("A phone number has no {field}; it is a field of mailboxes."))
}

/// Sets the address; the sending domain's check is of the old one.
fn set_email(cx: &mut Context<'_, '_>, identity: &mut rows::Identity, email: &Email) -> Result<()> {
    if email.as_str() == identity.address {
        return Ok(());
    }
    if let Some(other) = rows::find(cx.tx, cx.project, email.as_str())? {
        return Err(Error::new(code::ALREADY_EXISTS, format!("The identity {} has this address already.", other.id))
            .at("email"));
    }
    identity.address = email.to_string();
    identity.domain_check = None;
    Ok(())
}
