//! Sessions: a random token in a browser's cookie, kept here as a hash, with an end. Reads no cookies itself.

use hmac::{Hmac, KeyInit, Mac};
use outrider_domain::id::ProjectId;
use outrider_domain::time::{DAY, HOUR, MINUTE, Millis};
use outrider_store::{Tx, projects, sign_in as rows};
use sha2::Sha256;
use subtle::ConstantTimeEq;

use crate::core::Core;
use crate::error::{Error, Result, code};
use crate::keys::{hash, random_hex};
use crate::pipeline::{Pipeline, hex};
use crate::principal::{Actor, Principal};
use crate::users::project_of;
use crate::users::role::Role;

/// How long a session may lie unused.
pub const IDLE_MS: i64 = 12 * HOUR;
/// How long a session lasts at most.
pub const ABSOLUTE_MS: i64 = 14 * DAY;
/// How long one lasts that agrees by itself.
pub const CONSENTING_MS: i64 = HOUR;
/// How far behind `seen_at` may lie, so that not every request writes.
const TOUCH_MS: i64 = 5 * MINUTE;
/// Random bytes of a token.
const TOKEN_BYTES: usize = 32;

/// Someone signed in.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// The session's record.
    pub session: rows::Session,
    /// Who.
    pub user: projects::User,
}

impl SignedIn {
    /// Whether it is time to say that the session is in use.
    #[must_use]
    pub fn is_stale(&self, now: Millis) -> bool {
        now.0 - self.session.seen_at.0 > TOUCH_MS
    }
}

/// A new token.
///
/// # Errors
/// `internal_error` when the system gives no randomness.
pub fn fresh_token() -> Result<String> {
    random_hex(TOKEN_BYTES)
}

/// Opens a session for a token. `consents` is for programs that follow an application's request without a person.
///
/// # Errors
/// When the database fails.
pub fn begin(tx: &mut Tx<'_>, core: &Core, user: &projects::User, token: &str, consents: bool) -> Result<()> {
    let now = core.now();
    let session = rows::Session {
        hash: hash(token),
        user_id: user.id,
        project_id: None,
        consents,
        created_at: now,
        seen_at: now,
        expires_at: now.plus(if consents { CONSENTING_MS } else { ABSOLUTE_MS }),
    };
    Ok(session.insert(tx)?)
}

/// Opens a session on the command line for a program that signs in and agrees by itself, such as a test of a client.
///
/// # Errors
/// `resource_not_found` for an unknown address.
pub async fn begin_consenting(pipeline: &Pipeline, email: &outrider_domain::address::Email) -> Result<String> {
    let token = fresh_token()?;
    let (core, email, fresh) = (std::sync::Arc::clone(pipeline.core()), email.clone(), token.clone());
    pipeline
        .store()
        .write(move |tx| {
            let user = super::known(tx, &email)?;
            begin(tx, &core, &user, &fresh, true)?;
            super::note_by(tx, &core, &user, Actor::Operator, "begin_consenting_session")
        })
        .await?;
    Ok(token)
}

/// The person behind a token.
///
/// # Errors
/// `invalid_session` for one that is unknown or has ended.
pub fn find(tx: &mut Tx<'_>, token: &str, now: Millis) -> Result<SignedIn> {
    let ended = || Error::new(code::INVALID_SESSION, "You are not signed in, or your session has ended. Sign in.");
    let session = rows::find_session(tx, &hash(token))?.ok_or_else(ended)?;
    if session.expires_at <= now || session.seen_at.plus(IDLE_MS) <= now {
        return Err(ended());
    }
    let user = projects::user(tx, session.user_id)?.ok_or_else(ended)?;
    Ok(SignedIn { session, user })
}

/// The person behind a token as a caller in one of their projects.
///
/// # Errors
/// `invalid_session`; `resource_not_found` for a project of others.
pub fn authenticate(tx: &mut Tx<'_>, token: &str, project: Option<ProjectId>, now: Millis) -> Result<Principal> {
    let SignedIn { session, user } = find(tx, token, now)?;
    let project = project_of(tx, &user, project, session.project_id)?;
    let scopes = Role::of(&user.role).scopes().iter().map(|scope| (*scope).to_owned()).collect();
    Ok(Principal { actor: Actor::User(user.id), project, scopes, user: Some(user.id) })
}

/// Notes that a session is in use.
///
/// # Errors
/// When the database fails.
pub async fn touch(pipeline: &Pipeline, token: &str) -> Result<()> {
    let (hash, now) = (hash(token), pipeline.core().now());
    pipeline.store().write(move |tx| Ok(rows::touch_session(tx, &hash, now)?)).await
}

/// Remembers the project a session works in.
///
/// # Errors
/// `invalid_session`; `resource_not_found` for a project of others.
pub async fn choose_project(pipeline: &Pipeline, token: &str, project: ProjectId) -> Result<()> {
    let (token, now) = (token.to_owned(), pipeline.core().now());
    pipeline
        .store()
        .write(move |tx| {
            let SignedIn { session, user } = find(tx, &token, now)?;
            project_of(tx, &user, Some(project), None)?;
            Ok(rows::choose_project(tx, &session.hash, project)?)
        })
        .await
}

/// Ends a session; an unknown token ends nothing.
///
/// # Errors
/// When the database fails.
pub async fn end(pipeline: &Pipeline, token: &str) -> Result<()> {
    let hash = hash(token);
    pipeline.store().write(move |tx| Ok(rows::end_session(tx, &hash)?)).await
}

/// What a form must carry to be taken for one of ours: made of the cookie's token, so that a page elsewhere can't know it.
#[must_use]
pub fn form_token(core: &Core, token: &str) -> String {
    hex(&seal(core, token))
}

/// Whether a form carries the token that belongs to a cookie.
#[must_use]
pub fn is_form_token(core: &Core, token: &str, given: &str) -> bool {
    form_token(core, token).as_bytes().ct_eq(given.as_bytes()).into()
}

fn seal(core: &Core, token: &str) -> Vec<u8> {
    // HMAC takes keys of any length, so the other branch can't happen; an empty seal would match no form token of ours.
    let Ok(mut mac) = <Hmac<Sha256> as KeyInit>::new_from_slice(&core.secret) else { return Vec::new() };
    mac.update(b"form");
    mac.update(token.as_bytes());
    mac.finalize().into_bytes().to_vec()
}
