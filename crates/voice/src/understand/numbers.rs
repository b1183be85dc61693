//! Numbers in digits and in English words. Knows no unit and no variable.

use super::tokens;

/// What numbers a text has.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Numbers {
    /// None.
    None,
    /// One that is meant.
    One(f64),
    /// Several, or a span such as "ten to fifteen".
    Several,
}

/// The number a text gives.
pub(crate) fn number(text: &str) -> Numbers {
    let text = text.replace(['–', '—'], "-");
    let tokens: Vec<String> = tokens(&text)
        .into_iter()
        .flat_map(|token| {
            let parts: Vec<String> = token.split('-').filter(|part| !part.is_empty()).map(str::to_owned).collect();
            // `10-15` is a span and keeps a word between, `twenty-five` is one number.
            if parts.len() == 2 && parts.iter().all(|part| part.starts_with(|c: char| c.is_ascii_digit())) {
                vec![parts[0].clone(), "to".to_owned(), parts[1].clone()]
            } else {
                parts
            }
        })
        .collect();
    let mut found: Vec<f64> = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let Some((value, next)) = number_at(&tokens, at) else {
            at += 1;
            continue;
        };
        // "8 out of 10": the second is the scale.
        let is_scale = !found.is_empty()
            && (tokens[..at].ends_with(&["out".to_owned(), "of".to_owned()])
                || tokens[..at].ends_with(&["of".to_owned()]));
        if !is_scale && !found.iter().any(|other| (other - value).abs() < f64::EPSILON) {
            found.push(value);
        }
        at = next;
    }
    match found.as_slice() {
        [] if tokens.windows(2).any(|pair| pair[0] == "no" && pair[1] == "one") => Numbers::One(0.0),
        [] if tokens.iter().any(|token| matches!(token.as_str(), "none" | "nobody" | "nothing")) => Numbers::One(0.0),
        [] => Numbers::None,
        [one] => Numbers::One(*one),
        _ => Numbers::Several,
    }
}

/// The number that begins at a token, and the token after it.
pub(crate) fn number_at(tokens: &[String], at: usize) -> Option<(f64, usize)> {
    if tokens.get(at)? == "minus" {
        return number_at(tokens, at + 1).map(|(value, next)| (-value, next));
    }
    if let Some(value) = digits(&tokens[at]) {
        return Some(match tokens.get(at + 1).and_then(|token| multiplier(token)) {
            Some(times) => (value * times, at + 2),
            None => (value, at + 1),
        });
    }
    words_at(tokens, at)
}

/// `1,200`, `2.5`, `40%`, `$30`, `2.5k`, `1m`.
fn digits(token: &str) -> Option<f64> {
    let token = token.trim_start_matches(['$', '€', '£', '+']).trim_end_matches(['%', '€', '£', '$']);
    let out_of = token.split_once('/').map_or(token, |(first, _)| first);
    let (number, times) = match out_of.strip_suffix('k') {
        Some(rest) => (rest, 1e3),
        None => out_of.strip_suffix('m').map_or((out_of, 1.0), |rest| (rest, 1e6)),
    };
    if !number.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let groups: Vec<&str> = number.split(',').collect();
    let plain = if groups.len() > 1 && groups[1..].iter().all(|group| group.split('.').next().map_or(0, str::len) == 3)
    {
        groups.concat()
    } else {
        number.replace(',', ".")
    };
    plain.parse::<f64>().ok().filter(|value| value.is_finite()).map(|value| value * times)
}

fn multiplier(token: &str) -> Option<f64> {
    match token {
        "hundred" => Some(1e2),
        "thousand" | "grand" | "k" => Some(1e3),
        "million" | "mio" => Some(1e6),
        "billion" => Some(1e9),
        "dozen" => Some(12.0),
        _ => None,
    }
}

