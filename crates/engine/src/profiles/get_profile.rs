//! `get_profile`: who sells.

use outrider_skills::Profile;

use crate::context::Context;
use crate::error::Result;
use crate::operation::{Empty, Operation, Spec};

/// Gets the profile.
pub struct GetProfile;

impl Operation for GetProfile {
    const SPEC: Spec = Spec::get("get_profile", "profile", "/profile", "profile:read", "Get the seller's profile.");
    type Input = Empty;
    type Output = Profile;

    fn run(cx: &mut Context<'_, '_>, _: Empty) -> Result<Profile> {
        super::read(cx)
    }
}
