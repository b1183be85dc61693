use super::{CATALOG, PlaybookStep, StepKind, Structure, find, follow, read};
use crate::cron::Cron;
use crate::filter::{Cell, Field, Filter, Subject};
use crate::span::Span;
use crate::template::Template;
use crate::time::Millis;

const NOW: Millis = Millis(1_793_613_600_000);

struct Known(Vec<(&'static str, &'static str)>);

impl Subject for Known {
    fn field(&self, field: &Field) -> Cell<'_> {
        let name = field.to_string();
        self.0.iter().find(|(known, _)| *known == name).map_or(Cell::Absent, |(_, text)| Cell::Text((*text).into()))
    }
    fn last_event(&self, _: &str) -> Option<Millis> {
        None
    }
}

fn steps(markdown: &str) -> Vec<PlaybookStep> {
    read(markdown).unwrap().unwrap().steps
}

#[test]
fn every_playbook_of_the_catalog_can_be_read_checked_and_watched_for() {
    assert!(CATALOG.len() >= 8);
    for playbook in CATALOG {
        let structure = read(playbook.markdown)
            .unwrap_or_else(|error| panic!("{}: line {:?}: {error}", playbook.id, error.line))
            .unwrap_or_else(|| panic!("{} has no steps", playbook.id));
        assert!(structure.steps.len() >= 2, "{}", playbook.id);
        assert!(!playbook.summary().is_empty() && playbook.title() != playbook.id, "{}", playbook.id);
        let filter = playbook.monitoring("filter").unwrap_or_else(|| panic!("{} watches nobody", playbook.id));
        Filter::parse(filter).unwrap_or_else(|error| panic!("{}: {error}", playbook.id));
        if let Some(schedule) = playbook.monitoring("schedule") {
            Cron::parse(schedule).unwrap_or_else(|error| panic!("{}: {error}", playbook.id));
        }
        assert!(
            playbook.monitoring("schedule").is_some() || playbook.monitoring("events").is_some(),
            "{}",
            playbook.id
        );
        playbook.monitoring("contacts per run").and_then(|most| most.parse::<u32>().ok()).unwrap();
        assert_eq!(find(playbook.id), Some(playbook));
    }
    assert_eq!(find("nothing"), None);
}

#[test]
fn the_texts_of_the_catalog_are_whole_whatever_is_known_of_the_contact() {
    let mut most = serde_json::json!({ "first_name": "Jane", "name": "Jane Doe", "company": "Acme", "role": "CTO", "phone": "+4930123",
        "sender": { "name": "Ada", "email": "ada@x.test" }, "agent": { "elevator_pitch": "We sort mail.", "value_proposition": "Less mail." } });
    let mut least = serde_json::json!({ "name": "Jane Doe", "phone": "+4930123", "sender": { "email": "ada@x.test" }, "agent": {} });
    // Skills leave nothing out: what they did not find is said in words.
    let found = serde_json::json!({ "brief": { "brief": { "summary": "Jane Doe is CTO at Acme." } }, "fit": { "score": 81, "reasoning": "A CTO." },
        "letter": { "subject": "Anvils", "body": "Hi Jane, anvils?" } });
    for values in [&mut most, &mut least] {
        values["steps"] = found.clone();
    }
    for playbook in CATALOG {
        for step in steps(playbook.markdown) {
            for text in step.texts().into_iter().filter_map(|(_, text)| text) {
                for values in [&most, &least] {
                    let rendered = Template::parse(text).unwrap().render(&std::sync::Arc::new(values.clone())).unwrap();
                    assert!(rendered.unresolved.is_empty(), "{} {}: {:?}", playbook.id, step.key, rendered.unresolved);
                    assert!(
                        !rendered.text.contains("  ") && !rendered.text.contains("\n\n\n"),
                        "{}: {}",
                        step.key,
                        rendered.text
                    );
                }
            }
        }
    }
}

