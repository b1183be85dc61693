//! The API over real HTTP: reads beside a bare handler that answers the same bytes, writes beside a bare commit of one row.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use outrider_domain::time::Millis;
use outrider_store::idempotency::{self, Remembered};
use serde_json::{Value, json};

use super::load::{Client, Requests, request, run};
use super::people::{Person, mix, sample};
use super::process::{Child, until};
use super::report::{Row, number};
use super::rig::{Filled, Rig};
use super::{bare, broken};
use crate::failure::Outcome;

const CONNECTIONS: [u64; 2] = [16, 64];

/// Starts `serve` on the filled database; gives it with its address once it is ready.
pub(super) async fn serve(filled: &Filled) -> Outcome<(Child, SocketAddr)> {
    let mut child = filled.place.start(&["serve", "--listen", "127.0.0.1:0"])?;
    let said = child.announcement()?;
    let address =
        said["listening"].as_str().and_then(|url| url.strip_prefix("http://")).and_then(|text| text.parse().ok());
    let address: SocketAddr = address.ok_or_else(|| broken(format!("serve said {said}")))?;
    until("readiness", async || ready(address).await).await?;
    Ok((child, address))
}

/// Something, when the server answers that it is ready.
pub(super) async fn ready(address: SocketAddr) -> Option<()> {
    let mut client = Client::connect(address).await.ok()?;
    let answer = client.ask(&request("GET", "/readyz", "", None)).await.ok()?;
    (answer.status == 200).then_some(())
}

/// Measures reads, the bare handler, writes and the bare commit, at each number of connections.
pub(super) async fn measure(rig: &mut Rig) -> Outcome<Vec<Row>> {
    let filled = rig.filled().await?;
    let duration = Duration::from_secs(if rig.quick { 2 } else { 8 });
    let (server, address) = serve(&filled).await?;
    let ids = known_ids(&filled, address, rig.leads).await?;
    let (reads, writes) = (reads(&filled.key, ids), writes(&filled.key));
    let mut client = Client::connect(address).await?;
    let read_answer = client.ask(&reads(0, 0)).await?.body;
    let write_answer = client.ask(&writes(u64::MAX, 0)).await?.body;
    drop(client);
    let mut rows = Vec::new();
    for connections in CONNECTIONS {
        let read = run(address, connections, duration, Arc::clone(&reads)).await?;
        let write = run(address, connections, duration, Arc::clone(&writes)).await?;
        let (child, bare_address) = bare::start(rig.root(), &read_answer)?;
        let bare_read = run(bare_address, connections, duration, Arc::clone(&reads)).await?;
        drop(child);
        let (child, bare_address) = bare::start(rig.root(), &write_answer)?;
        let bare_write = run(bare_address, connections, duration, Arc::clone(&writes)).await?;
        drop(child);
        let commits = bare_commits(rig, connections, duration).await?;
        let over = format!("over {connections} connections");
        let what = format!("GET /api/v1/leads/{{id}} {over}, {} bytes; p95 {:.1} ms", read_answer.len(), read.p95);
        rows.push(
            Row::new(format!("api.read.{connections}"), what, read.rate, "req/s")
                .beside(bare_read.rate, "a bare handler"),
        );
        let what = format!("POST /api/v1/leads {over}; p95 {:.1} ms", write.p95);
        rows.push(
            Row::new(format!("api.write.{connections}"), what.clone(), write.rate, "req/s")
                .beside(commits, "a bare commit"),
        );
        rows.push(
            Row::new(format!("api.write_http.{connections}"), what, write.rate, "req/s")
                .beside(bare_write.rate, "a bare handler"),
        );
    }
    server.stop();
    Ok(rows)
}

/// Ids of some hundred leads, spread over the database.
pub(super) async fn known_ids(filled: &Filled, address: SocketAddr, leads: u64) -> Outcome<Vec<String>> {
    let mut client = Client::connect(address).await?;
    let mut ids = Vec::new();
    for person in sample(leads, 300, 77).map(Person::new) {
        let path = format!("/api/v1/leads?query={}&limit=1", person.email);
        let answer = client.ask(&request("GET", &path, &filled.key, None)).await?;
        let body: Value = serde_json::from_slice(&answer.body).map_err(|error| broken(error.to_string()))?;
        let id = body["data"][0]["id"].as_str().or_else(|| body["data"]["items"][0]["id"].as_str());
        ids.push(id.ok_or_else(|| broken(format!("{path} gave {body}")))?.to_owned());
    }
    Ok(ids)
}

pub(super) fn reads(key: &str, ids: Vec<String>) -> Requests {
    let all: Vec<String> = ids.iter().map(|id| request("GET", &format!("/api/v1/leads/{id}"), key, None)).collect();
    Arc::new(move |connection, turn| {
        let place = usize::try_from(mix(connection << 32 | turn) % all.len() as u64).unwrap_or(0);
        all[place].clone()
    })
}

/// Each makes another lead.
fn writes(key: &str) -> Requests {
    let key = key.to_owned();
    let next = AtomicU64::new(1 << 40);
    Arc::new(move |_, _| {
        let person = Person::new(next.fetch_add(1, Ordering::Relaxed));
        let body = json!({ "first_name": person.first, "last_name": person.last, "email": person.email, "company": person.company });
        request("POST", "/api/v1/leads", &key, Some(&body.to_string()))
    })
}

/// Commits of one small row a second, so many waiting at once.
async fn bare_commits(rig: &Rig, at_once: u64, duration: Duration) -> Outcome<f64> {
    let installation = rig.place(&format!("commits-{at_once}")).open().await?;
    let project = super::rig::project(&installation, &format!("commits-{at_once}")).await?;
    let until = Instant::now() + duration;
    let mut tasks = Vec::new();
    for writer in 0..at_once {
        let store = installation.store.clone();
        tasks.push(tokio::spawn(async move {
            let mut done = 0_u64;
            while Instant::now() < until {
                let key = format!("{writer}-{done}");
                store
                    .write(move |tx| {
                        let row = Remembered {
                            operation: "bench".to_owned(),
                            fingerprint: String::new(),
                            status: 200,
                            response: String::new(),
                        };
                        idempotency::remember(tx, project, "bench", &key, &row, Millis(0))
                    })
                    .await?;
                done += 1;
            }
            Ok::<_, outrider_store::Error>(done)
        }));
    }
    let mut all = 0;
    for task in tasks {
        all += task.await.map_err(|error| broken(error.to_string()))??;
    }
    installation.close().await?;
    Ok(number(all) / duration.as_secs_f64())
}
