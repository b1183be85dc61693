//! Whom content for an account is to reach, and what to lead with for each. Names roles, never people.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Input, UNKNOWN_MATTER};
use crate::background::{Background, given};
use crate::fit::seniority;
use crate::observation::Kind;
use crate::offer::Offer;

/// Somebody to reach.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Reader {
    /// Role.
    pub role: String,
    /// What to lead with.
    pub message: String,
}

/// Whom to reach: who was named, else whom the profile looks for, else whom the offer speaks of.
pub(super) fn readers(
    input: &Input,
    background: &Background,
    noted: Option<&str>,
    offer: Option<&Offer>,
    topics: &[(Kind, String)],
) -> Vec<Reader> {
    let mut roles: Vec<String> = input.personas.iter().filter_map(|role| given(Some(role))).collect();
    if roles.is_empty() {
        let from_icp = background.icp.as_ref().and_then(|icp| given(icp.target_personas.as_deref()));
        let wanted = noted
            .map(str::to_owned)
            .or(from_icp)
            .or_else(|| given(background.profile.target_persona.as_deref()))
            .or_else(|| offer.and_then(spoken_to));
        roles = match wanted {
            Some(wanted) => wanted.split([',', ';']).filter_map(|role| given(Some(role))).take(4).collect(),
            None => vec!["whoever answers for the budget".to_owned(), "whoever would work with it".to_owned()],
        };
    }
    let matter = topics.first().map(|(_, topic)| topic.clone()).or_else(|| offer.and_then(Offer::subject));
    let matter = matter.unwrap_or_else(|| UNKNOWN_MATTER.to_owned());
    let mut seen = Vec::new();
    let mut readers = Vec::new();
    for role in roles {
        let rank = seniority::Seniority::of(&role);
        let repeats = seen.iter().filter(|other| **other == rank).count();
        seen.push(rank);
        let among: [String; 2] = match rank {
            seniority::Seniority::Chief => [
                format!("What the outcome of {matter} decides for the company, on one page."),
                format!("Which risk of {matter} stays with them, and what it takes to hand it on."),
            ],
            seniority::Seniority::Vice | seniority::Seniority::Director => [
                format!("How to get the result of {matter} with the team there is, and what to stop doing for it."),
                format!("Which two decisions about {matter} only they can take, and in which order."),
            ],
            seniority::Seniority::Manager | seniority::Seniority::Individual => [
                format!("How the daily work on {matter} gets easier, step by step."),
                format!("What to prepare for {matter} before they ask for anything."),
            ],
            seniority::Seniority::Unknown => [
                format!("The question they would ask first about {matter}, answered plainly."),
                "What changes in their day, with one example from start to end.".to_owned(),
            ],
        };
        readers.push(Reader { role, message: among[repeats.min(1)].clone() });
    }
    readers
}

/// A role as one speaks of its holder.
pub(super) fn the(role: &str) -> String {
    let lower = role.to_lowercase();
    let many = lower.split(" of ").next().is_some_and(|head| head.ends_with('s'));
    let stands = many || ["whoever", "the ", "a ", "an "].iter().any(|start| lower.starts_with(start));
    if stands { role.to_owned() } else { format!("the {role}") }
}

/// Whom an offer speaks to: the title it names, such as `CFO` in `I help CFOs close`, else who usually answers for its subject.
fn spoken_to(offer: &Offer) -> Option<String> {
    const TITLES: &[&str] = &["CEO", "CFO", "CTO", "COO", "CMO", "CIO", "CRO", "CHRO", "CISO", "CPO"];
    const SUBJECTS: &[(&str, &[&str])] = &[
        ("VP of Sales", &["sales", "outbound", "sdr", "pipeline", "prospecting"]),
        ("Head of Procurement", &["supplier", "suppliers", "procurement", "purchasing"]),
        ("Head of Logistics", &["route", "routes", "logistics", "fleet", "warehouse", "freight"]),
        ("Head of People", &["shift", "shifts", "hr", "hiring", "onboarding", "recruiting", "payroll", "staff"]),
        ("CFO", &["close", "invoice", "invoices", "accounting", "cash", "finance"]),
        ("CTO", &["cloud", "kafka", "kubernetes", "soc", "security", "platform", "api", "developers", "data"]),
        ("Head of Customer Success", &["churn", "support", "renewals"]),
        ("Head of Marketing", &["email", "pr", "marketing", "content", "brand", "newsletter", "campaigns"]),
    ];
    let words: Vec<&str> = offer.text.split(|c: char| !c.is_alphanumeric()).collect();
    let titled = words.iter().find_map(|word| TITLES.iter().find(|title| word.trim_end_matches('s') == **title));
    let by_subject = || {
        let has = |known: &[&str]| words.iter().any(|word| known.contains(&word.to_lowercase().as_str()));
        SUBJECTS.iter().find(|(_, known)| has(known)).map(|(role, _)| role)
    };
    titled.or_else(by_subject).map(|role| (*role).to_owned())
}
