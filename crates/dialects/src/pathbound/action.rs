//! Actions of a run as Pathbound shows them, with its words for where they stand.

use std::collections::BTreeMap;

use outrider_domain::filter::Fact;
use outrider_domain::id::ActionId;
use outrider_domain::time::Millis;
use outrider_engine::actions::view::Action as Native;
use outrider_engine::runs::view::Decision;
use schemars::JsonSchema;
use serde::Serialize;

/// An action proposed for a contact.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Action {
    /// Its place among the contact's actions: what approvals and rejections name.
    index: i64,
    /// Key; null until it is proposed.
    id: Option<ActionId>,
    /// What is done, such as `email`.
    #[serde(rename = "type")]
    kind: String,
    /// Key of the playbook's step.
    step: String,
    /// Where it stands.
    status: Status,
    /// Why it is proposed.
    reason: String,
    /// The facts that rests on.
    facts: Vec<Fact>,
    /// Subject of a mail, why somebody is called, or title of a task.
    subject: Option<String>,
    /// What it says; of a call, what is said first.
    body: Option<String>,
    /// The address a mail goes to, or the number that is called.
    to: Option<String>,
    /// Where a person does it, such as a profile's address.
    link: Option<String>,
    /// The new stage.
    stage: Option<String>,
    /// Fields it sets.
    fields: BTreeMap<String, String>,
    /// What an approval is bound to; send it back to approve exactly this.
    digest: Option<String>,
    /// What keeps the text from being sent.
    problems: Vec<String>,
    /// When it is to leave.
    scheduled_for: Option<Millis>,
    /// When it is cancelled if nobody has approved it.
    expires_at: Option<Millis>,
    /// Who approved it.
    approved_by: Option<String>,
    /// When.
    approved_at: Option<Millis>,
    /// Why it was rejected, cancelled, or has failed.
    error: Option<String>,
    /// When proposed.
    created_at: Millis,
    /// When it ended.
    completed_at: Option<Millis>,
}

/// Where an action stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Comes later.
    Scheduled,
    /// Waits for a person.
    PendingApproval,
    /// A person said yes; it leaves when every gate passes.
    Approved,
    /// Policy let it go; it leaves when every gate passes.
    AutoApproved,
    /// A person said no.
    Rejected,
    /// Is being handed over.
    Running,
    /// Done.
    Completed,
    /// It was not done, or nobody knows whether it was.
    Failed,
    /// It was ended before it left.
    Cancelled,
}

impl Status {
    /// As shown.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Scheduled => "scheduled",
            Self::PendingApproval => "pending_approval",
            Self::Approved => "approved",
            Self::AutoApproved => "auto_approved",
            Self::Rejected => "rejected",
            Self::Running => "running",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }
}

pub(super) fn status_of(action: &Native) -> Status {
    match action.state.as_str() {
        "pending_approval" => Status::PendingApproval,
        "scheduled" if action.approval == "given" => Status::Approved,
        "scheduled" => Status::AutoApproved,
        "sending" => Status::Running,
        "delivered" => Status::Completed,
        "refused" if action.reason.as_deref() == Some("rejected") => Status::Rejected,
        "refused" => Status::Cancelled,
        _ => Status::Failed,
    }
}

/// Why an action ended without being done.
fn error_of(action: &Native) -> Option<String> {
    match action.state.as_str() {
        "unknown" => Some(format!(
            "outcome unknown: it may have left and is not sent again by itself ({})",
            action.detail.as_deref().unwrap_or("no answer")
        )),
        "failed" | "refused" => action.detail.clone().or_else(|| action.reason.clone()),
        "scheduled" => action.hold_reason.clone(),
        _ => None,
    }
}

impl From<Decision> for Action {
    fn from(decision: Decision) -> Self {
        let (position, kind, step) = (decision.position, decision.kind, decision.step);
        let blank = Self {
            index: position,
            id: None,
            kind,
            step,
            status: if decision.status == "planned" { Status::Scheduled } else { Status::Cancelled },
            reason: decision.reason,
            facts: decision.facts,
            subject: None,
            body: None,
            to: None,
            link: None,
            stage: None,
            fields: BTreeMap::new(),
            digest: None,
            problems: Vec::new(),
            scheduled_for: None,
            expires_at: None,
            approved_by: None,
            approved_at: None,
            error: None,
            created_at: decision.created_at,
            completed_at: None,
        };
        match decision.action {
            Some(action) => blank.filled(action),
            None => blank,
        }
    }
}

impl Action {
    /// Of a native action, with what its run says of it.
    pub(super) fn of(action: Native, kind: String, step: String) -> Self {
        let (index, reason, facts) = match &action.grounds {
            Some(grounds) => (grounds.position, grounds.reason.clone(), grounds.facts.clone()),
            None => (0, String::new(), Vec::new()),
        };
        let decision = Decision {
            position: index,
            step,
            kind,
            status: "proposed".to_owned(),
            reason,
            facts,
            output: None,
            created_at: action.created_at,
            updated_at: action.created_at,
            action: Some(action),
        };
        decision.into()
    }

    fn filled(self, action: Native) -> Self {
        let status = status_of(&action);
        let error = error_of(&action);
        let content = action.content.unwrap_or_default();
        let (subject, body, to) = match (action.message, action.call) {
            (Some(message), _) => (Some(message.subject), Some(message.text), Some(message.to)),
            (None, Some(call)) => (call.call_reason, Some(call.opening), Some(call.to)),
            (None, None) => (content.title, content.text, None),
        };
        Self {
            id: Some(action.id),
            status,
            subject,
            body,
            to,
            link: content.link,
            stage: content.stage,
            fields: content.set,
            digest: Some(action.digest),
            problems: action.problems,
            scheduled_for: action.due_at.filter(|_| matches!(status, Status::Approved | Status::AutoApproved)),
            expires_at: action.expires_at.filter(|_| status == Status::PendingApproval),
            approved_by: action.approved_by,
            approved_at: action.approved_at,
            error,
            completed_at: action.finished_at,
            ..self
        }
    }
}
