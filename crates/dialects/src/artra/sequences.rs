//! Sequences as ARTRA shows them, and adding contacts to one. Who is taken and who is passed over is the engine's decision.

use std::collections::{HashMap, HashSet};

use outrider_domain::channel::Channel;
use outrider_domain::id::{LeadId, SequenceId};
use outrider_domain::time::Millis;
use outrider_engine::Result;
use outrider_engine::context::Context;
use outrider_engine::credits::payer::Payer;
use outrider_engine::error::{Error, code};
use outrider_engine::leads::Lead;
use outrider_engine::leads::by_place::{of_ids, seen};
use outrider_engine::operation::{Effect, Operation, Spec, within};
use outrider_engine::sequences::read::{GetSequence, sequences_by_place};
use outrider_engine::sequences::view::{self, Status};
use outrider_engine::sequences::{cost, enroll_leads};
use outrider_engine::users::caller::sees_only;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::paging::place;

/// A sequence.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Sequence {
    /// Key.
    id: SequenceId,
    /// Display name.
    name: String,
    /// `active`, `paused` or `archived`.
    status: Status,
    /// Channels it uses, in the order of its steps.
    channels: Vec<Channel>,
    /// How many steps it has.
    steps: usize,
    /// Contacts that were ever in it.
    contact_count: i64,
    /// Of those, how many stand where.
    contacts: Counts,
    /// When made.
    created_at: Millis,
    /// When changed.
    updated_at: Millis,
}

/// Contacts of a sequence by where they stand.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct Counts {
    /// On their way.
    active: i64,
    /// Waiting for a person.
    paused: i64,
    /// Ended before the last step: replied, opted out, stopped.
    stopped: i64,
    /// Done with all steps.
    finished: i64,
}

impl From<view::Sequence> for Sequence {
    fn from(sequence: view::Sequence) -> Self {
        let count = |state: &str| sequence.enrollments.get(state).copied().unwrap_or(0);
        Self {
            contact_count: sequence.enrollments.values().sum(),
            contacts: Counts {
                active: count("active"),
                paused: count("paused"),
                stopped: count("stopped"),
                finished: count("finished"),
            },
            id: sequence.id,
            channels: sequence.definition.channels(),
            steps: sequence.definition.steps.len(),
            status: sequence.status,
            created_at: sequence.created_at,
            updated_at: sequence.updated_at,
            name: sequence.name,
        }
    }
}

/// A page of sequences.
#[derive(Debug, Serialize, JsonSchema)]
pub struct SequencesPage {
    /// Newest first.
    sequences: Vec<Sequence>,
    /// How many there are altogether.
    total: i64,
    /// As asked.
    limit: i64,
    /// As asked.
    offset: i64,
}

/// Which page.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct ListInput {
    /// Results per page, 1 to 100; 25 when absent.
    #[schemars(range(min = 1, max = 100))]
    pub(super) limit: Option<i64>,
    /// Results passed over.
    #[schemars(range(min = 0, max = 1_000_000_000))]
    pub(super) offset: Option<i64>,
}

/// `GET /api/v1/agent/sequences`.
pub struct ListSequences;

impl Operation for ListSequences {
    const SPEC: Spec = Spec::get(
        "list_sequences",
        "sequences",
        "/api/v1/agent/sequences",
        "sequences:read",
        "List outreach sequences with their contact counts, newest first.",
    );
    type Input = ListInput;
    type Output = SequencesPage;

    fn run(cx: &mut Context<'_, '_>, input: ListInput) -> Result<SequencesPage> {
        let (limit, offset) = place(input.limit, input.offset);
        let (found, total) = sequences_by_place(cx, limit, offset)?;
        Ok(SequencesPage { sequences: found.into_iter().map(Sequence::from).collect(), total, limit, offset })
    }
}

/// Which sequence, and whom.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AddInput {
    /// The sequence.
    id: String,
    /// The contacts to add.
    #[schemars(length(min = 1, max = 10_000))]
    contact_ids: Vec<LeadId>,
}

/// Who is added, who is skipped and why, and what it costs.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Addition {
    /// The sequence.
    sequence_id: SequenceId,
    /// Its name.
    sequence_name: String,
    /// Its state; contacts of a paused one wait.
    sequence_status: Status,
    /// How many are added.
    added_count: usize,
    /// Who is added.
    added: Vec<Named>,
    /// How many are skipped.
    skipped_count: usize,
    /// Who is skipped.
    skipped: Vec<Skipped>,
    /// What it costs.
    cost: Cost,
}

/// A contact by name.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Named {
    /// Key.
    pub(super) contact_id: LeadId,
    /// Display name.
    pub(super) name: String,
    /// Mail address.
    pub(super) email: Option<String>,
}

/// A contact that is passed over.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Skipped {
    /// Key, as given.
    pub(super) contact_id: LeadId,
    /// Display name; null for one that is not the seller's.
    pub(super) name: Option<String>,
    /// A word for why.
    pub(super) reason: String,
    /// Why, in words.
    pub(super) message: &'static str,
}

/// Credits.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct Cost {
    /// Spent by this.
    pub(super) credits: i64,
    /// Spent later, if every step happens for everyone.
    pub(super) later_at_most: i64,
    /// What there is to spend.
    pub(super) available: i64,
}

