//! Clients that others made, through the whole of OAuth to a call of a tool: a strict client of OAuth, the official clients of MCP in
//! both languages, registered and known by a document, and mcp-remote. All at one server.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use outrider_domain::address::Email;
use outrider_engine::ports::Web;
use outrider_engine::sign_in::sessions;
use outrider_testkit::node::judge;
use outrider_testkit::python;
use outrider_testkit::requirements::Requirement;
use serde_json::json;

use crate::browser::add_person;
use crate::fixture::{Server, Setup};
use crate::oauth_client::REDIRECT;

const ANN: &str = "ann@first.example";
/// The document that a client is known by. Official clients want it to be at an address with TLS.
const DOCUMENT: &str = "https://judge.example/client.json";

/// A web of one document.
struct OneDocument;

impl Web for OneDocument {
    fn get<'a>(&'a self, url: &'a str, _: usize) -> BoxFuture<'a, Result<Vec<u8>, String>> {
        let document = json!({
            "client_id": DOCUMENT,
            "client_name": "Judge",
            "redirect_uris": [REDIRECT],
            "grant_types": ["authorization_code", "refresh_token"],
            "response_types": ["code"],
            "token_endpoint_auth_method": "none",
        });
        let found = if url == DOCUMENT { Ok(document.to_string().into_bytes()) } else { Err("not there".to_owned()) };
        Box::pin(std::future::ready(found))
    }

    fn is_open(&self, _: &str) -> bool {
        false
    }
}

/// Asserts that a judge, run in `judging`, found nothing wrong and came as far as `last`.
#[track_caller]
fn assert_good(name: &str, good: bool, said: &str, last: &str) {
    assert!(good && said.contains(last), "{name}: {said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clients_of_others_sign_in_and_call_tools() {
    let server = Server::set_up(Setup { web: Some(Arc::new(OneDocument)), ..Setup::default() }).await;
    add_person(&server, server.project, ANN, "owner").await;
    let token = sessions::begin_consenting(&server.pipeline, &Email::parse(ANN).expect("an address")).await;
    let url = format!("http://{}/mcp", server.address);
    let cookie = outrider_http::session_cookie(&url, &token.expect("a session"));
    let environment = [("COOKIE", cookie.as_str())];
    let call = [url.as_str(), "list_leads", "{}"];
    let documented = [url.as_str(), "list_leads", "{}", DOCUMENT];
    tokio::task::block_in_place(|| {
        if let Ok(verdict) = judge(Requirement::OAuthJudge, "oauth4webapi_judge.mjs", &call[..1], &environment) {
            assert_good("oauth4webapi", verdict.good, &verdict.said, "ok   RFC 7009");
        }
        if let Ok(verdict) = judge(Requirement::McpJudges, "mcp_oauth.mjs", &documented, &environment) {
            assert_good("the TypeScript clients", verdict.good, &verdict.said, "ok   client, by its document");
        }
        if let Ok(verdict) = judge(Requirement::McpJudges, "mcp_remote.mjs", &call, &environment) {
            assert_good("mcp-remote", verdict.good, &verdict.said, "ok   mcp-remote");
        }
        if let Ok(verdict) = python::script("mcp_oauth.py", &documented, &environment, b"") {
            assert_good("the Python clients", verdict.good, &verdict.said, "ok   fastmcp");
        }
    });
    server.stop().await;
}
