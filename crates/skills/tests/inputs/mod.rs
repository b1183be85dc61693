//! Ten inputs for each skill, realistic and awkward: what tests hold to properties and `examples/samples.rs` prints for a person. Judges
//! nothing.

use outrider_skills::{Background, Company, Icp, Person, Profile};
use serde_json::{Value, json};

fn all() -> Value {
    serde_json::from_str(include_str!("../inputs.json")).unwrap_or_default()
}

fn list(name: &str) -> Vec<Value> {
    all()[name].as_array().cloned().unwrap_or_default()
}

/// A prospect's fields under other names.
fn fields(prospect: &Value, names: &[(&str, &str)]) -> Value {
    let known = names.iter().filter_map(|(to, from)| Some(((*to).to_owned(), prospect.get(*from)?.clone())));
    Value::Object(known.collect())
}

/// Ten inputs of a skill.
pub(crate) fn of(skill: &str) -> Vec<Value> {
    let of_prospects = |names: &[(&str, &str)]| list("prospects").iter().map(|each| fields(each, names)).collect();
    match skill {
        "thought_leadership" => list("topics"),
        "domain_to_company" => list("domains").iter().map(|domain| json!({ "domain": domain })).collect(),
        "contact_lookup" => of_prospects(&[("name", "contactName"), ("company", "company")]),
        "research" => list("prospects")
            .iter()
            .enumerate()
            .map(|(place, each)| {
                let text = |name: &str| each[name].as_str().unwrap_or_default().to_owned();
                // Every third one names no company.
                let company = if place % 3 == 2 { String::new() } else { format!(", {}", text("company")) };
                let industry =
                    if text("industry").is_empty() { String::new() } else { format!(", {}", text("industry")) };
                let context = format!("{}{company}{industry}. {}", text("contactRole"), text("context"));
                json!({ "name": each["contactName"], "context": context, "userValueProp": each["userValueProp"] })
            })
            .collect(),
        "outreach_generation" => {
            let names = [
                ("name", "contactName"),
                ("company", "company"),
                ("title", "contactRole"),
                ("context", "context"),
                ("industry", "industry"),
            ];
            list("prospects").iter().map(|each| json!({ "leads": [fields(each, &names)] })).collect()
        }
        "abm_content_brief" => of_prospects(&[
            ("company", "company"),
            ("industry", "industry"),
            ("companySize", "companySize"),
            ("context", "context"),
            ("userValueProp", "userValueProp"),
        ]),
        _ => list("prospects"),
    }
}

/// What is known around the input of a place: nothing, a profile, or everything.
pub(crate) fn background(place: usize) -> Background {
    if place % 3 != 1 {
        return Background::default();
    }
    Background {
        profile: Profile {
            expertise_area: Some("Fractional VP of Sales".to_owned()),
            preferred_tone: Some(["friendly", "direct", "professional"][place / 3 % 3].to_owned()),
            unique_pov: Some("Most outbound fails because of bad data, not bad copy".to_owned()),
            content_topics: vec!["outbound sales".to_owned(), "SDR hiring".to_owned()],
            ..Profile::default()
        },
        icp: Some(Icp {
            name: "SaaS".to_owned(),
            target_industry: Some("B2B SaaS".to_owned()),
            company_size_range: Some("51-500".to_owned()),
            target_seniority: Some("VP, Director".to_owned()),
            ..Icp::default()
        }),
        company: Some(Company {
            description: Some("One inbox for every channel.".to_owned()),
            technologies: vec!["HubSpot".to_owned(), "Google Workspace".to_owned()],
            sources: vec!["its own site".to_owned()],
            ..Company::default()
        }),
        person: Some(Person { sources: vec!["your leads".to_owned()], ..Person::default() }),
        sender: Some("Sam Seller".to_owned()),
    }
}
