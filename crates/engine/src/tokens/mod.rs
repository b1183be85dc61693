//! Personal access tokens: the keys by which programs act as the one person who made them. What a key is and how it is checked
//! is `keys`' concern.

pub mod create_token;
pub mod list_tokens;
pub mod revoke_token;

use outrider_domain::id::UserId;

use crate::context::Context;
use crate::error::{Error, Result, code};
use crate::principal::WORDS;

/// The dialect that personal tokens are for.
pub const DIALECT: &str = "artra";

/// What a token can be given, with words for the person who gives it.
pub const SCOPES: &[(&str, &str)] = &[
    ("contacts:read", "See my contacts"),
    ("sequences:read", "See sequences"),
    ("sequences:write", "Add contacts to sequences"),
    (WORDS[0], "Discover companies and people, which spends credits"),
    (WORDS[1], "Find addresses and phone numbers, which spends credits"),
    ("outreach:run", "See and start workflows"),
];

/// The person whose tokens are meant.
fn person(cx: &Context<'_, '_>) -> Result<UserId> {
    let nobody = || Error::new(code::INVALID_SESSION, "Personal tokens belong to people: sign in.");
    cx.principal.user.ok_or_else(nobody)
}
