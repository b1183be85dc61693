//! Opt-outs: the one place that stops a person everywhere, in the transaction that records it. Also signs the links.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use outrider_domain::id::{ActionId, LeadId, ProjectId, SuppressionId};
use outrider_domain::sequence::Happening;
use outrider_store::{Tx, leads, suppressions};
use serde_json::json;
use sha2::Sha256;
use subtle::ConstantTimeEq;

use crate::actions;
use crate::context::{Context, Event};
use crate::core::Core;
use crate::error::{Error, Result};
use crate::pipeline::Pipeline;
use crate::principal::{Actor, Principal};
use crate::sequences::{stop, way};

/// Bytes of a link's signature.
const SIGNATURE: usize = 16;

/// Stops everything that is open for a lead on every channel and ends its enrollments. Adds no suppression.
///
/// # Errors
/// When the database fails.
pub fn stop_lead(cx: &mut Context<'_, '_>, lead: LeadId, reason: &'static str, detail: &str) -> Result<()> {
    stop::stop_enrollments(cx, lead, reason)?;
    refuse_open(cx, lead, reason, detail)
}

/// Refuses everything that is open for a lead and would reach it.
fn refuse_open(cx: &mut Context<'_, '_>, lead: LeadId, reason: &'static str, detail: &str) -> Result<()> {
    for action in outrider_store::actions::open_of_lead(cx.tx, cx.project, lead)? {
        // Held now and read again: another transaction may have handed it over meanwhile.
        let action = outrider_store::actions::lock(cx.tx, cx.project, action.id)?;
        let open = matches!(action.state.as_str(), actions::state::PENDING_APPROVAL | actions::state::SCHEDULED);
        if open && action.channel != "record" {
            actions::refuse(cx, action, reason, detail)?;
        }
    }
    Ok(())
}

/// A lead's mailbox is dead: stops what is open for it and ends its enrollments, but for those that a branch on `bounced` leads on.
///
/// # Errors
/// When the database fails.
pub fn stop_bounced(cx: &mut Context<'_, '_>, lead: LeadId, detail: &str) -> Result<()> {
    way::told(cx, lead, &[Happening::Bounced], None, "bounced")?;
    refuse_open(cx, lead, "bounced", detail)
}

/// Stops the calls that are open for a lead, and nothing else: for numbers that must not be called.
///
/// # Errors
/// When the database fails.
pub fn stop_calls(cx: &mut Context<'_, '_>, lead: LeadId, reason: &'static str, detail: &str) -> Result<()> {
    for action in outrider_store::actions::open_of_lead(cx.tx, cx.project, lead)? {
        let action = outrider_store::actions::lock(cx.tx, cx.project, action.id)?;
        let open = matches!(action.state.as_str(), actions::state::PENDING_APPROVAL | actions::state::SCHEDULED);
        if open && action.channel == "call" {
            actions::refuse(cx, action, reason, detail)?;
        }
    }
    Ok(())
}

/// Records that a lead opted out: disables outreach, suppresses its address and number, stops all that is open.
///
/// # Errors
/// `NotFound` as `resource_not_found`; others when the database fails.
pub fn record(cx: &mut Context<'_, '_>, lead: LeadId, reason: &'static str, detail: &str) -> Result<()> {
    let before =
        leads::lock(cx.tx, cx.project, lead).map_err(|error| crate::leads::missing(error, "lead", "lead_id"))?;
    for (kind, value) in [("email", &before.email), ("phone", &before.phone)] {
        if let Some(value) = value {
            suppress(cx, kind, value, reason, detail, Some(lead))?;
        }
    }
    if !before.outreach_disabled {
        let after = leads::Lead { outreach_disabled: true, updated_at: cx.now, ..before.clone() };
        leads::update(cx.tx, &before, after)?;
        cx.emit(
            Event::new("lead.opted_out").lead(lead).subject(lead).data(json!({ "reason": reason, "detail": detail })),
        );
    }
    stop_lead(cx, lead, reason, detail)
}

/// Suppresses a value; false when it was suppressed before. Does not stop leads: see [`stop_lead`].
///
/// # Errors
/// When the database fails.
pub fn suppress(
    cx: &mut Context<'_, '_>,
    kind: &str,
    value: &str,
    reason: &str,
    detail: &str,
    lead: Option<LeadId>,
) -> Result<bool> {
    let row = suppressions::Suppression {
        project_id: cx.project,
        id: SuppressionId(cx.id()),
        kind: kind.to_owned(),
        value: value.to_owned(),
        reason: reason.to_owned(),
        detail: (!detail.is_empty()).then(|| detail.to_owned()),
        lead_id: lead,
        created_by: cx.actor.to_string(),
        created_at: cx.now,
    };
    let id = row.id;
    let added = suppressions::add(cx.tx, row)?;
    if added {
        cx.emit(
            Event::new("suppression.created")
                .lead(lead)
                .subject(id)
                .data(json!({ "kind": kind, "value": value, "reason": reason })),
        );
    }
    Ok(added)
}

