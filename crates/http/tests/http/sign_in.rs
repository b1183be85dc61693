//! Signing in and out, sessions, forms, and the pages behind them, as browsers and attackers see them.

use outrider_domain::address::Email;
use outrider_domain::time::{HOUR, MINUTE};
use outrider_engine::sign_in::links;
use serde_json::json;

use crate::browser::{Browser, PASSWORD, add_person, hidden};
use crate::fixture::{Server, Setup, add_project};

const ANN: &str = "ann@first.example";

async fn with_ann() -> Server {
    let server = Server::start().await;
    add_person(&server, server.project, ANN, "owner").await;
    server
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_signs_in_looks_round_and_signs_out() {
    let server = with_ann().await;
    let mut ann = Browser::new(&server);
    let away = ann.get("/keys").await;
    assert_eq!((away.status, away.header("location")), (303, Some("/sign-in?next=%2Fkeys")));
    let page = ann.get("/sign-in?next=%2Fkeys").await;
    page.assert_status(200);
    assert_eq!(page.header("cache-control"), Some("no-store"));
    let fields = [("email", ANN), ("password", PASSWORD), ("next", "/keys")];
    let entered = ann.submit(&page, "/sign-in", &fields).await;
    assert_eq!((entered.status, entered.header("location")), (303, Some("/keys")));
    let keys = ann.get("/keys").await;
    assert!(keys.assert_status(200).text().contains("aria-current=\"page\""));
    let already = ann.get("/sign-in").await;
    assert_eq!((already.status, already.header("location")), (303, Some("/account")));
    let account = ann.get("/account").await;
    assert!(account.text().contains(ANN) && account.text().contains("owner"));
    let session = ann.session().expect("a session").to_owned();
    let gone = ann.submit(&account, "/sign-out", &[]).await;
    assert_eq!((gone.status, gone.header("location")), (303, Some("/sign-in")));
    ann.cookies.insert("outrider".to_owned(), session);
    assert_eq!(ann.get("/account").await.status, 303, "the session has ended on the server too");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_has_no_account_hears_what_a_wrong_password_hears() {
    let server = with_ann().await;
    let mut answers = Vec::new();
    for email in [ANN, "nobody@first.example", "not an address", "<script>"] {
        let mut visitor = Browser::new(&server);
        let page = visitor.get("/sign-in").await;
        let answer = visitor.submit(&page, "/sign-in", &[("email", email), ("password", "wrong password")]).await;
        answer.assert_status(403);
        assert!(visitor.session().is_none() && !answer.text().contains("<script>"));
        let (_, problem) =
            answer.text().split_once("role=\"alert\"").map(|(a, b)| (a.to_owned(), b.to_owned())).expect("an alert");
        answers.push(problem.split("</div>").next().expect("an end").to_owned());
    }
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn too_many_tries_lock_the_account_for_a_while() {
    let server = with_ann().await;
    let mut thief = Browser::new(&server);
    let page = thief.get("/sign-in").await;
    for _ in 0..10 {
        let fields = [("email", ANN), ("password", "wrong password")];
        thief.submit(&page, "/sign-in", &fields).await.assert_status(403);
    }
    let locked = thief.submit(&page, "/sign-in", &[("email", ANN), ("password", PASSWORD)]).await;
    assert_eq!(locked.assert_status(429).header("retry-after"), Some("900"));
    thief.submit(&page, "/sign-in", &[("email", ANN), ("password", PASSWORD)]).await.assert_status(429);
    let audit = server.call("GET", "/api/v1/audit?limit=1000", None).await.text();
    assert_eq!(audit.matches("sign_in_locked").count(), 1, "told once for each window: {audit}");
    server.clock.advance(15 * MINUTE);
    assert_eq!(thief.submit(&page, "/sign-in", &[("email", ANN), ("password", PASSWORD)]).await.status, 303);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_that_was_planted_is_never_signed_in() {
    let server = with_ann().await;
    let mut ann = Browser::new(&server);
    let planted = "a".repeat(64);
    ann.cookies.insert("outrider".to_owned(), planted.clone());
    assert_eq!(ann.sign_in(ANN).await.status, 303);
    assert_ne!(ann.session(), Some(planted.as_str()));
    let mut thief = Browser::new(&server);
    thief.cookies.insert("outrider".to_owned(), planted);
    assert_eq!(thief.get("/account").await.status, 303);
    // One's own earlier session ends when one signs in again.
    let before = ann.session().expect("a session").to_owned();
    let page = {
        let mut fresh = Browser::new(&server);
        let page = fresh.get("/sign-in").await;
        ann.cookies.extend(fresh.cookies);
        page
    };
    assert_eq!(ann.submit(&page, "/sign-in", &[("email", ANN), ("password", PASSWORD)]).await.status, 303);
    thief.cookies.insert("outrider".to_owned(), before);
    assert_eq!(thief.get("/account").await.status, 303);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn forms_of_others_are_refused() {
    let server = with_ann().await;
    let mut ann = Browser::new(&server);
    // Signing someone in to the attacker's account (login CSRF): no cookie of a visit, or another one's.
    let bare = [("email", ANN), ("password", PASSWORD), ("form_token", "x")];
    ann.post("/sign-in", &bare).await.assert_status(409);
    let foreign = {
        let mut other = Browser::new(&server);
        hidden(&other.get("/sign-in").await, "form_token")
    };
    ann.get("/sign-in").await;
    let fields = [("email", ANN), ("password", PASSWORD), ("form_token", foreign.as_str())];
    ann.post("/sign-in", &fields).await.assert_status(409);
    assert!(ann.session().is_none());

    ann.sign_in(ANN).await;
    let mut eve = Browser::new(&server);
    add_person(&server, server.project, "eve@first.example", "owner").await;
    eve.sign_in("eve@first.example").await;
    let token_of_eve = hidden(&eve.get("/account").await, "form_token");
    for path in ["/sign-out", "/keys", "/keys/revoke", "/apps/revoke", "/account/password", "/account/project"] {
        for token in ["", "x", foreign.as_str(), token_of_eve.as_str()] {
            let answer = ann
                .post(path, &[("form_token", token), ("may", "approve"), ("days", "0"), ("dialect", "native")])
                .await;
            answer.assert_status(409);
        }
        let typed = server.send("POST", path, &[("Content-Type", "text/plain")], b"form_token=x").await;
        assert_eq!(typed.status, 415, "{path}");
    }
    assert!(ann.get("/account").await.status == 200, "still signed in");
    assert!(!ann.get("/keys").await.text().contains("approving, too</td>"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_is_led_to_another_server() {
    let server = with_ann().await;
    for next in
        ["//evil.example", "/\\evil.example", "https://evil.example/", "javascript:alert(1)", "/\t/evil.example", ""]
    {
        let mut ann = Browser::new(&server);
        let page = ann.get(&format!("/sign-in?{}", crate::browser::encode(&[("next", next)]))).await;
        assert_eq!(hidden(&page, "next"), "/account", "{next}");
        let fields = [("email", ANN), ("password", PASSWORD), ("next", next)];
        let entered = ann.submit(&page, "/sign-in", &fields).await;
        assert_eq!((entered.status, entered.header("location")), (303, Some("/account")), "{next}");
        let page = ann.get("/account").await;
        let chosen = server.project.to_string();
        let switched = ann.submit(&page, "/account/project", &[("project_id", &chosen), ("next", next)]).await;
        assert_eq!(switched.header("location"), Some("/account"), "{next}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn over_tls_the_cookie_is_secure_and_tied_to_the_host() {
    let server = Server::set_up(Setup { public_url: Some("https://out.example.com"), ..Setup::default() }).await;
    add_person(&server, server.project, ANN, "owner").await;
    let mut ann = Browser::new(&server);
    let entered = ann.sign_in(ANN).await;
    let cookies: Vec<&str> = entered.headers("set-cookie").collect();
    assert!(
        cookies.iter().all(|cookie| cookie.starts_with("__Host-outrider") && cookie.contains("; Secure")),
        "{cookies:?}"
    );
    assert_eq!(ann.get("/account").await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_sets_a_password_once_and_looking_uses_nothing_up() {
    let server = with_ann().await;
    let url = links::make(&server.pipeline, &Email::parse(ANN).expect("an address")).await.expect("a link");
    let path = url.split_once(&server.address).expect("our address").1.to_owned();
    let mut ann = Browser::new(&server);
    for _ in 0..2 {
        assert!(ann.get(&path).await.assert_status(200).text().contains(ANN));
    }
    ann.post(&path, &[("password", "a new password"), ("form_token", "x")]).await.assert_status(409);
    let page = ann.get(&path).await;
    let short = ann.submit(&page, &path, &[("password", "short")]).await;
    assert!(short.assert_status(400).text().contains("aria-invalid"));
    let set = ann.submit(&page, &path, &[("password", "a new password")]).await;
    assert_eq!((set.status, set.header("location")), (303, Some("/account")));
    assert_eq!(ann.get("/account").await.status, 200);
    for used in [path.as_str(), "/sign-in/link/x", "/sign-in/link/%3Cscript%3E"] {
        let answer = ann.get(used).await;
        assert!(!answer.assert_status(404).text().contains("<script"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_are_made_shown_once_and_revoked_on_a_page() {
    let server = with_ann().await;
    let mut ann = Browser::new(&server);
    ann.sign_in(ANN).await;
    let page = ann.get("/keys").await;
    let fields =
        [("name", "<b>CI</b>"), ("dialect", "native"), ("may", "own"), ("scopes", "leads:read"), ("days", "30")];
    let made = ann.submit(&page, "/keys", &fields).await;
    let html = made.assert_status(200).text();
    let secret =
        html.split_once("id=\"secret\">").and_then(|(_, rest)| rest.split('<').next()).expect("a secret").to_owned();
    assert!(secret.starts_with("or_live_") && html.contains("&lt;b&gt;CI&lt;/b&gt;") && !html.contains("<b>CI"));
    assert_eq!(made.header("cache-control"), Some("no-store"));
    let authorization = format!("Bearer {secret}");
    let read = server.send("GET", "/api/v1/leads", &[("Authorization", &authorization)], b"").await;
    read.assert_status(200);
    let listed = ann.get("/keys").await;
    assert!(!listed.text().contains(&secret), "shown once");
    let id = hidden(&listed, "key_id");
    assert_eq!(ann.submit(&listed, "/keys/revoke", &[("key_id", &id)]).await.status, 303);
    server.send("GET", "/api/v1/leads", &[("Authorization", &authorization)], b"").await.assert_refused(
        401,
        "revoked_api_key",
        None,
    );

    for (fields, problem) in [
        ([("dialect", "nonsense"), ("may", "read"), ("scopes", ""), ("days", "30")], "no dialect"),
        ([("dialect", "native"), ("may", "own"), ("scopes", ""), ("days", "30")], "at least one scope"),
        ([("dialect", "native"), ("may", "own"), ("scopes", "not-a-scope"), ("days", "30")], "not a scope"),
        ([("dialect", "native"), ("may", "own"), ("scopes", ""), ("days", "-5")], "at least one scope"),
        ([("dialect", "native"), ("may", "read"), ("scopes", ""), ("days", "-5")], "how long"),
        ([("dialect", "native"), ("may", "nonsense"), ("scopes", ""), ("days", "30")], "what the key may do"),
    ] {
        let answer = ann.submit(&page, "/keys", &fields).await;
        assert!(answer.assert_status(400).text().contains(problem), "{problem}: {}", answer.text());
    }
    ann.submit(&page, "/keys/revoke", &[("key_id", "key_0000000000000")]).await.assert_status(404);
    ann.submit(&page, "/keys/revoke", &[("key_id", "'")]).await.assert_status(400);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn viewers_look_and_strangers_projects_are_not_there() {
    let server = with_ann().await;
    add_person(&server, server.project, "vic@first.example", "viewer").await;
    let other = add_project(server.pipeline.store(), server.pipeline.core(), "other").await;
    let mut vic = Browser::new(&server);
    vic.sign_in("vic@first.example").await;
    let page = vic.get("/keys").await;
    let fields = [("dialect", "native"), ("may", "read"), ("days", "30")];
    vic.submit(&page, "/keys", &fields).await.assert_status(403);
    vic.submit(&page, "/account/project", &[("project_id", &other.to_string())]).await.assert_status(404);
    vic.submit(&page, "/account/project", &[("project_id", "x")]).await.assert_status(404);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_password_is_changed_by_who_knows_it() {
    let server = with_ann().await;
    let mut ann = Browser::new(&server);
    ann.sign_in(ANN).await;
    let mut elsewhere = Browser::new(&server);
    elsewhere.sign_in(ANN).await;
    let page = ann.get("/account").await;
    let wrong = [("password", "wrong password"), ("new_password", "a new password")];
    assert!(
        ann.submit(&page, "/account/password", &wrong)
            .await
            .assert_status(403)
            .text()
            .contains("id=\"password-wrong\"")
    );
    let fields = [("password", PASSWORD), ("new_password", "a new password")];
    assert_eq!(ann.submit(&page, "/account/password", &fields).await.status, 303);
    assert_eq!(ann.get("/account").await.status, 200);
    assert_eq!(elsewhere.get("/account").await.status, 303);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn signing_up_over_http_needs_no_key_and_is_slowed_down() {
    let server = Server::start().await;
    let json_type = [("Content-Type", "application/json")];
    let body = |number: u32| json!({ "email": format!("p{number}@new.example") }).to_string().into_bytes();
    for number in 0..5 {
        let made = server.send("POST", "/api/v1/signup", &json_type, &body(number)).await;
        let secret = made.assert_status(201).data()["secret"].as_str().expect("a key").to_owned();
        assert!(secret.starts_with("cora_live_"));
    }
    let refused = server.send("POST", "/api/v1/signup", &json_type, &body(9)).await;
    refused.assert_refused(429, "rate_limit_exceeded", None);
    server.clock.advance(HOUR);
    server.send("POST", "/api/v1/signup", &json_type, &body(0)).await.assert_refused(
        409,
        "already_exists",
        Some("email"),
    );
}
