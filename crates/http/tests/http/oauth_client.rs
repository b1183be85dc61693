//! An application that asks people for access: registers, builds requests, exchanges codes. Holds no test.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use outrider_domain::id::ProjectId;
use outrider_engine::Error;
use outrider_engine::pipeline::{Call, Credential, Reply};
use outrider_engine::registry;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::browser::{Browser, encode, hidden, query_of};
use crate::fixture::{Answer, Server};

pub(crate) const REDIRECT: &str = "http://127.0.0.1:33420/cb";
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

/// The metadata of a public client that refreshes.
pub(crate) fn public_client() -> Value {
    json!({
        "client_name": "Assistant",
        "redirect_uris": [REDIRECT],
        "grant_types": ["authorization_code", "refresh_token"],
        "token_endpoint_auth_method": "none",
    })
}

pub(crate) fn challenge(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier))
}

/// A registered application; `mount` is that of its issuer.
#[derive(Clone)]
pub(crate) struct App {
    pub(crate) mount: &'static str,
    pub(crate) id: String,
    pub(crate) secret: Option<String>,
    pub(crate) basic: bool,
}

impl App {
    pub(crate) async fn register(server: &Server, mount: &'static str, metadata: &Value) -> Self {
        let body = metadata.to_string();
        let path = format!("{mount}/oauth/register");
        let answer = server.send("POST", &path, &[("Content-Type", "application/json")], body.as_bytes()).await;
        let made = answer.assert_status(201).json();
        Self {
            mount,
            id: made["client_id"].as_str().expect("an id").to_owned(),
            secret: made["client_secret"].as_str().map(ToOwned::to_owned),
            basic: made["token_endpoint_auth_method"] == "client_secret_basic",
        }
    }

    /// The resource of its issuer.
    pub(crate) fn resource(&self, server: &Server) -> String {
        let path = if self.mount.is_empty() { "/mcp" } else { "/cora/api/mcp" };
        format!("{}{path}", server.pipeline.core().settings.public_url)
    }

    /// A good request, with some parameters put in place of others; an empty value leaves one out.
    pub(crate) fn request(&self, server: &Server, changed: &[(&str, &str)]) -> String {
        let (challenge, resource) = (challenge(VERIFIER), self.resource(server));
        let mut pairs = vec![
            ("response_type", "code"),
            ("client_id", self.id.as_str()),
            ("redirect_uri", REDIRECT),
            ("code_challenge", challenge.as_str()),
            ("code_challenge_method", "S256"),
            ("state", "st-1"),
            ("resource", resource.as_str()),
        ];
        for (name, value) in changed {
            pairs.retain(|(own, _)| own != name);
            if !value.is_empty() {
                pairs.push((name, value));
            }
        }
        encode(&pairs)
    }

    /// Shows a request to a signed-in person, who submits these fields; gives where the browser is sent.
    pub(crate) async fn ask(&self, person: &mut Browser<'_>, request: &str, fields: &[(&str, &str)]) -> Answer {
        let path = format!("{}/oauth/authorize", self.mount);
        let page = person.get(&format!("{path}?{request}")).await;
        page.assert_status(200);
        let request = hidden(&page, "request");
        let mut all = vec![("request", request.as_str())];
        all.extend(fields);
        person.submit(&page, &path, &all).await
    }

    /// The code of a request that a person allows as it is.
    pub(crate) async fn code(&self, person: &mut Browser<'_>, scopes: &[&str]) -> String {
        let request = self.request(person.server, &[("scope", &scopes.join(" "))]);
        let mut fields = vec![("decision", "allow")];
        fields.extend(scopes.iter().map(|scope| ("scope", *scope)));
        let sent = self.ask(person, &request, &fields).await;
        let location = sent.assert_status(303).header("location").expect("a place").to_owned();
        assert!(location.starts_with(&format!("{REDIRECT}?")), "{location}");
        query_of(&location)["code"].clone()
    }

    /// A request to the token endpoint, or another that takes a client's credentials.
    pub(crate) async fn post(&self, server: &Server, endpoint: &str, fields: &[(&str, &str)]) -> Answer {
        let mut all = fields.to_vec();
        let basic =
            format!("Basic {}", STANDARD.encode(format!("{}:{}", self.id, self.secret.as_deref().unwrap_or_default())));
        let mut headers = vec![("Content-Type", "application/x-www-form-urlencoded")];
        if self.basic {
            headers.push(("Authorization", basic.as_str()));
        } else {
            all.push(("client_id", &self.id));
            all.extend(self.secret.as_deref().map(|secret| ("client_secret", secret)));
        }
        server.send("POST", &format!("{}/oauth/{endpoint}", self.mount), &headers, encode(&all).as_bytes()).await
    }

    /// Exchanges a code, with some fields put in place of others.
    pub(crate) async fn exchange(&self, server: &Server, code: &str, changed: &[(&str, &str)]) -> Answer {
        let mut fields = vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", REDIRECT),
            ("code_verifier", VERIFIER),
        ];
        for (name, value) in changed {
            fields.retain(|(own, _)| own != name);
            if !value.is_empty() {
                fields.push((name, value));
            }
        }
        self.post(server, "token", &fields).await
    }

    pub(crate) async fn refresh(&self, server: &Server, token: &str, more: &[(&str, &str)]) -> Answer {
        let mut fields = vec![("grant_type", "refresh_token"), ("refresh_token", token)];
        fields.extend(more);
        self.post(server, "token", &fields).await
    }

    /// Tokens of a person, the whole way.
    pub(crate) async fn tokens(&self, person: &mut Browser<'_>, scopes: &[&str]) -> Value {
        let code = self.code(person, scopes).await;
        self.exchange(person.server, &code, &[]).await.assert_status(200).json()
    }
}

pub(crate) fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_else(|| panic!("no {name} in {value}")).to_owned()
}

/// Uses an access token as the MCP endpoint would.
pub(crate) async fn call(
    server: &Server,
    token: &str,
    resource: &str,
    project: Option<ProjectId>,
    operation: &str,
    input: Value,
) -> Result<Reply, Error> {
    let credential = Credential::Token { secret: token.to_owned(), resource: resource.to_owned(), project };
    let operation = registry::find(operation).expect("an operation");
    server.pipeline.call(operation, Call::new(credential, input, "test")).await.1
}

/// The code of what using a token ends with, or `ok`.
pub(crate) async fn outcome(server: &Server, token: &str, resource: &str, operation: &str) -> &'static str {
    let input = if operation == "create_lead" { json!({ "name": "A" }) } else { json!({}) };
    call(server, token, resource, None, operation, input).await.map_or_else(|error| error.code.name, |_| "ok")
}

/// Asserts an OAuth error.
#[track_caller]
pub(crate) fn refused(answer: &Answer, status: u16, error: &str) {
    let body = answer.json();
    assert_eq!((answer.status, body["error"].as_str()), (status, Some(error)), "{body}");
    assert!(body["error_description"].as_str().is_some_and(|text| !text.is_empty()), "{body}");
    assert_eq!(answer.header("cache-control"), Some("no-store"));
}
