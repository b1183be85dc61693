//! The timeline: the event log in sentences, as it grows. Reads; changes nothing.

use outrider_domain::id::{LeadId, ProjectId};
use outrider_domain::time::Millis;
use outrider_store::{jobs, leads, logs};
use serde_json::Value;

use crate::failure::Outcome;
use crate::installation::Installation;
use crate::output::text;

/// Events read at a time.
const TOGETHER: i64 = 200;
/// A job due within this time is something that still goes on.
const SOON: i64 = 60_000;

/// Where the telling has come to.
pub(super) struct Timeline<'a> {
    installation: &'a Installation,
    project: ProjectId,
    after: i64,
    began: Option<Millis>,
}

impl<'a> Timeline<'a> {
    /// Tells what comes after an event.
    pub(super) fn new(installation: &'a Installation, project: ProjectId, after: i64) -> Self {
        Self { installation, project, after, began: None }
    }

    /// What is new, in sentences.
    pub(super) async fn next(&mut self) -> Outcome<Vec<String>> {
        let mut lines = Vec::new();
        loop {
            let (project, after) = (self.project, self.after);
            let rows = self
                .installation
                .store
                .read(move |tx| {
                    let rows = logs::events_after(tx, project, after, TOGETHER)?;
                    let ids: Vec<LeadId> = rows.iter().filter_map(|row| row.lead_id).collect();
                    let people = leads::get_many(tx, project, &ids)?;
                    Ok::<_, outrider_store::Error>((rows, people))
                })
                .await?;
            let (rows, people) = rows;
            let Some(last) = rows.last() else { return Ok(lines) };
            self.after = last.sequence;
            for row in &rows {
                let who = row.lead_id.and_then(|id| people.iter().find(|lead| lead.id == id));
                let who = who.map_or("", |lead| lead.email.as_deref().unwrap_or(&lead.name));
                let data: Value = serde_json::from_str(&row.data).unwrap_or_default();
                if let Some(sentence) = sentence(&row.kind, &data) {
                    let began = *self.began.get_or_insert(row.at);
                    let seconds = u32::try_from((row.at.0 - began.0).max(0)).map_or(0.0, f64::from) / 1_000.0;
                    lines.push(format!("{seconds:6.1}s  {who:30}  {sentence}").trim_end().to_owned());
                }
            }
        }
    }

    /// Whether nothing is due soon.
    pub(super) async fn is_idle(&self) -> Outcome<bool> {
        let due = self.installation.store.read(jobs::next_due).await?;
        Ok(due.is_none_or(|due| due.0 - self.installation.core().now().0 > SOON))
    }
}

/// An event in a sentence; none for those that only repeat another.
fn sentence(kind: &str, data: &Value) -> Option<String> {
    let why = |field: &str| text(data, field).replace('_', " ");
    let said = || match data["evidence"].as_array().and_then(|evidence| evidence.first()).and_then(Value::as_str) {
        Some(evidence) => format!(" ({evidence})"),
        None => String::new(),
    };
    Some(match kind {
        "leads.imported" => format!("{} leads imported, {} known already", data["created"], data["skipped"]),
        "leads.enrolled" => format!("{} leads begin the sequence {}", data["count"], text(data, "name")),
        "email.sent" => format!("mail sent: step {}, variant {}", text(data, "step"), text(data, "variant")),
        "email.failed" => format!("mail failed: {}", text(data, "detail")),
        "email.refused" => format!("mail not sent: {}", text(data, "detail")),
        "email.unknown" => format!("nobody knows whether the mail left: {}", text(data, "detail")),
        "email.replied" => format!("reply{}", said()),
        "email.out_of_office" => format!("out of office; the sequence goes on{}", said()),
        "email.auto_replied" => format!("automatic reply{}", said()),
        "email.bounced" => format!("bounce{}", said()),
        "email.soft_bounced" => format!("not delivered yet{}", said()),
        "email.complained" => format!("reported as spam{}", said()),
        "email.opt_out_requested" => format!("asks for no more mail{}", said()),
        "opt_out.proposed" => "opt-out proposed: waits for a person's yes".to_owned(),
        "lead.opted_out" => format!("opted out: {}", text(data, "detail")),
        "suppression.created" => format!("{} is suppressed: {}", text(data, "value"), why("reason")),
        "enrollment.stopped" => format!("sequence stopped: {}", why("reason")),
        "enrollment.finished" => "sequence finished".to_owned(),
        "enrollment.paused" => format!("sequence paused: {}", why("reason")),
        "approval.requested" => format!("waits for approval: {}", text(data, "subject")),
        "action.approved" => "approved".to_owned(),
        "step.skipped" => format!("step {} skipped: {}", text(data, "step"), why("reason")),
        "mail.unmatched" => "a mail from nobody known".to_owned(),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::sentence;

    #[test]
    fn what_happens_is_said_with_its_reason() {
        let stopped = sentence("enrollment.stopped", &json!({ "reason": "lead_replied" }));
        assert_eq!(stopped.as_deref(), Some("sequence stopped: lead replied"));
        let bounced = sentence("email.bounced", &json!({ "evidence": ["status 5.1.1"] }));
        assert_eq!(bounced.as_deref(), Some("bounce (status 5.1.1)"));
        assert_eq!(sentence("agent.created", &json!({})), None);
    }
}
