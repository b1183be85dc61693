//! The official judges of MCP on the whole server: the conformance suite in both eras, the inspector's lint, the TypeScript clients.

use std::collections::BTreeMap;
use std::path::Path;

use outrider_testkit::node::{Verdict, judge};
use outrider_testkit::requirements::{Requirement, Skip};
use serde_json::Value;

use super::fixture_tools;
use crate::fixture::{Server, Setup};

const SUITE: &str = "node_modules/@modelcontextprotocol/conformance/dist/index.js";
const INSPECTOR: &str = "node_modules/@modelcontextprotocol/inspector/clients/launcher/build/index.js";

/// What the suite asks of both eras that we offer: tools, documents, and the guard against rebinding. Prompts, completion, logging,
/// subscriptions and questions to the client are not offered.
const BOTH: &[&str] = &[
    "tools-list",
    "tools-call-simple-text",
    "tools-call-image",
    "tools-call-audio",
    "tools-call-embedded-resource",
    "tools-call-mixed-content",
    "tools-call-error",
    "resources-list",
    "resources-read-text",
    "resources-read-binary",
    "server-sse-multiple-streams",
    "dns-rebinding-protection",
];
/// What the suite says of a check that needs what is not offered: a tool which asks the client or writes its log, and prompts.
const NOT_OFFERED: &[&str] =
    &["Not testable: server does not list the diagnostic tool", "prompts/list returned JSON-RPC error -32601"];
const WITH_SESSIONS: &[&str] = &["server-initialize", "ping"];
const STATELESS: &[&str] = &[
    "server-stateless",
    "json-schema-2020-12",
    "sep-2164-resource-not-found",
    "caching",
    "http-header-validation",
    "http-custom-header-server-validation",
];

async fn ask(script: &'static str, arguments: Vec<String>) -> Result<Verdict, Skip> {
    let asking = move || {
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        judge(Requirement::McpJudges, script, &arguments, &[])
    };
    tokio::task::spawn_blocking(asking).await.expect("a verdict")
}

fn owned(arguments: &[&str]) -> Vec<String> {
    arguments.iter().map(ToString::to_string).collect()
}

/// What each scenario found wrong, by its name.
fn findings(folder: &Path) -> BTreeMap<String, Vec<String>> {
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(folder).expect("results").map(|entry| entry.expect("a folder")) {
        let name = entry.file_name().to_string_lossy().into_owned();
        let Ok(text) = std::fs::read_to_string(entry.path().join("checks.json")) else { continue };
        let checks: Vec<Value> = serde_json::from_str(&text).expect("checks");
        let said = |check: &Value| check["errorMessage"].as_str().unwrap_or_default().to_owned();
        let offered = |check: &&Value| !NOT_OFFERED.iter().any(|what| said(check).starts_with(what));
        let wrong = checks.iter().filter(|check| check["status"] == "FAILURE").filter(offered);
        found.insert(name, wrong.map(|check| format!("{}: {}", check["id"], check["errorMessage"])).collect());
    }
    found
}

async fn conforms(revision: &str, scenarios: &[&str]) {
    let setup = Setup { endpoints: vec![fixture_tools::surface()], lends_key: true, ..Setup::default() };
    let server = Server::set_up(setup).await;
    let folder = tempfile::tempdir().expect("a folder");
    let url = format!("http://{}/fixture/mcp", server.address);
    let out = folder.path().display().to_string();
    let arguments = owned(&["server", "--url", &url, "--requirements", revision, "-o", &out]);
    let Ok(verdict) = ask(SUITE, arguments).await else { return };
    let found = findings(folder.path());
    for scenario in scenarios {
        // The folders are called `server-SCENARIO-TIME`.
        let of =
            |name: &str| name.strip_prefix("server-").is_some_and(|rest| rest.starts_with(&format!("{scenario}-2")));
        let run: Vec<_> = found.iter().filter(|(name, _)| of(name)).collect();
        assert_eq!(run.len(), 1, "{scenario} did not run once: {:?}\n{}", found.keys(), verdict.said);
        assert!(run[0].1.is_empty(), "{scenario}: {:#?}", run[0].1);
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_official_suite_finds_nothing_wrong_with_sessions() {
    conforms("2025-11-25", &[BOTH, WITH_SESSIONS].concat()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_official_suite_finds_nothing_wrong_without_sessions() {
    conforms("2026-07-28", &[BOTH, STATELESS].concat()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_inspector_finds_no_fault_in_any_tool() {
    let setup = Setup { endpoints: vec![fixture_tools::surface()], ..Setup::default() };
    let server = Server::set_up(setup).await;
    let authorization = format!("Authorization: Bearer {}", server.key);
    for (path, tool) in [("/mcp", "list_leads"), ("/mcp?toolsets=all", "list_audit"), ("/fixture/mcp", "get_reply")] {
        let url = format!("http://{}{path}", server.address);
        let arguments = [
            "--cli",
            "--server-url",
            &url,
            "--transport",
            "http",
            "--header",
            &authorization,
            "--method",
            "tools/list",
            "--strict",
        ];
        let Ok(verdict) = ask(INSPECTOR, owned(&arguments)).await else { return };
        assert!(verdict.good && verdict.said.contains(&format!("\"{tool}\"")), "{path}: {}", verdict.said);
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_official_clients_list_call_read_and_hear_of_changes() {
    let server = Server::start().await;
    let url = format!("http://{}/mcp", server.address);
    let arguments = owned(&[&url, &server.key, "list_leads", "{}"]);
    let Ok(verdict) = ask("mcp_clients.mjs", arguments).await else { return };
    assert!(verdict.good && verdict.said.contains("ok   a wrong key is refused"), "{}", verdict.said);
    assert!(verdict.said.contains("2026-07-28") && verdict.said.contains("2025-11-25"), "{}", verdict.said);
    server.stop().await;
}
