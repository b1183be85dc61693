//! The project's two gap-free logs: events, and the hash-chained audit. Appends and reads; never changes a line.

use std::borrow::Cow;

use outrider_domain::id::{AgentId, LeadId, ProjectId, UserId};
use outrider_domain::time::Millis;
use sha2::{Digest, Sha256};

use crate::record::{of_owner, record};
use crate::{Error, Topic, Tx, statements, values};

/// An event before it has a number.
#[derive(Debug, Clone)]
pub struct NewEvent {
    /// `noun.verb_past`, or `signal.` and a name of the project's own.
    pub kind: Cow<'static, str>,
    /// Who acted.
    pub actor: String,
    /// The lead it is about.
    pub lead: Option<LeadId>,
    /// The agent it is about.
    pub agent: Option<AgentId>,
    /// Id of the thing it is about.
    pub subject: Option<String>,
    /// JSON object.
    pub data: String,
}

/// An audit line before it is chained.
#[derive(Debug, Clone)]
pub struct NewAudit {
    /// Who acted.
    pub actor: String,
    /// The operation or engine step.
    pub operation: &'static str,
    /// Id of the thing it touched.
    pub subject: Option<String>,
    /// JSON object.
    pub detail: String,
}

record! {
    /// A line of the event log.
    pub struct EventRow in "events" as event_columns key ("project_id, sequence") {
        /// Whose log.
        project_id: ProjectId,
        /// 1, 2, 3, … without a gap.
        sequence: i64,
        /// `noun.verb_past`.
        kind: String,
        /// When.
        at: Millis,
        /// Who acted.
        actor: String,
        /// The lead it is about.
        lead_id: Option<LeadId>,
        /// The agent it is about.
        agent_id: Option<AgentId>,
        /// Id of the thing it is about.
        subject: Option<String>,
        /// JSON object.
        data: String,
    }
}

record! {
    /// A line of the audit.
    pub struct AuditRow in "audit" as audit_columns key ("project_id, sequence") {
        /// Whose log.
        project_id: ProjectId,
        /// 1, 2, 3, … without a gap.
        sequence: i64,
        /// When.
        at: Millis,
        /// Who acted.
        actor: String,
        /// The operation or engine step.
        operation: String,
        /// Id of the thing it touched.
        subject: Option<String>,
        /// JSON object.
        detail: String,
        /// Hash of the line before; empty for the first.
        previous_hash: String,
        /// SHA-256 over the line and the previous hash, hexadecimal.
        hash: String,
    }
}

