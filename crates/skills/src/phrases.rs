//! The sentences that several writers share: the greeting, what was noticed, the question it leads to, the offer, the request.
//! Every sentence rests on a given fact; without it there is none.

use crate::observation::{Kind, Observation};
use crate::prospect::{Brief, Tone};
use crate::wording::{article, capital, list, small};

/// Most letters of one thing noticed that is quoted rather than rephrased.
const QUOTE: usize = 120;

/// `Hi Jane,` in the tone.
#[must_use]
pub fn greeting(brief: &Brief) -> String {
    match brief.tone {
        Tone::Direct => format!("{},", brief.first),
        Tone::Friendly => format!("{} {},", "Hi", brief.first),
        Tone::Professional => format!("{} {},", brief.choice.pick("greeting", &["Hi", "Hello"]), brief.first),
    }
}

/// The company's clause for some observations: `Acme is hiring 12 SDRs and just raised a Series B`.
#[must_use]
pub fn clause(brief: &Brief, observations: &[&Observation]) -> Option<String> {
    let of_company: Vec<String> =
        observations.iter().filter(|each| !each.of_person).filter_map(|each| each.predicate.clone()).collect();
    if !of_company.is_empty() {
        return Some(format!("{} {}", brief.company, list(&of_company)));
    }
    let of_person = observations.iter().find(|each| each.of_person)?;
    of_person.predicate.as_ref().map(|predicate| format!("you {predicate}"))
}

/// What was noticed, as a sentence that begins with what the text turns on; `None` when nothing was.
#[must_use]
pub fn noticed(brief: &Brief, most: usize) -> Option<String> {
    let hook = brief.notes.hook();
    let mut observations: Vec<&Observation> = hook.into_iter().collect();
    // Beside the hook only what tells of timing: that a company is family owned is no reason to write.
    let others = brief.notes.speakable(8).into_iter().filter(|each| hook.is_none() || each.kind != Kind::Other);
    observations.extend(others.filter(|each| hook != Some(*each)));
    observations.truncate(most);
    let quotes_hook = hook.is_some_and(|hook| hook.predicate.is_none());
    if let Some(clause) = clause(brief, &observations).filter(|_| !quotes_hook) {
        let opening = match brief.tone {
            Tone::Direct => brief.choice.pick("noticed", &["Saw that", "Noticed that"]),
            Tone::Friendly | Tone::Professional => {
                brief.choice.pick("noticed", &["I saw that", "I noticed that", "I understand that"])
            }
        };
        return Some(format!("{opening} {clause}."));
    }
    let quoted = observations.iter().find(|each| each.given.chars().count() <= QUOTE)?;
    let said = small(&quoted.given);
    let opening = brief.choice.pick("quoted", &["What made me write to you at", "What stood out to me about"]);
    Some(format!("{opening} {}: {said}.", brief.company))
}

/// Why this person, where nothing was noticed: their role, or else the company alone.
#[must_use]
pub fn addressed(brief: &Brief) -> String {
    match &brief.role {
        Some(role) => {
            let choices = [
                format!("I'm writing to you because you are {} at {}.", with_article(role), brief.company),
                format!("As {} at {}, you are the person I'd like to ask this.", with_article(role), brief.company),
            ];
            brief.choice.pick("addressed", &[&choices[0], &choices[1]]).to_owned()
        }
        None => {
            let choices = [
                format!("I'd like to ask you one thing about {}.", brief.company),
                format!("One question about {}, if I may.", brief.company),
            ];
            brief.choice.pick("addressed", &[&choices[0], &choices[1]]).to_owned()
        }
    }
}

/// A role as it stands after `you are`: titles that only one person holds take no article.
fn with_article(role: &str) -> String {
    let first = role.split_whitespace().next().unwrap_or_default().to_lowercase();
    let single = [
        "ceo",
        "cfo",
        "cto",
        "cro",
        "cmo",
        "coo",
        "cio",
        "cpo",
        "chief",
        "head",
        "vp",
        "president",
        "founder",
        "owner",
        "co-founder",
        "svp",
        "evp",
        "managing",
    ];
    let only = single.iter().any(|word| first.trim_end_matches(',') == *word);
    if only { role.to_owned() } else { format!("{} {role}", article(role)) }
}

/// The question that what was noticed leads to. A question claims nothing.
#[must_use]
pub fn question(brief: &Brief) -> String {
    nth_question(brief, 0)
}

/// The question of a later message: another one for each `number` as long as there are more.
#[must_use]
pub fn nth_question(brief: &Brief, number: usize) -> String {
    let among = questions(brief);
    among[(brief.choice.number("question", among.len()) + number) % among.len()].clone()
}

