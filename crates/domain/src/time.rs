//! Moments as integer milliseconds, and the clock that is passed in. Formats and parses; never reads the system's time.

use jiff::Timestamp;

/// Milliseconds since 1970-01-01 UTC. In JSON an ISO 8601 UTC string such as `2026-11-22T08:30:01.000Z`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Millis(pub i64);

/// One second in milliseconds.
pub const SECOND: i64 = 1_000;
/// One minute in milliseconds.
pub const MINUTE: i64 = 60 * SECOND;
/// One hour in milliseconds.
pub const HOUR: i64 = 60 * MINUTE;
/// Twenty-four hours in milliseconds; not a calendar day.
pub const DAY: i64 = 24 * HOUR;

impl Millis {
    /// This moment `milliseconds` later (or earlier, when negative).
    #[must_use]
    pub fn plus(self, milliseconds: i64) -> Self {
        Self(self.0.saturating_add(milliseconds))
    }

    /// As a `jiff` timestamp, clamped to what it can hold.
    #[must_use]
    pub fn timestamp(self) -> Timestamp {
        Timestamp::from_millisecond(self.0).unwrap_or(if self.0 < 0 { Timestamp::MIN } else { Timestamp::MAX })
    }
}

impl From<Timestamp> for Millis {
    fn from(timestamp: Timestamp) -> Self {
        Self(timestamp.as_millisecond())
    }
}

impl std::fmt::Display for Millis {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:.3}", self.timestamp())
    }
}

impl std::str::FromStr for Millis {
    type Err = String;
    /// Needs an offset or `Z`: a time without a zone has no moment.
    fn from_str(text: &str) -> Result<Self, String> {
        text.parse::<Timestamp>().map(Self::from).map_err(|_| {
            "expected an ISO 8601 time with a zone, such as 2026-11-22T08:30:00Z or 2026-11-22T09:30:00+01:00"
                .to_owned()
        })
    }
}

impl serde::Serialize for Millis {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Millis {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl schemars::JsonSchema for Millis {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Time".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "format": "date-time", "description": "ISO 8601 time with a zone." })
    }
}

/// Where `now` comes from: the system's clock in the binary, a virtual one in tests and the simulator.
pub trait Clock: Send + Sync + 'static {
    /// The present moment.
    fn now(&self) -> Millis;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_form_is_utc_with_milliseconds() {
        assert_eq!(Millis(1_782_117_001_000).to_string(), "2026-06-22T08:30:01.000Z");
        assert_eq!("2026-06-22T10:30:01+02:00".parse::<Millis>(), Ok(Millis(1_782_117_001_000)));
    }

    #[test]
    fn a_time_without_a_zone_is_refused() {
        assert!("2026-06-22T10:30:01".parse::<Millis>().is_err());
        assert!("2026-06-22".parse::<Millis>().is_err());
    }
}
