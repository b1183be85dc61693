//! Ids: 64-bit, time-ordered, one type per noun, with the native text form. Makes ids; never looks anything up.
//!
//! Layout: 42 bits of milliseconds since 2020-01-01 UTC, 8 bits of node slot, 14 bits of sequence.

use std::sync::atomic::{AtomicI64, Ordering};

use crate::time::Millis;

const EPOCH: i64 = 1_577_836_800_000;
const NODE_BITS: u32 = 8;
const SEQUENCE_BITS: u32 = 14;
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// Makes ids that no other node slot makes. One per process; see `outrider_store::nodes` for the slot's lease.
#[derive(Debug)]
pub struct IdSource {
    node: u8,
    /// Last issued value of milliseconds and sequence, as one number.
    last: AtomicI64,
}

impl IdSource {
    /// A source for node slot `node` that never goes below `floor`, the highest time the slot has used before.
    #[must_use]
    pub fn new(node: u8, floor: Millis) -> Self {
        Self { node, last: AtomicI64::new((floor.0 - EPOCH).max(0) << SEQUENCE_BITS) }
    }

    /// The next raw id; strictly greater than every earlier one of this source, even when the clock steps back.
    pub fn next(&self, now: Millis) -> i64 {
        let floor = (now.0 - EPOCH).max(0) << SEQUENCE_BITS;
        let mut last = self.last.load(Ordering::Relaxed);
        loop {
            let next = (last + 1).max(floor);
            match self.last.compare_exchange_weak(last, next, Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) => {
                    let time = next >> SEQUENCE_BITS;
                    let sequence = next & ((1 << SEQUENCE_BITS) - 1);
                    return (time << (NODE_BITS + SEQUENCE_BITS)) | (i64::from(self.node) << SEQUENCE_BITS) | sequence;
                }
                Err(seen) => last = seen,
            }
        }
    }

    /// The highest time this source has used: what a node slot's lease must remember.
    pub fn high_water(&self) -> Millis {
        Millis((self.last.load(Ordering::Relaxed) >> SEQUENCE_BITS) + EPOCH)
    }
}

/// The time part of a raw id.
#[must_use]
pub fn time_of(raw: i64) -> Millis {
    Millis((raw >> (NODE_BITS + SEQUENCE_BITS)) + EPOCH)
}

fn encode(prefix: &str, raw: i64) -> String {
    let mut text = String::with_capacity(prefix.len() + 14);
    text.push_str(prefix);
    text.push('_');
    for place in (0..13).rev() {
        let digit = (raw >> (place * 5)) & 31;
        text.push(char::from(ALPHABET[usize::try_from(digit).unwrap_or(0)]));
    }
    text
}

fn decode(prefix: &str, text: &str) -> Option<i64> {
    let digits = text.strip_prefix(prefix)?.strip_prefix('_')?;
    if digits.len() != 13 {
        return None;
    }
    let mut raw: i64 = 0;
    for (place, byte) in digits.bytes().enumerate() {
        let digit = i64::try_from(ALPHABET.iter().position(|letter| *letter == byte)?).ok()?;
        if place == 0 && digit > 7 {
            return None;
        }
        raw = (raw << 5) | digit;
    }
    Some(raw)
}

/// Text that is not an id of the wanted noun.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("this is no {noun} id: expected `{prefix}_` and 13 letters or digits")]
pub struct InvalidId {
    /// The noun wanted, such as `lead`.
    pub noun: &'static str,
    /// Its prefix.
    pub prefix: &'static str,
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident, $prefix:literal, $noun:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(pub i64);

