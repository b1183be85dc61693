//! `thought_leadership`: a post, a newsletter's introduction and a hook on one topic. Has no opinions of its own: it gives the
//! author's point of view, and otherwise asks.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::background::{Background, given};
use crate::linkedin_message::length_problem;
use crate::prospect::Tone;
use crate::skill::{Definition, Problem};
use crate::wording::{Choice, article, capital, sentence, shortened, small};

const POST: usize = 1_500;
const INTRO: usize = 700;
const HOOK: usize = 300;

/// Writes content packs.
pub struct ThoughtLeadership;

/// What to write about.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Input {
    /// The topic, as a headline or a few words.
    #[schemars(length(min = 1, max = 300))]
    pub topic: String,
    /// What the author is expert in; the profile's when absent.
    #[serde(default)]
    #[schemars(length(max = 300))]
    pub expertise_area: Option<String>,
    /// Who reads; the profile's when absent.
    #[serde(default)]
    #[schemars(length(max = 300))]
    pub target_audience: Option<String>,
    /// How it speaks; the profile's when absent.
    #[serde(default)]
    #[schemars(length(max = 60))]
    pub tone: Option<String>,
    /// What the author thinks about it; the profile's point of view when absent.
    #[serde(default)]
    #[schemars(length(max = 1_000))]
    pub point_of_view: Option<String>,
}

/// Three texts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Pack {
    /// At most 1,500 characters.
    #[schemars(length(min = 1, max = 1_500))]
    pub linkedin_post: String,
    /// At most 700 characters.
    #[schemars(length(min = 1, max = 700))]
    pub newsletter_intro: String,
    /// At most 300 characters.
    #[schemars(length(min = 1, max = 300))]
    pub outreach_hook: String,
}

/// What the texts are made of.
struct Matter {
    topic: String,
    audience: Option<String>,
    expertise: Option<String>,
    view: Option<String>,
    tone: Tone,
    tags: Vec<String>,
    choice: Choice,
}

impl Definition for ThoughtLeadership {
    const NAME: &'static str = "thought_leadership";
    const TITLE: &'static str = "Thought leadership pack";
    const DESCRIPTION: &'static str =
        "Writes a LinkedIn post, a newsletter introduction and a cold outreach hook on one topic.";
    const PROMPT: &'static str = include_str!("prompt.md");
    const EXAMPLE: &'static str = include_str!("example.json");
    type Input = Input;
    type Output = Pack;

    fn check(input: &Input) -> Result<(), Problem> {
        match input.topic.chars().any(char::is_alphanumeric) {
            true => Ok(()),
            false => Err(Problem::at("topic", "topic must have a letter.")),
        }
    }

    fn run(input: &Input, background: &Background) -> Pack {
        let profile = &background.profile;
        let or =
            |own: &Option<String>, other: &Option<String>| given(own.as_deref()).or_else(|| given(other.as_deref()));
        let topic = given(Some(&input.topic)).unwrap_or_default().trim_end_matches(['.', '?', '!']).to_owned();
        let matter = Matter {
            audience: or(&input.target_audience, &profile.target_audience),
            expertise: or(&input.expertise_area, &profile.expertise_area),
            view: given(input.point_of_view.as_deref())
                .or_else(|| given(profile.unique_pov.as_deref()).filter(|view| related(view, &topic))),
            tone: Tone::of(or(&input.tone, &profile.preferred_tone).as_deref()),
            tags: profile
                .content_topics
                .iter()
                .filter(|each| related(each, &topic))
                .take(3)
                .map(|each| tag(each))
                .collect(),
            choice: Choice::new(&[
                &topic,
                input.target_audience.as_deref().unwrap_or(""),
                input.expertise_area.as_deref().unwrap_or(""),
            ]),
            topic,
        };
        Pack { linkedin_post: post(&matter), newsletter_intro: intro(&matter), outreach_hook: hook(&matter) }
    }

    fn problems(output: &Pack) -> Vec<String> {
        [
            ("linkedinPost", &output.linkedin_post, POST),
            ("newsletterIntro", &output.newsletter_intro, INTRO),
            ("outreachHook", &output.outreach_hook, HOOK),
        ]
        .into_iter()
        .filter_map(|(name, text, most)| length_problem(name, text, most))
        .collect()
    }
}

/// Whether two texts share a word that tells something: what the profile says of one topic has no place under another.
fn related(one: &str, other: &str) -> bool {
    let telling = |text: &str| -> Vec<String> {
        let words = text.split(|c: char| !c.is_alphanumeric()).map(str::to_lowercase);
        words.filter(|word| word.len() > 4 || ["sdr", "crm", "saas", "ai"].contains(&word.as_str())).collect()
    };
    let other = telling(other);
    telling(one).iter().any(|word| other.contains(word))
}

/// `outbound sales` as `#OutboundSales`.
fn tag(topic: &str) -> String {
    let words = topic.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    format!("#{}", words.map(capital).collect::<String>())
}

