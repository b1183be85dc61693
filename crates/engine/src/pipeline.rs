//! The one way to every operation: authenticate, limit, scope, idempotency, run, plan, audit, commit. Holds no rule of a noun.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use outrider_domain::id::ProjectId;
use outrider_domain::time::{DAY, Millis};
use outrider_store::{Backend, Store, Tx, idempotency, rates};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::attempts;
use crate::context::Context;
use crate::core::Core;
use crate::error::{Error, Kind, Result, code};
use crate::keys;
use crate::oauth::access;
use crate::operation::{Descriptor, Idempotency, Success};
use crate::principal::Principal;
use crate::rate::{Limit, RateLimiter, Standing};
use crate::sign_in::{password, sessions};

/// How long an idempotency key is remembered.
pub const IDEMPOTENCY_MS: i64 = DAY;

/// How a caller proves who it is.
#[derive(Debug, Clone)]
pub enum Credential {
    /// The secret of an API key, and the dialect it is used on.
    Key {
        /// As sent.
        secret: String,
        /// `native`, `cora`, ….
        dialect: &'static str,
    },
    /// The token of a signed-in person's session.
    Session {
        /// As the cookie has it.
        token: String,
        /// The project to act in; the session's own when absent.
        project: Option<ProjectId>,
    },
    /// An access token of an application (RFC 6750).
    Token {
        /// As sent.
        secret: String,
        /// The URL of the resource it is used on: [`crate::oauth::Site::resource`].
        resource: String,
        /// The project to act in; the one chosen at consent, or the person's first, when absent.
        project: Option<ProjectId>,
    },
    /// Nothing: for operations that are public.
    Anonymous {
        /// The network address it comes from, as limits count it.
        origin: String,
    },
    /// Already known: the command line, the engine.
    Known(Principal),
}

impl Credential {
    /// What tells this caller apart from others where requests are counted; `None` for those who are not.
    #[must_use]
    pub fn caller(&self) -> Option<String> {
        match self {
            Self::Key { secret, .. } | Self::Token { secret, .. } | Self::Session { token: secret, .. } => {
                Some(keys::hash(secret))
            }
            Self::Anonymous { origin } => Some(origin.clone()),
            Self::Known(_) => None,
        }
    }
}

/// One call of one operation.
#[derive(Debug)]
pub struct Call {
    /// Who calls.
    pub credential: Credential,
    /// The input, before decoding.
    pub input: Value,
    /// `Idempotency-Key`.
    pub idempotency_key: Option<String>,
    /// Preview only.
    pub dry_run: bool,
    /// Commit only if the plan still has this digest.
    pub plan_digest: Option<String>,
    /// For logs and the audit.
    pub request_id: String,
    /// Whether the input was written from a value of the operation's own type rather than received: its bounds hold, and are
    /// not checked again.
    pub input_made_here: bool,
}

impl Call {
    /// A call with a received input and nothing else asked for.
    #[must_use]
    pub fn new(credential: Credential, input: Value, request_id: impl Into<String>) -> Self {
        Self {
            credential,
            input,
            idempotency_key: None,
            dry_run: false,
            plan_digest: None,
            request_id: request_id.into(),
            input_made_here: false,
        }
    }
}

/// What a call gave.
#[derive(Debug, Clone)]
pub struct Reply {
    /// What success means.
    pub success: Success,
    /// The output, or the preview of a dry run.
    pub body: Value,
    /// Whether this is the remembered answer of an earlier call.
    pub replayed: bool,
    /// Whether `body` is a preview.
    pub preview: bool,
    /// The project it happened in.
    pub project: ProjectId,
}

/// A call's end together with where the caller stands in its rate limit.
pub type Outcome = (Option<Standing>, Result<Reply>);

/// The pipeline over one store.
#[derive(Clone)]
pub struct Pipeline {
    store: Store,
    core: Arc<Core>,
    limiter: Arc<RateLimiter>,
    in_flight: Arc<Mutex<HashSet<String>>>,
}

/// Ends a transaction that must not commit, for a good reason.
enum Undo {
    Failed(Error),
    Preview(Reply),
}

