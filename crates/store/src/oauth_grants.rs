//! What people let applications do: grants, and the codes and tokens that come of them, as hashes. Decides nothing.

use outrider_domain::id::{GrantId, OrganizationId, ProjectId, UserId};
use outrider_domain::time::Millis;

use crate::record::record;
use crate::{Error, Tx, statements, values};

record! {
    /// What a person let an application do.
    pub struct Grant in "oauth_grants" as grant_columns key ("id") {
        /// Key.
        id: GrantId,
        /// Who granted.
        user_id: UserId,
        /// The authorization server.
        issuer: String,
        /// The application.
        client_id: String,
        /// What it called itself then.
        client_name: String,
        /// The URL its tokens are for (RFC 8707).
        resource: String,
        /// Granted scopes, separated by blanks.
        scopes: String,
        /// The only project it may touch; all of the person's when absent.
        project_id: Option<ProjectId>,
        /// When granted.
        created_at: Millis,
        /// When a token was last issued; absent until the code is exchanged.
        used_at: Option<Millis>,
        /// When it ends by itself.
        expires_at: Millis,
        /// When it was revoked.
        revoked_at: Option<Millis>,
        /// Why.
        revoked_because: Option<String>,
    }
}

record! {
    /// An authorization code.
    pub struct AuthorizationCode in "oauth_codes" as code_columns key ("hash") {
        /// SHA-256 of the code, hexadecimal.
        hash: String,
        /// What it is exchanged for.
        grant_id: GrantId,
        /// The redirect URI it was sent to.
        redirect_uri: String,
        /// PKCE's S256 challenge.
        challenge: String,
        /// When it stops working.
        expires_at: Millis,
        /// When it was exchanged.
        used_at: Option<Millis>,
    }
}

record! {
    /// An access or refresh token.
    pub struct Token in "oauth_tokens" as token_columns key ("hash") {
        /// SHA-256 of the token, hexadecimal.
        hash: String,
        /// The family it belongs to.
        grant_id: GrantId,
        /// `access` or `refresh`.
        kind: String,
        /// Its scopes, separated by blanks: the grant's or fewer.
        scopes: String,
        /// When issued.
        created_at: Millis,
        /// When it stops working.
        expires_at: Millis,
        /// When a refresh token was exchanged.
        used_at: Option<Millis>,
    }
}

