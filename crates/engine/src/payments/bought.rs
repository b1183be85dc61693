//! A pack of credits that was paid for: granted once, to the project or one of its sub-agents. Trusts nothing but what is signed and known.

use outrider_domain::id::ProjectId;
use outrider_store::{Error as StoreError, Tx, projects, sub_agents, subscriptions as rows};
use serde_json::json;

use super::event::Event;
use super::{APPLIED, IGNORED, Receipt};
use crate::context::{Context, Event as Happening};
use crate::core::Core;
use crate::credits::{self, AVAILABLE};
use crate::error::{Error, Result, code};
use crate::principal::Principal;

/// What was paid for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Purchase<'a> {
    /// The checkout: its credits are granted once.
    pub(super) session: &'a str,
    /// The pack.
    pub(super) pack: &'a str,
    /// The sub-agent whose purse it goes to.
    pub(super) sub_agent: Option<i64>,
}

/// Grants what was paid for.
pub(super) fn apply(
    tx: &mut Tx<'_>,
    core: &Core,
    event: &Event,
    project: Option<ProjectId>,
    bought: Purchase<'_>,
) -> Result<Receipt> {
    let ignored = Receipt { outcome: IGNORED, project: None };
    let Some(project) = project else { return Ok(ignored) };
    match projects::get(tx, project) {
        Ok(_) => {}
        Err(StoreError::NotFound) => return Ok(ignored),
        Err(other) => return Err(other.into()),
    }
    let Some(pack) = core.settings.packs.get(bought.pack) else {
        tracing::error!(
            pack = bought.pack,
            session = bought.session,
            "somebody paid for what no pack in the settings is"
        );
        return Err(Error::new(code::WRONG_STATE, format!("There is no pack {} in the settings.", bought.pack)));
    };
    let amount = i64::from(pack.credits);
    let principal = Principal::engine(project);
    let mut cx = Context::new(tx, core, &principal, core.now());
    if !rows::pay(cx.tx, project, bought.session, "", amount, cx.now)? {
        return Ok(Receipt { outcome: IGNORED, project: Some(project) });
    }
    credits::grant(&mut cx, amount, &format!("{}, checkout {}", pack.name, bought.session))?;
    let to = purse(&mut cx, bought.sub_agent)?;
    if let Some((agent, purse)) = &to {
        let reason = format!("{} for sub-agent {agent}", pack.name);
        credits::transfer(&mut cx, AVAILABLE, purse, amount, &reason, &format!("sub_agent:{agent}"))?;
    }
    let data = json!({ "pack": bought.pack, "credits": amount, "sub_agent": to.map(|(agent, _)| agent) });
    cx.emit(Happening::new("credits.purchased").subject(bought.session).data(data));
    cx.audit("payment_webhook", Some(event.id.clone()), &json!({ "kind": event.kind }));
    cx.finish()?;
    Ok(Receipt { outcome: APPLIED, project: Some(project) })
}

/// The sub-agent with a purse of its own that the credits are for. One that is gone meanwhile leaves them to the project.
fn purse(cx: &mut Context<'_, '_>, agent: Option<i64>) -> Result<Option<(i64, String)>> {
    let Some(agent) = agent else { return Ok(None) };
    match sub_agents::lock(cx.tx, cx.project, agent) {
        Ok(found) if found.revoked_at.is_none() && found.purse != AVAILABLE => Ok(Some((agent, found.purse))),
        Ok(_) | Err(StoreError::NotFound) => Ok(None),
        Err(other) => Err(other.into()),
    }
}
