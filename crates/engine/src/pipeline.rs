//! The one way to every operation: authenticate, limit, scope, idempotency, run, plan, audit, commit. Holds no rule of a noun.

mod digest;
mod made;
mod repeats;

use std::sync::Arc;

use outrider_domain::id::ProjectId;
use outrider_domain::time::{DAY, Millis};
use outrider_store::{Backend, Store, Tx, attempts as rows, keys as key_rows, sub_agents};
use serde_json::{Value, json};

use crate::attempts;
use crate::connected::Via;
use crate::context::Context;
use crate::core::Core;
use crate::error::{Error, Kind, Result, code};
use crate::keys;
use crate::oauth::access;
use crate::operation::{Descriptor, Shape, Spec, Success};
use crate::outside::{Answer, Stage};
use crate::ports::Ports;
use crate::principal::{Actor, Principal};
use crate::rate::{Counted, Limit, RateLimiter, Standing};
use crate::sign_in::{password, sessions};
use crate::users::caller::sees_only;
use crate::users::narrow;

pub use digest::hex;
use digest::{check_digest, fingerprint, preview};

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
    /// By which way it came in.
    pub via: Via,
    /// How long, in milliseconds, the same call of the same caller without an idempotency key counts as a repetition, for
    /// those who call again when they hear nothing: see [`Spec::repeats_matter`](crate::operation::Spec::repeats_matter).
    pub repeat_within: Option<i64>,
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
            via: Via::default(),
            repeat_within: None,
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
    ports: Arc<Ports>,
    limiter: Arc<RateLimiter>,
    counted: Arc<Counted>,
    in_flight: repeats::InFlight,
}

/// Ends a transaction that must not commit, for a good reason.
enum Undo<P> {
    Failed(Error),
    Preview(P),
}

impl<P> Undo<P> {
    /// What the caller is told.
    fn end(self) -> Result<P> {
        match self {
            Self::Preview(shown) => Ok(shown),
            Self::Failed(error) => Err(error),
        }
    }
}

impl<P> From<Error> for Undo<P> {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl<P> From<outrider_store::Error> for Undo<P> {
    fn from(error: outrider_store::Error) -> Self {
        Self::Failed(error.into())
    }
}

impl Pipeline {
    /// A pipeline; clones share limits and in-flight keys.
    #[must_use]
    pub fn new(store: Store, core: Arc<Core>) -> Self {
        Self {
            store,
            core,
            ports: Arc::default(),
            limiter: Arc::default(),
            counted: Arc::default(),
            in_flight: Arc::default(),
        }
    }

    /// With ways out of the process, for operations that ask the world; see [`crate::outside`].
    #[must_use]
    pub fn with_ports(self, ports: Ports) -> Self {
        Self { ports: Arc::new(ports), ..self }
    }

    /// The ways out of the process.
    #[must_use]
    pub fn ports(&self) -> &Ports {
        &self.ports
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
        if !limit.shared && !limit.per_person {
            return Ok(self.limiter.count(limit, caller, now));
        }
        let caller = self.counted_as(limit, caller).await?;
        if !limit.shared || self.store.backend() == Backend::Sqlite {
            return Ok(self.limiter.count(limit, &caller, now));
        }
        let own = *limit;
        // Counted as of the window's beginning, so that all nodes mean the same window.
        let count =
            move |tx: &mut Tx<'_>| Ok::<_, Error>(rows::count(tx, own.name, &caller, own.window, own.begin(now))?);
        let tried = self.store.write(count).await?;
        Ok(limit.standing(u32::try_from(tried.count).unwrap_or(u32::MAX), now))
    }

