//! Who pays for a task, and paying: from the caller's purse, within its monthly cap, all or nothing. Sets no price.

use outrider_domain::time::Millis;
use outrider_store::sub_agents::{self as rows, SubAgent};

use crate::context::Context;
use crate::credits::{self, AVAILABLE};
use crate::error::{Error, Result, code};
use crate::sub_agents::{caller, month_of};

/// Who pays.
#[derive(Debug, Clone)]
pub struct Payer {
    /// The sub-agent that asks, if the caller is one.
    pub agent: Option<SubAgent>,
    /// The account that pays.
    pub purse: String,
}

/// How it is paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pay {
    /// The output is there: spent.
    Now,
    /// The output comes later: set aside.
    Later,
}

impl Payer {
    /// Of the caller.
    ///
    /// # Errors
    /// When the database fails.
    pub fn of(cx: &mut Context<'_, '_>) -> Result<Self> {
        let agent = caller(cx)?;
        let purse = agent.as_ref().map_or_else(|| AVAILABLE.to_owned(), |agent| agent.purse.clone());
        Ok(Self { agent, purse })
    }

    /// The project itself: for the work of its own runs.
    #[must_use]
    pub fn project() -> Self {
        Self { agent: None, purse: AVAILABLE.to_owned() }
    }

    /// The sub-agent's number.
    #[must_use]
    pub fn number(&self) -> Option<i64> {
        self.agent.as_ref().map(|agent| agent.id)
    }

    /// Whether the purse is the sub-agent's own.
    #[must_use]
    pub fn own_purse(&self) -> bool {
        self.purse != AVAILABLE
    }

    /// What the purse holds.
    ///
    /// # Errors
    /// When the database fails.
    pub fn balance(&self, cx: &mut Context<'_, '_>) -> Result<i64> {
        credits::balance(cx, &self.purse)
    }

    /// What is left under the cap in this month; `None` without one.
    #[must_use]
    pub fn left_under_cap(&self, now: Millis) -> Option<i64> {
        let agent = self.agent.as_ref().filter(|agent| agent.monthly_cap > 0)?;
        let spent = if agent.month == month_of(now) { agent.spent_in_month } else { 0 };
        Some((agent.monthly_cap - spent).max(0))
    }

    /// Refuses what can't be paid, before work is put into it.
    ///
    /// # Errors
    /// `insufficient_credits`.
    pub fn expect(&self, cx: &mut Context<'_, '_>, amount: i64) -> Result<()> {
        let balance = self.balance(cx)?;
        if balance < amount {
            return Err(short(balance, amount));
        }
        match self.left_under_cap(cx.now) {
            Some(left) if left < amount => Err(capped(left, amount)),
            _ => Ok(()),
        }
    }

    /// Counts an amount against the cap, once for everything that is asked together.
    ///
    /// # Errors
    /// `insufficient_credits`, or `revoked_api_key` for an agent that was revoked meanwhile; nothing is counted then.
    pub fn count(&self, cx: &mut Context<'_, '_>, amount: i64) -> Result<()> {
        let Some(agent) = &self.agent else { return Ok(()) };
        if amount == 0 || rows::count_spending(cx.tx, cx.project, agent.id, month_of(cx.now), amount)? {
            return Ok(());
        }
        let agent = rows::get(cx.tx, cx.project, agent.id)?;
        if agent.revoked_at.is_some() {
            return Err(Error::new(code::REVOKED_API_KEY, "This agent was revoked."));
        }
        let now = Self { agent: Some(agent), ..self.clone() };
        Err(capped(now.left_under_cap(cx.now).unwrap_or(0), amount))
    }

    /// Pays for a subject.
    ///
    /// # Errors
    /// `insufficient_credits`; nothing is taken then.
    pub fn pay(&self, cx: &mut Context<'_, '_>, how: Pay, subject: &str, amount: i64, reason: &str) -> Result<()> {
        let paid = match how {
            Pay::Now => credits::spend(cx, &self.purse, subject, amount, reason)?,
            Pay::Later => credits::hold_from(cx, &self.purse, subject, amount, reason)?,
        };
        if paid {
            return Ok(());
        }
        let balance = self.balance(cx)?;
        Err(short(balance, amount))
    }
}

fn short(balance: i64, amount: i64) -> Error {
    let text = format!("This costs {amount} credits, and the account holds {balance}.");
    Error::new(code::INSUFFICIENT_CREDITS, text)
}

fn capped(left: i64, amount: i64) -> Error {
    let text = format!("This costs {amount} credits, and the agent's monthly cap leaves {left}.");
    Error::new(code::INSUFFICIENT_CREDITS, text)
}

/// Gives back what was set aside for a task that came to no output.
///
/// # Errors
/// When the database fails.
pub fn refund(
    cx: &mut Context<'_, '_>,
    agent: Option<i64>,
    subject: &str,
    amount: i64,
    asked: Millis,
    reason: &str,
) -> Result<()> {
    credits::release(cx, subject, reason)?;
    if let Some(agent) = agent.filter(|_| amount > 0) {
        rows::forgive(cx.tx, cx.project, agent, month_of(asked), amount)?;
    }
    Ok(())
}
