//! `set_own_holidays`: the days on which a project's sequences rest, beside the holidays of its leads' countries.

use std::collections::HashSet;

use outrider_domain::holidays::{DayRule, OwnHoliday};
use outrider_store::projects;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::context::{Context, Event};
use crate::error::{Error, Result};
use crate::fields::to_json;
use crate::leads::tidy_up_to;
use crate::operation::{Operation, Spec, Verb};

/// Sets a project's own holidays.
pub struct SetOwnHolidays;

/// Most days of a list.
const MOST: usize = 366;
/// Longest name, in characters.
const LONGEST_NAME: usize = 100;

/// The list, whole.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Every day of it; those that were on it and are not named here are no holidays any more.
    #[schemars(length(max = 366))]
    days: Vec<OwnHoliday>,
}

/// The list as it is now.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Output {
    /// Its days.
    days: Vec<OwnHoliday>,
}

impl Operation for SetOwnHolidays {
    const SPEC: Spec = Spec {
        verb: Verb::Put,
        ..Spec::patch(
            "set_own_holidays",
            "sequences",
            "/holidays/own",
            "sequences:write",
            "Set the days on which this project's sequences rest, beside the holidays where each lead lives.",
        )
        .natural()
        .previews()
    };
    type Input = Input;
    type Output = Output;

    fn run(cx: &mut Context<'_, '_>, input: Input) -> Result<Output> {
        let days = tidied(input.days)?;
        cx.plan.push(json!({ "set_own_holidays": days }));
        projects::set_own_holidays(cx.tx, cx.project, &to_json(&days)?, cx.now)?;
        cx.emit(Event::new("holidays.changed").data(json!({ "days": days.len() })));
        Ok(Output { days })
    }
}

/// The days as they are kept.
///
/// # Errors
/// `validation_error` for what is no day, is there twice, or is too much.
pub(crate) fn tidied(given: Vec<OwnHoliday>) -> Result<Vec<OwnHoliday>> {
    if given.len() > MOST {
        return Err(Error::invalid("days", format!("A list has at most {MOST} days.")));
    }
    let mut days = Vec::with_capacity(given.len());
    let mut seen = HashSet::new();
    for (place, one) in given.into_iter().enumerate() {
        let day = one.day.trim().to_owned();
        let at = format!("days[{place}].day");
        DayRule::parse(&day).map_err(|error| Error::invalid(&at, error.to_string()))?;
        if !seen.insert(day.clone()) {
            return Err(Error::invalid(at, format!("\"{day}\" is there twice.")));
        }
        let name = tidy_up_to(&format!("days[{place}].name"), Some(one.name), LONGEST_NAME)?.unwrap_or_default();
        days.push(OwnHoliday { day, name });
    }
    Ok(days)
}
