//! The MCP endpoint: every skill and workflow as a tool, three more, four resources, by the same key in the same header.

use serde_json::{Value, json};

use super::Reaktor;
use crate::client::Client;

async fn rpc(client: &Client, session: Option<&str>, method: &str, params: Value) -> (Value, Option<String>) {
    let mut client = client.header("Accept", "application/json, text/event-stream");
    if let Some(session) = session {
        client = client.header("Mcp-Session-Id", session).header("MCP-Protocol-Version", "2025-11-25");
    }
    let answer = client.post("/mcp", json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params })).await;
    let text = answer.expect(200).text();
    let line = text.lines().find_map(|line| line.strip_prefix("data: ").filter(|data| data.starts_with('{')));
    let body = match line.or_else(|| text.find('{').map(|at| text[at..].trim_end_matches(['\r', '\n', '0']).trim_end()))
    {
        Some(body) => serde_json::from_str(body).unwrap_or_else(|error| panic!("{error} in {text}")),
        None => panic!("no JSON in {text}"),
    };
    (body, answer.header("mcp-session-id").map(ToOwned::to_owned))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tools_and_resources_are_as_documented_and_a_task_is_done() {
    let here = Reaktor::start().await;
    let client = here.rig.anonymous("/reaktor").header("X-API-Key", &here.key);
    let hello = json!({ "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": { "name": "test", "version": "1" } });
    let (_, session) = rpc(&client, None, "initialize", hello).await;
    let session = session.expect("a session");
    let listed = rpc(&client, Some(&session), "tools/list", json!({})).await.0;
    let names: Vec<&str> =
        listed["result"]["tools"].as_array().expect("tools").iter().filter_map(|tool| tool["name"].as_str()).collect();
    for skill in outrider_skills::SKILLS {
        assert!(names.contains(&skill.name), "{} is no tool", skill.name);
    }
    for name in ["list_capabilities", "check_credits", "get_task_status", "prospect_and_outreach"] {
        assert!(names.contains(&name), "{name} is no tool");
    }
    assert_eq!(names.len(), 11 + 5 + 3);
    let call = |name: &str, arguments: Value| json!({ "name": name, "arguments": arguments });
    let scored = rpc(
        &client,
        Some(&session),
        "tools/call",
        call("lead_scoring", json!({ "contactName": "Jane Smith", "company": "Acme" })),
    )
    .await
    .0;
    let done = &scored["result"]["structuredContent"];
    assert!(done["output"]["score"].is_i64(), "{scored}");
    let research =
        rpc(&client, Some(&session), "tools/call", call("research", json!({ "name": "Jane Smith" }))).await.0;
    let queued = &research["result"]["structuredContent"];
    assert_eq!(queued["status"], "queued", "{research}");
    here.rig.run_due().await;
    let polled =
        rpc(&client, Some(&session), "tools/call", call("get_task_status", json!({ "taskId": queued["taskId"] })))
            .await
            .0;
    assert_eq!(polled["result"]["structuredContent"]["status"], "completed", "{polled}");
    let credits = rpc(&client, Some(&session), "tools/call", call("check_credits", json!({}))).await.0;
    assert_eq!(credits["result"]["structuredContent"]["credits"], 9_990, "{credits}");

    let resources = rpc(&client, Some(&session), "resources/list", json!({})).await.0;
    let uris: Vec<&str> = resources["result"]["resources"]
        .as_array()
        .expect("resources")
        .iter()
        .filter_map(|one| one["uri"].as_str())
        .collect();
    assert_eq!(uris, ["drk://catalog/skills", "drk://catalog/workflows", "drk://docs/openapi", "drk://docs/agents-md"]);
    for uri in uris {
        let read = rpc(&client, Some(&session), "resources/read", json!({ "uri": uri })).await.0;
        assert!(read["result"]["contents"][0]["text"].as_str().is_some_and(|text| text.len() > 500), "{uri}");
    }
}
