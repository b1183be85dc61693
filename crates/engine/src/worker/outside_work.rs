//! Claimed work that goes on outside of transactions: tasks, callbacks and webhooks. Does none of it: the worker drives it.

use outrider_store::jobs::Job;

use crate::round::Round;

/// Claimed work that goes on outside of transactions, other than runs.
#[derive(Debug, Default)]
pub(super) struct OutsideWork {
    pub(super) tasks: Vec<Job>,
    pub(super) callbacks: Vec<Job>,
    pub(super) webhooks: Vec<Job>,
}

impl OutsideWork {
    /// Takes it out of a round.
    pub(super) fn of(round: &mut Round) -> Self {
        let take = std::mem::take::<Vec<Job>>;
        Self {
            tasks: take(&mut round.tasks),
            callbacks: take(&mut round.callbacks),
            webhooks: take(&mut round.webhooks),
        }
    }

    /// What need not wait for one another: all tasks, and each receiver by itself.
    pub(super) fn apart(self) -> Vec<Self> {
        let tasks = (!self.tasks.is_empty()).then(|| Self { tasks: self.tasks, ..Self::default() });
        let callbacks = self.callbacks.into_iter().map(|job| Self { callbacks: vec![job], ..Self::default() });
        let webhooks = self.webhooks.into_iter().map(|job| Self { webhooks: vec![job], ..Self::default() });
        tasks.into_iter().chain(callbacks).chain(webhooks).collect()
    }
}
