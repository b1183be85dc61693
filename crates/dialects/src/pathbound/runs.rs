//! Runs as Pathbound shows them: lists, one run with its contacts' details and actions, and starting one.

use outrider_domain::filter::Fact;
use outrider_domain::id::{AgentId, JobId, LeadId, RunId};
use outrider_domain::time::Millis;
use outrider_engine::Result;
use outrider_engine::context::Context;
use outrider_engine::error::{Error, code};
use outrider_engine::operation::{Effect, Operation, Spec, within};
use outrider_engine::runs::list_runs::RunStatus;
use outrider_engine::runs::view::{self, runs_by_place};
use outrider_engine::runs::{get_run, trigger_agent};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::action::Action;
use super::agents::LIMIT;

/// Contacts shown of one run when nothing is said, and the most there are of them in one answer.
const SHOWN: i64 = 1_000;

/// A run.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Run {
    /// Key.
    id: RunId,
    /// The agent.
    agent_id: AgentId,
    /// `queued`, `running`, `waiting`, `completed`, `failed` or `cancelled`.
    status: String,
    /// `call`, `schedule` or `event`.
    trigger: String,
    /// Why it ended.
    reason: Option<String>,
    /// Contacts it has.
    contacts_total: i64,
    /// Those not at their end.
    contacts_open: i64,
    /// When asked for.
    created_at: Millis,
    /// When its contacts were chosen.
    started_at: Option<Millis>,
    /// When it ended.
    completed_at: Option<Millis>,
}

impl From<view::Run> for Run {
    fn from(run: view::Run) -> Self {
        Self {
            id: run.id,
            agent_id: run.agent_id,
            status: run.status,
            trigger: run.source,
            reason: run.reason,
            contacts_total: run.contacts,
            contacts_open: run.open_contacts,
            created_at: run.created_at,
            started_at: run.started_at,
            completed_at: run.finished_at,
        }
    }
}

/// A contact's details.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ContactDetails {
    /// Key.
    id: LeadId,
    /// Display name.
    name: String,
    /// Address.
    email: Option<String>,
    /// Number.
    phone: Option<String>,
    /// Where it works.
    company: Option<String>,
    /// Job title.
    title: Option<String>,
    /// Its stage; null when it was deleted.
    stage: Option<String>,
}

/// A contact's part in a run.
#[derive(Debug, Serialize, JsonSchema)]
pub struct RunContact {
    /// The contact.
    contact_id: LeadId,
    /// Its details.
    contact: ContactDetails,
    /// `queued`, `active`, `waiting`, `completed`, `skipped`, `failed` or `cancelled`.
    status: String,
    /// Why.
    reason: Option<String>,
    /// Why it was chosen.
    facts: Vec<Fact>,
    /// What it answered last since its part began, and what that was taken for; null when nothing came.
    reply: Option<view::Reply>,
    /// What is done for it, in order.
    actions: Vec<Action>,
}

impl From<view::Contact> for RunContact {
    fn from(contact: view::Contact) -> Self {
        Self {
            contact_id: contact.lead_id,
            contact: ContactDetails {
                id: contact.lead_id,
                name: contact.name,
                email: contact.email,
                phone: contact.phone,
                company: contact.company,
                title: contact.role,
                stage: contact.stage,
            },
            status: contact.status,
            reason: contact.reason,
            facts: contact.facts,
            reply: contact.reply,
            actions: contact.decisions.into_iter().map(Action::from).collect(),
        }
    }
}

/// A run with its contacts.
#[derive(Debug, Serialize, JsonSchema)]
pub struct RunDetail {
    /// The run.
    #[serde(flatten)]
    run: Run,
    /// Its contacts, in the order they were chosen.
    contacts: Vec<RunContact>,
    /// Most contacts shown here.
    limit: i64,
    /// Contacts passed over.
    offset: i64,
    /// Whether more contacts follow: ask for them with a larger `offset`.
    has_more: bool,
}

/// A page of runs.
#[derive(Debug, Serialize, JsonSchema)]
pub struct RunsPage {
    /// Newest first.
    runs: Vec<Run>,
    /// How many there are altogether.
    total: i64,
    /// As asked.
    limit: i64,
    /// As asked.
    offset: i64,
}

/// Whose, and what to keep.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListInput {
    /// The agent.
    id: AgentId,
    /// Results per page, 1 to 100.
    #[serde(default)]
    #[schemars(range(min = 1, max = 100))]
    limit: Option<i64>,
    /// Results passed over.
    #[serde(default)]
    #[schemars(range(min = 0))]
    offset: Option<i64>,
    /// Only this status.
    #[serde(default)]
    status: Option<RunStatus>,
}

