//! API keys: their records and the look-up by hash. Never sees a secret.

use outrider_domain::id::{KeyId, ProjectId, UserId};
use outrider_domain::time::Millis;

use crate::record::record;
use crate::{Error, Tx, statements, values};

record! {
    /// A key's record.
    pub struct ApiKey in "api_keys" as key_columns key ("id") {
        /// Key.
        id: KeyId,
        /// The project it opens.
        project_id: ProjectId,
        /// The dialect it works on.
        dialect: String,
        /// What a person calls it.
        name: String,
        /// SHA-256 of the secret, hexadecimal.
        hash: String,
        /// The secret's first letters, to recognise it by.
        hint: String,
        /// Granted scopes, separated by blanks.
        scopes: String,
        /// The person it acts for.
        user_id: Option<UserId>,
        /// Whether it may make keys (Data Reaktor's owner keys).
        can_provision: bool,
        /// When made.
        created_at: Millis,
        /// When it stops working.
        expires_at: Option<Millis>,
        /// When it was revoked.
        revoked_at: Option<Millis>,
    }
}

statements! {
    pub FIND = concat!("SELECT ", key_columns!(), " FROM api_keys WHERE hash = ?1");
    pub GET = concat!("SELECT ", key_columns!(), " FROM api_keys WHERE project_id = ?1 AND id = ?2");
    pub LIST = concat!("SELECT ", key_columns!(), " FROM api_keys WHERE project_id = ?1 AND id < ?2 ORDER BY id DESC LIMIT ?3");
    pub OF_PERSON = concat!("SELECT ", key_columns!(), " FROM api_keys WHERE project_id = ?1 AND user_id = ?2 AND dialect = ?3 AND id < ?4 ORDER BY id DESC LIMIT ?5");
    pub SET_CAN_PROVISION = "UPDATE api_keys SET can_provision = ?3 WHERE project_id = ?1 AND id = ?2";
    pub REVOKE = "UPDATE api_keys SET revoked_at = ?3 WHERE project_id = ?1 AND id = ?2 AND revoked_at IS NULL";
}

/// The key with that hash.
///
/// # Errors
/// When the database fails.
pub fn find(tx: &mut Tx<'_>, hash: &str) -> Result<Option<ApiKey>, Error> {
    tx.query_opt(&FIND, &values![hash])?.as_ref().map(ApiKey::from_row).transpose()
}

/// A key by id.
///
/// # Errors
/// `NotFound`; others when the database fails.
pub fn get(tx: &mut Tx<'_>, project: ProjectId, id: KeyId) -> Result<ApiKey, Error> {
    ApiKey::from_row(&tx.query_one(&GET, &values![project, id])?)
}

/// Keys of a project before an id, newest first.
///
/// # Errors
/// When the database fails.
pub fn list(tx: &mut Tx<'_>, project: ProjectId, before: i64, limit: i64) -> Result<Vec<ApiKey>, Error> {
    tx.query(&LIST, &values![project, before, limit])?.iter().map(ApiKey::from_row).collect()
}

/// Keys of a dialect that act for a person, before an id, newest first.
///
/// # Errors
/// When the database fails.
pub fn of_person(
    tx: &mut Tx<'_>,
    project: ProjectId,
    user: UserId,
    dialect: &str,
    before: i64,
    limit: i64,
) -> Result<Vec<ApiKey>, Error> {
    tx.query(&OF_PERSON, &values![project, user, dialect, before, limit])?.iter().map(ApiKey::from_row).collect()
}

/// Gives a key the right to make others, or takes it.
///
/// # Errors
/// When the database fails.
pub fn set_can_provision(tx: &mut Tx<'_>, project: ProjectId, id: KeyId, can: bool) -> Result<(), Error> {
    tx.execute(&SET_CAN_PROVISION, &values![project, id, can]).map(drop)
}

/// Revokes a key. False when it was revoked before.
///
/// # Errors
/// When the database fails.
pub fn revoke(tx: &mut Tx<'_>, project: ProjectId, id: KeyId, now: Millis) -> Result<bool, Error> {
    Ok(tx.execute(&REVOKE, &values![project, id, now])? > 0)
}
