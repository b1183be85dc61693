//! Steps that send a text message or give a person something to do: what they say for one lead, and the action that carries it. Sends
//! nothing.

use outrider_domain::autonomy::Autonomy;
use outrider_domain::channel::Channel;
use outrider_domain::id::ActionId;
use outrider_domain::sequence::{Step, Variant};
use outrider_domain::weights::seed;
use outrider_store::actions::Action;
use outrider_store::leads::Lead;

use super::content::{Known, Renderer, SenderName, values};
use super::rotation;
use super::tick::{Batch, Place, autonomy, cause};
use crate::actions::content::ActionContent;
use crate::actions::propose_act::{ActProposal, INSIDE, propose_act};
use crate::context::Context;
use crate::error::Result;
use crate::texts;

/// What a step says and asks for, and what keeps it from being done. A mail or call has its own ways.
pub(super) fn content(
    renderer: &mut Renderer,
    step: &Step,
    variant: &Variant,
    lead: &Lead,
) -> (ActionContent, Vec<String>) {
    let values = values(lead, &SenderName::default(), "", Known::default());
    let mut problems = Vec::new();
    let mut fill = |what: &str, source: &Option<String>| {
        source.as_ref().map(|source| renderer.fill(false, what, source, &values, &mut problems).trim().to_owned())
    };
    let (title, text) = (fill("title", &step.title), fill("text", &variant.text));
    let content = match step.channel {
        Channel::Sms => ActionContent { text: text.map(|text| texts::with_way_out(text, lead)), ..Default::default() },
        Channel::Linkedin => ActionContent { title, text, link: lead.linkedin_url.clone(), ..Default::default() },
        _ => ActionContent { title, text, ..Default::default() },
    };
    (content, problems)
}

/// Proposes the act of a step. `None` when it was done before.
///
/// # Errors
/// When the database fails or holds what can't be read.
pub(super) fn propose(cx: &mut Context<'_, '_>, batch: &mut Batch, place: &Place<'_>) -> Result<Option<Action>> {
    let Place { enrollment, sequence, definition, step, lead } = *place;
    let variant = step.choice(&seed(&format!("variant of {}", step.key), &[enrollment.id.0]));
    let (content, problems) = content(&mut batch.renderer, step, &variant, lead);
    let autonomy = match step.channel {
        // Asking a person to do something needs no person's leave.
        Channel::Task => Autonomy::Alone,
        channel => autonomy(cx, batch, sequence, definition, enrollment, channel)?,
    };
    let wanted = place.wanted(cx, batch)?;
    let (id, cause) = (ActionId(cx.id()), cause(sequence.id, &step.key));
    let origin = Some(place.origin(variant.key));
    let (kind, channel, identity) = match step.channel {
        Channel::Sms => {
            let mut numbers = rotation::candidates(cx, Channel::Sms, &[], sequence.agent_id)?;
            let number = rotation::choose(&mut numbers, lead).map(|identity| identity.id);
            (texts::KIND, Channel::Sms.as_str(), number)
        }
        Channel::Linkedin => ("linkedin", Channel::Linkedin.as_str(), None),
        _ => ("task", INSIDE, None),
    };
    let proposal = ActProposal {
        id,
        kind,
        channel,
        cause,
        lead,
        agent: sequence.agent_id,
        identity,
        origin,
        decision: None,
        step: None,
        content,
        problems,
        autonomy,
        proposed_by: cx.actor.to_string(),
        wanted,
        cost: if step.channel == Channel::Sms { cx.core.settings.sms_price } else { 0 },
    };
    propose_act(cx, proposal)
}
