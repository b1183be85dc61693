//! Time zones, and the weekly hours in which mail may leave. Pure arithmetic over the bundled zone database; asks no system file.

use std::borrow::Cow;
use std::sync::LazyLock;

use jiff::Timestamp;
use jiff::tz::{AmbiguousOffset, Offset, TimeZoneDatabase};
use serde::{Deserialize, Serialize};

use crate::time::{DAY, MINUTE, Millis};

/// The bundled database. It keeps each zone it has parsed, so that a second lookup is a read under a lock.
static DATABASE: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

/// Minutes in a day of 24 hours.
const DAY_MINUTES: u16 = 24 * 60;

/// How many days to look ahead for an opening: a window of one weekday can miss one week to a clock change, not four.
const SEARCH_DAYS: i64 = 30;

/// An IANA time zone, such as `Europe/Berlin`, in the database's spelling. Cloning is cheap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimeZone(jiff::tz::TimeZone);

/// Text that names no time zone; safe to show.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is not a time zone: write an IANA name, such as Europe/Berlin, America/New_York or UTC")]
pub struct InvalidTimeZone(String);

impl TimeZone {
    /// Coordinated Universal Time.
    pub const UTC: Self = Self(jiff::tz::TimeZone::UTC);

    /// Parses an IANA name, in any letter case.
    ///
    /// # Errors
    /// Names the text that is not one.
    pub fn parse(text: &str) -> Result<Self, InvalidTimeZone> {
        let name = text.trim();
        let zone = DATABASE.get(name).ok().filter(|zone| zone.iana_name().is_some() && !zone.is_unknown());
        zone.map(Self).ok_or_else(|| InvalidTimeZone(name.chars().take(60).collect()))
    }

    /// Its IANA name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.iana_name().unwrap_or("UTC")
    }

    /// Date and time on this zone's clocks.
    #[must_use]
    pub fn civil(&self, now: Millis) -> jiff::civil::DateTime {
        self.0.to_datetime(now.timestamp())
    }

    /// Milliseconds since 1970-01-01 00:00 on this zone's own clocks.
    fn local(&self, now: Millis) -> i64 {
        let timestamp = now.timestamp();
        timestamp.as_millisecond() + i64::from(self.0.to_offset(timestamp).seconds()) * 1_000
    }

    /// The moments at which this zone's clocks show `local`: none in a gap, two in a fold, the earlier first.
    fn moments(&self, local: i64) -> [Option<Millis>; 2] {
        let at = |offset: Offset| Some(Millis(local - i64::from(offset.seconds()) * 1_000));
        match self.ambiguous(local) {
            AmbiguousOffset::Unambiguous { offset } => [at(offset), None],
            AmbiguousOffset::Gap { .. } => [None, None],
            AmbiguousOffset::Fold { before, after } => [at(before), at(after)],
        }
    }

    /// The first moment at which this zone's clocks show `local`; none in a gap.
    pub(crate) fn first_moment(&self, local: i64) -> Option<Millis> {
        self.moments(local)[0]
    }

    fn ambiguous(&self, local: i64) -> AmbiguousOffset {
        let wall = Offset::UTC.to_datetime(Millis(local).timestamp());
        self.0.to_ambiguous_timestamp(wall).offset()
    }
}

impl Default for TimeZone {
    fn default() -> Self {
        Self::UTC
    }
}

impl std::fmt::Display for TimeZone {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl std::str::FromStr for TimeZone {
    type Err = InvalidTimeZone;
    fn from_str(text: &str) -> Result<Self, InvalidTimeZone> {
        Self::parse(text)
    }
}

impl Serialize for TimeZone {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for TimeZone {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

impl schemars::JsonSchema for TimeZone {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "TimeZone".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "maxLength": 60, "description": "IANA time zone, such as Europe/Berlin." })
    }
}

/// The local calendar day at `now`, in days since 1970-01-01.
#[must_use]
pub fn day_of(zone: &TimeZone, now: Millis) -> i64 {
    zone.local(now).div_euclid(DAY)
}

/// The first moment of local calendar day `day` (days since 1970-01-01): midnight, or where the clocks skip midnight, what
/// they show next.
#[must_use]
pub fn day_start(zone: &TimeZone, day: i64) -> Millis {
    let local = day.saturating_mul(DAY);
    if let [Some(first), _] = zone.moments(local) {
        return first;
    }
    let AmbiguousOffset::Gap { before, .. } = zone.ambiguous(local) else {
        return Millis(local);
    };
    // Read with the offset from before the gap, midnight falls on or after the change of clocks.
    let after = Millis(local - i64::from(before.seconds()) * 1_000);
    zone.0.preceding(after.plus(1).timestamp()).next().map_or(after, |change| change.timestamp().into())
}

