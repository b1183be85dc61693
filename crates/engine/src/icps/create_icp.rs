//! `create_icp`: says whom a project looks for. A person's or the operator's to say.

use outrider_skills::Icp;
use outrider_skills::fit::seniority::Seniority;
use outrider_skills::fit::size::Employees;
use outrider_store::counters;
use outrider_store::icps::{self as rows, IcpRow};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{MOST, View, view};
use crate::context::{Context, Event};
use crate::error::{Error, Result, code};
use crate::fields::{long_text, required, to_json};
use crate::operation::{Operation, Spec};

/// Makes an ideal customer.
pub struct CreateIcp;

/// What it says.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// What it is called.
    #[schemars(length(min = 1, max = 200))]
    name: String,
    /// Industries, separated by commas.
    #[serde(default)]
    target_industry: Option<String>,
    /// Employees, such as `51-500`.
    #[serde(default)]
    company_size_range: Option<String>,
    /// Ranks, separated by commas, such as `VP, Director`.
    #[serde(default)]
    target_seniority: Option<String>,
    /// Roles, separated by commas.
    #[serde(default)]
    target_personas: Option<String>,
    /// How to speak to them.
    #[serde(default)]
    tone_preference: Option<String>,
    /// What they gain.
    #[serde(default)]
    user_value_prop: Option<String>,
    /// What sets the seller apart.
    #[serde(default)]
    user_differentiators: Option<String>,
}

impl Operation for CreateIcp {
    const SPEC: Spec = Spec::create(
        "create_icp",
        "icps",
        "/icps",
        "icps:write",
        "Say whom the project looks for: an ideal customer profile.",
    )
    .describe("The newest one is what leads are scored by, unless a task's campaign names another.")
    .fails(&[code::PLAN_LIMIT_REACHED]);
    type Input = Input;
    type Output = View;

    fn run(cx: &mut Context<'_, '_>, input: Input) -> Result<View> {
        let name = required("name", input.name)?;
        if let Some(range) = &input.company_size_range
            && Employees::read(range).is_none()
        {
            return Err(Error::invalid("company_size_range", "A size range is written as 51-500, 500+ or 200."));
        }
        if let Some(list) = &input.target_seniority
            && Seniority::of_list(list).is_empty()
        {
            let text = "Ranks are words such as C-level, VP, Director, Manager, separated by commas.";
            return Err(Error::invalid("target_seniority", text));
        }
        let icp = Icp {
            name: name.clone(),
            target_industry: long_text("target_industry", input.target_industry)?,
            company_size_range: long_text("company_size_range", input.company_size_range)?,
            target_seniority: long_text("target_seniority", input.target_seniority)?,
            target_personas: long_text("target_personas", input.target_personas)?,
            tone_preference: long_text("tone_preference", input.tone_preference)?,
            user_value_prop: long_text("user_value_prop", input.user_value_prop)?,
            user_differentiators: long_text("user_differentiators", input.user_differentiators)?,
        };
        if i64::try_from(rows::list(cx.tx, cx.project, i64::MAX, MOST)?.len()).unwrap_or(MOST) >= MOST {
            return Err(Error::new(code::PLAN_LIMIT_REACHED, format!("A project has at most {MOST} of these.")));
        }
        let id = counters::next(cx.tx, cx.project, "icps")?;
        let row =
            IcpRow { project_id: cx.project, id, name, data: to_json(&icp)?, created_at: cx.now, updated_at: cx.now };
        row.clone().insert(cx.tx)?;
        cx.emit(Event::new("icp.created").subject(id));
        view(row)
    }
}
