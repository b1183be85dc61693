//! MCP over real HTTP: tool calls beside the same read by REST, what the pipeline itself costs, what an idle session keeps
//! resident, and how many tokens the tools take that are shown first.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use outrider_engine::pipeline::{Call, Credential, Pipeline};
use outrider_engine::registry;
use outrider_http::mcp::estimated_tokens;
use outrider_store::leads;
use serde_json::{Value, json};

use super::api::{known_ids, serve};
use super::broken;
use super::load::{Client, Requests, run};
use super::people::mix;
use super::report::{Budget, Row, number};
use super::rig::{Filled, Rig};
use crate::failure::Outcome;

const CONNECTIONS: [u64; 2] = [8, 32];
/// Calls a second, milliseconds, tokens.
const RATE: f64 = 5_000.0;
const P99: f64 = 20.0;
const TOKENS: f64 = 8_000.0;
/// Sessions of one key, as many as it may have.
const SESSIONS: u64 = 100;
/// How long the server rests before its memory is read.
const REST: Duration = Duration::from_secs(3);
const VERSION: &str = "2026-07-28";

pub(super) async fn measure(rig: &mut Rig) -> Outcome<Vec<Row>> {
    let filled = rig.filled().await?;
    let duration = Duration::from_secs(if rig.quick { 2 } else { 8 });
    let keys = keys(&filled, if rig.quick { 6 } else { 20 }).await?;
    let (server, address) = serve(&filled).await?;
    let ids = known_ids(&filled, address, rig.leads).await?;
    let mut rows = vec![tokens(&filled, address).await?];
    let calls = calls(&filled.key, &ids);
    let reads = super::api::reads(&filled.key, ids.clone());
    for connections in CONNECTIONS {
        let call = run(address, connections, duration, Arc::clone(&calls)).await?;
        let read = run(address, connections, duration, Arc::clone(&reads)).await?;
        let what = format!("tools/call get_lead with a key over {connections} connections, revision {VERSION}");
        rows.push(
            Row::new(format!("mcp.call.{connections}"), what.clone(), call.rate, "calls/s")
                .budget(Budget::AtLeast(RATE))
                .beside(read.rate, "the same read by REST"),
        );
        rows.push(Row::new(format!("mcp.call_p99.{connections}"), what, call.p99, "ms").budget(Budget::AtMost(P99)));
    }
    server.stop();
    rows.push(sessions(&filled, &keys).await?);
    rows.extend(pipeline(rig, &filled, &ids).await?);
    Ok(rows)
}

/// What an idle session keeps resident, on a server of its own: on one that was under load before, sessions find room in memory it
/// holds anyway. Those of the first key come before the count, and bring what any session needs once.
async fn sessions(filled: &Filled, keys: &[String]) -> Outcome<Row> {
    let (server, address) = serve(filled).await?;
    let [first, others @ ..] = keys else { return Err(broken("there is no key for sessions")) };
    open(address, first).await?;
    tokio::time::sleep(REST).await;
    let before = server.resident()?;
    for key in others {
        open(address, key).await?;
    }
    tokio::time::sleep(REST).await;
    let count = number(SESSIONS * others.len() as u64);
    let each = (server.resident()? - before).max(0.0) * 1e3 / count;
    server.stop();
    Ok(Row::new("mcp.session", format!("VmRSS of a fresh serve for each of {count} idle sessions"), each, "kB"))
}

/// Opens as many sessions as a key may have.
async fn open(address: SocketAddr, key: &str) -> Outcome {
    let mut client = Client::connect(address).await?;
    for _ in 0..SESSIONS {
        let answer = client.ask(&message(key, "initialize", &initialize())).await?;
        if answer.status != 200 {
            return Err(broken(format!("initialize gave {}", answer.status)));
        }
    }
    Ok(())
}

/// More keys of the filled project.
async fn keys(filled: &Filled, count: usize) -> Outcome<Vec<String>> {
    let installation = filled.place.open().await?;
    let mut keys = Vec::new();
    for number in 0..count {
        let made =
            installation.call(filled.project, "create_key", json!({ "name": format!("bench {number}") })).await?;
        keys.push(made["secret"].as_str().unwrap_or_default().to_owned());
    }
    installation.close().await?;
    Ok(keys)
}