/// What a signed link names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Whose.
    pub project: ProjectId,
    /// The recipient.
    pub lead: LeadId,
    /// The mail it was in.
    pub action: ActionId,
    /// The recipient's address, when the lead still has one.
    pub email: Option<String>,
    /// Whether the recipient has opted out before.
    pub opted_out: bool,
}

fn sign(secret: &[u8], body: &[u8]) -> [u8; SIGNATURE] {
    let mut signature = [0_u8; SIGNATURE];
    if let Ok(mut mac) = <Hmac<Sha256> as KeyInit>::new_from_slice(secret) {
        mac.update(b"unsubscribe");
        mac.update(body);
        signature.copy_from_slice(&mac.finalize().into_bytes()[..SIGNATURE]);
    }
    signature
}

/// The address of a lead's unsubscribe page in one mail.
#[must_use]
pub fn link_url(core: &Core, project: ProjectId, lead: LeadId, action: ActionId) -> String {
    let mut bytes = Vec::with_capacity(24 + SIGNATURE);
    for id in [project.0, lead.0, action.0] {
        bytes.extend(id.to_be_bytes());
    }
    let signature = sign(&core.secret, &bytes);
    bytes.extend(signature);
    format!("{}/u/{}", core.settings.public_url, URL_SAFE_NO_PAD.encode(bytes))
}

/// Checks a link's token; `None` when it is not one of ours.
///
/// # Errors
/// When the database fails.
pub fn find_link(tx: &mut Tx<'_>, core: &Core, token: &str) -> Result<Option<Link>> {
    let Ok(bytes) = URL_SAFE_NO_PAD.decode(token) else { return Ok(None) };
    if bytes.len() != 24 + SIGNATURE {
        return Ok(None);
    }
    let (body, signature) = bytes.split_at(24);
    if !bool::from(sign(&core.secret, body).ct_eq(signature)) {
        return Ok(None);
    }
    let number = |at: usize| body.get(at..at + 8).and_then(|slice| slice.try_into().ok()).map_or(0, i64::from_be_bytes);
    let (project, lead, action) = (ProjectId(number(0)), LeadId(number(8)), ActionId(number(16)));
    let email = match leads::get(tx, project, lead) {
        Ok(row) => row.email,
        Err(outrider_store::Error::NotFound) => None,
        Err(other) => return Err(other.into()),
    };
    let asks_for = sent_address(tx, project, action)?.or_else(|| email.clone());
    let suppressed = asks_for.map(|address| suppressions::find(tx, project, "email", &address)).transpose()?;
    let opted_out = suppressed.flatten().is_some_and(|found| found.reason == "opt_out");
    Ok(Some(Link { project, lead, action, email, opted_out }))
}

/// The address a mail went to, while the mail is known.
fn sent_address(tx: &mut Tx<'_>, project: ProjectId, action: ActionId) -> Result<Option<String>> {
    let message = match outrider_store::actions::get(tx, project, action) {
        Ok(action) => action.message_id,
        Err(outrider_store::Error::NotFound) => None,
        Err(other) => return Err(other.into()),
    };
    Ok(message.map(|id| outrider_store::messages::get(tx, project, id)).transpose()?.map(|message| message.address))
}

/// What a used link did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unsubscribed {
    /// The address that will not be written to again, when it is still known.
    pub email: Option<String>,
}

/// Acts on a link's token: records the opt-out, once or again. `None` when the token is not one of ours.
///
/// # Errors
/// When the database fails.
pub async fn by_link(pipeline: &Pipeline, token: &str) -> Result<Option<Unsubscribed>> {
    let core = std::sync::Arc::clone(pipeline.core());
    let token = token.to_owned();
    pipeline
        .store()
        .write(move |tx| {
            let Some(link) = find_link(tx, &core, &token)? else { return Ok(None) };
            let principal = Principal { actor: Actor::Recipient, ..Principal::engine(link.project) };
            let mut cx = Context::new(tx, &core, &principal, core.now());
            // The address the mail went to asks, whatever the lead's address is today.
            suppress_sent_address(&mut cx, link.action)?;
            match record(&mut cx, link.lead, "opt_out", "the recipient used the unsubscribe link") {
                Ok(()) => {}
                // The lead is gone; its address is suppressed all the same.
                Err(error) if error.code == crate::error::code::RESOURCE_NOT_FOUND => {}
                Err(error) => return Err(error),
            }
            cx.audit("unsubscribe", Some(link.lead.to_string()), &json!({ "action": link.action }));
            cx.finish()?;
            Ok::<_, Error>(Some(Unsubscribed { email: link.email }))
        })
        .await
}

/// Suppresses the address a mail went to.
fn suppress_sent_address(cx: &mut Context<'_, '_>, action: ActionId) -> Result<()> {
    if let Some(address) = sent_address(cx.tx, cx.project, action)? {
        suppress(cx, "email", &address, "opt_out", "the recipient used the unsubscribe link", None)?;
    }
    Ok(())
}
