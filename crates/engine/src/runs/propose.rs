//! From a planned step to a proposed action: the text is written, the sender chosen, the policy asked. Plans nothing.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use outrider_domain::autonomy::{Autonomy, ChannelAutonomy};
use outrider_domain::channel::Channel;
use outrider_domain::holidays::Holidays;
use outrider_domain::id::{ActionId, AgentId, DecisionId};
use outrider_domain::playbook::{PlaybookStep, StepKind, Structure};
use outrider_domain::sequence::StopEvent;
use outrider_domain::template::Template;
use outrider_domain::window::{SendWindow, TimeZone};
use outrider_store::agents::Agent as AgentRow;
use outrider_store::identities::{self, Identity};
use outrider_store::leads::Lead;
use outrider_store::runs::{Run, RunContact};
use outrider_store::{agents, playbooks, projects, templates};
use serde_json::Value;

use super::Inputs;
use super::plan::Move;
use super::skill::{Found, Told, check};
use crate::actions::content::{ActionContent, SkillWork, StopRule};
use crate::actions::propose::{Content, Decided, Proposal, propose as propose_mail};
use crate::actions::propose_act::{ActProposal, INSIDE, SKILL, propose_act};
use crate::actions::slots::Wanted;
use crate::agents::Brain;
use crate::calls::propose as calls;
use crate::connected::{self, Via};
use crate::context::Context;
use crate::error::Result;
use crate::gates::snapshot::read_json;
use crate::opt_out::link_url;
use crate::sequences::content::{Known, Renderer, SenderName, Source, values};
use crate::sequences::rotation::{self, Candidate};
use crate::texts;

/// Longest reason of a call, in characters.
const MOST_REASON: usize = 1_000;

/// What the proposals of one run share in one transaction.
pub struct Proposer {
    agent: AgentId,
    row: AgentRow,
    brain: Brain,
    policy: ChannelAutonomy,
    project_zone: TimeZone,
    sender: Option<Identity>,
    pool: Vec<Candidate>,
    /// Numbers it calls from; without any, a call is a person's task.
    numbers: Vec<Candidate>,
    /// Numbers it texts from; without any, a text is a person's task.
    text_numbers: Vec<Candidate>,
    renderer: Renderer,
    templates: HashMap<String, Option<Source>>,
    parsed: HashMap<String, std::result::Result<Template, String>>,
    hours: Option<SendWindow>,
    stop_on: Vec<StopEvent>,
    /// The steps of the run.
    pub structure: Structure,
    proposed_by: String,
    /// Text from outside was read: a person must agree to whatever leaves.
    pub careful: bool,
}

impl Proposer {
    /// For a run. `None` when its agent is gone.
    ///
    /// # Errors
    /// When the database fails or holds what can't be read.
    pub fn new(
        cx: &mut Context<'_, '_>,
        run: &Run,
        hours: Option<SendWindow>,
        stop_on: Vec<StopEvent>,
    ) -> Result<Option<Self>> {
        let agent = match agents::get(cx.tx, cx.project, run.agent_id) {
            Ok(agent) => agent,
            Err(outrider_store::Error::NotFound) => return Ok(None),
            Err(other) => return Err(other.into()),
        };
        let project = projects::get(cx.tx, cx.project)?;
        let wanted = playbooks::find(cx.tx, cx.project, agent.id)?.and_then(|playbook| playbook.identity_id);
        let sender = match wanted.map(|id| identities::get(cx.tx, cx.project, id)) {
            Some(Ok(sender)) => Some(sender),
            None | Some(Err(outrider_store::Error::NotFound)) => None,
            Some(Err(other)) => return Err(other.into()),
        };
        let policy = read_json(agent.autonomy.as_deref().unwrap_or(&project.autonomy), "an autonomy policy")?;
        let via = Via::of(Inputs::of(run)?.via.as_deref());
        Ok(Some(Self {
            policy: connected::stricter_everywhere(&project, via, policy)?,
            brain: read_json(&agent.brain, "an agent's brain")?,
            project_zone: TimeZone::parse(&project.time_zone).unwrap_or(TimeZone::UTC),
            pool: rotation::candidates(cx, Channel::Email, &[], Some(agent.id))?,
            numbers: rotation::candidates(cx, Channel::Call, &[], Some(agent.id))?,
            text_numbers: rotation::candidates(cx, Channel::Sms, &[], Some(agent.id))?,
            agent: agent.id,
            row: agent,
            sender,
            renderer: Renderer::default(),
            templates: HashMap::new(),
            parsed: HashMap::new(),
            hours,
            stop_on,
            structure: Structure::default(),
            proposed_by: run.requested_by.clone(),
            careful: false,
        }))
    }

    fn autonomy(&self, kind: StepKind) -> Autonomy {
        match kind.channel() {
            // Asking a person to do something needs no person's leave.
            None => Autonomy::Alone,
            Some(_) if self.careful => Autonomy::Ask,
            Some(channel) => self.policy.on(channel),
        }
    }

