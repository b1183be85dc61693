use std::collections::BTreeMap;

use super::{Cell, Field, Filter, Subject};
use crate::time::{DAY, Millis};

const NOW: Millis = Millis(1_793_613_600_000);

#[derive(Default)]
struct Contact {
    texts: BTreeMap<String, &'static str>,
    numbers: BTreeMap<String, f64>,
    times: BTreeMap<String, Millis>,
    events: BTreeMap<String, Millis>,
}

impl Subject for Contact {
    fn field(&self, field: &Field) -> Cell<'_> {
        let name = field.to_string();
        if name == "meeting_booked" || name == "converted" {
            return Cell::Flag(name == "converted");
        }
        if let Some(text) = self.texts.get(&name) {
            return Cell::Text((*text).into());
        }
        if let Some(number) = self.numbers.get(&name) {
            return Cell::Number(*number);
        }
        self.times.get(&name).map_or(Cell::Absent, |at| Cell::Time(*at))
    }
    fn last_event(&self, kind: &str) -> Option<Millis> {
        self.events.get(kind).copied()
    }
}

fn jane() -> Contact {
    let mut jane = Contact::default();
    for (name, text) in
        [("stage", "new"), ("country", "Österreich"), ("role", "Head of Sales"), ("email", "jane@acme.de")]
    {
        jane.texts.insert(name.to_owned(), text);
    }
    jane.texts.insert("custom.renewal".to_owned(), "2026-12-01");
    jane.numbers.insert("custom.score".to_owned(), 62.5);
    jane.times.insert("created_at".to_owned(), NOW.plus(-3 * DAY));
    jane.events.insert("email.sent".to_owned(), NOW.plus(-40 * DAY));
    jane.events.insert("signal.pricing_page".to_owned(), NOW.plus(-DAY));
    jane
}

#[test]
fn conditions_hold_or_not() {
    let jane = jane();
    for (text, expected) in [
        ("", true),
        ("all", true),
        ("stage = NEW", true),
        ("stage != new", false),
        ("country = österreich", true),
        ("country = \"ÖSTERREICH\"", true),
        ("stage in (converted, new)", true),
        ("stage not in (converted, new)", false),
        ("role contains sales", true),
        ("role starts with head", true),
        ("email ends with '.de'", true),
        ("email ends with \".com\"", false),
        ("has email", true),
        ("has no email", false),
        ("has phone", false),
        ("has no phone", true),
        ("meeting_booked", false),
        ("not meeting_booked", true),
        ("converted = yes", true),
        ("converted and has email", true),
        ("custom.score >= 62.5", true),
        ("custom.score > 62.5", false),
        ("custom.score < 100 and custom.score <= 62.5", true),
        ("custom.renewal < 2027-01-01", true),
        ("custom.nothing = 5", false),
        ("custom.nothing != 5", true),
        ("created_at within 7d", true),
        ("created_at older than 2d", true),
        ("created_at older 4d", false),
        ("created_at > 2026-10-01", true),
        ("replied_at within 7d", false),
        ("not replied_at within 7d", true),
        ("event email.sent", true),
        ("event email.sent within 30d", false),
        ("no event email.sent within 30d", true),
        ("signal pricing_page within 2d", true),
        ("event signal.pricing_page within 2d", true),
        ("signal demo", false),
        ("stage = converted or stage = new and has email", true),
        ("(stage = converted or stage = new) and has phone", false),
        ("not (stage = converted or has phone)", true),
        ("segment x", false),
    ] {
        let filter = Filter::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(filter.holds(&jane, NOW), expected, "{text}");
        assert_eq!(filter.explain(&jane, NOW).0, expected, "{text}, explained");
    }
}

