//! Mending: a mail, text or task that was held because its text was incomplete is written anew from the lead, template and step of today.
//! Never touches a text that a person has approved.

use outrider_store::actions::Action;
use outrider_store::{Error as StoreError, leads, messages};
use serde_json::json;

use super::act_step;
use super::content::{Renderer, SenderName};
use crate::actions::propose::content_digest;
use crate::context::Context;
use crate::error::Result;
use crate::fields::to_json;
use crate::gates::snapshot::Gatherer;
use crate::opt_out::link_url;

/// Renders an incomplete mail, text or task of a sequence again; leaves it as it is when its step or lead is gone.
///
/// # Errors
/// When the database fails.
pub fn mend(cx: &mut Context<'_, '_>, gatherer: &mut Gatherer, action: &mut Action) -> Result<()> {
    let (Some(sequence), Some(step)) = (action.sequence_id, &action.step) else { return Ok(()) };
    if action.problems == "[]" || action.approval == "given" {
        return Ok(());
    }
    let Some((_, definition)) = gatherer.sequence(cx, sequence)? else { return Ok(()) };
    let Some((_, step)) = definition.step(step) else { return Ok(()) };
    let variant = step.choices().into_iter().find(|variant| action.variant.as_deref() == Some(variant.key.as_str()));
    let Some(variant) = variant else { return Ok(()) };
    let lead = match leads::get(cx.tx, cx.project, action.lead_id) {
        Ok(lead) => lead,
        Err(StoreError::NotFound) => return Ok(()),
        Err(other) => return Err(other.into()),
    };
    let mut renderer = Renderer::default();
    let Some(message) = action.message_id else {
        let (content, problems) = act_step::content(&mut renderer, step, &variant, &lead);
        action.digest = content.digest(&action.kind, &lead.id.to_string());
        action.content = Some(to_json(&content)?);
        action.problems = json!(problems).to_string();
        action.updated_at = cx.now;
        return Ok(action.clone().save(cx.tx)?);
    };
    let Some(source) = renderer.source(cx, &variant)? else { return Ok(()) };
    let sender = match action.identity_id {
        Some(id) => gatherer.identity(cx, id)?,
        None => None,
    };
    let name = sender
        .as_ref()
        .map(|identity| SenderName { name: identity.name.clone(), email: Some(identity.address.clone()) })
        .unwrap_or_default();
    let mut row = messages::get(cx.tx, cx.project, message)?;
    let thread = match row.thread_id {
        Some(thread) => Some(messages::get_thread(cx.tx, cx.project, thread)?.subject),
        None => None,
    };
    let url = link_url(cx.core, cx.project, lead.id, action.id);
    let content = renderer.render(&source, &lead, &name, &url, thread.as_deref());
    let from = sender.map(|identity| identity.address).unwrap_or_default();
    action.digest = content_digest(&from, &row.address, &content);
    action.problems = json!(content.problems).to_string();
    action.updated_at = cx.now;
    row.subject = content.subject;
    row.text = content.text;
    row.html = content.html;
    row.save(cx.tx)?;
    action.clone().save(cx.tx)?;
    Ok(())
}
