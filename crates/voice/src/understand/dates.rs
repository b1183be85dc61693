//! Days as people name them in English, counted from a day that is passed in. Guesses no order of day and month.

use jiff::ToSpan;
use jiff::civil::{Date, Weekday};

use super::numbers::number_at;
use super::{is_taken_back, tokens};

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

const ORDINALS: [&str; 19] = [
    "first",
    "second",
    "third",
    "fourth",
    "fifth",
    "sixth",
    "seventh",
    "eighth",
    "ninth",
    "tenth",
    "eleventh",
    "twelfth",
    "thirteenth",
    "fourteenth",
    "fifteenth",
    "sixteenth",
    "seventeenth",
    "eighteenth",
    "nineteenth",
];

/// Between two days, these say that the second is meant.
const MIND_CHANGES: [&str; 7] = ["rather", "actually", "mean", "no", "wait", "instead", "sorry"];

/// Reads a day that begins at a token: the day, and the token after it.
type Reader = fn(&[String], usize, Side) -> Option<(Date, usize)>;

/// Where days are counted from, and to which side.
#[derive(Clone, Copy)]
struct Side {
    today: Date,
    past: bool,
}

/// The first day a text names, and does not take back. `past`: a day without a year or week is the last such day, not the next.
pub(crate) fn day(text: &str, today: Date, past: bool) -> Option<Date> {
    let side = Side { today, past };
    let tokens = tokens(text);
    let find = |read: Reader| {
        let mut found: Option<(Date, usize)> = None;
        for at in 0..tokens.len() {
            let Some((day, next)) = read(&tokens, at, side).filter(|(_, next)| !is_taken_back(&tokens, at, *next))
            else {
                continue;
            };
            let changes_mind =
                |since: usize| tokens[since.min(at)..at].iter().any(|token| MIND_CHANGES.contains(&token.as_str()));
            if found.is_none_or(|(_, since)| changes_mind(since)) {
                found = Some((day, next));
            }
        }
        found.map(|(day, _)| day)
    };
    // "Tuesday, 24 November" means the 24th, so the exact forms come first.
    find(exact).or_else(|| find(distance)).or_else(|| find(named)).or_else(|| find(day_of_month))
}

/// `2026-11-24`, `24 November`, `November the 24th`, `twenty-fourth of November`, `24/11`.
fn exact(tokens: &[String], at: usize, side: Side) -> Option<(Date, usize)> {
    let token = tokens[at].as_str();
    let numbers: Vec<i16> = token.split(['-', '/', '.']).map_while(|part| part.parse().ok()).collect();
    if numbers.len() == token.split(['-', '/', '.']).count() {
        match numbers.as_slice() {
            [year, month, day] if *year > 1_000 => return Some((date(*year, *month, *day)?, at + 1)),
            // Only when one of the two can't be a month is their order plain.
            [a, b] if token.contains('/') && (*a > 12 || a == b) => return Some((nearest(*b, *a, side)?, at + 1)),
            [a, b] if token.contains('/') && *b > 12 => return Some((nearest(*a, *b, side)?, at + 1)),
            [day, month, year] if token.contains('.') || *day > 12 => {
                return Some((date(if *year < 100 { year + 2_000 } else { *year }, *month, *day)?, at + 1));
            }
            _ => {}
        }
    }
    if let Some(month) = month(token) {
        let after = if tokens.get(at + 1).is_some_and(|token| token == "the") { at + 2 } else { at + 1 };
        let (day, next) = ordinal(tokens, after)?;
        return with_year(tokens, next, month, day, side);
    }
    let (day, next) = ordinal(tokens, at)?;
    let of = if tokens.get(next).is_some_and(|token| token == "of") { next + 1 } else { next };
    let month = month(tokens.get(of)?)?;
    with_year(tokens, of + 1, month, day, side)
}

fn with_year(tokens: &[String], next: usize, month: i16, day: i16, side: Side) -> Option<(Date, usize)> {
    let year =
        tokens.get(next).and_then(|token| token.parse::<i16>().ok()).filter(|year| (1_900..2_200).contains(year));
    match year {
        Some(year) => Some((date(year, month, day)?, next + 1)),
        None => Some((nearest(month, day, side)?, next)),
    }
}

