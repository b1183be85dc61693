//! `get_lead`: one lead.

use outrider_domain::id::LeadId;
use outrider_store::leads as rows;
use schemars::JsonSchema;
use serde::Deserialize;

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

impl Operation for GetLead {
    const SPEC: Spec = Spec::get("get_lead", "leads", "/leads/{lead_id}", "leads:read", "Get a lead.");
    type Input = Input;
    type Output = Lead;

    fn run(cx: &mut Context<'_, '_>, input: Input) -> Result<Lead> {
        Ok(rows::get(cx.tx, cx.project, input.lead_id).map_err(|error| missing(error, "lead", "lead_id"))?.into())
    }
}
