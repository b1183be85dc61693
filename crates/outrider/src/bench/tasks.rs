//! Tasks and their credits: tasks a second with output and ledger stored, asked one by one and in batches; how long a batch of a hundred
//! takes to be accepted; transfers from one owner's purse; and how soon a result is at its receiver.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use outrider_domain::id::ProjectId;
use outrider_engine::pipeline::{Call, Credential};
use outrider_engine::registry;
use outrider_store::credits::{Totals, totals};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use super::broken;
use super::load::{Client, Requests, request, run};
use super::process::until;
use super::report::{Budget, Row, number, percentile};
use super::rig::{Rig, project};
use crate::failure::Outcome;
use crate::installation::Installation;
use crate::serve::Node;
use crate::settings::Settings;

/// Tasks a second; milliseconds of a batch of a hundred; transfers a second; milliseconds to a receiver.
const TASKS: f64 = 2_000.0;
const BATCH: f64 = 100.0;
const TRANSFERS: f64 = 1_000.0;
const RECEIVED: f64 = 50.0;
/// Clients at once.
const CLIENTS: u64 = 64;
/// Purses that are transferred to.
const PURSES: u64 = 8;
/// Results a second that are posted.
const POSTED: u64 = 200;
/// Credits that nobody uses up.
const PLENTY: i64 = 1_000_000_000;

/// A node with a project, its credits and a key.
struct Bench {
    node: Node,
    project: ProjectId,
    address: SocketAddr,
    key: String,
}

impl Bench {
    async fn start(settings: Settings) -> Outcome<Self> {
        let installation = Installation::open(settings.clone()).await?;
        let project = project(&installation, "tasks").await?;
        installation.call(project, "grant_credits", json!({ "amount": PLENTY })).await?;
        let made = installation.call(project, "create_key", json!({ "name": "bench" })).await?;
        installation.close().await?;
        let node = Node::start(settings).await?;
        let address = node.address().ok_or_else(|| broken("a node without HTTP"))?;
        let key = made["secret"].as_str().unwrap_or_default().to_owned();
        Ok(Self { node, project, address, key })
    }

    async fn call(&self, operation: &str, input: Value) -> Outcome<Value> {
        self.node.installation().call(self.project, operation, input).await
    }

    async fn end(self) -> Outcome {
        let sum = self.node.installation().store.read(totals).await?;
        if sum != Totals::default() {
            return Err(broken(format!("the ledger is off: {sum:?}")));
        }
        self.node.stop().await
    }
}

pub(super) async fn measure(rig: &Rig) -> Outcome<Vec<Row>> {
    let receiver = Receiver::start().await?;
    let mut settings = rig.place("tasks").settings();
    settings.listen = SocketAddr::from(([127, 0, 0, 1], 0));
    settings.web.open_hosts = vec![receiver.address.to_string()];
    let bench = Bench::start(settings).await?;
    let duration = Duration::from_secs(if rig.quick { 2 } else { 8 });
    let mut rows = vec![one_by_one(&bench, duration).await?];
    rows.extend(in_batches(&bench, if rig.quick { 20 } else { 200 }).await?);
    rows.push(transfers(&bench, duration).await?);
    rows.push(posted(&bench, &receiver, if rig.quick { 3 } else { 15 }).await?);
    bench.end().await?;
    Ok(rows)
}

fn prospect(number: u64) -> Value {
    json!({ "contactName": format!("Jane{number} Smith"), "contactRole": "VP of Sales", "company": format!("Acme {number}"),
        "context": "Recently hired 10 SDRs, just raised Series B" })
}

