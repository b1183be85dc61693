//! Cora at a host name of its own: the documented paths at its root, to the letter, MCP and its metadata among them.

use serde_json::json;

use super::Cora;
use crate::rig::{Rig, Setup};

const HOST: &str = "cora.example.com";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_documented_paths_stand_at_the_root() {
    let rig = Rig::with(Setup { hosts: vec![("cora", HOST)], ..Setup::default() }).await;
    let cora = Cora::on(rig).await;
    let at_root = |path: &str| cora.rig.client(path, &cora.key).named(HOST);
    let made = at_root("/api/v1").post("/leads", json!({ "name": "Jane", "email": "jane@acme.example" })).await;
    let id = made.expect(201).json()["data"]["id"].as_str().expect("an id").to_owned();
    let found = at_root("/api/v1").get(&format!("/leads/{id}")).await;
    assert_eq!(found.expect(200).json()["data"]["email"], "jane@acme.example");
    assert_eq!(cora.data(&format!("/leads/{id}")).await["id"], json!(id), "below the mount it is the same");
    for path in ["/stats", "/agents", "/credits", "/openapi.json", "/docs", "/billing/plans"] {
        let (root, mounted) = (at_root("/api/v1").get(path).await, cora.client.get(path).await);
        assert_eq!((root.expect(200).status, &root.body), (mounted.expect(200).status, &mounted.body), "{path}");
    }
    let elsewhere = cora.rig.client("/api/v1", &cora.key).get("/credits").await;
    assert_eq!(elsewhere.status, 401, "at the server's own name the path is the native API's, whose keys are others");
    let resource = cora.rig.anonymous("").named(HOST).get("/.well-known/oauth-protected-resource/api/mcp").await;
    let resource = resource.expect(200).json();
    assert!(
        resource["resource"].as_str().is_some_and(|url| url.ends_with("/api/mcp") && url.contains(HOST)),
        "{resource}"
    );
    let refused = cora.rig.anonymous("").named(HOST).post("/api/mcp", json!({})).await;
    let challenge = refused.expect(401).header("www-authenticate").unwrap_or_default();
    assert!(challenge.contains(&format!("{HOST}/.well-known/oauth-protected-resource/api/mcp")), "{challenge}");
}
