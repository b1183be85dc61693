//! Identities, their days and their mailbox cursors. Functions fail only when the database does, unless they say otherwise.

use outrider_domain::id::{AgentId, IdentityId, ProjectId, UserId};
use outrider_domain::time::Millis;

use crate::lookups::Key;
use crate::record::record;
use crate::row::Row;
use crate::{Error, Tx, statements, values};

record! {
    /// A sender.
    pub struct Identity in "identities" as identity_columns key ("project_id, id") {
        /// Whose.
        project_id: ProjectId,
        /// Key.
        id: IdentityId,
        /// `mailbox` or `phone`.
        kind: String,
        /// Display name.
        name: Option<String>,
        /// Mail address it writes from, or number in E.164 it calls from; unique in the project.
        address: String,
        /// Where replies should go, when elsewhere.
        reply_to: Option<String>,
        /// Name of a configured mail server or `capture`; of a number, its carrier or `sandbox`.
        transport: String,
        /// Name of a configured IMAP mailbox.
        mailbox: Option<String>,
        /// The agent it belongs to; any agent's when absent.
        agent_id: Option<AgentId>,
        /// The seller to whose leads alone it writes; everybody's when absent.
        owner_id: Option<UserId>,
        /// The agent that answers calls to the number.
        inbound_agent_id: Option<AgentId>,
        /// Country of the number, as given.
        country: Option<String>,
        /// Calls at the same time; 0 for a mailbox.
        concurrency: i64,
        /// Whether it may send.
        active: bool,
        /// IANA name: where its days begin.
        time_zone: String,
        /// Daily caps, JSON.
        ramp: String,
        /// The first day that counts for its ramp.
        ramp_from: i64,
        /// Least time between two mails or calls.
        gap_ms: i64,
        /// The earliest moment its pacing leaves free.
        next_slot_at: Millis,
        /// Every day before this one is full or past.
        full_before_day: i64,
        /// Last result of the sending domain's check, JSON.
        domain_check: Option<String>,
        /// When made.
        created_at: Millis,
        /// When changed.
        updated_at: Millis,
    }
}

/// Kind of an identity that sends mail.
pub const MAILBOX: &str = "mailbox";
/// Kind of an identity that calls.
pub const PHONE: &str = "phone";

/// As lookups call them.
const TABLE: &str = "identities";
const DAY_TABLE: &str = "identity_days";

statements! {
    pub GET = concat!("SELECT ", identity_columns!(), " FROM identities WHERE project_id = ?1 AND id = ?2");
    pub LOCK = sqlite concat!("SELECT ", identity_columns!(), " FROM identities WHERE project_id = ?1 AND id = ?2")
        postgres concat!("SELECT ", identity_columns!(), " FROM identities WHERE project_id = ?1 AND id = ?2 FOR UPDATE");
    pub FIND = concat!("SELECT ", identity_columns!(), " FROM identities WHERE project_id = ?1 AND address = ?2");
    pub FIND_ANYWHERE = concat!("SELECT ", identity_columns!(), " FROM identities WHERE address = ?1 ORDER BY project_id, id");
    pub WITH_MAILBOX = concat!("SELECT ", identity_columns!(), " FROM identities WHERE mailbox IS NOT NULL ORDER BY project_id, id");
    pub LIST = concat!("SELECT ", identity_columns!(), " FROM identities WHERE project_id = ?1 AND id < ?2 AND (CAST(?4 AS TEXT) IS NULL OR kind = ?4) ORDER BY id DESC LIMIT ?3");
    pub COUNT = "SELECT COUNT(*) FROM identities WHERE project_id = ?1";
    pub ADDRESS_OF_AGENT = "SELECT address FROM identities WHERE project_id = ?1 AND agent_id = ?2 AND kind = ?3 ORDER BY active DESC, id LIMIT 1";
    pub ANSWERED_BY_AGENT = "SELECT address FROM identities WHERE project_id = ?1 AND inbound_agent_id = ?2 ORDER BY active DESC, id LIMIT 1";
    pub LEAVE_OWNER = "UPDATE identities SET owner_id = NULL, active = 0, updated_at = ?3 WHERE project_id = ?1 AND owner_id = ?2";
    pub DELETE = "DELETE FROM identities WHERE project_id = ?1 AND id = ?2";
    pub SET_SLOTS = "UPDATE identities SET next_slot_at = ?3, full_before_day = ?4 WHERE project_id = ?1 AND id = ?2";
    pub FREE_BEFORE = "UPDATE identities SET full_before_day = CASE WHEN full_before_day > ?3 THEN ?3 ELSE full_before_day END WHERE project_id = ?1 AND id = ?2";
    pub DAY = "SELECT reserved, sent FROM identity_days WHERE project_id = ?1 AND identity_id = ?2 AND day = ?3";
    pub DAYS = "SELECT day, reserved, sent FROM identity_days WHERE project_id = ?1 AND identity_id = ?2 AND day >= ?3 ORDER BY day LIMIT ?4";
    pub SENDING_DAYS = "SELECT COUNT(*) FROM (SELECT 1 FROM identity_days WHERE project_id = ?1 AND identity_id = ?2 AND day >= ?3 AND day < ?4
        AND (sent > 0 OR (day >= ?5 AND reserved > 0)) LIMIT ?6) AS counted";
    pub ADD_TO_DAY = "INSERT INTO identity_days (project_id, identity_id, day, reserved, sent) VALUES (?1, ?2, ?3, ?4, ?5)
        ON CONFLICT (project_id, identity_id, day) DO UPDATE SET reserved = identity_days.reserved + excluded.reserved, sent = identity_days.sent + excluded.sent";
    pub CURSOR = "SELECT uid_validity, uid FROM mailbox_cursors WHERE project_id = ?1 AND identity_id = ?2";
    pub SET_CURSOR = "INSERT INTO mailbox_cursors (project_id, identity_id, uid_validity, uid) VALUES (?1, ?2, ?3, ?4)
        ON CONFLICT (project_id, identity_id) DO UPDATE SET uid_validity = excluded.uid_validity, uid = excluded.uid";
}

