//! `get_call_recording`: the sound of a call, where a carrier gave one.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use outrider_domain::id::CallId;
use outrider_store::calls as rows;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::context::Context;
use crate::error::{Error, Result, code};
use crate::leads::missing;
use crate::operation::{Operation, Spec};

/// Gets a recording.
pub struct GetCallRecording;

/// Of which call.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The call.
    pub call_id: CallId,
}

/// The sound of a call.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Recording {
    /// The call.
    pub call_id: CallId,
    /// Media type, such as `audio/mpeg`.
    pub content_type: String,
    /// Bytes there are.
    pub size: usize,
    /// The bytes in base64 (RFC 4648 section 4).
    pub data: String,
}

impl Operation for GetCallRecording {
    const SPEC: Spec = Spec::get(
        "get_call_recording",
        "calls",
        "/calls/{call_id}/recording",
        "calls:read",
        "Get the recording of a call.",
    )
    .describe("Only calls whose carrier gave a recording have one; the sandbox carrier gives none, for nobody speaks.")
    .fails(&[code::RESOURCE_NOT_FOUND, code::RECORDING_UNAVAILABLE]);
    type Input = Input;
    type Output = Recording;

    fn run(cx: &mut Context<'_, '_>, input: Input) -> Result<Recording> {
        let call = rows::get(cx.tx, cx.project, input.call_id).map_err(|error| missing(error, "call", "call_id"))?;
        let row = rows::recording(cx.tx, cx.project, call.id)?.ok_or_else(|| {
            Error::new(code::RECORDING_UNAVAILABLE, "There is no recording of this call.").at("call_id")
        })?;
        Ok(Recording {
            call_id: call.id,
            content_type: row.content_type,
            size: row.bytes.len(),
            data: STANDARD.encode(&row.bytes),
        })
    }
}
