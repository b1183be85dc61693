//! The profile: who sells, woven into every task. Reading and changing it.

pub mod get_profile;
pub mod update_profile;

use outrider_skills::Profile;
use outrider_store::profiles as rows;

use crate::context::Context;
use crate::error::{Error, Result, code};

/// The project's profile; an empty one until somebody fills it in.
///
/// # Errors
/// When the database fails or holds what can't be read.
pub fn read(cx: &mut Context<'_, '_>) -> Result<Profile> {
    let Some(text) = rows::get(cx.tx, cx.project)? else { return Ok(Profile::default()) };
    serde_json::from_str(&text).map_err(|error| Error {
        source: Some(Box::new(error)),
        ..Error::new(code::INTERNAL_ERROR, "The stored profile could not be read.")
    })
}
