//! What the gates look at of a sender: its day, its way out, its domain. Judges nothing.

use outrider_domain::channel::Channel;
use outrider_store::identities::{self, Identity};

use super::{DomainCheck, Sender, Transports};
use crate::context::Context;
use crate::error::Result;
use crate::identities::cap::Standing;

pub(super) fn sender(cx: &mut Context<'_, '_>, row: &Identity, transports: &dyn Transports) -> Result<Sender> {
    let standing = Standing::of(cx, row)?;
    let day = identities::day(cx.tx, cx.project, row.id, standing.today)?;
    let cap_today = standing.cap_on(cx, row, standing.today)?;
    let channel = if row.kind == identities::PHONE { Channel::Call } else { Channel::Email };
    Ok(Sender {
        id: row.id,
        address: row.address.clone(),
        transport_known: transports.knows(channel, &row.transport),
        channel,
        transport: row.transport.clone(),
        active: row.active,
        cap_today,
        sent_today: day.sent,
        gap_ms: row.gap_ms,
        free_at: row.next_slot_at,
        zone: standing.zone,
    })
}

pub(super) fn domain_check(cx: &Context<'_, '_>, sender: Option<&Sender>, row: Option<&Identity>) -> DomainCheck {
    let (Some(sender), Some(row)) = (sender, row) else { return DomainCheck::NotNeeded };
    if !cx.core.settings.require_domain_check || sender.channel != Channel::Email || sender.transport == "capture" {
        return DomainCheck::NotNeeded;
    }
    match row.domain_check.as_deref() {
        None => DomainCheck::Unknown,
        Some("good") => DomainCheck::Good,
        Some(why) => DomainCheck::Bad(why.to_owned()),
    }
}
