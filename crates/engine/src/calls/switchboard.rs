//! The switchboard: where carriers bring what they report and hear, and get what is to be said. Finds whose call it is; decides
//! nothing.

use std::sync::Arc;

use outrider_domain::telephony::{Answer, CallReport, Line};
use outrider_store::Store;
use outrider_voice::Heard;

use super::converse;
use super::report::{Taken, find, record_call_event};
use crate::context::Context;
use crate::core::Core;
use crate::error::{Error, Result};
use crate::principal::Principal;

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
