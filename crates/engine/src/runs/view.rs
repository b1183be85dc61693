//! How runs look in answers: the run, its contacts with their details, each contact's decisions with their actions. Decides
//! nothing.

use std::collections::HashMap;

use outrider_domain::filter::Fact;
use outrider_domain::id::{ActionId, AgentId, LeadId, RunId};
use outrider_domain::time::Millis;
use outrider_store::actions as action_rows;
use outrider_store::leads::{self, Lead as LeadRow};
use outrider_store::runs::{self as rows, Run as Row, RunContact};
use outrider_store::{messages, texts};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::Inputs;
use crate::actions::view::{self, Action};
use crate::context::Context;
use crate::error::Result;
use crate::gates::snapshot::read_json;
use crate::leads::missing;

/// One pass of a playbook over contacts.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Run {
    /// Key.
    pub id: RunId,
    /// The agent.
    pub agent_id: AgentId,
    /// `call`, `schedule` or `event`.
    pub source: String,
    /// `queued`, `running`, `waiting`, `paused`, `completed`, `failed` or `cancelled`.
    pub status: String,
    /// Why it ended.
    pub reason: Option<String>,
    /// Who asked for it.
    pub requested_by: String,
    /// The version of the playbook that it follows, whatever was changed since.
    pub playbook_version: i64,
    /// The filter it began with.
    pub filter: String,
    /// What started it, such as the events' types.
    pub detail: Option<String>,
    /// Contacts looked at to find those it has.
    pub scanned: i64,
    /// Contacts it has.
    pub contacts: i64,
    /// Those not at their end.
    pub open_contacts: i64,
    /// When asked for.
    pub created_at: Millis,
    /// When its contacts were chosen.
    pub started_at: Option<Millis>,
    /// When it ended.
    pub finished_at: Option<Millis>,
}

/// One contact's part in a run.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Contact {
    /// The lead.
    pub lead_id: LeadId,
    /// Its name.
    pub name: String,
    /// Its address; null when it has none or was deleted.
    pub email: Option<String>,
    /// Its number.
    pub phone: Option<String>,
    /// Where it works.
    pub company: Option<String>,
    /// Its job title.
    pub role: Option<String>,
    /// Its stage.
    pub stage: Option<String>,
    /// `queued`, `active`, `waiting`, `completed`, `skipped`, `failed` or `cancelled`.
    pub status: String,
    /// Why.
    pub reason: Option<String>,
    /// Why it was chosen.
    pub facts: Vec<Fact>,
    /// When its next steps are planned.
    pub due_at: Option<Millis>,
    /// When its part ended.
    pub finished_at: Option<Millis>,
    /// What it answered last since its part began.
    pub reply: Option<Reply>,
    /// Every step decided for it; a step's place here never changes.
    pub decisions: Vec<Decision>,
}

/// What a contact answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Reply {
    /// What rules over its words took it for: `interested`, `not_interested`, `not_now`, `referral`, `wrong_person`, `out_of_office`,
    /// `opt_out`, `automatic` or `other`.
    pub class: String,
    /// `email` or `sms`.
    pub channel: &'static str,
    /// When it came.
    pub at: Millis,
}

/// One step decided for a contact.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Decision {
    /// Its place, from 0.
    pub position: i64,
    /// Key of the playbook's step.
    pub step: String,
    /// What is done, such as `email`.
    pub kind: String,
    /// `planned`, `proposed`, `skipped` or `cancelled`.
    pub status: String,
    /// Why.
    pub reason: String,
    /// What that rests on.
    pub facts: Vec<Fact>,
    /// The action, once proposed, with its content and digest.
    pub action: Option<Action>,
    /// What a skill found, once it has.
    pub output: Option<Value>,
    /// When decided.
    pub created_at: Millis,
    /// When changed.
    pub updated_at: Millis,
}

impl Run {
    /// From its row.
    ///
    /// # Errors
    /// When its inputs can't be read.
    pub fn of(row: Row) -> Result<Self> {
        let inputs = Inputs::of(&row)?;
        Ok(Self {
            id: row.id,
            agent_id: row.agent_id,
            source: row.source,
            status: if row.paused_at.is_some() && row.finished_at.is_none() { "paused".to_owned() } else { row.status },
            reason: row.reason,
            requested_by: row.requested_by,
            playbook_version: inputs.version,
            filter: inputs.filter,
            detail: inputs.detail,
            scanned: row.scanned,
            contacts: row.contacts,
            open_contacts: row.open_contacts,
            created_at: row.created_at,
            started_at: row.started_at,
            finished_at: row.finished_at,
        })
    }
}

