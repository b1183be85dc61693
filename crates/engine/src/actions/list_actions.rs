//! `list_actions`: actions by page, filtered by state, lead, sequence and agent.

use outrider_domain::id::{AgentId, LeadId, SequenceId};
use outrider_store::actions as rows;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::view::{self, Action};
use crate::context::Context;
use crate::error::Result;
use crate::operation::{Operation, Page, Spec};
use crate::page;
use crate::users::caller::sees_only;

/// Lists actions.
pub struct ListActions;

/// An action's state.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Waits for a person.
    PendingApproval,
    /// Will leave.
    Scheduled,
    /// Is being handed over.
    Sending,
    /// The provider took it.
    Delivered,
    /// It was definitely not delivered.
    Failed,
    /// It was ended before it left.
    Refused,
    /// It may or may not have left.
    Unknown,
}

impl State {
    const fn as_str(self) -> &'static str {
        match self {
            Self::PendingApproval => super::state::PENDING_APPROVAL,
            Self::Scheduled => super::state::SCHEDULED,
            Self::Sending => super::state::SENDING,
            Self::Delivered => super::state::DELIVERED,
            Self::Failed => super::state::FAILED,
            Self::Refused => super::state::REFUSED,
            Self::Unknown => super::state::UNKNOWN,
        }
    }
}

/// What to keep.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Input {
    /// Only this state.
    state: Option<State>,
    /// Only this lead's.
    lead_id: Option<LeadId>,
    /// Only this sequence's.
    sequence_id: Option<SequenceId>,
    /// Only this agent's.
    agent_id: Option<AgentId>,
    /// Rows on a page, 1 to 100.
    #[schemars(range(min = 1, max = 100))]
    limit: Option<i64>,
    /// `next_cursor` of the page before; absent or empty for the first page.
    cursor: Option<String>,
}

impl Operation for ListActions {
    const SPEC: Spec = Spec::list(
        "list_actions",
        "actions",
        "/actions",
        "actions:read",
        "List actions, newest first; `state=pending_approval` is the approval queue.",
    );
    type Input = Input;
    type Output = Page<Action>;

    fn run(cx: &mut Context<'_, '_>, input: Input) -> Result<Page<Action>> {
        let request = page::open(cx, Self::SPEC.name, input.limit, input.cursor.as_deref())?;
        let filter = rows::Filter {
            state: input.state.map(|state| state.as_str().to_owned()),
            lead: input.lead_id,
            sequence: input.sequence_id,
            agent: input.agent_id,
            owner: sees_only(cx)?,
        };
        let rows = rows::list(cx.tx, cx.project, &filter, request.before, request.fetch())?;
        let page = page::close(cx, &request, rows, |row| row.id.0, |row| row);
        let items = page.items.into_iter().map(|row| view::view(cx, row, true)).collect::<Result<_>>()?;
        Ok(Page { items, next_cursor: page.next_cursor })
    }
}
