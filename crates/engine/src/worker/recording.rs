//! Recording what became of hand-overs. Hands nothing over.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use outrider_domain::id::ProjectId;
use outrider_store::jobs;
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout_at};

use super::room::Room;
use super::{ERROR_PAUSE_MS, Worker};
use crate::ahead;
use crate::context::Context;
use crate::delivery::{Answered, HandOver, record};
use crate::error::{Error, Result};
use crate::principal::Principal;

/// Most ends in one transaction.
const TOGETHER: usize = 256;
/// How long an end that was heard waits for others that are about to come: one transaction records many at nearly the price of one.
const GATHER: Duration = Duration::from_millis(5);

impl Worker {
    /// Records ends as they come, until nobody can send any more.
    pub(super) async fn record_all(
        self: Arc<Self>,
        room: Arc<Room>,
        mut ended: mpsc::UnboundedReceiver<(HandOver, Answered)>,
    ) {
        let mut together = Vec::new();
        while ended.recv_many(&mut together, TOGETHER).await > 0 {
            let until = Instant::now() + GATHER;
            while room.taken() > 0 && together.len() < room.half() {
                let more = ended.recv_many(&mut together, TOGETHER);
                if !timeout_at(until, more).await.is_ok_and(|more| more > 0) {
                    break;
                }
            }
            self.record(std::mem::take(&mut together)).await;
        }
    }

    /// Records ends of hand-overs, one transaction per project; tries until the database takes it, for an answer heard must
    /// not be lost while the process lives.
    pub(super) async fn record(&self, ended: Vec<(HandOver, Answered)>) {
        let mut by_project: BTreeMap<ProjectId, Vec<(HandOver, Answered)>> = BTreeMap::new();
        for one in ended {
            by_project.entry(one.0.project).or_default().push(one);
        }
        for (project, ended) in by_project {
            let ended = Arc::new(ended);
            loop {
                match self.try_record(project, Arc::clone(&ended)).await {
                    Ok(()) => break,
                    Err(error) if error.code.kind == crate::error::Kind::Unavailable => {
                        tracing::warn!(%project, error = %error, "answers wait for the database");
                        tokio::time::sleep(std::time::Duration::from_millis(ERROR_PAUSE_MS)).await;
                    }
                    Err(error) => {
                        tracing::error!(%project, error = %error, source = ?error.source, "answers could not be recorded together: one by one");
                        for one in ended.iter() {
                            if let Err(error) = self.try_record(project, Arc::new(vec![one.clone()])).await {
                                tracing::error!(action = %one.0.action, error = %error, source = ?error.source, delivery = ?one.1, "an answer could not be recorded; the action will be unknown");
                            }
                        }
                        break;
                    }
                }
            }
        }
    }

    async fn try_record(&self, project: ProjectId, ended: Arc<Vec<(HandOver, Answered)>>) -> Result<()> {
        let core = Arc::clone(&self.core);
        self.store
            .write(move |tx| {
                let principal = Principal::engine(project);
                let mut cx = Context::new(tx, &core, &principal, core.now());
                ahead::of_answers(&mut cx, ended.iter().map(|(hand_over, _)| hand_over))?;
                let claims = ended.iter().map(|(hand_over, _)| (hand_over.job, hand_over.token));
                let held = jobs::held(cx.tx, claims)?;
                for (hand_over, answered) in ended.iter() {
                    record::record(&mut cx, hand_over, answered, held.contains(&hand_over.job))?;
                }
                cx.finish()?;
                Ok::<_, Error>(())
            })
            .await
    }
}
