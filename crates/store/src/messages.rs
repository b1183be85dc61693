//! Messages, threads and captured mails. Functions fail only when the database does, unless they say otherwise.

use std::sync::LazyLock;

use outrider_domain::id::{ActionId, AgentId, CaptureId, IdentityId, LeadId, MessageId, ProjectId, ThreadId, UserId};
use outrider_domain::time::Millis;

use crate::record::{of_owner, places, record};
use crate::{Error, Tx, Value, statements, values};

record! {
    /// A conversation with one lead.
    pub struct Thread in "threads" as thread_columns key ("project_id, id") {
        /// Whose.
        project_id: ProjectId,
        /// Key.
        id: ThreadId,
        /// With whom.
        lead_id: LeadId,
        /// Our side.
        identity_id: Option<IdentityId>,
        /// Subject without Re:.
        subject: String,
        /// `in` or `out`.
        last_direction: String,
        /// When the last message was.
        last_at: Millis,
        /// When it began.
        created_at: Millis,
    }
}

record! {
    /// A mail, in or out.
    pub struct Message in "messages" as message_columns key ("project_id, id") {
        /// Whose.
        project_id: ProjectId,
        /// Key.
        id: MessageId,
        /// `in` or `out`.
        direction: String,
        /// `outreach`, or what kind of mail came in.
        kind: String,
        /// The lead.
        lead_id: LeadId,
        /// The thread.
        thread_id: Option<ThreadId>,
        /// The action that sent it.
        action_id: Option<ActionId>,
        /// In whose name.
        agent_id: Option<AgentId>,
        /// Our side.
        identity_id: Option<IdentityId>,
        /// The lead's address.
        address: String,
        /// Subject.
        subject: String,
        /// Plain text.
        text: String,
        /// HTML.
        html: Option<String>,
        /// Message-ID without angle brackets.
        header_id: String,
        /// Message-ID it answers.
        reply_to_header: Option<String>,
        /// `draft`, `sent`, `bounced`, `complained`, `failed`, `refused`, `unknown`, or `received`.
        status: String,
        /// What the mail server said.
        response: Option<String>,
        /// What whoever answered wants; of messages that came in.
        class: Option<String>,
        /// Why it was classified so, JSON list.
        evidence: Option<String>,
        /// When written or received.
        created_at: Millis,
        /// When handed over.
        sent_at: Option<Millis>,
        /// When it came back.
        bounced_at: Option<Millis>,
    }
}

record! {
    /// A mail the capture mailbox keeps.
    pub struct Captured in "captured_mails" as captured_columns key ("project_id, id") {
        /// Whose.
        project_id: ProjectId,
        /// Key.
        id: CaptureId,
        /// `out` from an identity, `in` to one.
        direction: String,
        /// Envelope sender; empty for `<>`.
        envelope_from: String,
        /// Envelope recipient.
        recipient: String,
        /// Decoded subject.
        subject: String,
        /// Message-ID.
        header_id: Option<String>,
        /// As received.
        raw: Vec<u8>,
        /// When.
        at: Millis,
    }
}

/// As lookups call it.
const TABLE: &str = "messages";

