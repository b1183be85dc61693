//! Room for hand-overs: how many may be claimed and not yet answered. Hands nothing over.
//!
//! After a crash everything in here is unknown to whoever looks at it, so there is place for what keeps the connections busy and, where
//! answers come fast, for what is answered in a moment: a claim and its commit then serve many.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

/// For how long what is claimed may last at the rate of the latest answers.
const WORTH: Duration = Duration::from_millis(50);
/// How often the rate is looked at.
const LOOK: Duration = Duration::from_millis(20);
/// How much room may grow.
const MOST: usize = 4;

/// Places for hand-overs.
#[derive(Debug)]
pub(super) struct Room {
    least: usize,
    state: Mutex<State>,
    left: Notify,
}

#[derive(Debug)]
struct State {
    places: usize,
    taken: usize,
    answered: usize,
    since: Instant,
}

/// A place that a hand-over has until it is answered.
#[derive(Debug)]
pub(super) struct Place(Arc<Room>);

impl Room {
    /// So many places at the least.
    pub(super) fn new(least: usize) -> Arc<Self> {
        let state = State { places: least, taken: 0, answered: 0, since: Instant::now() };
        Arc::new(Self { least, state: Mutex::new(state), left: Notify::new() })
    }

    /// Places that are free.
    pub(super) fn free(&self) -> usize {
        self.with(|state| state.places.saturating_sub(state.taken))
    }

    /// Places that are taken.
    pub(super) fn taken(&self) -> usize {
        self.with(|state| state.taken)
    }

    /// Half of all places.
    pub(super) fn half(&self) -> usize {
        self.with(|state| state.places / 2).max(1)
    }

    /// Waits until half of the places are free, for a claim costs nearly the same whatever it takes; but for any place when that lasts,
    /// so that nobody waits for hand-overs that hang.
    pub(super) async fn wait(&self, breath: Duration) {
        if tokio::time::timeout(breath, self.wait_for(self.half())).await.is_err() {
            self.wait_for(1).await;
        }
    }

    async fn wait_for(&self, places: usize) {
        loop {
            let mut left = std::pin::pin!(self.left.notified());
            // Before the look, so that no place is missed that is left between the two.
            left.as_mut().enable();
            if self.free() >= places {
                return;
            }
            left.await;
        }
    }

    /// Takes a place. What was claimed when there was room has one.
    pub(super) fn take(self: &Arc<Self>) -> Place {
        self.with(|state| state.taken += 1);
        Place(Arc::clone(self))
    }

    fn with<T>(&self, look: impl FnOnce(&mut State) -> T) -> T {
        look(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let least = self.0.least;
        self.0.with(|state| state.leave(least, Instant::now()));
        self.0.left.notify_waiters();
    }
}

impl State {
    /// One was answered: the rate says how many places there are from now on.
    fn leave(&mut self, least: usize, now: Instant) {
        self.taken = self.taken.saturating_sub(1);
        self.answered += 1;
        let passed = now.duration_since(self.since);
        if passed < LOOK {
            return;
        }
        let worth = self.answered as u128 * WORTH.as_micros() / passed.as_micros().max(1);
        self.places = usize::try_from(worth).unwrap_or(least).clamp(least, least * MOST);
        (self.answered, self.since) = (0, now);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::{Duration, Instant};

    use super::{MOST, Room, State};

    #[test]
    fn room_grows_with_the_rate_of_answers_and_shrinks_again() {
        let mut now = Instant::now();
        let mut state = State { places: 8, taken: 0, answered: 0, since: now };
        let mut answer = |times: u32, apart: Duration| {
            for _ in 0..times {
                state.taken += 1;
                now += apart;
                state.leave(8, now);
            }
            assert_eq!(state.taken, 0);
            state.places
        };
        assert_eq!(answer(9, Duration::from_millis(2)), 8, "too early to tell");
        assert_eq!(answer(200, Duration::from_millis(2)), 25, "what is answered in 50 ms");
        assert_eq!(answer(2_000, Duration::from_micros(50)), 8 * MOST, "it has an end");
        assert_eq!(answer(3, Duration::from_secs(1)), 8, "a slow server has what its connections need");
    }

    #[tokio::test]
    async fn a_claim_waits_for_half_of_the_places_and_not_for_those_that_hang() {
        let room = Room::new(4);
        let mut taken: Vec<_> = (0..4).map(|_| room.take()).collect();
        let waits = |breath| {
            let room = Arc::clone(&room);
            tokio::spawn(async move { room.wait(breath).await })
        };
        let long = waits(Duration::from_secs(3_600));
        let short = waits(Duration::ZERO);
        tokio::time::sleep(Duration::from_millis(5)).await;
        assert!(!long.is_finished() && !short.is_finished(), "there is no place");
        taken.truncate(3);
        short.await.unwrap();
        assert!(!long.is_finished(), "one place is not half");
        taken.truncate(2);
        long.await.unwrap();
        assert_eq!((room.taken(), room.free(), room.half()), (2, 2, 2));
    }
}
