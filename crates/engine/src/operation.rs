//! What an operation is: a type with a spec, an input, an output and `run`. Says nothing about how it is reached.

use std::sync::OnceLock;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::context::Context;
use crate::error::{Code, Error, Result, code};
use crate::malformed;
use crate::outside::Stage;
use crate::schema::{Catalog, bounds};

/// What an operation does to the world.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Changes nothing.
    Read,
    /// Changes data.
    Write,
    /// May reach a person outside or spend credits.
    Outward,
    /// Removes or stops something for good.
    Destructive,
}

/// The HTTP verb of the native binding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// Read.
    Get,
    /// Create or act.
    Post,
    /// Change some fields.
    Patch,
    /// Set whole.
    Put,
    /// Remove.
    Delete,
}

/// The shape of an output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// One object.
    One,
    /// A [`Page`] of them.
    Page,
    /// A [`File`].
    File,
}

/// Whether an operation takes an idempotency key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Idempotency {
    /// It changes nothing, or doing it twice is doing it once.
    Natural,
    /// Honoured when sent.
    Optional,
    /// Refused without.
    Required,
}

/// Everything about an operation that is not code.
#[derive(Debug)]
pub struct Spec {
    /// `verb_noun`: the name in documents, MCP, logs and metrics.
    pub name: &'static str,
    /// The noun it is listed under.
    pub tag: &'static str,
    /// One sentence.
    pub summary: &'static str,
    /// What a caller should know before calling; may be empty.
    pub description: &'static str,
    /// Scope needed.
    pub scope: &'static str,
    /// What it does to the world.
    pub effect: Effect,
    /// Native verb.
    pub verb: Verb,
    /// Native path below `/api/v1`, with `{field}` for input fields.
    pub path: &'static str,
    /// Whether success creates something (201) or starts it (202).
    pub success: Success,
    /// Idempotency keys.
    pub idempotency: Idempotency,
    /// Whether `dry_run` and `plan_digest` are taken.
    pub dry_run: bool,
    /// Shape of the output.
    pub shape: Shape,
    /// Errors beside those every operation can give.
    pub errors: &'static [&'static Code],
    /// Calls an hour that one network address may make without a credential; none where a credential is needed.
    pub public: Option<i64>,
    /// Whether only people may call it, who signed in: neither a key nor an application.
    pub person: bool,
}

/// What success means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Success {
    /// Done.
    Ok,
    /// Something new is there.
    Created,
    /// It will happen.
    Accepted,
}

impl Spec {
    const fn base(
        name: &'static str,
        tag: &'static str,
        verb: Verb,
        path: &'static str,
        effect: Effect,
        scope: &'static str,
        summary: &'static str,
    ) -> Self {
        Self {
            name,
            tag,
            summary,
            description: "",
            scope,
            effect,
            verb,
            path,
            success: Success::Ok,
            idempotency: Idempotency::Natural,
            dry_run: false,
            shape: Shape::One,
            errors: &[],
            public: None,
            person: false,
        }
    }

    /// A read of one thing.
    pub const fn get(
        name: &'static str,
        tag: &'static str,
        path: &'static str,
        scope: &'static str,
        summary: &'static str,
    ) -> Self {
        Self::base(name, tag, Verb::Get, path, Effect::Read, scope, summary)
    }

    /// A read of a page of things.
    pub const fn list(
        name: &'static str,
        tag: &'static str,
        path: &'static str,
        scope: &'static str,
        summary: &'static str,
    ) -> Self {
        Self { shape: Shape::Page, ..Self::base(name, tag, Verb::Get, path, Effect::Read, scope, summary) }
    }

    /// A read of bytes.
    pub const fn file(
        name: &'static str,
        tag: &'static str,
        path: &'static str,
        scope: &'static str,
        summary: &'static str,
    ) -> Self {
        Self { shape: Shape::File, ..Self::base(name, tag, Verb::Get, path, Effect::Read, scope, summary) }
    }

    /// A write that makes something.
    pub const fn create(
        name: &'static str,
        tag: &'static str,
        path: &'static str,
        scope: &'static str,
        summary: &'static str,
    ) -> Self {
        Self {
            success: Success::Created,
            idempotency: Idempotency::Optional,
            ..Self::base(name, tag, Verb::Post, path, Effect::Write, scope, summary)
        }
    }

    /// A write that does something to a thing.
    pub const fn act(
        name: &'static str,
        tag: &'static str,
        path: &'static str,
        scope: &'static str,
        summary: &'static str,
    ) -> Self {
        Self {
            idempotency: Idempotency::Optional,
            ..Self::base(name, tag, Verb::Post, path, Effect::Write, scope, summary)
        }
    }

    /// A partial update.
    pub const fn patch(
        name: &'static str,
        tag: &'static str,
        path: &'static str,
        scope: &'static str,
        summary: &'static str,
    ) -> Self {
        Self {
            idempotency: Idempotency::Optional,
            ..Self::base(name, tag, Verb::Patch, path, Effect::Write, scope, summary)
        }
    }

