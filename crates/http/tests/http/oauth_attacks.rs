//! OAuth as attackers try it. Each test is one attack, and what must come of it.

use outrider_domain::time::{DAY, HOUR, MINUTE};
use outrider_engine::Error;
use outrider_store::oauth_clients;
use serde_json::{Value, json};

use crate::browser::{Browser, add_person, hidden, query_of};
use crate::fixture::Server;
use crate::oauth_client::{App, REDIRECT, VERIFIER, challenge, outcome, public_client, refused, text};

const ANN: &str = "ann@first.example";

async fn start() -> Server {
    let server = Server::start().await;
    add_person(&server, server.project, ANN, "owner").await;
    server
}

async fn signed_in(server: &Server) -> Browser<'_> {
    let mut ann = Browser::new(server);
    ann.sign_in(ANN).await;
    ann
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replayed_code_ends_what_came_of_it() {
    let server = start().await;
    let mut ann = signed_in(&server).await;
    let app = App::register(&server, "", &public_client()).await;
    let code = app.code(&mut ann, &["outrider.read"]).await;
    let tokens = app.exchange(&server, &code, &[]).await.assert_status(200).json();
    let (access, resource) = (text(&tokens, "access_token"), app.resource(&server));
    assert_eq!(outcome(&server, &access, &resource, "list_leads").await, "ok");
    refused(&app.exchange(&server, &code, &[("code_verifier", &"x".repeat(43))]).await, 400, "invalid_grant");
    assert_eq!(
        outcome(&server, &access, &resource, "list_leads").await,
        "ok",
        "who can't prove it was theirs ends nothing"
    );
    refused(&app.exchange(&server, &code, &[]).await, 400, "invalid_grant");
    assert_eq!(outcome(&server, &access, &resource, "list_leads").await, "invalid_token");
    refused(&app.refresh(&server, &text(&tokens, "refresh_token"), &[]).await, 400, "invalid_grant");
    let audit = server.call("GET", "/api/v1/audit?limit=1000", None).await.text();
    assert!(audit.contains("authorization_code_replayed"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_is_of_no_use_to_another_client_elsewhere_or_later() {
    let server = start().await;
    let mut ann = signed_in(&server).await;
    let app = App::register(&server, "", &public_client()).await;
    let thief = App::register(&server, "", &public_client()).await;
    let cora = App::register(&server, "/cora", &public_client()).await;
    let code = app.code(&mut ann, &["outrider.read"]).await;
    refused(&thief.exchange(&server, &code, &[]).await, 400, "invalid_grant");
    refused(&cora.exchange(&server, &code, &[]).await, 400, "invalid_grant");
    let crossed = App { mount: "/cora", ..app.clone() };
    refused(&crossed.exchange(&server, &code, &[]).await, 401, "invalid_client");
    for (field, value, error) in [
        ("redirect_uri", "http://127.0.0.1:33421/cb", "invalid_grant"),
        ("redirect_uri", "", "invalid_request"),
        ("code_verifier", "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXX", "invalid_grant"),
        ("code_verifier", "short", "invalid_grant"),
        ("code_verifier", "", "invalid_request"),
        ("code_verifier", challenge(VERIFIER).as_str(), "invalid_grant"),
        ("code", "", "invalid_request"),
        ("code", "made up", "invalid_grant"),
        ("grant_type", "", "invalid_request"),
        ("grant_type", "password", "unsupported_grant_type"),
        ("grant_type", "client_credentials", "unsupported_grant_type"),
    ] {
        refused(&app.exchange(&server, &code, &[(field, value)]).await, 400, error);
    }
    server.clock.advance(MINUTE);
    refused(&app.exchange(&server, &code, &[]).await, 400, "invalid_grant");
    let code = app.code(&mut ann, &["outrider.read"]).await;
    let other = cora.resource(&server);
    refused(&app.exchange(&server, &code, &[("resource", &other)]).await, 400, "invalid_target");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_who_exchange_one_code_at_once_get_one_family_at_most() {
    let server = start().await;
    let mut ann = signed_in(&server).await;
    let app = App::register(&server, "", &public_client()).await;
    let code = app.code(&mut ann, &["outrider.read"]).await;
    let answers = futures_util::future::join_all((0..8).map(|_| app.exchange(&server, &code, &[]))).await;
    let given: Vec<Value> = answers.iter().filter(|answer| answer.status == 200).map(|answer| answer.json()).collect();
    assert_eq!(given.len(), 1);
    let access = text(&given[0], "access_token");
    assert_eq!(
        outcome(&server, &access, &app.resource(&server), "list_leads").await,
        "invalid_token",
        "the others ended it"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refresh_token_used_twice_ends_the_family() {
    let server = start().await;
    let mut ann = signed_in(&server).await;
    let app = App::register(&server, "", &public_client()).await;
    let (first, resource) = (app.tokens(&mut ann, &["outrider.read"]).await, app.resource(&server));
    let second = app.refresh(&server, &text(&first, "refresh_token"), &[]).await.assert_status(200).json();
    assert_ne!(first["refresh_token"], second["refresh_token"], "rotated");
    let (access, newest) = (text(&second, "access_token"), text(&second, "refresh_token"));
    let thief = App::register(&server, "", &public_client()).await;
    refused(&thief.refresh(&server, &newest, &[]).await, 400, "invalid_grant");
    refused(&app.refresh(&server, &newest, &[("scope", "outrider.read outrider.write")]).await, 400, "invalid_scope");
    refused(&app.refresh(&server, &newest, &[("resource", "https://other.example/mcp")]).await, 400, "invalid_target");
    refused(&app.refresh(&server, &access, &[]).await, 400, "invalid_grant");
    assert_eq!(outcome(&server, &access, &resource, "list_leads").await, "ok", "so far nothing was reused");
    refused(&app.refresh(&server, &text(&first, "refresh_token"), &[]).await, 400, "invalid_grant");
    assert_eq!(outcome(&server, &access, &resource, "list_leads").await, "invalid_token");
    refused(&app.refresh(&server, &newest, &[]).await, 400, "invalid_grant");
    let audit = server.call("GET", "/api/v1/audit?limit=1000", None).await.text();
    assert!(audit.contains("refresh_token_reused"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_of_one_resource_is_refused_by_another() {
    let server = start().await;
    let mut ann = signed_in(&server).await;
    let (native, cora) =
        (App::register(&server, "", &public_client()).await, App::register(&server, "/cora", &public_client()).await);
    let of_native = native.tokens(&mut ann, &["outrider.read"]).await;
    let of_cora = cora.tokens(&mut ann, &["cora.read"]).await;
    let tried = [
        (&of_native, &native, "ok"),
        (&of_native, &cora, "invalid_token"),
        (&of_cora, &native, "invalid_token"),
        (&of_cora, &cora, "ok"),
    ];
    for (tokens, app, expected) in tried {
        assert_eq!(
            outcome(&server, &text(tokens, "access_token"), &app.resource(&server), "list_leads").await,
            expected
        );
    }
    let access = text(&of_native, "access_token");
    let authorization = format!("Bearer {access}");
    server.send("GET", "/api/v1/leads", &[("Authorization", &authorization)], b"").await.assert_refused(
        401,
        "invalid_api_key",
        None,
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_goes_nowhere_but_where_the_client_registered() {
    let server = start().await;
    let mut ann = signed_in(&server).await;
    let metadata = json!({ "redirect_uris": ["https://app.example/cb", "http://127.0.0.1/cb"], "token_endpoint_auth_method": "none" });
    let app = App::register(&server, "", &metadata).await;
    for bad in [
        "https://evil.example/cb",
        "https://app.example/cb/",
        "https://app.example/cb?x=1",
        "https://app.example/cb#x",
        "https://app.example.evil.example/cb",
        "https://app.example@evil.example/cb",
        "http://app.example/cb",
        "http://127.0.0.1:5/other",
        "http://localhost:5/cb",
        "//evil.example",
        "javascript:alert(1)",
        "",
    ] {
        let page = ann.get(&format!("/oauth/authorize?{}", app.request(&server, &[("redirect_uri", bad)]))).await;
        assert!(page.assert_status(400).header("location").is_none(), "{bad}");
        assert!(page.text().contains("can not be connected"));
    }
    for (client, status) in [("cli_made_up", 400), ("", 400), ("https://127.0.0.1/client.json", 400), ("<script>", 400)]
    {
        let page = ann.get(&format!("/oauth/authorize?{}", app.request(&server, &[("client_id", client)]))).await;
        assert!(
            page.assert_status(status).header("location").is_none() && !page.text().contains("<script>"),
            "{client}"
        );
    }
    let doubled = format!(
        "{}&redirect_uri=https%3A%2F%2Fevil.example",
        app.request(&server, &[("redirect_uri", "https://app.example/cb")])
    );
    assert!(ann.get(&format!("/oauth/authorize?{doubled}")).await.assert_status(400).header("location").is_none());
    let page = ann
        .get(&format!("/oauth/authorize?{}", app.request(&server, &[("redirect_uri", "http://127.0.0.1:49152/cb")])))
        .await;
    page.assert_status(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_without_proof_or_beyond_the_rules_are_sent_back_with_the_issuer() {
    let server = start().await;
    let mut ann = signed_in(&server).await;
    for mount in ["", "/cora"] {
        let app = App::register(&server, mount, &public_client()).await;
        let foreign = if mount.is_empty() { "/cora/api/mcp" } else { "/mcp" };
        let foreign = format!("http://{}{foreign}", server.address);
        for (name, value, error) in [
            ("code_challenge_method", "plain", "invalid_request"),
            ("code_challenge_method", "", "invalid_request"),
            ("code_challenge", "", "invalid_request"),
            ("code_challenge", "short", "invalid_request"),
            ("response_type", "token", "unsupported_response_type"),
            ("response_type", "", "invalid_request"),
            ("response_mode", "fragment", "invalid_request"),
            ("request_uri", "https://evil.example/r", "request_not_supported"),
            ("resource", "https://other.example/mcp", "invalid_target"),
            ("resource", foreign.as_str(), "invalid_target"),
            ("scope", "made.up", "invalid_scope"),
        ] {
            let sent = ann.get(&format!("{mount}/oauth/authorize?{}", app.request(&server, &[(name, value)]))).await;
            let location =
                sent.assert_status(303).header("location").unwrap_or_else(|| panic!("{name}={value}")).to_owned();
            assert!(location.starts_with(&format!("{REDIRECT}?")), "{location}");
            let answer = query_of(&location);
            assert_eq!((answer["error"].as_str(), answer["state"].as_str()), (error, "st-1"), "{name}={value}");
            assert_eq!(
                answer["iss"],
                format!("http://{}{mount}", server.address),
                "a client that knows two servers can tell them apart"
            );
        }
        let twice = format!("{}&scope=a&scope=b", app.request(&server, &[]));
        let sent = ann.get(&format!("{mount}/oauth/authorize?{twice}")).await;
        assert_eq!(query_of(sent.header("location").expect("a place"))["error"], "invalid_request");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_consents_by_a_page_of_someone_else() {
    let server = start().await;
    let mut ann = signed_in(&server).await;
    add_person(&server, server.project, "eve@first.example", "owner").await;
    let mut eve = Browser::new(&server);
    eve.sign_in("eve@first.example").await;
    let app = App::register(&server, "", &public_client()).await;
    let request = app.request(&server, &[]);
    let token_of_eve = hidden(&eve.get(&format!("/oauth/authorize?{request}")).await, "form_token");
    for token in ["", "x", token_of_eve.as_str()] {
        let fields =
            [("form_token", token), ("request", request.as_str()), ("decision", "allow"), ("scope", "outrider.read")];
        let answer = ann.post("/oauth/authorize", &fields).await;
        assert!(answer.assert_status(409).header("location").is_none());
    }
    let fields = [("request", request.as_str()), ("decision", "allow"), ("scope", "outrider.read")];
    let away = Browser::new(&server).post("/oauth/authorize", &fields).await;
    assert_eq!((away.status, away.header("location")), (303, Some("/sign-in")));
    // What the form carries back is checked like the request itself.
    let page = ann.get(&format!("/oauth/authorize?{request}")).await;
    let forged = app.request(&server, &[("redirect_uri", "https://evil.example/cb")]);
    let answer = ann
        .submit(&page, "/oauth/authorize", &[("request", &forged), ("decision", "allow"), ("scope", "outrider.read")])
        .await;
    assert!(answer.assert_status(400).header("location").is_none());
    // Nor does it grant what was not asked for.
    let narrow = app.request(&server, &[("scope", "outrider.read")]);
    let fields = [
        ("request", narrow.as_str()),
        ("decision", "allow"),
        ("scope", "outrider.read"),
        ("scope", "outrider.approve"),
    ];
    let answer = ann.submit(&page, "/oauth/authorize", &fields).await;
    let code = query_of(answer.header("location").expect("a place"))["code"].clone();
    assert_eq!(app.exchange(&server, &code, &[]).await.json()["scope"], "outrider.read");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn registrations_are_checked_slowed_down_and_forgotten() {
    let server = start().await;
    let json_type = [("Content-Type", "application/json")];
    for (body, error) in [
        (r#"{"redirect_uris":["http://evil.example/cb"]}"#, "invalid_redirect_uri"),
        (r#"{"redirect_uris":[]}"#, "invalid_redirect_uri"),
        (r#"{}"#, "invalid_redirect_uri"),
        (r#"{"redirect_uris":["https://a.example/"],"grant_types":["implicit"]}"#, "invalid_client_metadata"),
        (r#"[]"#, "invalid_client_metadata"),
        (r#"{"#, "invalid_client_metadata"),
        ("", "invalid_client_metadata"),
    ] {
        let answer = server.send("POST", "/oauth/register", &json_type, body.as_bytes()).await;
        refused(&answer, 400, error);
    }
    let body = public_client().to_string();
    let mut registered = Vec::new();
    let answer = loop {
        let answer = server.send("POST", "/oauth/register", &json_type, body.as_bytes()).await;
        if answer.status != 201 {
            break answer;
        }
        registered.push(text(&answer.json(), "client_id"));
        assert!(registered.len() <= 60);
    };
    refused(&answer, 429, "temporarily_unavailable");
    assert!(answer.header("retry-after").is_some());
    let mut ann = signed_in(&server).await;
    let used = App { mount: "", id: registered[0].clone(), secret: None, basic: false };
    used.tokens(&mut ann, &["outrider.read"]).await;
    server.clock.advance(DAY);
    let mut ann = signed_in(&server).await;
    let unused = App { id: registered[1].clone(), ..used.clone() };
    ann.get(&format!("/oauth/authorize?{}", unused.request(&server, &[]))).await.assert_status(400);
    ann.get(&format!("/oauth/authorize?{}", used.request(&server, &[]))).await.assert_status(200);
    App::register(&server, "", &public_client()).await;
    let left = server.pipeline.store().read(|tx| Ok::<_, Error>(oauth_clients::count_unused(tx)?)).await;
    assert_eq!(left.expect("a count"), 1, "the unused ones are gone from the database");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_document_is_not_read_from_a_private_address() {
    let server = start().await;
    let mut ann = signed_in(&server).await;
    let own = server.address.clone();
    let port = own.rsplit(':').next().expect("a port");
    for host in
        ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "[::1]", "[::ffff:127.0.0.1]", "169.254.169.254", "10.0.0.1"]
    {
        for scheme in ["https", "http"] {
            let id = format!("{scheme}://{host}:{port}/healthz");
            let app = App { mount: "", id: id.clone(), secret: None, basic: false };
            let page = ann.get(&format!("/oauth/authorize?{}", app.request(&server, &[]))).await;
            assert!(page.assert_status(400).header("location").is_none(), "{id}");
        }
    }
    server.clock.advance(HOUR);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_request_makes_the_server_fail() {
    let server = start().await;
    let mut ann = signed_in(&server).await;
    let app = App::register(&server, "", &public_client()).await;
    let form = [("Content-Type", "application/x-www-form-urlencoded")];
    let bodies: [&[u8]; 7] = [
        b"",
        b"=&=&&",
        b"grant_type=%00&client_id=%00&code=%00&token=%00",
        b"client_id=\xff\xfe",
        b"client_id=x&client_id=x",
        b"%%%",
        b"grant_type=refresh_token&refresh_token=x&client_id=%F0%9F%98%80",
    ];
    for endpoint in ["token", "revoke", "register", "authorize"] {
        for body in bodies {
            for kind in [&form[..], &[("Content-Type", "application/json")][..], &[]] {
                let status = server.send("POST", &format!("/oauth/{endpoint}"), kind, body).await.status;
                assert!(status < 500, "{endpoint} {status}");
            }
        }
        let large = vec![b'a'; 70_000];
        assert!((400..500).contains(&server.send("POST", &format!("/oauth/{endpoint}"), &form, &large).await.status));
    }
    for (name, value) in [
        ("client_id", "a\0b"),
        ("state", "a\0b"),
        ("scope", "a\0b"),
        ("resource", "\0"),
        ("redirect_uri", "\0"),
        ("code_challenge", "\0"),
    ] {
        let answer = ann.get(&format!("/oauth/authorize?{}", app.request(&server, &[(name, value)]))).await;
        assert!(answer.status < 500, "{name}");
    }
    for fields in [[("code", "a\0b")], [("resource", "a\0b")], [("redirect_uri", "a\0b")]] {
        assert!(app.exchange(&server, "x", &fields).await.status < 500);
    }
    for method in ["GET", "DELETE", "PUT"] {
        server.send(method, "/oauth/token", &[], b"").await.assert_refused(405, "method_not_allowed", None);
    }
}
