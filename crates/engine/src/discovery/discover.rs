//! `discover`: companies that fit, ranked and explained, each paid for once; the people there become the seller's contacts.

use std::collections::{HashMap, HashSet};

use outrider_domain::discovery::{Dropped, Filters, Query, has_title, parse, rank};
use outrider_domain::id::{CompanyId, ProspectId, UserId};
use outrider_store::prospects::{self as rows, Bounds, ProspectCompany, ProspectPerson};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::answer::{Discovery, FoundCompany, Scope, Spent};
use super::facets::Facets;
use super::{lines, parse_query, read_filters, reveal, text_of};
use crate::context::{Context, Event};
use crate::credits;
use crate::credits::payer::Payer;
use crate::error::{Error, Result, code};
use crate::keys::hash;
use crate::operation::{Effect, Operation, Spec};
use crate::users::caller::sees_only;

/// Discovers companies.
pub struct Discover;

/// Companies on a page when nothing is said.
const LIMIT: i64 = 10;
/// Companies that are ranked at most: of more, the ones imported last.
const RANKED: i64 = 1_000;
/// People shown of a company when nothing is said.
const PEOPLE: i64 = 3;

/// What is looked for: a sentence, filters, or both, where filters win.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Input {
    /// A sentence, read as `parse_query` reads it.
    #[schemars(length(max = 1000))]
    pub query: Option<String>,
    /// Filters, as `parse_query` answers them. Those not known are dropped and listed.
    pub filters: Map<String, Value>,
    /// Companies on a page, 1 to 100; 10 when absent.
    #[schemars(range(min = 1, max = 100))]
    pub limit: Option<i64>,
    /// Companies passed over.
    #[schemars(range(min = 0, max = 1_000))]
    pub offset: Option<i64>,
    /// People of each company who become contacts, 0 to 10; 3 when absent.
    #[schemars(range(min = 0, max = 10))]
    pub people_per_company: Option<i64>,
}

/// What is in the plan of a page: numbers, and a digest of who they are, which binds a commit and tells nobody a name.
#[derive(Debug, Serialize)]
struct Planned<'a> {
    companies: usize,
    companies_new: usize,
    people: usize,
    credits: i64,
    page: &'a str,
}

/// The record that each company has in the project.
type Records = HashMap<ProspectId, Option<CompanyId>>;

/// A company with those who fit there, and its rank.
struct Candidate {
    company: ProspectCompany,
    people: Vec<ProspectPerson>,
    score: i64,
    reasons: Vec<String>,
}

impl Operation for Discover {
    const SPEC: Spec = Spec::act(
        "discover",
        "discovery",
        "/discovery",
        "discovery:trigger",
        "Discover companies and people that fit; about one credit for each new company.",
    )
    .describe("Credits are set aside before and spent after; a company that the project has paid for is free from then on. A preview says how many companies there are, how many are new, what they cost and what kind they are, and neither names nor charges for any. Sellers whom an admin restricts find their assigned accounts alone.")
    .effect(Effect::Outward)
    .previews()
    .fails(&[code::INSUFFICIENT_CREDITS, code::PLAN_CHANGED]);
    type Input = Input;
    type Output = Discovery;

    fn run(cx: &mut Context<'_, '_>, input: Input) -> Result<Discovery> {
        let (filters, filters_dropped, asked) = wanted(&input)?;
        let limit = input.limit.or(asked.map(|asked| asked.min(100))).unwrap_or(LIMIT);
        let offset = input.offset.unwrap_or(0);
        let owner = sees_only(cx)?;
        let accounts = match cx.principal.user {
            Some(user) => rows::accounts(cx.tx, cx.project, user)?,
            None => (Vec::new(), false),
        };
        let scope = Scope {
            source: "imported",
            restricted_to_assigned_accounts: accounts.1,
            assigned_accounts: accounts.1.then_some(accounts.0.len()),
        };
        let (mut found, exact) = candidates(cx, &filters, accounts)?;
        let total = i64::try_from(found.len()).unwrap_or(i64::MAX);
        found.sort_by(|one, other| other.score.cmp(&one.score).then(other.company.id.0.cmp(&one.company.id.0)));
        let (from, most) = (usize::try_from(offset).unwrap_or(usize::MAX), usize::try_from(limit).unwrap_or(0));
        let page: Vec<Candidate> = found.into_iter().skip(from).take(most).collect();
        let page = with_people(cx, &filters, page)?;
        let people = usize::try_from(input.people_per_company.unwrap_or(PEOPLE)).unwrap_or(0);
        let page: Vec<Candidate> = page.into_iter().map(|candidate| candidate.with_at_most(people)).collect();
        let paid: Records = rows::paid(cx.tx, cx.project, &ids_of(&page))?.into_iter().collect();
        let each = page.iter().map(|candidate| (&candidate.company, candidate.people.as_slice()));
        let facets = Facets::of(each, |company| !paid.contains_key(&company.id));
        let price = cx.core.settings.discovery_price;
        let cost_of = |companies: usize| price.saturating_mul(i64::try_from(companies).unwrap_or(i64::MAX));
        let mut found = Discovery {
            companies: Vec::new(),
            total,
            total_is_exact: exact,
            limit,
            offset,
            filters_applied: filters,
            filters_dropped,
            scope,
            credits: Spent {
                charged: 0,
                cost: cost_of(facets.companies_new),
                price_per_company: price,
                companies_charged: 0,
                companies_known: facets.companies - facets.companies_new,
                available: Payer::of(cx)?.spendable(cx)?,
            },
            facets,
        };
        cx.show(&found)?;
        plan(cx, &page, &found);
        // Nothing after this belongs to the plan: making contacts would say their names there.
        let planned = cx.plan.len();
        let (paid, charged) = pay(cx, &page, paid)?;
        for candidate in page {
            found.companies.push(show(cx, candidate, &paid, &charged, owner)?);
        }
        cx.plan.truncate(planned);
        let cost = cost_of(charged.len());
        found.credits.charged = cost;
        found.credits.cost = cost;
        found.credits.companies_charged = charged.len();
        found.credits.companies_known = found.companies.len() - charged.len();
        found.credits.available = Payer::of(cx)?.spendable(cx)?;
        if !charged.is_empty() {
            let data = json!({ "companies": charged.len(), "credits": cost });
            cx.emit(Event::new("companies.discovered").data(data));
        }
        Ok(found)
    }
}

