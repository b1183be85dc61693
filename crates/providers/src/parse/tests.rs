//! Mails as real systems write them, and mails nobody should write.

use outrider_domain::classify::{classify, new_text};
use outrider_domain::mail::{DeliveryStatus, InboundKind};
use proptest::prelude::{Just, Strategy, any, proptest};

use super::{Envelope, MAX_MAIL, MAX_TEXT, ParseError, parse};

fn crlf(text: &str) -> Vec<u8> {
    text.replace('\n', "\r\n").into_bytes()
}

const PLAIN: &str = "Return-Path: <jo@lead.example>
From: =?UTF-8?Q?J=C3=B6_L=C3=A9?= <Jo@Lead.example>
To: Sam <sam@us.example>, \"Other, One\" <other@us.example>
Cc: team@us.example
Subject: =?iso-8859-1?Q?Re:_Gr=FC=DFe?=
 folded
Message-ID: <reply-1@lead.example>
In-Reply-To: <m1@us.example>
References: <m0@us.example> <m1@us.example>
Date: Tue, 4 Aug 2026 10:12:00 +0200
MIME-Version: 1.0
Content-Type: text/plain; charset=\"windows-1252\"
Content-Transfer-Encoding: quoted-printable

Sch=F6n, das passt mir =96 danke.

On Mon, 3 Aug 2026 at 09:00, Sam <sam@us.example> wrote:
> Hi
";

