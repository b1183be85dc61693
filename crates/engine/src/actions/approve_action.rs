//! `approve_action`: a person says yes to exactly this content.

use outrider_domain::holidays::Holidays;
use outrider_domain::id::{ActionId, LeadId};
use outrider_domain::window::{SendWindow, TimeZone};
use outrider_store::actions::{self as rows, Action as Row};
use outrider_store::{leads, projects};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::content::ActionContent;
use super::slots::Wanted;
use super::view::{self, Action};
use super::{conclude, schedule, state};
use crate::context::{Context, Event};
use crate::error::{Error, Result, code};
use crate::gates::snapshot::{Gatherer, read_json};
use crate::leads::missing;
use crate::operation::{Effect, Operation, Spec};
use crate::opt_out;
use crate::principal::{APPROVE, Actor};

/// Approves an action.
pub struct ApproveAction;

/// Which, and what was seen.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The action.
    action_id: ActionId,
    /// `digest` of the action as it was shown; the approval is refused when the content has changed since.
    digest: String,
}

impl Operation for ApproveAction {
    const SPEC: Spec = Spec::act(
        "approve_action",
        "actions",
        "/actions/{action_id}/approve",
        APPROVE,
        "Approve exactly this content; it passes every gate again when it leaves.",
    )
    .effect(Effect::Outward)
    .describe("A key may not approve what it proposed itself, unless the project's self_approval says so.")
    .fails(&[code::RESOURCE_NOT_FOUND, code::WRONG_STATE, code::CONTENT_CHANGED, code::OWN_PROPOSAL]);
    type Input = Input;
    type Output = Action;

    fn run(cx: &mut Context<'_, '_>, input: Input) -> Result<Action> {
        let row = pending(cx, input.action_id)?;
        check_approver(cx, &row)?;
        if row.digest != input.digest {
            return Err(Error::new(
                code::CONTENT_CHANGED,
                "The content is not what you saw. Get the action again and approve its digest.",
            )
            .at("digest"));
        }
        let row = approve(cx, row)?;
        view::view(cx, row, true)
    }
}

/// The action, if it waits for a person.
///
/// # Errors
/// `resource_not_found`; `wrong_state` when it doesn't wait.
pub fn pending(cx: &mut Context<'_, '_>, id: ActionId) -> Result<Row> {
    let row = rows::lock(cx.tx, cx.project, id).map_err(|error| missing(error, "action", "action_id"))?;
    if row.state != state::PENDING_APPROVAL {
        return Err(Error::new(
            code::WRONG_STATE,
            format!("This action does not wait for approval: it is {}.", row.state),
        ));
    }
    if row.expires_at.is_some_and(|end| end <= cx.now) {
        return Err(Error::new(code::WRONG_STATE, "The time to approve this action is over."));
    }
    Ok(row)
}

/// Refuses a key that would approve what it proposed itself, unless the project lets it.
///
/// # Errors
/// `own_proposal`; others when the database fails.
pub fn check_approver(cx: &mut Context<'_, '_>, row: &Row) -> Result<()> {
    let own = matches!(cx.actor, Actor::Key(_)) && row.proposed_by == cx.actor.to_string();
    if own && !projects::get(cx.tx, cx.project)?.self_approval {
        return Err(Error::new(
            code::OWN_PROPOSAL,
            "This key proposed the action, so another key or a person must approve it.",
        ));
    }
    Ok(())
}

/// Approves a waiting action's present content: schedules a mail, or does at once what reaches nobody.
///
/// # Errors
/// `wrong_state` when the text is incomplete; others when the database fails.
pub fn approve(cx: &mut Context<'_, '_>, mut row: Row) -> Result<Row> {
    if row.problems != "[]" {
        let problems: Vec<String> = read_json(&row.problems, "an action's problems")?;
        let problems: Vec<&str> = problems.iter().map(|problem| problem.trim_end_matches('.')).collect();
        let text =
            format!("The text is not complete: {}. Edit it first, then approve the new digest.", problems.join("; "));
        return Err(Error::new(code::WRONG_STATE, text));
    }
    "given".clone_into(&mut row.approval);
    row.approved_digest = Some(row.digest.clone());
    row.approved_by = Some(cx.actor.to_string());
    row.approved_at = Some(cx.now);
    row.updated_at = cx.now;
    row.hold_gate = None;
    row.hold_reason = None;
    state::SCHEDULED.clone_into(&mut row.state);
    cx.emit(
        Event::new("action.approved")
            .lead(row.lead_id)
            .agent(row.agent_id)
            .subject(row.id)
            .data(json!({ "digest": row.digest })),
    );
    if row.kind == "record_opt_out" {
        row.clone().save(cx.tx)?;
        opt_out::record(cx, row.lead_id, "opt_out", "a person confirmed the request in a reply")?;
        conclude(cx, row.clone(), state::DELIVERED, "recorded", "the opt-out is recorded")?;
        return Ok(rows::get(cx.tx, cx.project, row.id)?);
    }
    let wanted = wanted(cx, &row)?;
    schedule(cx, &mut row, &wanted)?;
    row.clone().save(cx.tx)?;
    Ok(row)
}

/// When an action may leave: its step's hours in the lead's zone.
///
/// # Errors
/// When the database fails.
pub fn wanted(cx: &mut Context<'_, '_>, row: &Row) -> Result<Wanted> {
    let mut gatherer = Gatherer::default();
    let defined = match row.sequence_id {
        Some(sequence) => gatherer.sequence(cx, sequence)?.map(|(_, definition)| definition),
        None => None,
    };
    let step = row.step.as_deref().and_then(|key| {
        let definition = defined.as_ref()?;
        definition.step(key).map(|(_, step)| definition.window_of(step))
    });
    let window = match (row.sequence_id, step) {
        (Some(_), step) => step,
        (None, _) => ActionContent::read(row.content.as_deref())?.and_then(|content| content.hours),
    };
    let holidays = match leads::get(cx.tx, cx.project, row.lead_id) {
        Ok(lead) => gatherer.holidays(cx, defined.as_deref(), &lead)?,
        Err(outrider_store::Error::NotFound) => Holidays::default(),
        Err(other) => return Err(other.into()),
    };
    let window = window.unwrap_or_else(SendWindow::always);
    Ok(Wanted { earliest: cx.now, window, zone: zone(cx, row.lead_id)?, holidays })
}

fn zone(cx: &mut Context<'_, '_>, lead: LeadId) -> Result<TimeZone> {
    let own = match leads::get(cx.tx, cx.project, lead) {
        Ok(lead) => lead.time_zone,
        Err(outrider_store::Error::NotFound) => None,
        Err(other) => return Err(other.into()),
    };
    let name = match own {
        Some(own) => own,
        None => projects::get(cx.tx, cx.project)?.time_zone,
    };
    Ok(TimeZone::parse(&name).unwrap_or(TimeZone::UTC))
}
