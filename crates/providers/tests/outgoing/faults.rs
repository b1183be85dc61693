//! What is reported when a server goes wrong, compared with what the server knows it accepted.

use futures_util::future::join_all;
use outrider_domain::mail::Delivery;
use outrider_testkit::faulty_smtp::{Act, At, Fault, FaultySmtp, Script};

use super::{clear, deliver, mail, mailer, meaning};

/// Sends one mail to a server with one fault, with and without PIPELINING, and compares outcome and truth.
async fn expect(at: At, act: Act, expected: &str, accepted: usize) {
    for pipelining in [true, false] {
        let script = Script { pipelining, ..Script::failing([Fault::always(at, act.clone())]) };
        let server = FaultySmtp::start(script).unwrap();
        let outcome = deliver(&mailer(clear(server.address())), 1).await;
        let what = format!("{at:?} {act:?} pipelining {pipelining}: {outcome:?}");
        assert_eq!(meaning(&outcome), expected, "{what}");
        assert_eq!(server.accepted().len(), accepted, "{what}");
        assert_eq!(server.sessions(), 1, "tried once: {what}");
        assert_eq!(server.violations(), Vec::<String>::new(), "{what}");
    }
}

fn say(text: &str) -> Act {
    Act::Say(text.to_owned())
}

const BEFORE_THE_DOT: [At; 6] = [At::Greeting, At::Ehlo, At::Mail, At::Rcpt, At::Data, At::Content];

#[tokio::test]
async fn refusals_at_each_phase() {
    for (at, text, expected) in [
        (At::Greeting, "554 5.7.1 no service here", "transport"),
        (At::Ehlo, "550 5.7.1 go away", "transport"),
        (At::Mail, "550 5.7.1 sender not allowed", "refused"),
        (At::Rcpt, "550 5.1.1 user unknown", "bad address"),
        (At::Rcpt, "554 5.7.1 relay access denied", "refused"),
        (At::Data, "554 5.6.0 no", "refused"),
        (At::Dot, "550 5.7.1 looks like spam", "refused"),
        (At::Greeting, "450 4.3.2 busy", "transport"),
        (At::Ehlo, "451 4.3.0 later", "transport"),
        (At::Mail, "451 4.3.0 later", "transport"),
        (At::Rcpt, "451 4.7.1 greylisted", "deferred"),
        (At::Data, "451 4.3.0 later", "deferred"),
        (At::Dot, "451 4.3.0 later", "deferred"),
    ] {
        expect(at, say(text), expected, 0).await;
    }
    for at in [At::Greeting, At::Ehlo, At::Mail, At::Rcpt, At::Data, At::Dot] {
        expect(at, say("421 4.3.2 shutting down"), "transport", 0).await;
        expect(at, Act::SayAndDrop("421 4.3.2 shutting down".to_owned()), "transport", 0).await;
    }
}

#[tokio::test]
async fn a_lost_connection_is_unknown_only_after_the_dot() {
    for at in BEFORE_THE_DOT {
        // A small mail may be written whole before the close is seen: then the dot may have left, and that is said.
        if at != At::Content {
            expect(at, Act::Drop, "transport", 0).await;
        }
    }
    expect(At::Dot, Act::Drop, "unknown", 0).await;
    expect(At::Dot, Act::AcceptAndDrop, "unknown", 1).await;
}

#[tokio::test]
async fn silence_is_unknown_only_after_the_dot() {
    let mut cases = vec![expect(At::Dot, Act::Stall, "unknown", 0), expect(At::Dot, Act::AcceptAndStall, "unknown", 1)];
    let before = [At::Greeting, At::Ehlo, At::Mail, At::Rcpt, At::Data];
    cases.extend(before.map(|at| expect(at, Act::Stall, "transport", 0)));
    join_all(cases).await;
}

#[tokio::test]
async fn a_large_mail_cut_off_in_its_content_is_definitely_not_accepted() {
    for (act, expected) in [
        (Act::Drop, "transport"),
        (Act::Stall, "transport"),
        (say("552 5.3.4 too big"), "refused"),
        (say("452 4.3.1 disk full"), "deferred"),
        (say("421 4.3.2 shutting down"), "transport"),
    ] {
        let server = FaultySmtp::start(Script::failing([Fault::always(At::Content, act.clone())])).unwrap();
        let mut large = mail(1);
        large.text = "All work and no play makes Jack a dull boy.\n".repeat(400_000);
        let outcome = outrider_engine::ports::Mailer::deliver(&mailer(clear(server.address())), "main", &large).await;
        assert_eq!(meaning(&outcome), expected, "{act:?}: {outcome:?}");
        assert!(server.accepted().is_empty(), "{act:?}");
    }
}

#[tokio::test]
async fn answers_may_be_long_but_not_endless() {
    for at in [At::Greeting, At::Ehlo, At::Mail, At::Rcpt, At::Data, At::Dot] {
        expect(at, Act::SayAtLength(5_000), "accepted", 1).await;
    }
    expect(At::Mail, Act::SayAtLength(200_000), "transport", 0).await;
    expect(At::Dot, Act::SayAtLength(200_000), "unknown", 1).await;
}

#[tokio::test]
async fn what_is_no_smtp_is_not_taken_for_an_answer() {
    for text in ["HTTP/1.1 400 Bad Request", "2500 ok", "250-a\r\n251 b", "099 x", ""] {
        expect(At::Mail, say(text), "transport", 0).await;
        let dot = FaultySmtp::start(Script::failing([Fault::always(At::Dot, say(text))])).unwrap();
        let outcome = deliver(&mailer(clear(dot.address())), 1).await;
        assert_eq!(meaning(&outcome), "unknown", "{text}: {outcome:?}");
    }
}

