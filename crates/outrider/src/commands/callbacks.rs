//! `outrider callbacks`: shows results that are posted to web addresses, and posts one again.

use serde_json::{Value, json};

use super::{call, call_on};
use crate::arguments::Callbacks;
use crate::failure::Outcome;
use crate::output::Output;
use crate::settings::Settings;

pub(super) async fn run(settings: Settings, given: Callbacks, output: Output) -> Outcome {
    match given {
        Callbacks::List { state, project } => {
            let input = json!({ "state": state, "limit": 200 });
            call(settings, project.project.as_deref(), "list_callbacks", input, output, table).await
        }
        Callbacks::Replay { task, project } => {
            let input = json!({ "task_id": task });
            call_on(settings, project.project.as_deref(), &task, ("replay_callback", input), output, line).await
        }
    }
}

fn table(value: &Value) -> String {
    let rows = value["callbacks"].as_array().map_or(&[][..], Vec::as_slice);
    if rows.is_empty() { "No results to post.\n".to_owned() } else { rows.iter().map(line).collect() }
}

fn line(row: &Value) -> String {
    let text = |name: &str| row[name].as_str().unwrap_or_default().to_owned();
    let why = if row["last_error"].is_null() { String::new() } else { format!("  {}", text("last_error")) };
    format!("{}  {:9}  tries {}  {}{why}\n", text("task_id"), text("state"), row["attempts"], text("url"))
}