impl Candidate {
    /// With no more people than are shown.
    fn with_at_most(mut self, people: usize) -> Self {
        self.people.truncate(people);
        self
    }
}

fn ids_of(page: &[Candidate]) -> Vec<ProspectId> {
    page.iter().map(|candidate| candidate.company.id).collect()
}

/// Says what is about to be paid for: a commit that names the digest pays for these companies and people or for none.
fn plan(cx: &mut Context<'_, '_>, page: &[Candidate], found: &Discovery) {
    let who: Vec<String> = page
        .iter()
        .map(|candidate| {
            let people: Vec<String> = candidate.people.iter().map(|person| person.id.to_string()).collect();
            format!("{}:{}", candidate.company.id, people.join(","))
        })
        .collect();
    let planned = Planned {
        companies: found.facets.companies,
        companies_new: found.facets.companies_new,
        people: found.facets.people,
        credits: found.credits.cost,
        page: &hash(&who.join(" ")),
    };
    cx.plan.push(json!({ "discover": planned }));
}

/// What is looked for, what was dropped of it, and how many were asked for in words.
fn wanted(input: &Input) -> Result<(Filters, Vec<Dropped>, Option<i64>)> {
    let (given, unknown) = read_filters(input.filters.clone())?;
    let mut dropped: Vec<Dropped> =
        unknown.into_iter().map(|text| Dropped { text, reason: "this source has no such filter".to_owned() }).collect();
    let (said, asked) = match &input.query {
        None => (Filters::default(), None),
        Some(query) => {
            parse_query::check(query)?;
            let reading = parse(query);
            dropped.extend(reading.dropped);
            (reading.filters, reading.limit)
        }
    };
    let filters = given.or(said);
    if filters.is_empty() {
        let texts: Vec<&str> = dropped.iter().map(|dropped| dropped.text.as_str()).collect();
        let text = match texts.as_slice() {
            [] => "Say what is looked for, in query or filters.".to_owned(),
            some => format!(
                "Nothing of this could be looked for: {}. Say an industry, a place, a size or a title.",
                some.join("; ")
            ),
        };
        return Err(Error::invalid(if input.query.is_some() { "query" } else { "filters" }, text));
    }
    Ok((filters, dropped, asked))
}

/// Companies that fit, with a rank, and whether these are all.
fn candidates(
    cx: &mut Context<'_, '_>,
    filters: &Filters,
    (accounts, restricted): (Vec<String>, bool),
) -> Result<(Vec<Candidate>, bool)> {
    let query = filters.query(cx.project.0);
    let bounds = Bounds {
        employees_min: filters.employees_min,
        employees_max: filters.employees_max,
        founded_min: filters.founded_min,
        founded_max: filters.founded_max,
    };
    let mut found = if restricted {
        of_accounts(cx, accounts, &query, bounds)?
    } else {
        rows::search(cx.tx, cx.project, &query, bounds, RANKED + 1)?
    };
    let most = usize::try_from(RANKED).unwrap_or(usize::MAX);
    let exact = found.len() <= most;
    found.truncate(most);
    let ranked = found.into_iter().map(|company| {
        let known = usize::from(company.terms.split(' ').any(|term| term == "hasemail"));
        let ranked = rank_of(filters, &company, &[], known);
        Candidate { company, people: Vec::new(), score: ranked.0, reasons: ranked.1 }
    });
    let ranked: Vec<Candidate> = ranked.collect();
    if filters.titles.is_empty() && !filters.with_email {
        return Ok((ranked, exact));
    }
    // Whether somebody has all of a title, the index does not know; a company without such a person is not found.
    let mut all = with_people(cx, filters, ranked)?;
    all.retain(|candidate| !candidate.people.is_empty());
    Ok((all, exact))
}

