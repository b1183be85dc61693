//! `research`: what is known of a person, what is not, and two drafts of a first message. Looks nothing up: what was found is given.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::background::{Background, Company, given};
use crate::fit::industry;
use crate::linkedin_message::length_problem;
use crate::observation::{About, Notes, Unsaid};
use crate::phrases::{
    addressed, asked_after, farewell, greeting, is_plural, noticed, nth_question, nth_question_after, offered,
    paragraphs, request, subject, way_out,
};
use crate::prospect::{Brief as Written, Prospect};
use crate::skill::{Definition, Mode, Needs, Problem};
use crate::wording::{capital, closed, list, shortened};

/// Letters of an InMail's subject and body that are read on a phone.
const SUBJECT: usize = 80;
const BODY: usize = 900;

/// Researches people.
pub struct Research;

/// Whom.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Input {
    /// The person's full name.
    #[schemars(length(min = 1, max = 200))]
    pub name: String,
    /// What is known, such as role, company or domain, and industry, separated by commas; then what was noticed.
    #[serde(default)]
    #[schemars(length(max = 8000))]
    pub context: Option<String>,
    /// Where they work.
    #[serde(default)]
    #[schemars(length(max = 200))]
    pub company: Option<String>,
    /// What is offered; the profile's when absent.
    #[serde(default)]
    #[schemars(length(max = 2000))]
    pub user_value_prop: Option<String>,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Found {
    /// The brief.
    pub brief: Brief,
    /// Two drafts.
    #[schemars(length(min = 2, max = 2))]
    pub inmails: Vec<Inmail>,
}

/// A brief.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Brief {
    /// In two or three sentences.
    #[schemars(length(min = 1))]
    pub summary: String,
    /// The person.
    pub person: Known,
    /// The company.
    pub company: Company,
    /// What was noticed.
    pub signals: Vec<String>,
    /// What to talk about.
    pub talking_points: Vec<String>,
    /// What the InMails do not say, each with the reason.
    #[serde(default)]
    pub not_used: Vec<String>,
    /// What usually moves buying in this industry; nothing of it is said of this company.
    pub industry_signals: Vec<String>,
    /// What is not known.
    pub gaps: Vec<String>,
    /// Where the facts come from.
    pub sources: Vec<String>,
}

/// What is known of the person.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Known {
    /// Full name.
    pub name: String,
    /// Role.
    pub role: Option<String>,
    /// Company.
    pub company: Option<String>,
    /// Address.
    pub email: Option<String>,
    /// Profile address.
    pub linkedin_url: Option<String>,
}

/// A message with a subject.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Inmail {
    /// At most 80 characters.
    #[schemars(length(min = 1, max = 80))]
    pub subject: String,
    /// At most 900 characters.
    #[schemars(length(min = 1, max = 900))]
    pub body: String,
}

