//! What the capture mailbox does with a mail: keeps it for people to see, and takes it in when it came to one of our senders.
//! Sends nothing.

use std::sync::{Arc, OnceLock};

use futures_util::future::{BoxFuture, FutureExt as _};
use outrider_domain::address::Email;
use outrider_domain::id::{CaptureId, ProjectId};
use outrider_domain::mail::InboundMail;
use outrider_engine::error::Kind;
use outrider_engine::{Core, Error};
use outrider_providers::capture::{CaptureSink, CapturedMail, Refusal};
use outrider_providers::correspondents::Correspondents;
use outrider_providers::parse::{Envelope, parse};
use outrider_store::identities::{self, Identity};
use outrider_store::messages::{self, Captured};
use outrider_store::{Topic, Tx};

use super::Inbox;

/// The sink behind the capture mailbox.
pub struct Sink {
    inbox: Inbox,
    /// Answers what is captured, once it is known where the mailbox listens.
    correspondents: OnceLock<Correspondents>,
}

/// One mail, decoded as far as it can be.
struct Letter {
    mail: CapturedMail,
    decoded: Option<InboundMail>,
}

impl Sink {
    /// A sink over a store.
    #[must_use]
    pub fn new(inbox: Inbox) -> Self {
        Self { inbox, correspondents: OnceLock::new() }
    }

    /// Lets scripted correspondents answer from now on.
    pub fn answer_with(&self, correspondents: Correspondents) {
        // A second set would answer everything twice: the first stays.
        drop(self.correspondents.set(correspondents));
    }

    async fn keep(&self, mail: CapturedMail) -> Result<(), Refusal> {
        let envelope = Envelope { from: mail.envelope_from.clone(), to: mail.recipients.clone() };
        let decoded = parse(&mail.raw, Some(&envelope))
            .map_err(|error| tracing::warn!(%error, "a captured mail could not be decoded; it is kept as it is"))
            .ok();
        let letter = Arc::new(Letter { mail, decoded });
        let (core, kept) = (Arc::clone(&self.inbox.core), Arc::clone(&letter));
        let known = self.inbox.store.write(move |tx| store(tx, &core, &kept)).await.map_err(|error| {
            tracing::warn!(%error, source = ?error.source, "a captured mail could not be kept");
            match error.code.kind {
                Kind::Unavailable => Refusal::later("the database is out of reach"),
                _ => Refusal::later("the mail could not be kept"),
            }
        })?;
        if !known {
            return Err(Refusal::no_such_mailbox());
        }
        if let Some(correspondents) = self.correspondents.get() {
            correspondents.notice(&letter.mail, self.inbox.core.clock.as_ref());
        }
        Ok(())
    }
}

impl CaptureSink for Sink {
    fn accept(&self, mail: CapturedMail) -> BoxFuture<'_, Result<(), Refusal>> {
        self.keep(mail).boxed()
    }
}

/// Keeps a mail under every project it concerns; false when that is none.
fn store(tx: &mut Tx<'_>, core: &Core, letter: &Letter) -> Result<bool, Error> {
    let senders = identities_at(tx, &letter.mail.envelope_from)?;
    let header = letter.decoded.as_ref().and_then(|mail| mail.message_id.as_deref());
    let mut known = false;
    for recipient in &letter.mail.recipients {
        let receivers = identities_at(tx, recipient)?;
        let (direction, projects) = if receivers.is_empty() {
            ("out", owners(tx, &senders, header)?)
        } else {
            ("in", super::projects_of(&receivers))
        };
        for project in projects {
            known = true;
            keep_for(tx, core, letter, project, direction, recipient)?;
        }
        if let (false, Some(mail)) = (receivers.is_empty(), &letter.decoded) {
            super::take(tx, core, &receivers, mail)?;
        }
    }
    if known {
        tx.wake(Topic::Captures);
    }
    Ok(known)
}

fn identities_at(tx: &mut Tx<'_>, address: &str) -> Result<Vec<Identity>, Error> {
    match Email::parse(address) {
        Ok(email) => Ok(identities::find_anywhere(tx, email.as_str())?),
        Err(_) => Ok(Vec::new()),
    }
}

/// Whose mail it is that went out: the project that wrote this Message-ID, else every one with that sender.
fn owners(tx: &mut Tx<'_>, senders: &[Identity], header: Option<&str>) -> Result<Vec<ProjectId>, Error> {
    let candidates = super::projects_of(senders);
    if let (Some(header), true) = (header, candidates.len() > 1) {
        for project in &candidates {
            if messages::find_by_header(tx, *project, header, "out")?.is_some() {
                return Ok(vec![*project]);
            }
        }
    }
    Ok(candidates)
}

fn keep_for(
    tx: &mut Tx<'_>,
    core: &Core,
    letter: &Letter,
    project: ProjectId,
    direction: &str,
    recipient: &str,
) -> Result<(), Error> {
    let now = core.now();
    let subject = letter.decoded.as_ref().map_or("", |mail| mail.subject.as_str());
    let row = Captured {
        project_id: project,
        id: CaptureId(core.ids.next(now)),
        direction: direction.to_owned(),
        envelope_from: without_nul(&letter.mail.envelope_from),
        recipient: without_nul(recipient),
        subject: without_nul(subject),
        header_id: letter.decoded.as_ref().and_then(|mail| mail.message_id.as_deref()).map(without_nul),
        raw: letter.mail.raw.clone(),
        at: now,
    };
    Ok(row.insert(tx)?)
}

/// PostgreSQL's text has no NUL.
fn without_nul(text: &str) -> String {
    text.replace('\0', "")
}
