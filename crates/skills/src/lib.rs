//! Skills: one piece of a seller's work each, from facts to a score, a text or a brief, with reasons. Does no I/O, reads no clock
//! and draws no randomness: what is known is passed in, and the same facts give the same output.
//!
//! In short: [`find`] a [`Skill`] by its name, [`Skill::check`] an input, gather what [`Skill::needs`] asks for into a
//! [`Background`], and [`Skill::run`]. [`Skill::question`] is what a language model may be asked instead;
//! [`Skill::accept_answer`] holds its answer to the same output type, and to the facts. Each skill has a folder with its types, its prompt, an example and its built-in implementation.
//!
//! The built-in writers put given facts into sentences and add none: where a fact is missing, its sentence is left out.

pub mod abm_content_brief;
pub mod background;
pub mod cold_call_script;
mod common_words;
pub mod contact_lookup;
pub mod domain_to_company;
pub mod fit;
mod grounding;
pub mod lead_scoring;
pub mod linkedin_message;
mod named;
pub mod observation;
pub mod offer;
pub mod outreach_generation;
pub mod outreach_sequence;
pub mod personalized_email;
pub mod phrases;
pub mod prospect;
pub mod question;
pub mod research;
pub mod skill;
pub mod thought_leadership;
pub mod tongue;
pub mod wording;

pub use background::{Background, Company, Icp, Person, Profile};
pub use prospect::Prospect;
pub use question::Question;
pub use skill::{Definition, Mode, Needs, Problem, Skill};

/// Every skill, in the order of the price list.
pub static SKILLS: &[Skill] = &[
    Skill::of::<lead_scoring::LeadScoring>(),
    Skill::of::<linkedin_message::LinkedinMessage>(),
    Skill::of::<personalized_email::PersonalizedEmail>(),
    Skill::of::<cold_call_script::ColdCallScript>(),
    Skill::of::<outreach_sequence::OutreachSequence>(),
    Skill::of::<thought_leadership::ThoughtLeadership>(),
    Skill::of::<research::Research>(),
    Skill::of::<outreach_generation::OutreachGeneration>(),
    Skill::of::<abm_content_brief::AbmContentBrief>(),
    Skill::of::<domain_to_company::DomainToCompany>(),
    Skill::of::<contact_lookup::ContactLookup>(),
];

/// The skill of that name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Skill> {
    SKILLS.iter().find(|skill| skill.name == name)
}
