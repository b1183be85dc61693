//! Runs: one pass of an agent's playbook over contacts, durable from the choice of contacts to the last step. Proposes actions;
//! hands nothing over.
//!
//! A run is `queued` until its contacts are chosen, `running` while they are planned, `waiting` while actions wait for people,
//! delays or mail servers, and then `completed`, `failed` or `cancelled`. Every step is one transaction fenced by the job's
//! token: a process that dies leaves a job that is due again, and nothing half done.

pub mod answered;
pub mod approve_run_action;
pub mod cancel_run;
pub mod choose;
pub mod drive;
pub mod get_run;
pub mod list_runs;
pub mod plan;
pub mod progress;
pub mod propose;
pub mod record;
pub mod reject_run_action;
pub mod set_run;
pub mod skill;
pub mod sort_out;
pub mod start;
pub mod subject;
pub mod trigger_agent;
pub mod view;

use std::collections::BTreeMap;

use outrider_domain::filter::Filter;
use outrider_domain::id::LeadId;
use outrider_domain::playbook::Structure;
use outrider_domain::time::Millis;
use outrider_store::runs::Run;
use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::gates::snapshot::read_json;

/// The kind of a run's job; its subject is the run.
pub const JOB: &str = "run";
/// The kind of the job that plans a contact's next wave; its subject is the run's contact.
pub const CONTACT_JOB: &str = "run_contact";

/// Where the jobs of a paused run and of its actions wait: the name of the gate that holds them.
pub const PAUSED: &str = "run";

/// Where a run stands. The last three are final.
pub mod status {
    /// Its contacts are not chosen yet.
    pub const QUEUED: &str = "queued";
    /// Its contacts are being planned.
    pub const RUNNING: &str = "running";
    /// Every contact is planned; something is not at its end.
    pub const WAITING: &str = "waiting";
    /// Every contact is at its end.
    pub const COMPLETED: &str = "completed";
    /// It could not be done.
    pub const FAILED: &str = "failed";
    /// A person ended it.
    pub const CANCELLED: &str = "cancelled";
    /// A contact's part that has actions under way.
    pub const ACTIVE: &str = "active";
    /// A contact that was not taken up.
    pub const SKIPPED: &str = "skipped";
}

/// What a run began with: kept and shown, and what it goes on with whatever is changed meanwhile.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Inputs {
    /// The playbook for people.
    pub playbook_md: Option<String>,
    /// Which version of the playbook it is.
    pub version: i64,
    /// The steps followed.
    pub structure: Option<Structure>,
    /// What the agent may do; everything when empty.
    pub capabilities: Vec<String>,
    /// Which contacts, in the filter language.
    pub filter: String,
    /// The filters of segments that filter and steps name.
    pub segments: BTreeMap<String, String>,
    /// Contacts that were named instead.
    pub contacts: Option<Vec<LeadId>>,
    /// Most contacts.
    pub max_contacts: i64,
    /// Only contacts that were taken up before this, if ever.
    pub free_before: Millis,
    /// What started it, beyond its source.
    pub detail: Option<String>,
    /// By which way the call that started it came in, as [`Via::stored`](crate::connected::Via::stored) says it: what the run
    /// proposes is held to the policy for connected agents.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub via: Option<String>,
}

impl Inputs {
    /// Of a run.
    ///
    /// # Errors
    /// `internal_error` when they can't be read.
    pub fn of(run: &Run) -> Result<Self> {
        read_json(&run.inputs, "what a run began with")
    }

    /// The filter of a segment as it was when the run began.
    #[must_use]
    pub fn segment(&self, name: &str) -> Option<Filter> {
        self.segments.get(name).and_then(|text| Filter::parse(text).ok())
    }

    /// The filter with its segments; one that can no longer be read lets nobody through.
    #[must_use]
    pub fn filter(&self) -> Filter {
        let parsed = Filter::parse(&self.filter).ok().and_then(|filter| filter.expand(&|name| self.segment(name)).ok());
        parsed.unwrap_or_else(|| Filter::Not(Box::new(Filter::All)))
    }
}
