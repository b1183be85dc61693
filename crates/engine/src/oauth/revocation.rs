//! Token revocation (RFC 7009): a client gives back what it holds. A refresh token takes its whole family with it.

use std::sync::Arc;

use outrider_store::oauth_grants as rows;
use serde_json::json;

use super::authorize::Parameters;
use super::exchange::{Proof, authenticate};
use super::{Refusal, note};
use crate::error::Error;
use crate::keys::hash;
use crate::pipeline::Pipeline;
use crate::principal::Actor;

/// Revokes a token; an unknown one is revoked already (section 2.2).
///
/// # Errors
/// `invalid_request`, `invalid_client`; `invalid_grant` for a token of another client.
pub async fn revoke(pipeline: &Pipeline, issuer: &str, proof: &Proof, parameters: &Parameters) -> Result<(), Refusal> {
    let secret = parameters.required("token")?.to_owned();
    let client = authenticate(pipeline, issuer, proof).await?;
    let core = Arc::clone(pipeline.core());
    let own = pipeline
        .store()
        .write(move |tx| {
            let Some(token) = rows::find_token(tx, &hash(&secret))? else { return Ok::<_, Error>(true) };
            let Some(grant) = rows::get(tx, token.grant_id)? else { return Ok(true) };
            if grant.issuer != client.issuer || grant.client_id != client.id {
                return Ok(false);
            }
            let detail = json!({ "client_id": grant.client_id, "token": token.kind });
            if token.kind != "refresh" {
                rows::end_token(tx, &token.hash)?;
                note(tx, &core, &grant, Actor::Grant(grant.id), ("grant.token_revoked", "revoke_token"), detail)?;
            } else if rows::revoke(tx, grant.id, "revoked_by_client", core.now())? {
                note(tx, &core, &grant, Actor::Grant(grant.id), ("grant.revoked", "revoke_token"), detail)?;
            }
            Ok(true)
        })
        .await?;
    if own { Ok(()) } else { Err(Refusal::invalid_grant("The token was issued to another client.")) }
}
