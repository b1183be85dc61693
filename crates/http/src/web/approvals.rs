//! The queue of approvals as a person sees it: what waits with its reasons and facts, and deciding one or many. Decides by the
//! operations that everybody uses.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{Response, StatusCode};
use outrider_engine::Error;
use outrider_engine::error::{Kind, code};
use serde_json::{Value, json};

use super::field::summary;
use super::form::{self, Form, hidden};
use super::frame::framed;
use super::visit::{self, Person};
use super::{Reply, named, stop};
use crate::pages::escape;
use crate::state::AppState;
use crate::surface::status::status_of;

pub(super) const PATH: &str = "/approvals";
/// The form that decides many: checkboxes stand outside of it, beside what they choose.
const MANY: &str = "many";
/// Actions on a page.
const SHOWN: i64 = 20;

/// `GET /approvals`.
pub(super) async fn show(State(state): State<AppState>, request: Request) -> Response<Body> {
    let (parts, _) = request.into_parts();
    named("approvals_page", list(&state, &parts).await)
}

async fn list(state: &AppState, parts: &Parts) -> Reply {
    let person = visit::person(state, parts).await?;
    let query = outrider_engine::oauth::authorize::Parameters::parse(parts.uri.query().unwrap_or("").as_bytes());
    let cursor = query.all("cursor").last().unwrap_or_default().to_owned();
    page(state, &person, &cursor, None, None).await
}

/// The page, with what was done or what is wrong.
async fn page(
    state: &AppState,
    person: &Person,
    cursor: &str,
    done: Option<&str>,
    error: Option<&Error>,
) -> Reply {
    let input = json!({ "limit": SHOWN, "cursor": cursor });
    let listed = person.call(state, "list_approvals", input).await.map_err(stop)?;
    let done = done.map_or_else(String::new, |text| {
        format!("<div class=\"done\" role=\"status\">\n<p>{}</p>\n</div>\n", escape(text))
    });
    // An error's field is the operation's; no field of this page has that name.
    let error = error.map(|error| Error::new(error.code, error.message.clone()));
    let content = format!("{}{done}{}", summary(error.as_ref()), queue(person, &listed));
    let status = error.as_ref().map_or(StatusCode::OK, |error| status_of(error.code));
    Ok(framed(status, person, PATH, "Approvals", &content, error.is_some()))
}

fn queue(person: &Person, listed: &Value) -> String {
    let waiting = listed["items"].as_array().map(Vec::as_slice).unwrap_or_default();
    if waiting.is_empty() {
        return "<p>Nothing waits for you.</p>".to_owned();
    }
    let articles: String = waiting.iter().enumerate().map(|(place, action)| article(person, place, action)).collect();
    let more = listed["next_cursor"].as_str().map_or_else(String::new, |cursor| {
        let cursor = percent_encoding::utf8_percent_encode(cursor, percent_encoding::NON_ALPHANUMERIC);
        format!("<p><a href=\"{PATH}?cursor={cursor}\">What has waited longer</a></p>\n")
    });
    format!(
        "{articles}{more}<h2>Decide the chosen ones together</h2>\n<form method=\"post\" action=\"{PATH}/{MANY}\" id=\"{MANY}\">\n{}\n\
         <label for=\"many-reason\">Reason, when you reject</label>\n<input id=\"many-reason\" name=\"reason\" type=\"text\" maxlength=\"2000\">\n\
         <div class=\"buttons\"><button name=\"decision\" value=\"approve\">Approve the chosen</button>\
         <button name=\"decision\" value=\"reject\" class=\"second\">Reject the chosen</button></div>\n</form>\n",
        hidden(&person.form_token),
    )
}

/// What an action does, in words.
fn does(kind: &str) -> &str {
    match kind {
        "send_email" => "Mail",
        "place_call" => "Call",
        "call_task" => "Call by hand",
        "linkedin" => "LinkedIn message",
        "note" => "Note",
        "task" => "Task",
        "escalate" => "Call for help",
        "update" => "Change of fields",
        "stage" => "Change of stage",
        "record_opt_out" => "Opt-out",
        other => other,
    }
}

