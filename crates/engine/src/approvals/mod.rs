//! Approvals: the queue of what waits for a person, over all agents and sequences, and deciding many at once. Each decision is
//! the same as one made alone.

pub mod approve_actions;
pub mod list_approvals;
pub mod reject_actions;

use outrider_domain::id::ActionId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Kind, Result};

/// Most actions decided in one call.
pub const MOST: usize = 200;

/// One action as it was shown.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct Shown {
    /// The action.
    pub action_id: ActionId,
    /// `digest` of the action as it was shown.
    pub digest: String,
}

/// What became of one.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct Decided {
    /// The action.
    pub action_id: ActionId,
    /// Whether the decision holds.
    pub done: bool,
    /// Where the action stands after it.
    pub state: Option<String>,
    /// Code of why it does not hold.
    pub code: Option<&'static str>,
    /// The same in words.
    pub message: Option<String>,
}

/// What became of all.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Decisions {
    /// How many decisions hold.
    pub done: usize,
    /// Each, in the order asked.
    pub results: Vec<Decided>,
}

/// Decides each; what is wrong with one does not keep the others.
fn each(shown: Vec<Shown>, mut decide: impl FnMut(&Shown) -> Result<String>) -> Result<Decisions> {
    if shown.is_empty() || shown.len() > MOST {
        return Err(Error::invalid("actions", format!("Name 1 to {MOST} actions.")));
    }
    let mut results = Vec::with_capacity(shown.len());
    for one in &shown {
        let mut decided = Decided { action_id: one.action_id, done: true, state: None, code: None, message: None };
        match decide(one) {
            Ok(state) => decided.state = Some(state),
            Err(error) if matches!(error.code.kind, Kind::Internal | Kind::Unavailable) => return Err(error),
            Err(error) => {
                decided.done = false;
                decided.code = Some(error.code.name);
                decided.message = Some(error.message);
            }
        }
        results.push(decided);
    }
    Ok(Decisions { done: results.iter().filter(|one| one.done).count(), results })
}
