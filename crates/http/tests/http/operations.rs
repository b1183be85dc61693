//! Operations that exist only here, to reach what the real ones rarely do: every code, every type, slowness, a panic.

use std::time::Duration;

use outrider_engine::context::{Context, Event};
use outrider_engine::error::code::ALL;
use outrider_engine::error::{Error, Result};
use outrider_engine::keys::{create_key::CreateKey, list_keys::ListKeys, revoke_key::RevokeKey};
use outrider_engine::leads::{create_lead::CreateLead, get_lead::GetLead, list_leads::ListLeads};
use outrider_engine::operation::{Idempotency, Operation, Page, Spec};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

outrider_engine::operations! {
    /// Real and made-up operations together.
    pub(crate) static OPERATIONS
    ListLeads,
    GetLead,
    CreateLead,
    ListKeys,
    CreateKey,
    RevokeKey,
    ReadFields,
    WriteFields,
    FailWith,
    PanicNow,
    SleepABit,
    StartThing,
    EmitEvents,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Colour {
    /// As grass.
    Green,
    /// As blood.
    Red,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Fields {
    place: i64,
    #[serde(default)]
    whole: Option<i64>,
    #[serde(default)]
    #[schemars(range(min = 0.5, max = 2.0))]
    ratio: Option<f64>,
    #[serde(default)]
    flag: Option<bool>,
    #[serde(default)]
    #[schemars(length(max = 5))]
    word: Option<String>,
    #[serde(default)]
    colour: Option<Colour>,
    #[serde(default)]
    numbers: Vec<i64>,
    #[serde(default)]
    colours: Option<Vec<Colour>>,
}

/// Gives its fields back.
pub(crate) struct ReadFields;

impl Operation for ReadFields {
    const SPEC: Spec = Spec::get("read_fields", "tests", "/fields/{place}", "tests:read", "Give fields back.");
    type Input = Fields;
    type Output = Fields;
    fn run(_: &mut Context<'_, '_>, input: Fields) -> Result<Fields> {
        Ok(input)
    }
}

/// Gives its fields back, and may be previewed.
pub(crate) struct WriteFields;

impl Operation for WriteFields {
    const SPEC: Spec =
        Spec::act("write_fields", "tests", "/fields/{place}", "tests:write", "Give fields back.").previews();
    type Input = Fields;
    type Output = Fields;
    fn run(cx: &mut Context<'_, '_>, input: Fields) -> Result<Fields> {
        cx.plan.push(json!({ "place": input.place }));
        Ok(input)
    }
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WhichCode {
    code: String,
}

/// Fails with the code it is told.
pub(crate) struct FailWith;

impl Operation for FailWith {
    const SPEC: Spec = Spec::act("fail_with", "tests", "/fail/{code}", "tests:write", "Fail with a code.");
    type Input = WhichCode;
    type Output = Value;
    fn run(_: &mut Context<'_, '_>, input: WhichCode) -> Result<Value> {
        let code = ALL.iter().find(|code| code.name == input.code).ok_or_else(|| Error::not_found("code"))?;
        Err(Error { source: Some("a secret of the log".into()), ..Error::new(code, "As you asked.").at("code") })
    }
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Nothing {}

/// Panics.
pub(crate) struct PanicNow;

impl Operation for PanicNow {
    const SPEC: Spec = Spec::act("panic_now", "tests", "/panic", "tests:write", "Panic.");
    type Input = Nothing;
    type Output = Value;
    fn run(_: &mut Context<'_, '_>, _: Nothing) -> Result<Value> {
        panic!("a secret of the log")
    }
}

/// Takes its time.
pub(crate) struct SleepABit;

impl Operation for SleepABit {
    const SPEC: Spec = Spec::act("sleep_a_bit", "tests", "/sleep", "tests:write", "Take 300 milliseconds.");
    type Input = Nothing;
    type Output = Value;
    fn run(cx: &mut Context<'_, '_>, _: Nothing) -> Result<Value> {
        std::thread::sleep(Duration::from_millis(300));
        Ok(json!({ "number": cx.id() }))
    }
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ThingInput {
    name: String,
}

/// Starts something: needs an idempotency key, can be previewed, answers 202.
pub(crate) struct StartThing;

impl Operation for StartThing {
    const SPEC: Spec = Spec {
        idempotency: Idempotency::Required,
        ..Spec::act("start_thing", "tests", "/things", "tests:write", "Start a thing.").previews().accepts()
    };
    type Input = ThingInput;
    type Output = Value;
    fn run(cx: &mut Context<'_, '_>, input: ThingInput) -> Result<Value> {
        cx.plan.push(json!({ "start": input.name, "at": cx.now }));
        Ok(json!({ "name": input.name, "number": cx.id() }))
    }
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Count {
    count: i64,
}

/// Writes events.
pub(crate) struct EmitEvents;

impl Operation for EmitEvents {
    const SPEC: Spec = Spec::act("emit_events", "tests", "/emit", "tests:write", "Write events.");
    type Input = Count;
    type Output = Page<i64>;
    fn run(cx: &mut Context<'_, '_>, input: Count) -> Result<Page<i64>> {
        for number in 0..input.count {
            cx.emit(Event::new("test.happened").data(json!({ "number": number, "text": "line\nbreak" })));
        }
        Ok(Page { items: Vec::new(), next_cursor: None })
    }
}
