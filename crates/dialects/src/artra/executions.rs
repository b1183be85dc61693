//! Executions as ARTRA shows them: a run of a workflow, and where each of the seller's contacts stands in it. Changes none.

use outrider_domain::id::{ActionId, AgentId, LeadId, RunContactId, RunId};
use outrider_domain::time::Millis;
use outrider_engine::Result;
use outrider_engine::context::Context;
use outrider_engine::error::{Error, code};
use outrider_engine::operation::{Operation, Spec, within};
use outrider_engine::runs::get_run::GetRun;
use outrider_engine::runs::sort_out::is_of_owner;
use outrider_engine::runs::view;
use outrider_engine::users::caller::sees_only;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::sequences::plain;

/// An execution.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Execution {
    /// Key.
    id: RunId,
    /// The workflow.
    workflow_id: AgentId,
    /// The version of the workflow that it follows, whatever was changed since.
    workflow_version: i64,
    /// `queued`, `running`, `waiting`, `paused`, `completed`, `failed` or `cancelled`.
    status: String,
    /// Why it ended.
    reason: Option<String>,
    /// Whether nothing more will happen.
    finished: bool,
    /// Contacts it has.
    contacts_total: i64,
    /// Those not at their end.
    contacts_open: i64,
    /// Where the seller's contacts stand, in the order they were named.
    contacts: Vec<ExecutionContact>,
    /// Give this as `after` for more contacts; null at the end.
    next_after: Option<RunContactId>,
    /// When asked for.
    created_at: Millis,
    /// When its contacts were taken up.
    started_at: Option<Millis>,
    /// When it ended.
    finished_at: Option<Millis>,
}

/// Where a contact stands.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ExecutionContact {
    /// The contact.
    contact_id: LeadId,
    /// Display name.
    name: String,
    /// `queued`, `active`, `waiting`, `completed`, `skipped`, `failed` or `cancelled`.
    status: String,
    /// Why; while a step is held, what holds it.
    reason: Option<String>,
    /// When its next steps come.
    next_at: Option<Millis>,
    /// What it answered last since its part began; null when nothing came.
    reply: Option<view::Reply>,
    /// What was decided for it, in order.
    steps: Vec<ExecutionStep>,
}

/// One step for one contact.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ExecutionStep {
    /// Key of the workflow's step.
    step: String,
    /// What is done, such as `email`.
    kind: String,
    /// `planned`, `skipped` or `cancelled`; once proposed, the state of its action: `pending_approval`, `scheduled`, `sending`,
    /// `delivered`, `failed`, `refused` or `unknown`.
    status: String,
    /// Why it was decided.
    reason: String,
    /// What holds its action, or why that ended as it did, in words; null while nothing is in its way.
    detail: Option<String>,
    /// The action, once there is one.
    action_id: Option<ActionId>,
    /// When it leaves, is done by, or was done.
    at: Option<Millis>,
    /// What a skill found, once it has; null for other steps.
    output: Option<Value>,
}

impl From<view::Decision> for ExecutionStep {
    fn from(decision: view::Decision) -> Self {
        let (status, detail, action_id, at) = match decision.action {
            Some(action) => {
                let ended = action.detail.or(action.reason);
                let detail = if action.finished_at.is_some() { ended } else { action.hold_reason.or(ended) };
                (action.state, detail, Some(action.id), action.finished_at.or(action.due_at))
            }
            None => (decision.status, None, None, None),
        };
        Self {
            detail,
            step: decision.step,
            kind: decision.kind,
            status,
            reason: decision.reason,
            action_id,
            at,
            output: decision.output,
        }
    }
}

impl From<view::Contact> for ExecutionContact {
    fn from(contact: view::Contact) -> Self {
        let steps: Vec<ExecutionStep> = contact.decisions.into_iter().map(ExecutionStep::from).collect();
        let open = |step: &&ExecutionStep| matches!(step.status.as_str(), "pending_approval" | "scheduled" | "unknown");
        Self {
            contact_id: contact.lead_id,
            name: contact.name,
            status: contact.status,
            reason: contact.reason.or_else(|| steps.iter().find(open).and_then(|step| step.detail.clone())),
            next_at: contact.due_at,
            reply: contact.reply,
            steps,
        }
    }
}

/// Which execution, and which of its contacts.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct GetInput {
    /// The execution.
    id: String,
    /// Contacts shown, 1 to 1,000; 100 when absent.
    #[serde(default)]
    #[schemars(range(min = 1, max = 1_000))]
    limit: Option<i64>,
    /// Only contacts after `next_after` of the answer before.
    #[serde(default)]
    after: Option<RunContactId>,
}

/// `GET /api/v1/agent/executions/{id}`.
pub struct GetExecution;

impl Operation for GetExecution {
    const SPEC: Spec = Spec::get(
        "get_execution",
        "executions",
        "/api/v1/agent/executions/{id}",
        "outreach:run",
        "Poll an execution: its state, and where each contact stands.",
    )
    .fails(&[code::RESOURCE_NOT_FOUND]);
    type Input = GetInput;
    type Output = Execution;

    fn run(cx: &mut Context<'_, '_>, input: GetInput) -> Result<Execution> {
        let missing = || Error::new(code::RESOURCE_NOT_FOUND, "There is no such execution.");
        let id: RunId = input.id.parse().map_err(|_| missing())?;
        let owner = sees_only(cx)?;
        if let Some(owner) = owner
            && !is_of_owner(cx, id, owner).map_err(|error| plain(error, missing))?
        {
            return Err(missing());
        }
        let asked = json!({ "run_id": id, "contacts": input.limit, "after": input.after });
        let found = within::<GetRun>(cx, asked).map_err(|error| plain(error, missing))?;
        let run = found.run;
        Ok(Execution {
            contacts: found.run_contacts.into_iter().map(ExecutionContact::from).collect(),
            next_after: found.next_contact,
            id: run.id,
            workflow_id: run.agent_id,
            workflow_version: run.playbook_version,
            finished: run.finished_at.is_some(),
            status: run.status,
            reason: run.reason,
            contacts_total: run.contacts,
            contacts_open: run.open_contacts,
            created_at: run.created_at,
            started_at: run.started_at,
            finished_at: run.finished_at,
        })
    }
}
