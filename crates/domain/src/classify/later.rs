//! Reads the day after which somebody may be asked again: "in March", "in zwei Wochen", "next quarter", a date. Guesses none.

use jiff::civil::Date;
use jiff::{Span, ToSpan};

use super::away::{day_at, month_of};
use crate::time::{DAY, Millis};
use crate::words::{fold, words};

/// Words, folded, before a day or a month from which somebody may be asked again.
const BEFORE: &[&str] = &[
    "in",
    "im",
    "until",
    "till",
    "after",
    "from",
    "on",
    "around",
    "by",
    "early",
    "mid",
    "anfang",
    "mitte",
    "ab",
    "nach",
    "bis",
    "zum",
    "am",
    "of",
    "again",
    "back",
    "late",
    "towards",
    "next",
    "nachsten",
    "ende",
    "end",
    "beginning",
    "seit",
    "vor",
];

/// Midnight UTC of the day a text names for another time, judged by when it was sent; the earliest of those it names.
pub(super) fn named_day(text: &str, sent: Millis) -> Option<Millis> {
    let today = sent.timestamp().to_zoned(jiff::tz::TimeZone::UTC).date();
    let spoken = words(text);
    let spans =
        (0..spoken.len()).filter_map(|at| span_at(&spoken[at..])).filter_map(|span| today.checked_add(span).ok());
    let turns = (0..spoken.len()).filter_map(|at| turn_at(&spoken[at..], today));
    let months = (1..spoken.len()).filter_map(|at| month_at(&spoken, at, today));
    // A whole date says more than the month in it.
    let whole = dates(text, today).filter(|day| *day > today).min();
    let day = whole.or_else(|| spans.chain(turns).chain(months).filter(|day| *day > today).min())?;
    let moment = Millis::from(day.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp());
    // More than thirteen months ahead is a misreading.
    (moment.0 <= sent.0 + 400 * DAY).then_some(moment)
}

/// Whole dates behind one of the words.
fn dates(text: &str, today: Date) -> impl Iterator<Item = Date> + use<> {
    let folded = fold(text).replace('\n', " ");
    let mut found = Vec::new();
    for word in BEFORE {
        for (at, _) in folded.match_indices(word) {
            let starts = folded[..at].chars().next_back().is_none_or(|c| !c.is_alphanumeric());
            let rest = &folded[at + word.len()..];
            if starts && rest.starts_with(' ') {
                found.extend(day_at(rest, today));
            }
        }
    }
    found.into_iter()
}

/// "in two weeks", "in 3 Monaten", "in a month".
fn span_at(words: &[String]) -> Option<Span> {
    let [before, count, unit, ..] = words else { return None };
    if !matches!(before.as_str(), "in" | "within" | "after" | "nach" | "for" | "another") {
        return None;
    }
    let count = match count.as_str() {
        "a" | "an" | "one" | "einem" | "einer" | "ein" | "eine" => 1,
        "two" | "zwei" => 2,
        "three" | "drei" => 3,
        "four" | "vier" => 4,
        "five" | "funf" => 5,
        "six" | "sechs" => 6,
        "eight" | "acht" => 8,
        "nine" | "neun" => 9,
        "ten" | "zehn" => 10,
        "twelve" | "zwolf" => 12,
        digits => digits.parse::<i64>().ok().filter(|count| (1..=400).contains(count))?,
    };
    Some(match unit.as_str() {
        "day" | "days" | "tag" | "tagen" | "tage" => count.days(),
        "week" | "weeks" | "woche" | "wochen" => count.weeks(),
        "month" | "months" | "monat" | "monaten" | "monate" => count.months(),
        "year" | "years" | "jahr" | "jahren" | "jahre" => count.years(),
        _ => return None,
    })
}

/// "next week", "nächstes Quartal", "Q2", "im neuen Jahr".
fn turn_at(words: &[String], today: Date) -> Option<Date> {
    let first = words.first()?.as_str();
    if let Some(quarter) =
        first.strip_prefix('q').and_then(|digit| digit.parse::<i8>().ok()).filter(|q| (1..=4).contains(q))
    {
        let year = words.get(1).and_then(|year| year.parse::<i16>().ok()).filter(|year| (2000..2200).contains(year));
        return first_of(quarter * 3 - 2, year, today);
    }
    let unit = words.get(1)?.as_str();
    let comes = matches!(
        first,
        "next"
            | "coming"
            | "following"
            | "nachste"
            | "nachsten"
            | "nachstes"
            | "nachster"
            | "kommende"
            | "kommenden"
            | "kommendes"
            | "naechste"
            | "naechsten"
            | "naechstes"
            | "new"
            | "neuen"
            | "neues"
    );
    if !comes {
        return None;
    }
    match unit {
        "week" | "woche" => today.nth_weekday(1, jiff::civil::Weekday::Monday).ok(),
        "month" | "monat" => today.first_of_month().checked_add(1.month()).ok(),
        "quarter" | "quartal" => {
            let ahead = 3 - i64::from((today.month() - 1) % 3);
            today.first_of_month().checked_add(ahead.months()).ok()
        }
        "year" | "jahr" | "jahres" => Date::new(today.year() + 1, 1, 1).ok(),
        _ => None,
    }
}

/// "in March", "after June", "im Februar 2027": its first day, or that of the month after where it is to be over.
fn month_at(words: &[String], at: usize, today: Date) -> Option<Date> {
    let month = month_of(&words[at]).and_then(|month| i8::try_from(month).ok())?;
    let before = words[at - 1].as_str();
    if !BEFORE.contains(&before) {
        return None;
    }
    let year = words.get(at + 1).and_then(|year| year.parse::<i16>().ok()).filter(|year| (2000..2200).contains(year));
    let first = first_of(month, year, today)?;
    match before {
        "after" | "nach" | "ende" | "end" | "late" => first.checked_add(1.month()).ok(),
        _ => Some(first),
    }
}

/// The first day of a month: of that year, else of the next one that is to come.
fn first_of(month: i8, year: Option<i16>, today: Date) -> Option<Date> {
    let year = year.unwrap_or_else(|| if month > today.month() { today.year() } else { today.year() + 1 });
    Date::new(year, month, 1).ok()
}
