//! Definitions: what is accepted, and every problem by its path.

use super::*;
use crate::classify::ReplyClass;
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
        (r#"[{"key": "a", "template": "T", "channel": "sms"}]"#, "steps[0].template", "text alone"),
        (r#"[{"key": "a", "channel": "sms"}]"#, "steps[0].text", "needs a text"),
        (
            r#"[{"key": "a", "template": "T", "branches": [{"on": ["sent", "answered"], "then": "finish"}]}]"#,
            "steps[0].branches[0].on",
            "never comes of a step by email",
        ),
        (r#"[{"key": "a", "channel": "sms", "text": "x", "thread": true}]"#, "steps[0].thread", "only mails"),
        (r#"[{"key": "a", "channel": "sms", "text": "{{ x"}]"#, "steps[0].text", "line 1"),
        (r#"[{"key": "a", "channel": "linkedin"}]"#, "steps[0].text", "text to send"),
        (r#"[{"key": "a", "channel": "task"}]"#, "steps[0].title", "title or a text"),
        (r#"[{"key": "a", "channel": "task", "title": "a\nb"}]"#, "steps[0].title", "one line"),
        (r#"[{"key": "a", "channel": "task", "title": "x", "html": "y"}]"#, "steps[0]", "nothing else"),
        (r#"[{"key": "a", "channel": "task", "title": "x", "within": "0"}]"#, "steps[0].within", "some time"),
        (
            r#"[{"key": "a", "channel": "task", "title": "x", "within": "1d", "goes_on": "given"}]"#,
            "steps[0].within",
            "does not wait",
        ),
        (r#"[{"key": "a", "template": "T", "title": "x"}]"#, "steps[0].title", "a person carries out"),
        (
            r#"[{"key": "a", "template": "T", "branches": [{"on": [], "then": "finish"}]}]"#,
            "steps[0].branches[0].on",
            "waits for",
        ),
        (
            r#"[{"key": "a", "template": "T", "branches": [{"on": ["sent"]}]}]"#,
            "steps[0].branches[0]",
            "where it leads",
        ),
        (
            r#"[{"key": "a", "template": "T"}, {"key": "b", "template": "T", "branches": [{"on": ["sent"], "go_to": "a"}]}]"#,
            "steps[1].branches[0].go_to",
            "no later step",
        ),
        (
            r#"[{"key": "a", "template": "T", "branches": [{"on": ["sent"], "go_to": "a", "then": "pause"}]}]"#,
            "steps[0].branches[0]",
            "not both",
        ),
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

#[test]
fn every_channel_may_be_a_step_and_branches_lead_on() {
    let all = definition(
        r#"{"branches": [{"on": ["interested"], "go_to": "t"}, {"on": ["replied"], "then": "pause"}], "on_holidays": true,
            "steps": [{"key": "m", "template": "T", "branches": [{"on": ["not_interested"], "then": "finish"}]},
            {"key": "s", "channel": "sms", "variants": [{"key": "a", "text": "Hi"}, {"key": "b", "text": "Hello"}]},
            {"key": "l", "channel": "linkedin", "text": "Hi", "within": "2d", "branches": [{"on": ["overdue", "skipped"], "go_to": "t"}]},
            {"key": "m2", "thread": true, "text": "Again"},
            {"key": "t", "channel": "task", "title": "Call", "goes_on": "given"}]}"#,
    );
    assert_eq!(all.validate(), []);
    assert_eq!(all.channels(), [Channel::Email, Channel::Sms, Channel::Linkedin, Channel::Task]);
    assert_eq!(definition(&serde_json::to_string(&all).unwrap()), all);
    let step = |key: &str| all.step(key).map(|(_, step)| step.clone()).unwrap();
    assert!(step("l").waits_for_a_person() && !step("t").waits_for_a_person() && !step("m").waits_for_a_person());
    let leads = |last: Option<&str>, class: ReplyClass| {
        all.branch_on(last, Happening::of_reply(class)).map(|branch| (branch.go_to.clone(), branch.then))
    };
    assert_eq!(leads(Some("m"), ReplyClass::NotInterested), Some((None, Some(Then::Finish))), "the step's own first");
    assert_eq!(leads(Some("s"), ReplyClass::NotInterested), Some((None, Some(Then::Pause))));
    assert_eq!(leads(None, ReplyClass::Interested), Some((Some("t".to_owned()), None)));
    assert_eq!(leads(Some("m"), ReplyClass::OptOut), None, "no branch leads on from a request to stop");
    assert_eq!(leads(Some("m"), ReplyClass::OutOfOffice), None);
    let stops = |class: ReplyClass| all.stopped_by(Happening::of_reply(class));
    assert_eq!(stops(ReplyClass::Other), Some(StopEvent::Reply));
    assert_eq!(stops(ReplyClass::WrongPerson), Some(StopEvent::WrongPerson), "whatever its stop rules say");
    assert_eq!(stops(ReplyClass::OutOfOffice), None);
    let mut narrow = all.clone();
    narrow.stop_on = vec![StopEvent::NotInterested];
    assert_eq!(narrow.stopped_by(Happening::of_reply(ReplyClass::Interested)), None);
    assert_eq!(narrow.stopped_by(Happening::of_reply(ReplyClass::NotInterested)), Some(StopEvent::NotInterested));
}

#[test]
fn names_of_happenings_are_those_of_json() {
    for happening in Happening::ALL {
        assert_eq!(serde_json::to_value(happening).unwrap(), happening.as_str());
    }
}
