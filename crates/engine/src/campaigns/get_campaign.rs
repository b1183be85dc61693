//! `get_campaign`: one campaign, with what its tasks did.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{View, find, view};
use crate::context::Context;
use crate::error::Result;
use crate::operation::{Operation, Spec};

/// Gets a campaign.
pub struct GetCampaign;

/// Which.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Its number.
    #[schemars(range(min = 1))]
    campaign: i64,
}

impl Operation for GetCampaign {
    const SPEC: Spec =
        Spec::get("get_campaign", "campaigns", "/campaigns/{campaign}", "campaigns:read", "Get a campaign of tasks.");
    type Input = Input;
    type Output = View;

    fn run(cx: &mut Context<'_, '_>, input: Input) -> Result<View> {
        let row = find(cx, input.campaign)?;
        view(cx, row)
    }
}
