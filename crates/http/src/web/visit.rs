//! Who is looking at a page: cookies in and out, the session behind them, the person and their projects. Knows no page.

use axum::body::Body;
use axum::http::header::{COOKIE, HOST, ORIGIN, SET_COOKIE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, Response};
use outrider_domain::id::ProjectId;
use outrider_engine::Error;
use outrider_engine::error::code;
use outrider_engine::oauth::Site;
use outrider_engine::pipeline::{Call, Credential};
use outrider_engine::registry;
use outrider_engine::sign_in::sessions::{self, SignedIn};
use outrider_store::projects::{self, Project};
use serde_json::Value;

use super::{lead_to, next, sign_in, stop};
use crate::edge::Peer;
use crate::state::AppState;
use crate::surface::{limits, request_id};

/// The session's cookie.
const SESSION: &str = "outrider";
/// The cookie of a browser that has not signed in, to which the sign-in form is bound.
const VISIT: &str = "outrider_visit";
/// Longest token taken from a cookie.
const LONGEST: usize = 128;

/// Most projects shown to choose from.
const MOST_PROJECTS: i64 = 200;

/// The address of this server that the request was made to.
pub(crate) fn site(state: &AppState, headers: &HeaderMap) -> Site {
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    Site::of_host(&state.pipeline.core().settings, host)
}

/// Where a request comes from, as limits count it.
pub(crate) fn origin(parts: &Parts) -> String {
    limits::origin(parts.extensions.get::<Peer>().copied())
}

/// Cookies over TLS have a prefix that no other host and no page without TLS can set (`__Host-`).
fn name(site: &Site, name: &str) -> String {
    if site.is_secure() { format!("__Host-{name}") } else { name.to_owned() }
}

/// The `Cookie` header that carries a session's token to a server at a public address.
#[must_use]
pub fn session_cookie(public_url: &str, token: &str) -> String {
    let prefix = if public_url.starts_with("https://") { "__Host-" } else { "" };
    format!("{prefix}{SESSION}={token}")
}

