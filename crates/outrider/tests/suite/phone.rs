//! Calls in the real binary: one queued through Artic and one through Cora, told alike by both, and a process that is killed in the
//! middle of one.

use std::time::{Duration, Instant};

use outrider_testkit::wait;
use serde_json::{Value, json};

use crate::rig::{PATIENCE, Rig, Server};

const WORKSPACE: &str = r#"
organization = "Acme"
[[projects]]
slug = "acme"
name = "Acme"
autonomy = "alone"
credits = 1000
"#;

/// Two credits a minute; callees speak so many times faster than people.
fn settings(speed: u32) -> String {
    format!(
        "[prices]\ncall_minute = 2\n[delivery]\nlease = \"6s\"\n[telephony]\nlongest_call = \"60m\"\nreport_grace = \"1s\"\n\
         [telephony.sandbox]\nspeed = {speed}\n"
    )
}

/// A time zone where it is about noon now, so that people in America may be called there at any hour and on any day of the test.
fn noon() -> String {
    #[expect(clippy::disallowed_methods, reason = "the program under test lives in real time")]
    let seconds = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let hour = i64::try_from(seconds / 3_600 % 24).unwrap();
    // Names of this kind count westwards: Etc/GMT+5 is five hours behind UTC.
    match hour - 12 {
        0 => "UTC".to_owned(),
        behind if behind > 0 => format!("Etc/GMT+{behind}"),
        ahead => format!("Etc/GMT{ahead}"),
    }
}

fn ask(server: &Server, method: &str, path: &str, key: &str, body: &Value) -> (u16, Value) {
    let authorization = format!("Bearer {key}");
    let once = format!("once-{path}-{}", body["lead_id"].as_str().unwrap_or_default());
    let headers = [
        ("Authorization", authorization.as_str()),
        ("Content-Type", "application/json"),
        ("Idempotency-Key", once.as_str()),
    ];
    let headers = if method == "POST" { &headers[..] } else { &headers[..1] };
    let body = if body.is_null() { String::new() } else { body.to_string() };
    server.send(method, path, headers, body.as_bytes())
}

#[track_caller]
fn good(server: &Server, method: &str, path: &str, key: &str, body: &Value) -> Value {
    let (status, answer) = ask(server, method, path, key, body);
    assert!((200..300).contains(&status), "{method} {path}: {status} {answer}");
    answer
}

/// A place with an agent made through Artic, and keys of both dialects and a native one.
struct Office {
    server: Server,
    artic: String,
    cora: String,
    native: String,
    agent: String,
}

impl Office {
    fn open(rig: &Rig, speed: u32) -> Self {
        std::fs::write(rig.path("outrider.toml"), settings(speed)).unwrap();
        rig.ok(&["apply", &rig.file("workspace.toml", WORKSPACE)]);
        let key = |dialect: &str| rig.ok(&["key", "create", "--dialect", dialect]).trim().to_owned();
        let (artic, cora, native) = (key("artic"), key("cora"), key("native"));
        let server = rig.serve(&[]);
        let body = json!({
            "templateSlug": "dental-appointment",
            "businessDetails": { "clinicName": "Smile Dental", "city": "Chennai" },
        });
        let agent = good(&server, "POST", "/artic/api/v1/agents", &artic, &body)["id"].as_str().unwrap().to_owned();
        Self { server, artic, cora, native, agent }
    }

    /// Someone whose persona is known, at home where it is noon.
    fn lead(&self, number: &str, persona: &str) -> String {
        let lead = json!({
            "name": "Anita Rao", "phone": number, "country": "US", "time_zone": noon(), "custom_fields": { "sandbox_persona": persona },
        });
        let (status, made) = self.server.post("/leads", &self.native, &lead);
        assert_eq!(status, 201, "{made}");
        made["data"]["id"].as_str().unwrap().to_owned()
    }

    fn artic(&self, path: &str) -> Value {
        good(&self.server, "GET", &format!("/artic/api/v1{path}"), &self.artic, &Value::Null)
    }

    fn cora(&self, path: &str) -> Value {
        good(&self.server, "GET", &format!("/cora/api/v1{path}"), &self.cora, &Value::Null)["data"].clone()
    }

    /// Queues the contract's call through Artic; its id there.
    fn queue(&self, phone: &str) -> String {
        let body = json!({ "agentId": self.agent, "phone": phone, "estimatedMinutes": 3, "variables": { "openingHours": "from nine to six" } });
        let queued = good(&self.server, "POST", "/artic/api/v1/calls", &self.artic, &body);
        assert_eq!((&queued["status"], &queued["billableMinutes"]), (&json!("queued"), &json!(3)), "{queued}");
        queued["id"].as_str().unwrap().to_owned()
    }

