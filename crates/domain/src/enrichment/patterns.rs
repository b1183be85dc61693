//! How a company makes its people's addresses, learned from those that are known, and what follows for somebody else. Claims no more
//! than the evidence bears.

use crate::words::fold;

use super::addresses::is_role;

/// A way to make a local part of a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Pattern {
    /// `jane.doe`
    FirstDotLast,
    /// `jane`
    First,
    /// `jdoe`
    InitialLast,
    /// `janedoe`
    FirstLast,
    /// `j.doe`
    InitialDotLast,
    /// `jane_doe`
    FirstUnderscoreLast,
    /// `jane-doe`
    FirstDashLast,
    /// `doe`
    Last,
    /// `doe.jane`
    LastDotFirst,
    /// `janed`
    FirstInitial,
}

impl Pattern {
    /// Every pattern, the more usual first.
    pub const ALL: [Self; 10] = [
        Self::FirstDotLast,
        Self::First,
        Self::InitialLast,
        Self::FirstLast,
        Self::InitialDotLast,
        Self::FirstUnderscoreLast,
        Self::FirstDashLast,
        Self::Last,
        Self::LastDotFirst,
        Self::FirstInitial,
    ];

    /// How people write it.
    #[must_use]
    pub const fn shown(self) -> &'static str {
        match self {
            Self::FirstDotLast => "first.last",
            Self::First => "first",
            Self::InitialLast => "flast",
            Self::FirstLast => "firstlast",
            Self::InitialDotLast => "f.last",
            Self::FirstUnderscoreLast => "first_last",
            Self::FirstDashLast => "first-last",
            Self::Last => "last",
            Self::LastDotFirst => "last.first",
            Self::FirstInitial => "firstl",
        }
    }

    /// The local part it makes of a name, folded to plain letters; none when a part is missing.
    #[must_use]
    pub fn local(self, first: &str, last: &str) -> Option<String> {
        let (first, last) = (name(first), name(last));
        let initial = |text: &str| text.chars().next().map(String::from).unwrap_or_default();
        let needs_last = self != Self::First;
        if first.is_empty() || (needs_last && last.is_empty()) {
            return None;
        }
        Some(match self {
            Self::FirstDotLast => format!("{first}.{last}"),
            Self::First => first,
            Self::InitialLast => format!("{}{last}", initial(&first)),
            Self::FirstLast => format!("{first}{last}"),
            Self::InitialDotLast => format!("{}.{last}", initial(&first)),
            Self::FirstUnderscoreLast => format!("{first}_{last}"),
            Self::FirstDashLast => format!("{first}-{last}"),
            Self::Last => last,
            Self::LastDotFirst => format!("{last}.{first}"),
            Self::FirstInitial => format!("{first}{}", initial(&last)),
        })
    }
}

/// A part of a name as addresses have it: `Müller` as `mueller` stays `muller` here, for both are seen; see [`spellings`].
fn name(text: &str) -> String {
    fold(text).chars().filter(char::is_ascii_alphanumeric).collect()
}

/// A name's spellings in addresses: umlauts dropped, and written out.
fn spellings(text: &str) -> Vec<String> {
    let lower = text.to_lowercase();
    let written: String = lower.replace('ä', "ae").replace('ö', "oe").replace('ü', "ue");
    let mut all = vec![text.to_owned()];
    if written != lower {
        all.insert(0, written);
    }
    all
}

/// An address that is known, with the name of whom it belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known<'a> {
    /// Given name.
    pub first: &'a str,
    /// Family name.
    pub last: &'a str,
    /// The part before the `@`.
    pub local: &'a str,
}

/// How a domain makes addresses.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Habit {
    /// Patterns with how many addresses bear each, the most usual first.
    pub patterns: Vec<(Pattern, usize)>,
    /// Addresses of people that were looked at.
    pub looked_at: usize,
    /// Whether umlauts are written out.
    writes_out: bool,
}

/// Learns from known addresses. Those of roles say nothing.
#[must_use]
pub fn learn<'a>(known: impl IntoIterator<Item = Known<'a>>) -> Habit {
    let mut habit = Habit::default();
    for one in known {
        if is_role(one.local) || one.first.trim().is_empty() {
            continue;
        }
        habit.looked_at += 1;
        let local = one.local.to_lowercase();
        for pattern in Pattern::ALL {
            let mut fits = spellings(one.first)
                .into_iter()
                .flat_map(|first| spellings(one.last).into_iter().map(move |last| (first.clone(), last)));
            let Some((first, last)) =
                fits.find(|(first, last)| pattern.local(first, last).as_deref() == Some(local.as_str()))
            else {
                continue;
            };
            habit.writes_out |= first != one.first || last != one.last;
            match habit.patterns.iter_mut().find(|(known, _)| *known == pattern) {
                Some((_, count)) => *count += 1,
                None => habit.patterns.push((pattern, 1)),
            }
        }
    }
    habit.patterns.sort_by_key(|(pattern, count)| (std::cmp::Reverse(*count), *pattern));
    habit
}

/// An address somebody is likely to have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guess {
    /// The whole address.
    pub address: String,
    /// 0 to 100: how sure one can be without asking the mail server.
    pub confidence: i64,
    /// What that rests on, in words.
    pub evidence: Vec<String>,
}

/// Fewest known addresses that make a habit.
const FEWEST: usize = 2;

/// The address that a habit makes of a name at a domain; none without enough evidence.
#[must_use]
pub fn guess(habit: &Habit, first: &str, last: &str, domain: &str) -> Option<Guess> {
    let (pattern, count) = habit.patterns.first()?;
    // Two patterns that fit as often leave it open which one holds, unless they make the same of this name.
    if *count < FEWEST {
        return None;
    }
    let spell = |text: &str| match habit.writes_out {
        true => spellings(text).remove(0),
        false => text.to_owned(),
    };
    let local = pattern.local(&spell(first), &spell(last))?;
    if is_role(&local) {
        return None;
    }
    let rivals = habit
        .patterns
        .iter()
        .skip(1)
        .filter(|(other, times)| times == count && other.local(first, last).as_deref() != Some(local.as_str()));
    if rivals.count() > 0 {
        return None;
    }
    let share = i64::try_from(count * 100 / habit.looked_at.max(1)).unwrap_or(0);
    let known = i64::try_from((*count).min(10)).unwrap_or(10);
    // From 50 with two of two to 90 with ten and more; less where people differ.
    let confidence = ((45 + 5 * known).min(90) * share / 100).clamp(5, 90);
    let evidence =
        vec![format!("{count} of {} known addresses at {domain} are made as {}", habit.looked_at, pattern.shown())];
    Some(Guess { address: format!("{local}@{domain}"), confidence, evidence })
}
