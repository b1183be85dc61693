//! Times of day as people say them in English. Knows no day and no zone.

use super::numbers::small;
use super::tokens;

/// The time of day a text gives: `HH:MM`, or `morning`, `afternoon` or `evening`.
///
/// A bare number after "at" is a time, and anywhere when `wanted`. Without am or pm, 1 to 6 are taken for the afternoon and 7 to 12 for the hours
/// from morning to noon: the calls are about working hours, and the agent reads the time back.
pub(crate) fn time(text: &str, wanted: bool) -> Option<String> {
    let tokens = spaced(text);
    let part = tokens.iter().find_map(|token| match token.as_str() {
        "morning" => Some("morning"),
        "afternoon" => Some("afternoon"),
        "evening" | "tonight" => Some("evening"),
        _ => None,
    });
    if tokens.iter().any(|token| matches!(token.as_str(), "noon" | "midday")) && part.is_none() {
        return Some("12:00".to_owned());
    }
    let clock = (0..tokens.len()).find_map(|at| clock_at(&tokens, at, part, wanted));
    clock.map(|(hour, minute)| format!("{hour:02}:{minute:02}")).or_else(|| part.map(str::to_owned))
}

/// Tokens with `3pm` cut in two and `p.m` made `pm`.
fn spaced(text: &str) -> Vec<String> {
    let mut spaced = Vec::new();
    for token in tokens(&text.replace("o'clock", "oclock").replace("o’clock", "oclock")) {
        let token = match token.as_str() {
            "a.m" => "am".to_owned(),
            "p.m" => "pm".to_owned(),
            _ => token,
        };
        let letters = token.trim_start_matches(|c: char| c.is_ascii_digit() || c == ':' || c == '.');
        let digits = &token[..token.len() - letters.len()];
        if !digits.is_empty() && matches!(letters, "am" | "pm" | "p.m" | "a.m" | "h" | "hrs") {
            spaced.push(digits.to_owned());
            spaced.push(letters.replace('.', ""));
        } else {
            spaced.push(token);
        }
    }
    spaced
}

fn clock_at(tokens: &[String], at: usize, part: Option<&str>, wanted: bool) -> Option<(u8, u8)> {
    let token = |place: usize| tokens.get(place).map_or("", String::as_str);
    // "half past three", "quarter to four"
    if matches!(token(at), "half" | "quarter") && matches!(token(at + 1), "past" | "to" | "after" | "before") {
        let hour = whole(token(at + 2)).filter(|hour| (1..=12).contains(hour))?;
        let minute = if token(at) == "half" { 30 } else { 15 };
        let hour = day_hour(hour, half_of(token(at + 3)), part);
        return Some(match token(at + 1) {
            "past" | "after" => (hour, minute),
            _ => (hour.checked_sub(1)?, 60 - minute),
        });
    }
    let (hour, minute, next) = if let Some((hour, minute)) = token(at).split_once([':', '.']) {
        if minute.len() != 2 {
            return None;
        }
        (hour.parse::<u8>().ok()?, minute.parse::<u8>().ok()?, at + 1)
    } else {
        let hour = whole(token(at))?;
        match whole(token(at + 1)).filter(|minute| matches!(minute, 10 | 15 | 20 | 30 | 40 | 45 | 50)) {
            Some(minute) if hour <= 12 => (hour, minute, at + 2),
            _ => (hour, 0, at + 1),
        }
    };
    if hour > 23 || minute > 59 {
        return None;
    }
    let half = half_of(token(next));
    let is_clock = token(at).contains(':')
        || half.is_some()
        || matches!(token(next), "oclock" | "h" | "hrs")
        || part.is_some() && next == at + 1
        || (at > 0 && matches!(token(at - 1), "at" | "around" | "by" | "after" | "before" | "past"))
        || next == at + 2
        || wanted && hour <= 12 && !(at > 0 && whole(token(at - 1)).is_some());
    // "at 5 people" is no time, nor is "in 2 hours", nor the day of "24 November".
    let counts_things =
        matches!(token(next), "hour" | "hours" | "minute" | "minutes" | "days" | "weeks" | "people" | "percent" | "of")
            || token(next).len() >= 3 && token(next).chars().all(|c| c.is_ascii_alphabetic()) && is_month(token(next))
            || at > 0 && (is_month(token(at - 1)) || token(at - 1) == "in");
    if !is_clock || counts_things || (hour == 0 && !token(at).contains(':')) {
        return None;
    }
    if hour > 12 || (token(at).starts_with('0') && token(at).contains(':')) {
        return Some((hour, minute));
    }
    Some((day_hour(hour, half, part), minute))
}

fn is_month(token: &str) -> bool {
    const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    token.get(..3).is_some_and(|start| MONTHS.contains(&start)) && !matches!(token, "maybe")
}

fn half_of(token: &str) -> Option<bool> {
    match token {
        "am" => Some(false),
        "pm" => Some(true),
        _ => None,
    }
}

/// An hour of a clock face on the day's scale.
fn day_hour(hour: u8, half: Option<bool>, part: Option<&str>) -> u8 {
    let afternoon = half.or(match part {
        Some("morning") => Some(false),
        Some(_) => Some(true),
        None => None,
    });
    match (hour, afternoon) {
        (12, Some(false)) => 0,
        (12, _) => 12,
        (hour, Some(true)) => hour + 12,
        (hour, Some(false)) => hour,
        (1..=6, None) => hour + 12,
        (hour, None) => hour,
    }
}

fn whole(token: &str) -> Option<u8> {
    if let Ok(number) = token.parse::<u8>() {
        return Some(number);
    }
    let value = small(token)?;
    (0..=59).find(|number| (f64::from(*number) - value).abs() < 0.5)
}

#[cfg(test)]
mod tests {
    use super::time;

    #[test]
    fn times_are_read_as_they_are_said() {
        for (text, expected) in [
            ("at 3 pm", "15:00"),
            ("3pm", "15:00"),
            ("3 p.m. please", "15:00"),
            ("at three", "15:00"),
            ("10:30", "10:30"),
            ("at 10", "10:00"),
            ("half past two", "14:30"),
            ("quarter to ten", "09:45"),
            ("quarter past nine in the morning", "09:15"),
            ("14:15", "14:15"),
            ("noon", "12:00"),
            ("in the morning", "morning"),
            ("nine in the morning", "09:00"),
            ("Tuesday afternoon", "afternoon"),
            ("eleven oclock", "11:00"),
            ("four thirty", "16:30"),
            ("12 pm", "12:00"),
            ("08:00", "08:00"),
            ("tomorrow at 4:15", "16:15"),
        ] {
            assert_eq!(time(text, false).as_deref(), Some(expected), "{text}");
        }
        assert_eq!(time("three", true).as_deref(), Some("15:00"));
        assert_eq!(time("twenty five", true), None);
        for text in ["three", "we are 5", "in 2 hours", "24 November", "November 3", "at 5 people", "maybe", "yes", ""]
        {
            assert_eq!(time(text, false), None, "{text}");
        }
    }
}
