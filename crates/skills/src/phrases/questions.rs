//! Questions that what was noticed, or the reader's field, leads to. A question claims nothing.

use super::{field, sayable};
use crate::observation::{About, Kind, Observation};
use crate::offer::Offer;
use crate::prospect::Brief;

/// The question a text turns on.
#[must_use]
pub fn question(brief: &Brief) -> String {
    nth_question(brief, 0)
}

/// The question of a later message: another one for each `number` as long as there are more.
#[must_use]
pub fn nth_question(brief: &Brief, number: usize) -> String {
    let among = standing(brief);
    among[(brief.choice.number("question", among.len()) + number) % among.len()].clone()
}

/// The same right after a sentence: with a pronoun for the thing when the sentence has named it.
#[must_use]
pub fn nth_question_after(brief: &Brief, number: usize, sentence: &str) -> String {
    let hook = brief.notes.hook().and_then(|hook| Some((hook, hook.topic.as_deref()?)));
    match hook.filter(|(_, topic)| sentence.contains(topic)) {
        Some((hook, topic)) => {
            let templates = about(hook, topic);
            leant(templates[(brief.choice.number("question", templates.len()) + number) % templates.len()], topic)
        }
        None => nth_question(brief, number),
    }
}

/// The question that goes on from a sentence that has just said so many observations from the first on: it need not name the thing
/// again, and it is none that [`nth_question`] gives for a later message.
#[must_use]
pub fn asked_after(brief: &Brief, count: usize) -> String {
    let first = sayable(brief).first().copied();
    let mut among: Vec<String> = first.map(leaning).unwrap_or_default().iter().map(|text| (*text).to_owned()).collect();
    let named = question(brief);
    let asked = match first
        .filter(|each| count == 1 && Some(*each) == brief.notes.hook())
        .and_then(|each| Some((each, each.topic.as_deref()?)))
    {
        Some((each, topic)) => {
            let templates = about(each, topic);
            leant(templates[brief.choice.number("question", templates.len())], topic)
        }
        None => named,
    };
    among.extend([asked.clone(), asked]);
    among[brief.choice.number("asked after", among.len())].clone()
}

/// The question on the observation of that place, which has just been said, or else one that [`asked_after`] has not asked.
#[must_use]
pub fn asked_on(brief: &Brief, place: usize) -> String {
    let all = sayable(brief);
    let hook = brief.notes.hook();
    match all.get(place).filter(|each| Some(**each) != hook).and_then(|each| Some((each, each.topic.as_deref()?))) {
        Some((each, topic)) => {
            let templates = about(each, topic);
            leant(templates[brief.choice.number("asked on", templates.len())], topic)
        }
        None => nth_question(brief, 1),
    }
}

/// A template with a pronoun for the thing that has just been named.
fn leant(template: &str, topic: &str) -> String {
    let (subject, object) = if is_plural(topic) && topic.starts_with("the ") { ("they", "them") } else { ("it", "it") };
    template.replace("{t}", subject).replace("{o}", object)
}

/// A template with the thing by its name.
fn spelled(template: &str, topic: &str) -> String {
    template.replace("{t}", topic).replace("{o}", topic)
}

/// Every question that stands alone; at least three.
fn standing(brief: &Brief) -> Vec<String> {
    if let Some((hook, topic)) = brief.notes.hook().and_then(|hook| Some((hook, hook.topic.as_deref()?))) {
        return about(hook, topic).iter().map(|template| spelled(template, topic)).collect();
    }
    let named = |text: &&&str| !brief.company.is_empty() || !text.contains("{company}");
    let offered = brief.offer.as_ref().and_then(Offer::subject);
    let of_offer = offered.iter().flat_map(|subject| {
        OF_OFFER.iter().filter(named).map(move |text| text.replace("{t}", subject).replace("{company}", &brief.company))
    });
    let of_field = of_field(field(brief)).iter().filter(named).map(|text| text.replace("{company}", &brief.company));
    of_offer.chain(of_field).collect()
}

