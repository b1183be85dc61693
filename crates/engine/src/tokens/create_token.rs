//! `create_token`: a personal access token of the caller's own; its secret is in this answer and nowhere else.

use outrider_domain::time::Millis;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::{DIALECT, SCOPES, person};
use crate::context::Context;
use crate::error::{Error, Result, code};
use crate::keys::create_key::{self, CreateKey};
use crate::leads::tidy;
use crate::operation::{Operation, Spec, within};

/// Makes a personal token.
pub struct CreateToken;

/// What a token is to be.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// What it is for.
    #[serde(default)]
    #[schemars(length(max = 200))]
    name: Option<String>,
    /// What it may do, of `contacts:read`, `sequences:read`, `sequences:write`, `discover`, `enrich` and `outreach:run`.
    #[schemars(length(min = 1, max = 20))]
    scopes: Vec<String>,
    /// When it stops working; never when absent.
    #[serde(default)]
    expires_at: Option<Millis>,
}

impl Operation for CreateToken {
    const SPEC: Spec = Spec::create(
        "create_token",
        "tokens",
        "/tokens",
        "keys:write",
        "Make a personal access token that acts as you on the ARTRA API; its secret is shown once.",
    )
    .fails(&[code::INVALID_SESSION]);
    type Input = Input;
    type Output = create_key::Output;

    fn run(cx: &mut Context<'_, '_>, input: Input) -> Result<create_key::Output> {
        let user = person(cx)?;
        let mut scopes: Vec<String> = Vec::new();
        for scope in input.scopes {
            if !SCOPES.iter().any(|(known, _)| *known == scope) {
                let known: Vec<&str> = SCOPES.iter().map(|(known, _)| *known).collect();
                let text = format!("{scope:?} is no scope of a token. There are {}.", known.join(", "));
                return Err(Error::invalid("scopes", text));
            }
            if !scopes.contains(&scope) {
                scopes.push(scope);
            }
        }
        if scopes.is_empty() {
            return Err(Error::invalid("scopes", "Choose what the token may do."));
        }
        let name = tidy("name", input.name)?.unwrap_or_default();
        let asked = json!({
            "name": name, "dialect": DIALECT, "scopes": scopes, "user_id": user, "expires_at": input.expires_at,
        });
        within::<CreateKey>(cx, asked)
    }
}
