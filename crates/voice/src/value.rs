//! A typed answer. Knows how it looks in results and how it is said; reads nothing.

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::Serialize;

use crate::template::VariableType;

/// What an output variable holds. In JSON a string, a number, a boolean, or a day as `YYYY-MM-DD`.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(untagged)]
#[schemars(inline)]
pub enum Value {
    /// Text, or one of an enum's values.
    Text(String),
    /// A finite number.
    Number(f64),
    /// Yes or no.
    Boolean(bool),
    /// A day.
    Date(#[schemars(with = "String")] Date),
}

impl Value {
    /// Whether a variable of that type may hold it.
    #[must_use]
    pub fn is(&self, kind: VariableType) -> bool {
        matches!(
            (self, kind),
            (Self::Text(_), VariableType::String | VariableType::Enum)
                | (Self::Number(_), VariableType::Number)
                | (Self::Boolean(_), VariableType::Boolean)
                | (Self::Date(_), VariableType::Date)
        )
    }

    /// As it is said on the phone: `Tuesday, 24 November`, `3:30 pm`, `yes`.
    #[must_use]
    pub fn spoken(&self) -> String {
        match self {
            Self::Text(text) => spoken_time(text).unwrap_or_else(|| text.replace('_', " ")),
            Self::Number(number) => number.to_string(),
            Self::Boolean(true) => "yes".to_owned(),
            Self::Boolean(false) => "no".to_owned(),
            Self::Date(day) => spoken_day(*day),
        }
    }
}

impl std::fmt::Display for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Number(number) => write!(f, "{number}"),
            Self::Boolean(answer) => f.write_str(if *answer { "yes" } else { "no" }),
            Self::Date(day) => write!(f, "{day}"),
        }
    }
}

/// `Tuesday, 24 November`.
pub(crate) fn spoken_day(day: Date) -> String {
    day.strftime("%A, %-d %B").to_string()
}

/// `15:30` as `3:30 pm`; none for what is no time of day.
pub(crate) fn spoken_time(text: &str) -> Option<String> {
    let (hour, minute) = text.split_once(':').filter(|(hour, minute)| hour.len() == 2 && minute.len() == 2)?;
    let (hour, minute): (u8, u8) = (hour.parse().ok()?, minute.parse().ok()?);
    if hour > 23 || minute > 59 {
        return None;
    }
    let half = if hour < 12 { "am" } else { "pm" };
    let hour = if hour % 12 == 0 { 12 } else { hour % 12 };
    Some(if minute == 0 { format!("{hour} {half}") } else { format!("{hour}:{minute:02} {half}") })
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::Value;

    #[test]
    fn values_are_said_as_people_say_them() {
        let said = [
            (Value::Date(date(2026, 11, 24)), "Tuesday, 24 November"),
            (Value::Text("15:30".to_owned()), "3:30 pm"),
            (Value::Text("00:00".to_owned()), "12 am"),
            (Value::Text("next_week".to_owned()), "next week"),
            (Value::Number(7.0), "7"),
            (Value::Number(2.5), "2.5"),
            (Value::Boolean(false), "no"),
        ];
        for (value, spoken) in said {
            assert_eq!(value.spoken(), spoken);
        }
    }
}
