//! `bulk_create_leads`: up to 500 leads in one call, each judged on its own.

use std::collections::HashSet;

use outrider_domain::id::{AgentId, CompanyId, LeadId};
use outrider_store::leads as rows;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{NewLead, check_references};
use crate::context::{Context, Event};
use crate::error::{Error, Result, code};
use crate::operation::{Operation, Spec, decode};

/// Creates many leads.
pub struct BulkCreateLeads;

/// Most leads in one call.
const MOST: usize = 500;

/// The leads.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// 1 to 500 leads, as `create_lead` takes them.
    #[schemars(with = "Vec<NewLead>", length(min = 1, max = 500))]
    leads: Vec<Value>,
    /// The agent they are assigned to, where a lead names none itself.
    #[serde(default)]
    agent_id: Option<AgentId>,
}

/// A lead that was made.
#[derive(Debug, Serialize, JsonSchema)]
pub struct CreatedLead {
    /// Key.
    pub id: LeadId,
    /// Display name.
    pub name: String,
    /// Address.
    pub email: Option<String>,
}

/// A lead that was not made.
#[derive(Debug, Serialize, JsonSchema)]
pub struct RejectedLead {
    /// Its place in the request, from 0.
    pub index: usize,
    /// The field at fault.
    pub field: Option<String>,
    /// Why.
    pub message: String,
}

/// What became of each.
#[derive(Debug, Serialize, JsonSchema)]
pub struct BulkCreated {
    /// Those that were made, in the order of the request.
    pub created: Vec<CreatedLead>,
    /// How many.
    pub count: usize,
    /// Leads passed over because their address exists, in the project or earlier in the request.
    pub duplicates: usize,
    /// Leads that could not be made.
    pub errors: usize,
    /// Why not, one by one.
    pub rejected: Vec<RejectedLead>,
}

impl Operation for BulkCreateLeads {
    const SPEC: Spec = Spec::create("bulk_create_leads", "leads", "/leads/bulk", "leads:write", "Create up to 500 leads.")
        .describe("A lead whose address exists already is passed over; a malformed one is reported and does not keep the others back.")
        .previews()
        .fails(&[code::RESOURCE_NOT_FOUND]);
    type Input = Input;
    type Output = BulkCreated;

    fn run(cx: &mut Context<'_, '_>, input: Input) -> Result<BulkCreated> {
        if input.leads.is_empty() || input.leads.len() > MOST {
            return Err(Error::invalid("leads", format!("Give 1 to {MOST} leads.")));
        }
        check_references(cx, input.agent_id, None)?;
        let mut rejected = Vec::new();
        let mut drafts = Vec::with_capacity(input.leads.len());
        let mut checked = References::default();
        for (index, lead) in input.leads.into_iter().enumerate() {
            match draft(cx, lead, input.agent_id, &mut checked) {
                Ok(row) => drafts.push(row),
                Err(error) if error.code == code::VALIDATION_ERROR || error.code == code::RESOURCE_NOT_FOUND => {
                    rejected.push(RejectedLead { index, field: error.field, message: error.message });
                }
                Err(error) => return Err(error),
            }
        }
        let wanted = drafts.len();
        let emails = drafts.iter().filter_map(|row| row.email.clone()).collect();
        let mut seen: HashSet<String> = rows::known_emails(cx.tx, cx.project, emails)?.into_iter().collect();
        drafts.retain(|row| row.email.as_ref().is_none_or(|email| seen.insert(email.clone())));
        let inserted: HashSet<LeadId> = rows::insert_new(cx.tx, drafts.clone())?.into_iter().collect();
        drafts.retain(|row| inserted.contains(&row.id));
        let names: Vec<(&str, Option<&str>)> =
            drafts.iter().map(|row| (row.name.as_str(), row.email.as_deref())).collect();
        cx.plan.push(json!({ "create_leads": names, "duplicates": wanted - drafts.len(), "errors": rejected.len() }));
        for row in &drafts {
            cx.emit(
                Event::new("lead.created")
                    .lead(row.id)
                    .agent(row.agent_id)
                    .subject(row.id)
                    .data(json!({ "name": row.name, "source": row.source })),
            );
        }
        Ok(BulkCreated {
            count: drafts.len(),
            duplicates: wanted - drafts.len(),
            errors: rejected.len(),
            created: drafts
                .into_iter()
                .map(|row| CreatedLead { id: row.id, name: row.name, email: row.email })
                .collect(),
            rejected,
        })
    }
}

/// Agents and companies that were looked up before.
#[derive(Default)]
struct References {
    agents: HashSet<AgentId>,
    companies: HashSet<CompanyId>,
}

fn draft(
    cx: &mut Context<'_, '_>,
    lead: Value,
    agent: Option<AgentId>,
    checked: &mut References,
) -> Result<rows::Lead> {
    let mut lead: NewLead = decode(lead)?;
    let own_agent = lead.agent_id.filter(|id| !checked.agents.contains(id));
    let own_company = lead.company_id.filter(|id| !checked.companies.contains(id));
    check_references(cx, own_agent, own_company)?;
    checked.agents.extend(own_agent);
    checked.companies.extend(own_company);
    lead.agent_id = lead.agent_id.or(agent);
    lead.into_row(cx, "api")
}