statements! {
    pub GET = concat!("SELECT ", grant_columns!(), " FROM oauth_grants WHERE id = ?1");
    pub LIST = concat!("SELECT ", grant_columns!(), " FROM oauth_grants WHERE user_id = ?1 AND id < ?2 AND used_at IS NOT NULL AND revoked_at IS NULL AND expires_at > ?3 ORDER BY id DESC LIMIT ?4");
    pub LIST_OF_ORGANIZATION = concat!("SELECT ", grant_columns!(), " FROM oauth_grants WHERE user_id IN (SELECT users.id FROM users WHERE users.organization_id = ?1)
        AND id < ?2 AND used_at IS NOT NULL AND revoked_at IS NULL AND expires_at > ?3 ORDER BY id DESC LIMIT ?4");
    pub USE_GRANT = "UPDATE oauth_grants SET used_at = ?2, expires_at = ?3 WHERE id = ?1";
    pub REVOKE = "UPDATE oauth_grants SET revoked_at = ?2, revoked_because = ?3 WHERE id = ?1 AND revoked_at IS NULL";
    pub FIND_CODE = concat!("SELECT ", code_columns!(), " FROM oauth_codes WHERE hash = ?1");
    pub USE_CODE = "UPDATE oauth_codes SET used_at = ?2 WHERE hash = ?1 AND used_at IS NULL";
    pub FIND_TOKEN = concat!("SELECT ", token_columns!(), " FROM oauth_tokens WHERE hash = ?1");
    pub USE_TOKEN = "UPDATE oauth_tokens SET used_at = ?2 WHERE hash = ?1 AND used_at IS NULL";
    pub END_TOKEN = "DELETE FROM oauth_tokens WHERE hash = ?1";
    pub FORGET_CODES = "DELETE FROM oauth_codes WHERE expires_at < ?1";
    pub FORGET_TOKENS = "DELETE FROM oauth_tokens WHERE expires_at < ?1";
    pub FORGET_GRANTS = "DELETE FROM oauth_grants WHERE expires_at < ?1";
}

/// A grant by id.
///
/// # Errors
/// When the database fails.
pub fn get(tx: &mut Tx<'_>, id: GrantId) -> Result<Option<Grant>, Error> {
    tx.query_opt(&GET, &values![id])?.as_ref().map(Grant::from_row).transpose()
}

/// A person's grants in use before an id, newest first.
///
/// # Errors
/// When the database fails.
pub fn list(tx: &mut Tx<'_>, user: UserId, before: i64, now: Millis, limit: i64) -> Result<Vec<Grant>, Error> {
    tx.query(&LIST, &values![user, before, now, limit])?.iter().map(Grant::from_row).collect()
}

/// The grants in use of everyone in an organization before an id, newest first.
///
/// # Errors
/// When the database fails.
pub fn list_of_organization(
    tx: &mut Tx<'_>,
    organization: OrganizationId,
    before: i64,
    now: Millis,
    limit: i64,
) -> Result<Vec<Grant>, Error> {
    tx.query(&LIST_OF_ORGANIZATION, &values![organization, before, now, limit])?.iter().map(Grant::from_row).collect()
}

/// Notes that a grant was used, and when it will end if it is not used again.
///
/// # Errors
/// When the database fails.
pub fn use_grant(tx: &mut Tx<'_>, id: GrantId, now: Millis, expires: Millis) -> Result<(), Error> {
    tx.execute(&USE_GRANT, &values![id, now, expires]).map(drop)
}

/// Revokes a grant with all its tokens; false when it was revoked before.
///
/// # Errors
/// When the database fails.
pub fn revoke(tx: &mut Tx<'_>, id: GrantId, because: &str, now: Millis) -> Result<bool, Error> {
    Ok(tx.execute(&REVOKE, &values![id, now, because])? > 0)
}

/// The code with that hash, used or not.
///
/// # Errors
/// When the database fails.
pub fn find_code(tx: &mut Tx<'_>, hash: &str) -> Result<Option<AuthorizationCode>, Error> {
    tx.query_opt(&FIND_CODE, &values![hash])?.as_ref().map(AuthorizationCode::from_row).transpose()
}

/// Uses a code up; false when it was used before.
///
/// # Errors
/// When the database fails.
pub fn use_code(tx: &mut Tx<'_>, hash: &str, now: Millis) -> Result<bool, Error> {
    Ok(tx.execute(&USE_CODE, &values![hash, now])? > 0)
}

/// The token with that hash, used or not.
///
/// # Errors
/// When the database fails.
pub fn find_token(tx: &mut Tx<'_>, hash: &str) -> Result<Option<Token>, Error> {
    tx.query_opt(&FIND_TOKEN, &values![hash])?.as_ref().map(Token::from_row).transpose()
}

/// Uses a refresh token up; false when it was used before.
///
/// # Errors
/// When the database fails.
pub fn use_token(tx: &mut Tx<'_>, hash: &str, now: Millis) -> Result<bool, Error> {
    Ok(tx.execute(&USE_TOKEN, &values![hash, now])? > 0)
}

/// Ends one token.
///
/// # Errors
/// When the database fails.
pub fn end_token(tx: &mut Tx<'_>, hash: &str) -> Result<(), Error> {
    tx.execute(&END_TOKEN, &values![hash]).map(drop)
}

/// Forgets codes, tokens and grants that ended before a moment.
///
/// # Errors
/// When the database fails.
pub fn forget(tx: &mut Tx<'_>, before: Millis) -> Result<u64, Error> {
    Ok(tx.execute(&FORGET_CODES, &values![before])?
        + tx.execute(&FORGET_TOKENS, &values![before])?
        + tx.execute(&FORGET_GRANTS, &values![before])?)
}
