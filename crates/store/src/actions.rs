//! Actions and the send ledger. Functions fail only when the database does, unless they say otherwise.

use std::collections::HashMap;
use std::sync::LazyLock;

use outrider_domain::id::{
    ActionId, AgentId, DecisionId, EnrollmentId, IdentityId, LeadId, MessageId, ProjectId, SequenceId, UserId,
};
use outrider_domain::time::Millis;

use crate::lookups::Key;
use crate::record::{of_owner, places, record};
use crate::{Error, Row, Tx, Value, statements, values};

record! {
    /// One outward or credit-spending act.
    pub struct Action in "actions" as action_columns key ("project_id, id") {
        /// Whose.
        project_id: ProjectId,
        /// Key.
        id: ActionId,
        /// `send_email`, `record_opt_out`, ….
        kind: String,
        /// `email`, or `record` for acts that reach nobody.
        channel: String,
        /// Why it exists; unique per lead and channel.
        cause: String,
        /// The person it is about.
        lead_id: LeadId,
        /// In whose name.
        agent_id: Option<AgentId>,
        /// The sender.
        identity_id: Option<IdentityId>,
        /// The sequence behind it.
        sequence_id: Option<SequenceId>,
        /// The enrollment behind it.
        enrollment_id: Option<EnrollmentId>,
        /// The step's key.
        step: Option<String>,
        /// The variant's key.
        variant: Option<String>,
        /// Its content.
        message_id: Option<MessageId>,
        /// The decision of a run behind it.
        decision_id: Option<DecisionId>,
        /// Its content when that is no message: JSON object by kind.
        content: Option<String>,
        /// `pending_approval`, `scheduled`, `sending`, or a final state.
        state: String,
        /// Stable code of why it ended.
        reason: Option<String>,
        /// The same in words, with what the provider said.
        detail: Option<String>,
        /// The gate that holds it.
        hold_gate: Option<String>,
        /// Why that gate holds.
        hold_reason: Option<String>,
        /// Digest of the content.
        digest: String,
        /// What the content lint found, JSON list; not empty holds it.
        problems: String,
        /// `not_needed`, `needed` or `given`.
        approval: String,
        /// The digest that was approved.
        approved_digest: Option<String>,
        /// Who approved.
        approved_by: Option<String>,
        /// When.
        approved_at: Option<Millis>,
        /// When it is refused if nobody has approved it.
        expires_at: Option<Millis>,
        /// Who proposed it.
        proposed_by: String,
        /// When it is to leave; absent while a hold has no end of its own.
        due_at: Option<Millis>,
        /// The identity's day its slot is on.
        slot_day: Option<i64>,
        /// Hand-overs begun.
        attempts: i64,
        /// Fencing token of the job that handed it over last.
        token: Option<i64>,
        /// Credits held for it.
        cost: i64,
        /// When proposed.
        created_at: Millis,
        /// When changed.
        updated_at: Millis,
        /// When it ended.
        finished_at: Option<Millis>,
    }
}

/// As lookups call it.
const TABLE: &str = "actions";

