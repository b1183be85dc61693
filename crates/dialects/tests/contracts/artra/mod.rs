//! ARTRA's contract. `coverage` holds every documented endpoint; each other file the requests and answers of one of its
//! chapters.

mod contacts;
mod conventions;
mod coverage;
mod discovery;
mod documents;
mod enrich;
mod mcp;
mod sequences;
mod tokens;
mod workflows;

use serde_json::{Value, json};

use crate::client::{Answer, Client};
use crate::rig::Rig;

/// Where the documented paths stand, on this server.
pub(crate) const BASE: &str = "/artra/api/v1/agent";

/// Every scope the contract names.
pub(crate) const SCOPES: &[&str] =
    &["contacts:read", "sequences:read", "sequences:write", "discover", "enrich", "outreach:run"];

/// A server with two sellers and an admin, each with a token of every scope, in a project with one mailbox.
pub(crate) struct Artra {
    pub(crate) rig: Rig,
    pub(crate) ann: Seller,
    pub(crate) bob: Seller,
    pub(crate) admin: Seller,
}

/// A person with a token.
pub(crate) struct Seller {
    pub(crate) id: String,
    pub(crate) token: String,
    pub(crate) client: Client,
}

impl Artra {
    pub(crate) async fn start() -> Self {
        Self::on(Rig::start().await).await
    }

    pub(crate) async fn on(rig: Rig) -> Self {
        rig.native("create_identity", json!({ "email": "sales@sender.test", "name": "Sam Seller", "gap": "0s" })).await;
        rig.native("update_project", json!({ "project_id": rig.main, "autonomy": "alone" })).await;
        let ann = seller(&rig, "ann@sender.test", "seller").await;
        let bob = seller(&rig, "bob@sender.test", "seller").await;
        let admin = seller(&rig, "ada@sender.test", "admin").await;
        Self { rig, ann, bob, admin }
    }

    /// A contact that a seller owns.
    pub(crate) async fn contact(&self, number: usize, owner: Option<&Seller>) -> String {
        let lead = json!({
            "first_name": format!("Jo{number}"), "last_name": "Doe", "email": format!("jo{number}@acme.example"), "company": "Acme",
            "role": "CTO", "phone": format!("+1415555{number:04}"), "country": "DE", "time_zone": "Europe/Berlin",
            "custom_fields": { "street": "1 Main St", "city": "Springfield", "zip": 12345 },
        });
        let made = self.rig.native("create_lead", lead).await;
        let id = made["id"].as_str().expect("an id").to_owned();
        if let Some(owner) = owner {
            self.rig.native("assign_owner", json!({ "user_id": owner.id, "lead_ids": [id] })).await;
        }
        id
    }

    /// A sequence of two mails.
    pub(crate) async fn sequence(&self) -> String {
        let steps = json!([
            { "key": "one", "subject": "Hello {{ first_name }}", "text": "How are you?" },
            { "key": "two", "after": "2d", "thread": true, "text": "Did this reach you?" },
        ]);
        let made =
            self.rig.native("create_sequence", json!({ "name": "intro", "definition": { "steps": steps } })).await;
        made["id"].as_str().expect("an id").to_owned()
    }

    /// A workflow of one mail.
    pub(crate) async fn workflow(&self) -> String {
        let text = "# Hello\n\n## Steps\n\n### hello: email\n- because: nobody has said hello\n- subject: Hello {{ first_name }}\n\nHow are you?\n";
        let made = self.rig.native("create_agent", json!({ "name": "Greeter", "type": "outbound" })).await;
        let id = made["id"].as_str().expect("an id").to_owned();
        let playbook = json!({ "playbook_md": text, "enabled": true, "description": "Says hello" });
        self.rig.native("update_agent", json!({ "agent_id": id, "autonomy": "alone", "playbook": playbook })).await;
        id
    }

    /// A client of a person with only these scopes.
    pub(crate) async fn scoped(&self, of: &Seller, scopes: &[&str]) -> Client {
        self.rig.client(BASE, &token(&self.rig, &of.id, scopes).await)
    }
}

/// A person of the project's organization, with a token of every scope.
pub(crate) async fn seller(rig: &Rig, email: &str, role: &str) -> Seller {
    let made = rig.native("create_user", json!({ "email": email, "role": role })).await;
    let id = made["id"].as_str().expect("an id").to_owned();
    let token = token(rig, &id, SCOPES).await;
    Seller { client: rig.client(BASE, &token), id, token }
}

async fn token(rig: &Rig, user: &str, scopes: &[&str]) -> String {
    let made = rig.native("create_key", json!({ "dialect": "artra", "scopes": scopes, "user_id": user })).await;
    made["secret"].as_str().expect("a secret").to_owned()
}

/// Asserts status, code and envelope of an error.
#[track_caller]
pub(crate) fn assert_refused(answer: &Answer, status: u16, code: &str) -> String {
    let body = answer.expect(status).json();
    let error = body["error"].as_object().expect("an error");
    let names: Vec<&String> = error.keys().collect();
    assert_eq!(names, ["code", "message"], "{body}");
    assert_eq!(body.as_object().expect("an object").len(), 1, "{body}");
    assert_eq!(error["code"], code, "{}: {body}", answer.request);
    error["message"].as_str().expect("a message").to_owned()
}

/// The ids in a list of objects.
pub(crate) fn ids<'a>(list: &'a Value, field: &str) -> Vec<&'a str> {
    list.as_array().expect("a list").iter().map(|one| one[field].as_str().expect("an id")).collect()
}
