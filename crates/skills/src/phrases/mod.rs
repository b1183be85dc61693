//! The sentences that several writers share: greeting, offer, request, farewell, and how parts become a text. Every sentence rests on a
//! given fact; without it there is none.

mod noticed;
mod questions;
mod subject;

pub use noticed::{Said, addressed, clause, noticed, sayable};
pub use questions::{asked_after, asked_on, is_plural, nth_question, nth_question_after, question};
pub use subject::{preview, subject};

use crate::fit::seniority::Seniority;
use crate::offer::{Form, Offer};
use crate::prospect::{Brief, Tone};
use crate::wording::small;

/// `Hi Jane,` in the tone.
#[must_use]
pub fn greeting(brief: &Brief) -> String {
    match brief.tone {
        Tone::Direct => format!("{},", brief.first),
        Tone::Friendly => format!("{} {},", brief.choice.pick("greeting", &["Hi", "Hey"]), brief.first),
        Tone::Professional => format!("{} {},", brief.choice.pick("greeting", &["Hi", "Hello"]), brief.first),
    }
}

/// A sentence as it goes on after `Hi Jane,` on the same line.
#[must_use]
pub fn after_greeting(brief: &Brief, text: &str) -> String {
    if text.starts_with(&brief.company) { text.to_owned() } else { small(text) }
}

/// The field of work of the reader.
#[must_use]
pub fn field(brief: &Brief) -> Option<&'static str> {
    // Who leads the company has no field to be asked about.
    brief.role.as_deref().and_then(crate::fit::seniority::field).filter(|field| *field != "general management")
}

/// What the sender does, when they said so.
#[must_use]
pub fn offered(brief: &Brief) -> Option<String> {
    match (&brief.offer, &brief.expertise) {
        (Some(offer), _) => Some(offer.said(brief.choice)),
        // What somebody is, they are; what they know, they work in.
        (None, Some(expertise)) if is_title(expertise) => {
            Some(Offer { text: expertise.clone(), form: Form::Role }.said(brief.choice))
        }
        (None, Some(expertise)) => {
            let field = small(expertise);
            let among =
                [format!("My field is {field}."), format!("I work in {field}."), format!("What I work on is {field}.")];
            Some(among[brief.choice.number("expertise", among.len())].clone())
        }
        (None, None) => None,
    }
}

fn is_title(expertise: &str) -> bool {
    Offer::read(expertise).form == Form::Role || Seniority::of(expertise) > Seniority::Unknown
}

/// Asks for a conversation.
#[must_use]
pub fn request(brief: &Brief) -> String {
    let among: &[&str] = match brief.tone {
        Tone::Direct => &[
            "Worth 15 minutes?",
            "Open to a short call this week or next?",
            "Does a quick call make sense?",
            "Ten minutes on the phone?",
            "Shall we talk this week?",
            "Worth a look together?",
        ],
        Tone::Friendly => &[
            "Would you be up for a quick chat?",
            "Happy to compare notes over a short call, if you are up for it.",
            "Shall we talk for fifteen minutes some time next week?",
            "Fancy a quick call about it?",
            "Got a quarter of an hour for me next week?",
            "If that sounds useful, let's find a quarter of an hour.",
            "I'd love to hear how you see it; does a call next week suit you?",
        ],
        Tone::Professional => &[
            "Would you be open to a short call next week?",
            "Would a 15-minute conversation be worth your time?",
            "If this is on your list, I'd be glad to talk; fifteen minutes are enough.",
            "May I suggest a quarter of an hour next week?",
            "Could we speak about it for fifteen minutes?",
            "If it is worth a conversation, which day suits you?",
            "Shall I propose two times for a short call?",
            "A short answer would already help me; a call is welcome too.",
        ],
    };
    brief.choice.pick("request", among).to_owned()
}

/// A way out that costs the reader one word.
#[must_use]
pub fn way_out(brief: &Brief) -> String {
    let among = [
        "If this isn't for you, a short no is fine.",
        "And if it's not a topic for you, just tell me and I'll leave it there.",
        "A no is a good answer too.",
        "If somebody else looks after this, I'd be grateful for a name.",
        "If it does not fit, one word is enough.",
    ];
    brief.choice.pick("way out", &among).to_owned()
}

/// The end of a mail; without a name when nobody signs.
#[must_use]
pub fn farewell(brief: &Brief) -> String {
    let word = match brief.tone {
        Tone::Direct => brief.choice.pick("farewell", &["Thanks", "Best"]),
        Tone::Friendly => brief.choice.pick("farewell", &["Cheers", "All the best", "Have a good week"]),
        Tone::Professional => brief.choice.pick("farewell", &["Best regards", "Kind regards", "With kind regards"]),
    };
    match &brief.sender {
        Some(sender) => format!("{word},\n{sender}"),
        None => word.to_owned(),
    }
}

/// Parts with an empty line between them.
#[must_use]
pub fn paragraphs(parts: &[Option<String>]) -> String {
    parts.iter().flatten().filter(|part| !part.is_empty()).cloned().collect::<Vec<_>>().join("\n\n")
}

/// Sentences on one line, as many as fit, those that stand first before others; the first ones in `must` always.
#[must_use]
pub fn fitted(must: &[String], may: &[Option<String>], most: usize) -> String {
    let mut text = must.join(" ");
    for part in may.iter().flatten() {
        if text.chars().count() + 1 + part.chars().count() <= most {
            text.push(' ');
            text.push_str(part);
        }
    }
    crate::wording::shortened(&text, most)
}
