//! `why_action`, `why_enrollment` and `why_lead`: the ordered gates, which hold, and when the next one would open. Changes nothing.

use outrider_domain::id::{ActionId, EnrollmentId, LeadId};
use outrider_domain::time::Millis;
use outrider_store::{actions as rows, jobs, leads, messages, notes, sequences, suppressions, texts};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::context::Context;
use crate::delivery::transports::AnyTransport;
use crate::error::Result;
use crate::gates::snapshot::Gatherer;
use crate::gates::{self, Answer, Decision};
use crate::leads::missing;
use crate::operation::{Operation, Spec};
use crate::sequences::ASKED_FOR_LATER;

/// Why an action has or hasn't left.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Why {
    /// The action.
    pub action_id: ActionId,
    /// Where it stands.
    pub state: String,
    /// The answer in one sentence.
    pub summary: String,
    /// When it is to leave.
    pub due_at: Option<Millis>,
    /// When all gates would be open, as far as time alone decides.
    pub opens_at: Option<Millis>,
    /// Every gate, in order, as it stands now; empty once the action has ended, for then they decide nothing.
    pub gates: Vec<Answer>,
}

fn why(cx: &mut Context<'_, '_>, action: &rows::Action) -> Result<Why> {
    let snapshot = Gatherer::default().snapshot(cx, action, &AnyTransport)?;
    let ended = super::state::is_final(&action.state);
    let (summary, opens_at) = if ended {
        let reason = action.reason.as_deref().unwrap_or("no reason was kept");
        let detail = action.detail.as_deref().map(|detail| format!(" ({detail})")).unwrap_or_default();
        let when = action.finished_at.unwrap_or(action.updated_at);
        (format!("It ended as {} at {when}: {reason}{detail}.", action.state), None)
    } else if action.state == super::state::SENDING {
        ("It is being handed over.".to_owned(), None)
    } else {
        match gates::decide(&snapshot, cx.now) {
            Decision::Refuse { gate, because, .. } => (format!("It will be refused by {gate}: {because}."), None),
            Decision::Hold { gate, because, until } => (format!("{gate} holds it: {because}."), until),
            Decision::Go => match (&action.hold_gate, &action.hold_reason, action.due_at) {
                (Some(gate), Some(reason), Some(due)) if due > cx.now => {
                    (format!("{gate}: {reason}; next try at {due}."), Some(due))
                }
                (_, _, Some(due)) if due > cx.now => (format!("Every gate is open; its turn is at {due}."), Some(due)),
                _ => ("Every gate is open: it leaves as soon as a worker takes it.".to_owned(), None),
            },
        }
    };
    Ok(Why {
        action_id: action.id,
        state: action.state.clone(),
        summary,
        due_at: action.due_at,
        opens_at,
        gates: if ended { Vec::new() } else { gates::answers(&snapshot, cx.now) },
    })
}

/// Explains an action.
pub struct WhyAction;

/// Which.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ActionInput {
    /// The action.
    action_id: ActionId,
}

impl Operation for WhyAction {
    const SPEC: Spec = Spec::get(
        "why_action",
        "actions",
        "/actions/{action_id}/why",
        "actions:read",
        "Explain why an action has or hasn't left: every gate, in order.",
    );
    type Input = ActionInput;
    type Output = Why;

    fn run(cx: &mut Context<'_, '_>, input: ActionInput) -> Result<Why> {
        let action =
            rows::get(cx.tx, cx.project, input.action_id).map_err(|error| missing(error, "action", "action_id"))?;
        why(cx, &action)
    }
}

/// Why an enrollment stands where it stands.
#[derive(Debug, Serialize, JsonSchema)]
pub struct WhyEnrollmentOutput {
    /// The enrollment.
    pub enrollment_id: EnrollmentId,
    /// The sequence's name.
    pub sequence: String,
    /// `active`, `paused`, `stopped` or `finished`.
    pub state: String,
    /// The answer in one sentence.
    pub summary: String,
    /// Key of the step it stands at.
    pub step: Option<String>,
    /// When that step is due.
    pub due_at: Option<Millis>,
    /// Its action, if one is under way.
    pub action: Option<Why>,
}

