//! `outrider mcp`: a client at the process's own streams, with nothing between. On both databases, and beside a running server.

use outrider_testkit::node;
use outrider_testkit::requirements::Requirement;
use serde_json::{Value, json};

use crate::rig::Rig;

/// What the process answers to these messages, one a line, and how it ended.
fn talk(rig: &Rig, key: &str, messages: &[Value]) -> (i32, Vec<Value>, String) {
    let lines: String = messages.iter().map(|message| format!("{message}\n")).collect();
    let ended = rig.run_with(&["mcp", "--key", key], &lines);
    let answers = ended.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    (ended.status, answers, ended.stderr)
}

fn request(id: i64, method: &str, params: Value) -> Value {
    json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params })
}

fn call(id: i64, tool: &str, arguments: Value) -> Value {
    request(id, "tools/call", json!({ "name": tool, "arguments": arguments }))
}

fn beginning() -> [Value; 2] {
    let params = json!({ "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": { "name": "test", "version": "1" } });
    [request(1, "initialize", params), json!({ "jsonrpc": "2.0", "method": "notifications/initialized" })]
}

#[test]
fn a_client_at_standard_input_lists_and_writes_beside_a_running_server() {
    for rig in Rig::each() {
        rig.ok(&["project", "create", "Acme"]);
        let key = rig.ok(&["key", "create"]).trim().to_owned();
        let server = rig.serve(&[]);
        let mut messages = beginning().to_vec();
        messages.push(request(2, "tools/list", json!({})));
        messages.push(call(3, "create_lead", json!({ "name": "Ada" })));
        let (status, answers, stderr) = talk(&rig, &key, &messages);
        assert_eq!(status, 0, "{stderr}");
        let answer =
            |id: i64| answers.iter().find(|answer| answer["id"] == id).unwrap_or_else(|| panic!("{answers:?}"));
        assert_eq!(answer(1)["result"]["serverInfo"]["name"], "native");
        assert!(answer(2)["result"]["tools"].as_array().is_some_and(|tools| tools.len() > 10), "{}", answer(2));
        assert_eq!(answer(3)["result"]["structuredContent"]["name"], "Ada", "{}", answer(3));
        assert_eq!(server.data("/leads", &key)[0]["name"], "Ada", "what it wrote is the server's too");
        server.stop();
    }
}

#[test]
fn a_key_that_is_none_is_told_before_anything_is_served() {
    let rig = Rig::sqlite();
    rig.ok(&["project", "create", "Acme"]);
    for (key, says) in [("or_live_no", "malformed or unknown"), ("artic", "no key of an endpoint")] {
        let (status, answers, stderr) = talk(&rig, key, &beginning());
        assert!(status != 0 && answers.is_empty() && stderr.to_lowercase().contains(says), "{key}: {status} {stderr}");
    }
}

#[test]
fn what_is_no_message_ends_nothing_but_itself() {
    let rig = Rig::sqlite();
    rig.ok(&["project", "create", "Acme"]);
    let key = rig.ok(&["key", "create"]).trim().to_owned();
    let mut messages = beginning().to_vec();
    messages.push(call(2, "no_such_tool", json!({})));
    messages.push(call(3, "get_lead", json!({ "lead_id": "lead_0000000000001" })));
    messages.push(request(4, "no/such", json!({})));
    messages.push(call(5, "list_leads", json!({})));
    let (status, answers, stderr) = talk(&rig, &key, &messages);
    assert_eq!(status, 0, "{stderr}");
    let answer = |id: i64| answers.iter().find(|answer| answer["id"] == id).unwrap_or_else(|| panic!("{answers:?}"));
    assert_eq!(answer(2)["error"]["code"], -32602);
    assert_eq!(answer(3)["result"]["structuredContent"]["error"]["code"], "resource_not_found");
    assert_eq!(answer(4)["error"]["code"], -32601);
    assert_eq!(answer(5)["result"]["structuredContent"]["items"], json!([]));
}

#[test]
fn a_line_that_is_no_json_is_answered_and_the_next_is_heard() {
    let rig = Rig::sqlite();
    rig.ok(&["project", "create", "Acme"]);
    let key = rig.ok(&["key", "create"]).trim().to_owned();
    let [begin, begun] = beginning();
    let lines = format!("hello?\n{begin}\n{begun}\n{{\"jsonrpc\": \n\n{}\n", request(2, "tools/list", json!({})));
    let ended = rig.run_with(&["mcp", "--key", &key], &lines);
    assert_eq!(ended.status, 0, "{}", ended.stderr);
    let answers: Vec<Value> = ended.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let unread: Vec<&Value> = answers.iter().filter(|answer| answer["error"]["code"] == -32700).collect();
    assert_eq!(unread.len(), 2, "{answers:?}");
    assert!(unread.iter().all(|answer| answer["id"].is_null() && answer["jsonrpc"] == "2.0"), "{answers:?}");
    assert!(answers.iter().any(|answer| answer["id"] == 2 && answer["result"]["tools"].is_array()), "{answers:?}");
}

#[test]
fn the_inspector_finds_no_fault_over_standard_streams() {
    let rig = Rig::sqlite();
    rig.ok(&["project", "create", "Acme"]);
    let key = rig.ok(&["key", "create"]).trim().to_owned();
    let data = rig.path("outrider-data").display().to_string();
    let program = env!("CARGO_BIN_EXE_outrider");
    let script = "node_modules/@modelcontextprotocol/inspector/clients/launcher/build/index.js";
    let arguments = ["--cli", program, "--data", &data, "mcp", "--key", &key, "--method", "tools/list", "--strict"];
    let Ok(verdict) = node::judge(Requirement::McpJudges, script, &arguments, &[]) else { return };
    assert!(verdict.good && verdict.said.contains("\"list_leads\""), "{}", verdict.said);
}
