//! Playbooks of agents, what starts them, and which contacts they took up. Functions fail only when the database does, unless
//! they say otherwise.

use outrider_domain::id::{AgentId, IdentityId, LeadId, ProjectId, RunId};
use outrider_domain::time::Millis;

use crate::record::record;
use crate::{Bulk, Error, Kind, Tx, Value, statements, values};

record! {
    /// The part of an agent that follows a playbook.
    pub struct Playbook in "playbooks" as playbook_columns key ("project_id, agent_id") {
        /// Whose.
        project_id: ProjectId,
        /// The agent.
        agent_id: AgentId,
        /// What the agent is for.
        description: Option<String>,
        /// The catalog's playbook it began from.
        template: Option<String>,
        /// For people.
        markdown: Option<String>,
        /// Counts changes of what is followed, from 1.
        version: i64,
        /// What the built-in planner follows, JSON; absent when the Markdown says nothing it can follow.
        structure: Option<String>,
        /// Names of what it may do, JSON list; empty is everything.
        capabilities: String,
        /// The sender it writes as; any that fits when absent.
        identity_id: Option<IdentityId>,
        /// Whom it watches and when, JSON object.
        monitoring: String,
        /// For language models, JSON object.
        llm_config: Option<String>,
        /// Whether it works.
        enabled: bool,
        /// Where the next look for contacts begins.
        scan_after: i64,
        /// When made.
        created_at: Millis,
        /// When changed.
        updated_at: Millis,
    }
}

statements! {
    pub GET = concat!("SELECT ", playbook_columns!(), " FROM playbooks WHERE project_id = ?1 AND agent_id = ?2");
    pub LOCK = sqlite concat!("SELECT ", playbook_columns!(), " FROM playbooks WHERE project_id = ?1 AND agent_id = ?2")
        postgres concat!("SELECT ", playbook_columns!(), " FROM playbooks WHERE project_id = ?1 AND agent_id = ?2 FOR UPDATE");
    pub DELETE = "DELETE FROM playbooks WHERE project_id = ?1 AND agent_id = ?2";
    pub LIST_AGENTS = "SELECT agents.id FROM agents LEFT JOIN playbooks ON playbooks.project_id = agents.project_id AND playbooks.agent_id = agents.id
        WHERE agents.project_id = ?1 AND (CAST(?2 AS BIGINT) IS NULL OR COALESCE(playbooks.enabled, 0) * agents.active = ?2) AND (CAST(?3 AS TEXT) IS NULL OR playbooks.template = ?3)
        ORDER BY agents.id DESC LIMIT ?4 OFFSET ?5";
    pub COUNT_AGENTS = "SELECT COUNT(*) FROM agents LEFT JOIN playbooks ON playbooks.project_id = agents.project_id AND playbooks.agent_id = agents.id
        WHERE agents.project_id = ?1 AND (CAST(?2 AS BIGINT) IS NULL OR COALESCE(playbooks.enabled, 0) * agents.active = ?2) AND (CAST(?3 AS TEXT) IS NULL OR playbooks.template = ?3)";
    pub PAGE = "SELECT agent_id FROM playbooks WHERE project_id = ?1 ORDER BY agent_id DESC LIMIT ?2 OFFSET ?3";
    pub COUNT_ALL = "SELECT COUNT(*) FROM playbooks WHERE project_id = ?1";
    pub SET_SCAN = "UPDATE playbooks SET scan_after = ?3 WHERE project_id = ?1 AND agent_id = ?2";
    pub CLEAR_TRIGGERS = "DELETE FROM playbook_triggers WHERE project_id = ?1 AND agent_id = ?2";
    pub TRIGGERED = "SELECT kind, agent_id FROM playbook_triggers WHERE project_id = ?1 AND kind IN texts(?2) ORDER BY agent_id, kind";
    pub TAKEN = "SELECT lead_id, taken_at, open FROM playbook_contacts WHERE project_id = ?1 AND agent_id = ?2 AND lead_id IN ints(?3)";
    pub RELEASE = "UPDATE playbook_contacts SET open = 0 WHERE project_id = ?1 AND agent_id = ?2 AND lead_id = ?3 AND run_id = ?4";
    pub GIVE_BACK = "UPDATE playbook_contacts SET taken_at = before_at WHERE project_id = ?1 AND agent_id = ?2 AND lead_id = ?3 AND run_id = ?4 AND open = 0";
    pub FORGET = "DELETE FROM playbook_contacts WHERE project_id = ?1 AND agent_id = ?2";
    pub OF_IDENTITY = "SELECT agent_id FROM playbooks WHERE project_id = ?1 AND identity_id = ?2 ORDER BY agent_id LIMIT 1";
}

