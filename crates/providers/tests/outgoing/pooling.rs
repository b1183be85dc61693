//! How connections are shared, kept, replaced and closed.

use std::collections::BTreeSet;
use std::time::Duration;

use futures_util::future::join_all;
use outrider_providers::smtp::Transport;
use outrider_testkit::faulty_smtp::{Act, At, Fault, FaultySmtp, Script};

use super::{clear, deliver, mailer, meaning};

#[tokio::test]
async fn a_connection_gone_stale_is_replaced_once_and_nothing_arrives_twice() {
    for (fault, why) in [
        (Fault::once(At::Mail, Act::Drop).after(1), "closed at MAIL"),
        (Fault::once(At::Mail, Act::SayAndDrop("421 4.4.2 idle too long".to_owned())).after(1), "421 at MAIL"),
        (Fault::once(At::Rcpt, Act::Drop).after(1), "closed at RCPT"),
        (Fault::once(At::Data, Act::Drop).after(1), "closed at DATA"),
        (Fault::once(At::Dot, Act::SayAndDrop("250 2.0.0 accepted and goodbye".to_owned())), "closed while kept"),
    ] {
        for pipelining in [true, false] {
            let server = FaultySmtp::start(Script { pipelining, ..Script::failing([fault.clone()]) }).unwrap();
            let mailer = mailer(clear(server.address()));
            for number in 1..=3 {
                let outcome = deliver(&mailer, number).await;
                assert_eq!(meaning(&outcome), "accepted", "{why}, mail {number}: {outcome:?}");
            }
            assert_eq!(server.accepted().len(), 3, "{why}");
            assert_eq!(server.sessions(), 2, "{why}");
        }
    }
}

#[tokio::test]
async fn a_fresh_connection_is_not_replaced() {
    let server = FaultySmtp::start(Script::failing([Fault::always(At::Mail, Act::Drop).after(1)])).unwrap();
    let mailer = mailer(clear(server.address()));
    assert_eq!(meaning(&deliver(&mailer, 1).await), "accepted");
    assert_eq!(meaning(&deliver(&mailer, 2).await), "transport");
    assert_eq!(server.sessions(), 2, "the kept one and one replacement");
}

#[tokio::test]
async fn a_kept_connection_lost_after_the_dot_is_never_tried_again() {
    for act in [Act::AcceptAndDrop, Act::Drop, Act::SayAtLength(200_000)] {
        let server = FaultySmtp::start(Script::failing([Fault::once(At::Dot, act.clone()).after(1)])).unwrap();
        let mailer = mailer(clear(server.address()));
        assert_eq!(meaning(&deliver(&mailer, 1).await), "accepted");
        let outcome = deliver(&mailer, 2).await;
        assert_eq!(meaning(&outcome), "unknown", "{act:?}: {outcome:?}");
        assert_eq!(server.sessions(), 1, "{act:?}");
        let accepted = if act == Act::Drop { 1 } else { 2 };
        assert_eq!(server.accepted().len(), accepted, "{act:?}");
        assert_eq!(meaning(&deliver(&mailer, 3).await), "accepted", "the pool goes on");
    }
}

#[tokio::test]
async fn no_more_connections_than_allowed_and_each_mail_once() {
    let server = FaultySmtp::start(Script::default()).unwrap();
    let mailer = mailer(Transport { max_connections: 3, ..clear(server.address()) });
    let outcomes = join_all((0..60).map(|number| deliver(&mailer, number))).await;
    assert!(outcomes.iter().all(|outcome| meaning(outcome) == "accepted"));
    assert_eq!(server.sessions(), 3);
    let recipients: BTreeSet<String> = server.accepted().into_iter().flat_map(|mail| mail.to).collect();
    assert_eq!((recipients.len(), server.accepted().len()), (60, 60));
}

#[tokio::test]
async fn whoever_waits_too_long_for_a_connection_is_deferred() {
    let server = FaultySmtp::start(Script::failing([Fault::always(At::Dot, Act::AcceptAndStall)])).unwrap();
    let mailer = mailer(Transport { max_connections: 1, ..clear(server.address()) });
    let outcomes = join_all((0..3).map(|number| deliver(&mailer, number))).await;
    let mut meanings: Vec<&str> = outcomes.iter().map(meaning).collect();
    meanings.sort_unstable();
    assert_eq!(meanings, ["transport", "transport", "unknown"]);
    assert_eq!(server.accepted().len(), 1);
}

#[tokio::test]
async fn a_connection_carries_only_so_many_mails() {
    let server = FaultySmtp::start(Script::default()).unwrap();
    let mailer = mailer(Transport { max_mails_per_connection: 3, ..clear(server.address()) });
    for number in 0..10 {
        assert_eq!(meaning(&deliver(&mailer, number).await), "accepted");
    }
    let sessions: Vec<usize> = server.accepted().iter().map(|mail| mail.session).collect();
    assert_eq!(sessions, [0, 0, 0, 1, 1, 1, 2, 2, 2, 3]);
}

#[tokio::test]
async fn an_unused_connection_is_closed_politely() {
    let server = FaultySmtp::start(Script::default()).unwrap();
    let mailer = mailer(Transport { idle_seconds: 1, ..clear(server.address()) });
    assert_eq!(meaning(&deliver(&mailer, 1).await), "accepted");
    let quit = async {
        while !server.commands().iter().any(|(_, line)| line == "QUIT") {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), quit).await.expect("QUIT is said");
    assert_eq!(meaning(&deliver(&mailer, 2).await), "accepted");
    assert_eq!(server.sessions(), 2);
}
