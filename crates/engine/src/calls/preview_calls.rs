//! `preview_calls`: which leads an agent would call, which would be skipped or would wait, and why. Proposes nothing.

use std::collections::BTreeMap;

use outrider_domain::channel::Channel;
use outrider_domain::holidays::Holidays;
use outrider_domain::id::{ActionId, AgentId, LeadId};
use outrider_domain::time::Millis;
use outrider_domain::window::SendWindow;
use outrider_store::actions::Action;
use outrider_store::agents::Agent;
use outrider_store::leads::{self, Lead};
use outrider_store::{agents, identities};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::propose::Wishes;
use super::{propose, script};
use crate::actions::open::{Opening, row};
use crate::actions::slots::Wanted;
use crate::call_templates::no_template;
use crate::connected;
use crate::context::Context;
use crate::delivery::transports::AnyTransport;
use crate::error::{Error, Result, code};
use crate::gates::{Decision, decide};
use crate::leads::{Stage, missing};
use crate::operation::{Operation, Spec};
use crate::sequences::rotation::{self, Candidate};
use crate::sequences::tick;
use crate::users::caller::sees_only;

/// Previews calls.
pub struct PreviewCalls;

/// Most leads looked at.
const MOST: usize = 1_000;
/// Leads named per reason.
const NAMED: usize = 20;

/// Whom: `lead_ids`, or those a filter finds; and in whose name.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The agent that would speak.
    pub agent_id: AgentId,
    /// These leads, 1,000 at most.
    #[serde(default)]
    #[schemars(length(max = 1000))]
    pub lead_ids: Vec<LeadId>,
    /// Leads that fit, newest first, 1,000 at most.
    #[serde(default)]
    pub filter: Option<Filter>,
    /// Id of a call template; the agent's own when absent.
    #[serde(default)]
    pub template: Option<String>,
    /// Values for these calls, over the agent's.
    #[serde(default)]
    pub variables: BTreeMap<String, String>,
}

/// What leads must be.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Filter {
    /// Words that name, address or number contain.
    #[schemars(length(max = 200))]
    pub query: Option<String>,
    /// Only this stage.
    pub stage: Option<Stage>,
    /// Only this agent's.
    pub agent_id: Option<AgentId>,
}

/// What would become of the calls.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Output {
    /// Leads looked at.
    pub total: usize,
    /// Calls that would be dialled at once, as far as lines allow.
    pub now: usize,
    /// Calls that would wait, by gate.
    pub waiting: Vec<Group>,
    /// Leads that would never be called, by reason.
    pub skipped: Vec<Group>,
    /// Credits that would be set aside.
    pub cost: i64,
    /// Whether the filter finds more leads than were looked at.
    pub more: bool,
}

/// Leads with one fate.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Group {
    /// The gate, or the stable code of a refusal.
    pub reason: String,
    /// Why, of the first of them.
    pub because: String,
    /// How many.
    pub count: usize,
    /// When the first of them could be called, as far as time alone decides.
    pub opens_at: Option<Millis>,
    /// The first of them, 20 at most.
    pub leads: Vec<LeadId>,
}

impl Operation for PreviewCalls {
    const SPEC: Spec = Spec::act("preview_calls", "calls", "/agents/{agent_id}/preview-calls", "calls:read", "See which leads an agent would call now, later or never, and why.")
        .describe("Looks through every gate for each lead and proposes nothing. Approval is not asked for: a policy that wants a person shows as waiting.")
        .effect(crate::operation::Effect::Read)
        .natural()
        .fails(&[code::RESOURCE_NOT_FOUND]);
    type Input = Input;
    type Output = Output;

    fn run(cx: &mut Context<'_, '_>, input: Input) -> Result<Output> {
        let agent =
            agents::get(cx.tx, cx.project, input.agent_id).map_err(|error| missing(error, "agent", "agent_id"))?;
        if let Some(id) = &input.template
            && cx.core.catalog()?.get(id).is_none()
        {
            return Err(no_template(cx.core.catalog()?, id).at("template"));
        }
        let (leads, gone, more) = chosen(cx, &input)?;
        let wishes = Wishes { template: input.template, variables: input.variables, ..Wishes::default() };
        let mut preview = Preview {
            batch: tick::Batch::default(),
            numbers: rotation::candidates(cx, Channel::Call, &[], Some(agent.id))?,
            agent,
            wishes,
            output: Output {
                total: leads.len() + gone.len(),
                now: 0,
                waiting: Vec::new(),
                skipped: Vec::new(),
                cost: 0,
                more,
            },
        };
        for lead in gone {
            add(&mut preview.output.skipped, "not_found", "there is no such lead", None, lead);
        }
        for lead in &leads {
            preview.look_at(cx, lead)?;
        }
        Ok(preview.output)
    }
}

