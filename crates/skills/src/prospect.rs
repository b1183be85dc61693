//! The person a text is written for, as five skills take them. Holds no text of its own.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::background::{Background, given, sayable};
use crate::observation::Notes;
use crate::offer::Offer;
use crate::skill::{Needs, Problem};
use crate::wording::{Choice, first_name, spoken_company, spoken_role};

/// A person to write to.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Prospect {
    /// The person's full name.
    #[schemars(length(min = 1, max = 200))]
    pub contact_name: String,
    /// Their role, such as `VP of Sales`.
    #[serde(default)]
    #[schemars(length(max = 200))]
    pub contact_role: Option<String>,
    /// Where they work.
    #[schemars(length(min = 1, max = 200))]
    pub company: String,
    /// Employees, such as `51-200`.
    #[serde(default)]
    #[schemars(length(max = 40))]
    pub company_size: Option<String>,
    /// The company's industry.
    #[serde(default)]
    #[schemars(length(max = 200))]
    pub industry: Option<String>,
    /// What was noticed about person or company, one thing each.
    #[serde(default)]
    #[schemars(length(max = 50))]
    pub signals: Vec<String>,
    /// The same in free words.
    #[serde(default)]
    #[schemars(length(max = 8000))]
    pub context: Option<String>,
    /// What is offered; the profile's when absent.
    #[serde(default)]
    #[schemars(length(max = 2000))]
    pub user_value_prop: Option<String>,
    /// Who signs; no name is signed when absent.
    #[serde(default)]
    #[schemars(length(max = 200))]
    pub sender_name: Option<String>,
}

impl Prospect {
    /// Refuses names without a letter.
    ///
    /// # Errors
    /// The field at fault.
    pub fn check(&self) -> Result<(), Problem> {
        for (field, text) in [("contactName", &self.contact_name), ("company", &self.company)] {
            if !text.chars().any(char::is_alphanumeric) {
                return Err(Problem::at(field, format!("{field} must have a letter.")));
            }
        }
        Ok(())
    }

    /// What is worth knowing of them.
    #[must_use]
    pub fn needs(&self) -> Needs {
        Needs { person: Some(self.contact_name.clone()), company: Some(self.company.clone()), ..Needs::default() }
    }

    /// All a writer uses.
    #[must_use]
    pub fn brief(&self, background: &Background) -> Brief {
        let company = given(Some(&self.company)).unwrap_or_default();
        let name = given(Some(&self.contact_name)).unwrap_or_default();
        let known = background.person.clone().unwrap_or_default();
        let mut notes = Notes::read(&company, &name, self.context.as_deref(), &self.signals);
        let role = given(self.contact_role.as_deref()).or_else(|| notes.role.clone()).or_else(|| known.role.clone());
        if let Some(role) = &role {
            notes.keep_from_holder(role);
        }
        let offer = background.value_prop(self.user_value_prop.as_deref()).map(|text| Offer::read(&text));
        let seed =
            Choice::new(&[&name, &company, role.as_deref().unwrap_or(""), self.context.as_deref().unwrap_or("")]);
        let tone = background
            .icp
            .as_ref()
            .and_then(|icp| given(icp.tone_preference.as_deref()))
            .or_else(|| given(background.profile.preferred_tone.as_deref()));
        Brief {
            first: first_name(&name),
            name,
            company: spoken_company(&company),
            role: role.as_deref().and_then(spoken_role),
            notes,
            offer,
            expertise: sayable(background.profile.expertise_area.as_deref()),
            sender: given(self.sender_name.as_deref()).or_else(|| given(background.sender.as_deref())),
            tone: Tone::of(tone.as_deref()),
            choice: seed,
        }
    }
}

/// How a text speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tone {
    /// Courteous, whole sentences.
    #[default]
    Professional,
    /// As few words as will do.
    Direct,
    /// As to a colleague.
    Friendly,
}

impl Tone {
    /// The nearest of the three.
    #[must_use]
    pub fn of(word: Option<&str>) -> Self {
        let word = word.unwrap_or_default().to_lowercase();
        let has = |words: &[&str]| words.iter().any(|each| word.contains(each));
        if has(&["direct", "bold", "short", "concise", "blunt", "assertive"]) {
            Self::Direct
        } else if has(&["friend", "casual", "warm", "convers", "playful", "informal"]) {
            Self::Friendly
        } else {
            Self::Professional
        }
    }
}

/// A prospect, read: what writers put into sentences.
#[derive(Debug, Clone)]
pub struct Brief {
    /// Full name.
    pub name: String,
    /// What they are greeted by.
    pub first: String,
    /// Where they work, as people say it.
    pub company: String,
    /// Their role, when it can be said.
    pub role: Option<String>,
    /// What was noticed.
    pub notes: Notes,
    /// What is offered.
    pub offer: Option<Offer>,
    /// What the sender is expert in.
    pub expertise: Option<String>,
    /// Who signs.
    pub sender: Option<String>,
    /// How to speak.
    pub tone: Tone,
    /// Chooses among phrasings.
    pub choice: Choice,
}
