//! The token endpoint (OAuth 2.1, section 3.2): a code or a refresh token for new tokens. Each works once; a second use ends the whole
//! family, since one of the two users is a thief.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use outrider_domain::time::Millis;
use outrider_store::{Tx, oauth_clients::Client, oauth_grants as rows};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::authorize::Parameters;
use super::{ACCESS_MS, REFRESH_MS, Refusal, documents, note};
use crate::core::Core;
use crate::error::Error;
use crate::keys::{hash, random_hex};
use crate::pipeline::Pipeline;
use crate::principal::Actor;

/// Random bytes of a token.
const TOKEN_BYTES: usize = 32;
/// What access tokens begin with.
const ACCESS_PREFIX: &str = "or_at_";
/// What refresh tokens begin with.
const REFRESH_PREFIX: &str = "or_rt_";

/// How a client says who it is: by `Authorization: Basic`, or in the body.
#[derive(Debug, Clone)]
pub struct Proof {
    /// `client_id`.
    pub id: String,
    /// Its secret, when it sent one.
    pub secret: Option<String>,
}

/// The client that a proof is of.
///
/// # Errors
/// `invalid_client`.
pub async fn authenticate(pipeline: &Pipeline, issuer: &str, proof: &Proof) -> Result<Client, Refusal> {
    let client = documents::stored(pipeline, issuer, &proof.id).await?;
    let right = match (&client.secret_hash, &proof.secret) {
        (None, None) => true,
        (Some(known), Some(secret)) => hash(secret).as_bytes().ct_eq(known.as_bytes()).into(),
        _ => false,
    };
    if right { Ok(client) } else { Err(Refusal::invalid_client()) }
}

/// Fresh secrets for one answer, made before the transaction because it may run twice.
#[derive(Clone)]
struct Fresh {
    access: String,
    refresh: String,
}

/// Answers a request to the token endpoint (RFC 6749, section 5.1).
///
/// # Errors
/// As RFC 6749, section 5.2 names them.
pub async fn exchange(
    pipeline: &Pipeline,
    issuer: &str,
    proof: &Proof,
    parameters: Parameters,
) -> Result<Value, Refusal> {
    let kind = parameters.required("grant_type")?.to_owned();
    if !["authorization_code", "refresh_token"].contains(&kind.as_str()) {
        return Err(Refusal::new("unsupported_grant_type", "grant_type is authorization_code or refresh_token."));
    }
    let client = authenticate(pipeline, issuer, proof).await?;
    let fresh = Fresh {
        access: format!("{ACCESS_PREFIX}{}", random_hex(TOKEN_BYTES)?),
        refresh: format!("{REFRESH_PREFIX}{}", random_hex(TOKEN_BYTES)?),
    };
    let core = Arc::clone(pipeline.core());
    // A refusal commits too: it may have revoked something.
    pipeline
        .store()
        .write(move |tx| {
            let outcome = match kind.as_str() {
                "authorization_code" => by_code(tx, &core, &client, &parameters, &fresh),
                _ => by_refresh(tx, &core, &client, &parameters, &fresh),
            };
            match outcome {
                Err(Refusal { source: Some(error), .. }) => Err(*error),
                settled => Ok::<_, Error>(settled),
            }
        })
        .await?
}

fn by_code(
    tx: &mut Tx<'_>,
    core: &Core,
    client: &Client,
    parameters: &Parameters,
    fresh: &Fresh,
) -> Result<Value, Refusal> {
    let refused =
        || Refusal::invalid_grant("The code is unknown, was used, has expired, or was made for someone else.");
    let secret = parameters.required("code")?;
    let redirect_uri = parameters.required("redirect_uri")?;
    let verifier = parameters.required("code_verifier")?;
    let now = core.now();
    let code = rows::find_code(tx, &hash(secret))?.ok_or_else(refused)?;
    let grant = of_client(tx, client, code.grant_id)?.ok_or_else(refused)?;
    if code.redirect_uri != redirect_uri || !is_verifier(verifier, &code.challenge) {
        return Err(refused());
    }
    if code.used_at.is_some() || !rows::use_code(tx, &code.hash, now)? {
        revoke(tx, core, &grant, "authorization_code_replayed")?;
        return Err(refused());
    }
    if code.expires_at <= now || grant.revoked_at.is_some() {
        return Err(refused());
    }
    for_resource(parameters, &grant)?;
    let scopes = grant.scopes.clone();
    issue(tx, client, &grant, (&scopes, &scopes), fresh, now)
}

