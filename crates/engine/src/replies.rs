//! What follows when a lead answers, by whatever way: the lead's state, where its sequences and runs go on or end, and who was named instead.
//! Classifies nothing itself and writes to nobody.

use std::collections::BTreeMap;

use outrider_domain::autonomy::Autonomy;
use outrider_domain::classify::{Classification, Referred, ReplyClass};
use outrider_domain::holidays::Holidays;
use outrider_domain::id::{ActionId, AgentId};
use outrider_domain::sequence::Happening;
use outrider_domain::window::{SendWindow, TimeZone};
use outrider_store::leads::{self, Lead};
use serde_json::json;

use crate::actions::content::ActionContent;
use crate::actions::propose_act::{ActProposal, INSIDE, propose_act};
use crate::actions::slots::Wanted;
use crate::context::{Context, Event};
use crate::error::Result;
use crate::runs::answered::answered;
use crate::sequences::way;

/// A person answered: notes it with the lead, moves or ends its ways through sequences and runs by what they want, and asks a person about whom
/// they named. `answer` is the id of the message.
///
/// # Errors
/// When the database fails.
pub fn follow(
    cx: &mut Context<'_, '_>,
    lead: &Lead,
    agent: Option<AgentId>,
    found: &Classification,
    answer: &str,
) -> Result<()> {
    let stage = if lead.stage == "new" { "in_progress".to_owned() } else { lead.stage.clone() };
    let after =
        Lead { replied_at: Some(cx.now), last_activity_at: Some(cx.now), updated_at: cx.now, stage, ..lead.clone() };
    leads::update(cx.tx, lead, after.clone())?;
    let class = found.class.unwrap_or(ReplyClass::Other);
    // Before what waits for it is asked whether it came.
    tell_class(cx, lead, agent, class, answer);
    answered(cx, &after)?;
    // No branch leads on from a request to stop; every sequence that stops on replies ends by it.
    let happened = if class == ReplyClass::OptOut { &[Happening::Replied] } else { Happening::of_reply(class) };
    let reason = match class {
        ReplyClass::WrongPerson => "wrong_person",
        _ => "lead_replied",
    };
    if class == ReplyClass::OptOut {
        way::ended_by_reply(cx, lead.id, reason)?;
    } else {
        way::told(cx, lead.id, happened, found.back_on, reason)?;
    }
    if class == ReplyClass::Referral {
        refer(cx, lead, agent, found.referred.as_ref(), answer)?;
    }
    Ok(())
}

/// Tells the class of an answer as an event of its own, which playbooks branch on and wait for.
pub(crate) fn tell_class(
    cx: &mut Context<'_, '_>,
    lead: &Lead,
    agent: Option<AgentId>,
    class: ReplyClass,
    answer: impl ToString,
) {
    cx.emit(Event::reply(class).lead(lead.id).agent(agent).subject(answer));
}

/// Asks a person about whom a lead named: to add them as a lead when it said who, else to find out.
fn refer(
    cx: &mut Context<'_, '_>,
    lead: &Lead,
    agent: Option<AgentId>,
    referred: Option<&Referred>,
    answer: &str,
) -> Result<()> {
    let mut set = BTreeMap::new();
    if let Some(Referred { name, email }) = referred {
        set.extend(name.clone().map(|name| ("name".to_owned(), name)));
        set.extend(email.clone().map(|email| ("email".to_owned(), email)));
        set.extend(lead.company.clone().map(|company| ("company".to_owned(), company)));
    }
    let whom = referred.and_then(|one| one.name.clone().or_else(|| one.email.clone()));
    let id = ActionId(cx.id());
    let (kind, title, autonomy) = match &whom {
        Some(whom) => ("lead", format!("Add {whom}, whom {} named, as a lead", lead.name), Autonomy::Ask),
        None => ("task", format!("{} points to somebody else: find out whom to write to", lead.name), Autonomy::Alone),
    };
    let proposal = ActProposal {
        id,
        kind,
        channel: INSIDE,
        cause: format!("referral:{answer}"),
        lead,
        agent,
        identity: None,
        origin: None,
        decision: None,
        step: None,
        content: ActionContent { title: Some(title), set, ..ActionContent::default() },
        problems: Vec::new(),
        autonomy,
        proposed_by: cx.actor.to_string(),
        wanted: Wanted {
            earliest: cx.now,
            window: SendWindow::always(),
            zone: TimeZone::UTC,
            holidays: Holidays::default(),
        },
        cost: 0,
    };
    if let Some(action) = propose_act(cx, proposal)? {
        cx.emit(
            Event::new("lead.referred")
                .lead(lead.id)
                .agent(agent)
                .subject(action.id)
                .data(json!({ "kind": kind, "untrusted": referred })),
        );
    }
    Ok(())
}
