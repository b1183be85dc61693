//! Phone numbers: the identities that call and are called. Their shape and assignment; dialling is the engine's road.

pub mod assign_phone_number;
pub mod delete_phone_number;
pub mod get_phone_number;
pub mod import_phone_number;
pub mod list_phone_numbers;
pub mod provide;

use outrider_domain::id::{AgentId, IdentityId};
use outrider_domain::ramp::Ramp;
use outrider_domain::span::Span;
use outrider_domain::telephony::SANDBOX;
use outrider_domain::time::Millis;
use outrider_store::identities as rows;
use schemars::JsonSchema;
use serde::Serialize;

use crate::context::Context;
use crate::error::{Error, Result};
use crate::identities::{Identity, Today};
use crate::leads::missing;

/// A phone number.
#[derive(Debug, Serialize, JsonSchema)]
pub struct PhoneNumber {
    /// Key.
    pub id: IdentityId,
    /// E.164; unique in the project.
    pub number: String,
    /// The agent that calls from it.
    pub outbound_agent_id: Option<AgentId>,
    /// The agent that answers it.
    pub inbound_agent_id: Option<AgentId>,
    /// Country, as given.
    pub country: Option<String>,
    /// What people call it.
    pub friendly_name: Option<String>,
    /// `active` or `inactive`.
    pub status: &'static str,
    /// The carrier it belongs to.
    pub carrier: String,
    /// Whether that is the sandbox: nobody is really called.
    pub sandbox: bool,
    /// Calls at the same time at the most.
    pub concurrency: i64,
    /// Least time between two calls.
    pub gap: Span,
    /// How its daily cap grows.
    pub ramp: Ramp,
    /// Where its days begin.
    pub time_zone: String,
    /// The present day.
    pub today: Today,
    /// When made.
    pub created_at: Millis,
    /// When changed.
    pub updated_at: Millis,
}

impl PhoneNumber {
    /// From its row; looks up its day.
    ///
    /// # Errors
    /// When the database fails or holds what can't be read.
    pub fn of(cx: &mut Context<'_, '_>, row: rows::Identity) -> Result<Self> {
        let (number, concurrency) = (row.address.clone(), row.concurrency);
        let identity = Identity::of(cx, row)?;
        Ok(Self {
            id: identity.id,
            number,
            outbound_agent_id: identity.agent_id,
            inbound_agent_id: identity.inbound_agent_id,
            country: identity.country,
            friendly_name: identity.name,
            status: if identity.active { "active" } else { "inactive" },
            sandbox: identity.transport == SANDBOX,
            carrier: identity.transport,
            concurrency,
            gap: identity.gap,
            ramp: identity.ramp,
            time_zone: identity.time_zone,
            today: identity.today,
            created_at: identity.created_at,
            updated_at: identity.updated_at,
        })
    }
}

/// A number by id, held against other writers until the transaction ends.
///
/// # Errors
/// `resource_not_found` for what is none, a mailbox included.
fn lock(cx: &mut Context<'_, '_>, id: IdentityId) -> Result<rows::Identity> {
    let row = rows::lock(cx.tx, cx.project, id).map_err(|error| missing(error, "phone number", "phone_number_id"))?;
    if row.kind == rows::PHONE { Ok(row) } else { Err(Error::not_found("phone number").at("phone_number_id")) }
}
