//! The gates as a table: one snapshot through which everything passes, and what each change to it makes of the decision.

use outrider_domain::calling::rules_for;
use outrider_domain::channel::Channel;
use outrider_domain::holidays::Holidays;
use outrider_domain::id::{ActionId, IdentityId, LeadId, ProjectId, SuppressionId};
use outrider_domain::time::{DAY, HOUR, MINUTE, Millis};
use outrider_domain::window::{SendWindow, TimeZone, Weekday};
use outrider_store::actions::LedgerEntry;
use outrider_store::leads::Lead;
use outrider_store::projects::KillSwitch;
use outrider_store::suppressions::Suppression;

use super::snapshot::{Approval, Calling, DomainCheck, Reach, Sender, Snapshot, Stops};
use super::{Decision, GATES, answers, decide};

/// Monday 2026-11-23, 10:00 UTC.
const NOW: Millis = Millis(1_795_428_000_000);

pub(crate) fn lead() -> Lead {
    Lead {
        project_id: ProjectId(1),
        id: LeadId(2),
        name: "Ada Lovelace".to_owned(),
        first_name: Some("Ada".to_owned()),
        last_name: None,
        email: Some("ada@acme.example".to_owned()),
        phone: None,
        company: None,
        company_id: None,
        role: None,
        stage: "new".to_owned(),
        time_zone: None,
        country: None,
        language: None,
        linkedin_url: None,
        agent_id: None,
        owner_id: None,
        custom_fields: "{}".to_owned(),
        meeting_booked: false,
        converted: false,
        outreach_disabled: false,
        replied_at: None,
        last_activity_at: None,
        soft_bounces: 0,
        source: "test".to_owned(),
        created_at: NOW,
        updated_at: NOW,
    }
}

fn open() -> Snapshot {
    Snapshot {
        action: ActionId(3),
        address: Some("ada@acme.example".to_owned()),
        call: None,
        digest: "d".to_owned(),
        reach: Reach::Sent,
        run_status: None,
        kill_switches: Vec::new(),
        suppressions: Vec::new(),
        lead: Some(lead()),
        stops: Some(Stops { since: NOW.plus(-DAY), on_reply: true, on_meeting: true }),
        sequence_status: Some("active".to_owned()),
        enrollment_state: Some("active".to_owned()),
        ledger: None,
        agent_wanted: true,
        agent_active: Some(true),
        identity: Some(Sender {
            id: IdentityId(4),
            address: "sales@us.example".to_owned(),
            channel: Channel::Email,
            transport: "capture".to_owned(),
            transport_known: true,
            active: true,
            zone: TimeZone::UTC,
            cap_today: 10,
            sent_today: 9,
            gap_ms: MINUTE,
            free_at: NOW,
        }),
        plan: "self_hosted".to_owned(),
        cost: 1,
        credits_held: false,
        credits_short: None,
        problems: Vec::new(),
        domain_check: DomainCheck::Good,
        approval: Approval::Given { by: "key".to_owned(), digest: "d".to_owned() },
        window: SendWindow::new(&[Weekday::Mon], 9 * 60, 17 * 60).unwrap(),
        zone: TimeZone::UTC,
        holidays: Holidays::default(),
        zone_is_leads: true,
        has_slot: false,
        transport_paused_until: None,
    }
}

