//! Owns an OAuth token endpoint with the introspection that a mail server asks: it knows which access tokens are good because it
//! made them. Must not issue anything to whoever has not the refresh token.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};

use crate::small_http::{Request, serve};

/// The client it knows.
pub const CLIENT: &str = "outrider";
/// That client's secret.
pub const CLIENT_SECRET: &str = "a secret & more";

struct State {
    user: String,
    refresh_token: String,
    /// Seconds a token lasts.
    lasts: u64,
    rotates: bool,
    broken: bool,
    made: usize,
    /// The one access token that is good.
    good: Option<String>,
}

/// The endpoint; it ends with the process.
#[derive(Clone)]
pub struct TokenEndpoint {
    url: String,
    state: Arc<Mutex<State>>,
}

impl TokenEndpoint {
    /// Starts one whose tokens, lasting so many seconds, let this user in.
    ///
    /// # Panics
    /// When there is no port.
    #[must_use]
    pub fn start(user: &str, lasts: u64) -> Self {
        let state = State {
            user: user.to_owned(),
            refresh_token: "refresh-0".to_owned(),
            lasts,
            rotates: false,
            broken: false,
            made: 0,
            good: None,
        };
        let state = Arc::new(Mutex::new(state));
        let serving = Arc::clone(&state);
        let url = serve(move |request| Some(answer(&mut lock(&serving), request)));
        Self { url, state }
    }

    /// Where tokens are asked for.
    #[must_use]
    pub fn token_url(&self) -> String {
        format!("{}/token", self.url)
    }

    /// Where a mail server asks whom a token lets in.
    #[must_use]
    pub fn introspection_url(&self) -> String {
        format!("{}/introspect", self.url)
    }

    /// The refresh token that is good now.
    #[must_use]
    pub fn refresh_token(&self) -> String {
        lock(&self.state).refresh_token.clone()
    }

    /// The access token that is good now.
    #[must_use]
    pub fn good(&self) -> Option<String> {
        lock(&self.state).good.clone()
    }

    /// How many access tokens it has made.
    #[must_use]
    pub fn made(&self) -> usize {
        lock(&self.state).made
    }

    /// Ends the access token that is good now.
    pub fn revoke(&self) {
        lock(&self.state).good = None;
    }

    /// From now on each refresh token is good for one use.
    pub fn rotate(&self) {
        lock(&self.state).rotates = true;
    }

    /// From now on, or no longer, it answers 503.
    pub fn break_down(&self, broken: bool) {
        lock(&self.state).broken = broken;
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

fn answer(state: &mut State, request: &Request) -> (u16, Value) {
    let form = request.form();
    let field = |name: &str| form.get(name).map_or("", String::as_str);
    match request.posted_to() {
        _ if state.broken => (503, json!({ "error": "temporarily_unavailable" })),
        Some("/token") => {
            if (field("client_id"), field("client_secret")) != (CLIENT, CLIENT_SECRET) {
                return (401, json!({ "error": "invalid_client" }));
            }
            if field("grant_type") != "refresh_token" || field("refresh_token") != state.refresh_token {
                return (400, json!({ "error": "invalid_grant", "error_description": "The grant was revoked." }));
            }
            state.made += 1;
            let token = format!("access-{}", state.made);
            state.good = Some(token.clone());
            let mut given = json!({ "access_token": token, "token_type": "Bearer", "expires_in": state.lasts });
            if state.rotates {
                state.refresh_token = format!("refresh-{}", state.made);
                given["refresh_token"] = json!(state.refresh_token);
            }
            (200, given)
        }
        Some("/introspect") => {
            let active = state.good.as_deref() == Some(field("token"));
            (200, json!({ "active": active, "username": state.user }))
        }
        _ => (404, json!({ "error": "not_found" })),
    }
}
