//! Owns the trial of a transport for `outrider doctor`. Sends no mail.

use super::connection::Connection;
use super::deadlines::Deadlines;
use super::outcome::{Cause, Failure, Phase};
use super::pool::Pool;

/// One step of a trial, in the order taken; the first failure is the last step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckStep {
    /// What was tried: `connecting`, `the greeting`, `EHLO`, `TLS`, `authentication`, `NOOP`, `QUIT`.
    pub step: &'static str,
    /// Whether it worked.
    pub ok: bool,
    /// What was found, or what went wrong.
    pub detail: String,
}

impl Pool {
    /// Connects anew, greets, encrypts, authenticates, says NOOP and QUIT, and tells how each step went.
    pub async fn check(&self) -> Vec<CheckStep> {
        let inner = self.inner();
        let deadlines = Deadlines::starting_now(inner.timeouts);
        let mut steps = Vec::new();
        let mut report = |phase: Phase, detail: String| steps.push(CheckStep { step: phase.label(), ok: true, detail });
        let opened = Connection::open(&inner.transport, inner.tls.as_ref(), &deadlines, &mut report).await;
        match opened {
            Err(failure) => {
                steps.push(CheckStep { step: failure.phase.label(), ok: false, detail: failure.describe() })
            }
            Ok(mut connection) => {
                for command in ["NOOP", "QUIT"] {
                    let outcome = connection.command(Phase::Hello, command, &deadlines).await.and_then(|reply| {
                        if reply.is_positive() {
                            Ok(reply.as_line())
                        } else {
                            Err(Failure::new(Phase::Hello, Cause::Reply(reply)))
                        }
                    });
                    let ok = outcome.is_ok();
                    let detail = outcome.unwrap_or_else(|failure| match failure.cause {
                        Cause::Reply(reply) => reply.as_line(),
                        Cause::Lost(why) => why,
                        _ => "no answer".to_owned(),
                    });
                    steps.push(CheckStep { step: command, ok, detail });
                    if !ok {
                        break;
                    }
                }
            }
        }
        steps
    }
}
