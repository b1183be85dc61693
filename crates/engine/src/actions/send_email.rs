//! `send_email`: one mail to one lead, outside any sequence. It takes the same road as every other.

use outrider_domain::channel::Channel;
use outrider_domain::holidays::Holidays;
use outrider_domain::id::{ActionId, AgentId, IdentityId, LeadId};
use outrider_domain::window::SendWindow;
use outrider_store::leads::Lead;
use outrider_store::{agents, identities, leads};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::at_once;
use super::propose::{Content, Proposal, content_digest, propose};
use super::slots::Wanted;
use super::view::{self, Action};
use crate::agents::draft::draft;
use crate::connected;
use crate::context::{Context, Event};
use crate::error::{Code, Error, Result, code};
use crate::gates::snapshot::read_json;
use crate::leads::missing;
use crate::operation::{Effect, Idempotency, Operation, Spec};
use crate::opt_out::link_url;
use crate::sequences::content::{Renderer, SenderName, Source};
use crate::sequences::{rotation, tick};
use crate::subscription::require_plan;

/// Proposes one mail.
pub struct SendEmail;

/// To whom, from whom, and what.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The lead.
    lead_id: LeadId,
    /// The agent in whose name.
    #[serde(default)]
    agent_id: Option<AgentId>,
    /// The sender; chosen by rotation when absent.
    #[serde(default)]
    identity_id: Option<IdentityId>,
    /// Subject; may have placeholders. The agent's writer finds one when neither this nor a template gives it.
    #[serde(default)]
    subject: Option<String>,
    /// Plain text; may have placeholders. The agent's writer writes it when neither this nor HTML nor a template gives it.
    #[serde(default)]
    text: Option<String>,
    /// HTML; may have placeholders.
    #[serde(default)]
    html: Option<String>,
    /// Name of a stored template, instead of the three above or below an own subject.
    #[serde(default)]
    template: Option<String>,
}

/// What sending a mail can fail with, beside what any operation can.
pub const FAILURES: &[&Code] = &[
    code::RESOURCE_NOT_FOUND,
    code::LEAD_NO_EMAIL,
    code::LEAD_STOPPED,
    code::AGENT_INACTIVE,
    code::AGENT_NO_EMAIL,
    code::PAYMENT_REQUIRED,
    code::INSUFFICIENT_CREDITS,
];

impl Operation for SendEmail {
    const SPEC: Spec = Spec {
        idempotency: Idempotency::Required,
        ..Spec::act("send_email", "emails", "/emails", "emails:send", "Write one mail to a lead.")
            .describe("The mail is an action: it passes every gate, waits for a person where the policy says so, and is sent once. What is not given, the agent's writer writes from its brain, and from nothing else.")
            .effect(Effect::Outward)
            .previews()
            .accepts()
            .fails(FAILURES)
    };
    type Input = Input;
    type Output = Action;

    fn run(cx: &mut Context<'_, '_>, input: Input) -> Result<Action> {
        let lead = leads::get(cx.tx, cx.project, input.lead_id).map_err(|error| missing(error, "lead", "lead_id"))?;
        let agent = match input.agent_id {
            None => None,
            Some(id) => Some(agents::get(cx.tx, cx.project, id).map_err(|error| missing(error, "agent", "agent_id"))?),
        };
        require_plan(cx)?;
        if agent.as_ref().is_some_and(|agent| !agent.active) {
            return Err(Error::new(code::AGENT_INACTIVE, "This agent is not active.").at("agent_id"));
        }
        let sender = choose_sender(cx, &input, &lead)?;
        let source = source(cx, &input, agent.as_ref())?;
        let id = ActionId(cx.id());
        let url = link_url(cx.core, cx.project, lead.id, id);
        let name = SenderName { name: sender.name.clone(), email: Some(sender.address.clone()) };
        let content = Renderer::default().render(&source, &lead, &name, &url, None);
        // Without the link, which is another at every call.
        let plain = Content {
            text: content.text.replace(&url, ""),
            html: content.html.as_ref().map(|html| html.replace(&url, "")),
            ..content.clone()
        };
        let content_hash = content_digest(&sender.address, lead.email.as_deref().unwrap_or(""), &plain);
        let mut batch = tick::Batch::default();
        let zone = tick::zone_of(cx, &mut batch, &lead)?;
        let autonomy = connected::autonomy(cx, &mut batch.gatherer, input.agent_id, Channel::Email)?;
        let proposal = Proposal {
            id,
            cause: format!("call:{id}"),
            lead: &lead,
            agent: input.agent_id,
            sender: Some((sender.id, sender.address)),
            origin: None,
            decision: None,
            content,
            thread: None,
            autonomy,
            wanted: Wanted { earliest: cx.now, window: SendWindow::always(), zone, holidays: Holidays::default() },
        };
        let action = propose(cx, proposal)?
            .ok_or_else(|| Error::new(code::ALREADY_EXISTS, "This mail was proposed already."))?;
        at_once::check(cx, &mut batch.gatherer, &action)?;
        let problems: Vec<String> = read_json(&action.problems, "an action's problems")?;
        cx.plan.push(json!({ "send_email": { "lead": action.lead_id, "identity": action.identity_id, "problems": problems, "content": content_hash, "needs_approval": action.approval == "needed", "cost": action.cost } }));
        cx.emit(
            Event::new("email.proposed")
                .lead(action.lead_id)
                .agent(action.agent_id)
                .subject(action.id)
                .data(json!({ "digest": action.digest })),
        );
        view::view(cx, action, true)
    }
}

fn choose_sender(cx: &mut Context<'_, '_>, input: &Input, lead: &Lead) -> Result<identities::Identity> {
    if let Some(id) = input.identity_id {
        return identities::get(cx.tx, cx.project, id).map_err(|error| missing(error, "identity", "identity_id"));
    }
    let mut found = rotation::candidates(cx, Channel::Email, &[], input.agent_id)?;
    rotation::choose(&mut found, lead).ok_or_else(|| {
        Error::new(code::AGENT_NO_EMAIL, "No active sender fits: add an identity for this agent, or for all.")
            .at("agent_id")
    })
}

/// What the mail is made of: what was given, over the template, over what the agent writes.
fn source(cx: &mut Context<'_, '_>, input: &Input, agent: Option<&agents::Agent>) -> Result<Source> {
    let given = Source {
        subject: input.subject.clone().unwrap_or_default(),
        text: input.text.clone().unwrap_or_default(),
        html: input.html.clone(),
    };
    let has_body = input.text.is_some() || input.html.is_some();
    let below = match (&input.template, agent) {
        (Some(name), _) => {
            let found = outrider_store::templates::find(cx.tx, cx.project, name)?;
            let stored = found.ok_or_else(|| Error::not_found("template").at("template"))?;
            Source { subject: stored.subject, text: stored.text, html: stored.html }
        }
        (None, _) if has_body && input.subject.is_some() => return Ok(given),
        (None, Some(agent)) => {
            let written = draft(agent)?;
            // Only what the caller left out: a body of his own stands alone.
            Source { text: if has_body { String::new() } else { written.text }, ..written }
        }
        (None, None) if has_body => return Ok(given),
        (None, None) => {
            return Err(Error::invalid("text", "Give a text, the name of a template, or an agent to write it."));
        }
    };
    Ok(Source {
        subject: input.subject.clone().unwrap_or(below.subject),
        text: input.text.clone().unwrap_or(below.text),
        html: given.html.or(below.html),
    })
}
