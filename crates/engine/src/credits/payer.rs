//! Who pays, and whether it can: the caller's purse, within every budget above it. Sets no price, and moves nothing by itself.

use outrider_domain::id::UserId;
use outrider_domain::time::Millis;
use outrider_store::budgets::Budget;
use outrider_store::sub_agents::{self, SubAgent};

use super::budget::{self, Holder};
use super::{AVAILABLE, balance, hold, spend};
use crate::context::Context;
use crate::error::{Error, Result, code};
use crate::sub_agents::caller;

/// Who pays.
#[derive(Debug, Clone)]
pub struct Payer {
    /// The sub-agent that asks, if the caller is one.
    pub agent: Option<SubAgent>,
    /// From the sub-agent's to the project's.
    budgets: Vec<(Holder, Budget)>,
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
    /// The caller.
    ///
    /// # Errors
    /// When the database fails.
    pub fn of(cx: &mut Context<'_, '_>) -> Result<Self> {
        match caller(cx)? {
            Some(agent) => Self::of_agent(cx, &agent, cx.principal.user),
            None => Self::owner(cx),
        }
    }

    /// A sub-agent, with the person behind its key.
    ///
    /// # Errors
    /// When the database fails.
    pub fn of_agent(cx: &mut Context<'_, '_>, agent: &SubAgent, user: Option<UserId>) -> Result<Self> {
        let mut chain = vec![Some(Holder::Agent(agent.id))];
        let mut parent = agent.parent;
        // Numbers grow: a parent's is smaller than its child's.
        while let Some(number) = parent {
            let above = sub_agents::get(cx.tx, cx.project, number)?;
            // Who is revoked holds nobody up.
            chain.extend(above.revoked_at.is_none().then_some(Some(Holder::Agent(number))));
            parent = above.parent.filter(|next| *next < number);
        }
        chain.extend([user.map(Holder::User), Some(Holder::Project)]);
        Self::with(cx, Some(agent.clone()), &chain)
    }

    /// Whom the caller acts for: the person behind it, or the project.
    ///
    /// # Errors
    /// When the database fails.
    pub fn owner(cx: &mut Context<'_, '_>) -> Result<Self> {
        let chain = [cx.principal.user.map(Holder::User), Some(Holder::Project)];
        Self::with(cx, None, &chain)
    }

    /// The project itself: for the work of its own agents, sequences and runs.
    ///
    /// # Errors
    /// When the database fails.
    pub fn project(cx: &mut Context<'_, '_>) -> Result<Self> {
        Self::with(cx, None, &[Some(Holder::Project)])
    }

    fn with(cx: &mut Context<'_, '_>, agent: Option<SubAgent>, chain: &[Option<Holder>]) -> Result<Self> {
        let mut budgets = Vec::with_capacity(chain.len());
        for holder in chain.iter().copied().flatten() {
            budgets.push((holder, budget::of(cx, holder)?));
        }
        Ok(Self { agent, budgets })
    }

    /// The sub-agent's number.
    #[must_use]
    pub fn number(&self) -> Option<i64> {
        self.agent.as_ref().map(|agent| agent.id)
    }

    /// Whose budgets everything it pays for counts against, the nearest first.
    pub fn budgets(&self) -> impl Iterator<Item = (Holder, &Budget)> {
        self.budgets.iter().map(|(holder, budget)| (*holder, budget))
    }

    /// Whose purse pays.
    #[must_use]
    pub fn purse_of(&self) -> Holder {
        let mut payers = self.budgets().filter(|(holder, budget)| budget.own_purse && self.may_pay(*holder));
        payers.next().map_or(Holder::Project, |(holder, _)| holder)
    }

    /// Whether the purse of a holder above may pay: a sub-agent's pays for itself alone, and not for those it made.
    pub(super) fn may_pay(&self, holder: Holder) -> bool {
        match holder {
            Holder::Agent(number) => self.number() == Some(number),
            Holder::User(_) | Holder::Project => true,
        }
    }