/// `GET /v1/agents/:id/runs`.
pub struct ListRuns;

impl Operation for ListRuns {
    const SPEC: Spec =
        Spec::get("list_runs", "runs", "/v1/agents/{id}/runs", "agents:read", "List an agent's runs, newest first.")
            .fails(&[code::RESOURCE_NOT_FOUND]);
    type Input = ListInput;
    type Output = RunsPage;

    fn run(cx: &mut Context<'_, '_>, input: ListInput) -> Result<RunsPage> {
        let (limit, offset) = (input.limit.unwrap_or(LIMIT), input.offset.unwrap_or(0));
        let status = input.status.map(RunStatus::as_str);
        let (found, total) = runs_by_place(cx, input.id, status, limit, offset).map_err(|error| named(error, "id"))?;
        Ok(RunsPage { runs: found.into_iter().map(Run::from).collect(), total, limit, offset })
    }
}

/// Our name of a field in Pathbound's.
pub(super) fn named(error: Error, agent: &str) -> Error {
    let Some(field) = error.field.clone() else { return error };
    let name = match field.as_str() {
        "agent_id" => agent.to_owned(),
        "run_id" => "runId".to_owned(),
        "lead_id" => "contactId".to_owned(),
        "position" => "actionIndex".to_owned(),
        other => other.replacen("lead_ids", "contact_ids", 1),
    };
    Error { message: error.message.replace("lead_ids", "contact_ids"), ..error }.at(name)
}

/// Which run.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GetInput {
    /// The run.
    #[serde(rename = "runId")]
    run_id: RunId,
    /// Contacts shown, 1 to 1,000; 1,000 when absent.
    #[serde(default)]
    #[schemars(range(min = 1, max = 1_000))]
    limit: Option<i64>,
    /// Contacts passed over.
    #[serde(default)]
    #[schemars(range(min = 0))]
    offset: Option<i64>,
}

/// One run.
#[derive(Debug, Serialize, JsonSchema)]
pub struct OneRun {
    /// The run.
    run: RunDetail,
}

/// `GET /v1/agents/runs/:runId`.
pub struct GetRun;

impl Operation for GetRun {
    const SPEC: Spec = Spec::get(
        "get_run",
        "runs",
        "/v1/agents/runs/{runId}",
        "agents:read",
        "Get a run with its contacts' details and actions.",
    )
    .fails(&[code::RESOURCE_NOT_FOUND]);
    type Input = GetInput;
    type Output = OneRun;

    fn run(cx: &mut Context<'_, '_>, input: GetInput) -> Result<OneRun> {
        let (limit, offset) = (input.limit.unwrap_or(SHOWN), input.offset.unwrap_or(0));
        let native = json!({ "run_id": input.run_id, "contacts": limit, "offset": offset });
        let found = within::<get_run::GetRun>(cx, native).map_err(|error| named(error, "id"))?;
        let has_more = found.next_contact.is_some();
        let contacts = found.run_contacts.into_iter().map(RunContact::from).collect();
        Ok(OneRun { run: RunDetail { run: found.run.into(), contacts, limit, offset, has_more } })
    }
}

/// Whose playbook, over whom.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TriggerInput {
    /// The agent.
    id: AgentId,
    /// These contacts; those its filter finds when absent.
    #[serde(default)]
    #[schemars(length(max = 10_000))]
    contact_ids: Option<Vec<LeadId>>,
}

/// What was started.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Triggered {
    /// The job.
    job_id: JobId,
    /// The run to watch.
    run_id: RunId,
}

/// `POST /v1/agents/:id/trigger`.
pub struct TriggerAgent;

impl Operation for TriggerAgent {
    const SPEC: Spec =
        Spec::act("trigger_agent", "runs", "/v1/agents/{id}/trigger", "agents:trigger", "Start a run of an agent now.")
            .effect(Effect::Outward)
            .fails(&[code::RESOURCE_NOT_FOUND, code::AGENT_INACTIVE, code::WRONG_STATE]);
    type Input = TriggerInput;
    type Output = Triggered;

    fn run(cx: &mut Context<'_, '_>, input: TriggerInput) -> Result<Triggered> {
        let native = json!({ "agent_id": input.id, "lead_ids": input.contact_ids });
        let run = within::<trigger_agent::TriggerAgent>(cx, native).map_err(|error| named(error, "id"))?;
        Ok(Triggered { job_id: JobId(run.id.0), run_id: run.id })
    }
}
