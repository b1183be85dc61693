//! `update_profile`: changes some of its fields; tasks asked after that use them.

use outrider_domain::patch::Patch;
use outrider_skills::Profile;
use outrider_store::profiles as rows;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::context::{Context, Event};
use crate::error::{Error, Result};
use crate::fields::{changed, kept, long_text, to_json};
use crate::operation::{Operation, Spec};

/// Changes the profile.
pub struct UpdateProfile;

/// Most topics.
const TOPICS: usize = 50;

/// What to change; null clears a field.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Input {
    /// What they are expert in.
    #[serde(default)]
    expertise_area: Patch<String>,
    /// The industry they know.
    #[serde(default)]
    industry_focus: Patch<String>,
    /// Whom they sell to.
    #[serde(default)]
    target_audience: Patch<String>,
    /// The person they sell to.
    #[serde(default)]
    target_persona: Patch<String>,
    /// How they speak.
    #[serde(default)]
    preferred_tone: Patch<String>,
    /// What the reader gains.
    #[serde(default, rename = "valueProp")]
    value_prop: Patch<String>,
    /// What they think that others do not.
    #[serde(default, rename = "uniquePOV")]
    unique_pov: Patch<String>,
    /// What they write about.
    #[serde(default)]
    content_topics: Patch<Vec<String>>,
}

fn text(field: &str, patch: Patch<String>, current: Option<String>) -> Result<Option<String>> {
    match patch {
        Patch::Absent => Ok(current),
        Patch::Null => Ok(None),
        Patch::Value(text) if text.chars().count() > 2_000 => {
            Err(Error::invalid(field, format!("{field} has at most 2,000 characters.")))
        }
        Patch::Value(text) => long_text(field, Some(text)),
    }
}

impl Operation for UpdateProfile {
    const SPEC: Spec =
        Spec::patch("update_profile", "profile", "/profile", "profile:write", "Change the seller's profile.")
            .describe("Only the fields that are given change. Tasks asked afterwards are written with them.")
            .natural();
    type Input = Input;
    type Output = Profile;

    fn run(cx: &mut Context<'_, '_>, input: Input) -> Result<Profile> {
        let before = super::read(cx)?;
        let after = Profile {
            expertise_area: text("expertiseArea", input.expertise_area, before.expertise_area.clone())?,
            industry_focus: text("industryFocus", input.industry_focus, before.industry_focus.clone())?,
            target_audience: text("targetAudience", input.target_audience, before.target_audience.clone())?,
            target_persona: text("targetPersona", input.target_persona, before.target_persona.clone())?,
            preferred_tone: text("preferredTone", input.preferred_tone, before.preferred_tone.clone())?,
            value_prop: text("valueProp", input.value_prop, before.value_prop.clone())?,
            unique_pov: text("uniquePOV", input.unique_pov, before.unique_pov.clone())?,
            content_topics: match input.content_topics {
                Patch::Null => Vec::new(),
                other => kept("contentTopics", other, before.content_topics.clone())?,
            },
        };
        let too_long = after.content_topics.iter().any(|topic| topic.chars().count() > 200);
        if after.content_topics.len() > TOPICS || too_long {
            return Err(Error::invalid("contentTopics", format!("At most {TOPICS} topics of 200 characters each.")));
        }
        if after != before {
            rows::save(cx.tx, cx.project, &to_json(&after)?, cx.now)?;
            let names = changed(&[
                ("expertiseArea", after.expertise_area != before.expertise_area),
                ("industryFocus", after.industry_focus != before.industry_focus),
                ("targetAudience", after.target_audience != before.target_audience),
                ("targetPersona", after.target_persona != before.target_persona),
                ("preferredTone", after.preferred_tone != before.preferred_tone),
                ("valueProp", after.value_prop != before.value_prop),
                ("uniquePOV", after.unique_pov != before.unique_pov),
                ("contentTopics", after.content_topics != before.content_topics),
            ]);
            cx.emit(Event::new("profile.updated").data(serde_json::json!({ "fields": names })));
        }
        Ok(after)
    }
}
