//! What the gates look at: everything about one action at one moment, gathered in its transaction. Judges nothing.

mod calling;
mod rest;
mod sender;

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use outrider_domain::channel::Channel;
use outrider_domain::holidays::Holidays;
use outrider_domain::id::{ActionId, AgentId, EnrollmentId, IdentityId, SequenceId};
use outrider_domain::sequence::{SequenceDefinition, StopEvent};
use outrider_domain::time::Millis;
use outrider_domain::window::{SendWindow, TimeZone};
use outrider_store::actions::{Action, LedgerEntry};
use outrider_store::identities::Identity;
use outrider_store::leads::Lead;
use outrider_store::projects::{KillSwitch, Project};
use outrider_store::sequences::{Enrollment, Sequence};
use outrider_store::suppressions::Suppression;
use outrider_store::{actions, agents, credits, identities, leads, playbooks, projects, runs, sequences, suppressions};

pub use calling::Calling;
use sender::{domain_check, sender};

use crate::actions::NEVER;
use crate::actions::content::ActionContent;
use crate::actions::propose_act::INSIDE;
use crate::context::Context;
use crate::credits::payer::Payer;
use crate::delivery::inside::is_by_hand;
use crate::error::{Error, Result, code};
use crate::texts::is_text;

/// Where an action's approval stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Approval {
    /// Policy lets it go.
    NotNeeded,
    /// A person must say yes.
    Wanted {
        /// When it is refused if nobody does.
        expires: Millis,
    },
    /// A person said yes to this digest.
    Given {
        /// Who.
        by: String,
        /// To what.
        digest: String,
    },
}

/// What is known of the sending domain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DomainCheck {
    /// The policy does not ask, or the mail never leaves the machine.
    NotNeeded,
    /// Never checked.
    Unknown,
    /// In order.
    Good,
    /// Not in order, and what.
    Bad(String),
}

/// How far an act reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
    /// Nobody outside.
    Inside,
    /// The contact, by a person's hand.
    ByHand,
    /// The contact, by a provider.
    Sent,
}

impl Reach {
    fn of(action: &Action) -> Self {
        if action.channel == INSIDE {
            Self::Inside
        } else if is_by_hand(action) {
            Self::ByHand
        } else {
            Self::Sent
        }
    }
}

/// Where a lead is reached on a channel.
#[must_use]
pub fn address_of<'a>(lead: &'a Lead, channel: &str) -> Option<&'a str> {
    match channel {
        "linkedin" => lead.linkedin_url.as_deref(),
        "call" | "sms" => lead.phone.as_deref(),
        _ => lead.email.as_deref(),
    }
}

/// What stops a sequence's mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stops {
    /// Replies count from here.
    pub since: Millis,
    /// A reply stops it.
    pub on_reply: bool,
    /// A meeting stops it.
    pub on_meeting: bool,
}

/// The sender's side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sender {
    /// Key.
    pub id: IdentityId,
    /// Mail address or number.
    pub address: String,
    /// The way it sends.
    pub channel: Channel,
    /// Mail server's or carrier's name.
    pub transport: String,
    /// Whether one of that name is configured.
    pub transport_known: bool,
    /// Whether it may send.
    pub active: bool,
    /// Where its days begin.
    pub zone: TimeZone,
    /// Mails it may send today.
    pub cap_today: i64,
    /// Mails it has handed over today.
    pub sent_today: i64,
    /// Least time between two mails, in milliseconds.
    pub gap_ms: i64,
    /// When its pacing leaves room again.
    pub free_at: Millis,
}