#[test]
fn errors_say_where_and_what() {
    for (text, position, word) in [
        ("stag = new", 1, "no field \"stag\""),
        ("stage = new and", 16, "a condition"),
        ("stage = new an has email", 13, "\"an\""),
        ("stage ~ new", 7, "\"~\" means nothing"),
        ("stage = \"new", 9, "never ends"),
        ("(stage = new", 13, "\")\""),
        ("stage = new)", 12, "the end"),
        ("stage", 6, "comparison"),
        ("stage < new", 7, "no number and no time"),
        ("stage within 7d", 7, "contains"),
        ("created_at = soon", 14, "a date"),
        ("created_at within soon", 19, "length of time"),
        ("stage in new", 10, "\"(\""),
        ("stage in (new", 14, "\",\" or \")\""),
        ("stage not new", 11, "\"in\""),
        ("role starts sales", 13, "\"with\""),
        ("has", 4, "a field"),
        ("meeting_booked = maybe", 18, "true or false"),
        ("event \"a b\"", 7, "letters"),
        ("custom.score > high", 16, "a number"),
        ("ö = 1", 1, "no field"),
        ("country = ö and ä = 1", 17, "no field"),
        ("()", 2, "a condition"),
        ("= 5", 1, "a condition"),
    ] {
        let error = Filter::parse(text).expect_err(text);
        assert_eq!(error.position, position, "{text}: {error}");
        assert!(error.message.contains(word), "{text}: {error}");
    }
    assert!(Filter::parse(&"(".repeat(40)).unwrap_err().message.contains("nest"));
    assert!(Filter::parse(&"not ".repeat(900)).unwrap_err().message.contains("nest"));
    assert!(Filter::parse(&"x".repeat(4_001)).unwrap_err().message.contains("at most"));
}

#[test]
fn explanations_name_what_decided() {
    let jane = jane();
    let facts = |text: &str| {
        let (holds, facts) = Filter::parse(text).unwrap().explain(&jane, NOW);
        (holds, facts.into_iter().map(|fact| format!("{} → {}", fact.condition, fact.found)).collect::<Vec<_>>())
    };
    assert_eq!(
        facts("stage = new and no event email.opened within 30d"),
        (true, vec!["stage = new → new".to_owned(), "not event email.opened within 30d → never".to_owned()])
    );
    assert_eq!(facts("has email and has phone and stage = new"), (false, vec!["has phone → none".to_owned()]));
    assert_eq!(facts("has phone or stage = new"), (true, vec!["stage = new → new".to_owned()]));
    assert!(facts("not (has phone or stage = old)").0);
    assert_eq!(facts("not (has phone or stage = old)").1.len(), 2);
}

#[test]
fn what_a_filter_asks_for_is_known() {
    let filter =
        Filter::parse("segment big and (event a.b within 1d or signal c) and not event a.b and stage = new").unwrap();
    assert_eq!(filter.segments(), ["big"]);
    assert_eq!(filter.events(), ["a.b", "signal.c"]);
    assert!(filter.names(&Field::Known("stage")) && !filter.names(&Field::Known("role")));
    assert_eq!(filter.required().len(), 4);
    let expanded =
        filter.clone().expand(&|name| (name == "big").then(|| Filter::parse("has company").unwrap())).unwrap();
    assert_eq!(expanded.segments(), Vec::<String>::new());
    assert_eq!(filter.expand(&|_| None), Err("big".to_owned()));
}

#[test]
fn answers_of_a_class_are_events_and_unknown_classes_are_named() {
    for text in ["reply interested", "reply Not_Now within 30d", "not reply out_of_office"] {
        let filter = Filter::parse(text).unwrap();
        assert!(filter.asks_for_reply(), "{text}");
        assert!(filter.events().iter().all(|kind| kind.starts_with("reply.")), "{text}");
    }
    assert_eq!(Filter::parse("reply Not_Now").unwrap().events(), ["reply.not_now"]);
    let error = Filter::parse("stage = new and reply keen").unwrap_err();
    assert_eq!(error.position, 23);
    assert!(error.message.contains("\"keen\"") && error.message.contains("not_interested"), "{error}");
}
