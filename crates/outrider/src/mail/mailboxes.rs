//! IMAP mailboxes: each configured one that an identity names is watched by one node at a time, and what arrives is taken in.
//! Speaks no IMAP itself.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{BoxFuture, FutureExt as _};
use outrider_domain::time::SECOND;
use outrider_engine::Error;
use outrider_engine::context::{Context, Event};
use outrider_engine::error::Kind;
use outrider_engine::principal::Principal;
use outrider_providers::imap::{self, Cursor, HandlerError, ImapSettings, MailHandler, Problem, WatchState};
use outrider_providers::parse::parse;
use outrider_store::identities::{self, Identity};
use outrider_store::{Tx, leases};
use serde_json::json;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::Inbox;

/// Between two looks at which mailboxes are to be watched, and renewals of the leases.
const LOOK: Duration = Duration::from_secs(10);
/// How long a lease lasts without renewal.
const LEASE_MS: i64 = 60 * SECOND;

/// A watcher under way.
struct Running {
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

/// Watches mailboxes until told to stop.
pub async fn run(
    inbox: Inbox,
    mailboxes: BTreeMap<String, ImapSettings>,
    holder: String,
    mut stop: watch::Receiver<bool>,
) {
    let mut running: HashMap<String, Running> = HashMap::new();
    while !*stop.borrow() {
        for (name, settings) in &mailboxes {
            let held = match hold(&inbox, name, &holder).await {
                Ok(held) => held,
                Err(error) => {
                    // The lease may run out meanwhile: watching twice is harmless, since a mail is taken once, and not
                    // watching at all is not.
                    tracing::warn!(mailbox = name, %error, "could not renew the lease of a mailbox");
                    continue;
                }
            };
            match (held, running.contains_key(name)) {
                (true, false) => {
                    tracing::info!(mailbox = name, host = settings.host, "watching a mailbox");
                    running.insert(name.clone(), begin(&inbox, name, settings));
                }
                (false, true) => {
                    tracing::info!(mailbox = name, "another node watches this mailbox now, or no sender reads it");
                    if let Some(watcher) = running.remove(name) {
                        end(watcher).await;
                    }
                }
                _ => {}
            }
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK) => {}
            _ = stop.wait_for(|stop| *stop) => {}
        }
    }
    for (name, watcher) in running {
        end(watcher).await;
        if let Err(error) = release(&inbox, &name, &holder).await {
            tracing::debug!(mailbox = name, %error, "the lease of a mailbox will run out by itself");
        }
    }
}

fn begin(inbox: &Inbox, name: &str, settings: &ImapSettings) -> Running {
    let (stop, stopped) = watch::channel(false);
    let handler = Arc::new(Handler { inbox: inbox.clone(), mailbox: name.to_owned() });
    let task = tokio::spawn(imap::watch(settings.clone(), handler, Arc::clone(&inbox.core.clock), stopped));
    Running { stop, task }
}

async fn end(watcher: Running) {
    watcher.stop.send_replace(true);
    if let Err(error) = watcher.task.await {
        tracing::error!(%error, "a watcher ended badly");
    }
}

/// Takes or renews the lease of a mailbox; false when another node holds it or no identity reads it.
async fn hold(inbox: &Inbox, mailbox: &str, holder: &str) -> Result<bool, Error> {
    let (core, mailbox, holder) = (Arc::clone(&inbox.core), mailbox.to_owned(), holder.to_owned());
    inbox
        .store
        .write(move |tx| {
            let now = core.now();
            Ok(!readers(tx, &mailbox)?.is_empty()
                && leases::take(tx, &lease_name(&mailbox), &holder, now.plus(LEASE_MS), now)?)
        })
        .await
}

fn lease_name(mailbox: &str) -> String {
    format!("mailbox/{mailbox}")
}

/// Gives a lease back, if it is ours.
async fn release(inbox: &Inbox, mailbox: &str, holder: &str) -> Result<(), Error> {
    let (name, holder) = (lease_name(mailbox), holder.to_owned());
    inbox.store.write(move |tx| Ok(leases::release(tx, &name, &holder)?)).await
}

/// The identities that read a mailbox, oldest project first.
fn readers(tx: &mut Tx<'_>, mailbox: &str) -> Result<Vec<Identity>, Error> {
    let all = identities::with_mailbox(tx)?;
    Ok(all.into_iter().filter(|identity| identity.mailbox.as_deref() == Some(mailbox)).collect())
}

