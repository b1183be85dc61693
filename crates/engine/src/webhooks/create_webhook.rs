//! `create_webhook`: an address that is told of events from now on, or from an event on.

use outrider_domain::id::WebhookId;
use outrider_store::logs;
use outrider_store::webhooks::{self as rows, Webhook};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{MOST, View, kinds, schedule, signature, state};
use crate::context::{Context, Event};
use crate::error::{Error, Result, code};
use crate::operation::{Operation, Spec};
use crate::tasks::callback;

/// Makes a webhook.
pub struct CreateWebhook;

/// Where to, and of what.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// A public https address.
    #[schemars(length(min = 1, max = 2000))]
    url: String,
    /// Types of events, such as `lead.created` or `task.*`; all when absent.
    #[serde(default)]
    #[schemars(length(max = 50))]
    types: Vec<String>,
    /// It is told of events with a higher number; of those that come from now on when absent.
    #[serde(default)]
    #[schemars(range(min = 0))]
    after: Option<i64>,
}

/// The webhook, with its secret.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Made {
    /// The webhook.
    #[serde(flatten)]
    pub webhook: View,
    /// What messages are signed with: shown this once; null when an idempotency key replays the answer.
    pub secret: Option<String>,
}

impl Operation for CreateWebhook {
    const SPEC: Spec = Spec::create(
        "create_webhook",
        "webhooks",
        "/webhooks",
        "webhooks:write",
        "Have events posted to a web address, signed as Standard Webhooks.",
    )
    .describe("Events come in order, each at least once and with an id that stays: a try that fails is repeated, later ones wait. After about a day of failures the webhook is given up; update_webhook lets it go on where it stood, or from another event.")
    .fails(&[code::WRONG_STATE]);
    type Input = Input;
    type Output = Made;

    fn run(cx: &mut Context<'_, '_>, input: Input) -> Result<Made> {
        let url = callback::checked(&cx.core.settings, Some(input.url), "url")?;
        let url = url.ok_or_else(|| Error::invalid("url", "A webhook needs a web address."))?;
        let kinds = kinds(&input.types)?;
        if rows::count(cx.tx, cx.project)? >= MOST {
            return Err(Error::new(code::WRONG_STATE, format!("A project has at most {MOST} webhooks.")));
        }
        let last = logs::last_event(cx.tx, cx.project)?;
        let cursor = cursor(input.after, last)?;
        let secret = signature::fresh_secret()?;
        let webhook = Webhook {
            project_id: cx.project,
            id: WebhookId(cx.id()),
            url,
            kinds,
            secret: secret.clone(),
            state: state::ACTIVE.to_owned(),
            cursor,
            failures: 0,
            last_status: None,
            last_error: None,
            created_at: cx.now,
            delivered_at: None,
        };
        webhook.clone().insert(cx.tx)?;
        schedule(cx, &webhook)?;
        cx.emit(Event::new("webhook.created").subject(webhook.id));
        Ok(Made { webhook: webhook.into(), secret: Some(secret) })
    }
}

/// Where to go on: an event that is there, or the end.
///
/// # Errors
/// `validation_error` at `after`.
pub(super) fn cursor(after: Option<i64>, last: i64) -> Result<i64> {
    match after {
        None => Ok(last),
        Some(after) if (0..=last).contains(&after) => Ok(after),
        Some(_) => Err(Error::invalid("after", format!("after is the number of an event, 0 to {last}."))),
    }
}
