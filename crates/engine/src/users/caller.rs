//! Who a caller is, and whose leads it sees: a seller sees what they own, everybody else all of the project. Changes nothing.

use outrider_domain::id::UserId;
use outrider_store::{Tx, keys as key_rows, projects as rows};

use super::User;
use super::role::Role;
use crate::context::Context;
use crate::error::Result;
use crate::keys::Key;
use crate::principal::Actor;
use crate::projects::Project;

/// A caller with what it acts by.
#[derive(Debug)]
pub struct Caller {
    /// The person; none for a key that acts for nobody.
    pub user: Option<User>,
    /// Where it acts.
    pub project: Project,
    /// The key it acts by, if it is one.
    pub key: Option<Key>,
    /// What it may do.
    pub scopes: Vec<String>,
}

/// Who calls.
///
/// # Errors
/// When the database fails.
pub fn caller(cx: &mut Context<'_, '_>) -> Result<Caller> {
    let user = match cx.principal.user {
        Some(id) => rows::user(cx.tx, id)?.map(User::from),
        None => None,
    };
    let key = match cx.principal.actor {
        Actor::Key(id) => Some(key_rows::get(cx.tx, cx.project, id)?.into()),
        _ => None,
    };
    let project = rows::get(cx.tx, cx.project)?.into();
    Ok(Caller { user, project, key, scopes: cx.principal.scopes.clone() })
}

/// Whose leads alone the caller sees; none when it sees everybody's.
///
/// # Errors
/// When the database fails.
pub fn sees_only(cx: &mut Context<'_, '_>) -> Result<Option<UserId>> {
    is_seller(cx.tx, cx.principal.user)
}

/// The user, if it is a seller; who was removed meanwhile sees no more than one.
///
/// # Errors
/// When the database fails.
pub(super) fn is_seller(tx: &mut Tx<'_>, user: Option<UserId>) -> Result<Option<UserId>> {
    let Some(id) = user else { return Ok(None) };
    let role = rows::user(tx, id)?.map_or(Role::Seller, |user| Role::of(&user.role));
    Ok((role == Role::Seller).then_some(id))
}
