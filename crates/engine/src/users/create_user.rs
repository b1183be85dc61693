//! `create_user`: a person of the organization; for the operator.

use outrider_domain::address::Email;
use outrider_domain::id::UserId;
use outrider_store::projects as rows;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::User;
use super::role::Role;
use crate::context::{Context, Event};
use crate::error::{Error, Result, code};
use crate::fields::operator_only;
use crate::leads::tidy;
use crate::operation::{Operation, Spec};

/// Creates a user.
pub struct CreateUser;

/// What a user is made of.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Unique over the installation.
    email: Email,
    /// Display name; the part before the @ when absent.
    #[serde(default)]
    #[schemars(length(max = 200))]
    name: Option<String>,
    /// `owner`, `admin`, `seller` or `viewer`; `seller` when absent.
    #[serde(default)]
    role: Role,
}

impl Operation for CreateUser {
    const SPEC: Spec = Spec::create(
        "create_user",
        "users",
        "/users",
        "users:write",
        "Create a person of the organization; for the operator.",
    )
    .fails(&[code::ALREADY_EXISTS]);
    type Input = Input;
    type Output = User;

    fn run(cx: &mut Context<'_, '_>, input: Input) -> Result<User> {
        operator_only(cx, "create users")?;
        if rows::find_user(cx.tx, input.email.as_str())?.is_some() {
            return Err(Error::new(code::ALREADY_EXISTS, "A user with this address exists already.").at("email"));
        }
        let row = rows::User {
            id: UserId(cx.id()),
            organization_id: rows::get(cx.tx, cx.project)?.organization_id,
            name: tidy("name", input.name)?.unwrap_or_else(|| input.email.local().to_owned()),
            email: input.email.to_string(),
            role: input.role.as_str().to_owned(),
            created_at: cx.now,
        };
        row.clone().insert(cx.tx)?;
        cx.emit(Event::new("user.created").subject(row.id).data(json!({ "email": row.email, "role": row.role })));
        Ok(row.into())
    }
}
