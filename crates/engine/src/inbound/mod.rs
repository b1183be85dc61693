//! Mail that comes in: matched to what was sent, recorded as untrusted, and acted on by rules. Parses nothing itself.

use outrider_domain::address::Email;
use outrider_domain::classify::{Classification, ReplyClass, classify};
use outrider_domain::id::{ActionId, LeadId, MessageId, ThreadId};
use outrider_domain::mail::{InboundKind, InboundMail};
use outrider_domain::sequence::Happening;
use outrider_store::actions::{self as action_rows, Action};
use outrider_store::identities::Identity;
use outrider_store::leads::{self, Lead};
use outrider_store::messages::{self, Message, Progress, Thread};
use serde_json::json;

use crate::actions::{await_approval, state};
use crate::context::{Context, Event};
use crate::delivery::record::accepted;
use crate::error::Result;
use crate::sequences::way;
use crate::{opt_out, replies};

/// What became of a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Taken {
    /// It was here before.
    Again,
    /// Nobody we know wrote it and it answers nothing of ours; only an event remains.
    Stranger,
    /// It belongs to a lead.
    Matched {
        /// The lead.
        lead: LeadId,
        /// What kind it is.
        kind: InboundKind,
    },
}

/// Longest text kept of a mail, in bytes.
const KEPT: usize = 64 * 1024;

/// Takes one mail that came to an identity. Taking the same mail again changes nothing.
///
/// # Errors
/// When the database fails.
pub fn take(cx: &mut Context<'_, '_>, identity: &Identity, mail: &InboundMail) -> Result<Taken> {
    let header = mail.message_id.clone().unwrap_or_else(|| {
        format!(
            "{}@no-message-id.invalid",
            crate::pipeline::hex(&<sha2::Sha256 as sha2::Digest>::digest(format!("{:?}", mail)))
        )
    });
    if messages::find_by_header(cx.tx, cx.project, &header, "in")?.is_some() {
        return Ok(Taken::Again);
    }
    let classified = classify(mail);
    let ours = find_ours(cx, mail)?;
    let lead = match &ours {
        Some(message) => optional(leads::get(cx.tx, cx.project, message.lead_id))?,
        // Anybody can write a report about anybody: one that names no mail of ours proves nothing.
        None if is_report(classified.kind) => None,
        None => by_address(cx, mail)?,
    };
    // Written back whole below, so it is held against other writers from here on.
    let lead = match lead {
        Some(lead) => optional(leads::lock(cx.tx, cx.project, lead.id))?,
        None => None,
    };
    let Some(lead) = lead else {
        cx.emit(Event::new("mail.unmatched").subject(identity.id).data(
            json!({ "kind": classified.kind, "untrusted": { "from": mail.from, "subject": clip(&mail.subject, 200) } }),
        ));
        return Ok(Taken::Stranger);
    };
    let ours = match ours {
        Some(message) => Some(message),
        None => messages::last_sent_to(cx.tx, cx.project, lead.id)?,
    };
    let human = matches!(classified.kind, InboundKind::Reply | InboundKind::OptOutRequest);
    let thread = thread_of(cx, identity, &lead, ours.as_ref(), mail)?;
    let row = Message {
        project_id: cx.project,
        id: MessageId(cx.id()),
        direction: "in".to_owned(),
        kind: kind_name(classified.kind).to_owned(),
        lead_id: lead.id,
        thread_id: Some(thread),
        action_id: ours.as_ref().and_then(|message| message.action_id),
        agent_id: ours.as_ref().and_then(|message| message.agent_id),
        identity_id: Some(identity.id),
        address: mail.from.clone().unwrap_or_default(),
        subject: clip(&mail.subject, 1_000),
        text: clip(&mail.text, KEPT),
        html: None,
        header_id: header,
        reply_to_header: mail.in_reply_to.first().cloned(),
        status: "received".to_owned(),
        response: None,
        class: classified.class.map(|class| class.as_str().to_owned()),
        evidence: Some(json!(classified.evidence).to_string()),
        created_at: cx.now,
        sent_at: None,
        bounced_at: None,
    };
    let row_id = row.id;
    row.insert(cx.tx)?;
    messages::bump_thread(cx.tx, cx.project, thread, "in", cx.now)?;
    leads::touch(cx.tx, cx.project, lead.id, cx.now, false)?;
    cx.emit(
        Event::new(event_name(classified.kind))
            .lead(lead.id)
            .agent(ours.as_ref().and_then(|message| message.agent_id))
            .subject(row_id)
            .data(json!({ "class": classified.class, "until": classified.back_on, "evidence": classified.evidence, "identity": identity.id, "untrusted": { "subject": clip(&mail.subject, 200) } })),
    );
    if let Some(message) =
        ours.as_ref().filter(|_| human || matches!(classified.kind, InboundKind::OutOfOffice | InboundKind::AutoReply))
    {
        settle_unknown(cx, message)?;
    }
    act(cx, &lead, ours.as_ref(), mail, &classified, row_id)?;
    Ok(Taken::Matched { lead: lead.id, kind: classified.kind })
}