/// Every question that fits; at least two.
fn questions(brief: &Brief) -> Vec<String> {
    let Some(hook) = brief.notes.hook() else {
        return match field(brief) {
            Some(field) => vec![
                format!("What is at the top of your list in {field} this quarter?"),
                format!("Which part of {field} costs you the most time at the moment?"),
                format!("If you could hand over one thing in {field}, which one would it be?"),
            ],
            None => vec![
                "What is at the top of your list this quarter?".to_owned(),
                "Which topic takes most of your time at the moment?".to_owned(),
            ],
        };
    };
    let topic = hook.topic.clone().unwrap_or_default();
    match hook.kind {
        Kind::Hiring if topic == "the hiring" => vec![
            "How long does it take until a new colleague is fully productive?".to_owned(),
            "Who looks after new colleagues in their first ninety days?".to_owned(),
        ],
        Kind::Hiring if topic.starts_with("the ") => vec![
            format!("How long does it take until {topic} are fully productive?"),
            format!("Who looks after {topic} in their first ninety days?"),
        ],
        Kind::Hiring => vec![
            format!("How far along are you with {topic}?"),
            format!("With {topic} on your plate, what is harder: finding people, or getting them productive?"),
            "Who looks after the new people in their first ninety days?".to_owned(),
        ],
        Kind::Funding if topic.starts_with("the ") => vec![
            format!("What does {topic} have to show first?"),
            format!("With {topic} in place, what has to change first on your side?"),
            format!("Which part of your plan does {topic} speed up first?"),
        ],
        Kind::Leadership => {
            vec![format!("What does {topic} change for you first?"), format!("Has {topic} moved your priorities yet?")]
        }
        Kind::Launch | Kind::Expansion => vec![
            format!("Who carries {topic} on your side, and where would help matter most?"),
            format!("What would make {topic} a success for you?"),
        ],
        Kind::Funding | Kind::Growth | Kind::Technology | Kind::Pain | Kind::Contraction | Kind::Other => vec![
            format!("What is the hardest part of {topic} right now?"),
            format!("Where does {topic} get stuck first?"),
            format!("What would make {topic} easier this quarter?"),
        ],
    }
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
        (None, Some(expertise)) => Some(format!("My field is {}.", small(expertise))),
        (None, None) => None,
    }
}

/// Asks for a conversation.
#[must_use]
pub fn request(brief: &Brief) -> String {
    let among: &[&str] = match brief.tone {
        Tone::Direct => {
            &["Worth 15 minutes?", "Open to a short call this week or next?", "Does a quick call make sense?"]
        }
        Tone::Friendly => &[
            "Would you be up for a quick chat?",
            "Happy to compare notes over a short call, if you are up for it.",
            "Shall we talk for fifteen minutes some time next week?",
        ],
        Tone::Professional => &[
            "Would you be open to a short call next week?",
            "Would a 15-minute conversation be worth your time?",
            "If this is on your list, I'd be glad to talk; fifteen minutes are enough.",
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
    ];
    brief.choice.pick("way out", &among).to_owned()
}

/// The end of a mail; without a name when nobody signs.
#[must_use]
pub fn farewell(brief: &Brief) -> String {
    let word = match brief.tone {
        Tone::Direct => "Thanks",
        Tone::Friendly => brief.choice.pick("farewell", &["Cheers", "All the best"]),
        Tone::Professional => brief.choice.pick("farewell", &["Best regards", "Kind regards"]),
    };
    match &brief.sender {
        Some(sender) => format!("{word},\n{sender}"),
        None => word.to_owned(),
    }
}

/// What a subject line turns on: `Series B at Acme`, or the company alone.
#[must_use]
pub fn subject(brief: &Brief, most: usize) -> String {
    let company = &brief.company;
    let hook = brief.notes.hook().and_then(|hook| hook.topic.clone());
    let bare = hook.map(|topic| topic.trim_start_matches("the ").replace("your ", "the "));
    let mut wordings: Vec<String> = Vec::new();
    if let Some(topic) = &bare {
        let among = [
            format!("{} at {company}", capital(topic)),
            format!("{company} and {topic}"),
            format!("{}: a question about {topic}", brief.first),
        ];
        let first = brief.choice.number("subject", among.len());
        wordings.extend((0..among.len()).map(|step| among[(first + step) % among.len()].clone()));
    }
    if let Some(field) = field(brief) {
        wordings.push(format!("{} at {company}", capital(field)));
    }
    wordings.extend([
        format!("A question for {company}"),
        format!("A question, {}", brief.first),
        "A short question".to_owned(),
    ]);
    crate::wording::first_fitting(&wordings, most)
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