fn of_accounts(
    cx: &mut Context<'_, '_>,
    accounts: Vec<String>,
    query: &Query,
    bounds: Bounds,
) -> Result<Vec<ProspectCompany>> {
    let mut found = rows::by_known(cx.tx, cx.project, accounts)?;
    found.retain(|company| query.fits(&company.terms) && bounds.hold(company));
    Ok(found)
}

fn rank_of(
    filters: &Filters,
    company: &ProspectCompany,
    people: &[ProspectPerson],
    addresses: usize,
) -> (i64, Vec<String>) {
    let employees = company.employees_min.zip(company.employees_max);
    let ranked = rank(filters, &text_of(company, &[]), employees, company.founded, people.len(), addresses);
    (ranked.score, ranked.reasons)
}

/// Fills in who of a company fits, the ones with an address first, and ranks it anew.
fn with_people(cx: &mut Context<'_, '_>, filters: &Filters, found: Vec<Candidate>) -> Result<Vec<Candidate>> {
    let ids: Vec<ProspectId> = found.iter().map(|candidate| candidate.company.id).collect();
    let mut people: HashMap<ProspectId, Vec<ProspectPerson>> = HashMap::new();
    for person in rows::people_of(cx.tx, cx.project, &ids)? {
        let fits = has_title(filters, person.role.as_deref()) && (!filters.with_email || person.email.is_some());
        if fits {
            people.entry(person.company_id).or_default().push(person);
        }
    }
    let filled = found.into_iter().map(|candidate| {
        let mut own = people.remove(&candidate.company.id).unwrap_or_default();
        own.sort_by_key(|person| (person.email.is_none(), person.id.0));
        let addresses = own.iter().filter(|person| person.email.is_some()).count();
        let (score, reasons) = rank_of(filters, &candidate.company, &own, addresses);
        Candidate { company: candidate.company, people: own, score, reasons }
    });
    Ok(filled.collect())
}

/// Pays for the companies that were not paid for before. Gives the record of each, and those charged now.
fn pay(cx: &mut Context<'_, '_>, page: &[Candidate], mut paid: Records) -> Result<(Records, HashSet<ProspectId>)> {
    let new: Vec<&Candidate> = page.iter().filter(|candidate| !paid.contains_key(&candidate.company.id)).collect();
    let price = cx.core.settings.discovery_price;
    let cost = price.saturating_mul(i64::try_from(new.len()).unwrap_or(i64::MAX));
    let subject = format!("discovery:{}", cx.id());
    let reason = format!("discovery of {} companies", new.len());
    let payer = Payer::of(cx)?;
    if !credits::hold(cx, &payer, &subject, cost, &reason)? {
        let shortage = payer.shortage(cx, cost)?.unwrap_or_else(|| "they changed meanwhile".to_owned());
        let text = format!(
            "{} new companies cost {cost} credits, and {shortage}. Ask for fewer, or for more credits.",
            new.len()
        );
        return Err(Error::new(code::INSUFFICIENT_CREDITS, text));
    }
    let by = cx.actor.to_string();
    let (mut charged, mut owed) = (HashSet::new(), 0);
    for candidate in new {
        let record = reveal::company(cx, &candidate.company)?;
        let id = candidate.company.id;
        // Another transaction may have paid for it at the same moment.
        if rows::pay(cx.tx, cx.project, id, Some(record), price, &by, cx.now)? {
            charged.insert(id);
            owed += price;
        }
        paid.insert(id, Some(record));
    }
    if cost > 0 {
        credits::settle_amount(cx, &subject, owed, &reason)?;
    }
    Ok((paid, charged))
}

fn show(
    cx: &mut Context<'_, '_>,
    candidate: Candidate,
    paid: &Records,
    charged: &HashSet<ProspectId>,
    owner: Option<UserId>,
) -> Result<FoundCompany> {
    let Candidate { company, people, score, reasons } = candidate;
    let record = paid.get(&company.id).copied().flatten();
    let mut shown = Vec::new();
    for person in people {
        shown.push(reveal::person(cx, person, &company, record, owner)?);
    }
    Ok(FoundCompany {
        prospect_id: company.id,
        company_id: record,
        charged: charged.contains(&company.id),
        industries: lines(&company.industries),
        hiring: lines(&company.hiring),
        technologies: lines(&company.technologies),
        name: company.name,
        domain: company.domain,
        description: company.description,
        city: company.city,
        region: company.region,
        country: company.country,
        employees_min: company.employees_min,
        employees_max: company.employees_max,
        founded: company.founded,
        phone: company.phone,
        linkedin_url: company.linkedin_url,
        score,
        reasons,
        people: shown,
    })
}
