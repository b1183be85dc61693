//! How many mails a young identity may send a day. Computes the cap; counting and holding are the engine's.

use serde::{Deserialize, Serialize};

/// A daily cap that grows with use: `start` on the first day that mail is sent, `step` more after each day on which some was,
/// never above `cap`. A day without mail proves nothing to those who judge the sender, so it raises nothing.
///
/// The defaults (20, 10 more a day, at most 200) are this project's own cautious choice: a new mailbox reaches its cap
/// after 18 days of sending. No mailbox provider publishes such a figure, so raise or lower it as bounces and complaints tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(inline)]
pub struct Ramp {
    /// Mails on the first day of sending.
    pub start: u32,
    /// More mails after each day of sending.
    pub step: u32,
    /// Mails a day that are never exceeded.
    pub cap: u32,
}

impl Default for Ramp {
    fn default() -> Self {
        Self { start: 20, step: 10, cap: 200 }
    }
}

impl Ramp {
    /// No cap.
    #[must_use]
    pub const fn unlimited() -> Self {
        Self { start: u32::MAX, step: 0, cap: u32::MAX }
    }

    /// The same cap every day.
    #[must_use]
    pub const fn flat(cap: u32) -> Self {
        Self { start: cap, step: 0, cap }
    }

    /// Whether this is [`Ramp::unlimited`].
    #[must_use]
    pub const fn is_unlimited(self) -> bool {
        self.start == u32::MAX && self.cap == u32::MAX
    }

    /// Mails allowed on a day before which mail was sent on `days` days.
    #[must_use]
    pub fn cap_after(self, days: i64) -> u32 {
        let days = u32::try_from(days.max(0)).unwrap_or(u32::MAX);
        self.start.saturating_add(self.step.saturating_mul(days)).min(self.cap)
    }

    /// Days of sending until the cap is reached; 0 for a ramp that does not rise.
    #[must_use]
    pub fn days_to_cap(self) -> i64 {
        if self.step == 0 {
            return 0;
        }
        i64::from(self.cap.saturating_sub(self.start).div_ceil(self.step))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cap_grows_to_its_limit() {
        let ramp = Ramp::default();
        let caps: Vec<u32> = [-3, 0, 1, 17, 18, 19, i64::MAX].into_iter().map(|day| ramp.cap_after(day)).collect();
        assert_eq!(caps, [20, 20, 30, 190, 200, 200, 200]);
    }

    #[test]
    fn the_cap_is_reached_after_as_many_days_as_it_says() {
        for ramp in [Ramp::default(), Ramp { start: 5, step: 3, cap: 12 }, Ramp { start: 1, step: 1, cap: 2 }] {
            let days = ramp.days_to_cap();
            assert_eq!(ramp.cap_after(days), ramp.cap, "{ramp:?}");
            assert!(ramp.cap_after(days - 1) < ramp.cap, "{ramp:?}");
        }
        for ramp in [Ramp::unlimited(), Ramp::flat(40), Ramp { start: 50, step: 5, cap: 10 }] {
            assert_eq!(ramp.days_to_cap(), 0, "{ramp:?}");
        }
    }

    #[test]
    fn a_start_above_the_cap_is_held_to_it() {
        assert_eq!(Ramp { start: 50, step: 0, cap: 10 }.cap_after(0), 10);
    }

    #[test]
    fn unlimited_is_unlimited_on_every_day() {
        assert_eq!(Ramp::unlimited().cap_after(0), u32::MAX);
        assert!(Ramp::unlimited().is_unlimited());
        assert!(!Ramp::flat(40).is_unlimited());
        assert_eq!(Ramp::flat(40).cap_after(9), 40);
    }

    #[test]
    fn fields_left_out_take_the_default() {
        let ramp: Ramp = serde_json::from_str(r#"{"cap": 50}"#).unwrap();
        assert_eq!(ramp, Ramp { start: 20, step: 10, cap: 50 });
        assert!(serde_json::from_str::<Ramp>(r#"{"max": 50}"#).is_err());
    }
}
