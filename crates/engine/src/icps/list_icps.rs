//! `list_icps`: whom a project looks for.

use schemars::JsonSchema;
use serde::Serialize;

use super::{View, all};
use crate::context::Context;
use crate::error::Result;
use crate::operation::{Empty, Operation, Spec};

/// Lists ideal customers.
pub struct ListIcps;

/// All of them.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Icps {
    /// Newest first.
    pub icps: Vec<View>,
}

impl Operation for ListIcps {
    const SPEC: Spec = Spec::get("list_icps", "icps", "/icps", "icps:read", "List ideal customer profiles.");
    type Input = Empty;
    type Output = Icps;

    fn run(cx: &mut Context<'_, '_>, _: Empty) -> Result<Icps> {
        Ok(Icps { icps: all(cx)? })
    }
}
