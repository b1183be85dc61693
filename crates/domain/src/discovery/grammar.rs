//! Reading a sentence: each rule looks at the words from a place on and takes those it understands; what no rule takes is dropped
//! and said so. Words are data: nothing in a sentence is followed as an instruction.

mod negation;

use super::vocabulary::{
    COMPANIES, GLUE, NEGATIONS, PEOPLE, demonym_of, department_of, industry_of, rank_of, region_of, size_of, title_of,
};
use super::{Dropped, Reading, Understood, plain};
use crate::country;

/// Longest sentence, in characters.
pub const LONGEST_SENTENCE: usize = 1_000;
/// Longest name of a place or an industry, in words.
const LONGEST_NAME: usize = 4;
/// A year that a company may have been founded in.
const YEARS: std::ops::RangeInclusive<i64> = 1000..=2100;

/// A word of a sentence.
struct Word<'a> {
    /// As written.
    text: &'a str,
    /// Folded, letters and digits alone.
    plain: String,
    /// Whether a comma or full stop stands after it.
    ends: bool,
}

/// Reads a sentence. Never fails: what is not understood is in the answer.
#[must_use]
pub fn parse(sentence: &str) -> Reading {
    let cut: String = sentence.chars().take(LONGEST_SENTENCE).collect();
    let words = split(&cut);
    let mut reader =
        Reader { words: &words, at: 0, reading: Reading::default(), lost: Vec::new(), left_out: Vec::new() };
    while reader.at < reader.words.len() {
        let from = reader.at;
        // First, for "no more than 50 people" is a size.
        if !reader.size() && !reader.negated() && !reader.step() {
            let word = &reader.words[from];
            if !GLUE.contains(&word.plain.as_str())
                && !COMPANIES.contains(&word.plain.as_str())
                && !word.plain.is_empty()
            {
                reader.lost.push(from);
            }
            reader.at = from + 1;
        }
    }
    reader.finish(sentence.chars().count() > LONGEST_SENTENCE)
}

fn split(sentence: &str) -> Vec<Word<'_>> {
    let mut words = Vec::new();
    for part in sentence.split_whitespace() {
        // "20-50" is two numbers; "mid-size" is one word.
        let numbers = part.split(['-', '–', '—']).all(|piece| piece.chars().next().is_some_and(|c| c.is_ascii_digit()));
        let pieces: Vec<&str> = if numbers { part.split(['-', '–', '—']).collect() } else { vec![part] };
        for piece in pieces {
            let mut text = piece.trim_matches(|c: char| !c.is_alphanumeric() && c != '+' && c != '#');
            // With its sign: what is below nothing is no size and no year.
            if piece.strip_prefix(['-', '−']).is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit())) {
                text = piece.trim_end_matches(|c: char| !c.is_alphanumeric());
            }
            if text.is_empty() {
                continue;
            }
            let ends = piece.ends_with([',', ';', '.', '!', '?', ':']);
            words.push(Word { text, plain: plain(text), ends });
        }
    }
    words
}

struct Reader<'a> {
    words: &'a [Word<'a>],
    at: usize,
    reading: Reading,
    /// Places of words that no rule took.
    lost: Vec<usize>,
    /// Places of words that say what is to be left out.
    left_out: Vec<usize>,
}

