//! What a project may still have a language model read and write today, and counting it. Asks no model.
//!
//! The day's count is looked at before a model is asked and written with the output. Work that goes on side by side in one batch
//! shares what is left; beyond that, a day may go over by what was under way in other requests when the last token was counted.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use outrider_domain::time::{DAY, Millis};
use outrider_store::model_usage as rows;

use crate::context::Context;
use crate::error::Result;

/// Tokens that are left, shared by all that is made together.
#[derive(Debug, Clone, Default)]
pub struct Allowance(Arc<AtomicI64>);

/// Days since 1970, UTC.
fn day(at: Millis) -> i64 {
    at.0.div_euclid(DAY)
}

impl Allowance {
    /// So many tokens.
    #[must_use]
    pub fn of(tokens: i64) -> Self {
        Self(Arc::new(AtomicI64::new(tokens)))
    }

    /// What the project has left today.
    ///
    /// # Errors
    /// When the database fails.
    pub fn today(cx: &mut Context<'_, '_>) -> Result<Self> {
        let budget = cx.core.settings.model_tokens_per_day;
        let used = if budget > 0 { rows::of_day(cx.tx, cx.project, day(cx.now))? } else { 0 };
        Ok(Self::of(budget - used))
    }

    /// Sets tokens aside; false when fewer are left.
    pub(super) fn take(&self, tokens: i64) -> bool {
        let take = |left: i64| (left >= tokens).then_some(left - tokens);
        self.0.fetch_update(Ordering::SeqCst, Ordering::SeqCst, take).is_ok()
    }

    /// Gives back what was set aside and not used; takes more when it is negative.
    pub(super) fn give_back(&self, tokens: i64) {
        self.0.fetch_add(tokens, Ordering::SeqCst);
    }
}

/// Counts tokens that were used.
///
/// # Errors
/// When the database fails.
pub(super) fn count(cx: &mut Context<'_, '_>, tokens: i64) -> Result<()> {
    if tokens > 0 {
        rows::add(cx.tx, cx.project, day(cx.now), tokens)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::Allowance;

    #[test]
    fn what_is_left_is_shared_and_never_taken_twice() {
        let left = Allowance::of(100);
        let other = left.clone();
        assert!(left.take(60) && !other.take(60));
        left.give_back(20);
        assert!(other.take(60) && !left.take(1));
    }
}
