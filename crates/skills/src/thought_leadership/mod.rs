//! `thought_leadership`: a post, a newsletter's introduction and a hook on one topic. Invents no figure, customer or event: it gives the
//! author's point of view, or one that can be argued with, and asks.

mod themes;
mod topic;
mod voice;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::background::{Background, given, sayable};
use crate::linkedin_message::length_problem;
use crate::skill::{Definition, Problem};
use crate::wording::{Choice, article, capital, lowered, sentence, shortened, small};
use themes::{ANYTHING, Point, Theme};
use topic::Topic;
use voice::Voice;

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
    topic: Topic,
    theme: &'static Theme,
    audience: Option<String>,
    expertise: Option<String>,
    /// The author's own view, when they gave one.
    view: Option<String>,
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
        let or = |own: &Option<String>, other: &Option<String>| {
            sayable(own.as_deref()).or_else(|| sayable(other.as_deref()))
        };
        let topic = given(Some(&input.topic)).unwrap_or_default().trim_end_matches(['.', '?', '!']).to_owned();
        let audience = or(&input.target_audience, &profile.target_audience);
        let matter = Matter {
            theme: themes::find(&topic).unwrap_or(&ANYTHING),
            choice: Choice::new(&[
                &topic,
                input.target_audience.as_deref().unwrap_or(""),
                input.expertise_area.as_deref().unwrap_or(""),
                input.tone.as_deref().unwrap_or(""),
            ]),
            audience: audience.map(|audience| small(audience.trim_end_matches(['.', ':']))),
            expertise: or(&input.expertise_area, &profile.expertise_area),
            view: sayable(input.point_of_view.as_deref())
                .or_else(|| sayable(profile.unique_pov.as_deref()).filter(|view| related(view, &topic))),
            tags: profile
                .content_topics
                .iter()
                .filter(|each| related(each, &topic))
                .take(3)
                .map(|each| tag(each))
                .collect(),
            topic: Topic::read(&input.topic),
        };
        let voice = Voice::of(or(&input.tone, &profile.preferred_tone).as_deref());
        let (stance, points) = (matter.stance(), matter.points());
        let mut post = voice.post(&matter, &stance, &points);
        post.extend((!matter.tags.is_empty()).then(|| matter.tags.join(" ")));
        let (about, ask) = voice.hook(&matter, &points);
        let take = matter.view.is_some().then(|| format!("My take: {}", matter.inside(&stance)));
        Pack {
            linkedin_post: shortened(&post.join("\n\n"), POST),
            newsletter_intro: shortened(&voice.intro(&matter, &stance, &points).join(" "), INTRO),
            outreach_hook: crate::phrases::fitted(&[about, ask], &[take], HOOK),
        }
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

impl Matter {
    /// What the author thinks, or what can be thought.
    fn stance(&self) -> String {
        match &self.view {
            Some(view) => sentence(view),
            None => self.choice.pick("stance", self.theme.stances).to_owned(),
        }
    }

    /// A stance after a colon: the author's own words may begin with a name.
    fn inside(&self, stance: &str) -> String {
        if self.view.is_some() { small(stance) } else { lowered(stance) }
    }

    /// Three things to say, in an order of their own.
    fn points(&self) -> Vec<&'static Point> {
        let all = self.theme.points;
        let (start, step) = (self.choice.number("first point", all.len()), self.choice.number("step", 2));
        let mut found: Vec<&'static Point> = (0..3).map(|place| &all[(start + place) % all.len()]).collect();
        if step == 1 {
            found.swap(0, 2);
        }
        found
    }

    /// Where the author looks from.
    fn seen_from(&self) -> Option<String> {
        const ROLES: &[&str] = &[
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
            "cmo",
            "coo",
            "director",
            "recruiter",
        ];
        let role = small(self.expertise.as_ref()?);
        let holds = role.to_lowercase().split_whitespace().any(|word| ROLES.contains(&word));
        let among = match holds {
            true => [
                format!("I say this as {} {role}.", article(&role)),
                format!("I look at it as {} {role}.", article(&role)),
                format!("That is how it looks to {} {role}.", article(&role)),
            ],
            false => [
                format!("I say this from the side of {role}."),
                format!("My own field is {role}."),
                format!("That is how it looks from {role}."),
            ],
        };
        Some(among[self.choice.number("seen from", among.len())].clone())
    }

    /// A question at the end, to the audience when there is one.
    fn asked(&self, among: &[&str]) -> String {
        let question = self.choice.pick("asked", among);
        match &self.audience {
            Some(audience) => format!("{}: {question}", capital(audience)),
            None => capital(question),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::json;

    use super::{Pack, ThoughtLeadership};
    use crate::skill::Definition;
    use crate::{Background, Profile};

    fn pack(topic: &str, tone: &str, view: Option<&str>) -> Pack {
        let input =
            json!({ "topic": topic, "tone": tone, "targetAudience": "Heads of logistics", "pointOfView": view });
        ThoughtLeadership::run(&serde_json::from_value(input).expect("an input"), &Background::default())
    }

    #[test]
    fn a_tone_is_seen_in_build_and_words() {
        let of = |tone: &str| pack("Empty kilometres", tone, None).linkedin_post;
        let (plain, direct, friendly, formal, technical) =
            (of("professional"), of("bold"), of("casual"), of("formal"), of("technical"));
        assert!(
            plain.contains("\n1. ") && direct.contains("\n→ ") && friendly.contains("\n• "),
            "{plain}\n{direct}\n{friendly}"
        );
        assert!(formal.contains("Second, ") && !formal.contains('\''), "{formal}");
        assert!(technical.contains("    Check: "), "{technical}");
        for post in [&plain, &direct, &friendly, &formal, &technical] {
            assert!(post.to_lowercase().contains("empty kilometres"), "{post}");
        }
        assert!(direct.len() < formal.len());
    }

    #[test]
    fn the_authors_view_is_the_one_that_is_given() {
        let view = "Most tenders punish the supplier who tells the truth";
        let given = pack("Supplier risk", "professional", Some(view));
        for text in [&given.linkedin_post, &given.newsletter_intro] {
            assert!(text.contains(&format!("{view}.")), "{text}");
        }
        let background = Background {
            profile: Profile {
                unique_pov: Some("Most outbound fails because of bad data".to_owned()),
                ..Profile::default()
            },
            ..Background::default()
        };
        let of = |topic: &str| {
            ThoughtLeadership::run(&serde_json::from_value(json!({ "topic": topic })).expect("an input"), &background)
        };
        assert!(of("Why outbound is changing").linkedin_post.contains("because of bad data."));
        assert!(!of("Month-end close").linkedin_post.contains("bad data"));
    }

    #[test]
    fn topics_of_one_subject_get_different_points() {
        let posts: BTreeSet<String> = [
            "SDR hiring",
            "Hiring engineers",
            "Onboarding in sales",
            "Recruiting in a small town",
            "Interviews",
            "How to ramp talent",
        ]
        .iter()
        .map(|topic| pack(topic, "bold", None).linkedin_post.lines().filter(|line| line.starts_with('→')).collect())
        .collect();
        assert!(posts.len() >= 4, "{posts:?}");
    }
}
