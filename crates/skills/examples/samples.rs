//! Prints ten outputs of every skill, for a person to read: `cargo run -p outrider-skills --example samples`.
#![expect(clippy::expect_used, reason = "an example ends where something is not as it must be")]

use outrider_skills::{Background, Company, Icp, Person, Profile, SKILLS};
use serde_json::{Value, json};

/// Prospects with little and much known of them.
fn prospects() -> Vec<Value> {
    vec![
        json!({ "contactName": "Jane Smith", "contactRole": "VP of Sales", "company": "Acme Corp", "companySize": "51-200", "signals": ["Series B funded", "Hiring 12 SDRs"], "userValueProp": "Fractional VP of Sales for post-Series-A SaaS" }),
        json!({ "contactName": "Bob Jones", "company": "Beta Inc" }),
        json!({ "contactName": "Dr. Maria Keller", "contactRole": "Chief Financial Officer", "company": "Nordwind AG", "companySize": "201-500", "industry": "Manufacturing", "context": "opened a second plant in Leipzig, migrating to SAP S/4HANA", "userValueProp": "I help CFOs automate month-end close in 48 hours" }),
        json!({ "contactName": "Tom Alvarez", "contactRole": "Head of People", "company": "Brightside", "context": "They are hiring 40 engineers in Madrid; layoffs in support last year", "userValueProp": "Onboarding software for hybrid teams" }),
        json!({ "contactName": "Priya Nair", "contactRole": "Founder & CEO", "company": "Ledgerly", "context": "Just raised Series A. She spoke at FinTech Connect in March.", "userValueProp": "We build outbound motion for seed to Series B fintechs" }),
        json!({ "contactName": "Lars Olsen", "contactRole": "Account Executive", "company": "Fjord Systems", "context": "uses HubSpot, strong partner ecosystem in the Nordics" }),
        json!({ "contactName": "Aisha Khan", "contactRole": "Director of Operations", "company": "Parcelo", "companySize": "1k-5k", "context": "Expanding into Poland; new COO; struggling with late deliveries", "userValueProp": "Reduce failed deliveries with address checks at checkout" }),
        json!({ "contactName": "Chen Wei", "contactRole": "CTO", "company": "Quanta Labs", "signals": ["launched a public API", "doubled the platform team"], "userValueProp": "Helping CTOs cut cloud spend without a migration" }),
        json!({ "contactName": "Emma O'Brien", "contactRole": "Marketing Manager", "company": "Greenleaf", "context": "Scaling their outbound team post-Series-B", "userValueProp": "Fractional VP of Sales" }),
        json!({ "contactName": "Jean-Luc Moreau", "contactRole": "Managing Director", "company": "Atelier Moreau", "context": "Family owned, new web shop launched in June, sells to hotels" }),
    ]
}

fn inputs(skill: &str) -> Vec<Value> {
    let text = |value: &Value, name: &str| value.get(name).cloned().unwrap_or(Value::Null);
    match skill {
        "thought_leadership" => [
            ("Why outbound is changing in 2025", Some("Fractional VP of Sales"), Some("Series A SaaS founders"), "professional"),
            ("SDR hiring", Some("sales recruiting"), Some("heads of sales"), "direct"),
            ("How to run a pricing change", None, None, "friendly"),
            ("The end of the demo", Some("product marketing"), None, "bold"),
            ("Month-end close", Some("finance automation"), Some("CFOs of mid-market companies"), "professional"),
            ("What buyers do before they talk to you", None, Some("B2B marketers"), "professional"),
            ("Cold calling", Some("sales coach"), Some("first-time SDRs"), "casual"),
            ("Scaling customer success without headcount", Some("customer success"), Some("SaaS COOs"), "professional"),
            ("Why your CRM data is wrong", Some("RevOps consultant"), Some("revenue leaders"), "direct"),
            ("AI in procurement", None, Some("procurement directors"), "professional"),
        ]
        .into_iter()
        .map(|(topic, expertise, audience, tone)| json!({ "topic": topic, "expertiseArea": expertise, "targetAudience": audience, "tone": tone }))
        .collect(),
        "research" | "contact_lookup" => {
            prospects().iter().map(|each| json!({ "name": text(each, "contactName"), "company": text(each, "company"), "context": text(each, "context") })).collect()
        }
        "outreach_generation" => prospects()
            .iter()
            .map(|each| json!({ "leads": [{ "name": text(each, "contactName"), "company": text(each, "company"), "title": text(each, "contactRole"), "context": text(each, "context") }] }))
            .collect(),
        "abm_content_brief" => prospects()
            .iter()
            .map(|each| json!({ "company": text(each, "company"), "industry": text(each, "industry"), "companySize": text(each, "companySize"), "context": text(each, "context"),
                "personas": each.get("contactRole").map_or(json!([]), |role| json!([role])), "userValueProp": text(each, "userValueProp") }))
            .collect(),
        "domain_to_company" => (0..10).map(|number| json!({ "domain": format!("company{number}.example.com") })).collect(),
        _ => prospects(),
    }
}

