//! `abm_content_brief`: what to publish, to whom, for one account. Plans content; claims no results.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::background::{Background, given};
use crate::fit::{industry, seniority};
use crate::observation::{Kind, Notes};
use crate::offer::Offer;
use crate::skill::{Definition, Needs, Problem};
use crate::wording::{capital, list, small};

/// Plans content for an account.
pub struct AbmContentBrief;

/// For which account.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Input {
    /// The account's name.
    #[schemars(length(min = 1, max = 200))]
    pub company: String,
    /// Its industry.
    #[serde(default)]
    #[schemars(length(max = 200))]
    pub industry: Option<String>,
    /// Its employees.
    #[serde(default)]
    #[schemars(length(max = 40))]
    pub company_size: Option<String>,
    /// Whom to reach, as roles.
    #[serde(default)]
    #[schemars(length(max = 10))]
    pub personas: Vec<String>,
    /// What was noticed.
    #[serde(default)]
    #[schemars(length(max = 8000))]
    pub context: Option<String>,
    /// What the content is to reach.
    #[serde(default)]
    #[schemars(length(max = 500))]
    pub objective: Option<String>,
    /// What is offered; the profile's when absent.
    #[serde(default)]
    #[schemars(length(max = 2000))]
    pub user_value_prop: Option<String>,
}

/// A brief.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Brief {
    /// The account.
    pub account: String,
    /// The account in words.
    #[schemars(length(min = 1))]
    pub summary: String,
    /// What the content is to reach.
    #[schemars(length(min = 1))]
    pub objective: String,
    /// Whom to reach, and with what.
    #[schemars(length(min = 1))]
    pub audience: Vec<Reader>,
    /// What to say throughout.
    pub key_messages: Vec<String>,
    /// What to make.
    #[schemars(length(min = 3, max = 6))]
    pub content: Vec<Piece>,
    /// Where, in order.
    pub channels: Vec<String>,
    /// What to find out or gather before claiming it.
    pub proof_needed: Vec<String>,
    /// What the reader is asked.
    pub call_to_action: String,
}

/// Somebody to reach.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Reader {
    /// Role.
    pub role: String,
    /// What to lead with.
    pub message: String,
}

/// A piece of content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Piece {
    /// Such as `one-page memo`.
    pub format: String,
    /// Working title.
    pub title: String,
    /// What it says.
    pub angle: String,
}

impl Definition for AbmContentBrief {
    const NAME: &'static str = "abm_content_brief";
    const TITLE: &'static str = "ABM content brief";
    const DESCRIPTION: &'static str =
        "Plans account-based content for one company: readers, messages, pieces, channels and the proof still needed.";
    const PROMPT: &'static str = include_str!("prompt.md");
    const EXAMPLE: &'static str = include_str!("example.json");
    type Input = Input;
    type Output = Brief;

    fn check(input: &Input) -> Result<(), Problem> {
        match input.company.chars().any(char::is_alphanumeric) {
            true => Ok(()),
            false => Err(Problem::at("company", "company must have a letter.")),
        }
    }

    fn needs(input: &Input) -> Needs {
        let notes = Notes::read(&input.company, "", input.context.as_deref(), &[]);
        Needs { company: Some(input.company.clone()), domain: notes.domain, ..Needs::default() }
    }

