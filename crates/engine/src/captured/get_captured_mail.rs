//! `get_captured_mail`: one captured mail with its source.

use outrider_domain::id::CaptureId;
use outrider_store::messages as rows;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::CapturedMail;
use crate::context::Context;
use crate::error::Result;
use crate::leads::missing;
use crate::operation::{Operation, Spec};

/// Gets a captured mail.
pub struct GetCapturedMail;

/// Which.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The captured mail.
    captured_mail_id: CaptureId,
}

/// A captured mail with its source.
#[derive(Debug, Serialize, JsonSchema)]
pub struct CapturedSource {
    /// The mail.
    #[serde(flatten)]
    pub mail: CapturedMail,
    /// The message as received, header and body; bytes that are not UTF-8 are replaced.
    pub raw: String,
}

impl Operation for GetCapturedMail {
    const SPEC: Spec = Spec::get(
        "get_captured_mail",
        "captured_mails",
        "/captured-mails/{captured_mail_id}",
        "emails:read",
        "Get a captured mail's source.",
    );
    type Input = Input;
    type Output = CapturedSource;

    fn run(cx: &mut Context<'_, '_>, input: Input) -> Result<CapturedSource> {
        let row = rows::get_captured(cx.tx, cx.project, input.captured_mail_id)
            .map_err(|error| missing(error, "captured mail", "captured_mail_id"))?;
        let raw = String::from_utf8_lossy(&row.raw).into_owned();
        Ok(CapturedSource { mail: row.into(), raw })
    }
}
