//! The templates in the binary, and what an operator's files may do and get told.

use std::collections::BTreeMap;

use super::{Catalog, EMBEDDED, Problem};

fn dental() -> String {
    EMBEDDED.iter().find(|(name, _)| *name == "dental-appointment.toml").map(|(_, text)| (*text).to_owned()).unwrap()
}

fn refused(text: &str) -> Vec<Problem> {
    Catalog::with_overrides([("mine.toml", text)]).expect_err("must be refused")
}

#[test]
fn the_embedded_templates_are_sound() {
    match Catalog::embedded() {
        Ok(catalog) => assert_eq!(catalog.templates().count() + 1, EMBEDDED.len()),
        Err(problems) => panic!("{}", problems.iter().map(|problem| format!("\n{problem}")).collect::<String>()),
    }
}

#[test]
fn a_file_adds_a_template_and_one_of_the_same_name_replaces_it() {
    let own = dental().replace("title = \"Dental appointment\"", "title = \"Teeth\"");
    let catalog =
        Catalog::with_overrides([("teeth.toml", own.as_str()), ("dental-appointment.toml", own.as_str())]).unwrap();
    assert_eq!(catalog.templates().count(), EMBEDDED.len());
    for id in ["teeth", "dental-appointment"] {
        assert_eq!(catalog.get(id).map(|template| template.title.as_str()), Some("Teeth"));
    }
}

#[test]
fn phrases_are_changed_for_all_or_for_one_template() {
    let own = format!("{}\n[phrases]\nmoment = \"No hurry.\"\n", dental());
    let catalog = Catalog::with_overrides([
        ("dental-appointment.toml", own.as_str()),
        ("phrases.toml", "moment = [\"One moment.\"]"),
    ])
    .unwrap();
    let moment = |id: &str| catalog.get(id).and_then(|template| template.phrases.get("moment").cloned()).unwrap();
    assert_eq!(moment("dental-appointment"), ["No hurry."]);
    assert_eq!(moment("general-outreach"), ["One moment."]);
    assert_eq!(catalog.outreach().phrases["repeat"].len(), 3, "the others stay");
}

#[test]
fn what_is_wrong_is_told_by_file_and_line() {
    let whole = dental();
    let line_of = |needle: &str, text: &str| {
        text.lines().count() - text.lines().rev().position(|line| line.contains(needle)).unwrap()
    };
    let changes = [
        ("next = \"day\"", "next = \"dday\"", "there is no state or end \"dday\""),
        ("Which day would suit you?", "Which day, {{ nobody }}?", "nothing gives a value for {{ nobody }}"),
        ("Which day would suit you?", "Which day at {{ address }}?", "address may be missing"),
        ("Which day would suit you?", "Which day {% if %}?", "not a text"),
        ("variable = \"preferred_day\"", "variable = \"day_of_wish\"", "there is no variable \"day_of_wish\""),
        (
            "on = { pain = \"pain_level\" }",
            "on = { plain = \"pain_level\" }",
            "\"plain\" is no answer to a question of type enum",
        ),
        ("\"8-10\" = \"urgent\"", "\"10-8\" = \"urgent\"", "\"10-8\" is no answer to a question of type number"),
        ("\"8-10\" = \"urgent\"", "\"8-10\" = \"day\"", "nothing leads to the state \"urgent\""),
        (
            "this is the automated assistant of {{ clinicName }} in {{ city }}.\"",
            "this is {{ clinicName }}.\"",
            "must say that a machine calls",
        ),
        ("id = \"hours\"", "id = \"hours\"\nwhat = 1", "unknown field"),
        ("[closings]", "[closings]\nfinished = \"Bye.\"", "there is no outcome \"finished\""),
        ("day = \"preferred_day\"", "day = \"pain_level\"", "no variable of type date"),
        ("name = \"city\"", "name = \"clinicName\"", "\"clinicName\" is used twice"),
        ("min = 1", "min = \"one\"", "invalid type"),
        ("title = \"Dental appointment\"", "title = \"Dental", "invalid"),
        ("when = \"the patient", "why = \"the patient", "unknown field"),
    ];
    for (old, new, message) in changes {
        assert!(whole.contains(old), "{old}");
        // Only the last place, so that the opening and not the voicemail is changed where both say the same.
        let at = whole.rfind(old).unwrap();
        let text = format!("{}{new}{}", &whole[..at], &whole[at + old.len()..]);
        let problems = refused(&text);
        let found = problems.iter().find(|problem| problem.message.contains(message));
        let found = found.unwrap_or_else(|| panic!("{message} is not among {problems:?}"));
        assert_eq!(found.file, "mine.toml");
        if !message.starts_with("nothing leads") && !message.contains("no variable of type date") {
            let changed = new.lines().last().unwrap();
            let expected = line_of(changed, &text);
            assert!(found.line.abs_diff(expected) <= 1, "{found} is about line {expected}");
        }
        assert!(found.to_string().starts_with("mine.toml:"));
    }
    assert!(refused("").iter().any(|problem| problem.message.contains("missing field")));
    for name in ["Mine.toml", "mine.md", "a/b.toml", ".toml"] {
        assert!(Catalog::with_overrides([(name, whole.as_str())]).is_err(), "{name}");
    }
    let problems = Catalog::with_overrides([("phrases.toml", "momment = \"x\"\nmoment = \"\"")]).unwrap_err();
    assert_eq!(problems.len(), 2, "{problems:?}");
}

