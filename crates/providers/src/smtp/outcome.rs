//! Owns what a failure means for the mail: the one total mapping to [`Delivery`]. Does no I/O.

use outrider_domain::mail::Delivery;

use super::reply::Reply;
use super::wire::WireError;

/// How far a hand-over had come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Phase {
    /// Waiting for a free connection.
    Slot,
    /// Name lookup and TCP.
    Connect,
    /// The server's first line.
    Greeting,
    /// EHLO or HELO.
    Hello,
    /// STARTTLS or the TLS handshake.
    Tls,
    /// AUTH.
    Auth,
    /// RSET before the next mail.
    Reset,
    /// MAIL FROM.
    MailFrom,
    /// RCPT TO.
    RcptTo,
    /// The DATA command.
    Data,
    /// The content, but not its end.
    Content,
    /// From the first attempt to write the final `.` CRLF on.
    FinalDot,
}

impl Phase {
    /// For people.
    pub(super) fn label(self) -> &'static str {
        match self {
            Self::Slot => "waiting for a free connection",
            Self::Connect => "connecting",
            Self::Greeting => "the greeting",
            Self::Hello => "EHLO",
            Self::Tls => "TLS",
            Self::Auth => "authentication",
            Self::Reset => "RSET",
            Self::MailFrom => "MAIL FROM",
            Self::RcptTo => "RCPT TO",
            Self::Data => "DATA",
            Self::Content => "the content",
            Self::FinalDot => "the final dot",
        }
    }
}

/// What went wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Cause {
    /// The server said no.
    Reply(Reply),
    /// The connection could not be made or is gone.
    Lost(String),
    /// Time ran out.
    Timeout,
    /// The server does not speak SMTP.
    Malformed(&'static str),
    /// TLS failed or a setting forbids to go on.
    Setup(String),
    /// This mail can't go over this server.
    Unsendable(String),
}

/// A hand-over that did not succeed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Failure {
    pub(super) phase: Phase,
    pub(super) cause: Cause,
}

impl Failure {
    pub(super) fn new(phase: Phase, cause: Cause) -> Self {
        Self { phase, cause }
    }

    pub(super) fn wire(phase: Phase, error: WireError) -> Self {
        let cause = match error {
            WireError::Lost(why) => Cause::Lost(why),
            WireError::Malformed(why) => Cause::Malformed(why),
        };
        Self { phase, cause }
    }

    /// Whether a reused connection may simply have gone stale: no content was sent, and the server hung up or said 421 at once.
    pub(super) fn is_stale_connection(&self) -> bool {
        match &self.cause {
            Cause::Lost(_) => self.phase <= Phase::Data,
            Cause::Reply(reply) => reply.code == 421 && self.phase <= Phase::MailFrom,
            _ => false,
        }
    }

    /// For people: what happened, and when.
    pub(super) fn describe(&self) -> String {
        let phase = self.phase.label();
        match &self.cause {
            Cause::Reply(reply) if self.phase == Phase::Auth => {
                format!("authentication was refused: {}", reply.as_line())
            }
            Cause::Reply(reply) => format!("{phase} was refused: {}", reply.as_line()),
            Cause::Lost(why) => format!("connection lost at {phase}: {why}"),
            Cause::Timeout => format!("timed out at {phase}"),
            Cause::Malformed(why) => format!("the server does not speak SMTP at {phase}: {why}"),
            Cause::Setup(why) => format!("{phase}: {why}"),
            Cause::Unsendable(why) => why.clone(),
        }
    }

