//! `outrider user`: makes and lists people, and lets them in.

use std::io::Read as _;

use outrider_domain::address::Email;
use outrider_engine::sign_in::{self, links, password, sessions};
use serde_json::{Value, json};

use super::call;
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
                let project = installation.project_or_only(project.project.as_deref()).await?;
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
            call(settings, project.project.as_deref(), "list_users", json!({ "limit": 100 }), output, human).await
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
