//! Calls, what carriers reported of them, and recordings. Functions fail only when the database does, unless they say otherwise.

use outrider_domain::id::{ActionId, AgentId, CallId, IdentityId, LeadId, ProjectId, UserId};
use outrider_domain::time::Millis;

use crate::record::{of_owner, record};
use crate::{Error, Tx, statements, values};

record! {
    /// A phone call.
    pub struct Call in "calls" as call_columns key ("project_id, id") {
        /// Whose.
        project_id: ProjectId,
        /// Key; of a call that goes out, the number of its action.
        id: CallId,
        /// The person at the other end.
        lead_id: LeadId,
        /// The agent that speaks.
        agent_id: Option<AgentId>,
        /// The number it is placed from, or came to.
        identity_id: Option<IdentityId>,
        /// The action behind a call that goes out.
        action_id: Option<ActionId>,
        /// `outbound` or `inbound`.
        direction: String,
        /// The lead's number, E.164.
        lead_phone: String,
        /// Our number, E.164, once it is chosen.
        agent_phone: Option<String>,
        /// `queued`, `dialing`, `in_progress`, `completed`, `failed`, `no_answer`, `canceled` or `unknown`.
        status: String,
        /// `connected`, `voicemail` or `no_answer`, once known.
        outcome: Option<String>,
        /// How the conversation ended, such as `meeting_agreed` or `opted_out`.
        ending: Option<String>,
        /// Why it failed or was canceled, in words.
        reason: Option<String>,
        /// The carrier it went through; `sandbox` when nobody was really called.
        carrier: Option<String>,
        /// The carrier's own id of it.
        carrier_id: Option<String>,
        /// Slug of the call template; the agent's brain alone when absent.
        template: Option<String>,
        /// Why the lead is called, in the caller's words.
        call_reason: Option<String>,
        /// What is said first instead of the template's or agent's own opening.
        first_message: Option<String>,
        /// Values given for this call, JSON object of text.
        variables: String,
        /// What is said first, as an approver sees it.
        opening: String,
        /// Whether that begins with who calls, and that it is a machine.
        discloses: bool,
        /// What the conversation follows, frozen when it is dialled, JSON.
        script: Option<String>,
        /// What the conversation found out, JSON object.
        output: String,
        /// Minutes it was expected to take.
        estimated_minutes: Option<i64>,
        /// Minutes to be paid: as expected until it ends, then as begun.
        billable_minutes: i64,
        /// Credits per minute begun, as they were when it was queued.
        minute_price: i64,
        /// What happened, in words.
        summary: Option<String>,
        /// What was said, one JSON object a line.
        transcript: String,
        /// What the carrier heard, one JSON object a line: the conversation is rebuilt from it.
        heard: String,
        /// How many times something was heard.
        turn: i64,
        /// Content type of its recording, when there is one.
        recording_type: Option<String>,
        /// When queued.
        created_at: Millis,
        /// When dialled.
        started_at: Option<Millis>,
        /// When answered.
        answered_at: Option<Millis>,
        /// When it ended.
        finished_at: Option<Millis>,
        /// When changed.
        updated_at: Millis,
    }
}

record! {
    /// A carrier's report.
    pub struct Report in "call_events" as report_columns key ("project_id, call_id, sequence") {
        /// Whose.
        project_id: ProjectId,
        /// The call.
        call_id: CallId,
        /// The carrier's number of it; each is taken once.
        sequence: i64,
        /// `ringing`, `answered`, `completed`, ….
        kind: String,
        /// More about it.
        detail: Option<String>,
        /// When it happened, by the carrier.
        happened_at: Millis,
        /// When we heard of it.
        heard_at: Millis,
    }
}

record! {
    /// The sound of a call.
    pub struct Recording in "recordings" as recording_columns key ("project_id, call_id") {
        /// Whose.
        project_id: ProjectId,
        /// The call.
        call_id: CallId,
        /// Media type, such as `audio/mpeg`.
        content_type: String,
        /// The bytes as the carrier gave them.
        bytes: Vec<u8>,
        /// When it came.
        created_at: Millis,
    }
}