        impl $name {
            /// What the text form begins with, before the underscore.
            pub const PREFIX: &'static str = $prefix;
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&encode($prefix, self.0))
            }
        }

        impl std::str::FromStr for $name {
            type Err = InvalidId;
            fn from_str(text: &str) -> Result<Self, InvalidId> {
                decode($prefix, text).map(Self).ok_or(InvalidId { noun: $noun, prefix: $prefix })
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }

        impl schemars::JsonSchema for $name {
            fn inline_schema() -> bool { true }
            fn schema_name() -> std::borrow::Cow<'static, str> { stringify!($name).into() }
            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({
                    "type": "string",
                    "pattern": concat!("^", $prefix, "_[0-7][0-9a-hjkmnp-tv-z]{12}$"),
                    "description": concat!("Id of a ", $noun, ".")
                })
            }
        }
    )*};
}

ids! {
    /// Who owns projects.
    OrganizationId, "org", "organization";
    /// The unit of isolation: every row belongs to one.
    ProjectId, "prj", "project";
    /// A person who signs in.
    UserId, "usr", "user";
    /// An API key's record (not its secret).
    KeyId, "key", "key";
    /// A web address that is told of events.
    WebhookId, "whk", "webhook";
    /// What a person let an application do.
    GrantId, "grt", "grant";
    /// A person we may write to.
    LeadId, "lead", "lead";
    /// Where leads work.
    CompanyId, "com", "company";
    /// An AI worker.
    AgentId, "agt", "agent";
    /// A sender.
    IdentityId, "idn", "identity";
    /// A text with placeholders.
    TemplateId, "tpl", "template";
    /// An ordered motion of steps.
    SequenceId, "seq", "sequence";
    /// One lead's way through a sequence.
    EnrollmentId, "enr", "enrollment";
    /// One outward or credit-spending act.
    ActionId, "act", "action";
    /// A mail, in or out.
    MessageId, "msg", "message";
    /// A conversation with one lead.
    ThreadId, "thr", "thread";
    /// An address, number or domain not to be contacted.
    SuppressionId, "sup", "suppression";
    /// Durable work.
    JobId, "job", "job";
    /// A double-entry posting.
    TransferId, "trf", "transfer";
    /// A mail kept by the capture mailbox.
    CaptureId, "cap", "captured mail";
    /// A phone call, in or out.
    CallId, "call", "call";
    /// A text message, out or in.
    TextId, "text", "text message";
    /// One pass of a playbook over contacts.
    RunId, "run", "run";
    /// One contact's part in a run.
    RunContactId, "rct", "run contact";
    /// One step decided for a contact.
    DecisionId, "dec", "decision";
    /// A stored filter.
    SegmentId, "sgm", "segment";
    /// A note on a lead.
    NoteId, "note", "note";
    /// Something a person shall do.
    PersonTaskId, "tsk", "task for a person";
    /// A company or person that can be discovered.
    ProspectId, "prs", "company or person to discover";
    /// Work of a skill or a workflow.
    TaskId, "task", "task";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_form_round_trips_and_sorts_with_time() {
        let source = IdSource::new(3, Millis(0));
        let early = LeadId(source.next(Millis(1_790_000_000_000)));
        let late = LeadId(source.next(Millis(1_790_000_000_001)));
        assert_eq!(early.to_string().parse::<LeadId>(), Ok(early));
        assert!(early.to_string() < late.to_string());
        assert_eq!(time_of(late.0), Millis(1_790_000_000_001));
    }

    #[test]
    fn another_nouns_id_is_refused() {
        let id = LeadId(IdSource::new(0, Millis(0)).next(Millis(1_790_000_000_000)));
        assert!(id.to_string().parse::<AgentId>().is_err());
        assert!("lead_zzzzzzzzzzzzz".parse::<LeadId>().is_err(), "would not fit 64 bits");
    }

    #[test]
    fn ids_stay_unique_when_the_clock_steps_back() {
        let source = IdSource::new(1, Millis(1_790_000_000_500));
        let mut seen = std::collections::HashSet::new();
        for step in 0..50_000 {
            assert!(seen.insert(source.next(Millis(1_790_000_000_000 - step))));
        }
    }
}
