//! The page of personal access tokens, as a seller and as an attacker see it.

use outrider_engine::pipeline::Credential;

use crate::browser::{Browser, add_person, hidden};
use crate::fixture::Server;

const ANN: &str = "ann@first.example";
const PATH: &str = "/settings/api-tokens";

/// The text of the page's secret.
fn secret(page: &str) -> Option<String> {
    let (_, rest) = page.split_once("id=\"secret\">")?;
    rest.split('<').next().map(ToOwned::to_owned)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_seller_makes_a_token_with_scopes_and_an_end_and_revokes_it() {
    let server = Server::start().await;
    add_person(&server, server.project, ANN, "seller").await;
    add_person(&server, server.project, "bob@first.example", "seller").await;
    let mut ann = Browser::new(&server);
    let away = ann.get(PATH).await;
    assert_eq!((away.status, away.header("location")), (303, Some("/sign-in?next=%2Fsettings%2Fapi%2Dtokens")));
    ann.sign_in(ANN).await;
    let page = ann.get(PATH).await;
    assert!(page.assert_status(200).text().contains("aria-current=\"page\""));
    let fields = [("name", "Claude <b>"), ("scope", "contacts:read"), ("scope", "discover"), ("days", "30")];
    let made = ann.submit(&page, PATH, &fields).await;
    let text = made.assert_status(200).text();
    let token = secret(&text).expect("the token");
    assert!(token.starts_with("artra_pat_") && text.contains("Claude &lt;b&gt;") && !text.contains("Claude <b>"));
    let listed = ann.get(PATH).await;
    assert!(!listed.text().contains(&token) && listed.text().contains("contacts:read discover"), "it is shown once");
    let key = |secret: &str| Credential::Key { secret: secret.to_owned(), dialect: "artra" };
    let principal = server.pipeline.authenticate(key(&token)).await.expect("a token that works");
    assert_eq!(principal.scopes, ["contacts:read", "discover"]);
    let id = hidden(&listed, "key_id");
    let mut bob = Browser::new(&server);
    bob.sign_in("bob@first.example").await;
    let his = bob.get(PATH).await;
    assert!(!his.text().contains("contacts:read discover"), "everybody sees their own");
    bob.submit(&his, &format!("{PATH}/revoke"), &[("key_id", &id)]).await.assert_status(404);
    server.pipeline.authenticate(key(&token)).await.expect("it still works");
    ann.post(&format!("{PATH}/revoke"), &[("key_id", &id)]).await.assert_status(409);
    assert_eq!(ann.submit(&listed, &format!("{PATH}/revoke"), &[("key_id", &id)]).await.status, 303);
    let refused = server.pipeline.authenticate(key(&token)).await.expect_err("revoked");
    assert_eq!(refused.code.name, "revoked_api_key");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_left_out_or_made_up_is_told_at_its_field() {
    let server = Server::start().await;
    add_person(&server, server.project, ANN, "seller").await;
    let mut ann = Browser::new(&server);
    ann.sign_in(ANN).await;
    let page = ann.get(PATH).await;
    for fields in [
        &[("name", "a"), ("days", "30")][..],
        &[("scope", "*"), ("days", "30")],
        &[("scope", "actions:approve"), ("days", "30")],
        &[("scope", "discover"), ("days", "1000000")],
        &[("scope", "discover")],
    ] {
        let answer = ann.submit(&page, PATH, fields).await;
        let text = answer.assert_status(400).text();
        assert!(text.contains("role=\"alert\"") && secret(&text).is_none(), "{fields:?}");
    }
}
