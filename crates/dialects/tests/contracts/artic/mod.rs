//! Artic's contract. `coverage` holds every documented endpoint; each other file the requests and answers of one of its chapters.

mod agents;
mod calls;
mod conventions;
mod coverage;
mod examples;
mod flow;
mod strangers;

use serde_json::{Value, json};

use crate::client::{Answer, Client};
use crate::rig::Rig;

/// Where the documented paths stand, on this server.
pub(crate) const BASE: &str = "/artic/api/v1";

/// An id of the contract's examples: well-formed, and nobody's.
pub(crate) const NOBODYS: &str = "665f1c2a9b3e4a0012ab34cd";

/// A server with a full key of Artic, and nothing else.
pub(crate) struct Artic {
    pub(crate) rig: Rig,
    pub(crate) client: Client,
    pub(crate) key: String,
}

impl Artic {
    pub(crate) async fn start() -> Self {
        Self::over(Rig::start().await).await
    }

    pub(crate) async fn over(rig: Rig) -> Self {
        let key = rig.key("artic", &["*"]).await;
        let client = rig.client(BASE, &key);
        Self { rig, client, key }
    }

    /// A client of another organization.
    pub(crate) async fn stranger(&self) -> Client {
        self.rig.client(BASE, &self.rig.key_in(self.rig.other, "artic", &["*"]).await)
    }

    /// What a GET answers.
    pub(crate) async fn get(&self, path: &str) -> Value {
        self.client.get(path).await.expect(200).json()
    }

    /// What a POST makes.
    pub(crate) async fn made(&self, path: &str, body: Value) -> Value {
        self.client.post(path, body).await.expect(201).json()
    }

    /// The id of the contract's agent; its callees live in India.
    pub(crate) async fn agent(&self) -> String {
        let mut details = dental();
        details["businessDetails"]["country"] = json!("India");
        id_of(&self.made("/agents", details).await)
    }
}

/// The contract's body of an agent.
pub(crate) fn dental() -> Value {
    json!({
        "templateSlug": "dental-appointment",
        "businessDetails": { "clinicName": "Smile Dental", "city": "Chennai" },
    })
}

#[track_caller]
pub(crate) fn id_of(thing: &Value) -> String {
    let id = thing["id"].as_str().expect("an id").to_owned();
    assert!(id.len() == 24 && id.bytes().all(|byte| byte.is_ascii_hexdigit()), "{id}");
    id
}

/// Asserts status and word of an error in its documented shape, and which fields it names.
#[track_caller]
pub(crate) fn assert_refused(answer: &Answer, status: u16, word: &str, fields: &[&str]) {
    let body = answer.expect(status).json();
    assert_eq!(body["error"], word, "{}: {body}", answer.request);
    assert!(body["message"].as_str().is_some_and(|text| !text.is_empty()), "{body}");
    let names: Vec<&str> = body.as_object().expect("an object").keys().map(String::as_str).collect();
    let wanted: &[&str] =
        if word == "validation_error" { &["error", "fields", "message"] } else { &["error", "message"] };
    assert_eq!(names, wanted, "{body}");
    let mut named: Vec<&str> = body["fields"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, problem)| {
            assert!(problem.as_str().is_some_and(|text| !text.is_empty()), "{body}");
            name.as_str()
        })
        .collect();
    named.sort_unstable();
    let mut fields = fields.to_vec();
    fields.sort_unstable();
    assert_eq!(named, fields, "{}: {body}", answer.request);
}
