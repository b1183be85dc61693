//! What an agent writes by itself: a first mail out of its brain, by the built-in writer. Sends nothing.

use outrider_domain::writer::{self, Facts};
use outrider_store::agents::Agent;

use super::Brain;
use crate::error::Result;
use crate::gates::snapshot::read_json;
use crate::sequences::content::Source;

/// A first mail in an agent's name, still to be filled in for its reader.
///
/// # Errors
/// When the database holds a brain that can't be read.
pub fn draft(agent: &Agent) -> Result<Source> {
    let brain: Brain = read_json(&agent.brain, "an agent's brain")?;
    let facts = Facts {
        elevator_pitch: brain.elevator_pitch.as_deref(),
        product_explanation: brain.product_explanation.as_deref(),
        value_proposition: brain.value_proposition.as_deref(),
        benefits: brain.benefits.as_deref(),
        example_email: brain.example_email.as_deref(),
    };
    let written = writer::write(&facts, agent.language.as_deref(), &agent.name);
    Ok(Source { subject: written.subject, text: written.text, html: None })
}
