//! Gates: pure rules over a snapshot and `now`, in the one order everybody sees. Reads no database and changes nothing.

mod calling;
pub mod snapshot;

use outrider_domain::time::Millis;
use outrider_domain::window;
use schemars::JsonSchema;
use serde::Serialize;

pub use snapshot::Snapshot;

use snapshot::{Approval, DomainCheck, Reach};

use crate::actions::NEVER;

/// What a gate says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Goes through, and why in a few words.
    Pass(String),
    /// Not now. `until` is when it opens by itself; absent when something must happen first.
    Hold {
        /// When it opens.
        until: Option<Millis>,
        /// Why.
        because: String,
    },
    /// Never.
    Refuse {
        /// Stable code.
        code: &'static str,
        /// Why.
        because: String,
    },
}

fn pass(note: impl Into<String>) -> Verdict {
    Verdict::Pass(note.into())
}

fn hold(until: Option<Millis>, because: impl Into<String>) -> Verdict {
    Verdict::Hold { until, because: because.into() }
}

fn refuse(code: &'static str, because: impl Into<String>) -> Verdict {
    Verdict::Refuse { code, because: because.into() }
}

/// A rule with its name.
pub struct Gate {
    /// Stable name; parked jobs are woken by it.
    pub name: &'static str,
    /// What it asks, for people.
    pub asks: &'static str,
    /// It is asked of acts that reach at least this far.
    from: Reach,
    check: fn(&Snapshot, Millis) -> Verdict,
}

impl Gate {
    fn verdict(&self, snapshot: &Snapshot, now: Millis) -> Verdict {
        if snapshot.reach < self.from {
            return pass("not asked of this kind of act");
        }
        (self.check)(snapshot, now)
    }
}

/// Every gate, in order.
pub const GATES: &[Gate] = &[
    Gate {
        name: "kill_switch",
        from: Reach::ByHand,
        asks: "Is the kill switch off, for this project and for all?",
        check: kill_switch,
    },
    Gate {
        name: "sequence",
        from: Reach::Inside,
        asks: "Are the sequence and the enrollment running?",
        check: sequence,
    },
    Gate { name: "run", from: Reach::Inside, asks: "Is the run it belongs to going on?", check: run },
    Gate { name: "suppression", from: Reach::ByHand, asks: "Is the address free of suppressions?", check: suppression },
    Gate { name: "lead_stopped", from: Reach::Inside, asks: "May this lead be contacted at all?", check: lead_stopped },
    Gate {
        name: "lead_engaged",
        from: Reach::ByHand,
        asks: "Has the lead neither replied nor booked since?",
        check: lead_engaged,
    },
    Gate { name: "duplicate", from: Reach::ByHand, asks: "Was this never sent before?", check: duplicate },
    Gate {
        name: "address",
        from: Reach::Sent,
        asks: "Does the lead have an address or number on this channel?",
        check: address,
    },
    Gate { name: "agent", from: Reach::Inside, asks: "Is the agent there and active?", check: agent },
    Gate {
        name: "identity",
        from: Reach::Sent,
        asks: "Is there an active sender with a mail server, or a number of the agent's with a carrier?",
        check: identity,
    },
    Gate { name: "subscription", from: Reach::ByHand, asks: "Does the project have a plan?", check: subscription },
    Gate { name: "credits", from: Reach::Inside, asks: "Are the credits there?", check: credits },
    Gate { name: "content", from: Reach::Inside, asks: "Is the text complete?", check: content },
    Gate {
        name: "disclosure",
        from: Reach::Sent,
        asks: "Does a call say at once that a machine speaks, and for whom?",
        check: calling::disclosure,
    },
    Gate { name: "domain", from: Reach::Sent, asks: "Is the sending domain set up (SPF, DKIM, DMARC)?", check: domain },
    Gate {
        name: "approval",
        from: Reach::Inside,
        asks: "Has a person or the policy approved exactly this content?",
        check: approval,
    },
    Gate {
        name: "window",
        from: Reach::ByHand,
        asks: "Is the send window open where the recipient is, and no holiday kept?",
        check: send_window,
    },
    Gate {
        name: "calling_hours",
        from: Reach::Sent,
        asks: "May people be called at this hour where the recipient is?",
        check: calling::hours,
    },
    Gate {
        name: "attempts",
        from: Reach::Sent,
        asks: "Was this number called seldom enough of late?",
        check: calling::attempts,
    },
    Gate { name: "cap", from: Reach::Sent, asks: "Does the sender's daily cap leave room?", check: cap },
    Gate {
        name: "pacing",
        from: Reach::Sent,
        asks: "Has the sender paused long enough since its last mail or call?",
        check: pacing,
    },
    Gate { name: "concurrency", from: Reach::Sent, asks: "Has the number a free line?", check: calling::concurrency },
    Gate {
        name: "transport",
        from: Reach::Sent,
        asks: "Is the mail server or carrier taking what it is given?",
        check: transport,
    },
];

