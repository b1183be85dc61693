//! `cold_call_script`: opener, questions, bridge and answers to objections. Writes text; calls nobody.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::background::Background;
use crate::observation::Kind;
use crate::phrases::{asked_after, clause, field, nth_question, offered, sayable};
use crate::prospect::{Brief, Prospect};
use crate::skill::{Definition, Needs, Problem};
use crate::wording::capital;

/// Writes call scripts.
pub struct ColdCallScript;

/// A framework for a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Script {
    /// What is said first.
    #[schemars(length(min = 1))]
    pub opener: String,
    /// What is asked then.
    #[schemars(length(min = 3, max = 8))]
    pub discovery_questions: Vec<String>,
    /// From the answers to the offer.
    #[schemars(length(min = 1))]
    pub value_bridge: String,
    /// What may be said against it.
    #[schemars(length(min = 2, max = 8))]
    pub objection_handlers: Vec<Objection>,
}

/// An objection and its answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Objection {
    /// What they say.
    pub objection: String,
    /// What to say.
    pub response: String,
}

impl Definition for ColdCallScript {
    const NAME: &'static str = "cold_call_script";
    const TITLE: &'static str = "Cold call script";
    const DESCRIPTION: &'static str =
        "Writes a call framework: opener, discovery questions, value bridge and objection handlers.";
    const PROMPT: &'static str = include_str!("prompt.md");
    const EXAMPLE: &'static str = include_str!("example.json");
    type Input = Prospect;
    type Output = Script;

    fn check(input: &Prospect) -> Result<(), Problem> {
        input.check()
    }

    fn needs(input: &Prospect) -> Needs {
        input.needs()
    }

    fn run(input: &Prospect, background: &Background) -> Script {
        let brief = input.brief(background);
        Script {
            opener: opener(&brief),
            discovery_questions: questions(&brief),
            value_bridge: bridge(&brief),
            objection_handlers: objections(&brief),
        }
    }

    fn problems(output: &Script) -> Vec<String> {
        let mut problems = Vec::new();
        if output.opener.trim().is_empty() || output.value_bridge.trim().is_empty() {
            problems.push("opener and valueBridge must not be empty".to_owned());
        }
        if !(3..=8).contains(&output.discovery_questions.len()) {
            problems.push("there must be three to eight discoveryQuestions".to_owned());
        }
        if !(2..=8).contains(&output.objection_handlers.len()) {
            problems.push("there must be two to eight objectionHandlers".to_owned());
        }
        problems
    }
}

fn opener(brief: &Brief) -> String {
    let caller = brief.sender.as_deref().unwrap_or("[your name]");
    let hello = format!("{} {}, this is {caller}.", brief.choice.pick("hello", &["Hi", "Hello"]), brief.first);
    let why = match clause(brief, &sayable(brief).into_iter().take(1).collect::<Vec<_>>()) {
        Some((clause, _)) if clause.starts_with("we ") => format!("{}.", capital(&clause)),
        Some((clause, _)) => {
            let among = [
                format!("I'm calling because I saw that {clause}."),
                format!("I saw that {clause}."),
                format!("The reason for my call: {clause}."),
                format!("I noticed that {clause}, so I thought I'd call."),
            ];
            among[brief.choice.number("call", among.len())].clone()
        }
        None => match &brief.role {
            Some(role) => {
                let among = [
                    format!("I'm calling you because of your work as {role} at {}.", brief.company),
                    format!("I have one question for the {role} at {}.", brief.company),
                    format!("I'm calling you as {role} at {}.", brief.company),
                ];
                among[brief.choice.number("call", among.len())].clone()
            }
            None => format!("I have one question about {}.", brief.company),
        },
    };
    // Nobody who has met is cold.
    let ways: &[&str] = if why.starts_with("We met") {
        &["Do you have half a minute?", "Is now a good moment?"]
    } else {
        &[
            "Do you have half a minute, and then you tell me whether we should go on?",
            "I know this is out of the blue: may I take thirty seconds to say why I'm calling?",
            "Have I caught you at a bad time, or can I have half a minute?",
            "May I tell you in two sentences what it is about?",
            "Is half a minute all right?",
        ]
    };
    let permission = brief.choice.pick("permission", ways);
    format!("{hello} {why} {permission}")
}

