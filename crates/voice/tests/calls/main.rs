//! Whole calls: every template with every scripted callee, and the promises that hold in all of them.
#![expect(clippy::panic, clippy::unwrap_used, reason = "a test says what is wrong by failing")]

mod anything;
mod conversations;
mod provenance;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use jiff::civil::date;
use outrider_domain::classify::spoken_opt_out;
use outrider_voice::{
    Brain, Callee, Catalog, Dialogue, Ending, Heard, Outcome, Persona, Pickup, Said, Script, SpokenBy, Template, Turn,
    Value,
};

/// A call from a template with all its values, for Jane on a Wednesday morning.
fn script(template: &Template, seed: u64) -> Script {
    let mut script = Script::new(template.clone(), date(2026, 7, 29).at(10, 0, 0, 0), seed);
    // Every second call has only the values it can't do without.
    let placeholders =
        template.placeholders.iter().filter(|placeholder| placeholder.required || seed.is_multiple_of(2));
    script.values = placeholders
        .map(|placeholder| (placeholder.name.clone(), placeholder.example.clone()))
        .collect::<BTreeMap<_, _>>();
    script.values.insert("first_name".to_owned(), "Jane".to_owned());
    if seed.is_multiple_of(3) {
        script.brain = brain();
    }
    script.transfer_available = seed.is_multiple_of(2);
    script
}

fn brain() -> Brain {
    let text = |text: &str| Some(text.to_owned());
    Brain {
        system_prompt: text("SECRET: always be closing."),
        first_message: None,
        product_explanation: text("Acme reads the customer list you already have. It sorts it by who will answer."),
        value_proposition: text("Teams reach twice as many customers in the same time."),
        pain_points: text("- Sales teams lose hours on people who never answer\n- Nobody knows why a list went cold"),
        benefits: text("You call fewer people and reach more of them."),
        features_differentiators: text("Acme runs on your own machines. Every score comes with its reasons."),
        elevator_pitch: text("Acme shows sales teams who will answer. It works from the first day."),
    }
}

/// What is compared of a dialogue before a turn.
struct Before {
    variables: BTreeMap<String, Value>,
    has_spoken: bool,
}

impl Before {
    fn of(dialogue: &Dialogue) -> Self {
        let has_spoken = dialogue.transcript().iter().any(|line| line.speaker == SpokenBy::Agent);
        Self { variables: dialogue.variables().clone(), has_spoken }
    }
}

/// A finished call and how it went.
struct Played {
    turns: Vec<Turn>,
    end: Ending,
    heard: Vec<Heard>,
}

/// Plays a call to its end; none when nobody picks up. `check` sees each turn with what was heard before it.
fn play(
    script: Script,
    persona: Persona,
    seed: u64,
    mut check: impl FnMut(&Before, &Dialogue, &Heard, &Turn),
) -> Option<Played> {
    let mut callee = Callee::new(persona, seed);
    let Pickup::Answered { greeting, .. } = callee.pickup() else {
        return None;
    };
    let mut dialogue = Dialogue::new(script).unwrap();
    let mut heard = greeting.unwrap_or_else(Heard::connected);
    let mut turns = Vec::new();
    loop {
        let before = Before::of(&dialogue);
        let turn = dialogue.hear(heard.clone());
        check(&before, &dialogue, &heard, &turn);
        turns.push(turn.clone());
        assert!(turns.len() < 60, "a call must end");
        if let Some(end) = turn.end {
            return Some(Played { turns, end, heard: dialogue.heard().to_vec() });
        }
        heard = callee.hear(&turn.say.text).heard();
    }
}

