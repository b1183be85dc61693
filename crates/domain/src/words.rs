//! Text as folded words, and patterns over them: what rules about people's words are written in. Knows no language and no kind of text.

use std::borrow::Cow;

/// Lower case, without accents, without quotation differences: what patterns and texts are compared in.
#[must_use]
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for c in text.chars().flat_map(char::to_lowercase) {
        match c {
            'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' => folded.push('a'),
            'è' | 'é' | 'ê' | 'ë' => folded.push('e'),
            'ì' | 'í' | 'î' | 'ï' => folded.push('i'),
            'ò' | 'ó' | 'ô' | 'õ' | 'ö' | 'ø' => folded.push('o'),
            'ù' | 'ú' | 'û' | 'ü' => folded.push('u'),
            'ç' => folded.push('c'),
            'ñ' => folded.push('n'),
            'ß' => folded.push_str("ss"),
            'œ' => folded.push_str("oe"),
            'æ' => folded.push_str("ae"),
            '’' | '‘' | '´' | '`' | 'ʼ' => folded.push('\''),
            '\u{ad}' | '\u{200b}' | '\u{200c}' | '\u{200d}' | '\u{feff}' | '\u{300}'..='\u{36f}' => {}
            '\u{a0}' | '\u{202f}' | '\t' => folded.push(' '),
            other => folded.push(other),
        }
    }
    folded
}

/// The folded words of a text. `don't` is one word and so is `do not`, `n'envoyez` two, `e-mail` is `email`.
#[must_use]
pub fn words(text: &str) -> Vec<String> {
    let folded = fold(text).replace("e-mail", "email").replace("e mail", "email");
    let mut words = Vec::new();
    let mut word = String::new();
    let mut rest = folded.chars().peekable();
    while let Some(c) = rest.next() {
        if c.is_alphanumeric() {
            word.push(c);
            continue;
        }
        if c == '\''
            && !word.is_empty()
            && is_english_ending(&rest.clone().take_while(|c| c.is_alphanumeric()).take(4).collect::<String>())
        {
            continue;
        }
        if !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    let mut joined: Vec<String> = Vec::with_capacity(words.len());
    for word in words {
        match joined.last_mut() {
            Some(last) if last == "do" && word == "not" => "dont".clone_into(last),
            _ => joined.push(word),
        }
    }
    joined
}

fn is_english_ending(ending: &str) -> bool {
    matches!(ending, "t" | "s" | "m" | "d" | "re" | "ve" | "ll")
}

/// One pattern: words in order. `a|b` is a choice, `kontakt~` a beginning, `*` up to four words of any kind, `$` the end.
#[derive(Debug)]
pub struct Pattern {
    items: Vec<Item>,
    /// As written, for evidence.
    pub text: Cow<'static, str>,
}

/// Where a pattern matched: words `from..to`, of which its gaps took those at `passed_over`.
#[derive(Debug, PartialEq, Eq)]
pub struct Match {
    /// Index of the first word.
    pub from: usize,
    /// Index after the last word.
    pub to: usize,
    /// Indices of the words that gaps took.
    pub passed_over: Vec<usize>,
}

#[derive(Debug)]
enum Item {
    Gap,
    End,
    Word(Vec<(String, bool)>),
}

const GAP: usize = 4;

impl Pattern {
    /// Reads the notation; any text is a pattern.
    #[must_use]
    pub fn new(text: impl Into<Cow<'static, str>>) -> Self {
        let text = text.into();
        let items = text
            .split_whitespace()
            .map(|item| {
                if item == "*" {
                    return Item::Gap;
                }
                if item == "$" {
                    return Item::End;
                }
                let choices = item.split('|').map(|choice| {
                    let beginning = choice.ends_with('~');
                    (fold(choice.trim_end_matches('~')), beginning)
                });
                Item::Word(choices.collect())
            })
            .collect();
        Self { items, text }
    }

    /// Where it first matches.
    #[must_use]
    pub fn find(&self, words: &[String]) -> Option<Match> {
        let mut passed_over = Vec::new();
        (0..words.len()).find_map(|from| {
            passed_over.clear();
            let to = ends_at(&self.items, words, from, &mut passed_over)?;
            Some(Match { from, to, passed_over: passed_over.clone() })
        })
    }

    /// Whether it covers all of `words`.
    #[must_use]
    pub fn is_all_of(&self, words: &[String]) -> bool {
        !words.is_empty() && ends_at(&self.items, words, 0, &mut Vec::new()) == Some(words.len())
    }
}

/// The patterns of a table.
#[must_use]
pub fn patterns(table: &[&'static str]) -> Vec<Pattern> {
    table.iter().map(|text| Pattern::new(*text)).collect()
}

/// The end of a match, and in `passed_over` the words its gaps took.
fn ends_at(items: &[Item], words: &[String], at: usize, passed_over: &mut Vec<usize>) -> Option<usize> {
    let Some((item, rest)) = items.split_first() else {
        return Some(at);
    };
    match item {
        Item::Gap => (0..=GAP).find_map(|skipped| {
            let depth = passed_over.len();
            passed_over.extend(at..at + skipped);
            let end = ends_at(rest, words, at + skipped, passed_over);
            if end.is_none() {
                passed_over.truncate(depth);
            }
            end
        }),
        Item::End => (at == words.len()).then_some(at),
        Item::Word(choices) => {
            let word = words.get(at)?;
            let fits = choices
                .iter()
                .any(|(choice, beginning)| if *beginning { word.starts_with(choice) } else { word == choice });
            if fits { ends_at(rest, words, at + 1, passed_over) } else { None }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Match, Pattern, words};

    #[test]
    fn words_are_folded() {
        assert_eq!(words("Don’t E-Mail “Zoë” n'envoyez"), ["dont", "email", "zoe", "n", "envoyez"]);
    }

    #[test]
    fn patterns_have_choices_beginnings_and_gaps() {
        let pattern = Pattern::new("remove|delete me * list~");
        assert_eq!(
            pattern.find(&words("so delete me from all your lists now")),
            Some(Match { from: 1, to: 7, passed_over: vec![3, 4, 5] })
        );
        assert_eq!(pattern.find(&words("remove me from one two three four five list")), None);
        assert!(Pattern::new("stop please").is_all_of(&words("STOP, please!")));
        assert!(!Pattern::new("stop").is_all_of(&words("stop here")));
        assert!(
            Pattern::new("stop $").find(&words("do stop")).is_some()
                && Pattern::new("stop $").find(&words("stop there")).is_none()
        );
    }
}