fn why_enrollment(cx: &mut Context<'_, '_>, enrollment: &sequences::Enrollment) -> Result<WhyEnrollmentOutput> {
    let mut gatherer = Gatherer::default();
    let found = gatherer.sequence(cx, enrollment.sequence_id)?;
    let step = enrollment.step.clone();
    let status = found.as_ref().map_or("deleted", |(row, _)| row.status.as_str()).to_owned();
    let action = match enrollment.action_id {
        Some(id) => {
            let row = rows::get(cx.tx, cx.project, id)?;
            Some(why(cx, &row)?)
        }
        None => None,
    };
    let parked = jobs::find(cx.tx, cx.project, crate::sequences::JOB, enrollment.id.0)?.and_then(|job| job.parked);
    let at_step = step.as_deref().unwrap_or("the end");
    let summary = match (enrollment.state.as_str(), &action) {
        ("active", Some(action)) => match waits_for_a_person(cx, enrollment)? {
            Some(task) => task,
            None => format!("Step {at_step}: {}", action.summary),
        },
        ("active", None) if status == "paused" => "The sequence is paused.".to_owned(),
        ("active", None) if parked.is_some() => {
            format!("It waits for the gate {} to open.", parked.as_deref().unwrap_or(""))
        }
        ("active", None) => match enrollment.due_at {
            Some(due) if due > cx.now => format!("Step {at_step} is due at {due}."),
            _ => format!("Step {at_step} is due now: it goes on as soon as a worker takes it."),
        },
        (state, _) => {
            let reason = enrollment.reason.as_deref().unwrap_or("no reason was kept");
            match enrollment.due_at.filter(|_| reason == ASKED_FOR_LATER) {
                Some(until) => format!("It is {state}: the lead asked for another time, and it goes on at {until}."),
                None => format!("It is {state}: {reason}."),
            }
        }
    };
    let answered = match &enrollment.heard_at {
        Some(at) => format!(" What the lead told until {at} was answered by a branch."),
        None => String::new(),
    };
    let summary = summary + &answered + &answer_of(cx, enrollment.lead_id)?;
    Ok(WhyEnrollmentOutput {
        enrollment_id: enrollment.id,
        sequence: found.map_or_else(|| enrollment.sequence_id.to_string(), |(row, _)| row.name.clone()),
        state: enrollment.state.clone(),
        summary,
        step,
        due_at: enrollment.due_at,
        action,
    })
}

/// What an enrollment waits for when its step is on a person's list.
fn waits_for_a_person(cx: &mut Context<'_, '_>, enrollment: &sequences::Enrollment) -> Result<Option<String>> {
    let Some(action) = enrollment.action_id else { return Ok(None) };
    let Some(task) = notes::open_task_of(cx.tx, cx.project, enrollment.lead_id, action)? else { return Ok(None) };
    let until = enrollment.due_at.map(|due| format!(", until {due}")).unwrap_or_default();
    Ok(Some(format!(
        "Step {} waits for a person to do {} (\"{}\"){until}.",
        enrollment.step.as_deref().unwrap_or("the end"),
        task.id,
        task.title
    )))
}

/// What the lead's last answer was taken for, and why.
fn answer_of(cx: &mut Context<'_, '_>, lead: LeadId) -> Result<String> {
    let mail = messages::last_from(cx.tx, cx.project, lead)?
        .and_then(|row| Some((row.created_at, row.class?, row.evidence.unwrap_or_default())));
    let text = texts::list(cx.tx, cx.project, Some(lead), None, i64::MAX, RECENT)?
        .into_iter()
        .find(|row| row.direction == "in")
        .and_then(|row| Some((row.created_at, row.class?, row.evidence.unwrap_or_default())));
    let Some((at, class, evidence)) = mail.max(text) else { return Ok(String::new()) };
    let reasons: Vec<String> = serde_json::from_str(&evidence).unwrap_or_default();
    let why = reasons.first().map(|reason| format!(": {reason}")).unwrap_or_default();
    Ok(format!(" Its last answer, at {at}, was taken for {class}{why}."))
}