fn background(number: usize) -> Background {
    if number % 3 == 1 {
        return Background::default();
    }
    Background {
        profile: Profile {
            expertise_area: Some("Fractional VP of Sales".to_owned()),
            target_audience: Some("Series A-B SaaS founders".to_owned()),
            target_persona: Some("VP of Sales at Series A-B companies".to_owned()),
            preferred_tone: Some(["professional", "direct", "friendly"][number % 3].to_owned()),
            value_prop: Some("I help Series A SaaS companies build outbound motion from scratch".to_owned()),
            unique_pov: Some("Most outbound fails because of bad data, not bad copy".to_owned()),
            content_topics: vec!["outbound sales".to_owned(), "SDR hiring".to_owned()],
            ..Profile::default()
        },
        icp: number.is_multiple_of(2).then(|| Icp {
            name: "SaaS".to_owned(),
            target_industry: Some("B2B SaaS".to_owned()),
            company_size_range: Some("51-500".to_owned()),
            target_seniority: Some("VP, Director".to_owned()),
            ..Icp::default()
        }),
        company: number.is_multiple_of(4).then(|| Company {
            industry: Some("SaaS".to_owned()),
            description: Some("Acme gives support teams one inbox for every channel.".to_owned()),
            technologies: vec!["HubSpot".to_owned(), "Google Workspace".to_owned()],
            sources: vec!["its own site".to_owned()],
            ..Company::default()
        }),
        person: number.is_multiple_of(4).then(|| Person {
            role: Some("VP of Sales".to_owned()),
            sources: vec!["your leads".to_owned()],
            ..Person::default()
        }),
        sender: number.is_multiple_of(2).then(|| "Sam Seller".to_owned()),
    }
}

fn main() {
    let wanted = std::env::args().nth(1);
    for skill in SKILLS.iter().filter(|skill| wanted.as_deref().is_none_or(|name| name == skill.name)) {
        println!("\n########## {}", skill.name);
        for (number, input) in inputs(skill.name).iter().enumerate() {
            let output = skill.run(input, &background(number)).expect("an output");
            assert_eq!(skill.accept(&output), Ok(output.clone()), "{}", skill.name);
            println!("--- {} {}", number + 1, input);
            print(&output, "");
        }
    }
}

fn print(value: &Value, indent: &str) {
    match value {
        Value::Object(fields) => fields.iter().for_each(|(name, field)| {
            println!("{indent}{name}:");
            print(field, &format!("{indent}  "));
        }),
        Value::Array(items) => items.iter().for_each(|item| match item {
            Value::String(text) => println!("{indent}- {text}"),
            other => println!("{indent}- {other}"),
        }),
        Value::String(text) => text.lines().for_each(|line| println!("{indent}{line}")),
        other => println!("{indent}{other}"),
    }
}
