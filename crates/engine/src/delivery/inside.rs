//! Doing what reaches nobody outside by itself: a note is written, a task given to a person, a lead changed. One transaction
//! holds the act and its end, so that a crash leaves either both or none.

use outrider_domain::id::{NoteId, PersonTaskId};
use outrider_store::actions::{self as rows, Action};
use outrider_store::leads::Lead;
use outrider_store::notes::{Note, PersonTask};
use serde_json::{Map, Value, json};

use crate::actions::content::ActionContent;
use crate::actions::propose_act::{INSIDE, KINDS};
use crate::actions::{conclude, refuse, state};
use crate::context::{Context, Event};
use crate::error::{Kind, Result};
use crate::gates::snapshot::address_of;
use crate::leads::create_lead::CreateLead;
use crate::leads::update_lead::UpdateLead;
use crate::operation::{Operation, decode};

/// Whether an action is done here rather than handed over to a provider.
#[must_use]
pub fn is_inside(action: &Action) -> bool {
    KINDS.contains(&action.kind.as_str()) || is_by_hand(action)
}

/// Whether a person carries it out.
#[must_use]
pub fn is_by_hand(action: &Action) -> bool {
    matches!(action.kind.as_str(), "linkedin" | "call_task")
}

/// Does an action that every gate let through.
///
/// # Errors
/// When the database fails.
pub fn perform(cx: &mut Context<'_, '_>, mut action: Action, lead: &Lead) -> Result<()> {
    let content = ActionContent::read(action.content.as_deref())?.unwrap_or_default();
    action.attempts += 1;
    if action.channel != INSIDE {
        let address = address_of(lead, &action.channel).unwrap_or_default().to_owned();
        if address.is_empty() {
            return refuse(cx, action, "lead_no_address", "the lead has no profile or number for this any more");
        }
        if !rows::hand(cx.tx, &action, &address, cx.now)? {
            return refuse(cx, action, "duplicate", "the ledger has this contact and cause already");
        }
        rows::settle(cx.tx, &action, &address, "delivered", cx.now)?;
    }
    let (reason, detail) = match action.kind.as_str() {
        "note" => note(cx, &action, &content)?,
        "update" | "stage" | "lead" => match change_or_add(cx, &action, &content) {
            Ok(done) => done,
            // What the lead can't take is the action's end, not the worker's.
            Err(error) if !matches!(error.code.kind, Kind::Internal | Kind::Unavailable) => {
                return conclude(cx, action, state::FAILED, "not_possible", &error.message);
            }
            Err(error) => return Err(error),
        },
        _ => task(cx, &action, &content, lead)?,
    };
    conclude(cx, action, state::DELIVERED, reason, &detail)
}

fn note(cx: &mut Context<'_, '_>, action: &Action, content: &ActionContent) -> Result<(&'static str, String)> {
    let id = NoteId(cx.id());
    let row = Note {
        project_id: cx.project,
        id,
        lead_id: action.lead_id,
        agent_id: action.agent_id,
        action_id: Some(action.id),
        text: content.text.clone().unwrap_or_default(),
        created_by: action.proposed_by.clone(),
        created_at: cx.now,
    };
    row.insert(cx.tx)?;
    cx.emit(Event::new("note.created").lead(action.lead_id).agent(action.agent_id).subject(id));
    Ok(("noted", id.to_string()))
}

fn task(
    cx: &mut Context<'_, '_>,
    action: &Action,
    content: &ActionContent,
    lead: &Lead,
) -> Result<(&'static str, String)> {
    let id = PersonTaskId(cx.id());
    let (kind, title) = match action.kind.as_str() {
        "linkedin" => ("linkedin", format!("Write to {} on LinkedIn", lead.name)),
        "call_task" => ("call", format!("Call {}", lead.name)),
        "escalate" => ("escalation", format!("{} needs a person", lead.name)),
        _ => ("task", format!("Something to do for {}", lead.name)),
    };
    let row = PersonTask {
        project_id: cx.project,
        id,
        kind: kind.to_owned(),
        lead_id: Some(action.lead_id),
        agent_id: action.agent_id,
        action_id: Some(action.id),
        title: content.title.clone().unwrap_or(title),
        text: content.text.clone(),
        link: content.link.clone(),
        status: "open".to_owned(),
        created_by: action.proposed_by.clone(),
        created_at: cx.now,
        done_by: None,
        done_at: None,
    };
    let title = row.title.clone();
    row.insert(cx.tx)?;
    let event = if kind == "escalation" { "lead.escalated" } else { "person_task.created" };
    cx.emit(
        Event::new(event)
            .lead(action.lead_id)
            .agent(action.agent_id)
            .subject(id)
            .data(json!({ "kind": kind, "title": title })),
    );
    Ok(("given_to_a_person", id.to_string()))
}

fn change_or_add(cx: &mut Context<'_, '_>, action: &Action, content: &ActionContent) -> Result<(&'static str, String)> {
    if action.kind == "lead" { add(cx, content) } else { change(cx, action, content) }
}

/// Adds somebody as a lead by the same operation that people use.
fn add(cx: &mut Context<'_, '_>, content: &ActionContent) -> Result<(&'static str, String)> {
    let fields = content.set.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
    let added = CreateLead::run(cx, decode(Value::Object(fields))?)?;
    Ok(("added", added.id.to_string()))
}

/// Sets fields or the stage by the same operation that people use.
fn change(cx: &mut Context<'_, '_>, action: &Action, content: &ActionContent) -> Result<(&'static str, String)> {
    let mut input = Map::new();
    input.insert("lead_id".to_owned(), json!(action.lead_id));
    if let Some(stage) = &content.stage {
        input.insert("stage".to_owned(), json!(stage));
    }
    let mut own = Map::new();
    for (name, value) in &content.set {
        match name.strip_prefix("custom.") {
            Some(name) => own.insert(name.to_owned(), custom_value(value)),
            None => input.insert(name.clone(), json!(value)),
        };
    }
    if !own.is_empty() {
        input.insert("custom_fields".to_owned(), Value::Object(own));
    }
    let names: Vec<String> = input.keys().filter(|name| *name != "lead_id").cloned().collect();
    let input = decode(Value::Object(input))?;
    UpdateLead::run(cx, input)?;
    Ok(("changed", names.join(", ")))
}

/// A number or truth value where it reads as one, since filters compare numbers.
fn custom_value(text: &str) -> Value {
    match serde_json::from_str::<Value>(text) {
        Ok(value @ (Value::Number(_) | Value::Bool(_))) => value,
        _ => json!(text),
    }
}
