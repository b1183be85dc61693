//! Negations in a sentence: what is to be left out is dropped with the word that denies it, and never looked for. Reads no condition
//! itself: the grammar's rules do.

use super::super::vocabulary::NEGATIONS;
use super::{LONGEST_NAME, Reader};

impl Reader<'_> {
    /// `not in Berlin`, `no banks or insurers`: filters say what is looked for and never what is not, so a negation is dropped together
    /// with what it is about. Taken for a filter, it would find the very opposite.
    pub(super) fn negated(&mut self) -> bool {
        let from = self.at;
        let length = match (self.plain(from), self.plain(from + 1)) {
            ("other" | "rather", "than") | ("apart" | "aside" | "away" | "far", "from") => 2,
            (word, _) if NEGATIONS.contains(&word) => 1,
            _ => return false,
        };
        let Some((filter, mut end)) = self.first_condition(from + length) else { return false };
        while let Some(next) = self.is_joined(end, &filter) {
            end = next;
        }
        self.lost.extend(from..end);
        self.left_out.extend(from..end);
        self.at = end;
        true
    }

    /// The condition that a negation is about: up to it there may be words such as "those" or "currently".
    fn first_condition(&mut self, from: usize) -> Option<(String, usize)> {
        for place in from..(from + LONGEST_NAME).min(self.words.len()) {
            if self.words[place - 1].ends {
                return None;
            }
            if let Some(found) = self.condition(place) {
                return Some(found);
            }
        }
        None
    }

    /// Where a condition ends that is denied together with the one before: after "or", and after "and" or in a list when it is of the
    /// same filter. "Not in Berlin and hiring sales" has something to be found after all.
    fn is_joined(&mut self, at: usize, filter: &str) -> Option<usize> {
        let after_comma = self.words.get(at - 1).is_some_and(|word| word.ends);
        let joined = self.is(at, &["or", "nor", "and"]);
        if !joined && !after_comma {
            return None;
        }
        let (next, end) = self.condition(if joined { at + 1 } else { at })?;
        let goes_on = self.is(end, &["or", "nor", "and"]);
        let denied = if self.is(at, &["or", "nor"]) { true } else { next == filter && (joined || goes_on) };
        denied.then_some(end)
    }

    /// Which filter a condition at a place would be, and where it ends; nothing is noted.
    fn condition(&mut self, place: usize) -> Option<(String, usize)> {
        let (at, reading) = (self.at, self.reading.clone());
        self.at = place;
        let found = if self.size() || self.step() {
            self.reading.understood.last().map(|last| (last.filter.clone(), self.at))
        } else {
            None
        };
        (self.at, self.reading) = (at, reading);
        found
    }
}
