//! `record_signal`: something a lead did elsewhere, such as visiting the pricing page.

use outrider_domain::id::LeadId;
use outrider_domain::time::Millis;
use outrider_store::{leads, signals};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::context::{Context, Event};
use crate::error::{Error, Result, code};
use crate::leads::missing;
use crate::operation::{Operation, Spec};

/// Records a signal.
pub struct RecordSignal;

/// Largest JSON of details, in bytes.
const MOST_DATA: usize = 8 * 1024;

/// Whose, and what.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The lead.
    lead_id: LeadId,
    /// What happened, by a name of your own: lower-case letters, digits, `_`, `-` and `.`.
    #[schemars(length(min = 1, max = 60), regex(pattern = "^[a-z0-9][a-z0-9_.-]*$"))]
    name: String,
    /// Details, kept as untrusted.
    #[serde(default)]
    data: Map<String, Value>,
}

/// What was recorded.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Recorded {
    /// The lead.
    lead_id: LeadId,
    /// The event's type: `signal.` and the name.
    #[serde(rename = "type")]
    kind: String,
    /// When.
    at: Millis,
}

impl Operation for RecordSignal {
    const SPEC: Spec = Spec::create(
        "record_signal",
        "leads",
        "/leads/{lead_id}/signals",
        "leads:write",
        "Record something a lead did elsewhere, such as visiting the pricing page.",
    )
    .describe("Filters ask for it as `signal NAME within 7d`, and agents can be started by it as `signal.NAME`.")
    .fails(&[code::RESOURCE_NOT_FOUND]);
    type Input = Input;
    type Output = Recorded;

    fn run(cx: &mut Context<'_, '_>, input: Input) -> Result<Recorded> {
        let name = input.name;
        let fits = |letter: u8| letter.is_ascii_lowercase() || letter.is_ascii_digit() || b"_.-".contains(&letter);
        if name.is_empty() || name.len() > 60 || !name.bytes().all(fits) {
            return Err(Error::invalid(
                "name",
                "A signal's name has 1 to 60 lower-case letters, digits, _, - and dots.",
            ));
        }
        let data = Value::Object(input.data);
        if data.to_string().len() > MOST_DATA {
            return Err(Error::invalid("data", format!("The details take at most {MOST_DATA} bytes.")));
        }
        let lead = leads::lock(cx.tx, cx.project, input.lead_id).map_err(|error| missing(error, "lead", "lead_id"))?;
        signals::note(cx.tx, cx.project, &name, lead.id, cx.now)?;
        leads::touch(cx.tx, cx.project, lead.id, cx.now, false)?;
        let detail = if data == json!({}) { json!({}) } else { json!({ "untrusted": data }) };
        cx.emit(Event::signal(&name).lead(lead.id).agent(lead.agent_id).subject(lead.id).data(detail));
        Ok(Recorded { lead_id: lead.id, kind: format!("signal.{name}"), at: cx.now })
    }
}