/// Skills that answer at once, over HTTP.
async fn one_by_one(bench: &Bench, duration: Duration) -> Outcome<Row> {
    const KINDS: [&str; 3] = ["lead_scoring", "linkedin_message", "personalized_email"];
    let key = bench.key.clone();
    let asked: Requests = Arc::new(move |connection, turn| {
        let kind = KINDS[usize::try_from(turn % 3).unwrap_or(0)];
        let body = json!({ "task_type": kind, "input": prospect(connection << 32 | turn) });
        request("POST", "/api/v1/tasks", &key, Some(&body.to_string()))
    });
    let pace = run(bench.address, CLIENTS, duration, asked).await?;
    let what =
        format!("POST /api/v1/tasks over {CLIENTS} connections, output and charge stored; p95 {:.1} ms", pace.p95);
    Ok(Row::new("tasks.one_by_one", what, pace.rate, "tasks/s").budget(Budget::AtLeast(TASKS)))
}

/// Batches of a hundred: how long one takes to be accepted, and how many tasks a second are done when they come one after the other.
async fn in_batches(bench: &Bench, batches: u64) -> Outcome<Vec<Row>> {
    let done = async || -> Outcome<u64> {
        let found = bench.call("get_task_statistics", json!({})).await?;
        Ok(found["completed"].as_u64().unwrap_or(0))
    };
    let before = done().await?;
    let mut client = Client::connect(bench.address).await?;
    let mut times = Vec::new();
    let begun = Instant::now();
    for batch in 0..batches {
        let contacts: Vec<Value> = (0..100)
            .map(|number| json!({ "name": format!("Jo{number} Do"), "company": format!("Beta {batch}"), "title": "CFO" }))
            .collect();
        let body = json!({ "contacts": contacts }).to_string();
        let asked = Instant::now();
        let answer = client.ask(&request("POST", "/api/v1/tasks/batch", &bench.key, Some(&body))).await?;
        times.push(asked.elapsed().as_secs_f64() * 1e3);
        if answer.status != 202 {
            return Err(broken(format!("a batch gave {}", answer.status)));
        }
    }
    until("the end of all batches", async || {
        tokio::time::sleep(Duration::from_millis(20)).await;
        done().await.ok().filter(|now| *now >= before + batches * 100)
    })
    .await?;
    let rate = number(batches * 100) / begun.elapsed().as_secs_f64();
    times.sort_by(f64::total_cmp);
    let what = "a batch of 100 contacts, from the request to the answer that all are queued and paid for; p95";
    Ok(vec![
        Row::new("tasks.batch", what, percentile(&times, 0.95), "ms").budget(Budget::AtMost(BATCH)),
        Row::new(
            "tasks.queued",
            format!("{batches} batches of 100, from the first request to the last output, each with its charge"),
            rate,
            "tasks/s",
        )
        .budget(Budget::AtLeast(TASKS)),
    ])
}

/// Transfers of one owner, from all clients at once.
async fn transfers(bench: &Bench, duration: Duration) -> Outcome<Row> {
    let mut purses = Vec::new();
    for purse in 0..PURSES {
        let made = bench.call("create_sub_agent", json!({ "name": format!("purse {purse}") })).await?;
        purses.push(made["id"].as_i64().ok_or_else(|| broken("a sub-agent without a number"))?);
    }
    let key = bench.key.clone();
    let to = purses.clone();
    let asked: Requests = Arc::new(move |connection, turn| {
        let purse = to[usize::try_from((connection + turn) % PURSES).unwrap_or(0)];
        let body = json!({ "sub_agent": purse, "credits": 1 }).to_string();
        request("POST", "/api/v1/credits/transfers", &key, Some(&body))
    });
    let pace = run(bench.address, CLIENTS, duration, asked).await?;
    let what = format!(
        "transfers of one owner to {PURSES} purses over {CLIENTS} connections, the sum exact; p95 {:.1} ms",
        pace.p95
    );
    Ok(Row::new("tasks.transfers", what, pace.rate, "transfers/s").budget(Budget::AtLeast(TRANSFERS)))
}

