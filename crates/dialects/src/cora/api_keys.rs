//! API keys as Cora's own pages manage them: by a person who signed in, never with a key.

use outrider_domain::id::KeyId;
use outrider_domain::time::Millis;
use outrider_engine::context::Context;
use outrider_engine::keys::{Key, create_key, list_keys, revoke_key};
use outrider_engine::operation::{Operation, Page, Spec, within};
use outrider_engine::{Error, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::ids;
use super::input::not_blank;
use super::page::Paging;

/// The dialect that these keys belong to.
const DIALECT: &str = "cora";

/// What a key may do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum KeyScope {
    /// Read and write.
    #[default]
    Full,
    /// Read.
    ReadOnly,
}

/// A key without its secret.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ApiKey {
    /// Key of the record.
    id: KeyId,
    /// What a person calls it.
    name: String,
    /// Whether it reads and writes, or only reads.
    scope: KeyScope,
    /// How the key begins.
    hint: String,
    /// When made.
    created_at: Millis,
    /// When it stops working.
    expires_at: Option<Millis>,
    /// When it was revoked.
    revoked_at: Option<Millis>,
}

impl From<Key> for ApiKey {
    fn from(key: Key) -> Self {
        let reads = key.scopes.iter().all(|scope| scope.ends_with(":read"));
        Self {
            id: key.id,
            name: key.name,
            scope: if reads { KeyScope::ReadOnly } else { KeyScope::Full },
            hint: key.hint,
            created_at: key.created_at,
            expires_at: key.expires_at,
            revoked_at: key.revoked_at,
        }
    }
}

/// `GET /api/v1/api-keys`.
pub struct ListApiKeys;

impl Operation for ListApiKeys {
    const SPEC: Spec = Spec::list(
        "list_api_keys",
        "api_keys",
        "/api/v1/api-keys",
        "keys:read",
        "List the project's keys, newest first.",
    )
    .for_people();
    type Input = Paging;
    type Output = Page<ApiKey>;

    fn run(cx: &mut Context<'_, '_>, input: Paging) -> Result<Page<ApiKey>> {
        let page = within::<list_keys::ListKeys>(cx, input.native())?;
        let own = page.items.into_iter().filter(|key| key.dialect == DIALECT).map(ApiKey::from);
        Ok(Page { items: own.collect(), next_cursor: page.next_cursor })
    }
}

/// `POST /api/v1/api-keys`.
pub struct CreateApiKey;

/// What a key is to be.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct NewApiKey {
    /// What a person calls it.
    #[serde(deserialize_with = "not_blank")]
    #[schemars(length(max = 200))]
    name: Option<String>,
    /// What it may do; `full` when absent.
    scope: KeyScope,
}

/// The key, with its secret.
#[derive(Debug, Serialize, JsonSchema)]
pub struct MadeApiKey {
    /// The key's record.
    #[serde(flatten)]
    key: ApiKey,
    /// The whole key: shown this once; null when an idempotency key brings the answer again.
    api_key: Option<String>,
}

impl Operation for CreateApiKey {
    const SPEC: Spec =
        Spec::create("create_api_key", "api_keys", "/api/v1/api-keys", "keys:write", "Make a key; it is shown once.")
            .for_people();
    type Input = NewApiKey;
    type Output = MadeApiKey;

    fn run(cx: &mut Context<'_, '_>, input: NewApiKey) -> Result<MadeApiKey> {
        let scope = match input.scope {
            KeyScope::Full => "*",
            KeyScope::ReadOnly => "*:read",
        };
        let asked = json!({ "name": input.name.unwrap_or_default(), "dialect": DIALECT, "scopes": [scope] });
        let made = within::<create_key::CreateKey>(cx, asked)?;
        Ok(MadeApiKey { key: made.key.into(), api_key: made.secret })
    }
}

/// `DELETE /api/v1/api-keys/{key_id}`.
pub struct RevokeApiKey;

/// Which.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct WhichApiKey {
    /// The key's record.
    key_id: String,
}

impl Operation for RevokeApiKey {
    const SPEC: Spec = Spec::delete(
        "revoke_api_key",
        "api_keys",
        "/api/v1/api-keys/{key_id}",
        "keys:write",
        "Revoke a key; it stops working at once.",
    )
    .for_people();
    type Input = WhichApiKey;
    type Output = ApiKey;

    fn run(cx: &mut Context<'_, '_>, input: WhichApiKey) -> Result<ApiKey> {
        let id: KeyId = ids::read(&input.key_id, "key", "key_id")?;
        let key = within::<revoke_key::RevokeKey>(cx, json!({ "key_id": id })).map_err(|error| error.at("key_id"))?;
        // A key of another API is not this one's to revoke: the failure undoes it.
        if key.dialect != DIALECT {
            return Err(Error::not_found("key").at("key_id"));
        }
        Ok(key.into())
    }
}
