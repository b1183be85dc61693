//! Sequences over every channel: mails, texts, calls and what people do by hand, with branches, pauses and holidays.

use outrider_domain::mail::InboundMail;
use outrider_domain::telephony::IncomingText;
use outrider_domain::time::{DAY, HOUR, MINUTE};
use outrider_engine::context::Context;
use outrider_engine::core::Settings;
use outrider_engine::error::Error;
use outrider_engine::inbound;
use outrider_engine::principal::Principal;
use outrider_engine::simulate::exchange::Faults;
use outrider_store::identities;
use serde_json::{Value, json};

use crate::calls::Scene;
use crate::support::TestApp;
use crate::world::id_of;

fn any_time() -> Value {
    json!({ "from": "00:00", "to": "24:00", "days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] })
}

/// A scene with a mailbox as well.
async fn scene() -> Scene {
    scene_of(TestApp::new().await).await
}

async fn scene_of(app: TestApp) -> Scene {
    let scene = Scene::of(app).await;
    let sender = json!({ "email": "sales@sender.test", "gap": "0", "ramp": { "start": 1000, "step": 0, "cap": 1000 } });
    scene.app.call(&scene.owner, "create_identity", sender).ok().await;
    scene
}

/// A mail of the lead's that answers the last one that left.
pub(crate) async fn reply(app: &TestApp, text: &str) {
    let sent = app.mailer.mails().pop().unwrap();
    let now = app.clock.now_millis();
    let mail = InboundMail {
        message_id: Some(format!("answer-{}@acme.com", now.0)),
        from: Some(sent.to.to_string()),
        to: vec![sent.from.to_string()],
        subject: format!("Re: {}", sent.subject),
        text: text.to_owned(),
        in_reply_to: vec![sent.message_id.clone()],
        date: Some(now),
        ..InboundMail::default()
    };
    let (core, project) = (std::sync::Arc::clone(app.pipeline.core()), app.main);
    app.store()
        .write(move |tx| {
            let identity = identities::find(tx, project, "sales@sender.test")?.unwrap();
            let principal = Principal::engine(project);
            let mut cx = Context::new(tx, &core, &principal, core.now());
            inbound::take(&mut cx, &identity, &mail)?;
            cx.finish()?;
            Ok::<_, Error>(())
        })
        .await
        .unwrap();
}

impl Scene {
    /// Begins a sequence of the agent's with one lead; gives the enrollment.
    async fn begin(&self, name: &str, definition: Value, lead: &str) -> String {
        let mut definition = definition;
        definition["approval"] = json!("alone");
        if definition["window"].is_null() {
            definition["window"] = any_time();
        }
        let made = json!({ "name": name, "agent_id": self.agent, "definition": definition });
        let made = self.app.call(&self.owner, "create_sequence", made).ok().await;
        let enroll = json!({ "sequence_id": made["id"], "lead_ids": [lead] });
        let enrolled = self.app.call(&self.owner, "enroll_leads", enroll).ok().await;
        assert_eq!(enrolled["enrolled"], 1, "{enrolled}");
        let page = self.app.call(&self.owner, "list_enrollments", json!({ "sequence_id": made["id"] })).ok().await;
        id_of(&page["items"][0])
    }

    async fn enrollment(&self, id: &str) -> Value {
        self.app.call(&self.owner, "get_enrollment", json!({ "enrollment_id": id })).ok().await
    }

    async fn why_enrollment(&self, id: &str) -> String {
        let why = self.app.call(&self.owner, "why_enrollment", json!({ "enrollment_id": id })).ok().await;
        why["summary"].as_str().unwrap().to_owned()
    }

    async fn open_tasks(&self) -> Vec<Value> {
        let page = self.app.call(&self.owner, "list_person_tasks", json!({ "status": "open" })).ok().await;
        page["items"].as_array().unwrap().clone()
    }

    async fn complete(&self, task: &Value, dismissed: bool) {
        let done = json!({ "person_task_id": task["id"], "dismissed": dismissed });
        self.app.call(&self.owner, "complete_person_task", done).ok().await;
    }

    /// A lead with every address there is.
    async fn person(&self, number: &str, persona: &str) -> String {
        let lead = self.lead(number, persona).await;
        let profile = json!({ "lead_id": lead, "linkedin_url": "https://www.linkedin.com/in/jane" });
        self.app.call(&self.owner, "update_lead", profile).ok().await;
        lead
    }

    async fn reply(&self, text: &str) {
        reply(&self.app, text).await;
    }

    fn subjects(&self) -> Vec<String> {
        self.app.mailer.mails().into_iter().map(|mail| mail.subject).collect()
    }

    /// Data of the events of a type, in order.
    async fn told(&self, kind: &str) -> Vec<Value> {
        let answer = self.app.call(&self.app.operator(), "list_events", json!({ "limit": 1000 })).ok().await;
        let events = answer["events"].as_array().unwrap().iter().filter(|event| event["type"] == kind);
        events.map(|event| event["data"].clone()).collect()
    }
}

#[tokio::test]
async fn one_sequence_goes_by_every_channel() {
    let scene = scene().await;
    let lead = scene.person("+12125550301", "no_answer").await;
    let definition = json!({ "steps": [
        { "key": "hello", "subject": "Hello {{ first_name }}", "text": "A word about {{ company }}." },
        { "key": "ping", "channel": "sms", "after": "1d", "text": "Hi {{ first_name }}, did you see my mail?" },
        { "key": "profile", "channel": "linkedin", "after": "1d", "text": "Hi {{ first_name }}, shall we connect?" },
        { "key": "ring", "channel": "call", "after": "1d", "call": { "reason": "my mail" },
          "branches": [{ "on": ["no_answer", "voicemail"], "go_to": "visit" }] },
        { "key": "never", "after": "1h", "subject": "Never", "text": "Nobody gets this." },
        { "key": "visit", "channel": "task", "after": "1h", "title": "Visit {{ first_name }}", "text": "Bring an anvil." },
    ] });
    let enrollment = scene.begin("all", definition, &lead).await;
    scene.app.live(HOUR).await;
    assert_eq!(scene.subjects(), ["Hello Jane"]);
    scene.app.live(DAY).await;
    let texted = scene.app.exchange.texted();
    assert_eq!(texted.len(), 1);
    assert_eq!(texted[0].words, "Hi Jane, did you see my mail? Reply STOP to opt out.");
    let texts = scene.app.call(&scene.owner, "list_lead_texts", json!({ "lead_id": lead })).ok().await;
    assert_eq!(
        (&texts["items"][0]["status"], &texts["items"][0]["sandbox"]),
        (&json!("sent"), &json!(true)),
        "{texts}"
    );
    scene.app.live(DAY).await;
    let tasks = scene.open_tasks().await;
    assert_eq!((tasks.len(), &tasks[0]["kind"]), (1, &json!("linkedin")), "{tasks:?}");
    assert_eq!(
        (&tasks[0]["text"], &tasks[0]["link"]),
        (&json!("Hi Jane, shall we connect?"), &json!("https://www.linkedin.com/in/jane"))
    );
    let why = scene.why_enrollment(&enrollment).await;
    assert!(why.contains("waits for a person to do"), "{why}");
    scene.app.live(10 * DAY).await;
    assert_eq!(scene.enrollment(&enrollment).await["step"], "profile", "as long as the person likes");
    scene.complete(&tasks[0], false).await;
    assert_eq!(scene.enrollment(&enrollment).await["step"], "ring");
    scene.app.live(DAY + HOUR).await;
    assert_eq!(scene.app.exchange.rang().len(), 1);
    scene.app.live(2 * HOUR).await;
    let tasks = scene.open_tasks().await;
    assert_eq!((&tasks[0]["kind"], &tasks[0]["title"]), (&json!("task"), &json!("Visit Jane")), "{tasks:?}");
    scene.complete(&tasks[0], true).await;
    let ended = scene.enrollment(&enrollment).await;
    assert_eq!((&ended["state"], &ended["done_step"]), (&json!("finished"), &json!("visit")), "{ended}");
    assert_eq!(scene.subjects(), ["Hello Jane"], "the branch passed over a step");
    let branched = scene.told("enrollment.branched").await;
    assert_eq!((branched.len(), &branched[0]["on"], &branched[0]["go_to"]), (1, &json!("no_answer"), &json!("visit")));
}

#[tokio::test]
async fn a_step_by_a_way_that_does_not_reach_the_lead_is_passed_over_or_branched_on() {
    let scene = scene().await;
    let lead = json!({ "name": "Ann Mail", "email": "ann@acme.com" });
    let lead = id_of(&scene.app.call(&scene.owner, "create_lead", lead).ok().await);
    let definition = json!({ "steps": [
        { "key": "ping", "channel": "sms", "text": "Hello" },
        { "key": "profile", "channel": "linkedin", "text": "Hello", "branches": [{ "on": ["unreachable"], "go_to": "last" }] },
        { "key": "middle", "subject": "Middle", "text": "x" },
        { "key": "last", "subject": "Last", "text": "x" },
    ] });
    let enrollment = scene.begin("mail alone", definition, &lead).await;
    scene.app.live(HOUR).await;
    assert_eq!(scene.subjects(), ["Last"]);
    assert_eq!(scene.enrollment(&enrollment).await["state"], "finished");
    let skipped: Vec<Value> = scene.told("step.skipped").await.into_iter().map(|data| data["reason"].clone()).collect();
    assert_eq!(skipped, ["lead_no_phone", "lead_no_profile"]);
}

#[tokio::test]
async fn a_task_that_nobody_does_in_its_time_is_taken_back() {
    let scene = scene().await;
    let lead = scene.person("+12125550302", "silent").await;
    let definition = json!({ "steps": [
        { "key": "profile", "channel": "linkedin", "text": "Hello", "within": "2d",
          "branches": [{ "on": ["overdue"], "go_to": "late" }, { "on": ["done"], "then": "finish" }] },
        { "key": "middle", "subject": "Middle", "text": "x" },
        { "key": "late", "subject": "Late", "text": "x" },
    ] });
    let enrollment = scene.begin("overdue", definition, &lead).await;
    scene.app.live(HOUR).await;
    let task = scene.open_tasks().await.remove(0);
    scene.app.live(2 * DAY).await;
    assert!(scene.open_tasks().await.is_empty());
    assert_eq!(scene.subjects(), ["Late"]);
    let late = json!({ "person_task_id": task["id"] });
    assert_eq!(scene.app.call(&scene.owner, "complete_person_task", late).fails().await.0, "wrong_state");
    assert_eq!(scene.enrollment(&enrollment).await["state"], "finished");
}

#[tokio::test]
async fn a_sequence_may_go_on_as_soon_as_a_task_is_given_and_takes_it_back_when_it_ends() {
    let scene = scene().await;
    let lead = scene.person("+12125550303", "silent").await;
    let definition = json!({ "steps": [
        { "key": "profile", "channel": "linkedin", "text": "Hello", "goes_on": "given" },
        { "key": "mail", "subject": "Mail", "text": "x" },
        { "key": "wait", "channel": "task", "title": "Wait" },
    ] });
    let enrollment = scene.begin("given", definition, &lead).await;
    scene.app.live(HOUR).await;
    assert_eq!(scene.subjects(), ["Mail"]);
    assert_eq!(scene.open_tasks().await.len(), 2);
    scene.reply("Not interested, thanks.").await;
    assert_eq!(scene.enrollment(&enrollment).await["state"], "stopped");
    let left: Vec<Value> = scene.open_tasks().await.iter().map(|task| task["kind"].clone()).collect();
    assert_eq!(left, ["linkedin"], "the task it waited for is nobody's any more");
}

#[tokio::test]
async fn replies_lead_on_by_their_class() {
    let scene = scene().await;
    let definition = json!({
        "branches": [
            { "on": ["interested"], "go_to": "hot" },
            { "on": ["not_now"], "then": "pause" },
            { "on": ["out_of_office"], "then": "pause" },
        ],
        "steps": [
            { "key": "hello", "subject": "Hello", "text": "x", "branches": [{ "on": ["not_interested"], "go_to": "sorry" }] },
            { "key": "second", "after": "2d", "subject": "Second", "text": "x", "branches": [{ "on": ["any"], "then": "finish" }] },
            { "key": "sorry", "subject": "Sorry", "text": "x", "branches": [{ "on": ["any"], "then": "finish" }] },
            { "key": "hot", "channel": "task", "title": "Call {{ first_name }} now" },
        ]
    });
    let cases = [
        ("Sounds great, tell me more.", "interested", "hot"),
        ("No thanks.", "not_interested", "sorry"),
        ("Not right now, try me again in two weeks.", "not_now", "pause"),
        ("Wrong person.", "wrong_person", "stop"),
        ("Who are you?", "other", "stop"),
    ];
    for (number, (text, class, outcome)) in cases.into_iter().enumerate() {
        let lead = scene.lead(&format!("+1212555{:04}", 3100 + number), "silent").await;
        let enrollment = scene.begin(class, definition.clone(), &lead).await;
        scene.app.live(MINUTE).await;
        scene.app.clock.advance(1_000);
        scene.reply(text).await;
        let why = scene.why_enrollment(&enrollment).await;
        assert!(why.contains(&format!("was taken for {class}")), "{why}");
        let replied = scene.told("email.replied").await.pop().unwrap();
        assert_eq!(replied["class"], class, "{text}");
        let mails = scene.app.call(&scene.owner, "list_lead_emails", json!({ "lead_id": lead })).ok().await;
        let came = mails["items"].as_array().unwrap().iter().find(|mail| mail["direction"] == "in").unwrap();
        assert_eq!(came["class"], class, "{came}");
        scene.app.live(HOUR).await;
        let now = scene.enrollment(&enrollment).await;
        match outcome {
            "hot" => {
                let task = scene.open_tasks().await.remove(0);
                assert_eq!(task["title"], "Call Jane now");
                scene.complete(&task, false).await;
                assert_eq!(scene.enrollment(&enrollment).await["state"], "finished");
            }
            "sorry" => {
                assert_eq!(scene.subjects().last().map(String::as_str), Some("Sorry"));
                assert_eq!(now["state"], "finished", "{now}");
            }
            "pause" => {
                assert_eq!((&now["state"], &now["reason"]), (&json!("paused"), &json!("asked_for_later")), "{now}");
                assert_eq!(now["due_at"], "2026-11-16T00:00:00.000Z");
                let before = scene.subjects().len();
                scene.app.live(13 * DAY).await;
                assert_eq!(scene.subjects().len(), before, "not before the day that was named");
                scene.app.live(DAY).await;
                assert_eq!(scene.subjects().last().map(String::as_str), Some("Second"));
            }
            _ => assert_eq!(now["state"], "stopped", "{text}: {now}"),
        }
    }
    let stopped = scene.told("enrollment.stopped").await;
    let reasons: Vec<&Value> = stopped.iter().map(|data| &data["reason"]).collect();
    assert_eq!(reasons, ["wrong_person", "lead_replied"]);
}

#[tokio::test]
async fn a_pause_holds_what_was_about_to_leave_and_a_person_may_end_it() {
    let scene = scene().await;
    let lead = scene.lead("+12125550310", "silent").await;
    let definition = json!({
        "window": { "days": ["mon", "tue", "wed", "thu", "fri"], "from": "09:00", "to": "17:00" },
        "branches": [{ "on": ["not_now"], "then": "pause" }],
        "steps": [{ "key": "one", "subject": "One", "text": "x" }, { "key": "two", "subject": "Two", "text": "x", "window": { "from": "15:00", "to": "16:00" } }],
    });
    let enrollment = scene.begin("held", definition, &lead).await;
    scene.app.live(MINUTE).await;
    assert_eq!(scene.subjects(), ["One"]);
    assert!(scene.enrollment(&enrollment).await["action_id"].is_string(), "the second waits for its hour");
    scene.app.clock.advance(1_000);
    scene.reply("Not right now, thanks.").await;
    let paused = scene.enrollment(&enrollment).await;
    assert_eq!((&paused["state"], &paused["reason"]), (&json!("paused"), &json!("not_now")), "no day was named");
    scene.app.live(3 * DAY).await;
    assert_eq!(scene.subjects(), ["One"]);
    scene.app.call(&scene.owner, "resume_enrollment", json!({ "enrollment_id": enrollment })).ok().await;
    scene.app.live(DAY).await;
    assert_eq!(scene.subjects(), ["One", "Two"], "what the lead said before was answered by the pause");
}

#[tokio::test]
async fn a_request_to_stop_follows_no_branch() {
    let scene = scene().await;
    let lead = scene.lead("+12125550311", "silent").await;
    let definition = json!({
        "branches": [{ "on": ["replied", "interested"], "then": "go_on" }],
        "steps": [{ "key": "one", "subject": "One", "text": "x" }, { "key": "two", "after": "1d", "subject": "Two", "text": "x" }],
    });
    let enrollment = scene.begin("stop", definition.clone(), &lead).await;
    scene.app.live(MINUTE).await;
    scene.app.clock.advance(1_000);
    scene.reply("Please remove me from your list.").await;
    assert_eq!(scene.enrollment(&enrollment).await["state"], "stopped");
    let lead = scene.lead("+12125550312", "silent").await;
    let other = scene.begin("go on", definition, &lead).await;
    scene.app.live(MINUTE).await;
    scene.app.clock.advance(1_000);
    scene.reply("Thanks.").await;
    scene.app.live(DAY).await;
    assert_eq!(scene.enrollment(&other).await["state"], "finished");
    assert_eq!(scene.subjects().last().map(String::as_str), Some("Two"));
}

#[tokio::test]
async fn a_referral_proposes_a_lead_to_a_person() {
    let scene = scene().await;
    let lead = scene.lead("+12125550313", "silent").await;
    let definition = json!({ "steps": [{ "key": "one", "subject": "One", "text": "x" }, { "key": "two", "after": "1d", "subject": "Two", "text": "x" }] });
    let enrollment = scene.begin("refers", definition, &lead).await;
    scene.app.live(MINUTE).await;
    scene.reply("I'm not the right person. Please contact Max Miller, max@acme.com.").await;
    assert_eq!(scene.enrollment(&enrollment).await["state"], "stopped");
    let waiting = scene.app.call(&scene.owner, "list_approvals", json!({})).ok().await;
    let action = waiting["items"].as_array().unwrap().iter().find(|action| action["kind"] == "lead").unwrap().clone();
    assert_eq!(action["content"]["set"]["email"], "max@acme.com", "{action}");
    let known = |email: &'static str| scene.app.call(&scene.owner, "list_leads", json!({ "query": email }));
    assert_eq!(known("max@acme.com").ok().await["items"].as_array().unwrap().len(), 0, "nobody is added unasked");
    let approve = json!({ "action_id": action["id"], "digest": action["digest"] });
    scene.app.call(&scene.owner, "approve_action", approve).ok().await;
    scene.app.live(MINUTE).await;
    let added = known("max@acme.com").ok().await;
    assert_eq!(
        (&added["items"][0]["name"], &added["items"][0]["company"]),
        (&json!("Max Miller"), &json!("Acme")),
        "{added}"
    );
}

#[tokio::test]
async fn texts_are_answered_and_stop_means_stop() {
    let scene = scene().await;
    let definition = json!({
        "branches": [{ "on": ["interested"], "go_to": "hot" }],
        "steps": [
            { "key": "ping", "channel": "sms", "variants": [{ "key": "a", "text": "Hello {{ first_name }}" }] },
            { "key": "again", "channel": "sms", "after": "1d", "text": "Hello again" },
            { "key": "hot", "channel": "task", "title": "Answer" },
        ],
    });
    let stops = scene.lead("+12125550320", "opts_out").await;
    let likes = scene.lead("+12125550321", "agreeable").await;
    let one = scene.begin("stops", definition.clone(), &stops).await;
    let two = scene.begin("likes", definition, &likes).await;
    scene.app.live(5 * HOUR).await;
    assert_eq!(scene.enrollment(&one).await["state"], "stopped");
    let stopped = scene.get_lead(&stops).await;
    assert_eq!(stopped["outreach_disabled"], true, "at once, without a person");
    let hot = scene.enrollment(&two).await;
    assert_eq!((&hot["state"], &hot["step"]), (&json!("active"), &json!("hot")), "{hot}");
    scene.app.live(2 * DAY).await;
    assert_eq!(scene.app.exchange.texted().len(), 2);
    let texts = scene.app.call(&scene.owner, "list_texts", json!({})).ok().await;
    let classes: Vec<&Value> = texts["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|row| row["direction"] == "in")
        .map(|row| &row["class"])
        .collect();
    assert!(classes.contains(&&json!("opt_out")) && classes.contains(&&json!("interested")), "{texts}");
    // The carrier may tell it again, and strangers may write.
    let again = |from: &str, id: &str, words: &str| IncomingText {
        carrier: "sandbox".to_owned(),
        carrier_id: id.to_owned(),
        from: from.parse().unwrap(),
        to: "+14155550100".parse().unwrap(),
        words: words.to_owned(),
    };
    use outrider_engine::texts::inbound::Taken;
    let board = &scene.app.switchboard;
    assert!(matches!(board.text(again("+12125550321", "x", "Hello")).await.unwrap(), Taken::Matched { .. }));
    assert_eq!(board.text(again("+12125550321", "x", "Hello")).await.unwrap(), Taken::Again);
    assert_eq!(board.text(again("+12125559999", "y", "Hello")).await.unwrap(), Taken::Stranger);
    let nowhere = IncomingText { to: "+14155550199".parse().unwrap(), ..again("+12125550321", "z", "Hello") };
    assert_eq!(board.text(nowhere).await.unwrap(), Taken::Stranger);
}

#[tokio::test]
async fn a_text_keeps_to_the_hours_of_the_place_and_to_the_carriers_answer() {
    let faults = outrider_engine::simulate::exchange::Faults { lost_dials: 1_000, ..Default::default() };
    let scene = scene_of(TestApp::with_faults(faults).await).await;
    let lead = scene.lead("+12125550322", "silent").await;
    let asleep = json!({ "lead_id": lead, "time_zone": "Pacific/Auckland", "country": "NZ" });
    scene.app.call(&scene.owner, "update_lead", asleep).ok().await;
    let definition = json!({ "steps": [{ "key": "ping", "channel": "sms", "text": "Hello" }] });
    let enrollment = scene.begin("text", definition, &lead).await;
    scene.app.live(HOUR).await;
    let why = scene.why_enrollment(&enrollment).await;
    assert!(why.contains("calling_hours") && why.contains("Pacific/Auckland"), "{why}");
    scene.app.live(5 * HOUR).await;
    let ended = scene.enrollment(&enrollment).await;
    assert_eq!((&ended["state"], &ended["reason"]), (&json!("paused"), &json!("unknown_outcome")), "{ended}");
    let texts = scene.app.call(&scene.owner, "list_texts", json!({})).ok().await;
    assert_eq!(texts["items"][0]["status"], "unknown", "{texts}");
}

#[tokio::test]
async fn a_dead_mailbox_leaves_the_phone() {
    let scene = scene().await;
    let lead = scene.lead("+12125550323", "silent").await;
    let bounce = outrider_domain::mail::Delivery::Refused {
        code: Some(550),
        enhanced: Some("5.1.1".to_owned()),
        response: "no such user".to_owned(),
        bad_address: true,
    };
    scene.app.mailer.answer("jane0323@acme.com", bounce);
    let steps = json!([
        { "key": "hello", "subject": "Hello", "text": "x" },
        { "key": "second", "after": "1d", "subject": "Second", "text": "x" },
        { "key": "ping", "channel": "sms", "text": "Hello" },
    ]);
    let plain = scene.begin("plain", json!({ "steps": steps }), &lead).await;
    let branches = json!([{ "on": ["bounced"], "go_to": "ping" }]);
    let branched = scene.begin("branched", json!({ "steps": steps, "branches": branches }), &lead).await;
    scene.app.live(2 * HOUR).await;
    assert_eq!(scene.enrollment(&plain).await["state"], "stopped");
    assert_eq!(scene.enrollment(&branched).await["state"], "finished");
    assert_eq!(scene.app.exchange.texted().len(), 1);
}

#[tokio::test]
async fn what_is_said_in_a_call_is_answered_by_the_branches_of_its_step() {
    let scene = scene().await;
    // A meeting that is booked in the call would end it.
    let definition = json!({ "stop_on": ["reply", "bounce", "opt_out", "complaint"], "steps": [
        { "key": "ring", "channel": "call", "branches": [
            { "on": ["declined"], "then": "finish" },
            { "on": ["callback_requested"], "go_to": "back" },
            { "on": ["answered"], "go_to": "thanks" },
        ] },
        { "key": "back", "channel": "task", "title": "Call back" },
        { "key": "thanks", "subject": "Thanks", "text": "x" },
    ] });
    let talks = scene.lead("+12125550330", "agreeable").await;
    let busy = scene.lead("+12125550331", "busy").await;
    let one = scene.begin("talks", definition.clone(), &talks).await;
    let two = scene.begin("busy", definition, &busy).await;
    scene.app.live(2 * HOUR).await;
    assert_eq!(scene.subjects(), ["Thanks"]);
    assert_eq!(scene.enrollment(&one).await["state"], "finished");
    let waits = scene.enrollment(&two).await;
    assert_eq!(waits["step"], "back", "{waits}");
}

#[tokio::test]
async fn a_step_on_a_holiday_moves_to_the_next_day() {
    let scene = scene().await;
    let own = json!({ "days": [{ "day": "2026-11-04", "name": "Works outing" }, { "day": "12-24" }] });
    scene.app.call(&scene.owner, "set_own_holidays", own).ok().await;
    let lead = json!({ "first_name": "Uli", "email": "uli@acme.com", "country": "Germany", "time_zone": "Europe/Berlin", "custom_fields": { "region": "BY" } });
    let lead = id_of(&scene.app.call(&scene.owner, "create_lead", lead).ok().await);
    let definition = |on_holidays: bool| {
        json!({ "on_holidays": on_holidays, "steps": [
        { "key": "one", "subject": "One", "text": "x" }, { "key": "two", "after": "2d", "subject": "Two", "text": "x" },
        { "key": "three", "after": "50d", "subject": "Three", "text": "x" },
    ] })
    };
    let enrollment = scene.begin("rests", definition(false), &lead).await;
    // It is Monday, 2 November.
    scene.app.live(2 * DAY + HOUR).await;
    assert_eq!(scene.subjects(), ["One"]);
    let why = scene.why_enrollment(&enrollment).await;
    assert!(why.contains("Works outing in Europe/Berlin"), "{why}");
    scene.app.live(DAY).await;
    assert_eq!(scene.subjects(), ["One", "Two"]);
    // Fifty days after that is Christmas Day, and so is the day after it a holiday of Germany.
    scene.app.live(51 * DAY).await;
    assert_eq!(scene.subjects(), ["One", "Two"]);
    scene.app.live(DAY).await;
    assert_eq!(scene.subjects(), ["One", "Two", "Three"]);
    let listed = scene
        .app
        .call(&scene.owner, "list_holidays", json!({ "country": "DE", "region": "BY", "year": 2026 }))
        .ok()
        .await;
    let named = |name: &str| listed["days"].as_array().unwrap().iter().any(|day| day["name"] == name);
    assert!(
        named("Allerheiligen") && named("Works outing") && listed["source"].as_str().unwrap().contains("Feiertag"),
        "{listed}"
    );
    for (days, field) in [
        (json!([{ "day": "24.12." }]), "days[0].day"),
        (json!([{ "day": "12-24" }, { "day": "12-24" }]), "days[1].day"),
    ] {
        scene
            .app
            .call(&scene.owner, "set_own_holidays", json!({ "days": days }))
            .refused("validation_error", field)
            .await;
    }
    let unknown = json!({ "country": "Atlantis" });
    scene.app.call(&scene.owner, "list_holidays", unknown).refused("validation_error", "country").await;
}

#[tokio::test]
async fn what_a_branch_or_channel_lacks_is_told_where() {
    let scene = scene().await;
    for (definition, field) in [
        (json!({ "steps": [{ "key": "a", "channel": "sms" }] }), "definition.steps[0].text"),
        (
            json!({ "steps": [{ "key": "a", "channel": "sms", "text": "x", "subject": "y" }] }),
            "definition.steps[0].subject",
        ),
        (json!({ "steps": [{ "key": "a", "channel": "linkedin" }] }), "definition.steps[0].text"),
        (json!({ "steps": [{ "key": "a", "channel": "task" }] }), "definition.steps[0].title"),
        (
            json!({ "steps": [{ "key": "a", "channel": "task", "title": "x", "branches": [{ "on": ["done"], "go_to": "a" }] }] }),
            "definition.steps[0].branches[0].go_to",
        ),
        (
            json!({ "steps": [{ "key": "a", "channel": "task", "title": "x" }], "branches": [{ "on": ["done"], "then": "finish" }] }),
            "definition.branches[0].on",
        ),
    ] {
        let made = json!({ "name": "bad", "agent_id": scene.agent, "definition": definition });
        scene.app.call(&scene.owner, "create_sequence", made).refused("validation_error", field).await;
    }
    let nobodys =
        json!({ "name": "nobody's", "definition": { "steps": [{ "key": "a", "channel": "sms", "text": "x" }] } });
    scene.app.call(&scene.owner, "create_sequence", nobodys).refused("validation_error", "agent_id").await;
}

#[tokio::test]
async fn a_call_that_fails_ends_nobodys_way() {
    let faults = Faults { refusals: 1_000, ..Faults::default() };
    let scene = scene_of(TestApp::with_faults(faults).await).await;
    let ring = |branches: Value| {
        json!({ "steps": [
            { "key": "ring", "channel": "call", "branches": branches },
            { "key": "next", "subject": "Next", "text": "x" },
            { "key": "last", "subject": "Last", "text": "x" },
        ] })
    };
    for (number, branches, subjects) in [
        ("+12125550320", json!([]), vec!["Next", "Last"]),
        ("+12125550321", json!([{ "on": ["failed"], "go_to": "last" }]), vec!["Last"]),
        (
            "+12125550322",
            json!([{ "on": ["no_answer"], "go_to": "next" }, { "on": ["any"], "go_to": "last" }]),
            vec!["Last"],
        ),
    ] {
        let before = scene.subjects().len();
        let lead = scene.lead(number, "agreeable").await;
        let enrollment = scene.begin(number, ring(branches), &lead).await;
        scene.app.live(HOUR).await;
        assert_eq!(scene.subjects()[before..], subjects, "{number}");
        assert_eq!(scene.enrollment(&enrollment).await["state"], "finished");
    }
    assert!(scene.app.exchange.rang().is_empty(), "the carrier took none of them");
}

#[tokio::test]
async fn a_text_is_paid_for_when_it_was_taken_and_not_otherwise() {
    let definition = json!({ "steps": [{ "key": "ping", "channel": "sms", "text": "Hello {{ first_name }}" }] });
    for (refusals, lost_dials, left) in [(0, 0, 7), (1_000, 0, 10), (0, 1_000, 7)] {
        let faults = Faults { refusals, lost_dials, ..Faults::default() };
        let settings = Settings { sms_price: 3, ..Settings::default() };
        let scene = scene_of(TestApp::with_both(settings, faults).await).await;
        scene.app.call(&scene.app.operator(), "grant_credits", json!({ "amount": 10 })).ok().await;
        let lead = scene.lead("+12125550330", "silent").await;
        scene.begin("text", definition.clone(), &lead).await;
        scene.app.live(HOUR).await;
        let credits = scene.app.call(&scene.owner, "get_credits", json!({})).ok().await;
        assert_eq!(credits["credits_remaining"], left, "refusals {refusals}, lost {lost_dials}: {credits}");
    }
    let settings = Settings { sms_price: 3, ..Settings::default() };
    let scene = scene_of(TestApp::with(settings).await).await;
    scene.app.call(&scene.app.operator(), "grant_credits", json!({ "amount": 2 })).ok().await;
    let lead = scene.lead("+12125550331", "silent").await;
    scene.begin("text", definition, &lead).await;
    scene.app.live(HOUR).await;
    assert!(scene.app.exchange.texted().is_empty());
    let action = scene.app.call(&scene.owner, "list_actions", json!({})).ok().await["items"][0].clone();
    assert_eq!((&action["hold_gate"], &action["cost"]), (&json!("credits"), &json!(3)), "{action}");
    scene.app.call(&scene.app.operator(), "grant_credits", json!({ "amount": 1 })).ok().await;
    scene.app.live(HOUR).await;
    assert_eq!(scene.app.exchange.texted().len(), 1, "credits wake what waited for them");
}

#[tokio::test]
async fn an_agents_playbook_texts_from_its_own_number() {
    let settings = Settings { sms_price: 2, ..Settings::default() };
    let scene = scene_of(TestApp::with(settings).await).await;
    scene.app.call(&scene.app.operator(), "grant_credits", json!({ "amount": 10 })).ok().await;
    let lead = scene.lead("+12125550340", "silent").await;
    let steps = json!([
        { "key": "ping", "kind": "sms", "text": "Hi {{ first_name }}, are you there?" },
        { "key": "note", "kind": "note", "after": "1h", "text": "Texted." },
    ]);
    let playbook = json!({ "enabled": true, "structure": { "steps": steps } });
    let update = json!({ "agent_id": scene.agent, "playbook": playbook });
    scene.app.call(&scene.owner, "update_agent", update).ok().await;
    let trigger = json!({ "agent_id": scene.agent, "lead_ids": [lead] });
    let run = id_of(&scene.app.call(&scene.owner, "trigger_agent", trigger).ok().await);
    scene.app.live(2 * HOUR).await;
    let texted = scene.app.exchange.texted();
    assert_eq!(texted.len(), 1);
    assert_eq!(
        (texted[0].words.as_str(), texted[0].from.as_str()),
        ("Hi Jane, are you there? Reply STOP to opt out.", "+14155550100")
    );
    let run = scene.app.call(&scene.owner, "get_run", json!({ "run_id": run })).ok().await;
    let ping = &run["run_contacts"][0]["decisions"][0]["action"];
    assert_eq!(
        (&ping["kind"], &ping["channel"], &ping["state"]),
        (&json!("send_sms"), &json!("sms"), &json!("delivered"))
    );
    assert_eq!(run["status"], "completed", "{run}");
    let credits = scene.app.call(&scene.owner, "get_credits", json!({})).ok().await;
    assert_eq!(credits["credits_remaining"], 8);
}

#[tokio::test]
async fn a_run_shows_what_a_contact_answered_by_mail_and_text() {
    let scene = scene().await;
    let lead = scene.lead("+12125550341", "silent").await;
    let playbook = json!({ "enabled": true, "structure": { "stop_on": [], "steps": [
        { "key": "hello", "kind": "email", "subject": "Hello", "text": "Hi" },
        { "key": "note", "kind": "note", "after": "9d", "text": "x" },
    ] } });
    scene.app.call(&scene.owner, "update_agent", json!({ "agent_id": scene.agent, "playbook": playbook })).ok().await;
    let trigger = json!({ "agent_id": scene.agent, "lead_ids": [lead] });
    let id = id_of(&scene.app.call(&scene.owner, "trigger_agent", trigger).ok().await);
    let contact = async || {
        let run = scene.app.call(&scene.owner, "get_run", json!({ "run_id": id })).ok().await;
        run["run_contacts"][0].clone()
    };
    scene.app.live(HOUR).await;
    assert_eq!(contact().await["reply"], Value::Null);
    for (text, class) in
        [("Not right now, try me again in two weeks.", "not_now"), ("Sounds great, tell me more.", "interested")]
    {
        scene.app.clock.advance(MINUTE);
        scene.reply(text).await;
        let reply = contact().await["reply"].clone();
        assert_eq!((&reply["class"], &reply["channel"]), (&json!(class), &json!("email")), "{reply}");
    }
}
