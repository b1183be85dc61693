//! `outrider webhooks`: makes and shows addresses that are told of events, and sends one back in the event log.

use serde_json::{Value, json};

use super::{call, call_on};
use crate::arguments::Webhooks;
use crate::failure::Outcome;
use crate::output::{Output, items, text};
use crate::settings::Settings;

pub(super) async fn run(settings: Settings, given: Webhooks, output: Output) -> Outcome {
    match given {
        Webhooks::List(project) => {
            let human = |value: &Value| {
                items(
                    value,
                    &["id", "url", "types", "state", "after", "failures", "last_error"],
                    "There are no webhooks.",
                )
            };
            call(settings, project.project.as_deref(), "list_webhooks", json!({ "limit": 100 }), output, human).await
        }
        Webhooks::Create { url, types, project } => {
            let input = json!({ "url": url, "types": types });
            let human = |value: &Value| text(value, "secret");
            call(settings, project.project.as_deref(), "create_webhook", input, output, human).await
        }
        Webhooks::Replay { id, after, project } => {
            let input = json!({ "webhook_id": id, "state": "active", "after": after });
            let human = |value: &Value| format!("{} goes on after event {}.", text(value, "id"), value["after"]);
            call_on(settings, project.project.as_deref(), &id, ("update_webhook", input), output, human).await
        }
    }
}
