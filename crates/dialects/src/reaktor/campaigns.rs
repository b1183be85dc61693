//! Campaigns, to read.

use outrider_domain::time::Millis;
use outrider_engine::Result;
use outrider_engine::campaigns::{View, get_campaign, list_campaigns};
use outrider_engine::context::Context;
use outrider_engine::operation::{Operation, Spec, within};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::agents::Nothing;

/// Which, by a small number.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct ById {
    /// Its number.
    #[schemars(range(min = 1))]
    pub(super) id: i64,
}

/// A campaign in a list.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Campaign {
    /// Small number.
    id: i64,
    /// What it is called.
    name: String,
    /// For whom it is run.
    client_name: Option<String>,
    /// `draft`, `active`, `paused` or `completed`.
    status: String,
    /// The ICP its tasks are judged by.
    icp_id: Option<i64>,
    /// Its tasks.
    total_contacts: i64,
    /// Those that have ended.
    processed_contacts: i64,
    /// Those with an output.
    successful_outputs: i64,
    /// Whether its contacts get sequences.
    sequence_mode: bool,
    /// When made.
    created_at: Millis,
}

/// A campaign in detail.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Detail {
    /// The campaign.
    #[serde(flatten)]
    campaign: Campaign,
    /// What it is to reach.
    objective: Option<String>,
    /// What writers are told beside.
    campaign_prompt: Option<String>,
}

impl From<View> for Detail {
    fn from(view: View) -> Self {
        Self {
            objective: view.objective,
            campaign_prompt: view.campaign_prompt,
            campaign: Campaign {
                id: view.id,
                name: view.name,
                client_name: view.client_name,
                status: view.status,
                icp_id: view.icp_id,
                total_contacts: view.total_contacts,
                processed_contacts: view.processed_contacts,
                successful_outputs: view.successful_outputs,
                sequence_mode: view.sequence_mode,
                created_at: view.created_at,
            },
        }
    }
}

/// The campaigns.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Campaigns {
    /// Newest first.
    campaigns: Vec<Campaign>,
    /// How many.
    count: i64,
}

/// `GET /api/v1/campaigns`.
pub struct ListCampaigns;

impl Operation for ListCampaigns {
    const SPEC: Spec =
        Spec::get("list_campaigns", "campaigns", "/api/v1/campaigns", "campaigns:read", "List campaigns.");
    type Input = Nothing;
    type Output = Campaigns;

    fn run(cx: &mut Context<'_, '_>, _: Nothing) -> Result<Campaigns> {
        let all = within::<list_campaigns::ListCampaigns>(cx, json!({}))?;
        let campaigns: Vec<Campaign> = all.campaigns.into_iter().map(|view| Detail::from(view).campaign).collect();
        Ok(Campaigns { count: i64::try_from(campaigns.len()).unwrap_or(0), campaigns })
    }
}

/// `GET /api/v1/campaigns/{id}`.
pub struct GetCampaign;

impl Operation for GetCampaign {
    const SPEC: Spec =
        Spec::get("get_campaign", "campaigns", "/api/v1/campaigns/{id}", "campaigns:read", "Get a campaign.");
    type Input = ById;
    type Output = Detail;

    fn run(cx: &mut Context<'_, '_>, input: ById) -> Result<Detail> {
        within::<get_campaign::GetCampaign>(cx, json!({ "campaign": input.id })).map(Detail::from)
    }
}