impl Definition for Research {
    const NAME: &'static str = "research";
    const TITLE: &'static str = "Research";
    const DESCRIPTION: &'static str = "Writes a research brief about one person from everything that is known, with gaps named, and two InMail drafts.";
    const MODE: Mode = Mode::Async;
    const PROMPT: &'static str = include_str!("prompt.md");
    const EXAMPLE: &'static str = include_str!("example.json");
    const FACTS: &'static [&'static str] =
        &["/brief/person", "/brief/company", "/brief/industrySignals", "/brief/sources"];
    type Input = Input;
    type Output = Found;

    fn check(input: &Input) -> Result<(), Problem> {
        match input.name.chars().any(char::is_alphanumeric) {
            true => Ok(()),
            false => Err(Problem::at("name", "name must have a letter.")),
        }
    }

    fn needs(input: &Input) -> Needs {
        let notes = Notes::read(input.company.as_deref().unwrap_or(""), &input.name, input.context.as_deref(), &[]);
        let company = given(input.company.as_deref()).or(notes.company);
        Needs { person: Some(input.name.clone()), company, domain: notes.domain, site: true }
    }

    fn run(input: &Input, background: &Background) -> Found {
        let name = given(Some(&input.name)).unwrap_or_default();
        let person = background.person.clone().unwrap_or_default();
        let mut company = background.company.clone().unwrap_or_default();
        let known_name =
            given(input.company.as_deref()).or_else(|| person.company.clone()).or_else(|| company.name.clone());
        let notes = Notes::read(known_name.as_deref().unwrap_or(""), &name, input.context.as_deref(), &person.signals);
        // Where the request names a company, it means that one.
        let stated = given(input.company.as_deref()).or_else(|| notes.company.clone()).or(known_name);
        company.domain = company.domain.or_else(|| notes.domain.clone());
        company.industry = company.industry.or_else(|| notes.industry.clone());
        let company_name = stated.clone().or_else(|| company.domain.clone());
        company.name = company.name.or_else(|| company_name.clone());
        let role = notes.role.clone().or_else(|| person.role.clone());
        let known = Known {
            name: name.clone(),
            role: role.clone(),
            company: company_name.clone(),
            email: person.email.clone(),
            linkedin_url: person.linkedin_url.clone(),
        };
        let mut sources = Vec::new();
        if input.context.is_some() {
            sources.push("the request".to_owned());
        }
        sources.extend(person.sources.iter().chain(&company.sources).cloned());
        sources.dedup();
        let prospect = Prospect {
            contact_name: name,
            contact_role: role,
            // A domain is no name to write to; without one, the drafts do without.
            company: stated.unwrap_or_default(),
            context: input.context.clone(),
            signals: person.signals.clone(),
            user_value_prop: input.user_value_prop.clone(),
            ..Prospect::default()
        };
        let wide = company.industry.as_deref().and_then(industry::find);
        let brief = Brief {
            summary: summary(&known, &company, &notes),
            signals: notes.signals().iter().map(|each| each.given.clone()).collect(),
            talking_points: talking_points(&known, &company, &notes),
            not_used: notes.not_said().into_iter().chain(foreign_offer(input, background)).collect(),
            industry_signals: wide
                .map_or(&[][..], |industry| industry.signals)
                .iter()
                .map(|text| (*text).to_owned())
                .collect(),
            gaps: gaps(&known, &company, &notes, background.value_prop(input.user_value_prop.as_deref()).is_some()),
            person: known,
            company,
            sources,
        };
        Found { brief, inmails: inmails(&prospect, background) }
    }

    fn problems(output: &Found) -> Vec<String> {
        let mut problems = Vec::new();
        if output.brief.summary.trim().is_empty() {
            problems.push("brief.summary must not be empty".to_owned());
        }
        if output.inmails.len() != 2 {
            problems.push("there must be two inmails".to_owned());
        }
        for (place, inmail) in output.inmails.iter().enumerate() {
            problems.extend(length_problem(&format!("inmails[{place}].subject"), &inmail.subject, SUBJECT));
            problems.extend(length_problem(&format!("inmails[{place}].body"), &inmail.body, BODY));
        }
        problems
    }
}

fn summary(known: &Known, company: &Company, notes: &Notes) -> String {
    let mut text = match (&known.role, &known.company) {
        (Some(role), Some(at)) => closed(&format!("{} is {role} at {at}", known.name)),
        (Some(role), None) => format!("{} is {role}; the company is not known.", known.name),
        (None, Some(at)) => format!("{} works at {at}; the role is not known.", known.name),
        (None, None) => format!("Of {} only the name is known.", known.name),
    };
    let mut facts = Vec::new();
    if let Some(industry) = &company.industry {
        facts.push(format!("the industry is {industry}"));
    }
    if let Some(size) = &company.size {
        facts.push(format!("it has {size} employees"));
    }
    if let Some(location) = &company.location {
        facts.push(format!("it is in {location}"));
    }
    if !facts.is_empty() {
        text.push_str(&format!(" Of the company: {}.", list(&facts)));
    }
    if let Some(description) = &company.description {
        text.push_str(&format!(" Its own site says: \"{}\"", shortened(description, 200)));
    }
    let noted: Vec<String> =
        notes.signals().iter().take(4).map(|each| format!("\"{}\"", shortened(&each.given, 160))).collect();
    match noted.is_empty() {
        true => text.push_str(" No signals are noted."),
        false => text.push_str(&format!(" Noted: {}.", list(&noted))),
    }
    text
}

fn talking_points(known: &Known, company: &Company, notes: &Notes) -> Vec<String> {
    let mut points: Vec<String> = Vec::new();
    let first = crate::wording::first_name(&known.name);
    for each in notes.speakable(4) {
        points.push(match (each.about, &each.topic) {
            (About::Person, Some(topic)) => {
                format!("What they said or asked about {topic}: begin there, and ask what came of it.")
            }
            (About::Person | About::Both, None) => format!("\"{}\": a way into the conversation.", each.given),
            (_, Some(topic)) => {
                let changes = if is_plural(topic) { "they change" } else { "it changes" };
                capital(&format!("{}: ask what {changes} for {first} and by when.", topic.replace("your ", "their ")))
            }
            _ => format!("\"{}\": ask how it came about and what comes next.", each.given),
        });
    }
    if let Some(field) = known.role.as_deref().and_then(crate::fit::seniority::field) {
        points.push(format!("What has priority in {field} this quarter, and who decides about it."));
    }
    if !company.technologies.is_empty() {
        points.push(format!(
            "They use {}: ask how content they are with it.",
            list(&company.technologies.iter().take(3).cloned().collect::<Vec<_>>())
        ));
    }
    if points.is_empty() {
        points.push("Nothing is known to begin with: open with a question about their present priorities.".to_owned());
    }
    points
}

