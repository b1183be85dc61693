//! How a pack speaks: one build and one choice of words per tone. Takes what is said from elsewhere.

use super::Matter;
use super::themes::Point;
use crate::wording::{capital, closed, lowered};

/// A tone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Voice {
    /// Whole sentences, numbered points with their question.
    Professional,
    /// Short lines, steps instead of reasons.
    Direct,
    /// As to a colleague: questions, contractions.
    Friendly,
    /// Without contractions, in the order of an argument.
    Formal,
    /// A list to work through.
    Technical,
}

impl Voice {
    /// The nearest one.
    pub(super) fn of(word: Option<&str>) -> Self {
        let word = word.unwrap_or_default().to_lowercase();
        let has = |words: &[&str]| words.iter().any(|each| word.contains(each));
        if has(&["informal", "friend", "casual", "warm", "convers", "playful", "humor", "humour", "personal"]) {
            Self::Friendly
        } else if has(&["direct", "bold", "short", "concise", "blunt", "assertive", "provoc", "contrarian", "edgy"]) {
            Self::Direct
        } else if has(&["formal", "academic", "serious", "conservative"]) {
            Self::Formal
        } else if has(&["technical", "analytic", "engineer", "precise", "detailed", "educational"]) {
            Self::Technical
        } else {
            Self::Professional
        }
    }

    /// The post, in parts between which an empty line stands.
    pub(super) fn post(self, matter: &Matter, stance: &str, points: &[&Point]) -> Vec<String> {
        let pick = |place: &str, among: &[&str]| matter.choice.pick(place, among).to_owned();
        let heading = &matter.topic.heading;
        let lines = |each: &dyn Fn(usize, &Point) -> String| -> String {
            points.iter().enumerate().map(|(place, point)| each(place, point)).collect::<Vec<_>>().join("\n")
        };
        let mut parts = Vec::new();
        match self {
            Self::Professional => {
                parts.push(heading.clone());
                parts.push(joined(&[Some(stance.to_owned()), matter.seen_from()]));
                parts.push(pick(
                    "lead",
                    &[
                        "Three points, in the order I would take them:",
                        "This is where I would look first:",
                        "What I would put on the table:",
                    ],
                ));
                parts.push(lines(&|place, point| format!("{}. {} {}", place + 1, point.claim, point.ask)));
                parts.push(format!(
                    "{} {}",
                    pick(
                        "begin",
                        &[
                            "If I had to begin with one step, it would be this:",
                            "A first step that costs little:",
                            "What can be done this week:"
                        ]
                    ),
                    lowered(points[0].act)
                ));
                parts.push(matter.asked(&[
                    "which of the three is hardest where you are?",
                    "what would you put in place of the third?",
                    "where do you see it differently?",
                    "what have I left out?",
                ]));
            }
            Self::Direct => {
                let turn = matter.choice.number("turn", 2) == 0;
                if turn {
                    parts.extend([
                        stance.to_owned(),
                        format!(
                            "{} {}",
                            closed(heading),
                            pick("short", &["The short version:", "What to do:", "Three moves:"])
                        ),
                    ]);
                } else {
                    parts.extend([closed(heading), stance.to_owned()]);
                }
                parts.push(lines(&|_, point| format!("→ {}", point.act)));
                parts.push(points[matter.choice.number("claim", points.len())].claim.to_owned());
                parts.push(pick(
                    "end",
                    &[
                        "Disagree? Say where.",
                        "Which one will you do first?",
                        "Pick one. Start this week.",
                        "Tell me I'm wrong.",
                    ],
                ));
            }
            Self::Friendly => {
                let opening = match matter.topic.spoken.as_str() {
                    "this" => titled(
                        heading,
                        &pick("friendly", &["can we talk about it for a minute?", "let's be honest about this one."]),
                    ),
                    spoken => format!(
                        "{} {spoken}{}",
                        pick("friendly open", &["Can we talk about", "Let's talk about", "Let's be honest about"]),
                        if matter.choice.number("friendly open", 3) == 0 { "?" } else { "." }
                    ),
                };
                parts.push(opening);
                parts.push(joined(&[Some(format!("My take: {}", matter.inside(stance))), matter.seen_from()]));
                parts.push(pick(
                    "ask",
                    &[
                        "Questions I'd rather answer than read another list of tips:",
                        "Here's what I'd ask over a coffee:",
                        "If we sat down together, I'd want to know:",
                    ],
                ));
                parts.push(lines(&|_, point| format!("• {}", point.ask)));
                parts.push(format!(
                    "{} {}",
                    pick(
                        "try",
                        &["And if you want to try something:", "One thing that's easy to try:", "My suggestion:"]
                    ),
                    lowered(points[points.len() - 1].act)
                ));
                parts.push(matter.asked(&[
                    "what's your answer to the first one?",
                    "what would you add?",
                    "I'd love to hear how you do it.",
                    "which one hits home?",
                ]));
            }
            Self::Formal => {
                parts.push(heading.clone());
                parts.push(joined(&[Some(stance.to_owned()), matter.seen_from()]));
                let order = ["First", "Second", "Third"];
                parts.push(
                    points
                        .iter()
                        .zip(order)
                        .map(|(point, place)| format!("{place}, {} {}", lowered(point.claim), point.ask))
                        .collect::<Vec<_>>()
                        .join("\n\n"),
                );
                parts.push(format!(
                    "{} {}",
                    pick(
                        "formal",
                        &[
                            "As a first measure, I would propose the following.",
                            "One measure can be taken without delay.",
                            "It is sensible to begin with the smallest measure."
                        ]
                    ),
                    points[1].act
                ));
                parts.push(match &matter.audience {
                    Some(audience) => format!("I would welcome the view of {audience} on these points."),
                    None => "I would welcome other views on these points.".to_owned(),
                });
            }
            Self::Technical => {
                parts.push(titled(
                    heading,
                    &pick("technical", &["a checklist", "three checks", "notes for a review", "what to check"]),
                ));
                parts.push(joined(&[Some(stance.to_owned()), matter.seen_from()]));
                parts.push(
                    points
                        .iter()
                        .enumerate()
                        .map(|(place, point)| {
                            format!(
                                "[{}] {}\n    Check: {}\n    Change: {}",
                                place + 1,
                                point.claim,
                                point.ask,
                                point.act
                            )
                        })
                        .collect::<Vec<_>>()
                        .join("\n\n"),
                );
                parts.push(matter.asked(&[
                    "which check is missing?",
                    "which of these fails in your setup?",
                    "what would you measure instead?",
                ]));
            }
        }
        parts
    }

