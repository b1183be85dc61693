//! `linkedin_message`: a connection request and the message after it. Writes text; sends nothing.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::background::Background;
use crate::phrases::{
    addressed, after_greeting, asked_after, asked_on, fitted, greeting, noticed, nth_question, offered, question,
    request,
};
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

/// The note to the connection request: one thing noticed.
pub(crate) fn connect(brief: &Brief) -> String {
    let opening = greeting(brief);
    let ending = brief
        .choice
        .pick(
            "connect",
            &[
                "I'd be glad to connect.",
                "Would be good to connect.",
                "Let's connect.",
                "May I add you here?",
                "I'd like to stay in touch here.",
                "Shall we connect?",
            ],
        )
        .to_owned();
    let room = |why: &str| opening.chars().count() + why.chars().count() + ending.chars().count() + 2 <= REQUEST;
    // One thing is enough: what stays unsaid here is left for the message that follows.
    let said = noticed(brief, 0, 1).filter(|said| room(&said.text));
    let count = said.as_ref().map_or(0, |said| said.count);
    let why = said.map_or_else(|| addressed(brief), |said| said.text);
    if !room(&why) {
        return fitted(&[opening, ending], &[], REQUEST);
    }
    let why = after_greeting(brief, &why);
    let more = match brief.choice.number("in the request", 3) {
        // Where nothing was noticed, the request says that it has a question: then it asks it.
        _ if count == 0 => Some(question(brief)),
        0 => offered(brief),
        1 if count > 0 => Some(asked_after(brief, count)),
        _ => None,
    };
    match more.filter(|more| room(&format!("{why} {more}"))) {
        Some(asks) if asks.ends_with('?') => [opening, why, asks].join(" "),
        Some(offer) => [opening, why, offer, ending].join(" "),
        None if count == 0 => [opening, ending].join(" "),
        None => [opening, why, ending].join(" "),
    }
}

/// The message once connected: what the request did not say.
fn follow_up(brief: &Brief) -> String {
    let thanks = brief.choice.pick(
        "thanks",
        &[
            "thanks for connecting.",
            "thank you for connecting.",
            "good to be connected.",
            "thanks for accepting.",
            "nice to have you in my network.",
        ],
    );
    let opening = format!("{} {thanks}", greeting(brief));
    let more = noticed(brief, 1, 1).map(|said| said.text);
    // Another question than the request may have asked.
    let asks = if more.is_some() { asked_on(brief, 1) } else { nth_question(brief, 1) };
    let wish = request(brief);
    // The question stands right after what it is about.
    let parts = match brief.choice.number("follow-up", 2) {
        0 => [more, Some(asks), offered(brief), Some(wish)],
        _ => [offered(brief), more, Some(asks), Some(wish)],
    };
    fitted(&[opening], &parts, MESSAGE)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::LinkedinMessage;
    use crate::Background;
    use crate::skill::Definition;

    #[test]
    fn the_follow_up_says_nothing_that_the_request_has_said() {
        for context in [
            "Recently hired 10 SDRs, just raised Series B",
            "Opened a warehouse in Gdansk in March; still plans routes in spreadsheets",
            "He posted on LinkedIn about supplier concentration risk",
            "no budget until Q3; met at ITB Berlin",
            "",
        ] {
            for name in ["Jane Smith", "Bob Jones", "Mei Lin", "Lars Olsen", "Priya Nair"] {
                let input = json!({ "contactName": name, "contactRole": "CFO", "company": "Acme", "context": context, "userValueProp": "Route planning" });
                let input = serde_json::from_value(input).expect("an input");
                let both = LinkedinMessage::run(&input, &Background::default());
                let sentences = |text: &str| -> Vec<String> {
                    text.split_inclusive(['.', '?', '!']).map(|text| text.trim().to_lowercase()).collect()
                };
                let first = sentences(&both.connect_request);
                for one in sentences(&both.followup_message) {
                    let offer = one.contains("route planning");
                    assert!(offer || !first.contains(&one), "{both:?}");
                }
            }
        }
    }
}
