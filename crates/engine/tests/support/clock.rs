//! A clock that moves only when a test moves it.

use std::sync::atomic::{AtomicI64, Ordering};

use outrider_domain::time::{Clock, Millis};

pub(crate) struct TestClock(AtomicI64);

impl TestClock {
    pub(crate) fn new(start: Millis) -> Self {
        Self(AtomicI64::new(start.0))
    }

    pub(crate) fn now_millis(&self) -> Millis {
        Millis(self.0.load(Ordering::SeqCst))
    }

    pub(crate) fn advance(&self, milliseconds: i64) {
        self.0.fetch_add(milliseconds, Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Millis {
        self.now_millis()
    }
}
