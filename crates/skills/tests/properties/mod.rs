//! Ten realistic and awkward inputs of each skill held to what a seller would look for before sending. Reads no style: `examples/samples.rs`
//! prints the same outputs for a person.
#![expect(clippy::expect_used, reason = "a test ends where a skill gives nothing")]

use std::collections::BTreeSet;

use outrider_skills::{SKILLS, find};
use serde_json::Value;

use super::{inputs, texts};

/// Skills whose texts go to the reader, and what of the output does.
const WRITERS: &[(&str, &str)] = &[
    ("linkedin_message", ""),
    ("personalized_email", ""),
    ("cold_call_script", ""),
    ("outreach_sequence", ""),
    ("outreach_generation", "/results"),
    ("research", "/inmails"),
];
/// Words of the inputs that are for the seller alone.
const SILENT: &[&str] = &[
    "budget until",
    "prefers",
    "refund",
    "spreadsheet",
    "layoff",
    "discount",
    "ignore",
    "previous instructions",
    "cost cutting",
    "lost a key",
    "busy",
    "competitor",
    "march 20",
    "do not mention",
    "your company",
    "in fractional",
    "is fractional",
    "said to myself",
    "{{",
    "[first",
    "http",
];
/// Capitals that no input has and English does.
const CAPITALS: &[&str] = &["I", "I'd", "I'm", "I'll", "LinkedIn", "Day", "Dear", "Hi", "Hello", "Hey", "Re"];
/// Numbers of the texts' own: minutes of a call, days of a sequence.
const NUMBERS: &[&str] = &["1", "3", "7", "14", "15"];

/// What of each of the ten outputs goes to the reader, with its input.
fn written(skill: &str, place: &str) -> Vec<(Value, Vec<String>)> {
    let skill = find(skill).expect("a skill");
    inputs::of(skill.name)
        .into_iter()
        .enumerate()
        .map(|(number, input)| {
            let output = skill.run(&input, &inputs::background(number)).expect("an output");
            assert_eq!(skill.accept(&output), Ok(output.clone()), "{}", skill.name);
            let mut found = Vec::new();
            texts(output.pointer(place).expect("the place"), &mut found);
            (input, found)
        })
        .collect()
}

fn words(text: &str) -> Vec<String> {
    let bare = |word: &str| word.trim_matches(|c: char| !c.is_alphanumeric()).to_owned();
    text.split_whitespace().map(bare).filter(|word| !word.is_empty()).collect()
}

#[test]
fn ten_inputs_of_every_skill_come_to_accepted_outputs() {
    for skill in SKILLS {
        assert_eq!(inputs::of(skill.name).len(), 10, "{}", skill.name);
        written(skill.name, "");
    }
}

#[test]
fn what_a_reader_gets_has_no_note_no_blank_and_no_slip() {
    for (skill, place) in WRITERS.iter().chain(&[("thought_leadership", "")]) {
        for (input, found) in written(skill, place) {
            for text in &found {
                let small = text.to_lowercase();
                for word in SILENT {
                    assert!(!small.contains(word), "{skill}: {word:?} in {text:?}");
                }
                for slip in ["  ", " .", " ,", "..", "?.", ".?", " ;", ",,", "!", "the the", " a a ", " at at "] {
                    let indented = slip == "  " && text.contains("    Check:");
                    assert!(indented || !text.contains(slip), "{skill}: {slip:?} in {text:?} of {input}");
                }
                for pair in words(text).windows(2) {
                    assert!(pair[0] != pair[1] || pair[0].len() == 1, "{skill}: {:?} twice in {text:?}", pair[0]);
                }
            }
        }
    }
}