    /// Proposes a step for a contact. `None` when the agent did this step for it before.
    ///
    /// # Errors
    /// When the database fails.
    pub fn propose(
        &mut self,
        cx: &mut Context<'_, '_>,
        contact: &RunContact,
        decision: DecisionId,
        lead: &Lead,
        planned: &Move,
        found: &Found,
    ) -> Result<Option<ActionId>> {
        let step = &planned.step;
        let id = ActionId(cx.id());
        let cause = format!("playbook:{}:{}:{}", self.agent, step.key, contact.occurrence);
        let outreach = step.kind.is_outreach();
        let content = ActionContent {
            hours: self.hours.filter(|_| outreach),
            // What happened at the very moment the run began is what started it.
            stops: outreach.then(|| StopRule { since: contact.created_at.plus(1), on: self.stop_on.clone() }),
            ..ActionContent::default()
        };
        let zone = lead.time_zone.as_deref().and_then(|name| TimeZone::parse(name).ok());
        let wanted = Wanted {
            earliest: cx.now,
            window: content.hours.unwrap_or_else(SendWindow::always),
            zone: zone.unwrap_or_else(|| self.project_zone.clone()),
            holidays: Holidays::default(),
        };
        if step.kind == StepKind::Email {
            let decided = Decided { decision, step: step.key.clone(), content, proposed_by: self.proposed_by.clone() };
            return self.mail(cx, id, cause, lead, planned, found, decided, wanted);
        }
        if step.kind == StepKind::Call && !self.numbers.is_empty() {
            let decided = Decided { decision, step: step.key.clone(), content, proposed_by: self.proposed_by.clone() };
            return self.call(cx, id, cause, lead, planned, found, decided, wanted);
        }
        let (mut content, mut problems) = self.act(content, lead, planned, found);
        let cost = match step.skill.as_deref().map(|skill| self.skill(cx, &mut content, lead, skill, found)) {
            Some(Ok(price)) => price,
            // The lead has changed since it was planned.
            Some(Err(error)) => {
                problems.push(error.message);
                0
            }
            None => 0,
        };
        let number = if step.kind == StepKind::Sms { rotation::choose(&mut self.text_numbers, lead) } else { None };
        let cost = if number.is_some() {
            content.text = content.text.map(|text| texts::with_way_out(text, lead));
            cx.core.settings.sms_price
        } else {
            cost
        };
        let (kind, channel) = match step.kind {
            StepKind::Sms if number.is_some() => (texts::KIND, Channel::Sms.as_str()),
            StepKind::Linkedin => ("linkedin", "linkedin"),
            StepKind::Call | StepKind::Sms => ("call_task", "call"),
            StepKind::Note => ("note", INSIDE),
            StepKind::Update => ("update", INSIDE),
            StepKind::Stage => ("stage", INSIDE),
            StepKind::Escalate => ("escalate", INSIDE),
            StepKind::Skill => (SKILL, INSIDE),
            StepKind::Task | StepKind::Email => ("task", INSIDE),
        };
        let proposal = ActProposal {
            id,
            kind,
            channel,
            cause,
            lead,
            agent: Some(self.agent),
            identity: number.map(|identity| identity.id),
            origin: None,
            decision: Some(decision),
            step: Some(step.key.clone()),
            content,
            problems,
            autonomy: self.autonomy(step.kind),
            proposed_by: self.proposed_by.clone(),
            wanted,
            cost,
        };
        Ok(propose_act(cx, proposal)?.map(|action| action.id))
    }

    #[expect(clippy::too_many_arguments, reason = "one call, all of it one mail")]
    fn mail(
        &mut self,
        cx: &mut Context<'_, '_>,
        id: ActionId,
        cause: String,
        lead: &Lead,
        planned: &Move,
        found: &Found,
        decided: Decided,
        wanted: Wanted,
    ) -> Result<Option<ActionId>> {
        let sender = self.sender.clone().or_else(|| rotation::choose(&mut self.pool, lead));
        let name = sender
            .as_ref()
            .map(|identity| SenderName { name: identity.name.clone(), email: Some(identity.address.clone()) })
            .unwrap_or_default();
        let url = link_url(cx.core, cx.project, lead.id, id);
        let content = match self.source(cx, &planned.step)? {
            Some(source) if planned.is_final => self.renderer.finish(source, &url),
            Some(source) => self.renderer.render_for(
                &source,
                lead,
                &name,
                &url,
                None,
                Known { brain: Some(&self.brain), found: Some(found) },
            ),
            None => Content {
                problems: vec![format!(
                    "the template {} is gone",
                    planned.step.template.as_deref().unwrap_or_default()
                )],
                ..Content::default()
            },
        };
        let proposal = Proposal {
            id,
            cause,
            lead,
            agent: Some(self.agent),
            sender: sender.map(|identity| (identity.id, identity.address)),
            origin: None,
            decision: Some(decided),
            content,
            thread: None,
            autonomy: self.autonomy(StepKind::Email),
            wanted,
        };
        Ok(propose_mail(cx, proposal)?.map(|action| action.id))
    }