fn kill_switch(s: &Snapshot, _: Millis) -> Verdict {
    match s.kill_switches.first() {
        None => pass("off"),
        Some(switch) => {
            let whose = if switch.everywhere { "for every project" } else { "for this project" };
            hold(None, format!("{} engaged it {whose} at {}: {}", switch.engaged_by, switch.engaged_at, switch.reason))
        }
    }
}

fn sequence(s: &Snapshot, _: Millis) -> Verdict {
    match (&s.sequence_status, &s.enrollment_state) {
        (None, _) => pass("not part of a sequence"),
        (Some(status), _) if status == "archived" => refuse("sequence_archived", "the sequence was archived"),
        (Some(status), _) if status == "paused" => hold(None, "the sequence is paused"),
        (_, Some(state)) if state == "stopped" || state == "finished" => {
            refuse("enrollment_stopped", format!("the enrollment is {state}"))
        }
        (_, Some(state)) if state == "paused" => hold(None, "the enrollment is paused"),
        _ => pass("running"),
    }
}

fn run(s: &Snapshot, _: Millis) -> Verdict {
    match s.run_status.as_deref() {
        None => pass("not part of a run"),
        Some("cancelled") => refuse("run_cancelled", "the run was cancelled"),
        Some("paused") => hold(None, "the run is paused"),
        Some(status) => pass(status),
    }
}

fn suppression(s: &Snapshot, _: Millis) -> Verdict {
    match s.suppressions.first() {
        None => pass("none"),
        Some(found) => refuse(
            "suppressed",
            format!("the {} {} is suppressed since {}: {}", found.kind, found.value, found.created_at, found.reason),
        ),
    }
}

fn lead_stopped(s: &Snapshot, _: Millis) -> Verdict {
    match &s.lead {
        None => refuse("lead_deleted", "the lead was deleted"),
        Some(lead) if lead.outreach_disabled && s.reach > Reach::Inside => {
            refuse("lead_stopped", "outreach to this lead is disabled")
        }
        Some(_) => pass("outreach is enabled"),
    }
}

fn lead_engaged(s: &Snapshot, _: Millis) -> Verdict {
    let Some(lead) = &s.lead else { return pass("no lead") };
    let Some(stop) = &s.stops else { return pass("not part of a sequence: replies don't stop it") };
    if stop.on_reply
        && let Some(at) = lead.replied_at.filter(|at| *at >= stop.since)
    {
        return refuse("lead_replied", format!("the lead replied at {at}"));
    }
    if stop.on_meeting && (lead.meeting_booked || lead.converted) {
        return refuse(
            "lead_booked",
            if lead.converted { "the lead is converted" } else { "the lead has booked a meeting" },
        );
    }
    pass("no reply and no meeting since it was enrolled")
}