#[test]
fn markdown_gives_steps_with_their_settings_and_texts() {
    let text = "# P\n\nProse - not: a setting\n\n## Steps\n\n- stop on: reply, out of office\n- hours: mon-wed,fri 09:00-12:30\n\n### one: email\n- when: stage = new\n- because: why not\n- subject: Hello: again\n\nHi {{ first_name }},\n\n- a list in the text\n\n### two: update\n- after: 2d\n- set: custom.tier = gold\n- set: role = Boss\n\n## After\n\n### three: nothing\n";
    let structure = read(text).unwrap().unwrap();
    assert_eq!(structure.stop_on.len(), 2);
    let hours = serde_json::to_value(structure.hours).unwrap();
    assert_eq!(hours, serde_json::json!({ "days": ["mon", "tue", "wed", "fri"], "from": "09:00", "to": "12:30" }));
    let [one, two] = structure.steps.as_slice() else { panic!("{:?}", structure.steps) };
    assert_eq!((one.key.as_str(), one.kind, one.subject.as_deref()), ("one", StepKind::Email, Some("Hello: again")));
    assert_eq!(one.text.as_deref(), Some("Hi {{ first_name }},\n\n- a list in the text"));
    assert_eq!((two.after, two.set.len()), (Span::days(2), 2));
    assert_eq!(read("# P\n\nOnly prose").unwrap(), None);
    // What is read from Markdown is what JSON would say.
    let json = serde_json::to_value(&structure).unwrap();
    assert_eq!(serde_json::from_value::<Structure>(json).unwrap(), structure);
}

#[test]
fn what_is_wrong_in_markdown_is_said_with_its_line() {
    for (body, line, word) in [
        ("### one", 3, "key: kind"),
        ("### one: fax\n\ntext", 3, "no kind of step"),
        ("### one: note", 3, "needs a text"),
        ("### one: note\n- after: soon\n\nx", 4, "length of time"),
        ("### one: note\n- colour: red\n\nx", 4, "no setting"),
        ("### one: note\n- nothing\n\nx", 4, "blank line"),
        ("### one: note\n- when: stag = new\n\nx", 3, "at character 1"),
        ("### one: note\n\nx\n\n### one: note\n\ny", 7, "two steps"),
        ("### One: note\n\nx", 3, "lower-case"),
        ("### one: email\n\nx", 3, "subject is missing"),
        ("### one: email\n- subject: {{ x\n\nx", 3, "line 1"),
        ("### one: stage\n- stage: lost", 3, "not \"lost\""),
        ("### one: update\n- set: email = a@b.test", 3, "can't be set"),
        ("### one: update\n- set: role", 4, "field = value"),
        ("### one: note\n- stage: new\n\nx", 3, "has no stage"),
        ("### one: skill", 3, "says which"),
        ("### one: note\n- skill: research\n\nx", 3, "has no skill"),
        ("### one-a: skill\n- skill: research", 3, "has no -"),
        ("### one: note\n- when: steps.fit.score > 3\n\nx", 3, "no skill before"),
        ("### one: note\n\n{{ steps.fit.score }}", 3, "no skill before"),
        ("### fit: skill\n- skill: lead_scoring\n- when: steps.fit.score > 3", 3, "no skill before"),
        ("- hours: always\n\n### one: note\n\nx", 3, "are no hours"),
        ("- stop on: rain\n\n### one: note\n\nx", 3, "rain"),
        ("- speed: high\n\n### one: note\n\nx", 3, "no setting of a playbook"),
    ] {
        let error = read(&format!("## Steps\n\n{body}\n")).expect_err(body);
        assert_eq!(error.line, Some(line), "{body}: {error}");
        assert!(error.message.contains(word), "{body}: {error}");
    }
}

