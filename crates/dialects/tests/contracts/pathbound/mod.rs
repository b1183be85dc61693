//! Pathbound's contract. `coverage` holds every documented endpoint; each other file the requests and answers of one of its
//! chapters.

mod agents;
mod approvals;
mod conventions;
mod coverage;
mod runs;

use serde_json::{Value, json};

use crate::client::{Answer, Client};
use crate::rig::Rig;
use crate::shape::assert_shape;

/// Where the documented paths stand, on this server.
pub(crate) const BASE: &str = "/pathbound/v1";

/// A playbook of one mail.
pub(crate) const MAIL: &str = "# Hello\n\n## Steps\n\n### hello: email\n- because: nobody has said hello\n- subject: Hello {{ first_name }}\n\nHow are you?\n";

/// A server with one key per scope, for a project with one mailbox.
pub(crate) struct Pathbound {
    pub(crate) rig: Rig,
    pub(crate) read: Client,
    pub(crate) write: Client,
    pub(crate) trigger: Client,
    pub(crate) approve: Client,
}

impl Pathbound {
    pub(crate) async fn start() -> Self {
        let rig = Rig::start().await;
        rig.native("create_identity", json!({ "email": "sales@sender.test", "name": "Sam Seller", "gap": "0s" })).await;
        let client = async |scope: &str| rig.client(BASE, &rig.key("pathbound", &[scope]).await);
        let (read, write) = (client("agents:read").await, client("agents:write").await);
        let (trigger, approve) = (client("agents:trigger").await, client("agents:approve").await);
        Self { rig, read, write, trigger, approve }
    }

    pub(crate) async fn contact(&self, number: usize) -> String {
        let made = self
            .rig
            .native(
                "create_lead",
                json!({ "first_name": format!("Jo{number}"), "last_name": "Doe", "email": format!("jo{number}@acme.example"),
                    "company": "Acme", "role": "CTO", "phone": format!("+1415555{number:04}") }),
            )
            .await;
        made["id"].as_str().expect("an id").to_owned()
    }

    /// An enabled agent that says hello.
    pub(crate) async fn agent(&self) -> String {
        let body = json!({ "name": "Greeter", "playbook": { "playbook_md": MAIL }, "enabled": true });
        let made = self.write.post("/agents", body).await.expect(201).json();
        made["agent"]["id"].as_str().expect("an id").to_owned()
    }

    /// A run over these contacts as far as it goes without a yes.
    pub(crate) async fn run(&self, agent: &str, contacts: &[String]) -> Value {
        let started = self.trigger.post(&format!("/agents/{agent}/trigger"), json!({ "contact_ids": contacts })).await;
        let id = started.expect(200).json()["run_id"].as_str().expect("a run").to_owned();
        self.rig.run_due().await;
        self.see(&id).await
    }

    pub(crate) async fn see(&self, run: &str) -> Value {
        self.read.get(&format!("/agents/runs/{run}")).await.expect(200).json()["run"].clone()
    }
}

/// Asserts status, the error's envelope, and the field its details name.
#[track_caller]
pub(crate) fn assert_refused(answer: &Answer, status: u16, field: Option<&str>) {
    let body = answer.expect(status).json();
    let mut names: Vec<&String> = body.as_object().expect("an object").keys().collect();
    names.sort();
    assert_eq!(names, ["details", "error", "status", "timestamp"], "{body}");
    assert_eq!(body["status"], "error", "{body}");
    assert!(body["error"].as_str().is_some_and(|text| !text.is_empty()), "{body}");
    assert!(body["timestamp"].as_str().is_some_and(|text| text.ends_with('Z')), "{body}");
    let details = body["details"].as_array().expect("a list");
    assert_eq!(details.first().and_then(|one| one["field"].as_str()), field, "{}: {body}", answer.request);
}

/// Asserts that an answer says `success` and otherwise has exactly this shape.
#[track_caller]
pub(crate) fn assert_success(body: &Value, shape: &Value) {
    let mut rest = body.clone();
    let status = rest.as_object_mut().and_then(|fields| fields.remove("status"));
    assert_eq!(status, Some(json!("success")), "{body}");
    assert_shape(&rest, shape);
}