/// `in three days`, `two weeks from now`, `in a month`.
fn distance(tokens: &[String], at: usize, side: Side) -> Option<(Date, usize)> {
    let begins = tokens[at] == "in";
    let from = if begins { at + 1 } else { at };
    let (count, unit) = match tokens.get(from)?.as_str() {
        "a" | "an" if tokens.get(from + 1).is_some_and(|token| token != "couple" && token != "few") => (1.0, from + 1),
        _ => number_at(tokens, from)?,
    };
    let unit_at = if tokens.get(unit).is_some_and(|token| token == "of") { unit + 1 } else { unit };
    let unit = match tokens.get(unit_at)?.as_str() {
        "day" | "days" => 1.days(),
        "week" | "weeks" => 7.days(),
        "fortnight" => 14.days(),
        "month" | "months" => 1.months(),
        _ => return None,
    };
    let ago = tokens.get(unit_at + 1).is_some_and(|token| token == "ago");
    let ends = tokens.get(unit_at + 1).is_some_and(|token| token == "from")
        && tokens.get(unit_at + 2).is_some_and(|token| matches!(token.as_str(), "now" | "today"));
    if !(begins || ends || ago) || count.fract() != 0.0 || !(0.0..=400.0).contains(&count) {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, reason = "a whole number up to 400, see above")]
    let whole = count as i64;
    let span = unit.checked_mul(if ago { -whole } else { whole }).ok()?;
    let day = side.today.checked_add(span).ok()?;
    Some((
        day,
        unit_at
            + if ends {
                3
            } else if ago {
                2
            } else {
                1
            },
    ))
}

/// `today`, `day after tomorrow`, `Friday`, `this Friday`, `next Friday` (the one of next week).
fn named(tokens: &[String], at: usize, side: Side) -> Option<(Date, usize)> {
    let before = |back: usize| at.checked_sub(back).map_or("", |place| tokens[place].as_str());
    let days = match tokens[at].as_str() {
        "today" | "tonight" => 0,
        "tomorrow" if before(1) == "after" && before(2) == "day" => 2,
        "tomorrow" => 1,
        "yesterday" if before(1) == "before" && before(2) == "day" => -2,
        "yesterday" => -1,
        name => {
            let (wanted, this) = (weekday(name)?.to_monday_zero_offset(), side.today.weekday().to_monday_zero_offset());
            let until = i64::from((wanted - this).rem_euclid(7));
            match before(1) {
                "every" => return None,
                "last" | "past" => {
                    if until == 0 {
                        -7
                    } else {
                        until - 7
                    }
                }
                "next" => i64::from(7 - this + wanted),
                "this" => until,
                _ if side.past => {
                    if until == 0 {
                        0
                    } else {
                        until - 7
                    }
                }
                _ if until == 0 => 7,
                _ => until,
            }
        }
    };
    Some((side.today.checked_add(days.days()).ok()?, at + 1))
}

/// `the 24th`, `the fifth`: the next day of that number.
fn day_of_month(tokens: &[String], at: usize, side: Side) -> Option<(Date, usize)> {
    if tokens[at] != "the" {
        return None;
    }
    let token = tokens.get(at + 1)?;
    if token.chars().all(|c| c.is_ascii_digit()) {
        return None;
    }
    let (day, next) = ordinal(tokens, at + 1)?;
    // "the second one" counts things, not days.
    if tokens
        .get(next)
        .is_some_and(|token| matches!(token.as_str(), "one" | "option" | "choice" | "time" | "half" | "day" | "week"))
    {
        return None;
    }
    let mut month = side.today.first_of_month();
    for _ in 0..3 {
        let fits = |day: &Date| if side.past { *day <= side.today } else { *day >= side.today };
        if let Some(day) = date(month.year(), i16::from(month.month()), day).filter(fits) {
            return Some((day, next));
        }
        month = month.checked_add(if side.past { -1.month() } else { 1.month() }).ok()?;
    }
    None
}

/// `24`, `24th`, `fifth`, `twenty fourth`, as a day of a month.
fn ordinal(tokens: &[String], at: usize) -> Option<(i16, usize)> {
    let one = |token: &str| {
        let digits = token.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        if !digits.is_empty() && matches!(&token[digits.len()..], "" | "st" | "nd" | "rd" | "th") {
            return digits.parse::<i16>().ok();
        }
        ORDINALS.iter().position(|name| *name == token).and_then(|place| i16::try_from(place + 1).ok())
    };
    let token = tokens.get(at)?.as_str();
    let (tens, rest) = match token.split_once('-') {
        Some((tens, rest)) => (tens, Some(rest)),
        None => (token, None),
    };
    let found = match tens {
        "twentieth" => Some((20, at + 1)),
        "thirtieth" => Some((30, at + 1)),
        "twenty" | "thirty" => {
            let base = if tens == "twenty" { 20 } else { 30 };
            match rest {
                Some(rest) => one(rest).map(|ones| (base + ones, at + 1)),
                None => tokens
                    .get(at + 1)
                    .and_then(|next| one(next))
                    .filter(|ones| *ones < 10)
                    .map(|ones| (base + ones, at + 2)),
            }
        }
        _ => one(token).map(|day| (day, at + 1)),
    };
    found.filter(|(day, _)| (1..=31).contains(day))
}

