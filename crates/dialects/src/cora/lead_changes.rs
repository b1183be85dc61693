//! Making and changing leads as Cora's clients do. Every check is the native operations'.

use outrider_domain::address::{Email, Phone};
use outrider_domain::id::{AgentId, LeadId};
use outrider_domain::patch::Patch;
use outrider_domain::window::TimeZone;
use outrider_engine::Result;
use outrider_engine::context::Context;
use outrider_engine::error::code;
use outrider_engine::leads::bulk_create_leads::{self, CreatedLead, RejectedLead};
use outrider_engine::leads::{CustomFields, Stage, create_lead, update_lead};
use outrider_engine::operation::{Operation, Spec, within};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::ids;
use super::input::{blank_clears, native, not_blank};
use super::leads::Lead;

/// What a lead is made of. At least one of `name`, `first_name`, `last_name` and `company` is needed.
#[derive(Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(default)]
pub struct NewLead {
    /// Full name; made of the others when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 200))]
    name: Option<String>,
    /// Given name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 200))]
    first_name: Option<String>,
    /// Family name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 200))]
    last_name: Option<String>,
    /// Address; unique in the project.
    #[serde(deserialize_with = "not_blank", skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<Email>")]
    email: Option<String>,
    /// Number in E.164: `+`, then digits.
    #[serde(deserialize_with = "not_blank", skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<Phone>")]
    phone: Option<String>,
    /// Company name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 200))]
    company: Option<String>,
    /// Job title.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 200))]
    role: Option<String>,
    /// IANA time zone: calls keep to the hours of the day there.
    #[serde(skip_serializing_if = "Option::is_none")]
    time_zone: Option<TimeZone>,
    /// Country, such as `US`: tells the rules of calling, and the time zone of a country that has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 200))]
    country: Option<String>,
    /// Where it stands; `new` when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    stage: Option<Stage>,
    /// The agent it is assigned to.
    #[serde(deserialize_with = "not_blank", skip_serializing_if = "Option::is_none")]
    agent_id: Option<String>,
    /// Fields of your own: text, numbers, booleans or null.
    #[serde(skip_serializing_if = "Option::is_none")]
    custom_fields: Option<CustomFields>,
}

/// `POST /api/v1/leads`.
pub struct CreateLead;

impl Operation for CreateLead {
    const SPEC: Spec = Spec::create("create_lead", "leads", "/api/v1/leads", "leads:write", "Create a lead.")
        .describe("Give at least one of name, first_name, last_name and company.")
        .fails(&[code::RESOURCE_NOT_FOUND, code::ALREADY_EXISTS]);
    type Input = NewLead;
    type Output = Lead;

    fn run(cx: &mut Context<'_, '_>, input: NewLead) -> Result<Lead> {
        let _: Option<AgentId> = ids::read_optional(input.agent_id.as_deref(), "agent", "agent_id")?;
        within::<create_lead::CreateLead>(cx, Value::Object(native(&input)?)).map(Lead::from)
    }
}

/// `POST /api/v1/leads/bulk`.
pub struct BulkCreateLeads;

/// The leads.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct NewLeads {
    /// 1 to 500 leads, as `POST /leads` takes one.
    #[schemars(with = "Vec<NewLead>", length(min = 1, max = 500))]
    leads: Vec<Value>,
    /// The agent they are assigned to, where a lead names none itself.
    #[serde(default)]
    agent_id: Option<String>,
}

/// What became of them.
#[derive(Debug, Serialize, JsonSchema)]
pub struct BulkCreated {
    /// Those that were made, in the order of the request.
    created: Vec<CreatedLead>,
    /// How many were made.
    count: usize,
    /// How many were passed over because their address exists.
    duplicates: usize,
    /// How many could not be made.
    errors: usize,
    /// Why not, one by one.
    rejected: Vec<RejectedLead>,
}

impl Operation for BulkCreateLeads {
    const SPEC: Spec =
        Spec::create("bulk_create_leads", "leads", "/api/v1/leads/bulk", "leads:write", "Create up to 500 leads.")
            .describe("A lead whose address exists, in the project or earlier in the list, is passed over; a faulty one is reported and keeps no other back.")
            .fails(&[code::RESOURCE_NOT_FOUND]);
    type Input = NewLeads;
    type Output = BulkCreated;

