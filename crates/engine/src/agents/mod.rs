//! Agents: AI workers with brain fields and an autonomy policy. Their shape, making and changing; not what they do.

pub mod assign_leads;
pub mod calling;
pub mod create_agent;
pub mod delete_agent;
pub mod draft;
pub mod get_agent;
pub mod list_agents;
pub mod update_agent;

use outrider_domain::autonomy::ChannelAutonomy;
use outrider_domain::id::AgentId;
use outrider_domain::patch::Patch;
use outrider_domain::time::Millis;
use outrider_store::{agents as rows, identities};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use self::calling::Calling;
use crate::autonomy::check_change;
use crate::context::Context;
use crate::error::Result;
use crate::fields::long_text;
use crate::gates::snapshot::read_json;
use crate::playbooks::{self, PlaybookPart};

/// Which way it works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum AgentType {
    /// Writes and calls.
    Outbound,
    /// Answers.
    Inbound,
}

impl AgentType {
    /// As stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Outbound => "outbound",
            Self::Inbound => "inbound",
        }
    }
}

/// What it reaches out by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum OutreachModel {
    /// Calls.
    Call,
    /// Mail.
    #[default]
    Email,
    /// Both.
    Both,
}

impl OutreachModel {
    /// As stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Call => "call",
            Self::Email => "email",
            Self::Both => "both",
        }
    }
}

/// What an agent knows and how it speaks; free text of up to 20,000 characters each.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Brain {
    /// Who it is and how it behaves.
    pub system_prompt: Option<String>,
    /// What the product is.
    pub product_explanation: Option<String>,
    /// Why it is worth having.
    pub value_proposition: Option<String>,
    /// What troubles the people it writes to.
    pub pain_points: Option<String>,
    /// What they gain.
    pub benefits: Option<String>,
    /// What sets the product apart.
    pub features_differentiators: Option<String>,
    /// The product in a breath.
    pub elevator_pitch: Option<String>,
    /// How a call opens.
    pub first_message: Option<String>,
    /// What it needs to know to write mails.
    pub email_knowledge: Option<String>,
    /// A mail to write like.
    pub example_email: Option<String>,
}

impl Brain {
    /// Its fields by name.
    pub(crate) fn fields(&mut self) -> [(&'static str, &mut Option<String>); 10] {
        [
            ("system_prompt", &mut self.system_prompt),
            ("product_explanation", &mut self.product_explanation),
            ("value_proposition", &mut self.value_proposition),
            ("pain_points", &mut self.pain_points),
            ("benefits", &mut self.benefits),
            ("features_differentiators", &mut self.features_differentiators),
            ("elevator_pitch", &mut self.elevator_pitch),
            ("first_message", &mut self.first_message),
            ("email_knowledge", &mut self.email_knowledge),
            ("example_email", &mut self.example_email),
        ]
    }

    /// Checks every text; a blank one becomes absent.
    ///
    /// # Errors
    /// `validation_error` at the field at fault.
    pub(crate) fn tidy(mut self) -> Result<Self> {
        for (name, field) in self.fields() {
            *field = long_text(name, field.take())?;
        }
        Ok(self)
    }

    /// Applies a partial update, in the order of [`Brain::fields`]; gives the names of what changed.
    ///
    /// # Errors
    /// `validation_error` at the field at fault.
    pub(crate) fn patch(&mut self, patches: [Patch<String>; 10]) -> Result<Vec<&'static str>> {
        let mut changed = Vec::new();
        for ((name, field), patch) in self.fields().into_iter().zip(patches) {
            let after = match patch {
                Patch::Absent => continue,
                Patch::Null => None,
                Patch::Value(text) => long_text(name, Some(text))?,
            };
            if *field != after {
                changed.push(name);
                *field = after;
            }
        }
        Ok(changed)
    }
}

/// An agent.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Agent {
    /// Key.
    pub id: AgentId,
    /// Display name.
    pub name: String,
    /// `outbound` or `inbound`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Whether it may act at all; while not, everything in its name is held.
    pub active: bool,
    /// Whether it acts by itself.
    pub automation_enabled: bool,
    /// `call`, `email` or `both`.
    pub outreach_model: String,
    /// Language it writes in.
    pub language: Option<String>,
    /// When a person must approve; the project's policy when null.
    pub autonomy: Option<ChannelAutonomy>,
    /// The playbook it follows by itself.
    pub playbook: Option<PlaybookPart>,
    /// Address of the first sender that is its own.
    pub email_address: Option<String>,
    /// The first number it calls from, or else one it answers.
    pub phone_number: Option<String>,
    /// What it knows and how it speaks.
    #[serde(flatten)]
    pub brain: Brain,
    /// How it calls; a short outreach from its brain when null.
    pub calling: Option<Calling>,
    /// When made.
    pub created_at: Millis,
    /// When changed.
    pub updated_at: Millis,
}

impl Agent {
    /// From its row; looks up its sender.
    ///
    /// # Errors
    /// When the database fails.
    pub fn of(cx: &mut Context<'_, '_>, row: rows::Agent) -> Result<Self> {
        let email_address = identities::address_of_agent(cx.tx, cx.project, row.id, identities::MAILBOX)?;
        let phone_number = match identities::address_of_agent(cx.tx, cx.project, row.id, identities::PHONE)? {
            Some(number) => Some(number),
            None => identities::answered_by_agent(cx.tx, cx.project, row.id)?,
        };
        Ok(Self {
            playbook: playbooks::part(cx, row.id)?,
            id: row.id,
            name: row.name,
            kind: row.kind,
            active: row.active,
            automation_enabled: row.automation_enabled,
            outreach_model: row.outreach_model,
            language: row.language,
            autonomy: row.autonomy.as_deref().and_then(|json| serde_json::from_str(json).ok()),
            email_address,
            phone_number,
            brain: serde_json::from_str(&row.brain).unwrap_or_default(),
            calling: row.calling.as_deref().map(|json| read_json(json, "how an agent calls")).transpose()?,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

/// Checks that the caller may set this policy in place of that one; null is the project's.
fn check_policy(
    cx: &mut Context<'_, '_>,
    before: Option<&ChannelAutonomy>,
    after: Option<&ChannelAutonomy>,
) -> Result<()> {
    let project = outrider_store::projects::get(cx.tx, cx.project)?;
    let default: ChannelAutonomy = read_json(&project.autonomy, "a project's policy")?;
    check_change(cx, before.unwrap_or(&default), after.unwrap_or(&default))
}
