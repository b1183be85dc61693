//! An answer of a wanted kind: what a question expects, and what a text gives of it. Fills no variable itself.

use jiff::civil::Date;

use super::choice::choice;
use super::contact::{email, name, phone};
use super::dates::day;
use super::numbers::{Numbers, number};
use super::times::time;
use super::yes_no::{Verdict, is_bare, verdict};
use crate::template::{OutputVariable, TextFormat, VariableType};
use crate::value::Value;

/// What a text gives as an answer.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Answer {
    /// A value of the wanted type.
    Value(Value),
    /// No, or none, where something else than yes or no was asked.
    Nothing,
    /// "I don't know."
    Unsure,
    /// Of the kind but not to be taken: the name of a phrase that says why.
    Unfit(&'static str),
    /// Nothing of the kind.
    Unclear,
}

/// Longest text kept of an answer in the callee's own words, in characters.
const LONGEST: usize = 300;

/// What `text` gives for a question whose answer fills `variable`, or is yes or no where there is none.
pub(crate) fn answer(text: &str, variable: Option<&OutputVariable>, today: Date) -> Answer {
    let Some(variable) = variable else {
        return yes_or_no(text);
    };
    let found = match variable.kind {
        VariableType::Boolean => return yes_or_no(text),
        VariableType::Number => match number(text) {
            Numbers::One(value) if is_within(value, variable) => Answer::Value(Value::Number(value)),
            Numbers::One(_) => Answer::Unfit("number_out_of_range"),
            Numbers::Several => Answer::Unfit("one_number"),
            Numbers::None => Answer::Unclear,
        },
        VariableType::Date => match day(text, today, variable.past) {
            Some(day) if variable.future && day < today => Answer::Unfit("day_is_past"),
            Some(day) if variable.past && day > today => Answer::Unfit("day_is_ahead"),
            Some(day) => Answer::Value(Value::Date(day)),
            None => Answer::Unclear,
        },
        VariableType::Enum => {
            choice(text, &variable.options).map_or(Answer::Unclear, |value| Answer::Value(Value::Text(value)))
        }
        VariableType::String => match variable.format {
            TextFormat::Text => own_words(text),
            TextFormat::Name => text_or_unclear(name(text).filter(|_| !is_bare(text))),
            TextFormat::Email => text_or_unclear(email(text)),
            TextFormat::Phone => text_or_unclear(phone(text)),
            TextFormat::Time => text_or_unclear(time(text, true)),
        },
    };
    if found != Answer::Unclear {
        return found;
    }
    match verdict(text) {
        Some(Verdict::Unsure) => Answer::Unsure,
        Some(Verdict::No) => Answer::Nothing,
        _ => Answer::Unclear,
    }
}

fn yes_or_no(text: &str) -> Answer {
    match verdict(text) {
        Some(Verdict::Yes) => Answer::Value(Value::Boolean(true)),
        Some(Verdict::No) => Answer::Value(Value::Boolean(false)),
        Some(Verdict::Unsure) => Answer::Unsure,
        None => Answer::Unclear,
    }
}

fn text_or_unclear(text: Option<String>) -> Answer {
    text.map_or(Answer::Unclear, |text| Answer::Value(Value::Text(text)))
}

fn own_words(text: &str) -> Answer {
    let line: String = text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(LONGEST).collect();
    if !line.chars().any(char::is_alphanumeric) {
        return Answer::Unclear;
    }
    if is_bare(text)
        || matches!(line.to_lowercase().trim_end_matches(['.', '!']), "nothing" | "none" | "no one" | "nobody")
    {
        return match verdict(text) {
            Some(Verdict::Unsure) => Answer::Unsure,
            // "Is there anything you would change?" "Yes."
            Some(Verdict::Yes) => Answer::Unfit("go_ahead"),
            _ => Answer::Nothing,
        };
    }
    match verdict(text) {
        Some(Verdict::Unsure) if line.split(' ').count() <= 5 => Answer::Unsure,
        _ => Answer::Value(Value::Text(line)),
    }
}

fn is_within(value: f64, variable: &OutputVariable) -> bool {
    variable.min.is_none_or(|min| value >= min) && variable.max.is_none_or(|max| value <= max)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::{Answer, answer};
    use crate::template::{OutputVariable, TextFormat, VariableType};
    use crate::value::Value;

    fn variable(kind: VariableType) -> OutputVariable {
        OutputVariable {
            name: "x".to_owned(),
            kind,
            description: String::new(),
            question: None,
            options: Vec::new(),
            format: TextFormat::Text,
            min: Some(0.0),
            max: Some(10.0),
            future: true,
            past: false,
        }
    }

    #[test]
    fn answers_are_of_the_wanted_type_or_none() {
        let today = date(2026, 7, 29);
        let text = |text: &str| Answer::Value(Value::Text(text.to_owned()));
        let kind = variable;
        for (said, variable, expected) in [
            ("nine", kind(VariableType::Number), Answer::Value(Value::Number(9.0))),
            ("eleven", kind(VariableType::Number), Answer::Unfit("number_out_of_range")),
            ("five or six", kind(VariableType::Number), Answer::Unfit("one_number")),
            ("I don't know", kind(VariableType::Number), Answer::Unsure),
            ("I'd rather not say", kind(VariableType::Number), Answer::Nothing),
            ("bananas", kind(VariableType::Number), Answer::Unclear),
            ("2020-01-01", kind(VariableType::Date), Answer::Unfit("day_is_past")),
            ("tomorrow", kind(VariableType::Date), Answer::Value(Value::Date(date(2026, 7, 30)))),
            ("The support is slow.", kind(VariableType::String), text("The support is slow.")),
            ("No, nothing", kind(VariableType::String), Answer::Nothing),
            ("I don't really know", kind(VariableType::String), Answer::Unsure),
            ("yes", kind(VariableType::Boolean), Answer::Value(Value::Boolean(true))),
            ("Tuesday", kind(VariableType::Boolean), Answer::Unclear),
        ] {
            assert_eq!(answer(said, Some(&variable), today), expected, "{said}");
        }
    }
}
