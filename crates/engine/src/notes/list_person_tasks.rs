//! `list_person_tasks`: what people shall do, by page.

use outrider_domain::id::LeadId;
use outrider_store::notes as rows;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::PersonTask;
use crate::context::Context;
use crate::error::Result;
use crate::operation::{Operation, Page, Spec};
use crate::page;
use crate::users::caller::sees_only;

/// Lists tasks for people.
pub struct ListPersonTasks;

/// Where a task stands.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum TaskStatus {
    /// Not done yet.
    Open,
    /// Done.
    Done,
    /// Not to be done.
    Dismissed,
}

impl TaskStatus {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Done => "done",
            Self::Dismissed => "dismissed",
        }
    }
}

/// What a task is about.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum TaskKind {
    /// Anything.
    Task,
    /// A LinkedIn message to be sent by hand.
    Linkedin,
    /// A call to be made by hand.
    Call,
    /// An agent asks a person to take over.
    Escalation,
}

impl TaskKind {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Task => "task",
            Self::Linkedin => "linkedin",
            Self::Call => "call",
            Self::Escalation => "escalation",
        }
    }
}

/// What to keep.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Input {
    /// Only this status.
    status: Option<TaskStatus>,
    /// Only this kind.
    kind: Option<TaskKind>,
    /// Only about this lead.
    lead_id: Option<LeadId>,
    /// Rows on a page, 1 to 100.
    #[schemars(range(min = 1, max = 100))]
    limit: Option<i64>,
    /// `next_cursor` of the page before; absent or empty for the first page.
    cursor: Option<String>,
}

impl Operation for ListPersonTasks {
    const SPEC: Spec = Spec::list(
        "list_person_tasks",
        "person_tasks",
        "/person-tasks",
        "leads:read",
        "List what people shall do: tasks, LinkedIn messages to send by hand, calls for help.",
    );
    type Input = Input;
    type Output = Page<PersonTask>;

    fn run(cx: &mut Context<'_, '_>, input: Input) -> Result<Page<PersonTask>> {
        let request = page::open(cx, Self::SPEC.name, input.limit, input.cursor.as_deref())?;
        let filter = rows::TaskFilter {
            status: input.status.map(|status| status.as_str().to_owned()),
            lead: input.lead_id,
            kind: input.kind.map(|kind| kind.as_str().to_owned()),
            owner: sees_only(cx)?,
        };
        let found = rows::list_tasks(cx.tx, cx.project, &filter, request.before, request.fetch())?;
        Ok(page::close(cx, &request, found, |row| row.id.0, PersonTask::from))
    }
}