    fn run(input: &Input, background: &Background) -> Brief {
        let known = background.company.clone().unwrap_or_default();
        let account = given(Some(&input.company)).unwrap_or_default();
        let notes = Notes::read(&account, "", input.context.as_deref(), &[]);
        let own_industry = given(input.industry.as_deref()).or_else(|| notes.industry.clone()).or(known.industry);
        let size = given(input.company_size.as_deref()).or(known.size);
        let offer = background.value_prop(input.user_value_prop.as_deref()).map(|text| Offer::read(&text));
        let topics: Vec<(Kind, String)> = notes
            .speakable(3)
            .into_iter()
            .filter_map(|each| Some((each.kind, each.topic.clone()?.replace("your ", "the "))))
            .collect();
        let readers = readers(input, background, &topics);
        Brief {
            summary: summary(&account, own_industry.as_deref(), size.as_deref(), &notes),
            objective: given(input.objective.as_deref())
                .unwrap_or_else(|| format!("A first conversation at {account}: {}.", readers[0].role)),
            key_messages: messages(&account, offer.as_ref(), &topics, background),
            content: pieces(&account, &readers, &topics, own_industry.as_deref()),
            channels: channels(&readers),
            proof_needed: proof(offer.is_some(), own_industry.as_deref(), size.as_deref(), &account),
            call_to_action: format!(
                "A conversation of a quarter of an hour about {} at {account}; no demo.",
                topics.first().map_or("present priorities", |(_, topic)| topic)
            ),
            audience: readers,
            account,
        }
    }

    fn problems(output: &Brief) -> Vec<String> {
        let mut problems = Vec::new();
        if output.audience.is_empty() || output.summary.trim().is_empty() {
            problems.push("summary and audience must not be empty".to_owned());
        }
        if !(3..=6).contains(&output.content.len()) {
            problems.push("there must be three to six pieces of content".to_owned());
        }
        problems
    }
}

fn summary(account: &str, industry: Option<&str>, size: Option<&str>, notes: &Notes) -> String {
    let mut facts = Vec::new();
    facts.extend(industry.map(|industry| format!("industry {industry}")));
    facts.extend(size.map(|size| format!("{size} employees")));
    let mut text = if facts.is_empty() {
        format!("{account}: industry and size are not known.")
    } else {
        format!("{account}: {}.", list(&facts))
    };
    let said: Vec<String> = notes.speakable(4).iter().filter_map(|each| each.predicate.clone()).collect();
    if said.is_empty() {
        let given: Vec<String> = notes.observations.iter().take(4).map(|each| small(&each.given)).collect();
        text.push_str(&if given.is_empty() {
            " Nothing recent is noted.".to_owned()
        } else {
            format!(" Noted: {}.", list(&given))
        });
    } else {
        text.push_str(&format!(" The account {}.", list(&said)));
    }
    text
}

fn readers(input: &Input, background: &Background, topics: &[(Kind, String)]) -> Vec<Reader> {
    let mut roles: Vec<String> = input.personas.iter().filter_map(|role| given(Some(role))).collect();
    if roles.is_empty() {
        let from_icp = background.icp.as_ref().and_then(|icp| icp.target_personas.clone());
        let wanted = from_icp
            .or_else(|| background.profile.target_persona.clone())
            .unwrap_or_else(|| "the person who owns the problem".to_owned());
        roles = wanted.split([',', ';']).filter_map(|role| given(Some(role))).take(4).collect();
    }
    let topic = topics.first().map(|(_, topic)| topic.as_str());
    roles
        .into_iter()
        .map(|role| {
            let rank = seniority::Seniority::of(&role);
            let about = topic.map(|topic| format!(" of {topic}")).unwrap_or_default();
            let message = match rank {
                seniority::Seniority::Chief => format!("What the outcome{about} decides for the company, in one page."),
                seniority::Seniority::Vice | seniority::Seniority::Director => {
                    format!("How to get the result{about} with the team there is, and what to stop doing for it.")
                }
                seniority::Seniority::Manager | seniority::Seniority::Individual => {
                    format!("How the daily work{about} gets easier, step by step.")
                }
                seniority::Seniority::Unknown => format!("The question they would ask first{about}, answered plainly."),
            };
            Reader { role, message }
        })
        .collect()
}

