//! What a model should do after an error or an act that waits: one sentence per code, in one table. Decides nothing.

use outrider_engine::Error;
use outrider_engine::error::{Kind, code};
use serde_json::{Value, json};

use crate::surface::Style;
use crate::surface::status::{DEADLINE_EXCEEDED, OVERLOADED};

/// What to do after an error with that code. Codes that are not named get the sentence of their kind.
const AFTER: &[(&str, &str)] = &[
    ("invalid_token", "Connect again: the access token has ended or belongs to another endpoint."),
    ("missing_api_key", "Ask the person to connect with an API key or to sign in."),
    ("invalid_api_key", "Ask the person for a valid key of this endpoint."),
    ("revoked_api_key", "Ask the person for a new key; this one will not work again."),
    ("expired_api_key", "Ask the person for a new key; this one will not work again."),
    ("read_only_key", "Only reading tools work with this key. Tell the person which change you wanted to make."),
    (
        "insufficient_scope",
        "Tell the person what the message says is missing: a scope, or a right of theirs. Do not try other tools to the same end.",
    ),
    ("validation_error", "Mend the named field and call again."),
    ("invalid_cursor", "Call again without cursor to start from the first page."),
    ("missing_idempotency_key", "Call again with an idempotency_key of your own making."),
    ("resource_not_found", "Look the id up with the matching list tool; ids of other projects are not visible here."),
    (
        "idempotency_conflict",
        "The same call is still under way. Wait a few seconds, then call again with the same arguments.",
    ),
    ("idempotency_key_reused", "Use a new idempotency_key: this one belongs to another request."),
    ("plan_changed", "Call again with dry_run, show the new plan to the person, and commit with its digest."),
    ("content_changed", "Read the thing again and decide on what it says now."),
    ("already_exists", "Find the existing one with the matching list tool and use or update it."),
    ("wrong_state", "Read the thing's present state first; the message says what stands in the way."),
    ("lead_no_email", "Add an email address with update_lead, or choose another lead."),
    ("lead_no_phone", "Add a phone number with update_lead, or choose another lead."),
    ("lead_stopped", "Do not contact this lead again on any channel."),
    ("agent_no_email", "A person must give the agent a sending identity, or choose another agent."),
    ("agent_inactive", "Choose an active agent, or ask the person to activate this one."),
    ("payment_required", "Outreach needs a subscription: ask the person to subscribe. Everything else works."),
    (
        "payments_disabled",
        "Do not try again: tell the person that the operator of this server gives plans and credits.",
    ),
    ("recording_unavailable", "There is no sound of this call: use its transcript and its outcome."),
    ("insufficient_credits", "Ask the person to add credits, or do less."),
    ("rate_limit_exceeded", "Wait retry_after seconds, then go on more slowly."),
    ("body_too_large", "Send less at once, in several calls."),
    (
        "deadline_exceeded",
        "Look whether it was done before you call again; the same call within a minute is not done twice.",
    ),
    ("toolset_not_enabled", "Enable the toolset, then call again."),
    ("unknown_toolset", "Call list_toolsets for the names there are."),
];

/// What to do after an error.
pub(crate) fn after(error: &Error) -> &'static str {
    let named = AFTER.iter().find(|(name, _)| *name == error.code.name).map(|(_, text)| *text);
    named.unwrap_or(match error.code.kind {
        Kind::Unauthenticated | Kind::Forbidden => "Ask the person who connected you.",
        Kind::Invalid | Kind::Unprocessable | Kind::TooLarge => {
            "Read the message, change the arguments and call again."
        }
        Kind::NotFound => "Look it up with the matching list tool.",
        Kind::Conflict => "Read the present state and decide anew.",
        Kind::PaymentRequired => "Ask the person who pays.",
        Kind::RateLimited | Kind::Unavailable if error.code.retryable => {
            "Wait a little, then call again with the same arguments."
        }
        Kind::RateLimited | Kind::Unavailable => "Tell the person what the message says.",
        Kind::Internal => "Try once more. If it fails again, tell the person the request id.",
    })
}

/// What to do when an outward act waits for a person. Dialects say `status` where the native API says `state`.
pub(crate) fn pending(body: &Value, can_poll: bool) -> Option<String> {
    let waits = ["state", "status"].iter().any(|name| body[*name] == "pending_approval");
    let id = body.get("id").and_then(Value::as_str).filter(|_| can_poll);
    waits.then(|| match id {
        Some(id) => format!(
            "Nothing was sent yet: a person must approve it. Tell them, and look with get_action {{\"action_id\": \"{id}\"}} later, not \
             more often than once a minute; its state leaves pending_approval when they decide. Do not propose it again."
        ),
        None => "Nothing was sent yet: a person must approve it on the server's page /approvals. Tell them, and do not propose it \
            again."
            .to_owned(),
    })
}

/// An error as a model reads it, with the code's name on that surface.
pub(crate) fn body(error: &Error, style: &dyn Style) -> Value {
    let mut body = json!({
        "code": style.code_name(error.code),
        "message": error.message,
        "field": error.field,
        "retryable": error.code.retryable,
        "next": after(error),
    });
    if let (Some(seconds), Some(body)) = (error.retry_after, body.as_object_mut()) {
        body.insert("retry_after".to_owned(), json!(seconds));
    }
    json!({ "error": body })
}

/// Whether the log should have it: what the caller can't mend.
pub(crate) fn is_ours(error: &Error) -> bool {
    let expected = [OVERLOADED, DEADLINE_EXCEEDED, code::DATABASE_UNAVAILABLE];
    matches!(error.code.kind, Kind::Internal) || expected.contains(&error.code)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use outrider_engine::Error;
    use serde_json::json;

    use super::{AFTER, after, pending};
    use crate::surface::status::all_codes;

    /// Codes of this module's own, beside the table that all clients share.
    const OWN: [&str; 2] = ["toolset_not_enabled", "unknown_toolset"];

    #[test]
    fn every_row_is_of_a_code_that_exists_and_stands_once() {
        let known: HashSet<&str> = all_codes().map(|code| code.name).chain(OWN).collect();
        let mut seen = HashSet::new();
        for (name, text) in AFTER {
            assert!(known.contains(name), "{name} is no code");
            assert!(seen.insert(name), "{name} stands twice");
            assert!(text.ends_with('.'), "{name}");
        }
    }

    #[test]
    fn nobody_is_told_to_repeat_what_will_fail_again() {
        for code in all_codes() {
            let told = after(&Error::new(code, "no"));
            assert!(code.retryable || !told.contains("same arguments"), "{}: {told}", code.name);
        }
    }

    #[test]
    fn only_what_waits_for_a_person_is_to_be_polled() {
        let waiting = json!({ "id": "act_1", "state": "pending_approval" });
        assert!(pending(&waiting, true).unwrap().contains("get_action {\"action_id\": \"act_1\"}"));
        assert!(!pending(&waiting, false).unwrap().contains("get_action"));
        assert_eq!(pending(&json!({ "id": "act_1", "state": "scheduled" }), true), None);
        assert_eq!(pending(&json!({ "items": [] }), true), None);
        let of_a_dialect = json!({ "email_id": "em_1", "status": "pending_approval", "task_id": "act_1" });
        assert!(pending(&of_a_dialect, false).unwrap().contains("/approvals"));
    }
}