fn by_refresh(
    tx: &mut Tx<'_>,
    core: &Core,
    client: &Client,
    parameters: &Parameters,
    fresh: &Fresh,
) -> Result<Value, Refusal> {
    let refused = || Refusal::invalid_grant("The refresh token is unknown, was used, has expired or was revoked.");
    let secret = parameters.required("refresh_token")?;
    let now = core.now();
    let token = rows::find_token(tx, &hash(secret))?.filter(|token| token.kind == "refresh").ok_or_else(refused)?;
    let grant = of_client(tx, client, token.grant_id)?.ok_or_else(refused)?;
    if grant.revoked_at.is_some() || token.expires_at <= now {
        return Err(refused());
    }
    if token.used_at.is_some() {
        revoke(tx, core, &grant, "refresh_token_reused")?;
        return Err(refused());
    }
    for_resource(parameters, &grant)?;
    let scopes = match parameters.one("scope")? {
        None => token.scopes.clone(),
        Some(asked) => {
            let held: Vec<&str> = token.scopes.split(' ').collect();
            if asked.split(' ').any(|scope| !held.contains(&scope)) {
                return Err(Refusal::new("invalid_scope", "A refresh can ask for less, and not for more."));
            }
            asked.to_owned()
        }
    };
    if !rows::use_token(tx, &token.hash, now)? {
        revoke(tx, core, &grant, "refresh_token_reused")?;
        return Err(refused());
    }
    issue(tx, client, &grant, (&scopes, &token.scopes), fresh, now)
}

/// The grant, if it is this client's.
fn of_client(
    tx: &mut Tx<'_>,
    client: &Client,
    id: outrider_domain::id::GrantId,
) -> Result<Option<rows::Grant>, Refusal> {
    Ok(rows::get(tx, id)?.filter(|grant| grant.issuer == client.issuer && grant.client_id == client.id))
}

/// Refuses a resource other than the grant's (RFC 8707, section 2.2).
fn for_resource(parameters: &Parameters, grant: &rows::Grant) -> Result<(), Refusal> {
    match parameters.all("resource").find(|named| !named.is_empty() && **named != grant.resource) {
        None => Ok(()),
        Some(_) => Err(Refusal::invalid_target("The grant is for another resource.")),
    }
}

fn issue(
    tx: &mut Tx<'_>,
    client: &Client,
    grant: &rows::Grant,
    (scopes, all): (&str, &str),
    fresh: &Fresh,
    now: Millis,
) -> Result<Value, Refusal> {
    let lasts = if client.refreshes { REFRESH_MS } else { ACCESS_MS };
    rows::use_grant(tx, grant.id, now, now.plus(lasts))?;
    let token = |secret: &str, kind: &str, scopes: &str, lasts: i64| rows::Token {
        hash: hash(secret),
        grant_id: grant.id,
        kind: kind.to_owned(),
        scopes: scopes.to_owned(),
        created_at: now,
        expires_at: now.plus(lasts),
        used_at: None,
    };
    token(&fresh.access, "access", scopes, ACCESS_MS).insert(tx)?;
    let mut answer = json!({ "access_token": fresh.access, "token_type": "Bearer", "expires_in": ACCESS_MS / 1000, "scope": scopes });
    if client.refreshes {
        token(&fresh.refresh, "refresh", all, REFRESH_MS).insert(tx)?;
        answer["refresh_token"] = fresh.refresh.clone().into();
    }
    Ok(answer)
}

fn revoke(tx: &mut Tx<'_>, core: &Core, grant: &rows::Grant, because: &'static str) -> Result<(), Refusal> {
    if rows::revoke(tx, grant.id, because, core.now())? {
        let detail = json!({ "client_id": grant.client_id, "because": because });
        note(tx, core, grant, Actor::Grant(grant.id), ("grant.revoked", because), detail)?;
    }
    Ok(())
}

/// Whether a verifier is of the right form (RFC 7636, section 4.1) and the one of a challenge by S256.
fn is_verifier(verifier: &str, challenge: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~');
    if !(43..=128).contains(&verifier.len()) || !verifier.bytes().all(allowed) {
        return false;
    }
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier)).as_bytes().ct_eq(challenge.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::is_verifier;

    #[test]
    fn the_example_of_the_rfc_holds() {
        let (verifier, challenge) =
            ("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
        assert!(is_verifier(verifier, challenge));
        assert!(!is_verifier(challenge, challenge), "plain");
        assert!(!is_verifier(&verifier[..42], challenge));
        assert!(!is_verifier("", ""));
    }
}