statements! {
    pub ADVANCE = "UPDATE project_logs SET event_sequence = event_sequence + ?2, audit_sequence = audit_sequence + ?3 WHERE project_id = ?1
        RETURNING event_sequence, audit_sequence, audit_hash";
    pub SET_HASH = "UPDATE project_logs SET audit_hash = ?2 WHERE project_id = ?1";
    pub EVENTS_AFTER = concat!("SELECT ", event_columns!(), " FROM events WHERE project_id = ?1 AND sequence > ?2 ORDER BY sequence LIMIT ?3");
    pub EVENTS_BEFORE = concat!("SELECT ", event_columns!(), " FROM events WHERE project_id = ?1 AND sequence < ?2
        AND (CAST(?3 AS BIGINT) IS NULL OR agent_id = ?3) AND (CAST(?4 AS TEXT) IS NULL OR kind = ?4)", of_owner!("?6"), " ORDER BY sequence DESC LIMIT ?5");
    pub LEAD_EVENTS_BEFORE = concat!("SELECT ", event_columns!(), " FROM events WHERE project_id = ?1 AND lead_id = ?7 AND sequence < ?2
        AND (CAST(?3 AS BIGINT) IS NULL OR agent_id = ?3) AND (CAST(?4 AS TEXT) IS NULL OR kind = ?4)", of_owner!("?6"), " ORDER BY sequence DESC LIMIT ?5");
    pub LAST_OF_KINDS = "SELECT lead_id, kind, MAX(at) FROM events WHERE project_id = ?1 AND lead_id IN ints(?2) AND kind IN texts(?3) GROUP BY lead_id, kind";
    pub LAST_EVENT = "SELECT event_sequence FROM project_logs WHERE project_id = ?1";
    pub AUDIT_HEAD = "SELECT audit_sequence, audit_hash FROM project_logs WHERE project_id = ?1";
    pub AUDIT_AFTER = concat!("SELECT ", audit_columns!(), " FROM audit WHERE project_id = ?1 AND sequence > ?2 ORDER BY sequence LIMIT ?3");
    pub COUNT_BY_KIND = "SELECT kind, COUNT(*) FROM events WHERE project_id = ?1 AND at >= ?2 GROUP BY kind ORDER BY kind";
}

/// Appends events and audit lines under the project's row lock, so that numbers follow commits.
///
/// # Errors
/// When the database fails.
pub fn append(
    tx: &mut Tx<'_>,
    project: ProjectId,
    now: Millis,
    events: &[NewEvent],
    audits: &[NewAudit],
) -> Result<(), Error> {
    let event_count = i64::try_from(events.len()).unwrap_or(i64::MAX);
    let audit_count = i64::try_from(audits.len()).unwrap_or(i64::MAX);
    let row = tx.query_one(&ADVANCE, &values![project, event_count, audit_count])?;
    let (last_event, last_audit): (i64, i64) = (row.get(0)?, row.get(1)?);
    let mut hash: String = row.get(2)?;
    if !events.is_empty() {
        let rows = (last_event - event_count + 1..).zip(events).map(|(sequence, event)| {
            EventRow {
                project_id: project,
                sequence,
                kind: event.kind.clone().into_owned(),
                at: now,
                actor: event.actor.clone(),
                lead_id: event.lead,
                agent_id: event.agent,
                subject: event.subject.clone(),
                data: event.data.clone(),
            }
            .into_values()
        });
        tx.insert_rows(EventRow::INSERT, rows.collect())?;
        tx.wake(Topic::Events);
    }
    if !audits.is_empty() {
        let mut rows = Vec::with_capacity(audits.len());
        for (sequence, audit) in (last_audit - audit_count + 1..).zip(audits) {
            let mut line = AuditRow {
                project_id: project,
                sequence,
                at: now,
                actor: audit.actor.clone(),
                operation: audit.operation.to_owned(),
                subject: audit.subject.clone(),
                detail: audit.detail.clone(),
                previous_hash: hash,
                hash: String::new(),
            };
            line.hash = line.expected_hash();
            hash = line.hash.clone();
            rows.push(line.into_values());
        }
        tx.insert_rows(AuditRow::INSERT, rows)?;
        tx.execute(&SET_HASH, &values![project, hash])?;
    }
    Ok(())
}

impl AuditRow {
    /// The hash this line must have, given its content and the previous hash.
    #[must_use]
    pub fn expected_hash(&self) -> String {
        let mut hash = Sha256::new();
        for part in [
            self.previous_hash.as_str(),
            &self.project_id.0.to_string(),
            &self.sequence.to_string(),
            &self.at.0.to_string(),
            &self.actor,
            &self.operation,
            self.subject.as_deref().unwrap_or(""),
            &self.detail,
        ] {
            hash.update(part.len().to_be_bytes());
            hash.update(part);
        }
        hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// Events after a number, oldest first.
///
/// # Errors
/// When the database fails.
pub fn events_after(tx: &mut Tx<'_>, project: ProjectId, after: i64, limit: i64) -> Result<Vec<EventRow>, Error> {
    tx.query(&EVENTS_AFTER, &values![project, after, limit])?.iter().map(EventRow::from_row).collect()
}

/// What a backward look at the events keeps.
#[derive(Debug, Clone, Default)]
pub struct EventFilter {
    /// Only this lead's.
    pub lead: Option<LeadId>,
    /// Only this agent's.
    pub agent: Option<AgentId>,
    /// Only this kind.
    pub kind: Option<String>,
    /// Only what is about nobody or about leads of this seller.
    pub owner: Option<UserId>,
}

/// Events before a number, newest first.
///
/// # Errors
/// When the database fails.
pub fn events_before(
    tx: &mut Tx<'_>,
    project: ProjectId,
    before: i64,
    filter: &EventFilter,
    limit: i64,
) -> Result<Vec<EventRow>, Error> {
    let mut params = values![project, before, filter.agent, filter.kind.clone(), limit, filter.owner].to_vec();
    let rows = match filter.lead {
        None => tx.query(&EVENTS_BEFORE, &params)?,
        Some(lead) => {
            params.push(lead.into());
            tx.query(&LEAD_EVENTS_BEFORE, &params)?
        }
    };
    rows.iter().map(EventRow::from_row).collect()
}

/// When each of these kinds of events last happened to each of these leads.
///
/// # Errors
/// When the database fails.
pub fn last_of_kinds(
    tx: &mut Tx<'_>,
    project: ProjectId,
    leads: &[LeadId],
    kinds: Vec<String>,
) -> Result<Vec<(LeadId, String, Millis)>, Error> {
    tx.query(&LAST_OF_KINDS, &values![project, leads.to_vec(), kinds])?
        .iter()
        .map(|row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .collect()
}

/// The number of the last event; 0 when there is none.
///
/// # Errors
/// `NotFound` for an unknown project; others when the database fails.
pub fn last_event(tx: &mut Tx<'_>, project: ProjectId) -> Result<i64, Error> {
    tx.query_one(&LAST_EVENT, &values![project])?.get(0)
}

/// Audit lines after a number, oldest first.
///
/// # Errors
/// When the database fails.
pub fn audit_after(tx: &mut Tx<'_>, project: ProjectId, after: i64, limit: i64) -> Result<Vec<AuditRow>, Error> {
    tx.query(&AUDIT_AFTER, &values![project, after, limit])?.iter().map(AuditRow::from_row).collect()
}

/// The number and hash of the last audit line, as the log itself remembers them; 0 and empty before the first.
///
/// # Errors
/// `NotFound` for an unknown project; others when the database fails.
pub fn audit_head(tx: &mut Tx<'_>, project: ProjectId) -> Result<(i64, String), Error> {
    let row = tx.query_one(&AUDIT_HEAD, &values![project])?;
    Ok((row.get(0)?, row.get(1)?))
}

/// How many events of each kind since a moment.
///
/// # Errors
/// When the database fails.
pub fn count_by_kind(tx: &mut Tx<'_>, project: ProjectId, since: Millis) -> Result<Vec<(String, i64)>, Error> {
    tx.query(&COUNT_BY_KIND, &values![project, since])?.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}
