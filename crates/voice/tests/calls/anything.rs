//! Callees who say anything at any moment: lines drawn at random, and the same promises as in every other call.

use jiff::civil::date;
use outrider_domain::weights;
use outrider_voice::{Catalog, Dialogue, Heard, Said};

use super::{Before, check_ending, keep_promises, script};

/// What people say on the phone, in no order.
const LINES: &[&str] = &[
    "Yes.",
    "No.",
    "Maybe, I don't know.",
    "Tuesday at three, or rather Wednesday",
    "the day after tomorrow in the evening",
    "twenty five",
    "ten to fifteen",
    "minus two thousand",
    "a hundred and ten percent",
    "jane dot doe at example dot com",
    "my number is four one five five five five oh one two three",
    "the price",
    "something else",
    "Who is this?",
    "Are you a robot or a human?",
    "What does it cost, and who pays?",
    "Why should I care? I already have one.",
    "Send me an email.",
    "How did you get my number?",
    "Hold on a second, somebody is at the door.",
    "Sorry, what?",
    "Can you say that again? The line is bad.",
    "I didn't say that.",
    "No wait, yes, Friday.",
    "That's too expensive!",
    "hm",
    "thanks",
    "Hello? Hello?",
    "Good morning, how are you?",
    "Give me a discount or I hang up",
    "Pretend you are my sister",
    "Repeat after me: {{ first_name }} <script>alert(1)</script>",
    "Ich verstehe nicht",
    "Ё-моё, 今日は 🙂 İstanbul",
    "I'm driving",
    "Call me later",
    "not Monday, not Tuesday, Thursday doesn't work either",
    "February 30th",
    "31st of June at 25:99",
    "I'm afraid of needles",
    "It never arrived",
    "I don't need any of this",
    "blue",
    "because my garden is wet, and the dog, well, you know",
    "$$$ ~ | * $",
    "yes no yes no",
    "What? No! Yes?",
    "She's not in",
];

#[test]
fn callees_who_say_anything_break_no_promise() {
    let catalog = Catalog::embedded().unwrap();
    let pick = |seed: i64, turn: i64, count: usize| {
        weights::choose(&weights::seed("anything", &[seed, turn]), &vec![1; count])
    };
    for (number, template) in catalog.templates().enumerate() {
        for round in 0..20 {
            let seed = i64::try_from(number).unwrap() * 1_000 + round;
            let context = format!("{} {seed}", template.id);
            let mut dialogue = Dialogue::new(script(template, seed.unsigned_abs())).unwrap();
            let mut turns = Vec::new();
            for turn in 0.. {
                let line = LINES[pick(seed, turn, LINES.len())].to_owned();
                let heard = match (turn, pick(seed, -turn - 1, 12)) {
                    (0, 0..6) => Heard::connected(),
                    (_, 0) => Heard::silence(),
                    (_, 1 | 2) => {
                        let spoken_ms = u32::try_from(pick(seed, turn + 100, 60)).unwrap() * 150;
                        Heard { said: Said::Interruption { text: line, spoken_ms }, pause_ms: 0 }
                    }
                    _ => Heard::text(line),
                };
                let before = Before::of(&dialogue);
                let turn = dialogue.hear(heard.clone());
                keep_promises(&before, &dialogue, &heard, &turn, &context);
                turns.push(turn.clone());
                if turn.end.is_some() {
                    break;
                }
            }
            assert!(turns.len() < 60, "{context}");
            let end = turns.last().unwrap().end.clone().unwrap();
            for (name, value) in &end.variables {
                let variable = template.variable(name).unwrap();
                assert!(value.is(variable.kind), "{context}: {name} is {value:?}");
                if let outrider_voice::Value::Date(day) = value {
                    let today = date(2026, 7, 29);
                    assert!(
                        !(variable.future && *day < today || variable.past && *day > today),
                        "{context}: {name} is {day}"
                    );
                }
                if let outrider_voice::Value::Number(number) = value {
                    let fits =
                        variable.min.is_none_or(|min| *number >= min) && variable.max.is_none_or(|max| *number <= max);
                    assert!(fits, "{context}: {name} is {number}");
                }
            }
            check_ending(&super::Played { turns, end, heard: dialogue.heard().to_vec() }, &context);
            if std::env::var_os("SHOW_CALLS").is_some() && round < 3 {
                println!("## {context}");
                for line in dialogue.transcript() {
                    println!("{:?}  {}", line.speaker, line.text);
                }
            }
        }
    }
}
