//! The switchboard: where carriers bring what they report, hear and read, and get what is to be said. Finds whose it is; decides
//! nothing.

use std::sync::Arc;

use outrider_domain::telephony::{Answer, CallReport, IncomingText, Line};
use outrider_store::identities::{self, PHONE};
use outrider_store::{Store, texts as rows};
use outrider_voice::Heard;

use super::converse;
use super::report::{Taken, find, record_call_event};
use crate::context::Context;
use crate::core::Core;
use crate::error::{Error, Result};
use crate::principal::Principal;
use crate::texts;

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
