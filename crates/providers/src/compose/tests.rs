//! What is built is read back with an independent parser; lines, encodings and injection are checked on the bytes.

use mail_parser::MessageParser;
use outrider_domain::address::Email;
use outrider_domain::mail::OutgoingMail;
use outrider_domain::time::Millis;

use super::{ComposeError, compose};

fn email(text: &str) -> Email {
    Email::parse(text).unwrap()
}

pub(super) fn mail() -> OutgoingMail {
    OutgoingMail {
        message_id: "act-1@sender.test".to_owned(),
        envelope_from: email("bounces@sender.test"),
        from_name: Some("Ann Example".to_owned()),
        from: email("ann@sender.test"),
        reply_to: None,
        to_name: Some("Bob".to_owned()),
        to: email("bob@rcpt.test"),
        subject: "A question about widgets".to_owned(),
        text: "Hello Bob,\n\nhow are you?\n\nAnn".to_owned(),
        html: None,
        in_reply_to: None,
        references: Vec::new(),
        unsubscribe_url: None,
        unsubscribe_mailto: None,
        date: Millis(1_782_117_001_000),
    }
}

fn build(mail: &OutgoingMail) -> String {
    String::from_utf8(compose(mail).unwrap()).unwrap()
}

#[test]
fn a_plain_mail_has_exactly_these_bytes() {
    let mut plain = mail();
    plain.unsubscribe_url = Some("https://u.sender.test/u/abc".to_owned());
    plain.unsubscribe_mailto = Some("unsubscribe@sender.test".to_owned());
    plain.reply_to = Some(email("replies@sender.test"));
    plain.in_reply_to = Some("q@rcpt.test".to_owned());
    plain.references = vec!["root@sender.test".to_owned(), "q@rcpt.test".to_owned()];
    let expected = concat!(
        "From: \"Ann Example\" <ann@sender.test>\r\n",
        "To: \"Bob\" <bob@rcpt.test>\r\n",
        "Reply-To: <replies@sender.test>\r\n",
        "Subject: A question about widgets\r\n",
        "Date: Mon, 22 Jun 2026 08:30:01 +0000\r\n",
        "Message-ID: <act-1@sender.test>\r\n",
        "In-Reply-To: <q@rcpt.test>\r\n",
        "References: <root@sender.test> <q@rcpt.test>\r\n",
        "List-Unsubscribe: <https://u.sender.test/u/abc>,\r\n <mailto:unsubscribe@sender.test>\r\n",
        "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n",
        "MIME-Version: 1.0\r\n",
        "Content-Type: text/plain; charset=\"utf-8\"\r\n",
        "Content-Transfer-Encoding: 7bit\r\n",
        "\r\n",
        "Hello Bob,\r\n\r\nhow are you?\r\n\r\nAnn\r\n",
    );
    assert_eq!(build(&plain), expected);
}

#[test]
fn what_a_reader_sees_is_what_was_written() {
    let long = "слово ".repeat(60);
    for (name, subject, text) in [
        ("Ünal Müller", "Grüße aus München: 50 % günstiger?", "Zeile eins äöü\n.\n..zwei\nFrom here\n"),
        (
            "Doe, John \"JD\" (x)",
            "plain = ok? yes; and a very long subject that must be folded somewhere near the end of it",
            "short",
        ),
        ("株式会社", "=?utf-8?Q?not_encoded?= it says", "日本語の本文。\n二行目"),
        ("Ann", &"x".repeat(990), &"y".repeat(5_000)),
        ("Ann", long.trim(), &long),
        ("=?utf-8?Q?evil?=", "two  blanks", "trailing blank \nx"),
    ] {
        let mut written = mail();
        written.from_name = Some(name.to_owned());
        written.subject = subject.to_owned();
        written.text = text.to_owned();
        written.html = Some(format!("<p>{text}</p>"));
        let bytes = compose(&written).unwrap();
        assert!(bytes.is_ascii());
        for line in bytes.split(|b| *b == b'\n') {
            assert!(line.len() <= 79, "{}", String::from_utf8_lossy(line));
        }
        let parsed = MessageParser::default().parse(&bytes).unwrap();
        assert_eq!(parsed.from().unwrap().first().unwrap().name(), Some(name));
        assert_eq!(parsed.subject(), Some(subject));
        let plain = parsed.body_text(0).unwrap().replace("\r\n", "\n");
        assert_eq!(plain.trim_end_matches('\n'), text.trim_end_matches('\n'));
        let html = parsed.body_html(0).unwrap().replace("\r\n", "\n");
        assert_eq!(html.trim_end_matches('\n'), format!("<p>{text}</p>"));
        assert_eq!(parsed.parts.len(), 3);
        assert_eq!(bytes, compose(&written).unwrap(), "the same mail gives the same bytes");
    }
}

