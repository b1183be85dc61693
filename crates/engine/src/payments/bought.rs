//! A pack of credits that was paid for: granted once, to the project, one of its people or one of its sub-agents. Trusts nothing but what is signed and known.

use outrider_domain::id::ProjectId;
use outrider_store::{Error as StoreError, Tx, projects, sub_agents, subscriptions as rows};
use serde_json::json;

use super::event::Event;
use super::{APPLIED, IGNORED, Receipt};
use crate::context::{Context, Event as Happening};
use crate::core::Core;
use crate::credits::budget::{self, Holder};
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
    /// Whose purse it goes to; the project's when there is nobody.
    pub(super) holder: Option<Holder>,
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
    let to = purse(&mut cx, bought.holder)?;
    if let Some(purse) = &to {
        credits::transfer(&mut cx, AVAILABLE, purse, amount, &format!("{} for {purse}", pack.name), purse)?;
    }
    let data = json!({ "pack": bought.pack, "credits": amount, "holder": to });
    cx.emit(Happening::new("credits.purchased").subject(bought.session).data(data));
    cx.audit("payment_webhook", Some(event.id.clone()), &json!({ "kind": event.kind }));
    cx.finish()?;
    Ok(Receipt { outcome: APPLIED, project: Some(project) })
}

/// The purse the credits are for. One that is gone meanwhile leaves them to the project.
fn purse(cx: &mut Context<'_, '_>, holder: Option<Holder>) -> Result<Option<String>> {
    let Some(holder) = holder else { return Ok(None) };
    if let Holder::Agent(agent) = holder {
        match sub_agents::lock(cx.tx, cx.project, agent) {
            Ok(_) => {}
            Err(StoreError::NotFound) => return Ok(None),
            Err(other) => return Err(other.into()),
        }
    }
    let budget = budget::lock(cx, holder)?;
    Ok((budget.own_purse && !budget.closed).then_some(budget.holder))
}
