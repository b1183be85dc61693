//! `assign_phone_number`: which agent calls from a number, and which answers it.

use outrider_domain::id::{AgentId, IdentityId};
use outrider_store::jobs;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{PhoneNumber, lock};
use crate::actions::slots;
use crate::calls::finish::line_parking;
use crate::context::{Context, Event};
use crate::delivery::claim::counted_day;
use crate::error::{Result, code};
use crate::identities::check_agent;
use crate::operation::{Operation, Spec};

/// Assigns a phone number.
pub struct AssignPhoneNumber;

/// In which role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Role {
    /// Calls from it.
    Outbound,
    /// Answers it.
    Inbound,
}

/// Which number, to whom.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The number.
    pub phone_number_id: IdentityId,
    /// The agent; null takes the number from the one that has it.
    #[serde(default)]
    pub agent_id: Option<AgentId>,
    /// `outbound` calls from it, `inbound` answers it.
    pub role: Role,
}

impl Operation for AssignPhoneNumber {
    const SPEC: Spec = Spec::act(
        "assign_phone_number",
        "phone_numbers",
        "/phone-numbers/{phone_number_id}/assign",
        "identities:write",
        "Assign a phone number to an agent.",
    )
    .describe(
        "A number has one agent in each role. Assigning it as outbound lets go what was held for want of a number.",
    )
    .previews()
    .fails(&[code::RESOURCE_NOT_FOUND]);
    type Input = Input;
    type Output = PhoneNumber;

    fn run(cx: &mut Context<'_, '_>, input: Input) -> Result<PhoneNumber> {
        let mut row = lock(cx, input.phone_number_id)?;
        check_agent(cx, input.agent_id)?;
        let place = match input.role {
            Role::Outbound => &mut row.agent_id,
            Role::Inbound => &mut row.inbound_agent_id,
        };
        if *place == input.agent_id {
            return PhoneNumber::of(cx, row);
        }
        *place = input.agent_id;
        row.updated_at = cx.now;
        cx.plan.push(json!({ "assign_phone_number": { "id": row.id, "agent": input.agent_id, "role": input.role } }));
        row.clone().save(cx.tx)?;
        cx.emit(
            Event::new("phone_number.assigned")
                .agent(input.agent_id)
                .subject(row.id)
                .data(json!({ "number": row.address, "role": input.role })),
        );
        jobs::wake(cx.tx, cx.project, "identity", cx.now)?;
        jobs::wake(cx.tx, cx.project, &line_parking(row.id), cx.now)?;
        if let (Some(agent), Role::Outbound) = (input.agent_id, input.role) {
            slots::look_again_for(cx, agent, counted_day(&row, cx.now))?;
        }
        PhoneNumber::of(cx, row)
    }
}
