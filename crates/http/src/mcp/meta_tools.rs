//! The two tools that list and enable toolsets. They change what a session is shown, never what its caller may do.

use std::sync::Arc;

use outrider_engine::Error;
use outrider_engine::error::{Code, Kind};
use serde_json::{Value, json};

use super::operation_tool::failed;
use super::tool::{Answer, Answering, Card, Hints, Object, Request, Tool};
use super::toolsets::META;
use crate::native;

/// There is no such toolset.
const UNKNOWN_TOOLSET: &Code = &Code {
    name: "unknown_toolset",
    kind: Kind::Invalid,
    retryable: false,
    meaning: "There is no toolset of that name.",
};
/// The tool is of a toolset that this connection does not show.
const NOT_ENABLED: &Code = &Code {
    name: "toolset_not_enabled",
    kind: Kind::Invalid,
    retryable: false,
    meaning: "The tool belongs to a toolset that is not enabled on this connection.",
};

/// A toolset's name and the names of its tools.
#[derive(Debug, Clone)]
pub(crate) struct Toolset {
    pub(crate) name: &'static str,
    pub(crate) tools: Vec<&'static str>,
}

/// `list_toolsets`.
pub(crate) struct ListToolsets {
    card: Card,
    sets: Arc<Vec<Toolset>>,
}

/// `enable_toolset`.
pub(crate) struct EnableToolset {
    card: Card,
    sets: Arc<Vec<Toolset>>,
    mount: String,
}

/// The answer to a call of a tool whose set is not shown.
pub(crate) fn not_enabled(tool: &str, toolset: &str, mount: &str) -> Answer {
    let message =
        format!("{tool} is in the toolset {toolset}: call enable_toolset, or connect to {mount}?toolsets={toolset}.");
    failed(&Error::new(NOT_ENABLED, message), &native::Native)
}

impl ListToolsets {
    pub(crate) fn new(sets: Arc<Vec<Toolset>>) -> Self {
        let input = json!({ "type": "object", "properties": {}, "additionalProperties": false });
        let about = "List the toolsets there are beyond the tools you see, with the tools of each.";
        Self { card: card("list_toolsets", "List toolsets", about, input, true), sets }
    }
}

impl Tool for ListToolsets {
    fn card(&self) -> &Card {
        &self.card
    }

    fn call<'a>(&'a self, request: Request<'a>) -> Answering<'a> {
        let sets: Vec<Value> = self
            .sets
            .iter()
            .map(|set| json!({ "name": set.name, "enabled": request.caller.has(set.name, false), "tools": set.tools }))
            .collect();
        Box::pin(std::future::ready(Answer::structured(json!({ "toolsets": sets }))))
    }
}

impl EnableToolset {
    pub(crate) fn new(sets: Arc<Vec<Toolset>>, mount: String) -> Self {
        let names: Vec<&str> = sets.iter().map(|set| set.name).collect();
        let input = json!({
            "type": "object",
            "required": ["name"],
            "properties": { "name": { "type": "string", "enum": names } },
            "additionalProperties": false,
        });
        let about = "Add a toolset's tools to the ones you see. List the tools again afterwards.";
        Self { card: card("enable_toolset", "Enable toolset", about, input, false), sets, mount }
    }

    fn enable(&self, request: &Request<'_>) -> Answer {
        let name = request.arguments.get("name").and_then(Value::as_str).unwrap_or("");
        let Some(set) = self.sets.iter().find(|set| set.name == name) else {
            let message = format!("There is no toolset {name:?}.");
            return failed(&Error::new(UNKNOWN_TOOLSET, message).at("name"), &native::Native);
        };
        match &request.caller.session {
            Some(session) => {
                session.enable(set.name);
                Answer::structured(json!({ "enabled": set.name, "tools": set.tools }))
            }
            None => Answer::failure(format!(
                "This connection keeps no state, so its address decides: connect to {}?toolsets=default,{}.",
                self.mount, set.name
            )),
        }
    }
}

impl Tool for EnableToolset {
    fn card(&self) -> &Card {
        &self.card
    }

    fn call<'a>(&'a self, request: Request<'a>) -> Answering<'a> {
        Box::pin(std::future::ready(self.enable(&request)))
    }
}

fn card(name: &'static str, title: &str, about: &str, input: Value, read_only: bool) -> Card {
    let input: Object = input.as_object().cloned().unwrap_or_default();
    Card {
        name,
        title: title.to_owned(),
        description: about.to_owned(),
        input: Arc::new(input),
        output: None,
        hints: Hints { read_only, destructive: false, idempotent: true, open_world: false },
        toolset: META,
        scope: None,
    }
}
