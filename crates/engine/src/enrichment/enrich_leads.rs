//! `enrich_leads`: looks for addresses and numbers that leads lack. Asks between two transactions; charges for what is found alone.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use futures_util::future::BoxFuture;
use futures_util::{FutureExt as _, StreamExt as _};
use outrider_domain::id::LeadId;
use outrider_store::leads as rows;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::MOST;
use super::plan::{Plan, Task, missed, plan};
use super::report::{Cost, Enrichment, Found};
use crate::context::{Context, Event};
use crate::credits;
use crate::credits::payer::Payer;
use crate::error::{Error, Result, code};
use crate::leads::by_place::seen;
use crate::leads::update_lead::UpdateLead;
use crate::operation::{Effect, Operation, Spec, within};
use crate::outside::{Outside, Stage};
use crate::ports::{MailServers, Ports, SiteNumbers};
use crate::users::caller::sees_only;

/// Enriches leads.
pub struct EnrichLeads;

/// Domains asked about at once.
const AT_ONCE: usize = 8;
/// How sure one can be when nobody could say whether the domain takes mail.
const UNSURE: i64 = 40;

/// Whom, and what is looked for.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The leads, 25 at most.
    #[schemars(length(min = 1, max = 25))]
    pub lead_ids: Vec<LeadId>,
    /// Look for mail addresses.
    #[serde(default)]
    pub find_email: bool,
    /// Look for phone numbers.
    #[serde(default)]
    pub find_phone: bool,
}

/// What is asked of the world: about each domain, whether it takes mail, and the numbers on its site.
#[derive(Debug)]
pub struct Question {
    mail: BTreeSet<String>,
    sites: BTreeSet<String>,
}

/// What the world said.
#[derive(Debug, Default)]
pub struct Answer {
    mail: HashMap<String, std::result::Result<MailServers, String>>,
    sites: HashMap<String, std::result::Result<SiteNumbers, String>>,
}

impl Operation for EnrichLeads {
    const SPEC: Spec = Spec::act(
        "enrich_leads",
        "enrichment",
        "/enrichment",
        "enrichment:trigger",
        "Look for mail addresses and phone numbers that leads lack; charged only for what is found.",
    )
    .describe("An address is made as others at the domain are, when two and more are known and the domain takes mail; a number is what the company's own site says in structured data or a link. Each with a confidence and its evidence. A company's number costs once in an enrichment, however many of its people get it.")
    .effect(Effect::Outward)
    .previews()
    .fails(&[code::INSUFFICIENT_CREDITS]);
    const OUTSIDE: Option<Stage> = Some(Stage::of::<Self>());
    type Input = Input;
    type Output = Enrichment;

    fn run(cx: &mut Context<'_, '_>, input: Input) -> Result<Enrichment> {
        let answer = cx.answer::<Answer>()?;
        let made = wanted(cx, &input)?;
        let price = cx.core.settings.enrichment_price;
        let at_most = cost_of(price, made.things());
        let subject = format!("enrichment:{}", cx.id());
        let reason = format!("enrichment of {} leads", made.tasks.len());
        let payer = Payer::of(cx)?;
        if !credits::hold(cx, &payer, &subject, at_most, &reason)? {
            return Err(too_few(cx, &payer, at_most)?);
        }
        // The plan is what was asked for. What the world answered is no part of it: no preview could have shown that.
        let planned = cx.plan.len();
        let (mut found, mut not_found, mut charged) = (Vec::<Found>::new(), Vec::new(), BTreeMap::new());
        for task in &made.tasks {
            if task.email.is_some() {
                match email(cx, task, &answer)? {
                    Ok(one) => found.push(one),
                    Err(reason) => not_found.push(missed(task.lead, "email", reason)),
                }
            }
            if task.phone {
                match phone(cx, task, &answer)? {
                    Ok(one) => found.push(charged_once(one, task, &mut charged)),
                    Err(reason) => not_found.push(missed(task.lead, "phone", reason)),
                }
            }
        }
        cx.plan.truncate(planned);
        let spent = found.iter().map(|one| one.credits).sum();
        if at_most > 0 {
            credits::settle_amount(cx, &subject, spent, &reason)?;
        }
        if !found.is_empty() {
            let data = json!({ "found": found.len(), "credits": spent });
            cx.emit(Event::new("leads.enriched").data(data));
        }
        let cost = Cost { credits: spent, at_most, price, available: Payer::of(cx)?.spendable(cx)? };
        Ok(Enrichment { to_find: made.wanted(), found, not_found, skipped: made.skipped, cost })
    }
}

impl Outside for EnrichLeads {
    type Question = Question;
    type Answer = Answer;

    fn question(cx: &mut Context<'_, '_>, input: Input) -> Result<Question> {
        let made = wanted(cx, &input)?;
        let price = cx.core.settings.enrichment_price;
        let at_most = cost_of(price, made.things());
        let payer = Payer::of(cx)?;
        let available = payer.spendable(cx)?;
        if available < at_most {
            return Err(too_few(cx, &payer, at_most)?);
        }
        let mail = made.tasks.iter().filter(|task| task.email.is_some()).map(|task| task.domain.clone()).collect();
        let sites = made.tasks.iter().filter(|task| task.phone).map(|task| task.domain.clone()).collect();
        // What there is to spend changes with everything else that is done: it is shown, and not what a digest binds.
        let cost = Cost { credits: 0, at_most, price, available };
        cx.show(&Enrichment {
            to_find: made.wanted(),
            found: Vec::new(),
            not_found: Vec::new(),
            skipped: made.skipped.clone(),
            cost,
        })?;
        for wanted in made.wanted() {
            cx.plan.push(json!({ "enrich": wanted }));
        }
        for skipped in &made.skipped {
            cx.plan.push(json!({ "skip": skipped }));
        }
        cx.plan.push(json!({ "cost": { "at_most": at_most, "price": price } }));
        Ok(Question { mail, sites })
    }

