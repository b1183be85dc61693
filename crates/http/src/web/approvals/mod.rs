//! The queue of approvals for people: looking at it, and deciding one, the chosen ones, or all that a page shows. Decides by the
//! operations that everybody uses, and draws nothing itself.

mod queue;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{Response, StatusCode};
use outrider_engine::Error;
use outrider_engine::error::code;
use outrider_engine::oauth::authorize::Parameters;
use outrider_engine::principal::APPROVE;
use outrider_engine::users::role::Role;
use serde_json::{Map, Value, json};

use self::queue::Queue;
use super::field::summary;
use super::form::{self, Form};
use super::frame::framed;
use super::visit::{self, Person};
use super::{Reply, beside, named, stop};
use crate::pages::escape;
use crate::state::AppState;
use crate::surface::status::status_of;

/// Where the queue is, and where its forms lead.
pub(super) const PATH: &str = "/approvals";
/// Actions on a page.
const SHOWN: i64 = 20;

/// Which part of the queue is looked at.
#[derive(Debug, Default)]
struct Place {
    /// Of this agent alone; of all when empty.
    agent: String,
    /// Where the page begins; the newest when empty.
    cursor: String,
}

/// What is told above the queue.
enum Told<'a> {
    Nothing,
    Done(&'a str),
    /// What went wrong, and the form it went wrong with, whose texts are kept.
    Wrong(&'a Error, &'a Form),
}

/// `GET /approvals`.
pub(super) async fn show(State(state): State<AppState>, request: Request) -> Response<Body> {
    let (parts, _) = request.into_parts();
    named("approvals_page", list(&state, &parts).await)
}

async fn list(state: &AppState, parts: &Parts) -> Reply {
    let person = visit::person(state, parts).await?;
    let query = Parameters::parse(parts.uri.query().unwrap_or("").as_bytes());
    let text = |name: &'static str| query.all(name).last().unwrap_or_default().to_owned();
    let place = Place { agent: text("agent_id"), cursor: text("cursor") };
    page(state, &person, &place, &Told::Nothing).await
}

/// The page, with what was done or what is wrong.
async fn page(state: &AppState, person: &Person, place: &Place, told: &Told<'_>) -> Reply {
    let mut input = json!({ "limit": SHOWN, "cursor": place.cursor });
    if !place.agent.is_empty() {
        input["agent_id"] = place.agent.as_str().into();
    }
    let mut listed = person.call(state, "list_approvals", input).await.map_err(stop)?;
    let next = listed["next_cursor"].as_str().map(ToOwned::to_owned);
    for action in listed["items"].as_array_mut().into_iter().flatten() {
        if let Some(call) = action["call_id"].as_str() {
            let call = person.call(state, "get_call", json!({ "call_id": call })).await.map_err(stop)?;
            action["call"] = call;
        }
    }
    let (above, error, kept) = match told {
        Told::Nothing => (String::new(), None, None),
        Told::Done(text) => {
            (format!("<div class=\"done\" role=\"status\">\n<p>{}</p>\n</div>\n", escape(text)), None, None)
        }
        Told::Wrong(error, form) => {
            // An error's field is the operation's; no field of this page has that name.
            (summary(Some(&Error::new(error.code, error.message.clone()))), Some(*error), Some(*form))
        }
    };
    let may_decide = Role::of(&person.signed_in.user.role).scopes().contains(&APPROVE);
    let queue = Queue { form_token: &person.form_token, place, next: next.as_deref(), kept, may_decide };
    let waiting = listed["items"].as_array().map(Vec::as_slice).unwrap_or_default();
    let content = format!("{above}{}", queue.html(waiting));
    let status = error.map_or(StatusCode::OK, |error| status_of(error.code));
    Ok(framed(status, person, PATH, "Approvals", &content, error.is_some()))
}

/// `POST /approvals`.
pub(super) async fn decide(State(state): State<AppState>, request: Request) -> Response<Body> {
    let (parts, body) = request.into_parts();
    named("decide_approvals", decided(&state, &parts, body).await)
}

