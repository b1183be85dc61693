//! TLS, certificates and passwords, with certificates made here.

use std::io::Write as _;
use std::sync::Arc;

use outrider_domain::mail::Delivery;
use outrider_providers::smtp::{Security, Transport};
use outrider_testkit::faulty_smtp::{Act, At, Fault, FaultySmtp, Script};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::PrivateKeyDer;

use super::{clear, deliver, mailer, meaning};

/// A certificate authority's file and a server configuration it vouches for, valid for 127.0.0.1.
fn certificates() -> (tempfile::NamedTempFile, Arc<ServerConfig>) {
    let mut authority = CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let certificate =
        CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap().signed_by(&key, &authority).unwrap();
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(authority.pem().as_bytes()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], PrivateKeyDer::Pkcs8(key.serialize_der().into()))
        .unwrap();
    (file, Arc::new(config))
}

fn with_password(transport: Transport) -> Transport {
    Transport { username: Some("user".to_owned()), password: Some("password".to_owned()), ..transport }
}

fn auth(mechanism: &str) -> Script {
    Script { auth: vec![mechanism.to_owned()], ..Script::default() }
}

fn said(server: &FaultySmtp, verb: &str) -> bool {
    server.commands().iter().any(|(_, line)| line.starts_with(verb))
}

#[tokio::test]
async fn a_certificate_is_taken_when_its_authority_is_trusted() {
    let (file, config) = certificates();
    for tls in [Security::Starttls, Security::Implicit] {
        let script = match tls {
            Security::Implicit => Script { implicit_tls: Some(Arc::clone(&config)), ..Script::default() },
            _ => Script { starttls: Some(Arc::clone(&config)), ..Script::default() },
        };
        let server = FaultySmtp::start(script).unwrap();
        let trusting = Transport { tls, ca_file: Some(file.path().to_owned()), ..clear(server.address()) };
        let outcome = deliver(&mailer(trusting.clone()), 1).await;
        assert_eq!(meaning(&outcome), "accepted", "{tls:?}: {outcome:?}");
        assert!(server.accepted()[0].encrypted);

        let suspicious = Transport { ca_file: None, ..trusting.clone() };
        let outcome = deliver(&mailer(suspicious.clone()), 2).await;
        assert!(
            matches!(&outcome, Delivery::Deferred { transport: true, response, .. } if response.contains("handshake")),
            "{outcome:?}"
        );

        let wrong_name = Transport { host: "localhost".to_owned(), ..trusting };
        assert_eq!(meaning(&deliver(&mailer(wrong_name), 3).await), "transport");
        assert_eq!(server.accepted().len(), 1);

        let careless = Transport { danger_accept_invalid_certs: true, ..suspicious };
        assert_eq!(meaning(&deliver(&mailer(careless), 4).await), "accepted");
    }
}

#[tokio::test]
async fn required_encryption_is_never_given_up() {
    let server = FaultySmtp::start(Script::default()).unwrap();
    let outcome = deliver(&mailer(Transport { tls: Security::Starttls, ..clear(server.address()) }), 1).await;
    assert!(
        matches!(&outcome, Delivery::Deferred { transport: true, response, .. } if response.contains("STARTTLS")),
        "{outcome:?}"
    );
    assert!(!said(&server, "MAIL"));
    assert_eq!(
        meaning(&deliver(&mailer(Transport { tls: Security::Opportunistic, ..clear(server.address()) }), 2).await),
        "accepted"
    );
}

#[tokio::test]
async fn opportunistic_encryption_takes_any_certificate_but_not_with_a_password() {
    let (file, config) = certificates();
    let server = FaultySmtp::start(Script { starttls: Some(config), ..auth("PLAIN") }).unwrap();
    let opportunistic = Transport { tls: Security::Opportunistic, ..clear(server.address()) };
    assert_eq!(meaning(&deliver(&mailer(opportunistic.clone()), 1).await), "accepted");
    assert!(server.accepted()[0].encrypted);
    let secret = with_password(opportunistic);
    assert_eq!(meaning(&deliver(&mailer(secret.clone()), 2).await), "transport");
    assert!(!said(&server, "AUTH"), "the password stayed here");
    let checked = Transport { ca_file: Some(file.path().to_owned()), ..secret };
    assert_eq!(meaning(&deliver(&mailer(checked), 3).await), "accepted");
    assert_eq!(server.accepted()[1].user.as_deref(), Some("user"));
}

