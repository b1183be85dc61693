//! Workflows as ARTRA shows them: agents with a playbook, and starting one for named contacts. Decides nothing.

use outrider_domain::id::{AgentId, LeadId, RunId};
use outrider_domain::time::Millis;
use outrider_engine::context::Context;
use outrider_engine::error::{Error, code};
use outrider_engine::leads::by_place::seen;
use outrider_engine::operation::{Effect, Operation, Spec, within};
use outrider_engine::playbooks::followers_by_place;
use outrider_engine::runs::sort_out::{cost_of_contact, sort_out, version_of};
use outrider_engine::runs::trigger_agent;
use outrider_engine::users::caller::sees_only;
use outrider_engine::{Result, agents};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::paging::place;
use super::sequences::{Cost, ListInput, Named, Skipped, cost_of, plain, words};

/// A workflow.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Workflow {
    /// Key.
    id: AgentId,
    /// Display name.
    name: String,
    /// What it is for.
    description: Option<String>,
    /// `active`, or `inactive` when it can't be started.
    status: &'static str,
    /// Counts changes of the definition; an execution keeps the one it began with.
    version: i64,
    /// What is done for each contact, in order.
    steps: Vec<WorkflowStep>,
    /// When made.
    created_at: Millis,
    /// When changed.
    updated_at: Millis,
}

/// One step of a workflow.
#[derive(Debug, Serialize, JsonSchema)]
pub struct WorkflowStep {
    /// Unique in the workflow.
    key: String,
    /// What is done, such as `email`, `call`, `task`.
    kind: String,
    /// How long after the steps before, such as `2d`.
    after: String,
    /// The condition under which it is done; null for always.
    when: Option<String>,
    /// The skill that works, such as `research`; null for other kinds.
    skill: Option<String>,
}

impl From<agents::Agent> for Workflow {
    fn from(agent: agents::Agent) -> Self {
        let part = agent.playbook;
        let enabled = agent.active && part.as_ref().is_some_and(|part| part.enabled);
        let updated_at = part.as_ref().map_or(agent.updated_at, |part| part.updated_at.max(agent.updated_at));
        let version = part.as_ref().map_or(1, |part| part.version);
        let (description, structure) = part.map(|part| (part.description, part.structure)).unwrap_or_default();
        let steps = structure.map(|structure| structure.steps).unwrap_or_default();
        Self {
            id: agent.id,
            name: agent.name,
            description,
            status: if enabled { "active" } else { "inactive" },
            version,
            steps: steps
                .into_iter()
                .map(|step| WorkflowStep {
                    key: step.key,
                    kind: step.kind.to_string(),
                    after: step.after.to_string(),
                    when: step.when,
                    skill: step.skill,
                })
                .collect(),
            created_at: agent.created_at,
            updated_at,
        }
    }
}

/// A page of workflows.
#[derive(Debug, Serialize, JsonSchema)]
pub struct WorkflowsPage {
    /// Newest first.
    workflows: Vec<Workflow>,
    /// How many there are altogether.
    total: i64,
    /// As asked.
    limit: i64,
    /// As asked.
    offset: i64,
}

/// `GET /api/v1/agent/workflows`.
pub struct ListWorkflows;

impl Operation for ListWorkflows {
    const SPEC: Spec = Spec::get(
        "list_workflows",
        "workflows",
        "/api/v1/agent/workflows",
        "outreach:run",
        "List outreach workflows with their steps, newest first.",
    );
    type Input = ListInput;
    type Output = WorkflowsPage;

    fn run(cx: &mut Context<'_, '_>, input: ListInput) -> Result<WorkflowsPage> {
        let (limit, offset) = place(input.limit, input.offset);
        let (found, total) = followers_by_place(cx, limit, offset)?;
        Ok(WorkflowsPage { workflows: found.into_iter().map(Workflow::from).collect(), total, limit, offset })
    }
}