/// Questions on what is offered, where nothing was noticed.
const OF_OFFER: &[&str] = &[
    "Who looks after {t} at {company}?",
    "Have you planned anything on {t} this year?",
    "What would a good result on {t} look like for you?",
];

/// Questions on one observation, with a place for the thing as a subject and as an object.
fn about(hook: &Observation, topic: &str) -> &'static [&'static str] {
    match hook.kind {
        Kind::Voice => &[
            "What was the reaction to what you said about {t}?",
            "What would you add today to what you said about {t}?",
            "What do others get wrong about {t}?",
            "Where do you stand on {t} in the meantime?",
        ],
        Kind::Engaged | Kind::Intent => &[
            "Did you find an answer on {t}?",
            "What would a good answer on {t} have to contain?",
            "How do you go about {t} today?",
        ],
        Kind::Funding => &[
            "What does {t} have to show first?",
            "What will {t} change first on your side?",
            "Which part of your plan does {t} speed up first?",
            "Where will you feel {t} first: in hiring, in the product or in sales?",
            "What did you put off that {t} now makes possible?",
        ],
        Kind::Hiring if topic == "the hiring" => &[
            "How long does it take until a new colleague is fully productive?",
            "Who looks after new colleagues in their first ninety days?",
            "What is harder at the moment: finding people or getting them productive?",
            "How do you see early that a hire will work out?",
        ],
        Kind::Hiring if !topic.starts_with("the ") => &[
            "How far along are you with {t}?",
            "What is the harder part of {t}: finding people, or getting them productive?",
            "With {t} under way, who looks after the new people in their first ninety days?",
            "What has to be in place before {t} pays off?",
        ],
        Kind::Hiring if is_plural(topic) => &[
            "How long does it take until {t} are fully productive?",
            "Who looks after {o} in their first ninety days?",
            "What should {t} be able to do alone by the end of the quarter?",
            "How do you see whether {t} are on track?",
        ],
        Kind::Hiring => &[
            "How much of your plan depends on {t}?",
            "What should {t} change first?",
            "What does {t} need from you first?",
        ],
        Kind::Leadership if topic.starts_with("the new ") => &[
            "What does {t} change for you first?",
            "Has {t} moved your priorities yet?",
            "What will {t} ask you about first?",
            "Which of your plans does {t} keep?",
        ],
        Kind::Leadership => &[
            "What does {t} change for you first?",
            "Has {t} moved your priorities yet?",
            "What does {t} leave as it was?",
        ],
        Kind::Acquisition if topic == "the acquisition" => &[
            "Which process do you bring together first after {t}?",
            "Where do the two sides still work differently after {t}?",
            "What did {t} put on your own desk?",
        ],
        Kind::Acquisition => &[
            "How do {t} get onto the same systems as the rest?",
            "What do {t} still do in their own way?",
            "Which report is hardest to get since {t} came in?",
        ],
        Kind::Launch | Kind::Expansion if topic.starts_with("the ") && !is_plural(topic) => &[
            "Who carries {t} on your side, and where would help matter most?",
            "What would make {t} a success for you?",
            "What does {t} still need from you?",
            "How will you tell in half a year that {t} was right?",
        ],
        Kind::Launch | Kind::Expansion if topic.starts_with("the ") => &[
            "Who carries {o} on your side, and where would help matter most?",
            "What do {t} still need from you?",
            "Which of {o} will tell you first that the plan works?",
        ],
        _ => &[
            "How far along are you with {t}?",
            "What is the hardest part of {t} right now?",
            "Where does {t} get stuck first?",
            "What would make {t} easier this quarter?",
        ],
    }
}

