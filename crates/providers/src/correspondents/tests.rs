//! Answers as the rest of the product sees them: decoded and classified.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::future::BoxFuture;
use outrider_domain::classify::{Classification, classify, new_text};
use outrider_domain::mail::{InboundKind, InboundMail};
use outrider_domain::time::{Clock, Millis};

use super::{Answer, Correspondents, DOMAINS, answer};
use crate::capture::{CaptureLimits, CaptureServer, CaptureSink, CapturedMail, Refusal};
use crate::parse::{Envelope, parse};

const NOW: Millis = Millis(1_785_830_400_000);

fn captured(to: &str) -> CapturedMail {
    let raw = format!(
        "From: Sam Doe <sam@us.example>\r\nTo: {to}\r\nSubject: Gr=?utf-8?q?=C3=BC?=\u{df}e\r\nMessage-ID: <m1@us.example>\r\nReferences: <m0@us.example>\r\nDate: Tue, 4 Aug 2026 08:00:00 +0000\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nHi,\r\nreply STOP to unsubscribe.\r\n.dot\r\n"
    );
    CapturedMail {
        envelope_from: "bounces+m1@us.example".to_owned(),
        recipients: vec![to.to_owned()],
        raw: raw.into_bytes(),
        client: "c".to_owned(),
    }
}

fn read(answer: &Answer) -> (InboundMail, Classification) {
    let envelope = Envelope { from: answer.envelope_from.clone(), to: vec![answer.to.clone()] };
    let mail = parse(&answer.raw, Some(&envelope)).expect("an answer that can be read");
    let found = classify(&mail);
    (mail, found)
}

#[test]
fn each_domain_answers_in_its_way() {
    let wanted = [
        ("replies.example", InboundKind::Reply, "ana.lopez@replies.example", "sam@us.example"),
        ("away.example", InboundKind::OutOfOffice, "", "bounces+m1@us.example"),
        ("bounces.example", InboundKind::HardBounce, "", "bounces+m1@us.example"),
        ("optout.example", InboundKind::OptOutRequest, "ana.lopez@optout.example", "sam@us.example"),
        ("soft.example", InboundKind::SoftBounce, "", "bounces+m1@us.example"),
        ("complains.example", InboundKind::Complaint, "feedback@complains.example", "bounces+m1@us.example"),
    ];
    assert_eq!(wanted.len(), DOMAINS.len());
    for (domain, kind, from, to) in wanted {
        let recipient = format!("ana.lopez@{domain}");
        let sent = answer(&captured(&recipient), NOW).expect("an answer");
        let (mail, found) = read(&sent);
        assert_eq!(found.kind, kind, "{domain}: {:?}", found.evidence);
        assert_eq!((sent.envelope_from.as_str(), sent.to.as_str()), (from, to), "{domain}");
        assert!(sent.delay < Duration::from_secs(15), "{domain}");
        assert_eq!(
            mail.date,
            Some(Millis((NOW.0 + i64::try_from(sent.delay.as_millis()).expect("a delay")) / 1_000 * 1_000))
        );
        assert!(
            !String::from_utf8_lossy(&sent.raw).replace("\r\n", "").contains(['\r', '\n']),
            "{domain}: bare line ends"
        );
        match kind {
            InboundKind::Reply | InboundKind::OptOutRequest => {
                assert_eq!(mail.in_reply_to, ["m1@us.example"]);
                assert_eq!(mail.references, ["m0@us.example", "m1@us.example"]);
                assert_eq!(mail.from_name.as_deref(), Some("Ana Lopez"));
                assert!(mail.text.contains("> reply STOP to unsubscribe."), "{}", mail.text);
                assert!(!new_text(&mail.text).contains("STOP"));
            }
            InboundKind::OutOfOffice => assert!(found.back_on.is_some_and(|day| day > NOW), "{}", mail.text),
            InboundKind::HardBounce | InboundKind::SoftBounce => {
                let status = mail.delivery_status.expect("a status");
                assert_eq!(status.recipient.as_deref(), Some(recipient.as_str()));
                assert_eq!(mail.original_message_id.as_deref(), Some("m1@us.example"));
                assert_eq!(found.bad_address, kind == InboundKind::HardBounce);
            }
            InboundKind::Complaint => {
                assert_eq!(
                    mail.feedback_report.and_then(|report| report.recipient).as_deref(),
                    Some(recipient.as_str())
                );
                assert_eq!(mail.original_message_id.as_deref(), Some("m1@us.example"));
            }
            InboundKind::AutoReply => panic!("no script answers so"),
        }
    }
}

