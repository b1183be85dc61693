//! A closure on its way through a worker thread, with the type of its result hidden. Decides nothing about transactions.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::error::Error;
use crate::tx::Tx;

/// What a worker can do with a closure: run it, perhaps several times, and answer exactly once.
pub(crate) trait Task: Send {
    /// Runs it and keeps its result. True when it wants its changes committed.
    fn run(&mut self, tx: &mut Tx<'_>) -> bool;
    /// Answers the kept result.
    fn answer(self: Box<Self>);
    /// Answers an error in place of whatever was kept.
    fn fail(self: Box<Self>, error: Error);
    /// Whether somebody still waits for the answer.
    fn is_awaited(&self) -> bool;
}

/// Where the answer goes.
pub(crate) trait Reply<R>: Send {
    fn send(self, result: R);
    fn is_awaited(&self) -> bool;
}

impl<R: Send> Reply<R> for tokio::sync::oneshot::Sender<R> {
    fn send(self, result: R) {
        // A caller that has stopped waiting has no use for the answer.
        let _ = self.send(result);
    }
    fn is_awaited(&self) -> bool {
        !self.is_closed()
    }
}

impl<R: Send> Reply<R> for std::sync::mpsc::Sender<R> {
    fn send(self, result: R) {
        let _ = Self::send(&self, result);
    }
    fn is_awaited(&self) -> bool {
        true
    }
}

struct Closure<T, E, F, P> {
    work: F,
    result: Option<Result<T, E>>,
    reply: P,
}

/// Wraps a closure and the place its answer goes to.
pub(crate) fn task<T, E, F, P>(work: F, reply: P) -> Box<dyn Task>
where
    T: Send + 'static,
    E: From<Error> + Send + 'static,
    F: Fn(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
    P: Reply<Result<T, E>> + 'static,
{
    Box::new(Closure { work, result: None, reply })
}

impl<T, E, F, P> Task for Closure<T, E, F, P>
where
    T: Send + 'static,
    E: From<Error> + Send + 'static,
    F: Fn(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
    P: Reply<Result<T, E>>,
{
    fn run(&mut self, tx: &mut Tx<'_>) -> bool {
        let result = match catch_unwind(AssertUnwindSafe(|| (self.work)(tx))) {
            // What has failed before fails here again.
            Ok(Ok(value)) => {
                match tx.failure().map(|failure| failure.error.clone()).map_or_else(|| tx.write_all(), Err) {
                    Ok(()) => Ok(value),
                    Err(error) => Err(E::from(error)),
                }
            }
            Ok(Err(error)) => Err(error),
            Err(panic) => Err(E::from(Error::sql("closure", format!("panicked: {}", panic_text(&*panic))))),
        };
        let commit = result.is_ok();
        self.result = Some(result);
        commit
    }

    fn answer(self: Box<Self>) {
        let result = self.result.unwrap_or_else(|| Err(E::from(Error::sql("closure", "was never run"))));
        self.reply.send(result);
    }

    fn fail(self: Box<Self>, error: Error) {
        self.reply.send(Err(E::from(error)));
    }

    fn is_awaited(&self) -> bool {
        self.reply.is_awaited()
    }
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message")
}
