//! Mail, wired: adapters on one side, the engine's inbound rules and tables on the other. Judges no mail itself.

pub mod capture;
pub mod domains;
pub mod mailboxes;
pub mod servers;

use std::sync::Arc;

use outrider_domain::id::ProjectId;
use outrider_domain::mail::InboundMail;
use outrider_engine::context::Context;
use outrider_engine::inbound;
use outrider_engine::principal::Principal;
use outrider_engine::{Core, Error};
use outrider_store::identities::Identity;
use outrider_store::{Tx, messages};

/// Message-IDs of a mail that are looked at to find whose it is.
const HEADERS: usize = 50;

/// Takes a mail that came to a mailbox which these identities share, once for each project it concerns.
///
/// When it answers something a project sent, it is that project's alone; otherwise it is every one's that reads the mailbox.
///
/// # Errors
/// When the database fails.
fn take(tx: &mut Tx<'_>, core: &Core, identities: &[Identity], mail: &InboundMail) -> Result<(), Error> {
    let mut headers: Vec<String> = mail.original_message_id.iter().cloned().collect();
    headers.extend(mail.in_reply_to.iter().cloned());
    headers.extend(mail.references.iter().rev().cloned());
    headers.truncate(HEADERS);
    let mut chosen: Vec<(Identity, bool)> = Vec::new();
    for project in projects_of(identities) {
        let ours: Vec<&Identity> = identities.iter().filter(|identity| identity.project_id == project).collect();
        let answered = match headers.as_slice() {
            [] => None,
            some => messages::find_sent_by_headers(tx, project, some.to_vec())?,
        };
        let sender = answered.as_ref().and_then(|message| message.identity_id);
        let identity = ours
            .iter()
            .find(|identity| Some(identity.id) == sender)
            .or_else(|| {
                ours.iter().find(|identity| mail.to.iter().any(|to| to.eq_ignore_ascii_case(&identity.address)))
            })
            .or(ours.first());
        if let Some(identity) = identity {
            chosen.push(((*identity).clone(), answered.is_some()));
        }
    }
    let is_answer = chosen.iter().any(|(_, answers)| *answers);
    for (identity, _) in chosen.into_iter().filter(|(_, answers)| *answers || !is_answer) {
        let principal = Principal::engine(identity.project_id);
        let mut cx = Context::new(tx, core, &principal, core.now());
        let taken = inbound::take(&mut cx, &identity, mail)?;
        tracing::debug!(identity = %identity.id, ?taken, "a mail came in");
        cx.finish()?;
    }
    Ok(())
}

fn projects_of(identities: &[Identity]) -> Vec<ProjectId> {
    let mut projects: Vec<ProjectId> = identities.iter().map(|identity| identity.project_id).collect();
    projects.sort_unstable();
    projects.dedup();
    projects
}

/// The engine and its store, for what brings mail in.
#[derive(Clone)]
pub struct Inbox {
    /// The database.
    pub store: outrider_store::Store,
    /// Ids, settings, clock.
    pub core: Arc<Core>,
}
