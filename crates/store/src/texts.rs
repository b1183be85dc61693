//! Text messages, out and in. Functions fail only when the database does, unless they say otherwise.

use outrider_domain::id::{AgentId, IdentityId, LeadId, ProjectId, TextId, UserId};
use outrider_domain::time::Millis;

use crate::record::{of_owner, record};
use crate::{Error, Tx, statements, values};

record! {
    /// A text message.
    pub struct Text in "texts" as text_columns key ("project_id, id") {
        /// Whose.
        project_id: ProjectId,
        /// Key; that of its action for one that goes out.
        id: TextId,
        /// `out` or `in`.
        direction: String,
        /// The lead.
        lead_id: LeadId,
        /// In whose name.
        agent_id: Option<AgentId>,
        /// Our number's identity.
        identity_id: Option<IdentityId>,
        /// The lead's number, E.164.
        lead_phone: String,
        /// Our number, E.164.
        our_phone: String,
        /// What it says.
        text: String,
        /// `sending`, `sent`, `failed`, `unknown`, or `received`.
        status: String,
        /// What the lead wants by it.
        class: Option<String>,
        /// Why it was classified so, JSON list.
        evidence: Option<String>,
        /// The carrier's name.
        carrier: String,
        /// The carrier's own id of it.
        carrier_id: Option<String>,
        /// What the carrier said.
        response: Option<String>,
        /// When handed over or received.
        created_at: Millis,
        /// When the carrier took it.
        sent_at: Option<Millis>,
    }
}

statements! {
    pub GET = concat!("SELECT ", text_columns!(), " FROM texts WHERE project_id = ?1 AND id = ?2");
    pub OF_LEAD = concat!("SELECT ", text_columns!(), " FROM texts WHERE project_id = ?1 AND lead_id = ?2 AND id < ?3 ORDER BY id DESC LIMIT ?4");
    pub CLASSES_OF = "SELECT lead_id, class, created_at FROM texts WHERE project_id = ?1 AND lead_id IN ints(?2) AND direction = 'in' AND class IS NOT NULL ORDER BY lead_id, id";
    pub LIST = concat!("SELECT ", text_columns!(), " FROM texts WHERE project_id = ?1 AND id < ?2", of_owner!("?4"), " ORDER BY id DESC LIMIT ?3");
    pub KNOWN = "SELECT id FROM texts WHERE carrier = ?1 AND carrier_id = ?2 AND direction = 'in'";
    pub LAST_TO = "SELECT project_id, lead_id FROM texts WHERE lead_phone = ?1 AND our_phone = ?2 AND direction = 'out' ORDER BY id DESC LIMIT 1";
}

/// A text message by id.
///
/// # Errors
/// `NotFound`; others when the database fails.
pub fn get(tx: &mut Tx<'_>, project: ProjectId, id: TextId) -> Result<Text, Error> {
    Text::from_row(&tx.query_one(&GET, &values![project, id])?)
}

/// Text messages before an id, newest first; of one lead where one is named, else of one seller's leads or of all.
pub fn list(
    tx: &mut Tx<'_>,
    project: ProjectId,
    lead: Option<LeadId>,
    owner: Option<UserId>,
    before: i64,
    limit: i64,
) -> Result<Vec<Text>, Error> {
    let rows = match lead {
        Some(lead) => tx.query(&OF_LEAD, &values![project, lead, before, limit])?,
        None => tx.query(&LIST, &values![project, before, limit, owner])?,
    };
    rows.iter().map(Text::from_row).collect()
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

/// Whether a carrier has told of this message before.
pub fn is_known(tx: &mut Tx<'_>, carrier: &str, carrier_id: &str) -> Result<bool, Error> {
    Ok(tx.query_opt(&KNOWN, &values![carrier, carrier_id])?.is_some())
}

/// To whom a number of ours last wrote at this number.
pub fn last_to(tx: &mut Tx<'_>, lead_phone: &str, our_phone: &str) -> Result<Option<(ProjectId, LeadId)>, Error> {
    tx.query_opt(&LAST_TO, &values![lead_phone, our_phone])?.map(|row| Ok((row.get(0)?, row.get(1)?))).transpose()
}