fn asks(topic: &str) -> bool {
    let first = topic.split_whitespace().next().unwrap_or_default().to_lowercase();
    ["why", "how", "what", "when", "where", "who"].contains(&first.as_str())
}

fn seen_from(matter: &Matter) -> Option<String> {
    let expertise = matter.expertise.as_ref()?;
    let role = small(expertise);
    let is_role = [
        "fractional",
        "interim",
        "vp",
        "head",
        "consultant",
        "advisor",
        "coach",
        "founder",
        "chief",
        "cfo",
        "cto",
        "ceo",
    ]
    .iter()
    .any(|word| role.to_lowercase().split_whitespace().any(|each| each == *word));
    Some(if is_role {
        format!("I look at this as {} {role}.", article(&role))
    } else {
        format!("I look at this from the side of {role}.")
    })
}

fn questions(matter: &Matter) -> Vec<String> {
    let who = matter.audience.as_deref().unwrap_or("your team");
    let sets = [
        [
            "What did we do last year that we would not start again today?".to_owned(),
            "Which step still works, and do we know why?".to_owned(),
            "What would we try first if nobody had done it before?".to_owned(),
        ],
        [
            "Where do we lose people, and who sees it first?".to_owned(),
            "Which number do we report that changes no decision?".to_owned(),
            format!("What do {who} ask for that we answer with a slide?"),
        ],
        [
            "What would a new colleague find strange in their first week?".to_owned(),
            "Which habit is older than the reason for it?".to_owned(),
            "What would we stop if it took one sentence to stop it?".to_owned(),
        ],
    ];
    sets[matter.choice.number("questions", sets.len())].to_vec()
}

fn post(matter: &Matter) -> String {
    let topic = &matter.topic;
    let mut parts = vec![capital(topic)];
    if let Some(view) = &matter.view {
        parts.push(format!(
            "{} {}",
            sentence(view),
            matter.choice.pick(
                "view",
                &[
                    "That is how I see it, and I'd like to be proven wrong.",
                    "Not everybody agrees, and that is the interesting part."
                ]
            )
        ));
    }
    if let Some(seen) = seen_from(matter) {
        parts.push(format!(
            "{seen} {}",
            matter.choice.pick(
                "seen",
                &[
                    "From there, three questions matter more than any list of tips:",
                    "Before any advice, I'd want three questions answered:"
                ]
            )
        ));
    } else {
        parts.push("Three questions I'd answer before anything else:".to_owned());
    }
    parts.push(
        questions(matter)
            .iter()
            .enumerate()
            .map(|(place, question)| format!("{}. {question}", place + 1))
            .collect::<Vec<_>>()
            .join("\n"),
    );
    let honest = match matter.tone {
        Tone::Direct => "If two of the three have no answer, start there.",
        Tone::Friendly => "No shame in having no answer to two of them. Most of us don't.",
        Tone::Professional => "If two of them are hard to answer, that is where I would begin.",
    };
    parts.push(honest.to_owned());
    parts.push(match &matter.audience {
        Some(audience) => format!("{}: which one is hardest for you?", capital(audience)),
        None => "Which one is hardest for you?".to_owned(),
    });
    if !matter.tags.is_empty() {
        parts.push(matter.tags.join(" "));
    }
    shortened(&parts.join("\n\n"), POST)
}

fn intro(matter: &Matter) -> String {
    let about = match asks(&matter.topic) {
        true => format!(
            "This issue is about {} question: {}.",
            matter.choice.pick("intro", &["one", "a single"]),
            small(&matter.topic)
        ),
        false => {
            format!("{}: {}.", matter.choice.pick("intro", &["The topic of this issue", "In this issue"]), matter.topic)
        }
    };
    let mut sentences = vec![about];
    if let Some(audience) = &matter.audience {
        sentences.push(format!("It is written for {audience}, and it is short on purpose."));
    }
    if let Some(view) = &matter.view {
        sentences.push(format!("My starting point: {}", small(&sentence(view))));
    }
    sentences.extend(seen_from(matter));
    sentences.push("Below are three questions to take into your next team meeting. If you answer only one of them, reply and tell me which.".to_owned());
    shortened(&sentences.join(" "), INTRO)
}

fn hook(matter: &Matter) -> String {
    let opening = match asks(&matter.topic) {
        true => format!("I'm writing about {}.", small(&matter.topic)),
        false => format!(
            "{}: {}.",
            matter.choice.pick("hook", &["The topic on my desk", "What I'm writing about at the moment"]),
            matter.topic
        ),
    };
    let ask = match &matter.audience {
        Some(audience) => format!("I'm collecting views from {audience}: what do you see on your side?"),
        None => "What do you see on your side?".to_owned(),
    };
    let view = matter.view.as_ref().map(|view| format!("My take: {}", small(&sentence(view))));
    crate::phrases::fitted(&[opening, ask], &[view], HOOK)
}
