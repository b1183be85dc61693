//! The kill switch: stops every channel of a project, or of all, at once. Engaging and releasing; the gates obey it.

pub mod engage_kill_switch;
pub mod get_kill_switch;
pub mod release_kill_switch;

use outrider_domain::time::Millis;
use outrider_store::projects as rows;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::context::Context;
use crate::error::Result;

/// One engaged switch.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Engaged {
    /// Whether it stops every project.
    pub everywhere: bool,
    /// Why.
    pub reason: String,
    /// Who.
    pub engaged_by: String,
    /// Since when.
    pub engaged_at: Millis,
}

/// What stops this project.
#[derive(Debug, Serialize, JsonSchema)]
pub struct KillSwitch {
    /// Whether anything does.
    pub engaged: bool,
    /// The project's own switch, everyone's, both or none.
    pub switches: Vec<Engaged>,
}

/// Which switch.
#[derive(Debug, Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Which {
    /// Every project's; for the operator alone.
    pub everywhere: bool,
}

impl KillSwitch {
    /// As it stands.
    ///
    /// # Errors
    /// When the database fails.
    pub fn now(cx: &mut Context<'_, '_>) -> Result<Self> {
        let switches: Vec<Engaged> = rows::kill_switches(cx.tx, cx.project)?
            .into_iter()
            .map(|row| Engaged {
                everywhere: row.everywhere,
                reason: row.reason,
                engaged_by: row.engaged_by,
                engaged_at: row.engaged_at,
            })
            .collect();
        Ok(Self { engaged: !switches.is_empty(), switches })
    }
}
