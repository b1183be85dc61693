//! The contract's own examples for `curl` and in JavaScript, run by `curl` and `node`, with nothing but base, key and ids changed.

use std::path::PathBuf;

use outrider_testkit::node::node;
use outrider_testkit::requirements::{Requirement, program, require};
use serde_json::{Value, json};

use super::{Artic, id_of};

/// The contract's base URL, key and ids.
const EXAMPLE_BASE: &str = "https://api.artic.in";
const EXAMPLE_KEY: &str = "ak_live_xxxxxxxxxxxxxxxxxxxxxxxx";
const EXAMPLE_AGENT: &str = "665f1c2a9b3e4a0012ab34cd";
const EXAMPLE_CALL: &str = "665f20119b3e4a0012ab9900";

/// Runs a program with an argument that is a script; gives what it prints.
async fn run(program: Option<PathBuf>, arguments: &[&str], script: &str) -> String {
    let mut command = std::process::Command::new(program.expect("the program"));
    command.args(arguments).arg(script);
    let ended = tokio::task::spawn_blocking(move || command.output()).await.expect("a task").expect("an end");
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
    String::from_utf8(ended.stdout).expect("UTF-8")
}

impl Artic {
    /// An example as it is for this server.
    fn here(&self, example: &str, agent: &str, call: &str) -> String {
        example
            .replace(EXAMPLE_BASE, &format!("{}/artic", self.rig.url))
            .replace(EXAMPLE_KEY, &self.key)
            .replace(EXAMPLE_AGENT, agent)
            .replace(EXAMPLE_CALL, call)
    }

    async fn curl(&self, example: &str, agent: &str, call: &str) -> (u16, Value) {
        let example = self.here(example, agent, call);
        let script = format!("curl() {{ command curl -sS -m 60 -w '\\n%{{http_code}}' \"$@\"; }}\n{example}");
        let printed = run(program("sh"), &["-c"], &script).await;
        let (body, status) = printed.rsplit_once('\n').expect("a status");
        (status.parse().expect("a status"), serde_json::from_str(body).expect("JSON"))
    }

