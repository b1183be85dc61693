//! `enroll_leads`: leads begin a sequence, each at most once ever; the preview says exactly who would and who wouldn't, and why.

use std::collections::{HashMap, HashSet};

use outrider_domain::channel::Channel;
use outrider_domain::id::{AgentId, EnrollmentId, JobId, LeadId, SequenceId};
use outrider_domain::time::Millis;
use outrider_store::jobs::Job;
use outrider_store::sequences::{self as rows, Enrollment};
use outrider_store::{jobs, leads, suppressions};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::JOB;
use crate::context::{Context, Event};
use crate::error::{Error, Result, code};
use crate::gates::snapshot::read_json;
use crate::leads::{Stage, missing};
use crate::operation::{Effect, Operation, Spec};
use crate::users::caller::sees_only;

/// Enrolls leads.
pub struct EnrollLeads;

/// Which sequence, and whom: `lead_ids`, or everyone that `all` describes.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The sequence.
    sequence_id: SequenceId,
    /// These leads, 10,000 at most.
    #[serde(default)]
    #[schemars(length(max = 10_000))]
    lead_ids: Vec<LeadId>,
    /// Everyone who fits.
    #[serde(default)]
    all: Option<Everyone>,
}

/// Everyone in the project, narrowed.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Everyone {
    /// Only this stage.
    stage: Option<Stage>,
    /// Only this agent's.
    agent_id: Option<AgentId>,
}

/// Who was enrolled and who was not.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Output {
    /// The sequence.
    sequence_id: SequenceId,
    /// How many were enrolled.
    pub(crate) enrolled: i64,
    /// How many were not, by reason.
    skipped: Vec<Skipped>,
    /// The first enrolled leads, 100 at most.
    leads: Vec<LeadId>,
}

/// Leads that were not enrolled, and why.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Skipped {
    /// `already_enrolled`, `no_email`, `no_phone`, `no_profile`, `no_address`, `stopped`, `suppressed`, `not_found` or `repeated`.
    reason: &'static str,
    /// How many.
    count: i64,
    /// The first of them, 100 at most.
    leads: Vec<LeadId>,
}

/// Leads looked at together.
const TOGETHER: usize = 2_000;
/// Leads named in an answer.
const NAMED: usize = 100;

#[derive(Default)]
struct Tally {
    enrolled: i64,
    leads: Vec<LeadId>,
    skipped: Vec<(&'static str, i64, Vec<LeadId>)>,
}

impl Tally {
    fn skip(&mut self, reason: &'static str, lead: LeadId) {
        let at = match self.skipped.iter().position(|(known, _, _)| *known == reason) {
            Some(at) => at,
            None => {
                self.skipped.push((reason, 0, Vec::new()));
                self.skipped.len() - 1
            }
        };
        let (_, count, named) = &mut self.skipped[at];
        *count += 1;
        if named.len() < NAMED {
            named.push(lead);
        }
    }
}

impl Operation for EnrollLeads {
    const SPEC: Spec = Spec::act("enroll_leads", "enrollments", "/sequences/{sequence_id}/enroll", "sequences:enroll", "Enroll leads in a sequence, each at most once ever.")
        .describe("A lead that was ever in the sequence, can't be reached on its channels, is stopped or suppressed is skipped and named. Preview first: the digest makes the commit exact.")
        .effect(Effect::Outward)
        .previews()
        .fails(&[code::RESOURCE_NOT_FOUND, code::WRONG_STATE]);
    type Input = Input;
    type Output = Output;