statements! {
    pub GET = concat!("SELECT ", call_columns!(), " FROM calls WHERE project_id = ?1 AND id = ?2");
    pub LOCK = sqlite concat!("SELECT ", call_columns!(), " FROM calls WHERE project_id = ?1 AND id = ?2")
        postgres concat!("SELECT ", call_columns!(), " FROM calls WHERE project_id = ?1 AND id = ?2 FOR UPDATE");
    pub BY_CARRIER = "SELECT project_id, id FROM calls WHERE carrier = ?1 AND carrier_id = ?2";
    pub LIST = concat!("SELECT ", call_columns!(), " FROM calls WHERE project_id = ?1 AND id < ?2", of_owner!("?4"), " ORDER BY id DESC LIMIT ?3");
    pub LIST_IN_STATUS = concat!("SELECT ", call_columns!(), " FROM calls WHERE project_id = ?1 AND status = ?5 AND id < ?2", of_owner!("?4"), " ORDER BY id DESC LIMIT ?3");
    pub OF_LEAD = concat!("SELECT ", call_columns!(), " FROM calls WHERE project_id = ?1 AND lead_id = ?5 AND id < ?2 AND (CAST(?6 AS TEXT) IS NULL OR status = ?6)", of_owner!("?4"), " ORDER BY id DESC LIMIT ?3");
    pub OF_AGENT = concat!("SELECT ", call_columns!(), " FROM calls WHERE project_id = ?1 AND agent_id = ?5 AND id < ?2 AND (CAST(?6 AS TEXT) IS NULL OR status = ?6)", of_owner!("?4"), " ORDER BY id DESC LIMIT ?3");
    pub ON_LINE = "SELECT status, started_at FROM calls WHERE project_id = ?1 AND identity_id = ?2 AND status IN ('dialing', 'in_progress', 'unknown') AND (status <> 'unknown' OR started_at >= ?3)";
    pub UNDER_WAY = concat!("SELECT ", call_columns!(), " FROM calls WHERE status IN ('dialing', 'in_progress', 'unknown') AND status <> 'unknown' AND carrier_id IS NOT NULL ORDER BY project_id, id LIMIT ?1");
    pub STARTED_TO_NUMBER = "SELECT started_at, ending FROM calls WHERE project_id = ?1 AND lead_phone = ?2 AND started_at >= ?3 AND direction = 'outbound' ORDER BY started_at DESC LIMIT ?4";
    pub COUNT_STARTED = "SELECT COUNT(*) FROM calls WHERE project_id = ?1 AND started_at IS NOT NULL AND started_at >= ?2";
    pub COUNT_OF_LEAD = "SELECT COUNT(*) FROM calls WHERE project_id = ?1 AND lead_id = ?2 AND started_at IS NOT NULL";
    pub COUNT_OF_AGENT = "SELECT COUNT(*) FROM calls WHERE project_id = ?1 AND agent_id = ?2 AND started_at IS NOT NULL";
    pub RECORDING = concat!("SELECT ", recording_columns!(), " FROM recordings WHERE project_id = ?1 AND call_id = ?2");
    pub HEARD = "INSERT INTO call_events (project_id, call_id, sequence, kind, detail, happened_at, heard_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
        ON CONFLICT (project_id, call_id, sequence) DO NOTHING";
    pub REPORTS = concat!("SELECT ", report_columns!(), " FROM call_events WHERE project_id = ?1 AND call_id = ?2 ORDER BY sequence");
}

/// A call by id.
///
/// # Errors
/// `NotFound`; others when the database fails.
pub fn get(tx: &mut Tx<'_>, project: ProjectId, id: CallId) -> Result<Call, Error> {
    Call::from_row(&tx.query_one(&GET, &values![project, id])?)
}

/// A call by id, held against other writers until the transaction ends.
///
/// # Errors
/// `NotFound`; others when the database fails.
pub fn lock(tx: &mut Tx<'_>, project: ProjectId, id: CallId) -> Result<Call, Error> {
    Call::from_row(&tx.query_one(&LOCK, &values![project, id])?)
}

/// Whose call a carrier's id names, and which.
pub fn by_carrier(tx: &mut Tx<'_>, carrier: &str, carrier_id: &str) -> Result<Option<(ProjectId, CallId)>, Error> {
    tx.query_opt(&BY_CARRIER, &values![carrier, carrier_id])?.map(|row| Ok((row.get(0)?, row.get(1)?))).transpose()
}

/// What a list keeps. Of a lead and an agent, the lead counts.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Only this lead's.
    pub lead: Option<LeadId>,
    /// Only this agent's.
    pub agent: Option<AgentId>,
    /// Only in this status.
    pub status: Option<String>,
    /// Only what is about nobody or about leads of this seller.
    pub owner: Option<UserId>,
}