    /// Under what name a caller counts against limits that hold for all its keys: the person it acts for where the limit is a
    /// person's, else a sub-agent's number, or else its own.
    async fn counted_as(&self, limit: &Limit, caller: &str) -> Result<String> {
        let (known, person) =
            (format!("{}{caller}", if limit.per_person { "person of " } else { "" }), limit.per_person);
        if let Some(name) = self.counted.of(&known) {
            return Ok(name);
        }
        let hash = caller.to_owned();
        let name = self.store.read(move |tx| {
            let key = if person { key_rows::find(tx, &hash)? } else { None };
            if let Some(user) = key.and_then(|key| key.user_id) {
                return Ok::<_, Error>(user.to_string());
            }
            let agent = sub_agents::of_hash(tx, &hash)?;
            Ok(agent.map_or(hash.clone(), |(project, number)| format!("{project}/{number}")))
        });
        let name = name.await?;
        self.counted.remember(&known, &name);
        Ok(name)
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
        let mut call = self.prepare(operation, call, now).await?;
        repeats::recognize(operation, &mut call);
        let call = Arc::new(call);
        let _guard = if operation.spec.writes() { repeats::hold(&self.in_flight, &call)? } else { None };
        let answer = match operation.outside {
            None => None,
            Some(stage) => match self.ask(operation, stage, &call, now).await? {
                Asked::Ended(reply) => return Ok(reply),
                Asked::Answered(answer) => Some(answer),
            },
        };
        // Asking takes its time.
        let now = if answer.is_some() { self.core.now() } else { now };
        if !operation.spec.writes() {
            return self
                .store
                .read(move |tx| {
                    let principal = admit(tx, &operation.spec, &call.credential, now)?;
                    let mut cx = Context::new(tx, &core, &principal, now).by(call.via);
                    let body = answer_and_run(&mut cx, operation, &call, answer.as_ref())?;
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
        // Here rather than inside, where other writers would wait for it.
        let fingerprint = fingerprint(operation.spec.name, &call.input);
        let done =
            self.store.write(move |tx| write(tx, operation, &core, &call, &fingerprint, answer.as_ref(), now)).await;
        done.or_else(Undo::end)
    }

    /// What comes before the transaction: counts a call without a credential for good, and does the operation's slow work.
    async fn prepare(&self, operation: &'static Descriptor, call: Call, now: Millis) -> Result<Call> {
        if let (Credential::Anonymous { origin }, Some(most)) = (&call.credential, operation.spec.public) {
            let (limit, origin) = (attempts::Bound::hourly(operation.spec.name, most), origin.clone());
            self.store.write(move |tx| limit.count(tx, &origin, now)).await??;
        }
        let Some(prepare) = operation.prepare else { return Ok(call) };
        let credential = call.credential.clone();
        self.store.read(move |tx| admit(tx, &operation.spec, &credential, now).map(drop)).await?;
        password::apart(move || {
            let mut call = call;
            prepare(&mut call.input).map(|()| call)
        })
        .await?
    }

    /// Has an operation ask what it needs to know, unless the call ends before: remembered, or only a preview.
    async fn ask(&self, operation: &'static Descriptor, stage: Stage, call: &Arc<Call>, now: Millis) -> Result<Asked> {
        enum First<Q> {
            Ended(Reply),
            Ask(Q),
        }
        let (core, call) = (Arc::clone(&self.core), Arc::clone(call));
        let first = self
            .store
            .read(move |tx| {
                let principal = admit(tx, &operation.spec, &call.credential, now)?;
                let fingerprint = fingerprint(operation.spec.name, &call.input);
                if operation.spec.writes()
                    && let Some(reply) = repeats::remembered(tx, operation, &call, &principal, &fingerprint, now)?
                {
                    return Ok(First::Ended(reply));
                }
                let mut cx = Context::new(tx, &core, &principal, now).by(call.via);
                cx.once = call.idempotency_key.as_ref().map(|key| {
                    let actor = principal.actor.to_string();
                    self::fingerprint(&fingerprint, &json!([principal.project, actor, key]))
                });
                let question = (stage.question)(&mut cx, &call.input)?;
                let plan = std::mem::take(&mut cx.plan);
                if call.dry_run {
                    let shown = cx.take_shown().unwrap_or(Value::Null);
                    return Ok(First::Ended(preview(&principal, &fingerprint, &plan, &shown)));
                }
                check_digest(&call, &fingerprint, &plan)?;
                Ok::<_, Error>(First::Ask(question))
            })
            .await?;
        match first {
            First::Ended(reply) => Ok(Asked::Ended(reply)),
            First::Ask(question) => (stage.ask)(&self.ports, question).await.map(Asked::Answered),
        }
    }
}

/// Where a call stands after asking.
enum Asked {
    Ended(Reply),
    Answered(Answer),
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
fn admit(tx: &mut Tx<'_>, spec: &Spec, credential: &Credential, now: Millis) -> Result<Principal> {
    if let (Credential::Anonymous { .. }, Some(_)) = (credential, spec.public) {
        return Ok(Principal::visitor());
    }
    let principal = authenticate(tx, credential, now)?;
    if spec.person && matches!(principal.actor, Actor::Key(_) | Actor::Grant(_)) {
        return Err(Error::new(code::INVALID_SESSION, format!("{} is for people who signed in.", spec.name)));
    }
    if principal.may(spec.scope) {
        return Ok(principal);
    }
    if spec.writes() && principal.is_read_only() {
        let who = match principal.actor {
            Actor::Key(_) => "This key",
            Actor::Grant(_) => "This application",
            _ => "Your role",
        };
        let text = format!("{who} may only read, and {} writes: it needs the scope {}.", spec.name, spec.scope);
        return Err(Error::new(code::READ_ONLY_KEY, text));
    }
    let mut text = format!("{} needs the scope {}.", spec.name, spec.scope);
    if principal.user.is_some() && matches!(principal.actor, Actor::Key(_) | Actor::Grant(_)) {
        text.push_str(" Either it was not granted, or the role of the person it acts for does not have it.");
    }
    Err(Error::new(code::INSUFFICIENT_SCOPE, text))
}

fn write(
    tx: &mut Tx<'_>,
    operation: &'static Descriptor,
    core: &Core,
    call: &Call,
    fingerprint: &str,
    answer: Option<&Answer>,
    now: Millis,
) -> std::result::Result<Reply, Undo<Reply>> {
    let spec = &operation.spec;
    let principal = admit(tx, spec, &call.credential, now)?;
    repeats::lock(tx, call, &principal)?;
    if let Some(reply) = repeats::remembered(tx, operation, call, &principal, fingerprint, now)? {
        return Ok(reply);
    }
    repeats::forget_undone(tx, operation, call, &principal)?;
    let mut cx = Context::new(tx, core, &principal, now).by(call.via);
    let body = answer_and_run(&mut cx, operation, call, answer)?;
    if call.dry_run {
        let plan = std::mem::take(&mut cx.plan);
        let shown = cx.take_shown().unwrap_or(body);
        return Err(Undo::Preview(preview(&principal, fingerprint, &plan, &shown)));
    }
    check_digest(call, fingerprint, &cx.plan)?;
    let subject = body.get("id").and_then(Value::as_str).map(ToOwned::to_owned);
    cx.audit(spec.name, subject, &json!({ "request_id": call.request_id, "input": fingerprint }));
    let project = cx.project;
    cx.finish()?;
    repeats::remember(tx, operation, call, &principal, fingerprint, &body, now)?;
    Ok(Reply { success: spec.success, body, replayed: false, preview: false, project })
}

/// Runs an operation; one that asks checks its question again first, and finds its answer.
fn answer_and_run(
    cx: &mut Context<'_, '_>,
    operation: &Descriptor,
    call: &Call,
    answer: Option<&Answer>,
) -> Result<Value> {
    let owner = sees_only(cx)?;
    if let Some(owner) = owner {
        narrow::check_input(cx, owner, &call.input)?;
    }
    if let (Some(stage), Some(answer)) = (operation.outside, answer) {
        (stage.question)(cx, &call.input)?;
        cx.set_answer(Arc::clone(answer));
    }
    let body = (operation.run)(cx, &call.input)?;
    match owner {
        // Pages are read with the owner in the query: taken out afterwards, they would be short.
        Some(_) if operation.spec.shape == Shape::Page => Ok(body),
        Some(owner) => narrow::answer(cx, owner, &call.input, body),
        None => Ok(body),
    }
}
