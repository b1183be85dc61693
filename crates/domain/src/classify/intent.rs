//! Tells what a person who wrote back wants, by rules over their words in English and German, and says why. A machine's mail and a
//! request to stop never get here.
//!
//! The rules are asked from the one that changes most for the writer to the one that changes least: who is named instead, whether the
//! writer is the right person at all, another time, a no, a yes. What fits none is `other`, and a person reads it.

use std::sync::LazyLock;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::optout::{sentences, without_quotations};
use super::phrases::NEGATIONS;
use super::referral::{self, Referred};
use super::wishes::{INTERESTED, NOT_INTERESTED, NOT_NOW, REFERRAL, TURNED, WRONG_PERSON};
use super::{beginning, later, new_text, shown, without_signature};
use crate::mail::InboundMail;
use crate::time::Millis;
use crate::words::{Pattern, patterns, words};

/// What somebody, or something, that answered wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum ReplyClass {
    /// To know more, or to meet.
    Interested,
    /// Nothing of this.
    NotInterested,
    /// To be written to later.
    NotNow,
    /// That somebody else is asked.
    Referral,
    /// Nothing: it is not who was meant.
    WrongPerson,
    /// Nothing yet: it is away.
    OutOfOffice,
    /// No more messages.
    OptOut,
    /// Another machine answered.
    Automatic,
    /// No rule tells.
    Other,
}

impl ReplyClass {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Interested,
        Self::NotInterested,
        Self::NotNow,
        Self::Referral,
        Self::WrongPerson,
        Self::OutOfOffice,
        Self::OptOut,
        Self::Automatic,
        Self::Other,
    ];

    /// Its name in JSON and in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Interested => "interested",
            Self::NotInterested => "not_interested",
            Self::NotNow => "not_now",
            Self::Referral => "referral",
            Self::WrongPerson => "wrong_person",
            Self::OutOfOffice => "out_of_office",
            Self::OptOut => "opt_out",
            Self::Automatic => "automatic",
            Self::Other => "other",
        }
    }
}

/// What a person wants, and what they said with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Intent {
    /// What.
    pub(super) class: ReplyClass,
    /// Why, in plain words.
    pub(super) because: Vec<String>,
    /// Another time: midnight UTC of the day they named.
    pub(super) until: Option<Millis>,
    /// Whom they named instead.
    pub(super) referred: Option<Referred>,
}

/// Characters of new text that are looked at; people say early what they want.
const LOOKED_AT: usize = 4_000;
/// A negation reaches this many words ahead.
const REACH: usize = 3;

static WRONG_PERSON_PATTERNS: LazyLock<Vec<Pattern>> = LazyLock::new(|| patterns(WRONG_PERSON));
static REFERRAL_PATTERNS: LazyLock<Vec<Pattern>> = LazyLock::new(|| patterns(REFERRAL));
static NOT_NOW_PATTERNS: LazyLock<Vec<Pattern>> = LazyLock::new(|| patterns(NOT_NOW));
static NOT_INTERESTED_PATTERNS: LazyLock<Vec<Pattern>> = LazyLock::new(|| patterns(NOT_INTERESTED));
static INTERESTED_PATTERNS: LazyLock<Vec<Pattern>> = LazyLock::new(|| patterns(INTERESTED));

/// What the person who wrote this wants.
pub(super) fn of(mail: &InboundMail) -> Intent {
    let new = new_text(&mail.text);
    let text = without_quotations(beginning(without_signature(&new), LOOKED_AT));
    let intent = |class, because: String| Intent { class, because: vec![because], until: None, referred: None };
    let wrong = find(&text, &WRONG_PERSON_PATTERNS, false);
    let refers = find(&text, &REFERRAL_PATTERNS, true);
    let named = referral::find(&text, mail.from.as_deref());
    // A name counts with words that refer to somebody, an address without them too where the writer is not who was meant.
    let referred = named.filter(|named| refers.is_some() || named.email.is_some());
    match (&wrong, &refers, referred) {
        (Some(why), _, Some(named)) | (None, Some(why), Some(named)) => {
            let mut found = intent(ReplyClass::Referral, format!("the writer points to somebody else: {}", shown(why)));
            found.because.push(format!("names {}", named.in_words()));
            found.referred = Some(named);
            return found;
        }
        (Some(why), _, None) => {
            return intent(ReplyClass::WrongPerson, format!("the writer is not who was meant: {}", shown(why)));
        }
        (None, Some(why), None) if referral::is_to_a_colleague(why) => {
            return intent(ReplyClass::Referral, format!("the writer points to somebody else: {}", shown(why)));
        }
        _ => {}
    }
    if let Some(why) = find(&text, &NOT_NOW_PATTERNS, false) {
        let mut found = intent(ReplyClass::NotNow, format!("the writer asks for another time: {}", shown(&why)));
        found.until = mail.date.and_then(|sent| later::named_day(&text, sent));
        if let Some(day) = found.until {
            let day = day.to_string();
            found.because.push(format!("names the day {}", day.get(..10).unwrap_or(&day)));
        }
        return found;
    }
    if let Some(why) = find(&text, &NOT_INTERESTED_PATTERNS, false) {
        return intent(ReplyClass::NotInterested, format!("the writer says no: {}", shown(&why)));
    }
    if let Some(why) = find(&text, &INTERESTED_PATTERNS, true) {
        return intent(ReplyClass::Interested, format!("the writer wants to know more or to meet: {}", shown(&why)));
    }
    intent(ReplyClass::Other, "no rule tells what the writer wants: a person should read it".to_owned())
}

/// The first clause in which one of these stands; with `affirmed`, not turned into its opposite.
fn find(text: &str, table: &[Pattern], affirmed: bool) -> Option<String> {
    // First each part of a sentence, for a "no" in one is none in the next; then the whole, for "no, thank you".
    let mut parts = sentences(text).into_iter().flat_map(|sentence| {
        let whole = sentence.clauses.join(" ");
        sentence.clauses.into_iter().chain(std::iter::once(whole))
    });
    parts.find(|clause| {
        let spoken = words(clause);
        table.iter().filter_map(|pattern| pattern.find(&spoken)).any(|found| {
            let before = &spoken[found.from.saturating_sub(REACH)..found.to];
            let turns = |word: &String| NEGATIONS.contains(&word.as_str()) || TURNED.contains(&word.as_str());
            !affirmed || !before.iter().any(turns)
        })
    })
}