    /// Runs an example that leaves its answer in a variable.
    async fn javascript(&self, example: &str, id: &str, variable: &str) -> (u16, Value) {
        let example = self.here(example, id, id);
        let script = format!(
            "const id = {id:?};\n{example}\nconsole.log(JSON.stringify({{ status: res.status, body: {variable} }}));"
        );
        let printed: Value =
            serde_json::from_str(&run(node(), &["--input-type=module", "-e"], &script).await).expect("JSON");
        let status = printed["status"].as_u64().and_then(|status| u16::try_from(status).ok());
        (status.expect("a status"), printed["body"].clone())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_curl_example_works() {
    if require(Requirement::Curl).is_err() {
        return;
    }
    let artic = Artic::start().await;
    let (status, made) = artic
        .curl(
            r#"curl -X POST https://api.artic.in/api/v1/agents \
  -H "Authorization: Bearer ak_live_xxxxxxxxxxxxxxxxxxxxxxxx" \
  -H "Content-Type: application/json" \
  -d '{
    "templateSlug": "dental-appointment",
    "businessDetails": {
      "clinicName": "Smile Dental",
      "city": "Chennai"
    }
  }'"#,
            "",
            "",
        )
        .await;
    assert_eq!((status, made["name"].as_str()), (201, Some("Dental Appointment Agent")), "{made}");
    let agent = id_of(&made);
    let (status, all) = artic
        .curl(
            r#"curl https://api.artic.in/api/v1/agents \
  -H "Authorization: Bearer ak_live_xxxxxxxxxxxxxxxxxxxxxxxx""#,
            "",
            "",
        )
        .await;
    assert_eq!((status, &all[0]["id"]), (200, &made["id"]));
    let (status, one) = artic
        .curl(
            r#"curl https://api.artic.in/api/v1/agents/665f1c2a9b3e4a0012ab34cd \
  -H "Authorization: Bearer ak_live_xxxxxxxxxxxxxxxxxxxxxxxx""#,
            &agent,
            "",
        )
        .await;
    assert_eq!((status, &one), (200, &all[0]));
    let (status, queued) = artic
        .curl(
            r#"curl -X POST https://api.artic.in/api/v1/calls \
  -H "Authorization: Bearer ak_live_xxxxxxxxxxxxxxxxxxxxxxxx" \
  -H "Content-Type: application/json" \
  -d '{
    "agentId": "665f1c2a9b3e4a0012ab34cd",
    "phone": "+919876543210",
    "estimatedMinutes": 3
  }'"#,
            &agent,
            "",
        )
        .await;
    assert_eq!((status, queued["status"].as_str(), queued["billableMinutes"].as_i64()), (201, Some("queued"), Some(3)));
    let call = id_of(&queued);
    let (status, all) = artic
        .curl(
            r#"curl https://api.artic.in/api/v1/calls \
  -H "Authorization: Bearer ak_live_xxxxxxxxxxxxxxxxxxxxxxxx""#,
            "",
            "",
        )
        .await;
    assert_eq!((status, all), (200, json!([queued])));
    let (status, one) = artic
        .curl(
            r#"curl https://api.artic.in/api/v1/calls/665f20119b3e4a0012ab9900 \
  -H "Authorization: Bearer ak_live_xxxxxxxxxxxxxxxxxxxxxxxx""#,
            "",
            &call,
        )
        .await;
    assert_eq!((status, one), (200, queued));
    let (status, out) = artic
        .curl(
            r#"curl -X DELETE https://api.artic.in/api/v1/agents/665f1c2a9b3e4a0012ab34cd \
  -H "Authorization: Bearer ak_live_xxxxxxxxxxxxxxxxxxxxxxxx""#,
            &agent,
            "",
        )
        .await;
    assert_eq!((status, out), (200, json!({ "ok": true })));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_javascript_example_works() {
    if require(Requirement::Node).is_err() {
        return;
    }
    let artic = Artic::start().await;
    let (status, made) = artic
        .javascript(
            r#"const res = await fetch("https://api.artic.in/api/v1/agents", {
  method: "POST",
  headers: {
    Authorization: "Bearer ak_live_xxxxxxxxxxxxxxxxxxxxxxxx",
    "Content-Type": "application/json",
  },
  body: JSON.stringify({
    templateSlug: "dental-appointment",
    businessDetails: { clinicName: "Smile Dental", city: "Chennai" },
  }),
});
const agent = await res.json();"#,
            "",
            "agent",
        )
        .await;
    assert_eq!((status, made["status"].as_str()), (201, Some("configured")), "{made}");
    let id = id_of(&made);
    let (status, agents) = artic
        .javascript(
            r#"const res = await fetch("https://api.artic.in/api/v1/agents", {
  headers: { Authorization: "Bearer ak_live_xxxxxxxxxxxxxxxxxxxxxxxx" },
});
const agents = await res.json();"#,
            "",
            "agents",
        )
        .await;
    assert_eq!((status, &agents[0]["id"]), (200, &made["id"]));
    let (status, agent) = artic
        .javascript(
            r#"const res = await fetch("https://api.artic.in/api/v1/agents/" + id, {
  headers: { Authorization: "Bearer ak_live_xxxxxxxxxxxxxxxxxxxxxxxx" },
});
const agent = await res.json();"#,
            &id,
            "agent",
        )
        .await;
    assert_eq!((status, &agent), (200, &agents[0]));
    let (status, call) = artic
        .javascript(
            r#"const res = await fetch("https://api.artic.in/api/v1/calls", {
  method: "POST",
  headers: {
    Authorization: "Bearer ak_live_xxxxxxxxxxxxxxxxxxxxxxxx",
    "Content-Type": "application/json",
  },
  body: JSON.stringify({
    agentId: "665f1c2a9b3e4a0012ab34cd",
    phone: "+919876543210",
    estimatedMinutes: 3,
  }),
});
const call = await res.json();"#,
            &id,
            "call",
        )
        .await;
    assert_eq!((status, call["agentId"].as_str()), (201, Some(id.as_str())), "{call}");
    let (status, calls) = artic
        .javascript(
            r#"const res = await fetch("https://api.artic.in/api/v1/calls", {
  headers: { Authorization: "Bearer ak_live_xxxxxxxxxxxxxxxxxxxxxxxx" },
});
const calls = await res.json();"#,
            "",
            "calls",
        )
        .await;
    assert_eq!((status, &calls), (200, &json!([call])));
    let (status, one) = artic
        .javascript(
            r#"const res = await fetch("https://api.artic.in/api/v1/calls/" + id, {
  headers: { Authorization: "Bearer ak_live_xxxxxxxxxxxxxxxxxxxxxxxx" },
});
const call = await res.json();"#,
            &id_of(&call),
            "call",
        )
        .await;
    assert_eq!((status, &one), (200, &call));
    let (status, out) = artic
        .javascript(
            r#"const res = await fetch("https://api.artic.in/api/v1/agents/" + id, {
  method: "DELETE",
  headers: { Authorization: "Bearer ak_live_xxxxxxxxxxxxxxxxxxxxxxxx" },
});
const out = await res.json();"#,
            &id,
            "out",
        )
        .await;
    assert_eq!((status, out), (200, json!({ "ok": true })));
}
