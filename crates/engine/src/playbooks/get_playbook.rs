//! `get_playbook`: one playbook of the catalog, whole.

use outrider_domain::playbook::{self, Structure};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Monitoring;
use super::save::monitoring_of;
use crate::context::Context;
use crate::error::{Error, Result, code};
use crate::operation::{Operation, Spec};

/// Gets a playbook of the catalog.
pub struct GetPlaybook;

/// Which.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Its name, such as `cold_outreach`.
    playbook: String,
}

/// A playbook of the catalog.
#[derive(Debug, Serialize, JsonSchema)]
pub struct PlaybookDetail {
    /// Give this as an agent's `playbook.template`.
    id: &'static str,
    /// What it is called.
    title: &'static str,
    /// What it does.
    summary: &'static str,
    /// The whole text.
    playbook_md: &'static str,
    /// Its steps, as the built-in planner reads them.
    structure: Option<Structure>,
    /// Whom it watches unless the agent says otherwise.
    monitoring: Monitoring,
}

impl Operation for GetPlaybook {
    const SPEC: Spec = Spec::get(
        "get_playbook",
        "playbooks",
        "/playbooks/{playbook}",
        "agents:read",
        "Get a playbook with its text and steps.",
    )
    .fails(&[code::RESOURCE_NOT_FOUND]);
    type Input = Input;
    type Output = PlaybookDetail;

    fn run(_: &mut Context<'_, '_>, input: Input) -> Result<PlaybookDetail> {
        let found = playbook::find(&input.playbook).ok_or_else(|| Error::not_found("playbook").at("playbook"))?;
        let structure = playbook::read(found.markdown).map_err(|error| {
            Error::new(code::INTERNAL_ERROR, format!("The catalog's {} can't be read: {error}", found.id))
        })?;
        Ok(PlaybookDetail {
            id: found.id,
            title: found.title(),
            summary: found.summary(),
            playbook_md: found.markdown,
            structure,
            monitoring: monitoring_of(found)?,
        })
    }
}
