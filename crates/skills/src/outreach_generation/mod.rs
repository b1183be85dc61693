//! `outreach_generation`: a mail and a connection request for each lead of a list. Writes text; sends nothing.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::background::{Background, given};
use crate::linkedin_message::{REQUEST, connect, length_problem};
use crate::personalized_email::{Email, PersonalizedEmail, write};
use crate::prospect::Prospect;
use crate::skill::{Definition, Mode, Problem};
use crate::wording::Choice;

/// Most leads of one list.
pub const MOST: usize = 100;

/// Writes for lists.
pub struct OutreachGeneration;

/// Leads.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Input {
    /// One to a hundred.
    #[schemars(length(min = 1, max = 100))]
    pub leads: Vec<Lead>,
}

/// One lead.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Lead {
    /// First name.
    #[schemars(length(max = 200))]
    pub first_name: Option<String>,
    /// Last name.
    #[schemars(length(max = 200))]
    pub last_name: Option<String>,
    /// Full name, instead of the two.
    #[schemars(length(max = 200))]
    pub name: Option<String>,
    /// Where they work.
    #[schemars(length(max = 200))]
    pub company: Option<String>,
    /// Role.
    #[schemars(length(max = 200))]
    pub title: Option<String>,
    /// The company's industry.
    #[schemars(length(max = 200))]
    pub industry: Option<String>,
    /// Address; given back, written to by nobody.
    #[schemars(length(max = 320))]
    pub email: Option<String>,
    /// What was noticed.
    #[schemars(length(max = 8000))]
    pub context: Option<String>,
}

impl Lead {
    fn full_name(&self) -> Option<String> {
        given(self.name.as_deref()).or_else(|| {
            let parts: Vec<String> =
                [&self.first_name, &self.last_name].into_iter().filter_map(|part| given(part.as_deref())).collect();
            (!parts.is_empty()).then(|| parts.join(" "))
        })
    }
}

/// One outcome for each lead, in their order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Outreach {
    /// In the order of the leads.
    #[schemars(length(min = 1, max = 100))]
    pub results: Vec<Written>,
    /// How many there are.
    pub count: i64,
}

/// What was written to one lead.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Written {
    /// The lead's name.
    pub name: String,
    /// Where they work.
    pub company: String,
    /// Address as given.
    pub email: Option<String>,
    /// A first mail.
    pub message: Email,
    /// A note to a connection request, at most 200 characters.
    #[schemars(length(min = 1, max = 200))]
    pub connect_request: String,
}

impl Definition for OutreachGeneration {
    const NAME: &'static str = "outreach_generation";
    const TITLE: &'static str = "Batch outreach";
    const DESCRIPTION: &'static str =
        "Writes a first email and a connection request for each lead of a list; priced per contact.";
    const MODE: Mode = Mode::Async;
    const PROMPT: &'static str = include_str!("prompt.md");
    const EXAMPLE: &'static str = include_str!("example.json");
    type Input = Input;
    type Output = Outreach;

    fn check(input: &Input) -> Result<(), Problem> {
        if !(1..=MOST).contains(&input.leads.len()) {
            return Err(Problem::at("leads", format!("leads has 1 to {MOST} entries.")));
        }
        for (place, lead) in input.leads.iter().enumerate() {
            if lead.full_name().is_none_or(|name| !name.chars().any(char::is_alphanumeric)) {
                return Err(Problem::at(
                    format!("leads[{place}].first_name"),
                    "Every lead needs a first_name or a name.",
                ));
            }
            if given(lead.company.as_deref()).is_none() {
                return Err(Problem::at(format!("leads[{place}].company"), "Every lead needs a company."));
            }
        }
        Ok(())
    }

    fn units(input: &Input) -> i64 {
        i64::try_from(input.leads.len()).unwrap_or(i64::MAX)
    }

    fn run(input: &Input, background: &Background) -> Outreach {
        let first = input.leads.first().cloned().unwrap_or_default();
        let of_first = [first.full_name(), first.company, first.context].map(Option::unwrap_or_default);
        let list = Choice::new(&of_first.each_ref().map(String::as_str));
        let results: Vec<Written> = input
            .leads
            .iter()
            .enumerate()
            .map(|(place, lead)| {
                let (name, company) =
                    (lead.full_name().unwrap_or_default(), given(lead.company.as_deref()).unwrap_or_default());
                let prospect = Prospect {
                    contact_name: name.clone(),
                    contact_role: lead.title.clone(),
                    company: company.clone(),
                    industry: lead.industry.clone(),
                    context: lead.context.clone(),
                    ..Prospect::default()
                };
                let mut brief = prospect.brief(background);
                // Neighbours in a list get other words.
                brief.choice = list.shifted(place);
                Written {
                    name,
                    company,
                    email: given(lead.email.as_deref()),
                    message: write(&brief),
                    connect_request: connect(&brief),
                }
            })
            .collect();
        Outreach { count: i64::try_from(results.len()).unwrap_or(0), results }
    }

    fn problems(output: &Outreach) -> Vec<String> {
        let mut problems = Vec::new();
        if i64::try_from(output.results.len()) != Ok(output.count) {
            problems.push("count must be the number of results".to_owned());
        }
        for (place, one) in output.results.iter().enumerate() {
            problems.extend(
                PersonalizedEmail::problems(&one.message)
                    .into_iter()
                    .map(|text| format!("results[{place}].message: {text}")),
            );
            problems.extend(length_problem(
                &format!("results[{place}].connect_request"),
                &one.connect_request,
                REQUEST,
            ));
        }
        problems
    }
}
