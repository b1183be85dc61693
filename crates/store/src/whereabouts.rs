//! In which project something is, by its id or address alone: ids are unique over the installation. For the operator, who has all
//! projects; nothing that a key may ask goes this way. Functions fail only when the database does.

use outrider_domain::id::{ActionId, EnrollmentId, KeyId, LeadId, ProjectId, TaskId, WebhookId};

use crate::{Error, Statement, Tx, statements, values};

/// Something with an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Held {
    /// An action.
    Action(ActionId),
    /// A lead's way through a sequence.
    Enrollment(EnrollmentId),
    /// A lead.
    Lead(LeadId),
    /// An API key.
    Key(KeyId),
    /// An address that is told of events.
    Webhook(WebhookId),
    /// A task.
    Task(TaskId),
}

/// Looks into each project by its key, so that no table is gone through.
macro_rules! held_in {
    ($table:literal) => {
        concat!(
            "SELECT projects.id FROM projects WHERE EXISTS (SELECT 1 FROM ",
            $table,
            " AS held WHERE held.project_id = projects.id AND held.id = ?1) ORDER BY projects.id LIMIT 1"
        )
    };
}

statements! {
    pub OF_ACTION = held_in!("actions");
    pub OF_ENROLLMENT = held_in!("enrollments");
    pub OF_LEAD = held_in!("leads");
    pub OF_KEY = held_in!("api_keys");
    pub OF_WEBHOOK = held_in!("webhooks");
    pub OF_TASK = held_in!("tasks");
    pub OF_ADDRESS = "SELECT projects.id FROM projects WHERE EXISTS (SELECT 1 FROM leads WHERE leads.project_id = projects.id AND leads.email = ?1) ORDER BY projects.id LIMIT 2";
    pub OF_PERSON = "SELECT projects.id FROM projects JOIN users ON users.organization_id = projects.organization_id WHERE users.email = ?1 ORDER BY projects.id LIMIT 1";
}

/// The project that has it.
pub fn project_of(tx: &mut Tx<'_>, held: Held) -> Result<Option<ProjectId>, Error> {
    let (statement, id): (&'static Statement, i64) = match held {
        Held::Action(id) => (&OF_ACTION, id.0),
        Held::Enrollment(id) => (&OF_ENROLLMENT, id.0),
        Held::Lead(id) => (&OF_LEAD, id.0),
        Held::Key(id) => (&OF_KEY, id.0),
        Held::Webhook(id) => (&OF_WEBHOOK, id.0),
        Held::Task(id) => (&OF_TASK, id.0),
    };
    tx.query_opt(statement, &values![id])?.map(|row| row.get(0)).transpose()
}

/// Projects with a lead of this comparable address, two at most: the first, and whether there is another.
pub fn with_lead_at(tx: &mut Tx<'_>, address: &str) -> Result<Vec<ProjectId>, Error> {
    tx.query(&OF_ADDRESS, &values![address])?.iter().map(|row| row.get(0)).collect()
}

/// The oldest project of the organization that the person with this comparable address belongs to.
pub fn of_person(tx: &mut Tx<'_>, address: &str) -> Result<Option<ProjectId>, Error> {
    tx.query_opt(&OF_PERSON, &values![address])?.map(|row| row.get(0)).transpose()
}
