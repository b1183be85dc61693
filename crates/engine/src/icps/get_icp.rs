//! `get_icp`: one ideal customer.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{View, find};
use crate::context::Context;
use crate::error::Result;
use crate::operation::{Operation, Spec};

/// Gets an ideal customer.
pub struct GetIcp;

/// Which.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Its number.
    #[schemars(range(min = 1))]
    icp: i64,
}

impl Operation for GetIcp {
    const SPEC: Spec = Spec::get("get_icp", "icps", "/icps/{icp}", "icps:read", "Get an ideal customer profile.");
    type Input = Input;
    type Output = View;

    fn run(cx: &mut Context<'_, '_>, input: Input) -> Result<View> {
        find(cx, input.icp)
    }
}