statements! {
    pub GET = concat!("SELECT ", action_columns!(), " FROM actions WHERE project_id = ?1 AND id = ?2");
    pub LOCK = sqlite concat!("SELECT ", action_columns!(), " FROM actions WHERE project_id = ?1 AND id = ?2")
        postgres concat!("SELECT ", action_columns!(), " FROM actions WHERE project_id = ?1 AND id = ?2 FOR UPDATE");
    pub LOCK_MANY = sqlite concat!("SELECT ", action_columns!(), " FROM actions WHERE project_id = ?1 AND id IN ints(?2) ORDER BY id")
        postgres concat!("SELECT ", action_columns!(), " FROM actions WHERE project_id = ?1 AND id IN ints(?2) ORDER BY id FOR UPDATE");
    pub FIND_BY_CAUSE = concat!("SELECT ", action_columns!(), " FROM actions WHERE project_id = ?1 AND lead_id = ?2 AND channel = ?3 AND cause = ?4");
    pub SEQUENCES = "SELECT id, sequence_id FROM actions WHERE project_id = ?1 AND id IN ints(?2) AND sequence_id IS NOT NULL";
    pub HOLD_REASONS = "SELECT id, hold_reason FROM actions WHERE project_id = ?1 AND id IN ints(?2) AND hold_reason IS NOT NULL";
    pub OF_LEAD = concat!("SELECT ", action_columns!(), " FROM actions WHERE project_id = ?1 AND lead_id = ?2 ORDER BY id DESC LIMIT ?3");
    pub OPEN_OF_LEAD = concat!("SELECT ", action_columns!(), " FROM actions WHERE project_id = ?1 AND lead_id = ?2 AND state IN ('pending_approval', 'scheduled') ORDER BY id");
    pub OPEN_OF_AGENT = concat!("SELECT ", action_columns!(), " FROM actions WHERE project_id = ?1 AND agent_id = ?2 AND state IN ('pending_approval', 'scheduled') ORDER BY id");
    pub PLACED_AFTER = concat!("SELECT ", action_columns!(), " FROM actions WHERE project_id = ?1 AND state = 'scheduled' AND hold_gate = 'cap' AND identity_id = ?2 AND slot_day > ?3 ORDER BY slot_day, id LIMIT ?4");
    pub CALLS_PLACED_AFTER = concat!("SELECT ", action_columns!(), " FROM actions WHERE project_id = ?1 AND state = 'scheduled' AND hold_gate = 'cap' AND agent_id = ?2 AND kind = 'place_call' AND slot_day > ?3 ORDER BY slot_day, id LIMIT ?4");
    pub WAITING = concat!("SELECT ", action_columns!(), " FROM actions WHERE project_id = ?1 AND state = 'pending_approval' AND id < ?2", of_owner!("?4"), " ORDER BY id DESC LIMIT ?3");
    pub WAITING_OF_AGENT = concat!("SELECT ", action_columns!(), " FROM actions WHERE project_id = ?1 AND state = 'pending_approval' AND agent_id = ?5 AND id < ?2", of_owner!("?4"), " ORDER BY id DESC LIMIT ?3");
    pub LIST = concat!("SELECT ", action_columns!(), " FROM actions WHERE project_id = ?1 AND id < ?2
        AND (CAST(?3 AS BIGINT) IS NULL OR lead_id = ?3) AND (CAST(?4 AS BIGINT) IS NULL OR sequence_id = ?4) AND (CAST(?5 AS BIGINT) IS NULL OR agent_id = ?5)", of_owner!("?7"), " ORDER BY id DESC LIMIT ?6");
    pub LIST_IN_STATE = concat!("SELECT ", action_columns!(), " FROM actions WHERE project_id = ?1 AND state = ?8 AND id < ?2
        AND (CAST(?3 AS BIGINT) IS NULL OR lead_id = ?3) AND (CAST(?4 AS BIGINT) IS NULL OR sequence_id = ?4) AND (CAST(?5 AS BIGINT) IS NULL OR agent_id = ?5)", of_owner!("?7"), " ORDER BY id DESC LIMIT ?6");
    pub HAS_CAUSE = "SELECT 1 FROM actions WHERE project_id = ?1 AND lead_id = ?2 AND channel = ?3 AND cause = ?4";
    pub CAUSES = "SELECT lead_id, channel, cause FROM actions WHERE project_id = ?1 AND lead_id IN ints(?2)";
    pub HAS_CAUSE_ANYHOW = "SELECT 1 FROM actions WHERE project_id = ?1 AND lead_id = ?2 AND cause = ?3 LIMIT 1";
    pub PENDING_OF_SEQUENCE = "SELECT sequence_id, COUNT(*) FROM actions WHERE project_id = ?1 AND state = 'pending_approval' GROUP BY sequence_id ORDER BY sequence_id";
    pub SENT_BEFORE = "SELECT 1 FROM actions WHERE project_id = ?1 AND lead_id = ?2 AND channel = ?3 AND state IN ('delivered', 'unknown') LIMIT 1";
    pub COUNT_BY_STATE = "SELECT state, COUNT(*) FROM actions WHERE project_id = ?1 GROUP BY state ORDER BY state";
    pub HELD_BY_GATE = "SELECT hold_gate, COUNT(*) FROM actions WHERE project_id = ?1 AND state = 'scheduled' AND hold_gate IS NOT NULL GROUP BY hold_gate ORDER BY hold_gate";
    pub ADVANCE = "UPDATE actions SET state = ?3, reason = ?4, detail = ?5, hold_gate = ?6, hold_reason = ?7, due_at = ?8, slot_day = ?9, attempts = ?10, token = ?11, identity_id = ?12, updated_at = ?13, finished_at = ?14
        WHERE project_id = ?1 AND id = ?2";
    pub HAND = "INSERT INTO ledger (project_id, channel, address, cause, action_id, state, attempt, handed_at, settled_at) VALUES (?1, ?2, ?3, ?4, ?5, 'handed', ?6, ?7, NULL)
        ON CONFLICT (project_id, channel, address, cause) DO UPDATE SET state = 'handed', attempt = excluded.attempt, handed_at = excluded.handed_at, settled_at = NULL
        WHERE ledger.action_id = excluded.action_id AND ledger.state = 'open'";
    pub SETTLE = "UPDATE ledger SET state = ?5, settled_at = ?6 WHERE project_id = ?1 AND channel = ?2 AND address = ?3 AND cause = ?4";
    pub LEDGER_ENTRY = "SELECT action_id, state, attempt, handed_at FROM ledger WHERE project_id = ?1 AND channel = ?2 AND address = ?3 AND cause = ?4";
    pub LEDGER_OF = "SELECT address, cause, action_id, state, attempt, handed_at FROM ledger WHERE project_id = ?1 AND channel = ?2 AND address IN texts(?3)";
    pub LEDGER_COUNT = "SELECT state, COUNT(*) FROM ledger WHERE project_id = ?1 GROUP BY state ORDER BY state";
}

/// An action by id.
///
/// # Errors
/// `NotFound`; others when the database fails.
pub fn get(tx: &mut Tx<'_>, project: ProjectId, id: ActionId) -> Result<Action, Error> {
    Action::from_row(&tx.row_by_id(TABLE, &GET, project, id.0, false)?.ok_or(Error::NotFound)?)
}

/// An action by id, held against other writers until the transaction ends.
///
/// # Errors
/// `NotFound`; others when the database fails.
pub fn lock(tx: &mut Tx<'_>, project: ProjectId, id: ActionId) -> Result<Action, Error> {
    Action::from_row(&tx.row_by_id(TABLE, &LOCK, project, id.0, true)?.ok_or(Error::NotFound)?)
}

/// Locks many actions ahead of need; gives those that are there, by id.
pub fn look_up_held(tx: &mut Tx<'_>, project: ProjectId, ids: &[ActionId]) -> Result<Vec<Action>, Error> {
    let ids = ids.iter().map(|id| id.0).collect();
    tx.look_up(TABLE, &LOCK_MANY, project, ids, true)?.iter().map(Action::from_row).collect()
}

/// The action with that cause.
pub fn find_by_cause(
    tx: &mut Tx<'_>,
    project: ProjectId,
    lead: LeadId,
    channel: &str,
    cause: &str,
) -> Result<Option<Action>, Error> {
    tx.query_opt(&FIND_BY_CAUSE, &values![project, lead, channel, cause])?.as_ref().map(Action::from_row).transpose()
}

/// The sequences behind those of these actions that a sequence made, in no order.
pub fn sequences(tx: &mut Tx<'_>, project: ProjectId, ids: &[ActionId]) -> Result<Vec<(ActionId, SequenceId)>, Error> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<i64> = ids.iter().map(|id| id.0).collect();
    tx.query(&SEQUENCES, &values![project, ids])?.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}

/// Why those of these actions wait that a gate holds, in no order.
pub fn hold_reasons(tx: &mut Tx<'_>, project: ProjectId, ids: &[ActionId]) -> Result<Vec<(ActionId, String)>, Error> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<i64> = ids.iter().map(|id| id.0).collect();
    tx.query(&HOLD_REASONS, &values![project, ids])?.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}

/// A lead's actions, newest first.
pub fn of_lead(tx: &mut Tx<'_>, project: ProjectId, lead: LeadId, limit: i64) -> Result<Vec<Action>, Error> {
    tx.query(&OF_LEAD, &values![project, lead, limit])?.iter().map(Action::from_row).collect()
}

/// A lead's actions that have not been handed over and have not ended.
pub fn open_of_lead(tx: &mut Tx<'_>, project: ProjectId, lead: LeadId) -> Result<Vec<Action>, Error> {
    tx.query(&OPEN_OF_LEAD, &values![project, lead])?.iter().map(Action::from_row).collect()
}

/// An agent's actions that have not been handed over and have not ended.
pub fn open_of_agent(tx: &mut Tx<'_>, project: ProjectId, agent: AgentId) -> Result<Vec<Action>, Error> {
    tx.query(&OPEN_OF_AGENT, &values![project, agent])?.iter().map(Action::from_row).collect()
}

/// A sender's actions that wait for a place on a day after this one, for those before were full; the next first.
pub fn placed_after(
    tx: &mut Tx<'_>,
    project: ProjectId,
    identity: IdentityId,
    day: i64,
    limit: i64,
) -> Result<Vec<Action>, Error> {
    tx.query(&PLACED_AFTER, &values![project, identity, day, limit])?.iter().map(Action::from_row).collect()
}

/// An agent's calls that wait for a place on a day after this one, from whichever number; the next first.
pub fn calls_placed_after(
    tx: &mut Tx<'_>,
    project: ProjectId,
    agent: AgentId,
    day: i64,
    limit: i64,
) -> Result<Vec<Action>, Error> {
    tx.query(&CALLS_PLACED_AFTER, &values![project, agent, day, limit])?.iter().map(Action::from_row).collect()
}

/// Actions that wait for a person, before an id, newest first; of one agent or of all, of one seller's leads or of all.
pub fn waiting(
    tx: &mut Tx<'_>,
    project: ProjectId,
    agent: Option<AgentId>,
    owner: Option<UserId>,
    before: i64,
    limit: i64,
) -> Result<Vec<Action>, Error> {
    let rows = match agent {
        None => tx.query(&WAITING, &values![project, before, limit, owner])?,
        Some(agent) => tx.query(&WAITING_OF_AGENT, &values![project, before, limit, owner, agent])?,
    };
    rows.iter().map(Action::from_row).collect()
}

/// What a list keeps.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Only this state.
    pub state: Option<String>,
    /// Only this lead's.
    pub lead: Option<LeadId>,
    /// Only this sequence's.
    pub sequence: Option<SequenceId>,
    /// Only this agent's.
    pub agent: Option<AgentId>,
    /// Only what is about nobody or about leads of this seller.
    pub owner: Option<UserId>,
}

/// Actions before an id, newest first.
pub fn list(
    tx: &mut Tx<'_>,
    project: ProjectId,
    filter: &Filter,
    before: i64,
    limit: i64,
) -> Result<Vec<Action>, Error> {
    let mut params = values![project, before, filter.lead, filter.sequence, filter.agent, limit, filter.owner].to_vec();
    let rows = match &filter.state {
        None => tx.query(&LIST, &params)?,
        Some(state) => {
            params.push(state.as_str().into());
            tx.query(&LIST_IN_STATE, &params)?
        }
    };
    rows.iter().map(Action::from_row).collect()
}

/// Whether an action with that cause exists.
pub fn exists(tx: &mut Tx<'_>, project: ProjectId, lead: LeadId, channel: &str, cause: &str) -> Result<bool, Error> {
    if let Some(known) = tx.known(TABLE, project, causes_of(lead)) {
        let is_it = |row: &Row| Ok::<_, Error>(row.get::<String>(1)? == channel && row.get::<String>(2)? == cause);
        return known.iter().map(is_it).find(|found| !matches!(found, Ok(false))).unwrap_or(Ok(false));
    }
    Ok(tx.query_opt(&HAS_CAUSE, &values![project, lead, channel, cause])?.is_some())
}

/// Whether an action with that cause exists, on whatever channel.
pub fn exists_on_any_channel(tx: &mut Tx<'_>, project: ProjectId, lead: LeadId, cause: &str) -> Result<bool, Error> {
    Ok(tx.query_opt(&HAS_CAUSE_ANYHOW, &values![project, lead, cause])?.is_some())
}

/// How many actions wait for a person, by the sequence they come from.
pub fn pending_by_sequence(tx: &mut Tx<'_>, project: ProjectId) -> Result<Vec<(Option<SequenceId>, i64)>, Error> {
    tx.query(&PENDING_OF_SEQUENCE, &values![project])?.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}

/// Whether anything was ever delivered, or may have been, to the lead on the channel.
pub fn sent_before(tx: &mut Tx<'_>, project: ProjectId, lead: LeadId, channel: &str) -> Result<bool, Error> {
    Ok(tx.query_opt(&SENT_BEFORE, &values![project, lead, channel])?.is_some())
}

/// How many actions in each state.
pub fn count_by_state(tx: &mut Tx<'_>, project: ProjectId) -> Result<Vec<(String, i64)>, Error> {
    tx.query(&COUNT_BY_STATE, &values![project])?.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}

/// How many scheduled actions each gate holds.
pub fn held_by_gate(tx: &mut Tx<'_>, project: ProjectId) -> Result<Vec<(String, i64)>, Error> {
    tx.query(&HELD_BY_GATE, &values![project])?.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}

/// Writes what changes on the road: state, hold, slot, attempts. Content and approval are written by `save`.
pub fn advance(tx: &mut Tx<'_>, a: &Action) -> Result<(), Error> {
    let params = values![
        a.project_id,
        a.id,
        a.state.as_str(),
        a.reason.as_deref(),
        a.detail.as_deref(),
        a.hold_gate.as_deref(),
        a.hold_reason.as_deref(),
        a.due_at,
        a.slot_day,
        a.attempts,
        a.token,
        a.identity_id,
        a.updated_at,
        a.finished_at
    ];
    let [_, _, changed @ ..] = &params;
    let changes: Vec<(usize, Value)> = ADVANCED.iter().copied().zip(changed.iter().cloned()).collect();
    tx.update_row(TABLE, &ADVANCE, &params, &changes)
}

/// Places of the columns that [`ADVANCE`] sets, in the order of its parameters.
static ADVANCED: LazyLock<Vec<usize>> = LazyLock::new(|| {
    let names = [
        "state",
        "reason",
        "detail",
        "hold_gate",
        "hold_reason",
        "due_at",
        "slot_day",
        "attempts",
        "token",
        "identity_id",
        "updated_at",
        "finished_at",
    ];
    places(Action::COLUMNS, &names)
});

/// Inserts a new action. The transaction may write it later, with what becomes of it until then; a cause that is taken is then an
/// error at its end.
pub fn insert_new(tx: &mut Tx<'_>, action: Action) -> Result<(), Error> {
    let of = causes_of(action.lead_id);
    tx.insert_later(Action::INSERT, action.into_values(), of)
}

/// By what the causes of a lead's actions are looked up.
const fn causes_of(lead: LeadId) -> Key {
    Key::Numbers(lead.0, 0)
}

/// Looks the causes of many leads' actions up ahead of need.
pub fn look_up_causes(tx: &mut Tx<'_>, project: ProjectId, leads: &[LeadId]) -> Result<(), Error> {
    let ids: Vec<i64> = leads.iter().map(|id| id.0).collect();
    let mut found: HashMap<i64, Vec<Row>> = ids.iter().map(|id| (*id, Vec::new())).collect();
    for row in tx.query(&CAUSES, &values![project, ids])? {
        found.entry(row.get(0)?).or_default().push(row);
    }
    for (lead, rows) in found {
        tx.keep(TABLE, project, causes_of(LeadId(lead)), rows);
    }
    Ok(())
}

/// What the ledger says of one contact, channel and cause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerEntry {
    /// The action that holds it.
    pub action: ActionId,
    /// `handed`, `delivered`, `failed`, `unknown` or `open`.
    pub state: String,
    /// Which hand-over.
    pub attempt: i64,
    /// When.
    pub handed_at: Millis,
}

