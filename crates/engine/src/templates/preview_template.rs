//! `preview_template`: what a template would say to a lead, and what keeps that from being sent.

use outrider_domain::address::Email;
use outrider_domain::id::{IdentityId, LeadId, TemplateId};
use outrider_store::{identities, leads, templates as rows};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::context::Context;
use crate::error::{Error, Result, code};
use crate::leads::{CustomFields, NewLead, missing};
use crate::operation::{Operation, Spec, Verb};
use crate::sequences::content::{Renderer, SenderName, Source};

/// Renders a template.
pub struct PreviewTemplate;

/// For whom.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The template.
    template_id: TemplateId,
    /// The lead it is rendered for.
    #[serde(default)]
    lead_id: Option<LeadId>,
    /// A made-up lead instead; without either, Jane Doe of Example Inc.
    #[serde(default)]
    sample: Option<NewLead>,
    /// The sender that `sender.name` and `sender.email` are read from.
    #[serde(default)]
    identity_id: Option<IdentityId>,
}

/// The rendered mail.
#[derive(Debug, Serialize, JsonSchema)]
pub struct TemplatePreview {
    /// Subject.
    pub subject: String,
    /// Plain text, with the line that every mail ends with when the template has no unsubscribe link.
    pub text: String,
    /// HTML.
    pub html: Option<String>,
    /// Why this mail would be held, such as a placeholder that stays empty; empty when it could leave.
    pub problems: Vec<String>,
}

impl Operation for PreviewTemplate {
    const SPEC: Spec = Spec {
        verb: Verb::Post,
        ..Spec::get(
            "preview_template",
            "templates",
            "/templates/{template_id}/preview",
            "templates:read",
            "Show what a template would say.",
        )
        .describe("Renders for a lead, or for a made-up one, exactly as a sequence would. Changes nothing.")
        .fails(&[code::RESOURCE_NOT_FOUND])
    };
    type Input = Input;
    type Output = TemplatePreview;

    fn run(cx: &mut Context<'_, '_>, input: Input) -> Result<TemplatePreview> {
        let row = rows::get(cx.tx, cx.project, input.template_id)
            .map_err(|error| missing(error, "template", "template_id"))?;
        let lead = match (input.lead_id, input.sample) {
            (Some(_), Some(_)) => return Err(Error::invalid("sample", "Give lead_id or sample, not both.")),
            (Some(id), None) => leads::get(cx.tx, cx.project, id).map_err(|error| missing(error, "lead", "lead_id"))?,
            (None, Some(sample)) => sample.into_row(cx, "sample")?,
            (None, None) => jane_doe()?.into_row(cx, "sample")?,
        };
        let sender = match input.identity_id {
            None => SenderName { name: Some("Sam Sender".to_owned()), email: Some("sam@sender.example".to_owned()) },
            Some(id) => {
                let row = identities::get(cx.tx, cx.project, id)
                    .map_err(|error| missing(error, "identity", "identity_id"))?;
                SenderName { name: row.name, email: Some(row.address) }
            }
        };
        let unsubscribe_url = format!("{}/u/preview", cx.core.settings.public_url);
        let source = Source { subject: row.subject, text: row.text, html: row.html };
        // A follow-up without a subject of its own answers a thread.
        let thread = source.subject.trim().is_empty().then_some("(subject of the mail before)");
        let mail = Renderer::default().render(&source, &lead, &sender, &unsubscribe_url, thread);
        Ok(TemplatePreview { subject: mail.subject, text: mail.text, html: mail.html, problems: mail.problems })
    }
}

fn jane_doe() -> Result<NewLead> {
    let email = Email::parse("jane@example.com").map_err(|error| Error::invalid("sample", error.to_string()))?;
    let text = |value: &str| Some(value.to_owned());
    Ok(NewLead {
        name: text("Jane Doe"),
        first_name: text("Jane"),
        last_name: text("Doe"),
        email: Some(email),
        company: text("Example Inc."),
        role: text("Head of Sales"),
        custom_fields: Some(CustomFields::new()),
        ..NewLead::default()
    })
}