    fn run(cx: &mut Context<'_, '_>, input: Input) -> Result<Output> {
        let sequence = rows::get(cx.tx, cx.project, input.sequence_id)
            .map_err(|error| missing(error, "sequence", "sequence_id"))?;
        if sequence.status == "archived" {
            return Err(Error::new(code::WRONG_STATE, "This sequence is archived.").at("sequence_id"));
        }
        if input.lead_ids.len() > 10_000 {
            return Err(Error::invalid("lead_ids", "At most 10,000 leads at once."));
        }
        // What the leads get is part of what a preview shows, so a digest is of it too.
        cx.plan.push(
            json!({ "sequence": sequence.id, "version": sequence.version, "status": sequence.status, "name": sequence.name }),
        );
        let definition: outrider_domain::sequence::SequenceDefinition =
            read_json(&sequence.definition, "a sequence's definition")?;
        let first = definition.steps.first();
        let begin = Beginning {
            step: first.map(|step| step.key.clone()),
            due: cx.now.plus(first.map_or(0, |step| step.after.as_millis())),
            channels: definition.channels(),
        };
        let mut tally = Tally::default();
        match (&input.all, input.lead_ids.is_empty()) {
            (None, true) => return Err(Error::invalid("lead_ids", "Name leads, or say `all`.")),
            (Some(_), false) => return Err(Error::invalid("all", "Name leads or say `all`, not both.")),
            (None, false) => {
                let mut seen = HashSet::new();
                let mut wanted = Vec::new();
                for id in input.lead_ids {
                    if seen.insert(id) {
                        wanted.push(id);
                    } else {
                        tally.skip("repeated", id);
                    }
                }
                for ids in wanted.chunks(TOGETHER) {
                    let mut found: HashMap<LeadId, leads::Lead> =
                        leads::get_many(cx.tx, cx.project, ids)?.into_iter().map(|lead| (lead.id, lead)).collect();
                    let mut group = Vec::with_capacity(ids.len());
                    for id in ids {
                        match found.remove(id) {
                            Some(lead) => group.push(lead),
                            None => tally.skip("not_found", *id),
                        }
                    }
                    enroll_group(cx, &sequence, group, &begin, &mut tally)?;
                }
            }
            (Some(everyone), true) => {
                let filter = leads::Filter {
                    stage: everyone.stage.map(|stage| stage.as_str().to_owned()),
                    agent: everyone.agent_id,
                    owner: sees_only(cx)?,
                    ..Default::default()
                };
                let mut before = i64::MAX;
                loop {
                    let group =
                        leads::list(cx.tx, cx.project, &filter, before, i64::try_from(TOGETHER).unwrap_or(i64::MAX))?;
                    let Some(last) = group.last() else { break };
                    before = last.id.0;
                    enroll_group(cx, &sequence, group, &begin, &mut tally)?;
                }
            }
        }
        if tally.enrolled > 0 {
            cx.emit(
                Event::new("leads.enrolled")
                    .agent(sequence.agent_id)
                    .subject(sequence.id)
                    .data(json!({ "count": tally.enrolled, "name": sequence.name })),
            );
        }
        let skipped =
            tally.skipped.into_iter().map(|(reason, count, leads)| Skipped { reason, count, leads }).collect();
        Ok(Output { sequence_id: sequence.id, enrolled: tally.enrolled, skipped, leads: tally.leads })
    }
}

/// Enrolls leads on behalf of another operation.
///
/// # Errors
/// As the operation.
pub(crate) fn enroll(cx: &mut Context<'_, '_>, sequence_id: SequenceId, lead_ids: Vec<LeadId>) -> Result<Output> {
    EnrollLeads::run(cx, Input { sequence_id, lead_ids, all: None })
}

/// Where an enrollment begins, and by which ways its sequence reaches people.
struct Beginning {
    /// Key of the first step.
    step: Option<String>,
    /// When that is due.
    due: Millis,
    /// The sequence's channels.
    channels: Vec<Channel>,
}

/// Why none of a sequence's channels reaches a lead.
fn unreachable(lead: &leads::Lead, channels: &[Channel]) -> Option<&'static str> {
    let reaches = |channel: &Channel| match channel {
        Channel::Call | Channel::Sms => lead.phone.is_some(),
        Channel::Email => lead.email.is_some(),
        Channel::Linkedin => lead.linkedin_url.is_some(),
        // A person knows what to do.
        Channel::Task => true,
    };
    if channels.iter().any(reaches) {
        return None;
    }
    Some(match channels {
        [Channel::Call | Channel::Sms] => "no_phone",
        [Channel::Linkedin] => "no_profile",
        [_] => "no_email",
        _ => "no_address",
    })
}

