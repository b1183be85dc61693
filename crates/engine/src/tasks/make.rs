//! Makes outputs of orders, outside of any transaction. Charges nothing and keeps nothing.

use outrider_skills::Background;
use serde_json::Value;

use super::work::Work;
use crate::ports::Ports;

/// The name of the engine that is always there.
pub const BUILT_IN: &str = "built_in";

/// What is to be made.
#[derive(Debug, Clone)]
pub struct Order {
    /// A skill or a workflow.
    pub kind: &'static str,
    /// Checked.
    pub input: Value,
    /// What is known around it.
    pub background: Background,
}

/// What was made.
#[derive(Debug, Clone, PartialEq)]
pub struct Made {
    /// The output.
    pub output: Value,
    /// What made it.
    pub made_by: String,
}

/// Makes an output.
///
/// # Errors
/// In words, safe to show, when there is none; the task has then failed and costs nothing.
pub async fn make(_ports: &Ports, order: &Order) -> Result<Made, String> {
    let work = Work::find(order.kind).map_err(|error| error.message)?;
    let mut output = match work {
        Work::Skill(skill) => skill.run(&order.input, &order.background).map_err(|problem| problem.message)?,
        Work::Workflow(workflow) => workflow.run(&order.input, &order.background)?,
    };
    if let Some(fields) = output.as_object_mut() {
        fields.insert("engine".to_owned(), BUILT_IN.into());
    }
    Ok(Made { output, made_by: BUILT_IN.to_owned() })
}
