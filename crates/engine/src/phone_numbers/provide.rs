//! Numbers for callers whose API knows none: an agent that calls gets one, and one that goes gives its own back. Dials nothing.

use outrider_domain::id::AgentId;
use outrider_domain::telephony::SANDBOX;
use outrider_store::agents;
use outrider_store::identities::{self as rows, Identity, PHONE};
use serde_json::json;

use super::assign_phone_number::{self, AssignPhoneNumber, Role};
use super::import_phone_number::ImportPhoneNumber;
use crate::context::Context;
use crate::error::{Error, Result, code};
use crate::leads::missing;
use crate::operation::{Operation, within};

/// Most numbers of a project that are looked at.
const MOST: i64 = 1_000;
/// Numbers the sandbox gives away: the hundred of one North American area that are kept for fiction, 555-0100 to
/// 555-0199).
const SANDBOX_NUMBERS: u64 = 100;

/// Sees to it that an agent has a number to call from. Its own, even an inactive one, stays what it is; else the first active
/// number that is nobody's, a real carrier's before the sandbox's; else, in a project whose numbers are all the sandbox's, one of
/// the sandbox.
///
/// # Errors
/// `no_phone_number` at `agent_id` when a project with a carrier has no number to spare; `resource_not_found` for the agent.
pub fn to_agent(cx: &mut Context<'_, '_>, agent: AgentId) -> Result<()> {
    // Held, so that two calls at once do not give it two numbers.
    agents::lock(cx.tx, cx.project, agent).map_err(|error| missing(error, "agent", "agent_id"))?;
    let numbers = rows::list(cx.tx, cx.project, Some(PHONE), i64::MAX, MOST)?;
    if numbers.iter().any(|number| number.agent_id == Some(agent)) {
        return Ok(());
    }
    let mut free: Vec<&Identity> = numbers.iter().filter(|number| is_free(number, agent)).collect();
    free.sort_by_key(|number| (number.transport == SANDBOX, number.id));
    for number in free {
        // Somebody else may have taken it since the list was read.
        if is_free(&rows::lock(cx.tx, cx.project, number.id)?, agent) {
            let input =
                assign_phone_number::Input { phone_number_id: number.id, agent_id: Some(agent), role: Role::Outbound };
            return AssignPhoneNumber::run(cx, input).map(drop);
        }
    }
    let first = agent.0.unsigned_abs() % SANDBOX_NUMBERS;
    let given = (0..SANDBOX_NUMBERS)
        .map(|place| format!("+12025550{}", 100 + (first + place) % SANDBOX_NUMBERS))
        .find(|wanted| numbers.iter().all(|number| number.address != *wanted));
    match given {
        Some(number) if numbers.iter().all(|number| number.transport == SANDBOX) => {
            let input = json!({ "number": number, "friendly_name": "Sandbox", "outbound_agent_id": agent });
            within::<ImportPhoneNumber>(cx, input).map(drop)
        }
        _ => {
            Err(Error::new(code::NO_PHONE_NUMBER, "No phone number of this project is free: assign one to this agent.")
                .at("agent_id"))
        }
    }
}

/// Takes every number from an agent, in either role.
///
/// # Errors
/// When the database fails.
pub fn back_from_agent(cx: &mut Context<'_, '_>, agent: AgentId) -> Result<()> {
    for number in rows::list(cx.tx, cx.project, Some(PHONE), i64::MAX, MOST)? {
        for (held_by, role) in [(number.agent_id, Role::Outbound), (number.inbound_agent_id, Role::Inbound)] {
            if held_by == Some(agent) {
                let input = assign_phone_number::Input { phone_number_id: number.id, agent_id: None, role };
                AssignPhoneNumber::run(cx, input)?;
            }
        }
    }
    Ok(())
}

/// Whether an agent may take a number as its own to call from. One that another answers is left alone: who calls back would
/// reach the wrong one.
fn is_free(number: &Identity, agent: AgentId) -> bool {
    number.active && number.agent_id.is_none() && number.inbound_agent_id.is_none_or(|other| other == agent)
}
