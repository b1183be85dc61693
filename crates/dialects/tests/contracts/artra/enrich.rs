//! Enrichment: previewed, committed, with confidence and evidence, and charged for what is found alone.

use std::collections::HashMap;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use outrider_engine::ports::{Enricher, MailServers, Ports, SiteNumber, SiteNumbers};
use serde_json::{Value, json};

use super::{Artra, assert_refused};
use crate::rig::{Rig, Setup};
use crate::shape::assert_shape;

/// A world where some domains take mail and some sites say numbers; every other name leads nowhere.
struct World {
    mail: HashMap<&'static str, MailServers>,
    sites: HashMap<&'static str, SiteNumbers>,
}

impl Enricher for World {
    fn mail_servers<'a>(&'a self, domain: &'a str) -> BoxFuture<'a, Result<MailServers, String>> {
        let said = self.mail.get(domain).cloned().ok_or_else(|| "no answer".to_owned());
        Box::pin(async move { said })
    }

    fn site_numbers<'a>(&'a self, domain: &'a str) -> BoxFuture<'a, Result<SiteNumbers, String>> {
        let said = self.sites.get(domain).cloned().ok_or_else(|| "no answer".to_owned());
        Box::pin(async move { said })
    }
}

async fn start() -> Artra {
    let number = SiteNumber {
        number: "+49301234567".to_owned(),
        said: "structured data",
        page: "https://acme.example/contact".to_owned(),
    };
    let world = World {
        mail: HashMap::from([
            ("acme.example", MailServers::Some(vec!["mx.acme.example".to_owned()])),
            ("mute.example", MailServers::None),
        ]),
        sites: HashMap::from([
            ("acme.example", SiteNumbers { numbers: vec![number], forbidden: false }),
            ("mute.example", SiteNumbers { numbers: Vec::new(), forbidden: true }),
        ]),
    };
    let ports = Ports { enricher: Some(Arc::new(world)), ..Ports::default() };
    Artra::on(Rig::with(Setup { ports, ..Setup::default() }).await).await
}

/// A lead of Ann's at a domain, without an address.
async fn lead(here: &Artra, first: &str, last: &str, domain: &str, email: Option<&str>) -> String {
    let fields = json!({ "website": format!("https://www.{domain}/about") });
    let made = here
        .rig
        .native(
            "create_lead",
            json!({ "first_name": first, "last_name": last, "email": email, "custom_fields": fields }),
        )
        .await;
    let id = made["id"].as_str().expect("an id").to_owned();
    here.rig.native("assign_owner", json!({ "user_id": here.ann.id, "lead_ids": [id] })).await;
    id
}