#[test]
fn every_variant_is_classified_as_meant() {
    let mut texts = std::collections::HashSet::new();
    for (domain, kind) in
        [("replies", InboundKind::Reply), ("optout", InboundKind::OptOutRequest), ("away", InboundKind::OutOfOffice)]
    {
        for person in 0..60 {
            let (mail, found) =
                read(&answer(&captured(&format!("person{person}@{domain}.example")), NOW).expect("an answer"));
            assert_eq!(found.kind, kind, "{}: {:?}", mail.text, found.evidence);
            texts.insert(new_text(&mail.text).chars().take(20).collect::<String>());
        }
    }
    assert!(texts.len() >= 14, "texts vary by recipient: {}", texts.len());
}

#[test]
fn answers_are_the_same_each_time_and_differ_by_mail() {
    let mail = captured("ana@replies.example");
    assert_eq!(answer(&mail, NOW), answer(&mail, NOW));
    let mut other = mail.clone();
    other.raw = String::from_utf8(mail.raw.clone()).expect("text").replace("<m1@", "<m2@").into_bytes();
    let id = |mail: &CapturedMail| read(&answer(mail, NOW).expect("an answer")).0.message_id;
    assert_ne!(id(&mail), id(&other));
}

#[test]
fn nobody_else_answers() {
    assert_eq!(answer(&captured("ana@quiet.example"), NOW), None);
    assert_eq!(answer(&captured("ana@sub.replies.example"), NOW), None);
    let mut from_nobody = captured("ana@replies.example");
    from_nobody.envelope_from = String::new();
    assert_eq!(answer(&from_nobody, NOW), None);
    let headed = |header: &str| {
        let mut mail = captured("ana@replies.example");
        mail.raw.splice(0..0, format!("{header}\r\n").into_bytes());
        answer(&mail, NOW)
    };
    assert_eq!(headed("Auto-Submitted: auto-replied"), None);
    assert_eq!(headed("In-Reply-To: <scripted.1@replies.example>"), None);
    assert!(headed("In-Reply-To: <m0@us.example>").is_some());
}

struct Fixed;

impl Clock for Fixed {
    fn now(&self) -> Millis {
        NOW
    }
}

#[derive(Default)]
struct Mailbox(Mutex<Vec<CapturedMail>>, Mutex<u32>);

impl CaptureSink for Mailbox {
    fn accept(&self, mail: CapturedMail) -> BoxFuture<'_, Result<(), Refusal>> {
        let mut failures = self.1.lock().expect("a lock");
        let outcome = if *failures > 0 {
            *failures -= 1;
            Err(Refusal::later("busy"))
        } else {
            self.0.lock().expect("a lock").push(mail);
            Ok(())
        };
        Box::pin(async { outcome })
    }
}

#[tokio::test]
async fn answers_arrive_over_smtp_even_when_refused_for_a_while() {
    let mailbox = Arc::new(Mailbox::default());
    *mailbox.1.lock().expect("a lock") = 2;
    let sink: Arc<dyn CaptureSink> = mailbox.clone();
    let server =
        CaptureServer::bind(([127, 0, 0, 1], 0).into(), CaptureLimits::default(), sink).await.expect("a server");
    let correspondents = Correspondents::new(server.address(), Duration::ZERO);
    for (domain, _) in DOMAINS {
        assert!(correspondents.notice(&captured(&format!("ana@{domain}")), &Fixed));
    }
    assert!(!correspondents.notice(&captured("ana@quiet.example"), &Fixed));
    let all = async {
        while mailbox.0.lock().expect("a lock").len() < DOMAINS.len() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), all).await.expect("all answers");
    let mails = mailbox.0.lock().expect("a lock").clone();
    for mail in mails {
        let scripted = DOMAINS.iter().find_map(|(domain, _)| {
            let sent = answer(&captured(&format!("ana@{domain}")), NOW)?;
            (sent.raw == mail.raw && sent.envelope_from == mail.envelope_from && mail.recipients == [sent.to])
                .then_some(())
        });
        assert!(scripted.is_some(), "{}", String::from_utf8_lossy(&mail.raw));
    }
}
