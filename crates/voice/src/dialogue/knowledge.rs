//! What the agent knows, cut into sentences that can be said word for word, and found by question. Knows nothing else.

use std::sync::LazyLock;

use outrider_domain::words::{Pattern, patterns};
use serde_json::{Map, Value as Json};

use crate::script::Script;
use crate::template::{claims_to_be_human, render, sentences};
use crate::understand::{matches, topic};

/// A sentence of the agent's brain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fact {
    /// The field it stands in.
    pub(super) field: &'static str,
    /// As it is said.
    pub(super) sentence: String,
    stems: Vec<String>,
}

/// Longest sentence said on the phone, in words.
const LONGEST: usize = 60;
/// Longest pitch, in words.
const PITCH: usize = 45;
/// Most sentences in one answer.
const MOST: usize = 2;

/// What general questions ask for, and the fields that answer them, best first.
const TOPICS: [(&[&str], &[&str]); 4] = [
    (
        &[
            "different|difference|differently|differentiates|differ",
            "compare|compared|competitor|competitors|competition|versus|alternatives",
            "unique|special",
            "better than",
            "apart from",
        ],
        &["features_differentiators"],
    ),
    (
        &[
            "why should|would|do i|we|anyone",
            "in it for",
            "benefit|benefits|advantage|advantages",
            "what do|would|will i|we get|gain",
            "how would|does|could|can|will * help",
            "what good",
        ],
        &["benefits", "value_proposition", "elevator_pitch"],
    ),
    (&["what|which * problem|problems|issue|issues|pain", "what * solve"], &["pain_points", "value_proposition"]),
    (
        &[
            "what do|does you|it|your|that|this|they|the * do|offer|sell|make|mean",
            "what|whats is|are|it|this|that|your|the * it|this|that|product|service|company|offer|tool|software|about",
            "tell me|us more|about",
            "how does|do it|this|that|your * work",
            "explain",
            "more about|information|details",
            "what kind|sort of",
            "what are you selling|offering",
            "what * offer|sell|product|service",
        ],
        &["product_explanation", "elevator_pitch", "value_proposition"],
    ),
];

static TOPIC_PATTERNS: LazyLock<Vec<(Vec<Pattern>, &[&str])>> =
    LazyLock::new(|| TOPICS.iter().map(|(table, fields)| (patterns(table), *fields)).collect());

/// The values of the call's texts, and the facts of the brain rendered with them.
pub(super) fn prepare(script: &Script) -> (Map<String, Json>, Vec<Fact>) {
    let mut values: Map<String, Json> = script
        .template
        .filled(&script.values)
        .into_iter()
        // A value from outside that looks like a placeholder is taken for a missing one.
        .filter(|(_, value)| render(value, &Json::Null).is_some())
        .map(|(name, value)| (name, Json::String(value)))
        .collect();
    if let Some(reason) = script.call_reason.as_deref().and_then(|reason| render(reason, &Json::Object(values.clone())))
    {
        values.insert("call_reason".to_owned(), Json::String(reason.trim_end_matches(['.', '!']).to_owned()));
    }
    let brain = &script.brain;
    let fields = [
        ("elevator_pitch", &brain.elevator_pitch),
        ("value_proposition", &brain.value_proposition),
        ("product_explanation", &brain.product_explanation),
        ("benefits", &brain.benefits),
        ("features_differentiators", &brain.features_differentiators),
        ("pain_points", &brain.pain_points),
    ];
    let known = Json::Object(values.clone());
    let mut facts: Vec<Fact> = Vec::new();
    for (field, text) in fields {
        for sentence in text.iter().flat_map(|text| speakable(text, &known)) {
            if !facts.iter().any(|fact| fact.sentence == sentence) {
                facts.push(Fact { field, stems: topic::stems(&sentence), sentence });
            }
        }
    }
    let of =
        |field: &'static str| facts.iter().filter(move |fact| fact.field == field).map(|fact| fact.sentence.as_str());
    let pitch = ["elevator_pitch", "value_proposition", "product_explanation"].into_iter().find_map(|field| {
        let mut pitch = String::new();
        for sentence in of(field).take(MOST) {
            let longer = format!("{pitch} {sentence}");
            if longer.split_whitespace().count() > PITCH {
                break;
            }
            longer.trim().clone_into(&mut pitch);
        }
        (!pitch.is_empty()).then_some(pitch)
    });
    for (name, value) in [("pitch", pitch), ("pain_point", of("pain_points").next().map(str::to_owned))] {
        values.extend(value.map(|value| (name.to_owned(), Json::String(value))));
    }
    for (name, text) in [("caller", &script.template.caller), ("purpose", &script.template.purpose)] {
        let known = Json::Object(values.clone());
        values.extend(render(text, &known).map(|value| (name.to_owned(), Json::String(value))));
    }
    (values, facts)
}

/// The sentences of a text that may be said: whole, not too long, none that claims a person speaks.
pub(super) fn speakable(text: &str, values: &Json) -> Vec<String> {
    text.lines()
        .map(|line| line.trim().trim_start_matches(['-', '*', '•', '–', '#', '>']).trim_start())
        .flat_map(sentences)
        .filter_map(|sentence| render(&sentence, values))
        .filter(|sentence| sentence.split_whitespace().count() <= LONGEST && !claims_to_be_human(sentence))
        .map(|sentence| if sentence.ends_with(['.', '!', '?', '…']) { sentence } else { format!("{sentence}.") })
        .collect()
}

/// What the facts say to a question; empty when they say nothing.
pub(super) fn answer<'a>(facts: &'a [Fact], question: &str) -> Vec<&'a Fact> {
    let wanted = topic::stems(question);
    let mut scored: Vec<(usize, &Fact)> = facts
        .iter()
        .map(|fact| (wanted.iter().filter(|stem| fact.stems.contains(stem)).count(), fact))
        .filter(|(score, _)| *score > 0 && score * 3 >= wanted.len() * 2)
        .collect();
    scored.sort_by_key(|(score, _)| usize::MAX - score);
    let best = scored.first().map_or(0, |(score, _)| *score);
    let specific: Vec<&Fact> =
        scored.into_iter().filter(|(score, _)| *score == best).map(|(_, fact)| fact).take(MOST).collect();
    if !specific.is_empty() {
        return specific;
    }
    // A question about something named that no fact names is not answered with generalities.
    if wanted.len() > 2 {
        return Vec::new();
    }
    let fields = TOPIC_PATTERNS.iter().find(|(patterns, _)| matches(patterns, question)).map(|(_, fields)| *fields);
    fields
        .unwrap_or_default()
        .iter()
        .map(|field| facts.iter().filter(|fact| fact.field == *field).take(MOST).collect::<Vec<_>>())
        .find(|found| !found.is_empty())
        .unwrap_or_default()
}
