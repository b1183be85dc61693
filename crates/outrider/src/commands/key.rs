//! `outrider key`: makes, lists and revokes API keys.

use std::collections::BTreeSet;

use outrider_engine::principal::covers;
use serde_json::{Value, json};

use super::call;
use crate::arguments::{Key, KeyCreate};
use crate::failure::{Failure, Outcome, Status};
use crate::installation::Installation;
use crate::output::{Output, items, text};
use crate::settings::Settings;

pub(super) async fn run(settings: Settings, given: Key, output: Output) -> Outcome {
    match given {
        Key::Create(given) => create(settings, given, output).await,
        Key::List(project) => {
            let human = |value: &Value| {
                items(value, &["id", "name", "dialect", "hint", "scopes", "revoked_at"], "There are no keys.")
            };
            call(settings, project.project.as_deref(), "list_keys", json!({}), output, human).await
        }
        Key::Revoke { id, project } => {
            let input = json!({ "key_id": id });
            let human = |value: &Value| format!("{} is revoked.", text(value, "id"));
            call(settings, project.project.as_deref(), "revoke_key", input, output, human).await
        }
    }
}

async fn create(settings: Settings, given: KeyCreate, output: Output) -> Outcome {
    let installation = Installation::open(settings).await?;
    let answer = async {
        let project = installation.project_or_only(given.project.project.as_deref()).await?;
        let user = match given.user {
            None => Value::Null,
            Some(email) => user_id(&installation, project, &email).await?,
        };
        if given.trigger {
            let input = json!({ "name": given.name, "user_id": user });
            return installation.call(project, "create_trigger_key", input).await;
        }
        let scopes = if given.read_only { vec!["*:read".to_owned()] } else { given.scopes };
        check_scopes(&given.dialect, &scopes)?;
        let input = json!({
            "name": given.name,
            "dialect": given.dialect,
            "scopes": scopes,
            "user_id": user,
            "can_provision": given.can_provision,
        });
        installation.call(project, "create_key", input).await
    }
    .await;
    installation.close().await?;
    output.result(&answer?, |value| text(value, "secret"));
    Ok(())
}

/// Refuses a scope that no endpoint of the key's dialect asks for.
fn check_scopes(dialect: &str, scopes: &[String]) -> Outcome {
    let Some(surface) = outrider_dialects::surfaces(|_| Vec::new()).into_iter().find(|known| known.name == dialect)
    else {
        return Ok(());
    };
    let known: BTreeSet<&str> = surface.operations.iter().map(|endpoint| endpoint.spec.scope).collect();
    match scopes.iter().find(|scope| !known.iter().any(|wanted| covers(scope, wanted))) {
        None => Ok(()),
        Some(scope) => {
            let known: Vec<&str> = known.into_iter().collect();
            let text = format!("There is no scope {scope:?}. Write noun:*, *:read, * or one of: {}.", known.join(", "));
            Err(Failure::new(Status::BadData, "validation_error", text))
        }
    }
}

/// The id of the person with that address in the project's organization.
pub(super) async fn user_id(
    installation: &Installation,
    project: outrider_domain::id::ProjectId,
    email: &str,
) -> Outcome<Value> {
    let mut cursor = Value::Null;
    loop {
        let page = installation.call(project, "list_users", json!({ "limit": 100, "cursor": cursor })).await?;
        let users = page["items"].as_array().cloned().unwrap_or_default();
        if let Some(user) = users.iter().find(|user| text(user, "email").eq_ignore_ascii_case(email)) {
            return Ok(user["id"].clone());
        }
        cursor = page["next_cursor"].clone();
        if cursor.is_null() {
            let hint = format!("There is no user {email}. `outrider user create {email}` makes one.");
            return Err(Failure::new(Status::Refused, "resource_not_found", hint));
        }
    }
}
