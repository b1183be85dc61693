//! Whoami and contacts: a seller sees their own, an admin everybody's.

use serde_json::json;

use super::{Artra, assert_refused, ids};
use crate::shape::assert_shape;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoami_says_whom_the_token_acts_as_and_what_it_may() {
    let here = Artra::start().await;
    let me = here.ann.client.get("/whoami").await.expect(200).json();
    assert_shape(
        &me,
        &json!({
            "user": { "id": "text", "name": "text", "email": "=ann@sender.test", "role": "=seller" },
            "workspace": { "id": "text", "name": "text" },
            "token": { "id": "text", "name": "text", "hint": "text", "expires_at": null },
            "scopes": ["text"], "contacts_visible": "=own",
        }),
    );
    assert_eq!(me["scopes"], json!(super::SCOPES));
    assert_eq!(here.admin.client.get("/whoami").await.json()["contacts_visible"], "all");
    let narrow = here.scoped(&here.ann, &["contacts:read"]).await;
    assert_eq!(narrow.get("/whoami").await.expect(200).json()["scopes"], json!(["contacts:read"]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_seller_lists_and_searches_their_own_contacts_by_place() {
    let here = Artra::start().await;
    let mut own = Vec::new();
    for number in 0..4 {
        own.push(here.contact(number, Some(&here.ann)).await);
    }
    let other = here.contact(10, Some(&here.bob)).await;
    let free = here.contact(11, None).await;
    let page = here.ann.client.get("/contacts?limit=3").await.expect(200).json();
    assert_shape(
        &page,
        &json!({
            "contacts": [{
                "id": "text", "name": "text", "first_name": "text", "last_name": "text", "email": "text", "phone": "text", "title": "=CTO",
                "company": "=Acme", "company_id": null, "linkedin_url": null, "stage": "=new", "do_not_contact": false, "owner_id": "text",
                "replied_at": null, "last_activity_at": "time?", "created_at": "time", "updated_at": "time",
            }],
            "total": 4, "limit": 3, "offset": 0,
        }),
    );
    own.reverse();
    assert_eq!(ids(&page["contacts"], "id"), &own[..3]);
    let rest = here.ann.client.get("/contacts?limit=3&offset=3").await.expect(200).json();
    assert_eq!((ids(&rest["contacts"], "id"), &rest["offset"]), (vec![own[3].as_str()], &json!(3)));
    let found = here.ann.client.get("/contacts?query=JO2").await.expect(200).json();
    assert_eq!((ids(&found["contacts"], "id"), &found["total"]), (vec![own[1].as_str()], &json!(1)));
    assert_eq!(here.ann.client.get("/contacts?query=jo10").await.expect(200).json()["total"], 0, "Bob's");
    let all = here.admin.client.get("/contacts").await.expect(200).json();
    assert_eq!((all["total"].as_i64(), ids(&all["contacts"], "id")[0]), (Some(6), free.as_str()));
    assert_eq!(here.bob.client.get("/contacts").await.json()["contacts"][0]["id"], json!(other));
    here.rig.native("delete_lead", json!({ "lead_id": free })).await;
    assert_eq!(here.admin.client.get("/contacts").await.json()["total"], 5, "a contact that is gone counts no more");
    for bad in ["?limit=0", "?limit=101", "?offset=-1", "?limit=x"] {
        assert_refused(&here.ann.client.get(&format!("/contacts{bad}")).await, 422, "validation_error");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_contact_comes_with_its_address_and_others_are_not_there() {
    let here = Artra::start().await;
    let id = here.contact(1, Some(&here.ann)).await;
    let contact = here.ann.client.get(&format!("/contacts/{id}")).await.expect(200).json();
    assert_eq!(contact["id"], json!(id));
    assert_eq!(
        contact["address"],
        json!({ "street": "1 Main St", "city": "Springfield", "region": null, "postal_code": "12345", "country": "DE", "time_zone": "Europe/Berlin" })
    );
    assert_eq!(here.admin.client.get(&format!("/contacts/{id}")).await.expect(200).json()["id"], json!(id));
    let theirs = assert_refused(&here.bob.client.get(&format!("/contacts/{id}")).await, 404, "not_found");
    for nobody in ["lead_0000000000000", "jane", "%00"] {
        let answer = here.ann.client.get(&format!("/contacts/{nobody}")).await;
        if nobody == "%00" {
            assert_refused(&answer, 422, "validation_error");
        } else {
            assert_eq!(assert_refused(&answer, 404, "not_found"), theirs, "one answer for not there and not yours");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_contact_on_a_list_is_shown_as_not_to_be_contacted() {
    let here = Artra::start().await;
    let (one, two) = (here.contact(1, Some(&here.ann)).await, here.contact(2, Some(&here.ann)).await);
    here.rig.native("create_suppression", json!({ "kind": "email", "value": "jo1@acme.example" })).await;
    for (id, wanted) in [(&one, true), (&two, false)] {
        let got = here.ann.client.get(&format!("/contacts/{id}")).await.expect(200).json();
        assert_eq!(got["do_not_contact"], wanted, "{got}");
        let listed = here.ann.client.get("/contacts").await.expect(200).json();
        let contacts = listed["contacts"].as_array().expect("a list").clone();
        let shown = contacts.into_iter().find(|contact| contact["id"] == **id).expect("the contact");
        assert_eq!(shown["do_not_contact"], wanted, "{shown}");
    }
}
