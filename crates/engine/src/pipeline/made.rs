//! Calls with an input that was made in this process, for those who make very many. Receives nothing from outside.

use std::sync::Arc;

use serde::Serialize;
use serde_json::json;

use super::digest::fingerprint_of;
use super::{Credential, Pipeline, Undo, admit};
use crate::context::Context;
use crate::error::{Error, Result, code};
use crate::operation::Operation;
use crate::principal::Principal;

impl Pipeline {
    /// Calls an operation as somebody known, with an input that was made here as a value of its own type: nothing is written as
    /// JSON and read again, and its bounds hold. For those who call one very often, such as the import of a file. Such a call
    /// has no idempotency key, and its audit line has the digest of the input as its own type writes it. A preview gives the
    /// output alone.
    ///
    /// # Errors
    /// The pipeline's own, and the operation's.
    pub async fn call_made<O>(
        &self,
        principal: Principal,
        input: O::Input,
        dry_run: bool,
        request_id: &str,
    ) -> Result<O::Output>
    where
        O: Operation<Input: Clone + Serialize + Send + Sync, Output: Send>,
    {
        let (core, now) = (Arc::clone(&self.core), self.core.now());
        let written = serde_json::to_string(&input).map_err(|error| Error {
            source: Some(Box::new(error)),
            ..Error::new(code::INTERNAL_ERROR, "The input could not be written.")
        })?;
        let detail = json!({ "request_id": request_id, "input": fingerprint_of(O::SPEC.name, &written) });
        let done = self.store.write(move |tx| {
            admit(tx, &O::SPEC, &Credential::Known(principal.clone()), now)?;
            let mut cx = Context::new(tx, &core, &principal, now);
            let output = O::run(&mut cx, input.clone())?;
            if dry_run {
                return Err(Undo::Preview(output));
            }
            cx.audit(O::SPEC.name, None, &detail);
            cx.finish()?;
            Ok(output)
        });
        done.await.or_else(Undo::end)
    }
}