/// Explains an enrollment.
pub struct WhyEnrollment;

/// Which.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EnrollmentInput {
    /// The enrollment.
    enrollment_id: EnrollmentId,
}

impl Operation for WhyEnrollment {
    const SPEC: Spec = Spec::get(
        "why_enrollment",
        "enrollments",
        "/enrollments/{enrollment_id}/why",
        "sequences:read",
        "Explain where an enrollment stands and what it waits for.",
    );
    type Input = EnrollmentInput;
    type Output = WhyEnrollmentOutput;

    fn run(cx: &mut Context<'_, '_>, input: EnrollmentInput) -> Result<WhyEnrollmentOutput> {
        let enrollment = sequences::get_enrollment(cx.tx, cx.project, input.enrollment_id)
            .map_err(|error| missing(error, "enrollment", "enrollment_id"))?;
        why_enrollment(cx, &enrollment)
    }
}

/// Why a lead gets or doesn't get mail.
#[derive(Debug, Serialize, JsonSchema)]
pub struct WhyLeadOutput {
    /// The lead.
    pub lead_id: LeadId,
    /// The answer in one sentence.
    pub summary: String,
    /// What stops it on every channel, if anything does.
    pub stopped_by: Vec<String>,
    /// Its enrollments, newest first.
    pub enrollments: Vec<WhyEnrollmentOutput>,
    /// Its last actions, newest first.
    pub actions: Vec<Why>,
}

/// Explains a lead.
pub struct WhyLead;

/// Which.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LeadInput {
    /// The lead.
    lead_id: LeadId,
}

/// Actions shown.
const RECENT: i64 = 20;

impl Operation for WhyLead {
    const SPEC: Spec = Spec::get(
        "why_lead",
        "leads",
        "/leads/{lead_id}/why",
        "leads:read",
        "Explain why a lead gets or doesn't get mail.",
    );
    type Input = LeadInput;
    type Output = WhyLeadOutput;

    fn run(cx: &mut Context<'_, '_>, input: LeadInput) -> Result<WhyLeadOutput> {
        let lead = leads::get(cx.tx, cx.project, input.lead_id).map_err(|error| missing(error, "lead", "lead_id"))?;
        let mut stopped_by = Vec::new();
        if lead.outreach_disabled {
            stopped_by.push("outreach to this lead is disabled".to_owned());
        }
        if lead.email.is_none() && lead.phone.is_none() {
            stopped_by.push("it has neither an email address nor a phone number".to_owned());
        }
        for found in suppressions::matching(cx.tx, cx.project, lead.email.as_deref(), lead.phone.as_deref())? {
            stopped_by.push(format!(
                "the {} {} is suppressed since {}: {}",
                found.kind, found.value, found.created_at, found.reason
            ));
        }
        let rows_of_lead = sequences::of_lead(cx.tx, cx.project, lead.id)?;
        let enrollments = rows_of_lead.iter().map(|row| why_enrollment(cx, row)).collect::<Result<Vec<_>>>()?;
        let own = rows::of_lead(cx.tx, cx.project, lead.id, RECENT)?;
        let actions = own.iter().map(|action| why(cx, action)).collect::<Result<Vec<_>>>()?;
        let active = enrollments.iter().find(|enrollment| enrollment.state == "active");
        let summary = match (stopped_by.first(), active) {
            (Some(first), _) => format!("Nothing goes to this lead: {first}."),
            (None, Some(enrollment)) => format!("In {}: {}", enrollment.sequence, enrollment.summary),
            (None, None) => match (enrollments.first(), actions.first()) {
                (Some(last), _) => format!("In {}: {}", last.sequence, last.summary),
                (None, Some(action)) => action.summary.clone(),
                (None, None) => "Nothing was ever planned for this lead: it is in no sequence.".to_owned(),
            },
        };
        Ok(WhyLeadOutput { lead_id: lead.id, summary, stopped_by, enrollments, actions })
    }
}
