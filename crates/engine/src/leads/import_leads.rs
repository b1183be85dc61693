//! `import_leads`: a batch of leads from a file, fast. Passes over those that are known; writes one event, not one per lead.

use std::collections::{BTreeMap, HashMap, HashSet};

use outrider_domain::address::{Domain, Email, Phone};
use outrider_domain::id::{AgentId, CompanyId, LeadId, SequenceId};
use outrider_domain::lead_columns::LeadDraft;
use outrider_domain::window::TimeZone;
use outrider_store::{companies, leads as rows};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Stage, check_references, tidy_up_to};
use crate::context::{Context, Event};
use crate::error::{Error, Result, code};
use crate::fields::to_json;
use crate::import_batch::{ImportBatch, Skipped};
use crate::operation::{Operation, Spec};
use crate::sequences::enroll_leads::{self, EnrollLeads};

/// Imports leads.
pub struct ImportLeads;

/// Most leads in one batch.
pub const BATCH: usize = 5_000;

/// Longest text field, in characters: imports take what files hold.
const LONGEST: usize = 2_000;

/// A lead as an import gives it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ImportedLead {
    /// Display name; made of the others when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Given name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_name: Option<String>,
    /// Family name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_name: Option<String>,
    /// Address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<Email>,
    /// E.164.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<Phone>,
    /// Company name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub company: Option<String>,
    /// Host name of the company's website; the company is made when the project has none with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub domain: Option<Domain>,
    /// Job title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// Where it stands; `new` when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stage: Option<Stage>,
    /// IANA time zone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<TimeZone>,
    /// As given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// As given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// Profile address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub linkedin_url: Option<String>,
    /// Everything else.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub custom_fields: BTreeMap<String, String>,
}

impl From<LeadDraft> for ImportedLead {
    fn from(draft: LeadDraft) -> Self {
        Self {
            name: Some(draft.display_name().to_owned()).filter(|name| !name.is_empty()),
            first_name: draft.first_name,
            last_name: draft.last_name,
            email: draft.email,
            phone: draft.phone,
            company: draft.company,
            domain: draft.domain,
            role: draft.role,
            stage: draft.stage.and_then(|stage| {
                [Stage::New, Stage::InProgress, Stage::Converted].into_iter().find(|known| known.as_str() == stage)
            }),
            time_zone: draft.time_zone,
            country: draft.country,
            language: draft.language,
            linkedin_url: draft.linkedin_url,
            custom_fields: draft.custom,
        }
    }
}

/// A lead and its place in the batch.
type Placed = (usize, ImportedLead);

/// A batch.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// 1 to 5000 leads.
    #[schemars(length(min = 1, max = 5000))]
    pub leads: Vec<ImportedLead>,
    /// The agent they are assigned to.
    #[serde(default)]
    pub agent_id: Option<AgentId>,
    /// The sequence the new ones begin, in the same transaction; needs the scope `sequences:enroll`.
    #[serde(default)]
    pub sequence_id: Option<SequenceId>,
    /// Where they come from, such as the file's name; `import` when absent.
    #[serde(default)]
    #[schemars(length(max = 200))]
    pub source: Option<String>,
}

/// What became of the batch.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Imported {
    /// Leads that were made.
    pub created: usize,
    /// Companies that were made for them.
    pub companies_created: usize,
    /// Leads that begin the sequence.
    pub enrolled: i64,
    /// Those that were not, in the order of the batch.
    pub skipped: Vec<Skipped>,
}

impl Operation for ImportLeads {
    const SPEC: Spec = Spec::create("import_leads", "leads", "/leads/import", "leads:write", "Import a batch of up to 5,000 leads.")
        .describe("A lead is known by its address, or by its number when it has no address; known ones are passed over and reported. The log gets one event for the batch.")
        .previews()
        .fails(&[code::RESOURCE_NOT_FOUND, code::WRONG_STATE]);
    type Input = Input;
    type Output = Imported;

