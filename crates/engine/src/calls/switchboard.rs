//! The switchboard: where carriers bring what they report, hear and read, and get what is to be said. Finds whose it is; decides
//! nothing.

use std::sync::Arc;

use outrider_domain::telephony::{Answer, CallReport, IncomingText, Line, Reference, SANDBOX};
use outrider_domain::time::Millis;
use outrider_store::identities::{self, PHONE};
use outrider_store::{Backend, Store, calls, nodes, texts as rows};
use outrider_voice::Heard;

use super::converse;
use super::report::{Taken, find, record_call_event};
use crate::context::Context;
use crate::core::Core;
use crate::error::{Error, Result};
use crate::principal::Principal;
use crate::texts;

/// Stands between a sandbox line's own id and the process in which its callee lives.
pub const PROCESS: char = '@';

/// Most calls looked at together.
const LOOKED_AT: i64 = 10_000;

/// The engine's end of every telephone line; clones share it.
#[derive(Clone)]
pub struct Switchboard {
    store: Store,
    core: Arc<Core>,
}

impl Switchboard {
    /// Over a store.
    #[must_use]
    pub fn new(store: Store, core: Arc<Core>) -> Self {
        Self { store, core }
    }

    /// The lines of the sandbox carrier whose process is gone, each with the moment up to which its call is known. A process names
    /// itself at the end of a line's id; where processes share no database, any other process than `own` is gone.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn abandoned(&self, own: &str) -> Result<Vec<(Line, Millis)>> {
        let (own, now) = (own.to_owned(), self.core.now());
        let shared = self.store.backend() == Backend::Postgres;
        self.store
            .read(move |tx| {
                let others = if shared { nodes::holders(tx, now)? } else { Vec::new() };
                let gone = |id: &str| {
                    let process = id.rsplit_once(PROCESS).map_or("", |(_, process)| process);
                    process != own && !others.iter().any(|other| other == process)
                };
                let calls = calls::under_way(tx, LOOKED_AT)?;
                let lost = calls.into_iter().filter_map(|call| {
                    let carrier_id = call.carrier_id.filter(|id| gone(id))?;
                    let carrier = call.carrier.filter(|carrier| carrier == SANDBOX)?;
                    let reference = Some(Reference { project: call.project_id, call: call.id });
                    Some((Line { carrier, carrier_id, reference }, call.updated_at))
                });
                Ok::<_, Error>(lost.collect())
            })
            .await
    }

    /// Takes a carrier's report, once.
    ///
    /// # Errors
    /// When the database fails: the carrier may report again.
    pub async fn report(&self, report: CallReport) -> Result<Taken> {
        let core = Arc::clone(&self.core);
        self.store
            .write(move |tx| {
                let Some((project, call)) = find(tx, &report.line)? else {
                    tracing::info!(
                        carrier = report.line.carrier,
                        id = report.line.carrier_id,
                        event = report.event.as_str(),
                        "a report of a call that is not ours"
                    );
                    return Ok(Taken::Stranger);
                };
                let principal = Principal::engine(project);
                let mut cx = Context::new(tx, &core, &principal, core.now());
                let taken = record_call_event(&mut cx, call, &report)?;
                cx.finish()?;
                Ok::<_, Error>(taken)
            })
            .await
    }

    /// Takes a text message that came to one of our numbers, once.
    ///
    /// # Errors
    /// When the database fails: the carrier may tell again.
    pub async fn text(&self, text: IncomingText) -> Result<texts::inbound::Taken> {
        let core = Arc::clone(&self.core);
        self.store
            .write(move |tx| {
                let numbers = identities::find_anywhere(tx, text.to.as_str())?;
                let mut ours = numbers.into_iter().filter(|row| row.kind == PHONE && row.transport == text.carrier);
                let written = rows::last_to(tx, text.from.as_str(), text.to.as_str())?.map(|(project, _)| project);
                // A number that several projects have is answered by the one that wrote last.
                let number = match written {
                    Some(project) => ours.find(|row| row.project_id == project),
                    None => ours.next(),
                };
                let Some(number) = number else { return Ok(texts::inbound::Taken::Stranger) };
                let principal = Principal::engine(number.project_id);
                let mut cx = Context::new(tx, &core, &principal, core.now());
                let taken = texts::inbound::take(&mut cx, &number, &text)?;
                cx.finish()?;
                Ok::<_, Error>(taken)
            })
            .await
    }

    /// Answers what was heard on a line; `turn` counts from 1.
    ///
    /// # Errors
    /// `resource_not_found` for a line that is not ours; `wrong_state` when the call is over, or the turn out of order.
    pub async fn hear(&self, line: Line, turn: i64, heard: Heard) -> Result<Answer> {
        let core = Arc::clone(&self.core);
        self.store
            .write(move |tx| {
                let Some((project, call)) = find(tx, &line)? else { return Err(Error::not_found("call")) };
                let principal = Principal::engine(project);
                let mut cx = Context::new(tx, &core, &principal, core.now());
                let answer = converse::hear(&mut cx, call, turn, heard.clone())?;
                cx.finish()?;
                Ok::<_, Error>(answer)
            })
            .await
    }
}
