//! The plan as a person sees it: what the project has, who may spend how much, what there is, the ways to pay and to manage what is paid. What came of a
//! payment comes by webhook; the pages that the provider sends people back to show no data.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{Response, StatusCode};
use outrider_engine::Error;
use outrider_engine::error::Kind;
use serde_json::{Value, json};

use super::field::summary;
use super::form::{self, hidden};
use super::frame::framed;
use super::visit::{self, Person};
use super::{Reply, lead_to, named, stop};
use crate::pages::{escape, page};
use crate::state::AppState;
use crate::surface::status::status_of;

pub(super) const PATH: &str = "/billing";
/// How often a plan can be paid: the field's value, and the words.
const INTERVALS: [(&str, &str); 2] = [("monthly", "a month"), ("annual", "a year")];
/// Currencies whose smallest unit is the whole one (ISO 4217).
const WHOLE: [&str; 14] =
    ["bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "pyg", "rwf", "vnd", "vuv", "xaf", "xof", "xpf"];

/// `GET /billing`.
pub(super) async fn show(State(state): State<AppState>, request: Request) -> Response<Body> {
    let (parts, _) = request.into_parts();
    named("billing_page", overview(&state, &parts).await)
}

async fn overview(state: &AppState, parts: &Parts) -> Reply {
    let person = visit::person(state, parts).await?;
    shown(state, &person, None).await
}

/// The page, with what went wrong.
async fn shown(state: &AppState, person: &Person, error: Option<&Error>) -> Reply {
    let standing = person.call(state, "get_subscription", json!({})).await.map_err(stop)?;
    let credits = person.call(state, "get_credits", json!({})).await.map_err(stop)?;
    let budgets = person.call(state, "list_budgets", json!({})).await.map_err(stop)?;
    let plans = person.call(state, "list_plans", json!({})).await.map_err(stop)?;
    let can_pay = state.pipeline.ports().payments.is_some();
    let pays = matches!(standing["status"].as_str(), Some("active" | "trialing" | "past_due"));
    let offers: String =
        plans["plans"].as_array().into_iter().flatten().map(|plan| offer(person, plan, can_pay && !pays)).collect();
    let content = format!(
        "{}{}{}{}<h2>Plans</h2>\n{}{offers}",
        summary(error),
        current(&standing, &credits),
        spending(person, &budgets),
        manage(person, &standing, can_pay),
        note(can_pay, pays),
    );
    let status = error.map_or(StatusCode::OK, |error| status_of(error.code));
    Ok(framed(status, person, PATH, "Plan", &content, error.is_some()))
}

fn current(standing: &Value, credits: &Value) -> String {
    let text = |name: &str| standing[name].as_str().map(escape);
    let day = |name: &str| text(name).map(|time| time.get(..10).unwrap_or(&time).to_owned());
    let outreach = if standing["active"] == true { "may go out" } else { "waits for a plan" };
    let mut rows = vec![
        ("Plan", text("plan").unwrap_or_default()),
        ("Outreach", outreach.to_owned()),
        ("Credits left", credits["credits_remaining"].to_string()),
    ];
    if credits["spendable"] != credits["credits_remaining"] {
        rows.push(("Credits you can spend", credits["spendable"].to_string()));
    }
    rows.extend(text("status").map(|status| ("Payment", status.replace('_', " "))));
    rows.extend(text("interval").map(|interval| ("Paid", interval)));
    let ends = standing["cancel_at_period_end"] == true;
    rows.extend(day("period_end").map(|day| (if ends { "Ends" } else { "Paid until" }, day)));
    let rows: String = rows.iter().map(|(name, value)| format!("<dt>{name}</dt><dd>{value}</dd>\n")).collect();
    format!("<dl>\n{rows}</dl>\n")
}

/// Who may spend how much and has, with a field for each cap where the person may set it; nothing where there is nothing to see.
fn spending(person: &Person, listed: &Value) -> String {
    let budgets = listed["budgets"].as_array().map_or(&[][..], Vec::as_slice);
    let may_set = listed["may_set"] == true;
    if !may_set && budgets.iter().all(|budget| budget["kind"] == "project" && budget["monthly_cap"] == 0) {
        return String::new();
    }
    let rows: String = budgets.iter().map(|budget| budget_row(person, budget, may_set)).collect();
    let cap = if may_set { "<th scope=\"col\">Monthly cap</th>" } else { "" };
    format!(
        "<div class=\"scroll\" role=\"region\" aria-label=\"Budgets\" tabindex=\"0\">\n<table>\n<caption>Budgets of this month (UTC)</caption>\n\
         <thead><tr><th scope=\"col\">Whose</th><th scope=\"col\">Purse</th><th scope=\"col\">Spent this month</th>\
         <th scope=\"col\">Left this month</th>{cap}</tr></thead>\n<tbody>\n{rows}</tbody>\n</table>\n</div>\n"
    )
}

fn budget_row(person: &Person, budget: &Value, may_set: bool) -> String {
    let text = |name: &str| escape(budget[name].as_str().unwrap_or_default());
    let amount = |name: &str, none: &str| budget[name].as_i64().map_or_else(|| none.to_owned(), |of| of.to_string());
    let name = text("name");
    let cap = if may_set {
        format!(
            "<td><form method=\"post\" action=\"{PATH}/budget\">{}<input type=\"hidden\" name=\"holder\" value=\"{}\">\
             <input name=\"monthly_cap\" inputmode=\"numeric\" value=\"{}\" aria-label=\"Credits a month for {name}, 0 for no cap\">\
             <button class=\"second\" aria-label=\"Save the cap of {name}\">Save</button></form></td>",
            hidden(&person.form_token),
            text("holder"),
            budget["monthly_cap"],
        )
    } else {
        String::new()
    };
    format!(
        "<tr><th scope=\"row\">{name}</th><td>{}</td><td>{}</td><td>{}</td>{cap}</tr>\n",
        amount("balance", "shared"),
        budget["spent_this_month"],
        amount("left_this_month", "no cap"),
    )
}

/// The way to the provider's portal, for those who have paid before.
fn manage(person: &Person, standing: &Value, can_pay: bool) -> String {
    if !can_pay || standing["status"].is_null() {
        return String::new();
    }
    format!(
        "<form method=\"post\" action=\"{PATH}/portal\">\n{}\n<div class=\"buttons\"><button class=\"second\">Manage payment and invoices</button></div>\n</form>\n",
        hidden(&person.form_token)
    )
}

fn note(can_pay: bool, pays: bool) -> &'static str {
    match (can_pay, pays) {
        (false, _) => "<p>This server takes no payments: whoever runs it gives plans to projects.</p>\n",
        (true, true) => "<p>To change the plan you pay for, manage payment and invoices above.</p>\n",
        (true, false) => "",
    }
}

