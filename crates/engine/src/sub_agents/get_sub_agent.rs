//! `get_sub_agent`: one of them, without secrets.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{View, view, visible};
use crate::context::Context;
use crate::error::Result;
use crate::operation::{Operation, Spec};

/// Gets a sub-agent.
pub struct GetSubAgent;

/// Which.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Its number.
    #[schemars(range(min = 1))]
    sub_agent: i64,
}

impl Operation for GetSubAgent {
    const SPEC: Spec =
        Spec::get("get_sub_agent", "sub_agents", "/sub-agents/{sub_agent}", "keys:read", "Get a sub-agent.");
    type Input = Input;
    type Output = View;

    fn run(cx: &mut Context<'_, '_>, input: Input) -> Result<View> {
        let agent = visible(cx, input.sub_agent)?;
        view(cx, agent)
    }
}
