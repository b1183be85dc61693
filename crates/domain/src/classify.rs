//! Tells what an incoming mail is, and whether a person on the phone asks for an end, and says why. Decides from the words alone: parses no
//! bytes, looks nothing up, changes nothing.

mod automatic;
mod away;
mod intent;
#[cfg(test)]
mod intent_tests;
mod later;
mod optout;
mod phrases;
mod quote;
mod referral;
#[cfg(test)]
mod tests;
mod wishes;

pub use intent::ReplyClass;
pub use quote::{new_text, without_signature};
pub use referral::Referred;

use crate::mail::{DeliveryStatus, FeedbackReport, InboundKind, InboundMail};
use crate::time::Millis;

/// What a mail is, and the reasons.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Classification {
    /// The one kind it is treated as.
    pub kind: InboundKind,
    /// Why, in plain words, the deciding reason first; safe to show. Quotes from the mail are short and on one line.
    pub evidence: Vec<String>,
    /// Out of office, or asked for another time: midnight UTC of the day the sender names, when it can be read without guessing.
    pub back_on: Option<Millis>,
    /// What whoever answered wants; none for reports of mail servers.
    pub class: Option<ReplyClass>,
    /// Whom they named instead of themselves.
    pub referred: Option<Referred>,
    /// Hard bounce about the mailbox itself (RFC 3463 5.1.x except the sender's own faults, 5.2.1): the address is bad, and not just this mail.
    pub bad_address: bool,
}

impl Classification {
    fn new(kind: InboundKind, evidence: Vec<String>) -> Self {
        let class = match kind {
            InboundKind::OptOutRequest => Some(ReplyClass::OptOut),
            InboundKind::OutOfOffice => Some(ReplyClass::OutOfOffice),
            InboundKind::AutoReply => Some(ReplyClass::Automatic),
            InboundKind::Reply => Some(ReplyClass::Other),
            InboundKind::HardBounce | InboundKind::SoftBounce | InboundKind::Complaint => None,
        };
        Self { kind, evidence, back_on: None, class, referred: None, bad_address: false }
    }
}

/// Classifies one mail.
///
/// Order: abuse report, delivery status, automatic answer (RFC 3834 and its forerunners), opt-out in the new text, reply.
#[must_use]
pub fn classify(mail: &InboundMail) -> Classification {
    if let Some(report) = &mail.feedback_report {
        return feedback(report);
    }
    if let Some(status) = &mail.delivery_status {
        return delivery(status);
    }
    let signs = automatic::signs(mail);
    if !signs.is_empty() {
        return automatic_answer(mail, signs);
    }
    if let Some(reason) = optout::request(mail) {
        return Classification::new(InboundKind::OptOutRequest, vec![reason]);
    }
    let reason = if new_text(&mail.text).is_empty() {
        "no sign of a machine; nothing was written above the quoted text"
    } else {
        "no sign of a machine and no request to stop: a person wrote"
    };
    let intent = intent::of(mail);
    let mut evidence = intent.because;
    evidence.push(reason.to_owned());
    let plain = Classification::new(InboundKind::Reply, evidence);
    Classification { back_on: intent.until, class: Some(intent.class), referred: intent.referred, ..plain }
}

/// Classifies a text message that came at a moment: like a mail's text, though no machine writes one.
#[must_use]
pub fn classify_text(text: &str, at: Millis) -> Classification {
    classify(&InboundMail { text: text.to_owned(), date: Some(at), ..InboundMail::default() })
}

/// Why what a person said on the phone asks for no more contact, when it does; safe to show.
///
/// Understands the phrases of mails and those about calls, in seven languages. What is negated or said of others is no request.
#[must_use]
pub fn spoken_opt_out(said: &str) -> Option<String> {
    optout::said(said)
}

fn feedback(report: &FeedbackReport) -> Classification {
    let kind = report.feedback_type.trim().to_ascii_lowercase();
    let evidence = vec![format!("an abuse report (RFC 5965) of type {}", shown(&kind))];
    // `not-spam` takes a complaint back, `auth-failure` (RFC 6591) is about signatures: neither is a recipient's complaint.
    let kind = if matches!(kind.as_str(), "not-spam" | "auth-failure" | "dmarc") {
        InboundKind::AutoReply
    } else {
        InboundKind::Complaint
    };
    Classification::new(kind, evidence)
}

fn delivery(status: &DeliveryStatus) -> Classification {
    let action = status.action.trim().to_ascii_lowercase();
    let class = status.status.trim().chars().next();
    let mut evidence =
        vec![format!("a delivery status notification: action {}, status {}", shown(&action), shown(&status.status))];
    if let Some(diagnostic) = status.diagnostic.as_deref().filter(|text| !text.trim().is_empty()) {
        evidence.push(format!("the server said: {}", shown(diagnostic)));
    }
    let kind = match (action.as_str(), class) {
        ("delayed", _) => InboundKind::SoftBounce,
        ("delivered" | "relayed" | "expanded", _) | (_, Some('2')) => {
            evidence.push("it reports success, not failure".to_owned());
            InboundKind::AutoReply
        }
        (_, Some('4')) => InboundKind::SoftBounce,
        (_, Some('5')) | ("failed", _) => InboundKind::HardBounce,
        _ => {
            evidence.push("neither the action nor the status says that delivery failed for good".to_owned());
            InboundKind::SoftBounce
        }
    };
    let mut classification = Classification::new(kind, evidence);
    classification.bad_address = kind == InboundKind::HardBounce && is_about_the_mailbox(&status.status);
    classification
}

/// RFC 3463 section 3.2 and 3.3: 5.1.7 and 5.1.8 blame the sender's address; 5.1.0 does not say whose.
fn is_about_the_mailbox(status: &str) -> bool {
    let mut parts = status.trim().split('.');
    let (class, subject, detail) = (parts.next(), parts.next(), parts.next());
    match (class, subject, detail) {
        (Some("5"), Some("1"), Some(detail)) => !matches!(detail, "7" | "8"),
        (Some("5"), Some("2"), Some("1")) => true,
        _ => false,
    }
}

fn automatic_answer(mail: &InboundMail, mut evidence: Vec<String>) -> Classification {
    match away::notice(mail) {
        Some(reason) => {
            evidence.push(reason);
            let mut classification = Classification::new(InboundKind::OutOfOffice, evidence);
            classification.back_on = away::back_on(mail);
            if let Some(day) = classification.back_on {
                let day = day.to_string();
                classification.evidence.push(format!("names the day {}", day.get(..10).unwrap_or(&day)));
            }
            classification
        }
        None => Classification::new(InboundKind::AutoReply, evidence),
    }
}

/// A short single-line form of outside text for evidence: at most 120 characters, no control characters.
fn shown(text: &str) -> String {
    let mut line: String =
        text.split_whitespace().collect::<Vec<_>>().join(" ").chars().filter(|c| !c.is_control()).take(121).collect();
    if line.chars().count() > 120 {
        line.pop();
        line.push('…');
    }
    if line.is_empty() { "(none)".to_owned() } else { format!("“{line}”") }
}

/// The first `characters` of a text.
fn beginning(text: &str, characters: usize) -> &str {
    let end = text.char_indices().nth(characters).map_or(text.len(), |(at, _)| at);
    &text[..end]
}