fn offer(person: &Person, plan: &Value, can_subscribe: bool) -> String {
    let text = |name: &str| escape(plan[name].as_str().unwrap_or_default());
    let limit =
        |name: &str| plan["limits"][name].as_u64().map_or_else(|| "any number".to_owned(), |most| most.to_string());
    let name = text("name");
    let prices: String = INTERVALS
        .iter()
        .filter(|(interval, _)| plan[*interval].is_object())
        .map(|(interval, words)| price(person, plan, interval, words, can_subscribe))
        .collect();
    format!(
        "<section aria-labelledby=\"plan-{id}\">\n<h3 id=\"plan-{id}\">{name}</h3>\n<p>{}</p>\n\
         <dl>\n<dt>Agents</dt><dd>{}</dd>\n<dt>Senders</dt><dd>{}</dd>\n</dl>\n{prices}</section>\n",
        text("description"),
        limit("agents"),
        limit("identities"),
        id = text("id"),
    )
}

fn price(person: &Person, plan: &Value, interval: &str, words: &str, can_subscribe: bool) -> String {
    let text = |name: &str| escape(plan[name].as_str().unwrap_or_default());
    let amount = money(plan[interval]["amount"].as_u64().unwrap_or(0), plan["currency"].as_str().unwrap_or_default());
    let credits = plan[interval]["credits"].as_u64().unwrap_or(0);
    let says = format!("<p>{amount} {words}, with {credits} credits.</p>\n");
    if !can_subscribe {
        return says;
    }
    format!(
        "{says}<form method=\"post\" action=\"{PATH}/checkout\">\n{}\n<input type=\"hidden\" name=\"plan\" value=\"{}\">\n\
         <input type=\"hidden\" name=\"interval\" value=\"{interval}\">\n\
         <div class=\"buttons\"><button aria-label=\"Take {} for {amount} {words}\">Take {} for {amount} {words}</button></div>\n</form>\n",
        hidden(&person.form_token),
        text("id"),
        text("name"),
        text("name"),
    )
}

/// `4900` of `usd` as `49.00 USD`.
fn money(amount: u64, currency: &str) -> String {
    let name = escape(&currency.to_uppercase());
    if WHOLE.contains(&currency) {
        return format!("{amount} {name}");
    }
    format!("{}.{:02} {name}", amount / 100, amount % 100)
}

