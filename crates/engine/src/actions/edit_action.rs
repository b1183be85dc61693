//! `edit_action`: a person changes what waits for approval, and may approve it in the same breath.

use outrider_domain::id::ActionId;
use outrider_domain::template::lint;
use outrider_store::actions::{self as rows, Action};
use outrider_store::{identities, messages};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::approve_action::{approve, check_approver, pending};
use super::content::ActionContent;
use super::propose::{Content, content_digest};
use super::view;
use super::{await_approval, release_slot, state};
use crate::context::{Context, Event};
use crate::error::{Error, Result, code};
use crate::fields::{long_text, to_json};
use crate::leads::missing;
use crate::operation::{Effect, Operation, Spec};
use crate::opt_out::link_url;
use crate::principal::APPROVE;

/// Edits a waiting action.
pub struct EditAction;

/// The new content; absent fields stay.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The action.
    action_id: ActionId,
    /// `digest` of the action as it was shown.
    digest: String,
    /// New subject of a mail, or title of a task.
    #[serde(default)]
    subject: Option<String>,
    /// New plain text. It is final: no placeholders.
    #[serde(default)]
    text: Option<String>,
    /// New HTML.
    #[serde(default)]
    html: Option<String>,
    /// Approve the edited content at once.
    #[serde(default)]
    approve: bool,
}

impl Operation for EditAction {
    const SPEC: Spec = Spec::act(
        "edit_action",
        "actions",
        "/actions/{action_id}/edit",
        APPROVE,
        "Edit what waits for approval, and approve it with `approve: true`.",
    )
    .effect(Effect::Outward)
    .fails(&[code::RESOURCE_NOT_FOUND, code::WRONG_STATE, code::CONTENT_CHANGED, code::OWN_PROPOSAL]);
    type Input = Input;
    type Output = view::Action;

    fn run(cx: &mut Context<'_, '_>, input: Input) -> Result<view::Action> {
        let mut row = editable(cx, input.action_id)?;
        if row.digest != input.digest {
            return Err(Error::new(
                code::CONTENT_CHANGED,
                "The content is not what you saw. Get the action again and edit that.",
            )
            .at("digest"));
        }
        if input.approve {
            check_approver(cx, &row)?;
        }
        let Some(message_id) = row.message_id else {
            edit_act(cx, &mut row, &input)?;
            if input.approve {
                row = approve(cx, row)?;
            }
            return view::view(cx, row, true);
        };
        let mut message = messages::get(cx.tx, cx.project, message_id)?;
        if input.subject.is_some() || input.text.is_some() || input.html.is_some() {
            let url = link_url(cx.core, cx.project, row.lead_id, row.id);
            let mut content = Content {
                subject: input.subject.unwrap_or(message.subject),
                text: input.text.unwrap_or(message.text),
                html: input.html.or(message.html),
                problems: Vec::new(),
            };
            if !content.text.contains(&url) {
                content.text = format!("{}\n\n-- \nNo more mails like this: {url}\n", content.text.trim_end());
            }
            content.problems = lint(&content.subject, &content.text, content.html.as_deref());
            let from = match row.identity_id {
                Some(id) => identities::get(cx.tx, cx.project, id)?.address,
                None => String::new(),
            };
            row.digest = content_digest(&from, &message.address, &content);
            row.problems = json!(content.problems).to_string();
            row.updated_at = cx.now;
            message.subject = content.subject;
            message.text = content.text;
            message.html = content.html;
            message.save(cx.tx)?;
            row.clone().save(cx.tx)?;
            cx.emit(
                Event::new("action.edited").lead(row.lead_id).subject(row.id).data(json!({ "digest": row.digest })),
            );
        }
        if row.state == state::SCHEDULED {
            // Held for its text: what a person wrote instead waits for a person's yes.
            release_slot(cx, &mut row)?;
            state::PENDING_APPROVAL.clone_into(&mut row.state);
            "needed".clone_into(&mut row.approval);
            row.hold_gate = Some("approval".to_owned());
            row.hold_reason = Some("waits for a person".to_owned());
            row.expires_at = None;
            await_approval(cx, &mut row)?;
            row.clone().save(cx.tx)?;
        }
        if input.approve {
            row = approve(cx, row)?;
        }
        view::view(cx, row, true)
    }
}

/// Changes the title and text of an act that is no mail.
fn edit_act(cx: &mut Context<'_, '_>, row: &mut Action, input: &Input) -> Result<()> {
    let Some(mut content) = ActionContent::read(row.content.as_deref())? else {
        return Err(Error::new(code::WRONG_STATE, "This action has no text to edit."));
    };
    if input.html.is_some() {
        return Err(Error::invalid("html", format!("An action of kind {} has no HTML.", row.kind)));
    }
    for (name, new, field) in
        [("subject", &input.subject, &mut content.title), ("text", &input.text, &mut content.text)]
    {
        let Some(new) = new else { continue };
        if field.is_none() {
            return Err(Error::invalid(name, format!("This action of kind {} has no {name} to change.", row.kind)));
        }
        *field = Some(
            long_text(name, Some(new.clone()))?
                .ok_or_else(|| Error::invalid(name, format!("{name} can't be empty.")))?,
        );
    }
    row.digest = content.digest(&row.kind, &row.lead_id.to_string());
    row.content = Some(to_json(&content)?);
    "[]".clone_into(&mut row.problems);
    row.updated_at = cx.now;
    row.clone().save(cx.tx)?;
    cx.emit(Event::new("action.edited").lead(row.lead_id).subject(row.id).data(json!({ "digest": row.digest })));
    Ok(())
}

/// The action, if it waits for a person or is held for its text.
fn editable(cx: &mut Context<'_, '_>, id: ActionId) -> Result<Action> {
    let row = rows::lock(cx.tx, cx.project, id).map_err(|error| missing(error, "action", "action_id"))?;
    if row.state == state::SCHEDULED && row.problems != "[]" {
        return Ok(row);
    }
    pending(cx, id)
}
