//! Values that go into statements. Knows no driver: each backend binds them in its own way.

use outrider_domain::address::{Domain, Email, Phone};
use outrider_domain::id;
use outrider_domain::time::Millis;

/// A parameter of a statement, or a column of a row. Columns are BIGINT, TEXT or binary; lists exist only as parameters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// SQL NULL.
    Null,
    /// BIGINT; also a boolean as 0 or 1.
    Int(i64),
    /// TEXT. A NUL character is refused when it is bound, because PostgreSQL can't store it.
    Text(String),
    /// Bytes.
    Blob(Vec<u8>),
    /// For `ints(?n)`.
    Ints(Vec<i64>),
    /// For `texts(?n)`.
    Texts(Vec<String>),
}

impl Value {
    /// What it is, for messages: never what it holds.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Int(_) => "an integer",
            Self::Text(_) => "text",
            Self::Blob(_) => "bytes",
            Self::Ints(_) => "a list of integers",
            Self::Texts(_) => "a list of texts",
        }
    }

    /// Whether a text in it has a character that one of the databases can't store.
    pub(crate) fn has_nul(&self) -> bool {
        match self {
            Self::Text(text) => text.as_bytes().contains(&0),
            Self::Texts(texts) => texts.iter().any(|text| text.as_bytes().contains(&0)),
            Self::Null | Self::Int(_) | Self::Blob(_) | Self::Ints(_) => false,
        }
    }
}

/// `values![a, b, c]`: an array of [`Value`], each made with `Value::from`.
#[macro_export]
macro_rules! values {
    ($($value:expr),* $(,)?) => { [$($crate::Value::from($value)),*] };
}

macro_rules! from_integers {
    ($($integer:ty),*) => {$(
        impl From<$integer> for Value {
            fn from(number: $integer) -> Self {
                Self::Int(i64::from(number))
            }
        }
    )*};
}

from_integers!(i64, i32, u32, u16, u8, bool);

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&[u8]> for Value {
    fn from(bytes: &[u8]) -> Self {
        Self::Blob(bytes.to_vec())
    }
}

impl From<Vec<u8>> for Value {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Blob(bytes)
    }
}

impl From<Vec<i64>> for Value {
    fn from(list: Vec<i64>) -> Self {
        Self::Ints(list)
    }
}

impl From<Vec<String>> for Value {
    fn from(list: Vec<String>) -> Self {
        Self::Texts(list)
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(option: Option<T>) -> Self {
        option.map_or(Self::Null, Into::into)
    }
}

impl<T: Clone + Into<Value>> From<&T> for Value {
    fn from(value: &T) -> Self {
        value.clone().into()
    }
}

impl From<Millis> for Value {
    fn from(moment: Millis) -> Self {
        Self::Int(moment.0)
    }
}

macro_rules! from_addresses {
    ($($address:ty),*) => {$(
        impl From<$address> for Value {
            fn from(address: $address) -> Self {
                Self::Text(address.as_str().to_owned())
            }
        }
    )*};
}

from_addresses!(Email, Phone, Domain);

/// Calls the macro `$with` with every id type, so that conversions in both directions stay in step.
macro_rules! for_each_id {
    ($with:ident) => {
        $with! {
            OrganizationId, ProjectId, UserId, KeyId, GrantId, WebhookId, LeadId, CompanyId, AgentId, IdentityId, TemplateId, SequenceId,
            EnrollmentId, ActionId, MessageId, ThreadId, SuppressionId, JobId, TransferId, CaptureId, CallId, TextId,
            RunId, RunContactId, DecisionId, SegmentId, NoteId, PersonTaskId, ProspectId, TaskId
        }
    };
}
pub(crate) use for_each_id;

macro_rules! from_ids {
    ($($id:ident),*) => {$(
        impl From<id::$id> for Value {
            fn from(id: id::$id) -> Self {
                Self::Int(id.0)
            }
        }
        impl From<Vec<id::$id>> for Value {
            fn from(ids: Vec<id::$id>) -> Self {
                Self::Ints(ids.into_iter().map(|id| id.0).collect())
            }
        }
    )*};
}

for_each_id!(from_ids);
