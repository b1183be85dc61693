//! What the payment provider tells by webhook: each event is applied once, whatever order they come in. Asks the provider nothing;
//! pages to pay on are made by `crate::subscription`.

mod apply;
mod bought;
mod event;
pub mod signature;

use std::sync::Arc;

use outrider_domain::id::ProjectId;
use outrider_domain::time::DAY;
use outrider_store::subscriptions::{self as rows, ProviderEvent};

use crate::error::{Error, Result, code};
use crate::pipeline::Pipeline;

/// How long events are remembered: longer than Stripe repeats them, and than a person can send them again from its dashboard.
pub const REMEMBERED_MS: i64 = 40 * DAY;
/// Largest event that is read, in bytes.
pub const LARGEST_EVENT: usize = 1024 * 1024;

/// What became of a webhook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// `applied`; `ignored`, for what matters nothing here or is older than what is known; `waiting`, for what belongs to a
    /// subscription that is not known yet; `duplicate`.
    pub outcome: &'static str,
    /// Whose it is.
    pub project: Option<ProjectId>,
}

const APPLIED: &str = "applied";
const IGNORED: &str = "ignored";
const WAITING: &str = "waiting";
const DUPLICATE: &str = "duplicate";

/// Takes a webhook of Stripe: the `Stripe-Signature` header and the body as it came.
///
/// # Errors
/// `payments_disabled` without a webhook secret; `invalid_signature`; `malformed_json` and `validation_error` for an event that
/// can't be read; `wrong_state` for a subscription of ours whose price no plan has. After an error, Stripe sends it again.
pub async fn receive(pipeline: &Pipeline, signature: Option<&str>, body: &[u8]) -> Result<Receipt> {
    let core = Arc::clone(pipeline.core());
    let Some(secret) = &core.settings.stripe_webhook_secret else {
        return Err(disabled());
    };
    signature::verify(signature, body, secret, core.now())?;
    let event = event::read(body, &core.settings.plans)?;
    let Ok(payload) = std::str::from_utf8(body).map(ToOwned::to_owned) else {
        return Err(Error::new(code::MALFORMED_JSON, "The body is not UTF-8."));
    };
    let receipt = pipeline
        .store()
        .write(move |tx| {
            let subscription = event.told.subject().map(|subject| subject.subscription.clone());
            rows::lock(tx, subscription.as_deref().unwrap_or(&event.id))?;
            if let Some(seen) = rows::find_event(tx, &event.id)? {
                return Ok(Receipt { outcome: DUPLICATE, project: seen.project_id });
            }
            let receipt = apply::apply(tx, &core, &event)?;
            let waits = receipt.outcome == WAITING;
            let row = ProviderEvent {
                id: event.id.clone(),
                project_id: receipt.project,
                kind: event.kind.clone(),
                state: receipt.outcome.to_owned(),
                payload: if waits { payload.clone() } else { String::new() },
                received_at: core.now(),
                subscription,
            };
            row.insert(tx)?;
            Ok::<_, Error>(receipt)
        })
        .await?;
    tracing::info!(
        outcome = receipt.outcome,
        project = receipt.project.map(tracing::field::display),
        "a payment webhook"
    );
    Ok(receipt)
}

/// What callers hear where no payment provider is set up.
#[must_use]
pub fn disabled() -> Error {
    Error::new(
        code::PAYMENTS_DISABLED,
        "This server takes no payments: no payment provider is set up. Its operator grants plans and credits: outrider subscription set, outrider credits grant.",
    )
}
