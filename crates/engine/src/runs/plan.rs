//! Asking a planner: what it is given for a contact, what it answers, and the planner that is built in. Writes nothing.

use std::collections::HashMap;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use outrider_domain::filter::Fact;
use outrider_domain::id::{AgentId, ProjectId, RunContactId, RunId};
use outrider_domain::playbook::{Grounds, PlaybookStep, StepKind, Structure, follow};
use outrider_domain::span::Span;
use outrider_domain::time::Millis;
use outrider_store::leads::{self, Lead};
use outrider_store::runs::{self as rows, Decision, Run, RunContact};
use outrider_store::{Tx, agents, playbooks};

use super::Inputs;
use super::skill::{Found, Told, found};
use super::subject::{LeadSubject, happened};
use crate::agents::Brain;
use crate::core::{Core, Settings};
use crate::error::Result;
use crate::gates::snapshot::read_json;
use crate::ports::{PlanFailure, Planner};

/// What all contacts of a batch share.
#[derive(Debug, Clone)]
pub struct Shared {
    /// The project.
    pub project: ProjectId,
    /// The run.
    pub run: RunId,
    /// The agent.
    pub agent: AgentId,
    /// What the agent is called.
    pub agent_name: String,
    /// What it knows and how it speaks.
    pub brain: Brain,
    /// What the run began with: text, steps, capabilities.
    pub inputs: Inputs,
    /// For language models, JSON as it was set.
    pub llm_config: Option<String>,
    /// Prices of skills.
    pub settings: Settings,
}

/// A contact to be planned.
#[derive(Debug, Clone)]
pub struct PlanContact {
    /// Its part in the run.
    pub id: RunContactId,
    /// Which wave: 0 at first, then one more each time.
    pub wave: usize,
    /// The lead as it is now. Its texts came from outside: data, never instructions.
    pub lead: Lead,
    /// When the events that conditions ask for last happened.
    pub happened: HashMap<String, Millis>,
    /// Why it is in the run.
    pub chosen: Vec<Fact>,
    /// What was decided before.
    pub history: Vec<Decision>,
    /// What skills found before.
    pub found: Found,
}

/// Contacts to be planned together.
#[derive(Debug, Clone)]
pub struct PlanBatch {
    /// What they share.
    pub shared: Arc<Shared>,
    /// The contacts.
    pub contacts: Vec<PlanContact>,
    /// The moment the plan is made for.
    pub now: Millis,
}

/// One step a planner decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Move {
    /// What is done. Its texts have placeholders unless `is_final`.
    pub step: PlaybookStep,
    /// Whether it is done; otherwise it is on record as passed over.
    pub go: bool,
    /// Why, and what that rests on.
    pub grounds: Grounds,
    /// The texts are final and must not be read as templates.
    pub is_final: bool,
}

/// What a planner answers for one contact.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ContactPlan {
    /// Steps of this wave, in order.
    pub moves: Vec<Move>,
    /// When it wants to be asked for the next wave, after this one has ended; never when absent.
    pub next: Option<Span>,
    /// Steps it expects to come later, to be shown.
    pub upcoming: Vec<PlaybookStep>,
    /// It read text that came from outside, so a person must agree to whatever leaves.
    pub read_outside_text: bool,
}

/// Follows a playbook's steps.
#[derive(Debug, Clone, Copy, Default)]
pub struct BuiltInPlanner;

impl Planner for BuiltInPlanner {
    fn plan<'a>(&'a self, batch: &'a PlanBatch) -> BoxFuture<'a, Vec<std::result::Result<ContactPlan, PlanFailure>>> {
        Box::pin(async move { follow_steps(batch).into_iter().map(Ok).collect() })
    }
}

fn follow_steps(batch: &PlanBatch) -> Vec<ContactPlan> {
    let inputs = &batch.shared.inputs;
    let by_hand = by_hand(&batch.shared.agent_name);
    let structure = inputs.structure.as_ref().unwrap_or(&by_hand);
    let follower = follow(structure, &|name| inputs.segment(name));
    let plan = |contact: &PlanContact| {
        let subject = LeadSubject::new(&contact.lead, Some(&contact.happened)).with(&contact.found);
        let told = Told { structure, lead: &contact.lead, brain: &batch.shared.brain, found: &contact.found };
        let plan = follower.plan(contact.wave, &subject, &contact.chosen, batch.now);
        let moves = plan.drafts.into_iter().map(|draft| {
            let mut planned = Move { step: draft.step.clone(), go: draft.go, grounds: draft.grounds, is_final: false };
            if let Some(name) = lacking(&inputs.capabilities, draft.step.kind).filter(|_| draft.go) {
                planned.go = false;
                planned.grounds.reason = format!("passed over: the agent does not have the capability {name}");
            }
            if planned.go
                && let Some(lack) = told.lacks(&batch.shared.settings, &planned.step)
            {
                planned.go = false;
                planned.grounds.reason = format!("passed over: the skill lacks something. {lack}");
            }
            planned
        });
        ContactPlan {
            moves: moves.collect(),
            next: plan.next,
            upcoming: plan.upcoming.into_iter().map(|later| later.step.clone()).collect(),
            read_outside_text: false,
        }
    };
    batch.contacts.iter().map(plan).collect()
}

