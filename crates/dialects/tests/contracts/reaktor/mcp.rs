//! The MCP endpoint: every skill and workflow as a tool, three more, four resources, by the same key in the same header.

use std::time::Duration;

use outrider_domain::time::MINUTE;
use outrider_testkit::node;
use outrider_testkit::python;
use outrider_testkit::requirements::Requirement;
use serde_json::{Value, json};

use super::{Reaktor, assert_refused};
use crate::client::Client;
use crate::rig::Rig;

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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn submissions_count_together_over_mcp_a2a_and_rest_and_looking_is_no_submission() {
    let here = Reaktor::start().await;
    let (_, agent, _) = here.agent(500).await;
    let client = agent.at("/reaktor");
    let hello = json!({ "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": { "name": "test", "version": "1" } });
    let session = rpc(&client, None, "initialize", hello).await.1.expect("a session");
    let call = async |name: &str, arguments: Value| {
        let params = json!({ "name": name, "arguments": arguments });
        rpc(&client, Some(&session), "tools/call", params).await.0["result"].clone()
    };
    let prospect = json!({ "name": "Jane Smith", "company": "Acme Corp" });
    let task = call("contact_lookup", prospect.clone()).await["structuredContent"]["taskId"].clone();
    let unknown = call("get_task_status", json!({ "taskId": "task_x" })).await;
    assert_eq!(
        (&unknown["isError"], &unknown["structuredContent"]["error"]["code"]),
        (&json!(true), &json!("NOT_FOUND"))
    );
    let a2a = async |method: &str, params: Value| {
        let body = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
        client.post("/a2a", body).await
    };
    for _ in 0..25 {
        a2a("GetTask", json!({ "id": task })).await.expect(200);
    }
    let data = json!({ "skill": "contact_lookup", "input": prospect });
    let message = json!({ "message": { "messageId": "m1", "role": "ROLE_USER", "parts": [{ "data": data }] } });
    for _ in 0..9 {
        a2a("SendMessage", message.clone()).await.expect(200);
    }
    for _ in 0..10 {
        assert_ne!(call("contact_lookup", prospect.clone()).await["isError"], true);
    }
    let asked = json!({ "taskType": "contact_lookup", "inputPayload": prospect });
    let refused = agent.post("/tasks", asked.clone()).await;
    assert_refused(&refused, 429, "RATE_LIMIT_EXCEEDED");
    assert_eq!(refused.header("x-ratelimit-limit"), Some("20"));
    here.rig.advance(60_000);
    agent.post("/tasks", asked).await.expect(200);
}

/// Lets the worker do what is asked for, and a minute pass in every twentieth of a second: how often anybody may ask is another
/// test's.
async fn work(rig: &Rig) {
    loop {
        rig.run_due().await;
        tokio::time::sleep(Duration::from_millis(50)).await;
        rig.advance(MINUTE);
    }
}

/// What an official client says after its work, with whether it was content; nothing where it is not installed.
async fn judged(script: impl FnOnce(&[&str]) -> Option<(bool, String)> + Send + 'static) -> Option<String> {
    let here = Reaktor::start().await;
    let given = [format!("{}/reaktor", here.rig.url), here.key.clone()];
    let asking = tokio::task::spawn_blocking(move || script(&given.each_ref().map(String::as_str)));
    let (good, said) = tokio::select! {
        asked = asking => asked.expect("a verdict")?,
        () = work(&here.rig) => unreachable!("it never ends"),
    };
    assert!(good, "{said}");
    Some(said)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_official_typescript_client_has_every_tool_work_and_reads_every_resource() {
    let script = |given: &[&str]| {
        let verdict = node::judge(Requirement::McpJudges, "reaktor_mcp.mjs", given, &[]).ok()?;
        Some((verdict.good, verdict.said))
    };
    let Some(said) = judged(script).await else { return };
    for name in outrider_skills::SKILLS.iter().map(|skill| skill.name).chain(["prospect_and_outreach"]) {
        assert!(said.lines().any(|line| line.starts_with("ok   ") && line.ends_with(name)), "{name}: {said}");
    }
    assert!(said.matches("ok   resource drk://").count() == 4 && said.contains("ok   all"), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_official_python_clients_have_tasks_done_at_once_and_later() {
    let script = |given: &[&str]| {
        let verdict = python::script("reaktor_mcp.py", given, &[], b"").ok()?;
        Some((verdict.good, verdict.said))
    };
    let Some(said) = judged(script).await else { return };
    for client in ["mcp", "fastmcp"] {
        assert!(said.contains(&format!("ok   {client}: 11 skills, 4 resources")), "{said}");
    }
}
