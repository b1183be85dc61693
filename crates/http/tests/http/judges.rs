//! Programs of others on the whole server: a real browser with axe. What is good is for the scripts in `tests/judges` to say.

use outrider_testkit::node::judge;
use outrider_testkit::requirements::Requirement;
use serde_json::json;

use crate::approvals::waiting;
use crate::billing::paying;
use crate::browser::{PASSWORD, add_person};
use crate::fixture::{Server, add_project};
use crate::oauth_client::{App, VERIFIER, public_client};

const ANN: &str = "ann@first.example";

/// A port that was free a moment ago.
fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address").port()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_browser_finds_the_pages_of_people_usable_by_everyone() {
    let server = Server::start().await;
    add_person(&server, server.project, ANN, "owner").await;
    add_project(server.pipeline.store(), server.pipeline.core(), "other").await;
    let app = App::register(&server, "", &public_client()).await;
    let origin = format!("http://127.0.0.1:{}", free_port());
    let redirect = format!("{origin}/cb");
    let base = format!("http://{}", server.address);
    let given = json!({
        "email": ANN,
        "password": PASSWORD,
        "redirect": redirect,
        "authorize": format!("{base}/oauth/authorize?{}", app.request(&server, &[("redirect_uri", &redirect)])),
        "exchange": {
            "grant_type": "authorization_code",
            "client_id": app.id,
            "redirect_uri": redirect,
            "code_verifier": VERIFIER,
        },
        "allowed": [origin],
    });
    let verdict = tokio::task::block_in_place(|| {
        judge(Requirement::Browser, "browser.mjs", &["accounts", &base, &given.to_string()], &[])
    });
    let Ok(verdict) = verdict else { return };
    assert!(verdict.good && verdict.said.contains("ok   with axe: sign out"), "{}", verdict.said);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_browser_finds_the_documentation_and_the_plans_usable_by_everyone() {
    let (server, _stripe) = paying().await;
    add_person(&server, server.project, ANN, "owner").await;
    let base = format!("http://{}", server.address);
    let given = json!({ "email": ANN, "password": PASSWORD });
    let verdict = tokio::task::block_in_place(|| {
        judge(Requirement::Browser, "browser.mjs", &["reference", &base, &given.to_string()], &[])
    });
    let Ok(verdict) = verdict else { return };
    assert!(verdict.good && verdict.said.contains("ok   with axe: a payment page is made"), "{}", verdict.said);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_browser_finds_the_queue_of_approvals_usable_by_everyone() {
    let server = Server::start().await;
    add_person(&server, server.project, ANN, "owner").await;
    // The scenario is played twice, and decides five each time.
    waiting(&server, 10).await;
    let base = format!("http://{}", server.address);
    let given = json!({ "email": ANN, "password": PASSWORD });
    let verdict = tokio::task::block_in_place(|| {
        judge(Requirement::Browser, "browser.mjs", &["approvals", &base, &given.to_string()], &[])
    });
    let Ok(verdict) = verdict else { return };
    assert!(verdict.good && verdict.said.contains("ok   with axe: several are decided together"), "{}", verdict.said);
}
