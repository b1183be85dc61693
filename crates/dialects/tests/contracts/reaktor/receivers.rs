//! Callbacks over real connections, to receivers that answer late, lead elsewhere, break off or lie. Time is the test's: what a
//! delivery waits for in between is not waited for here.

use std::sync::Arc;
use std::time::Duration;

use outrider_engine::ports::Ports;
use outrider_engine::tasks::deliver::{RETRIES_MS, signature};
use outrider_providers::web::GuardedWeb;
use outrider_testkit::name_server::NameServer;
use outrider_testkit::receiver::{Manner, Receiver};
use serde_json::{Value, json};

use super::{Reaktor, jane};
use crate::client::Client;
use crate::rig::Setup;

/// How long a receiver may take here: enough for one that answers on a machine with other things to do.
const PATIENCE: Duration = Duration::from_secs(3);

/// A server that reaches these receivers though they are on loopback, and asks a name server of its own.
async fn start(open: &[&Receiver], names: Option<&NameServer>) -> Reaktor {
    let open_hosts: Vec<String> = open.iter().map(|receiver| receiver.address().to_string()).collect();
    let web = GuardedWeb::new(open_hosts.clone(), names.map(NameServer::address)).expect("a client");
    let ports = Ports { poster: Some(Arc::new(web.hurried(PATIENCE))), ..Ports::default() };
    Reaktor::with(Setup { ports, open_hosts, ..Setup::default() }).await
}

async fn submit(agent: &Client, url: &str) -> Value {
    let asked = json!({ "taskType": "lead_scoring", "inputPayload": jane(), "callbackUrl": url });
    agent.post("/tasks", asked).await.expect(200).json()
}

/// The newest callback, as the operator sees it.
async fn callback(here: &Reaktor) -> Value {
    here.rig.native("list_callbacks", json!({})).await["callbacks"][0].clone()
}

/// Tries as often as it is tried at all; gives what each try left behind: tries, status and error.
async fn try_all(here: &Reaktor) -> Vec<(i64, Value, String)> {
    let mut seen = Vec::new();
    for wait in [0].into_iter().chain(RETRIES_MS) {
        here.rig.advance(wait);
        here.rig.run_due().await;
        let row = callback(here).await;
        let error = row["last_error"].as_str().unwrap_or_default().to_owned();
        seen.push((row["attempts"].as_i64().expect("a number"), row["last_status"].clone(), error));
    }
    seen
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_receiver_that_hangs_leads_inside_breaks_off_or_speaks_no_http_is_tried_again_and_the_result_is_replayed() {
    let inside = Receiver::start([]);
    let receiver = Receiver::start([Manner::Hangs, Manner::Redirects(inside.url()), Manner::Resets, Manner::NoHttp]);
    let here = start(&[&receiver, &inside], None).await;
    let (_, agent, secret) = here.agent(10).await;
    let task = submit(&agent, &receiver.url()).await;
    let seen = try_all(&here).await;
    let tries: Vec<i64> = seen.iter().map(|(attempts, ..)| *attempts).collect();
    assert_eq!(tries, [1, 2, 3, 4], "{seen:?}");
    assert_eq!(seen[0].2, "it took too long");
    assert_eq!((&seen[1].1, seen[1].2.as_str()), (&json!(302), "it answered 302"));
    assert!(seen[2..].iter().all(|(_, status, error)| status.is_null() && !error.is_empty()), "{seen:?}");
    assert_eq!(inside.connections(), 0, "nobody is led anywhere");
    assert_eq!(callback(&here).await["state"], "failed");
    here.rig.advance(86_400_000);
    here.rig.run_due().await;
    assert_eq!(receiver.connections(), 4, "no more by itself");

    receiver.behave([Manner::Garbage]);
    here.rig.native("replay_callback", json!({ "task_id": task["taskId"] })).await;
    here.rig.run_due().await;
    let row = callback(&here).await;
    assert_eq!((&row["state"], &row["last_status"]), (&json!("delivered"), &json!(200)), "what it said is not read");
    let taken = receiver.taken();
    assert_eq!(taken.len(), 4, "one was reset before it was read");
    for delivery in &taken {
        assert_eq!(delivery.body, taken[0].body, "the same bytes each time");
        assert_eq!(delivery.header("x-dr-signature"), signature(&secret, &delivery.body));
        assert_eq!(delivery.header("content-type"), "application/json");
    }
    let told: Value = serde_json::from_str(&taken[0].body).expect("JSON");
    assert_eq!((&told["taskId"], &told["status"]), (&task["taskId"], &json!("completed")));
    assert_eq!(agent.get("/billing/credits").await.expect(200).json()["agentBalance"], 5, "charged once");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_result_is_told_once_to_a_receiver_that_takes_it_while_another_hangs() {
    let (slow, quick) = (Receiver::start([Manner::Hangs]), Receiver::start([Manner::Status(201)]));
    let here = start(&[&slow, &quick], None).await;
    let (_, agent, _) = here.agent(10).await;
    submit(&agent, &slow.url()).await;
    submit(&agent, &quick.url()).await;
    here.rig.run_due().await;
    let count = async |state: &str| {
        let listed = here.rig.native("list_callbacks", json!({ "state": state })).await;
        listed["callbacks"].as_array().map(Vec::len)
    };
    assert_eq!((count("delivered").await, count("waiting").await), (Some(1), Some(1)));
    for wait in RETRIES_MS {
        here.rig.advance(wait);
        here.rig.run_due().await;
    }
    assert_eq!((quick.taken().len(), slow.taken().len()), (1, 2));
    assert_eq!(slow.taken()[0].body, slow.taken()[1].body);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_name_that_comes_to_lead_inside_is_not_called_at_any_try() {
    let Ok(names) = NameServer::start(&[]) else { return };
    let inside = Receiver::start([]);
    let here = start(&[], Some(&names)).await;
    let (_, agent, _) = here.agent(10).await;
    // Its name alone says nothing against it: it is taken, and looked at whenever something is sent.
    let url = format!("https://rebind.example:{}/hook", inside.address().port());
    submit(&agent, &url).await;
    let mut refused = Vec::new();
    let leads: [&[&str]; 4] = [&["127.0.0.1"], &["93.184.216.34", "127.0.0.1"], &["::ffff:127.0.0.1"], &["::1"]];
    for (wait, addresses) in [0].into_iter().chain(RETRIES_MS).zip(leads) {
        let now: Vec<(&str, &str)> = addresses.iter().map(|address| ("rebind.example", *address)).collect();
        tokio::task::block_in_place(|| names.set_addresses(&now));
        here.rig.advance(wait);
        here.rig.run_due().await;
        refused.push(callback(&here).await["last_error"].as_str().unwrap_or_default().to_owned());
    }
    assert_eq!(refused, ["the name leads to a private address"; 4]);
    assert_eq!(callback(&here).await["state"], "failed");
    assert_eq!(inside.connections(), 0);
}