/// The leads asked for, those that are not there, and whether there are more.
fn chosen(cx: &mut Context<'_, '_>, input: &Input) -> Result<(Vec<Lead>, Vec<LeadId>, bool)> {
    match (&input.filter, input.lead_ids.is_empty()) {
        (None, true) => Err(Error::invalid("lead_ids", "Name leads, or give a filter.")),
        (Some(_), false) => Err(Error::invalid("filter", "Name leads or give a filter, not both.")),
        (None, false) => {
            if input.lead_ids.len() > MOST {
                return Err(Error::invalid("lead_ids", format!("At most {MOST} leads at once.")));
            }
            let mut ids = input.lead_ids.clone();
            ids.sort_unstable();
            ids.dedup();
            let found = leads::get_many(cx.tx, cx.project, &ids)?;
            ids.retain(|id| found.iter().all(|lead| lead.id != *id));
            Ok((found, ids, false))
        }
        (Some(filter), true) => {
            let filter = leads::Filter {
                query: filter.query.clone(),
                stage: filter.stage.map(|stage| stage.as_str().to_owned()),
                agent: filter.agent_id,
                has_meeting: None,
                owner: sees_only(cx)?,
            };
            let most = i64::try_from(MOST).unwrap_or(i64::MAX);
            let mut found = leads::list(cx.tx, cx.project, &filter, i64::MAX, most + 1)?;
            let more = found.len() > MOST;
            found.truncate(MOST);
            Ok((found, Vec::new(), more))
        }
    }
}

struct Preview {
    batch: tick::Batch,
    numbers: Vec<Candidate>,
    agent: Agent,
    wishes: Wishes,
    output: Output,
}

impl Preview {
    fn look_at(&mut self, cx: &mut Context<'_, '_>, lead: &Lead) -> Result<()> {
        let sender = rotation::choose(&mut self.numbers, lead);
        let (action, discloses) = self.imagine(cx, lead, sender.as_ref())?;
        let mut snapshot = self.batch.gatherer.snapshot(cx, &action, &AnyTransport)?;
        if let Some(call) = snapshot.call.as_mut() {
            call.discloses = discloses;
        }
        match decide(&snapshot, cx.now) {
            Decision::Go => self.output.now += 1,
            Decision::Hold { gate, because, until } => {
                add(&mut self.output.waiting, gate, &because, until, lead.id);
            }
            Decision::Refuse { code, because, .. } => {
                add(&mut self.output.skipped, code, &because, None, lead.id);
                return Ok(());
            }
        }
        self.output.cost += action.cost;
        Ok(())
    }

    /// The action as it would be, and whether it would begin with the disclosure.
    fn imagine(
        &mut self,
        cx: &mut Context<'_, '_>,
        lead: &Lead,
        sender: Option<&identities::Identity>,
    ) -> Result<(Action, bool)> {
        let id = ActionId(cx.id());
        let number = sender.map(|identity| (identity.id, identity.address.clone()));
        let call = propose::draft(cx, id, lead, &self.agent, number, self.wishes.clone())?;
        let built = script::build(cx, &call, Some(&self.agent), lead)?;
        let autonomy = connected::autonomy(cx, &mut self.batch.gatherer, Some(self.agent.id), Channel::Call)?;
        let zone = tick::zone_of(cx, &mut self.batch, lead)?;
        let opening = Opening {
            id,
            kind: propose::KIND,
            channel: Channel::Call.as_str(),
            cause: format!("call:{id}"),
            lead,
            agent: Some(self.agent.id),
            identity: call.identity_id,
            origin: None,
            step: None,
            message: None,
            decision: None,
            content: None,
            digest: String::new(),
            problems: &built.problems,
            autonomy,
            proposed_by: None,
            wanted: Wanted { earliest: cx.now, window: SendWindow::always(), zone, holidays: Holidays::default() },
            cost: propose::cost(cx, call.estimated_minutes),
            about: "",
        };
        let mut action = row(cx, &opening)?;
        action.problems = json!(built.problems).to_string();
        Ok((action, built.discloses))
    }
}

fn add(groups: &mut Vec<Group>, reason: &str, because: &str, opens_at: Option<Millis>, lead: LeadId) {
    let at = match groups.iter().position(|group| group.reason == reason) {
        Some(at) => at,
        None => {
            let (reason, because) = (reason.to_owned(), because.to_owned());
            groups.push(Group { reason, because, count: 0, opens_at, leads: Vec::new() });
            groups.len() - 1
        }
    };
    let group = &mut groups[at];
    group.count += 1;
    group.opens_at = match (group.opens_at, opens_at) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    };
    if group.leads.len() < NAMED {
        group.leads.push(lead);
    }
}
