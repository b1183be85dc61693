//! What the page of keys has for Data Reaktor: the provisioning right, trigger keys, and what is told with a secret.

use crate::browser::{Browser, add_person};
use crate::fixture::{Server, Setup};
use crate::hosts::plain;

const ANN: &str = "ann@first.example";

async fn with_ann(hosts: &[&str]) -> Server {
    let dialects = vec![plain("reaktor", "/reaktor", hosts)];
    let server = Server::set_up(Setup { dialects, ..Setup::default() }).await;
    add_person(&server, server.project, ANN, "owner").await;
    server
}

fn shown<'a>(html: &'a str, id: &str) -> &'a str {
    let mark = format!("id=\"{id}\">");
    html.split_once(mark.as_str())
        .and_then(|(_, rest)| rest.split('<').next())
        .unwrap_or_else(|| panic!("no {id}: {html}"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_owner_key_is_made_with_what_its_callbacks_are_signed_with() {
    let server = with_ann(&[]).await;
    let mut ann = Browser::new(&server);
    ann.sign_in(ANN).await;
    let page = ann.get("/keys").await;
    let fields = [("name", "Owner"), ("dialect", "reaktor"), ("may", "write"), ("provision", "yes"), ("days", "30")];
    let made = ann.submit(&page, "/keys", &fields).await;
    let html = made.assert_status(200).text();
    assert!(
        shown(&html, "secret").starts_with("drk_") && shown(&html, "signing-secret").starts_with("whsec_"),
        "{html}"
    );
    assert!(html.contains("/reaktor/api/v1/agents</code>"), "{html}");
    let listed = ann.get("/keys").await.text();
    assert!(listed.contains("may make agents") && !listed.contains("whsec_"), "{listed}");

    let fields = [("name", "Worker"), ("dialect", "reaktor"), ("may", "write"), ("days", "30")];
    let html = ann.submit(&page, "/keys", &fields).await.assert_status(200).text();
    assert!(html.contains("signing-secret") && !html.contains("/reaktor/api/v1/agents</code>"), "{html}");
    assert_eq!(ann.get("/keys").await.text().matches("may make agents").count(), 1);

    let fields = [("dialect", "native"), ("may", "write"), ("provision", "yes"), ("days", "30")];
    let refused = ann.submit(&page, "/keys", &fields).await;
    let html = refused.assert_status(400).text();
    assert!(
        html.contains("href=\"#provision\"") && html.contains("name=\"provision\" value=\"yes\" checked"),
        "{html}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_trigger_key_is_made_with_its_address_and_by_its_own_form_alone() {
    let server = with_ann(&["reaktor.test"]).await;
    let vic = "vic@first.example";
    add_person(&server, server.project, vic, "viewer").await;
    let mut ann = Browser::new(&server);
    ann.sign_in(ANN).await;
    let page = ann.get("/keys").await;
    let made = ann.submit(&page, "/keys/trigger", &[("trigger_name", "Form <1>")]).await;
    let html = made.assert_status(200).text();
    assert!(shown(&html, "secret").starts_with("drk_trigger_"), "{html}");
    assert!(html.contains("POST http://reaktor.test/trigger/usr_"), "{html}");
    let listed = ann.get("/keys").await.text();
    assert!(listed.contains("trigger key</td>") && listed.contains("Form &lt;1&gt;") && !listed.contains("Form <1>"));
    let long = "x".repeat(201);
    let refused = ann.submit(&page, "/keys/trigger", &[("trigger_name", &long)]).await;
    assert!(refused.assert_status(400).text().contains("id=\"trigger_name-wrong\""), "{}", refused.text());

    let mut other = Browser::new(&server);
    other.sign_in(vic).await;
    let own = other.get("/keys").await;
    other.submit(&own, "/keys/trigger", &[("trigger_name", "Mine")]).await.assert_status(403);
    let forged = other.submit(&page, "/keys/trigger", &[("trigger_name", "Mine")]).await;
    assert_eq!(forged.status, 409, "a form of somebody else: {}", forged.text());
    assert_eq!(ann.get("/keys").await.text().matches("trigger key</td>").count(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_without_data_reaktor_offers_no_trigger_keys() {
    let server = Server::start().await;
    add_person(&server, server.project, ANN, "owner").await;
    let mut ann = Browser::new(&server);
    ann.sign_in(ANN).await;
    assert!(!ann.get("/keys").await.assert_status(200).text().contains("/keys/trigger"));
}
