//! `place_call`: one call to one lead. It takes the same road as every outward act.

use std::collections::BTreeMap;

use outrider_domain::channel::Channel;
use outrider_domain::holidays::Holidays;
use outrider_domain::id::{ActionId, AgentId, LeadId};
use outrider_domain::time::Millis;
use outrider_domain::window::SendWindow;
use outrider_store::{agents, leads};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::propose::{Proposal, Wishes, propose};
use super::view::Call;
use crate::actions::at_once;
use crate::actions::slots::Wanted;
use crate::agents::calling::check_values;
use crate::call_templates::no_template;
use crate::connected;
use crate::context::Context;
use crate::error::{Code, Error, Result, code};
use crate::fields::long_text;
use crate::gates::snapshot::read_json;
use crate::leads::{missing, tidy_up_to};
use crate::operation::{Effect, Idempotency, Operation, Spec};
use crate::sequences::{rotation, tick};
use crate::subscription::require_plan;

/// Proposes one call.
pub struct PlaceCall;

/// Longest first message and reason, in characters.
const LONGEST: usize = 1_000;
/// Most minutes a call can be expected to take.
const MOST_MINUTES: i64 = 600;

/// Whom, in whose name, and what about.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The lead.
    pub lead_id: LeadId,
    /// The agent that speaks; it needs a number assigned to it as `outbound`.
    pub agent_id: AgentId,
    /// Id of a call template for this call; the agent's own when absent.
    #[serde(default)]
    pub template: Option<String>,
    /// Values for this call, over the agent's.
    #[serde(default)]
    pub variables: BTreeMap<String, String>,
    /// Why the lead is called, as the end of "I'm calling about …".
    #[serde(default)]
    #[schemars(length(max = 1000))]
    pub call_reason: Option<String>,
    /// Said after the disclosure instead of the usual first message.
    #[serde(default)]
    #[schemars(length(max = 1000))]
    pub first_message_override: Option<String>,
    /// Minutes it is expected to take, 0 to 600: for so many credits are set aside.
    #[serde(default)]
    #[schemars(range(min = 0, max = 600))]
    pub estimated_minutes: Option<i64>,
}

/// The call, and where its action stands.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Placed {
    /// The call.
    #[serde(flatten)]
    pub call: Call,
    /// `scheduled`, or `pending_approval` while a person must agree.
    pub action_state: String,
    /// Digest to approve, when a person must.
    pub digest: String,
    /// When it is to be dialled, as far as is known.
    pub due_at: Option<Millis>,
}

/// What placing a call can fail with, beside what any operation can.
pub const FAILURES: &[&Code] = &[
    code::RESOURCE_NOT_FOUND,
    code::NO_PHONE_NUMBER,
    code::LEAD_NO_PHONE,
    code::LEAD_STOPPED,
    code::AGENT_INACTIVE,
    code::PAYMENT_REQUIRED,
    code::INSUFFICIENT_CREDITS,
];

impl Operation for PlaceCall {
    const SPEC: Spec = Spec {
        idempotency: Idempotency::Required,
        ..Spec::act("place_call", "calls", "/calls", "calls:place", "Call a lead.")
            .describe("The call is an action: it passes every gate, waits for a person where the policy says so, keeps to the hours in which people may be called where the lead is, and is dialled once. With the sandbox carrier a scripted callee answers and nobody is called.")
            .effect(Effect::Outward)
            .previews()
            .accepts()
            .fails(FAILURES)
    };
    type Input = Input;
    type Output = Placed;

    fn run(cx: &mut Context<'_, '_>, input: Input) -> Result<Placed> {
        let lead = leads::get(cx.tx, cx.project, input.lead_id).map_err(|error| missing(error, "lead", "lead_id"))?;
        let agent =
            agents::get(cx.tx, cx.project, input.agent_id).map_err(|error| missing(error, "agent", "agent_id"))?;
        require_plan(cx)?;
        if !agent.active {
            return Err(Error::new(code::AGENT_INACTIVE, "This agent is not active.").at("agent_id"));
        }
        if lead.phone.is_none() {
            return Err(Error::new(code::LEAD_NO_PHONE, "This lead has no phone number.").at("lead_id"));
        }
        let wishes = wishes(cx, &input)?;
        let mut found = rotation::candidates(cx, Channel::Call, &[], Some(agent.id))?;
        let sender = rotation::choose(&mut found, &lead).ok_or_else(|| {
            Error::new(code::NO_PHONE_NUMBER, "This agent has no active phone number: assign one to it as outbound.")
                .at("agent_id")
        })?;
        let id = ActionId(cx.id());
        let mut batch = tick::Batch::default();
        let autonomy = connected::autonomy(cx, &mut batch.gatherer, Some(agent.id), Channel::Call)?;
        let zone = tick::zone_of(cx, &mut batch, &lead)?;
        let proposal = Proposal {
            id,
            cause: format!("call:{id}"),
            lead: &lead,
            agent: &agent,
            sender: Some((sender.id, sender.address)),
            origin: None,
            decision: None,
            wishes,
            autonomy,
            wanted: Wanted { earliest: cx.now, window: SendWindow::always(), zone, holidays: Holidays::default() },
        };
        let (action, call) = propose(cx, proposal)?
            .ok_or_else(|| Error::new(code::ALREADY_EXISTS, "This call was proposed already."))?;
        let problems: Vec<String> = read_json(&action.problems, "an action's problems")?;
        if !problems.is_empty() {
            return Err(Error::invalid("variables", format!("The call can't be spoken: {}.", problems.join("; "))));
        }
        at_once::check(cx, &mut batch.gatherer, &action)?;
        cx.plan.push(json!({ "place_call": {
            "lead": action.lead_id, "agent": action.agent_id, "from": call.agent_phone, "to": call.lead_phone,
            "content": action.digest, "needs_approval": action.approval == "needed", "cost": action.cost,
        } }));
        Ok(Placed { call: Call::of(call)?, action_state: action.state, digest: action.digest, due_at: action.due_at })
    }
}

/// Checks what the call is to be.
fn wishes(cx: &Context<'_, '_>, input: &Input) -> Result<Wishes> {
    if let Some(id) = &input.template
        && cx.core.catalog()?.get(id).is_none()
    {
        return Err(no_template(cx.core.catalog()?, id).at("template"));
    }
    let mut problems = Vec::new();
    check_values("variables", &input.variables, &mut problems);
    if let Some((field, message)) = problems.into_iter().next() {
        return Err(Error::invalid(field, message));
    }
    if input.estimated_minutes.is_some_and(|minutes| !(0..=MOST_MINUTES).contains(&minutes)) {
        return Err(Error::invalid("estimated_minutes", format!("A call takes 0 to {MOST_MINUTES} minutes.")));
    }
    let first_message = long_text("first_message_override", input.first_message_override.clone())?;
    if first_message.as_ref().is_some_and(|text| text.chars().count() > LONGEST) {
        let text = format!("first_message_override has at most {LONGEST} characters.");
        return Err(Error::invalid("first_message_override", text));
    }
    Ok(Wishes {
        template: input.template.clone(),
        variables: input.variables.clone(),
        call_reason: tidy_up_to("call_reason", input.call_reason.clone(), LONGEST)?,
        first_message,
        estimated_minutes: input.estimated_minutes,
    })
}
