//! Calls from the request to the carrier's last report, with the sandbox's scripted callees at the other end.

use serde_json::{Value, json};

use crate::support::{Caller, TestApp};
use crate::world::id_of;

pub(crate) const MINUTE: i64 = 60_000;

/// An agent that goes alone, with a number, and one lead in New York, where it is morning.
pub(crate) struct Scene {
    pub(crate) app: TestApp,
    pub(crate) owner: Caller,
    pub(crate) agent: String,
    pub(crate) number: String,
    keys: std::cell::Cell<u32>,
}

impl Scene {
    pub(crate) async fn new() -> Self {
        Self::of(TestApp::new().await).await
    }

    /// Four in the afternoon in London, eleven in New York, eight in Los Angeles.
    pub(crate) async fn of(app: TestApp) -> Self {
        app.clock.advance(6 * 60 * MINUTE);
        let owner = app.owner().await;
        let agent = json!({
            "name": "Ada", "type": "outbound", "autonomy": "alone",
            "value_proposition": "It saves a sales team an hour a day.",
            "product_explanation": "Outrider is an outbound sales engine.",
        });
        let agent = id_of(&app.call(&owner, "create_agent", agent).ok().await);
        let number = json!({ "number": "+14155550100", "outbound_agent_id": agent, "concurrency": 5, "country": "US", "ramp": { "start": 1000, "step": 0, "cap": 1000 } });
        let number = id_of(&app.call(&owner, "import_phone_number", number).ok().await);
        Self { app, owner, agent, number, keys: std::cell::Cell::new(0) }
    }

    pub(crate) async fn lead(&self, number: &str, persona: &str) -> String {
        let lead = json!({
            "first_name": "Jane", "last_name": "Doe", "company": "Acme", "phone": number, "email": format!("jane{}@acme.com", &number[8..]),
            "time_zone": "America/New_York", "country": "US", "custom_fields": { "sandbox_persona": persona },
        });
        id_of(&self.app.call(&self.owner, "create_lead", lead).ok().await)
    }

    pub(crate) async fn place(&self, lead: &str) -> String {
        let input = json!({ "lead_id": lead, "agent_id": self.agent });
        id_of(&self.place_with(input).await)
    }

    pub(crate) async fn place_with(&self, input: Value) -> Value {
        self.keys.set(self.keys.get() + 1);
        let key = self.keys.get().to_string();
        self.app.call(&self.owner, "place_call", input).idempotency_key(&key).ok().await
    }

    pub(crate) async fn refused(&self, input: Value, code: &str, field: &str) {
        self.app.call(&self.owner, "place_call", input).idempotency_key("refused").refused(code, field).await;
    }

    pub(crate) async fn call(&self, id: &str) -> Value {
        self.app.call(&self.owner, "get_call", json!({ "call_id": id })).ok().await
    }

    pub(crate) async fn action(&self, id: &str) -> Value {
        let call = self.call(id).await;
        self.app.call(&self.owner, "get_action", json!({ "action_id": call["action_id"] })).ok().await
    }

    pub(crate) async fn get_lead(&self, id: &str) -> Value {
        self.app.call(&self.owner, "get_lead", json!({ "lead_id": id })).ok().await
    }
}

