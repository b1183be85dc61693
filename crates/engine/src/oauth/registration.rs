//! Dynamic client registration (RFC 7591): open to everyone, so few at a time from one address, few unused in all, and each forgotten
//! after a day unless a person uses it.

use std::sync::Arc;

use outrider_store::oauth_clients as rows;
use serde_json::{Value, json};

use super::clients::Metadata;
use super::{Refusal, UNUSED_CLIENT_MS};
use crate::attempts::REGISTRATION;
use crate::keys::{hash, random_hex};
use crate::pipeline::Pipeline;

/// Most clients that nobody has used yet.
const MOST_UNUSED: i64 = 5_000;
/// Random bytes of a client's id.
const ID_BYTES: usize = 16;
/// Random bytes of a client's secret.
const SECRET_BYTES: usize = 32;

/// Registers a client with an issuer; gives the answer of RFC 7591, section 3.2.1. `origin` is the network address it comes from.
///
/// # Errors
/// `invalid_redirect_uri`, `invalid_client_metadata`; `temporarily_unavailable` after too many from one address.
pub async fn register(pipeline: &Pipeline, issuer: &str, metadata: &Value, origin: &str) -> Result<Value, Refusal> {
    let (core, origin) = (Arc::clone(pipeline.core()), origin.to_owned());
    let now = core.now();
    pipeline.store().write(move |tx| REGISTRATION.count(tx, &origin, now)).await??;
    let metadata = Metadata::read(metadata)?;
    let id = format!("cli_{}", random_hex(ID_BYTES)?);
    let secret = match metadata.auth_method.as_str() {
        "none" => None,
        _ => Some(random_hex(SECRET_BYTES)?),
    };
    let row = rows::Client {
        issuer: issuer.to_owned(),
        id: id.clone(),
        kind: "registered".to_owned(),
        name: metadata.name.clone(),
        uri: metadata.uri.clone(),
        redirect_uris: metadata.stored_uris(),
        auth_method: metadata.auth_method.clone(),
        secret_hash: secret.as_deref().map(hash),
        refreshes: metadata.refreshes,
        created_at: now,
        fetched_at: now,
        expires_at: Some(now.plus(UNUSED_CLIENT_MS)),
    };
    pipeline
        .store()
        .write(move |tx| {
            make_room(tx, now)?;
            Ok::<_, crate::Error>(row.clone().insert(tx)?)
        })
        .await?;
    let mut answer = json!({
        "client_id": id,
        "client_id_issued_at": now.0.div_euclid(1000),
        "redirect_uris": metadata.redirect_uris,
        "token_endpoint_auth_method": metadata.auth_method,
        "grant_types": if metadata.refreshes { json!(["authorization_code", "refresh_token"]) } else { json!(["authorization_code"]) },
        "response_types": ["code"],
    });
    let optional = [
        ("client_name", Some(metadata.name).filter(|name| !name.is_empty()).map(Value::from)),
        ("client_uri", metadata.uri.map(Value::from)),
        // Zero says that the secret does not expire.
        ("client_secret_expires_at", secret.is_some().then(|| json!(0))),
        ("client_secret", secret.map(Value::from)),
    ];
    if let Some(answer) = answer.as_object_mut() {
        answer.extend(optional.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
    }
    Ok(answer)
}

/// Keeps the number of clients that nobody uses within its bound, however fast they come.
pub(super) fn make_room(
    tx: &mut outrider_store::Tx<'_>,
    now: outrider_domain::time::Millis,
) -> Result<(), crate::Error> {
    rows::forget(tx, now)?;
    let unused = rows::count_unused(tx)?;
    if unused >= MOST_UNUSED {
        rows::forget_oldest(tx, unused - MOST_UNUSED + 1)?;
    }
    Ok(())
}