/// Calls before an id, newest first.
pub fn list(tx: &mut Tx<'_>, project: ProjectId, filter: &Filter, before: i64, limit: i64) -> Result<Vec<Call>, Error> {
    let (status, owner) = (filter.status.as_deref(), filter.owner);
    let rows = match (filter.lead, filter.agent, status) {
        (Some(lead), _, _) => tx.query(&OF_LEAD, &values![project, before, limit, owner, lead, status])?,
        (None, Some(agent), _) => tx.query(&OF_AGENT, &values![project, before, limit, owner, agent, status])?,
        (None, None, Some(status)) => tx.query(&LIST_IN_STATUS, &values![project, before, limit, owner, status])?,
        (None, None, None) => tx.query(&LIST, &values![project, before, limit, owner])?,
    };
    rows.iter().map(Call::from_row).collect()
}

/// The calls that occupy a number's lines.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OnLine {
    /// Calls that are dialled or spoken.
    pub live: i64,
    /// When those were dialled of which nobody knows whether they ring.
    pub doubtful: Vec<Millis>,
}

/// The calls that a number has at this moment; those of unknown end count when they were dialled since a moment.
pub fn on_line(tx: &mut Tx<'_>, project: ProjectId, identity: IdentityId, since: Millis) -> Result<OnLine, Error> {
    let mut found = OnLine::default();
    for row in tx.query(&ON_LINE, &values![project, identity, since])? {
        let (status, started): (String, Option<Millis>) = (row.get(0)?, row.get(1)?);
        match (status.as_str(), started) {
            ("unknown", Some(started)) => found.doubtful.push(started),
            ("unknown", None) => {}
            _ => found.live += 1,
        }
    }
    Ok(found)
}

/// The calls of all projects that a carrier has taken and whose end it has not told.
pub fn under_way(tx: &mut Tx<'_>, limit: i64) -> Result<Vec<Call>, Error> {
    tx.query(&UNDER_WAY, &values![limit])?.iter().map(Call::from_row).collect()
}

/// When a person's number was dialled since a moment and how each conversation ended, last first.
pub fn dialled_since(
    tx: &mut Tx<'_>,
    project: ProjectId,
    number: &str,
    since: Millis,
    limit: i64,
) -> Result<Vec<(Millis, Option<String>)>, Error> {
    tx.query(&STARTED_TO_NUMBER, &values![project, number, since, limit])?
        .iter()
        .map(|row| Ok((row.get(0)?, row.get(1)?)))
        .collect()
}

/// Calls dialled since a moment.
pub fn count_started(tx: &mut Tx<'_>, project: ProjectId, since: Millis) -> Result<i64, Error> {
    tx.query_one(&COUNT_STARTED, &values![project, since])?.get(0)
}

/// Calls with a lead.
pub fn count_of_lead(tx: &mut Tx<'_>, project: ProjectId, lead: LeadId) -> Result<i64, Error> {
    tx.query_one(&COUNT_OF_LEAD, &values![project, lead])?.get(0)
}

/// Calls in an agent's name.
pub fn count_of_agent(tx: &mut Tx<'_>, project: ProjectId, agent: AgentId) -> Result<i64, Error> {
    tx.query_one(&COUNT_OF_AGENT, &values![project, agent])?.get(0)
}

/// Keeps a carrier's report; false when it was heard before.
pub fn heard(tx: &mut Tx<'_>, report: &Report) -> Result<bool, Error> {
    let params = values![
        report.project_id,
        report.call_id,
        report.sequence,
        report.kind.as_str(),
        report.detail.as_deref(),
        report.happened_at,
        report.heard_at
    ];
    Ok(tx.execute(&HEARD, &params)? > 0)
}

/// A carrier's reports of a call, in its order.
pub fn reports(tx: &mut Tx<'_>, project: ProjectId, call: CallId) -> Result<Vec<Report>, Error> {
    tx.query(&REPORTS, &values![project, call])?.iter().map(Report::from_row).collect()
}

/// The sound of a call.
pub fn recording(tx: &mut Tx<'_>, project: ProjectId, call: CallId) -> Result<Option<Recording>, Error> {
    tx.query_opt(&RECORDING, &values![project, call])?.as_ref().map(Recording::from_row).transpose()
}
