//! Sequences: definitions, enrollments and their ticks. What a step sends goes through `actions`.

mod act_step;
mod call_step;
pub mod capacity;
pub mod content;
pub mod cost;
pub mod create_sequence;
pub mod enroll_leads;
pub mod forecast;
pub mod mend;
pub mod read;
pub mod rotation;
pub mod set_enrollment;
pub mod stop;
pub mod tick;
pub mod update_sequence;
pub mod view;
pub mod way;

/// The kind of an enrollment's job.
pub const JOB: &str = "enrollment";

/// Why an enrollment is paused that goes on by itself on the day the lead named.
pub(crate) const ASKED_FOR_LATER: &str = "asked_for_later";