async fn decided(state: &AppState, parts: &Parts, body: Body) -> Reply {
    let (person, form) = form::of_person(state, parts, body).await?;
    let place = Place { agent: form.text("agent_id").to_owned(), cursor: form.text("cursor").to_owned() };
    let outcome = match form.text("action_id") {
        "" => many(state, &person, &form).await,
        id => one(state, &person, &form, id).await,
    };
    match outcome {
        Ok(done) => page(state, &person, &place, &Told::Done(&done)).await,
        Err(error) => page(state, &person, &place, &Told::Wrong(&beside(error)?, &form)).await,
    }
}

/// Decides one: a text that was changed is edited and approved in one.
async fn one(state: &AppState, person: &Person, form: &Form, id: &str) -> Result<String, Error> {
    let digest = form.text("digest");
    match form.text("decision") {
        "approve" => {
            let shown = person.call(state, "get_action", json!({ "action_id": id })).await?;
            let mut changed = changes(form, &shown);
            let known = json!({ "action_id": id, "digest": digest });
            if changed.is_empty() {
                person.call(state, "approve_action", known).await?;
                return Ok("Approved.".to_owned());
            }
            changed.insert("approve".to_owned(), true.into());
            changed.extend(known.as_object().cloned().unwrap_or_default());
            person.call(state, "edit_action", Value::Object(changed)).await?;
            Ok("Changed and approved.".to_owned())
        }
        "reject" => {
            let input = json!({ "actions": [{ "action_id": id, "digest": digest }], "reason": form.text("reason") });
            let answer = person.call(state, "reject_actions", input).await?;
            match answer["results"][0]["message"].as_str() {
                None => Ok("Rejected.".to_owned()),
                Some(message) => Err(Error::new(code::WRONG_STATE, message)),
            }
        }
        _ => Err(undecided()),
    }
}

fn undecided() -> Error {
    Error::new(code::VALIDATION_ERROR, "Press one of the buttons: approve or reject.")
}

/// The fields that were changed in the form. Browsers send line breaks as CR LF.
fn changes(form: &Form, shown: &Value) -> Map<String, Value> {
    let message = &shown["message"];
    let is_mail = message.is_object();
    let mut changed = Map::new();
    for (name, own) in [("subject", "title"), ("text", "text"), ("html", "html")] {
        let before = if is_mail { &message[name] } else { &shown["content"][own] };
        let Some(before) = before.as_str() else { continue };
        let Some(after) = form.all(name).last() else { continue };
        let after = after.replace("\r\n", "\n");
        if after.trim() != before.replace("\r\n", "\n").trim() {
            changed.insert(name.to_owned(), after.into());
        }
    }
    changed
}

/// Decides the chosen ones, or all that were shown, each by the digest of what was shown.
async fn many(state: &AppState, person: &Person, form: &Form) -> Result<String, Error> {
    let (operation, field, word) = match form.text("decision") {
        "approve" => ("approve_actions", "chosen", "approved"),
        "approve_all" => ("approve_actions", "shown", "approved"),
        "reject" => ("reject_actions", "chosen", "rejected"),
        _ => return Err(undecided()),
    };
    let pair = |one: &str| one.split_once(':').map(|(id, digest)| json!({ "action_id": id, "digest": digest }));
    let actions: Vec<Value> = form.all(field).filter_map(pair).collect();
    if actions.is_empty() {
        return Err(Error::new(code::VALIDATION_ERROR, "Choose at least one."));
    }
    let mut input = json!({ "actions": actions });
    if operation == "reject_actions" {
        input["reason"] = form.text("reason").into();
    }
    let answer = person.call(state, operation, input).await?;
    let missed: Vec<&str> =
        answer["results"].as_array().into_iter().flatten().filter_map(|one| one["message"].as_str()).collect();
    let done = answer["done"].as_u64().unwrap_or_default();
    match missed.len() {
        0 => Ok(format!("{done} {word}.")),
        some => Ok(format!("{done} {word}. {some} not: {}", missed.join(" "))),
    }
}
