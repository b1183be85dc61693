//! `get_run`: one run with its contacts, their details and every decision.

use outrider_domain::id::{LeadId, RunContactId, RunId};
use outrider_store::runs as rows;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::view::{Contact, Run, contacts};
use crate::context::Context;
use crate::error::{Error, Result, code};
use crate::leads::missing;
use crate::operation::{Operation, Spec};
use crate::users::caller::sees_only;

/// Gets a run.
pub struct GetRun;

/// Contacts shown when nothing is said.
const SHOWN: i64 = 100;

/// Which, and which of its contacts.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The run.
    run_id: RunId,
    /// Contacts shown, 1 to 1,000; 100 when absent.
    #[serde(default)]
    #[schemars(range(min = 1, max = 1_000))]
    contacts: Option<i64>,
    /// Only contacts after this one, `next_contact` of the answer before.
    #[serde(default)]
    after: Option<RunContactId>,
    /// Contacts passed over, for lists by page.
    #[serde(default)]
    #[schemars(range(min = 0))]
    offset: Option<i64>,
    /// Only this lead.
    #[serde(default)]
    lead_id: Option<LeadId>,
}

/// A run and its contacts.
#[derive(Debug, Serialize, JsonSchema)]
pub struct RunDetail {
    /// The run.
    #[serde(flatten)]
    pub run: Run,
    /// What it follows, as text.
    pub playbook_md: Option<String>,
    /// Its contacts, in the order they were chosen.
    pub run_contacts: Vec<Contact>,
    /// Give this as `after` for more contacts; null at the end.
    pub next_contact: Option<RunContactId>,
}

impl Operation for GetRun {
    const SPEC: Spec = Spec::get(
        "get_run",
        "runs",
        "/runs/{run_id}",
        "agents:read",
        "Get a run with its contacts and their decisions.",
    )
    .fails(&[code::RESOURCE_NOT_FOUND]);
    type Input = Input;
    type Output = RunDetail;

    fn run(cx: &mut Context<'_, '_>, input: Input) -> Result<RunDetail> {
        let row = rows::get(cx.tx, cx.project, input.run_id).map_err(|error| missing(error, "run", "run_id"))?;
        let limit = input.contacts.unwrap_or(SHOWN);
        if !(1..=1_000).contains(&limit) {
            return Err(Error::invalid("contacts", "contacts is 1 to 1,000."));
        }
        let mut found = match input.lead_id {
            Some(lead) => rows::find_contact(cx.tx, cx.project, row.id, lead)?.into_iter().collect(),
            None => {
                let page = (limit + 1, input.offset.unwrap_or(0));
                let owner = sees_only(cx)?;
                rows::contacts(cx.tx, cx.project, row.id, owner, input.after.map_or(0, |id| id.0), page)?
            }
        };
        let most = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = found.len() > most;
        found.truncate(most);
        let next_contact = if more { found.last().map(|contact| contact.id) } else { None };
        let playbook_md = super::Inputs::of(&row)?.playbook_md;
        Ok(RunDetail { run_contacts: contacts(cx, found)?, run: Run::of(row)?, playbook_md, next_contact })
    }
}