/// A request of the era without sessions; `initialize` is of the other.
fn message(key: &str, method: &str, params: &Value) -> String {
    let body = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params }).to_string();
    let era = if method == "initialize" {
        String::new()
    } else {
        let name = params["name"].as_str().map(|name| format!("Mcp-Name: {name}\r\n")).unwrap_or_default();
        format!("Mcp-Protocol-Version: {VERSION}\r\nMcp-Method: {method}\r\n{name}")
    };
    format!(
        "POST /mcp HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {key}\r\nContent-Type: application/json\r\n\
         Accept: application/json, text/event-stream\r\n{era}Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

fn initialize() -> Value {
    json!({ "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": { "name": "bench", "version": "1" } })
}

fn stateless(mut params: Value) -> Value {
    params["_meta"] = json!({
        "io.modelcontextprotocol/protocolVersion": VERSION,
        "io.modelcontextprotocol/clientInfo": { "name": "bench", "version": "1" },
        "io.modelcontextprotocol/clientCapabilities": {},
    });
    params
}

fn calls(key: &str, ids: &[String]) -> Requests {
    let call = |id: &String| {
        message(key, "tools/call", &stateless(json!({ "name": "get_lead", "arguments": { "lead_id": id } })))
    };
    let all: Vec<String> = ids.iter().map(call).collect();
    Arc::new(move |connection, turn| {
        let place = usize::try_from(mix(connection << 32 | turn) % all.len() as u64).unwrap_or(0);
        all[place].clone()
    })
}

/// What the tools cost a model that are shown when nobody asks for others.
async fn tokens(filled: &Filled, address: SocketAddr) -> Outcome<Row> {
    let mut client = Client::connect(address).await?;
    let answer = client.ask(&message(&filled.key, "tools/list", &stateless(json!({})))).await?;
    let text = String::from_utf8_lossy(&answer.body).into_owned();
    let what = format!("tools/list as it is shown first, {} bytes; estimated, see docs/mcp.md", text.len());
    let count = number(estimated_tokens(&text) as u64);
    Ok(Row::new("mcp.tokens", what, count, "tokens").budget(Budget::AtMost(TOKENS)))
}

/// What the pipeline adds to a read, and an idempotency key to a write, one call after another in this process.
async fn pipeline(rig: &Rig, filled: &Filled, ids: &[String]) -> Outcome<Vec<Row>> {
    let turns: usize = if rig.quick { 2_000 } else { 20_000 };
    let installation = filled.place.open().await?;
    let pipeline = &installation.pipeline;
    let key = || Credential::Key { secret: filled.key.clone(), dialect: "native" };
    let begun = Instant::now();
    for turn in 0..turns {
        call(pipeline, "get_lead", json!({ "lead_id": ids[turn % ids.len()] }), key(), None).await?;
    }
    let whole = microseconds(begun, turns);
    let parsed: Vec<_> = ids.iter().filter_map(|id| id.parse().ok()).collect();
    let project = filled.project;
    let begun = Instant::now();
    for turn in 0..turns {
        let id = parsed[turn % parsed.len()];
        installation.store.read(move |tx| leads::get(tx, project, id)).await?;
    }
    let bare = microseconds(begun, turns);
    let turns = turns / 20;
    let mut written = Vec::new();
    for keyed in [false, true] {
        let begun = Instant::now();
        for turn in 0..turns {
            let input = json!({ "name": format!("Company {keyed} {turn}") });
            let name = keyed.then(|| format!("bench-{turn}"));
            call(pipeline, "create_company", input, key(), name).await?;
        }
        written.push(microseconds(begun, turns));
    }
    installation.close().await?;
    let [plain, keyed] = written[..] else { return Err(broken("two writes were measured")) };
    Ok(vec![
        Row::new("mcp.pipeline_read", "get_lead through authentication, scope, limit, bounds", whole, "µs")
            .beside(bare, "the row alone"),
        Row::new("mcp.pipeline_write", "create_company with an idempotency key, audit and event", keyed, "µs")
            .beside(plain, "without the key"),
    ])
}

async fn call(
    pipeline: &Pipeline,
    name: &str,
    input: Value,
    credential: Credential,
    idempotency_key: Option<String>,
) -> Outcome {
    let operation = registry::find(name).ok_or_else(|| broken(format!("there is no {name}")))?;
    let call = Call { idempotency_key, ..Call::new(credential, input, "bench") };
    pipeline.call(operation, call).await.1.map(drop).map_err(Into::into)
}

fn microseconds(begun: Instant, turns: usize) -> f64 {
    begun.elapsed().as_secs_f64() * 1e6 / number(turns as u64)
}
