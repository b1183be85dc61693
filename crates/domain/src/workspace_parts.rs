//! Phone numbers and segments as a workspace file has them. Holds their form alone; see [`crate::workspace`].

use serde::{Deserialize, Serialize};

use crate::address::Phone;
use crate::ramp::Ramp;
use crate::span::Span;
use crate::telephony::SANDBOX;
use crate::window::TimeZone;

/// A number that calls and is called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct PhoneNumberEntry {
    /// E.164; names the number.
    pub number: Phone,
    /// What people call it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Name of a carrier in the settings; the sandbox calls nobody.
    #[serde(default = "sandbox")]
    pub carrier: String,
    /// Country, as you like; taken when the number is first added.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// Name of the agent that calls from it; nobody does when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// Name of the agent that answers it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answered_by: Option<String>,
    /// Calls at the same time at the most, 1 to 1000.
    #[serde(default = "one")]
    pub concurrency: u32,
    /// Calls a day.
    #[serde(default)]
    pub ramp: Ramp,
    /// Shortest time between two calls.
    #[serde(default = "no_time")]
    pub min_gap: Span,
    /// Where its day begins; the project's when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<TimeZone>,
    /// Whether it may call.
    #[serde(default = "yes")]
    pub active: bool,
}

/// A filter over leads with a name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct SegmentEntry {
    /// Its name; unique in the project.
    pub name: String,
    /// In the filter language, such as `custom.employees >= 500 and country = Germany`.
    pub filter: String,
}

fn sandbox() -> String {
    SANDBOX.to_owned()
}

fn one() -> u32 {
    1
}

fn no_time() -> Span {
    Span::seconds(0)
}

fn yes() -> bool {
    true
}
