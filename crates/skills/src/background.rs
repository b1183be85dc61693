//! What is known around an input: the seller's profile, the ideal customer, the company and the person. Gathers nothing itself.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::tongue::is_foreign;

/// Who sells, and how they speak. Every field is the account's own words.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Profile {
    /// What they are expert in.
    pub expertise_area: Option<String>,
    /// The industry they know.
    pub industry_focus: Option<String>,
    /// Whom they sell to.
    pub target_audience: Option<String>,
    /// The person they sell to.
    pub target_persona: Option<String>,
    /// `professional`, `direct`, `friendly`, or a word near one of these.
    pub preferred_tone: Option<String>,
    /// What the reader gains.
    #[serde(rename = "valueProp")]
    pub value_prop: Option<String>,
    /// What they think that others do not.
    #[serde(rename = "uniquePOV")]
    pub unique_pov: Option<String>,
    /// What they write about.
    pub content_topics: Vec<String>,
}

/// The customer a seller looks for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Icp {
    /// What it is called.
    pub name: String,
    /// Industries, separated by commas.
    pub target_industry: Option<String>,
    /// Employees, such as `51-500`.
    pub company_size_range: Option<String>,
    /// Ranks, separated by commas, such as `VP, Director`.
    pub target_seniority: Option<String>,
    /// Roles, separated by commas.
    pub target_personas: Option<String>,
    /// How to speak to them.
    pub tone_preference: Option<String>,
    /// What they gain.
    pub user_value_prop: Option<String>,
    /// What sets the seller apart.
    pub user_differentiators: Option<String>,
}

/// What is known of a company, and from where.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Company {
    /// Its name.
    pub name: Option<String>,
    /// Its domain.
    pub domain: Option<String>,
    /// Its industry.
    pub industry: Option<String>,
    /// Its employees, as a number or a range.
    pub size: Option<String>,
    /// Where it is.
    pub location: Option<String>,
    /// What its own site says it does.
    pub description: Option<String>,
    /// What its site and DNS show it uses.
    pub technologies: Vec<String>,
    /// Who takes its mail, from its MX records.
    pub mail_provider: Option<String>,
    /// People of it that are known, as `name, role`.
    pub people: Vec<String>,
    /// Where each of these comes from.
    pub sources: Vec<String>,
}

/// What is known of a person.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Person {
    /// Full name.
    pub name: Option<String>,
    /// Role.
    pub role: Option<String>,
    /// Company.
    pub company: Option<String>,
    /// Address.
    pub email: Option<String>,
    /// Profile address.
    pub linkedin_url: Option<String>,
    /// What was noted: signals and recorded events, newest first.
    pub signals: Vec<String>,
    /// Where this comes from.
    pub sources: Vec<String>,
}

/// All that is known around an input.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Background {
    /// Who sells.
    pub profile: Profile,
    /// The ideal customer, if one is set up.
    pub icp: Option<Icp>,
    /// The company, if it is known.
    pub company: Option<Company>,
    /// The person, if they are known.
    pub person: Option<Person>,
    /// Who signs.
    pub sender: Option<String>,
}

/// Text with something in it, on one line.
#[must_use]
pub fn given(text: Option<&str>) -> Option<String> {
    let text = text?.split_whitespace().collect::<Vec<_>>().join(" ");
    (!text.is_empty()).then_some(text)
}

/// The same, where a text in English can say it.
#[must_use]
pub fn sayable(text: Option<&str>) -> Option<String> {
    given(text).filter(|text| !is_foreign(text))
}

impl Background {
    /// What is sold, as texts in English can say it: what the input says, or the ideal customer's entry, or the profile.
    #[must_use]
    pub fn value_prop(&self, own: Option<&str>) -> Option<String> {
        self.value_props(own).find(|text| !is_foreign(text))
    }

    /// What is sold, where it is said in other languages alone.
    #[must_use]
    pub fn foreign_value_prop(&self, own: Option<&str>) -> Option<String> {
        if self.value_prop(own).is_some() { None } else { self.value_props(own).next() }
    }

    fn value_props<'a>(&'a self, own: Option<&'a str>) -> impl Iterator<Item = String> + 'a {
        let of_icp = self.icp.as_ref().and_then(|icp| icp.user_value_prop.as_deref());
        [own, of_icp, self.profile.value_prop.as_deref()].into_iter().filter_map(given)
    }
}
