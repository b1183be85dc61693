//! Another project's ids: everywhere the answer for what does not exist.

use outrider_dialects::cora::ENDPOINTS;
use serde_json::{Value, json};

use super::{Cora, assert_refused};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_projects_ids_do_not_exist() {
    let cora = Cora::start().await;
    let stranger = cora.stranger().await;
    let (lead, agent) = (cora.lead().await, cora.agent().await);
    let made = async |path: &str, body: Value| {
        stranger.post(path, body).await.expect(201).json()["data"]["id"].as_str().expect("an id").to_owned()
    };
    let own_lead = made("/leads", json!({ "name": "Own", "email": "own@other.test" })).await;
    let own_agent = made("/agents", json!({ "type": "outbound" })).await;

    let (caller, phone) = cora.caller().await;
    let callee = cora.callee("+12125550101", "agreeable").await;
    let call =
        cora.call(json!({ "lead_id": callee, "agent_id": caller })).await.expect(202).json()["data"]["call_id"].clone();
    let call = call.as_str().expect("an id");
    let imported = json!({ "number": "+14155550177", "country": "US" });
    let own_phone = cora.rig.native_in(cora.rig.other, "import_phone_number", imported).await;
    let own_phone = own_phone["id"].as_str().expect("an id").to_owned();
    let ids =
        [("lead_id", lead.as_str()), ("agent_id", agent.as_str()), ("call_id", call), ("phone_id", phone.as_str())];
    let mut reached = 0;
    for endpoint in ENDPOINTS.iter().filter(|endpoint| !endpoint.spec.person) {
        let mut path = endpoint.spec.path.trim_start_matches("/api/v1").to_owned();
        let Some((field, _)) = path.split_once('{').and_then(|(_, rest)| rest.split_once('}')) else { continue };
        let field = field.to_owned();
        let (_, id) = ids.iter().find(|(name, _)| *name == field).unwrap_or_else(|| panic!("an id for {field}"));
        path = path.replace(&format!("{{{field}}}"), id);
        let method = format!("{:?}", endpoint.spec.verb).to_uppercase();
        let mut body = json!({ "name": "Stolen", "lead_ids": [own_lead], "agent_id": own_agent, "role": "inbound" });
        // What stands in the path stands there alone.
        body.as_object_mut().expect("an object").remove(&field);
        let body = endpoint.spec.writes().then_some(body);
        assert_refused(&stranger.send(&method, &path, body).await, 404, "resource_not_found", Some(&field));
        reached += 1;
    }
    assert!(reached >= 10, "only {reached} endpoints take an id in their path");

    for (method, path, body, field) in [
        ("GET", format!("/leads?agent_id={agent}"), None, "agent_id"),
        ("GET", format!("/activity?agent_id={agent}"), None, "agent_id"),
        ("GET", format!("/activity?lead_id={lead}"), None, "lead_id"),
        ("POST", "/leads".to_owned(), Some(json!({ "name": "X", "agent_id": agent })), "agent_id"),
        ("POST", "/leads/bulk".to_owned(), Some(json!({ "leads": [{ "name": "X" }], "agent_id": agent })), "agent_id"),
        (
            "POST",
            format!("/agents/{own_agent}/assign-leads"),
            Some(json!({ "lead_ids": [own_lead, lead] })),
            "lead_ids[1]",
        ),
        ("POST", "/outreach/email".to_owned(), Some(json!({ "lead_id": lead, "agent_id": own_agent })), "lead_id"),
        ("POST", "/outreach/email".to_owned(), Some(json!({ "lead_id": own_lead, "agent_id": agent })), "agent_id"),
        ("POST", "/outreach/call".to_owned(), Some(json!({ "lead_id": callee, "agent_id": own_agent })), "lead_id"),
        ("POST", "/outreach/call".to_owned(), Some(json!({ "lead_id": own_lead, "agent_id": caller })), "agent_id"),
        (
            "POST",
            format!("/phone-numbers/{own_phone}/assign"),
            Some(json!({ "agent_id": agent, "role": "inbound" })),
            "agent_id",
        ),
    ] {
        let stranger = stranger.header("Idempotency-Key", "k");
        assert_refused(&stranger.send(method, &path, body).await, 404, "resource_not_found", Some(field));
    }
    let bulk = stranger.post("/leads/bulk", json!({ "leads": [{ "name": "X", "agent_id": agent }] })).await;
    assert_eq!(bulk.expect(201).json()["data"]["errors"], 1);
    assert_eq!(cora.data(&format!("/leads/{lead}")).await["name"], "Jane Doe", "nothing was changed");
    let seen = stranger.get("/leads").await.json();
    assert_eq!(seen["data"].as_array().map(Vec::len), Some(1), "{seen}");
    let projects = stranger.get("/projects").await.json();
    assert_eq!(projects["data"].as_array().map(Vec::len), Some(1), "{projects}");
    let cursor =
        cora.client.get("/activity?limit=1").await.json()["next_cursor"].as_str().expect("a cursor").to_owned();
    assert_refused(&stranger.get(&format!("/activity?cursor={cursor}")).await, 400, "validation_error", Some("cursor"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_sees_its_own_project_of_the_company_alone() {
    let cora = Cora::start().await;
    let side = cora.rig.client(super::BASE, &cora.rig.key_in(cora.rig.side, "cora", &["*"]).await);
    let lead = cora.lead().await;
    assert_refused(&side.get(&format!("/leads/{lead}")).await, 404, "resource_not_found", Some("lead_id"));
    assert_eq!(side.get("/leads").await.expect(200).json()["data"], json!([]));
}
