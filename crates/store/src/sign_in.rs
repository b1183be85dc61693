//! Passwords, one-time links and sessions of people, all as hashes. Never sees a password or a token.

use outrider_domain::id::{ProjectId, UserId};
use outrider_domain::time::Millis;

use crate::record::record;
use crate::{Error, Tx, statements, values};

record! {
    /// A browser that someone signed in with.
    pub struct Session in "sessions" as session_columns key ("hash") {
        /// SHA-256 of the token, hexadecimal.
        hash: String,
        /// Who.
        user_id: UserId,
        /// The project last chosen.
        project_id: Option<ProjectId>,
        /// Whether it agrees to what applications ask for without showing a page: made on the command line, for programs.
        consents: bool,
        /// When they signed in.
        created_at: Millis,
        /// When it was last used, to within some minutes.
        seen_at: Millis,
        /// When it ends, used or not.
        expires_at: Millis,
    }
}

record! {
    /// A link that lets a person in once.
    pub struct Link in "sign_in_links" as link_columns key ("hash") {
        /// SHA-256 of the token, hexadecimal.
        hash: String,
        /// Whom it lets in.
        user_id: UserId,
        /// When made.
        created_at: Millis,
        /// When it stops working.
        expires_at: Millis,
        /// When it was used.
        used_at: Option<Millis>,
    }
}

statements! {
    pub PASSWORD = "SELECT hash FROM passwords WHERE user_id = ?1";
    pub SET_PASSWORD = "INSERT INTO passwords (user_id, hash, set_at) VALUES (?1, ?2, ?3) ON CONFLICT (user_id) DO UPDATE SET hash = excluded.hash, set_at = excluded.set_at";
    pub FIND_SESSION = concat!("SELECT ", session_columns!(), " FROM sessions WHERE hash = ?1");
    pub TOUCH = "UPDATE sessions SET seen_at = ?2 WHERE hash = ?1 AND seen_at < ?2";
    pub CHOOSE = "UPDATE sessions SET project_id = ?2 WHERE hash = ?1";
    pub END = "DELETE FROM sessions WHERE hash = ?1";
    pub END_ALL = "DELETE FROM sessions WHERE user_id = ?1";
    pub FIND_LINK = concat!("SELECT ", link_columns!(), " FROM sign_in_links WHERE hash = ?1");
    pub USE_LINK = "UPDATE sign_in_links SET used_at = ?2 WHERE hash = ?1 AND used_at IS NULL";
    pub END_LINKS = "UPDATE sign_in_links SET used_at = ?2 WHERE user_id = ?1 AND used_at IS NULL";
    pub REMOVE_PASSWORD = "DELETE FROM passwords WHERE user_id = ?1";
    pub REMOVE_LINKS = "DELETE FROM sign_in_links WHERE user_id = ?1";
    pub FORGET_SESSIONS = "DELETE FROM sessions WHERE expires_at < ?1";
    pub FORGET_LINKS = "DELETE FROM sign_in_links WHERE expires_at < ?1";
}

/// A person's password as its hash.
///
/// # Errors
/// When the database fails.
pub fn password(tx: &mut Tx<'_>, user: UserId) -> Result<Option<String>, Error> {
    tx.query_opt(&PASSWORD, &values![user])?.map(|row| row.get(0)).transpose()
}

/// Sets or replaces a password.
///
/// # Errors
/// When the database fails.
pub fn set_password(tx: &mut Tx<'_>, user: UserId, hash: &str, now: Millis) -> Result<(), Error> {
    tx.execute(&SET_PASSWORD, &values![user, hash, now]).map(drop)
}

/// The session with that hash, ended or not.
///
/// # Errors
/// When the database fails.
pub fn find_session(tx: &mut Tx<'_>, hash: &str) -> Result<Option<Session>, Error> {
    tx.query_opt(&FIND_SESSION, &values![hash])?.as_ref().map(Session::from_row).transpose()
}

/// Notes that a session is used.
///
/// # Errors
/// When the database fails.
pub fn touch_session(tx: &mut Tx<'_>, hash: &str, now: Millis) -> Result<(), Error> {
    tx.execute(&TOUCH, &values![hash, now]).map(drop)
}

/// Remembers the project a session works in.
///
/// # Errors
/// When the database fails.
pub fn choose_project(tx: &mut Tx<'_>, hash: &str, project: ProjectId) -> Result<(), Error> {
    tx.execute(&CHOOSE, &values![hash, project]).map(drop)
}

/// Ends a session.
///
/// # Errors
/// When the database fails.
pub fn end_session(tx: &mut Tx<'_>, hash: &str) -> Result<(), Error> {
    tx.execute(&END, &values![hash]).map(drop)
}

/// Ends all sessions of a person.
///
/// # Errors
/// When the database fails.
pub fn end_sessions(tx: &mut Tx<'_>, user: UserId) -> Result<u64, Error> {
    tx.execute(&END_ALL, &values![user])
}

/// The link with that hash, used or not.
///
/// # Errors
/// When the database fails.
pub fn find_link(tx: &mut Tx<'_>, hash: &str) -> Result<Option<Link>, Error> {
    tx.query_opt(&FIND_LINK, &values![hash])?.as_ref().map(Link::from_row).transpose()
}

/// Uses a link up; false when it was used before.
///
/// # Errors
/// When the database fails.
pub fn use_link(tx: &mut Tx<'_>, hash: &str, now: Millis) -> Result<bool, Error> {
    Ok(tx.execute(&USE_LINK, &values![hash, now])? > 0)
}

/// Uses up every link of a person.
///
/// # Errors
/// When the database fails.
pub fn end_links(tx: &mut Tx<'_>, user: UserId, now: Millis) -> Result<(), Error> {
    tx.execute(&END_LINKS, &values![user, now]).map(drop)
}

/// Forgets sessions and links that ended before a moment.
///
/// # Errors
/// When the database fails.
pub fn forget(tx: &mut Tx<'_>, before: Millis) -> Result<u64, Error> {
    Ok(tx.execute(&FORGET_SESSIONS, &values![before])? + tx.execute(&FORGET_LINKS, &values![before])?)
}

/// Removes a person's password, sessions and links.
///
/// # Errors
/// When the database fails.
pub fn remove_person(tx: &mut Tx<'_>, user: UserId) -> Result<(), Error> {
    for statement in [&REMOVE_PASSWORD, &END_ALL, &REMOVE_LINKS] {
        tx.execute(statement, &values![user])?;
    }
    Ok(())
}