/// When a contact was taken up that never was: before every moment that frees one.
const NEVER: Millis = Millis(-1);

/// Takes contacts for a run, those that no other run has open and that were taken up before `free_before`, if ever.
const TAKE: &Bulk = &Bulk {
    name: "take_contacts",
    table: "playbook_contacts",
    columns: &[
        ("project_id", Kind::Int),
        ("agent_id", Kind::Int),
        ("lead_id", Kind::Int),
        ("run_id", Kind::Int),
        ("occurrence", Kind::Int),
        ("open", Kind::Int),
        ("taken_at", Kind::Int),
        ("free_before", Kind::Int),
        ("before_at", Kind::Int),
    ],
    on_conflict: "ON CONFLICT (project_id, agent_id, lead_id) DO UPDATE SET run_id = excluded.run_id, occurrence = playbook_contacts.occurrence + 1, open = 1, \
        before_at = playbook_contacts.taken_at, taken_at = excluded.taken_at, free_before = excluded.free_before WHERE playbook_contacts.open = 0 AND playbook_contacts.taken_at < excluded.free_before",
    returning: &["lead_id", "occurrence"],
};

/// Notes events that start an agent's playbook.
const ADD_TRIGGERS: &Bulk = &Bulk {
    name: "add_playbook_triggers",
    table: "playbook_triggers",
    columns: &[("project_id", Kind::Int), ("kind", Kind::Text), ("agent_id", Kind::Int)],
    on_conflict: "ON CONFLICT DO NOTHING",
    returning: &[],
};

/// An agent's playbook.
pub fn find(tx: &mut Tx<'_>, project: ProjectId, agent: AgentId) -> Result<Option<Playbook>, Error> {
    tx.query_opt(&GET, &values![project, agent])?.as_ref().map(Playbook::from_row).transpose()
}

/// An agent's playbook, held against other writers until the transaction ends.
pub fn lock(tx: &mut Tx<'_>, project: ProjectId, agent: AgentId) -> Result<Option<Playbook>, Error> {
    tx.query_opt(&LOCK, &values![project, agent])?.as_ref().map(Playbook::from_row).transpose()
}

/// Removes an agent's playbook with what started it and which contacts it had.
pub fn delete(tx: &mut Tx<'_>, project: ProjectId, agent: AgentId) -> Result<(), Error> {
    tx.execute(&CLEAR_TRIGGERS, &values![project, agent])?;
    tx.execute(&FORGET, &values![project, agent])?;
    tx.execute(&DELETE, &values![project, agent]).map(drop)
}

/// What a list of agents by their playbooks keeps.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Only those that work, or that don't.
    pub enabled: Option<bool>,
    /// Only those that began from this playbook of the catalog.
    pub template: Option<String>,
}

/// Agents, newest first, and how many there are altogether.
pub fn list_agents(
    tx: &mut Tx<'_>,
    project: ProjectId,
    filter: &Filter,
    limit: i64,
    offset: i64,
) -> Result<(Vec<AgentId>, i64), Error> {
    let params = values![project, filter.enabled, filter.template.clone(), limit, offset];
    let found = tx.query(&LIST_AGENTS, &params)?.iter().map(|row| row.get(0)).collect::<Result<_, _>>()?;
    let total = tx.query_one(&COUNT_AGENTS, &params[..3])?.get(0)?;
    Ok((found, total))
}