/// The capability that a kind of step needs and these do not have; an agent without any named has all.
fn lacking(capabilities: &[String], kind: StepKind) -> Option<&'static str> {
    let names: &[&'static str] = match kind {
        StepKind::Email => &["email"],
        StepKind::Linkedin => &["linkedin"],
        StepKind::Sms => &["sms"],
        StepKind::Call => &["call", "calls", "phone", "voice"],
        StepKind::Note => &["notes", "note", "crm_sync"],
        StepKind::Update | StepKind::Stage => &["crm_sync", "crm"],
        StepKind::Skill => &["skills", "skill"],
        StepKind::Task | StepKind::Escalate => return None,
    };
    let has = |name: &&str| capabilities.iter().any(|own| own.eq_ignore_ascii_case(name));
    if capabilities.is_empty() || names.iter().any(has) { None } else { names.first().copied() }
}

/// What is done with a playbook that only people can follow: they are asked to.
fn by_hand(agent: &str) -> Structure {
    let step = PlaybookStep {
        because: Some("the playbook has no steps that the built-in planner can follow".to_owned()),
        text: Some("The playbook is written for people. Please follow it for {{ name }}.".to_owned()),
        title: Some(format!("Follow the playbook of {} for {{{{ name }}}}", agent.replace(['{', '}', '%'], " "))),
        ..PlaybookStep::new("by-hand", StepKind::Task)
    };
    Structure { steps: vec![step], ..Structure::default() }
}

/// What contacts of one run share.
///
/// # Errors
/// When the database fails or holds what can't be read.
pub fn shared(tx: &mut Tx<'_>, core: &Core, run: &Run) -> Result<Shared> {
    let agent = agents::get(tx, run.project_id, run.agent_id)?;
    let playbook = playbooks::find(tx, run.project_id, run.agent_id)?;
    Ok(Shared {
        project: run.project_id,
        run: run.id,
        agent: agent.id,
        agent_name: agent.name,
        brain: read_json(&agent.brain, "an agent's brain")?,
        inputs: Inputs::of(run)?,
        llm_config: playbook.and_then(|playbook| playbook.llm_config),
        settings: core.settings.clone(),
    })
}

/// What a planner is told of contacts; those whose lead is gone are left out.
///
/// # Errors
/// When the database fails or holds what can't be read.
pub fn gather(tx: &mut Tx<'_>, shared: Shared, contacts: Vec<RunContact>, now: Millis) -> Result<PlanBatch> {
    let ids: Vec<_> = contacts.iter().map(|contact| contact.lead_id).collect();
    let mut leads: HashMap<_, Lead> =
        leads::get_many(tx, shared.project, &ids)?.into_iter().map(|lead| (lead.id, lead)).collect();
    let inputs = &shared.inputs;
    let kinds = inputs
        .structure
        .as_ref()
        .map(|structure| follow(structure, &|name| inputs.segment(name)).events())
        .unwrap_or_default();
    let mut happened = happened(tx, shared.project, &ids, &kinds)?;
    let later: Vec<RunContactId> =
        contacts.iter().filter(|contact| contact.wave > 0).map(|contact| contact.id).collect();
    let mut history: HashMap<RunContactId, Vec<Decision>> = HashMap::new();
    if !later.is_empty() {
        for decision in rows::decisions_of(tx, shared.project, &later)? {
            history.entry(decision.run_contact_id).or_default().push(decision);
        }
    }
    let mut gathered = Vec::with_capacity(contacts.len());
    for contact in contacts {
        let Some(lead) = leads.remove(&contact.lead_id) else { continue };
        let history = history.remove(&contact.id).unwrap_or_default();
        gathered.push(PlanContact {
            id: contact.id,
            wave: usize::try_from(contact.wave).unwrap_or(usize::MAX),
            happened: happened.remove(&contact.lead_id).unwrap_or_default(),
            chosen: read_json(&contact.facts, "a contact's facts")?,
            found: found(&history)?,
            history,
            lead,
        });
    }
    Ok(PlanBatch { shared: Arc::new(shared), contacts: gathered, now })
}
