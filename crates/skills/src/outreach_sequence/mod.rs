//! `outreach_sequence`: four touches over two weeks on two channels. Writes text; sends nothing.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::background::Background;
use crate::linkedin_message::{MESSAGE, REQUEST, connect, length_problem};
use crate::offer::Form;
use crate::personalized_email::{BODY, SUBJECT};
use crate::phrases::{
    after_greeting, asked_on, farewell, field, fitted, greeting, noticed, nth_question, nth_question_after, offered,
    paragraphs, request, subject, way_out,
};
use crate::prospect::{Brief, Prospect};
use crate::skill::{Definition, Needs, Problem};
use crate::wording::{closed, first_fitting};

/// Writes sequences.
pub struct OutreachSequence;

/// Four steps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Sequence {
    /// A connection request.
    pub step1: Step,
    /// The message after it.
    pub step2: Step,
    /// A mail.
    pub step3: Step,
    /// The last mail.
    pub step4: Step,
}

/// One touch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Step {
    /// Where.
    pub channel: Channel,
    /// When, such as `Day 3`.
    pub timing: String,
    /// Of a mail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 60))]
    pub subject: Option<String>,
    /// Plain text.
    #[schemars(length(min = 1, max = 1_200))]
    pub body: String,
}

/// A channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// LinkedIn.
    Linkedin,
    /// Mail.
    Email,
}

impl Definition for OutreachSequence {
    const NAME: &'static str = "outreach_sequence";
    const TITLE: &'static str = "Outreach sequence (4-step)";
    const DESCRIPTION: &'static str =
        "Writes a four-step sequence: two touches on LinkedIn and two emails over two weeks.";
    const PROMPT: &'static str = include_str!("prompt.md");
    const EXAMPLE: &'static str = include_str!("example.json");
    type Input = Prospect;
    type Output = Sequence;

    fn check(input: &Prospect) -> Result<(), Problem> {
        input.check()
    }

    fn needs(input: &Prospect) -> Needs {
        input.needs()
    }

    fn run(input: &Prospect, background: &Background) -> Sequence {
        let brief = input.brief(background);
        let step = |channel, timing: &str, subject, body| Step { channel, timing: timing.to_owned(), subject, body };
        let about = subject(&brief, SUBJECT);
        let last_subject = first_fitting(&[format!("Re: {about}"), "Last note from me".to_owned()], SUBJECT);
        Sequence {
            step1: step(Channel::Linkedin, "Day 1", None, connect(&brief)),
            step2: step(Channel::Linkedin, "Day 3", None, second(&brief)),
            step3: step(Channel::Email, "Day 7", Some(about), third(&brief)),
            step4: step(Channel::Email, "Day 14", Some(last_subject), last(&brief)),
        }
    }

    fn problems(output: &Sequence) -> Vec<String> {
        let mut problems = Vec::new();
        for (name, step) in
            [("step1", &output.step1), ("step2", &output.step2), ("step3", &output.step3), ("step4", &output.step4)]
        {
            let most = match (step.channel, name) {
                (Channel::Linkedin, "step1") => REQUEST,
                (Channel::Linkedin, _) => MESSAGE,
                (Channel::Email, _) => BODY,
            };
            problems.extend(length_problem(&format!("{name}.body"), &step.body, most));
            if step.channel == Channel::Email {
                problems.extend(length_problem(
                    &format!("{name}.subject"),
                    step.subject.as_deref().unwrap_or_default(),
                    SUBJECT,
                ));
            }
        }
        problems
    }
}

/// What the messages are about, as a thing to name: what was noticed, or the reader's field.
fn matter(brief: &Brief) -> String {
    let known = brief.notes.hook().and_then(|hook| hook.topic.clone());
    match (known, field(brief)) {
        (Some(topic), _) => topic,
        (None, Some(field)) => format!("{field} at {}", brief.company),
        (None, None) => brief.company.clone(),
    }
}

/// The message on the third day: a question, without the request that the mail will bring.
fn second(brief: &Brief) -> String {
    let opening = brief.choice.pick(
        "second",
        &[
            "one short question.",
            "one question, out of interest.",
            "may I ask you one thing?",
            "here is one thing I'd like to know.",
            "a question, and no pitch.",
        ],
    );
    let modest = brief.choice.pick(
        "modest",
        &[
            "Curious how you see it.",
            "I'd be interested in your view.",
            "No hurry with an answer.",
            "A line is enough.",
            "I ask because I'd like to get it right.",
        ],
    );
    let parts = match noticed(brief, 1, 1) {
        Some(more) => vec![greeting(brief), after_greeting(brief, &more.text), asked_on(brief, 1)],
        None => vec![format!("{} {opening}", greeting(brief)), nth_question(brief, 1)],
    };
    fitted(&[parts, vec![modest.to_owned()]].concat(), &[], MESSAGE)
}