    fn ask(ports: &Ports, question: Question) -> BoxFuture<'_, Result<Answer>> {
        async move {
            let Some(enricher) = &ports.enricher else { return Ok(Answer::default()) };
            let mail = futures_util::stream::iter(question.mail).map(async |domain| {
                let said = enricher.mail_servers(&domain).await;
                (domain, said)
            });
            let mail = mail.buffer_unordered(AT_ONCE).collect().await;
            let sites = futures_util::stream::iter(question.sites).map(async |domain| {
                let said = enricher.site_numbers(&domain).await;
                (domain, said)
            });
            let sites = sites.buffer_unordered(AT_ONCE).collect().await;
            Ok(Answer { mail, sites })
        }
        .boxed()
    }
}

fn wanted(cx: &mut Context<'_, '_>, input: &Input) -> Result<Plan> {
    if input.lead_ids.is_empty() || input.lead_ids.len() > MOST {
        return Err(Error::invalid("lead_ids", format!("Name 1 to {MOST} leads.")));
    }
    if !input.find_email && !input.find_phone {
        return Err(Error::invalid("find_email", "Say what to look for: find_email, find_phone or both."));
    }
    let owner = sees_only(cx)?;
    let seen = seen(cx, owner, &input.lead_ids)?;
    plan(cx, &input.lead_ids, &seen, input.find_email, input.find_phone)
}

fn cost_of(price: i64, things: usize) -> i64 {
    price.saturating_mul(i64::try_from(things).unwrap_or(i64::MAX))
}

fn too_few(cx: &mut Context<'_, '_>, payer: &Payer, cost: i64) -> Result<Error> {
    let shortage = payer.shortage(cx, cost)?.unwrap_or_else(|| "they changed meanwhile".to_owned());
    let text = format!("This may cost {cost} credits, and {shortage}. Nothing was looked for.");
    Ok(Error::new(code::INSUFFICIENT_CREDITS, text))
}

/// Gives a lead the address it is likely to have.
fn email(cx: &mut Context<'_, '_>, task: &Task, answer: &Answer) -> Result<std::result::Result<Found, &'static str>> {
    let Some(guess) = &task.email else { return Ok(Err("not_found")) };
    let (mut confidence, mut evidence) = (guess.confidence, guess.evidence.clone());
    match answer.mail.get(&task.domain) {
        Some(Ok(MailServers::Some(hosts))) => {
            confidence = (confidence + 5).min(95);
            evidence.push(format!("{} takes mail at {}", task.domain, hosts.join(", ")));
        }
        Some(Ok(MailServers::None)) => return Ok(Err("no_mail")),
        Some(Err(_)) => return Ok(Err("unreachable")),
        None => {
            confidence = confidence.min(UNSURE);
            evidence.push("nobody was asked whether the domain takes mail".to_owned());
        }
    }
    if rows::find_by_email(cx.tx, cx.project, &guess.address)?.is_some() {
        return Ok(Err("taken"));
    }
    within::<UpdateLead>(cx, json!({ "lead_id": task.lead, "email": guess.address }))?;
    Ok(Ok(Found {
        contact_id: task.lead,
        what: "email".to_owned(),
        value: guess.address.clone(),
        confidence,
        evidence,
        credits: cx.core.settings.enrichment_price,
    }))
}

/// A company's number costs once in an enrichment, however many of its people get it: `charged` has who got it first, by site and
/// number.
fn charged_once<'a>(mut one: Found, task: &'a Task, charged: &mut BTreeMap<(&'a str, String), &'a str>) -> Found {
    match charged.entry((task.domain.as_str(), one.value.clone())) {
        Entry::Vacant(free) => {
            free.insert(&task.name);
        }
        Entry::Occupied(first) => {
            one.credits = 0;
            one.evidence.push(format!("charged once for the company, with {}", first.get()));
        }
    }
    one
}

/// Gives a lead its company's number.
fn phone(cx: &mut Context<'_, '_>, task: &Task, answer: &Answer) -> Result<std::result::Result<Found, &'static str>> {
    let site = match answer.sites.get(&task.domain) {
        Some(Ok(site)) => site,
        Some(Err(_)) | None => return Ok(Err("unreachable")),
    };
    let Some(first) = site.numbers.first() else {
        return Ok(Err(if site.forbidden { "forbidden" } else { "not_said" }));
    };
    let structured = first.said == "structured data";
    within::<UpdateLead>(cx, json!({ "lead_id": task.lead, "phone": first.number }))?;
    Ok(Ok(Found {
        contact_id: task.lead,
        what: "phone".to_owned(),
        value: first.number.clone(),
        // It is the company's number and not the person's own.
        confidence: if structured { 70 } else { 55 },
        evidence: vec![format!("{} says it at {}", first.said, first.page), "the company's number".to_owned()],
        credits: cx.core.settings.enrichment_price,
    }))
}
