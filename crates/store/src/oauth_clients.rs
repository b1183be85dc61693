//! Applications of others that ask people for access: registered ones, and what was read of those that are documents.

use outrider_domain::time::Millis;

use crate::record::record;
use crate::{Error, Tx, statements, values};

record! {
    /// An application.
    pub struct Client in "oauth_clients" as client_columns key ("issuer, id") {
        /// The authorization server it is known to.
        issuer: String,
        /// `client_id`: made here, or the URL of its document.
        id: String,
        /// `registered` or `document`.
        kind: String,
        /// What it calls itself.
        name: String,
        /// Its home page, as it says.
        uri: Option<String>,
        /// Where answers may go, a JSON list.
        redirect_uris: String,
        /// `none`, `client_secret_basic` or `client_secret_post`.
        auth_method: String,
        /// SHA-256 of its secret, hexadecimal.
        secret_hash: Option<String>,
        /// Whether it takes refresh tokens.
        refreshes: bool,
        /// When it was first seen.
        created_at: Millis,
        /// When its document was read.
        fetched_at: Millis,
        /// When it is forgotten unless someone uses it; none once someone has.
        expires_at: Option<Millis>,
    }
}

statements! {
    pub FIND = concat!("SELECT ", client_columns!(), " FROM oauth_clients WHERE issuer = ?1 AND id = ?2");
    pub KEEP = "UPDATE oauth_clients SET expires_at = NULL WHERE issuer = ?1 AND id = ?2 AND expires_at IS NOT NULL";
    pub UNUSED = "SELECT COUNT(*) FROM oauth_clients WHERE expires_at IS NOT NULL";
    pub FORGET_OLDEST = "DELETE FROM oauth_clients WHERE (issuer, id) IN (SELECT issuer, id FROM oauth_clients WHERE expires_at IS NOT NULL ORDER BY expires_at LIMIT ?1)";
    pub FORGET = "DELETE FROM oauth_clients WHERE expires_at <= ?1";
}

/// A client of an authorization server.
///
/// # Errors
/// When the database fails.
pub fn find(tx: &mut Tx<'_>, issuer: &str, id: &str) -> Result<Option<Client>, Error> {
    tx.query_opt(&FIND, &values![issuer, id])?.as_ref().map(Client::from_row).transpose()
}

/// Keeps a client for good: someone uses it.
///
/// # Errors
/// When the database fails.
pub fn keep(tx: &mut Tx<'_>, issuer: &str, id: &str) -> Result<(), Error> {
    tx.execute(&KEEP, &values![issuer, id]).map(drop)
}

/// Clients that nobody has used yet.
///
/// # Errors
/// When the database fails.
pub fn count_unused(tx: &mut Tx<'_>) -> Result<i64, Error> {
    tx.query_one(&UNUSED, &[])?.get(0)
}

/// Forgets so many of the clients that nobody has used, the oldest first.
///
/// # Errors
/// When the database fails.
pub fn forget_oldest(tx: &mut Tx<'_>, count: i64) -> Result<u64, Error> {
    tx.execute(&FORGET_OLDEST, &values![count])
}

/// Forgets clients whose time has passed unused.
///
/// # Errors
/// When the database fails.
pub fn forget(tx: &mut Tx<'_>, now: Millis) -> Result<u64, Error> {
    tx.execute(&FORGET, &values![now])
}
