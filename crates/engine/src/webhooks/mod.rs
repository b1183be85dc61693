//! Webhooks: a project's events told to web addresses, in order and without a gap, as Standard Webhooks. Each has a cursor in the event
//! log: what could not be delivered waits there, and going back is setting the cursor. Sends nothing in a transaction: `drive` does.

pub mod create_webhook;
pub mod delete_webhook;
pub mod drive;
pub mod list_webhooks;
pub mod listen;
pub mod signature;
pub mod update_webhook;

use outrider_domain::id::WebhookId;
use outrider_domain::time::Millis;
use outrider_store::webhooks::{self as rows, Webhook};
use outrider_store::{Error as StoreError, jobs};
use schemars::JsonSchema;
use serde::Serialize;

use crate::context::Context;
use crate::error::{Error, Result};

/// Jobs of this kind tell a webhook of events.
pub const JOB: &str = "webhook";
/// What such a job is parked by while there is nothing to tell.
pub const IDLE: &str = "events";
/// Webhooks a project may have.
pub const MOST: i64 = 50;
/// Most types that a webhook names.
const MOST_KINDS: usize = 50;

/// The states of a webhook.
pub mod state {
    /// Is told of events.
    pub const ACTIVE: &str = "active";
    /// A person stopped it.
    pub const PAUSED: &str = "paused";
    /// It failed for so long that it was given up; a person lets it go on.
    pub const FAILED: &str = "failed";
}

/// A webhook without its secret.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct View {
    /// Key.
    pub id: WebhookId,
    /// Where events go.
    pub url: String,
    /// Types of events, such as `lead.created` or `task.*`; all when empty.
    pub types: Vec<String>,
    /// `active`, `paused` or `failed`.
    pub state: String,
    /// Number of the last event that was delivered or passed over.
    pub after: i64,
    /// Failed tries since the last event that was delivered.
    pub failures: i64,
    /// The status that was answered last.
    pub last_status: Option<i64>,
    /// Why the last try failed.
    pub last_error: Option<String>,
    /// When made.
    pub created_at: Millis,
    /// When the last event was delivered.
    pub delivered_at: Option<Millis>,
}

impl From<Webhook> for View {
    fn from(row: Webhook) -> Self {
        Self {
            id: row.id,
            url: row.url,
            types: row.kinds.split_whitespace().map(ToOwned::to_owned).collect(),
            state: row.state,
            after: row.cursor,
            failures: row.failures,
            last_status: row.last_status,
            last_error: row.last_error,
            created_at: row.created_at,
            delivered_at: row.delivered_at,
        }
    }
}

/// A webhook of the project.
///
/// # Errors
/// `resource_not_found`.
fn find(cx: &mut Context<'_, '_>, id: WebhookId) -> Result<Webhook> {
    rows::get(cx.tx, cx.project, id).map_err(|error| match error {
        StoreError::NotFound => Error::not_found("webhook"),
        other => other.into(),
    })
}

/// Types as they are kept.
///
/// # Errors
/// `validation_error` at `types`.
fn kinds(types: &[String]) -> Result<String> {
    let is_kind = |kind: &String| {
        let name = kind.strip_suffix(".*").unwrap_or(kind);
        !name.is_empty() && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-".contains(c))
    };
    match types.iter().find(|kind| !is_kind(kind)) {
        _ if types.len() > MOST_KINDS => {
            Err(Error::invalid("types", format!("A webhook names at most {MOST_KINDS} types.")))
        }
        Some(kind) => Err(Error::invalid("types", format!("{kind:?} is no type: write lead.created or lead.*."))),
        None => Ok(types.join(" ")),
    }
}

/// Whether a webhook wants events of a type.
fn wants(webhook: &Webhook, kind: &str) -> bool {
    let fits = |wanted: &str| match wanted.strip_suffix('*') {
        Some(beginning) => kind.starts_with(beginning),
        None => wanted == kind,
    };
    webhook.kinds.is_empty() || webhook.kinds.split_whitespace().any(fits)
}

/// Sets a webhook's job going, or takes it away, as its state says.
fn schedule(cx: &mut Context<'_, '_>, webhook: &Webhook) -> Result<()> {
    if webhook.state == state::ACTIVE {
        let id = outrider_domain::id::JobId(cx.id());
        jobs::put(cx.tx, cx.project, id, JOB, webhook.id.0, cx.now, cx.now)?;
    } else {
        jobs::remove(cx.tx, cx.project, JOB, webhook.id.0)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::kinds;

    #[test]
    fn types_are_names_or_beginnings_of_names() {
        let all = |types: &[&str]| kinds(&types.iter().map(|kind| (*kind).to_owned()).collect::<Vec<_>>());
        assert!(
            matches!(all(&["lead.created", "task.*", "signal.visited-pricing"]), Ok(kept) if kept == "lead.created task.* signal.visited-pricing")
        );
        for bad in ["", "*", "lead created", "Lead.created", ".*"] {
            assert!(all(&[bad]).is_err_and(|error| error.field.as_deref() == Some("types")), "{bad}");
        }
        assert!(all(&["a"; 51]).is_err());
    }
}
