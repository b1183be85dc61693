//! `create_campaign`: tasks that shall belong together. A person's or the operator's to make.

use outrider_store::campaigns::{self as rows, Campaign};
use outrider_store::counters;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{MOST, View, view};
use crate::context::{Context, Event};
use crate::error::{Error, Result, code};
use crate::fields::{long_text, required};
use crate::icps;
use crate::operation::{Operation, Spec};

/// Makes a campaign.
pub struct CreateCampaign;

/// The states a campaign can be in.
const STATES: &[&str] = &["draft", "active", "paused", "completed"];

/// What it is.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// What it is called.
    #[schemars(length(min = 1, max = 200))]
    name: String,
    /// For whom it is run.
    #[serde(default)]
    client_name: Option<String>,
    /// `draft`, `active`, `paused` or `completed`; `active` when absent.
    #[serde(default)]
    status: Option<String>,
    /// The ideal customer its tasks are judged by.
    #[serde(default)]
    #[schemars(range(min = 1))]
    icp_id: Option<i64>,
    /// What it is to reach.
    #[serde(default)]
    objective: Option<String>,
    /// What writers are told beside.
    #[serde(default)]
    campaign_prompt: Option<String>,
    /// Whether its contacts get sequences.
    #[serde(default)]
    sequence_mode: bool,
}

impl Operation for CreateCampaign {
    const SPEC: Spec =
        Spec::create("create_campaign", "campaigns", "/campaigns", "campaigns:write", "Make a campaign of tasks.")
            .fails(&[code::PLAN_LIMIT_REACHED, code::RESOURCE_NOT_FOUND]);
    type Input = Input;
    type Output = View;

    fn run(cx: &mut Context<'_, '_>, input: Input) -> Result<View> {
        let status = input.status.unwrap_or_else(|| "active".to_owned());
        if !STATES.contains(&status.as_str()) {
            return Err(Error::invalid("status", format!("A campaign is one of {}.", STATES.join(", "))));
        }
        if let Some(icp) = input.icp_id {
            icps::find(cx, icp).map_err(|error| error.at("icp_id"))?;
        }
        let name = required("name", input.name)?;
        if i64::try_from(rows::list(cx.tx, cx.project, i64::MAX, MOST)?.len()).unwrap_or(MOST) >= MOST {
            return Err(Error::new(code::PLAN_LIMIT_REACHED, format!("A project has at most {MOST} campaigns.")));
        }
        let row = Campaign {
            project_id: cx.project,
            id: counters::next(cx.tx, cx.project, "campaigns")?,
            name,
            client_name: long_text("client_name", input.client_name)?,
            status,
            icp_id: input.icp_id,
            objective: long_text("objective", input.objective)?,
            prompt: long_text("campaign_prompt", input.campaign_prompt)?,
            sequence_mode: input.sequence_mode,
            created_at: cx.now,
            updated_at: cx.now,
        };
        row.clone().insert(cx.tx)?;
        cx.emit(Event::new("campaign.created").subject(row.id));
        view(cx, row)
    }
}