/// How soon results are at a receiver, so many a second for so many seconds.
async fn posted(bench: &Bench, receiver: &Receiver, seconds: u64) -> Outcome<Row> {
    let url = format!("http://{}/hook", receiver.address);
    let made = bench.call("create_sub_agent", json!({ "name": "poster", "callback_url": url })).await?;
    let secret = made["api_key"].as_str().ok_or_else(|| broken("a sub-agent without a key"))?.to_owned();
    bench.call("transfer_credits", json!({ "sub_agent": made["id"], "credits": 1_000_000 })).await?;
    let operation = registry::find("submit_task").ok_or_else(|| broken("there is no submit_task"))?;
    let pipeline = bench.node.installation().pipeline.clone();
    let count = POSTED * seconds;
    let mut asking = JoinSet::new();
    let mut ticks = tokio::time::interval(Duration::from_secs(1) / u32::try_from(POSTED).unwrap_or(1));
    for turn in 0..count {
        ticks.tick().await;
        let (pipeline, secret) = (pipeline.clone(), secret.clone());
        asking.spawn(async move {
            let credential = Credential::Key { secret, dialect: "reaktor" };
            let input = json!({ "task_type": "lead_scoring", "input": prospect(turn) });
            let reply = pipeline.call(operation, Call::new(credential, input, "bench")).await.1?;
            Ok::<_, outrider_engine::Error>((reply.body["id"].as_str().unwrap_or_default().to_owned(), Instant::now()))
        });
    }
    let mut stored = HashMap::new();
    while let Some(answer) = asking.join_next().await {
        let (id, at) = answer.map_err(|error| broken(error.to_string()))??;
        stored.insert(id, at);
    }
    until("the last result", async || {
        tokio::time::sleep(Duration::from_millis(20)).await;
        (receiver.got().len() >= stored.len()).then_some(())
    })
    .await?;
    let got = receiver.got();
    let mut times: Vec<f64> = stored
        .iter()
        .filter_map(|(id, at)| Some(got.get(id)?.saturating_duration_since(*at).as_secs_f64() * 1e3))
        .collect();
    if times.len() != stored.len() {
        return Err(broken(format!("{} of {} results came", times.len(), stored.len())));
    }
    times.sort_by(f64::total_cmp);
    let what = format!(
        "from the answer that a task is done to its signed result at a receiver, {POSTED} a second for {seconds} s; p95, p99 {:.1}",
        percentile(&times, 0.99)
    );
    Ok(Row::new("tasks.webhooks", what, percentile(&times, 0.95), "ms").budget(Budget::AtMost(RECEIVED)))
}

/// Takes results and remembers when the first of each task came.
struct Receiver {
    address: SocketAddr,
    got: Arc<Mutex<HashMap<String, Instant>>>,
}

impl Receiver {
    async fn start() -> Outcome<Self> {
        let listen = async {
            let listener = TcpListener::bind("127.0.0.1:0").await?;
            Ok::<_, std::io::Error>((listener.local_addr()?, listener))
        };
        let (address, listener) = listen.await.map_err(|error| broken(format!("no receiver: {error}")))?;
        let got: Arc<Mutex<HashMap<String, Instant>>> = Arc::default();
        let kept = Arc::clone(&got);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let kept = Arc::clone(&kept);
                tokio::spawn(async move {
                    if let Some(task) = receive(stream).await {
                        let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
                        kept.entry(task).or_insert_with(Instant::now);
                    }
                });
            }
        });
        Ok(Self { address, got })
    }

    fn got(&self) -> HashMap<String, Instant> {
        self.got.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Reads one result, answers 200 and gives its task.
async fn receive(mut stream: TcpStream) -> Option<String> {
    let mut bytes = Vec::new();
    let body = loop {
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
        let Some(head) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else { continue };
        if let Ok(body) = serde_json::from_slice::<Value>(&bytes[head + 4..]) {
            break body;
        }
    };
    stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").await.ok()?;
    body["taskId"].as_str().map(ToOwned::to_owned)
}
