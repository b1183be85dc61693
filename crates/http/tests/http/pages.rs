//! Pages for people, and what operators and probes ask.

use outrider_domain::id::{ActionId, LeadId};
use outrider_engine::opt_out;
use serde_json::json;

use crate::fixture::Server;

async fn lead_and_link(server: &Server, email: &str) -> (String, String) {
    let id = server
        .call("POST", "/api/v1/leads", Some(json!({ "name": "Ada", "email": email })))
        .await
        .assert_status(201)
        .data()["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    let lead: LeadId = id.parse().expect("an id");
    let url = opt_out::link_url(server.pipeline.core(), server.project, lead, ActionId(1));
    let path = url.strip_prefix(&server.pipeline.core().settings.public_url).expect("our address").to_owned();
    (id, path)
}

async fn is_disabled(server: &Server, lead: &str) -> bool {
    server.call("GET", &format!("/api/v1/leads/{lead}"), None).await.data()["outreach_disabled"] == true
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unsubscribe_link_asks_on_get_and_acts_on_post() {
    let server = Server::start().await;
    let (lead, path) = lead_and_link(&server, "ada+x@example.com").await;
    for method in ["GET", "HEAD", "GET"] {
        server.send(method, &path, &[], b"").await.assert_status(200);
    }
    assert!(!is_disabled(&server, &lead).await, "looking changes nothing");
    let page = server.send("GET", &path, &[], b"").await;
    let html = page.text();
    assert!(
        html.contains("ada+x@example.com") && html.contains("<form method=\"post\"") && html.contains("<button"),
        "{html}"
    );
    assert!(html.contains("lang=\"en\"") && html.contains("noindex"));
    assert_eq!(page.header("referrer-policy"), Some("no-referrer"));
    assert!(page.header("content-security-policy").is_some_and(|policy| policy.starts_with("default-src 'none'")));
    assert_eq!(page.header("cache-control"), Some("no-store"));

    let form = ("Content-Type", "application/x-www-form-urlencoded");
    for _ in 0..2 {
        let done = server.send("POST", &path, &[form], b"confirm=yes").await;
        assert!(done.assert_status(200).text().contains("You are unsubscribed"));
        assert!(is_disabled(&server, &lead).await);
    }
    let again = server.send("GET", &path, &[], b"").await.assert_status(200).text();
    assert!(again.contains("You are unsubscribed") && !again.contains("<form"), "who has asked is not asked: {again}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_click_works_as_mail_programs_send_it() {
    let server = Server::start().await;
    for (number, (kind, body)) in [
        ("application/x-www-form-urlencoded", &b"List-Unsubscribe=One-Click"[..]),
        (
            "multipart/form-data; boundary=b",
            b"--b\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--b--\r\n",
        ),
        ("text/plain", b""),
    ]
    .into_iter()
    .enumerate()
    {
        let (lead, path) = lead_and_link(&server, &format!("p{number}@example.com")).await;
        server.send("POST", &path, &[("Content-Type", kind)], body).await.assert_status(200);
        assert!(is_disabled(&server, &lead).await, "{kind}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn forged_links_are_not_found_and_change_nothing() {
    let server = Server::start().await;
    let (lead, path) = lead_and_link(&server, "ada@example.com").await;
    let flipped = format!("{}{}", &path[..path.len() - 3], "AAA");
    for bad in [flipped.as_str(), "/u/x", "/u/%3Cscript%3E", "/u/%ff", "/u/..%2f"] {
        for method in ["GET", "POST"] {
            let answer = server.send(method, bad, &[], b"").await;
            assert!(answer.assert_status(404).text().contains("not valid"), "{bad}");
            assert!(!answer.text().contains("<script"));
        }
    }
    assert!(!is_disabled(&server, &lead).await);
    server.send("DELETE", &path, &[], b"").await.assert_refused(405, "method_not_allowed", None);
    server.send("GET", "/u/", &[], b"").await.assert_refused(404, "route_not_found", None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn probes_meters_and_the_first_page() {
    let server = Server::start().await;
    assert_eq!(server.send("GET", "/healthz", &[], b"").await.assert_status(200).json()["status"], "ok");
    assert_eq!(server.send("GET", "/readyz", &[], b"").await.assert_status(200).json()["status"], "ready");
    let home = server.send("GET", "/", &[], b"").await;
    assert!(home.assert_status(200).text().contains("/api/v1/openapi.json"));
    server.call("GET", "/api/v1/leads", None).await;
    server.state.meters().count_delivery("delivered");
    let text = server.send("GET", "/metrics", &[], b"").await.assert_status(200).text();
    for line in [
        "outrider_http_requests_total{operation=\"list_leads\",status=\"200\"} 1",
        "outrider_deliveries_total{outcome=\"delivered\"} 1",
    ] {
        assert!(text.lines().any(|each| each == line), "{line} is not in\n{text}");
    }
}
