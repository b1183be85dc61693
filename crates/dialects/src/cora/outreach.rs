//! Reaching out as Cora's clients do: a call or a mail to one lead. The act itself, its gates and its ledger are the engine's.

use outrider_domain::id::{ActionId, AgentId, CallId, LeadId, MessageId};
use outrider_engine::actions::send_email;
use outrider_engine::actions::state;
use outrider_engine::calls::{action_of, place_call};
use outrider_engine::context::Context;
use outrider_engine::error::code;
use outrider_engine::operation::{Effect, Idempotency, Operation, Spec, within};
use outrider_engine::{Error, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::ids;
use super::input::not_blank;

/// What waits to happen.
const QUEUED: &str = "queued";

/// How a client sees an act that it has asked for: `queued`, unless a person has to agree first.
fn standing(action_state: &str) -> String {
    if action_state == state::PENDING_APPROVAL { action_state.to_owned() } else { QUEUED.to_owned() }
}

/// `POST /api/v1/outreach/call`.
pub struct TriggerCall;

/// Whom to call, in whose name, and what about.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct NewCall {
    /// The lead to call.
    lead_id: String,
    /// The agent that calls.
    agent_id: String,
    /// Why the lead is called, as the end of "I'm calling about …".
    #[serde(default, deserialize_with = "not_blank")]
    #[schemars(length(max = 1000))]
    call_reason: Option<String>,
    /// Said instead of the agent's usual first message.
    #[serde(default, deserialize_with = "not_blank")]
    #[schemars(length(max = 1000))]
    first_message_override: Option<String>,
}

/// The call on its way.
#[derive(Debug, Serialize, JsonSchema)]
pub struct QueuedCall {
    /// The call, as a lead's calls list it.
    call_id: CallId,
    /// The act of placing it.
    task_id: ActionId,
    /// `queued`, or `pending_approval` when the agent's own policy asks a person first.
    status: String,
}

impl Operation for TriggerCall {
    const SPEC: Spec = Spec {
        idempotency: Idempotency::Required,
        ..Spec::act("trigger_call", "outreach", "/api/v1/outreach/call", "calls:place", "Place a real call to a lead.")
            .describe("It is dialled within a minute, once, as soon as the rules of calling let it: opt-outs, and the hours in which people may be called where the lead is. Without a time_zone or country stored for the lead nobody can tell these hours, and the call waits until there is one.")
            .effect(Effect::Outward)
            .accepts()
            .fails(place_call::FAILURES)
    };
    type Input = NewCall;
    type Output = QueuedCall;

    fn run(cx: &mut Context<'_, '_>, input: NewCall) -> Result<QueuedCall> {
        let lead: LeadId = ids::read(&input.lead_id, "lead", "lead_id")?;
        let agent: AgentId = ids::read(&input.agent_id, "agent", "agent_id")?;
        cx.own_act = true;
        let asked = json!({
            "lead_id": lead, "agent_id": agent, "call_reason": input.call_reason,
            "first_message_override": input.first_message_override,
        });
        let placed = within::<place_call::PlaceCall>(cx, asked)?;
        let id = placed.call.id;
        Ok(QueuedCall { call_id: id, task_id: action_of(id), status: standing(&placed.action_state) })
    }
}

/// `POST /api/v1/outreach/email`.
pub struct SendEmail;

/// To whom, in whose name and, if you like, what.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct NewEmail {
    /// The lead to write to.
    lead_id: String,
    /// The agent that writes.
    agent_id: String,
    /// Subject; may have placeholders such as `{{ first_name }}`.
    #[serde(default, deserialize_with = "not_blank")]
    subject: Option<String>,
    /// Plain text of the mail; may have placeholders.
    #[serde(default, deserialize_with = "not_blank")]
    message: Option<String>,
    /// Name of a stored template.
    #[serde(default, deserialize_with = "not_blank")]
    template: Option<String>,
}

/// The mail on its way.
#[derive(Debug, Serialize, JsonSchema)]
pub struct QueuedEmail {
    /// The mail, as a lead's mails list it.
    email_id: Option<MessageId>,
    /// The act of sending it.
    task_id: ActionId,
    /// `queued`, or `pending_approval` when the agent's own policy asks a person first.
    status: String,
}

impl Operation for SendEmail {
    const SPEC: Spec =
        Spec::act("send_email", "outreach", "/api/v1/outreach/email", "emails:send", "Send a real mail to a lead.")
            .describe("What is left out is written from the agent's brain, and from nothing else. It leaves as soon as the rules of sending let it: opt-outs, caps, pauses.")
            .effect(Effect::Outward)
            .accepts()
            .fails(send_email::FAILURES);
    type Input = NewEmail;
    type Output = QueuedEmail;

    fn run(cx: &mut Context<'_, '_>, input: NewEmail) -> Result<QueuedEmail> {
        let lead: LeadId = ids::read(&input.lead_id, "lead", "lead_id")?;
        let agent: AgentId = ids::read(&input.agent_id, "agent", "agent_id")?;
        cx.own_act = true;
        let asked = json!({
            "lead_id": lead, "agent_id": agent, "subject": input.subject, "text": input.message, "template": input.template,
        });
        let action = within::<send_email::SendEmail>(cx, asked).map_err(|error| match error.field.as_deref() {
            Some("text") => error.at("message"),
            _ => error,
        })?;
        if !action.problems.is_empty() {
            // Nobody here could mend it later: better no mail than one that is held for ever.
            let field = if input.template.is_some() { "template" } else { "message" };
            return Err(Error::new(
                code::VALIDATION_ERROR,
                format!("This mail can't be sent: {}", action.problems.join("; ")),
            )
            .at(field));
        }
        Ok(QueuedEmail {
            email_id: action.message.as_ref().map(|message| message.id),
            task_id: action.id,
            status: standing(&action.state),
        })
    }
}
