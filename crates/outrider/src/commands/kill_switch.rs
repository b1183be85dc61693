//! `outrider kill-switch`: stops everything that goes out, lets it go on, and shows which switches are engaged.

use serde_json::{Value, json};

use super::call;
use crate::arguments::{KillSwitch, Reach};
use crate::failure::Outcome;
use crate::installation::Installation;
use crate::output::{Output, text};
use crate::settings::Settings;

pub(super) async fn run(settings: Settings, given: KillSwitch, output: Output) -> Outcome {
    match given {
        KillSwitch::Engage { reason, reach } => {
            let input = json!({ "reason": reason, "everywhere": reach.everywhere });
            act(settings, reach, "engage_kill_switch", input, output).await
        }
        KillSwitch::Release { reach } => {
            let input = json!({ "everywhere": reach.everywhere });
            act(settings, reach, "release_kill_switch", input, output).await
        }
        KillSwitch::Status(project) => {
            call(settings, project.project.as_deref(), "get_kill_switch", json!({}), output, status).await
        }
    }
}

/// For all projects, the call is made in any of them: its event and audit line need a log.
async fn act(settings: Settings, reach: Reach, operation: &str, input: Value, output: Output) -> Outcome {
    if !reach.everywhere {
        return call(settings, reach.project.project.as_deref(), operation, input, output, status).await;
    }
    let installation = Installation::open(settings).await?;
    let answer = async {
        let project = installation.any_project().await?;
        installation.call(project, operation, input).await
    }
    .await;
    installation.close().await?;
    output.result(&answer?, status);
    Ok(())
}

fn status(value: &Value) -> String {
    let switches = value["switches"].as_array().cloned().unwrap_or_default();
    if switches.is_empty() {
        return "No kill switch is engaged.".to_owned();
    }
    let line = |switch: &Value| {
        let reach = if switch["everywhere"] == true { "every project" } else { "this project" };
        let (by, at) = (text(switch, "engaged_by"), text(switch, "engaged_at"));
        format!("Stopped for {reach} by {by} since {at}: {}\n", text(switch, "reason"))
    };
    switches.iter().map(line).collect()
}