/// Everything the gates look at.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// The action.
    pub action: ActionId,
    /// Where it goes: the lead's mail address or number.
    pub address: Option<String>,
    /// What only calls need.
    pub call: Option<Calling>,
    /// Digest of its content.
    pub digest: String,
    /// How far it reaches.
    pub reach: Reach,
    /// Status of its run, when it is part of one.
    pub run_status: Option<String>,
    /// Engaged kill switches.
    pub kill_switches: Vec<KillSwitch>,
    /// What suppresses the recipient.
    pub suppressions: Vec<Suppression>,
    /// The recipient.
    pub lead: Option<Lead>,
    /// What stops it, when it is part of a sequence.
    pub stops: Option<Stops>,
    /// Status of its sequence.
    pub sequence_status: Option<String>,
    /// State of its enrollment.
    pub enrollment_state: Option<String>,
    /// The ledger's entry for this contact and cause.
    pub ledger: Option<LedgerEntry>,
    /// Whether an agent is involved.
    pub agent_wanted: bool,
    /// Whether that agent is active; absent when it is gone.
    pub agent_active: Option<bool>,
    /// The sender.
    pub identity: Option<Sender>,
    /// The project's plan.
    pub plan: String,
    /// Credits it costs.
    pub cost: i64,
    /// Whether they are held for it.
    pub credits_held: bool,
    /// Why the project can't pay for it, if it can't.
    pub credits_short: Option<String>,
    /// What the content lint found.
    pub problems: Vec<String>,
    /// The sending domain.
    pub domain_check: DomainCheck,
    /// Its approval.
    pub approval: Approval,
    /// When it may be sent.
    pub window: SendWindow,
    /// In which zone.
    pub zone: TimeZone,
    /// Days on which it must not leave.
    pub holidays: Holidays,
    /// Whether that is the lead's own.
    pub zone_is_leads: bool,
    /// Whether pacing has given it this turn.
    pub has_slot: bool,
    /// The mail server's pause.
    pub transport_paused_until: Option<Millis>,
}

/// What the worker knows of mail servers and carriers and the database does not.
pub trait Transports: Send + Sync {
    /// Whether a mail server or carrier of that name is configured.
    fn knows(&self, channel: Channel, transport: &str) -> bool;
    /// Until when it is paused after trouble.
    fn paused_until(&self, channel: Channel, transport: &str) -> Option<Millis>;
}

/// The sequence and the enrollment behind an action, while they are there.
type Origin = (Option<Defined>, Option<Enrollment>);

/// A sequence with its definition.
pub type Defined = (Arc<Sequence>, Arc<SequenceDefinition>);

/// Looks things up for many snapshots of one transaction, each once.
#[derive(Default)]
pub struct Gatherer {
    /// Holds senders against other nodes, whose caps and pauses are about to be counted.
    hold: bool,
    project: Option<Arc<Project>>,
    switches: Option<Vec<KillSwitch>>,
    agents: HashMap<AgentId, Option<bool>>,
    playbooks: HashMap<AgentId, bool>,
    sequences: HashMap<SequenceId, Option<Defined>>,
    identities: HashMap<IdentityId, Option<Identity>>,
    enrollments: HashMap<EnrollmentId, Option<Enrollment>>,
    own_holidays: Option<Holidays>,
}

fn optional<T>(found: std::result::Result<T, outrider_store::Error>) -> Result<Option<T>> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(outrider_store::Error::NotFound) => Ok(None),
        Err(other) => Err(other.into()),
    }
}

impl Gatherer {
    /// One that holds the senders it looks up until the transaction ends: for deliveries.
    #[must_use]
    pub fn holding() -> Self {
        Self { hold: true, ..Self::default() }
    }

    /// The project.
    ///
    /// # Errors
    /// When the database fails.
    pub fn project(&mut self, cx: &mut Context<'_, '_>) -> Result<Arc<Project>> {
        if self.project.is_none() {
            self.project = Some(Arc::new(projects::get(cx.tx, cx.project)?));
        }
        self.project.clone().ok_or_else(|| Error::not_found("project"))
    }

    /// A sequence with its definition.
    ///
    /// # Errors
    /// When the database fails or the definition can't be read.
    pub fn sequence(&mut self, cx: &mut Context<'_, '_>, id: SequenceId) -> Result<Option<Defined>> {
        if let Entry::Vacant(place) = self.sequences.entry(id) {
            let found = match optional(sequences::get(cx.tx, cx.project, id))? {
                None => None,
                Some(row) => {
                    let definition = cx.definition(&row)?;
                    Some((Arc::new(row), definition))
                }
            };
            place.insert(found);
        }
        Ok(self.sequences.get(&id).cloned().flatten())
    }

    /// An identity.
    ///
    /// # Errors
    /// When the database fails.
    pub fn identity(&mut self, cx: &mut Context<'_, '_>, id: IdentityId) -> Result<Option<Identity>> {
        if let Entry::Vacant(place) = self.identities.entry(id) {
            let found = if self.hold {
                identities::lock(cx.tx, cx.project, id)
            } else {
                identities::get(cx.tx, cx.project, id)
            };
            place.insert(optional(found)?);
        }
        Ok(self.identities.get(&id).cloned().flatten())
    }