statements! {
    pub GET = concat!("SELECT ", message_columns!(), " FROM messages WHERE project_id = ?1 AND id = ?2");
    pub GET_MANY = concat!("SELECT ", message_columns!(), " FROM messages WHERE project_id = ?1 AND id IN ints(?2)");
    pub FIND_BY_HEADER = concat!("SELECT ", message_columns!(), " FROM messages WHERE project_id = ?1 AND header_id = ?2 AND direction = ?3");
    pub FIND_BY_HEADERS = concat!("SELECT ", message_columns!(), " FROM messages WHERE project_id = ?1 AND header_id IN texts(?2) AND direction = 'out' ORDER BY id DESC LIMIT 1");
    pub OF_LEAD = concat!("SELECT ", message_columns!(), " FROM messages WHERE project_id = ?1 AND lead_id = ?2 AND id < ?3 ORDER BY id DESC LIMIT ?4");
    pub LAST_SENT_TO = concat!("SELECT ", message_columns!(), " FROM messages WHERE project_id = ?1 AND lead_id = ?2 AND direction = 'out' AND sent_at IS NOT NULL ORDER BY id DESC LIMIT 1");
    pub LAST_FROM = concat!("SELECT ", message_columns!(), " FROM messages WHERE project_id = ?1 AND lead_id = ?2 AND direction = 'in' AND class IS NOT NULL ORDER BY id DESC LIMIT 1");
    pub OF_THREAD = concat!("SELECT ", message_columns!(), " FROM messages WHERE project_id = ?1 AND thread_id = ?2 ORDER BY id");
    pub THREAD_HEADERS = "SELECT header_id FROM messages WHERE project_id = ?1 AND thread_id = ?2 AND (direction = 'in' OR sent_at IS NOT NULL) ORDER BY id DESC LIMIT 20";
    pub CLASSES_OF = "SELECT lead_id, class, created_at FROM messages WHERE project_id = ?1 AND lead_id IN ints(?2) AND direction = 'in' AND class IS NOT NULL ORDER BY lead_id, id";
    pub LIST = concat!("SELECT ", message_columns!(), " FROM messages WHERE project_id = ?1 AND id < ?2
        AND (CAST(?3 AS TEXT) IS NULL OR direction = ?3) AND (CAST(?4 AS TEXT) IS NULL OR status = ?4)", of_owner!("?6"), " ORDER BY id DESC LIMIT ?5");
    pub SET_STATUS = "UPDATE messages SET status = ?3, response = ?4, sent_at = COALESCE(?5, sent_at), bounced_at = COALESCE(?6, bounced_at), identity_id = COALESCE(?7, identity_id), thread_id = COALESCE(?8, thread_id)
        WHERE project_id = ?1 AND id = ?2";
    pub COUNT_SENT = "SELECT COUNT(*) FROM messages WHERE project_id = ?1 AND direction = 'out' AND sent_at IS NOT NULL AND sent_at >= ?2";
    pub COUNT_OF_LEAD = "SELECT COUNT(*) FROM messages WHERE project_id = ?1 AND lead_id = ?2 AND direction = 'out' AND sent_at IS NOT NULL";
    pub COUNT_SENT_BY_AGENT = "SELECT COUNT(*) FROM messages WHERE project_id = ?1 AND agent_id = ?2 AND direction = 'out' AND sent_at IS NOT NULL";
    pub GET_THREAD = concat!("SELECT ", thread_columns!(), " FROM threads WHERE project_id = ?1 AND id = ?2");
    pub LIST_THREADS = concat!("SELECT ", thread_columns!(), " FROM threads WHERE project_id = ?1 AND id < ?2 AND (CAST(?3 AS BIGINT) IS NULL OR lead_id = ?3)", of_owner!("?5"), " ORDER BY id DESC LIMIT ?4");
    pub BUMP_THREAD = "UPDATE threads SET last_direction = ?3, last_at = ?4 WHERE project_id = ?1 AND id = ?2";
    pub GET_CAPTURED = concat!("SELECT ", captured_columns!(), " FROM captured_mails WHERE project_id = ?1 AND id = ?2");
    pub LIST_CAPTURED = concat!("SELECT ", captured_columns!(), " FROM captured_mails WHERE project_id = ?1 AND id < ?2 ORDER BY id DESC LIMIT ?3");
}

/// A message by id.
///
/// # Errors
/// `NotFound`; others when the database fails.
pub fn get(tx: &mut Tx<'_>, project: ProjectId, id: MessageId) -> Result<Message, Error> {
    Message::from_row(&tx.row_by_id(TABLE, &GET, project, id.0, false)?.ok_or(Error::NotFound)?)
}

/// Looks many messages up ahead of need.
pub fn look_up(tx: &mut Tx<'_>, project: ProjectId, ids: &[MessageId]) -> Result<(), Error> {
    tx.look_up(TABLE, &GET_MANY, project, ids.iter().map(|id| id.0).collect(), false).map(drop)
}

/// The message with that Message-ID, going `in` or `out`.
pub fn find_by_header(
    tx: &mut Tx<'_>,
    project: ProjectId,
    header: &str,
    direction: &str,
) -> Result<Option<Message>, Error> {
    tx.query_opt(&FIND_BY_HEADER, &values![project, header, direction])?.as_ref().map(Message::from_row).transpose()
}

/// The newest message of ours with one of these Message-IDs.
pub fn find_sent_by_headers(
    tx: &mut Tx<'_>,
    project: ProjectId,
    headers: Vec<String>,
) -> Result<Option<Message>, Error> {
    tx.query_opt(&FIND_BY_HEADERS, &values![project, headers])?.as_ref().map(Message::from_row).transpose()
}

/// A lead's messages before an id, newest first.
pub fn of_lead(
    tx: &mut Tx<'_>,
    project: ProjectId,
    lead: LeadId,
    before: i64,
    limit: i64,
) -> Result<Vec<Message>, Error> {
    tx.query(&OF_LEAD, &values![project, lead, before, limit])?.iter().map(Message::from_row).collect()
}

/// The last message that left for the lead.
pub fn last_sent_to(tx: &mut Tx<'_>, project: ProjectId, lead: LeadId) -> Result<Option<Message>, Error> {
    tx.query_opt(&LAST_SENT_TO, &values![project, lead])?.as_ref().map(Message::from_row).transpose()
}

/// The last message that came from the lead, or from a machine of theirs, and was classified.
pub fn last_from(tx: &mut Tx<'_>, project: ProjectId, lead: LeadId) -> Result<Option<Message>, Error> {
    tx.query_opt(&LAST_FROM, &values![project, lead])?.as_ref().map(Message::from_row).transpose()
}

/// What these leads answered: whose, its class and when it came, oldest first of each.
pub fn classes_of(
    tx: &mut Tx<'_>,
    project: ProjectId,
    leads: &[LeadId],
) -> Result<Vec<(LeadId, String, Millis)>, Error> {
    let rows = tx.query(&CLASSES_OF, &values![project, leads.to_vec()])?;
    rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).collect()
}