/// An identity by id.
///
/// # Errors
/// `NotFound`; others when the database fails.
pub fn get(tx: &mut Tx<'_>, project: ProjectId, id: IdentityId) -> Result<Identity, Error> {
    Identity::from_row(&tx.row_by_id(TABLE, &GET, project, id.0, false)?.ok_or(Error::NotFound)?)
}

/// An identity by id, held against other writers until the transaction ends.
///
/// # Errors
/// `NotFound`; others when the database fails.
pub fn lock(tx: &mut Tx<'_>, project: ProjectId, id: IdentityId) -> Result<Identity, Error> {
    Identity::from_row(&tx.row_by_id(TABLE, &LOCK, project, id.0, true)?.ok_or(Error::NotFound)?)
}

/// The project's identity with that address.
pub fn find(tx: &mut Tx<'_>, project: ProjectId, address: &str) -> Result<Option<Identity>, Error> {
    tx.query_opt(&FIND, &values![project, address])?.as_ref().map(Identity::from_row).transpose()
}

/// Takes a project's identities from a seller who leaves: they rest until somebody says whose they are. Gives how many there were.
pub fn leave_owner(tx: &mut Tx<'_>, project: ProjectId, owner: UserId, now: Millis) -> Result<u64, Error> {
    tx.execute(&LEAVE_OWNER, &values![project, owner, now])
}

/// How many identities of all kinds.
pub fn count(tx: &mut Tx<'_>, project: ProjectId) -> Result<i64, Error> {
    tx.query_one(&COUNT, &values![project])?.get(0)
}

/// The address of an agent's first identity of a kind, active ones before others.
pub fn address_of_agent(
    tx: &mut Tx<'_>,
    project: ProjectId,
    agent: AgentId,
    kind: &str,
) -> Result<Option<String>, Error> {
    tx.query_opt(&ADDRESS_OF_AGENT, &values![project, agent, kind])?.map(|row| row.get(0)).transpose()
}

/// The first number whose calls an agent answers, active ones before others.
pub fn answered_by_agent(tx: &mut Tx<'_>, project: ProjectId, agent: AgentId) -> Result<Option<String>, Error> {
    tx.query_opt(&ANSWERED_BY_AGENT, &values![project, agent])?.map(|row| row.get(0)).transpose()
}

/// Every project's identity with that address: for mail that comes in.
pub fn find_anywhere(tx: &mut Tx<'_>, address: &str) -> Result<Vec<Identity>, Error> {
    tx.query(&FIND_ANYWHERE, &values![address])?.iter().map(Identity::from_row).collect()
}

/// Every identity whose mailbox is watched: for the scheduler.
pub fn with_mailbox(tx: &mut Tx<'_>) -> Result<Vec<Identity>, Error> {
    tx.query(&WITH_MAILBOX, &[])?.iter().map(Identity::from_row).collect()
}

/// Identities before an id, of one kind or of all, newest first.
pub fn list(
    tx: &mut Tx<'_>,
    project: ProjectId,
    kind: Option<&str>,
    before: i64,
    limit: i64,
) -> Result<Vec<Identity>, Error> {
    tx.query(&LIST, &values![project, before, limit, kind])?.iter().map(Identity::from_row).collect()
}