/// What one mailbox's watcher reports to.
struct Handler {
    inbox: Inbox,
    mailbox: String,
}

impl Handler {
    async fn read_cursor(&self) -> Result<Option<Cursor>, Error> {
        let mailbox = self.mailbox.clone();
        let found = self
            .inbox
            .store
            .read(move |tx| {
                // All its readers are moved on together; one that was added since has none yet.
                for identity in readers(tx, &mailbox)? {
                    if let Some(cursor) = identities::cursor(tx, identity.project_id, identity.id)? {
                        return Ok(Some(cursor));
                    }
                }
                Ok::<_, Error>(None)
            })
            .await?;
        Ok(found.and_then(|(validity, uid)| {
            Some(Cursor { uid_validity: u32::try_from(validity).ok()?, uid: u32::try_from(uid).ok()? })
        }))
    }

    async fn write_cursor(&self, cursor: Cursor) -> Result<(), Error> {
        let mailbox = self.mailbox.clone();
        self.inbox
            .store
            .write(move |tx| {
                for identity in readers(tx, &mailbox)? {
                    let (validity, uid) = (i64::from(cursor.uid_validity), i64::from(cursor.uid));
                    identities::set_cursor(tx, identity.project_id, identity.id, validity, uid)?;
                }
                Ok(())
            })
            .await
    }

    async fn take(&self, raw: Vec<u8>) -> Result<(), HandlerError> {
        let decoded = parse(&raw, None).map_err(|error| HandlerError::Poisonous(error.to_string()))?;
        let (core, mailbox, decoded) = (Arc::clone(&self.inbox.core), self.mailbox.clone(), Arc::new(decoded));
        let taken = self
            .inbox
            .store
            .write(move |tx| {
                let readers = readers(tx, &mailbox)?;
                super::take(tx, &core, &readers, &decoded)
            })
            .await;
        taken.map_err(|error| match error.code.kind {
            Kind::Unavailable => HandlerError::Later(error.to_string()),
            _ => HandlerError::Poisonous(format!("{error} ({:?})", error.source)),
        })
    }

    /// Tells every project that reads the mailbox, in its log.
    async fn report(&self, problem: Problem) -> Result<(), Error> {
        let (core, mailbox) = (Arc::clone(&self.inbox.core), self.mailbox.clone());
        let (what, uid, why) = match problem {
            Problem::Poisonous { at, why, .. } => ("poisonous", at.uid, why),
            Problem::Oversized { at, bytes } => ("oversized", at.uid, format!("{bytes} bytes")),
            Problem::Unreadable { at, why } => ("unreadable", at.uid, why),
            Problem::Renumbered { before, now } => {
                ("renumbered", now.uid, format!("from UIDVALIDITY {}", before.uid_validity))
            }
        };
        tracing::warn!(mailbox, what, uid, why, "a message was passed over, or the mailbox begun anew");
        self.inbox
            .store
            .write(move |tx| {
                let readers = readers(tx, &mailbox)?;
                for project in super::projects_of(&readers) {
                    let principal = Principal::engine(project);
                    let mut cx = Context::new(tx, &core, &principal, core.now());
                    let data = json!({ "mailbox": mailbox, "problem": what, "uid": uid, "detail": why });
                    cx.emit(Event::new("mailbox.problem").data(data));
                    cx.finish()?;
                }
                Ok(())
            })
            .await
    }
}

impl MailHandler for Handler {
    fn cursor(&self) -> BoxFuture<'_, Result<Option<Cursor>, String>> {
        async { self.read_cursor().await.map_err(|error| error.to_string()) }.boxed()
    }

    fn message<'a>(&'a self, _: Cursor, raw: &'a [u8]) -> BoxFuture<'a, Result<(), HandlerError>> {
        self.take(raw.to_vec()).boxed()
    }

    fn problem(&self, problem: Problem) -> BoxFuture<'_, Result<(), String>> {
        async { self.report(problem).await.map_err(|error| error.to_string()) }.boxed()
    }

    fn advance(&self, cursor: Cursor) -> BoxFuture<'_, Result<(), String>> {
        async move { self.write_cursor(cursor).await.map_err(|error| error.to_string()) }.boxed()
    }

    fn state(&self, state: WatchState) {
        match state {
            WatchState::Connected { idle } => tracing::info!(mailbox = self.mailbox, idle, "the mailbox is open"),
            WatchState::Disconnected { why, retry_in } => {
                tracing::warn!(mailbox = self.mailbox, why, retry_in, "the mailbox is out of reach");
            }
        }
    }
}
