//! Playbooks in a workspace file: between the file's words, which name a sender by its address and leave out what follows from
//! something else, and the agent's own field.

use outrider_domain::id::AgentId;
use outrider_domain::playbook;
use outrider_store::{Tx, identities, playbooks as rows};
use serde_json::{Map, Value, json};

use super::project::run;
use crate::agents::update_agent::UpdateAgent;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::gates::snapshot::read_json;

/// Keys that are blank when a file leaves them out.
const BLANK: [&str; 4] = ["description", "llm_config", "identity_id", "structure"];

/// Makes an agent's playbook what the file says.
pub(super) fn apply(cx: &mut Context<'_, '_>, agent: AgentId, wanted: &Value) -> Result<()> {
    let Value::Object(wanted) = wanted else { return Err(Error::invalid("playbook", "A playbook is a table.")) };
    let mut fields = wanted.clone();
    if let Some(sender) = fields.remove("identity") {
        fields.insert("identity_id".to_owned(), sender_id(cx, &sender)?);
    }
    for name in BLANK {
        // Steps that a file leaves out are those of its text.
        let follows =
            name == "structure" && ["playbook_md", "template"].iter().any(|other| wanted.contains_key(*other));
        if !follows {
            fields.entry(name).or_insert(Value::Null);
        }
    }
    fields.entry("enabled").or_insert(json!(false));
    fields.entry("capabilities").or_insert(json!([]));
    run::<UpdateAgent>(cx, json!({ "agent_id": agent, "playbook": fields })).map(drop)
}

fn sender_id(cx: &mut Context<'_, '_>, sender: &Value) -> Result<Value> {
    let none = || Error::invalid("playbook.identity", format!("There is no identity {sender} in this project."));
    let address = sender.as_str().ok_or_else(none)?.trim().to_lowercase();
    let row = identities::find(cx.tx, cx.project, &address)?.ok_or_else(none)?;
    Ok(json!(row.id))
}

/// An agent's playbook in the words of a file; absent when it has none.
pub(super) fn read(tx: &mut Tx<'_>, row: &outrider_store::agents::Agent) -> Result<Option<Value>> {
    let Some(found) = rows::find(tx, row.project_id, row.id)? else { return Ok(None) };
    let mut entry = Map::new();
    let mut put = |name: &str, value: Value| {
        if !is_blank(&value) {
            entry.insert(name.to_owned(), value);
        }
    };
    let of_catalog = found.template.as_deref().and_then(playbook::find).map(|template| template.markdown);
    put("description", json!(found.description));
    put("template", json!(found.template));
    if found.markdown.as_deref() != of_catalog {
        put("playbook_md", json!(found.markdown));
    }
    let written = found.markdown.as_deref().and_then(|text| playbook::read(text).ok().flatten());
    let steps: Option<playbook::Structure> =
        found.structure.as_deref().map(|json| read_json(json, "a playbook's steps")).transpose()?;
    if steps != written {
        put("structure", json!(steps));
    }
    let json_of = |text: &str| read_json::<Value>(text, "a playbook");
    put("capabilities", json_of(&found.capabilities)?);
    put("monitoring", json_of(&found.monitoring)?);
    if let Some(config) = &found.llm_config {
        put("llm_config", json_of(config)?);
    }
    if let Some(id) = found.identity_id {
        let sender = identities::get(tx, row.project_id, id).ok();
        put("identity", json!(sender.map(|sender| sender.address)));
    }
    entry.insert("enabled".to_owned(), json!(found.enabled));
    Ok(Some(without_nulls(Value::Object(entry))))
}

fn is_blank(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(list) => list.is_empty(),
        Value::Object(fields) => fields.values().all(is_blank),
        _ => false,
    }
}

/// TOML has no null: what is null is left out.
pub(super) fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(fields) => Value::Object(
            fields
                .into_iter()
                .filter(|(_, value)| !value.is_null())
                .map(|(name, value)| (name, without_nulls(value)))
                .collect(),
        ),
        Value::Array(list) => Value::Array(list.into_iter().map(without_nulls).collect()),
        other => other,
    }
}
