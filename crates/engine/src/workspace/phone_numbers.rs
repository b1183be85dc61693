//! Phone numbers of a workspace: each is compared with the one stored, and imported, changed or assigned by its noun's operations.

use std::collections::HashMap;

use outrider_domain::id::AgentId;
use outrider_domain::window::TimeZone;
use outrider_domain::workspace::PhoneNumberEntry;
use outrider_store::{identities, projects};
use serde_json::json;

use super::project::{agent_id, names, run};
use super::read;
use crate::context::Context;
use crate::error::Result;
use crate::identities::update_identity::UpdateIdentity;
use crate::phone_numbers::assign_phone_number::AssignPhoneNumber;
use crate::phone_numbers::import_phone_number::ImportPhoneNumber;

/// Makes a number what its entry says.
pub(super) fn apply(cx: &mut Context<'_, '_>, entry: &PhoneNumberEntry, ids: &HashMap<String, AgentId>) -> Result<()> {
    let project_zone = TimeZone::parse(&projects::get(cx.tx, cx.project)?.time_zone).unwrap_or(TimeZone::UTC);
    let zone = entry.time_zone.as_ref().unwrap_or(&project_zone);
    let caller = agent_id(ids, entry.agent.as_deref())?;
    let answerer = agent_id(ids, entry.answered_by.as_deref()).map_err(|error| error.at("answered_by"))?;
    let Some(row) = identities::find(cx.tx, cx.project, entry.number.as_str())? else {
        let fields = json!({
            "number": entry.number, "friendly_name": entry.name, "country": entry.country, "carrier": entry.carrier,
            "outbound_agent_id": caller, "inbound_agent_id": answerer, "concurrency": entry.concurrency,
            "gap": entry.min_gap, "ramp": entry.ramp, "time_zone": zone, "active": entry.active,
        });
        return run::<ImportPhoneNumber>(cx, fields).map(drop);
    };
    let id = row.id;
    let stored = read::phone_number(row, &names(ids), &project_zone)?;
    for (role, was, wanted) in [
        ("outbound", &stored.agent, (&entry.agent, caller)),
        ("inbound", &stored.answered_by, (&entry.answered_by, answerer)),
    ] {
        if was != wanted.0 {
            run::<AssignPhoneNumber>(cx, json!({ "phone_number_id": id, "agent_id": wanted.1, "role": role }))?;
        }
    }
    let wanted = PhoneNumberEntry {
        agent: stored.agent.clone(),
        answered_by: stored.answered_by.clone(),
        country: stored.country.clone(),
        time_zone: entry.time_zone.clone().filter(|zone| *zone != project_zone),
        ..entry.clone()
    };
    if wanted == stored {
        return Ok(());
    }
    let fields = json!({
        "identity_id": id, "name": entry.name, "transport": entry.carrier, "concurrency": entry.concurrency,
        "gap": entry.min_gap, "ramp": entry.ramp, "time_zone": zone, "active": entry.active,
    });
    run::<UpdateIdentity>(cx, fields).map(drop)
}
