//! Leads as Cora shows, lists and searches them; making and changing them is [`super::lead_changes`]'s.

use outrider_domain::id::{AgentId, LeadId, UserId};
use outrider_domain::time::Millis;
use outrider_engine::context::Context;
use outrider_engine::error::code;
use outrider_engine::leads::{self, Stage};
use outrider_engine::messages::list_lead_emails::ListLeadEmails;
use outrider_engine::operation::{Operation, Page, Spec, within};
use outrider_engine::written_outside::{entries, fields};
use outrider_engine::{Error, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::activity::{self, Entry};
use super::calls::{self, Call};
use super::emails::{self, Email};
use super::ids;

/// A lead.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Lead {
    /// Key.
    id: LeadId,
    /// Display name.
    name: String,
    /// Given name.
    first_name: Option<String>,
    /// Family name.
    last_name: Option<String>,
    /// Company name.
    company: Option<String>,
    /// Address.
    email: Option<String>,
    /// E.164.
    phone: Option<String>,
    /// `new`, `in_progress` or `converted`.
    stage: String,
    /// A meeting was booked.
    meeting_booked: bool,
    /// Became a customer.
    converted: bool,
    /// Opted out, or stopped by a person.
    outreach_disabled: bool,
    /// The person who owns it.
    assigned_user_uid: Option<UserId>,
    /// When made.
    created_at: Millis,
    /// Calls placed to it; null in lists.
    total_calls: Option<i64>,
    /// Mails handed over to it; null in lists.
    total_emails: Option<i64>,
    /// When something last happened with it; null in lists.
    last_activity_at: Option<Millis>,
}

impl From<leads::Lead> for Lead {
    fn from(lead: leads::Lead) -> Self {
        Self {
            id: lead.id,
            name: lead.name,
            first_name: lead.first_name,
            last_name: lead.last_name,
            company: lead.company,
            email: lead.email,
            phone: lead.phone,
            stage: lead.stage,
            meeting_booked: lead.meeting_booked,
            converted: lead.converted,
            outreach_disabled: lead.outreach_disabled,
            assigned_user_uid: lead.owner_id,
            created_at: lead.created_at,
            total_calls: None,
            total_emails: None,
            last_activity_at: None,
        }
    }
}

/// `GET /api/v1/leads`.
pub struct ListLeads;

/// What to keep.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct LeadFilter {
    /// Words that name, email or phone contain.
    #[schemars(length(max = 200))]
    query: Option<String>,
    /// Only this stage.
    status: Option<Stage>,
    /// Only leads assigned to this agent.
    agent_id: Option<String>,
    /// Only leads with, or without, a meeting.
    has_meeting: Option<bool>,
    /// How many to answer with: 1 to 100, 50 when absent.
    #[schemars(range(min = 1, max = 100))]
    limit: Option<i64>,
    /// `next_cursor` of the page before; absent for the first page.
    cursor: Option<String>,
}

impl Operation for ListLeads {
    const SPEC: Spec =
        Spec::list("list_leads", "leads", "/api/v1/leads", "leads:read", "List or search leads, newest first.")
            .fails(&[code::RESOURCE_NOT_FOUND]);
    type Input = LeadFilter;
    type Output = Page<Lead>;

    fn run(cx: &mut Context<'_, '_>, input: LeadFilter) -> Result<Page<Lead>> {
        let agent: Option<AgentId> = ids::read_optional(input.agent_id.as_deref(), "agent", "agent_id")?;
        let page = within::<leads::list_leads::ListLeads>(
            cx,
            json!({
                "query": input.query, "status": input.status, "agent_id": agent, "has_meeting": input.has_meeting,
                "limit": input.limit, "cursor": input.cursor,
            }),
        )?;
        Ok(page.map(Lead::from))
    }
}

/// `GET /api/v1/leads/{lead_id}`.
pub struct GetLead;

/// Which.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct WhichLead {
    /// The lead.
    lead_id: String,
}

/// A lead with what happened last.
#[derive(Debug, Serialize, JsonSchema)]
pub struct LeadDetail {
    /// The lead, with its totals.
    #[serde(flatten)]
    lead: Lead,
    /// Its last calls, newest first.
    calls: Vec<Call>,
    /// Its last mails, newest first.
    emails: Vec<Email>,
    /// What happened with it last, newest first.
    activity: Vec<Entry>,
}

/// How many calls, mails and entries of activity a lead is shown with.
const RECENT: i64 = 10;
/// What a lead's detail shows beside the lead itself.
const SHOWN: [&str; 3] = ["calls:read", "emails:read", "events:read"];

impl Operation for GetLead {
    const SPEC: Spec = Spec::get(
        "get_lead",
        "leads",
        "/api/v1/leads/{lead_id}",
        "leads:read",
        "Get a lead with its totals and its last calls, mails and activity.",
    )
    .describe(
        "Of each of the three the newest ten. A key of chosen scopes needs those of calls, mails and events as well.",
    );
    const WRITTEN_OUTSIDE: fn(&Value) -> Vec<String> =
        |answer| [entries(answer, "/emails", emails::is_received), fields(answer, "/calls", "summary")].concat();
    type Input = WhichLead;
    type Output = LeadDetail;

    fn run(cx: &mut Context<'_, '_>, input: WhichLead) -> Result<LeadDetail> {
        if let Some(scope) = SHOWN.iter().find(|scope| !cx.principal.may(scope)) {
            return Err(Error::new(code::INSUFFICIENT_SCOPE, format!("get_lead needs the scope {scope} as well.")));
        }
        let id: LeadId = ids::read(&input.lead_id, "lead", "lead_id")?;
        let recent = json!({ "lead_id": id, "limit": RECENT });
        let found = within::<leads::get_lead::GetLead>(cx, json!({ "lead_id": id }))?;
        let spoken = calls::page(cx, recent.clone())?.items;
        let mails = within::<ListLeadEmails>(cx, recent.clone())?.items;
        let happened = within::<leads::get_lead_timeline::GetLeadTimeline>(cx, recent)?.items;
        let last_activity_at = happened.iter().map(|entry| entry.event.at).chain(found.lead.last_activity_at).max();
        Ok(LeadDetail {
            lead: Lead {
                total_calls: Some(found.total_calls),
                total_emails: Some(found.total_emails),
                last_activity_at,
                ..Lead::from(found.lead)
            },
            calls: spoken,
            emails: emails::view(cx, mails)?,
            activity: happened.into_iter().map(activity::Entry::from).collect(),
        })
    }
}