fn read(headers: &HeaderMap, name: &str) -> Option<String> {
    let all = headers.get_all(COOKIE).into_iter().filter_map(|value| value.to_str().ok());
    let mut pairs = all.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs
        .find(|(own, _)| *own == name)
        .map(|(_, value)| value.to_owned())
        .filter(|value| (1..=LONGEST).contains(&value.len()) && value.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

fn set(response: &mut Response<Body>, site: &Site, cookie: &str, value: &str, seconds: Option<i64>) {
    let secure = if site.is_secure() { "; Secure" } else { "" };
    let lasts = seconds.map(|seconds| format!("; Max-Age={seconds}")).unwrap_or_default();
    let text = format!("{}={value}; Path=/; HttpOnly; SameSite=Lax{secure}{lasts}", name(site, cookie));
    if let Ok(value) = HeaderValue::from_str(&text) {
        response.headers_mut().append(SET_COOKIE, value);
    }
}

/// The session's token, whether or not it is still good.
pub(crate) fn session_token(site: &Site, headers: &HeaderMap) -> Option<String> {
    read(headers, &name(site, SESSION))
}

/// The session behind a request of our own pages; none from a page of another origin, whoever's browser shows it.
///
/// # Errors
/// `invalid_session`.
pub(crate) fn session_credential(state: &AppState, headers: &HeaderMap) -> Result<Credential, Error> {
    let site = site(state, headers);
    let elsewhere = headers.get(ORIGIN).is_some_and(|origin| origin.as_bytes() != site.origin().as_bytes());
    match session_token(&site, headers).filter(|_| !elsewhere) {
        Some(token) => Ok(Credential::Session { token, project: None }),
        None => {
            Err(Error::new(code::INVALID_SESSION, "This is for people who signed in: it takes a session and no key."))
        }
    }
}

/// Puts a new session into the browser.
pub(crate) fn keep_session(response: &mut Response<Body>, site: &Site, token: &str) {
    set(response, site, SESSION, token, Some(sessions::ABSOLUTE_MS / 1000));
    set(response, site, VISIT, "", Some(0));
}

/// Takes the session out of the browser.
pub(crate) fn drop_session(response: &mut Response<Body>, site: &Site) {
    set(response, site, SESSION, "", Some(0));
}

/// The visit's token, which a form without a session is bound to; a fresh one when the browser has none.
///
/// # Errors
/// When the system gives no randomness.
pub(crate) fn visit_token(site: &Site, headers: &HeaderMap) -> Result<(String, bool), Error> {
    match read(headers, &name(site, VISIT)) {
        Some(token) => Ok((token, false)),
        None => Ok((sessions::fresh_token()?, true)),
    }
}

/// Puts a visit's token into the browser.
pub(crate) fn keep_visit(response: &mut Response<Body>, site: &Site, token: &str) {
    set(response, site, VISIT, token, None);
}

/// Someone signed in, looking at a page.
pub(crate) struct Person {
    /// The session's token.
    pub(crate) token: String,
    /// The session and the user.
    pub(crate) signed_in: SignedIn,
    /// The projects of their organization.
    pub(crate) projects: Vec<Project>,
    /// The one they work in; none when the organization has none.
    pub(crate) project: Option<Project>,
    /// What their forms carry.
    pub(crate) form_token: String,
    /// The address they came to.
    pub(crate) site: Site,
    request_id: String,
}

/// Who is signed in.
///
/// # Errors
/// When the database fails.
pub(crate) async fn look(state: &AppState, parts: &Parts) -> Result<Option<Person>, Error> {
    let site = site(state, &parts.headers);
    let Some(token) = session_token(&site, &parts.headers) else { return Ok(None) };
    let now = state.pipeline.core().now();
    let asked = token.clone();
    let found = state
        .pipeline
        .store()
        .read(move |tx| {
            let signed_in = sessions::find(tx, &asked, now)?;
            let projects = projects::list(tx, signed_in.user.organization_id, ProjectId(0), MOST_PROJECTS)?;
            Ok::<_, Error>((signed_in, projects))
        })
        .await;
    let (signed_in, projects) = match found {
        Ok(found) => found,
        Err(error) if error.code == code::INVALID_SESSION => return Ok(None),
        Err(error) => return Err(error),
    };
    if signed_in.is_stale(now) {
        sessions::touch(&state.pipeline, &token).await?;
    }
    let chosen = projects.iter().find(|project| Some(project.id) == signed_in.session.project_id);
    let project = chosen.or(projects.first()).cloned();
    let form_token = sessions::form_token(state.pipeline.core(), &token);
    Ok(Some(Person { token, signed_in, projects, project, form_token, site, request_id: request_id(parts) }))
}

/// Who is signed in; everyone else is sent to sign in, and comes back to this page if it was asked for by GET.
///
/// # Errors
/// The answer to give in its place.
pub(crate) async fn person(state: &AppState, parts: &Parts) -> Result<Person, Box<Response<Body>>> {
    if let Some(person) = look(state, parts).await.map_err(stop)? {
        return Ok(person);
    }
    let here = parts.uri.path_and_query().map_or("/", |path| path.as_str());
    let back = if parts.method == Method::GET { next::safe(here) } else { None };
    Err(Box::new(lead_to(&sign_in::address(back))))
}

impl Person {
    /// Calls an operation in the project they work in.
    ///
    /// # Errors
    /// The pipeline's own, and the operation's.
    pub(crate) async fn call(&self, state: &AppState, operation: &str, input: Value) -> Result<Value, Error> {
        let operation = registry::find(operation)
            .ok_or_else(|| Error::new(code::INTERNAL_ERROR, "A page asked for an operation that does not exist."))?;
        let project = self.project.as_ref().map(|project| project.id);
        let credential = Credential::Session { token: self.token.clone(), project };
        let call = Call::new(credential, input, self.request_id.clone());
        Ok(state.pipeline.call(operation, call).await.1?.body)
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderMap;
    use axum::http::header::COOKIE;
    use outrider_engine::Settings;
    use outrider_engine::oauth::Site;

    use super::session_token;

    #[test]
    fn over_tls_only_the_prefixed_cookie_counts() {
        let site = |url: &str| Site::public(&Settings { public_url: url.to_owned(), ..Settings::default() });
        let headers = |text: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(COOKIE, text.parse().expect("a header"));
            headers
        };
        let both = headers("outrider=plain; x=y;__Host-outrider=abc");
        assert_eq!(session_token(&site("https://a.example"), &both).as_deref(), Some("abc"));
        assert_eq!(session_token(&site("http://127.0.0.1:1"), &both).as_deref(), Some("plain"));
        assert_eq!(session_token(&site("https://a.example"), &headers("outrider=plain")), None);
        assert_eq!(session_token(&site("http://127.0.0.1:1"), &headers("outrider=a\"b; outriderx=c")), None);
    }
}
