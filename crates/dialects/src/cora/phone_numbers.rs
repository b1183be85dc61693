//! Phone numbers as Cora shows and assigns them.

use outrider_domain::id::{AgentId, IdentityId};
use outrider_domain::time::Millis;
use outrider_engine::Result;
use outrider_engine::context::Context;
use outrider_engine::error::code;
use outrider_engine::operation::{Operation, Spec, within};
use outrider_engine::phone_numbers::{self, assign_phone_number, list_phone_numbers};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::credits::Nothing;
use super::ids;

/// A phone number.
#[derive(Debug, Serialize, JsonSchema)]
pub struct PhoneNumber {
    /// Key.
    id: IdentityId,
    /// E.164.
    number: String,
    /// The agent that calls from it.
    outbound_agent_id: Option<AgentId>,
    /// The agent that answers it.
    inbound_agent_id: Option<AgentId>,
    /// Country, as given.
    country: Option<String>,
    /// What people call it.
    friendly_name: Option<String>,
    /// `active` or `inactive`.
    status: String,
    /// When made.
    created_at: Millis,
}

impl From<phone_numbers::PhoneNumber> for PhoneNumber {
    fn from(number: phone_numbers::PhoneNumber) -> Self {
        Self {
            id: number.id,
            number: number.number,
            outbound_agent_id: number.outbound_agent_id,
            inbound_agent_id: number.inbound_agent_id,
            country: number.country,
            friendly_name: number.friendly_name,
            status: number.status.to_owned(),
            created_at: number.created_at,
        }
    }
}

/// `GET /api/v1/phone-numbers`.
pub struct ListPhoneNumbers;

impl Operation for ListPhoneNumbers {
    const SPEC: Spec = Spec::get(
        "list_phone_numbers",
        "phone_numbers",
        "/api/v1/phone-numbers",
        "identities:read",
        "List the project's phone numbers, all at once.",
    );
    type Input = Nothing;
    type Output = Vec<PhoneNumber>;

    fn run(cx: &mut Context<'_, '_>, _: Nothing) -> Result<Vec<PhoneNumber>> {
        let mut all = Vec::new();
        let mut cursor = None;
        loop {
            let asked = json!({ "limit": 100, "cursor": cursor });
            let page = within::<list_phone_numbers::ListPhoneNumbers>(cx, asked)?;
            all.extend(page.items.into_iter().map(PhoneNumber::from));
            cursor = page.next_cursor;
            if cursor.is_none() {
                return Ok(all);
            }
        }
    }
}

/// `POST /api/v1/phone-numbers/{phone_id}/assign`.
pub struct AssignPhoneNumber;

/// Which number, to whom, for what.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct NumberAssignment {
    /// The number.
    phone_id: String,
    /// The agent it is given to.
    agent_id: String,
    /// `outbound` calls from it, `inbound` answers it.
    role: assign_phone_number::Role,
}

impl Operation for AssignPhoneNumber {
    const SPEC: Spec = Spec::act(
        "assign_phone_number",
        "phone_numbers",
        "/api/v1/phone-numbers/{phone_id}/assign",
        "identities:write",
        "Assign a phone number to an agent.",
    )
    .describe("A number has one agent for each role: the one before gives it up.")
    .fails(&[code::RESOURCE_NOT_FOUND]);
    type Input = NumberAssignment;
    type Output = PhoneNumber;

    fn run(cx: &mut Context<'_, '_>, input: NumberAssignment) -> Result<PhoneNumber> {
        let number: IdentityId = ids::read(&input.phone_id, "phone number", "phone_id")?;
        let agent: AgentId = ids::read(&input.agent_id, "agent", "agent_id")?;
        let asked = json!({ "phone_number_id": number, "agent_id": agent, "role": input.role });
        let done = within::<assign_phone_number::AssignPhoneNumber>(cx, asked).map_err(|error| {
            if error.field.as_deref() == Some("phone_number_id") { error.at("phone_id") } else { error }
        })?;
        Ok(done.into())
    }
}
