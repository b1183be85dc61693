//! `outrider user`: makes and lists people, lets them in and go, and says what is theirs.

use std::io::Read as _;

use outrider_domain::address::Email;
use outrider_domain::id::ProjectId;
use outrider_engine::sign_in::{self, links, password, sessions};
use serde_json::{Value, json};

use super::in_project;
use super::key::user_id;
use crate::arguments::User;
use crate::failure::{Failure, Outcome, Status};
use crate::installation::Installation;
use crate::output::{Output, items, text};
use crate::settings::Settings;

/// Most bytes of a password that are read.
const LONGEST: u64 = 4096;

pub(super) async fn run(settings: Settings, given: User, output: Output) -> Outcome {
    match given {
        User::Create { email, name, role, password_stdin, project } => {
            // Before anything is made, so that a bad password leaves nothing behind.
            let password = if password_stdin { Some(read_password()?) } else { None };
            let installation = Installation::open(settings).await?;
            let made = async {
                let project = installation.project_of_organization(project.project.as_deref()).await?;
                let input = json!({ "email": email, "name": name, "role": role });
                let mut user = installation.call(project, "create_user", input).await?;
                let email = parse(&email)?;
                match password {
                    Some(password) => sign_in::set_password(&installation.pipeline, &email, &password).await?,
                    None => user["sign_in_url"] = links::make(&installation.pipeline, &email).await?.into(),
                }
                Ok::<_, Failure>(user)
            }
            .await;
            installation.close().await?;
            output.result(&made?, created);
            Ok(())
        }
        User::List(project) => {
            let human = |value: &Value| items(value, &["id", "email", "name", "role"], "There are no users.");
            let installation = Installation::open(settings).await?;
            let listed = async {
                let project = installation.project_of_organization(project.project.as_deref()).await?;
                installation.call(project, "list_users", json!({ "limit": 100 })).await
            };
            let listed = listed.await;
            installation.close().await?;
            output.result(&listed?, human);
            Ok(())
        }
        User::Remove { email, project } => {
            let installation = Installation::open(settings).await?;
            let removed = async {
                let project = installation.project_of_person(project.project.as_deref(), &email).await?;
                let user = user_id(&installation, project, &email).await?;
                installation.call(project, "remove_user", json!({ "user_id": user })).await
            };
            let removed = removed.await;
            installation.close().await?;
            output.result(&removed?, |value| format!("{} is gone.", text(value, "email")));
            Ok(())
        }
        User::Assign { email, leads, identities, project } => {
            let given = in_project(settings, &project, async |installation, project| {
                assign(installation, project, &email, &leads, &identities).await
            });
            let human = |value: &Value| {
                format!("{email} has {} more leads and {} senders.", value["leads"], value["identities"])
            };
            output.result(&given.await?, human);
            Ok(())
        }
        User::Accounts { email, domains, none, restricted, project } => {
            let wanted = if none { Some(Vec::new()) } else { Some(domains).filter(|domains| !domains.is_empty()) };
            let accounts = in_project(settings, &project, async |installation, project| {
                accounts(installation, project, &email, wanted, restricted).await
            });
            output.result(&accounts.await?, shown_accounts);
            Ok(())
        }
        User::Link { email } => {
            let email = parse(&email)?;
            let installation = Installation::open(settings).await?;
            let made = links::make(&installation.pipeline, &email).await;
            installation.close().await?;
            output.result(&json!({ "sign_in_url": made? }), |value| text(value, "sign_in_url"));
            Ok(())
        }
        User::Password { email } => {
            let (email, password) = (parse(&email)?, read_password()?);
            let installation = Installation::open(settings).await?;
            let set = sign_in::set_password(&installation.pipeline, &email, &password).await;
            installation.close().await?;
            set?;
            output.result(&json!({ "email": email }), |_| format!("The password of {email} is set."));
            Ok(())
        }
        User::Session { email } => {
            let email = parse(&email)?;
            let installation = Installation::open(settings).await?;
            let begun = sessions::begin_consenting(&installation.pipeline, &email).await;
            let public_url = installation.core().settings.public_url.clone();
            installation.close().await?;
            let cookie = outrider_http::session_cookie(&public_url, &begun?);
            output.result(&json!({ "cookie": cookie }), |value| text(value, "cookie"));
            Ok(())
        }
    }
}

