//! Ideal customer profiles, to read.

use outrider_domain::time::Millis;
use outrider_engine::Result;
use outrider_engine::context::Context;
use outrider_engine::icps::{View, get_icp, list_icps};
use outrider_engine::operation::{Operation, Spec, within};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

use super::agents::Nothing;
use super::campaigns::ById;

/// An ICP in a list.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Icp {
    /// Small number.
    id: i64,
    /// What it is called.
    name: String,
    /// Industries.
    target_industry: Option<String>,
    /// Employees.
    company_size_range: Option<String>,
    /// Ranks.
    target_seniority: Option<String>,
    /// How to speak to them.
    tone_preference: Option<String>,
    /// What they gain.
    user_value_prop: Option<String>,
    /// When made.
    created_at: Millis,
}

/// An ICP in detail.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Detail {
    /// The ICP.
    #[serde(flatten)]
    icp: Icp,
    /// Roles.
    target_personas: Option<String>,
    /// What sets the seller apart.
    user_differentiators: Option<String>,
}

impl From<View> for Detail {
    fn from(view: View) -> Self {
        Self {
            target_personas: view.target_personas,
            user_differentiators: view.user_differentiators,
            icp: Icp {
                id: view.id,
                name: view.name,
                target_industry: view.target_industry,
                company_size_range: view.company_size_range,
                target_seniority: view.target_seniority,
                tone_preference: view.tone_preference,
                user_value_prop: view.user_value_prop,
                created_at: view.created_at,
            },
        }
    }
}

/// The ICPs.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Icps {
    /// Newest first.
    icps: Vec<Icp>,
    /// How many.
    count: i64,
}

/// `GET /api/v1/icps`.
pub struct ListIcps;

impl Operation for ListIcps {
    const SPEC: Spec = Spec::get("list_icps", "icps", "/api/v1/icps", "icps:read", "List ideal customer profiles.");
    type Input = Nothing;
    type Output = Icps;

    fn run(cx: &mut Context<'_, '_>, _: Nothing) -> Result<Icps> {
        let all = within::<list_icps::ListIcps>(cx, json!({}))?;
        let icps: Vec<Icp> = all.icps.into_iter().map(|view| Detail::from(view).icp).collect();
        Ok(Icps { count: i64::try_from(icps.len()).unwrap_or(0), icps })
    }
}

/// `GET /api/v1/icps/{id}`.
pub struct GetIcp;

impl Operation for GetIcp {
    const SPEC: Spec = Spec::get("get_icp", "icps", "/api/v1/icps/{id}", "icps:read", "Get an ideal customer profile.");
    type Input = ById;
    type Output = Detail;

    fn run(cx: &mut Context<'_, '_>, input: ById) -> Result<Detail> {
        within::<get_icp::GetIcp>(cx, json!({ "icp": input.id })).map(Detail::from)
    }
}