    fn run(cx: &mut Context<'_, '_>, input: Input) -> Result<Imported> {
        if input.leads.is_empty() || input.leads.len() > BATCH {
            return Err(Error::invalid("leads", format!("Give 1 to {BATCH} leads.")));
        }
        check_references(cx, input.agent_id, None)?;
        if input.sequence_id.is_some() && !cx.principal.may(EnrollLeads::SPEC.scope) {
            let text = format!("Enrolling what is imported needs the scope {}.", EnrollLeads::SPEC.scope);
            return Err(Error::new(code::INSUFFICIENT_SCOPE, text).at("sequence_id"));
        }
        let source = tidy_up_to("source", input.source, 200)?.unwrap_or_else(|| "import".to_owned());
        let (fresh, skipped) = pass_over_repeated(cx, input.leads)?;
        let (companies, companies_created) = companies_of(cx, &fresh)?;
        let mut batch = ImportBatch::new(fresh.len(), skipped);
        for (index, lead) in fresh {
            let company = lead.domain.as_ref().and_then(|domain| companies.get(domain.as_str()).copied());
            let made = row(cx, lead, company, input.agent_id, &source);
            batch.take(index, made.map(|row| (row.id, row)))?;
        }
        let inserted = rows::insert_new(cx.tx, batch.rows())?;
        let skipped = batch.close(&inserted, |index| duplicate(index, "email"));
        let created = inserted.len();
        cx.plan.push(json!({ "import_leads": { "created": created, "skipped": skipped.len(), "companies_created": companies_created, "source": source } }));
        let data = json!({ "created": created, "skipped": skipped.len(), "companies_created": companies_created, "source": source });
        cx.emit(Event::new("leads.imported").agent(input.agent_id).data(data));
        let enrolled = match input.sequence_id {
            Some(sequence) if created > 0 => enroll_leads::enroll(cx, sequence, inserted)?.enrolled,
            _ => 0,
        };
        Ok(Imported { created, companies_created, enrolled, skipped })
    }
}

fn duplicate(index: usize, by: &str) -> Skipped {
    let what = if by == "email" { "this email address" } else { "this phone number, and no email address" };
    Skipped { index, reason: format!("duplicate_{by}"), message: format!("A lead with {what} exists already.") }
}

/// Sorts a batch into leads that may be new, with their places, and those that are twice in the batch or known by their number
/// alone. Known addresses are left to the insert.
fn pass_over_repeated(cx: &mut Context<'_, '_>, leads: Vec<ImportedLead>) -> Result<(Vec<Placed>, Vec<Skipped>)> {
    let bare_phones: Vec<String> = leads
        .iter()
        .filter(|lead| lead.email.is_none())
        .filter_map(|lead| lead.phone.as_ref())
        .map(|phone| phone.as_str().to_owned())
        .collect();
    let known_phones =
        if bare_phones.is_empty() { Vec::new() } else { rows::known_phones(cx.tx, cx.project, bare_phones)? };
    let repeated = {
        let mut emails: HashSet<&str> = HashSet::with_capacity(leads.len());
        let mut phones: HashSet<&str> = known_phones.iter().map(String::as_str).collect();
        let mut verdicts: Vec<Option<&'static str>> = Vec::with_capacity(leads.len());
        for lead in &leads {
            let phone = lead.phone.as_ref().map(Phone::as_str);
            verdicts.push(match (&lead.email, phone) {
                (Some(email), _) if !emails.insert(email.as_str()) => Some("email"),
                (None, Some(phone)) if phones.contains(phone) => Some("phone"),
                _ => None,
            });
            if let (None, Some(phone)) = (verdicts.last().copied().flatten(), phone) {
                phones.insert(phone);
            }
        }
        verdicts
    };
    let mut fresh = Vec::with_capacity(leads.len());
    let mut skipped = Vec::new();
    for (index, (lead, verdict)) in leads.into_iter().zip(repeated).enumerate() {
        match verdict {
            Some(by) => skipped.push(duplicate(index, by)),
            None => fresh.push((index, lead)),
        }
    }
    Ok((fresh, skipped))
}