/// A thread's messages, oldest first.
pub fn of_thread(tx: &mut Tx<'_>, project: ProjectId, thread: ThreadId) -> Result<Vec<Message>, Error> {
    tx.query(&OF_THREAD, &values![project, thread])?.iter().map(Message::from_row).collect()
}

/// The thread's last Message-IDs that the other side can know, oldest first, twenty at most.
pub fn thread_headers(tx: &mut Tx<'_>, project: ProjectId, thread: ThreadId) -> Result<Vec<String>, Error> {
    let mut headers: Vec<String> =
        tx.query(&THREAD_HEADERS, &values![project, thread])?.iter().map(|row| row.get(0)).collect::<Result<_, _>>()?;
    headers.reverse();
    Ok(headers)
}

/// Messages before an id, newest first; of one seller's leads or of all.
pub fn list(
    tx: &mut Tx<'_>,
    project: ProjectId,
    direction: Option<&str>,
    status: Option<&str>,
    owner: Option<UserId>,
    before: i64,
    limit: i64,
) -> Result<Vec<Message>, Error> {
    tx.query(&LIST, &values![project, before, direction, status, limit, owner])?.iter().map(Message::from_row).collect()
}

/// What changes on a message after it was written.
#[derive(Debug, Clone, Default)]
pub struct Progress<'a> {
    /// New status.
    pub status: &'a str,
    /// What the mail server said.
    pub response: Option<&'a str>,
    /// When handed over.
    pub sent_at: Option<Millis>,
    /// When it came back.
    pub bounced_at: Option<Millis>,
    /// The sender, once chosen.
    pub identity: Option<IdentityId>,
    /// The thread, once known.
    pub thread: Option<ThreadId>,
}

