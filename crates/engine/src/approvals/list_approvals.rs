//! `list_approvals`: what waits for a person, over all agents, with who it is about and why it was proposed.

use std::collections::HashMap;

use outrider_domain::id::{AgentId, LeadId};
use outrider_store::{actions as rows, agents, leads};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::actions::view::{self, Action};
use crate::context::Context;
use crate::error::Result;
use crate::operation::{Operation, Page, Spec};
use crate::page;
use crate::users::caller::sees_only;

/// Lists approvals.
pub struct ListApprovals;

/// What to keep.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Input {
    /// Only this agent's.
    agent_id: Option<AgentId>,
    /// Rows on a page, 1 to 100.
    #[schemars(range(min = 1, max = 100))]
    limit: Option<i64>,
    /// `next_cursor` of the page before; absent or empty for the first page.
    cursor: Option<String>,
}

/// An action that waits, with who it is about.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Approval {
    /// The action with its content, digest, reason and facts.
    #[serde(flatten)]
    pub action: Action,
    /// The lead's name; null when it was deleted.
    pub lead_name: Option<String>,
    /// Where the lead works.
    pub lead_company: Option<String>,
    /// The agent's name; null when there is none.
    pub agent_name: Option<String>,
}

impl Operation for ListApprovals {
    const SPEC: Spec = Spec::list(
        "list_approvals",
        "approvals",
        "/approvals",
        "actions:read",
        "List what waits for a person's yes, newest first, with its reasons.",
    );
    type Input = Input;
    type Output = Page<Approval>;

    fn run(cx: &mut Context<'_, '_>, input: Input) -> Result<Page<Approval>> {
        let request = page::open(cx, Self::SPEC.name, input.limit, input.cursor.as_deref())?;
        let owner = sees_only(cx)?;
        let found = rows::waiting(cx.tx, cx.project, input.agent_id, owner, request.before, request.fetch())?;
        let page = page::close(cx, &request, found, |row| row.id.0, |row| row);
        let ids: Vec<LeadId> = page.items.iter().map(|row| row.lead_id).collect();
        let leads: HashMap<LeadId, leads::Lead> =
            leads::get_many(cx.tx, cx.project, &ids)?.into_iter().map(|lead| (lead.id, lead)).collect();
        let mut names: HashMap<AgentId, Option<String>> = HashMap::new();
        let mut items = Vec::with_capacity(page.items.len());
        for row in page.items {
            let lead = leads.get(&row.lead_id);
            let agent_name = match row.agent_id {
                Some(id) => match names.get(&id) {
                    Some(known) => known.clone(),
                    None => {
                        let name = match agents::get(cx.tx, cx.project, id) {
                            Ok(agent) => Some(agent.name),
                            Err(outrider_store::Error::NotFound) => None,
                            Err(other) => return Err(other.into()),
                        };
                        names.insert(id, name.clone());
                        name
                    }
                },
                None => None,
            };
            items.push(Approval {
                lead_name: lead.map(|lead| lead.name.clone()),
                lead_company: lead.and_then(|lead| lead.company.clone()),
                agent_name,
                action: view::view(cx, row, true)?,
            });
        }
        Ok(Page { items, next_cursor: page.next_cursor })
    }
}
