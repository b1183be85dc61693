//! `outrider credits`: grants and moves credits, sets budgets, shows balances.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::key::user_id;
use super::{call, in_project};
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
        Credits::Budgets(project) => {
            call(settings, project.project.as_deref(), "list_budgets", json!({}), output, budgets).await
        }
        Credits::SetBudget { holder, monthly_cap, own_purse, project } => {
            let set = in_project(settings, &project, async |installation, project| {
                let holder = match holder.contains('@') {
                    true => user_id(installation, project, &holder).await?,
                    false => json!(holder),
                };
                let input = json!({ "holder": holder, "monthly_cap": monthly_cap, "own_purse": own_purse });
                installation.call(project, "set_budget", input).await
            });
            output.result(&set.await?, budget);
            Ok(())
        }
        Credits::Transfer { credits, user, sub_agent, project } => {
            let moved = in_project(settings, &project, async |installation, project| {
                let user = match user {
                    Some(email) => user_id(installation, project, &email).await?,
                    None => Value::Null,
                };
                let input = json!({ "credits": credits, "user_id": user, "sub_agent": sub_agent });
                installation.call(project, "transfer_credits", input).await
            });
            output.result(&moved.await?, balance);
            Ok(())
        }
        Credits::Show(project) => {
            call(settings, project.project.as_deref(), "get_credits", json!({}), output, balance).await
        }
    }
}

fn budgets(value: &Value) -> String {
    value["budgets"].as_array().into_iter().flatten().map(budget).collect()
}

fn budget(row: &Value) -> String {
    let text = |name: &str| row[name].as_str().unwrap_or_default();
    let purse = row["balance"].as_i64().map_or_else(|| "no purse".to_owned(), |balance| format!("{balance} credits"));
    let cap = match row["monthly_cap"].as_i64() {
        Some(cap @ 1..) => format!(" of {cap}"),
        _ => String::new(),
    };
    format!("{:18}  {}  {purse}, {}{cap} spent this month\n", text("holder"), text("name"), row["spent_this_month"])
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
