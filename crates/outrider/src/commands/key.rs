//! `outrider key`: makes, lists and revokes API keys.

use std::collections::BTreeSet;

use outrider_engine::principal::covers;
use serde_json::{Value, json};

use super::call_on;
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
            let installation = Installation::open(settings).await?;
            let answer = async {
                let project = installation.project_or_only(project.project.as_deref()).await?;
                let keys = all(&installation, project, "list_keys").await?;
                Ok::<Value, Failure>(json!({ "items": keys, "next_cursor": null }))
            }
            .await;
            installation.close().await?;
            output.result(&answer?, human);
            Ok(())
        }
        Key::Revoke { id, project } => {
            let input = json!({ "key_id": id });
            let human = |value: &Value| format!("{} is revoked.", text(value, "id"));
            call_on(settings, project.project.as_deref(), &id, ("revoke_key", input), output, human).await
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
    let answer = answer?;
    if let Some(signing) = answer["signing_secret"].as_str() {
        output.note(&format!(
            "Callbacks of this key's tasks are signed with {signing}: keep it for whoever receives them."
        ));
    }
    output.result(&answer, |value| text(value, "secret"));
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

/// Everything a list has, page by page.
async fn all(
    installation: &Installation,
    project: outrider_domain::id::ProjectId,
    list: &'static str,
) -> Outcome<Vec<Value>> {
    let (mut found, mut cursor) = (Vec::new(), Value::Null);
    loop {
        let mut page = installation.call(project, list, json!({ "limit": 100, "cursor": cursor })).await?;
        if let Some(items) = page["items"].as_array_mut() {
            found.append(items);
        }
        cursor = page["next_cursor"].take();
        if cursor.is_null() {
            return Ok(found);
        }
    }
}

/// The id of the person with that address in the project's organization.
pub(super) async fn user_id(
    installation: &Installation,
    project: outrider_domain::id::ProjectId,
    email: &str,
) -> Outcome<Value> {
    let users = all(installation, project, "list_users").await?;
    users.iter().find(|user| text(user, "email").eq_ignore_ascii_case(email)).map(|user| user["id"].clone()).ok_or_else(
        || {
            let hint = format!("There is no user {email}. `outrider user create {email}` makes one.");
            Failure::new(Status::Refused, "resource_not_found", hint)
        },
    )
}