impl Reader<'_> {
    fn plain(&self, place: usize) -> &str {
        self.words.get(place).map_or("", |word| word.plain.as_str())
    }

    fn is(&self, place: usize, any: &[&str]) -> bool {
        any.contains(&self.plain(place))
    }

    fn text(&self, from: usize, to: usize) -> String {
        let words: Vec<&str> = self.words[from..to.min(self.words.len())].iter().map(|word| word.text).collect();
        words.join(" ")
    }

    fn number(&self, place: usize) -> Option<i64> {
        let word = self.words.get(place)?;
        let text = word.text.trim_end_matches('+').replace([',', '\''], "");
        let (digits, times) = match text.strip_suffix(['k', 'K']) {
            Some(digits) => (digits, 1_000),
            None => (text.as_str(), 1),
        };
        if digits.is_empty() || digits.len() > 8 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        digits.parse::<i64>().ok().map(|number| number * times)
    }

    fn note(&mut self, from: usize, to: usize, filter: &str, meaning: String) {
        let text = self.text(from, to);
        self.reading.understood.push(Understood { text, filter: filter.to_owned(), meaning });
        self.at = to;
    }

    /// Tries every rule but that of sizes at the present place.
    fn step(&mut self) -> bool {
        self.founded()
            || self.hiring()
            || self.using()
            || self.place()
            || self.address()
            || self.title()
            || self.industry()
            || self.count()
    }

    /// `20 to 50 people`, `more than 100 employees`, `50+ people`, `small`.
    fn size(&mut self) -> bool {
        let from = self.at;
        if let Some((least, most)) = size_of(self.plain(from)) {
            let open = most >= 100_000_000;
            self.reading.filters.employees_min = Some(least);
            self.reading.filters.employees_max = (!open).then_some(most);
            let meaning = if open { format!("at least {least} people") } else { format!("{least} to {most} people") };
            self.note(from, from + 1, "employees", meaning);
            return true;
        }
        let (bound, mut at) = match (self.plain(from), self.plain(from + 1)) {
            ("no" | "not", "more" | "larger" | "bigger" | "greater") if self.is(from + 2, &["than"]) => {
                ("most", from + 3)
            }
            ("no" | "not", "fewer" | "less" | "smaller") if self.is(from + 2, &["than"]) => ("least", from + 3),
            ("between", _) => ("between", from + 1),
            ("more" | "greater" | "larger" | "bigger", "than") => ("over", from + 2),
            ("over" | "above", _) => ("over", from + 1),
            ("at", "least") => ("least", from + 2),
            ("minimum" | "min", _) => ("least", from + 1),
            ("fewer" | "less" | "smaller", "than") => ("under", from + 2),
            ("under" | "below", _) => ("under", from + 1),
            ("up", "to") | ("at", "most") => ("most", from + 2),
            ("maximum" | "max", _) => ("most", from + 1),
            ("about" | "around" | "roughly", _) => ("about", from + 1),
            _ => ("", from),
        };
        let Some(first) = self.number(at) else { return false };
        let open = self.words[at].text.ends_with('+');
        at += 1;
        let second = match self.is(at, &["to", "and", "until", "through"]) {
            true => self.number(at + 1).inspect(|_| at += 2),
            false => self.number(at).inspect(|_| at += 1),
        };
        let at_end = self.is(at, PEOPLE) || (self.is(at, &["person", "people", "man"]) && self.is(at + 1, COMPANIES));
        if !at_end {
            return false;
        }
        at += 1;
        let (least, most) = match (bound, second) {
            ("over", None) => (Some(first + 1), None),
            ("least", None) => (Some(first), None),
            ("under", None) => (None, Some(first - 1)),
            ("most", None) => (None, Some(first)),
            ("about", None) => (Some(first - first / 4), Some(first + first / 4)),
            (_, Some(second)) => (Some(first.min(second)), Some(first.max(second))),
            (_, None) if open => (Some(first), None),
            (_, None) => (Some(first), Some(first)),
        };
        self.reading.filters.employees_min = least;
        self.reading.filters.employees_max = most.map(|most| most.max(0));
        let meaning = match (least, most) {
            (Some(least), Some(most)) => format!("{least} to {most} people"),
            (Some(least), None) => format!("at least {least} people"),
            (None, most) => format!("at most {} people", most.unwrap_or(0)),
        };
        self.note(from, at, "employees", meaning);
        true
    }

    /// `founded after 2015`, `founded between 2010 and 2020`.
    fn founded(&mut self) -> bool {
        let from = self.at;
        if !self.is(from, &["founded", "established", "started", "created"]) {
            return false;
        }
        let year = |number: Option<i64>| number.filter(|year| YEARS.contains(year));
        let (word, at) = (self.plain(from + 1).to_owned(), from + 2);
        let Some(first) = year(self.number(at)) else { return false };
        let (least, most, end) = match word.as_str() {
            "after" => (Some(first + 1), None, at + 1),
            "since" => (Some(first), None, at + 1),
            "before" => (None, Some(first - 1), at + 1),
            "in" => (Some(first), Some(first), at + 1),
            "between" | "from" if self.is(at + 1, &["and", "to"]) => match year(self.number(at + 2)) {
                Some(second) => (Some(first.min(second)), Some(first.max(second)), at + 3),
                None => return false,
            },
            _ => return false,
        };
        self.reading.filters.founded_min = least;
        self.reading.filters.founded_max = most;
        let meaning = match (least, most) {
            (Some(least), Some(most)) => format!("founded {least} to {most}"),
            (Some(least), None) => format!("founded {least} or later"),
            (None, most) => format!("founded {} or before", most.unwrap_or(0)),
        };
        self.note(from, end, "founded", meaning);
        true
    }

    /// `hiring sales and marketing`.
    fn hiring(&mut self) -> bool {
        let from = self.at;
        let mut at = match (self.plain(from), self.plain(from + 1)) {
            ("hiring" | "recruiting", "for") => from + 2,
            ("hiring" | "recruiting", _) => from + 1,
            ("looking", "for") => from + 2,
            _ => return false,
        };
        let mut found: Vec<String> = Vec::new();
        while let Some((department, end)) = self.longest(at, department_of) {
            if !found.iter().any(|known| known == department) {
                found.push(department.to_owned());
            }
            at = if self.is(end, &["and", "or"]) && self.longest(end + 1, department_of).is_some() {
                end + 1
            } else {
                end
            };
        }
        if found.is_empty() {
            return false;
        }
        if self.is(at, &["people", "roles", "positions", "jobs", "reps", "staff"]) {
            at += 1;
        }
        let meaning = format!("hiring for {}", found.join(" or "));
        self.reading.filters.hiring.extend(found);
        self.note(from, at, "hiring", meaning);
        true
    }

    /// `using Salesforce`.
    fn using(&mut self) -> bool {
        let from = self.at;
        if !self.is(from, &["using", "use", "uses", "running", "runs"]) || from + 1 >= self.words.len() {
            return false;
        }
        let mut at = from + 1;
        let mut found = Vec::new();
        while at < self.words.len() && !self.is(at, GLUE) && !self.is(at, COMPANIES) && found.len() < 5 {
            found.push(self.words[at].text.to_owned());
            at += 1;
            if self.is(at, &["and", "or"]) && self.words.get(at + 1).is_some_and(|word| starts_upper(word.text)) {
                at += 1;
            } else {
                break;
            }
        }
        if found.is_empty() {
            return false;
        }
        let meaning = format!("using {}", found.join(" or "));
        self.reading.filters.technologies.extend(found);
        self.note(from, at, "technologies", meaning);
        true
    }

    /// `in Berlin`, `based in the Nordics`, `from Germany, Austria or Switzerland`, `German`.
    fn place(&mut self) -> bool {
        let from = self.at;
        if let Some(code) = demonym_of(self.plain(from)) {
            self.add_country(code);
            self.note(from, from + 1, "countries", format!("in {code}"));
            return true;
        }
        let mut at = match (self.plain(from), self.plain(from + 1)) {
            ("based" | "located" | "headquartered", "in") => from + 2,
            ("in" | "from" | "near", "the") => from + 2,
            ("in" | "from" | "near", _) => from + 1,
            _ => return false,
        };
        let (mut places, mut filter) = (Vec::new(), "countries");
        while let Some((name, end, is_country)) = self.one_place(at) {
            if !is_country {
                filter = "cities";
            }
            places.push(name);
            at = end;
            let ends = self.words.get(at - 1).is_some_and(|word| word.ends);
            let joined = self.is(at, &["and", "or"]);
            let next = if joined { at + 1 } else { at };
            if (ends || joined) && self.is_place(next) {
                at = next;
            } else {
                break;
            }
        }
        if places.is_empty() {
            return false;
        }
        let meaning = format!("in {}", places.join(" or "));
        self.note(from, at, filter, meaning);
        true
    }

    fn add_country(&mut self, code: &str) {
        let countries = &mut self.reading.filters.countries;
        if !countries.iter().any(|known| known == code) {
            countries.push(code.to_owned());
        }
    }

    /// Whether a place's name begins there, in a list of places: a known one, or a capital letter that begins nothing else.
    fn is_place(&self, place: usize) -> bool {
        let Some(word) = self.words.get(place) else { return false };
        (1..=LONGEST_NAME).any(|count| self.country_at(place, count).is_some())
            || region_of(&word.plain).is_some()
            || (starts_upper(word.text) && industry_of(&word.plain).is_none() && title_of(&word.plain).is_none())
    }

    fn country_at(&self, place: usize, count: usize) -> Option<&'static str> {
        if place + count > self.words.len() || self.words[place..place + count - 1].iter().any(|word| word.ends) {
            return None;
        }
        let code = country::find(&self.text(place, place + count))?.code;
        // "in" and "us" are words first: a code counts when it is written as one.
        let is_code = count == 1 && self.words[place].text.len() == 2;
        (!is_code || self.words[place].text.bytes().all(|byte| byte.is_ascii_uppercase())).then_some(code)
    }

    /// One place: its name, where it ends, and whether it is a country. A region becomes its countries.
    fn one_place(&mut self, at: usize) -> Option<(String, usize, bool)> {
        for count in (1..=LONGEST_NAME).rev() {
            if let Some(code) = self.country_at(at, count) {
                self.add_country(code);
                return Some((code.to_owned(), at + count, true));
            }
            if at + count > self.words.len() {
                continue;
            }
            let joined: String = (at..at + count).map(|place| self.plain(place)).collect();
            if let Some(codes) = region_of(&joined) {
                codes.iter().for_each(|code| self.add_country(code));
                return Some((self.text(at, at + count), at + count, true));
            }
        }
        let first = self.words.get(at)?;
        if GLUE.contains(&first.plain.as_str())
            || COMPANIES.contains(&first.plain.as_str())
            || self.number(at).is_some()
        {
            return None;
        }
        // "in fintech" is an industry; a place in lower case is one word.
        if industry_of(&first.plain).is_some() || title_of(&first.plain).is_some() {
            return None;
        }
        let mut end = at + 1;
        let more = |end: usize| {
            let before_ends = self.words.get(end - 1).is_some_and(|word| word.ends);
            !before_ends
                && self.words.get(end).is_some_and(|word| starts_upper(word.text) && industry_of(&word.plain).is_none())
        };
        while starts_upper(first.text) && end - at < LONGEST_NAME && more(end) && !self.is(end, GLUE) {
            end += 1;
        }
        let name = self.text(at, end);
        if !self.reading.filters.cities.contains(&name) {
            self.reading.filters.cities.push(name.clone());
        }
        Some((name, end, false))
    }

    /// `with an email address`.
    fn address(&mut self) -> bool {
        let from = self.at;
        let at = match (self.plain(from), self.plain(from + 1), self.plain(from + 2)) {
            ("with", "a" | "an" | "known" | "verified", _) => from + 2,
            ("with", ..) => from + 1,
            _ => return false,
        };
        if !self.is(at, &["email", "emails", "mail"]) {
            return false;
        }
        let end = if self.is(at + 1, &["address", "addresses"]) { at + 2 } else { at + 1 };
        self.reading.filters.with_email = true;
        self.note(from, end, "with_email", "people whose mail address is known".to_owned());
        true
    }

    /// `CTOs`, `head of sales`, `VP marketing`, `sales managers`.
    fn title(&mut self) -> bool {
        let from = self.at;
        if let Some((title, end)) = self.longest(from, title_of) {
            self.add_title(from, end, title.to_owned());
            return true;
        }
        if let Some(rank) = rank_of(self.plain(from)) {
            let at = if self.is(from + 1, &["of", "for"]) { from + 2 } else { from + 1 };
            if let Some((department, end)) = self.longest(at, department_of) {
                self.add_title(from, end, format!("{rank} {department}"));
                return true;
            }
        }
        if let Some((department, end)) = self.longest(from, department_of)
            && let Some(rank) = rank_of(self.plain(end))
        {
            let rank = rank.trim_end_matches(" of");
            self.add_title(from, end + 1, format!("{department} {rank}"));
            return true;
        }
        false
    }

    fn add_title(&mut self, from: usize, end: usize, title: String) {
        if !self.reading.filters.titles.contains(&title) {
            self.reading.filters.titles.push(title.clone());
        }
        self.note(from, end, "titles", format!("people who are {title}"));
    }

    /// `fintechs`, and an unknown word right before `companies`.
    fn industry(&mut self) -> bool {
        let from = self.at;
        if let Some((industry, end)) = self.longest(from, industry_of) {
            if !self.reading.filters.industries.iter().any(|known| known == industry) {
                self.reading.filters.industries.push(industry.to_owned());
            }
            self.note(from, end, "industries", format!("industry {industry}"));
            return true;
        }
        let word = self.plain(from).to_owned();
        let known = GLUE.contains(&word.as_str()) || COMPANIES.contains(&word.as_str());
        if !known && word.len() > 2 && self.is(from + 1, COMPANIES) && self.number(from).is_none() {
            let text = self.words[from].text.to_owned();
            self.reading.filters.keywords.push(text.clone());
            self.note(from, from + 1, "keywords", format!("the word {text}"));
            return true;
        }
        false
    }

    /// `10 fintechs`, `top 20 companies`.
    fn count(&mut self) -> bool {
        let from = self.at;
        let at = if self.is(from, &["top", "first"]) { from + 1 } else { from };
        let Some(number) = self.number(at).filter(|number| *number > 0 && *number <= 10_000) else { return false };
        let next = self.plain(at + 1).to_owned();
        if !COMPANIES.contains(&next.as_str()) && industry_of(&next).is_none() && at == from {
            return false;
        }
        self.reading.limit = Some(number);
        self.note(from, at + 1, "limit", format!("{number} companies"));
        true
    }

    /// The longest name from a place on that a table knows, and where it ends.
    fn longest<'t>(&self, from: usize, table: impl Fn(&str) -> Option<&'t str>) -> Option<(&'t str, usize)> {
        (1..=LONGEST_NAME).rev().find_map(|count| {
            let end = from + count;
            let words = self.words.get(from..end)?;
            let joined: String = words.iter().map(|word| word.plain.as_str()).collect();
            let broken = words[..count - 1].iter().any(|word| word.ends);
            table(&joined).filter(|_| !broken).map(|found| (found, end))
        })
    }

    /// Whether a word that no rule took belongs to the one before it.
    fn go_together(&self, from: usize, place: usize) -> bool {
        let left_out = |place: &usize| self.left_out.contains(place);
        match (left_out(&from), left_out(&place)) {
            (true, true) => !NEGATIONS.contains(&self.plain(place)),
            (false, false) => !self.words[place - 1].ends,
            _ => false,
        }
    }

    /// Words that no rule took, those that stand together as one.
    fn finish(mut self, was_cut: bool) -> Reading {
        let mut groups: Vec<(usize, usize)> = Vec::new();
        let go_together = |from, place| self.go_together(from, place);
        for place in &self.lost {
            match groups.last_mut() {
                Some((from, end)) if *end == *place && go_together(*from, *place) => *end = place + 1,
                _ => groups.push((*place, place + 1)),
            }
        }
        for (from, to) in groups {
            let text = self.text(from, to);
            let reason = match self.left_out.contains(&from) {
                true => "nothing can be left out by a filter: say what is looked for instead",
                false => "not understood as a filter",
            };
            self.reading.dropped.push(Dropped { text, reason: reason.to_owned() });
        }
        if was_cut {
            let reason = format!("only the first {LONGEST_SENTENCE} characters are read");
            self.reading.dropped.push(Dropped { text: "…".to_owned(), reason });
        }
        self.reading
    }
}

fn starts_upper(text: &str) -> bool {
    text.chars().next().is_some_and(char::is_uppercase)
}