    /// Forgets an identity and its enrollment, after something about them changed.
    pub fn forget(&mut self, identity: Option<IdentityId>, enrollment: Option<EnrollmentId>) {
        if let Some(id) = identity {
            self.identities.remove(&id);
        }
        if let Some(id) = enrollment {
            self.enrollments.remove(&id);
        }
    }

    fn agent_active(&mut self, cx: &mut Context<'_, '_>, id: AgentId) -> Result<Option<bool>> {
        if let Some(known) = self.agents.get(&id) {
            return Ok(*known);
        }
        let found = optional(agents::get(cx.tx, cx.project, id))?.map(|agent| agent.active);
        self.agents.insert(id, found);
        Ok(found)
    }

    /// Whether an agent's playbook works.
    fn playbook_enabled(&mut self, cx: &mut Context<'_, '_>, id: AgentId) -> Result<bool> {
        if let Some(known) = self.playbooks.get(&id) {
            return Ok(*known);
        }
        let enabled = playbooks::find(cx.tx, cx.project, id)?.is_some_and(|playbook| playbook.enabled);
        self.playbooks.insert(id, enabled);
        Ok(enabled)
    }

    /// Everything about one action.
    ///
    /// # Errors
    /// When the database fails or holds what can't be read.
    pub fn snapshot(
        &mut self,
        cx: &mut Context<'_, '_>,
        action: &Action,
        transports: &dyn Transports,
    ) -> Result<Snapshot> {
        let project = self.project(cx)?;
        if self.switches.is_none() {
            self.switches = Some(projects::kill_switches(cx.tx, cx.project)?);
        }
        let lead = optional(leads::get(cx.tx, cx.project, action.lead_id))?;
        let (sequence, enrollment) = self.origin(cx, action)?;
        let identity = match action.identity_id {
            Some(id) => self.identity(cx, id)?,
            None => None,
        };
        let sender = match &identity {
            Some(row) => Some(sender(cx, row, transports)?),
            None => None,
        };
        let is_call = crate::calls::is_call(action);
        let by_phone = [Channel::Call.as_str(), Channel::Sms.as_str()].contains(&action.channel.as_str());
        let by_mail = action.channel == Channel::Email.as_str();
        let address = lead.as_ref().and_then(|lead| address_of(lead, &action.channel)).map(ToOwned::to_owned);
        let agent_active = match action.agent_id {
            Some(id) => self.agent_active(cx, id)?,
            None => None,
        };
        let agent_active = match (agent_active, action.agent_id, action.decision_id) {
            (Some(true), Some(id), Some(_)) => Some(self.playbook_enabled(cx, id)?),
            (active, _, _) => active,
        };
        let content = ActionContent::read(action.content.as_deref())?;
        let (found, ledger) = match &lead {
            Some(lead) => {
                let mut found =
                    suppressions::matching(cx.tx, cx.project, lead.email.as_deref(), lead.phone.as_deref())?;
                // A list of numbers not to be called says nothing about mail, and a dead mailbox nothing about other ways.
                found.retain(|one| match (one.kind.as_str(), one.reason.as_str()) {
                    ("phone", "do_not_call") => by_phone,
                    ("email", "bounce") => by_mail,
                    _ => true,
                });
                let ledger = match &address {
                    Some(to) => actions::ledger_entry(cx.tx, cx.project, &action.channel, to, &action.cause)?,
                    None => None,
                };
                (found, ledger)
            }
            None => (Vec::new(), None),
        };
        let step = sequence.as_ref().and_then(|(_, definition)| {
            action.step.as_deref().and_then(|key| definition.step(key)).map(|(_, step)| definition.window_of(step))
        });
        let call = match &lead {
            Some(lead) if is_call || is_text(action) => Some(calling::gather(cx, action, lead, identity.as_ref())?),
            _ => None,
        };
        let own_zone = lead.as_ref().and_then(|lead| match &call {
            Some(call) => match call.zones.as_slice() {
                [one] => Some(one.clone()),
                _ => None,
            },
            None => lead.time_zone.as_deref().and_then(|name| TimeZone::parse(name).ok()),
        });
        let domain_check = domain_check(
            cx,
            sender.as_ref(),
            action.identity_id.and_then(|id| self.identities.get(&id).cloned().flatten()).as_ref(),
        );
        Ok(Snapshot {
            action: action.id,
            address,
            call,
            digest: action.digest.clone(),
            reach: Reach::of(action),
            run_status: match action.decision_id {
                Some(decision) => runs::status_of_decision(cx.tx, cx.project, decision)?,
                None => None,
            },
            kill_switches: self.switches.clone().unwrap_or_default(),
            suppressions: found,
            stops: own_stops(content.as_ref()).or_else(|| {
                sequence.as_ref().map(|(_, definition)| Stops {
                    since: enrollment.as_ref().map_or(action.created_at, |enrollment| {
                        // What a branch or a pause has answered stops nothing any more.
                        enrollment.heard_at.map_or(enrollment.created_at, |heard| heard.plus(1))
                    }),
                    on_reply: definition.stops_on(StopEvent::Reply),
                    on_meeting: definition.stops_on(StopEvent::Meeting),
                })
            }),
            sequence_status: action
                .sequence_id
                .map(|_| sequence.as_ref().map_or_else(|| "archived".to_owned(), |(row, _)| row.status.clone())),
            enrollment_state: enrollment.map(|enrollment| enrollment.state),
            ledger,
            agent_wanted: action.agent_id.is_some(),
            agent_active,
            transport_paused_until: sender
                .as_ref()
                .and_then(|sender| transports.paused_until(sender.channel, &sender.transport)),
            identity: sender,
            plan: project.plan.clone(),
            cost: action.cost,
            credits_held: action.cost > 0 && credits::is_held(cx.tx, cx.project, &action.id.to_string())?,
            credits_short: if action.cost > 0 { Payer::project(cx)?.shortage(cx, action.cost)? } else { None },
            problems: read_json(&action.problems, "an action's problems")?,
            domain_check,
            approval: match action.approval.as_str() {
                "not_needed" => Approval::NotNeeded,
                "given" => Approval::Given {
                    by: action.approved_by.clone().unwrap_or_default(),
                    digest: action.approved_digest.clone().unwrap_or_default(),
                },
                _ => Approval::Wanted { expires: action.expires_at.unwrap_or(NEVER) },
            },
            holidays: match &lead {
                Some(lead) => self.holidays(cx, sequence.as_ref().map(|(_, definition)| &**definition), lead)?,
                None => Holidays::default(),
            },
            window: step.or_else(|| content.and_then(|content| content.hours)).unwrap_or_else(SendWindow::always),
            zone_is_leads: own_zone.is_some(),
            zone: match own_zone {
                Some(zone) => zone,
                None => TimeZone::parse(&project.time_zone).unwrap_or(TimeZone::UTC),
            },
            has_slot: action.hold_gate.as_deref() == Some("pacing") && action.due_at.is_some_and(|due| due <= cx.now),
            lead,
        })
    }

