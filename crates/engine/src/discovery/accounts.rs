//! `get_seller_accounts` and `set_seller_accounts`: which companies are assigned to a seller, and whether these alone may be
//! discovered. Discovers nothing.

use outrider_domain::address::Domain;
use outrider_domain::id::UserId;
use outrider_store::projects;
use outrider_store::prospects as rows;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::context::{Context, Event};
use crate::error::{Error, Result, code};
use crate::operation::{Operation, Spec};
use crate::users::caller::sees_only;

/// Shows a seller's accounts.
pub struct GetSellerAccounts;

/// Sets a seller's accounts.
pub struct SetSellerAccounts;

/// Whose.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Whose {
    /// The seller.
    user_id: UserId,
}

/// What is to hold.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The seller.
    user_id: UserId,
    /// Domains of the companies assigned, all of them: others are taken away.
    #[serde(default)]
    #[schemars(length(max = 10_000))]
    domains: Vec<Domain>,
    /// Whether the seller may discover these alone.
    #[serde(default)]
    restricted: bool,
}

/// A seller's accounts.
#[derive(Debug, Serialize, JsonSchema)]
pub struct SellerAccounts {
    /// The seller.
    user_id: UserId,
    /// Domains of the companies assigned.
    domains: Vec<String>,
    /// Whether the seller may discover these alone.
    restricted: bool,
}

/// Refuses people of other organizations, and sellers who ask about others.
fn check(cx: &mut Context<'_, '_>, user: UserId) -> Result<()> {
    let organization = projects::get(cx.tx, cx.project)?.organization_id;
    let known = projects::user(cx.tx, user)?.is_some_and(|user| user.organization_id == organization);
    if !known {
        return Err(Error::not_found("user").at("user_id"));
    }
    Ok(())
}

impl Operation for GetSellerAccounts {
    const SPEC: Spec = Spec::get(
        "get_seller_accounts",
        "discovery",
        "/users/{user_id}/accounts",
        "discovery:read",
        "Get the companies assigned to a seller.",
    )
    .fails(&[code::RESOURCE_NOT_FOUND]);
    type Input = Whose;
    type Output = SellerAccounts;

    fn run(cx: &mut Context<'_, '_>, input: Whose) -> Result<SellerAccounts> {
        check(cx, input.user_id)?;
        let (domains, restricted) = rows::accounts(cx.tx, cx.project, input.user_id)?;
        Ok(SellerAccounts { user_id: input.user_id, domains, restricted })
    }
}

impl Operation for SetSellerAccounts {
    const SPEC: Spec = Spec::act(
        "set_seller_accounts",
        "discovery",
        "/users/{user_id}/accounts",
        "discovery:write",
        "Assign companies to a seller, and say whether they may discover these alone.",
    )
    .natural()
    .fails(&[code::RESOURCE_NOT_FOUND]);
    type Input = Input;
    type Output = SellerAccounts;

    fn run(cx: &mut Context<'_, '_>, input: Input) -> Result<SellerAccounts> {
        check(cx, input.user_id)?;
        if sees_only(cx)?.is_some() {
            return Err(Error::new(code::INSUFFICIENT_SCOPE, "Only an owner or admin assigns accounts."));
        }
        let domains: Vec<String> = input.domains.iter().map(ToString::to_string).collect();
        rows::set_accounts(cx.tx, cx.project, input.user_id, &domains, input.restricted)?;
        let data = json!({ "accounts": domains.len(), "restricted": input.restricted });
        cx.emit(Event::new("seller.accounts_assigned").subject(input.user_id).data(data));
        let (domains, restricted) = rows::accounts(cx.tx, cx.project, input.user_id)?;
        Ok(SellerAccounts { user_id: input.user_id, domains, restricted })
    }
}