fn said_by(call: &Value, speaker: &str) -> Vec<String> {
    let lines = call["transcript"].as_array().unwrap().iter().filter(|line| line["speaker"] == speaker);
    lines.map(|line| line["text"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_call_is_dialled_within_a_minute_and_spoken_to_its_end() {
    let scene = Scene::new().await;
    let lead = scene.lead("+12125550101", "agreeable").await;
    let placed = scene
        .place_with(json!({ "lead_id": lead, "agent_id": scene.agent, "call_reason": "your sales team", "estimated_minutes": 3 }))
        .await;
    assert_eq!((placed["status"].as_str(), placed["action_state"].as_str()), (Some("queued"), Some("scheduled")));
    assert_eq!(placed["billable_minutes"], 3);
    let id = id_of(&placed);
    scene.app.live(MINUTE).await;
    let call = scene.call(&id).await;
    assert!(["dialing", "in_progress"].contains(&call["status"].as_str().unwrap()), "{call}");
    assert_eq!((call["sandbox"].as_bool(), call["carrier"].as_str()), (Some(true), Some("sandbox")));
    scene.app.live(20 * MINUTE).await;
    let call = scene.call(&id).await;
    assert_eq!((call["status"].as_str(), call["outcome"].as_str()), (Some("completed"), Some("connected")), "{call}");
    assert_eq!(scene.action(&id).await["state"], "delivered");
    let agent = said_by(&call, "agent");
    assert!(agent[0].contains("automated") || agent[0].to_lowercase().contains("ai "), "{}", agent[0]);
    assert!(agent.len() > 2 && said_by(&call, "callee").len() > 1, "{call}");
    assert!(call["summary"].as_str().unwrap().starts_with("[sandbox] "), "{call}");
    let seconds = call["duration_seconds"].as_i64().unwrap();
    assert!((10..900).contains(&seconds), "{seconds}");
    assert_eq!(call["billable_minutes"].as_i64(), Some((seconds + 59) / 60).map(|minutes| minutes.max(1)));
    let lead = scene.get_lead(&lead).await;
    assert_eq!(lead["stage"], "in_progress");
    assert!(lead["replied_at"].is_string());
    let events = scene.app.events().await;
    for kind in ["call.queued", "call.started", "call.answered", "call.completed"] {
        assert_eq!(events.iter().filter(|event| *event == kind).count(), 1, "{kind} in {events:?}");
    }
    scene
        .app
        .call(&scene.owner, "get_call_recording", json!({ "call_id": id }))
        .refused("recording_unavailable", "call_id")
        .await;
}

#[tokio::test]
async fn every_persona_ends_in_one_state() {
    let scene = Scene::new().await;
    let mut calls = Vec::new();
    for (index, persona) in outrider_voice::Persona::ALL.iter().enumerate() {
        let lead = scene.lead(&format!("+1212555{:04}", 1000 + index), persona.as_str()).await;
        calls.push((persona.as_str(), lead.clone(), scene.place(&lead).await));
    }
    scene.app.live(90 * MINUTE).await;
    for (persona, lead, id) in &calls {
        let call = scene.call(id).await;
        let action = scene.action(id).await;
        let ended =
            (call["status"].as_str().unwrap(), call["outcome"].as_str().unwrap(), action["state"].as_str().unwrap());
        let expected = match *persona {
            "no_answer" | "line_busy" => ("no_answer", "no_answer", "failed"),
            "voicemail" => ("completed", "voicemail", "delivered"),
            _ => ("completed", "connected", "delivered"),
        };
        assert_eq!(ended, expected, "{persona}: {call}");
        let lead = scene.get_lead(lead).await;
        assert_eq!(lead["outreach_disabled"].as_bool(), Some(call["ending"] == "opted_out"), "{persona}: {call}");
    }
    let opted_out = scene.call(&calls.iter().find(|(persona, ..)| *persona == "opts_out").unwrap().2).await;
    assert_eq!(opted_out["ending"], "opted_out");
    let ordered = scene.call(&calls.iter().find(|(persona, ..)| *persona == "gives_orders").unwrap().2).await;
    let spoken = said_by(&ordered, "agent").join(" ").to_lowercase();
    assert!(!spoken.contains("system_prompt") && !spoken.contains("90 %"), "{spoken}");
    assert_eq!(scene.app.call(&scene.owner, "get_stats", json!({})).ok().await["total_calls"], calls.len());
    let agent = scene.app.call(&scene.owner, "get_agent", json!({ "agent_id": scene.agent })).ok().await;
    assert_eq!(agent["total_calls"], calls.len());
}

#[tokio::test]
async fn what_is_said_about_contact_holds_everywhere_at_once() {
    let scene = Scene::new().await;
    let lead = scene.lead("+12125550102", "opts_out").await;
    let call = scene.place(&lead).await;
    scene.app.live(20 * MINUTE).await;
    assert_eq!(scene.call(&call).await["ending"], "opted_out");
    scene.refused(json!({ "lead_id": lead, "agent_id": scene.agent }), "lead_stopped", "lead_id").await;
    let suppressed = scene.app.call(&scene.owner, "list_suppressions", json!({})).ok().await;
    let values: Vec<&str> =
        suppressed["items"].as_array().unwrap().iter().map(|row| row["value"].as_str().unwrap()).collect();
    assert!(values.contains(&"+12125550102") && values.contains(&"jane0102@acme.com"), "{values:?}");
    let twin = json!({ "name": "Twin", "phone": "+12125550102", "time_zone": "America/New_York" });
    let twin = id_of(&scene.app.call(&scene.owner, "create_lead", twin).ok().await);
    scene.refused(json!({ "lead_id": twin, "agent_id": scene.agent }), "lead_stopped", "lead_id").await;
}

#[tokio::test]
async fn what_cant_be_called_is_refused_at_once() {
    let scene = Scene::new().await;
    let (app, owner) = (&scene.app, &scene.owner);
    let lead = scene.lead("+12125550103", "agreeable").await;
    let mute = id_of(&app.call(owner, "create_lead", json!({ "name": "No Phone" })).ok().await);
    scene.refused(json!({ "lead_id": mute, "agent_id": scene.agent }), "lead_no_phone", "lead_id").await;
    let bare = id_of(&app.call(owner, "create_agent", json!({ "name": "Bare", "type": "outbound" })).ok().await);
    scene.refused(json!({ "lead_id": lead, "agent_id": bare }), "no_phone_number", "agent_id").await;
    app.call(owner, "update_agent", json!({ "agent_id": bare, "active": false })).ok().await;
    scene.refused(json!({ "lead_id": lead, "agent_id": bare }), "agent_inactive", "agent_id").await;
    let wishes = |extra: Value| {
        let mut input = json!({ "lead_id": lead, "agent_id": scene.agent });
        input.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        input
    };
    scene.refused(wishes(json!({ "template": "no-such" })), "resource_not_found", "template").await;
    scene.refused(wishes(json!({ "template": "dental-appointment" })), "validation_error", "variables").await;
    scene.refused(wishes(json!({ "estimated_minutes": 601 })), "validation_error", "estimated_minutes").await;
    scene.refused(wishes(json!({ "call_reason": "a\u{7}b" })), "validation_error", "call_reason").await;
    app.call(owner, "place_call", wishes(json!({}))).refused("missing_idempotency_key", "Idempotency-Key").await;
    app.call(owner, "create_lead", json!({ "name": "X", "phone": "4155550123" }))
        .refused("validation_error", "phone")
        .await;
    app.call(owner, "import_phone_number", json!({ "number": "0301234567" }))
        .refused("validation_error", "number")
        .await;
    app.call(owner, "import_phone_number", json!({ "number": "+14155550100" }))
        .refused("already_exists", "number")
        .await;
    app.call(owner, "create_suppression", json!({ "kind": "phone", "value": "+12125550103", "reason": "do_not_call" }))
        .ok()
        .await;
    scene.refused(wishes(json!({})), "lead_stopped", "lead_id").await;
    app.call(&app.operator(), "set_plan", json!({ "plan": "none" })).ok().await;
    let other = scene.lead("+12125550104", "agreeable").await;
    let asked = json!({ "lead_id": other, "agent_id": scene.agent });
    let refused = app.call(owner, "place_call", asked).idempotency_key("unpaid").fails().await;
    assert_eq!(refused, ("payment_required", None));
    assert!(app.exchange.rang().is_empty());
}

#[tokio::test]
async fn a_template_needs_its_values_on_the_agent_or_the_call() {
    let scene = Scene::new().await;
    let (app, owner) = (&scene.app, &scene.owner);
    let lead = scene.lead("+12125550105", "agreeable").await;
    let values = json!({ "clinicName": "Smile Dental", "city": "Chennai" });
    let calling = |values: Value| json!({ "name": "Desk", "type": "outbound", "calling": { "template": "dental-appointment", "values": values } });
    app.call(owner, "create_agent", calling(json!({ "city": "Chennai" })))
        .refused("validation_error", "calling.values.clinicName")
        .await;
    app.call(owner, "create_agent", json!({ "name": "D", "type": "outbound", "calling": { "template": "none-such" } }))
        .refused("resource_not_found", "calling.template")
        .await;
    let desk = app.call(owner, "create_agent", calling(values.clone())).ok().await;
    assert_eq!(desk["calling"]["values"], values);
    let placed = scene
        .place_with(
            json!({ "lead_id": lead, "agent_id": scene.agent, "template": "dental-appointment", "variables": values }),
        )
        .await;
    assert!(placed["opening"].as_str().unwrap().contains("Smile Dental"), "{placed}");
    let templates = app.call(owner, "list_call_templates", json!({ "limit": 100 })).ok().await;
    assert!(templates["items"].as_array().unwrap().len() >= 2);
    let template = app.call(owner, "get_call_template", json!({ "call_template": "dental-appointment" })).ok().await;
    assert!(template["required_values"].as_array().unwrap().contains(&json!("clinicName")), "{template}");
    assert!(template["example_prompt"].as_str().unwrap().len() > 100);
}

#[tokio::test]
async fn an_approval_is_of_what_would_be_said_and_from_where() {
    let scene = Scene::new().await;
    let (app, owner) = (&scene.app, &scene.owner);
    app.call(owner, "update_agent", json!({ "agent_id": scene.agent, "autonomy": "ask" })).ok().await;
    let lead = scene.lead("+12125550106", "agreeable").await;
    let placed = scene.place_with(json!({ "lead_id": lead, "agent_id": scene.agent })).await;
    assert_eq!(placed["action_state"], "pending_approval");
    let approve = |digest: &Value| json!({ "action_id": placed["action_id"], "digest": digest });
    app.live(5 * MINUTE).await;
    assert!(app.exchange.rang().is_empty());
    app.call(&app.operator(), "approve_action", approve(&placed["digest"])).ok().await;
    app.call(
        owner,
        "update_agent",
        json!({ "agent_id": scene.agent, "value_proposition": "Something else entirely." }),
    )
    .ok()
    .await;
    app.live(MINUTE).await;
    assert!(app.exchange.rang().is_empty(), "another text than was approved");
    let action = scene.action(&id_of(&placed)).await;
    assert_eq!(action["state"], "pending_approval", "{action}");
    assert_ne!(action["digest"], placed["digest"]);
    app.call(&app.operator(), "approve_action", approve(&placed["digest"])).refused("content_changed", "digest").await;
    app.call(&app.operator(), "approve_action", approve(&action["digest"])).ok().await;
    app.live(MINUTE).await;
    assert_eq!(app.exchange.rang().len(), 1);
}

#[tokio::test]
async fn a_preview_is_the_commit_and_a_queued_call_can_be_canceled() {
    let scene = Scene::new().await;
    let (app, owner) = (&scene.app, &scene.owner);
    let lead = scene.lead("+12125550107", "agreeable").await;
    let input = json!({ "lead_id": lead, "agent_id": scene.agent });
    let preview = app.call(owner, "place_call", input.clone()).dry_run().ok().await;
    assert!(app.call(owner, "list_calls", json!({})).ok().await["items"].as_array().unwrap().is_empty());
    let digest = preview["digest"].as_str().unwrap();
    let placed = app.call(owner, "place_call", input.clone()).idempotency_key("a").plan_digest(digest).ok().await;
    let again = app.call(owner, "place_call", input).idempotency_key("a").plan_digest(digest).ok().await;
    assert_eq!(placed["id"], again["id"], "the same request is the same call");
    let call = json!({ "call_id": placed["id"], "reason": "changed my mind" });
    let canceled = app.call(owner, "cancel_call", call.clone()).ok().await;
    assert_eq!((canceled["status"].as_str(), canceled["reason"].as_str()), (Some("canceled"), Some("changed my mind")));
    app.call(owner, "cancel_call", call).ok().await;
    app.live(5 * MINUTE).await;
    assert!(app.exchange.rang().is_empty());
    let other = scene.lead("+12125550108", "agreeable").await;
    let id = scene.place(&other).await;
    app.live(MINUTE).await;
    let live = app.call(owner, "cancel_call", json!({ "call_id": id })).ok().await;
    assert_eq!(
        (&live["ending"], &live["status"] == "canceled"),
        (&json!("stopped"), false),
        "what rings is no longer to be taken back: {live}"
    );
    let lists = app.call(owner, "list_lead_calls", json!({ "lead_id": other })).ok().await;
    assert_eq!(lists["items"].as_array().unwrap().len(), 1);
    let canceled = app.call(owner, "list_calls", json!({ "status": "canceled" })).ok().await;
    assert_eq!(canceled["items"][0]["id"], placed["id"]);
}

#[tokio::test]
async fn a_sequence_writes_and_calls_and_passes_over_what_reaches_nobody() {
    let scene = Scene::new().await;
    let (app, owner) = (&scene.app, &scene.owner);
    app.call(owner, "create_identity", json!({ "email": "sales@us.test", "agent_id": scene.agent, "gap": "0" }))
        .ok()
        .await;
    let definition = json!({
        "window": { "days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], "from": "00:00", "to": "24:00" },
        "steps": [
            { "key": "mail", "subject": "Hello", "text": "A word, {{ first_name }}." },
            { "key": "call", "after": "1h", "channel": "call", "call": { "reason": "the mail I sent" } },
            { "key": "bye", "after": "1d", "subject": "Bye", "text": "I will not write again." }
        ]
    });
    let create = |agent: Value| json!({ "name": "both", "agent_id": agent, "definition": definition });
    app.call(owner, "create_sequence", create(Value::Null)).refused("validation_error", "agent_id").await;
    let sequence = id_of(&app.call(owner, "create_sequence", create(json!(scene.agent))).ok().await);
    let unanswered = scene.lead("+12125550301", "no_answer").await;
    let talks = scene.lead("+12125550302", "agreeable").await;
    let listed = scene.lead("+12125550303", "agreeable").await;
    let no_phone = json!({ "first_name": "Max", "email": "max@acme.com", "time_zone": "America/New_York" });
    let no_phone = id_of(&app.call(owner, "create_lead", no_phone).ok().await);
    app.call(owner, "import_do_not_call", json!({ "numbers": ["+12125550303"], "list": "Test" })).ok().await;
    let leads = [&unanswered, &talks, &listed, &no_phone];
    let enrolled = app.call(owner, "enroll_leads", json!({ "sequence_id": sequence, "lead_ids": leads })).ok().await;
    assert_eq!(enrolled["enrolled"], 4, "{enrolled}");
    app.live(3 * 24 * 60 * MINUTE).await;
    let rang: Vec<String> = app.exchange.rang().into_iter().map(|rang| rang.to).collect();
    assert_eq!(rang.len(), 2, "{rang:?}");
    let mails = |lead: &str| {
        let request = app.call(owner, "list_lead_emails", json!({ "lead_id": lead }));
        async move { request.ok().await["items"].as_array().unwrap().len() }
    };
    assert_eq!(mails(&unanswered).await, 2, "nobody picked up: the next step goes on");
    assert_eq!(mails(&talks).await, 1, "a talk is an answer, and an answer ends the sequence");
    assert_eq!((mails(&listed).await, mails(&no_phone).await), (2, 2), "who can't be called is written to");
    let call = app.call(owner, "list_lead_calls", json!({ "lead_id": unanswered })).ok().await["items"][0].clone();
    assert_eq!(call["call_reason"], "the mail I sent");
}