/// Which workflow, and for whom.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StartInput {
    /// The workflow.
    id: String,
    /// The contacts it is started for.
    #[schemars(length(min = 1, max = 1_000))]
    contact_ids: Vec<LeadId>,
}

/// What is started, for whom and for whom not, and what it costs.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Started {
    /// The workflow.
    workflow_id: AgentId,
    /// The execution to poll; null in a preview, and when nobody is left to start it for.
    execution_id: Option<RunId>,
    /// Where the execution stands; null without one.
    status: Option<String>,
    /// How many it is started for.
    started_count: usize,
    /// Whom it is started for.
    started: Vec<Named>,
    /// How many are skipped.
    skipped_count: usize,
    /// Who is skipped.
    skipped: Vec<Skipped>,
    /// What it costs.
    cost: Cost,
}

/// `POST /api/v1/agent/workflows/{id}/start`.
pub struct StartWorkflow;

impl Operation for StartWorkflow {
    const SPEC: Spec = Spec::act(
        "start_workflow",
        "workflows",
        "/api/v1/agent/workflows/{id}/start",
        "outreach:run",
        "Start a workflow for contacts.",
    )
    .describe("Nothing is done unless dry_run is false: the preview names who it would be started for, who would be skipped and why, the cost, and a digest. With that digest as plan_digest the commit is refused if anything has changed since. What it sends waits for a person where the workspace's policy says so.")
    .effect(Effect::Outward)
    .previews()
    .fails(&[code::RESOURCE_NOT_FOUND, code::AGENT_INACTIVE, code::WRONG_STATE, code::PLAN_CHANGED]);
    type Input = StartInput;
    type Output = Started;

    fn run(cx: &mut Context<'_, '_>, input: StartInput) -> Result<Started> {
        let missing = || Error::new(code::RESOURCE_NOT_FOUND, "There is no such workflow.");
        let id: AgentId = input.id.parse().map_err(|_| missing())?;
        let owner = sees_only(cx)?;
        let known = seen(cx, owner, &input.contact_ids)?;
        let sorted = sort_out(cx, id, &input.contact_ids, &known).map_err(|error| named(plain(error, missing)))?;
        // What the contacts get is part of what a preview shows, so its digest is of that too.
        let version = version_of(cx, id)?;
        cx.plan.push(json!({ "workflow": id, "version": version }));
        let (mut started, mut skipped, mut ids) = (Vec::new(), Vec::new(), Vec::new());
        for each in sorted {
            match each.skipped {
                None => {
                    cx.plan.push(json!({ "start": each.lead }));
                    ids.push(each.lead);
                    started.push(Named { contact_id: each.lead, name: each.name, email: each.email });
                }
                Some(reason) => {
                    cx.plan.push(json!({ "skip": each.lead, "reason": reason }));
                    let name = Some(each.name).filter(|name| !name.is_empty());
                    let skip =
                        Skipped { contact_id: each.lead, name, reason: reason.to_owned(), message: words(reason) };
                    skipped.push(skip);
                }
            }
        }
        let each = cost_of_contact(cx, id)?;
        let cost = cost_of(cx, each, started.len())?;
        let run = if ids.is_empty() {
            None
        } else {
            let asked = json!({ "agent_id": id, "lead_ids": ids });
            Some(within::<trigger_agent::TriggerAgent>(cx, asked).map_err(|error| named(plain(error, missing)))?)
        };
        Ok(Started {
            workflow_id: id,
            execution_id: run.as_ref().map(|run| run.id),
            status: run.map(|run| run.status),
            started_count: started.len(),
            started,
            skipped_count: skipped.len(),
            skipped,
            cost,
        })
    }
}

/// What stands in the way, in the words of this API.
fn named(error: Error) -> Error {
    let message = error.message.replace("This agent", "This workflow");
    Error { message, field: error.field.filter(|field| field != "agent_id"), ..error }
}
