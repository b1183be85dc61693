//! Subject lines and what an inbox shows after them. Names what the text turns on and promises nothing.

use super::{field, nth_question};
use crate::observation::Kind;
use crate::prospect::Brief;
use crate::wording::{capital, first_fitting};

/// What a subject line turns on: `Series B at Acme`, or the company alone.
#[must_use]
pub fn subject(brief: &Brief, most: usize) -> String {
    let (company, first) = (&brief.company, &brief.first);
    let hook = brief.notes.hook().and_then(|hook| Some((hook.kind, hook.topic.clone()?)));
    let mut wordings: Vec<String> = match hook {
        Some((Kind::Voice, topic)) => {
            vec![format!("Your view on {topic}"), format!("{first}, on {topic}"), format!("A question about {topic}")]
        }
        Some((Kind::Engaged | Kind::Intent, topic)) => {
            vec![format!("Your question about {topic}"), format!("{first}, on {topic}"), format!("About {topic}")]
        }
        Some((_, topic)) => {
            let bare = topic.trim_start_matches("the ").replace("your ", "the ");
            let there = if topic.starts_with("the ") { topic.as_str() } else { &bare };
            vec![
                format!("{} at {company}", capital(&bare)),
                format!("{company} and {there}"),
                format!("{first}: a question about {there}"),
                format!("{}: one question", capital(&bare)),
            ]
        }
        None => Vec::new(),
    };
    if wordings.is_empty()
        && let Some(field) = field(brief)
    {
        wordings.extend([
            format!("{} at {company}", capital(field)),
            format!("{company}: a question about {field}"),
            format!("{first}, a question about {field}"),
        ]);
    } else if wordings.is_empty() {
        wordings.extend([
            format!("A question for {company}"),
            format!("{first}, one question"),
            format!("One thing about {company}"),
        ]);
    }
    let start = brief.choice.number("subject", wordings.len());
    wordings.rotate_left(start);
    wordings.push(format!("A question for {company}"));
    if company.is_empty() {
        wordings.retain(|text| {
            !["at ", " for ", "about ", "and "].iter().any(|end| text.ends_with(end)) && !text.starts_with([':', ' '])
        });
        wordings.retain(|text| !text.contains("  "));
    }
    wordings.extend([format!("A question, {first}"), "A short question".to_owned()]);
    first_fitting(&wordings, most)
}

/// Another thought than the subject, for what an inbox shows after it.
#[must_use]
pub fn preview(brief: &Brief, most: usize) -> String {
    let mut wordings: Vec<String> = (1..4).map(|number| nth_question(brief, number)).collect();
    wordings.push(format!("One question for {}.", brief.first));
    wordings.push("One question.".to_owned());
    first_fitting(&wordings, most)
}
