//! OAuth as it should go: discovery, registration, consent, tokens, refresh, revocation, on both issuers and on a dialect's own host.

use outrider_domain::time::{DAY, HOUR};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::browser::{Browser, add_person, query_of};
use crate::fixture::{Server, Setup};
use crate::oauth_client::{App, REDIRECT, call, outcome, public_client, refused, text};

const ANN: &str = "ann@first.example";

async fn with_ann(setup: Setup) -> Server {
    let server = Server::set_up(setup).await;
    add_person(&server, server.project, ANN, "owner").await;
    server
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn metadata_lies_where_the_rfcs_put_it_and_says_where_to_go() {
    let server = Server::start().await;
    let origin = format!("http://{}", server.address);
    for (resource, issuer, scopes) in [
        ("/mcp", "", &["outrider.read", "outrider.write", "outrider.send", "outrider.approve"][..]),
        ("/cora/api/mcp", "/cora", &["cora.read", "cora.write"]),
    ] {
        let of_resource =
            server.send("GET", &format!("/.well-known/oauth-protected-resource{resource}"), &[], b"").await;
        let document = of_resource.assert_status(200).json();
        assert_eq!(document["resource"], format!("{origin}{resource}"));
        assert_eq!(document["authorization_servers"], json!([format!("{origin}{issuer}")]));
        assert_eq!(document["scopes_supported"], json!(scopes));
        assert_eq!(of_resource.header("access-control-allow-origin"), Some("*"));
        let of_issuer = server.send("GET", &format!("/.well-known/oauth-authorization-server{issuer}"), &[], b"").await;
        let document = of_issuer.assert_status(200).json();
        assert_eq!(document["issuer"], format!("{origin}{issuer}"));
        for (name, path) in
            [("authorization", "authorize"), ("token", "token"), ("registration", "register"), ("revocation", "revoke")]
        {
            assert_eq!(document[format!("{name}_endpoint")], format!("{origin}{issuer}/oauth/{path}"));
        }
        assert_eq!(document["code_challenge_methods_supported"], json!(["S256"]));
        assert_eq!(document["authorization_response_iss_parameter_supported"], true);
        assert_eq!(document["client_id_metadata_document_supported"], true);
        assert_eq!(document["protected_resources"], json!([format!("{origin}{resource}")]));
        let below = server.send("GET", &format!("{issuer}/.well-known/oauth-authorization-server"), &[], b"").await;
        assert_eq!(below.json(), document);
        let preflight =
            server.send("OPTIONS", &format!("{issuer}/oauth/token"), &[("Origin", "https://a.example")], b"").await;
        assert_eq!((preflight.status, preflight.header("access-control-allow-origin")), (204, Some("*")));
    }
    for nothing in [
        "/.well-known/oauth-protected-resource/api/v1",
        "/.well-known/oauth-authorization-server/mcp",
        "/.well-known/oauth-authorization-server/artra",
    ] {
        server.send("GET", nothing, &[], b"").await.assert_refused(404, "route_not_found", None);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dialects_host_is_an_issuer_of_its_own_and_a_made_up_host_is_none() {
    let setup = Setup {
        public_url: Some("https://out.example.com"),
        dialect_hosts: vec![("cora".to_owned(), "cora.example.com".to_owned())],
        ..Setup::default()
    };
    let server = with_ann(setup).await;
    let mut host = Browser::new(&server);
    host.host = "cora.example.com";
    let document = host.get("/.well-known/oauth-protected-resource/api/mcp").await.assert_status(200).json();
    assert_eq!(document["resource"], "https://cora.example.com/api/mcp");
    assert_eq!(document["authorization_servers"], json!(["https://cora.example.com"]));
    assert_eq!(host.get("/.well-known/oauth-protected-resource").await.json(), document);
    let issuer = host.get("/.well-known/oauth-authorization-server").await.json();
    assert_eq!(issuer["authorization_endpoint"], "https://cora.example.com/oauth/authorize");
    assert_eq!(issuer["scopes_supported"], json!(["cora.read", "cora.write"]));
    host.get("/.well-known/oauth-protected-resource/mcp").await.assert_status(404);
    for made_up in ["evil.example", "cora.example.com.evil.example", "localhost"] {
        host.host = made_up;
        let issuer = host.get("/.well-known/oauth-authorization-server").await.json();
        assert_eq!(issuer["issuer"], "https://out.example.com", "{made_up}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_whole_way_on_both_issuers() {
    let server = with_ann(Setup::default()).await;
    let mut ann = Browser::new(&server);
    ann.sign_in(ANN).await;
    for (mount, scopes) in [("", ["outrider.read", "outrider.write"]), ("/cora", ["cora.read", "cora.write"])] {
        let app = App::register(&server, mount, &public_client()).await;
        let resource = app.resource(&server);
        let code = app.code(&mut ann, &scopes).await;
        let answer = app.exchange(&server, &code, &[("resource", &resource)]).await;
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        let tokens = answer.assert_status(200).json();
        assert_eq!((&tokens["token_type"], &tokens["expires_in"]), (&json!("Bearer"), &json!(3600)));
        assert_eq!(tokens["scope"], scopes.join(" "));
        let access = text(&tokens, "access_token");
        for operation in ["list_leads", "create_lead"] {
            assert_eq!(outcome(&server, &access, &resource, operation).await, "ok", "{mount} {operation}");
        }
        server.clock.advance(HOUR);
        assert_eq!(outcome(&server, &access, &resource, "list_leads").await, "invalid_token", "expired");
        let narrowed = app.refresh(&server, &text(&tokens, "refresh_token"), &[("scope", scopes[0])]).await;
        let narrowed = narrowed.assert_status(200).json();
        assert_eq!(narrowed["scope"], scopes[0]);
        let access = text(&narrowed, "access_token");
        assert_eq!(outcome(&server, &access, &resource, "list_leads").await, "ok");
        assert_eq!(outcome(&server, &access, &resource, "create_lead").await, "read_only_key");
        let whole = app.refresh(&server, &text(&narrowed, "refresh_token"), &[("resource", &resource)]).await;
        assert_eq!(
            whole.assert_status(200).json()["scope"],
            scopes.join(" "),
            "the refresh token kept what was granted"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clients_with_a_secret_prove_it_in_either_way() {
    let server = with_ann(Setup::default()).await;
    let mut ann = Browser::new(&server);
    ann.sign_in(ANN).await;
    for method in ["client_secret_basic", "client_secret_post"] {
        let app =
            App::register(&server, "", &json!({ "redirect_uris": [REDIRECT], "token_endpoint_auth_method": method }))
                .await;
        assert!(app.secret.is_some());
        let tokens = app.tokens(&mut ann, &["outrider.read"]).await;
        assert!(tokens.get("refresh_token").is_none(), "it did not ask for refreshes");
        let code = app.code(&mut ann, &["outrider.read"]).await;
        for secret in [Some("wrong".to_owned()), None] {
            let thief = App { secret, ..app.clone() };
            let answer = thief.exchange(&server, &code, &[]).await;
            refused(&answer, 401, "invalid_client");
            assert_eq!(answer.header("www-authenticate").is_some(), app.basic);
        }
        app.exchange(&server, &code, &[]).await.assert_status(200);
    }
    let public = App::register(&server, "", &public_client()).await;
    let liar = App { secret: Some("made up".to_owned()), ..public };
    refused(&liar.refresh(&server, "x", &[]).await, 401, "invalid_client");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_grants_less_than_was_asked_or_nothing() {
    let server = with_ann(Setup::default()).await;
    let mut ann = Browser::new(&server);
    ann.sign_in(ANN).await;
    let app = App::register(&server, "", &json!({ "client_name": "<i>Bad & bold</i>", "redirect_uris": [REDIRECT], "token_endpoint_auth_method": "none" })).await;
    let all = "outrider.read outrider.write outrider.send outrider.approve offline_access";
    let request = app.request(&server, &[("scope", all)]);
    let page = ann.get(&format!("/oauth/authorize?{request}")).await;
    let html = page.assert_status(200).text();
    assert!(html.contains("&lt;i&gt;Bad &amp; bold&lt;/i&gt;") && !html.contains("<i>Bad"), "{html}");
    assert!(html.contains("127.0.0.1:33420") && html.contains("Approve what waits for a person") && html.contains(ANN));
    assert_eq!(html.matches("type=\"checkbox\"").count(), 4);
    assert_eq!(html.matches(" checked>").count(), 3, "approving has to be ticked");
    let policy = page.header("content-security-policy").expect("a policy");
    assert!(
        policy.contains("form-action 'self' http://127.0.0.1:33420;") && policy.contains("frame-ancestors 'none'"),
        "{policy}"
    );

    let read = app.ask(&mut ann, &request, &[("decision", "read"), ("scope", "outrider.write")]).await;
    let code = query_of(read.header("location").expect("a place"))["code"].clone();
    assert_eq!(app.exchange(&server, &code, &[]).await.json()["scope"], "outrider.read");

    let project = server.project.to_string();
    let one = app
        .ask(
            &mut ann,
            &request,
            &[("decision", "allow"), ("scope", "outrider.read"), ("scope", "made.up"), ("project_id", &project)],
        )
        .await;
    let code = query_of(one.header("location").expect("a place"))["code"].clone();
    let tokens = app.exchange(&server, &code, &[]).await.json();
    assert_eq!(tokens["scope"], "outrider.read");

    let none = app.ask(&mut ann, &request, &[("decision", "allow")]).await;
    assert!(none.assert_status(400).text().contains("role=\"alert\""));
    for decision in ["deny", "", "nonsense"] {
        let denied = app.ask(&mut ann, &request, &[("decision", decision), ("scope", "outrider.read")]).await;
        let answer = query_of(denied.assert_status(303).header("location").expect("a place"));
        assert_eq!((answer["error"].as_str(), answer["state"].as_str()), ("access_denied", "st-1"));
        assert_eq!(answer["iss"], format!("http://{}", server.address));
        assert!(!answer.contains_key("code"));
    }
    let foreign = app
        .ask(
            &mut ann,
            &request,
            &[("decision", "allow"), ("scope", "outrider.read"), ("project_id", "prj_0000000000000")],
        )
        .await;
    foreign.assert_status(404);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_scopes_everything_is_offered_but_approving() {
    let server = with_ann(Setup::default()).await;
    let mut ann = Browser::new(&server);
    ann.sign_in(ANN).await;
    let app = App::register(&server, "", &public_client()).await;
    let page = ann.get(&format!("/oauth/authorize?{}", app.request(&server, &[("resource", "")]))).await;
    assert!(page.text().contains("outrider.send") && !page.text().contains("outrider.approve"), "{}", page.text());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_not_signed_in_comes_back_to_the_request() {
    let server = with_ann(Setup::default()).await;
    let app = App::register(&server, "/cora", &public_client()).await;
    let mut ann = Browser::new(&server);
    let path = format!("/cora/oauth/authorize?{}", app.request(&server, &[]));
    let away = ann.get(&path).await;
    let sign_in = away.assert_status(303).header("location").expect("a place").to_owned();
    let page = ann.get(&sign_in).await;
    let next = crate::browser::hidden(&page, "next");
    assert_eq!(next, path);
    let fields = [("email", ANN), ("password", crate::browser::PASSWORD), ("next", next.as_str())];
    assert_eq!(ann.submit(&page, "/sign-in", &fields).await.header("location"), Some(path.as_str()));
    assert!(ann.get(&path).await.assert_status(200).text().contains("Cora on Outrider"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tokens_are_given_back_and_apps_disconnected() {
    let server = with_ann(Setup::default()).await;
    let mut ann = Browser::new(&server);
    ann.sign_in(ANN).await;
    let app = App::register(&server, "", &public_client()).await;
    let resource = app.resource(&server);
    let tokens = app.tokens(&mut ann, &["outrider.read"]).await;
    let (access, refresh) = (text(&tokens, "access_token"), text(&tokens, "refresh_token"));
    for _ in 0..2 {
        assert_eq!(app.post(&server, "revoke", &[("token", &access)]).await.status, 200, "again is no error");
    }
    assert_eq!(app.post(&server, "revoke", &[("token", "unknown"), ("token_type_hint", "x")]).await.status, 200);
    assert_eq!(outcome(&server, &access, &resource, "list_leads").await, "invalid_token");
    let next = app.refresh(&server, &refresh, &[]).await.assert_status(200).json();
    let (access, refresh) = (text(&next, "access_token"), text(&next, "refresh_token"));
    assert_eq!(
        app.post(&server, "revoke", &[("token", &refresh), ("token_type_hint", "refresh_token")]).await.status,
        200
    );
    assert_eq!(outcome(&server, &access, &resource, "list_leads").await, "invalid_token", "the family ends");
    refused(&app.refresh(&server, &refresh, &[]).await, 400, "invalid_grant");

    let tokens = app.tokens(&mut ann, &["outrider.read"]).await;
    let page = ann.get("/apps").await;
    assert!(page.assert_status(200).text().contains("Assistant") && page.text().contains("See leads"));
    let grant = crate::browser::hidden(&page, "grant_id");
    assert_eq!(ann.submit(&page, "/apps/revoke", &[("grant_id", &grant)]).await.status, 303);
    assert_eq!(outcome(&server, &text(&tokens, "access_token"), &resource, "list_leads").await, "invalid_token");
    refused(&app.refresh(&server, &text(&tokens, "refresh_token"), &[]).await, 400, "invalid_grant");
    assert!(ann.get("/apps").await.text().contains("No application acts for you"));
    ann.submit(&page, "/apps/revoke", &[("grant_id", "grt_0000000000000")]).await.assert_status(404);

    let audit = server.call("GET", "/api/v1/audit?limit=1000", None).await.data();
    let lines: Vec<String> =
        audit["lines"].as_array().expect("lines").iter().map(|line| text(line, "operation")).collect();
    for operation in ["grant_access", "revoke_token", "revoke_grant", "sign_in"] {
        assert!(lines.iter().any(|line| line == operation), "{operation} is not in {lines:?}");
    }
    assert!(!audit.to_string().contains("or_at_") && !audit.to_string().contains("or_rt_"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn grants_that_nobody_uses_end() {
    let server = with_ann(Setup::default()).await;
    let mut ann = Browser::new(&server);
    ann.sign_in(ANN).await;
    let app = App::register(&server, "", &public_client()).await;
    let tokens = app.tokens(&mut ann, &["outrider.read"]).await;
    server.clock.advance(29 * DAY);
    let next = app.refresh(&server, &text(&tokens, "refresh_token"), &[]).await.assert_status(200).json();
    server.clock.advance(30 * DAY);
    refused(&app.refresh(&server, &text(&next, "refresh_token"), &[]).await, 400, "invalid_grant");
}

/// A client that is known by a document on this machine; gives the server's setup and the document's address.
async fn with_document(document: impl FnOnce(&str) -> Value) -> (Setup, String) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let host = listener.local_addr().expect("an address").to_string();
    let id = format!("http://{host}/client.json");
    let body = document(&id).to_string();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = [0; 4096];
            drop(stream.read(&mut request).await);
            let answer =
                format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len());
            drop(stream.write_all(answer.as_bytes()).await);
        }
    });
    (Setup { open_hosts: vec![host], ..Setup::default() }, id)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_can_be_a_document() {
    let (setup, id) = with_document(|id| {
        json!({ "client_id": id, "client_name": "Documented", "redirect_uris": [REDIRECT], "grant_types": ["authorization_code", "refresh_token"] })
    })
    .await;
    let server = with_ann(setup).await;
    let mut ann = Browser::new(&server);
    ann.sign_in(ANN).await;
    let app = App { mount: "", id, secret: None, basic: false };
    let page = ann.get(&format!("/oauth/authorize?{}", app.request(&server, &[]))).await;
    assert!(page.assert_status(200).text().contains("Run by</dt><dd><code>127.0.0.1:"), "{}", page.text());
    let tokens = app.tokens(&mut ann, &["outrider.read"]).await;
    server.clock.advance(2 * HOUR);
    let next = app.refresh(&server, &text(&tokens, "refresh_token"), &[]).await.assert_status(200).json();
    let reply =
        call(&server, &text(&next, "access_token"), &app.resource(&server), None, "list_leads", json!({})).await;
    assert!(reply.is_ok());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_document_about_something_else_is_no_client() {
    for wrong in [
        json!({ "client_id": "http://127.0.0.1/other.json", "redirect_uris": [REDIRECT] }),
        json!({ "redirect_uris": [REDIRECT] }),
        json!({ "client_id": "SELF", "redirect_uris": [REDIRECT], "client_secret": "x" }),
        json!({ "client_id": "SELF", "redirect_uris": [REDIRECT], "token_endpoint_auth_method": "client_secret_post" }),
        json!({ "client_id": "SELF", "redirect_uris": ["javascript:alert(1)"] }),
        json!({ "client_id": "SELF" }),
        json!("not an object"),
    ] {
        let (setup, id) = with_document(|id| {
            let mut document = wrong.clone();
            if document["client_id"] == "SELF" {
                document["client_id"] = id.into();
            }
            document
        })
        .await;
        let server = Server::set_up(setup).await;
        let app = App { mount: "", id, secret: None, basic: false };
        let mut person = Browser::new(&server);
        let page = person.get(&format!("/oauth/authorize?{}", app.request(&server, &[]))).await;
        page.assert_status(400);
        assert!(page.header("location").is_none(), "{wrong}");
    }
}
