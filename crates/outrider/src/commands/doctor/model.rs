//! The language model: whether it answers a short question. Costs a few tokens, and counts against no project.

use std::time::Duration;

use outrider_engine::ports::{Conversation, Speaker, Turn};
use serde_json::json;

use super::Report;
use crate::installation::Installation;

/// The longest wait for the answer.
const PATIENCE: Duration = Duration::from_secs(30);

pub(super) async fn check(installation: &Installation, report: &mut Report) {
    let Some(model) = &installation.pipeline.ports().model else {
        report.note("language model", "none is set: the built-in writers make every text (docs/language-model.md)");
        return;
    };
    let turn = |by, text: &str| Turn { by, text: text.to_owned() };
    let asked = Conversation {
        name: "doctor",
        schema: json!({ "type": "object", "properties": { "ready": { "type": "boolean" } }, "required": ["ready"] }),
        turns: vec![
            turn(Speaker::Instructions, "Answer with one JSON object and nothing else."),
            turn(Speaker::Asker, "Answer {\"ready\": true}."),
        ],
        within: PATIENCE,
    };
    let what = format!("language model {}", model.name());
    match model.answer(asked).await {
        Ok(said) if said.text.contains("ready") => report.good(what, "it answers"),
        Ok(_) => report.note(what, "it answers, but not what it is asked: the built-in writers will often step in"),
        Err(no) => report.bad(what, format!("{}: see [llm] in the settings, and the log", no.why)),
    }
}
