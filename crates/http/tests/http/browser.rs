//! A person with a browser: keeps cookies, fills in forms, follows nothing by itself. And a person to be. Holds no test.

use std::collections::BTreeMap;

use outrider_domain::address::Email;
use outrider_domain::id::ProjectId;
use outrider_engine::pipeline::{Call, Credential};
use outrider_engine::principal::Principal;
use outrider_engine::{registry, sign_in};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::json;

use crate::fixture::{Answer, Server};

pub(crate) const PASSWORD: &str = "correct horse battery";

/// Makes a person in a project's organization.
pub(crate) async fn add_person(server: &Server, project: ProjectId, email: &str, role: &str) {
    let operator = Credential::Known(Principal::operator(project));
    let call = Call::new(operator, json!({ "email": email, "role": role }), "fixture");
    server.pipeline.call(registry::find("create_user").expect("create_user"), call).await.1.expect("a user");
    let email = Email::parse(email).expect("an address");
    sign_in::set_password(&server.pipeline, &email, PASSWORD).await.expect("a password");
}

/// Pairs as a form or a query carries them.
pub(crate) fn encode(pairs: &[(&str, &str)]) -> String {
    let part = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    pairs.iter().map(|(name, value)| format!("{}={}", part(name), part(value))).collect::<Vec<_>>().join("&")
}

/// The value of a hidden field.
pub(crate) fn hidden(page: &Answer, name: &str) -> String {
    let html = page.text();
    let start = format!("name=\"{name}\" value=\"");
    let (_, rest) = html.split_once(&start).unwrap_or_else(|| panic!("no field {name} in {html}"));
    let value = rest.split('"').next().unwrap_or_default();
    value.replace("&amp;", "&").replace("&#39;", "'").replace("&quot;", "\"")
}

/// The parameters of an address.
pub(crate) fn query_of(address: &str) -> BTreeMap<String, String> {
    let query = address.split_once('?').map_or("", |(_, query)| query);
    let part = |text: &str| {
        percent_encoding::percent_decode_str(&text.replace('+', " ")).decode_utf8().expect("UTF-8").into_owned()
    };
    query.split('&').filter_map(|pair| pair.split_once('=')).map(|(name, value)| (part(name), part(value))).collect()
}

pub(crate) struct Browser<'a> {
    pub(crate) server: &'a Server,
    pub(crate) cookies: BTreeMap<String, String>,
    /// What it says as `Host`.
    pub(crate) host: &'a str,
}

impl<'a> Browser<'a> {
    pub(crate) fn new(server: &'a Server) -> Self {
        Self { server, cookies: BTreeMap::new(), host: &server.address }
    }

    pub(crate) async fn get(&mut self, path: &str) -> Answer {
        self.request("GET", path, "").await
    }

    pub(crate) async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.request("POST", path, &encode(fields)).await
    }

    /// Posts fields together with the token that a page's forms carry.
    pub(crate) async fn submit(&mut self, page: &Answer, path: &str, fields: &[(&str, &str)]) -> Answer {
        let token = hidden(page, "form_token");
        let mut all = vec![("form_token", token.as_str())];
        all.extend(fields);
        self.post(path, &all).await
    }

    async fn request(&mut self, method: &str, path: &str, body: &str) -> Answer {
        let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mut head = format!("{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n", self.host);
        if !cookies.is_empty() {
            head.push_str(&format!("Cookie: {}\r\n", cookies.join("; ")));
        }
        if method == "POST" {
            head.push_str(&format!(
                "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n",
                body.len()
            ));
        }
        let answer = self.server.raw(format!("{head}\r\n{body}").as_bytes()).await;
        for cookie in answer.headers("set-cookie") {
            let (pair, attributes) = cookie.split_once(';').expect("attributes");
            let (name, value) = pair.split_once('=').expect("a value");
            assert!(
                attributes.contains("HttpOnly") && attributes.contains("SameSite=Lax") && attributes.contains("Path=/"),
                "{cookie}"
            );
            if value.is_empty() {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        answer
    }

    /// Signs in by the form.
    pub(crate) async fn sign_in(&mut self, email: &str) -> Answer {
        let page = self.get("/sign-in").await;
        self.submit(&page, "/sign-in", &[("email", email), ("password", PASSWORD)]).await
    }

    /// The session's token.
    pub(crate) fn session(&self) -> Option<&str> {
        self.cookies
            .iter()
            .find(|(name, _)| name.trim_start_matches("__Host-") == "outrider")
            .map(|(_, value)| value.as_str())
    }
}
