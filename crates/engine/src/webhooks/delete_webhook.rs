//! `delete_webhook`: an address that is told of nothing any more.

use outrider_domain::id::WebhookId;
use outrider_store::{jobs, webhooks as rows};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{JOB, View, find};
use crate::context::{Context, Event};
use crate::error::{Result, code};
use crate::operation::{Operation, Spec};

/// Deletes a webhook.
pub struct DeleteWebhook;

/// Which.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The webhook.
    webhook_id: WebhookId,
}

impl Operation for DeleteWebhook {
    const SPEC: Spec = Spec::delete(
        "delete_webhook",
        "webhooks",
        "/webhooks/{webhook_id}",
        "webhooks:write",
        "Stop telling an address of events, for good.",
    )
    .fails(&[code::RESOURCE_NOT_FOUND]);
    type Input = Input;
    type Output = View;

    fn run(cx: &mut Context<'_, '_>, input: Input) -> Result<View> {
        let webhook = find(cx, input.webhook_id)?;
        rows::remove(cx.tx, cx.project, webhook.id)?;
        jobs::remove(cx.tx, cx.project, JOB, webhook.id.0)?;
        cx.emit(Event::new("webhook.deleted").subject(webhook.id));
        Ok(webhook.into())
    }
}