    fn run(cx: &mut Context<'_, '_>, input: NewLeads) -> Result<BulkCreated> {
        let agent: Option<AgentId> = ids::read_optional(input.agent_id.as_deref(), "agent", "agent_id")?;
        let leads: Vec<Value> = input.leads.into_iter().map(as_native).collect::<Result<_>>()?;
        let done = within::<bulk_create_leads::BulkCreateLeads>(cx, json!({ "leads": leads, "agent_id": agent }))?;
        Ok(BulkCreated {
            created: done.created,
            count: done.count,
            duplicates: done.duplicates,
            errors: done.errors,
            rejected: done.rejected,
        })
    }
}

/// A lead's known fields; what can't be read stays as it is, for the native operation to reject with its reason.
fn as_native(lead: Value) -> Result<Value> {
    match NewLead::deserialize(&lead) {
        Ok(read) if lead.is_object() => native(&read).map(Value::Object),
        _ => Ok(lead),
    }
}

/// `PATCH /api/v1/leads/{lead_id}`.
pub struct UpdateLead;

/// The fields to change; null or blank clears one.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
pub struct LeadChanges {
    /// The lead.
    #[serde(skip_serializing)]
    lead_id: String,
    /// Full name.
    #[serde(default, skip_serializing_if = "Patch::is_absent")]
    name: Patch<String>,
    /// Given name.
    #[serde(default, skip_serializing_if = "Patch::is_absent")]
    first_name: Patch<String>,
    /// Family name.
    #[serde(default, skip_serializing_if = "Patch::is_absent")]
    last_name: Patch<String>,
    /// Address; unique in the project.
    #[serde(default, deserialize_with = "blank_clears", skip_serializing_if = "Patch::is_absent")]
    #[schemars(with = "Option<Email>")]
    email: Patch<String>,
    /// Number in E.164.
    #[serde(default, deserialize_with = "blank_clears", skip_serializing_if = "Patch::is_absent")]
    #[schemars(with = "Option<Phone>")]
    phone: Patch<String>,
    /// Company name.
    #[serde(default, skip_serializing_if = "Patch::is_absent")]
    company: Patch<String>,
    /// Job title.
    #[serde(default, skip_serializing_if = "Patch::is_absent")]
    role: Patch<String>,
    /// IANA time zone: calls keep to the hours of the day there.
    #[serde(default, skip_serializing_if = "Patch::is_absent")]
    time_zone: Patch<TimeZone>,
    /// Country, such as `US`: tells the rules of calling, and the time zone of a country that has one.
    #[serde(default, skip_serializing_if = "Patch::is_absent")]
    country: Patch<String>,
    /// Where it stands.
    #[serde(default, skip_serializing_if = "Patch::is_absent")]
    stage: Patch<Stage>,
    /// A meeting was booked: stops the sequences that stop on one.
    #[serde(default, skip_serializing_if = "Patch::is_absent")]
    meeting_booked: Patch<bool>,
    /// True stops everything that is open for the lead, on every channel.
    #[serde(default, skip_serializing_if = "Patch::is_absent")]
    outreach_disabled: Patch<bool>,
}

impl Operation for UpdateLead {
    const SPEC: Spec =
        Spec::patch("update_lead", "leads", "/api/v1/leads/{lead_id}", "leads:write", "Change some fields of a lead.")
            .describe("Send only the fields to change. A field that is left out stays; null clears it, where a lead can be without it.")
            .fails(&[code::ALREADY_EXISTS]);
    type Input = LeadChanges;
    type Output = Lead;

    fn run(cx: &mut Context<'_, '_>, input: LeadChanges) -> Result<Lead> {
        let id: LeadId = ids::read(&input.lead_id, "lead", "lead_id")?;
        let mut fields = native(&input)?;
        fields.insert("lead_id".to_owned(), json!(id));
        within::<update_lead::UpdateLead>(cx, Value::Object(fields)).map(Lead::from)
    }
}
