//! Signatures are checked offline by mail-auth's verifier, with the DNS answer we publish put in its cache.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::Hash;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use mail_auth::common::cache::NoCache;
use mail_auth::common::parse::TxtRecordParser as _;
use mail_auth::hickory_resolver::config::{ResolverConfig, ResolverOpts};
use mail_auth::{
    AuthenticatedMessage, DkimResult, MX, MessageAuthenticator, Parameters, RecordSet, ResolverCache, Txt,
};
use outrider_domain::address::{Domain, Email};
use outrider_domain::mail::OutgoingMail;
use outrider_domain::time::Millis;

use super::{DkimError, DomainKey, KeyKind, generate_key};
use crate::compose::compose;

struct Zone(Mutex<HashMap<Box<str>, Txt>>);

impl ResolverCache<Box<str>, Txt> for Zone {
    fn get<Q>(&self, name: &Q) -> Option<Txt>
    where
        Box<str>: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.0.lock().unwrap().get(name).cloned()
    }
    fn remove<Q>(&self, name: &Q) -> Option<Txt>
    where
        Box<str>: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.0.lock().unwrap().remove(name)
    }
    fn insert(&self, key: Box<str>, value: Txt, _: Instant) {
        self.0.lock().unwrap().insert(key, value);
    }
}

fn mail() -> OutgoingMail {
    OutgoingMail {
        message_id: "act-1@sender.test".to_owned(),
        envelope_from: Email::parse("bounces@sender.test").unwrap(),
        from_name: Some("Änn".to_owned()),
        from: Email::parse("ann@sender.test").unwrap(),
        reply_to: None,
        to_name: None,
        to: Email::parse("bob@rcpt.test").unwrap(),
        subject: "Grüße".to_owned(),
        text: "Hello\n.\ntwo  blanks \n\n\n".to_owned(),
        html: Some("<p>Hello</p>".to_owned()),
        in_reply_to: Some("q@rcpt.test".to_owned()),
        references: vec!["q@rcpt.test".to_owned()],
        unsubscribe_url: Some("https://u.sender.test/u/abc".to_owned()),
        unsubscribe_mailto: None,
        date: Millis(1_782_117_001_000),
    }
}

async fn verdict(key: &DomainKey, dns_txt: &str, message: &[u8]) -> DkimResult {
    let zone = Zone(Mutex::new(HashMap::new()));
    let record = mail_auth::common::verify::DomainKey::parse(dns_txt.as_bytes()).unwrap();
    zone.insert(format!("{}.", key.dns_name()).into(), record.into(), Instant::now() + Duration::from_secs(60));
    let authenticator = MessageAuthenticator::new(ResolverConfig::default(), ResolverOpts::default()).unwrap();
    let parsed = AuthenticatedMessage::parse(message).unwrap();
    let parameters = Parameters {
        params: &parsed,
        cache_txt: Some(&zone),
        cache_mx: None::<&NoCache<Box<str>, RecordSet<MX>>>,
        cache_ptr: None::<&NoCache<IpAddr, RecordSet<Box<str>>>>,
        cache_ipv4: None::<&NoCache<Box<str>, RecordSet<Ipv4Addr>>>,
        cache_ipv6: None::<&NoCache<Box<str>, RecordSet<Ipv6Addr>>>,
    };
    let output = authenticator.verify_dkim(parameters).await;
    assert_eq!(output.len(), 1, "one signature");
    output[0].result().clone()
}

#[tokio::test]
async fn both_kinds_of_key_verify_and_a_changed_mail_does_not() {
    for kind in [KeyKind::Rsa2048, KeyKind::Ed25519] {
        let generated = generate_key(kind).unwrap();
        let key =
            DomainKey::from_pem(Domain::parse("sender.test").unwrap(), "mail", &generated.private_key_pem).unwrap();
        assert_eq!(key.dns_txt(), generated.dns_txt);
        assert_eq!(key.is_slow(), kind == KeyKind::Rsa2048);
        let message = compose(&mail()).unwrap();
        let header = key.sign(&message).unwrap();
        let signed = [header.as_bytes(), &message].concat();
        assert_eq!(verdict(&key, &generated.dns_txt, &signed).await, DkimResult::Pass, "{kind:?}: {header}");

        let text = String::from_utf8(signed).unwrap();
        for (from, to) in [
            ("One-Click", "Two-Click"),
            ("Hello", "Hullo"),
            ("<q@rcpt.test>", "<r@rcpt.test>"),
            ("From: ", "From: <eve@evil.test>\r\nFrom: "),
            ("To: ", "To: <eve@evil.test>\r\nTo: "),
        ] {
            let forged = text.replace(from, to);
            assert_ne!(forged, text);
            assert_ne!(
                verdict(&key, &generated.dns_txt, forged.as_bytes()).await,
                DkimResult::Pass,
                "{kind:?}: {from}"
            );
        }
        let refolded = text.replace("List-Unsubscribe: <", "List-Unsubscribe:   <");
        assert_eq!(verdict(&key, &generated.dns_txt, refolded.as_bytes()).await, DkimResult::Pass, "relaxed headers");
    }
}

#[test]
fn a_signature_names_the_headers_the_mail_has() {
    let generated = generate_key(KeyKind::Ed25519).unwrap();
    let key =
        DomainKey::from_pem(Domain::parse("sender.test").unwrap(), "s1.mail", &generated.private_key_pem).unwrap();
    let signed_headers = |mail: &OutgoingMail| {
        let header = key.sign(&compose(mail).unwrap()).unwrap().replace([' ', '\r', '\n', '\t'], "").to_lowercase();
        assert!(
            header.contains("d=sender.test;") && header.contains("s=s1.mail;") && header.contains("c=relaxed/relaxed;"),
            "{header}"
        );
        let names = header.split_once("h=").unwrap().1.split_once(';').unwrap().0;
        let mut names: Vec<String> = names.split(':').map(str::to_owned).collect();
        names.sort();
        names
    };
    let full = signed_headers(&OutgoingMail { reply_to: Some(Email::parse("r@sender.test").unwrap()), ..mail() });
    let expected = [
        "content-type",
        "date",
        "date",
        "from",
        "from",
        "in-reply-to",
        "list-unsubscribe",
        "list-unsubscribe-post",
        "message-id",
        "mime-version",
        "references",
        "reply-to",
        "subject",
        "subject",
        "to",
        "to",
    ];
    assert_eq!(full, expected);
    let bare =
        signed_headers(&OutgoingMail { unsubscribe_url: None, in_reply_to: None, references: Vec::new(), ..mail() });
    assert_eq!(
        bare,
        [
            "content-type",
            "date",
            "date",
            "from",
            "from",
            "message-id",
            "mime-version",
            "subject",
            "subject",
            "to",
            "to"
        ]
    );
}

#[test]
fn what_is_no_key_is_refused() {
    let domain = Domain::parse("sender.test").unwrap();
    for pem in ["", "hello", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"] {
        assert_eq!(DomainKey::from_pem(domain.clone(), "mail", pem).err(), Some(DkimError::UnusableKey));
    }
    let good = generate_key(KeyKind::Ed25519).unwrap().private_key_pem;
    assert_eq!(DomainKey::from_pem(domain, "ma il", &good).err(), Some(DkimError::Selector));
}
