//! Telephony: whether each number's carrier is one that this installation has, and whether anybody is really called. Dials nothing.

use std::collections::BTreeMap;

use outrider_domain::telephony::SANDBOX;
use outrider_store::projects;
use serde_json::{Value, json};

use super::Report;
use crate::failure::Outcome;
use crate::installation::Installation;
use crate::output::text;
use crate::settings::Settings;

/// Numbers asked for at a time.
const TOGETHER: i64 = 100;

pub(super) async fn check(settings: &Settings, installation: &Installation, report: &mut Report) {
    if let Err(failure) = numbers(settings, installation, report).await {
        report.bad("telephony", failure.to_string());
    }
}

async fn numbers(settings: &Settings, installation: &Installation, report: &mut Report) -> Outcome {
    let (mut sandbox, mut elsewhere, mut mute) = (0, BTreeMap::<String, Vec<String>>::new(), 0);
    for project in installation.store.read(projects::all).await? {
        let mut cursor = Value::Null;
        loop {
            let input = json!({ "limit": TOGETHER, "cursor": cursor });
            let page = installation.call(project.id, "list_phone_numbers", input).await?;
            for number in page["items"].as_array().into_iter().flatten().filter(|number| number["status"] == "active") {
                let carrier = text(number, "carrier");
                if carrier == SANDBOX {
                    sandbox += 1;
                } else {
                    elsewhere.entry(carrier).or_default().push(text(number, "number"));
                }
                mute += usize::from(number["outbound_agent_id"].is_null() && number["inbound_agent_id"].is_null());
            }
            cursor = page["next_cursor"].clone();
            if cursor.is_null() {
                break;
            }
        }
    }
    for (carrier, numbers) in &elsewhere {
        report.bad(
            format!("carrier {carrier}"),
            format!(
                "it is not one of this version's carriers: calls from {} wait until they are moved to {SANDBOX}, or imported again when there is an adapter",
                numbers.join(", ")
            ),
        );
    }
    if sandbox > 0 {
        report.note(
            "telephony",
            format!(
                "{sandbox} numbers are the sandbox's: scripted callees answer at {} times the speed of life, and nobody is called",
                settings.telephony.sandbox.speed
            ),
        );
    }
    if mute > 0 {
        report.note(
            "telephony",
            format!("{mute} numbers have no agent: POST /api/v1/phone-numbers/ID/assign gives them one"),
        );
    }
    if sandbox == 0 && elsewhere.is_empty() {
        report.note(
            "telephony",
            "no phone numbers: an agent that calls needs one, and Artic's calls get one of the sandbox by themselves",
        );
    }
    Ok(())
}