const POSTFIX_BOUNCE: &str = "Return-Path: <>
From: MAILER-DAEMON@mx.us.example (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
To: bounces@us.example
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
\tboundary=\"B/mx\"
Message-Id: <20260804@mx.us.example>

This is a MIME-encapsulated message.

--B/mx
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

This is the mail system at host mx.us.example.

<jo@lead.example>: host mx.lead.example said: 550 5.1.1 User unknown

--B/mx
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.us.example
X-Postfix-Sender: rfc822; bounces@us.example

Final-Recipient: rfc822; Fine@lead.example
Action: delivered
Status: 2.0.0

Final-Recipient: rfc822; Jo@lead.example
Original-Recipient: rfc822;jo+alias@lead.example
Action: failed
Status: 5.1.1
Remote-MTA: dns; mx.lead.example
Diagnostic-Code: smtp; 550 5.1.1 User
    unknown

--B/mx
Content-Description: Undelivered Message
Content-Type: message/rfc822

From: sam@us.example
To: jo@lead.example
Subject: Hello
Message-ID: <m1@us.example>

Please remove me from your list.
--B/mx--
";

const COMPLAINT: &str = "From: <fbl@isp.example>
To: <abuse@us.example>
Subject: FW: Hello
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary=\"part\"

--part
Content-Type: text/plain; charset=\"US-ASCII\"
Content-Transfer-Encoding: 7bit

This is an email abuse report.

--part
Content-Type: message/feedback-report

Feedback-Type: abuse
User-Agent: SomeGenerator/1.0
Version: 1
Original-Rcpt-To: <jo@lead.example>
Arrival-Date: Tue, 4 Aug 2026 10:00:00 +0000

--part
Content-Type: text/rfc822-headers

From: <sam@us.example>
To: <jo@lead.example>
Subject: Hello
Message-ID: <m1@us.example>

--part--
";

const QMAIL: &str = "Return-Path: <>
From: MAILER-DAEMON@mail.other.example
To: bounces@us.example
Subject: failure notice

Hi. This is the qmail-send program at mail.other.example.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<jo@lead.example>:
192.0.2.7 does not like recipient.
Remote host said: 550 5.1.1 no such user here
Giving up on 192.0.2.7.

--- Below this line is a copy of the message.

Return-Path: <bounces@us.example>
Message-ID: <m1@us.example>
Subject: Hello

unsubscribe
";

const EXIM: &str = "From: Mail Delivery System <Mailer-Daemon@mx.other.example>
To: bounces@us.example
X-Failed-Recipients: jo@lead.example
Auto-Submitted: auto-replied
Subject: Mail delivery failed: returning message to sender

This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

  jo@lead.example
    host mx.lead.example [192.0.2.9]
    SMTP error from remote mail server after RCPT TO:<jo@lead.example>:
    552 5.2.2 Mailbox full

------ This is a copy of the message, including all the headers. ------

Message-Id: <m1@us.example>
From: sam@us.example

Hi
";

const EXIM_DELAY: &str = "From: Mail Delivery System <Mailer-Daemon@mx.other.example>
To: bounces@us.example
Auto-Submitted: auto-replied
Subject: Warning: message 1kX delayed 24 hours

This message was created automatically by mail delivery software.
The following address has been delayed: jo@lead.example
No action is required on your part.
";

const EXCHANGE: &str = "From: Microsoft Outlook <postmaster@lead.example>
To: bounces@us.example
Subject: Undeliverable: Hello
Auto-Submitted: auto-generated
Content-Type: text/html; charset=utf-8

<html><body><p>Your message to <b>jo@lead.example</b> couldn't be delivered.</p>
<p>550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup</p></body></html>
";

#[test]
fn a_persons_answer_is_decoded() {
    let mail = parse(&crlf(PLAIN), None).expect("a mail");
    assert_eq!(mail.message_id.as_deref(), Some("reply-1@lead.example"));
    assert_eq!(mail.envelope_from.as_deref(), Some("jo@lead.example"));
    assert_eq!(mail.from.as_deref(), Some("jo@lead.example"));
    assert_eq!(mail.from_name.as_deref(), Some("Jö Lé"));
    assert_eq!(mail.to, ["sam@us.example", "other@us.example", "team@us.example"]);
    assert_eq!(mail.subject, "Re: Grüße folded");
    assert_eq!(mail.in_reply_to, ["m1@us.example"]);
    assert_eq!(mail.references, ["m0@us.example", "m1@us.example"]);
    assert_eq!(mail.date.map(|date| date.to_string()).as_deref(), Some("2026-08-04T08:12:00.000Z"));
    assert_eq!(new_text(&mail.text), "Schön, das passt mir – danke.");
    assert_eq!(classify(&mail).kind, InboundKind::Reply);
}

#[test]
fn the_transports_envelope_wins() {
    let envelope = Envelope { from: String::new(), to: vec!["Bounces@us.example".to_owned()] };
    let mail = parse(&crlf(PLAIN), Some(&envelope)).expect("a mail");
    assert_eq!(mail.envelope_from.as_deref(), Some(""));
    assert_eq!(mail.to.first().map(String::as_str), Some("bounces@us.example"));
}

#[test]
fn a_delivery_status_names_the_first_failed_recipient() {
    let mail = parse(&crlf(POSTFIX_BOUNCE), None).expect("a mail");
    assert_eq!(
        mail.delivery_status,
        Some(DeliveryStatus {
            action: "failed".to_owned(),
            status: "5.1.1".to_owned(),
            recipient: Some("jo+alias@lead.example".to_owned()),
            diagnostic: Some("550 5.1.1 User unknown".to_owned()),
        })
    );
    assert_eq!(mail.original_message_id.as_deref(), Some("m1@us.example"));
    assert_eq!(mail.envelope_from.as_deref(), Some(""));
    let found = classify(&mail);
    assert_eq!((found.kind, found.bad_address), (InboundKind::HardBounce, true));
}

#[test]
fn vague_status_gives_way_to_the_diagnostic() {
    let vague = POSTFIX_BOUNCE.replace("Status: 5.1.1", "Status: 5.0.0").replace("smtp; 550 5.1.1", "smtp; 550 #5.7.1");
    assert_eq!(parse(&crlf(&vague), None).expect("a mail").delivery_status.expect("a status").status, "5.7.1");
    let missing = POSTFIX_BOUNCE.replace("Status: 5.1.1\n", "").replace("smtp; 550 5.1.1", "smtp; 450");
    assert_eq!(parse(&crlf(&missing), None).expect("a mail").delivery_status.expect("a status").status, "4.0.0");
}

#[test]
fn a_delay_is_a_soft_bounce() {
    let delay = POSTFIX_BOUNCE.replace("Action: failed", "Action: delayed").replace("5.1.1", "4.4.1");
    let mail = parse(&crlf(&delay), None).expect("a mail");
    assert_eq!(classify(&mail).kind, InboundKind::SoftBounce);
}

#[test]
fn a_complaint_is_read() {
    let mail = parse(&crlf(COMPLAINT), None).expect("a mail");
    let report = mail.feedback_report.clone().expect("a report");
    assert_eq!((report.feedback_type.as_str(), report.recipient.as_deref()), ("abuse", Some("jo@lead.example")));
    assert_eq!(mail.original_message_id.as_deref(), Some("m1@us.example"));
    assert_eq!(classify(&mail).kind, InboundKind::Complaint);
    let redacted = COMPLAINT.replace("Original-Rcpt-To: <jo@lead.example>\n", "");
    let report = parse(&crlf(&redacted), None).expect("a mail").feedback_report.expect("a report");
    assert_eq!(report.recipient.as_deref(), Some("jo@lead.example"), "from the attached headers");
}

#[test]
fn bounces_in_prose_are_recognised() {
    let table: &[(&str, &str, &str, &str, Option<&str>)] = &[
        (QMAIL, "failed", "5.1.1", "jo@lead.example", Some("m1@us.example")),
        (EXIM, "failed", "5.2.2", "jo@lead.example", Some("m1@us.example")),
        (EXIM_DELAY, "delayed", "4.0.0", "jo@lead.example", None),
        (EXCHANGE, "failed", "5.1.10", "jo@lead.example", None),
    ];
    for (text, action, status, recipient, original) in table {
        let mail = parse(&crlf(text), None).expect("a mail");
        let found = mail.delivery_status.clone().expect("a status");
        assert_eq!((found.action.as_str(), found.status.as_str()), (*action, *status), "{}", mail.subject);
        assert_eq!(found.recipient.as_deref(), Some(*recipient), "{}", mail.subject);
        assert_eq!(mail.original_message_id.as_deref(), *original, "{}", mail.subject);
    }
}

#[test]
fn a_person_who_writes_of_bounces_is_no_bounce() {
    let forged = EXCHANGE.replace("postmaster@lead.example", "jo@lead.example");
    assert_eq!(parse(&crlf(&forged), None).expect("a mail").delivery_status, None);
    let forwarded = format!(
        "From: jo@lead.example\nSubject: Fwd\nContent-Type: multipart/mixed; boundary=x\n\n--x\n\nlook\n--x\nContent-Type: message/rfc822\n\n{PLAIN}\n--x--\n"
    );
    let mail = parse(&crlf(&forwarded), None).expect("a mail");
    assert_eq!((mail.original_message_id, mail.text.trim()), (None, "look"));
}

#[test]
fn charsets_and_encodings() {
    let head = "From: jo@lead.example\nSubject: x\nMIME-Version: 1.0\nContent-Type: text/plain; charset=";
    let table: &[(&str, &str, &[u8], &str)] = &[
        ("utf-8", "base64", b"R3LDvMOfZQ==", "Grüße"),
        ("iso-8859-1", "8bit", b"Gr\xfc\xdfe", "Grüße"),
        ("windows-1252", "8bit", b"\x80 5", "€ 5"),
        ("koi8-r", "8bit", b"\xf0\xd2\xc9\xd7\xc5\xd4", "Привет"),
        ("shift_jis", "8bit", b"\x82\xb1\x82\xf1\x82\xc9\x82\xbf\x82\xcd", "こんにちは"),
        ("gb2312", "8bit", b"\xc4\xe3\xba\xc3", "你好"),
        ("iso-2022-jp", "7bit", b"\x1b$B$3$s\x1b(B", "こん"),
        ("no-such-charset", "8bit", b"Gr\xc3\xbc\xc3\x9fe", "Grüße"),
        ("utf-8", "quoted-printable", b"Gr=C3=BC=C3=9F=\r\ne", "Grüße"),
    ];
    for (charset, encoding, body, wanted) in table {
        let mut raw = crlf(&format!("{head}{charset}\nContent-Transfer-Encoding: {encoding}\n\n"));
        raw.extend_from_slice(body);
        assert_eq!(parse(&raw, None).expect("a mail").text.trim(), *wanted, "{charset} {encoding}");
    }
}

#[test]
fn multipart_trees() {
    let tree = "From: jo@lead.example
Subject: x
Content-Type: multipart/mixed; boundary=a

--a
Content-Type: multipart/related; boundary=b

--b
Content-Type: multipart/alternative; boundary=c

--c
Content-Type: text/plain

plain
--c
Content-Type: text/html

<p>html</p>
--c--
--b
Content-Type: image/png
Content-Transfer-Encoding: base64

aGVsbG8=
--b--
--a
Content-Type: text/plain
Content-Disposition: attachment; filename=notes.txt

attached
--a--
";
    assert_eq!(parse(&crlf(tree), None).expect("a mail").text.trim(), "plain");
    let html_only = tree.replace("Content-Type: text/plain\n\nplain", "Content-Type: image/gif\n\nx");
    assert_eq!(parse(&crlf(&html_only), None).expect("a mail").text.trim(), "html");
}

#[test]
fn limits_hold() {
    assert!(matches!(parse(&vec![b'a'; MAX_MAIL + 1], None), Err(ParseError::TooLarge { .. })));
    assert_eq!(parse(b"", None), Err(ParseError::NotAMail));
    let long = format!("From: jo@lead.example\r\nSubject: {}\r\n\r\n{}", "s".repeat(100_000), "ü".repeat(MAX_TEXT));
    let mail = parse(long.as_bytes(), None).expect("a mail");
    assert!(mail.text.len() <= MAX_TEXT && mail.subject.len() <= 2_000);
    let many = format!(
        "From: jo@lead.example\r\nReferences: {}\r\nTo: {}\r\n\r\nx",
        "<a@b.example> ".repeat(10_000),
        "c@d.example, ".repeat(10_000)
    );
    let mail = parse(many.as_bytes(), None).expect("a mail");
    assert_eq!((mail.references.len(), mail.to.len()), (100, 1));
}

#[test]
fn a_mail_the_decoder_chokes_on_keeps_its_header_and_text() {
    assert!(super::guarded(|_| panic!("as the decoder may")).is_none());
    assert_eq!(super::undecoded_body(b"From: a@b.example\r\n\r\nunsubscribe\r\n\xff"), "unsubscribe\n\u{fffd}");
}

#[test]
fn mails_within_mails_without_end_are_refused_and_some_depth_is_fine() {
    let nested = |depth: usize| {
        format!(
            "From: a@b.example\r\n{}From: c@d.example\r\n\r\nx",
            "Content-Type: message/rfc822\r\n\r\n".repeat(depth)
        )
    };
    assert_eq!(parse(nested(400_000).as_bytes(), None), Err(ParseError::TooNested));
    assert!(parse(nested(super::MAX_CONTAINERS).as_bytes(), None).is_ok());
    let mut boundaries = String::from("From: a@b.example\r\n");
    for level in 0..super::MAX_CONTAINERS {
        boundaries.push_str(&format!("Content-Type: multipart/mixed; boundary=b{level}\r\n\r\n--b{level}\r\n"));
    }
    assert!(parse(boundaries.as_bytes(), None).is_ok());
}

#[test]
fn hostile_shapes_cost_little() {
    let started = std::time::Instant::now();
    let header = "From: a@b.example\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n";
    for raw in [
        format!("{header}{}", "--b\r\n\r\n\r\n".repeat(100_000)),
        format!("{header}{}", "--b\r\nContent-Type: text/html\r\n\r\n<\r\n".repeat(20_000)),
        format!("From: a@b.example\r\nContent-Type: text/html\r\n\r\n{}", "<blockquote>&".repeat(100_000)),
        format!("From: a@b.example\r\nContent-Type: text/html\r\n\r\n{}", "<!--".repeat(200_000)),
        format!("From: {}\r\n\r\nx", "\"a\" <".repeat(100_000)),
        format!("From: {}\r\n\r\nx", "(".repeat(500_000)),
        format!("Subject: {}\r\n\r\nx", "=?utf-8?q?".repeat(50_000)),
        format!("From: postmaster@x.example\r\nSubject: undeliverable\r\n\r\n{}", "5.1.".repeat(200_000)),
        "a:\r\n".repeat(200_000),
    ] {
        let begun = std::time::Instant::now();
        if let Ok(mail) = parse(raw.as_bytes(), None) {
            assert!(!classify(&mail).evidence.is_empty());
        }
        assert!(begun.elapsed().as_secs() < 20, "{:?} for {:?}", begun.elapsed(), &raw[..80]);
    }
    assert!(started.elapsed().as_secs() < 60);
}

fn samples() -> impl Strategy<Value = Vec<u8>> {
    proptest::sample::select(vec![PLAIN, POSTFIX_BOUNCE, COMPLAINT, QMAIL, EXIM, EXCHANGE]).prop_map(crlf)
}

/// A sample with bytes replaced, a stretch removed and a stretch doubled.
fn mutated() -> impl Strategy<Value = Vec<u8>> {
    let edits = proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 0..20);
    let stretch = (any::<proptest::sample::Index>(), 0..200usize);
    (samples(), edits, stretch.clone(), stretch, Just(())).prop_map(|(mut raw, edits, cut, double, ())| {
        for (at, byte) in edits {
            let at = at.index(raw.len());
            raw[at] = byte;
        }
        let at = double.0.index(raw.len());
        let copy = raw[at..(at + double.1).min(raw.len())].to_vec();
        raw.splice(at..at, copy);
        let at = cut.0.index(raw.len());
        raw.drain(at..(at + cut.1).min(raw.len()));
        raw
    })
}

/// Only the decoder beneath is guarded: a panic of ours is seen here.
fn survives(raw: &[u8]) {
    let envelope = Envelope { from: "<>".to_owned(), to: vec![String::from_utf8_lossy(raw).into_owned()] };
    for envelope in [None, Some(&envelope)] {
        if let Ok(mail) = parse(raw, envelope) {
            let found = classify(&mail);
            assert!(!found.evidence.is_empty());
            assert!(new_text(&mail.text).len() <= mail.text.len());
            assert!(!mail.subject.contains(['\n', '\r']));
        }
    }
}

proptest! {
    #[test]
    fn random_bytes_never_panic(raw in proptest::collection::vec(any::<u8>(), 0..600)) {
        survives(&raw);
    }

    #[test]
    fn random_headers_never_panic(raw in "((From|To|Subject|Date|Content-Type|References|Return-Path|Auto-Submitted): [ -~é=?;<>@\"]{0,60}\r\n){0,8}\r\n[ -~\r\n<>&;]{0,200}") {
        survives(raw.as_bytes());
    }

    #[test]
    fn mutated_mails_never_panic(raw in mutated()) {
        survives(&raw);
    }
}
