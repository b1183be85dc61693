//! `outrider subscription`: sets and shows a project's plan.

use serde_json::{Value, json};

use super::call;
use crate::arguments::Subscription;
use crate::failure::Outcome;
use crate::output::{Output, text};
use crate::settings::Settings;

pub(super) async fn run(settings: Settings, given: Subscription, output: Output) -> Outcome {
    match given {
        Subscription::Set { plan, project } => {
            call(settings, project.project.as_deref(), "set_plan", json!({ "plan": plan }), output, plan_of).await
        }
        Subscription::Show(project) => {
            call(settings, project.project.as_deref(), "get_subscription", json!({}), output, plan_of).await
        }
    }
}

fn plan_of(value: &Value) -> String {
    let active = if value["active"] == true { "outreach may go out" } else { "outreach is held" };
    format!("The plan is {}: {active}.", text(value, "plan"))
}