fn article(person: &Person, place: usize, action: &Value) -> String {
    let text = |value: &Value| escape(value.as_str().unwrap_or_default());
    let name = match action["lead_name"].as_str() {
        Some(name) => escape(name),
        None => "a deleted lead".to_owned(),
    };
    let company = action["lead_company"].as_str().map_or_else(String::new, |company| format!(", {}", escape(company)));
    let agent = action["agent_name"].as_str().map_or_else(String::new, |agent| format!(" Proposed by the agent {}.", escape(agent)));
    let title = format!("{} to {name}{company}", escape(does(action["kind"].as_str().unwrap_or_default())));
    let until = action["expires_at"].as_str().map_or_else(String::new, |time| {
        format!(" Refused by itself after {}.", escape(&time.get(..16).unwrap_or(time).replace('T', " ")))
    });
    let (id, digest) = (text(&action["id"]), text(&action["digest"]));
    let problems: String = action["problems"].as_array().into_iter().flatten().map(|problem| format!("<li>{}</li>\n", text(problem))).collect();
    let problems = if problems.is_empty() { problems } else { format!("<p>Not complete:</p>\n<ul>\n{problems}</ul>\n") };
    format!(
        "<article aria-labelledby=\"action-{place}\">\n<h2 id=\"action-{place}\">{title}</h2>\n\
         <label class=\"choice\"><input type=\"checkbox\" name=\"chosen\" value=\"{id}:{digest}\" form=\"{MANY}\">Choose {title}</label>\n\
         <p>{}{agent}{until}</p>\n{}{problems}<form method=\"post\" action=\"{PATH}/one\">\n{}\n\
         <input type=\"hidden\" name=\"action_id\" value=\"{id}\">\n<input type=\"hidden\" name=\"digest\" value=\"{digest}\">\n{}\
         <label for=\"reason-{place}\">Reason, when you reject</label>\n<input id=\"reason-{place}\" name=\"reason\" type=\"text\" maxlength=\"2000\">\n\
         <div class=\"buttons\"><button name=\"decision\" value=\"approve\" aria-label=\"Approve {title}\">Approve</button>\
         <button name=\"decision\" value=\"reject\" class=\"second\" aria-label=\"Reject {title}\">Reject</button></div>\n</form>\n</article>\n",
        text(&action["grounds"]["reason"]),
        facts(action),
        hidden(&person.form_token),
        content(place, action),
    )
}

fn facts(action: &Value) -> String {
    let found: String = action["grounds"]["facts"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|fact| {
            let text = |name: &str| escape(fact[name].as_str().unwrap_or_default());
            format!("<li>{}: {}</li>\n", text("condition"), text("found"))
        })
        .collect();
    if found.is_empty() { found } else { format!("<details>\n<summary>What that rests on</summary>\n<ul>\n{found}</ul>\n</details>\n") }
}

/// What is approved: in fields where it can be changed first, else as text.
fn content(place: usize, action: &Value) -> String {
    let (subject, body, to) = match action["message"].as_object() {
        Some(message) => (message["subject"].as_str(), message["text"].as_str(), message["to"].as_str()),
        None => (action["content"]["title"].as_str(), action["content"]["text"].as_str(), action["content"]["link"].as_str()),
    };
    let mut html = to.map_or_else(String::new, |to| format!("<p>To: {}</p>\n", escape(to)));
    if let Some(subject) = subject {
        html.push_str(&format!(
            "<label for=\"subject-{place}\">Subject</label>\n<input id=\"subject-{place}\" name=\"subject\" type=\"text\" value=\"{}\">\n",
            escape(subject)
        ));
    }
    if let Some(body) = body {
        let rows = body.lines().count().clamp(3, 20);
        // A line break right after the tag is not part of the text (HTML, section 13.1.2.5).
        html.push_str(&format!(
            "<label for=\"text-{place}\">Text</label>\n<textarea id=\"text-{place}\" name=\"text\" rows=\"{rows}\">\n{}</textarea>\n",
            escape(body)
        ));
    }
    if let Some(stage) = action["content"]["stage"].as_str() {
        html.push_str(&format!("<p>New stage: {}</p>\n", escape(stage)));
    }
    for (name, value) in action["content"]["set"].as_object().into_iter().flatten() {
        html.push_str(&format!("<p>{}: {}</p>\n", escape(name), escape(value.as_str().unwrap_or_default())));
    }
    html
}

/// `POST /approvals/one`.
pub(super) async fn decide(State(state): State<AppState>, request: Request) -> Response<Body> {
    let (parts, body) = request.into_parts();
    named("decide_action", one(&state, &parts, body).await)
}

