//! The profile: who sells, woven into every task.

use outrider_engine::Result;
use outrider_engine::context::Context;
use outrider_engine::operation::{Empty, Operation, Spec};
use outrider_engine::profiles::{get_profile, update_profile};
use outrider_skills::Profile;

use super::agents::Nothing;

/// `GET /api/v1/profile`.
pub struct GetProfile;

impl Operation for GetProfile {
    const SPEC: Spec = Spec::get("get_profile", "profile", "/api/v1/profile", "profile:read", "Read the profile.");
    type Input = Nothing;
    type Output = Profile;

    fn run(cx: &mut Context<'_, '_>, _: Nothing) -> Result<Profile> {
        get_profile::GetProfile::run(cx, Empty {})
    }
}

/// `PATCH /api/v1/profile`.
pub struct UpdateProfile;

impl Operation for UpdateProfile {
    const SPEC: Spec =
        Spec::patch("update_profile", "profile", "/api/v1/profile", "profile:write", "Update the profile.")
            .describe("Only the fields that are given change; tasks submitted afterwards are written with them.")
            .natural();
    type Input = update_profile::Input;
    type Output = Profile;

    fn run(cx: &mut Context<'_, '_>, input: update_profile::Input) -> Result<Profile> {
        update_profile::UpdateProfile::run(cx, input)
    }
}