fn questions(brief: &Brief) -> Vec<String> {
    // The list is read without the opener beside it: the thing goes by its name.
    let first = asked_after(brief, 0);
    let more = Some(nth_question(brief, 1));
    let hook = brief.notes.hook();
    let pairs: &[[&str; 2]] = match hook.map(|hook| hook.kind) {
        Some(Kind::Hiring) => &[
            [
                "What does the first month of a new colleague look like today?",
                "How do you see early whether somebody will make it?",
            ],
            ["How do you decide that somebody is ready?", "What did the last group of new people teach you?"],
        ],
        Some(Kind::Funding) => &[
            ["Which number has to be different twelve months from now?", "What stands between today and that number?"],
            ["What did you plan to do with it first?", "What would you rather not spend it on?"],
        ],
        Some(Kind::Leadership) => &[
            ["Which of last year's plans are still standing?", "Who decides about new partners now?"],
            ["What is being looked at again?", "What would be a good first result?"],
        ],
        Some(Kind::Acquisition) => &[
            ["What has to work the same way everywhere, and by when?", "Who decides which way wins?"],
            ["Where do you notice the difference in your own work?", "Which system will be the last to move?"],
        ],
        Some(Kind::Voice | Kind::Engaged) => &[
            ["What made you look into it?", "What have you tried so far?"],
            ["How did you come to that subject?", "What would change your mind about it?"],
        ],
        Some(Kind::Launch | Kind::Expansion) => &[
            ["Who was on it from the start, and who joined late?", "What did you decide to leave for later?"],
            ["What took longer than you had thought?", "Where would a second pair of hands help most?"],
        ],
        _ => &[
            ["How do you handle that today?", "What have you tried that did not work?"],
            ["What does that look like on a normal day?", "What happens if nothing changes?"],
            ["Who does that work at present?", "Since when has it been like that?"],
        ],
    };
    let deeper = pairs[brief.choice.number("deeper", pairs.len())];
    let mut questions = vec![first];
    questions.extend(more);
    questions.extend(deeper.map(str::to_owned));
    questions.push(match field(brief) {
        Some(field) => format!("If one thing in {field} worked better by next quarter, what should it be?"),
        None => "If one thing worked better by next quarter, what should it be?".to_owned(),
    });
    questions.push(
        brief
            .choice
            .pick(
                "others",
                &[
                    "Who besides you would have a say in changing it?",
                    "Who else would want to be asked before anything changes?",
                ],
            )
            .to_owned(),
    );
    let mut seen = Vec::new();
    questions.retain(|question| {
        !seen.contains(question) && {
            seen.push(question.clone());
            true
        }
    });
    questions
}

fn bridge(brief: &Brief) -> String {
    let start = brief.choice.pick(
        "bridge",
        &["Based on what you just told me, ", "From what you describe, ", "If I understand you right, "],
    );
    let ask = brief.choice.pick(
        "bridge ask",
        &[
            "Would it make sense to take fifteen minutes this week and look at your case?",
            "Shall we find fifteen minutes and go through it with your numbers?",
            "May I show you on your own example what that would mean? Fifteen minutes are enough.",
            "Which day this week has a quarter of an hour for it?",
        ],
    );
    match offered(brief) {
        Some(said) => format!("{start}there may be a fit. {said} {ask}"),
        None => format!("{start}I'd like to understand it better before I suggest anything. {ask}"),
    }
}

fn objections(brief: &Brief) -> Vec<Objection> {
    let object = |objection: String, response: &str| Objection { objection, response: response.to_owned() };
    let solved = match &brief.offer {
        Some(offer) if offer.form == crate::offer::Form::Role => "We already have somebody for that.".to_owned(),
        _ => "We already have a solution for that.".to_owned(),
    };
    let mut all = vec![
        object(
            solved,
            brief.choice.pick("solved", &["Good, then you know what it should do. What would it have to do better for a second look to be worth your time?", "That helps. How content are you with it, on a scale from one to ten, and what is missing to ten?"]),
        ),
        object(
            "Just send me something.".to_owned(),
            brief.choice.pick("send", &["Happy to. So that it's useful and not a brochure: which part of what we talked about should it cover?", "I will. Tell me the one question it should answer, and I'll keep it to half a page."]),
        ),
        object(
            "We have no budget.".to_owned(),
            brief.choice.pick("budget", &["Understood, and I'm not asking for a decision. If it turned out to matter, when do you plan the next budget?", "That's clear. Suppose it paid for itself: what would have to be on paper for you to look again?"]),
        ),
        object(
            "Now is a bad time.".to_owned(),
            brief.choice.pick("time", &["That's fair. Is it today that's bad, or this topic? If it's today, tell me a time that suits you better.", "Of course. When should I try again, or shall I put it in a short mail?"]),
        ),
    ];
    if brief
        .role
        .as_deref()
        .map(crate::fit::seniority::Seniority::of)
        .is_some_and(|rank| rank < crate::fit::seniority::Seniority::Director)
    {
        all.push(object(
            "I'm not the right person.".to_owned(),
            "Thanks for telling me. Who looks after this, and may I say that you pointed me there?",
        ));
    } else {
        all.push(object("How did you get my number?".to_owned(), "A fair question. I'll tell you exactly where it comes from, and if you'd rather not be called, I'll note that right away."));
    }
    all
}
