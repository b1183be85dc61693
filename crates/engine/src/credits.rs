//! Credits in double entry: grant, hold, settle, release. Moves integers between a project's accounts; sets no price.
//!
//! Four accounts per project: `issued` (what the operator gave, as a negative balance), `available`, `held` and `spent`. Their
//! sum is always zero.

pub mod get_credits;
pub mod grant_credits;
pub mod list_credit_entries;

use outrider_domain::id::TransferId;
use outrider_store::credits as rows;
use serde_json::json;

use crate::context::{Context, Event};
use crate::error::{Error, Result, code};

const ISSUED: &str = "issued";
const AVAILABLE: &str = "available";
const HELD: &str = "held";
const SPENT: &str = "spent";

fn post(cx: &mut Context<'_, '_>, from: &str, to: &str, amount: i64, reason: &str, subject: &str) -> Result<()> {
    let transfer = TransferId(cx.id());
    rows::enter(cx.tx, cx.project, rows::Entry { transfer, account: from, amount: -amount, reason, subject }, cx.now)?;
    rows::enter(cx.tx, cx.project, rows::Entry { transfer, account: to, amount, reason, subject }, cx.now)?;
    rows::open(cx.tx, cx.project, to)?;
    rows::add(cx.tx, cx.project, to, amount)?;
    Ok(())
}

/// Gives the project credits, and wakes what waited for them.
///
/// # Errors
/// `validation_error` unless the amount is positive.
pub fn grant(cx: &mut Context<'_, '_>, amount: i64, reason: &str) -> Result<()> {
    if !(1..=1_000_000_000_000).contains(&amount) {
        return Err(Error::invalid("amount", "A grant is a whole number of credits, 1 to 1,000,000,000,000."));
    }
    rows::open(cx.tx, cx.project, ISSUED)?;
    rows::add(cx.tx, cx.project, ISSUED, -amount)?;
    post(cx, ISSUED, AVAILABLE, amount, reason, "grant")?;
    cx.emit(Event::new("credits.granted").data(json!({ "amount": amount, "reason": reason })));
    outrider_store::jobs::wake(cx.tx, cx.project, "credits", cx.now)?;
    Ok(())
}

/// What can be spent.
///
/// # Errors
/// When the database fails.
pub fn available(cx: &mut Context<'_, '_>) -> Result<i64> {
    Ok(rows::balance(cx.tx, cx.project, AVAILABLE)?)
}

/// Sets an amount aside for a subject; nothing happens for zero or when a hold stands. False when too little is available.
///
/// # Errors
/// When the database fails.
pub fn hold(cx: &mut Context<'_, '_>, subject: &str, amount: i64, reason: &str) -> Result<bool> {
    if amount == 0 {
        return Ok(true);
    }
    if !rows::hold(cx.tx, cx.project, subject, amount, cx.now)? {
        return Ok(true);
    }
    if !rows::take(cx.tx, cx.project, AVAILABLE, amount)? {
        rows::end_hold(cx.tx, cx.project, subject, "released")?;
        return Ok(false);
    }
    post(cx, AVAILABLE, HELD, amount, reason, subject)?;
    Ok(true)
}

/// Spends a subject's hold; nothing happens without one.
///
/// # Errors
/// When the database fails.
pub fn settle(cx: &mut Context<'_, '_>, subject: &str, reason: &str) -> Result<()> {
    end(cx, subject, "settled", SPENT, reason)
}

/// Spends an amount for a subject: from its hold, the rest of which is given back, and where that does not suffice from what
/// is available. Gives what could not be taken.
///
/// # Errors
/// When the database fails.
pub fn settle_amount(cx: &mut Context<'_, '_>, subject: &str, amount: i64, reason: &str) -> Result<i64> {
    let held = rows::end_hold(cx.tx, cx.project, subject, "settled")?.unwrap_or(0);
    if held > 0 && !rows::take(cx.tx, cx.project, HELD, held)? {
        return Err(Error::new(code::INTERNAL_ERROR, "The ledger holds less than was set aside."));
    }
    let covered = held.min(amount);
    if covered > 0 {
        post(cx, HELD, SPENT, covered, reason, subject)?;
    }
    if held > covered {
        post(cx, HELD, AVAILABLE, held - covered, reason, subject)?;
        outrider_store::jobs::wake(cx.tx, cx.project, "credits", cx.now)?;
    }
    let beyond = (amount - covered).min(available(cx)?).max(0);
    if beyond > 0 && rows::take(cx.tx, cx.project, AVAILABLE, beyond)? {
        post(cx, AVAILABLE, SPENT, beyond, reason, subject)?;
        return Ok(amount - covered - beyond);
    }
    Ok(amount - covered)
}

/// Gives a subject's hold back; nothing happens without one.
///
/// # Errors
/// When the database fails.
pub fn release(cx: &mut Context<'_, '_>, subject: &str, reason: &str) -> Result<()> {
    end(cx, subject, "released", AVAILABLE, reason)
}

fn end(cx: &mut Context<'_, '_>, subject: &str, state: &str, to: &str, reason: &str) -> Result<()> {
    let Some(amount) = rows::end_hold(cx.tx, cx.project, subject, state)? else { return Ok(()) };
    if !rows::take(cx.tx, cx.project, HELD, amount)? {
        return Err(Error::new(code::INTERNAL_ERROR, "The ledger holds less than was set aside."));
    }
    post(cx, HELD, to, amount, reason, subject)?;
    if to == AVAILABLE {
        outrider_store::jobs::wake(cx.tx, cx.project, "credits", cx.now)?;
    }
    Ok(())
}