#[tokio::test]
async fn a_password_is_not_sent_in_clear_text() {
    let server = FaultySmtp::start(auth("PLAIN")).unwrap();
    let transport = with_password(Transport { tls: Security::Opportunistic, ..clear(server.address()) });
    let outcome = deliver(&mailer(transport.clone()), 1).await;
    assert!(
        matches!(&outcome, Delivery::Deferred { transport: true, response, .. } if response.contains("not encrypted")),
        "{outcome:?}"
    );
    assert!(!said(&server, "AUTH"));
    let allowed = Transport { allow_insecure_auth: true, ..transport };
    assert_eq!(meaning(&deliver(&mailer(allowed), 2).await), "accepted");
    assert_eq!(server.accepted()[0].user.as_deref(), Some("user"));
}

#[tokio::test]
async fn both_mechanisms_work_and_a_wrong_password_is_the_transports_fault() {
    for mechanism in ["PLAIN", "LOGIN"] {
        let server = FaultySmtp::start(auth(mechanism)).unwrap();
        let right = with_password(Transport { allow_insecure_auth: true, ..clear(server.address()) });
        assert_eq!(meaning(&deliver(&mailer(right.clone()), 1).await), "accepted", "{mechanism}");
        let wrong = Transport { password: Some("wrong".to_owned()), ..right };
        let outcome = deliver(&mailer(wrong), 2).await;
        let Delivery::Deferred { code: Some(535), response, transport: true } = &outcome else { panic!("{outcome:?}") };
        assert!(response.contains("authentication was refused") && !response.contains("wrong"), "{response}");
    }
    let server = FaultySmtp::start(auth("CRAM-MD5")).unwrap();
    let unknown = with_password(Transport { allow_insecure_auth: true, ..clear(server.address()) });
    assert_eq!(meaning(&deliver(&mailer(unknown), 1).await), "transport");
}

#[tokio::test]
async fn clear_text_smuggled_behind_starttls_is_refused() {
    let (file, config) = certificates();
    let injected = Fault::always(At::StartTls, Act::Say("220 2.0.0 go ahead\r\n250 injected".to_owned()));
    let server = FaultySmtp::start(Script { starttls: Some(config), ..Script::failing([injected]) }).unwrap();
    let transport =
        Transport { tls: Security::Starttls, ca_file: Some(file.path().to_owned()), ..clear(server.address()) };
    let outcome = deliver(&mailer(transport), 1).await;
    assert!(
        matches!(&outcome, Delivery::Deferred { transport: true, response, .. } if response.contains("clear text")),
        "{outcome:?}"
    );
}

#[tokio::test]
async fn the_boundary_holds_under_encryption() {
    let (file, config) = certificates();
    for (at, act, expected, accepted) in [
        (At::Data, Act::Drop, "transport", 0),
        (At::Dot, Act::Drop, "unknown", 0),
        (At::Dot, Act::AcceptAndDrop, "unknown", 1),
        (At::Dot, Act::AcceptAndStall, "unknown", 1),
        (At::Dot, Act::Say("451 4.3.0 later".to_owned()), "deferred", 0),
    ] {
        let script =
            Script { starttls: Some(Arc::clone(&config)), ..Script::failing([Fault::always(at, act.clone())]) };
        let server = FaultySmtp::start(script).unwrap();
        let transport =
            Transport { tls: Security::Starttls, ca_file: Some(file.path().to_owned()), ..clear(server.address()) };
        let outcome = deliver(&mailer(transport), 1).await;
        assert_eq!(meaning(&outcome), expected, "{at:?} {act:?}: {outcome:?}");
        assert_eq!(server.accepted().len(), accepted, "{at:?} {act:?}");
    }
}

#[tokio::test]
async fn a_check_reports_each_step_and_stops_at_the_first_failure() {
    let (file, config) = certificates();
    let server = FaultySmtp::start(Script { starttls: Some(config), ..auth("PLAIN") }).unwrap();
    let good = with_password(Transport {
        tls: Security::Starttls,
        ca_file: Some(file.path().to_owned()),
        ..clear(server.address())
    });
    let steps = mailer(good.clone()).check("main").await.unwrap();
    let names: Vec<&str> = steps.iter().map(|step| step.step).collect();
    assert_eq!(names, ["connecting", "the greeting", "EHLO", "TLS", "EHLO", "authentication", "NOOP", "QUIT"]);
    assert!(steps.iter().all(|step| step.ok), "{steps:?}");
    assert!(!format!("{steps:?}").contains("password"));

    let bad = Transport { password: Some("wrong".to_owned()), ..good.clone() };
    let steps = mailer(bad).check("main").await.unwrap();
    let last = steps.last().unwrap();
    assert_eq!((last.step, last.ok), ("authentication", false), "{steps:?}");
    assert!(steps[..steps.len() - 1].iter().all(|step| step.ok));
    assert!(server.accepted().is_empty(), "a check sends no mail");
    assert_eq!(mailer(good).check("other").await, None);
}
