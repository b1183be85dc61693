//! Which of some options was meant. Invents no option.

use outrider_domain::words::{Pattern, words};

use crate::template::Choice;

/// The one option a text names, by itself, by a synonym or by its place; none when it names none or several.
pub(crate) fn choice(text: &str, options: &[Choice]) -> Option<String> {
    let words = words(text);
    let mut found: Vec<&Choice> = options.iter().filter(|option| is_named(option, &words)).collect();
    // "annual" over "annual or monthly": one that is part of another's name gives way.
    if found.len() > 1 {
        let longest = found.iter().map(|option| option.value.len()).max().unwrap_or(0);
        let inside = |option: &&Choice| {
            found.iter().any(|other| other.value.len() > option.value.len() && other.value.contains(&option.value))
        };
        if found.iter().filter(|option| !inside(option)).count() == 1 {
            found.retain(|option| option.value.len() == longest);
        }
    }
    match found.as_slice() {
        [one] => Some(one.value.clone()),
        [] => by_place(&words, options),
        _ => None,
    }
}

fn is_named(option: &Choice, words: &[String]) -> bool {
    let own = Pattern::new(option.value.replace(['_', '-', '|', '*', '~', '$'], " "));
    std::iter::once(own).chain(option.synonyms.iter().map(|synonym| Pattern::new(synonym.clone()))).any(|pattern| {
        pattern.find(words).is_some_and(|found| {
            found.to > found.from
                && !words[found.from.saturating_sub(2)..found.from]
                    .iter()
                    .any(|word| matches!(word.as_str(), "not" | "dont" | "isnt" | "neither"))
        })
    })
}

fn by_place(words: &[String], options: &[Choice]) -> Option<String> {
    const PLACES: [&[&str]; 5] = [
        &["first", "one", "1"],
        &["second", "two", "2"],
        &["third", "three", "3"],
        &["fourth", "four", "4"],
        &["fifth", "five", "5"],
    ];
    if words.len() > 6 {
        return None;
    }
    if words.iter().any(|word| matches!(word.as_str(), "last" | "latter")) {
        return options.last().map(|option| option.value.clone());
    }
    // "the second one": the ordinal says which, "one" only stands for it.
    let ordinal = PLACES.iter().position(|names| words.iter().any(|word| word == names[0]));
    let number = || PLACES.iter().position(|names| words.iter().any(|word| names[1..].contains(&word.as_str())));
    ordinal.or_else(number).and_then(|at| options.get(at)).map(|option| option.value.clone())
}

#[cfg(test)]
mod tests {
    use super::choice;
    use crate::template::Choice;

    fn options() -> Vec<Choice> {
        [("cleaning", "clean~"), ("check_up", "checkup|routine"), ("pain", "hurt~|ache~|toothache")]
            .into_iter()
            .map(|(value, synonym)| Choice { value: value.to_owned(), synonyms: vec![synonym.to_owned()] })
            .collect()
    }

    #[test]
    fn options_are_named_by_word_synonym_or_place() {
        for (text, expected) in [
            ("A check-up, please", Some("check_up")),
            ("just routine", Some("check_up")),
            ("my tooth hurts", Some("pain")),
            ("I need them cleaned", Some("cleaning")),
            ("the second one", Some("check_up")),
            ("option three", Some("pain")),
            ("the last", Some("pain")),
            ("not cleaning, a checkup", Some("check_up")),
            ("cleaning and a checkup", None),
            ("something else", None),
        ] {
            assert_eq!(choice(text, &options()).as_deref(), expected, "{text}");
        }
    }
}
