//! Clients that are known by a document (Client ID Metadata Documents): their id is the URL it is at. Reads it through the guarded
//! client of the port, keeps what it said for a while.

use outrider_domain::time::HOUR;
use outrider_store::oauth_clients as rows;
use serde_json::Value;
use url::Url;

use super::clients::Metadata;
use super::registration::make_room;
use super::{Refusal, UNUSED_CLIENT_MS};
use crate::attempts::Bound;
use crate::pipeline::Pipeline;
use crate::ports::Web;

/// How long a document is believed without reading it again.
const FRESH_MS: i64 = HOUR;
/// Largest document, in bytes.
const LARGEST: usize = 64 * 1024;
/// Longest id.
const LONGEST_ID: usize = 500;
/// Documents read for one network address in an hour: who asks must not use this server to knock at others' doors.
const READS: Bound = Bound::hourly("client_document", 60);

/// The client of that id: a registered one, or the one whose document is there. `origin` is the network address that asks.
///
/// # Errors
/// `invalid_client` for an unknown id and a document that can't be had or believed.
pub async fn find(
    pipeline: &Pipeline,
    web: &dyn Web,
    issuer: &str,
    id: &str,
    origin: &str,
) -> Result<rows::Client, Refusal> {
    if id.is_empty() || id.len() > LONGEST_ID || id.contains('\0') {
        return Err(Refusal::invalid_client());
    }
    let known = known(pipeline, issuer, id).await?;
    let now = pipeline.core().now();
    if let Some(client) = known.filter(|client| client.kind == "registered" || now.0 - client.fetched_at.0 < FRESH_MS) {
        return Ok(client);
    }
    if !is_document_id(id, web) {
        return Err(Refusal::invalid_client());
    }
    let origin = origin.to_owned();
    pipeline.store().write(move |tx| READS.count(tx, &origin, now)).await??;
    let body = web.get(id, LARGEST).await.map_err(|why| {
        tracing::info!(client = id, %why, "a client's document could not be read");
        Refusal::new("invalid_client", "The client's document could not be read.")
    })?;
    let metadata = read(id, &body)?;
    let client = rows::Client {
        issuer: issuer.to_owned(),
        id: id.to_owned(),
        kind: "document".to_owned(),
        name: metadata.name.clone(),
        uri: metadata.uri.clone(),
        redirect_uris: metadata.stored_uris(),
        auth_method: "none".to_owned(),
        secret_hash: None,
        refreshes: metadata.refreshes,
        created_at: now,
        fetched_at: now,
        expires_at: Some(now.plus(UNUSED_CLIENT_MS)),
    };
    let kept = client.clone();
    pipeline
        .store()
        .write(move |tx| {
            let before = rows::find(tx, &kept.issuer, &kept.id)?;
            if before.is_none() {
                make_room(tx, now)?;
            }
            // One that people use stays kept.
            let expires_at = before.map_or(kept.expires_at, |before| before.expires_at);
            Ok::<_, crate::Error>(rows::Client { expires_at, ..kept.clone() }.save(tx)?)
        })
        .await?;
    Ok(client)
}

/// A client that is stored, fresh or not: what the token endpoint needs, which never reads documents.
///
/// # Errors
/// `invalid_client` when there is none.
pub async fn stored(pipeline: &Pipeline, issuer: &str, id: &str) -> Result<rows::Client, Refusal> {
    known(pipeline, issuer, id).await?.ok_or_else(Refusal::invalid_client)
}

async fn known(pipeline: &Pipeline, issuer: &str, id: &str) -> Result<Option<rows::Client>, Refusal> {
    if id.contains('\0') {
        return Ok(None);
    }
    let (issuer, id) = (issuer.to_owned(), id.to_owned());
    let now = pipeline.core().now();
    let found = pipeline.store().read(move |tx| Ok::<_, crate::Error>(rows::find(tx, &issuer, &id)?)).await?;
    Ok(found.filter(|client| client.expires_at.is_none_or(|end| end > now)))
}

/// Whether an id is the URL of a document: https with a path, and none of what would make two texts of one place.
fn is_document_id(id: &str, web: &dyn Web) -> bool {
    let Ok(url) = Url::parse(id) else { return false };
    let encrypted = url.scheme() == "https" || (url.scheme() == "http" && web.is_open(id));
    let plain = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
    let dotted = id.split(['/', '?']).any(|part| matches!(part, "." | ".."));
    encrypted && plain && !dotted && url.path() != "/" && url.as_str() == id
}

/// What a document says, if it is about its own address and asks for no secret.
fn read(id: &str, body: &[u8]) -> Result<Metadata, Refusal> {
    let refused = |text: &str| Refusal::new("invalid_client", text);
    let document: Value = serde_json::from_slice(body).map_err(|_| refused("The client's document is not JSON."))?;
    if document.get("client_id").and_then(Value::as_str) != Some(id) {
        return Err(refused("The client's document names another client_id than its own address."));
    }
    if ["client_secret", "client_secret_expires_at"].iter().any(|field| document.get(field).is_some()) {
        return Err(refused("A client's document is public and can have no secret."));
    }
    let mut document = document;
    if let Some(fields) = document.as_object_mut() {
        fields.entry("token_endpoint_auth_method").or_insert_with(|| "none".into());
    }
    let metadata = Metadata::read(&document)?;
    if metadata.auth_method != "none" {
        return Err(refused("A client known by a document is public: token_endpoint_auth_method none."));
    }
    Ok(metadata)
}