/// A day of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum Weekday {
    /// Monday.
    Mon,
    /// Tuesday.
    Tue,
    /// Wednesday.
    Wed,
    /// Thursday.
    Thu,
    /// Friday.
    Fri,
    /// Saturday.
    Sat,
    /// Sunday.
    Sun,
}

impl Weekday {
    /// Monday to Sunday.
    pub const ALL: [Self; 7] = [Self::Mon, Self::Tue, Self::Wed, Self::Thu, Self::Fri, Self::Sat, Self::Sun];

    /// Its name in JSON: three lower-case letters.
    #[must_use]
    pub const fn name(self) -> &'static str {
        ["mon", "tue", "wed", "thu", "fri", "sat", "sun"][self as usize]
    }

    /// The weekday of a day counted from 1970-01-01, a Thursday.
    #[must_use]
    pub fn of_day(day: i64) -> Self {
        let index = usize::try_from((day + 3).rem_euclid(7)).unwrap_or(0);
        Self::ALL[index]
    }
}

/// Why a send window can't be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidWindow {
    /// No weekday at all.
    #[error("a send window needs at least one day")]
    NoDays,
    /// It would never, or always, be open.
    #[error("a send window can't begin and end at the same time; from 00:00 to 24:00 is all day")]
    Empty,
    /// A time that is not one.
    #[error("\"{0}\" is not a time of day: write hours and minutes, from 00:00 to 24:00 (24:00 only as an end)")]
    Time(String),
}

/// Weekly hours on the recipient's clocks. In JSON `{"days": ["mon", "tue"], "from": "09:00", "to": "17:00"}`.
///
/// It is open while a local clock shows a time from `from` up to, not including, `to`. When `to` is the earlier one the
/// window runs over midnight and belongs to the day it begins on. What the clocks skip when they change is not open; what
/// they show twice is open twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct SendWindow {
    /// One bit a weekday, Monday lowest; never 0.
    days: u8,
    /// Minute of the day, 0 to 1439.
    from: u16,
    /// Minute of the day, 0 to 1440; never equal to `from`.
    to: u16,
}

impl Default for SendWindow {
    fn default() -> Self {
        Self { days: 0b001_1111, from: 9 * 60, to: 17 * 60 }
    }
}

impl SendWindow {
    /// Open on these days, from minute of the day `from` (0 to 1439) up to, not including, `to` (0 to 1440).
    ///
    /// # Errors
    /// When there is no day, a minute is out of range, or the two are equal.
    pub fn new(days: &[Weekday], from: u16, to: u16) -> Result<Self, InvalidWindow> {
        if days.is_empty() {
            return Err(InvalidWindow::NoDays);
        }
        if from >= DAY_MINUTES {
            return Err(InvalidWindow::Time(clock_text(from)));
        }
        if to > DAY_MINUTES {
            return Err(InvalidWindow::Time(clock_text(to)));
        }
        if from == to || (from == 0 && to == 0) {
            return Err(InvalidWindow::Empty);
        }
        Ok(Self { days: days.iter().fold(0, |bits, day| bits | (1 << *day as u8)), from, to })
    }

    /// Never closed.
    #[must_use]
    pub const fn always() -> Self {
        Self { days: 0b111_1111, from: 0, to: DAY_MINUTES }
    }

    /// The days it begins on, Monday first.
    pub fn days(&self) -> impl Iterator<Item = Weekday> + use<> {
        let days = self.days;
        Weekday::ALL.into_iter().filter(move |day| days & (1 << *day as u8) != 0)
    }

    /// The minutes of the day at which it begins and ends.
    #[must_use]
    pub const fn minutes(&self) -> (u16, u16) {
        (self.from, self.to)
    }

    fn has(&self, day: i64) -> bool {
        self.days & (1 << Weekday::of_day(day) as u8) != 0
    }

    fn is_open_at_local(&self, local: i64) -> bool {
        let day = local.div_euclid(DAY);
        let minute = local.rem_euclid(DAY).div_euclid(MINUTE);
        let (from, to) = (i64::from(self.from), i64::from(self.to));
        if from < to {
            return self.has(day) && (from..to).contains(&minute);
        }
        (minute >= from && self.has(day)) || (minute < to && self.has(day - 1))
    }