/// What follows from it.
fn act(
    cx: &mut Context<'_, '_>,
    lead: &Lead,
    ours: Option<&Message>,
    mail: &InboundMail,
    found: &Classification,
    answer: MessageId,
) -> Result<()> {
    match found.kind {
        InboundKind::Reply | InboundKind::OptOutRequest => {
            let agent = ours.and_then(|message| message.agent_id);
            replies::follow(cx, lead, agent, found, &answer.to_string())?;
            if found.kind == InboundKind::OptOutRequest && !lead.outreach_disabled {
                propose_opt_out(cx, lead, ours)?;
            }
            Ok(())
        }
        InboundKind::OutOfOffice => {
            replies::tell_class(cx, lead, ours.and_then(|message| message.agent_id), ReplyClass::OutOfOffice, answer);
            way::told(cx, lead.id, &[Happening::OutOfOffice], found.back_on, "out_of_office").map(drop)
        }
        InboundKind::AutoReply => {
            replies::tell_class(cx, lead, ours.and_then(|message| message.agent_id), ReplyClass::Automatic, answer);
            way::told(cx, lead.id, &[Happening::AutoReply], None, "auto_reply").map(drop)
        }
        InboundKind::HardBounce => {
            let detail = diagnosis(mail);
            if let Some(message) = ours {
                bounced(cx, message, &detail)?;
            }
            let address = ours.map(|message| message.address.clone()).or_else(|| lead.email.clone());
            if let Some(address) = address {
                opt_out::suppress(cx, "email", &address, "bounce", &detail, Some(lead.id))?;
            }
            opt_out::stop_bounced(cx, lead.id, &detail)
        }
        InboundKind::SoftBounce => {
            let count = lead.soft_bounces + 1;
            let after =
                Lead { soft_bounces: count, last_activity_at: Some(cx.now), updated_at: cx.now, ..lead.clone() };
            leads::update(cx.tx, lead, after)?;
            if mail.delivery_status.as_ref().is_some_and(|status| status.action == "failed")
                && let Some(message) = ours
            {
                bounced(cx, message, &diagnosis(mail))?;
            }
            if count >= cx.core.settings.max_soft_bounces {
                let detail = format!("{count} soft bounces; the last: {}", diagnosis(mail));
                if let Some(address) = &lead.email {
                    opt_out::suppress(cx, "email", address, "bounce", &detail, Some(lead.id))?;
                }
                opt_out::stop_bounced(cx, lead.id, &detail)?;
            }
            Ok(())
        }
        InboundKind::Complaint => {
            if let Some(message) = ours {
                messages::set_status(
                    cx.tx,
                    cx.project,
                    message.id,
                    &Progress { status: "complained", response: None, ..Default::default() },
                )?;
            }
            if let Some(message) = ours {
                opt_out::suppress(cx, "email", &message.address, "complaint", "reported as spam", Some(lead.id))?;
            }
            opt_out::record(cx, lead.id, "complaint", "the recipient reported a mail as spam")
        }
    }
}

fn bounced(cx: &mut Context<'_, '_>, message: &Message, detail: &str) -> Result<()> {
    settle_unknown(cx, message)?;
    messages::set_status(
        cx.tx,
        cx.project,
        message.id,
        &Progress { status: "bounced", response: Some(detail), bounced_at: Some(cx.now), ..Default::default() },
    )?;
    Ok(())
}

/// A reply or a bounce proves that a mail of unknown end did leave.
fn settle_unknown(cx: &mut Context<'_, '_>, message: &Message) -> Result<()> {
    let Some(id) = message.action_id else { return Ok(()) };
    let Some(action) = optional(action_rows::lock(cx.tx, cx.project, id))? else { return Ok(()) };
    if action.state == state::UNKNOWN {
        accepted(cx, action, message, "an answer to it came back")?;
    }
    Ok(())
}