    fn origin(&mut self, cx: &mut Context<'_, '_>, action: &Action) -> Result<Origin> {
        let sequence = match action.sequence_id {
            Some(id) => self.sequence(cx, id)?,
            None => None,
        };
        let enrollment = match action.enrollment_id {
            None => None,
            Some(id) => {
                if let Entry::Vacant(place) = self.enrollments.entry(id) {
                    place.insert(optional(sequences::get_enrollment(cx.tx, cx.project, id))?);
                }
                self.enrollments.get(&id).cloned().flatten()
            }
        };
        Ok((sequence, enrollment))
    }
}

/// What stops an action of a run.
fn own_stops(content: Option<&ActionContent>) -> Option<Stops> {
    let rule = content?.stops.as_ref()?;
    Some(Stops {
        since: rule.since,
        on_reply: rule.on.contains(&StopEvent::Reply),
        on_meeting: rule.on.contains(&StopEvent::Meeting),
    })
}

/// Reads JSON of our own from a column.
///
/// # Errors
/// `internal_error` when it is not what it should be.
pub fn read_json<T: serde::de::DeserializeOwned>(text: &str, what: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|error| Error {
        source: Some(Box::new(error)),
        ..Error::new(code::INTERNAL_ERROR, format!("The database holds {what} that can't be read."))
    })
}