async fn colleagues(here: &Artra, domain: &str) {
    for (first, last) in [("Jane", "Doe"), ("Max", "Kern"), ("Ann", "Lee")] {
        let email = format!("{}.{}@{domain}", first.to_lowercase(), last.to_lowercase());
        lead(here, first, last, domain, Some(&email)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_found_is_kept_and_charged_and_nothing_else_is() {
    let here = start().await;
    here.rig.native("grant_credits", json!({ "amount": 20 })).await;
    colleagues(&here, "acme.example").await;
    colleagues(&here, "mute.example").await;
    let found = lead(&here, "Jörg", "Weiß", "acme.example", None).await;
    let mute = lead(&here, "Kim", "Ray", "mute.example", None).await;
    let lone = lead(&here, "Tom", "Fox", "lone.example", None).await;
    let theirs = here.contact(7, Some(&here.bob)).await;
    let body = json!({ "contact_ids": [found, mute, lone, theirs], "find_email": true, "find_phone": true });
    let preview = here.ann.client.post("/enrich", body.clone()).await.expect(200).json();
    assert_shape(
        &preview,
        &json!({
            "dry_run": true, "digest": "text", "to_find": [{ "contact_id": "text", "name": "text", "find": ["text"] }], "found": "list",
            "not_found": "list", "skipped": [{ "contact_id": "text", "what": "text", "reason": "text", "message": "text" }],
            "cost": { "credits": 0, "at_most": 5, "price": 1, "available": 20 },
        }),
    );
    assert_eq!((&preview["found"], &preview["not_found"]), (&json!([]), &json!([])));
    assert_eq!(
        here.ann.client.get(&format!("/contacts/{found}")).await.json()["email"],
        Value::Null,
        "a preview keeps nothing"
    );
    let mut commit = body;
    commit["dry_run"] = json!(false);
    commit["plan_digest"] = preview["digest"].clone();
    let done = here.ann.client.header("Idempotency-Key", "e").post("/enrich", commit.clone()).await.expect(200).json();
    let what: Vec<(&str, &str)> = done["found"]
        .as_array()
        .expect("found")
        .iter()
        .map(|one| (one["what"].as_str().unwrap(), one["value"].as_str().unwrap()))
        .collect();
    assert_eq!(what, [("email", "jorg.weiss@acme.example"), ("phone", "+49301234567")], "{done}");
    let evidence = done["found"][0]["evidence"].to_string();
    assert!(evidence.contains("3 of 4 known addresses") && evidence.contains("mx.acme.example"), "{evidence}");
    let missed: Vec<(&str, &str, &str)> = done["not_found"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|one| {
            (one["contact_id"].as_str().unwrap(), one["what"].as_str().unwrap(), one["reason"].as_str().unwrap())
        })
        .collect();
    assert_eq!(
        missed,
        [
            (mute.as_str(), "email", "no_mail"),
            (mute.as_str(), "phone", "forbidden"),
            (lone.as_str(), "phone", "unreachable")
        ]
    );
    let skipped = done["skipped"].to_string();
    assert!(skipped.contains("too_little_evidence") && skipped.contains("not_found"), "{skipped}");
    assert_eq!((&done["cost"]["credits"], &done["cost"]["available"]), (&json!(2), &json!(18)));
    let contact = here.ann.client.get(&format!("/contacts/{found}")).await.json();
    assert_eq!((&contact["email"], &contact["phone"]), (&json!("jorg.weiss@acme.example"), &json!("+49301234567")));
    let replayed =
        here.ann.client.header("Idempotency-Key", "e").post("/enrich", commit.clone()).await.expect(200).json();
    assert_eq!(replayed, done);
    let stale = here.ann.client.post("/enrich", commit).await;
    assert_refused(&stale, 409, "plan_changed");
    let credits = here.rig.native("get_credits", json!({})).await;
    assert_eq!((&credits["credits_remaining"], &credits["held"]), (&json!(18), &json!(0)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_credits_nothing_is_looked_for_and_bad_input_is_refused() {
    let here = start().await;
    colleagues(&here, "acme.example").await;
    let found = lead(&here, "Kim", "Ray", "acme.example", None).await;
    let body = json!({ "contact_ids": [found], "find_email": true, "dry_run": false });
    assert_refused(&here.ann.client.post("/enrich", body).await, 402, "insufficient_credits");
    let many: Vec<&str> = std::iter::repeat_n("lead_0000000000000", 26).collect();
    for (bad, part) in [
        (json!({ "contact_ids": [found] }), "find_email"),
        (json!({ "contact_ids": [], "find_email": true }), "contact_ids"),
        (json!({ "contact_ids": many, "find_email": true }), "contact_ids"),
        (json!({ "find_email": true }), "contact_ids"),
        (json!({ "contact_ids": [found], "find_email": "yes" }), "find_email"),
    ] {
        let message = assert_refused(&here.ann.client.post("/enrich", bad.clone()).await, 422, "validation_error");
        assert!(message.contains(part), "{bad}: {message}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_companys_number_is_charged_once_for_all_its_people() {
    let here = start().await;
    here.rig.native("grant_credits", json!({ "amount": 2 })).await;
    let mut contacts = Vec::new();
    for (first, last) in [("Kim", "Ray"), ("Tom", "Fox"), ("Eve", "Lux")] {
        contacts.push(lead(&here, first, last, "acme.example", None).await);
    }
    let body = json!({ "contact_ids": contacts, "find_phone": true });
    let preview = here.ann.client.post("/enrich", body.clone()).await.expect(200).json();
    assert_eq!(preview["cost"]["at_most"], 1, "{preview}");
    let mut commit = body;
    commit["dry_run"] = json!(false);
    let done = here.ann.client.post("/enrich", commit.clone()).await.expect(200).json();
    let charged: Vec<i64> =
        done["found"].as_array().expect("found").iter().map(|one| one["credits"].as_i64().expect("credits")).collect();
    assert_eq!(charged, [1, 0, 0], "{done}");
    assert!(done["found"][2]["evidence"].to_string().contains("charged once for the company, with Kim Ray"), "{done}");
    assert_eq!((&done["cost"]["credits"], &done["cost"]["available"]), (&json!(1), &json!(1)));
    for contact in &contacts {
        let found = here.ann.client.get(&format!("/contacts/{contact}")).await.json();
        assert_eq!(found["phone"], "+49301234567");
    }
    let credits = here.rig.native("get_credits", json!({})).await;
    assert_eq!((&credits["credits_remaining"], &credits["held"], &credits["spent"]), (&json!(1), &json!(0), &json!(1)));
}