/// Gives a seller leads and senders; a sender that is not there is told before anything is given.
async fn assign(
    installation: &Installation,
    project: ProjectId,
    email: &str,
    leads: &[String],
    addresses: &[String],
) -> Outcome<Value> {
    let user = user_id(installation, project, email).await?;
    let mut identities = Vec::new();
    for address in addresses {
        identities.push(identity_id(installation, project, address).await?);
    }
    let mut assigned = json!(0);
    if !leads.is_empty() {
        let input = json!({ "user_id": user, "lead_ids": leads });
        assigned = installation.call(project, "assign_owner", input).await?["assigned"].clone();
    }
    for identity in &identities {
        let input = json!({ "identity_id": identity, "owner_id": user });
        installation.call(project, "update_identity", input).await?;
    }
    Ok(json!({ "user_id": user, "leads": assigned, "identities": identities.len() }))
}

/// The sender of that address or number.
async fn identity_id(installation: &Installation, project: ProjectId, address: &str) -> Outcome<Value> {
    let mut cursor = Value::Null;
    loop {
        let page = installation.call(project, "list_identities", json!({ "limit": 100, "cursor": cursor })).await?;
        let found = page["items"].as_array().into_iter().flatten().find(|identity| {
            ["email", "phone"].iter().any(|name| text(identity, name).eq_ignore_ascii_case(address.trim()))
        });
        if let Some(found) = found {
            return Ok(found["id"].clone());
        }
        cursor = page["next_cursor"].clone();
        if cursor.is_null() {
            return Err(Failure::new(Status::Refused, "resource_not_found", format!("There is no sender {address}.")));
        }
    }
}

/// Sets what is given of a seller's accounts, and leaves the rest.
async fn accounts(
    installation: &Installation,
    project: ProjectId,
    email: &str,
    domains: Option<Vec<String>>,
    restricted: Option<bool>,
) -> Outcome<Value> {
    let user = user_id(installation, project, email).await?;
    let now = installation.call(project, "get_seller_accounts", json!({ "user_id": user })).await?;
    if domains.is_none() && restricted.is_none() {
        return Ok(now);
    }
    let domains = domains.map_or_else(|| now["domains"].clone(), |domains| json!(domains));
    let restricted = restricted.map_or_else(|| now["restricted"].clone(), Value::from);
    let input = json!({ "user_id": user, "domains": domains, "restricted": restricted });
    installation.call(project, "set_seller_accounts", input).await
}

fn shown_accounts(accounts: &Value) -> String {
    let domains: Vec<&str> = accounts["domains"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let reach = if accounts["restricted"] == true { "discovers these alone" } else { "may discover others too" };
    format!("{} companies are assigned, and the seller {reach}.\n{}", domains.len(), domains.join("\n"))
        .trim_end()
        .to_owned()
}

fn created(user: &Value) -> String {
    let who = format!("{} ({}) is {}.", text(user, "email"), text(user, "role"), text(user, "id"));
    match user["sign_in_url"].as_str() {
        Some(url) => format!("{who}\nTheir one-time sign-in link, good for a day: {url}"),
        None => who,
    }
}

fn parse(email: &str) -> Outcome<Email> {
    Email::parse(email).map_err(|error| Failure::new(Status::BadData, "validation_error", format!("email: {error}")))
}

/// The password on standard input, without the line's end.
fn read_password() -> Outcome<String> {
    let mut read = String::new();
    std::io::stdin()
        .lock()
        .take(LONGEST)
        .read_to_string(&mut read)
        .map_err(|error| Failure::new(Status::BadData, "validation_error", format!("the password: {error}")))?;
    let line = read.strip_suffix('\n').unwrap_or(&read);
    let line = line.strip_suffix('\r').unwrap_or(line);
    password::check("password", line)?;
    Ok(line.to_owned())
}
