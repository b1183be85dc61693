//! The one value passed down inside a transaction. Collects events, audit lines and the plan; commits nothing itself.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use outrider_domain::classify::ReplyClass;
use outrider_domain::filter::REPLY;
use outrider_domain::id::{AgentId, LeadId, ProjectId, SequenceId};
use outrider_domain::sequence::SequenceDefinition;
use outrider_domain::time::Millis;
use outrider_store::Tx;
use outrider_store::jobs::Job;
use outrider_store::logs::{NewAudit, NewEvent};
use outrider_store::sequences::Sequence;
use serde_json::{Value, json};

use crate::connected::Via;
use crate::core::Core;
use crate::error::{Error, Result, code};
use crate::gates::snapshot::read_json;
use crate::outside::{self, Answer};
use crate::playbooks::triggers;
use crate::principal::{Actor, Principal};

/// What an operation's or a worker's transaction works with.
pub struct Context<'a, 'tx> {
    /// The transaction.
    pub tx: &'a mut Tx<'tx>,
    /// The moment this transaction happens at.
    pub now: Millis,
    /// The project everything belongs to.
    pub project: ProjectId,
    /// Who acts.
    pub actor: Actor,
    /// The caller, with scopes.
    pub principal: &'a Principal,
    /// By which way the act came in.
    pub via: Via,
    /// Ids, settings, secret.
    pub core: &'a Core,
    /// What the operation is about to do, for dry runs and digests.
    pub plan: Vec<Value>,
    /// Whether what is asked for is an act of the caller's own rather than an agent's: then the project's policy for agents
    /// does not ask a person again. A policy of the agent's own holds all the same.
    pub own_act: bool,
    /// A name for this call that its repetitions share, when it has an idempotency key: for others' idempotency keys.
    pub once: Option<String>,
    /// The claimed job at work, when an action that follows from it and is due at once may take it over, and then the action's.
    pub claimed: Claimed,
    /// Whether this transaction has the project's credits to itself: see `crate::credits::lock`.
    pub(crate) credits_locked: bool,
    answer: Option<Answer>,
    shown: Option<Value>,
    events: Vec<NewEvent>,
    audits: Vec<NewAudit>,
    /// Definitions read so far, by sequence and version: many leads of a batch are in one sequence.
    definitions: HashMap<(SequenceId, i64), Arc<SequenceDefinition>>,
}

impl<'a, 'tx> Context<'a, 'tx> {
    /// A context for one transaction.
    pub fn new(tx: &'a mut Tx<'tx>, core: &'a Core, principal: &'a Principal, now: Millis) -> Self {
        Self {
            tx,
            now,
            project: principal.project,
            actor: principal.actor,
            principal,
            via: Via::default(),
            core,
            plan: Vec::new(),
            own_act: false,
            once: None,
            claimed: Claimed::None,
            credits_locked: false,
            answer: None,
            shown: None,
            events: Vec::new(),
            audits: Vec::new(),
            definitions: HashMap::new(),
        }
    }

    /// Hands over what the world answered.
    pub(crate) fn set_answer(&mut self, answer: Answer) {
        self.answer = Some(answer);
    }

    /// Says what a preview answers with, where that is not what a commit does: of an operation that asks, since it ends before
    /// anything is asked, and of one whose answer is paid for. No digest binds it.
    ///
    /// # Errors
    /// `internal_error` when it can't be written as JSON.
    pub fn show(&mut self, preview: &impl serde::Serialize) -> Result<()> {
        let shown = serde_json::to_value(preview).map_err(|error| Error {
            source: Some(Box::new(error)),
            ..Error::new(code::INTERNAL_ERROR, "The preview could not be written.")
        })?;
        self.shown = Some(shown);
        Ok(())
    }

    /// What [`Context::show`] was given.
    pub(crate) fn take_shown(&mut self) -> Option<Value> {
        self.shown.take()
    }

