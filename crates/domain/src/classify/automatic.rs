//! Signs that a machine wrote the mail: RFC 3834, and what was in use before and beside it. Reads headers and subject; never the body.

use super::shown;
use crate::mail::InboundMail;
use crate::words::fold;

/// Headers whose mere presence is a sign, whatever they say.
const PRESENCE: &[&str] = &[
    "x-autoreply",
    "x-autorespond",
    "x-autoresponder",
    "x-autoreply-from",
    "x-mail-autoreply",
    "x-auto-reply-from",
    "x-ebay-mailtracker-autoreply",
];

/// How the subjects of automatic answers begin, in folded text. A person's "Re: …" in front of one makes it a person's mail.
const SUBJECTS: &[&str] = &[
    "automatic reply",
    "automated reply",
    "auto reply",
    "autoreply",
    "auto-reply",
    "auto response",
    "auto-response",
    "autoresponse",
    "automatic response",
    "auto:",
    "out of office",
    "out of the office",
    "out-of-office",
    "ooo:",
    "ooo ",
    "vacation:",
    "vacation reply",
    "on vacation",
    "on leave",
    "away from",
    "automatische antwort",
    "automatische ruckantwort",
    "abwesenheitsnotiz",
    "abwesenheitsbenachrichtigung",
    "abwesend",
    "abwesenheit",
    "nicht im buro",
    "nicht im hause",
    "im urlaub",
    "reponse automatique",
    "absence du bureau",
    "absent du bureau",
    "message d'absence",
    "notification d'absence",
    "respuesta automatica",
    "fuera de la oficina",
    "fuera de oficina",
    "ausente de la oficina",
    "ausencia",
    "risposta automatica",
    "fuori sede",
    "fuori ufficio",
    "assenza",
    "assente",
    "automatisch antwoord",
    "automatische beantwoording",
    "afwezig",
    "niet aanwezig",
    "buiten kantoor",
    "resposta automatica",
    "fora do escritorio",
    "ausencia temporaria",
    "ausente do escritorio",
    "autosvar",
    "automatiskt svar",
    "automatisk svar",
    "odpowiedz automatyczna",
];

/// Whether the subject is one that machines write.
pub(super) fn subject_is_automatic(subject: &str) -> bool {
    let subject = fold(subject);
    SUBJECTS.iter().any(|beginning| subject.trim_start().starts_with(beginning))
}

/// Every sign found, in plain words; empty when a person seems to have written.
pub(super) fn signs(mail: &InboundMail) -> Vec<String> {
    let mut signs = Vec::new();
    let subject_says_so = subject_is_automatic(&mail.subject);
    for (name, value) in &mail.headers {
        // Parameters and comments may follow (RFC 3834 section 5).
        let word = value.split([';', '(', ',']).next().unwrap_or("").trim().to_ascii_lowercase();
        match name.as_str() {
            "auto-submitted" if !word.is_empty() && word != "no" => {
                signs.push(format!("Auto-Submitted is {} (RFC 3834)", shown(&word)))
            }
            "precedence" if matches!(word.as_str(), "bulk" | "junk" | "auto_reply" | "auto-reply") => {
                signs.push(format!("Precedence is {}", shown(&word)))
            }
            "x-precedence" if matches!(word.as_str(), "bulk" | "junk" | "auto_reply" | "auto-reply") => {
                signs.push(format!("X-Precedence is {}", shown(&word)))
            }
            // Exchange puts it on mail of many kinds, so it counts only together with a subject that machines write.
            "x-auto-response-suppress" if subject_says_so => {
                signs.push(format!("X-Auto-Response-Suppress is present and the subject is {}", shown(&mail.subject)))
            }
            // A person may answer through a mailing list; then the mail names what it answers.
            "list-id" if mail.in_reply_to.is_empty() && mail.references.is_empty() => {
                signs.push(format!("mailing list mail: List-Id {}", shown(value)))
            }
            name if PRESENCE.contains(&name) && word != "no" => signs.push(format!("the header {name} is present")),
            _ => {}
        }
    }
    if mail.envelope_from.as_deref() == Some("") {
        signs.push("the envelope sender is empty, as machines write it".to_owned());
    }
    if let Some(local) = mail
        .from
        .as_deref()
        .and_then(|from| from.split('@').next())
        .filter(|local| matches!(*local, "mailer-daemon" | "postmaster"))
    {
        signs.push(format!("{local} wrote it: a mail system, though no delivery status could be read"));
    }
    if signs.is_empty() && subject_says_so {
        signs.push(format!("the subject is one that machines write: {}", shown(&mail.subject)));
    }
    signs
}