    /// The account that pays.
    #[must_use]
    pub fn purse(&self) -> String {
        match self.purse_of() {
            Holder::Project => AVAILABLE.to_owned(),
            own => own.to_string(),
        }
    }

    /// What the purse holds.
    ///
    /// # Errors
    /// When the database fails.
    pub fn balance(&self, cx: &mut Context<'_, '_>) -> Result<i64> {
        balance(cx, &self.purse())
    }

    /// The tightest cap, with what it leaves in this month; `None` without any.
    #[must_use]
    pub fn tightest(&self, now: Millis) -> Option<(Holder, i64)> {
        let caps = self.budgets().filter_map(|(holder, budget)| Some((holder, budget::left(budget, now)?)));
        caps.min_by_key(|(_, left)| *left)
    }

    /// What it can spend: what the purse holds, as far as every cap lets it.
    ///
    /// # Errors
    /// When the database fails.
    pub fn spendable(&self, cx: &mut Context<'_, '_>) -> Result<i64> {
        let balance = self.balance(cx)?;
        Ok(self.tightest(cx.now).map_or(balance, |(_, left)| left.min(balance)))
    }

    /// Refuses what can't be paid, before work is put into it.
    ///
    /// # Errors
    /// `insufficient_credits`, or `revoked_api_key` for somebody who is gone.
    pub fn expect(&self, cx: &mut Context<'_, '_>, amount: i64) -> Result<()> {
        self.lack(cx, amount)?.map_or(Ok(()), Err)
    }

    /// What keeps it from paying an amount, such as `the project's monthly cap leaves 3`; `None` when it can.
    ///
    /// # Errors
    /// When the database fails.
    pub fn shortage(&self, cx: &mut Context<'_, '_>, amount: i64) -> Result<Option<String>> {
        let balance = self.balance(cx)?;
        if balance < amount {
            return Ok(Some(format!("the {}'s purse holds {balance}", self.purse_of().kind())));
        }
        let tightest = self.tightest(cx.now).filter(|(_, left)| *left < amount);
        Ok(tightest.map(|(holder, left)| format!("the {}'s monthly cap leaves {left}", holder.kind())))
    }

    /// Why it can't pay an amount.
    fn lack(&self, cx: &mut Context<'_, '_>, amount: i64) -> Result<Option<Error>> {
        if self.budgets().any(|(_, budget)| budget.closed) {
            return Ok(Some(Error::new(code::REVOKED_API_KEY, "This agent was revoked.")));
        }
        let shortage = self.shortage(cx, amount)?;
        Ok(shortage.map(|shortage| {
            Error::new(code::INSUFFICIENT_CREDITS, format!("This costs {amount} credits, and {shortage}."))
        }))
    }

    /// Pays for a subject.
    ///
    /// # Errors
    /// `insufficient_credits`, or `revoked_api_key` for somebody who is gone; nothing is taken then.
    pub fn pay(&self, cx: &mut Context<'_, '_>, how: Pay, subject: &str, amount: i64, reason: &str) -> Result<()> {
        let paid = match how {
            Pay::Now => spend(cx, self, subject, amount, reason)?,
            Pay::Later => hold(cx, self, subject, amount, reason)?,
        };
        if paid { Ok(()) } else { Err(self.refused(cx, amount)?) }
    }

    /// Why it could not pay an amount a moment ago.
    ///
    /// # Errors
    /// When the database fails.
    pub fn refused(&self, cx: &mut Context<'_, '_>, amount: i64) -> Result<Error> {
        let mut budgets = Vec::with_capacity(self.budgets.len());
        for (holder, _) in self.budgets() {
            budgets.push((holder, budget::of(cx, holder)?));
        }
        let now = Self { agent: self.agent.clone(), budgets };
        let lack = now.lack(cx, amount)?;
        Ok(lack.unwrap_or_else(|| Error::new(code::INSUFFICIENT_CREDITS, "Credits changed meanwhile; ask again.")))
    }
}
