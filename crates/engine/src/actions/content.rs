//! What an action does when it is more, or other, than a mail: kept with the action, shown to the person who approves. Does
//! nothing itself.

use std::collections::BTreeMap;

use outrider_domain::sequence::StopEvent;
use outrider_domain::time::Millis;
use outrider_domain::window::SendWindow;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::error::Result;
use crate::gates::snapshot::read_json;
use crate::pipeline::hex;

/// What ends an action's reason to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub struct StopRule {
    /// What happened after this counts.
    pub since: Millis,
    /// These events end it.
    pub on: Vec<StopEvent>,
}

/// A skill with what it is given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub struct SkillWork {
    /// Its name.
    pub name: String,
    /// What it is given.
    pub input: serde_json::Map<String, serde_json::Value>,
}

/// What an action does. Which fields it has depends on its kind.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(inline)]
pub struct ActionContent {
    /// A task's title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// A note's, task's or message's text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Where a person does it, such as a profile's address or a number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
    /// The new stage.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stage: Option<String>,
    /// The skill that works.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub skill: Option<SkillWork>,
    /// Fields to set.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub set: BTreeMap<String, String>,
    /// When it may leave, on the contact's clock.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hours: Option<SendWindow>,
    /// What ends it before it has left.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stops: Option<StopRule>,
}

impl ActionContent {
    /// From an action's column.
    ///
    /// # Errors
    /// `internal_error` when it can't be read.
    pub fn read(column: Option<&str>) -> Result<Option<Self>> {
        column.map(|json| read_json(json, "an action's content")).transpose()
    }

    /// Digest of what an approver sees: what is done, to whom, and what it says.
    #[must_use]
    pub fn digest(&self, kind: &str, about: &str) -> String {
        let set: Vec<String> = self.set.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let field = |field: &Option<String>| field.clone().unwrap_or_default();
        let mut hash = Sha256::new();
        for part in [
            kind,
            about,
            &field(&self.title),
            &field(&self.text),
            &field(&self.link),
            &field(&self.stage),
            &set.join("\n"),
        ] {
            hash.update(part.len().to_be_bytes());
            hash.update(part);
        }
        if let Some(SkillWork { name, input }) = &self.skill {
            hash.update(serde_json::json!([name, input]).to_string());
        }
        hex(&hash.finalize())
    }
}
