//! `abm_content_brief`: what to publish, to whom, for one account. Plans content; claims no results.

mod readers;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use readers::Reader;
use readers::{readers, the};

use crate::background::{Background, given, sayable};
use crate::fit::{industry, seniority};
use crate::observation::{About, Kind, Notes};
use crate::offer::{Form, Offer};
use crate::skill::{Definition, Needs, Problem};
use crate::wording::{Choice, capital, list, sentence, shortened, small, spoken_company};

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
        let spoken = spoken_company(&account);
        let notes = Notes::read(&account, "", input.context.as_deref(), &[]);
        let own_industry = given(input.industry.as_deref()).or_else(|| notes.industry.clone()).or(known.industry);
        let size = given(input.company_size.as_deref()).or(known.size);
        let offer = background.value_prop(input.user_value_prop.as_deref()).map(|text| Offer::read(&text));
        let topics: Vec<(Kind, String)> = notes
            .speakable(3)
            .into_iter()
            .filter(|each| each.about == About::Company)
            .filter_map(|each| Some((each.kind, each.topic.clone()?.replace("your ", "the "))))
            .collect();
        let plan = Plan {
            choice: Choice::new(&[
                &account,
                input.context.as_deref().unwrap_or(""),
                offer.as_ref().map_or("", |offer| &offer.text),
            ]),
            readers: readers(input, background, notes.role.as_deref(), offer.as_ref(), &topics),
            account: spoken,
            topics,
            industry: own_industry,
            size,
        };
        Brief {
            summary: summary(&plan, &notes),
            objective: given(input.objective.as_deref()).unwrap_or_else(|| {
                format!("A first conversation with {} at {}.", the(&plan.readers[0].role), plan.account)
            }),
            key_messages: messages(&plan, offer.as_ref(), background),
            content: pieces(&plan, offer.as_ref()),
            channels: channels(&plan.readers),
            proof_needed: proof(&plan, offer.is_some()),
            call_to_action: call(&plan),
            audience: plan.readers,
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

/// What the parts of a brief are made of.
struct Plan {
    /// As people say it.
    account: String,
    industry: Option<String>,
    size: Option<String>,
    topics: Vec<(Kind, String)>,
    readers: Vec<Reader>,
    choice: Choice,
}

fn summary(plan: &Plan, notes: &Notes) -> String {
    let mut facts = Vec::new();
    facts.extend(plan.industry.as_ref().map(|industry| format!("industry {industry}")));
    facts.extend(plan.size.as_ref().map(|size| format!("{size} employees")));
    let mut text = match facts.is_empty() {
        true => format!("{}: industry and size are not known.", plan.account),
        false => format!("{}: {}.", plan.account, list(&facts)),
    };
    let speakable = notes.speakable(4);
    let of_company: Vec<String> = speakable
        .iter()
        .filter(|each| each.about == About::Company)
        .filter_map(|each| each.predicate.clone())
        .collect();
    if !of_company.is_empty() {
        text.push_str(&format!(" The account {}.", list(&of_company)));
    }
    let others: Vec<String> = speakable
        .iter()
        .filter(|each| each.about != About::Company)
        .map(|each| format!("\"{}\"", shortened(&each.given, 120)))
        .collect();
    if !others.is_empty() {
        text.push_str(&format!(" Of a person there is noted: {}.", list(&others)));
    }
    let silent: Vec<String> = notes.not_said().into_iter().take(4).collect();
    if !silent.is_empty() {
        text.push_str(&format!(" Not for the content: {}.", silent.join("; ")));
    }
    if notes.observations.is_empty() {
        text.push_str(" Nothing recent is noted.");
    }
    text
}

fn messages(plan: &Plan, offer: Option<&Offer>, background: &Background) -> Vec<String> {
    let mut messages: Vec<String> = plan
        .topics
        .iter()
        .map(|(kind, topic)| {
            let among: [&str; 2] = match kind {
                Kind::Funding => [
                    "what has to be true a year from now, and what stands in the way today.",
                    "money is the smaller part; the order of the next three decisions is the larger one.",
                ],
                Kind::Hiring => [
                    "the plan for the first ninety days is worth as much as the search.",
                    "what people find on their first day decides how long they need.",
                ],
                Kind::Expansion => [
                    "what has to run from the first day, and what can wait.",
                    "which habits come along, and which should stay behind.",
                ],
                Kind::Launch => [
                    "what the first users will ask, answered before they ask it.",
                    "what to listen for in the first weeks, and who listens.",
                ],
                Kind::Acquisition => [
                    "what is brought together first, and what may stay as it is.",
                    "where there are two ways of doing the same thing, which one wins and who decides.",
                ],
                Kind::Leadership => {
                    ["a new mandate is the moment to ask which habits stay.", "the first result is chosen, not found."]
                }
                _ => [
                    "name the one step that slows everything else, and begin there.",
                    "what will be easier afterwards, said in one sentence.",
                ],
            };
            capital(&format!("{topic}: {}", plan.choice.pick(topic, &among)))
        })
        .collect();
    messages.extend(offer.map(|offer| match offer.form {
        Form::Sentence => sentence(&offer.text),
        _ => format!("What we bring: {}.", offer.headline().trim_end_matches('.')),
    }));
    if let Some(view) = sayable(background.profile.unique_pov.as_deref()) {
        messages.push(format!("Our point of view: {}.", small(view.trim_end_matches('.'))));
    }
    if let Some(apart) = background.icp.as_ref().and_then(|icp| sayable(icp.user_differentiators.as_deref())) {
        messages.push(format!("What sets us apart: {}.", small(apart.trim_end_matches('.'))));
    }
    if messages.is_empty() {
        messages.push(format!("We know why we write to {}, and say so in the first line.", plan.account));
    }
    messages
}

/// What pieces are about where nothing was noticed and nothing is offered.
pub(super) const UNKNOWN_MATTER: &str = "the next quarter";

/// What the pieces are about: what was noticed, else what is offered.
fn matter(plan: &Plan, offer: Option<&Offer>) -> String {
    let noticed = plan.topics.first().map(|(_, topic)| topic.clone());
    noticed.or_else(|| offer.and_then(Offer::subject)).unwrap_or_else(|| UNKNOWN_MATTER.to_owned())
}

fn pieces(plan: &Plan, offer: Option<&Offer>) -> Vec<Piece> {
    let piece =
        |format: &str, title: String, angle: &str| Piece { format: format.to_owned(), title, angle: angle.to_owned() };
    let (account, topic, role) = (&plan.account, matter(plan, offer), &plan.readers[0].role);
    let memo = [
        (
            format!("{account} and {topic}: three questions to settle first"),
            "each question with what a good and a bad answer look like; no pitch before the last line.",
        ),
        (
            format!("{}: what we would look at first at {account}", capital(&topic)),
            "five points in order, each with the reason why it comes before the next; says where we do not know enough.",
        ),
        (
            format!("A page for {account} on {topic}"),
            "one page, three paragraphs: what is known, what is open, what to decide next.",
        ),
    ];
    let post = [
        (
            format!("{}: what nobody puts on the slide", capital(&topic)),
            "A plain opinion that the readers can disagree with; mentions no account by name.",
        ),
        (
            format!("Three things I would ask about {topic}"),
            "Questions instead of tips; ends with the one that is hardest to answer. Mentions no account by name.",
        ),
        (
            format!("{}, told without the success story", capital(&topic)),
            "What is tedious about it and why it is done all the same; mentions no account by name.",
        ),
    ];
    let mail = [
        (
            format!("A page on {topic}"),
            "Five sentences: what was noticed, why a page was written, where it is, one question, a way out.",
        ),
        (
            format!("{account}: one page, if you want it"),
            "Asks before it sends: what the page is about, whom it is for, and a yes or no.",
        ),
    ];
    let posts = if topic == UNKNOWN_MATTER { 2 } else { post.len() };
    let (memo_at, post_at, mail_at) = (
        plan.choice.number("memo", memo.len()),
        plan.choice.number("post", posts),
        plan.choice.number("mail", mail.len()),
    );
    let mut pieces = vec![
        piece("one-page memo", memo[memo_at].0.clone(), &format!("Written for {}: {}", the(role), memo[memo_at].1)),
        piece("LinkedIn post by a founder", post[post_at].0.clone(), post[post_at].1),
        piece("personal email with the memo", mail[mail_at].0.clone(), mail[mail_at].1),
    ];
    if let Some((_, second)) = plan.topics.get(1) {
        pieces.push(piece(
            "checklist",
            capital(&format!("{second}: a checklist for the first ninety days")),
            "Something to keep and use without us.",
        ));
    }
    if let Some(found) = plan.industry.as_deref().and_then(industry::find) {
        let start = plan.choice.number("signals", found.signals.len());
        let two: Vec<String> =
            (0..2).map(|step| found.signals[(start + step) % found.signals.len()].to_owned()).collect();
        pieces.push(piece(
            "short article",
            format!("What moves buying in {}", plan.industry.as_deref().unwrap_or(found.name)),
            &format!("Explains signals such as {}; ends with the question which of them the reader sees.", list(&two)),
        ));
    }
    pieces
}

fn call(plan: &Plan) -> String {
    let about = plan.topics.first().map_or("present priorities", |(_, topic)| topic);
    let among = [
        format!("A conversation of a quarter of an hour about {about} at {}; no demo.", plan.account),
        format!("A reply with the one question about {about} that the page leaves open."),
        format!(
            "Fifteen minutes with {}: what is open about {about}, and whether we can help at all.",
            the(&plan.readers[0].role)
        ),
    ];
    among[plan.choice.number("call", among.len())].clone()
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

fn proof(plan: &Plan, has_offer: bool) -> Vec<String> {
    let mut needed = vec![
        format!("A customer {} would recognise itself in, named with permission.", plan.account),
        "One number from that customer, with its period and source.".to_owned(),
    ];
    if !has_offer {
        needed.push("What is offered, in one sentence: neither request nor profile says it in English.".to_owned());
    }
    let missing: Vec<String> = [("industry", plan.industry.is_none()), ("size", plan.size.is_none())]
        .into_iter()
        .filter(|(_, missing)| *missing)
        .map(|(name, _)| name.to_owned())
        .collect();
    if !missing.is_empty() {
        needed.push(format!("The {} of {}: not known.", list(&missing), plan.account));
    }
    needed
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::AbmContentBrief;
    use crate::Background;
    use crate::skill::Definition;

    fn brief(input: Value) -> super::Brief {
        AbmContentBrief::run(&serde_json::from_value(input).expect("an input"), &Background::default())
    }

    #[test]
    fn only_what_is_missing_is_asked_for_and_a_sentence_is_said_as_one() {
        let found = brief(
            json!({ "company": "Kumo Robotics, Inc.", "industry": "Healthcare", "context": "Opened a warehouse in Gdansk; no budget until Q3",
            "userValueProp": "I help CFOs automate month-end close in 48 hours" }),
        );
        assert!(
            found.proof_needed.contains(&"The size of Kumo Robotics: not known.".to_owned()),
            "{:?}",
            found.proof_needed
        );
        assert!(
            found.key_messages.contains(&"I help CFOs automate month-end close in 48 hours.".to_owned()),
            "{:?}",
            found.key_messages
        );
        assert_eq!(found.audience[0].role, "CFO");
        assert!(
            found.summary.contains("Not for the content: no budget until Q3 (a note for you)"),
            "{}",
            found.summary
        );
        assert!(found.content.iter().all(|piece| !piece.title.contains("budget")), "{:?}", found.content);
        assert_eq!(found.account, "Kumo Robotics, Inc.");
    }
}