fn duplicate(s: &Snapshot, _: Millis) -> Verdict {
    match &s.ledger {
        None => pass("the ledger has no entry for this contact and cause"),
        Some(entry) if entry.action == s.action && entry.state == "open" => {
            pass("an earlier hand-over was definitely not accepted")
        }
        Some(entry) if entry.action == s.action => refuse(
            "already_handed_over",
            format!("this action was handed over at {}: {}", entry.handed_at, entry.state),
        ),
        Some(entry) => {
            refuse("duplicate", format!("{} used this address for the same cause at {}", entry.action, entry.handed_at))
        }
    }
}

fn address(s: &Snapshot, _: Millis) -> Verdict {
    match (&s.address, &s.call) {
        (Some(address), _) => pass(address.as_str()),
        (None, Some(_)) => refuse("lead_no_phone", "the lead has no phone number"),
        (None, None) => refuse("lead_no_email", "the lead has no email address"),
    }
}

fn agent(s: &Snapshot, _: Millis) -> Verdict {
    match (s.agent_wanted, s.agent_active) {
        (false, _) => pass("no agent is involved"),
        (true, None) => refuse("agent_deleted", "the agent was deleted"),
        (true, Some(false)) => hold(None, "the agent is not active"),
        (true, Some(true)) => pass("active"),
    }
}

fn identity(s: &Snapshot, _: Millis) -> Verdict {
    match &s.identity {
        None if s.call.is_some() => hold(None, "the agent has no active number: assign one, or activate it"),
        None => hold(None, "no active sender fits: add an identity, or activate one"),
        Some(identity) if !identity.active => hold(None, format!("{} is not active", identity.address)),
        Some(identity) if !identity.transport_known => {
            hold(None, format!("{} goes by {:?}, which is not configured", identity.address, identity.transport))
        }
        Some(identity) => pass(format!("{} by {}", identity.address, identity.transport)),
    }
}

fn subscription(s: &Snapshot, _: Millis) -> Verdict {
    if s.plan == "none" { hold(None, "the project has no subscription") } else { pass(format!("plan {}", s.plan)) }
}

fn credits(s: &Snapshot, _: Millis) -> Verdict {
    if s.cost == 0 {
        pass("free")
    } else if s.credits_held {
        pass(format!("{} held", s.cost))
    } else if let Some(why) = &s.credits_short {
        hold(None, format!("it costs {} and {why}", s.cost))
    } else {
        pass(format!("{} can be paid", s.cost))
    }
}

fn content(s: &Snapshot, _: Millis) -> Verdict {
    if s.problems.is_empty() { pass("complete") } else { hold(None, s.problems.join("; ")) }
}

fn domain(s: &Snapshot, _: Millis) -> Verdict {
    match &s.domain_check {
        DomainCheck::NotNeeded => pass("not asked for"),
        DomainCheck::Good => pass("SPF, DKIM and DMARC are in order"),
        DomainCheck::Unknown => hold(None, "the sending domain has not been checked: run `outrider doctor`"),
        DomainCheck::Bad(why) => hold(None, format!("the sending domain is not in order: {why}")),
    }
}

fn approval(s: &Snapshot, now: Millis) -> Verdict {
    match &s.approval {
        Approval::NotNeeded => pass("policy lets it go"),
        Approval::Given { by, digest } if *digest == s.digest => pass(format!("approved by {by}")),
        Approval::Given { by, .. } => hold(None, format!("{by} approved another text: it has changed since")),
        Approval::Wanted { expires } if *expires <= now => {
            refuse("approval_expired", format!("nobody approved it before {expires}"))
        }
        // What is only imagined, as a preview does, waits for nobody yet.
        Approval::Wanted { expires } if *expires == NEVER => hold(None, "waits for a person"),
        Approval::Wanted { expires } => hold(None, format!("waits for a person until {expires}")),
    }
}

fn send_window(s: &Snapshot, now: Millis) -> Verdict {
    let open = s.holidays.next_open(&s.window, &s.zone, now);
    let whose = if s.zone_is_leads { "the lead's zone" } else { "the project's zone, since the lead has none" };
    if open <= now {
        return pass(format!("open in {} ({whose})", s.zone));
    }
    match s.holidays.name_of(window::day_of(&s.zone, now)) {
        Some(holiday) => hold(Some(open), format!("{holiday} in {} ({whose}): waits until {open}", s.zone)),
        None => hold(Some(open), format!("closed in {} ({whose}) until {open}", s.zone)),
    }
}

