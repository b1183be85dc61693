//! `outrider credits`: grants credits and shows balances.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::call;
use crate::arguments::Credits;
use crate::failure::Outcome;
use crate::output::Output;
use crate::settings::Settings;

pub(super) async fn run(settings: Settings, given: Credits, output: Output) -> Outcome {
    match given {
        Credits::Grant { amount, reason, project } => {
            let input = json!({ "amount": amount, "reason": reason });
            call(settings, project.project.as_deref(), "grant_credits", input, output, balance).await
        }
        Credits::Statement { from, to, project } => {
            let input = json!({ "from": from, "to": to });
            call(settings, project.project.as_deref(), "get_credit_statement", input, output, table).await
        }
        Credits::Show(project) => {
            call(settings, project.project.as_deref(), "get_credits", json!({}), output, balance).await
        }
    }
}

/// The bytes of a file, as text.
fn table(value: &Value) -> String {
    let bytes = value["base64"].as_str().and_then(|text| STANDARD.decode(text).ok()).unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}

fn balance(value: &Value) -> String {
    let Some(fields) = value.as_object() else { return value.to_string() };
    let width = fields.keys().map(String::len).max().unwrap_or(0);
    fields.iter().map(|(name, amount)| format!("{name:width$}  {amount}\n")).collect()
}
