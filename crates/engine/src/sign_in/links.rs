//! One-time links: let a person in who has no password yet, or forgot it, to set one. Sends nothing: the operator hands them over.

use std::sync::Arc;

use outrider_domain::address::Email;
use outrider_domain::time::{DAY, Millis};
use outrider_store::{Tx, projects, sign_in as rows};

use super::{Opened, known, note, password, sessions};
use crate::error::{Error, Result, code};
use crate::keys::hash;
use crate::pipeline::Pipeline;

/// How long a link works.
pub const LINK_MS: i64 = DAY;
/// The path of the page that a link opens, before its token.
pub const PATH: &str = "/sign-in/link/";

/// Makes a link for someone; gives its whole URL below the server's public address.
///
/// # Errors
/// `resource_not_found` for an unknown address.
pub async fn make(pipeline: &Pipeline, email: &Email) -> Result<String> {
    let token = sessions::fresh_token()?;
    let (core, email, hash) = (Arc::clone(pipeline.core()), email.clone(), hash(&token));
    let url = format!("{}{PATH}{token}", core.settings.public_url);
    pipeline
        .store()
        .write(move |tx| {
            let user = known(tx, &email)?;
            let now = core.now();
            let row = rows::Link {
                hash: hash.clone(),
                user_id: user.id,
                created_at: now,
                expires_at: now.plus(LINK_MS),
                used_at: None,
            };
            row.insert(tx)?;
            super::note_by(tx, &core, &user, crate::principal::Actor::Operator, "make_sign_in_link")
        })
        .await?;
    Ok(url)
}

/// Whom a link would let in; looking uses nothing up.
///
/// # Errors
/// `resource_not_found` for a link that is unknown, used or too old.
pub async fn look(pipeline: &Pipeline, token: &str) -> Result<projects::User> {
    let (hash, now) = (hash(token), pipeline.core().now());
    pipeline.store().read(move |tx| valid(tx, &hash, now)).await
}

/// Uses a link: sets the password, ends whatever sessions and links the person had, and signs them in.
///
/// # Errors
/// `validation_error` at `password`; `resource_not_found` for a link that is unknown, used or too old.
pub async fn follow(pipeline: &Pipeline, token: &str, password: &str) -> Result<Opened> {
    password::check("password", password)?;
    look(pipeline, token).await?;
    let new = password::hash_apart(password.to_owned()).await?;
    let session = sessions::fresh_token()?;
    let (core, hash, fresh) = (Arc::clone(pipeline.core()), hash(token), session.clone());
    let user = pipeline
        .store()
        .write(move |tx| {
            let now = core.now();
            let user = valid(tx, &hash, now)?;
            if !rows::use_link(tx, &hash, now)? {
                return Err(gone());
            }
            rows::end_links(tx, user.id, now)?;
            rows::end_sessions(tx, user.id)?;
            rows::set_password(tx, user.id, &new, now)?;
            sessions::begin(tx, &core, &user, &fresh, false)?;
            note(tx, &core, &user, "follow_sign_in_link")?;
            Ok::<_, Error>(user)
        })
        .await?;
    Ok(Opened { token: session, user })
}

fn valid(tx: &mut Tx<'_>, hash: &str, now: Millis) -> Result<projects::User> {
    let link = rows::find_link(tx, hash)?.filter(|link| link.used_at.is_none() && link.expires_at > now);
    let link = link.ok_or_else(gone)?;
    projects::user(tx, link.user_id)?.ok_or_else(gone)
}

fn gone() -> Error {
    Error::new(code::RESOURCE_NOT_FOUND, "This link was used before, has expired, or was cut off on its way.")
}
