//! What a tool is to this server: a card to show, and a call that always ends in an answer. Knows no wire format.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::caller::Caller;
use crate::state::AppState;

/// A JSON object: arguments, a schema, an answer's notes.
pub type Object = Map<String, Value>;

/// What a client is told of a tool.
#[derive(Debug, Clone)]
pub struct Card {
    /// `verb_noun`; unique on its surface.
    pub name: &'static str,
    /// The name in words, for people.
    pub title: String,
    /// What it does, when to use it, what to mind.
    pub description: String,
    /// JSON Schema 2020-12 of the arguments, without references.
    pub input: Arc<Object>,
    /// The same of the structured answer, when it has one.
    pub output: Option<Arc<Object>>,
    /// What a host may want to ask a person about.
    pub hints: Hints,
    /// The toolset it belongs to.
    pub toolset: &'static str,
    /// The scope a caller needs, when it needs one.
    pub scope: Option<&'static str>,
}

/// The annotations of a tool (MCP, "Tool Annotations").
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hints {
    /// Changes nothing.
    pub read_only: bool,
    /// May remove or stop something for good.
    pub destructive: bool,
    /// Twice is as once.
    pub idempotent: bool,
    /// Reaches people or systems outside this installation.
    pub open_world: bool,
}

/// One part of an answer.
#[derive(Debug, Clone, PartialEq)]
pub enum Content {
    /// Text for the model.
    Text(String),
    /// A picture.
    Image {
        /// Base64 (RFC 4648, section 4).
        base64: String,
        /// Such as `image/png`.
        media_type: String,
    },
    /// Sound, such as a call's recording.
    Audio {
        /// Base64 (RFC 4648, section 4).
        base64: String,
        /// Such as `audio/mpeg`.
        media_type: String,
    },
    /// A document in the answer.
    Document {
        /// Its address.
        uri: String,
        /// Such as `text/plain`.
        media_type: String,
        /// Its text.
        text: String,
    },
}

/// How a call of a tool ended. Failures of what was asked are answers too: a model can read and mend them.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Answer {
    /// What the model reads.
    pub content: Vec<Content>,
    /// What programs read.
    pub structured: Option<Value>,
    /// Whether it failed.
    pub failed: bool,
    /// Notes beside the answer, under names of our own.
    pub meta: Object,
}

impl Answer {
    /// An answer of text alone.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        Self { content: vec![Content::Text(text.into())], ..Self::default() }
    }

    /// An answer of a JSON object, as itself and as text.
    #[must_use]
    pub fn structured(value: Value) -> Self {
        Self { content: vec![Content::Text(value.to_string())], structured: Some(value), ..Self::default() }
    }

    /// A failure in words alone.
    #[must_use]
    pub fn failure(text: impl Into<String>) -> Self {
        Self { failed: true, ..Self::text(text) }
    }
}

/// One call of a tool.
pub struct Request<'a> {
    /// The server's parts.
    pub state: &'a AppState,
    /// Who calls, and by which way.
    pub caller: &'a Caller,
    /// What it was given; not yet checked.
    pub arguments: Object,
}

/// The future of an answer.
pub type Answering<'a> = Pin<Box<dyn Future<Output = Answer> + Send + 'a>>;

/// A tool.
pub trait Tool: Send + Sync {
    /// What a client is told of it.
    fn card(&self) -> &Card;
    /// Does it.
    fn call<'a>(&'a self, request: Request<'a>) -> Answering<'a>;
}