    /// The types of a lead's events.
    fn events(&self, lead: &str) -> Vec<String> {
        let timeline = self.server.data(&format!("/leads/{lead}/timeline?limit=100"), &self.native);
        timeline.as_array().unwrap().iter().filter_map(|event| event["type"].as_str()).map(ToOwned::to_owned).collect()
    }
}

#[test]
fn one_call_through_artic_and_one_through_cora_are_told_alike_by_both() {
    for rig in Rig::each() {
        let office = Office::open(&rig, 100);
        let (one, two) = (office.lead("+12125550101", "agreeable"), office.lead("+12125550102", "agreeable"));
        let first = office.queue("+12125550101");
        let agent = office.cora("/agents")[0]["id"].as_str().unwrap().to_owned();
        let body = json!({ "lead_id": two, "agent_id": agent, "call_reason": "your next visit" });
        let answer = good(&office.server, "POST", "/cora/api/v1/outreach/call", &office.cora, &body);
        assert_eq!(answer["data"]["status"], "queued", "{answer}");
        let second = answer["data"]["call_id"].as_str().unwrap().to_owned();

        let mut last = Value::Null;
        // Artic's clients have sixty requests a minute.
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            last = office.artic("/calls");
            if last.as_array().unwrap().iter().all(|call| call["status"] == "completed") {
                break;
            }
            std::thread::sleep(Duration::from_millis(1_500));
        }
        let calls = last.as_array().unwrap();
        assert_eq!(calls.len(), 2, "both are Artic's calls: {last}");
        let mut minutes = 0;
        for call in calls {
            assert_eq!((&call["status"], &call["outcome"]), (&json!("completed"), &json!("connected")), "{call}");
            let detail = office.artic(&format!("/calls/{}", call["id"].as_str().unwrap()));
            assert_eq!(detail["sandbox"], true);
            assert!(detail["transcript"].as_array().is_some_and(|lines| lines.len() > 3), "{detail}");
            assert_eq!(detail["outputVariables"]["wants_visit"], true, "{detail}");
            assert!(detail["summary"].as_str().unwrap().starts_with("[sandbox]"), "{detail}");
            minutes += detail["billableMinutes"].as_i64().unwrap();
        }
        assert!(calls.iter().any(|call| call["id"] == first.as_str()));
        for (lead, number) in [(&one, "+12125550101"), (&two, "+12125550102")] {
            let told = office.cora(&format!("/leads/{lead}/calls"));
            assert_eq!(told.as_array().map(Vec::len), Some(1), "{told}");
            assert_eq!((&told[0]["outcome"], &told[0]["lead_phone"]), (&json!("connected"), &json!(number)), "{told}");
            assert!(told[0]["summary"].as_str().unwrap().starts_with("[sandbox]"), "{told}");
            assert!(told[0]["transcript_url"].is_string() && told[0]["finished_at"].is_string(), "{told}");
            let events = office.events(lead);
            for kind in ["call.queued", "call.started", "call.answered", "call.completed"] {
                assert_eq!(events.iter().filter(|each| *each == kind).count(), 1, "{kind} in {events:?}");
            }
            let feed = office.cora(&format!("/activity?lead_id={lead}&event_type=call.completed"));
            assert_eq!(feed.as_array().map(Vec::len), Some(1), "{feed}");
        }
        assert_eq!(office.cora(&format!("/leads/{two}/calls"))[0]["id"], second.as_str());
        assert_eq!(office.cora("/stats")["total_calls"], 2);
        assert_eq!(office.cora(&format!("/agents/{agent}"))["total_calls"], 2);
        let credits = office.server.data("/credits", &office.native);
        assert_eq!(credits["credits_remaining"], 1_000 - 2 * minutes, "{credits}");
        office.server.stop();
    }
}

