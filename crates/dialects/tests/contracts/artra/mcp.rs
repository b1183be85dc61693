//! The same endpoints as tools over MCP: same names, same scopes, previews by default.

use serde_json::{Value, json};

use super::{Artra, Seller, ids};
use crate::client::Client;

/// A client of the endpoint in a session.
async fn connect(here: &Artra, seller: &Seller) -> Client {
    let plain = here.rig.client("/artra", &seller.token).header("Accept", "application/json, text/event-stream");
    let params = json!({ "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": { "name": "test", "version": "1" } });
    let answer =
        plain.post("/mcp", json!({ "jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params })).await;
    let session = answer.expect(200).header("mcp-session-id").expect("a session").to_owned();
    let client = plain.header("Mcp-Session-Id", &session).header("Mcp-Protocol-Version", "2025-11-25");
    client.post("/mcp", json!({ "jsonrpc": "2.0", "method": "notifications/initialized" })).await.expect(202);
    client
}

async fn ask(client: &Client, method: &str, params: Value) -> Value {
    let answer = client.post("/mcp", json!({ "jsonrpc": "2.0", "id": 2, "method": method, "params": params })).await;
    let text = answer.expect(200).text();
    let body =
        text.lines().find_map(|line| line.strip_prefix("data: ").filter(|data| data.starts_with('{'))).unwrap_or(&text);
    serde_json::from_str::<Value>(body).expect("an answer")["result"].clone()
}

async fn call(client: &Client, tool: &str, arguments: Value) -> Value {
    ask(client, "tools/call", json!({ "name": tool, "arguments": arguments })).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_endpoint_is_a_tool_and_writes_preview_by_default() {
    let here = Artra::start().await;
    let client = connect(&here, &here.ann).await;
    let listed = ask(&client, "tools/list", json!({})).await;
    let names = ids(&listed["tools"], "name");
    for endpoint in outrider_dialects::artra::ENDPOINTS {
        assert!(names.contains(&endpoint.spec.name), "{} is not among {names:?}", endpoint.spec.name);
    }
    let add =
        listed["tools"].as_array().expect("tools").iter().find(|tool| tool["name"] == "add_contacts").expect("a tool");
    assert_eq!(add["inputSchema"]["properties"]["dry_run"]["default"], true);
    let (sequence, contact) = (here.sequence().await, here.contact(1, Some(&here.ann)).await);
    let me = call(&client, "whoami", json!({})).await;
    assert_eq!(me["structuredContent"]["user"]["email"], "ann@sender.test");
    let arguments = json!({ "id": sequence, "contact_ids": [contact] });
    let preview = call(&client, "add_contacts", arguments.clone()).await["structuredContent"].clone();
    assert_eq!((&preview["dry_run"], &preview["added_count"]), (&json!(true), &json!(1)), "{preview}");
    here.rig.run_due().await;
    assert!(here.rig.mails().is_empty());
    let mut commit = arguments;
    commit["dry_run"] = json!(false);
    commit["plan_digest"] = preview["digest"].clone();
    let done = call(&client, "add_contacts", commit).await["structuredContent"].clone();
    assert_eq!((&done["dry_run"], &done["added_count"]), (&json!(false), &json!(1)), "{done}");
    here.rig.run_due().await;
    assert_eq!(here.rig.mails().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn discovery_is_done_at_once_and_previewed_when_asked_and_counts_under_the_seller() {
    let here = Artra::start().await;
    let company =
        json!({ "name": "Nordwind Pay", "domain": "nordwind.example", "industries": ["Fintech"], "city": "Berlin" });
    here.rig.native("import_companies", json!({ "companies": [company], "source": "list.csv" })).await;
    here.rig.native("grant_credits", json!({ "amount": 3 })).await;
    let client = connect(&here, &here.ann).await;
    let wanted = json!({ "filters": { "cities": ["Berlin"] }, "dry_run": true });
    let shown = call(&client, "discover", wanted).await;
    assert!(!shown.to_string().contains("Nordwind") && !shown.to_string().contains("nordwind"), "{shown}");
    let shown = &shown["structuredContent"];
    assert_eq!(
        (&shown["dry_run"], &shown["credits"]["cost"], &shown["facets"]["companies"]),
        (&json!(true), &json!(1), &json!(1))
    );
    let wanted = json!({ "filters": { "cities": ["Berlin"] }, "plan_digest": shown["digest"] });
    let done = call(&client, "discover", wanted).await["structuredContent"].clone();
    assert_eq!((&done["dry_run"], &done["companies"][0]["name"]), (&json!(false), &json!("Nordwind Pay")), "{done}");
    for _ in 0..28 {
        here.ann.client.post("/discover/parse", json!({ "query": "fintechs" })).await.expect(200);
    }
    let refused = call(&client, "discover_parse", json!({ "query": "fintechs" })).await;
    assert_eq!(refused["structuredContent"]["error"]["code"], "rate_limited", "{refused}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tool_beyond_the_tokens_scopes_is_not_shown_and_not_done() {
    let here = Artra::start().await;
    let made = here
        .rig
        .native("create_key", json!({ "dialect": "artra", "scopes": ["contacts:read"], "user_id": here.ann.id }));
    let token = made.await["secret"].as_str().expect("a secret").to_owned();
    let narrow = Seller { id: here.ann.id.clone(), client: here.rig.client("/artra", &token), token };
    let client = connect(&here, &narrow).await;
    let listed = ask(&client, "tools/list", json!({})).await;
    assert_eq!(ids(&listed["tools"], "name"), ["whoami", "list_contacts", "get_contact"]);
    let refused =
        call(&client, "add_contacts", json!({ "id": here.sequence().await, "contact_ids": ["lead_0000000000000"] }))
            .await;
    assert_eq!(refused["isError"], true);
    assert_eq!(refused["structuredContent"]["error"]["code"], "insufficient_scope", "{refused}");
}
