//! Credits in double entry: grant, hold, settle, release. Moves integers between a project's accounts; sets no price.
//!
//! Four accounts per project: `issued` (what the operator gave, as a negative balance), `available`, `held` and `spent`; and one
//! for each sub-agent that has a purse of its own, such as `agent:7`. Their sum is always zero.

pub mod buy_credits;
pub mod get_credit_statement;
pub mod get_credits;
pub mod grant_credits;
pub mod list_credit_entries;

use outrider_domain::id::TransferId;
use outrider_store::credits as rows;
use serde_json::json;

use crate::context::{Context, Event};
use crate::error::{Error, Result, code};

/// What the operator gave, as a negative balance.
pub const ISSUED: &str = "issued";
/// The project's own purse.
pub const AVAILABLE: &str = "available";
/// What is set aside.
pub const HELD: &str = "held";
/// What is gone.
pub const SPENT: &str = "spent";

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
    hold_from(cx, AVAILABLE, subject, amount, reason)
}

/// The same from a purse of its own.
///
/// # Errors
/// When the database fails.
pub fn hold_from(cx: &mut Context<'_, '_>, purse: &str, subject: &str, amount: i64, reason: &str) -> Result<bool> {
    if amount == 0 {
        return Ok(true);
    }
    if !rows::hold(cx.tx, cx.project, purse, subject, amount, cx.now)? {
        return Ok(true);
    }
    if !rows::take(cx.tx, cx.project, purse, amount)? {
        rows::end_hold(cx.tx, cx.project, subject, "released")?;
        return Ok(false);
    }
    post(cx, purse, HELD, amount, reason, subject)?;
    Ok(true)
}

/// Lets what stands aside from a purse go to another when it is given back: nothing may go to a purse that nobody uses any more.
///
/// # Errors
/// When the database fails.
pub fn redirect_holds(cx: &mut Context<'_, '_>, from: &str, to: &str) -> Result<()> {
    Ok(rows::redirect_holds(cx.tx, cx.project, from, to)?)
}

/// Spends an amount at once, for what is done in the same transaction. False when too little is there.
///
/// # Errors
/// When the database fails.
pub fn spend(cx: &mut Context<'_, '_>, purse: &str, subject: &str, amount: i64, reason: &str) -> Result<bool> {
    transfer(cx, purse, SPENT, amount, reason, subject)
}

/// Moves an amount between two accounts of the project. False when the first holds too little.
///
/// # Errors
/// When the database fails.
pub fn transfer(
    cx: &mut Context<'_, '_>,
    from: &str,
    to: &str,
    amount: i64,
    reason: &str,
    subject: &str,
) -> Result<bool> {
    if amount == 0 {
        return Ok(true);
    }
    if !rows::take(cx.tx, cx.project, from, amount)? {
        return Ok(false);
    }
    post(cx, from, to, amount, reason, subject)?;
    Ok(true)
}

/// What an account holds.
///
/// # Errors
/// When the database fails.
pub fn balance(cx: &mut Context<'_, '_>, account: &str) -> Result<i64> {
    Ok(rows::balance(cx.tx, cx.project, account)?)
}

/// Spends a subject's hold; nothing happens without one.
///
/// # Errors
/// When the database fails.
pub fn settle(cx: &mut Context<'_, '_>, subject: &str, reason: &str) -> Result<()> {
    end(cx, subject, "settled", Some(SPENT), reason)
}

/// Spends an amount for a subject: from its hold, the rest of which is given back, and where that does not suffice from what
/// is available. Gives what could not be taken.
///
/// # Errors
/// When the database fails.
pub fn settle_amount(cx: &mut Context<'_, '_>, subject: &str, amount: i64, reason: &str) -> Result<i64> {
    let ended = rows::end_hold(cx.tx, cx.project, subject, "settled")?;
    let (held, purse) = ended.unwrap_or_else(|| (0, AVAILABLE.to_owned()));
    if held > 0 && !rows::take(cx.tx, cx.project, HELD, held)? {
        return Err(Error::new(code::INTERNAL_ERROR, "The ledger holds less than was set aside."));
    }
    let covered = held.min(amount);
    if covered > 0 {
        post(cx, HELD, SPENT, covered, reason, subject)?;
    }
    if held > covered {
        post(cx, HELD, &purse, held - covered, reason, subject)?;
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
    end(cx, subject, "released", None, reason)
}

/// Ends a hold into an account, or back into the purse it was taken from.
fn end(cx: &mut Context<'_, '_>, subject: &str, state: &str, to: Option<&str>, reason: &str) -> Result<()> {
    let Some((amount, purse)) = rows::end_hold(cx.tx, cx.project, subject, state)? else { return Ok(()) };
    if !rows::take(cx.tx, cx.project, HELD, amount)? {
        return Err(Error::new(code::INTERNAL_ERROR, "The ledger holds less than was set aside."));
    }
    post(cx, HELD, to.unwrap_or(&purse), amount, reason, subject)?;
    if to.is_none() {
        outrider_store::jobs::wake(cx.tx, cx.project, "credits", cx.now)?;
    }
    Ok(())
}
