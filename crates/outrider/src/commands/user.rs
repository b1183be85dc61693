//! `outrider user`: makes and lists people.

use serde_json::{Value, json};

use super::call;
use crate::arguments::User;
use crate::failure::Outcome;
use crate::output::{Output, items, text};
use crate::settings::Settings;

pub(super) async fn run(settings: Settings, given: User, output: Output) -> Outcome {
    match given {
        User::Create { email, name, role, project } => {
            let input = json!({ "email": email, "name": name, "role": role });
            let human =
                |value: &Value| format!("{} ({}) is {}.", text(value, "email"), text(value, "role"), text(value, "id"));
            call(settings, project.project.as_deref(), "create_user", input, output, human).await
        }
        User::List(project) => {
            let human = |value: &Value| items(value, &["id", "email", "name", "role"], "There are no users.");
            call(settings, project.project.as_deref(), "list_users", json!({ "limit": 100 }), output, human).await
        }
    }
}
