//! Owns scripted correspondents: people and mail systems of `*.example` domains that answer captured mails with real mails over SMTP.
//! Must not pass for real people: every answer says in its text or headers that it is scripted, and nothing leaves the capture mailbox.

mod machines;
mod people;
mod submit;
#[cfg(test)]
mod tests;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use outrider_domain::address::Email;
use outrider_domain::mail::InboundMail;
use outrider_domain::time::{Clock, Millis};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::capture::CapturedMail;
use crate::parse::{Envelope, parse};

pub use submit::{SubmitError, submit};

/// What a mail to a scripted domain brings about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Behaviour {
    /// An interested person answers, quoting the mail.
    Replies,
    /// Out of office (RFC 3834).
    Away,
    /// The mail system reports 5.1.1 (RFC 3464).
    Bounces,
    /// A person asks to be removed.
    OptsOut,
    /// The mail system reports a delay, 4.2.2.
    Delays,
    /// The provider sends an abuse report (RFC 5965).
    Complains,
}

/// Scripted domains. Mail to any other stays unanswered.
pub const DOMAINS: &[(&str, Behaviour)] = &[
    ("replies.example", Behaviour::Replies),
    ("away.example", Behaviour::Away),
    ("bounces.example", Behaviour::Bounces),
    ("optout.example", Behaviour::OptsOut),
    ("soft.example", Behaviour::Delays),
    ("complains.example", Behaviour::Complains),
];

/// A mail that a correspondent sends back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// How long after the mail it is sent.
    pub delay: Duration,
    /// MAIL FROM; empty for `<>`.
    pub envelope_from: String,
    /// The one RCPT TO.
    pub to: String,
    /// The whole mail, CRLF line ends.
    pub raw: Vec<u8>,
}

/// What a script knows of the mail it answers.
struct Letter<'a> {
    /// The scripted recipient.
    recipient: &'a Email,
    /// Where bounces go.
    envelope_from: &'a str,
    mail: &'a InboundMail,
    raw: &'a [u8],
    /// Picks among variants; the same for the same recipient.
    choice: u64,
    /// When the answer is sent.
    at: Millis,
    /// Without brackets; derived from the mail, so that the same mail gets the same answer.
    message_id: String,
}

/// The answer to a mail, if its first scripted recipient gives one. Pure: the same mail and `now` give the same bytes.
///
/// Machines are not answered (RFC 3834 section 2), nor is a thread in which the correspondent has already written.
#[must_use]
pub fn answer(mail: &CapturedMail, now: Millis) -> Option<Answer> {
    let (recipient, behaviour) = mail.recipients.iter().find_map(|recipient| {
        let recipient = Email::parse(recipient).ok()?;
        let (_, behaviour) = DOMAINS.iter().find(|(domain, _)| *domain == recipient.domain())?;
        Some((recipient, *behaviour))
    })?;
    if mail.envelope_from.is_empty() {
        return None;
    }
    let envelope = Envelope { from: mail.envelope_from.clone(), to: mail.recipients.clone() };
    let decoded = parse(&mail.raw, Some(&envelope)).ok()?;
    if decoded.headers.iter().any(|(name, value)| name == "auto-submitted" && !value.eq_ignore_ascii_case("no")) {
        return None;
    }
    let own = format!("@{}", recipient.domain());
    if decoded.in_reply_to.iter().chain(&decoded.references).any(|id| id.ends_with(&own)) {
        return None;
    }
    let choice = hash(&[recipient.as_str()]);
    let delay = Duration::from_millis(match behaviour {
        Behaviour::Replies | Behaviour::OptsOut => 4_000 + choice % 8_000,
        Behaviour::Away => 1_200,
        Behaviour::Bounces | Behaviour::Delays => 800,
        Behaviour::Complains => 3_000,
    });
    let identity = hash(&[decoded.message_id.as_deref().unwrap_or(""), recipient.as_str(), &decoded.subject]);
    let letter = Letter {
        recipient: &recipient,
        envelope_from: &mail.envelope_from,
        mail: &decoded,
        raw: &mail.raw,
        choice,
        at: now.plus(i64::try_from(delay.as_millis()).unwrap_or(0)),
        message_id: format!("scripted.{identity:016x}{own}"),
    };
    let (envelope_from, to, raw) = match behaviour {
        Behaviour::Replies => people::interested(&letter)?,
        Behaviour::OptsOut => people::opts_out(&letter)?,
        Behaviour::Away => people::away(&letter)?,
        Behaviour::Bounces => machines::bounce(&letter),
        Behaviour::Delays => machines::delay(&letter),
        Behaviour::Complains => machines::complaint(&letter),
    };
    Some(Answer { delay, envelope_from, to, raw })
}

/// FNV-1a, 64 bits: stable over releases and machines, which the standard hasher is not.
fn hash(parts: &[&str]) -> u64 {
    let mut state = 0xcbf2_9ce4_8422_2325_u64;
    for byte in parts.iter().flat_map(|part| part.bytes().chain([0xff])) {
        state = (state ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    state
}

/// Most answers waiting or on their way at a time; more are dropped with a warning.
const MAX_WAITING: usize = 10_000;
const MAX_SENDING: usize = 4;
const RETRIES: [Duration; 3] = [Duration::from_millis(500), Duration::from_secs(2), Duration::from_secs(10)];

/// Sends answers to the capture mailbox when their time has come. Dropping it forgets those not yet sent.
#[derive(Debug)]
pub struct Correspondents {
    target: SocketAddr,
    longest_delay: Duration,
    tasks: Mutex<JoinSet<()>>,
    sending: Arc<Semaphore>,
}

impl Correspondents {
    /// Correspondents that write to `target`, each after its own delay or `longest_delay`, whichever is shorter.
    #[must_use]
    pub fn new(target: SocketAddr, longest_delay: Duration) -> Self {
        let sending = Arc::new(Semaphore::new(MAX_SENDING));
        Self { target, longest_delay, tasks: Mutex::new(JoinSet::new()), sending }
    }

    /// Takes note of a captured mail; true when an answer will be sent. Must be called within a tokio runtime.
    pub fn notice(&self, mail: &CapturedMail, clock: &dyn Clock) -> bool {
        let Some(answer) = answer(mail, clock.now()) else { return false };
        let mut tasks = self.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        while tasks.try_join_next().is_some() {}
        if tasks.len() >= MAX_WAITING {
            tracing::warn!(to = %answer.to, "too many scripted answers are waiting; one was dropped");
            return false;
        }
        let (target, sending, delay) = (self.target, Arc::clone(&self.sending), answer.delay.min(self.longest_delay));
        tasks.spawn(async move {
            tokio::time::sleep(delay).await;
            for pause in RETRIES {
                let Ok(place) = sending.acquire().await else { return };
                match submit(target, &answer.envelope_from, &answer.to, &answer.raw).await {
                    Ok(()) => return,
                    Err(SubmitError::Refused(text)) => {
                        tracing::warn!(to = %answer.to, %text, "a scripted answer was refused");
                        return;
                    }
                    Err(error) => tracing::debug!(to = %answer.to, %error, "a scripted answer could not be sent yet"),
                }
                drop(place);
                tokio::time::sleep(pause).await;
            }
            tracing::warn!(to = %answer.to, "a scripted answer was given up");
        });
        true
    }
}
