//! Mail out, end to end over loopback: against a server that goes wrong on purpose, over TLS, and against Postfix.

#![expect(clippy::unwrap_used, reason = "helpers of tests may fail the test that called them")]

mod faults;
mod pooling;
mod real;
mod security;
mod tokens;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use outrider_domain::address::Email;
use outrider_domain::mail::{Delivery, OutgoingMail};
use outrider_domain::time::Millis;
use outrider_engine::ports::Mailer as _;
use outrider_providers::mailer::SmtpMailer;
use outrider_providers::smtp::{Security, Timeouts, Transport};

/// Short enough for tests of silence, long enough for a busy machine.
const SHORT: Timeouts = Timeouts {
    connect: Duration::from_secs(2),
    greeting: Duration::from_millis(1_500),
    command: Duration::from_millis(1_500),
    data: Duration::from_millis(1_500),
    block: Duration::from_millis(1_500),
    before_dot: Duration::from_secs(3),
    whole: Duration::from_secs(5),
};

fn email(text: &str) -> Email {
    Email::parse(text).unwrap()
}

fn mail(number: usize) -> OutgoingMail {
    OutgoingMail {
        message_id: format!("act-{number}@sender.test"),
        envelope_from: email("sales@sender.test"),
        from_name: Some("Ann Example".to_owned()),
        from: email("sales@sender.test"),
        reply_to: None,
        to_name: None,
        to: email(&format!("bob+{number}@rcpt.test")),
        subject: format!("Question {number}"),
        text: "Hello Bob,\n.\n..two dots\nbye".to_owned(),
        html: None,
        in_reply_to: None,
        references: Vec::new(),
        unsubscribe_url: None,
        unsubscribe_mailto: None,
        date: Millis(1_782_117_001_000),
    }
}

fn clear(address: SocketAddr) -> Transport {
    Transport::new("127.0.0.1", address.port(), Security::None)
}

fn mailer(transport: Transport) -> SmtpMailer {
    SmtpMailer::with_timeouts(BTreeMap::from([("main".to_owned(), transport)]), Vec::new(), SHORT).unwrap()
}

async fn deliver(mailer: &SmtpMailer, number: usize) -> Delivery {
    mailer.deliver("main", &mail(number)).await
}

/// What an outcome means, in a word: `accepted`, `bad address`, `refused`, `transport` (deferred, the server or connection is at
/// fault), `deferred`, `unknown`.
fn meaning(outcome: &Delivery) -> &'static str {
    match outcome {
        Delivery::Accepted { .. } => "accepted",
        Delivery::Refused { bad_address: true, .. } => "bad address",
        Delivery::Refused { .. } => "refused",
        Delivery::Deferred { transport: true, .. } => "transport",
        Delivery::Deferred { .. } => "deferred",
        Delivery::Unknown { .. } => "unknown",
    }
}
