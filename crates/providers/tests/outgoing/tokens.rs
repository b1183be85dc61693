//! Access tokens in place of a password, from a token endpoint of this test.

use outrider_domain::mail::Delivery;
use outrider_domain::secret::Secret;
use outrider_providers::oauth::OauthSettings;
use outrider_providers::smtp::Transport;
use outrider_testkit::faulty_smtp::{FaultySmtp, Script};
use outrider_testkit::token_endpoint::{CLIENT, CLIENT_SECRET, TokenEndpoint};

use super::{clear, deliver, mailer, meaning};

const USER: &str = "sales@sender.test";

/// A server that takes one access token of this user.
fn server_taking(token: &str) -> FaultySmtp {
    let credentials = (USER.to_owned(), token.to_owned());
    FaultySmtp::start(Script { auth: vec!["XOAUTH2".to_owned()], credentials, ..Script::default() }).unwrap()
}

fn oauth(endpoint: &TokenEndpoint) -> OauthSettings {
    let mut settings = OauthSettings::new(&endpoint.token_url(), CLIENT, &endpoint.refresh_token());
    settings.client_secret = Some(Secret::new(CLIENT_SECRET));
    settings
}

fn transport(server: &FaultySmtp, oauth: OauthSettings) -> Transport {
    Transport {
        username: Some(USER.to_owned()),
        oauth: Some(oauth),
        allow_insecure_auth: true,
        max_mails_per_connection: 1,
        ..clear(server.address())
    }
}

#[tokio::test]
async fn one_token_serves_many_connections_until_it_is_about_to_end() {
    let endpoint = TokenEndpoint::start(USER, 3_600);
    let server = server_taking("access-1");
    let mailer = mailer(transport(&server, oauth(&endpoint)));
    for number in 0..3 {
        assert_eq!(meaning(&deliver(&mailer, number).await), "accepted");
    }
    assert!(server.accepted().iter().all(|mail| mail.user.as_deref() == Some(USER)));
    assert_eq!((server.accepted().len(), endpoint.made()), (3, 1));
}

#[tokio::test]
async fn a_token_near_its_end_is_not_used_again_and_refresh_tokens_may_rotate() {
    let endpoint = TokenEndpoint::start(USER, 30);
    endpoint.rotate();
    let settings = oauth(&endpoint);
    for number in 1..=3 {
        let server = server_taking(&format!("access-{number}"));
        let outcome = deliver(&mailer(transport(&server, settings.clone())), number).await;
        assert_eq!((meaning(&outcome), endpoint.made()), ("accepted", number), "{outcome:?}");
    }
}

#[tokio::test]
async fn a_kept_token_that_is_refused_is_replaced_once() {
    let endpoint = TokenEndpoint::start(USER, 3_600);
    let settings = oauth(&endpoint);
    let before = server_taking("access-1");
    assert_eq!(meaning(&deliver(&mailer(transport(&before, settings.clone())), 1).await), "accepted");
    let after = server_taking("access-2");
    assert_eq!(meaning(&deliver(&mailer(transport(&after, settings.clone())), 2).await), "accepted");
    assert_eq!(endpoint.made(), 2);
    let elsewhere = server_taking("nothing that is ever made");
    let outcome = deliver(&mailer(transport(&elsewhere, settings)), 3).await;
    let Delivery::Deferred { code: Some(535), response, transport: true } = &outcome else { panic!("{outcome:?}") };
    assert!(!response.contains("access-"), "{response}");
    assert_eq!(endpoint.made(), 3, "the kept one and one new one were tried");
}

#[tokio::test]
async fn an_endpoint_that_refuses_or_fails_defers_the_mail_with_its_words() {
    let endpoint = TokenEndpoint::start(USER, 3_600);
    let server = server_taking("access-1");
    let mut revoked = oauth(&endpoint);
    revoked.refresh_token = Secret::new("of yesterday");
    let mut nobody = oauth(&endpoint);
    nobody.client_secret = None;
    for (settings, words) in [(revoked, "The grant was revoked."), (nobody, "invalid_client")] {
        let outcome = deliver(&mailer(transport(&server, settings)), 1).await;
        assert!(
            matches!(&outcome, Delivery::Deferred { transport: true, response, .. } if response.contains(words)),
            "{outcome:?}"
        );
    }
    endpoint.break_down(true);
    let mailer = mailer(transport(&server, oauth(&endpoint)));
    let outcome = deliver(&mailer, 2).await;
    assert!(
        matches!(&outcome, Delivery::Deferred { transport: true, response, .. } if response.contains("503")),
        "{outcome:?}"
    );
    endpoint.break_down(false);
    assert_eq!(meaning(&deliver(&mailer, 3).await), "accepted");
    assert_eq!(server.accepted().len(), 1);
}

#[tokio::test]
async fn a_server_without_xoauth2_gets_no_token() {
    let endpoint = TokenEndpoint::start(USER, 3_600);
    let server = FaultySmtp::start(Script { auth: vec!["PLAIN".to_owned()], ..Script::default() }).unwrap();
    let outcome = deliver(&mailer(transport(&server, oauth(&endpoint))), 1).await;
    assert_eq!((meaning(&outcome), endpoint.made()), ("transport", 0), "{outcome:?}");
    let open = Transport { allow_insecure_auth: false, ..transport(&server_taking("access-1"), oauth(&endpoint)) };
    let settings = outrider_providers::mailer::SmtpMailer::new([("main".to_owned(), open)].into(), Vec::new());
    assert!(settings.is_err(), "tokens do not cross the network in clear text");
}