/// Whether a lead must not be contacted. A list of numbers not to be called says nothing about mail.
fn is_suppressed(cx: &mut Context<'_, '_>, lead: &leads::Lead, channels: &[Channel]) -> Result<bool> {
    let calls_only = channels.iter().all(|channel| matches!(channel, Channel::Call | Channel::Sms));
    let mails_only = channels.iter().all(|channel| *channel == Channel::Email);
    let found = suppressions::matching(cx.tx, cx.project, lead.email.as_deref(), lead.phone.as_deref())?;
    Ok(found.iter().any(|row| match (row.kind.as_str(), row.reason.as_str()) {
        ("phone", "do_not_call") => calls_only,
        // A dead mailbox says nothing about other ways.
        ("email", "bounce") => mails_only,
        _ => true,
    }))
}

fn enroll_group(
    cx: &mut Context<'_, '_>,
    sequence: &rows::Sequence,
    group: Vec<leads::Lead>,
    begin: &Beginning,
    tally: &mut Tally,
) -> Result<()> {
    let ids: Vec<LeadId> = group.iter().map(|lead| lead.id).collect();
    let known: HashSet<LeadId> = rows::enrolled_of(cx.tx, cx.project, sequence.id, &ids)?.into_iter().collect();
    let contacts: Vec<_> = group.iter().map(|lead| (lead.email.clone(), lead.phone.clone())).collect();
    suppressions::look_up(cx.tx, cx.project, &contacts)?;
    let mut wanted: Vec<Enrollment> = Vec::new();
    let mut planned = Vec::new();
    for lead in group {
        let reason = if known.contains(&lead.id) {
            Some("already_enrolled")
        } else if let Some(reason) = unreachable(&lead, &begin.channels) {
            Some(reason)
        } else if lead.outreach_disabled {
            Some("stopped")
        } else if is_suppressed(cx, &lead, &begin.channels)? {
            Some("suppressed")
        } else {
            None
        };
        if let Some(reason) = reason {
            tally.skip(reason, lead.id);
            planned.push(json!({ "skip": lead.id, "reason": reason }));
            continue;
        }
        wanted.push(Enrollment {
            project_id: cx.project,
            id: EnrollmentId(cx.id()),
            sequence_id: sequence.id,
            lead_id: lead.id,
            state: "active".to_owned(),
            step: begin.step.clone(),
            done_step: None,
            heard_at: None,
            due_at: Some(begin.due),
            reason: None,
            identity_id: None,
            thread_id: None,
            action_id: None,
            via: cx.via.stored().map(ToOwned::to_owned),
            created_at: cx.now,
            updated_at: cx.now,
            finished_at: None,
        });
    }
    // Another transaction may enroll the same lead at the same moment: the unique key decides who does.
    let rows = wanted.iter().cloned().map(Enrollment::into_values).collect();
    let taken: HashSet<EnrollmentId> = cx
        .tx
        .insert_rows(Enrollment::INSERT_NEW, rows)?
        .iter()
        .map(|row| row.get(0))
        .collect::<std::result::Result<_, _>>()?;
    let mut work = Vec::with_capacity(taken.len());
    for enrollment in wanted {
        if !taken.contains(&enrollment.id) {
            tally.skip("already_enrolled", enrollment.lead_id);
            planned.push(json!({ "skip": enrollment.lead_id, "reason": "already_enrolled" }));
            continue;
        }
        work.push(Job {
            project_id: cx.project,
            id: JobId(cx.id()),
            kind: JOB.to_owned(),
            subject_id: enrollment.id.0,
            due_at: Some(begin.due),
            parked: None,
            attempts: 0,
            token: 0,
            payload: None,
            last_error: None,
            created_at: cx.now,
        });
        planned.push(json!({ "enroll": enrollment.lead_id }));
        tally.enrolled += 1;
        if tally.leads.len() < NAMED {
            tally.leads.push(enrollment.lead_id);
        }
    }
    if !work.is_empty() {
        jobs::put_many(cx.tx, work)?;
    }
    cx.plan.extend(planned);
    Ok(())
}
