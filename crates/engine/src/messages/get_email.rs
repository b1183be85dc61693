//! `get_email`: one mail.

use outrider_domain::id::MessageId;
use outrider_store::messages as rows;
use schemars::JsonSchema;
use serde::Deserialize;

use super::Email;
use crate::context::Context;
use crate::error::Result;
use crate::leads::missing;
use crate::operation::{Operation, Spec};

/// Gets a mail.
pub struct GetEmail;

/// Which.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The mail.
    email_id: MessageId,
}

impl Operation for GetEmail {
    const SPEC: Spec = Spec::get("get_email", "emails", "/emails/{email_id}", "emails:read", "Get a mail.");
    type Input = Input;
    type Output = Email;

    fn run(cx: &mut Context<'_, '_>, input: Input) -> Result<Email> {
        Ok(rows::get(cx.tx, cx.project, input.email_id).map_err(|error| missing(error, "email", "email_id"))?.into())
    }
}
