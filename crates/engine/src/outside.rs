//! The stage of an operation outside of any transaction: what it asks of the world before it can answer. Holds the order of the
//! steps as types; the pipeline takes them, and adapters do the asking.
//!
//! The pipeline runs [`Outside::question`] in a transaction that only reads, [`Outside::ask`] without one, and then the question
//! again and [`Operation::run`] in the transaction that commits; `run` finds the answer with [`Context::answer`]. So nothing is
//! written before the answer is there, and a process that dies while asking leaves nothing behind. What is asked must therefore do
//! no harm when it is asked twice: an act that must happen once is an action, and takes the road of `crate::actions`.

use std::any::Any;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use serde_json::Value;

use crate::context::Context;
use crate::error::{Error, Result, code};
use crate::operation::{Operation, decode};
use crate::ports::Ports;

/// An operation that asks. It sets [`Operation::OUTSIDE`] to `Some(Stage::of::<Self>())`.
pub trait Outside: Operation {
    /// What is asked.
    type Question: Send + 'static;
    /// What comes back; `run` reads it with [`Context::answer`].
    type Answer: Send + Sync + 'static;

    /// Checks the input against the world, says what to ask, and describes in `cx.plan` what the operation will do. Writes nothing.
    ///
    /// # Errors
    /// Those that the operation gives before it asks.
    fn question(cx: &mut Context<'_, '_>, input: Self::Input) -> Result<Self::Question>;

    /// Asks. Ends by itself within [`DEADLINE_SECONDS`].
    fn ask(ports: &Ports, question: Self::Question) -> BoxFuture<'_, Result<Self::Answer>>;
}

/// The longest an adapter may take to answer a question, in seconds; below the time a caller is left waiting.
pub const DEADLINE_SECONDS: u64 = 45;

/// An answer without its type.
pub(crate) type Answer = Arc<dyn Any + Send + Sync>;
/// A question without its type.
type Question = Box<dyn Any + Send>;

/// The stage of an operation without its types, as the list of operations holds it.
#[derive(Clone, Copy)]
pub struct Stage {
    pub(crate) question: fn(&mut Context<'_, '_>, &Value) -> Result<Question>,
    pub(crate) ask: fn(&Ports, Question) -> BoxFuture<'_, Result<Answer>>,
}

impl Stage {
    /// Of an operation.
    #[must_use]
    pub const fn of<O: Outside>() -> Self {
        Self { question: question::<O>, ask: ask::<O> }
    }
}

fn question<O: Outside>(cx: &mut Context<'_, '_>, input: &Value) -> Result<Question> {
    Ok(Box::new(O::question(cx, decode(input)?)?))
}

fn ask<O: Outside>(ports: &Ports, question: Question) -> BoxFuture<'_, Result<Answer>> {
    Box::pin(async move {
        let question = question.downcast::<O::Question>().map_err(|_| mixed_up())?;
        Ok(Arc::new(O::ask(ports, *question).await?) as Answer)
    })
}

pub(crate) fn mixed_up() -> Error {
    Error::new(code::INTERNAL_ERROR, "This operation was run without the answer it needs.")
}
