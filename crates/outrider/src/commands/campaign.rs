//! `outrider campaign`: campaigns that tasks are linked to.

use serde_json::{Value, json};

use super::call;
use crate::arguments::Campaign;
use crate::failure::Outcome;
use crate::output::Output;
use crate::settings::Settings;

pub(super) async fn run(settings: Settings, given: Campaign, output: Output) -> Outcome {
    match given {
        Campaign::List(project) => {
            call(settings, project.project.as_deref(), "list_campaigns", json!({}), output, table).await
        }
        Campaign::Create(given) => {
            let input = json!({ "name": given.name, "client_name": given.client, "icp_id": given.icp,
                "objective": given.objective, "campaign_prompt": given.prompt });
            call(settings, given.project.project.as_deref(), "create_campaign", input, output, line).await
        }
    }
}

fn table(value: &Value) -> String {
    let rows = value["campaigns"].as_array().map_or(&[][..], Vec::as_slice);
    if rows.is_empty() { "No campaigns.\n".to_owned() } else { rows.iter().map(line).collect() }
}

fn line(row: &Value) -> String {
    let text = |name: &str| row[name].as_str().unwrap_or("-").to_owned();
    let done = format!("{} of {} done", row["processed_contacts"], row["total_contacts"]);
    format!("{:>4}  {}  {}  {done}\n", row["id"], text("name"), text("status"))
}