    /// Whether it is open at `now` for someone in `zone`.
    #[must_use]
    pub fn is_open(&self, zone: &TimeZone, now: Millis) -> bool {
        *self == Self::always() || self.is_open_at_local(zone.local(now))
    }

    /// The first open moment at or after `now`: `now` itself while it is open.
    #[must_use]
    pub fn next_open(&self, zone: &TimeZone, now: Millis) -> Millis {
        if self.is_open(zone, now) {
            return now;
        }
        let today = day_of(zone, now);
        let found = (today - 1..today + SEARCH_DAYS).filter(|day| self.has(*day)).find_map(|day| {
            let opening = day * DAY + i64::from(self.from) * MINUTE;
            zone.moments(opening).into_iter().flatten().find(|moment| *moment > now)
        });
        let limit = found.unwrap_or(Millis(now.0.saturating_add(SEARCH_DAYS * DAY)));
        // A change of clocks can also land inside the window without passing its beginning.
        let changes = zone.0.following(now.timestamp()).map(|change| Millis::from(change.timestamp()));
        let landing = changes.take_while(|change| *change < limit).find(|change| self.is_open(zone, *change));
        // Without either there is no opening within reach: hold to the end of time rather than send outside the window.
        landing.or(found).unwrap_or(Millis(Timestamp::MAX.as_millisecond()))
    }

    /// For how long it is open between two moments for someone in `zone`, in milliseconds, a change of clocks between them left
    /// out of account.
    #[must_use]
    pub fn open_between(&self, zone: &TimeZone, from: Millis, until: Millis) -> i64 {
        let (begin, end) = (zone.local(from), zone.local(from) + (until.0 - from.0));
        let (opens, closes) = (i64::from(self.from), i64::from(self.to));
        let length = if opens < closes { closes - opens } else { closes + i64::from(DAY_MINUTES) - opens };
        (begin.div_euclid(DAY) - 1..=end.div_euclid(DAY))
            .filter(|day| self.has(*day))
            .map(|day| {
                let open = day * DAY + opens * MINUTE;
                ((open + length * MINUTE).min(end) - open.max(begin)).max(0)
            })
            .sum()
    }

    /// The first open moment at or after `now` that is not before calendar day `day` of `day_zone`: where an identity's day
    /// is full, the recipient's hours on a later day.
    #[must_use]
    pub fn next_open_on_or_after_day(&self, zone: &TimeZone, now: Millis, day_zone: &TimeZone, day: i64) -> Millis {
        self.next_open(zone, now.max(day_start(day_zone, day)))
    }
}

/// The JSON form of [`SendWindow`].
#[derive(Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
struct Written {
    /// Days it begins on; monday to friday when left out.
    #[serde(default = "working_days")]
    #[schemars(length(min = 1))]
    days: Vec<Weekday>,
    /// Local time it opens, such as 09:00.
    #[serde(default = "nine")]
    #[schemars(regex(pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]$"))]
    from: String,
    /// Local time it closes, up to 24:00; one before `from` is on the next day.
    #[serde(default = "five")]
    #[schemars(regex(pattern = "^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$"))]
    to: String,
}

fn working_days() -> Vec<Weekday> {
    SendWindow::default().days().collect()
}

fn nine() -> String {
    clock_text(SendWindow::default().from)
}

fn five() -> String {
    clock_text(SendWindow::default().to)
}

fn clock_text(minute: u16) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

fn clock_minute(text: &str) -> Result<u16, InvalidWindow> {
    let refuse = || InvalidWindow::Time(text.chars().take(20).collect());
    let (hours, minutes) = text.split_once(':').ok_or_else(refuse)?;
    let number =
        |part: &str| part.parse::<u16>().ok().filter(|_| part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit()));
    match (number(hours), number(minutes)) {
        (Some(hours @ 0..=23), Some(minutes @ 0..=59)) => Ok(hours * 60 + minutes),
        (Some(24), Some(0)) => Ok(DAY_MINUTES),
        _ => Err(refuse()),
    }
}

impl TryFrom<Written> for SendWindow {
    type Error = InvalidWindow;
    fn try_from(written: Written) -> Result<Self, InvalidWindow> {
        Self::new(&written.days, clock_minute(&written.from)?, clock_minute(&written.to)?)
    }
}

impl From<SendWindow> for Written {
    fn from(window: SendWindow) -> Self {
        Self { days: window.days().collect(), from: clock_text(window.from), to: clock_text(window.to) }
    }
}

impl schemars::JsonSchema for SendWindow {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "SendWindow".into()
    }
    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        Written::json_schema(generator)
    }
}

#[cfg(test)]
#[path = "window_tests.rs"]
mod tests;
