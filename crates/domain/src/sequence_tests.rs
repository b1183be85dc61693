//! Definitions: what is accepted, and every problem by its path.

use super::*;
use crate::weights::seed;

fn definition(json: &str) -> SequenceDefinition {
    serde_json::from_str(json).unwrap()
}

const GOOD: &str = r#"{
    "steps": [
        {"key": "intro", "variants": [
            {"key": "a", "weight": 3, "template": "Intro"},
            {"key": "b", "subject": "Hello {{ first_name | default('there') }}", "text": "Hi"}
        ]},
        {"key": "bump", "after": "3d", "thread": true, "text": "Did you see this?"},
        {"key": "last", "after": "1w", "subject": "Closing", "html": "<p>Bye</p>", "window": {"days": ["sat"]}}
    ],
    "approval": "first_touch"
}"#;

#[test]
fn a_good_definition_has_no_problem_and_round_trips() {
    let good = definition(GOOD);
    assert_eq!(good.validate(), []);
    assert_eq!(definition(&serde_json::to_string(&good).unwrap()), good);
    assert_eq!(good.template_names(), ["Intro"]);
    assert_eq!(good.step("bump").map(|(index, step)| (index, step.after)), Some((1, Span::days(3))));
    assert_eq!(good.window_of(&good.steps[2]).days().count(), 1);
    assert_eq!(good.window_of(&good.steps[1]), SendWindow::default());
}

#[test]
fn a_text_on_the_step_is_its_only_variant() {
    let bump = &definition(GOOD).steps[1];
    let choice = bump.choice(&seed("variant", &[1]));
    assert_eq!((choice.key.as_str(), choice.text.as_deref()), ("a", Some("Did you see this?")));
}

#[test]
fn variants_are_chosen_by_weight() {
    let intro = &definition(GOOD).steps[0];
    let first = (0..4_000).filter(|id| intro.choice(&seed("variant", &[*id])).key == "a").count();
    assert!((2_850..3_150).contains(&first), "{first}");
}

#[test]
fn dead_addresses_and_opt_outs_end_every_sequence() {
    let mut bare = definition(GOOD);
    assert!(bare.stops_on(StopEvent::Reply) && !bare.stops_on(StopEvent::AutoReply));
    bare.stop_on = vec![StopEvent::Meeting];
    assert!(bare.stops_on(StopEvent::OptOut) && !bare.stops_on(StopEvent::Reply));
    let paths: Vec<String> = bare.validate().into_iter().map(|problem| problem.to_string()).collect();
    assert_eq!(paths.len(), 3, "{paths:?}");
    assert!(paths.iter().all(|text| text.starts_with("stop_on: ")));
}

#[test]
fn every_problem_is_found_and_named() {
    for (steps, path, says) in [
        ("[]", "steps", "at least one"),
        (r#"[{"key": "a", "template": "T"}, {"key": "a", "template": "T"}]"#, "steps[1].key", "twice"),
        (r#"[{"key": "Step One", "template": "T"}]"#, "steps[0].key", "lower-case"),
        (r#"[{"key": "a", "template": "T", "after": "366d"}]"#, "steps[0].after", "365d"),
        (r#"[{"key": "a", "template": "T", "channel": "sms"}]"#, "steps[0].channel", "sms"),
        (r#"[{"key": "a", "template": "T", "call": {}}]"#, "steps[0].call", "channel call"),
        (r#"[{"key": "a", "channel": "call", "text": "x"}]"#, "steps[0]", "no text to send"),
        (r#"[{"key": "a", "channel": "call", "after": "366d"}]"#, "steps[0].after", "365d"),
        (r#"[{"key": "a", "channel": "call", "call": {"reason": "a\nb"}}]"#, "steps[0].call.reason", "one line"),
        (
            r#"[{"key": "a", "channel": "call", "call": {"estimated_minutes": 601}}]"#,
            "steps[0].call.estimated_minutes",
            "0 to 600",
        ),
        (r#"[{"key": "a", "template": "T", "thread": true}]"#, "steps[0].thread", "first step"),
        (r#"[{"key": "a"}]"#, "steps[0].text", "template or a text"),
        (r#"[{"key": "a", "text": "x"}]"#, "steps[0].subject", "needs a subject"),
        (r#"[{"key": "a", "template": "T", "text": "x"}]"#, "steps[0]", "not both"),
        (r#"[{"key": "a", "text": "x", "subject": "a\nb"}]"#, "steps[0].subject", "one line"),
        (r#"[{"key": "a", "text": "{{ first_name", "subject": "x"}]"#, "steps[0].text", "line 1"),
        (
            r#"[{"key": "a", "template": "T"}, {"key": "b", "thread": true, "subject": "x", "text": "y"}]"#,
            "steps[1].subject",
            "keeps its subject",
        ),
        (r#"[{"key": "a", "template": "T", "variants": [{"key": "a", "template": "T"}]}]"#, "steps[0]", "not both"),
        (r#"[{"key": "a", "variants": [{"key": "a", "weight": 0, "template": "T"}]}]"#, "steps[0].variants", "above 0"),
        (
            r#"[{"key": "a", "variants": [{"key": "a", "template": "T"}, {"key": "a", "template": "U"}]}]"#,
            "steps[0].variants[1].key",
            "twice",
        ),
        (
            r#"[{"key": "a", "variants": [{"key": "a", "template": " "}]}]"#,
            "steps[0].variants[0].template",
            "name a template",
        ),
    ] {
        let problems = definition(&format!(r#"{{"steps": {steps}}}"#)).validate();
        assert!(
            problems.iter().any(|problem| problem.path == path && problem.message.contains(says)),
            "{steps}: {problems:?}"
        );
    }
    let many: Vec<String> = (0..51).map(|index| format!(r#"{{"key": "s{index}", "template": "T"}}"#)).collect();
    let problems = definition(&format!(r#"{{"steps": [{}]}}"#, many.join(","))).validate();
    assert_eq!(problems.iter().map(|problem| problem.path.as_str()).collect::<Vec<_>>(), ["steps"]);
}

#[test]
fn a_sequence_may_write_and_call() {
    let both = definition(
        r#"{"steps": [{"key": "a", "template": "T"},
            {"key": "b", "channel": "call", "after": "2d", "call": {"template": "demo-booking", "reason": "my mail"}},
            {"key": "c", "channel": "call"}]}"#,
    );
    assert_eq!(both.validate(), []);
    assert_eq!(both.channels(), [Channel::Email, Channel::Call]);
    assert_eq!(both.call_templates(), ["demo-booking"]);
    assert_eq!(definition(&serde_json::to_string(&both).unwrap()), both);
}

#[test]
fn unknown_fields_are_refused() {
    for json in [r#"{"steps": [], "timezone": "UTC"}"#, r#"{"steps": [{"key": "a", "delay": "1d"}]}"#] {
        assert!(serde_json::from_str::<SequenceDefinition>(json).is_err(), "{json}");
    }
}