    /// What it means for the mail; see the table in the tests.
    pub(super) fn into_delivery(self) -> Delivery {
        let description = self.describe();
        let deferred = |code, transport| Delivery::Deferred { code, response: description.clone(), transport };
        let reply = match self.cause {
            Cause::Unsendable(response) => {
                return Delivery::Refused { code: None, enhanced: None, response, bad_address: false };
            }
            Cause::Reply(reply) => reply,
            _ if self.phase == Phase::FinalDot => return Delivery::Unknown { response: description },
            _ => return deferred(None, true),
        };
        let code = Some(reply.code);
        let refused = |bad_address| Delivery::Refused {
            code,
            enhanced: reply.enhanced.clone(),
            response: reply.text.clone(),
            bad_address,
        };
        match (self.phase, reply.code) {
            (_, 421) => deferred(code, true),
            // An answer to the dot that is neither yes nor no.
            (Phase::FinalDot, 200..400) => Delivery::Unknown { response: description },
            (phase, _) if phase <= Phase::Reset => deferred(code, true),
            // A yes where none could be given: the two sides no longer talk about the same command.
            (_, 200..400) => deferred(code, true),
            // The server wants a login or encryption (RFC 4954 6): the settings are at fault, not the mail.
            (Phase::MailFrom | Phase::RcptTo | Phase::Data, 530 | 534 | 535 | 538) => deferred(code, true),
            (Phase::MailFrom, 400..500) => deferred(code, true),
            (_, 400..500) => deferred(code, false),
            (Phase::RcptTo, _) => refused(is_bad_address(&reply)),
            // Some servers judge the recipient only after the content; then only its own status code counts.
            (Phase::FinalDot, _) => refused(reply.enhanced.as_deref().is_some_and(names_bad_mailbox)),
            _ => refused(false),
        }
    }
}

/// Enhanced codes about the recipient's address (RFC 3463 3.2, 3.3). 5.1.7 and 5.1.8 are about the sender's.
fn names_bad_mailbox(enhanced: &str) -> bool {
    matches!(enhanced, "5.1.0" | "5.1.1" | "5.1.2" | "5.1.3" | "5.1.4" | "5.1.6" | "5.1.10" | "5.2.1")
}

/// What servers write that answer RCPT without a code of the above kind.
const UNKNOWN_USER: [&str; 14] = [
    "user unknown",
    "unknown user",
    "no such user",
    "user not found",
    "user doesn't exist",
    "user does not exist",
    "unknown recipient",
    "recipient unknown",
    "no such recipient",
    "recipient not found",
    "no such mailbox",
    "mailbox not found",
    "mailbox unavailable",
    "does not exist",
];

