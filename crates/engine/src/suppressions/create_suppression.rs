//! `create_suppression`: an address, number or domain is never contacted again, from this moment, on any channel.

use outrider_domain::address::{Domain, Email, InvalidAddress, Phone};
use outrider_domain::id::LeadId;
use outrider_store::{leads, suppressions as rows};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::Suppression;
use crate::context::Context;
use crate::error::{Error, Result, code};
use crate::fields::long_text;
use crate::leads::missing;
use crate::operation::{Operation, Spec};
use crate::opt_out;

/// Records a suppression.
pub struct CreateSuppression;

/// What is suppressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum SuppressionKind {
    /// One address.
    Email,
    /// One number.
    Phone,
    /// Every address at a domain, or at one below it.
    Domain,
}

impl SuppressionKind {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Phone => "phone",
            Self::Domain => "domain",
        }
    }

    /// The value in comparable form.
    fn comparable(self, value: &str) -> std::result::Result<String, InvalidAddress> {
        match self {
            Self::Email => Email::parse(value).map(|email| email.to_string()),
            Self::Phone => Phone::parse(value).map(|phone| phone.to_string()),
            Self::Domain => Domain::parse(value).map(|domain| domain.to_string()),
        }
    }
}

/// Why it is suppressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Reason {
    /// Somebody decided so.
    #[default]
    Manual,
    /// The person asked for it.
    OptOut,
    /// A do-not-call list.
    DoNotCall,
    /// Mail came back.
    Bounce,
    /// The person complained.
    Complaint,
}

impl Reason {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Manual => "manual",
            Self::OptOut => "opt_out",
            Self::DoNotCall => "do_not_call",
            Self::Bounce => "bounce",
            Self::Complaint => "complaint",
        }
    }
}

/// What and why.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// `email`, `phone` or `domain`.
    kind: SuppressionKind,
    /// The address, the number in E.164, or the domain.
    #[schemars(length(min = 1, max = 254))]
    value: String,
    /// Why.
    #[serde(default)]
    reason: Reason,
    /// More about it, for people.
    #[serde(default)]
    detail: Option<String>,
    /// The lead it came from.
    #[serde(default)]
    lead_id: Option<LeadId>,
}

impl Operation for CreateSuppression {
    const SPEC: Spec = Spec::create("create_suppression", "suppressions", "/suppressions", "suppressions:write", "Suppress an address, a number or a domain.")
        .describe("Takes effect at once on every channel: what is open for leads with that address, number or domain is refused. Suppressing again changes nothing and gives the first record.")
        .previews()
        .fails(&[code::RESOURCE_NOT_FOUND]);
    type Input = Input;
    type Output = Suppression;

    fn run(cx: &mut Context<'_, '_>, input: Input) -> Result<Suppression> {
        let kind = input.kind.as_str();
        let value =
            input.kind.comparable(&input.value).map_err(|error| Error::invalid("value", format!("{error}.")))?;
        let detail = long_text("detail", input.detail)?.unwrap_or_default();
        if let Some(lead) = input.lead_id {
            leads::get(cx.tx, cx.project, lead).map_err(|error| missing(error, "lead", "lead_id"))?;
        }
        let reason = input.reason.as_str();
        let affected = match input.kind {
            SuppressionKind::Email => {
                leads::find_by_email(cx.tx, cx.project, &value)?.map(|lead| lead.id).into_iter().collect()
            }
            SuppressionKind::Phone => leads::ids_by_phone(cx.tx, cx.project, &value)?,
            SuppressionKind::Domain => leads::ids_by_domain(cx.tx, cx.project, &value)?,
        };
        if opt_out::suppress(cx, kind, &value, reason, &detail, input.lead_id)? {
            cx.plan.push(
                json!({ "suppress": { "kind": kind, "value": value, "reason": reason, "leads_stopped": affected } }),
            );
            let detail = format!("{value} was suppressed ({reason})");
            for lead in affected {
                if input.kind == SuppressionKind::Phone && input.reason == Reason::DoNotCall {
                    // A list of numbers not to be called says nothing about mail.
                    opt_out::stop_calls(cx, lead, "suppressed", &detail)?;
                } else {
                    opt_out::stop_lead(cx, lead, "suppressed", &detail)?;
                }
            }
        }
        let row = rows::find(cx.tx, cx.project, kind, &value)?
            .ok_or_else(|| Error::new(code::INTERNAL_ERROR, "The suppression is not there."))?;
        Ok(row.into())
    }
}
