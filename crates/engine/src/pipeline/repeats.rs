//! Requests sent again under one idempotency key: the first answer, given again. Runs nothing.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use outrider_domain::time::Millis;
use outrider_store::{Tx, idempotency};
use serde_json::Value;

use super::{Call, Credential, IDEMPOTENCY_MS, Reply, fingerprint};
use crate::error::{Error, Result, code};
use crate::operation::{Descriptor, Idempotency, Success};
use crate::principal::{Actor, Principal};

/// What the keys begin with that calls without one are given.
const DERIVED: &str = "repeat:";

/// Gives a call without a key one made of the call itself, when its caller may repeat what it heard no answer to.
pub(super) fn recognize(operation: &Descriptor, call: &mut Call) {
    let spec = &operation.spec;
    if call.repeat_within.is_some() && call.idempotency_key.is_none() && spec.repeats_matter() && !call.dry_run {
        call.idempotency_key = Some(format!("{DERIVED}{}", fingerprint(spec.name, &call.input)));
    }
}

/// How long the call's key is remembered: one made of the call itself only as long as a repetition may take.
fn kept_for(call: &Call, fingerprint: &str) -> i64 {
    let derived = call.idempotency_key.as_deref().and_then(|key| key.strip_prefix(DERIVED)) == Some(fingerprint);
    call.repeat_within.filter(|_| derived).unwrap_or(IDEMPOTENCY_MS)
}

/// Before a write that sets a state or removes something: it may undo what its caller did before, and doing that once more is then
/// no repetition.
///
/// # Errors
/// When the database fails.
pub(super) fn forget_undone(tx: &mut Tx<'_>, operation: &Descriptor, call: &Call, principal: &Principal) -> Result<()> {
    if call.repeat_within.is_some() && !operation.spec.repeats_matter() && !call.dry_run {
        idempotency::forget_keys(tx, principal.project, &principal.actor.to_string(), DERIVED)?;
    }
    Ok(())
}

/// The keys of calls under way in this process.
pub(super) type InFlight = Arc<Mutex<HashSet<String>>>;

/// One of them, until dropped.
pub(super) struct Held {
    name: String,
    held: InFlight,
}

impl Drop for Held {
    fn drop(&mut self) {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.name);
    }
}

/// Marks the call's idempotency key as under way in this process.
///
/// # Errors
/// `idempotency_conflict` when it is.
pub(super) fn hold(in_flight: &InFlight, call: &Call) -> Result<Option<Held>> {
    let Some(key) = &call.idempotency_key else { return Ok(None) };
    let owner = match &call.credential {
        Credential::Known(principal) => format!("{}/{}", principal.project, principal.actor),
        other => other.caller().unwrap_or_default(),
    };
    let name = format!("{owner}/{key}");
    let mut held = in_flight.lock().unwrap_or_else(PoisonError::into_inner);
    if !held.insert(name.clone()) {
        return Err(in_flight_error());
    }
    Ok(Some(Held { name, held: Arc::clone(in_flight) }))
}

/// The call's idempotency key. Visitors have none: they can't be told apart, and one must not get another's answer.
fn own_key<'a>(call: &'a Call, principal: &Principal) -> Option<&'a str> {
    call.idempotency_key.as_deref().filter(|_| principal.actor != Actor::Visitor)
}

/// Takes the call's key against other nodes for the time of the transaction.
///
/// # Errors
/// `idempotency_conflict` when another has it.
pub(super) fn lock(tx: &mut Tx<'_>, call: &Call, principal: &Principal) -> Result<()> {
    match own_key(call, principal).filter(|_| !call.dry_run) {
        Some(key) if !idempotency::try_lock(tx, principal.project, &principal.actor.to_string(), key)? => {
            Err(in_flight_error())
        }
        _ => Ok(()),
    }
}

fn in_flight_error() -> Error {
    Error::new(
        code::IDEMPOTENCY_CONFLICT,
        "A request with this Idempotency-Key is still under way. Wait for its answer.",
    )
}

/// The remembered answer of an earlier call with the same idempotency key.
///
/// # Errors
/// `missing_idempotency_key`; `idempotency_key_reused` for another request.
pub(super) fn remembered(
    tx: &mut Tx<'_>,
    operation: &'static Descriptor,
    call: &Call,
    principal: &Principal,
    fingerprint: &str,
    now: Millis,
) -> Result<Option<Reply>> {
    let spec = &operation.spec;
    if call.dry_run {
        return Ok(None);
    }
    let Some(key) = own_key(call, principal) else {
        if spec.idempotency == Idempotency::Required {
            return Err(Error::new(
                code::MISSING_IDEMPOTENCY_KEY,
                format!("{} needs an Idempotency-Key header.", spec.name),
            )
            .at("Idempotency-Key"));
        }
        return Ok(None);
    };
    let actor = principal.actor.to_string();
    let Some(seen) = idempotency::find(tx, principal.project, &actor, key, now.plus(-kept_for(call, fingerprint)))?
    else {
        return Ok(None);
    };
    if seen.fingerprint != fingerprint {
        return Err(Error::new(
            code::IDEMPOTENCY_KEY_REUSED,
            "This Idempotency-Key was used for a different request. Use a new one.",
        )
        .at("Idempotency-Key"));
    }
    let body = serde_json::from_str(&seen.response).map_err(|error| Error {
        source: Some(Box::new(error)),
        ..Error::new(code::INTERNAL_ERROR, "The remembered answer could not be read.")
    })?;
    let success = match seen.status {
        201 => Success::Created,
        202 => Success::Accepted,
        _ => Success::Ok,
    };
    Ok(Some(Reply { success, body, replayed: true, preview: false, project: principal.project }))
}

/// Remembers the answer of a call with an idempotency key.
///
/// # Errors
/// When the database fails.
pub(super) fn remember(
    tx: &mut Tx<'_>,
    operation: &'static Descriptor,
    call: &Call,
    principal: &Principal,
    fingerprint: &str,
    body: &Value,
    now: Millis,
) -> Result<()> {
    let Some(key) = own_key(call, principal) else { return Ok(()) };
    let spec = &operation.spec;
    let status = match spec.success {
        Success::Ok => 200,
        Success::Created => 201,
        Success::Accepted => 202,
    };
    let row = idempotency::Remembered {
        operation: spec.name.to_owned(),
        fingerprint: fingerprint.to_owned(),
        status,
        response: without_secret(body).to_string(),
    };
    Ok(idempotency::remember(tx, principal.project, &principal.actor.to_string(), key, &row, now)?)
}

/// What is remembered of an answer: a secret is shown once, and not by a replay.
fn without_secret(body: &Value) -> Value {
    let mut kept = body.clone();
    for name in ["secret", "api_key", "apiKey", "signing_secret", "signingSecret"] {
        if let Some(secret) = kept.get_mut(name) {
            *secret = Value::Null;
        }
    }
    kept
}