/// The companies of a batch by domain; makes those that are missing and counts them.
fn companies_of(cx: &mut Context<'_, '_>, leads: &[Placed]) -> Result<(HashMap<String, CompanyId>, usize)> {
    let mut names: BTreeMap<&str, &str> = BTreeMap::new();
    for (_, lead) in leads {
        if let Some(domain) = &lead.domain {
            names.entry(domain.as_str()).or_insert_with(|| {
                lead.company.as_deref().map(str::trim).filter(|name| !name.is_empty()).unwrap_or(domain.as_str())
            });
        }
    }
    if names.is_empty() {
        return Ok((HashMap::new(), 0));
    }
    let domains = |names: &BTreeMap<&str, &str>| names.keys().map(|domain| (*domain).to_owned()).collect();
    let mut known: HashMap<String, CompanyId> =
        companies::ids_by_domain(cx.tx, cx.project, domains(&names))?.into_iter().collect();
    names.retain(|domain, _| !known.contains_key(*domain));
    let fresh: Vec<companies::Company> = names
        .iter()
        .map(|(domain, name)| companies::Company {
            project_id: cx.project,
            id: CompanyId(cx.id()),
            name: name.chars().filter(|letter| !letter.is_control()).take(200).collect(),
            domain: Some((*domain).to_owned()),
            industry: None,
            size: None,
            location: None,
            custom_fields: "{}".to_owned(),
            created_at: cx.now,
            updated_at: cx.now,
        })
        .collect();
    let created = companies::insert_new(cx.tx, fresh)?.len();
    if created > 0 {
        known.extend(companies::ids_by_domain(cx.tx, cx.project, domains(&names))?);
    }
    Ok((known, created))
}

/// The row of a lead. Checks what its types don't.
fn row(
    cx: &Context<'_, '_>,
    lead: ImportedLead,
    company: Option<CompanyId>,
    agent: Option<AgentId>,
    source: &str,
) -> Result<rows::Lead> {
    let first_name = tidy_up_to("first_name", lead.first_name, LONGEST)?;
    let last_name = tidy_up_to("last_name", lead.last_name, LONGEST)?;
    let company_name = tidy_up_to("company", lead.company, LONGEST)?;
    let name = match tidy_up_to("name", lead.name, LONGEST)? {
        Some(name) => name,
        None => match (&first_name, &last_name) {
            (Some(first), Some(last)) => format!("{first} {last}"),
            (Some(only), None) | (None, Some(only)) => only.clone(),
            (None, None) => company_name
                .clone()
                .or_else(|| lead.email.as_ref().map(|email| email.as_str().to_owned()))
                .or_else(|| lead.phone.as_ref().map(|phone| phone.as_str().to_owned()))
                .ok_or_else(|| Error::invalid("name", "There is nothing to know this lead by."))?,
        },
    };
    let custom_fields = if lead.custom_fields.is_empty() { "{}".to_owned() } else { to_json(&lead.custom_fields)? };
    if custom_fields.len() > super::CUSTOM || custom_fields.contains("\\u0000") {
        return Err(Error::invalid(
            "custom_fields",
            format!("Custom fields take at most {} bytes and have no NUL character.", super::CUSTOM),
        ));
    }
    Ok(rows::Lead {
        project_id: cx.project,
        id: LeadId(cx.id()),
        name,
        first_name,
        last_name,
        email: lead.email.map(|email| email.to_string()),
        phone: lead.phone.map(|phone| phone.to_string()),
        company: company_name,
        company_id: company,
        role: tidy_up_to("role", lead.role, LONGEST)?,
        stage: lead.stage.unwrap_or(Stage::New).as_str().to_owned(),
        time_zone: lead.time_zone.map(|zone| zone.to_string()),
        country: tidy_up_to("country", lead.country, LONGEST)?,
        language: tidy_up_to("language", lead.language, LONGEST)?,
        linkedin_url: tidy_up_to("linkedin_url", lead.linkedin_url, LONGEST)?,
        agent_id: agent,
        owner_id: cx.principal.user,
        custom_fields,
        meeting_booked: false,
        converted: lead.stage == Some(Stage::Converted),
        outreach_disabled: false,
        replied_at: None,
        last_activity_at: None,
        soft_bounces: 0,
        source: source.to_owned(),
        created_at: cx.now,
        updated_at: cx.now,
    })
}