fn month(token: &str) -> Option<i16> {
    let at = MONTHS.iter().position(|name| {
        *name == token || (token.len() >= 3 && token != "mar" && name.starts_with(token) && token.len() <= 4)
    });
    at.and_then(|at| i16::try_from(at + 1).ok())
}

fn weekday(token: &str) -> Option<Weekday> {
    Some(match token.trim_end_matches('s') {
        "monday" | "mon" => Weekday::Monday,
        "tuesday" | "tue" => Weekday::Tuesday,
        "wednesday" | "wedne" | "weds" | "wed" => Weekday::Wednesday,
        "thursday" | "thur" | "thu" => Weekday::Thursday,
        "friday" | "fri" => Weekday::Friday,
        "saturday" => Weekday::Saturday,
        "sunday" => Weekday::Sunday,
        _ => return None,
    })
}

/// The next such day from today on, or the last one.
fn nearest(month: i16, day: i16, side: Side) -> Option<Date> {
    let today = side.today;
    let this_year = date(today.year(), month, day);
    if side.past {
        return this_year.filter(|day| *day <= today).or_else(|| date(today.year() - 1, month, day));
    }
    this_year.filter(|day| *day >= today).or_else(|| date(today.year() + 1, month, day))
}

fn date(year: i16, month: i16, day: i16) -> Option<Date> {
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::day;

    #[test]
    fn days_are_counted_from_today() {
        // A Wednesday.
        let today = date(2026, 7, 29);
        for (text, expected) in [
            ("today", date(2026, 7, 29)),
            ("How about tomorrow?", date(2026, 7, 30)),
            ("the day after tomorrow", date(2026, 7, 31)),
            ("Friday works", date(2026, 7, 31)),
            ("Friday or Monday", date(2026, 7, 31)),
            ("Friday, or rather Monday", date(2026, 8, 3)),
            ("Monday", date(2026, 8, 3)),
            ("on Wednesday", date(2026, 8, 5)),
            ("this Friday", date(2026, 7, 31)),
            ("next Friday", date(2026, 8, 7)),
            ("next Monday please", date(2026, 8, 3)),
            ("not Tuesday, Thursday is better", date(2026, 7, 30)),
            ("Friday doesn't work, what about Monday", date(2026, 8, 3)),
            ("in three days", date(2026, 8, 1)),
            ("in two weeks", date(2026, 8, 12)),
            ("a week from now", date(2026, 8, 5)),
            ("in a month", date(2026, 8, 29)),
            ("Tuesday, 24 November", date(2026, 11, 24)),
            ("the 24th of November", date(2026, 11, 24)),
            ("November 24th", date(2026, 11, 24)),
            ("November the 24th, 2027", date(2027, 11, 24)),
            ("the twenty fourth of november", date(2026, 11, 24)),
            ("the fifth of March", date(2027, 3, 5)),
            ("24/11", date(2026, 11, 24)),
            ("11/24", date(2026, 11, 24)),
            ("2026-12-01", date(2026, 12, 1)),
            ("01.12.2026", date(2026, 12, 1)),
            ("the 5th", date(2026, 8, 5)),
            ("on the thirty-first", date(2026, 7, 31)),
            ("may 3rd", date(2027, 5, 3)),
        ] {
            assert_eq!(day(text, today, false), Some(expected), "{text}");
        }
        for text in [
            "next week",
            "5",
            "maybe",
            "it may be",
            "5/6",
            "sometime",
            "in a minute",
            "the second one",
            "February 30th",
            "",
            "we have three offices",
            "every Monday",
        ] {
            assert_eq!(day(text, today, false), None, "{text}");
        }
    }

    #[test]
    fn days_in_the_past_are_the_last_ones() {
        let today = date(2026, 7, 29);
        for (text, expected) in [
            ("last Friday", date(2026, 7, 24)),
            ("on Friday", date(2026, 7, 24)),
            ("yesterday", date(2026, 7, 28)),
            ("three days ago", date(2026, 7, 26)),
            ("a week ago", date(2026, 7, 22)),
            ("the first of July", date(2026, 7, 1)),
            ("November 24th", date(2025, 11, 24)),
            ("on the 31st", date(2026, 5, 31)),
        ] {
            assert_eq!(day(text, today, true), Some(expected), "{text}");
        }
    }
}