fn is_bad_address(reply: &Reply) -> bool {
    let says_unknown = || {
        let text = reply.text.to_lowercase();
        UNKNOWN_USER.iter().any(|phrase| text.contains(phrase))
    };
    match reply.enhanced.as_deref() {
        Some(enhanced) if names_bad_mailbox(enhanced) => true,
        // 5.0.0 and 5.5.x say nothing about the mailbox: the words decide. Other codes (5.7.1 policy, 5.2.2 full) speak for themselves.
        Some(enhanced) => (enhanced == "5.0.0" || enhanced.starts_with("5.5.")) && says_unknown(),
        None => matches!(reply.code, 550 | 551 | 553 | 554) && says_unknown(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Cause, Failure, Phase};
    use crate::smtp::reply::ReplyParser;
    use outrider_domain::mail::Delivery;

    fn replied(phase: Phase, line: &str) -> Failure {
        let reply = ReplyParser::default().push(line.as_bytes()).unwrap().unwrap();
        Failure::new(phase, Cause::Reply(reply))
    }

    /// `deferred`, `transport` (deferred, transport at fault), `refused`, `bad address`, `unknown`.
    fn meaning(failure: Failure) -> &'static str {
        match failure.into_delivery() {
            Delivery::Accepted { .. } => "accepted",
            Delivery::Refused { bad_address: true, .. } => "bad address",
            Delivery::Refused { .. } => "refused",
            Delivery::Deferred { transport: true, .. } => "transport",
            Delivery::Deferred { .. } => "deferred",
            Delivery::Unknown { .. } => "unknown",
        }
    }

    const PHASES: [Phase; 12] = [
        Phase::Slot,
        Phase::Connect,
        Phase::Greeting,
        Phase::Hello,
        Phase::Tls,
        Phase::Auth,
        Phase::Reset,
        Phase::MailFrom,
        Phase::RcptTo,
        Phase::Data,
        Phase::Content,
        Phase::FinalDot,
    ];

    #[test]
    fn replies_mean() {
        for (phase, line, expected) in [
            (Phase::Greeting, "554 5.7.1 no service", "transport"),
            (Phase::Hello, "550 go away", "transport"),
            (Phase::Auth, "535 5.7.8 bad credentials", "transport"),
            (Phase::Auth, "454 4.7.0 try later", "transport"),
            (Phase::MailFrom, "450 4.7.1 slow down", "transport"),
            (Phase::MailFrom, "530 5.7.0 authentication required", "transport"),
            (Phase::MailFrom, "553 5.1.8 sender unknown", "refused"),
            (Phase::MailFrom, "552 5.3.4 too big", "refused"),
            (Phase::RcptTo, "450 4.2.0 greylisted", "deferred"),
            (Phase::RcptTo, "452 4.5.3 too many recipients", "deferred"),
            (Phase::RcptTo, "550 5.1.1 whoever", "bad address"),
            (Phase::RcptTo, "550 5.1.10 null mx", "bad address"),
            (Phase::RcptTo, "550 5.2.1 disabled", "bad address"),
            (Phase::RcptTo, "550 5.1.8 sender's domain does not exist", "refused"),
            (Phase::RcptTo, "550 5.7.1 user unknown or policy", "refused"),
            (Phase::RcptTo, "552 5.2.2 mailbox full", "refused"),
            (Phase::RcptTo, "550 5.5.0 User Unknown", "bad address"),
            (Phase::RcptTo, "550 5.5.0 no", "refused"),
            (Phase::RcptTo, "550 No such user here", "bad address"),
            (Phase::RcptTo, "550 relaying denied", "refused"),
            (Phase::RcptTo, "554 5.7.1 relay access denied", "refused"),
            (Phase::Data, "451 4.3.0 later", "deferred"),
            (Phase::Data, "554 5.5.1 no valid recipients", "refused"),
            (Phase::Data, "250 what", "transport"),
            (Phase::Content, "552 5.3.4 too big", "refused"),
            (Phase::FinalDot, "451 4.7.1 later", "deferred"),
            (Phase::FinalDot, "550 5.7.1 spam", "refused"),
            (Phase::FinalDot, "550 5.1.1 nobody", "bad address"),
            (Phase::FinalDot, "550 user unknown", "refused"),
            (Phase::FinalDot, "354 go on", "unknown"),
        ] {
            assert_eq!(meaning(replied(phase, line)), expected, "{phase:?} {line}");
        }
    }

    #[test]
    fn service_closing_is_the_transports_trouble_at_any_phase() {
        for phase in PHASES {
            assert_eq!(meaning(replied(phase, "421 4.3.2 closing")), "transport", "{phase:?}");
        }
    }

    #[test]
    fn silence_is_unknown_only_after_the_dot() {
        for phase in PHASES {
            let expected = if phase == Phase::FinalDot { "unknown" } else { "transport" };
            for cause in [Cause::Lost("x".to_owned()), Cause::Timeout, Cause::Malformed("x")] {
                assert_eq!(meaning(Failure::new(phase, cause.clone())), expected, "{phase:?} {cause:?}");
            }
        }
    }

    #[test]
    fn only_what_never_sent_content_may_be_stale() {
        for phase in PHASES {
            assert_eq!(
                Failure::new(phase, Cause::Lost(String::new())).is_stale_connection(),
                phase < Phase::Content,
                "{phase:?}"
            );
            assert!(!Failure::new(phase, Cause::Timeout).is_stale_connection());
        }
        assert!(replied(Phase::MailFrom, "421 4.4.2 idle").is_stale_connection());
        assert!(!replied(Phase::RcptTo, "421 4.7.0 busy").is_stale_connection());
        assert!(!replied(Phase::MailFrom, "450 4.7.1 slow").is_stale_connection());
    }
}
