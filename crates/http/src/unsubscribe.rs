//! The page behind a mail's unsubscribe link: GET asks, POST acts. What an opt-out does is the engine's.
//!
//! Link scanners follow links, so GET must change nothing; mail programs POST by themselves (RFC 8058) without asking.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{Method, Response, StatusCode};
use futures_util::StreamExt;
use outrider_engine::Error;
use outrider_engine::opt_out::{self, Link};

use crate::edge::Trace;
use crate::native;
use crate::pages::{escape, page};
use crate::state::AppState;

/// Most bytes of a body that are received, to be polite to its sender; what they say makes no difference.
const BODY_LIMIT: usize = 16 * 1024;

/// Answers everything at `/u/{token}`.
pub(crate) async fn handle(State(state): State<AppState>, request: Request) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let token = parts.uri.path().strip_prefix("/u/").unwrap_or_default().to_owned();
    let (operation, outcome) = match parts.method {
        Method::GET | Method::HEAD => ("unsubscribe_page", ask(&state, &token).await),
        Method::POST => {
            // Who asks not to be written to is heard, whether by RFC 8058's `List-Unsubscribe=One-Click`, by the
            // page's form or by an empty body.
            drain(body, &state).await;
            ("unsubscribe", act(&state, &token).await)
        }
        _ => ("unsubscribe_page", Ok(native::voice().method_not_allowed("GET, HEAD, POST"))),
    };
    let mut response = outcome.unwrap_or_else(|error| failed(&error));
    response.extensions_mut().insert(Trace { operation, ..Trace::default() });
    response
}

/// The link of a token that is one of ours.
async fn find(state: &AppState, token: &str) -> Result<Option<Link>, Error> {
    let core = std::sync::Arc::clone(state.pipeline.core());
    let token = token.to_owned();
    state.pipeline.store().read(move |tx| opt_out::find_link(tx, &core, &token)).await
}

async fn ask(state: &AppState, token: &str) -> Result<Response<Body>, Error> {
    let Some(link) = find(state, token).await? else { return Ok(unknown()) };
    if link.opted_out {
        return Ok(unsubscribed(link.email.as_deref()));
    }
    let whom = address(link.email.as_deref());
    let content = format!(
        "<p>Should {whom} get no more mail from this sender?</p>\n\
         <form method=\"post\" action=\"/u/{}\">\n<input type=\"hidden\" name=\"confirm\" value=\"yes\">\n\
         <button type=\"submit\">Unsubscribe</button>\n</form>",
        escape(token)
    );
    Ok(page(StatusCode::OK, "Unsubscribe", &content))
}

async fn act(state: &AppState, token: &str) -> Result<Response<Body>, Error> {
    // Looked at first, so that forged links don't queue for the database's one writer.
    if find(state, token).await?.is_none() {
        return Ok(unknown());
    }
    let Some(done) = opt_out::by_link(&state.pipeline, token).await? else { return Ok(unknown()) };
    Ok(unsubscribed(done.email.as_deref()))
}

/// Says that it is done, now or before.
fn unsubscribed(email: Option<&str>) -> Response<Body> {
    let whom = address(email);
    page(
        StatusCode::OK,
        "You are unsubscribed",
        &format!("<p>This sender will not write to {whom} again. You can close this page.</p>"),
    )
}

/// The address as HTML, or words for one that is no longer known.
fn address(email: Option<&str>) -> String {
    match email {
        Some(email) => format!("<span class=\"address\">{}</span>", escape(email)),
        None => "the address this link was sent to".to_owned(),
    }
}

fn unknown() -> Response<Body> {
    let content = "<p>The link may have been cut off on its way. Copy all of it from the mail, or answer the mail and ask to be taken off the list.</p>";
    page(StatusCode::NOT_FOUND, "This unsubscribe link is not valid", content)
}

fn failed(error: &Error) -> Response<Body> {
    let api = native::voice().error(error);
    page(
        api.status(),
        "That did not work",
        "<p>Your request could not be recorded just now. Please try the link again in a few minutes.</p>",
    )
}

async fn drain(body: Body, state: &AppState) {
    let mut chunks = body.into_data_stream();
    let receive = async {
        let mut received = 0;
        while let Some(Ok(chunk)) = chunks.next().await {
            received += chunk.len();
            if received > BODY_LIMIT {
                break;
            }
        }
    };
    // A body that never ends must not keep an opt-out from being recorded.
    if tokio::time::timeout(state.shared.limits.body, receive).await.is_err() {
        tracing::debug!("the body of an unsubscribe request did not end");
    }
}