/// Removes an identity. False when there was none.
pub fn delete(tx: &mut Tx<'_>, project: ProjectId, id: IdentityId) -> Result<bool, Error> {
    Ok(tx.execute(&DELETE, &values![project, id])? > 0)
}

/// Notes how far slots are taken.
pub fn set_slots(
    tx: &mut Tx<'_>,
    project: ProjectId,
    id: IdentityId,
    next_slot_at: Millis,
    full_before_day: i64,
) -> Result<(), Error> {
    let params = values![project, id, next_slot_at, full_before_day];
    tx.execute_on(&SET_SLOTS, &params, project, Key::Id(id.0)).map(drop)
}

/// What a day of an identity holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Day {
    /// Slots given to actions that have not left yet.
    pub reserved: i64,
    /// Mails or calls handed over.
    pub sent: i64,
}

/// What a day holds; zeros when nothing.
pub fn day(tx: &mut Tx<'_>, project: ProjectId, id: IdentityId, day: i64) -> Result<Day, Error> {
    let key = Key::Numbers(id.0, day);
    if let Some(known) = tx.known(DAY_TABLE, project, key.clone()) {
        return Day::of(known.first());
    }
    let row = tx.query_opt(&DAY, &values![project, id, day])?;
    let found = Day::of(row.as_ref())?;
    if tx.looks_ahead() {
        tx.keep(DAY_TABLE, project, key, row.into_iter().collect());
    }
    Ok(found)
}

impl Day {
    fn of(row: Option<&Row>) -> Result<Self, Error> {
        row.map_or(Ok(Self::default()), |row| Ok(Self { reserved: row.get(0)?, sent: row.get(1)? }))
    }
}

/// Days from one on that hold something, in order.
pub fn days(
    tx: &mut Tx<'_>,
    project: ProjectId,
    id: IdentityId,
    from: i64,
    limit: i64,
) -> Result<Vec<(i64, Day)>, Error> {
    tx.query(&DAYS, &values![project, id, from, limit])?
        .iter()
        .map(|row| Ok((row.get(0)?, Day { reserved: row.get(1)?, sent: row.get(2)? })))
        .collect()
}

/// Which days are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DaySpan {
    /// The first.
    pub from: i64,
    /// Those before this one.
    pub before: i64,
    /// From this one on, days for which something is planned count as well.
    pub planned_from: i64,
}

/// Days on which something was sent or is planned, `most` at the most.
pub fn sending_days(
    tx: &mut Tx<'_>,
    project: ProjectId,
    id: IdentityId,
    span: DaySpan,
    most: i64,
) -> Result<i64, Error> {
    tx.query_one(&SENDING_DAYS, &values![project, id, span.from, span.before, span.planned_from, most])?.get(0)
}

/// Adds to a day (or takes away, when negative).
pub fn add_to_day(
    tx: &mut Tx<'_>,
    project: ProjectId,
    id: IdentityId,
    day: i64,
    reserved: i64,
    sent: i64,
) -> Result<(), Error> {
    let key = Key::Numbers(id.0, day);
    let known = tx.known(DAY_TABLE, project, key.clone());
    tx.add_later(DAY_TABLE, &ADD_TO_DAY, [project.0, id.0, day], [reserved, sent])?;
    if let Some(known) = known {
        let before = Day::of(known.first())?;
        let after = values![before.reserved + reserved, before.sent + sent];
        tx.keep(DAY_TABLE, project, key, vec![Row::new(after.to_vec())]);
    }
    Ok(())
}

/// Gives a reserved slot back; the day may be used again.
pub fn release_slot(tx: &mut Tx<'_>, project: ProjectId, id: IdentityId, day: i64) -> Result<(), Error> {
    add_to_day(tx, project, id, day, -1, 0)?;
    tx.execute_on(&FREE_BEFORE, &values![project, id, day], project, Key::Id(id.0)).map(drop)
}

/// How far the mailbox has been read: UIDVALIDITY and the last UID (RFC 3501).
pub fn cursor(tx: &mut Tx<'_>, project: ProjectId, id: IdentityId) -> Result<Option<(i64, i64)>, Error> {
    tx.query_opt(&CURSOR, &values![project, id])?.map(|row| Ok((row.get(0)?, row.get(1)?))).transpose()
}

/// Notes how far the mailbox has been read.
pub fn set_cursor(
    tx: &mut Tx<'_>,
    project: ProjectId,
    id: IdentityId,
    uid_validity: i64,
    uid: i64,
) -> Result<(), Error> {
    tx.execute(&SET_CURSOR, &values![project, id, uid_validity, uid]).map(drop)
}