/// Why a contact is passed over, in words.
pub(super) fn words(reason: &str) -> &'static str {
    match reason {
        "already_enrolled" => "The contact is or was in this sequence.",
        "no_email" => "The contact has no mail address, and this sequence sends mail.",
        "no_phone" => "The contact has no phone number, and this sequence calls.",
        "no_profile" => "The contact has no LinkedIn profile, and this sequence writes to it there.",
        "no_address" => "The contact has no address, number or profile by which this sequence could reach it.",
        "stopped" => "The contact opted out, or a person stopped outreach to it.",
        "suppressed" => "The contact's address, number or domain must not be contacted.",
        "repeated" => "The contact is named more than once.",
        "already_running" => "An execution of this workflow is under way for the contact.",
        "already_run" => "This workflow was run for the contact before.",
        _ => "There is no such contact among the seller's.",
    }
}

/// `POST /api/v1/agent/sequences/{id}/contacts`.
pub struct AddContacts;

impl Operation for AddContacts {
    const SPEC: Spec = Spec::act(
        "add_contacts",
        "sequences",
        "/api/v1/agent/sequences/{id}/contacts",
        "sequences:write",
        "Add contacts to a sequence, each at most once ever.",
    )
    .describe("Nothing is done unless dry_run is false: the preview names who would be added, who would be skipped and why, the cost, and a digest. With that digest as plan_digest the commit is refused if anything has changed since.")
    .effect(Effect::Outward)
    .previews()
    .fails(&[code::RESOURCE_NOT_FOUND, code::WRONG_STATE, code::PLAN_CHANGED]);
    type Input = AddInput;
    type Output = Addition;

    fn run(cx: &mut Context<'_, '_>, input: AddInput) -> Result<Addition> {
        let missing = || Error::new(code::RESOURCE_NOT_FOUND, "There is no such sequence.");
        let id: SequenceId = input.id.parse().map_err(|_| missing())?;
        let sequence =
            within::<GetSequence>(cx, json!({ "sequence_id": id })).map_err(|error| plain(error, missing))?;
        let owner = sees_only(cx)?;
        let known = seen(cx, owner, &input.contact_ids)?;
        let mut skipped: Vec<(LeadId, String)> = Vec::new();
        let mut met = HashSet::new();
        let mut wanted = Vec::new();
        for contact in input.contact_ids {
            if !met.insert(contact) {
                skipped.push((contact, "repeated".to_owned()));
            } else if known.contains(&contact) {
                wanted.push(contact);
            } else {
                skipped.push((contact, "not_found".to_owned()));
            }
        }
        let before = cx.plan.len();
        cx.plan.extend(skipped.iter().map(|(contact, reason)| json!({ "skip": contact, "reason": reason })));
        let decided = cx.plan.len();
        if wanted.is_empty() {
            if sequence.status == Status::Archived {
                return Err(Error::new(code::WRONG_STATE, "This sequence is archived."));
            }
        } else {
            let asked = json!({ "sequence_id": id, "lead_ids": wanted });
            within::<enroll_leads::EnrollLeads>(cx, asked).map_err(|error| plain(error, missing))?;
        }
        let names: HashMap<LeadId, Lead> = of_ids(cx, &wanted)?.into_iter().map(|lead| (lead.id, lead)).collect();
        let mut added = Vec::new();
        for entry in &cx.plan[decided.max(before)..] {
            if let Some(contact) = contact_of(&entry["enroll"]) {
                let (name, email) =
                    names.get(&contact).map(|lead| (lead.name.clone(), lead.email.clone())).unwrap_or_default();
                added.push(Named { contact_id: contact, name, email });
            } else if let Some(contact) = contact_of(&entry["skip"]) {
                skipped.push((contact, entry["reason"].as_str().unwrap_or_default().to_owned()));
            }
        }
        let each = cost::of_sequence(&cx.core.settings, &sequence.definition);
        let cost = cost_of(cx, each, added.len())?;
        let skipped: Vec<Skipped> = skipped
            .into_iter()
            .map(|(contact, reason)| Skipped {
                contact_id: contact,
                name: names.get(&contact).map(|lead| lead.name.clone()),
                message: words(&reason),
                reason,
            })
            .collect();
        Ok(Addition {
            sequence_id: id,
            sequence_name: sequence.name,
            sequence_status: sequence.status,
            added_count: added.len(),
            added,
            skipped_count: skipped.len(),
            skipped,
            cost,
        })
    }
}

/// What acts of so many contacts cost, also as a part of the plan.
pub(super) fn cost_of(cx: &mut Context<'_, '_>, each: i64, contacts: usize) -> Result<Cost> {
    let later = each.saturating_mul(i64::try_from(contacts).unwrap_or(i64::MAX));
    cx.plan.push(json!({ "cost": { "credits": 0, "later_at_most": later } }));
    Ok(Cost { credits: 0, later_at_most: later, available: Payer::of(cx)?.spendable(cx)? })
}

fn contact_of(entry: &Value) -> Option<LeadId> {
    entry.as_str().and_then(|text| text.parse().ok())
}

/// An error of a native operation in the words of this API: what is not there, without our field's name.
pub(super) fn plain(error: Error, missing: impl Fn() -> Error) -> Error {
    if error.code == code::RESOURCE_NOT_FOUND {
        return missing();
    }
    Error { field: error.field.map(|field| field.replacen("lead_ids", "contact_ids", 1)), ..error }
}