/// An offer that the InMails do not make, with the reason.
fn foreign_offer(input: &Input, background: &Background) -> Option<String> {
    let offer = background.foreign_value_prop(input.user_value_prop.as_deref())?;
    Some(format!("{offer} ({})", Unsaid::Foreign.reason()))
}

fn gaps(known: &Known, company: &Company, notes: &Notes, offers: bool) -> Vec<String> {
    let mut gaps = Vec::new();
    let mut gap = |missing: bool, text: &str| {
        if missing {
            gaps.push(text.to_owned());
        }
    };
    gap(known.role.is_none(), "the person's role");
    gap(known.company.is_none(), "where the person works");
    gap(known.email.is_none(), "an email address");
    gap(company.industry.is_none(), "the company's industry");
    gap(company.size.is_none(), "the company's size");
    gap(company.description.is_none(), "what the company says about itself");
    gap(notes.observations.is_empty(), "recent signals");
    gap(!offers, "what you offer: set it in the profile, in English");
    gaps
}

fn inmails(prospect: &Prospect, background: &Background) -> Vec<Inmail> {
    let brief = prospect.brief(background);
    let about = subject(&brief, SUBJECT);
    let first = Inmail { subject: about.clone(), body: shortened(&first_draft(&brief), BODY) };
    // Another draft in other words, which begins with the offer and asks something else.
    let mut other = brief.clone();
    other.choice = brief.choice.other("second draft");
    let another = subject(&other, SUBJECT);
    let subject = if another == about { format!("A question for {}", brief.first) } else { another };
    vec![first, Inmail { subject: shortened(&subject, SUBJECT), body: shortened(&second_draft(&brief, &other), BODY) }]
}

fn first_draft(brief: &Written) -> String {
    let said = noticed(brief, 0, 2);
    let asks = asked_after(brief, said.as_ref().map_or(0, |said| said.count));
    let why = said.map_or_else(|| addressed(brief), |said| said.text);
    paragraphs(&[
        Some(greeting(brief)),
        Some(format!("{why} {asks}")),
        offered(brief),
        Some(request(brief)),
        Some(farewell(brief)),
    ])
}

fn second_draft(brief: &Written, other: &Written) -> String {
    let opening = offered(other).unwrap_or_else(|| addressed(other));
    paragraphs(&[
        Some(greeting(brief)),
        Some(opening),
        Some(match noticed(other, 0, 1) {
            Some(why) => format!("{} {}", why.text, nth_question_after(brief, 1, &why.text)),
            None => nth_question(brief, 1),
        }),
        Some(way_out(other)),
        Some(farewell(other)),
    ])
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Research;
    use crate::Background;
    use crate::skill::Definition;

    #[test]
    fn a_context_with_a_companys_name_is_read_and_no_draft_speaks_of_your_company() {
        for (context, company) in [
            ("VP of Sales, Acme Corp, B2B SaaS. Just raised Series B", Some("Acme Corp")),
            (
                "Director of Procurement, Hexagon Steel & Tube, Manufacturing. He posted on LinkedIn about risk",
                Some("Hexagon Steel & Tube"),
            ),
            ("VP of Sales, acmecorp.com, B2B SaaS", Some("acmecorp.com")),
            ("Marketing Manager. no budget until Q3", None),
            ("", None),
        ] {
            let input = serde_json::from_value(json!({ "name": "Jane Smith", "context": context })).expect("an input");
            let found = Research::run(&input, &Background::default());
            assert_eq!(found.brief.person.company.as_deref(), company, "{context}");
            for inmail in &found.inmails {
                let text = format!("{} {}", inmail.subject, inmail.body);
                for bad in ["your company", "acmecorp.com", "no budget", " at .", " at,", "  "] {
                    assert!(!text.contains(bad), "{bad:?} in {text}");
                }
            }
            assert_ne!(found.inmails[0].subject, found.inmails[1].subject);
            assert_eq!(
                found.brief.not_used.len(),
                usize::from(context.contains("budget")),
                "{:?}",
                found.brief.not_used
            );
        }
    }
}