    /// The introduction of a newsletter, in sentences.
    pub(super) fn intro(self, matter: &Matter, stance: &str, points: &[&Point]) -> Vec<String> {
        let pick = |place: &str, among: &[&str]| matter.choice.pick(place, among).to_owned();
        let spoken = &matter.topic.spoken;
        let about = match (spoken.as_str(), matter.topic.asks) {
            ("this", _) => {
                format!("{}: that is the subject of this issue.", matter.topic.heading.trim_end_matches('?'))
            }
            (_, true) => format!(
                "{} {spoken}.",
                pick("intro why", &["This issue asks", "One question today:", "Today I try to say"])
            ),
            (_, false) => format!(
                "{} {spoken}.",
                pick(
                    "intro",
                    &["This issue is about", "Today's subject:", "A few words on", "This time I write about"]
                )
            ),
        };
        let readers = matter.audience.as_ref().map(|audience| match self {
            Self::Formal => format!("It is addressed to {audience}."),
            Self::Friendly => format!("For {audience}, and everybody who works with them."),
            _ => {
                format!("{} {audience}.", pick("for", &["I had one reader in mind:", "Written for", "It is meant for"]))
            }
        });
        let readers = readers.map(|text| text.replace("I had one reader in mind:", "The readers I have in mind:"));
        let point = points[points.len() - 1];
        let ending = match self {
            Self::Direct => format!(
                "{} {}",
                point.act,
                pick(
                    "intro end",
                    &["Reply with what came of it.", "Then tell me what broke.", "Read on, or do it right away."]
                )
            ),
            Self::Friendly => format!(
                "{} {}",
                point.ask,
                pick(
                    "intro end",
                    &["Hit reply, I read everything.", "Write me a line if you know.", "I'm curious what you'd say."]
                )
            ),
            Self::Formal => format!(
                "The central question is this: {} The following paragraphs set out three considerations.",
                lowered(point.ask)
            ),
            Self::Technical => format!("{} Below: three checks, each with a change that can be undone.", point.claim),
            Self::Professional => format!(
                "{} {}",
                point.ask,
                pick(
                    "intro end",
                    &[
                        "Three points follow, with a first step for each.",
                        "Below are three answers that I would defend.",
                        "If you have a better answer, reply to this mail."
                    ]
                )
            ),
        };
        vec![Some(about), readers, Some(stance.to_owned()), matter.seen_from(), Some(ending)]
            .into_iter()
            .flatten()
            .collect()
    }

    /// A hook for a first message: what one writes about, an opinion, a question.
    pub(super) fn hook(self, matter: &Matter, points: &[&Point]) -> (String, String) {
        let pick = |place: &str, among: &[&str]| matter.choice.pick(place, among).to_owned();
        let spoken = match matter.topic.spoken.as_str() {
            "this" => format!("\"{}\"", matter.topic.heading),
            spoken => spoken.to_owned(),
        };
        let among: &[&str] = match self {
            Self::Direct => &["I write about", "My subject:"],
            Self::Friendly => &["I'm writing something about", "I've been thinking about"],
            Self::Formal => &["I am preparing an article on", "At present I write about"],
            Self::Technical => &["I'm collecting checks on", "I'm putting together notes on"],
            Self::Professional => &["I'm writing about", "I'm working on a piece about", "My next piece is about"],
        };
        let ask = lowered(points[matter.choice.number("hook point", points.len())].ask);
        let ending = match (&matter.audience, self) {
            (Some(audience), Self::Formal) => format!("May I ask for the view of {audience}: {ask}"),
            (Some(audience), _) => format!(
                "{} {audience}: {ask}",
                pick("hook ask", &["One question that I ask", "What I ask", "A question to"])
            ),
            (None, _) => capital(&ask),
        };
        (format!("{} {spoken}.", pick("hook", among)), ending)
    }
}

fn joined(parts: &[Option<String>]) -> String {
    parts.iter().flatten().cloned().collect::<Vec<_>>().join(" ")
}

/// A heading and what follows it on the same line.
fn titled(heading: &str, text: &str) -> String {
    if heading.ends_with('?') { format!("{heading} {}", capital(text)) } else { format!("{heading}: {text}") }
}
