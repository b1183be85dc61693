//! Servers nobody here wrote: Postfix as a submission server, and its `smtp-sink`.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use futures_util::stream;
use outrider_domain::address::Domain;
use outrider_domain::mail::Delivery;
use outrider_engine::ports::Mailer as _;
use outrider_providers::dkim::{DomainKey, KeyKind, generate_key};
use outrider_providers::mailer::SmtpMailer;
use outrider_providers::smtp::{Security, Timeouts, Transport};
use outrider_testkit::mailrig::{Mailrig, PASSWORD};
use outrider_testkit::sink::SmtpSink;

use super::{email, mail, meaning};

fn mailer(transport: Transport, keys: Vec<DomainKey>) -> SmtpMailer {
    SmtpMailer::with_timeouts(BTreeMap::from([("main".to_owned(), transport)]), keys, Timeouts::default()).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn smtp_sink_counts_each_mail_once() {
    let Ok(sink) = SmtpSink::start() else { return };
    let mailer = mailer(Transport::new("127.0.0.1", sink.address().port(), Security::None), Vec::new());
    let begun = Instant::now();
    let outcomes: Vec<Delivery> = stream::iter(0..500)
        .map(|number| {
            let mailer = &mailer;
            async move { mailer.deliver("main", &mail(number)).await }
        })
        .buffer_unordered(32)
        .collect()
        .await;
    assert!(
        outcomes.iter().all(|outcome| meaning(outcome) == "accepted"),
        "{:?}",
        outcomes.iter().find(|o| meaning(o) != "accepted")
    );
    assert!(sink.wait_for(500, Duration::from_secs(10)));
    assert_eq!(sink.count(), 500);
    assert!(begun.elapsed() < Duration::from_secs(30));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postfix_takes_a_signed_mail_over_starttls_and_auth() {
    let Ok(rig) = Mailrig::start() else { return };
    let key = generate_key(KeyKind::Ed25519).unwrap();
    let key = DomainKey::from_pem(Domain::parse("sender.test").unwrap(), "mail", &key.private_key_pem).unwrap();
    let transport = Transport {
        username: Some("sales@sender.test".to_owned()),
        password: Some(PASSWORD.to_owned()),
        danger_accept_invalid_certs: true,
        helo_name: Some("client.sender.test".to_owned()),
        ..Transport::new("127.0.0.1", rig.ports().submission, Security::Starttls)
    };
    let mailer = mailer(transport, vec![key]);
    let steps = mailer.check("main").await.unwrap();
    assert!(steps.iter().all(|step| step.ok), "{steps:?}");

    let mut sent = mail(1);
    sent.to = email("bob@rcpt.test");
    sent.subject = "Grüße aus dem Test".to_owned();
    sent.html = Some("<p>Hello <b>Bob</b></p>".to_owned());
    let outcome = mailer.deliver("main", &sent).await;
    assert_eq!(meaning(&outcome), "accepted", "{outcome:?}\n{}", rig.log());
    let arrived = rig
        .wait_for_mail("bob@rcpt.test", Duration::from_secs(20), |text| text.contains("<act-1@sender.test>"))
        .expect("the mail arrives");
    assert!(
        arrived.contains("DKIM-Signature: v=1; a=ed25519-sha256")
            && arrived.contains("Content-Type: multipart/alternative"),
        "{arrived}"
    );
    assert!(arrived.contains("with ESMTPSA"), "encrypted and authenticated: {arrived}");
}

#[tokio::test]
async fn postfix_refusals_mean_what_they_say() {
    let Ok(rig) = Mailrig::start() else { return };
    for (port, expected) in
        [(rig.ports().refuse, "bad address"), (rig.ports().defer, "deferred"), (rig.ports().accept, "accepted")]
    {
        let mailer = mailer(Transport::new("127.0.0.1", port, Security::None), Vec::new());
        let outcome = mailer.deliver("main", &mail(1)).await;
        assert_eq!(meaning(&outcome), expected, "{outcome:?}");
    }
    let relay = mailer(Transport::new("127.0.0.1", rig.ports().submission, Security::None), Vec::new());
    let outcome = relay.deliver("main", &mail(1)).await;
    assert!(matches!(meaning(&outcome), "refused" | "transport"), "no relaying without a login: {outcome:?}");
}
