//! `create_identity`: one new sender.

use outrider_domain::address::Email;
use outrider_domain::id::{AgentId, UserId};
use outrider_domain::ramp::Ramp;
use outrider_domain::span::Span;
use outrider_domain::window::TimeZone;
use outrider_store::identities as rows;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::{DEFAULT_GAP, Identity, NewSender, begin, check_agent, check_owner, setting_name};
use crate::context::{Context, Event};
use crate::error::{Result, code};
use crate::leads::tidy;
use crate::operation::{Operation, Spec};

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
    /// The seller to whose leads alone it writes; everybody's when absent.
    #[serde(default)]
    owner_id: Option<UserId>,
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
        check_agent(cx, input.agent_id)?;
        check_owner(cx, input.owner_id)?;
        let new = NewSender {
            kind: rows::MAILBOX,
            address: (input.email.to_string(), "email"),
            zone: input.time_zone,
            ramp: input.ramp,
            gap: input.gap.unwrap_or(DEFAULT_GAP),
            transport: setting_name("transport", input.transport)?,
            active: input.active.unwrap_or(true),
        };
        let row = rows::Identity {
            name: tidy("name", input.name)?,
            reply_to: input.reply_to.map(|address| address.to_string()),
            mailbox: input.mailbox.map(|name| setting_name("mailbox", name)).transpose()?,
            agent_id: input.agent_id,
            owner_id: input.owner_id,
            ..begin(cx, new)?
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