#[derive(Debug, PartialEq)]
enum Expected {
    Go,
    Parked,
    Until(Millis),
    Refused(&'static str),
}

fn of(snapshot: &Snapshot) -> (Option<&'static str>, Expected) {
    match decide(snapshot, NOW) {
        Decision::Go => (None, Expected::Go),
        Decision::Hold { gate, until: None, .. } => (Some(gate), Expected::Parked),
        Decision::Hold { gate, until: Some(until), .. } => (Some(gate), Expected::Until(until)),
        Decision::Refuse { gate, code, .. } => (Some(gate), Expected::Refused(code)),
    }
}

fn sender(change: impl Fn(&mut Sender)) -> impl Fn(&mut Snapshot) {
    move |snapshot| {
        if let Some(sender) = snapshot.identity.as_mut() {
            change(sender);
        }
    }
}

fn about_lead(change: impl Fn(&mut Lead)) -> impl Fn(&mut Snapshot) {
    move |snapshot| {
        if let Some(lead) = snapshot.lead.as_mut() {
            change(lead);
        }
    }
}

fn ledger(action: i64, state: &'static str) -> impl Fn(&mut Snapshot) {
    move |snapshot| {
        snapshot.ledger =
            Some(LedgerEntry { action: ActionId(action), state: state.to_owned(), attempt: 1, handed_at: NOW })
    }
}

/// The same snapshot as a call to a number in Germany, where it is eleven in the morning.
fn calling(change: impl Fn(&mut Calling)) -> impl Fn(&mut Snapshot) {
    move |snapshot| {
        let mut call = Calling {
            is_text: false,
            discloses: true,
            rules: rules_for(Some("DE"), None),
            zones: vec![TimeZone::parse("Europe/Berlin").unwrap()],
            dialled: Vec::new(),
            declined_at: None,
            on_line: 1,
            doubtful_until: Vec::new(),
            lines: 2,
        };
        change(&mut call);
        snapshot.call = Some(call);
        snapshot.address = Some("+4930123456".to_owned());
        sender(|i| (i.address, i.channel) = ("+4930999999".to_owned(), Channel::Call))(snapshot);
    }
}

/// What only calls meet.
fn calls() -> Vec<Case> {
    let evening = |zone: &'static str| calling(move |call| call.zones = vec![TimeZone::parse(zone).unwrap()]);
    vec![
        ("a call with nothing in the way", Box::new(calling(|_| {})), None, Expected::Go),
        (
            "no number",
            Box::new(|s| {
                calling(|_| {})(s);
                s.address = None;
            }),
            Some("address"),
            Expected::Refused("lead_no_phone"),
        ),
        (
            "no number of the agent's",
            Box::new(|s| {
                calling(|_| {})(s);
                s.identity = None;
            }),
            Some("identity"),
            Expected::Parked,
        ),
        ("no disclosure", Box::new(calling(|call| call.discloses = false)), Some("disclosure"), Expected::Parked),
        ("nobody knows where", Box::new(calling(|call| call.zones.clear())), Some("calling_hours"), Expected::Parked),
        (
            "open here and not yet there",
            Box::new(calling(|call| call.zones.push(TimeZone::parse("America/New_York").unwrap()))),
            Some("calling_hours"),
            Expected::Until(NOW.plus(4 * HOUR)),
        ),
        (
            "open here when it is closed there",
            Box::new(calling(|call| call.zones.push(TimeZone::parse("Pacific/Auckland").unwrap()))),
            Some("calling_hours"),
            Expected::Parked,
        ),
        (
            "evening where the callee is",
            Box::new(evening("Pacific/Auckland")),
            Some("calling_hours"),
            Expected::Until(NOW.plus(10 * HOUR)),
        ),
        (
            "two calls within a day",
            Box::new(calling(|call| call.dialled = vec![NOW.plus(-HOUR), NOW.plus(-3 * HOUR)])),
            Some("attempts"),
            Expected::Until(NOW.plus(DAY - 3 * HOUR)),
        ),
        (
            "said no, and the law asks for rest",
            Box::new(calling(|call| {
                call.rules = rules_for(Some("FR"), None);
                call.declined_at = Some(NOW.plus(-DAY));
            })),
            Some("attempts"),
            Expected::Until(NOW.plus(59 * DAY)),
        ),
        (
            "said no where the law says nothing of rest",
            Box::new(calling(|call| call.declined_at = Some(NOW.plus(-DAY)))),
            None,
            Expected::Go,
        ),
        (
            "a line on which it may ring",
            Box::new(calling(|call| call.doubtful_until = vec![NOW.plus(5_000)])),
            Some("concurrency"),
            Expected::Until(NOW.plus(5_000)),
        ),
        ("every line in use", Box::new(calling(|call| call.on_line = 2)), Some("concurrency"), Expected::Parked),
    ]
}

type Case = (&'static str, Box<dyn Fn(&mut Snapshot)>, Option<&'static str>, Expected);

fn cases() -> Vec<Case> {
    let switch = |everywhere| KillSwitch {
        everywhere,
        reason: "incident".to_owned(),
        engaged_by: "operator".to_owned(),
        engaged_at: NOW,
    };
    let suppression = Suppression {
        project_id: ProjectId(1),
        id: SuppressionId(9),
        kind: "domain".to_owned(),
        value: "acme.example".to_owned(),
        reason: "manual".to_owned(),
        detail: None,
        lead_id: None,
        created_by: "operator".to_owned(),
        created_at: NOW,
    };
    let tomorrow_week = NOW.plus(7 * DAY - HOUR);
    vec![
        ("nothing in the way", Box::new(|_| {}), None, Expected::Go),
        ("kill switch", Box::new(move |s| s.kill_switches.push(switch(false))), Some("kill_switch"), Expected::Parked),
        (
            "kill switch for all",
            Box::new(move |s| {
                s.kill_switches.push(KillSwitch {
                    everywhere: true,
                    reason: "x".to_owned(),
                    engaged_by: "o".to_owned(),
                    engaged_at: NOW,
                })
            }),
            Some("kill_switch"),
            Expected::Parked,
        ),
        (
            "sequence paused",
            Box::new(|s| s.sequence_status = Some("paused".to_owned())),
            Some("sequence"),
            Expected::Parked,
        ),
        (
            "sequence archived",
            Box::new(|s| s.sequence_status = Some("archived".to_owned())),
            Some("sequence"),
            Expected::Refused("sequence_archived"),
        ),
        (
            "enrollment paused",
            Box::new(|s| s.enrollment_state = Some("paused".to_owned())),
            Some("sequence"),
            Expected::Parked,
        ),
        (
            "enrollment stopped",
            Box::new(|s| s.enrollment_state = Some("stopped".to_owned())),
            Some("sequence"),
            Expected::Refused("enrollment_stopped"),
        ),
        (
            "run cancelled",
            Box::new(|s| s.run_status = Some("cancelled".to_owned())),
            Some("run"),
            Expected::Refused("run_cancelled"),
        ),
        ("run paused", Box::new(|s| s.run_status = Some("paused".to_owned())), Some("run"), Expected::Parked),
        ("run under way", Box::new(|s| s.run_status = Some("running".to_owned())), None, Expected::Go),
        (
            "suppressed domain",
            Box::new(move |s| s.suppressions.push(suppression.clone())),
            Some("suppression"),
            Expected::Refused("suppressed"),
        ),
        ("lead gone", Box::new(|s| s.lead = None), Some("lead_stopped"), Expected::Refused("lead_deleted")),
        (
            "lead stopped",
            Box::new(about_lead(|l| l.outreach_disabled = true)),
            Some("lead_stopped"),
            Expected::Refused("lead_stopped"),
        ),
        (
            "replied since",
            Box::new(about_lead(|l| l.replied_at = Some(NOW.plus(-HOUR)))),
            Some("lead_engaged"),
            Expected::Refused("lead_replied"),
        ),
        (
            "replied before it was enrolled",
            Box::new(about_lead(|l| l.replied_at = Some(NOW.plus(-2 * DAY)))),
            None,
            Expected::Go,
        ),
        (
            "booked",
            Box::new(about_lead(|l| l.meeting_booked = true)),
            Some("lead_engaged"),
            Expected::Refused("lead_booked"),
        ),
        ("sent by another action", Box::new(ledger(8, "delivered")), Some("duplicate"), Expected::Refused("duplicate")),
        (
            "another action may have sent it",
            Box::new(ledger(8, "unknown")),
            Some("duplicate"),
            Expected::Refused("duplicate"),
        ),
        (
            "another action waits to try again",
            Box::new(ledger(8, "open")),
            Some("duplicate"),
            Expected::Refused("duplicate"),
        ),
        (
            "this action, handed over",
            Box::new(ledger(3, "handed")),
            Some("duplicate"),
            Expected::Refused("already_handed_over"),
        ),
        ("this action, definitely not accepted", Box::new(ledger(3, "open")), None, Expected::Go),
        ("no address", Box::new(|s| s.address = None), Some("address"), Expected::Refused("lead_no_email")),
        ("agent inactive", Box::new(|s| s.agent_active = Some(false)), Some("agent"), Expected::Parked),
        ("agent gone", Box::new(|s| s.agent_active = None), Some("agent"), Expected::Refused("agent_deleted")),
        ("no sender", Box::new(|s| s.identity = None), Some("identity"), Expected::Parked),
        ("sender inactive", Box::new(sender(|i| i.active = false)), Some("identity"), Expected::Parked),
        (
            "mail server not configured",
            Box::new(sender(|i| i.transport_known = false)),
            Some("identity"),
            Expected::Parked,
        ),
        ("no subscription", Box::new(|s| s.plan = "none".to_owned()), Some("subscription"), Expected::Parked),
        (
            "too few credits",
            Box::new(|s| s.credits_short = Some("the purse holds 0".to_owned())),
            Some("credits"),
            Expected::Parked,
        ),
        (
            "credits held",
            Box::new(|s| (s.credits_short, s.credits_held) = (Some("the purse holds 0".to_owned()), true)),
            None,
            Expected::Go,
        ),
        (
            "unresolved placeholder",
            Box::new(|s| s.problems.push("text: first_name".to_owned())),
            Some("content"),
            Expected::Parked,
        ),
        ("domain never checked", Box::new(|s| s.domain_check = DomainCheck::Unknown), Some("domain"), Expected::Parked),
        (
            "domain bad",
            Box::new(|s| s.domain_check = DomainCheck::Bad("no SPF".to_owned())),
            Some("domain"),
            Expected::Parked,
        ),
        (
            "approval wanted",
            Box::new(|s| s.approval = Approval::Wanted { expires: NOW.plus(1) }),
            Some("approval"),
            Expected::Parked,
        ),
        (
            "approval expired",
            Box::new(|s| s.approval = Approval::Wanted { expires: NOW }),
            Some("approval"),
            Expected::Refused("approval_expired"),
        ),
        ("approved another text", Box::new(|s| s.digest = "e".to_owned()), Some("approval"), Expected::Parked),
        (
            "window closed",
            Box::new(|s| s.window = SendWindow::new(&[Weekday::Mon], 11 * 60, 12 * 60).unwrap()),
            Some("window"),
            Expected::Until(NOW.plus(HOUR)),
        ),
        ("cap reached", Box::new(sender(|i| i.sent_today = 10)), Some("cap"), Expected::Until(tomorrow_week)),
        (
            "paced",
            Box::new(sender(|i| i.free_at = NOW.plus(30_000))),
            Some("pacing"),
            Expected::Until(NOW.plus(30_000)),
        ),
        (
            "paced, but its turn",
            Box::new(|s| {
                sender(|i| i.free_at = NOW.plus(30_000))(s);
                s.has_slot = true;
            }),
            None,
            Expected::Go,
        ),
        (
            "mail server paused",
            Box::new(|s| s.transport_paused_until = Some(NOW.plus(5_000))),
            Some("transport"),
            Expected::Until(NOW.plus(5_000)),
        ),
        (
            "of two ends the later",
            Box::new(|s| {
                s.transport_paused_until = Some(NOW.plus(5_000));
                sender(|i| i.free_at = NOW.plus(30_000))(s);
            }),
            Some("pacing"),
            Expected::Until(NOW.plus(30_000)),
        ),
        (
            "no end outweighs an end",
            Box::new(|s| {
                s.transport_paused_until = Some(NOW.plus(5_000));
                s.plan = "none".to_owned();
            }),
            Some("subscription"),
            Expected::Parked,
        ),
        (
            "a refusal outweighs holds",
            Box::new(|s| {
                s.plan = "none".to_owned();
                about_lead(|l| l.outreach_disabled = true)(s);
            }),
            Some("lead_stopped"),
            Expected::Refused("lead_stopped"),
        ),
    ]
}

#[test]
fn each_change_has_its_consequence() {
    for (name, change, gate, expected) in cases().into_iter().chain(calls()) {
        let mut snapshot = open();
        change(&mut snapshot);
        assert_eq!(of(&snapshot), (gate, expected), "{name}");
    }
}

#[test]
fn every_gate_is_tried_by_a_case() {
    let tried: Vec<_> = cases().into_iter().chain(calls()).filter_map(|(_, _, gate, _)| gate).collect();
    for gate in GATES {
        assert!(tried.contains(&gate.name), "no case closes {}", gate.name);
    }
}

#[test]
fn replies_do_not_stop_a_mail_outside_sequences() {
    let mut snapshot = open();
    snapshot.stops = None;
    snapshot.sequence_status = None;
    about_lead(|lead| lead.replied_at = Some(NOW))(&mut snapshot);
    assert_eq!(of(&snapshot), (None, Expected::Go));
}

#[test]
fn answers_come_in_the_order_of_the_gates() {
    let names: Vec<_> = answers(&open(), NOW).into_iter().map(|answer| answer.gate).collect();
    assert_eq!(names, GATES.iter().map(|gate| gate.name).collect::<Vec<_>>());
}

#[test]
fn acts_that_reach_less_far_are_asked_less() {
    let mut snapshot = open();
    snapshot.identity = None;
    snapshot.window = SendWindow::new(&[Weekday::Sun], 9 * 60, 17 * 60).unwrap();
    about_lead(|lead| {
        lead.email = None;
        lead.outreach_disabled = true;
    })(&mut snapshot);
    let verdict = |reach: Reach| {
        let mut snapshot = snapshot.clone();
        snapshot.reach = reach;
        of(&snapshot).1
    };
    assert_eq!(verdict(Reach::Inside), Expected::Go, "a note is written at any hour, about anybody");
    assert_eq!(verdict(Reach::ByHand), Expected::Refused("lead_stopped"));
    snapshot.lead = None;
    let mut gone = snapshot.clone();
    gone.reach = Reach::Inside;
    assert_eq!(of(&gone).1, Expected::Refused("lead_deleted"));
    gone.lead = Some(lead());
    gone.agent_active = Some(false);
    assert_eq!(of(&gone), (Some("agent"), Expected::Parked));
}
