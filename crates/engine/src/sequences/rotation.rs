//! Which sender writes: the one of the pool with most room, the same for the whole way of one lead. Reserves nothing.

use outrider_domain::channel::Channel;
use outrider_domain::id::AgentId;
use outrider_domain::weights::{fraction, seed};
use outrider_store::identities::{self, Identity};
use outrider_store::leads::Lead;

use crate::context::Context;
use crate::error::Result;
use crate::identities::cap::Standing;

/// Most senders of a project that rotation looks at.
const POOL: i64 = 1_000;

/// A sender that may write, with the share of its day that is free.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// The sender.
    pub identity: Identity,
    /// Mails or calls it may still take today, reserved ones counted.
    pub room: i64,
}

/// The active senders of a channel in a pool (addresses; empty for all): mailboxes of this agent or of any, but only the
/// agent's own numbers, for a number that nobody was given calls for nobody.
///
/// # Errors
/// When the database fails.
pub fn candidates(
    cx: &mut Context<'_, '_>,
    channel: Channel,
    pool: &[String],
    agent: Option<AgentId>,
) -> Result<Vec<Candidate>> {
    let calls = matches!(channel, Channel::Call | Channel::Sms);
    let kind = if calls { identities::PHONE } else { identities::MAILBOX };
    let mut found = Vec::new();
    for identity in identities::list(cx.tx, cx.project, Some(kind), i64::MAX, POOL)? {
        let in_pool = pool.is_empty() || pool.iter().any(|email| email.eq_ignore_ascii_case(&identity.address));
        let of_agent =
            (identity.agent_id.is_none() && !calls) || (identity.agent_id.is_some() && identity.agent_id == agent);
        if !identity.active || !in_pool || !of_agent {
            continue;
        }
        let standing = Standing::of(cx, &identity)?;
        let day = identities::day(cx.tx, cx.project, identity.id, standing.today)?;
        let room = standing.cap_on(cx, &identity, standing.today)? - day.reserved - day.sent;
        found.push(Candidate { identity, room });
    }
    Ok(found)
}

/// The candidate for a lead: one of its owner's own where there are some, else one that is nobody's; most room, then by hash. Its
/// room shrinks by one.
#[must_use]
pub fn choose(candidates: &mut [Candidate], lead: &Lead) -> Option<Identity> {
    let owner = lead.owner_id;
    let own = owner.filter(|_| candidates.iter().any(|candidate| candidate.identity.owner_id == owner));
    let fitting = candidates.iter_mut().filter(|candidate| candidate.identity.owner_id == own);
    let best = fitting.max_by(|a, b| {
        let key = |candidate: &Candidate| fraction(&seed("identity", &[lead.id.0, candidate.identity.id.0]));
        a.room.cmp(&b.room).then_with(|| key(a).total_cmp(&key(b)))
    })?;
    best.room -= 1;
    Some(best.identity.clone())
}
