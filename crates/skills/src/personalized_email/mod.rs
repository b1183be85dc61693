//! `personalized_email`: one cold email. Writes text; sends nothing.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::background::Background;
use crate::linkedin_message::length_problem;
use crate::phrases::{
    addressed, asked_after, farewell, greeting, noticed, offered, paragraphs, preview, request, subject, way_out,
};
use crate::prospect::{Brief, Prospect};
use crate::skill::{Definition, Needs, Problem};

/// Letters of a subject that a phone shows.
pub const SUBJECT: usize = 60;
/// Letters of the line after it.
pub const PREVIEW: usize = 90;
/// Letters of a mail that is read to its end.
pub const BODY: usize = 1_200;

/// Writes cold emails.
pub struct PersonalizedEmail;

/// A mail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Email {
    /// At most 60 characters.
    #[schemars(length(min = 1, max = 60))]
    pub subject: String,
    /// Plain text, paragraphs with an empty line between them.
    #[schemars(length(min = 1, max = 1_200))]
    pub body: String,
    /// What an inbox shows after the subject, at most 90 characters.
    #[schemars(length(min = 1, max = 90))]
    pub preview_text: String,
}

impl Definition for PersonalizedEmail {
    const NAME: &'static str = "personalized_email";
    const TITLE: &'static str = "Personalized email";
    const DESCRIPTION: &'static str = "Writes one cold email for one lead, with subject and preview text.";
    const PROMPT: &'static str = include_str!("prompt.md");
    const EXAMPLE: &'static str = include_str!("example.json");
    type Input = Prospect;
    type Output = Email;

    fn check(input: &Prospect) -> Result<(), Problem> {
        input.check()
    }

    fn needs(input: &Prospect) -> Needs {
        input.needs()
    }

    fn run(input: &Prospect, background: &Background) -> Email {
        write(&input.brief(background))
    }

    fn problems(output: &Email) -> Vec<String> {
        [
            ("subject", &output.subject, SUBJECT),
            ("body", &output.body, BODY),
            ("previewText", &output.preview_text, PREVIEW),
        ]
        .into_iter()
        .filter_map(|(name, text, most)| length_problem(name, text, most))
        .collect()
    }
}

/// The mail: what was noticed first, or the offer first, in one of several builds.
pub(crate) fn write(brief: &Brief) -> Email {
    let said = noticed(brief, 0, 2);
    let asks = asked_after(brief, said.as_ref().map_or(0, |said| said.count));
    let why = said.map_or_else(|| addressed(brief), |said| said.text);
    let (offer, wish) = (offered(brief), request(brief));
    let together = |parts: &[&str]| Some(parts.join(" "));
    let middle: Vec<Option<String>> = match (brief.choice.number("build", 5), &offer) {
        (0, Some(offer)) => vec![together(&[&why, &asks]), together(&[offer, &wish])],
        (1, Some(offer)) => vec![Some(why), Some(asks), together(&[offer, &wish])],
        (2, Some(offer)) => vec![together(&[&why, &asks]), Some(offer.clone()), Some(wish)],
        (3, Some(offer)) => vec![Some(offer.clone()), together(&[&why, &asks]), Some(wish)],
        (_, Some(offer)) => vec![together(&[&why, &asks, offer]), Some(wish)],
        (number, None) if number % 2 == 0 => vec![together(&[&why, &asks]), Some(wish)],
        (_, None) => vec![Some(why), together(&[&asks, &wish])],
    };
    let mut parts = vec![Some(greeting(brief))];
    parts.extend(middle);
    if brief.choice.number("way out?", 2) == 0 {
        parts.push(Some(way_out(brief)));
    }
    parts.push(Some(farewell(brief)));
    let body = crate::wording::shortened(&paragraphs(&parts), BODY);
    Email { subject: subject(brief, SUBJECT), body, preview_text: preview(brief, PREVIEW) }
}