/// Looks into the ledger.
pub fn ledger_entry(
    tx: &mut Tx<'_>,
    project: ProjectId,
    channel: &str,
    address: &str,
    cause: &str,
) -> Result<Option<LedgerEntry>, Error> {
    let entry = |row: &Row, at: usize| {
        Ok(LedgerEntry {
            action: row.get(at)?,
            state: row.get(at + 1)?,
            attempt: row.get(at + 2)?,
            handed_at: row.get(at + 3)?,
        })
    };
    if let Some(known) = tx.known("ledger", project, Key::texts(channel, address)) {
        let found = known.iter().find(|row| row.get::<String>(1).is_ok_and(|other| other == cause));
        return found.map(|row| entry(row, 2)).transpose();
    }
    tx.query_opt(&LEDGER_ENTRY, &values![project, channel, address, cause])?.map(|row| entry(&row, 0)).transpose()
}

/// Looks into the ledger for many addresses ahead of need.
pub fn look_up_ledger(tx: &mut Tx<'_>, project: ProjectId, channel: &str, addresses: Vec<String>) -> Result<(), Error> {
    let mut found: HashMap<String, Vec<Row>> = addresses.iter().map(|address| (address.clone(), Vec::new())).collect();
    if found.is_empty() {
        return Ok(());
    }
    for row in tx.query(&LEDGER_OF, &values![project, channel, addresses])? {
        found.entry(row.get(0)?).or_default().push(row);
    }
    for (address, rows) in found {
        tx.keep("ledger", project, Key::texts(channel, &address), rows);
    }
    Ok(())
}

/// Takes the ledger's one place for this contact, channel and cause; false when it is taken. After true, and only then, may
/// the message be handed over.
pub fn hand(tx: &mut Tx<'_>, action: &Action, address: &str, now: Millis) -> Result<bool, Error> {
    let params = values![
        action.project_id,
        action.channel.as_str(),
        address,
        action.cause.as_str(),
        action.id,
        action.attempts,
        now
    ];
    Ok(tx.execute_on(&HAND, &params, action.project_id, Key::texts(&action.channel, address))? > 0)
}

/// Writes how a hand-over ended; `open` gives the place back for another attempt.
pub fn settle(tx: &mut Tx<'_>, action: &Action, address: &str, state: &str, now: Millis) -> Result<(), Error> {
    let params = values![action.project_id, action.channel.as_str(), address, action.cause.as_str(), state, now];
    tx.execute_on(&SETTLE, &params, action.project_id, Key::texts(&action.channel, address)).map(drop)
}

/// How many ledger rows in each state.
pub fn ledger_count(tx: &mut Tx<'_>, project: ProjectId) -> Result<Vec<(String, i64)>, Error> {
    tx.query(&LEDGER_COUNT, &values![project])?.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}