#[test]
fn waves_follow_delays_and_conditions_decide() {
    let structure = read("## Steps\n\n### a: note\n\nx\n\n### b: email\n- when: stage = new\n- subject: S {{ company }}\n\nHi\n\n### c: note\n- after: 2d\n\nlater\n\n### d: linkedin\n\nhello\n").unwrap().unwrap();
    let follower = follow(&structure, &|_| None);
    let jane = Known(vec![("stage", "new"), ("email", "j@x.test"), ("company", "Acme")]);
    let first = follower.plan(0, &jane, &[], NOW);
    assert_eq!(
        first.drafts.iter().map(|draft| (draft.step.key.as_str(), draft.go)).collect::<Vec<_>>(),
        [("a", true), ("b", true)]
    );
    let facts: Vec<String> =
        first.drafts[1].grounds.facts.iter().map(|fact| format!("{}: {}", fact.condition, fact.found)).collect();
    assert_eq!(facts, ["stage = new: new", "the text uses company: Acme"]);
    assert_eq!((first.next, first.upcoming.len()), (Some(Span::days(2)), 2));
    let second = follower.plan(1, &jane, &[], NOW);
    assert_eq!(
        second.drafts.iter().map(|draft| (draft.step.key.as_str(), draft.go)).collect::<Vec<_>>(),
        [("c", true), ("d", false)]
    );
    assert!(second.drafts[1].grounds.reason.contains("no linkedin_url"));
    assert_eq!((second.next, second.upcoming.len()), (None, 0));
    assert!(follower.plan(2, &jane, &[], NOW).drafts.is_empty());
    let old = Known(vec![("stage", "converted"), ("email", "j@x.test")]);
    let passed = &follower.plan(0, &old, &[], NOW).drafts[1];
    assert!(!passed.go && passed.grounds.reason.contains("does not hold"), "{passed:?}");
    assert_eq!(passed.grounds.facts[0].found, "converted");
}

#[test]
fn a_first_step_that_waits_leaves_the_first_wave_empty() {
    let structure = read("## Steps\n\n### a: note\n- after: 1d\n\nx\n").unwrap().unwrap();
    let follower = follow(&structure, &|_| None);
    let first = follower.plan(0, &Known(Vec::new()), &[], NOW);
    assert!(first.drafts.is_empty());
    assert_eq!((first.next, first.upcoming.len()), (Some(Span::days(1)), 1));
    assert_eq!(follower.plan(1, &Known(Vec::new()), &[], NOW).drafts.len(), 1);
}

#[test]
fn what_follows_a_skill_is_planned_once_it_has_found_something() {
    let structure = read("## Steps\n\n### brief: skill\n- skill: research\n\n### fit: skill\n- skill: lead_scoring\n\n### yes: note\n- when: steps.fit.score >= 60 and steps.brief.known = true\n\ngood\n\n### no: note\n- when: not steps.fit.score >= 60\n\nbad\n\n### end: note\n- after: 1d\n\nlast\n").unwrap().unwrap();
    let follower = follow(&structure, &|_| None);
    let keys = |wave, subject: &Known| {
        let plan = follower.plan(wave, subject, &[], NOW);
        (plan.drafts.iter().map(|draft| format!("{} {}", draft.step.key, draft.go)).collect::<Vec<_>>(), plan.next)
    };
    let nobody = Known(Vec::new());
    assert_eq!(keys(0, &nobody), (vec!["brief true".to_owned()], Some(Span::ZERO)));
    assert_eq!(keys(1, &nobody), (vec!["fit true".to_owned()], Some(Span::ZERO)));
    let good = Known(vec![("steps.fit.score", "71"), ("steps.brief.known", "true")]);
    assert_eq!(keys(2, &good), (vec!["yes true".to_owned(), "no false".to_owned()], Some(Span::days(1))));
    let bad = Known(vec![("steps.fit.score", "40")]);
    assert_eq!(keys(2, &bad).0, ["yes false", "no true"]);
    assert_eq!(keys(3, &bad), (vec!["end true".to_owned()], None));
}
