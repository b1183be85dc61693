//! Every word spoken has a source: each part of an utterance is made again from the text it names.

use std::collections::BTreeMap;
use std::sync::Arc;

use outrider_domain::template::Template as Text;
use outrider_voice::template::TextFormat;
use outrider_voice::{Dialogue, Part, Source, Template, Turn, Value};
use serde_json::{Map, Value as Json};

use super::Before;

/// Fails unless the part is the text its source names, with the call's values.
pub(crate) fn check(before: &Before, after: &Dialogue, turn: &Turn, part: &Part, context: &str) {
    let template = &after.script().template;
    let brain = serde_json::to_value(&after.script().brain).unwrap();
    match &part.source {
        Source::Phrase(name) => {
            let forms = &template.phrases[name];
            assert!(
                forms.iter().any(|form| is_made_of(form, before, after, turn, &part.text)),
                "{context}: {part:?} is no form of {forms:?}"
            );
        }
        Source::Template(path) => {
            let forms = texts(template, path);
            assert!(
                forms.iter().any(|form| is_made_of(form, before, after, turn, &part.text)),
                "{context}: {part:?} is not {forms:?}"
            );
        }
        Source::Brain(field) => {
            let text = brain[field].as_str().unwrap_or_default();
            assert_ne!(field, "system_prompt", "{context}");
            assert!(text.contains(part.text.trim_end_matches('.')), "{context}: {part:?} is not in {text}");
        }
        Source::Script(field) => {
            assert!(matches!(field.as_str(), "first_message_override" | "output_variables"), "{context}: {part:?}")
        }
        Source::Model => panic!("{context}: no model speaks here"),
    }
}

/// The texts at a path of a template.
fn texts(template: &Template, path: &str) -> Vec<String> {
    let parts: Vec<&str> = path.split('.').collect();
    let reply = |list: &[outrider_voice::template::Reply], id: &str| {
        list.iter().filter(|reply| reply.id == id).map(|reply| reply.text.clone()).collect()
    };
    match parts.as_slice() {
        ["opening", "disclosure"] => vec![template.opening.disclosure.clone()],
        ["opening", "text"] => vec![template.opening.text.clone()],
        ["voicemail"] => vec![template.voicemail.clone()],
        ["closings", outcome] => {
            let closings = template.closings.iter().filter(|(name, _)| name.as_str() == *outcome);
            closings.map(|(_, text)| text.clone()).collect()
        }
        ["questions", id] => reply(&template.questions, id),
        ["objections", id] => reply(&template.objections, id),
        ["flow", id, what] => {
            let state = template.state(id).unwrap();
            match *what {
                "say" => state.say.iter().cloned().collect(),
                "ask" => state.ask.iter().cloned().collect(),
                _ => state.reprompts.clone(),
            }
        }
        _ => panic!("{path} is no text of a template"),
    }
}

/// Whether the words are the text with the values known before or after the turn.
fn is_made_of(text: &str, before: &Before, after: &Dialogue, turn: &Turn, words: &str) -> bool {
    if !text.contains('{') {
        return text == words;
    }
    [after.variables(), &before.variables].into_iter().any(|variables| {
        let rendered = Text::parse(text).unwrap().render(&Arc::new(values(after, variables, turn))).unwrap();
        rendered.unresolved.is_empty() && rendered.text.split_whitespace().collect::<Vec<_>>().join(" ") == words
    })
}

/// The values of a call, put together apart from the dialogue.
fn values(dialogue: &Dialogue, variables: &BTreeMap<String, Value>, turn: &Turn) -> Json {
    let script = dialogue.script();
    let mut values: Map<String, Json> =
        script.template.filled(&script.values).into_iter().map(|(name, value)| (name, value.into())).collect();
    values.extend(script.call_reason.clone().map(|reason| ("call_reason".to_owned(), reason.into())));
    if script.brain.elevator_pitch.is_some() {
        values
            .insert("pitch".to_owned(), "Acme shows sales teams who will answer. It works from the first day.".into());
        values.insert("pain_point".to_owned(), "Sales teams lose hours on people who never answer.".into());
    }
    for name in ["caller", "purpose"] {
        let text = if name == "caller" { &script.template.caller } else { &script.template.purpose };
        let rendered = Text::parse(text).unwrap().render(&Arc::new(Json::Object(values.clone()))).unwrap();
        if rendered.unresolved.is_empty() && !rendered.text.is_empty() {
            values.insert(name.to_owned(), rendered.text.into());
        }
    }
    for (name, value) in variables {
        let is_free = script.template.variable(name).is_none_or(|variable| {
            variable.format == TextFormat::Text && variable.kind == outrider_voice::VariableType::String
        });
        if !is_free {
            values.insert(name.clone(), value.spoken().into());
        }
    }
    if let Some(callback) = turn.end.as_ref().and_then(|end| end.callback.as_ref()) {
        let day = callback.day.map(|day| Value::Date(day).spoken());
        let time = callback.time.clone().map(|time| Value::Text(time).spoken());
        let spoken: Vec<String> = day.into_iter().chain(time).collect();
        if !spoken.is_empty() {
            values.insert("callback".to_owned(), spoken.join(", ").into());
        }
    }
    Json::Object(values)
}
