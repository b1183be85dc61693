//! Contacts as ARTRA shows them: a seller's own, or everybody's where the seller's role sees more. Changes none.

use outrider_domain::id::{CompanyId, LeadId, UserId};
use outrider_domain::time::Millis;
use outrider_engine::context::Context;
use outrider_engine::error::{Error, code};
use outrider_engine::leads::by_place::{lead_of, leads_by_place, not_to_be_contacted};
use outrider_engine::leads::{CustomFields, Lead};
use outrider_engine::operation::{Operation, Spec};
use outrider_engine::users::caller::sees_only;
use outrider_engine::{Result, leads};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::paging::place;

/// A contact.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Contact {
    /// Key.
    id: LeadId,
    /// Display name.
    name: String,
    /// Given name.
    first_name: Option<String>,
    /// Family name.
    last_name: Option<String>,
    /// Mail address.
    email: Option<String>,
    /// E.164.
    phone: Option<String>,
    /// Job title.
    title: Option<String>,
    /// Where they work.
    company: Option<String>,
    /// The company's record.
    company_id: Option<CompanyId>,
    /// Profile address.
    linkedin_url: Option<String>,
    /// `new`, `in_progress` or `converted`.
    stage: String,
    /// Opted out, stopped by a person, or on a list of those who must not be contacted: nothing is sent.
    do_not_contact: bool,
    /// The seller who owns it.
    owner_id: Option<UserId>,
    /// When a person last wrote back.
    replied_at: Option<Millis>,
    /// Last thing that happened.
    last_activity_at: Option<Millis>,
    /// When made.
    created_at: Millis,
    /// When changed.
    updated_at: Millis,
}

impl From<Lead> for Contact {
    fn from(lead: Lead) -> Self {
        Self {
            id: lead.id,
            name: lead.name,
            first_name: lead.first_name,
            last_name: lead.last_name,
            email: lead.email,
            phone: lead.phone,
            title: lead.role,
            company: lead.company,
            company_id: lead.company_id,
            linkedin_url: lead.linkedin_url,
            stage: lead.stage,
            do_not_contact: lead.outreach_disabled,
            owner_id: lead.owner_id,
            replied_at: lead.replied_at,
            last_activity_at: lead.last_activity_at,
            created_at: lead.created_at,
            updated_at: lead.updated_at,
        }
    }
}

/// Where a contact is to be found. Street, city, region and postal code are custom fields of the contact.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct Address {
    /// Street and number.
    street: Option<String>,
    /// Town.
    city: Option<String>,
    /// State, county, canton.
    region: Option<String>,
    /// Postal code.
    postal_code: Option<String>,
    /// As given.
    country: Option<String>,
    /// IANA time zone.
    time_zone: Option<String>,
}

impl Address {
    fn of(lead: &Lead) -> Self {
        let custom = |names: &[&str]| names.iter().find_map(|name| text(&lead.custom_fields, name));
        Self {
            street: custom(&["street", "address"]),
            city: custom(&["city", "town"]),
            region: custom(&["region", "state"]),
            postal_code: custom(&["postal_code", "zip", "postcode"]),
            country: lead.country.clone(),
            time_zone: lead.time_zone.clone(),
        }
    }
}

fn text(fields: &CustomFields, name: &str) -> Option<String> {
    match fields.get(name)? {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// A page of contacts.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ContactsPage {
    /// Newest first.
    contacts: Vec<Contact>,
    /// How many there are altogether; of a search, at most 10,000 are counted.
    total: i64,
    /// As asked.
    limit: i64,
    /// As asked.
    offset: i64,
}

/// What to keep.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct ListInput {
    /// Words that name, email or phone contain.
    #[schemars(length(max = 200))]
    query: Option<String>,
    /// Results per page, 1 to 100; 25 when absent.
    #[schemars(range(min = 1, max = 100))]
    limit: Option<i64>,
    /// Results passed over.
    #[schemars(range(min = 0, max = 1_000_000_000))]
    offset: Option<i64>,
}

/// `GET /api/v1/agent/contacts`.
pub struct ListContacts;

impl Operation for ListContacts {
    const SPEC: Spec = Spec::get(
        "list_contacts",
        "contacts",
        "/api/v1/agent/contacts",
        "contacts:read",
        "Search or list the seller's contacts, newest first.",
    );
    type Input = ListInput;
    type Output = ContactsPage;

    fn run(cx: &mut Context<'_, '_>, input: ListInput) -> Result<ContactsPage> {
        let (limit, offset) = place(input.limit, input.offset);
        let owner = sees_only(cx)?;
        let (found, total) = leads_by_place(cx, owner, input.query.as_deref(), limit, offset)?;
        let stopped = not_to_be_contacted(cx, &found)?;
        let contacts = found.into_iter().map(|lead| {
            let do_not_contact = stopped.contains(&lead.id);
            Contact { do_not_contact, ..Contact::from(lead) }
        });
        Ok(ContactsPage { contacts: contacts.collect(), total, limit, offset })
    }
}

/// Which contact.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct GetInput {
    /// The contact.
    id: String,
}

/// A contact with its address and fields.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ContactDetail {
    /// The contact.
    #[serde(flatten)]
    contact: Contact,
    /// Where it is to be found.
    address: Address,
    /// Fields of the operator's own.
    custom_fields: leads::CustomFields,
}

/// `GET /api/v1/agent/contacts/{id}`.
pub struct GetContact;

impl Operation for GetContact {
    const SPEC: Spec = Spec::get(
        "get_contact",
        "contacts",
        "/api/v1/agent/contacts/{id}",
        "contacts:read",
        "Get a contact with its address.",
    )
    .fails(&[code::RESOURCE_NOT_FOUND]);
    type Input = GetInput;
    type Output = ContactDetail;

    fn run(cx: &mut Context<'_, '_>, input: GetInput) -> Result<ContactDetail> {
        let owner = sees_only(cx)?;
        // Text that is no id belongs to nothing, as what is not theirs.
        let missing = || Error::new(code::RESOURCE_NOT_FOUND, "There is no such contact.");
        let id: LeadId = input.id.parse().map_err(|_| missing())?;
        let lead = lead_of(cx, owner, id).map_err(|error| match error.code {
            found if found == code::RESOURCE_NOT_FOUND => missing(),
            _ => error,
        })?;
        let address = Address::of(&lead);
        let custom_fields = lead.custom_fields.clone();
        let do_not_contact = !not_to_be_contacted(cx, std::slice::from_ref(&lead))?.is_empty();
        Ok(ContactDetail { contact: Contact { do_not_contact, ..lead.into() }, address, custom_fields })
    }
}
