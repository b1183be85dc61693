//! `list_playbooks`: the playbooks that come with Outrider.

use outrider_domain::playbook::CATALOG;
use schemars::JsonSchema;
use serde::Serialize;

use crate::context::Context;
use crate::error::Result;
use crate::operation::{Empty, Operation, Spec};

/// Lists the catalog.
pub struct ListPlaybooks;

/// A playbook of the catalog, in short.
#[derive(Debug, Serialize, JsonSchema)]
pub struct PlaybookSummary {
    /// Give this as an agent's `playbook.template`.
    id: &'static str,
    /// What it is called.
    title: &'static str,
    /// What it does.
    summary: &'static str,
}

/// The whole catalog.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Catalog {
    /// Every playbook.
    playbooks: Vec<PlaybookSummary>,
}

impl Operation for ListPlaybooks {
    const SPEC: Spec = Spec::get(
        "list_playbooks",
        "playbooks",
        "/playbooks",
        "agents:read",
        "List the playbooks to begin an agent from.",
    );
    type Input = Empty;
    type Output = Catalog;

    fn run(_: &mut Context<'_, '_>, _: Empty) -> Result<Catalog> {
        let view = |playbook: &outrider_domain::playbook::CatalogPlaybook| PlaybookSummary {
            id: playbook.id,
            title: playbook.title(),
            summary: playbook.summary(),
        };
        Ok(Catalog { playbooks: CATALOG.iter().map(view).collect() })
    }
}
