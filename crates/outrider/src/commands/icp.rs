//! `outrider icp`: ideal customers, which leads are scored by.

use serde_json::{Value, json};

use super::call;
use crate::arguments::Icp;
use crate::failure::Outcome;
use crate::output::Output;
use crate::settings::Settings;

pub(super) async fn run(settings: Settings, given: Icp, output: Output) -> Outcome {
    match given {
        Icp::List(project) => call(settings, project.project.as_deref(), "list_icps", json!({}), output, table).await,
        Icp::Create(given) => {
            let input = json!({ "name": given.name, "target_industry": given.industry, "company_size_range": given.size,
                "target_seniority": given.seniority, "target_personas": given.personas, "tone_preference": given.tone,
                "user_value_prop": given.value_prop, "user_differentiators": given.differentiators });
            call(settings, given.project.project.as_deref(), "create_icp", input, output, line).await
        }
    }
}

fn table(value: &Value) -> String {
    let rows = value["icps"].as_array().map_or(&[][..], Vec::as_slice);
    if rows.is_empty() { "No ideal customers.\n".to_owned() } else { rows.iter().map(line).collect() }
}

fn line(row: &Value) -> String {
    let text = |name: &str| row[name].as_str().unwrap_or("-").to_owned();
    let asked = [text("target_industry"), text("company_size_range"), text("target_seniority")].join("  ");
    format!("{:>4}  {}  {asked}\n", row["id"], text("name"))
}