/// Questions that lean on the sentence before.
fn leaning(each: &Observation) -> &'static [&'static str] {
    match (each.about, each.kind) {
        (About::Person, Kind::Voice) => {
            &["What did people ask you about it afterwards?", "What has changed in your view since?"]
        }
        (About::Person, Kind::Leadership) => {
            &["What did you put first on your list in the new role?", "What is different from what you expected?"]
        }
        (About::Person, Kind::Met) => &[],
        (About::Person, _) => &["What were you hoping to solve?", "What were you looking for?"],
        (About::Company, Kind::Technology) => {
            &["How content is your team with it so far?", "What did it make easier, and what not?"]
        }
        (About::Company, Kind::Growth) => &["What does not keep up yet?", "Where do you feel it first?"],
        (About::Company, Kind::Funding) => {
            &["What has to be different a year from now?", "What comes first on the list?"]
        }
        (About::Company, Kind::Launch | Kind::Expansion) => &["What is next?", "What has it taught you so far?"],
        _ => &[],
    }
}

/// Whether a thing such as `the 10 new SDRs` or `the new offices` is many.
#[must_use]
pub fn is_plural(topic: &str) -> bool {
    let head = topic.split(" of ").next().unwrap_or(topic);
    head.ends_with('s') && !head.ends_with("ss")
        || head.starts_with("the ") && head[4..].starts_with(|c: char| c.is_ascii_digit())
}

/// Questions to somebody whose field is known and of whom nothing was noticed.
fn of_field(field: Option<&str>) -> &'static [&'static str] {
    match field {
        Some("sales") => &[
            "Where do deals wait longest: after the first call, at the offer or at the signature?",
            "Which part of the pipeline do you trust least when you forecast?",
            "How much of your team's week goes into finding people rather than talking to them?",
            "What would your reps stop doing tomorrow if you let them?",
            "Which step between first contact and first meeting loses the most people?",
        ],
        Some("marketing") => &[
            "Which channel would you keep if you could keep only one?",
            "How do you tell which of your leads sales will really call?",
            "What takes longest at the moment: the idea, the copy or the approval?",
            "Where does a campaign lose time between idea and launch?",
            "Which of your mails would you be glad never to write by hand again?",
        ],
        Some("finance") => &[
            "Which part of the close still depends on one person and a spreadsheet?",
            "How many days after the end of the month do you trust the numbers?",
            "Which report takes longest to produce?",
            "Where do you still reconcile by hand?",
            "Which number are you asked for that no system gives you directly?",
        ],
        Some("engineering") => &[
            "What slows your releases down most: tests, reviews or environments?",
            "Which system does nobody like to touch?",
            "How much of the week goes into keeping things running?",
            "What would you rebuild first if you had a free quarter?",
            "Which piece of work do you keep putting off because a customer comes first?",
        ],
        Some("product") => &[
            "How do you decide what is not built?",
            "Where do requests from sales end up?",
            "What do users ask for that you do not want to build?",
            "Which part of the product is used less than you hoped?",
        ],
        Some("operations") => &[
            "Which step still runs on a spreadsheet?",
            "Where does work wait longest for somebody else?",
            "When a day goes wrong, where do you see it first?",
            "Which number do you look at first in the morning?",
            "Which plan changes most often after it was made?",
        ],
        Some("people and culture") => &[
            "Which roles stay open longest?",
            "What do people who leave tell you in the last conversation?",
            "How long does it take until a new colleague works on their own?",
            "Which part of your team's work still lives in mails and lists?",
        ],
        Some("information technology") => &[
            "Which kind of request costs your team the most time?",
            "What would an audit find first?",
            "Which system would you replace first?",
            "How do you learn of a problem: from monitoring or from the users?",
        ],
        Some("customer success") => &[
            "How early do you see that a customer is about to leave?",
            "Which question does your team answer most often?",
            "What do customers ask for in their first week?",
            "What gets lost when sales hands a customer over to you?",
        ],
        Some("legal") => &[
            "Which contracts wait longest for your team?",
            "Which clause do you discuss most often?",
            "What could the business decide without you, if it had the right template?",
        ],
        _ => &[
            "What has to be different at {company} by the end of the year?",
            "Which decision is waiting for better information at the moment?",
            "What takes more of your own time than it should?",
            "If one thing ran by itself from next month on, which one should it be?",
            "What would you hand over first if you trusted the result?",
        ],
    }
}
