//! `update_webhook`: another address or other types; stops a webhook, lets it go on, or sends it back in the event log.

use outrider_domain::id::WebhookId;
use outrider_store::{logs, webhooks as rows};
use schemars::JsonSchema;
use serde::Deserialize;

use super::create_webhook::cursor;
use super::{View, find, kinds, schedule, state};
use crate::context::{Context, Event};
use crate::error::{Error, Result, code};
use crate::operation::{Operation, Spec};
use crate::tasks::callback;

/// Changes a webhook.
pub struct UpdateWebhook;

/// Which, and what of it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The webhook.
    webhook_id: WebhookId,
    /// Another address.
    #[serde(default)]
    #[schemars(length(min = 1, max = 2000))]
    url: Option<String>,
    /// Other types of events; all when empty.
    #[serde(default)]
    #[schemars(length(max = 50))]
    types: Option<Vec<String>>,
    /// `active` lets it go on, `paused` stops it.
    #[serde(default)]
    state: Option<String>,
    /// Go on with the events after this number: those that were told before are told again.
    #[serde(default)]
    #[schemars(range(min = 0))]
    after: Option<i64>,
}

impl Operation for UpdateWebhook {
    const SPEC: Spec = Spec::patch(
        "update_webhook",
        "webhooks",
        "/webhooks/{webhook_id}",
        "webhooks:write",
        "Change, stop, restart or replay a webhook.",
    )
    .describe("With `after`, events are told again from that number on, each with the id it had. Fields that are absent stay.")
    .fails(&[code::RESOURCE_NOT_FOUND]);
    type Input = Input;
    type Output = View;

    fn run(cx: &mut Context<'_, '_>, input: Input) -> Result<View> {
        let mut webhook = find(cx, input.webhook_id)?;
        if let Some(url) = callback::checked(&cx.core.settings, input.url, "url")? {
            webhook.url = url;
        }
        if let Some(types) = &input.types {
            webhook.kinds = kinds(types)?;
        }
        match input.state.as_deref() {
            None => {}
            Some(wanted @ (state::ACTIVE | state::PAUSED)) => wanted.clone_into(&mut webhook.state),
            Some(_) => return Err(Error::invalid("state", "state is active or paused.")),
        }
        if input.after.is_some() {
            webhook.cursor = cursor(input.after, logs::last_event(cx.tx, cx.project)?)?;
        }
        webhook.failures = 0;
        rows::change(cx.tx, &webhook)?;
        schedule(cx, &webhook)?;
        cx.emit(Event::new("webhook.updated").subject(webhook.id));
        Ok(webhook.into())
    }
}