/// The mail on the seventh day: the offer, with the matter named and not told again.
fn third(brief: &Brief) -> String {
    let matter = matter(brief);
    let opening = brief.choice.pick(
        "third",
        &[
            "I wrote to you on LinkedIn about",
            "A mail may suit you better than LinkedIn: this is about",
            "I'd like to come back to",
            "Let me add to what I sent you on LinkedIn about",
        ],
    );
    let opening = format!("{opening} {matter}.");
    let (offer, wish) = (offered(brief), request(brief));
    // Right after the matter was named, the question need not name it again.
    let (asks, leaning) = (nth_question(brief, 2), nth_question_after(brief, 2, &opening));
    let mut parts = vec![Some(greeting(brief))];
    match (offer, brief.choice.number("third build", 3)) {
        (Some(offer), 0) => parts.extend([Some(format!("{opening} {offer}")), Some(asks), Some(wish)]),
        (Some(offer), 1) => parts.extend([Some(opening), Some(format!("{offer} {asks}")), Some(wish)]),
        (Some(offer), _) => parts.extend([Some(format!("{opening} {leaning}")), Some(format!("{offer} {wish}"))]),
        (None, _) => parts.extend([Some(format!("{opening} {leaning}")), Some(wish)]),
    }
    if brief.choice.number("third way out", 2) == 0 {
        parts.push(Some(way_out(brief)));
    }
    parts.push(Some(farewell(brief)));
    crate::wording::shortened(&paragraphs(&parts), BODY)
}

/// The mail that closes the matter.
fn last(brief: &Brief) -> String {
    let about = matter(brief);
    let openings = [
        format!("This is my last note on {about}."),
        format!("I won't fill your inbox: this is my last message about {about}."),
        format!("One last line from me about {about}."),
        format!("I'll stop here on the subject of {about}."),
        format!("This closes my notes on {about}."),
    ];
    let door = brief.choice.pick(
        "door",
        &[
            "If the timing is wrong, tell me a better month and I'll come back then.",
            "If somebody else at your side looks after this, a name would already help me.",
            "If it becomes a topic later, a one-line reply is enough and I'll pick it up.",
            "Should it come up again, you know where to find me.",
            "Write to me whenever it moves up on your list.",
        ],
    );
    // The sentence of the mail before is not said again.
    let offer = match &brief.offer {
        Some(offer) if offer.form != Form::Sentence => {
            let opening = brief.choice.pick(
                "kept",
                &[
                    "In one line, so that you can find it again:",
                    "For later, in one line:",
                    "What we do, for the record:",
                ],
            );
            Some(format!("{opening} {}", closed(&offer.headline())))
        }
        _ => None,
    };
    let mut parts = vec![Some(greeting(brief)), Some(openings[brief.choice.number("last", openings.len())].clone())];
    match brief.choice.number("last build", 2) {
        0 => parts.extend([offer, Some(door.to_owned())]),
        _ => parts.extend([Some(door.to_owned()), offer]),
    }
    parts.push(Some(farewell(brief)));
    paragraphs(&parts)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::json;

    use super::OutreachSequence;
    use crate::Background;
    use crate::skill::Definition;

    #[test]
    fn every_step_opens_in_its_own_words() {
        for context in [
            "Recently hired 10 SDRs, just raised Series B",
            "He wrote about churn in fintech",
            "no budget until Q3",
            "",
        ] {
            for name in ["Jane Smith", "Bob Jones", "Mei Lin", "Lars Olsen", "Priya Nair"] {
                let input = json!({ "contactName": name, "contactRole": "CFO", "company": "Acme", "context": context, "userValueProp": "Route planning" });
                let input = serde_json::from_value(input).expect("an input");
                let found = OutreachSequence::run(&input, &Background::default());
                let bodies = [&found.step1.body, &found.step2.body, &found.step3.body, &found.step4.body];
                let openings: BTreeSet<String> = bodies
                    .iter()
                    .map(|body| {
                        let said = body.split_once(',').map_or("", |(_, rest)| rest).trim().to_lowercase();
                        said.split_whitespace().take(4).collect::<Vec<_>>().join(" ")
                    })
                    .collect();
                assert_eq!(openings.len(), 4, "{bodies:?}");
                let questions: Vec<&str> =
                    bodies.iter().flat_map(|body| body.split(['.', '\n'])).filter(|text| text.contains('?')).collect();
                let once: BTreeSet<&&str> = questions.iter().collect();
                assert_eq!(once.len(), questions.len(), "{bodies:?}");
            }
        }
    }
}