    /// What the world answered to [`crate::outside::Outside::question`].
    ///
    /// # Errors
    /// `internal_error` when nothing was asked, or something else: an operation that runs another which asks must ask the same.
    pub fn answer<A: Send + Sync + 'static>(&self) -> Result<Arc<A>> {
        self.answer.clone().and_then(|answer| answer.downcast().ok()).ok_or_else(outside::mixed_up)
    }

    /// The same for an act that came in another way.
    #[must_use]
    pub fn by(self, via: Via) -> Self {
        Self { via, ..self }
    }

    /// What a sequence is made of.
    ///
    /// # Errors
    /// When the database holds what can't be read.
    pub fn definition(&mut self, row: &Sequence) -> Result<Arc<SequenceDefinition>> {
        let key = (row.id, row.version);
        if let Some(known) = self.definitions.get(&key) {
            return Ok(Arc::clone(known));
        }
        let read = Arc::new(read_json(&row.definition, "a sequence's definition")?);
        self.definitions.insert(key, Arc::clone(&read));
        Ok(read)
    }

    /// A fresh raw id.
    pub fn id(&self) -> i64 {
        self.core.ids.next(self.now)
    }

    /// Records an event; it is numbered and written when the transaction ends.
    pub fn emit(&mut self, event: Event) {
        self.events.push(NewEvent {
            kind: event.kind,
            actor: self.actor.to_string(),
            lead: event.lead,
            agent: event.agent,
            subject: event.subject,
            data: event.data.to_string(),
        });
    }

    /// Records an audit line; it is chained and written when the transaction ends.
    pub fn audit(&mut self, operation: &'static str, subject: Option<String>, detail: &Value) {
        self.audits.push(NewAudit { actor: self.actor.to_string(), operation, subject, detail: detail.to_string() });
    }

    /// Type and lead of the events collected so far that are about a lead.
    pub fn lead_events(&self) -> impl Iterator<Item = (&str, LeadId)> {
        self.events.iter().filter_map(|event| Some((event.kind.as_ref(), event.lead?)))
    }

    /// Starts the playbooks that the collected events start, and writes the collected events and audit lines. Call it last.
    ///
    /// # Errors
    /// When the database fails.
    pub fn finish(mut self) -> Result<Vec<Value>> {
        triggers::start(&mut self)?;
        if !self.events.is_empty() || !self.audits.is_empty() {
            outrider_store::logs::append(self.tx, self.project, self.now, &self.events, &self.audits)?;
        }
        Ok(self.plan)
    }
}

/// A claimed job in the hands of a tick.
#[derive(Debug, Default)]
pub enum Claimed {
    /// None, or it is done.
    #[default]
    None,
    /// The tick's.
    Tick(Job),
    /// An action's, which took it over: it leaves in this round.
    Action(Job),
}

/// An event before it has a number.
#[derive(Debug, Clone)]
pub struct Event {
    kind: Cow<'static, str>,
    lead: Option<LeadId>,
    agent: Option<AgentId>,
    subject: Option<String>,
    data: Value,
}

impl Event {
    /// `noun.verb_past`, such as `lead.created`.
    #[must_use]
    pub fn new(kind: &'static str) -> Self {
        Self { kind: Cow::Borrowed(kind), lead: None, agent: None, subject: None, data: json!({}) }
    }

    /// `signal.NAME`: something a lead did elsewhere, by a name of the project's own.
    #[must_use]
    pub fn signal(name: &str) -> Self {
        Self { kind: Cow::Owned(format!("signal.{name}")), ..Self::new("signal") }
    }

    /// `reply.CLASS`: a lead gave an answer of that class.
    #[must_use]
    pub fn reply(class: ReplyClass) -> Self {
        Self { kind: Cow::Owned(format!("{REPLY}{}", class.as_str())), ..Self::new("reply") }
    }

    /// The lead it is about: it appears in that lead's timeline.
    #[must_use]
    pub fn lead(mut self, lead: impl Into<Option<LeadId>>) -> Self {
        self.lead = lead.into();
        self
    }

    /// The agent it is about.
    #[must_use]
    pub fn agent(mut self, agent: impl Into<Option<AgentId>>) -> Self {
        self.agent = agent.into();
        self
    }

    /// The id of the thing it is about.
    #[must_use]
    pub fn subject(mut self, subject: impl ToString) -> Self {
        self.subject = Some(subject.to_string());
        self
    }

    /// Details; what came from outside stands under `untrusted`.
    #[must_use]
    pub fn data(mut self, data: Value) -> Self {
        self.data = data;
        self
    }
}