#[test]
fn what_a_business_must_give_is_named() {
    let catalog = Catalog::embedded().unwrap();
    let dental = catalog.get("dental-appointment").unwrap();
    let fields = |values: &[(&str, &str)]| {
        let values =
            values.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect::<BTreeMap<_, _>>();
        dental.missing(&values).into_iter().map(|error| error.field).collect::<Vec<_>>()
    };
    assert_eq!(fields(&[]), ["clinicName", "city"]);
    assert_eq!(fields(&[("clinicName", "  "), ("city", "Chennai")]), ["clinicName"]);
    assert!(fields(&[("clinicName", "Smile Dental"), ("city", "Chennai")]).is_empty());
}

#[test]
fn the_prompt_holds_the_whole_template() {
    let catalog = Catalog::embedded().unwrap();
    for template in catalog.templates() {
        let values: BTreeMap<String, String> = template
            .placeholders
            .iter()
            .map(|placeholder| (placeholder.name.clone(), placeholder.example.clone()))
            .collect();
        let prompt = template.assembled_prompt(&values);
        assert!(!prompt.contains("{{") && !prompt.contains("{%"), "{}: {prompt}", template.id);
        let required = template.placeholders.iter().filter(|placeholder| placeholder.required);
        for wanted in template
            .variables
            .iter()
            .map(|variable| variable.name.as_str())
            .chain(template.flow.iter().map(|state| state.id.as_str()))
            .chain(template.transfers.iter().map(|rule| rule.when.as_str()))
            .chain(required.map(|placeholder| placeholder.example.as_str()))
        {
            assert!(prompt.contains(wanted), "{}: {wanted} is missing from\n{prompt}", template.id);
        }
    }
    let values = BTreeMap::from([
        ("clinicName".to_owned(), "Smile Dental".to_owned()),
        ("city".to_owned(), "Chennai".to_owned()),
    ]);
    let prompt = catalog.get("dental-appointment").unwrap().assembled_prompt(&values);
    assert!(prompt.starts_with("You are the front-desk assistant of Smile Dental in Chennai"), "{prompt}");
    assert!(prompt.contains("So that's <preferred_day>, <preferred_time>. Is that right?"), "{prompt}");
    let bare = catalog.outreach().assembled_prompt(&BTreeMap::new());
    assert!(bare.contains("that a machine calls.") && !bare.contains(" ."), "{bare}");
    assert!(!prompt.contains("openingHours"), "an answer that needs a value nobody gave is left out:\n{prompt}");
}
