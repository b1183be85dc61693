//! Places in a number's day: who has one, who is moved, and who gets one that has come free. Looks at calls before they are dialled.

use serde_json::{Value, json};

use crate::calls::{MINUTE, Scene};
use crate::world::id_of;

impl Scene {
    /// So many calls a day.
    async fn cap(&self, number: &str, cap: u32) {
        let ramp = json!({ "start": cap, "step": 0, "cap": cap });
        self.app.call(&self.owner, "update_identity", json!({ "identity_id": number, "ramp": ramp })).ok().await;
    }

    async fn lead_in(&self, number: &str, zone: &str, country: &str) -> String {
        let lead = json!({ "name": "Anita Rao", "phone": number, "time_zone": zone, "country": country, "custom_fields": { "sandbox_persona": "no_answer" } });
        id_of(&self.app.call(&self.owner, "create_lead", lead).ok().await)
    }

    /// Someone in India, where it is half past nine in the evening.
    async fn asleep(&self, last: u32) -> String {
        self.lead_in(&format!("+9198765432{last:02}"), "Asia/Kolkata", "IN").await
    }

    /// Someone in New York, where it is eleven in the morning.
    async fn awake(&self, last: u32) -> String {
        self.lead_in(&format!("+121255502{last:02}"), "America/New_York", "US").await
    }

    async fn today(&self, number: &str) -> (i64, i64) {
        let input = json!({ "phone_number_id": number });
        let number = self.app.call(&self.owner, "get_phone_number", input).ok().await;
        let count = |name: &str| number["today"][name].as_i64().unwrap();
        (count("reserved"), count("sent"))
    }

    async fn call_of(&self, call: &str) -> Value {
        let action = self.action(call).await["id"].clone();
        self.app.call(&self.owner, "why_action", json!({ "action_id": action })).ok().await
    }
}

#[tokio::test]
async fn calls_that_wait_for_the_morning_leave_todays_places_to_others() {
    let scene = Scene::new().await;
    scene.cap(&scene.number, 2).await;
    for last in 0..2 {
        let lead = scene.asleep(last).await;
        scene.place(&lead).await;
    }
    assert_eq!(scene.today(&scene.number).await, (0, 0), "nobody may be called in India today");
    let lead = scene.awake(0).await;
    let call = scene.place(&lead).await;
    scene.app.live(5 * MINUTE).await;
    assert_eq!(scene.call(&call).await["status"], "no_answer", "{}", scene.call_of(&call).await);
    assert_eq!(scene.today(&scene.number).await, (0, 1));
}

#[tokio::test]
async fn a_call_that_may_go_tomorrow_only_gives_todays_place_back() {
    let scene = Scene::new().await;
    scene.cap(&scene.number, 1).await;
    let lead = scene.awake(1).await;
    let moved = scene.place(&lead).await;
    assert_eq!(scene.today(&scene.number).await, (1, 0));
    let home = json!({ "lead_id": lead, "time_zone": "Asia/Kolkata" });
    scene.app.call(&scene.owner, "update_lead", home).ok().await;
    scene.app.live(MINUTE).await;
    assert_eq!(scene.action(&moved).await["hold_gate"], "calling_hours");
    assert_eq!(scene.today(&scene.number).await, (0, 0));
    let other = scene.awake(2).await;
    let other = scene.place(&other).await;
    scene.app.live(5 * MINUTE).await;
    assert_eq!(scene.call(&other).await["status"], "no_answer");
    scene.app.live(24 * 60 * MINUTE).await;
    assert_eq!(scene.call(&moved).await["status"], "no_answer", "its place tomorrow was kept");
}

#[tokio::test]
async fn a_full_day_is_given_as_the_reason_and_more_room_is_used_at_once() {
    let scene = Scene::new().await;
    scene.cap(&scene.number, 1).await;
    let mut calls = Vec::new();
    for last in 10..13 {
        let lead = scene.awake(last).await;
        calls.push(scene.place(&lead).await);
    }
    let why = scene.call_of(&calls[1]).await;
    assert!(why["summary"].as_str().unwrap().starts_with("cap: the sender's places"), "{why}");
    let shown = scene.call(&calls[1]).await;
    assert!(shown["hold_reason"].as_str().unwrap().contains("places of the days before are taken"), "{shown}");
    scene.app.live(5 * MINUTE).await;
    let states = async || {
        let mut states = Vec::new();
        for call in &calls {
            states.push(scene.call(call).await["status"].as_str().unwrap().to_owned());
        }
        states
    };
    assert_eq!(states().await, ["no_answer", "queued", "queued"]);
    scene.cap(&scene.number, 2).await;
    scene.app.live(5 * MINUTE).await;
    assert_eq!(states().await, ["no_answer", "no_answer", "queued"], "{}", scene.call_of(&calls[1]).await);
    let second = json!({ "number": "+14155550199", "country": "US", "ramp": { "start": 5, "step": 0, "cap": 5 } });
    let second = id_of(&scene.app.call(&scene.owner, "import_phone_number", second).ok().await);
    let assign = json!({ "phone_number_id": second, "agent_id": scene.agent, "role": "outbound" });
    scene.app.call(&scene.owner, "assign_phone_number", assign).ok().await;
    scene.app.live(5 * MINUTE).await;
    assert_eq!(states().await, ["no_answer"; 3], "{}", scene.call_of(&calls[2]).await);
    assert_eq!(scene.today(&second).await, (0, 1), "it went from the number that had room");
    assert_eq!(scene.today(&scene.number).await, (0, 2));
}

#[tokio::test]
async fn an_agent_that_goes_takes_its_calls_with_it() {
    let scene = Scene::new().await;
    scene.cap(&scene.number, 1).await;
    let (asleep, awake) = (scene.asleep(30).await, scene.awake(30).await);
    let (tomorrow, today) = (scene.place(&asleep).await, scene.place(&awake).await);
    let take = json!({ "phone_number_id": scene.number, "agent_id": null, "role": "outbound" });
    scene.app.call(&scene.owner, "assign_phone_number", take).ok().await;
    scene.app.call(&scene.owner, "delete_agent", json!({ "agent_id": scene.agent })).ok().await;
    for call in [&tomorrow, &today] {
        assert_eq!(scene.call(call).await["status"], "canceled");
        let action = scene.action(call).await;
        assert_eq!((&action["state"], &action["reason"]), (&json!("refused"), &json!("agent_deleted")));
    }
    assert_eq!(scene.today(&scene.number).await, (0, 0));
}
