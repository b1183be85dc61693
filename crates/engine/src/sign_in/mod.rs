//! Signing in: passwords, one-time links and sessions of people. Decides who someone is; what they may do follows from their role.

pub mod links;
pub mod password;
pub mod sessions;

use outrider_domain::address::Email;
use outrider_store::{Tx, projects, sign_in as rows};
use serde_json::json;

use crate::attempts::{SIGN_IN_ACCOUNT, SIGN_IN_ORIGIN};
use crate::context::Context;
use crate::core::Core;
use crate::error::{Error, Result, code};
use crate::pipeline::Pipeline;
use crate::principal::{Actor, Principal};
use crate::users::project_of;

/// A session just opened, with the only copy of its token.
#[derive(Debug)]
pub struct Opened {
    /// For the browser's cookie; kept here only as a hash.
    pub token: String,
    /// Who signed in.
    pub user: projects::User,
}

/// Signs in by address and password. Takes as long for an address without an account as for one with it.
///
/// # Errors
/// `invalid_sign_in`; `rate_limit_exceeded` after too many wrong tries for the account or from `origin`.
pub async fn with_password(pipeline: &Pipeline, email: &str, password: &str, origin: &str) -> Result<Opened> {
    let address = Email::parse(email.trim()).ok();
    let account = address.as_ref().map_or_else(|| email.trim().to_lowercase(), ToString::to_string);
    let origin = origin.to_owned();
    let core = std::sync::Arc::clone(pipeline.core());
    // Counted before the password is looked at, so that many tries at once don't pass together.
    let now = core.now();
    let (counted, by) = (account.clone(), origin.clone());
    let locking = std::sync::Arc::clone(&core);
    let found = pipeline
        .store()
        .write(move |tx| {
            let tried = SIGN_IN_ACCOUNT.tried(tx, &counted, now)?;
            let within = SIGN_IN_ACCOUNT.within(tried, now).and(SIGN_IN_ORIGIN.count(tx, &by, now)?);
            let user = match &address {
                Some(address) => projects::find_user(tx, address.as_str())?,
                None => None,
            };
            if let Err(error) = within {
                if let Some(user) = user.filter(|_| SIGN_IN_ACCOUNT.closes(tried)) {
                    note_by(tx, &locking, &user, Actor::Visitor, "sign_in_locked")?;
                }
                return Ok::<_, Error>(Err(error));
            }
            let hash = match &user {
                Some(user) => rows::password(tx, user.id)?,
                None => None,
            };
            Ok(Ok((user, hash)))
        })
        .await?;
    let (user, hash) = found?;
    let right = password::verify(password, hash).await?;
    let Some(user) = user.filter(|_| right) else {
        return Err(Error::new(code::INVALID_SIGN_IN, "The address or the password is wrong."));
    };
    let token = sessions::fresh_token()?;
    let opened = Opened { token: token.clone(), user: user.clone() };
    pipeline
        .store()
        .write(move |tx| {
            SIGN_IN_ACCOUNT.clear(tx, &account)?;
            SIGN_IN_ORIGIN.forgive(tx, &origin)?;
            sessions::begin(tx, &core, &user, &token, false)?;
            note(tx, &core, &user, "sign_in")
        })
        .await?;
    Ok(opened)
}

/// Sets a new password for someone who is signed in and knows the old one, and ends their other sessions.
///
/// # Errors
/// `invalid_session`; `invalid_sign_in` at `password`; `validation_error` at `new_password`; `rate_limit_exceeded`.
pub async fn change_password(pipeline: &Pipeline, session: &str, old: &str, new: &str, origin: &str) -> Result<Opened> {
    password::check("new_password", new)?;
    let core = std::sync::Arc::clone(pipeline.core());
    let (now, token) = (core.now(), session.to_owned());
    let person = pipeline.store().read(move |tx| sessions::find(tx, &token, now)).await?;
    let checked = with_password(pipeline, &person.user.email, old, origin)
        .await
        .map_err(|error| if error.code == code::INVALID_SIGN_IN { error.at("password") } else { error })?;
    let hash = password::hash_apart(new.to_owned()).await?;
    let (user, token) = (checked.user.clone(), checked.token.clone());
    pipeline
        .store()
        .write(move |tx| {
            rows::set_password(tx, user.id, &hash, core.now())?;
            rows::end_sessions(tx, user.id)?;
            sessions::begin(tx, &core, &user, &token, false)?;
            note(tx, &core, &user, "change_password")
        })
        .await?;
    Ok(checked)
}

/// Sets someone's password for the operator, who needs no old one; ends their sessions and links.
///
/// # Errors
/// `validation_error` at `password`; `resource_not_found` for an unknown address.
pub async fn set_password(pipeline: &Pipeline, email: &Email, password: &str) -> Result<()> {
    password::check("password", password)?;
    let hash = password::hash_apart(password.to_owned()).await?;
    let (core, email) = (std::sync::Arc::clone(pipeline.core()), email.clone());
    pipeline
        .store()
        .write(move |tx| {
            let user = known(tx, &email)?;
            rows::set_password(tx, user.id, &hash, core.now())?;
            rows::end_sessions(tx, user.id)?;
            rows::end_links(tx, user.id, core.now())?;
            note_by(tx, &core, &user, Actor::Operator, "set_password")
        })
        .await
}

/// The person with that address.
pub(crate) fn known(tx: &mut Tx<'_>, email: &Email) -> Result<projects::User> {
    projects::find_user(tx, email.as_str())?
        .ok_or_else(|| Error::new(code::RESOURCE_NOT_FOUND, "There is no user with this address.").at("email"))
}

/// Writes an audit line about a person in the project they would act in; nothing when they have none.
pub(crate) fn note(tx: &mut Tx<'_>, core: &Core, user: &projects::User, what: &'static str) -> Result<()> {
    note_by(tx, core, user, Actor::User(user.id), what)
}

fn note_by(tx: &mut Tx<'_>, core: &Core, user: &projects::User, actor: Actor, what: &'static str) -> Result<()> {
    let project = match project_of(tx, user, None, None) {
        Ok(project) => project,
        Err(error) if error.code == code::RESOURCE_NOT_FOUND => return Ok(()),
        Err(error) => return Err(error),
    };
    let principal = Principal { actor, project, scopes: Vec::new(), user: Some(user.id) };
    let mut cx = Context::new(tx, core, &principal, core.now());
    cx.audit(what, Some(user.id.to_string()), &json!({}));
    cx.finish().map(drop)
}
