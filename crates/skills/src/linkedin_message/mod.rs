//! `linkedin_message`: a connection request and the message after it. Writes text; sends nothing.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::background::Background;
use crate::phrases::{addressed, fitted, greeting, noticed, offered, question, request};
use crate::prospect::{Brief, Prospect};
use crate::skill::{Definition, Needs, Problem};

/// Letters of a note to a connection request, of accounts that pay nothing.
pub const REQUEST: usize = 200;
/// Letters of a message that is still read on a phone.
pub const MESSAGE: usize = 600;

/// Writes for LinkedIn.
pub struct LinkedinMessage;

/// Two texts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Messages {
    /// The note to the connection request, at most 200 characters.
    #[schemars(length(min = 1, max = 200))]
    pub connect_request: String,
    /// The message once connected, at most 600 characters.
    #[schemars(length(min = 1, max = 600))]
    pub followup_message: String,
}

impl Definition for LinkedinMessage {
    const NAME: &'static str = "linkedin_message";
    const TITLE: &'static str = "LinkedIn message";
    const DESCRIPTION: &'static str = "Writes a LinkedIn connection request and a follow-up message for one person.";
    const PROMPT: &'static str = include_str!("prompt.md");
    const EXAMPLE: &'static str = include_str!("example.json");
    type Input = Prospect;
    type Output = Messages;

    fn check(input: &Prospect) -> Result<(), Problem> {
        input.check()
    }

    fn needs(input: &Prospect) -> Needs {
        input.needs()
    }

    fn run(input: &Prospect, background: &Background) -> Messages {
        let brief = input.brief(background);
        Messages { connect_request: connect(&brief), followup_message: follow_up(&brief) }
    }

    fn problems(output: &Messages) -> Vec<String> {
        let mut problems = Vec::new();
        for (name, text, most) in [
            ("connect_request", &output.connect_request, REQUEST),
            ("followup_message", &output.followup_message, MESSAGE),
        ] {
            problems.extend(length_problem(name, text, most));
        }
        problems
    }
}

/// What is wrong with a text's length.
pub(crate) fn length_problem(name: &str, text: &str, most: usize) -> Option<String> {
    let letters = text.chars().count();
    match letters {
        0 => Some(format!("{name} must not be empty")),
        _ if letters > most => Some(format!("{name} has {letters} characters and may have {most}")),
        _ => None,
    }
}

/// The note to the connection request.
pub(crate) fn connect(brief: &Brief) -> String {
    let opening = greeting(brief);
    let ending = brief
        .choice
        .pick("connect", &["I'd be glad to connect.", "Would be good to connect.", "Let's connect."])
        .to_owned();
    let why = [noticed(brief, 2), noticed(brief, 1), Some(addressed(brief))];
    let room = |why: &String| opening.chars().count() + why.chars().count() + ending.chars().count() + 2 <= REQUEST;
    let Some(why) = why.into_iter().flatten().find(room) else { return fitted(&[opening, ending], &[], REQUEST) };
    let offer = offered(brief).filter(|offer| room(&format!("{why} {offer}")));
    let parts: Vec<String> = [Some(opening), Some(why), offer, Some(ending)].into_iter().flatten().collect();
    parts.join(" ")
}

/// The message once connected.
fn follow_up(brief: &Brief) -> String {
    let thanks =
        brief.choice.pick("thanks", &["thanks for connecting.", "thank you for connecting.", "good to be connected."]);
    let opening = format!("{} {thanks}", greeting(brief));
    let why = noticed(brief, 1);
    fitted(&[opening], &[why, Some(question(brief)), offered(brief), Some(request(brief))], MESSAGE)
}