/// `POST /billing/checkout`.
pub(super) async fn checkout(State(state): State<AppState>, request: Request) -> Response<Body> {
    let (parts, body) = request.into_parts();
    named("create_checkout", subscribe(&state, &parts, body).await)
}

async fn subscribe(state: &AppState, parts: &Parts, body: Body) -> Reply {
    let (person, form) = form::of_person(state, parts, body).await?;
    let input = json!({ "plan": form.text("plan"), "interval": form.text("interval") });
    match person.call(state, "create_checkout", input).await {
        Ok(made) => Ok(way_out(
            &person,
            &made["checkout_url"],
            "Pay",
            "Your payment page is ready",
            "Go on to the payment page",
        )),
        Err(error) => failed(state, &person, error).await,
    }
}

/// `POST /billing/budget`.
pub(super) async fn budget(State(state): State<AppState>, request: Request) -> Response<Body> {
    let (parts, body) = request.into_parts();
    named("set_budget", set_cap(&state, &parts, body).await)
}

async fn set_cap(state: &AppState, parts: &Parts, body: Body) -> Reply {
    let (person, form) = form::of_person(state, parts, body).await?;
    let Ok(cap) = form.text("monthly_cap").trim().parse::<i64>() else {
        let text = "A cap is a whole number of credits; 0 is no cap.";
        return failed(state, &person, Error::invalid("monthly_cap", text)).await;
    };
    match person.call(state, "set_budget", json!({ "holder": form.text("holder"), "monthly_cap": cap })).await {
        Ok(_) => Ok(lead_to(PATH)),
        Err(error) => failed(state, &person, error).await,
    }
}

/// `POST /billing/portal`.
pub(super) async fn portal(State(state): State<AppState>, request: Request) -> Response<Body> {
    let (parts, body) = request.into_parts();
    named("create_billing_portal", open_portal(&state, &parts, body).await)
}

async fn open_portal(state: &AppState, parts: &Parts, body: Body) -> Reply {
    let (person, _) = form::of_person(state, parts, body).await?;
    match person.call(state, "create_billing_portal", json!({})).await {
        Ok(made) => {
            let url = &made["portal_url"];
            Ok(way_out(
                &person,
                url,
                "Payment and invoices",
                "The page of the payment provider is ready",
                "Go on to payment and invoices",
            ))
        }
        Err(error) => failed(state, &person, error).await,
    }
}

/// A link and not a redirect: these pages' policy lets forms lead nowhere else, and people see where they go.
fn way_out(person: &Person, url: &Value, title: &str, says: &str, link: &str) -> Response<Body> {
    let url = url.as_str().unwrap_or_default();
    let host = url.split('/').nth(2).unwrap_or_default();
    let content = format!(
        "<p>{says}. It is at <strong>{}</strong>.</p>\n<p><a class=\"button\" rel=\"noreferrer\" href=\"{}\">{link}</a></p>\n\
         <p><a href=\"{PATH}\">Back to the plans</a></p>",
        escape(host),
        escape(url),
    );
    framed(StatusCode::OK, person, PATH, title, &content, false)
}

async fn failed(state: &AppState, person: &Person, error: Error) -> Reply {
    if error.code.kind == Kind::Internal {
        return Err(stop(error));
    }
    if error.code.kind == Kind::Unavailable {
        tracing::error!(code = error.code.name, source = ?error.source, "no page of the payment provider");
    }
    shown(state, person, Some(&error)).await
}

/// `GET /billing/done`.
pub(super) async fn done() -> Response<Body> {
    let content = "<p>The payment provider will confirm your payment in a moment. Then the plan holds, and outreach that waited for it \
        goes on by itself.</p>\n<p><a href=\"/billing\">See the plan</a></p>";
    page(StatusCode::OK, "Thank you", content)
}

/// `GET /billing/canceled`.
pub(super) async fn canceled() -> Response<Body> {
    let content = "<p>Nothing was charged and nothing was changed.</p>\n<p><a href=\"/billing\">See the plans</a></p>";
    page(StatusCode::OK, "No plan was taken", content)
}

#[cfg(test)]
mod tests {
    use super::money;

    #[test]
    fn money_is_written_as_its_currency_counts() {
        for (amount, currency, words) in [
            (4_900, "usd", "49.00 USD"),
            (5, "eur", "0.05 EUR"),
            (4_900, "jpy", "4900 JPY"),
            (1, "<b>", "0.01 &lt;B&gt;"),
        ] {
            assert_eq!(money(amount, currency), words);
        }
    }
}