fn cap(s: &Snapshot, now: Millis) -> Verdict {
    let Some(identity) = &s.identity else { return pass("no sender yet") };
    if identity.sent_today < identity.cap_today {
        return pass(format!("{} of {} sent today", identity.sent_today, identity.cap_today));
    }
    let tomorrow = window::day_start(&identity.zone, window::day_of(&identity.zone, now) + 1);
    let open = s.holidays.next_open(&s.window, &s.zone, tomorrow);
    hold(Some(open), format!("{} has sent {} of {} today", identity.address, identity.sent_today, identity.cap_today))
}

fn pacing(s: &Snapshot, now: Millis) -> Verdict {
    let Some(identity) = &s.identity else { return pass("no sender yet") };
    if identity.gap_ms == 0 {
        pass("no pause is set")
    } else if s.has_slot {
        pass("its turn has come")
    } else if identity.free_at <= now {
        pass("paused long enough")
    } else {
        hold(Some(identity.free_at), format!("{} is free again at {}", identity.address, identity.free_at))
    }
}

fn transport(s: &Snapshot, now: Millis) -> Verdict {
    match s.transport_paused_until {
        Some(until) if until > now => {
            hold(Some(until), "the mail server or carrier gave trouble: waiting before the next try")
        }
        _ => pass("nothing against it"),
    }
}

/// One gate's answer, as `why` shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Answer {
    /// The gate.
    pub gate: &'static str,
    /// What it asks.
    pub asks: &'static str,
    /// `pass`, `hold` or `refuse`.
    pub verdict: &'static str,
    /// Why.
    pub because: String,
    /// When it opens by itself.
    pub opens_at: Option<Millis>,
    /// Stable code of a refusal.
    pub code: Option<&'static str>,
}

/// All gates' answers, in order.
#[must_use]
pub fn answers(snapshot: &Snapshot, now: Millis) -> Vec<Answer> {
    GATES
        .iter()
        .map(|gate| {
            let (verdict, because, opens_at, code) = match gate.verdict(snapshot, now) {
                Verdict::Pass(note) => ("pass", note, None, None),
                Verdict::Hold { until, because } => ("hold", because, until, None),
                Verdict::Refuse { code, because } => ("refuse", because, None, Some(code)),
            };
            Answer { gate: gate.name, asks: gate.asks, verdict, because, opens_at, code }
        })
        .collect()
}

/// What all gates together say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// Every gate passes.
    Go,
    /// A gate holds. Of those without an end the first; otherwise the one that opens last.
    Hold {
        /// The gate.
        gate: &'static str,
        /// Why.
        because: String,
        /// When to look again; absent when something must happen first.
        until: Option<Millis>,
    },
    /// A gate refuses.
    Refuse {
        /// The gate.
        gate: &'static str,
        /// Stable code.
        code: &'static str,
        /// Why.
        because: String,
    },
}

/// Asks every gate. A refusal outweighs any hold.
#[must_use]
pub fn decide(snapshot: &Snapshot, now: Millis) -> Decision {
    let mut held: Option<(&'static str, String, Option<Millis>)> = None;
    for gate in GATES {
        match gate.verdict(snapshot, now) {
            Verdict::Pass(_) => {}
            Verdict::Refuse { code, because } => return Decision::Refuse { gate: gate.name, code, because },
            Verdict::Hold { until, because } => {
                let weightier = match &held {
                    None => true,
                    Some((_, _, None)) => false,
                    Some((_, _, Some(other))) => until.is_none_or(|until| until > *other),
                };
                if weightier {
                    held = Some((gate.name, because, until));
                }
            }
        }
    }
    held.map_or(Decision::Go, |(gate, because, until)| Decision::Hold { gate, because, until })
}

#[cfg(test)]
pub(crate) mod tests;
