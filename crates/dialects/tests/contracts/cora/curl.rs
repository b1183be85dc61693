//! The contract's own examples for `curl`, run by `curl`, with nothing but the base changed.

use outrider_domain::time::{HOUR, MINUTE};
use outrider_testkit::requirements::{Requirement, program, require};
use serde_json::{Value, json};

use super::Cora;

/// Runs an example in a shell that knows `KEY`; gives the status and what was printed.
async fn run(cora: &Cora, example: &str) -> (u16, String) {
    let base = format!("{}/cora", cora.rig.url);
    let curl = program("curl").expect("curl");
    let script = format!(
        "curl() {{ command {} -sS -m 60 -w '\\n%{{http_code}}' \"$@\"; }}\n\
         uuidgen() {{ cat /proc/sys/kernel/random/uuid; }}\n{}",
        curl.display(),
        example.replace("https://YOUR-APP", &base).replace("cora_live_...", &cora.key),
    );
    let mut command = std::process::Command::new("sh");
    command.args(["-c", &script]).env("KEY", &cora.key);
    let ended = tokio::task::spawn_blocking(move || command.output()).await.expect("a task").expect("a shell");
    let printed = String::from_utf8(ended.stdout).expect("UTF-8");
    let (body, status) =
        printed.rsplit_once('\n').unwrap_or_else(|| panic!("{:?}", String::from_utf8_lossy(&ended.stderr)));
    (status.parse().expect("a status"), body.to_owned())
}

fn data(body: &str) -> Value {
    serde_json::from_str::<Value>(body).expect("JSON")["data"].clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn signing_up() {
    if require(Requirement::Curl).is_err() {
        return;
    }
    let cora = Cora::start().await;
    let example = r#"curl -X POST -H "Content-Type: application/json" \
  -d '{"email":"agent@example.com","company_name":"Acme"}' \
  https://YOUR-APP/api/v1/signup"#;
    let (status, body) = run(&cora, example).await;
    assert_eq!(status, 201, "{body}");
    assert!(data(&body)["api_key"].as_str().is_some_and(|key| key.starts_with("cora_live_")), "{body}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reading_leads() {
    if require(Requirement::Curl).is_err() {
        return;
    }
    let cora = Cora::start().await;
    let lead = cora.lead().await;
    cora.client.patch(&format!("/leads/{lead}"), json!({ "meeting_booked": true })).await.expect(200);
    cora.made("/leads", json!({ "name": "Somebody else" })).await;
    let (status, body) =
        run(&cora, r#"curl -H "Authorization: Bearer cora_live_..." https://YOUR-APP/api/v1/leads"#).await;
    assert_eq!((status, data(&body).as_array().map(Vec::len)), (200, Some(2)), "{body}");
    let (status, body) = run(
        &cora,
        r#"curl -H "Authorization: Bearer $KEY" "https://YOUR-APP/api/v1/leads?query=acme&has_meeting=true&limit=20""#,
    )
    .await;
    assert_eq!((status, &data(&body)[0]["id"], data(&body).as_array().map(Vec::len)), (200, &json!(lead), Some(1)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calling_and_listening() {
    if require(Requirement::Curl).is_err() {
        return;
    }
    let cora = Cora::start().await;
    // When it is day in New York.
    cora.rig.advance(6 * HOUR);
    let (agent, _) = cora.caller().await;
    let lead = cora.callee("+12125550101", "agreeable").await;
    let example = r#"curl -X POST -H "Authorization: Bearer $KEY" -H "Idempotency-Key: $(uuidgen)" \
  -H "Content-Type: application/json" \
  -d '{"lead_id":"L1","agent_id":"A1","call_reason":"intro"}' \
  https://YOUR-APP/api/v1/outreach/call"#;
    let (status, body) = run(&cora, &example.replace("L1", &lead).replace("A1", &agent)).await;
    assert_eq!((status, data(&body)["status"].as_str()), (202, Some("queued")), "{body}");
    let call = data(&body)["call_id"].as_str().expect("an id").to_owned();
    cora.rig.live(20 * MINUTE).await;
    super::calls::record(&cora, &call).await;
    let folder = tempfile::tempdir().expect("a folder");
    let example = r#"curl -H "Authorization: Bearer $KEY" \
  https://YOUR-APP/api/v1/calls/CALL_ID/audio --output call.mp3"#;
    let there = format!("cd {}\n{}", folder.path().display(), example.replace("CALL_ID", &call));
    assert_eq!(run(&cora, &there).await.0, 200);
    assert_eq!(std::fs::read(folder.path().join("call.mp3")).expect("a file"), super::calls::SOUND);
}