#[test]
fn a_thousand_calls_keep_every_promise() {
    let catalog = Catalog::embedded().unwrap();
    let (mut calls, mut picked_up) = (0, 0);
    let mut outcomes = BTreeSet::new();
    let mut filled: BTreeSet<(String, String)> = BTreeSet::new();
    let mut asked: BTreeSet<(String, String)> = BTreeSet::new();
    for template in catalog.templates() {
        for (number, persona) in Persona::ALL.iter().enumerate() {
            // Those who answer now with yes and now with no go every way through a template.
            let rounds = match persona {
                Persona::Mixed => 40,
                Persona::Agreeable => 6,
                _ => 2,
            };
            for round in 0..rounds {
                let seed = u64::try_from(number).unwrap() * 101 + round * 7;
                calls += 1;
                let script = script(template, seed);
                let context = format!("{} {} {seed}", template.id, persona.as_str());
                let Some(played) = play(script.clone(), *persona, seed, |before, after, heard, turn| {
                    keep_promises(before, after, heard, turn, &context);
                    asked.insert((template.id.clone(), turn.state.clone()));
                }) else {
                    continue;
                };
                picked_up += 1;
                outcomes.insert(played.end.outcome);
                for (name, value) in &played.end.variables {
                    let variable = template.variable(name).unwrap_or_else(|| panic!("{context}: {name}"));
                    assert!(value.is(variable.kind), "{context}: {name} is {value:?}");
                    filled.insert((template.id.clone(), name.clone()));
                }
                check_ending(&played, &context);
                if round == 0 {
                    let again = Dialogue::replay(script, played.heard.clone()).unwrap();
                    assert_eq!(again.last_turn(), played.turns.last().unwrap(), "{context}: a replay says the same");
                }
            }
        }
    }
    assert!(calls >= 1_000, "{calls}");
    assert!(picked_up > 800, "{picked_up}");
    let expected: BTreeSet<Outcome> =
        Outcome::ALL.into_iter().filter(|outcome| *outcome != Outcome::NoAnswer).collect();
    assert_eq!(outcomes, expected, "every outcome is met");
    let mut never = Vec::new();
    for template in catalog.templates() {
        let id = |name: &String| (template.id.clone(), name.clone());
        let variables = template.variables.iter().map(|variable| id(&variable.name));
        never.extend(variables.filter(|pair| !filled.contains(pair)));
        let states = template.flow.iter().filter(|state| state.ask.is_some()).map(|state| id(&state.id));
        never.extend(states.filter(|pair| !asked.contains(pair)));
    }
    assert!(never.is_empty(), "no call fills these variables or asks these questions: {never:?}");
}

#[test]
fn a_hundred_calls_take_well_under_five_seconds() {
    let catalog = Catalog::embedded().unwrap();
    let fastest = (0..5_u64)
        .map(|round| {
            let began = Instant::now();
            for seed in 0..20 {
                let template = catalog.templates().nth(usize::try_from((round * 20 + seed) % 14).unwrap()).unwrap();
                let _ = play(script(template, seed), Persona::chosen(seed), seed, |_, _, _, _| {});
            }
            began.elapsed().as_secs_f64() * 5.0
        })
        .fold(f64::MAX, f64::min);
    // A fifth of the work five times, and the best of them: other work on the machine must not decide.
    assert!(fastest < 5.0, "100 calls took {fastest:.2} s");
}

/// What holds in every turn of every call.
fn keep_promises(before: &Before, after: &Dialogue, heard: &Heard, turn: &Turn, context: &str) {
    let said = &turn.say.text;
    assert!(!said.contains(['{', '}', '<', '[', '|']), "{context}: a placeholder is spoken: {said}");
    assert!(!said.contains("SECRET"), "{context}: the system prompt is spoken: {said}");
    if !before.has_spoken && !said.is_empty() {
        let sentence = said.split_inclusive(['.', '!', '?']).next().unwrap().to_lowercase();
        assert!(
            sentence.contains("automated assistant") || sentence.contains("ai assistant"),
            "{context}: begins without a disclosure: {said}"
        );
    }
    if let Said::Text { text } | Said::Interruption { text, .. } = &heard.said
        && spoken_opt_out(text).is_some()
    {
        assert_eq!(turn.end.as_ref().map(|end| end.outcome), Some(Outcome::OptedOut), "{context}: {text}");
    }
    if turn.end.is_none() {
        assert!(!said.is_empty(), "{context}: nothing is said to {heard:?}");
    }
    for part in &turn.say.parts {
        provenance::check(before, after, turn, part, context);
    }
    let joined: Vec<&str> = turn.say.parts.iter().map(|part| part.text.as_str()).collect();
    assert_eq!(*said, joined.join(" "), "{context}");
}

/// What holds at the end of every call.
fn check_ending(played: &Played, context: &str) {
    let end = &played.end;
    assert_eq!(end.opt_out.is_some(), end.outcome == Outcome::OptedOut, "{context}");
    assert_eq!(end.transfer_reason.is_some(), end.outcome == Outcome::Transferred, "{context}");
    assert_eq!(end.callback.is_some(), end.outcome == Outcome::CallbackRequested, "{context}: {}", end.summary);
    assert!(end.meeting.is_none() || end.outcome == Outcome::Completed, "{context}");
    assert!(end.summary.ends_with('.') && !end.summary.contains(".."), "{context}: {}", end.summary);
    let mut last = 0;
    for line in &end.transcript {
        assert!(line.offset_ms >= last && !line.text.is_empty(), "{context}: {line:?}");
        last = line.offset_ms;
    }
    assert!(end.duration_ms >= last, "{context}");
    let agent_last = end.transcript.iter().rev().find(|line| line.speaker == SpokenBy::Agent).unwrap();
    if !matches!(played.heard.last().unwrap().said, Said::HungUp) {
        let text = agent_last.text.to_lowercase();
        let polite = ["goodbye", "put you through", "connecting you"].iter().any(|word| text.contains(word));
        assert!(polite, "{context}: ends with {}", agent_last.text);
    }
}
