//! The trigger URL: a lead comes in, an outreach sequence goes back, with a key that can do nothing else.

use outrider_domain::id::UserId;
use outrider_engine::Result;
use outrider_engine::context::Context;
use outrider_engine::error::{Error, code};
use outrider_engine::operation::{Effect, Operation, Spec};
use outrider_engine::outside::Stage;
use outrider_engine::tasks::submit::{Submission, Submits};
use outrider_engine::tasks::work::Work;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::task::Task;

/// `POST /trigger/{userId}`.
pub struct Trigger;

/// Whose trigger, and the lead.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Input {
    /// The person whose trigger it is.
    user_id: String,
    /// The lead's full name.
    #[schemars(length(min = 1, max = 200))]
    name: String,
    /// Where they work.
    #[schemars(length(min = 1, max = 200))]
    company: String,
    /// Role.
    #[serde(default)]
    #[schemars(length(max = 200))]
    title: Option<String>,
    /// Whatever else is known.
    #[serde(default)]
    #[schemars(length(max = 8000))]
    context: Option<String>,
}

impl Submits for Trigger {
    fn submission(input: Input) -> Result<Submission> {
        let mut payload = json!({ "contactName": input.name, "company": input.company });
        for (name, text) in [("contactRole", input.title), ("context", input.context)] {
            if let Some(text) = text {
                payload[name] = Value::String(text);
            }
        }
        Ok(Submission { work: Work::skill("outreach_sequence")?, input: payload, callback_url: None, campaign: None })
    }

    /// The key must act for the person of the address: another's trigger is not there.
    fn admit(cx: &mut Context<'_, '_>, input: &Input) -> Result<()> {
        let wanted: Option<UserId> = input.user_id.parse().ok();
        match wanted {
            Some(wanted) if cx.principal.user == Some(wanted) => Ok(()),
            _ => Err(Error::not_found("trigger").at("userId")),
        }
    }
}

impl Operation for Trigger {
    const SPEC: Spec = Spec::act(
        "trigger_sequence",
        "trigger",
        "/trigger/{userId}",
        "trigger:run",
        "Push a lead and receive an outreach sequence.",
    )
    .effect(Effect::Outward)
    .describe("With a trigger key, `drk_trigger_…`, of the person named. Costs what an outreach_sequence costs, from that person's purse, or the account's.")
    .fails(&[code::INSUFFICIENT_CREDITS, code::RESOURCE_NOT_FOUND]);
    const OUTSIDE: Option<Stage> = Some(Stage::of::<Self>());
    type Input = Input;
    type Output = Task;

    fn run(cx: &mut Context<'_, '_>, input: Input) -> Result<Task> {
        Self::submit(cx, input).map(Task::from)
    }
}