/// A number below a hundred in one word.
pub(crate) fn small(token: &str) -> Option<f64> {
    const ONES: [&str; 20] = [
        "zero",
        "one",
        "two",
        "three",
        "four",
        "five",
        "six",
        "seven",
        "eight",
        "nine",
        "ten",
        "eleven",
        "twelve",
        "thirteen",
        "fourteen",
        "fifteen",
        "sixteen",
        "seventeen",
        "eighteen",
        "nineteen",
    ];
    const TENS: [&str; 8] = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];
    let place = |list: &[&str]| list.iter().position(|name| *name == token).and_then(|at| u8::try_from(at).ok());
    place(&ONES).map(f64::from).or_else(|| place(&TENS).map(|at| f64::from((at + 2) * 10)))
}

fn words_at(tokens: &[String], at: usize) -> Option<(f64, usize)> {
    let mut next = at;
    let mut total = 0.0;
    let mut group: Option<f64> = None;
    // "a hundred", "a couple of".
    if matches!(tokens[at].as_str(), "a" | "an") {
        match tokens.get(at + 1).map(String::as_str) {
            Some("couple") => return Some((2.0, at + 2)),
            Some(word) if multiplier(word).is_some() && word != "k" => (group, next) = (Some(1.0), at + 1),
            _ => return None,
        }
    }
    if tokens[at] == "dozen" {
        return Some((12.0, at + 1));
    }
    while let Some(token) = tokens.get(next) {
        if let Some(value) = small(token) {
            let room = group.is_none_or(|sum| {
                sum % 100.0 == 0.0 && sum > 0.0
                    || sum % 10.0 == 0.0 && sum % 100.0 >= 20.0 && value < 10.0 && value > 0.0
            });
            if !room {
                break;
            }
            group = Some(group.unwrap_or(0.0) + value);
        } else if token == "hundred" && group.is_some() {
            group = group.map(|sum| sum * 100.0);
        } else if let Some(times) = multiplier(token).filter(|_| group.is_some()) {
            total += group.take().unwrap_or(0.0) * times;
            group = Some(0.0).filter(|_| tokens.get(next + 1).is_some_and(|token| small(token).is_some()));
            if group.is_none() {
                return Some((total, next + 1));
            }
            group = None;
        } else if token == "and"
            && group.is_some_and(|sum| sum >= 100.0)
            && tokens.get(next + 1).is_some_and(|token| small(token).is_some())
        {
            // "a hundred and fifty"
        } else if token == "point" && group.is_some() {
            let mut place = 0.1;
            let mut value = total + group.unwrap_or(0.0);
            let mut after = next + 1;
            while let Some(digit) = tokens.get(after).and_then(|token| small(token)).filter(|digit| *digit < 10.0) {
                value += digit * place;
                place /= 10.0;
                after += 1;
            }
            let times = tokens.get(after).and_then(|token| multiplier(token));
            let value = (value * 1e6).round() / 1e6;
            return Some(times.map_or((value, after), |times| (value * times, after + 1)));
        } else {
            break;
        }
        next += 1;
    }
    group.map(|sum| (total + sum, next)).or((total > 0.0).then_some((total, next)))
}

#[cfg(test)]
mod tests {
    use super::{Numbers, number};

    #[test]
    fn numbers_are_read_in_digits_and_words() {
        for (text, expected) in [
            ("8", 8.0),
            ("I'd say an 8 out of 10", 8.0),
            ("8/10", 8.0),
            ("twenty five", 25.0),
            ("twenty-five people", 25.0),
            ("about a hundred and fifty", 150.0),
            ("two hundred", 200.0),
            ("three thousand two hundred and one", 3_201.0),
            ("one point five million", 1_500_000.0),
            ("2.5k", 2_500.0),
            ("1,200", 1_200.0),
            ("2,5", 2.5),
            ("a couple", 2.0),
            ("a dozen or so", 12.0),
            ("40%", 40.0),
            ("5 thousand", 5_000.0),
            ("zero", 0.0),
            ("none", 0.0),
            ("minus five", -5.0),
            ("nineteen", 19.0),
        ] {
            assert_eq!(number(text), Numbers::One(expected), "{text}");
        }
        for text in ["ten to fifteen", "10-15", "between 10 and 15", "3 offices and 40 people", "five or six"] {
            assert_eq!(number(text), Numbers::Several, "{text}");
        }
        for text in ["", "a lot", "point taken", "and", "a few"] {
            assert_eq!(number(text), Numbers::None, "{text}");
        }
    }
}