/// The request in a reply waits for a person; meanwhile the reply itself has stopped the sequences.
fn propose_opt_out(cx: &mut Context<'_, '_>, lead: &Lead, ours: Option<&Message>) -> Result<()> {
    // One question at a time; a request after a refusal is asked anew.
    if action_rows::open_of_lead(cx.tx, cx.project, lead.id)?.iter().any(|action| action.kind == "record_opt_out") {
        return Ok(());
    }
    let id = ActionId(cx.id());
    let cause = format!("opt_out_request:{id}");
    let mut action = Action {
        project_id: cx.project,
        id,
        kind: "record_opt_out".to_owned(),
        channel: "record".to_owned(),
        digest: crate::pipeline::hex(&<sha2::Sha256 as sha2::Digest>::digest(&cause)),
        cause,
        lead_id: lead.id,
        agent_id: ours.and_then(|message| message.agent_id),
        identity_id: None,
        sequence_id: None,
        enrollment_id: None,
        step: None,
        variant: None,
        message_id: None,
        decision_id: None,
        content: None,
        state: state::PENDING_APPROVAL.to_owned(),
        reason: None,
        detail: None,
        hold_gate: Some("approval".to_owned()),
        hold_reason: Some("a reply asks for no more mail: confirm the opt-out, or reject".to_owned()),
        problems: "[]".to_owned(),
        approval: "needed".to_owned(),
        approved_digest: None,
        approved_by: None,
        approved_at: None,
        expires_at: None,
        proposed_by: cx.actor.to_string(),
        due_at: None,
        slot_day: None,
        attempts: 0,
        token: None,
        cost: 0,
        created_at: cx.now,
        updated_at: cx.now,
        finished_at: None,
    };
    await_approval(cx, &mut action)?;
    cx.emit(Event::new("opt_out.proposed").lead(lead.id).subject(action.id));
    action.insert(cx.tx)?;
    Ok(())
}

/// The message of ours it is about: by the headers of a reply, or by the mail a report carries.
fn find_ours(cx: &mut Context<'_, '_>, mail: &InboundMail) -> Result<Option<Message>> {
    let mut headers: Vec<String> = Vec::new();
    headers.extend(mail.original_message_id.iter().cloned());
    headers.extend(mail.in_reply_to.iter().cloned());
    headers.extend(mail.references.iter().rev().cloned());
    headers.truncate(50);
    if headers.is_empty() {
        return Ok(None);
    }
    Ok(messages::find_sent_by_headers(cx.tx, cx.project, headers)?)
}

/// The lead it is from.
fn by_address(cx: &mut Context<'_, '_>, mail: &InboundMail) -> Result<Option<Lead>> {
    match mail.from.as_deref().map(Email::parse) {
        Some(Ok(email)) => Ok(leads::find_by_email(cx.tx, cx.project, email.as_str())?),
        _ => Ok(None),
    }
}

const fn is_report(kind: InboundKind) -> bool {
    matches!(kind, InboundKind::HardBounce | InboundKind::SoftBounce | InboundKind::Complaint)
}

fn thread_of(
    cx: &mut Context<'_, '_>,
    identity: &Identity,
    lead: &Lead,
    ours: Option<&Message>,
    mail: &InboundMail,
) -> Result<ThreadId> {
    if let Some(thread) = ours.and_then(|message| message.thread_id) {
        return Ok(thread);
    }
    let thread = Thread {
        project_id: cx.project,
        id: ThreadId(cx.id()),
        lead_id: lead.id,
        identity_id: Some(identity.id),
        subject: clip(&mail.subject, 1_000),
        last_direction: "in".to_owned(),
        last_at: cx.now,
        created_at: cx.now,
    };
    let id = thread.id;
    thread.insert(cx.tx)?;
    Ok(id)
}

fn diagnosis(mail: &InboundMail) -> String {
    let Some(status) = &mail.delivery_status else { return clip(&mail.subject, 300) };
    clip(format!("{} {}", status.status, status.diagnostic.as_deref().unwrap_or("")).trim(), 300)
}

fn clip(text: &str, bytes: usize) -> String {
    let clean: String = text.chars().filter(|c| *c != '\0').collect();
    if clean.len() <= bytes {
        return clean;
    }
    let end = (0..=bytes).rev().find(|at| clean.is_char_boundary(*at)).unwrap_or(0);
    clean[..end].to_owned()
}

fn optional<T>(found: std::result::Result<T, outrider_store::Error>) -> Result<Option<T>> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(outrider_store::Error::NotFound) => Ok(None),
        Err(other) => Err(other.into()),
    }
}

const fn kind_name(kind: InboundKind) -> &'static str {
    match kind {
        InboundKind::Reply => "reply",
        InboundKind::OptOutRequest => "opt_out_request",
        InboundKind::OutOfOffice => "out_of_office",
        InboundKind::AutoReply => "auto_reply",
        InboundKind::HardBounce => "hard_bounce",
        InboundKind::SoftBounce => "soft_bounce",
        InboundKind::Complaint => "complaint",
    }
}

const fn event_name(kind: InboundKind) -> &'static str {
    match kind {
        InboundKind::Reply => "email.replied",
        InboundKind::OptOutRequest => "email.opt_out_requested",
        InboundKind::OutOfOffice => "email.out_of_office",
        InboundKind::AutoReply => "email.auto_replied",
        InboundKind::HardBounce => "email.bounced",
        InboundKind::SoftBounce => "email.soft_bounced",
        InboundKind::Complaint => "email.complained",
    }
}
