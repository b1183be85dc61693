//! `create_identity`: one new sender.

use outrider_domain::address::Email;
use outrider_domain::id::{AgentId, IdentityId};
use outrider_domain::ramp::Ramp;
use outrider_domain::span::Span;
use outrider_domain::window::{TimeZone, day_of};
use outrider_store::{identities as rows, projects};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::{DEFAULT_GAP, Identity, check_agent, check_gap, check_ramp, setting_name};
use crate::context::{Context, Event};
use crate::error::{Error, Result, code};
use crate::fields::to_json;
use crate::leads::tidy;
use crate::operation::{Operation, Spec};
use crate::subscription::limits::{self, Limited};

/// Creates an identity.
pub struct CreateIdentity;

/// What a sender is made of.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Address it writes from; unique in the project.
    email: Email,
    /// Display name.
    #[serde(default)]
    #[schemars(length(max = 200))]
    name: Option<String>,
    /// Where replies should go, when elsewhere.
    #[serde(default)]
    reply_to: Option<Email>,
    /// Name of a configured mail server; the capture mailbox, from which nothing leaves the machine, when absent.
    #[serde(default = "capture")]
    transport: String,
    /// Name of a configured IMAP mailbox to read for replies.
    #[serde(default)]
    mailbox: Option<String>,
    /// The agent it belongs to; any agent's when absent.
    #[serde(default)]
    agent_id: Option<AgentId>,
    /// Whether it may send; true when absent.
    #[serde(default)]
    active: Option<bool>,
    /// Where its days begin; the project's zone when absent.
    #[serde(default)]
    time_zone: Option<TimeZone>,
    /// How its daily cap grows from today on; 20 mails and 10 more a day up to 200 when absent.
    #[serde(default)]
    ramp: Ramp,
    /// Least time between two mails, such as `90s`; 30 seconds when absent.
    #[serde(default)]
    gap: Option<Span>,
}

fn capture() -> String {
    "capture".to_owned()
}

impl Operation for CreateIdentity {
    const SPEC: Spec =
        Spec::create("create_identity", "identities", "/identities", "identities:write", "Create a sender.")
            .describe("The address is unique in the project. A new sender lets go what was held for want of one.")
            .previews()
            .fails(&[code::ALREADY_EXISTS, code::RESOURCE_NOT_FOUND, code::PLAN_LIMIT_REACHED]);
    type Input = Input;
    type Output = Identity;

    fn run(cx: &mut Context<'_, '_>, input: Input) -> Result<Identity> {
        limits::check(cx, Limited::Identities)?;
        check_agent(cx, input.agent_id)?;
        if let Some(other) = rows::find(cx.tx, cx.project, input.email.as_str())? {
            return Err(Error::new(
                code::ALREADY_EXISTS,
                format!("The identity {} has this address already.", other.id),
            )
            .at("email"));
        }
        let zone = match input.time_zone {
            Some(zone) => zone,
            None => TimeZone::parse(&projects::get(cx.tx, cx.project)?.time_zone).unwrap_or(TimeZone::UTC),
        };
        let today = day_of(&zone, cx.now);
        let row = rows::Identity {
            project_id: cx.project,
            id: IdentityId(cx.id()),
            kind: rows::MAILBOX.to_owned(),
            name: tidy("name", input.name)?,
            address: input.email.to_string(),
            reply_to: input.reply_to.map(|address| address.to_string()),
            transport: setting_name("transport", input.transport)?,
            mailbox: input.mailbox.map(|name| setting_name("mailbox", name)).transpose()?,
            agent_id: input.agent_id,
            inbound_agent_id: None,
            country: None,
            concurrency: 0,
            active: input.active.unwrap_or(true),
            time_zone: zone.to_string(),
            ramp: to_json(&check_ramp(input.ramp)?)?,
            ramp_from: today,
            gap_ms: check_gap(input.gap.unwrap_or(DEFAULT_GAP))?,
            next_slot_at: cx.now,
            full_before_day: today,
            domain_check: None,
            created_at: cx.now,
            updated_at: cx.now,
        };
        cx.plan.push(json!({ "create_identity": { "email": row.address, "transport": row.transport } }));
        row.clone().insert(cx.tx)?;
        cx.emit(
            Event::new("identity.created")
                .agent(row.agent_id)
                .subject(row.id)
                .data(json!({ "email": row.address, "transport": row.transport })),
        );
        if row.active {
            outrider_store::jobs::wake(cx.tx, cx.project, "identity", cx.now)?;
        }
        Identity::of(cx, row)
    }
}