impl From<Error> for Undo {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl From<outrider_store::Error> for Undo {
    fn from(error: outrider_store::Error) -> Self {
        Self::Failed(error.into())
    }
}

impl Pipeline {
    /// A pipeline; clones share limits and in-flight keys.
    #[must_use]
    pub fn new(store: Store, core: Arc<Core>) -> Self {
        Self { store, core, limiter: Arc::default(), in_flight: Arc::default() }
    }

    /// The shared core.
    #[must_use]
    pub fn core(&self) -> &Arc<Core> {
        &self.core
    }

    /// The store, for those who build on the pipeline.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Resolves a credential without calling anything: for streams and dialect routing.
    ///
    /// # Errors
    /// The key's own errors.
    pub async fn authenticate(&self, credential: Credential) -> Result<Principal> {
        let now = self.core.now();
        match credential {
            Credential::Known(principal) => Ok(principal),
            other => self.store.read(move |tx| authenticate(tx, &other, now)).await,
        }
    }

    /// The limit of native callers.
    #[must_use]
    pub fn native_limit(&self) -> Limit {
        Limit::per_minute("native", self.core.settings.requests_per_minute)
    }

    /// Counts a request against a limit: for those who count before they have read the whole request. What they then call,
    /// they call with [`Pipeline::call_counted`]. `caller` is what tells callers apart; of a secret, its [`keys::hash`].
    ///
    /// # Errors
    /// `database_unavailable`, for a limit that all nodes share.
    pub async fn count(&self, limit: &Limit, caller: &str) -> Result<Standing> {
        let now = self.core.now();
        if !limit.shared || self.store.backend() == Backend::Sqlite {
            return Ok(self.limiter.count(limit, caller, now));
        }
        let (name, begin) = (format!("{}/{caller}", limit.name), limit.begin(now));
        let used = self.store.write(move |tx| Ok::<_, Error>(rates::count(tx, &name, begin)?)).await?;
        Ok(limit.standing(u32::try_from(used).unwrap_or(u32::MAX), now))
    }

    /// Which of two errors a caller hears: without a valid credential of that first, whatever else is wrong with the request.
    pub async fn prefer_authentication(&self, credential: Credential, error: Error) -> Error {
        // Who has no credential calls what needs none.
        if error.code.kind == Kind::Unauthenticated || matches!(credential, Credential::Anonymous { .. }) {
            return error;
        }
        match self.authenticate(credential).await {
            Err(first) if first.code.kind == Kind::Unauthenticated => first,
            _ => error,
        }
    }

    /// Counts a call against its key's limit, and calls the operation.
    pub async fn call(&self, operation: &'static Descriptor, call: Call) -> Outcome {
        let counted = match call.credential.caller() {
            Some(caller) => Some(self.count(&self.native_limit(), &caller).await),
            None => None,
        };
        let standing = match counted.transpose() {
            Ok(standing) => standing,
            Err(error) => return (None, Err(error)),
        };
        if let Some(Err(error)) = standing.map(|standing| standing.check(self.core.now())) {
            return (standing, Err(error));
        }
        (standing, self.call_counted(operation, call).await)
    }

    /// Calls an operation for a request that was counted before.
    ///
    /// # Errors
    /// The pipeline's own, and the operation's.
    pub async fn call_counted(&self, operation: &'static Descriptor, mut call: Call) -> Result<Reply> {
        let now = self.core.now();
        let checked = check_call(operation, &call).and_then(|()| match call.input_made_here {
            true => Ok(()),
            false => operation.check(&mut call.input),
        });
        if let Err(error) = checked {
            return Err(self.prefer_authentication(call.credential, error).await);
        }
        let core = Arc::clone(&self.core);
        let call = Arc::new(self.prepare(operation, call, now).await?);
        if !operation.spec.writes() {
            return self
                .store
                .read(move |tx| {
                    let principal = admit(tx, operation, &call.credential, now)?;
                    let mut cx = Context::new(tx, &core, &principal, now);
                    let body = (operation.run)(&mut cx, &call.input)?;
                    Ok::<_, Error>(Reply {
                        success: operation.spec.success,
                        body,
                        replayed: false,
                        preview: false,
                        project: principal.project,
                    })
                })
                .await;
        }
        let _guard = self.hold_key(&call)?;
        // Here rather than inside, where other writers would wait for it.
        let fingerprint = fingerprint(operation.spec.name, &call.input);
        let done = self.store.write(move |tx| write(tx, operation, &core, &call, &fingerprint, now)).await;
        match done {
            Ok(reply) | Err(Undo::Preview(reply)) => Ok(reply),
            Err(Undo::Failed(error)) => Err(error),
        }
    }

