//! `outrider sub-agent`: whom keys of Data Reaktor stand for; gives one the right to make others.

use serde_json::{Value, json};

use super::call;
use crate::arguments::SubAgent;
use crate::failure::Outcome;
use crate::output::Output;
use crate::settings::Settings;

pub(super) async fn run(settings: Settings, given: SubAgent, output: Output) -> Outcome {
    match given {
        SubAgent::List(project) => {
            call(settings, project.project.as_deref(), "list_sub_agents", json!({}), output, table).await
        }
        SubAgent::Set { number, can_provision, monthly_cap, project } => {
            let input =
                json!({ "sub_agent": number, "can_provision": can_provision, "monthly_credit_cap": monthly_cap });
            call(settings, project.project.as_deref(), "update_sub_agent", input, output, line).await
        }
    }
}

fn table(value: &Value) -> String {
    let rows = value["sub_agents"].as_array().map_or(&[][..], Vec::as_slice);
    if rows.is_empty() { "No sub-agents.\n".to_owned() } else { rows.iter().map(line).collect() }
}

fn line(row: &Value) -> String {
    let text = |name: &str| row[name].as_str().unwrap_or_default().to_owned();
    let right = if row["can_provision"] == true { "  may provision" } else { "" };
    let purse =
        if row["own_purse"] == true { format!("{} credits", row["balance"]) } else { "no purse of its own".to_owned() };
    format!("{:>4}  {}  {}  {purse}{right}\n", row["id"], text("key_hint"), text("name"))
}