/// An agent's runs by place, newest first, and how many there are.
///
/// # Errors
/// `resource_not_found` for an agent that is not there; others when the database fails.
pub fn runs_by_place(
    cx: &mut Context<'_, '_>,
    agent: AgentId,
    status: Option<&str>,
    limit: i64,
    offset: i64,
) -> Result<(Vec<Run>, i64)> {
    let agent =
        outrider_store::agents::get(cx.tx, cx.project, agent).map_err(|error| missing(error, "agent", "agent_id"))?;
    let (rows, total) = rows::page_of_agent(cx.tx, cx.project, agent.id, status, limit, offset)?;
    Ok((rows.into_iter().map(Run::of).collect::<Result<_>>()?, total))
}

/// Contacts with their details and decisions.
///
/// # Errors
/// When the database fails.
pub fn contacts(cx: &mut Context<'_, '_>, found: Vec<RunContact>) -> Result<Vec<Contact>> {
    let leads_of: Vec<LeadId> = found.iter().map(|contact| contact.lead_id).collect();
    let mut leads: HashMap<LeadId, LeadRow> =
        leads::get_many(cx.tx, cx.project, &leads_of)?.into_iter().map(|lead| (lead.id, lead)).collect();
    let ids: Vec<_> = found.iter().map(|contact| contact.id).collect();
    let mut decisions: HashMap<_, Vec<rows::Decision>> = HashMap::new();
    for decision in rows::decisions_of(cx.tx, cx.project, &ids)? {
        decisions.entry(decision.run_contact_id).or_default().push(decision);
    }
    let replies = replies_of(cx, &leads_of)?;
    let mut shown = Vec::with_capacity(found.len());
    for contact in found {
        let lead = leads.remove(&contact.lead_id);
        let own = decisions.remove(&contact.id).unwrap_or_default();
        let own = own.into_iter().map(|decision| decision_view(cx, decision)).collect::<Result<_>>()?;
        let (email, phone, company, role, stage, name) = match lead {
            Some(lead) => (lead.email, lead.phone, lead.company, lead.role, Some(lead.stage), lead.name),
            None => (None, None, None, None, None, contact.name),
        };
        shown.push(Contact {
            lead_id: contact.lead_id,
            name,
            email,
            phone,
            company,
            role,
            stage,
            status: contact.status,
            reason: contact.reason,
            facts: read_json(&contact.facts, "a contact's facts")?,
            due_at: contact.due_at,
            finished_at: contact.finished_at,
            reply: replies
                .get(&contact.lead_id)
                .and_then(|all| all.iter().filter(|reply| reply.at >= contact.created_at).max_by_key(|reply| reply.at))
                .cloned(),
            decisions: own,
        });
    }
    Ok(shown)
}

/// What leads answered by mail and text, as it was classified.
fn replies_of(cx: &mut Context<'_, '_>, leads: &[LeadId]) -> Result<HashMap<LeadId, Vec<Reply>>> {
    let mails = messages::classes_of(cx.tx, cx.project, leads)?.into_iter().map(|found| (found, "email"));
    let texts = texts::classes_of(cx.tx, cx.project, leads)?.into_iter().map(|found| (found, "sms"));
    let mut replies: HashMap<LeadId, Vec<Reply>> = HashMap::new();
    for ((lead, class, at), channel) in mails.chain(texts) {
        replies.entry(lead).or_default().push(Reply { class, channel, at });
    }
    Ok(replies)
}

fn decision_view(cx: &mut Context<'_, '_>, row: rows::Decision) -> Result<Decision> {
    let action = match row.action_id {
        Some(id) => Some(action_of(cx, id)?),
        None => None,
    };
    Ok(Decision {
        position: row.position,
        step: row.step,
        kind: row.kind,
        status: row.status,
        reason: row.reason,
        facts: read_json(&row.facts, "a decision's facts")?,
        action,
        output: row.output.as_deref().map(|json| read_json(json, "what a skill found")).transpose()?,
        created_at: row.created_at,
        updated_at: row.updated_at,
    })
}

fn action_of(cx: &mut Context<'_, '_>, id: ActionId) -> Result<Action> {
    let row = action_rows::get(cx.tx, cx.project, id)?;
    view::view(cx, row, true)
}