#[test]
fn line_breaks_in_headers_are_refused() {
    type Change = fn(&mut OutgoingMail);
    let changes: [(&str, Change); 9] = [
        ("subject CRLF", |m| m.subject = "x\r\nBcc: eve@evil.test".to_owned()),
        ("subject LF", |m| m.subject = "x\nBcc: eve@evil.test".to_owned()),
        ("subject CR", |m| m.subject = "x\rBcc: eve@evil.test".to_owned()),
        ("from name", |m| m.from_name = Some("x\r\nBcc: eve@evil.test".to_owned())),
        ("to name NUL", |m| m.to_name = Some("x\0y".to_owned())),
        ("message id", |m| m.message_id = "a@b>\r\nBcc: <eve@evil.test".to_owned()),
        ("url", |m| m.unsubscribe_url = Some("https://a.test/\r\nBcc: eve@evil.test".to_owned())),
        ("url frame", |m| m.unsubscribe_url = Some("https://a.test/>,<https://evil.test".to_owned())),
        ("mailto", |m| m.unsubscribe_mailto = Some("a@b.test\nBcc: eve@evil.test".to_owned())),
    ];
    for (what, change) in changes {
        let mut hostile = mail();
        change(&mut hostile);
        assert!(compose(&hostile).is_err(), "{what}");
    }
    let mut long = mail();
    long.subject = "x".repeat(1_001);
    assert_eq!(compose(&long), Err(ComposeError::TooLong("the subject", 1_000)));
}

#[test]
fn foreign_message_ids_that_are_not_plain_are_left_out() {
    let mut reply = mail();
    reply.in_reply_to = Some("x@y>\r\nBcc: <eve@evil.test".to_owned());
    reply.references = vec!["bad id@x".to_owned(), "good@rcpt.test".to_owned(), "no-at".to_owned()];
    let built = build(&reply);
    assert!(!built.contains("Bcc") && !built.contains("In-Reply-To"), "{built}");
    assert!(built.contains("References: <good@rcpt.test>\r\n"), "{built}");
}

#[test]
fn long_threads_keep_their_root_and_their_newest() {
    let mut reply = mail();
    reply.references = (0..50).map(|n| format!("message-number-{n}@a-rather-long-host-name.rcpt.test")).collect();
    let built = build(&reply);
    let parsed = MessageParser::default().parse(built.as_bytes()).unwrap();
    let kept = parsed.references().as_text_list().unwrap().to_vec();
    assert_eq!(kept.len(), 20);
    assert!(
        kept[0].starts_with("message-number-0@")
            && kept[1].starts_with("message-number-31@")
            && kept[19].starts_with("message-number-49@")
    );
    assert!(built.lines().all(|line| line.len() <= 78), "folded");
}

#[test]
fn bodies_that_need_no_encoding_stay_readable() {
    let mut latin = mail();
    latin.text = format!("Grüße an alle.\n{}", "A plain sentence. ".repeat(20));
    assert!(build(&latin).contains("Content-Transfer-Encoding: quoted-printable"));
    let mut japanese = mail();
    japanese.text = "日本語の本文。".repeat(20);
    assert!(build(&japanese).contains("Content-Transfer-Encoding: base64"));
}

proptest::proptest! {
    #[test]
    fn no_text_adds_a_header_or_breaks_a_line(
        name in proptest::prelude::any::<String>(),
        subject in proptest::prelude::any::<String>(),
        text in proptest::prelude::any::<String>(),
        reference in "[!-~ \r\n]{0,60}@[!-~ \r\n]{0,60}",
    ) {
        let mut written = mail();
        written.from_name = Some(name);
        written.subject = subject.clone();
        written.text = text;
        written.references = vec![reference];
        let Ok(bytes) = compose(&written) else { return Ok(()) };
        let built = String::from_utf8(bytes.clone()).unwrap();
        let (head, _) = built.split_once("\r\n\r\n").unwrap();
        let unfolded = head.replace("\r\n ", " ").replace("\r\n\t", " ");
        let mut names: Vec<&str> = unfolded.split("\r\n").map(|line| line.split_once(':').unwrap().0).collect();
        names.retain(|name| *name != "References");
        let expected = ["From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type", "Content-Transfer-Encoding"];
        proptest::prop_assert_eq!(names, expected);
        proptest::prop_assert!(built.is_ascii());
        proptest::prop_assert!(!built.replace("\r\n", "").contains(['\r', '\n']));
        proptest::prop_assert!(built.split("\r\n").all(|line| line.len() <= 998));
        let parsed = MessageParser::default().parse(&bytes).unwrap();
        proptest::prop_assert_eq!(parsed.subject().unwrap_or("").trim(), subject.trim());
    }
}
