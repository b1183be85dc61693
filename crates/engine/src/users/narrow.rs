//! What a seller gives and gets, held to the leads they own: one rule for every operation of every API but those that answer with a
//! page, whose queries keep others' leads out. Changes nothing, and decides nothing for anybody else.

use std::collections::HashSet;

use outrider_domain::id::{LeadId, ProjectId, UserId};
use outrider_store::Tx;
use outrider_store::leads::by_place;
use outrider_store::logs::EventRow;
use serde_json::{Map, Value};

use super::caller::is_seller;
use crate::context::Context;
use crate::error::{Error, Result, code};

/// The fields of inputs that name one lead or several; where APIs take lists in which others' leads are passed over, they do that.
const NAMED: [&str; 3] = ["lead_id", "lead_ids", "contact_id"];

/// Refuses an input that names somebody else's lead, as one that is not there.
///
/// # Errors
/// `resource_not_found` at the field; others when the database fails.
pub fn check_input(cx: &mut Context<'_, '_>, owner: UserId, input: &Value) -> Result<()> {
    for name in NAMED {
        let mut named = HashSet::new();
        match input.get(name) {
            Some(Value::Array(list)) => named.extend(list.iter().filter_map(lead)),
            Some(one) => named.extend(lead(one)),
            None => {}
        }
        if !hidden(cx, owner, named)?.is_empty() {
            return Err(Error::not_found("lead").at(name));
        }
    }
    Ok(())
}

/// Takes what is about others' leads out of the lists of an answer. An answer that is itself about one is none.
///
/// # Errors
/// `resource_not_found`; others when the database fails.
pub fn answer(cx: &mut Context<'_, '_>, owner: UserId, input: &Value, mut body: Value) -> Result<Value> {
    let mut named = HashSet::new();
    collect(&body, &mut named);
    let mut hidden = hidden(cx, owner, named)?;
    if is_about(&body, &hidden) {
        return Err(Error::new(code::RESOURCE_NOT_FOUND, "There is no such thing among what you see."));
    }
    // Those that the caller listed come back as passed over: that tells nothing that was not said.
    let lists = input.as_object().into_iter().flat_map(Map::values).filter_map(Value::as_array);
    for listed in lists.flatten().filter_map(lead) {
        hidden.remove(&listed);
    }
    if hidden.is_empty() {
        return Ok(body);
    }
    remove(&mut body, &hidden);
    Ok(body)
}

/// Takes events about others' leads out of those that a user is shown.
///
/// # Errors
/// When the database fails.
pub fn events(tx: &mut Tx<'_>, project: ProjectId, user: Option<UserId>, rows: &mut Vec<EventRow>) -> Result<()> {
    let Some(owner) = is_seller(tx, user)? else { return Ok(()) };
    let ids: Vec<LeadId> = rows.iter().filter_map(|row| row.lead_id).collect();
    let own: HashSet<LeadId> = by_place::owned(tx, project, owner, &ids)?.into_iter().collect();
    rows.retain(|row| row.lead_id.is_none_or(|lead| own.contains(&lead)));
    Ok(())
}

/// Those of these leads that the seller does not own.
fn hidden(cx: &mut Context<'_, '_>, owner: UserId, named: HashSet<LeadId>) -> Result<HashSet<LeadId>> {
    if named.is_empty() {
        return Ok(named);
    }
    let ids: Vec<LeadId> = named.iter().copied().collect();
    let own: HashSet<LeadId> = by_place::owned(cx.tx, cx.project, owner, &ids)?.into_iter().collect();
    Ok(named.difference(&own).copied().collect())
}

fn lead(value: &Value) -> Option<LeadId> {
    value.as_str()?.parse().ok()
}

/// The leads that an object names in fields of its own.
fn own(object: &Map<String, Value>) -> impl Iterator<Item = LeadId> {
    object.values().filter_map(lead)
}

fn collect(value: &Value, found: &mut HashSet<LeadId>) {
    match value {
        Value::Object(object) => {
            found.extend(own(object));
            object.values().for_each(|value| collect(value, found));
        }
        Value::Array(list) => {
            found.extend(list.iter().filter_map(lead));
            list.iter().for_each(|value| collect(value, found));
        }
        _ => {}
    }
}

fn is_about(value: &Value, hidden: &HashSet<LeadId>) -> bool {
    match value {
        Value::Object(object) => own(object).any(|lead| hidden.contains(&lead)),
        Value::String(_) => lead(value).is_some_and(|lead| hidden.contains(&lead)),
        _ => false,
    }
}

fn remove(value: &mut Value, hidden: &HashSet<LeadId>) {
    match value {
        Value::Object(object) => object.values_mut().for_each(|value| remove(value, hidden)),
        Value::Array(list) => {
            list.retain(|value| !is_about(value, hidden));
            list.iter_mut().for_each(|value| remove(value, hidden));
        }
        _ => {}
    }
}
