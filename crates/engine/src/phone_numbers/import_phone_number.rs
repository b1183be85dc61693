//! `import_phone_number`: a number that a carrier has given us becomes one that agents can call from.

use outrider_domain::address::Phone;
use outrider_domain::id::AgentId;
use outrider_domain::ramp::Ramp;
use outrider_domain::span::Span;
use outrider_domain::telephony::SANDBOX;
use outrider_domain::window::TimeZone;
use outrider_store::{identities as rows, jobs};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::PhoneNumber;
use crate::actions::slots;
use crate::context::{Context, Event};
use crate::delivery::claim::counted_day;
use crate::error::{Result, code};
use crate::identities::{NewSender, begin, check_agent, check_concurrency, setting_name};
use crate::leads::tidy;
use crate::operation::{Operation, Spec};

/// Imports a phone number.
pub struct ImportPhoneNumber;

/// What a number is made of.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// E.164; unique in the project.
    pub number: Phone,
    /// What people call it.
    #[serde(default)]
    #[schemars(length(max = 200))]
    pub friendly_name: Option<String>,
    /// Country, as you like.
    #[serde(default)]
    #[schemars(length(max = 200))]
    pub country: Option<String>,
    /// Name of a configured carrier; the sandbox, where a scripted callee answers and nobody is called, when absent.
    #[serde(default)]
    pub carrier: Option<String>,
    /// The agent that calls from it.
    #[serde(default)]
    pub outbound_agent_id: Option<AgentId>,
    /// The agent that answers it.
    #[serde(default)]
    pub inbound_agent_id: Option<AgentId>,
    /// Calls at the same time at the most, 1 to 1000; 1 when absent.
    #[serde(default)]
    #[schemars(range(min = 1, max = 1000))]
    pub concurrency: Option<i64>,
    /// Least time between two calls, such as `30s`; none when absent.
    #[serde(default)]
    pub gap: Option<Span>,
    /// How its daily cap grows from today on; 20 calls and 10 more a day up to 200 when absent.
    #[serde(default)]
    pub ramp: Ramp,
    /// Where its days begin; the project's zone when absent.
    #[serde(default)]
    pub time_zone: Option<TimeZone>,
    /// Whether it may call; true when absent.
    #[serde(default)]
    pub active: Option<bool>,
}

impl Operation for ImportPhoneNumber {
    const SPEC: Spec = Spec::create(
        "import_phone_number",
        "phone_numbers",
        "/phone-numbers",
        "identities:write",
        "Add a phone number to call from.",
    )
    .describe("It calls for the agent it is assigned to as outbound, and for nobody without one. `update_identity` changes its name, pace, cap and lines.")
    .previews()
    .fails(&[code::ALREADY_EXISTS, code::RESOURCE_NOT_FOUND, code::PLAN_LIMIT_REACHED]);
    type Input = Input;
    type Output = PhoneNumber;

    fn run(cx: &mut Context<'_, '_>, input: Input) -> Result<PhoneNumber> {
        check_agent(cx, input.outbound_agent_id).map_err(|error| error.at("outbound_agent_id"))?;
        check_agent(cx, input.inbound_agent_id).map_err(|error| error.at("inbound_agent_id"))?;
        let new = NewSender {
            kind: rows::PHONE,
            address: (input.number.to_string(), "number"),
            zone: input.time_zone,
            ramp: input.ramp,
            gap: input.gap.unwrap_or(Span::seconds(0)),
            transport: setting_name("carrier", input.carrier.unwrap_or_else(|| SANDBOX.to_owned()))?,
            active: input.active.unwrap_or(true),
        };
        let row = rows::Identity {
            name: tidy("friendly_name", input.friendly_name)?,
            agent_id: input.outbound_agent_id,
            inbound_agent_id: input.inbound_agent_id,
            country: tidy("country", input.country)?,
            concurrency: check_concurrency(input.concurrency.unwrap_or(1))?,
            ..begin(cx, new)?
        };
        cx.plan.push(json!({ "import_phone_number": { "number": row.address, "carrier": row.transport } }));
        row.clone().insert(cx.tx)?;
        cx.emit(
            Event::new("phone_number.imported")
                .agent(row.agent_id)
                .subject(row.id)
                .data(json!({ "number": row.address, "carrier": row.transport })),
        );
        if row.active {
            jobs::wake(cx.tx, cx.project, "identity", cx.now)?;
            if let Some(agent) = row.agent_id {
                slots::look_again_for(cx, agent, counted_day(&row, cx.now))?;
            }
        }
        PhoneNumber::of(cx, row)
    }
}
