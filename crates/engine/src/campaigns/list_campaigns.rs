//! `list_campaigns`: with what their tasks did.

use schemars::JsonSchema;
use serde::Serialize;

use super::{View, all};
use crate::context::Context;
use crate::error::Result;
use crate::operation::{Empty, Operation, Spec};

/// Lists campaigns.
pub struct ListCampaigns;

/// All of them.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Campaigns {
    /// Newest first.
    pub campaigns: Vec<View>,
}

impl Operation for ListCampaigns {
    const SPEC: Spec =
        Spec::get("list_campaigns", "campaigns", "/campaigns", "campaigns:read", "List campaigns of tasks.");
    type Input = Empty;
    type Output = Campaigns;

    fn run(cx: &mut Context<'_, '_>, _: Empty) -> Result<Campaigns> {
        Ok(Campaigns { campaigns: all(cx)? })
    }
}