    /// A call by the agent itself; its text is what the call is about.
    #[expect(clippy::too_many_arguments, reason = "one call, all of it one call")]
    fn call(
        &mut self,
        cx: &mut Context<'_, '_>,
        id: ActionId,
        cause: String,
        lead: &Lead,
        planned: &Move,
        found: &Found,
        decided: Decided,
        wanted: Wanted,
    ) -> Result<Option<ActionId>> {
        let (content, _) = self.act(ActionContent::default(), lead, planned, found);
        let about = content.text.map(|text| text.split_whitespace().collect::<Vec<_>>().join(" "));
        let sender = rotation::choose(&mut self.numbers, lead);
        let proposal = calls::Proposal {
            id,
            cause,
            lead,
            agent: &self.row,
            sender: sender.map(|identity| (identity.id, identity.address)),
            origin: None,
            decision: Some(decided),
            wishes: calls::Wishes {
                call_reason: about.map(|text| text.chars().take(MOST_REASON).collect()),
                ..calls::Wishes::default()
            },
            autonomy: self.autonomy(StepKind::Call),
            wanted,
        };
        Ok(calls::propose(cx, proposal)?.map(|(action, _)| action.id))
    }

    fn source(&mut self, cx: &mut Context<'_, '_>, step: &PlaybookStep) -> Result<Option<Source>> {
        let Some(name) = &step.template else {
            let text = |text: &Option<String>| text.clone().unwrap_or_default();
            return Ok(Some(Source { subject: text(&step.subject), text: text(&step.text), html: None }));
        };
        if !self.templates.contains_key(name) {
            let found = templates::find(cx.tx, cx.project, name)?.map(|row| Source {
                subject: row.subject,
                text: row.text,
                html: row.html,
            });
            self.templates.insert(name.clone(), found);
        }
        let stored = self.templates.get(name).cloned().flatten();
        Ok(stored.map(|source| Source { subject: step.subject.clone().unwrap_or(source.subject), ..source }))
    }

    /// Fills in what a skill is given, and a title for whoever approves it; gives what it costs.
    fn skill(
        &self,
        cx: &Context<'_, '_>,
        content: &mut ActionContent,
        lead: &Lead,
        skill: &str,
        found: &Found,
    ) -> Result<i64> {
        let told = Told { structure: &self.structure, lead, brain: &self.brain, found };
        let input = told.input(skill, content.text.as_deref());
        let price = check(&cx.core.settings, skill, input.clone())?.price;
        content.title = Some(format!("{} for {}, {price} credits", skill.replace('_', " "), lead.name));
        content.skill = Some(SkillWork { name: skill.to_owned(), input });
        Ok(price)
    }

    /// What an act that is no mail says and does, and what keeps it from being done.
    fn act(
        &mut self,
        content: ActionContent,
        lead: &Lead,
        planned: &Move,
        found: &Found,
    ) -> (ActionContent, Vec<String>) {
        let step = &planned.step;
        let values = values(lead, &SenderName::default(), "", Known { brain: Some(&self.brain), found: Some(found) });
        let mut problems = Vec::new();
        let is_final = planned.is_final;
        let mut fill = |what: &str, text: &Option<String>| {
            text.as_ref()
                .map(|text| if is_final { text.clone() } else { self.fill(what, text, &values, &mut problems) })
        };
        let (title, text) = (fill("title", &step.title), fill("text", &step.text));
        let mut set = BTreeMap::new();
        for (name, value) in &step.set {
            set.insert(name.clone(), fill(name, &Some(value.clone())).unwrap_or_default());
        }
        let link = match step.kind {
            StepKind::Linkedin => lead.linkedin_url.clone(),
            StepKind::Call | StepKind::Sms => lead.phone.clone(),
            _ => None,
        };
        (ActionContent { title, text, link, stage: step.stage.clone(), set, ..content }, problems)
    }

    fn fill(&mut self, what: &str, source: &str, values: &Arc<Value>, problems: &mut Vec<String>) -> String {
        let parsed = self
            .parsed
            .entry(source.to_owned())
            .or_insert_with(|| Template::parse(source).map_err(|error| error.to_string()));
        match parsed
            .as_ref()
            .map_err(Clone::clone)
            .and_then(|template| template.render(values).map_err(|e| e.to_string()))
        {
            Ok(rendered) => {
                problems.extend(
                    rendered
                        .unresolved
                        .iter()
                        .map(|name| format!("{what}: nothing is known for {{{{ {name} }}}} and it has no fallback")),
                );
                rendered.text.trim().to_owned()
            }
            Err(error) => {
                problems.push(format!("{what}: {error}"));
                String::new()
            }
        }
    }
}