/// Notes where the next look for contacts begins.
pub fn set_scan(tx: &mut Tx<'_>, project: ProjectId, agent: AgentId, after: LeadId) -> Result<(), Error> {
    tx.execute(&SET_SCAN, &values![project, agent, after]).map(drop)
}

/// Replaces the events that start an agent's playbook.
pub fn set_triggers(tx: &mut Tx<'_>, project: ProjectId, agent: AgentId, kinds: &[String]) -> Result<(), Error> {
    tx.execute(&CLEAR_TRIGGERS, &values![project, agent])?;
    let row = |kind: &String| vec![Value::from(project), kind.as_str().into(), agent.into()];
    tx.insert_rows(ADD_TRIGGERS, kinds.iter().map(row).collect()).map(drop)
}

/// Agents that have a playbook from a place on, newest first, and how many there are.
pub fn page(tx: &mut Tx<'_>, project: ProjectId, limit: i64, offset: i64) -> Result<(Vec<AgentId>, i64), Error> {
    let rows = tx.query(&PAGE, &values![project, limit, offset])?;
    let total = tx.query_one(&COUNT_ALL, &values![project])?.get(0)?;
    Ok((rows.iter().map(|row| row.get(0)).collect::<Result<_, _>>()?, total))
}

/// Which agents these events start.
pub fn triggered(tx: &mut Tx<'_>, project: ProjectId, kinds: Vec<String>) -> Result<Vec<(String, AgentId)>, Error> {
    tx.query(&TRIGGERED, &values![project, kinds])?.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}

/// Of these contacts, those the agent has taken up before: since when, and whether a run has them open.
pub fn taken(
    tx: &mut Tx<'_>,
    project: ProjectId,
    agent: AgentId,
    leads: &[LeadId],
) -> Result<Vec<(LeadId, Millis, bool)>, Error> {
    tx.query(&TAKEN, &values![project, agent, leads.to_vec()])?
        .iter()
        .map(|row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .collect()
}

/// Takes contacts up for a run; gives those it got, with how often the agent had them before. A contact that a run has open, or
/// that was taken up at or after `free_before`, stays where it is.
pub fn take(
    tx: &mut Tx<'_>,
    project: ProjectId,
    agent: AgentId,
    run: RunId,
    leads: &[LeadId],
    now: Millis,
    free_before: Millis,
) -> Result<Vec<(LeadId, i64)>, Error> {
    let row = |lead: &LeadId| {
        vec![
            Value::from(project),
            agent.into(),
            (*lead).into(),
            run.into(),
            0_i64.into(),
            true.into(),
            now.into(),
            free_before.into(),
            NEVER.into(),
        ]
    };
    tx.insert_rows(TAKE, leads.iter().map(row).collect())?.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}

/// Lets a contact go that a run had open.
pub fn release(tx: &mut Tx<'_>, project: ProjectId, agent: AgentId, lead: LeadId, run: RunId) -> Result<(), Error> {
    tx.execute(&RELEASE, &values![project, agent, lead, run]).map(drop)
}

/// Undoes that a run took a contact up which it has let go: the contact stands as it did before. How often it was taken still counts.
pub fn give_back(tx: &mut Tx<'_>, project: ProjectId, agent: AgentId, lead: LeadId, run: RunId) -> Result<(), Error> {
    tx.execute(&GIVE_BACK, &values![project, agent, lead, run]).map(drop)
}

/// An agent whose playbook writes as this sender.
pub fn of_identity(tx: &mut Tx<'_>, project: ProjectId, identity: IdentityId) -> Result<Option<AgentId>, Error> {
    tx.query_opt(&OF_IDENTITY, &values![project, identity])?.map(|row| row.get(0)).transpose()
}
