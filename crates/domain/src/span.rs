//! Lengths of time as people write them: `2d`, `3h 30m`, `90s`, `0`. Knows no calendar: a day here is 24 hours.

use std::borrow::Cow;

use crate::time::{DAY, HOUR, MINUTE, SECOND};

/// A length of time in whole milliseconds, never negative. In JSON a string such as `2d` or `3h 30m`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Span(i64);

/// Units from long to short, as `Display` writes them.
const UNITS: [(&str, i64); 5] = [("d", DAY), ("h", HOUR), ("m", MINUTE), ("s", SECOND), ("ms", 1)];

/// Text that is not a length of time; safe to show.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is not a length of time: write numbers with units, such as 2d, 3h 30m, 90s or 0")]
pub struct InvalidSpan(String);

impl Span {
    /// No time at all.
    pub const ZERO: Self = Self(0);

    /// A span of so many milliseconds; negative ones count as none.
    #[must_use]
    pub const fn from_millis(milliseconds: i64) -> Self {
        Self(if milliseconds < 0 { 0 } else { milliseconds })
    }

    /// A span of so many seconds.
    #[must_use]
    pub const fn seconds(count: u32) -> Self {
        Self(count as i64 * SECOND)
    }

    /// A span of so many minutes.
    #[must_use]
    pub const fn minutes(count: u32) -> Self {
        Self(count as i64 * MINUTE)
    }

    /// A span of so many times 24 hours.
    #[must_use]
    pub const fn days(count: u32) -> Self {
        Self(count as i64 * DAY)
    }

    /// Its length in milliseconds: what [`crate::time::Millis::plus`] takes.
    #[must_use]
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// Parses parts of a whole number and a unit (`w`, `d`, `h`, `m`, `s`, `ms`), each unit once, longest first,
    /// with or without blanks; a bare `0` is no time.
    ///
    /// # Errors
    /// Names the text that is not a span or does not fit.
    pub fn parse(text: &str) -> Result<Self, InvalidSpan> {
        let refuse = || InvalidSpan(text.chars().take(40).collect());
        let mut rest = text.trim();
        if rest == "0" {
            return Ok(Self::ZERO);
        }
        let mut total: i64 = 0;
        let mut shorter_than = i64::MAX;
        while !rest.is_empty() {
            let digits = rest.find(|c: char| !c.is_ascii_digit()).ok_or_else(refuse)?;
            let count: i64 = rest[..digits].parse().map_err(|_| refuse())?;
            rest = rest[digits..].trim_start();
            let letters = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
            let length = match &rest[..letters] {
                "w" => 7 * DAY,
                name => UNITS.iter().find(|(unit, _)| *unit == name).map(|(_, length)| *length).ok_or_else(refuse)?,
            };
            if length >= shorter_than {
                return Err(refuse());
            }
            shorter_than = length;
            total = count.checked_mul(length).and_then(|part| total.checked_add(part)).ok_or_else(refuse)?;
            rest = rest[letters..].trim_start();
        }
        if shorter_than == i64::MAX { Err(refuse()) } else { Ok(Self(total)) }
    }
}

impl std::fmt::Display for Span {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.0 == 0 {
            return f.write_str("0");
        }
        let mut left = self.0;
        let mut gap = "";
        for (unit, length) in UNITS {
            let count = left / length;
            left %= length;
            if count > 0 {
                write!(f, "{gap}{count}{unit}")?;
                gap = " ";
            }
        }
        Ok(())
    }
}

impl std::str::FromStr for Span {
    type Err = InvalidSpan;
    fn from_str(text: &str) -> Result<Self, InvalidSpan> {
        Self::parse(text)
    }
}

impl serde::Serialize for Span {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Span {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

impl schemars::JsonSchema for Span {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Span".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "pattern": r"^\s*(0|([0-9]+\s*(w|d|h|m|s|ms)\s*)+)\s*$",
            "description": "A length of time, such as 2d, 3h 30m, 90s or 0.",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_read_as_people_write_them() {
        for (text, milliseconds, canonical) in [
            ("0", 0, "0"),
            ("0s", 0, "0"),
            ("2d", 2 * DAY, "2d"),
            ("3h 30m", 3 * HOUR + 30 * MINUTE, "3h 30m"),
            ("3h30m", 3 * HOUR + 30 * MINUTE, "3h 30m"),
            (" 90s ", 90 * SECOND, "1m 30s"),
            ("1w 1d", 8 * DAY, "8d"),
            ("36h", 36 * HOUR, "1d 12h"),
            ("5 m", 5 * MINUTE, "5m"),
            ("250ms", 250, "250ms"),
        ] {
            let span = Span::parse(text).unwrap();
            assert_eq!(span.as_millis(), milliseconds, "{text}");
            assert_eq!(span.to_string(), canonical, "{text}");
            assert_eq!(Span::parse(canonical), Ok(span), "{canonical}");
        }
    }

    #[test]
    fn what_is_not_a_span_is_refused_by_name() {
        for text in [
            "",
            " ",
            "2",
            "d",
            "-1d",
            "1.5h",
            "2 days",
            "1m 2h",
            "1h 1h",
            "1d,2h",
            "99999999999999999999d",
            "999999999999999d",
            "１d",
        ] {
            assert!(Span::parse(text).unwrap_err().to_string().contains(text), "{text}");
        }
    }

    #[test]
    fn json_is_the_text_form() {
        assert_eq!(serde_json::to_string(&Span::minutes(90)).unwrap(), "\"1h 30m\"");
        assert_eq!(serde_json::from_str::<Span>("\"2d\"").unwrap(), Span::days(2));
        assert!(serde_json::from_str::<Span>("5").is_err());
    }
}
