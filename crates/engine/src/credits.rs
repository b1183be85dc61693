//! Credits in double entry: grant, hold, settle, release. Moves integers between a project's accounts; sets no price.
//!
//! Four accounts per project: `issued` (what the operator gave, as a negative balance), `available`, `held` and `spent`; and one
//! for each person and each sub-agent with a purse of its own, such as `agent:7`. Their sum is always zero. What is held or spent is
//! counted against the payer's budgets in the same transaction, and what is given back is taken off them.

pub mod budget;
pub mod buy_credits;
pub mod get_credit_statement;
pub mod get_credits;
pub mod grant_credits;
pub mod list_budgets;
pub mod list_credit_entries;
pub mod payer;
pub mod set_budget;
pub mod transfer_credits;

use outrider_domain::id::TransferId;
use outrider_domain::time::Millis;
use outrider_store::{budgets, credits as rows};
use serde_json::json;

use budget::month_of;
use payer::Payer;

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

/// Lets nobody else move the project's credits until the transaction ends. Whatever moves them does this by itself; who locks rows of
/// its own before does it first, so that all lock in one order.
///
/// # Errors
/// When the database fails.
pub fn lock(cx: &mut Context<'_, '_>) -> Result<()> {
    if !cx.credits_locked {
        rows::lock(cx.tx, cx.project)?;
        cx.credits_locked = true;
    }
    Ok(())
}

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
    lock(cx)?;
    rows::open(cx.tx, cx.project, ISSUED)?;
    rows::add(cx.tx, cx.project, ISSUED, -amount)?;
    post(cx, ISSUED, AVAILABLE, amount, reason, "grant")?;
    cx.emit(Event::new("credits.granted").data(json!({ "amount": amount, "reason": reason })));
    outrider_store::jobs::wake(cx.tx, cx.project, "credits", cx.now)?;
    Ok(())
}

/// Sets an amount aside for a subject; nothing happens for zero or when a hold stands. False when the payer can't.
///
/// # Errors
/// When the database fails.
pub fn hold(cx: &mut Context<'_, '_>, payer: &Payer, subject: &str, amount: i64, reason: &str) -> Result<bool> {
    if amount == 0 || rows::is_held(cx.tx, cx.project, subject)? {
        return Ok(true);
    }
    let Some(taken) = take(cx, payer, amount)? else { return Ok(false) };
    if !rows::hold(cx.tx, cx.project, subject, &taken)? {
        return Err(Error::new(code::INTERNAL_ERROR, "Two holds were made for one subject."));
    }
    post(cx, &taken.account, HELD, amount, reason, subject)?;
    Ok(true)
}

/// Spends an amount at once, for what is done in the same transaction. False when the payer can't.
///
/// # Errors
/// When the database fails.
pub fn spend(cx: &mut Context<'_, '_>, payer: &Payer, subject: &str, amount: i64, reason: &str) -> Result<bool> {
    if amount == 0 {
        return Ok(true);
    }
    let Some(taken) = take(cx, payer, amount)? else { return Ok(false) };
    post(cx, &taken.account, SPENT, amount, reason, subject)?;
    Ok(true)
}

/// Counts an amount against every budget of the payer and takes it from its purse: all of that, or nothing. The budgets come first:
/// they say whose purse it is now.
fn take(cx: &mut Context<'_, '_>, payer: &Payer, amount: i64) -> Result<Option<rows::Hold>> {
    lock(cx)?;
    let month = month_of(cx.now);
    let mut counted: Vec<String> = Vec::with_capacity(3);
    let mut purse = None;
    for (holder, _) in payer.budgets() {
        let name = holder.to_string();
        let Some(own_purse) = budgets::count(cx.tx, cx.project, &name, month, amount)? else {
            forgive(cx, &counted, cx.now, amount)?;
            return Ok(None);
        };
        if own_purse && purse.is_none() && payer.may_pay(holder) {
            purse = Some(name.clone());
        }
        counted.push(name);
    }
    let account = purse.unwrap_or_else(|| AVAILABLE.to_owned());
    if !rows::take(cx.tx, cx.project, &account, amount)? {
        forgive(cx, &counted, cx.now, amount)?;
        return Ok(None);
    }
    Ok(Some(rows::Hold { amount, account, holders: counted.join(" "), at: cx.now }))
}

/// Takes off the budgets what was counted and is given back.
fn forgive(cx: &mut Context<'_, '_>, holders: &[impl AsRef<str>], at: Millis, amount: i64) -> Result<()> {
    for holder in holders {
        budgets::forgive(cx.tx, cx.project, holder.as_ref(), month_of(at), amount)?;
    }
    Ok(())
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
    lock(cx)?;
    if !rows::take(cx.tx, cx.project, from, amount)? {
        return Ok(false);
    }
    post(cx, from, to, amount, reason, subject)?;
    if to == AVAILABLE {
        outrider_store::jobs::wake(cx.tx, cx.project, "credits", cx.now)?;
    }
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

/// Spends an amount for a subject: from its hold, the rest of which is given back, and where that does not suffice from the purse
/// it was set aside from, or the project's. Gives what could not be taken.
///
/// # Errors
/// When the database fails.
pub fn settle_amount(cx: &mut Context<'_, '_>, subject: &str, amount: i64, reason: &str) -> Result<i64> {
    lock(cx)?;
    let held = match rows::end_hold(cx.tx, cx.project, subject, "settled")? {
        Some(held) => held,
        None => rows::Hold {
            amount: 0,
            account: AVAILABLE.to_owned(),
            holders: budget::Holder::Project.to_string(),
            at: cx.now,
        },
    };
    let covered = held.amount.min(amount);
    if held.amount > covered {
        forgive(cx, &held.holders(), held.at, held.amount - covered)?;
    }
    if held.amount > 0 && !rows::take(cx.tx, cx.project, HELD, held.amount)? {
        return Err(Error::new(code::INTERNAL_ERROR, "The ledger holds less than was set aside."));
    }
    if covered > 0 {
        post(cx, HELD, SPENT, covered, reason, subject)?;
    }
    if held.amount > covered {
        post(cx, HELD, &held.account, held.amount - covered, reason, subject)?;
        outrider_store::jobs::wake(cx.tx, cx.project, "credits", cx.now)?;
    }
    let beyond = (amount - covered).min(balance(cx, &held.account)?).max(0);
    if beyond > 0 && rows::take(cx.tx, cx.project, &held.account, beyond)? {
        post(cx, &held.account, SPENT, beyond, reason, subject)?;
        for holder in held.holders() {
            budgets::count_beyond(cx.tx, cx.project, holder, month_of(cx.now), beyond)?;
        }
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
    lock(cx)?;
    let Some(held) = rows::end_hold(cx.tx, cx.project, subject, state)? else { return Ok(()) };
    if to.is_none() {
        forgive(cx, &held.holders(), held.at, held.amount)?;
    }
    if !rows::take(cx.tx, cx.project, HELD, held.amount)? {
        return Err(Error::new(code::INTERNAL_ERROR, "The ledger holds less than was set aside."));
    }
    post(cx, HELD, to.unwrap_or(&held.account), held.amount, reason, subject)?;
    if to.is_none() {
        outrider_store::jobs::wake(cx.tx, cx.project, "credits", cx.now)?;
    }
    Ok(())
}
