//! What people may do, by their role in the organization. One table from roles to scopes; checks nothing by itself.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::principal::{APPROVE, APPROVE_RUNS};

/// What a person may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Role {
    /// Everything.
    Owner,
    /// Everything but owning.
    Admin,
    /// Their own leads.
    #[default]
    Seller,
    /// Looking.
    Viewer,
}

impl Role {
    /// As it is stored and shown.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Admin => "admin",
            Self::Seller => "seller",
            Self::Viewer => "viewer",
        }
    }

    /// Of the stored word; what is not one of ours may only look.
    #[must_use]
    pub fn of(word: &str) -> Self {
        [Self::Owner, Self::Admin, Self::Seller].into_iter().find(|role| role.as_str() == word).unwrap_or(Self::Viewer)
    }

    /// The scopes of someone signed in with this role.
    #[must_use]
    pub const fn scopes(self) -> &'static [&'static str] {
        match self {
            Self::Owner | Self::Admin | Self::Seller => &["*", APPROVE, APPROVE_RUNS],
            Self::Viewer => &["*:read"],
        }
    }
}
