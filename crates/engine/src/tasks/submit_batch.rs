//! `submit_batch`: one task for each contact of a list, all of them queued and paid for, or none.

use outrider_skills::domain_to_company::domain_of;
use outrider_skills::observation::Notes;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::queue::{Wanted, queue};
use super::work::Work;
use super::{View, callback, view};
use crate::campaigns;
use crate::context::Context;
use crate::credits::payer::Payer;
use crate::error::{Error, Result, code};
use crate::operation::{Effect, Operation, Spec};

/// Asks for many tasks.
pub struct SubmitBatch;

/// Most contacts of one batch.
pub const MOST: usize = 100;

/// A contact.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Contact {
    /// Full name.
    #[schemars(length(min = 1, max = 200))]
    pub name: String,
    /// Where they work.
    #[schemars(length(min = 1, max = 200))]
    pub company: String,
    /// Role.
    #[serde(default)]
    #[schemars(length(max = 200))]
    pub title: Option<String>,
    /// Whatever else is known.
    #[serde(default)]
    #[schemars(length(max = 8000))]
    pub context: Option<String>,
    /// The skill; `linkedin_message` when absent.
    #[serde(default)]
    pub task_type: Option<String>,
    /// The campaign it belongs to.
    #[serde(default)]
    pub campaign_id: Option<i64>,
}

/// The contacts.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Input {
    /// One to a hundred.
    #[schemars(length(min = 1, max = 100))]
    pub contacts: Vec<Contact>,
    /// Where the results go, one by one.
    #[serde(default)]
    pub callback_url: Option<String>,
}

/// What was queued.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Batch {
    /// In the order of the contacts.
    pub tasks: Vec<View>,
    /// Credits set aside.
    pub credits: i64,
    /// What the purse holds now.
    pub balance: i64,
}

impl Contact {
    /// What a skill is given for the contact.
    fn input(&self, work: Work) -> Value {
        let mut input = json!({ "contactName": self.name, "name": self.name, "company": self.company });
        if let Some(title) = &self.title {
            input["contactRole"] = json!(title);
        }
        if let Some(context) = &self.context {
            input["context"] = json!(context);
        }
        match work.name() {
            "outreach_generation" => {
                json!({ "leads": [{ "name": self.name, "company": self.company, "title": self.title, "context": self.context }] })
            }
            "domain_to_company" => json!({ "domain": self.domain() }),
            "thought_leadership" => json!({ "topic": self.context.as_deref().unwrap_or_default() }),
            _ => input,
        }
    }

    /// The company's domain: named as the company, or in what else is known.
    fn domain(&self) -> String {
        let noted = || Notes::read(&self.company, &self.name, self.context.as_deref(), &[]).domain;
        domain_of(&self.company).or_else(noted).unwrap_or_else(|| self.company.clone())
    }

    /// A refused input in the words of the contact, which has fields of its own.
    fn refused(error: Error, work: Work, place: usize) -> Error {
        let field = error.field.clone().unwrap_or_default();
        let field = field.trim_start_matches("inputPayload").trim_start_matches('.');
        let (field, message) = match (work.name(), field) {
            ("domain_to_company", "domain") => (
                "company",
                Some("company must be a domain such as acme.com, or context must name one, for domain_to_company."),
            ),
            ("thought_leadership", "topic") => ("context", Some("context must say the topic for thought_leadership.")),
            (_, "contactName" | "leads[0].first_name") => ("name", None),
            (_, "contactRole") => ("title", None),
            (_, field) => (field, None),
        };
        let place = if field.is_empty() { format!("contacts[{place}]") } else { format!("contacts[{place}].{field}") };
        match message {
            Some(message) => Error::invalid(place, message),
            None => error.at(place),
        }
    }
}

impl Operation for SubmitBatch {
    const SPEC: Spec = Spec::create(
        "submit_batch",
        "tasks",
        "/tasks/batch",
        "tasks:write",
        "Queue one task for each contact of a list.",
    )
    .effect(Effect::Outward)
    .previews()
    .accepts()
    .describe("All tasks are queued and their credits set aside, or none.")
    .fails(&[code::UNSUPPORTED_TASK_TYPE, code::INSUFFICIENT_CREDITS, code::RESOURCE_NOT_FOUND]);
    type Input = Input;
    type Output = Batch;

    fn run(cx: &mut Context<'_, '_>, input: Input) -> Result<Batch> {
        if !(1..=MOST).contains(&input.contacts.len()) {
            return Err(Error::invalid("contacts", format!("contacts has 1 to {MOST} entries.")));
        }
        let payer = Payer::of(cx)?;
        let callback_url = callback::of_payer(&cx.core.settings, &payer, input.callback_url)?;
        let mut wanted = Vec::with_capacity(input.contacts.len());
        let mut campaigns_seen: Vec<i64> = Vec::new();
        for (place, contact) in input.contacts.iter().enumerate() {
            let at = |error: Error, field: &str| error.at(format!("contacts[{place}].{field}"));
            let work = Work::skill(contact.task_type.as_deref().unwrap_or("linkedin_message"))
                .map_err(|error| at(error, "taskType"))?;
            let task_input = contact.input(work);
            let checked =
                work.check(&cx.core.settings, &task_input).map_err(|error| Contact::refused(error, work, place))?;
            if let Some(campaign) = contact.campaign_id.filter(|campaign| !campaigns_seen.contains(campaign)) {
                campaigns::find(cx, campaign).map_err(|error| at(error, "campaignId"))?;
                campaigns_seen.push(campaign);
            }
            wanted.push(Wanted {
                kind: work.name(),
                input: task_input,
                price: checked.price,
                callback_url: callback_url.clone(),
                campaign: contact.campaign_id,
                action: None,
            });
        }
        let credits = wanted.iter().map(|each| each.price).sum();
        cx.plan.push(json!({ "tasks": { "count": wanted.len(), "credits": credits } }));
        let tasks = queue(cx, &payer, &wanted)?;
        Ok(Batch { tasks: tasks.into_iter().map(view).collect::<Result<_>>()?, credits, balance: payer.balance(cx)? })
    }
}