#[test]
fn a_process_killed_in_a_call_leaves_one_call_with_one_end() {
    for rig in Rig::each() {
        let mut office = Office::open(&rig, 2);
        let lead = office.lead("+12125550103", "agreeable");
        let call = office.queue("+12125550103");
        let native = office.server.data("/calls", &office.native)[0]["id"].as_str().unwrap().to_owned();
        let path = format!("/calls/{native}");
        let spoken = wait::until(PATIENCE, || {
            let seen = office.server.data(&path, &office.native);
            let lines = seen["transcript"].as_array().map_or(0, Vec::len);
            (seen["status"] == "in_progress" && lines >= 2).then_some(lines)
        });
        let lines = spoken.unwrap_or_else(|| panic!("nobody spoke: {}", office.server.process.output().text()));
        office.server.process.kill().unwrap();
        office.server = rig.serve(&[]);
        let limit = Duration::from_secs(110);
        let ended = wait::until(limit, || {
            std::thread::sleep(Duration::from_millis(500));
            let seen = office.server.data(&path, &office.native);
            matches!(seen["status"].as_str(), Some("completed" | "unknown")).then_some(seen)
        });
        let ended = ended.unwrap_or_else(|| {
            panic!("{}: {}", office.server.data(&path, &office.native), office.server.process.output().text())
        });
        assert!(ended["transcript"].as_array().unwrap().len() >= lines, "what was said is kept: {ended}");
        let events = office.events(&lead);
        for kind in ["call.queued", "call.started"] {
            assert_eq!(events.iter().filter(|each| *each == kind).count(), 1, "{kind} in {events:?}");
        }
        // It is not dialled again by itself.
        std::thread::sleep(Duration::from_secs(3));
        let after = office.server.data("/calls", &office.native);
        assert_eq!(after.as_array().map(Vec::len), Some(1), "{after}");
        assert_eq!(after[0]["status"], ended["status"]);
        let artic = office.artic(&format!("/calls/{call}"));
        let expected = if ended["status"] == "completed" { "completed" } else { "in_progress" };
        assert_eq!(artic["status"], expected, "{artic}");
        if ended["status"] == "unknown" {
            assert!(artic["reason"].as_str().is_some_and(|reason| reason.starts_with("nobody knows")), "{artic}");
        }
        let credits = office.server.data("/credits", &office.native);
        assert!(credits["credits_remaining"].as_i64().unwrap() >= 1_000 - 2 * 3, "{credits}");
        office.server.stop();
    }
}

#[test]
fn a_process_that_is_stopped_in_a_call_hangs_up() {
    for rig in Rig::each() {
        let mut office = Office::open(&rig, 1);
        office.lead("+12125550104", "agreeable");
        office.queue("+12125550104");
        let path = format!("/calls/{}", office.server.data("/calls", &office.native)[0]["id"].as_str().unwrap());
        let spoken = wait::until(PATIENCE, || {
            let seen = office.server.data(&path, &office.native);
            (seen["status"] == "in_progress" && seen["transcript"].as_array().is_some_and(|lines| !lines.is_empty()))
                .then_some(())
        });
        spoken.unwrap_or_else(|| panic!("nobody spoke: {}", office.server.process.output().text()));
        office.server.stop();
        office.server = rig.serve(&[]);
        let ended = office.server.data(&path, &office.native);
        assert_eq!((&ended["status"], &ended["outcome"]), (&json!("completed"), &json!("connected")), "{ended}");
        let number = office.server.data("/phone-numbers", &office.native)[0].clone();
        assert_eq!((&number["today"]["sent"], &number["today"]["reserved"]), (&json!(1), &json!(0)), "{number}");
        office.server.stop();
    }
}

#[test]
fn sixty_requests_a_minute_are_shared_by_two_nodes() {
    let Ok(rig) = Rig::postgres() else { return };
    rig.ok(&["apply", &rig.file("workspace.toml", WORKSPACE)]);
    let nodes = [rig.serve(&["--role", "api"]), rig.serve(&["--role", "api"])];
    // A window can end on the way: then another key is tried in the next.
    let counts = (0..4).map(|_| {
        let key = rig.ok(&["key", "create", "--dialect", "artic"]).trim().to_owned();
        let mut seen = [[0; 2]; 2];
        for number in 0..66 {
            let node = number % 2;
            let (status, body) = ask(&nodes[node], "GET", "/artic/api/v1/agents", &key, &Value::Null);
            match status {
                200 => seen[node][0] += 1,
                429 => {
                    assert_eq!(body["error"], "rate_limited", "{body}");
                    seen[node][1] += 1;
                }
                other => panic!("{other}: {body}"),
            }
        }
        seen
    });
    let all: Vec<[[i32; 2]; 2]> = counts.take_while(|seen| *seen != [[30, 3], [30, 3]]).collect();
    assert!(all.len() < 4, "each node lets 30 of 33 pass, for together they let 60: {all:?}");
    nodes.into_iter().for_each(Server::stop);
}
