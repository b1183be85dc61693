//! API keys: making, checking, listing and revoking them. The secret is shown once and kept only as a hash.

pub mod create_key;
pub mod create_trigger_key;
pub mod list_keys;
pub mod revoke_key;

use outrider_domain::id::{KeyId, UserId};
use outrider_domain::time::Millis;
use outrider_store::Tx;
use outrider_store::{keys as rows, projects};
use schemars::JsonSchema;
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::context::Context;
use crate::error::{Error, Result, code};
use crate::pipeline::hex;
use crate::principal::{APPROVE, Actor, Principal, meet};
use crate::users::role::Role;

/// A dialect, and what its keys begin with; the first of a dialect is what its usual keys begin with.
pub const PREFIXES: &[(&str, &str)] = &[
    ("native", "or_live_"),
    ("cora", "cora_live_"),
    ("artra", "artra_pat_"),
    ("reaktor", "drk_live_"),
    ("artic", "ak_live_"),
    ("pathbound", "pb_live_"),
    ("reaktor", TRIGGER_PREFIX),
];

/// What the keys of Data Reaktor's trigger addresses begin with.
pub const TRIGGER_PREFIX: &str = "drk_trigger_";

/// Dialects whose contract sends what a key asks for at once: such a call is an act of the key's owner, and no person is asked
/// again. So only who may approve hands out a key of theirs that writes.
const DIRECT: &[&str] = &["cora", "artic"];

/// Refuses to make a key that could send without approval for someone who may not approve.
///
/// # Errors
/// `insufficient_scope` at `dialect`.
fn check_direct(cx: &Context<'_, '_>, dialect: &str, scopes: &[String]) -> Result<()> {
    let writes = scopes.iter().any(|scope| !scope.ends_with(":read"));
    if !writes || !DIRECT.contains(&dialect) || cx.principal.may(APPROVE) {
        return Ok(());
    }
    let message = format!("A {dialect} key sends without asking: making one that writes needs the scope {APPROVE}.");
    Err(Error::new(code::INSUFFICIENT_SCOPE, message).at("dialect"))
}

/// Dialects whose keys act as one person, always.
const PERSONAL: &[&str] = &["artra"];

/// Whom a new key acts for: the person named, else whoever makes it.
///
/// # Errors
/// `resource_not_found` for people of other organizations; `insufficient_scope` for somebody else's key, unless an owner or
/// admin makes it; `validation_error` where a key needs a person.
fn holder(cx: &mut Context<'_, '_>, wanted: Option<UserId>, dialect: &str) -> Result<Option<UserId>> {
    let maker = cx.principal.user;
    let Some(user) = wanted.or(maker) else {
        if PERSONAL.contains(&dialect) {
            let text = format!("A key of {dialect} acts as one person: name the user.");
            return Err(Error::invalid("user_id", text));
        }
        return Ok(None);
    };
    let organization = projects::get(cx.tx, cx.project)?.organization_id;
    let person = projects::user(cx.tx, user)?.filter(|person| person.organization_id == organization);
    let person = person.ok_or_else(|| Error::not_found("user").at("user_id"))?;
    if let Some(maker) = maker.filter(|maker| *maker != person.id) {
        let role = projects::user(cx.tx, maker)?.map_or(Role::Viewer, |maker| Role::of(&maker.role));
        if !matches!(role, Role::Owner | Role::Admin) {
            let text = "Only an owner or admin makes keys that act for somebody else.";
            return Err(Error::new(code::INSUFFICIENT_SCOPE, text).at("user_id"));
        }
    }
    Ok(Some(user))
}

/// Random bytes in a secret.
const SECRET_BYTES: usize = 24;

/// SHA-256 of a secret: what is stored and looked up. Secrets are random, so a slow hash would add nothing.
#[must_use]
pub fn hash(secret: &str) -> String {
    hex(&Sha256::digest(secret))
}

