//! `outreach_sequence`: four touches over two weeks on two channels. Writes text; sends nothing.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::background::Background;
use crate::linkedin_message::{MESSAGE, REQUEST, connect, length_problem};
use crate::offer::Form;
use crate::personalized_email::{BODY, SUBJECT, write};
use crate::phrases::{addressed, farewell, field, fitted, greeting, noticed, nth_question, offered, paragraphs};
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
        let mail = write(&brief);
        let last_subject = first_fitting(&[format!("Re: {}", mail.subject), "Last note from me".to_owned()], SUBJECT);
        Sequence {
            step1: step(Channel::Linkedin, "Day 1", None, connect(&brief)),
            step2: step(Channel::Linkedin, "Day 3", None, second(&brief)),
            step3: step(Channel::Email, "Day 7", Some(mail.subject), mail.body),
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

/// The message on the third day: a question, without the request that the mail will bring.
fn second(brief: &Brief) -> String {
    let opening = format!(
        "{} {}",
        greeting(brief),
        brief.choice.pick("second", &["a short question.", "one question, out of interest."])
    );
    let modest = brief
        .choice
        .pick("modest", &["Curious how you see it.", "I'd be interested in your view.", "No hurry with an answer."])
        .to_owned();
    let again = if brief.notes.hook().is_none() { Some(addressed(brief)) } else { None };
    fitted(&[opening], &[again, Some(nth_question(brief, 1)), Some(modest)], MESSAGE)
}

/// The mail that closes the matter.
fn last(brief: &Brief) -> String {
    let known = brief.notes.hook().and_then(|hook| hook.topic.clone());
    let about = match (&known, field(brief)) {
        (Some(topic), _) => topic.clone(),
        (None, Some(field)) => format!("{field} at {}", brief.company),
        (None, None) => brief.company.clone(),
    };
    let opening = brief.choice.pick(
        "last",
        &[
            "This is my last note on",
            "I won't fill your inbox, so this is my last message about",
            "One last line from me about",
        ],
    );
    let door = brief.choice.pick(
        "door",
        &[
            "If the timing is wrong, tell me a better month and I'll come back then.",
            "If somebody else at your side looks after this, a name would already help me.",
            "If it becomes a topic later, a one-line reply is enough and I'll pick it up.",
        ],
    );
    // The sentence of the mail before is not said again.
    let offer = match &brief.offer {
        Some(offer) if offer.form != Form::Sentence => {
            Some(format!("In one line, so that you can find it again: {}", closed(&offer.headline())))
        }
        Some(_) => None,
        None => offered(brief),
    };
    let context = if known.is_some() { None } else { noticed(brief, 1) };
    paragraphs(&[
        Some(greeting(brief)),
        context,
        Some(format!("{opening} {about}.")),
        offer,
        Some(door.to_owned()),
        Some(farewell(brief)),
    ])
}