/// Notes a message's progress; absent fields stay.
pub fn set_status(tx: &mut Tx<'_>, project: ProjectId, id: MessageId, p: &Progress<'_>) -> Result<(), Error> {
    let params = values![project, id, p.status, p.response, p.sent_at, p.bounced_at, p.identity, p.thread];
    let [_, _, changed @ ..] = &params;
    let sets = |place: usize, value: &Value| place < ALWAYS_SET || *value != Value::Null;
    let changes: Vec<(usize, Value)> = STATUS_COLUMNS
        .iter()
        .zip(changed)
        .enumerate()
        .filter(|(place, (_, value))| sets(*place, value))
        .map(|(_, (column, value))| (*column, value.clone()))
        .collect();
    tx.update_row(TABLE, &SET_STATUS, &params, &changes)
}

/// Places of the columns that [`SET_STATUS`] sets, in the order of its parameters.
static STATUS_COLUMNS: LazyLock<Vec<usize>> = LazyLock::new(|| {
    places(Message::COLUMNS, &["status", "response", "sent_at", "bounced_at", "identity_id", "thread_id"])
});
/// How many of these it sets even to nothing.
const ALWAYS_SET: usize = 2;

/// Mails handed over since a moment.
pub fn count_sent(tx: &mut Tx<'_>, project: ProjectId, since: Millis) -> Result<i64, Error> {
    tx.query_one(&COUNT_SENT, &values![project, since])?.get(0)
}

/// Mails handed over to a lead.
pub fn count_sent_to(tx: &mut Tx<'_>, project: ProjectId, lead: LeadId) -> Result<i64, Error> {
    tx.query_one(&COUNT_OF_LEAD, &values![project, lead])?.get(0)
}

/// A thread by id.
///
/// # Errors
/// `NotFound`; others when the database fails.
pub fn get_thread(tx: &mut Tx<'_>, project: ProjectId, id: ThreadId) -> Result<Thread, Error> {
    Thread::from_row(&tx.query_one(&GET_THREAD, &values![project, id])?)
}

/// Threads before an id, newest first; of one seller's leads or of all.
pub fn list_threads(
    tx: &mut Tx<'_>,
    project: ProjectId,
    lead: Option<LeadId>,
    owner: Option<UserId>,
    before: i64,
    limit: i64,
) -> Result<Vec<Thread>, Error> {
    tx.query(&LIST_THREADS, &values![project, before, lead, limit, owner])?.iter().map(Thread::from_row).collect()
}

/// Notes the thread's last message.
pub fn bump_thread(
    tx: &mut Tx<'_>,
    project: ProjectId,
    id: ThreadId,
    direction: &str,
    at: Millis,
) -> Result<(), Error> {
    tx.execute(&BUMP_THREAD, &values![project, id, direction, at]).map(drop)
}

/// A captured mail by id.
///
/// # Errors
/// `NotFound`; others when the database fails.
pub fn get_captured(tx: &mut Tx<'_>, project: ProjectId, id: CaptureId) -> Result<Captured, Error> {
    Captured::from_row(&tx.query_one(&GET_CAPTURED, &values![project, id])?)
}

/// Captured mails before an id, newest first.
pub fn list_captured(tx: &mut Tx<'_>, project: ProjectId, before: i64, limit: i64) -> Result<Vec<Captured>, Error> {
    tx.query(&LIST_CAPTURED, &values![project, before, limit])?.iter().map(Captured::from_row).collect()
}

/// Mails handed over in an agent's name.
pub fn count_sent_by_agent(tx: &mut Tx<'_>, project: ProjectId, agent: AgentId) -> Result<i64, Error> {
    tx.query_one(&COUNT_SENT_BY_AGENT, &values![project, agent])?.get(0)
}