    /// What comes before the transaction: counts a call without a credential for good, and does the operation's slow work.
    async fn prepare(&self, operation: &'static Descriptor, call: Call, now: Millis) -> Result<Call> {
        if let (Credential::Anonymous { origin }, Some(most)) = (&call.credential, operation.spec.public) {
            let (limit, origin) = (attempts::Limit::hourly(operation.spec.name, most), origin.clone());
            self.store.write(move |tx| limit.count(tx, &origin, now)).await??;
        }
        let Some(prepare) = operation.prepare else { return Ok(call) };
        let credential = call.credential.clone();
        self.store.read(move |tx| admit(tx, operation, &credential, now).map(drop)).await?;
        password::apart(move || {
            let mut call = call;
            prepare(&mut call.input).map(|()| call)
        })
        .await?
    }

    /// Marks the call's idempotency key as under way in this process.
    fn hold_key(&self, call: &Call) -> Result<Option<InFlight>> {
        let Some(key) = &call.idempotency_key else { return Ok(None) };
        let owner = match &call.credential {
            Credential::Known(principal) => format!("{}/{}", principal.project, principal.actor),
            other => other.caller().unwrap_or_default(),
        };
        let name = format!("{owner}/{key}");
        let mut held = self.in_flight.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if !held.insert(name.clone()) {
            return Err(in_flight_error());
        }
        Ok(Some(InFlight { name, held: Arc::clone(&self.in_flight) }))
    }
}

struct InFlight {
    name: String,
    held: Arc<Mutex<HashSet<String>>>,
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.held.lock().unwrap_or_else(std::sync::PoisonError::into_inner).remove(&self.name);
    }
}

fn in_flight_error() -> Error {
    Error::new(
        code::IDEMPOTENCY_CONFLICT,
        "A request with this Idempotency-Key is still under way. Wait for its answer.",
    )
}

fn check_call(operation: &Descriptor, call: &Call) -> Result<()> {
    if let Some(key) = &call.idempotency_key
        && (key.is_empty() || key.len() > 255)
    {
        return Err(Error::invalid("Idempotency-Key", "An Idempotency-Key has 1 to 255 characters."));
    }
    if (call.dry_run || call.plan_digest.is_some()) && !operation.spec.dry_run {
        let field = if call.dry_run { "dry_run" } else { "plan_digest" };
        return Err(Error::invalid(field, format!("{} has no preview.", operation.spec.name)));
    }
    Ok(())
}

/// Who a credential belongs to.
fn authenticate(tx: &mut Tx<'_>, credential: &Credential, now: Millis) -> Result<Principal> {
    match credential {
        Credential::Known(principal) => Ok(principal.clone()),
        Credential::Key { secret, dialect } => keys::authenticate(tx, secret, dialect, now),
        Credential::Session { token, project } => sessions::authenticate(tx, token, *project, now),
        Credential::Token { secret, resource, project } => access::authenticate(tx, secret, resource, *project, now),
        Credential::Anonymous { .. } => Err(Error::new(code::MISSING_API_KEY, "This needs a credential.")),
    }
}

/// Authenticates and checks the scope.
fn admit(tx: &mut Tx<'_>, operation: &Descriptor, credential: &Credential, now: Millis) -> Result<Principal> {
    let spec = &operation.spec;
    if let (Credential::Anonymous { .. }, Some(_)) = (credential, spec.public) {
        return Ok(Principal::visitor());
    }
    let principal = authenticate(tx, credential, now)?;
    if principal.may(spec.scope) {
        return Ok(principal);
    }
    if spec.writes() && principal.is_read_only() {
        return Err(Error::new(code::READ_ONLY_KEY, format!("This key may only read, and {} writes.", spec.name)));
    }
    Err(Error::new(code::INSUFFICIENT_SCOPE, format!("{} needs the scope {}.", spec.name, spec.scope)))
}

