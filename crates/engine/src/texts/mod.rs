//! Text messages: handing over, and what comes back. Proposing one is as with every act ([`crate::actions::propose_act`]); the road to the carrier is `delivery`'s.

pub mod deliver;
pub mod inbound;
pub mod list_texts;

use outrider_domain::id::{ActionId, TextId};
use outrider_store::actions::Action;
use outrider_store::leads::Lead;

/// What the action of a text message does.
pub const KIND: &str = "send_sms";

/// Whether an action sends a text message.
#[must_use]
pub fn is_text(action: &Action) -> bool {
    action.kind == KIND
}

/// The message of an action: the two share one number.
#[must_use]
pub const fn of_action(action: ActionId) -> TextId {
    TextId(action.0)
}

/// Where a message stands.
pub mod status {
    /// Is being handed over.
    pub const SENDING: &str = "sending";
    /// The carrier took it.
    pub const SENT: &str = "sent";
    /// It was definitely not delivered.
    pub const FAILED: &str = "failed";
    /// It may or may not have left.
    pub const UNKNOWN: &str = "unknown";
    /// Came in.
    pub const RECEIVED: &str = "received";
}

/// A text with the way to get no more of them, as people know it, unless it says so itself.
#[must_use]
pub fn with_way_out(text: String, lead: &Lead) -> String {
    if text.to_uppercase().contains("STOP") {
        return text;
    }
    let german = lead.language.as_deref().is_some_and(|language| {
        let language = language.to_lowercase();
        language.starts_with("de") || language.starts_with("german")
    });
    let way_out = if german { "Mit STOP abmelden." } else { "Reply STOP to opt out." };
    format!("{} {way_out}", text.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_says_how_to_get_no_more() {
        let mut lead = crate::gates::tests::lead();
        assert_eq!(with_way_out("Hello.".to_owned(), &lead), "Hello. Reply STOP to opt out.");
        assert_eq!(with_way_out("Hello, text stop to end.".to_owned(), &lead), "Hello, text stop to end.");
        lead.language = Some("Deutsch".to_owned());
        assert_eq!(with_way_out("Hallo.".to_owned(), &lead), "Hallo. Mit STOP abmelden.");
    }
}
