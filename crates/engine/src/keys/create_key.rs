//! `create_key`: a new API key; its secret is in this answer and nowhere else.

use outrider_domain::id::{KeyId, UserId};
use outrider_domain::time::Millis;
use outrider_store::keys as rows;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Key, check_direct, fresh_secret, hash, hint, holder};
use crate::context::{Context, Event};
use crate::error::{Error, Result, code};
use crate::operation::{Operation, Spec};
use crate::principal::{Actor, WORDS};
use crate::registry;
use crate::sub_agents;

/// Makes an API key.
pub struct CreateKey;

/// What a key is made of.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// What a person calls it.
    #[serde(default)]
    name: String,
    /// `native`, `cora`, `artra`, `reaktor`, `artic` or `pathbound`.
    #[serde(default = "native")]
    dialect: String,
    /// Scopes such as `leads:read`, `leads:*`, `*:read` or `*`; `actions:approve` must be named. Without any: `*`.
    #[serde(default)]
    scopes: Vec<String>,
    /// The person it acts for, and whose role bounds it; yourself when absent. Keys of ARTRA need one.
    #[serde(default)]
    user_id: Option<UserId>,
    /// When it stops working.
    #[serde(default)]
    expires_at: Option<Millis>,
    /// Whether it may make keys for others (Data Reaktor's owner keys).
    #[serde(default)]
    can_provision: bool,
}

fn native() -> String {
    "native".to_owned()
}

/// The key, with its secret.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Output {
    /// The key's record.
    #[serde(flatten)]
    pub key: Key,
    /// The whole secret: shown this once; null when an idempotency key replays the answer.
    pub secret: Option<String>,
    /// What callbacks of Data Reaktor's tasks are signed with; of keys of that API alone, and shown with the secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signing_secret: Option<String>,
}

impl Operation for CreateKey {
    const SPEC: Spec =
        Spec::create("create_key", "keys", "/keys", "keys:write", "Make an API key; its secret is shown once.")
            .describe("A key that is made by another ends with it at the latest.")
            .fails(&[code::RESOURCE_NOT_FOUND]);
    type Input = Input;
    type Output = Output;

    fn run(cx: &mut Context<'_, '_>, input: Input) -> Result<Output> {
        let secret = fresh_secret(&input.dialect)?;
        if input.expires_at.is_some_and(|end| end <= cx.now) {
            return Err(Error::invalid("expires_at", "The key would have expired already."));
        }
        let own_end = match cx.actor {
            Actor::Key(own) => rows::get(cx.tx, cx.project, own)?.expires_at,
            _ => None,
        };
        if let (Some(wanted), Some(own_end)) = (input.expires_at, own_end)
            && wanted > own_end
        {
            return Err(Error::invalid("expires_at", "A key can't make one that works longer than itself."));
        }
        let scopes = if input.scopes.is_empty() { vec!["*".to_owned()] } else { input.scopes };
        for scope in &scopes {
            check_scope(&input.dialect, scope)?;
            if !cx.principal.may(scope) {
                return Err(Error::new(
                    code::INSUFFICIENT_SCOPE,
                    format!("You can't grant {scope}: your own key does not have it."),
                )
                .at("scopes"));
            }
        }
        check_direct(cx, &input.dialect, &scopes)?;
        let user_id = holder(cx, input.user_id, &input.dialect)?;
        // A contract may promise how long its keys work.
        let life = (input.dialect == sub_agents::DIALECT).then_some(sub_agents::KEY_LIFE_MS);
        let row = rows::ApiKey {
            id: KeyId(cx.id()),
            project_id: cx.project,
            dialect: input.dialect,
            name: input.name,
            hash: hash(&secret),
            hint: hint(&secret),
            scopes: scopes.join(" "),
            user_id,
            can_provision: input.can_provision,
            created_at: cx.now,
            expires_at: input
                .expires_at
                .or_else(|| [life.map(|life| cx.now.plus(life)), own_end].into_iter().flatten().min()),
            revoked_at: None,
        };
        row.clone().insert(cx.tx)?;
        let mut signing_secret = None;
        if row.dialect == sub_agents::DIALECT {
            let name = if row.name.is_empty() { format!("key {}", row.hint) } else { row.name.clone() };
            let tier = sub_agents::TIERS[0].to_owned();
            let draft = sub_agents::Draft { name, tier, callback_url: None, monthly_cap: 0, own_purse: false };
            signing_secret = Some(sub_agents::enlist(cx, row.id, draft)?.signing_secret);
        }
        cx.emit(Event::new("key.created").subject(row.id));
        Ok(Output { key: row.into(), secret: Some(secret), signing_secret })
    }
}

/// Refuses a scope that opens nothing. The endpoints of dialects may have scopes of their own, which are not known here: of those
/// only the form is looked at.
fn check_scope(dialect: &str, scope: &str) -> Result<()> {
    let parts = scope.split_once(':');
    let has_form = scope == "*"
        || WORDS.contains(&scope)
        || parts.is_some_and(|(noun, verb)| !noun.is_empty() && !verb.is_empty());
    if !has_form || scope.chars().any(char::is_whitespace) {
        return Err(Error::invalid(
            "scopes",
            format!("{scope:?} is not a scope: write noun:verb, noun:*, *:read or *."),
        ));
    }
    if dialect != "native" || registry::is_scope(scope) {
        return Ok(());
    }
    let known: Vec<&str> = registry::scopes().into_iter().collect();
    Err(Error::invalid(
        "scopes",
        format!("There is no scope {scope:?}. Write noun:*, *:read, * or one of: {}.", known.join(", ")),
    ))
}
