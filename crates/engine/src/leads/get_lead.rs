//! `get_lead`: one lead with what was done for it.

use outrider_domain::id::LeadId;
use outrider_store::{calls, leads as rows, messages};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Lead, missing};
use crate::context::Context;
use crate::error::Result;
use crate::operation::{Operation, Spec};

/// Gets a lead.
pub struct GetLead;

/// Which.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The lead.
    lead_id: LeadId,
}

/// A lead and its totals.
#[derive(Debug, Serialize, JsonSchema)]
pub struct LeadDetail {
    /// The lead.
    #[serde(flatten)]
    pub lead: Lead,
    /// Calls placed to it.
    pub total_calls: i64,
    /// Mails handed over to it.
    pub total_emails: i64,
}

impl Operation for GetLead {
    const SPEC: Spec = Spec::get("get_lead", "leads", "/leads/{lead_id}", "leads:read", "Get a lead and its totals.");
    type Input = Input;
    type Output = LeadDetail;

    fn run(cx: &mut Context<'_, '_>, input: Input) -> Result<LeadDetail> {
        let row = rows::get(cx.tx, cx.project, input.lead_id).map_err(|error| missing(error, "lead", "lead_id"))?;
        Ok(LeadDetail {
            total_calls: calls::count_of_lead(cx.tx, cx.project, row.id)?,
            total_emails: messages::count_sent_to(cx.tx, cx.project, row.id)?,
            lead: row.into(),
        })
    }
}