fn messages(account: &str, offer: Option<&Offer>, topics: &[(Kind, String)], background: &Background) -> Vec<String> {
    let mut messages: Vec<String> = topics
        .iter()
        .map(|(kind, topic)| match kind {
            Kind::Funding => capital(&format!("{topic} buys time to fix what growth would otherwise multiply.")),
            Kind::Hiring => {
                capital(&format!("{topic}: the plan for the first ninety days is worth as much as the search."))
            }
            Kind::Expansion | Kind::Launch => {
                capital(&format!("{topic}: the first ten customers decide what the next hundred hear."))
            }
            Kind::Leadership => capital(&format!("{topic}: a new mandate is the moment to ask which habits stay.")),
            _ => capital(&format!("{topic}: name the one step that slows everything else, and begin there.")),
        })
        .collect();
    messages.extend(offer.map(|offer| format!("What we bring: {}.", offer.headline().trim_end_matches('.'))));
    if let Some(view) = &background.profile.unique_pov {
        messages.push(format!("Our point of view: {}.", small(view.trim_end_matches('.'))));
    }
    if let Some(apart) = background.icp.as_ref().and_then(|icp| given(icp.user_differentiators.as_deref())) {
        messages.push(format!("What sets us apart: {}.", small(apart.trim_end_matches('.'))));
    }
    if messages.is_empty() {
        messages.push(format!("We know why we write to {account}, and say so in the first line."));
    }
    messages
}

fn pieces(account: &str, readers: &[Reader], topics: &[(Kind, String)], industry_name: Option<&str>) -> Vec<Piece> {
    let piece = |format: &str, title: String, angle: String| Piece { format: format.to_owned(), title, angle };
    let topic = topics.first().map_or_else(|| "the next quarter".to_owned(), |(_, topic)| topic.clone());
    let role = &readers[0].role;
    let mut pieces = vec![
        piece(
            "one-page memo",
            format!("{account} and {topic}: three questions to settle first"),
            format!(
                "Written for {role}. Each question with what a good and a bad answer look like; no pitch before the last line."
            ),
        ),
        piece(
            "LinkedIn post by a founder",
            capital(&format!("{topic}: what nobody puts on the slide")),
            "A plain opinion that the readers can disagree with; mentions no account by name.".to_owned(),
        ),
        piece(
            "personal email with the memo",
            format!("A page on {topic}"),
            "Five sentences: what was noticed, why a page was written, where it is, one question, a way out."
                .to_owned(),
        ),
    ];
    if let Some((_, second)) = topics.get(1) {
        pieces.push(piece(
            "checklist",
            capital(&format!("{second}: a checklist for the first ninety days")),
            "Something to keep and use without us.".to_owned(),
        ));
    }
    if let Some(found) = industry_name.and_then(industry::find) {
        pieces.push(piece(
            "short article",
            format!("What moves buying in {}", found.name),
            format!(
                "Explains signals such as {}; ends with the question which of them the reader sees.",
                list(&found.signals.iter().take(2).map(|text| (*text).to_owned()).collect::<Vec<_>>())
            ),
        ));
    }
    pieces
}

fn channels(readers: &[Reader]) -> Vec<String> {
    let high = readers.iter().any(|reader| seniority::Seniority::of(&reader.role) >= seniority::Seniority::Director);
    let order: &[&str] = if high {
        &["email from a person", "LinkedIn message", "LinkedIn post", "call after the memo was opened"]
    } else {
        &["LinkedIn post", "email from a person", "LinkedIn message"]
    };
    order.iter().map(|text| (*text).to_owned()).collect()
}

fn proof(has_offer: bool, industry: Option<&str>, size: Option<&str>, account: &str) -> Vec<String> {
    let mut needed = vec![
        format!("A customer {account} would recognise itself in, named with permission."),
        "One number from that customer, with its period and source.".to_owned(),
    ];
    if !has_offer {
        needed.push("What is offered, in one sentence: neither request nor profile says it.".to_owned());
    }
    if industry.is_none() || size.is_none() {
        needed.push(format!("Industry and size of {account}."));
    }
    needed
}