#[tokio::test]
async fn an_answer_nobody_asked_for_stops_the_mail_before_the_dot() {
    // The surplus 250 would otherwise be read as the answer to the dot.
    let server =
        FaultySmtp::start(Script::failing([Fault::always(At::Data, say("354 go on\r\n250 2.0.0 accepted"))])).unwrap();
    let outcome = deliver(&mailer(clear(server.address())), 1).await;
    assert_eq!(meaning(&outcome), "transport", "{outcome:?}");
    assert!(server.accepted().is_empty());
}

#[tokio::test]
async fn a_server_that_wants_content_without_a_recipient_gets_a_lone_dot() {
    let refused_once = Fault::once(At::Rcpt, say("550 5.1.1 nobody"));
    let script = Script::failing([refused_once, Fault::once(At::Data, say("354 go on"))]);
    let server = FaultySmtp::start(script).unwrap();
    let mailer = mailer(clear(server.address()));
    assert_eq!(meaning(&deliver(&mailer, 1).await), "bad address");
    assert_eq!(meaning(&deliver(&mailer, 2).await), "accepted");
    let accepted = server.accepted();
    assert_eq!((accepted.len(), accepted[0].to.as_slice()), (1, ["bob+2@rcpt.test".to_owned()].as_slice()));
    assert_eq!(server.sessions(), 1, "the connection was kept");
}

#[tokio::test]
async fn a_refused_sender_never_becomes_an_empty_mail() {
    let server = FaultySmtp::start(Script::failing([Fault::always(At::Mail, say("550 5.7.1 not you"))])).unwrap();
    let mailer = mailer(clear(server.address()));
    assert_eq!(meaning(&deliver(&mailer, 1).await), "refused");
    assert_eq!(meaning(&deliver(&mailer, 2).await), "refused");
    assert!(server.accepted().is_empty(), "{:?}", server.accepted());
}

#[tokio::test]
async fn greylisting_defers_and_the_next_try_goes_through() {
    for pipelining in [true, false] {
        let server = FaultySmtp::start(Script { greylist: true, pipelining, ..Script::default() }).unwrap();
        let mailer = mailer(clear(server.address()));
        let first = deliver(&mailer, 1).await;
        assert_eq!(meaning(&first), "deferred", "{first:?}");
        assert!(matches!(&first, Delivery::Deferred { code: Some(450), .. }));
        assert_eq!(meaning(&deliver(&mailer, 1).await), "accepted");
        assert_eq!(server.accepted().len(), 1);
        assert_eq!(server.sessions(), 1, "the connection was kept and reset");
        assert!(server.commands().iter().any(|(_, line)| line == "RSET"));
    }
}

#[tokio::test]
async fn dots_arrive_as_written() {
    let server = FaultySmtp::start(Script::default()).unwrap();
    let outcome = deliver(&mailer(clear(server.address())), 7).await;
    assert_eq!(outcome, Delivery::Accepted { response: "250 2.0.0 accepted".to_owned() });
    let accepted = server.accepted().remove(0);
    assert_eq!((accepted.from.as_str(), accepted.to[0].as_str()), ("sales@sender.test", "bob+7@rcpt.test"));
    let content = String::from_utf8(accepted.content).unwrap();
    assert!(content.ends_with("\r\n\r\nHello Bob,\r\n.\r\n..two dots\r\nbye\r\n"), "{content}");
    assert!(content.contains("Message-ID: <act-7@sender.test>\r\n"));
}

#[tokio::test]
async fn a_mail_over_the_servers_limit_is_refused_before_it_is_sent() {
    let server = FaultySmtp::start(Script { size: Some(200), ..Script::default() }).unwrap();
    let outcome = deliver(&mailer(clear(server.address())), 1).await;
    assert!(
        matches!(&outcome, Delivery::Refused { code: None, response, .. } if response.contains("at most 200")),
        "{outcome:?}"
    );
    assert!(!server.commands().iter().any(|(_, line)| line.starts_with("MAIL")));
    let roomy = FaultySmtp::start(Script { size: Some(200_000), ..Script::default() }).unwrap();
    assert_eq!(meaning(&deliver(&mailer(clear(roomy.address())), 1).await), "accepted");
    assert!(roomy.commands().iter().any(|(_, line)| line.starts_with("MAIL FROM:<sales@sender.test> SIZE=")));
}

#[tokio::test]
async fn a_server_without_ehlo_is_spoken_to_in_the_old_way() {
    let server = FaultySmtp::start(Script::failing([Fault::always(At::Ehlo, say("502 5.5.1 what"))])).unwrap();
    assert_eq!(meaning(&deliver(&mailer(clear(server.address())), 1).await), "accepted");
    assert_eq!(server.violations(), Vec::<String>::new());
    assert!(server.commands().iter().any(|(_, line)| line == "HELO [127.0.0.1]"));
}

#[tokio::test]
async fn nobody_listening_and_no_such_transport_are_deferred() {
    let address = FaultySmtp::start(Script::default()).unwrap().address();
    let mailer = mailer(clear(address));
    let outcome = deliver(&mailer, 1).await;
    assert_eq!(meaning(&outcome), "transport", "{outcome:?}");
    let outcome = outrider_engine::ports::Mailer::deliver(&mailer, "other", &mail(1)).await;
    assert_eq!(meaning(&outcome), "transport");
}