fn write(
    tx: &mut Tx<'_>,
    operation: &'static Descriptor,
    core: &Core,
    call: &Call,
    fingerprint: &str,
    now: Millis,
) -> std::result::Result<Reply, Undo> {
    let spec = &operation.spec;
    let principal = admit(tx, operation, &call.credential, now)?;
    if spec.idempotency == Idempotency::Required && call.idempotency_key.is_none() && !call.dry_run {
        return Err(Error::new(
            code::MISSING_IDEMPOTENCY_KEY,
            format!("{} needs an Idempotency-Key header.", spec.name),
        )
        .at("Idempotency-Key")
        .into());
    }
    let actor = principal.actor.to_string();
    if let Some(key) = call.idempotency_key.as_deref().filter(|_| !call.dry_run) {
        if !idempotency::try_lock(tx, principal.project, &actor, key)? {
            return Err(in_flight_error().into());
        }
        if let Some(seen) = idempotency::find(tx, principal.project, &actor, key, now.plus(-IDEMPOTENCY_MS))? {
            if seen.fingerprint != fingerprint {
                return Err(Error::new(
                    code::IDEMPOTENCY_KEY_REUSED,
                    "This Idempotency-Key was used for a different request. Use a new one.",
                )
                .at("Idempotency-Key")
                .into());
            }
            let body = serde_json::from_str(&seen.response).map_err(|error| Error {
                source: Some(Box::new(error)),
                ..Error::new(code::INTERNAL_ERROR, "The remembered answer could not be read.")
            })?;
            let success = if seen.status == 201 {
                Success::Created
            } else if seen.status == 202 {
                Success::Accepted
            } else {
                Success::Ok
            };
            return Ok(Reply { success, body, replayed: true, preview: false, project: principal.project });
        }
    }
    let mut cx = Context::new(tx, core, &principal, now);
    let body = (operation.run)(&mut cx, &call.input)?;
    if call.dry_run {
        let plan = std::mem::take(&mut cx.plan);
        let digest = plan_digest(fingerprint, &plan);
        let body = json!({ "dry_run": true, "digest": digest, "plan": plan, "result": body });
        return Err(Undo::Preview(Reply {
            success: Success::Ok,
            body,
            replayed: false,
            preview: true,
            project: principal.project,
        }));
    }
    if let Some(wanted) = &call.plan_digest
        && *wanted != plan_digest(fingerprint, &cx.plan)
    {
        return Err(Error::new(
            code::PLAN_CHANGED,
            "The world has changed since that preview. Preview again and commit with the new digest.",
        )
        .at("plan_digest")
        .into());
    }
    let subject = body.get("id").and_then(Value::as_str).map(ToOwned::to_owned);
    cx.audit(spec.name, subject, &json!({ "request_id": call.request_id, "input": fingerprint }));
    let project = cx.project;
    cx.finish()?;
    if let Some(key) = &call.idempotency_key {
        let status = match spec.success {
            Success::Ok => 200,
            Success::Created => 201,
            Success::Accepted => 202,
        };
        let row = idempotency::Remembered {
            operation: spec.name.to_owned(),
            fingerprint: fingerprint.to_owned(),
            status,
            response: without_secret(&body).to_string(),
        };
        idempotency::remember(tx, principal.project, &actor, key, &row, now)?;
    }
    Ok(Reply { success: spec.success, body, replayed: false, preview: false, project })
}

/// Hash of an operation's name and input: equal for equal requests, since JSON objects are kept sorted.
fn fingerprint(name: &str, input: &Value) -> String {
    let mut hash = Sha256::new();
    hash.update(name);
    hash.update([0]);
    hash.update(input.to_string());
    hex(&hash.finalize())
}

/// What is remembered of an answer: a secret is shown once, and not by a replay.
fn without_secret(body: &Value) -> Value {
    let mut kept = body.clone();
    if let Some(secret) = kept.get_mut("secret") {
        *secret = Value::Null;
    }
    kept
}

/// Digest of a request and its plan: what a preview shows and a commit may name.
fn plan_digest(request: &str, plan: &[Value]) -> String {
    fingerprint(request, &Value::Array(plan.to_vec()))
}

/// Lower-case hexadecimal.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes
        .iter()
        .flat_map(|byte| [char::from(DIGITS[usize::from(byte >> 4)]), char::from(DIGITS[usize::from(byte & 15)])])
        .collect()
}
