//! What a caller is told at once: an act that a gate refuses outright, or that the project can't pay, is the caller's error rather
//! than an action. Changes nothing.

use outrider_store::actions::Action;

use crate::context::Context;
use crate::delivery::transports::AnyTransport;
use crate::error::{Code, Error, Result, code};
use crate::gates::snapshot::Gatherer;
use crate::gates::{Decision, decide};

/// Asks the gates about an action that was just proposed.
///
/// # Errors
/// `lead_no_email`, `lead_no_phone`, `lead_stopped`, `insufficient_credits`, or `wrong_state` for any other refusal.
pub fn check(cx: &mut Context<'_, '_>, gatherer: &mut Gatherer, action: &Action) -> Result<()> {
    let snapshot = gatherer.snapshot(cx, action, &AnyTransport)?;
    let mut short = None;
    let code: &'static Code = match decide(&snapshot, cx.now) {
        Decision::Refuse { code: "lead_no_email", .. } => code::LEAD_NO_EMAIL,
        Decision::Refuse { code: "lead_no_phone", .. } => code::LEAD_NO_PHONE,
        Decision::Refuse { code: "suppressed" | "lead_stopped", .. } => code::LEAD_STOPPED,
        Decision::Refuse { because, .. } => return Err(Error::new(code::WRONG_STATE, because)),
        Decision::Hold { gate: "credits", because, .. } => {
            short = Some(because);
            code::INSUFFICIENT_CREDITS
        }
        Decision::Hold { .. } | Decision::Go => return Ok(()),
    };
    let message = match code.name {
        "lead_no_email" => "This lead has no email address.",
        "lead_no_phone" => "This lead has no phone number.",
        "lead_stopped" => "Outreach to this lead is stopped: it opted out, or its address or number is suppressed.",
        _ => "Too few credits are available",
    };
    let message = match short {
        Some(because) => format!("{message}: {because}."),
        None => message.to_owned(),
    };
    Err(Error::new(code, message).at("lead_id"))
}
