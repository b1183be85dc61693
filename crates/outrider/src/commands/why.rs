//! `outrider why`: the explanation of an action, an enrollment or a lead, readable.

use serde_json::{Value, json};

use crate::arguments;
use crate::failure::{Failure, Outcome, Status};
use crate::installation::Installation;
use crate::output::{Output, text};
use crate::settings::Settings;

pub(super) async fn run(settings: Settings, given: arguments::Why, output: Output) -> Outcome {
    let installation = Installation::open(settings).await?;
    let answer = explain(&installation, &given).await;
    installation.close().await?;
    output.result(&answer?, render);
    Ok(())
}

async fn explain(installation: &Installation, given: &arguments::Why) -> Outcome<Value> {
    let slug = given.project.project.as_deref();
    let project = if given.id.contains('@') {
        installation.project_with_lead_at(slug, &given.id).await?
    } else {
        installation.project_with(slug, &given.id).await?
    };
    let (operation, field, id) = match given.id.split_once('_').map_or("", |(prefix, _)| prefix) {
        "act" => ("why_action", "action_id", given.id.clone()),
        "enr" => ("why_enrollment", "enrollment_id", given.id.clone()),
        "lead" => ("why_lead", "lead_id", given.id.clone()),
        _ if given.id.contains('@') => {
            let found = installation.call(project, "list_leads", json!({ "query": given.id, "limit": 100 })).await?;
            let leads = found["items"].as_array().cloned().unwrap_or_default();
            let lead = leads.iter().find(|lead| text(lead, "email").eq_ignore_ascii_case(&given.id));
            let Some(lead) = lead else {
                let text = format!("There is no lead with the address {}.", given.id);
                return Err(Failure::new(Status::Refused, "resource_not_found", text));
            };
            ("why_lead", "lead_id", text(lead, "id"))
        }
        _ => {
            let text =
                "Give the id of an action (act_…), an enrollment (enr_…) or a lead (lead_…), or a lead's address.";
            return Err(Failure::new(Status::Usage, "bad_id", text));
        }
    };
    installation.call(project, operation, json!({ field: id })).await
}

/// Any of the three explanations as text.
#[must_use]
pub(crate) fn render(value: &Value) -> String {
    let mut lines = String::new();
    describe(value, "", &mut lines);
    lines
}

fn describe(value: &Value, indent: &str, lines: &mut String) {
    let deeper = format!("{indent}  ");
    if value["lead_id"].is_string() && value["enrollments"].is_array() {
        *lines += &format!("{indent}{}  {}\n", text(value, "lead_id"), text(value, "summary"));
        for reason in value["stopped_by"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            *lines += &format!("{deeper}stopped: {reason}\n");
        }
        for part in ["enrollments", "actions"] {
            for one in value[part].as_array().into_iter().flatten() {
                describe(one, &deeper, lines);
            }
        }
    } else if value["enrollment_id"].is_string() {
        let (id, sequence, state) = (text(value, "enrollment_id"), text(value, "sequence"), text(value, "state"));
        *lines += &format!("{indent}{id}  {sequence}, {state}: {}\n", text(value, "summary"));
        if value["action"].is_object() {
            describe(&value["action"], &deeper, lines);
        }
    } else {
        let (id, state) = (text(value, "action_id"), text(value, "state"));
        *lines += &format!("{indent}{id}  {state}: {}\n", text(value, "summary"));
        gates(&value["gates"], &deeper, lines);
    }
}

fn gates(gates: &Value, indent: &str, lines: &mut String) {
    for gate in gates.as_array().into_iter().flatten() {
        let (name, because) = (text(gate, "gate"), text(gate, "because"));
        let (verdict, until) = (text(gate, "verdict"), text(gate, "until"));
        let mut line = format!("{indent}{verdict:8}  {name:14}  {because}");
        if !until.is_empty() {
            line += &format!(" (until {until})");
        }
        *lines += line.trim_end();
        lines.push('\n');
    }
}