#[test]
fn numbers_and_names_come_from_the_input() {
    let digits = |text: &str| -> BTreeSet<String> {
        text.split(|c: char| !c.is_ascii_digit()).filter(|part| !part.is_empty()).map(str::to_owned).collect()
    };
    for (skill, place) in WRITERS {
        for (number, (input, found)) in written(skill, place).into_iter().enumerate() {
            let known = format!("{input} {:?}", inputs::background(number)).to_lowercase();
            for text in &found {
                for figure in digits(text) {
                    assert!(
                        digits(&known).contains(&figure) || NUMBERS.contains(&figure.as_str()),
                        "{skill}: {figure} in {text:?}"
                    );
                }
                let mut begins = true;
                for word in text.split_whitespace() {
                    let bare = word.trim_matches(|c: char| !c.is_alphanumeric());
                    let name = bare.trim_end_matches("'s").to_lowercase();
                    let given = name.is_empty() || known.contains(&name) || CAPITALS.contains(&bare);
                    assert!(begins || given || !bare.starts_with(char::is_uppercase), "{skill}: {bare:?} in {text:?}");
                    begins = word.ends_with(['.', '?', ':', ',']) || word == "Best" || word == "With";
                }
            }
        }
    }
}

#[test]
fn sentences_begin_with_a_capital_or_a_name_that_has_none() {
    for (skill, place) in WRITERS.iter().chain(&[("thought_leadership", "")]) {
        for (_, found) in written(skill, place) {
            for text in found.iter().filter(|text| text.contains(' ')) {
                let mut ended = true;
                for word in text.split_whitespace() {
                    let first = word.chars().find(|c| c.is_alphanumeric());
                    let small = ended && first.is_some_and(char::is_lowercase);
                    let channel = *skill == "outreach_sequence" && (text == "linkedin" || text == "email");
                    assert!(!small || channel || word.starts_with("fjordly"), "{skill}: {word:?} in {text:?}");
                    ended = word.ends_with(['.', '?']) && word != "INC." && !word.ends_with("Jr.");
                }
            }
        }
    }
}

/// Sequences of five words, with names out of the way.
fn fives(input: &Value, found: &[String]) -> BTreeSet<Vec<String>> {
    let names: BTreeSet<String> = words(&input.to_string())
        .into_iter()
        .flat_map(|word| words(&word.replace([':', '"', ','], " ")))
        .filter(|word| word.starts_with(char::is_uppercase))
        .map(|word| word.to_lowercase())
        .collect();
    found
        .iter()
        .flat_map(|text| {
            let all: Vec<String> = words(text)
                .iter()
                .map(|word| word.to_lowercase())
                .map(|word| if names.contains(&word) { "_".to_owned() } else { word })
                .collect();
            all.windows(5).map(<[String]>::to_vec).collect::<Vec<_>>()
        })
        .collect()
}

/// How much of a text stands in another one too: the mean and the most over all pairs.
fn shared(skill: &str, place: &str) -> (f64, f64) {
    let all: Vec<BTreeSet<Vec<String>>> =
        written(skill, place).iter().map(|(input, found)| fives(input, found)).collect();
    let mut shares = Vec::new();
    for (number, one) in all.iter().enumerate() {
        for other in &all[number + 1..] {
            let both = one.intersection(other).count() as f64;
            shares.push(both / one.len().min(other.len()).max(1) as f64);
        }
    }
    (shares.iter().sum::<f64>() / shares.len() as f64, shares.iter().copied().fold(0.0, f64::max))
}

#[test]
fn ten_inputs_do_not_read_as_one_template_with_names_swapped() {
    // A template with its names swapped shares nearly all of its five-word sequences; two mails that happen to end with the same request
    // and farewell share about a quarter.
    let mut told = String::new();
    let mut bad = false;
    for (skill, place, mean, most) in [
        ("linkedin_message", "", 0.05, 0.35),
        ("personalized_email", "", 0.05, 0.45),
        ("outreach_sequence", "", 0.10, 0.30),
        ("outreach_generation", "/results", 0.06, 0.45),
        ("research", "/inmails", 0.07, 0.35),
        ("thought_leadership", "", 0.05, 0.25),
        ("abm_content_brief", "/content", 0.40, 0.80),
    ] {
        let found = shared(skill, place);
        told.push_str(&format!("{skill}: mean {:.3} of {mean}, most {:.3} of {most}\n", found.0, found.1));
        bad |= found.0 > mean || found.1 > most;
    }
    println!("{told}");
    assert!(!bad, "{told}");
}