    /// A removal.
    pub const fn delete(
        name: &'static str,
        tag: &'static str,
        path: &'static str,
        scope: &'static str,
        summary: &'static str,
    ) -> Self {
        Self::base(name, tag, Verb::Delete, path, Effect::Destructive, scope, summary)
    }

    /// Says more.
    #[must_use]
    pub const fn describe(mut self, description: &'static str) -> Self {
        self.description = description;
        self
    }

    /// Another effect than the constructor's.
    #[must_use]
    pub const fn effect(mut self, effect: Effect) -> Self {
        self.effect = effect;
        self
    }

    /// Takes `dry_run` and `plan_digest`.
    #[must_use]
    pub const fn previews(mut self) -> Self {
        self.dry_run = true;
        self
    }

    /// Answers that it will happen.
    #[must_use]
    pub const fn accepts(mut self) -> Self {
        self.success = Success::Accepted;
        self
    }

    /// Takes no idempotency key: doing it twice is doing it once.
    #[must_use]
    pub const fn natural(mut self) -> Self {
        self.idempotency = Idempotency::Natural;
        self
    }

    /// Adds its own errors.
    #[must_use]
    pub const fn fails(mut self, errors: &'static [&'static Code]) -> Self {
        self.errors = errors;
        self
    }

    /// Only for people who signed in.
    #[must_use]
    pub const fn for_people(mut self) -> Self {
        self.person = true;
        self
    }

    /// Needs no credential, so many times an hour and network address.
    #[must_use]
    pub const fn public(mut self, per_hour: i64) -> Self {
        self.public = Some(per_hour);
        self.idempotency = Idempotency::Natural;
        self
    }

    /// Whether doing it twice does two things: it makes something, or reaches somebody. What sets a state does not.
    #[must_use]
    pub const fn repeats_matter(&self) -> bool {
        matches!(self.effect, Effect::Outward) || !matches!(self.success, Success::Ok)
    }

    /// Whether it changes anything.
    #[must_use]
    pub const fn writes(&self) -> bool {
        !matches!(self.effect, Effect::Read)
    }
}

/// One operation; implemented once, reached by every dialect.
pub trait Operation: Send + Sync + 'static {
    /// Everything that is not code.
    const SPEC: Spec;
    /// Work on the input that is too slow for a transaction, such as hashing a password: done before it, apart, once the call
    /// is known to be allowed.
    const PREPARE: Option<fn(&mut Value) -> Result<()>> = None;
    /// What it asks of the world between two transactions; see [`crate::outside`]. Nearly all ask nothing.
    const OUTSIDE: Option<Stage> = None;
    /// A look at the whole received input that names every field at fault, before the check of bounds, which stops at the first.
    const CHECK: Option<fn(&Value) -> Result<()>> = None;
    /// The places (JSON pointers) of an answer whose text someone outside wrote, where the answer does not say so itself with
    /// `untrusted`; see [`crate::written_outside`].
    const WRITTEN_OUTSIDE: fn(&Value) -> Vec<String> = |_| Vec::new();
    /// What it takes.
    type Input: DeserializeOwned + JsonSchema;
    /// What it gives.
    type Output: Serialize + JsonSchema;

    /// Does it, inside one transaction. Anything written is undone when this fails or when the call is a dry run.
    ///
    /// # Errors
    /// From the table, with the field at fault.
    fn run(cx: &mut Context<'_, '_>, input: Self::Input) -> Result<Self::Output>;
}

/// A page of a list.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Page<T> {
    /// The rows.
    pub items: Vec<T>,
    /// Give this as `cursor` for the next page; null at the end.
    pub next_cursor: Option<String>,
}

impl<T> Page<T> {
    /// The same page of other things.
    pub fn map<U>(self, change: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(change).collect(), next_cursor: self.next_cursor }
    }
}

/// Bytes with their type: a recording, a statement.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct File {
    /// Media type, such as `audio/mpeg`.
    pub content_type: String,
    /// What a client may call it when it keeps it.
    pub name: String,
    /// The bytes, in base64 (RFC 4648, section 4). HTTP answers carry them raw.
    pub base64: String,
    /// What belongs to it, such as where its words are: told where an answer has room beside the bytes, as over MCP.
    #[serde(skip_serializing_if = "serde_json::Map::is_empty")]
    pub beside: serde_json::Map<String, Value>,
}

