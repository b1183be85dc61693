//! Where a worker dies when the simulator or a test wants it to. Kills nobody.

/// Where a worker dies, for the simulator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Crash {
    /// Nowhere.
    Never,
    /// After claiming, before anything left.
    BeforeHandOver,
    /// After claiming, before any run, task, callback or webhook was gone on with.
    BeforeTasks,
    /// Among the hand-overs, before any end was recorded.
    AfterHandOver,
    /// Among the hand-overs, with half of the ends recorded.
    AfterRecording,
}

impl Crash {
    /// One of the three deaths, by number.
    #[must_use]
    pub const fn at(number: u64) -> Self {
        match number % 3 {
            0 => Self::BeforeHandOver,
            1 => Self::AfterHandOver,
            _ => Self::AfterRecording,
        }
    }
}