async fn one(state: &AppState, parts: &Parts, body: Body) -> Reply {
    let (person, form) = form::of_person(state, parts, body).await?;
    match decided(state, &person, &form).await {
        Ok(done) => page(state, &person, "", Some(done), None).await,
        Err(error) if matches!(error.code.kind, Kind::Internal | Kind::Unavailable) => Err(stop(error)),
        Err(error) => page(state, &person, "", None, Some(&error)).await,
    }
}

/// Carries one decision out: a text that was changed is edited and approved in one.
async fn decided(state: &AppState, person: &Person, form: &Form) -> Result<&'static str, Error> {
    let (id, digest) = (form.text("action_id"), form.text("digest"));
    match form.text("decision") {
        "approve" => {
            let shown = person.call(state, "get_action", json!({ "action_id": id })).await?;
            let mut edit = json!({ "action_id": id, "digest": digest, "approve": true });
            if let Some(changes) = changes(form, &shown) {
                edit.as_object_mut().into_iter().for_each(|edit| edit.extend(changes.clone()));
                person.call(state, "edit_action", edit).await?;
                return Ok("Changed and approved.");
            }
            person.call(state, "approve_action", json!({ "action_id": id, "digest": digest })).await?;
            Ok("Approved.")
        }
        "reject" => {
            let shown = json!([{ "action_id": id, "digest": digest }]);
            let input = json!({ "actions": shown, "reason": form.text("reason") });
            let answer = person.call(state, "reject_actions", input).await?;
            match answer["results"][0]["message"].as_str() {
                None => Ok("Rejected."),
                Some(message) => Err(Error::new(code::WRONG_STATE, message)),
            }
        }
        _ => Err(Error::new(code::VALIDATION_ERROR, "Approve or reject.")),
    }
}

/// The fields that were changed in the form. Browsers send line breaks as CR LF.
fn changes(form: &Form, shown: &Value) -> Option<serde_json::Map<String, Value>> {
    let message = &shown["message"];
    let before = |name: &str, own: &str| match message.is_object() {
        true => message[name].as_str().map(ToOwned::to_owned),
        false => shown["content"][own].as_str().map(ToOwned::to_owned),
    };
    let mut changed = serde_json::Map::new();
    for (name, own) in [("subject", "title"), ("text", "text")] {
        let Some(before) = before(name, own) else { continue };
        let now = form.text(if name == "text" { "text" } else { "subject" }).replace("\r\n", "\n");
        if now.trim() != before.replace("\r\n", "\n").trim() {
            changed.insert(name.to_owned(), now.into());
        }
    }
    (!changed.is_empty()).then_some(changed)
}

/// `POST /approvals/many`.
pub(super) async fn decide_many(State(state): State<AppState>, request: Request) -> Response<Body> {
    let (parts, body) = request.into_parts();
    named("decide_actions", many(&state, &parts, body).await)
}

async fn many(state: &AppState, parts: &Parts, body: Body) -> Reply {
    let (person, form) = form::of_person(state, parts, body).await?;
    let chosen: Vec<Value> = form
        .all("chosen")
        .filter_map(|one| one.split_once(':'))
        .map(|(id, digest)| json!({ "action_id": id, "digest": digest }))
        .collect();
    let (operation, input, word) = match form.text("decision") {
        "reject" => ("reject_actions", json!({ "actions": chosen, "reason": form.text("reason") }), "rejected"),
        _ => ("approve_actions", json!({ "actions": chosen }), "approved"),
    };
    if chosen.is_empty() {
        let error = Error::new(code::VALIDATION_ERROR, "Choose at least one.");
        return page(state, &person, "", None, Some(&error)).await;
    }
    match person.call(state, operation, input).await {
        Ok(answer) => page(state, &person, "", Some(&told(&answer, word)), None).await,
        Err(error) if matches!(error.code.kind, Kind::Internal | Kind::Unavailable) => Err(stop(error)),
        Err(error) => page(state, &person, "", None, Some(&error)).await,
    }
}

/// What became of many decisions.
fn told(answer: &Value, word: &str) -> String {
    let missed: Vec<&str> =
        answer["results"].as_array().into_iter().flatten().filter_map(|one| one["message"].as_str()).collect();
    let done = format!("{} {word}.", answer["done"].as_u64().unwrap_or_default());
    if missed.is_empty() { done } else { format!("{done} {} not: {}", missed.len(), missed.join(" ")) }
}