/// An operation without its types, as the list holds it.
pub struct Descriptor {
    /// Everything that is not code.
    pub spec: Spec,
    /// Schema of the input.
    pub input: fn(&mut SchemaGenerator) -> Schema,
    /// Schema of the output (of one item, for a page).
    pub output: fn(&mut SchemaGenerator) -> Schema,
    /// Its own look at the whole received input.
    whole: Option<fn(&Value) -> Result<()>>,
    /// Slow work on the input, before the transaction.
    pub prepare: Option<fn(&mut Value) -> Result<()>>,
    /// What it asks of the world first.
    pub outside: Option<Stage>,
    /// Where its answers have text from outside that is not marked in place.
    pub written_outside: fn(&Value) -> Vec<String>,
    /// Decodes, runs, encodes.
    pub run: fn(&mut Context<'_, '_>, &Value) -> Result<Value>,
    /// Schema of the input alone, made when it is first needed.
    own: OnceLock<Catalog>,
}

impl Descriptor {
    /// Of an operation.
    #[must_use]
    pub const fn of<O: Operation>() -> Self {
        Self {
            spec: O::SPEC,
            input: SchemaGenerator::subschema_for::<O::Input>,
            output: SchemaGenerator::subschema_for::<O::Output>,
            whole: O::CHECK,
            prepare: O::PREPARE,
            outside: O::OUTSIDE,
            written_outside: O::WRITTEN_OUTSIDE,
            run: run::<O>,
            own: OnceLock::new(),
        }
    }

    /// Checks an input as the operation itself does, and against the bounds its schema states; see [`bounds`].
    ///
    /// # Errors
    /// `validation_error` at every field that the operation's own check finds at fault, or at the first out of bounds.
    pub fn check(&self, input: &mut Value) -> Result<()> {
        if let Some(whole) = self.whole {
            whole(input)?;
        }
        let own = self.catalog();
        let Some(schema) = own.inputs.first() else { return Ok(()) };
        bounds::check(own, schema, input)
    }

    /// Its schemas alone, made when they are first needed: those of all operations together take megabytes.
    pub fn catalog(&self) -> &Catalog {
        self.own.get_or_init(|| Catalog::new(std::slice::from_ref(self)))
    }
}

/// A list of operations: documented like a static, then the types.
#[macro_export]
macro_rules! operations {
    ($(#[$about:meta])* $visibility:vis static $name:ident $($operation:path),+ $(,)?) => {
        $(#[$about])*
        $visibility static $name: &[$crate::operation::Descriptor] = {
            // A static of its own, since each entry makes its schema when it is first needed.
            static TABLE: [$crate::operation::Descriptor; [$(stringify!($operation)),+].len()] =
                [$($crate::operation::Descriptor::of::<$operation>()),+];
            &TABLE
        };
    };
}

fn run<O: Operation>(cx: &mut Context<'_, '_>, input: &Value) -> Result<Value> {
    let input = decode(input).map_err(|error| with_control_fields(error, &O::SPEC))?;
    let output = O::run(cx, input)?;
    serde_json::to_value(output).map_err(|error| Error {
        source: Some(Box::new(error)),
        ..Error::new(code::INTERNAL_ERROR, "The answer could not be written.")
    })
}

/// Names the fields that steer a call among those an input may have.
fn with_control_fields(error: Error, spec: &Spec) -> Error {
    if !spec.dry_run || !error.message.starts_with("There is no field") {
        return error;
    }
    Error { message: format!("{}, dry_run, plan_digest.", error.message.trim_end_matches('.')), ..error }
}

/// Runs an operation inside the transaction of another, as part of it: how a dialect's endpoint does what a native operation
/// does. Scope, limits, idempotency and audit are the outer operation's.
///
/// # Errors
/// The operation's own, with its own field names.
pub fn within<O: Operation>(cx: &mut Context<'_, '_>, input: Value) -> Result<O::Output> {
    O::run(cx, decode(input)?)
}

/// Decodes a JSON object, naming the field at fault.
///
/// # Errors
/// `validation_error` with the field's dotted path.
pub fn decode<T: DeserializeOwned>(value: impl std::borrow::Borrow<Value>) -> Result<T> {
    let value = value.borrow();
    // serde would read a list as the fields of a struct in their order.
    if !value.is_object() {
        return Err(Error::new(code::VALIDATION_ERROR, "Expected a JSON object."));
    }
    // Keeping the path costs more than decoding: only a value that has failed is read again with it.
    T::deserialize(value).or_else(|_| serde_path_to_error::deserialize(value)).map_err(
        |error: serde_path_to_error::Error<serde_json::Error>| {
            let path = error.path().to_string();
            let message = error.into_inner().to_string();
            let named = message.strip_prefix("missing field `").or_else(|| message.strip_prefix("unknown field `"));
            let field = match named.and_then(|rest| rest.split('`').next()) {
                Some(name) if path == "." => Some(name.to_owned()),
                Some(name) if path.ends_with(name) => Some(path),
                Some(name) => Some(format!("{path}.{name}")),
                None if path == "." => None,
                None => Some(path),
            };
            let plain = malformed::in_words(&message, field.as_deref());
            Error { field, ..Error::new(code::VALIDATION_ERROR, plain) }
        },
    )
}

/// The input of an operation that takes none.
#[derive(Debug, Default, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Empty {}
