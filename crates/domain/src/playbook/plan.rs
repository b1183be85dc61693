//! The built-in planner: which steps come next for a contact and why, by the playbook's conditions alone. Deterministic; writes
//! no text and invents no fact.
//!
//! Steps are done in waves: a step that waits (`after`), or that follows a skill, begins a new one, and those that follow it at
//! once belong to it. The first wave is at once; it is empty when the first step waits.

use std::ops::Range;

use crate::filter::{Cell, Fact, Field, Filter, Subject};
use crate::span::Span;
use crate::template::Template;
use crate::time::Millis;

use super::{Grounds, PlaybookStep, StepKind, Structure};

/// One step decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft<'a> {
    /// The step.
    pub step: &'a PlaybookStep,
    /// Whether it is to be done; otherwise it is passed over.
    pub go: bool,
    /// Why, and what that rests on.
    pub grounds: Grounds,
}

/// One step of a later wave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Later<'a> {
    /// The step.
    pub step: &'a PlaybookStep,
}

/// What is to be done for a contact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan<'a> {
    /// The steps of this wave, in order.
    pub drafts: Vec<Draft<'a>>,
    /// How long after this wave has ended the next is planned; none at the end.
    pub next: Option<Span>,
    /// The steps of later waves, in order.
    pub upcoming: Vec<Later<'a>>,
}

/// A structure with its conditions parsed: make it once, follow it for many contacts.
pub struct Follower<'a> {
    structure: &'a Structure,
    conditions: Vec<Option<Filter>>,
    /// Fields that the texts of each step use.
    used: Vec<Vec<Field>>,
    waves: Vec<(Span, Range<usize>)>,
}

/// Prepares a structure that was checked. `segments` gives stored filters by name.
#[must_use]
pub fn follow<'a>(structure: &'a Structure, segments: &impl Fn(&str) -> Option<Filter>) -> Follower<'a> {
    // A condition that can no longer be read, or whose segment is gone, never holds.
    let never = || Filter::Not(Box::new(Filter::All));
    let parse =
        |when: &String| Filter::parse(when).ok().and_then(|filter| filter.expand(segments).ok()).unwrap_or_else(never);
    Follower {
        structure,
        conditions: structure.steps.iter().map(|step| step.when.as_ref().map(parse)).collect(),
        used: structure.steps.iter().map(fields_used).collect(),
        waves: waves(structure),
    }
}

impl<'a> Follower<'a> {
    /// The types of events its conditions ask for.
    #[must_use]
    pub fn events(&self) -> Vec<String> {
        let mut kinds: Vec<String> = self.conditions.iter().flatten().flat_map(Filter::events).collect();
        kinds.sort_unstable();
        kinds.dedup();
        kinds
    }

    /// The plan of one wave for a contact. `chosen` is why the contact is in the run at all.
    #[must_use]
    pub fn plan(&self, wave: usize, subject: &dyn Subject, chosen: &[Fact], now: Millis) -> Plan<'a> {
        let Some((_, range)) = self.waves.get(wave) else {
            return Plan { drafts: Vec::new(), next: None, upcoming: Vec::new() };
        };
        let drafts = range.clone().filter_map(|place| self.draft(place, subject, chosen, now)).collect();
        let upcoming = self.structure.steps[range.end..].iter().map(|step| Later { step }).collect();
        Plan { drafts, next: self.waves.get(wave + 1).map(|(after, _)| *after), upcoming }
    }

    /// Whether a reply is what a wave waits for: of all that would be done in it now, each step asks for a reply, and there is one.
    /// Then nothing is gained by waiting longer.
    #[must_use]
    pub fn waits_for_reply(&self, wave: usize, subject: &dyn Subject, now: Millis) -> bool {
        let Some((_, range)) = self.waves.get(wave) else { return false };
        let conditions = self.conditions.get(range.clone()).unwrap_or_default();
        let mut some = false;
        for condition in conditions {
            match condition {
                None => return false,
                Some(filter) if !filter.explain(subject, now).0 => {}
                Some(filter) if !filter.asks_for_reply() => return false,
                Some(_) => some = true,
            }
        }
        some
    }

    fn draft(&self, place: usize, subject: &dyn Subject, chosen: &[Fact], now: Millis) -> Option<Draft<'a>> {
        let step = self.structure.steps.get(place)?;
        let (mut go, mut facts) = match self.conditions.get(place).and_then(Option::as_ref) {
            Some(filter) => filter.explain(subject, now),
            None => (true, Vec::new()),
        };
        let mut reason = match (&step.because, &step.when) {
            (_, Some(when)) if !go => format!("passed over: \"{when}\" does not hold"),
            (Some(because), _) => because.clone(),
            (None, Some(when)) => format!("step \"{}\" of the playbook: {when}", step.key),
            (None, None) => format!("step \"{}\" of the playbook", step.key),
        };
        if go && let Some(missing) = missing(step.kind, subject) {
            go = false;
            reason = format!("passed over: the contact has no {missing}");
            facts.push(Fact { condition: format!("has {missing}"), found: Cell::Absent.to_string() });
        }
        if go {
            for fact in chosen {
                if !facts.contains(fact) {
                    facts.push(fact.clone());
                }
            }
            let used = self.used.get(place).map(Vec::as_slice).unwrap_or_default();
            for field in used {
                let cell = subject.field(field);
                if cell != Cell::Absent {
                    facts.push(Fact { condition: format!("the text uses {field}"), found: cell.to_string() });
                }
            }
        }
        Some(Draft { step, go, grounds: Grounds { reason, facts } })
    }
}

/// What the contact lacks for a step of this kind.
fn missing(kind: StepKind, subject: &dyn Subject) -> Option<&'static str> {
    let field = match kind {
        StepKind::Email => "email",
        StepKind::Sms | StepKind::Call => "phone",
        StepKind::Linkedin => "linkedin_url",
        _ => return None,
    };
    (subject.field(&Field::Known(field)) == Cell::Absent).then_some(field)
}

fn waves(structure: &Structure) -> Vec<(Span, Range<usize>)> {
    let mut waves = vec![(Span::ZERO, 0..0)];
    let mut after_skill = false;
    for (place, step) in structure.steps.iter().enumerate() {
        // What a skill found is known once its wave has ended.
        let begins = step.after > Span::ZERO || after_skill;
        after_skill = step.kind == StepKind::Skill;
        if begins {
            waves.push((step.after, place..place + 1));
        } else if let Some((_, range)) = waves.last_mut() {
            range.end = place + 1;
        }
    }
    waves
}

/// The contact's fields that a step's texts name.
fn fields_used(step: &PlaybookStep) -> Vec<Field> {
    let mut fields: Vec<Field> = Vec::new();
    for template in step.texts().into_iter().filter_map(|(_, text)| Template::parse(text?).ok()) {
        for name in template.placeholders() {
            // What a skill wrote is the text itself and no fact about the contact.
            if let Some(field) = Field::named(name.strip_prefix("lead.").unwrap_or(&name))
                && !matches!(field, Field::Step(_))
                && !fields.contains(&field)
            {
                fields.push(field);
            }
        }
    }
    fields
}
