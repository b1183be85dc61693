//! The authorization endpoint: GET shows the person what an application asks for, POST takes the answer. Before it is known that
//! client and redirect address belong together, nothing is sent anywhere.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{Response, StatusCode};
use outrider_engine::error::code;
use outrider_engine::oauth::authorize::{self as rules, Asked, Consent, Parameters, Unfit};
use outrider_engine::oauth::{Refusal, Scope};

use super::{consent, meant};
use crate::pages::{Page, escape, show};
use crate::state::AppState;
use crate::web::visit::{self, Person};
use crate::web::{Reply, form, lead_to, named, problem, stop};

/// `GET …/oauth/authorize`.
pub(super) async fn ask(State(state): State<AppState>, request: Request) -> Response<Body> {
    let (parts, _) = request.into_parts();
    named("oauth_authorize_page", page(&state, &parts).await)
}

async fn page(state: &AppState, parts: &Parts) -> Reply {
    let query = parts.uri.query().unwrap_or("");
    let asked = check(state, parts, query).await?;
    let person = visit::person(state, parts).await?;
    if person.signed_in.session.consents {
        // A session made on the command line for programs: it gives what is asked for, as its maker wanted.
        let scopes = offered(&asked).map(|scope| scope.name.to_owned()).collect();
        return agree(state, &asked, &person, Consent { scopes, project: None }).await;
    }
    Ok(consent::page(&person, &asked, parts.uri.path(), query, None))
}

/// What is granted unless the person chooses: all that was asked for, save what has to be asked for by name.
fn offered(asked: &Asked) -> impl Iterator<Item = &'static Scope> {
    asked.scopes.iter().copied().filter(|scope| asked.named || !scope.by_name)
}

/// The request, checked; or the answer in its place.
async fn check(state: &AppState, parts: &Parts, query: &str) -> Result<Asked, Box<Response<Body>>> {
    let origin = visit::origin(parts);
    let standing = state.pipeline.count(&state.pipeline.native_limit(), &origin).await.map_err(stop)?;
    standing.check(state.pipeline.core().now()).map_err(stop)?;
    let (site, resource) = meant(state, &parts.headers, parts.uri.path());
    let parameters = Parameters::parse(query.as_bytes());
    rules::check(&state.pipeline, state.web.as_ref(), &site, resource, &parameters, &origin).await.map_err(|unfit| {
        Box::new(match unfit {
            Unfit::Untrusted(refusal) => untrusted(&refusal),
            Unfit::Answered(address) => lead_to(&address),
        })
    })
}

/// Told to the person alone: whoever sent them here may be no friend of theirs.
fn untrusted(refusal: &Refusal) -> Response<Body> {
    if let Some(error) = &refusal.source {
        return problem(error);
    }
    let status = if refusal.retry_after.is_some() { StatusCode::TOO_MANY_REQUESTS } else { StatusCode::BAD_REQUEST };
    let content = format!(
        "<p>{}</p>\n<p>Nothing was allowed. Go back to the application and connect it again; if that does not help, its makers have \
         to mend it.</p>\n<p>Code: <code>{}</code></p>",
        escape(&refusal.description),
        escape(refusal.error)
    );
    show(
        status,
        &Page { title: "This application can not be connected", content: &content, failed: true, ..Page::default() },
    )
}

/// `POST …/oauth/authorize`.
pub(super) async fn decide(State(state): State<AppState>, request: Request) -> Response<Body> {
    let (parts, body) = request.into_parts();
    named("oauth_authorize", answer(&state, &parts, body).await)
}

async fn answer(state: &AppState, parts: &Parts, body: Body) -> Reply {
    let (person, form) = form::of_person(state, parts, body).await?;
    let query = form.text("request").to_owned();
    // Everything is checked anew: the form went through the person's hands.
    let asked = check(state, parts, &query).await?;
    let scopes = match form.text("decision") {
        "allow" => form.all("scope").map(ToOwned::to_owned).collect(),
        "read" => asked.scopes.iter().filter(|scope| scope.reads).map(|scope| scope.name.to_owned()).collect(),
        _ => return Ok(lead_to(&asked.denied())),
    };
    let project = match form.text("project_id") {
        "" => None,
        id => Some(id.parse().map_err(|_| stop(outrider_engine::Error::not_found("project")))?),
    };
    match rules::agree(&state.pipeline, &asked, &person.token, Consent { scopes, project }).await {
        Ok(address) => Ok(lead_to(&address)),
        Err(error) if error.code == code::VALIDATION_ERROR => {
            Ok(consent::page(&person, &asked, parts.uri.path(), &query, Some(&error)))
        }
        Err(error) => Err(stop(error)),
    }
}

async fn agree(state: &AppState, asked: &Asked, person: &Person, consent: Consent) -> Reply {
    let address = rules::agree(&state.pipeline, asked, &person.token, consent).await.map_err(stop)?;
    Ok(lead_to(&address))
}