/// A fresh secret of a dialect.
///
/// # Errors
/// `validation_error` for an unknown dialect; `internal_error` when the system gives no randomness.
pub fn fresh_secret(dialect: &str) -> Result<String> {
    let Some((_, prefix)) = PREFIXES.iter().find(|(name, _)| *name == dialect) else {
        let known: Vec<&str> = PREFIXES.iter().map(|(name, _)| *name).collect();
        return Err(Error::invalid("dialect", format!("There is no dialect {dialect}. Known: {}.", known.join(", "))));
    };
    secret_of(prefix)
}

/// A fresh secret that begins so.
fn secret_of(prefix: &str) -> Result<String> {
    Ok(format!("{prefix}{}", random_hex(SECRET_BYTES)?))
}

/// Random bytes as hexadecimal.
///
/// # Errors
/// `internal_error` when the system gives no randomness.
pub fn random_hex(bytes: usize) -> Result<String> {
    let mut buffer = vec![0_u8; bytes];
    getrandom::fill(&mut buffer).map_err(|error| Error {
        source: Some(error.to_string().into()),
        ..Error::new(code::INTERNAL_ERROR, "The system gave no random bytes.")
    })?;
    Ok(hex(&buffer))
}

/// The first letters of a secret, to recognise it by.
#[must_use]
pub fn hint(secret: &str) -> String {
    let shown =
        PREFIXES.iter().find(|(_, prefix)| secret.starts_with(prefix)).map_or(8, |(_, prefix)| prefix.len() + 4);
    secret.chars().take(shown).collect()
}

/// Who a secret belongs to.
///
/// # Errors
/// `missing_api_key`, `invalid_api_key`, `revoked_api_key`, `expired_api_key`.
pub fn authenticate(tx: &mut Tx<'_>, secret: &str, dialect: &str, now: Millis) -> Result<Principal> {
    if secret.is_empty() {
        return Err(Error::new(code::MISSING_API_KEY, "Send your API key: Authorization: Bearer KEY."));
    }
    let unknown = || Error::new(code::INVALID_API_KEY, "This API key is malformed or unknown.");
    if !PREFIXES.iter().any(|(name, prefix)| *name == dialect && secret.starts_with(prefix)) {
        return Err(unknown());
    }
    let key = rows::find(tx, &hash(secret))?.filter(|key| key.dialect == dialect).ok_or_else(unknown)?;
    if key.revoked_at.is_some() {
        return Err(Error::new(code::REVOKED_API_KEY, "This API key was revoked."));
    }
    if key.expires_at.is_some_and(|end| end <= now) {
        return Err(Error::new(code::EXPIRED_API_KEY, "This API key has expired."));
    }
    let granted: Vec<&str> = key.scopes.split_whitespace().collect();
    let scopes = match key.user_id {
        None => granted.into_iter().map(ToOwned::to_owned).collect(),
        // A key that acts for a person never does what the person may not.
        Some(user) => {
            let gone = || Error::new(code::REVOKED_API_KEY, "The person whom this key acts for was removed.");
            meet(&granted, Role::of(&projects::user(tx, user)?.ok_or_else(gone)?.role).scopes())
        }
    };
    Ok(Principal { actor: Actor::Key(key.id), project: key.project_id, scopes, user: key.user_id })
}

/// A key without its secret.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Key {
    /// Key.
    pub id: KeyId,
    /// What a person calls it.
    pub name: String,
    /// The dialect it works on.
    pub dialect: String,
    /// The secret's first letters.
    pub hint: String,
    /// Granted scopes.
    pub scopes: Vec<String>,
    /// The person it acts for.
    pub user_id: Option<UserId>,
    /// Whether it may make keys for others (Data Reaktor's owner keys).
    pub can_provision: bool,
    /// When made.
    pub created_at: Millis,
    /// When it stops working.
    pub expires_at: Option<Millis>,
    /// When it was revoked.
    pub revoked_at: Option<Millis>,
}

impl From<rows::ApiKey> for Key {
    fn from(row: rows::ApiKey) -> Self {
        Self {
            id: row.id,
            name: row.name,
            dialect: row.dialect,
            hint: row.hint,
            scopes: row.scopes.split_whitespace().map(ToOwned::to_owned).collect(),
            user_id: row.user_id,
            can_provision: row.can_provision,
            created_at: row.created_at,
            expires_at: row.expires_at,
            revoked_at: row.revoked_at,
        }
    }
}
