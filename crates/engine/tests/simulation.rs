//! Seeds against the promises: whole campaigns under a virtual clock, with hostile people, mail servers and crashes.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "support/database.rs"]
mod database;

use std::sync::Arc;

use database::Database;
use outrider_domain::id::{IdSource, OrganizationId, ProjectId};
use outrider_domain::time::{Clock, DAY, Millis};
use outrider_engine::core::{Core, Settings};
use outrider_engine::error::Error;
use outrider_engine::pipeline::{Call, Credential, Pipeline};
use outrider_engine::principal::Principal;
use outrider_engine::registry;
use outrider_engine::simulate::exchange::Faults;
use outrider_engine::simulate::world::People;
use outrider_engine::simulate::{Options, Report, VirtualClock, run};
use outrider_store::logs::{self, EventFilter};
use outrider_store::projects::{self, Organization, Project};
use outrider_store::{Store, Target};
use serde_json::{Value, json};

/// Monday, 2 November 2026, 08:00 UTC.
const START: Millis = Millis(1_793_606_400_000);
const PROJECT: ProjectId = ProjectId(7);
const ZONES: [&str; 5] = ["Europe/Berlin", "America/New_York", "Asia/Kolkata", "Pacific/Auckland", "America/Sao_Paulo"];

async fn call(pipeline: &Pipeline, operation: &str, input: Value) -> Value {
    let operation = registry::find(operation).unwrap();
    let call = Call::new(Credential::Known(Principal::operator(PROJECT)), input, "test");
    pipeline.call(operation, call).await.1.unwrap().body
}

/// How much room a campaign has.
#[derive(Clone, Copy)]
struct Room {
    /// Mails a sender may send on its first day, more each day, and at last.
    ramp: (u32, u32, u32),
    /// The end of the recipients' hours, which begin at nine.
    until: &'static str,
}

const WIDE: Room = Room { ramp: (15, 5, 40), until: "17:00" };
/// Caps are met every day, and a mail that is put off finds the hours over.
const TIGHT: Room = Room { ramp: (3, 1, 6), until: "09:10" };

/// A campaign of three steps, two senders with a low and paced ramp, and so many leads in five time zones.
async fn campaign(leads: usize, price: i64, room: Room) -> (Database, Store, Settings) {
    let database = Database::new(|_| Target::SqliteMemory);
    let store = database.open().await;
    store
        .write(|tx| {
            Organization { id: OrganizationId(1), name: "acme".to_owned(), created_at: START }.insert(tx)?;
            let project = Project {
                id: PROJECT,
                organization_id: OrganizationId(1),
                slug: "main".to_owned(),
                name: "Main".to_owned(),
                plan: "self_hosted".to_owned(),
                time_zone: "Europe/Berlin".to_owned(),
                autonomy: "\"alone\"".to_owned(),
                self_approval: false,
                connected_agents: None,
                created_at: START,
            };
            projects::create(tx, project)?;
            Ok::<_, Error>(())
        })
        .await
        .unwrap();
    let settings = Settings { email_price: price, ..Settings::default() };
    let clock = Arc::new(VirtualClock::at(START.plus(-DAY)));
    let core = Arc::new(Core {
        ids: IdSource::new(0, Millis(0)),
        settings: settings.clone(),
        secret: b"test".to_vec(),
        clock: clock as Arc<dyn Clock>,
    });
    let pipeline = Pipeline::new(store.clone(), core);
    let (start, step, cap) = room.ramp;
    for (email, gap) in [("ann@us.example", "0"), ("bob@us.example", "2m")] {
        call(&pipeline, "create_identity", json!({ "email": email, "gap": gap, "ramp": { "start": start, "step": step, "cap": cap }, "time_zone": "Europe/Berlin" })).await;
    }
    let rows: Vec<Value> = (0..leads)
        .map(|n| json!({ "first_name": format!("Lead{n}"), "company": format!("Firm {n}"), "email": format!("lead{n}@firm{n}.example"), "time_zone": ZONES.get(n % 6) }))
        .collect();
    for group in rows.chunks(500) {
        call(&pipeline, "bulk_create_leads", json!({ "leads": group })).await;
    }
    if price > 0 {
        call(&pipeline, "grant_credits", json!({ "amount": 10_000 })).await;
    }
    let definition = json!({
        "window": { "days": ["mon", "tue", "wed", "thu", "fri"], "from": "09:00", "to": room.until },
        "steps": [
            { "key": "hello", "variants": [
                { "key": "a", "weight": 2, "subject": "Hello {{ first_name }}", "text": "Hi {{ first_name }}, a word about {{ company }}." },
                { "key": "b", "weight": 1, "subject": "{{ company }}", "text": "Dear {{ first_name }}, is {{ company }} hiring?" }] },
            { "key": "nudge", "after": "2d", "thread": true, "text": "Just checking, {{ first_name }}." },
            { "key": "last", "after": "4d", "subject": "Last one", "text": "I will not write again, {{ first_name }}." }
        ]
    });
    let sequence = call(&pipeline, "create_sequence", json!({ "name": "intro", "definition": definition })).await;
    call(&pipeline, "enroll_leads", json!({ "sequence_id": sequence["id"], "all": {} })).await;
    (database, store, settings)
}

async fn play(leads: usize, seed: u64, people: People, crashes: u32, price: i64, days: i64) -> Report {
    play_in(WIDE, leads, seed, people, crashes, price, days).await
}

async fn play_in(room: Room, leads: usize, seed: u64, people: People, crashes: u32, price: i64, days: i64) -> Report {
    let (_database, store, settings) = campaign(leads, price, room).await;
    let options = Options {
        project: PROJECT,
        from: START,
        days,
        seed,
        people,
        faults: Faults::default(),
        crashes_per_thousand: crashes,
        approve: false,
        settings,
        node: (1, START),
    };
    run(store, options, |_| {}).await.unwrap()
}

fn total(report: &Report, of: impl Fn(&outrider_engine::simulate::DayReport) -> u64) -> u64 {
    report.days.iter().map(of).sum()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kind_world_finishes_the_campaign() {
    let nobody = People {
        replies: 0,
        opt_outs: 0,
        away: 0,
        bad_addresses: 0,
        late_bounces: 0,
        complaints: 0,
        deferrals: 0,
        lost_answers: 0,
        lost_mails: 0,
        trouble: 0,
    };
    let report = play(60, 1, nobody, 0, 1, 30).await;
    assert_eq!(report.broken, Vec::<String>::new());
    assert_eq!(total(&report, |day| day.sent), 180, "three mails to each of sixty leads");
    assert_eq!(report.actions.get("delivered"), Some(&180));
    assert_eq!(report.days[5].sent, 0, "from Saturday to Sunday, 08:00 UTC, it is weekend in all five zones");
    assert!(report.days[0].sent < 60, "the senders' caps spread even the first step over days");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hostile_world_breaks_no_promise() {
    let seeds = seeds();
    let mut crashes = 0;
    for seed in 0..seeds {
        let report = play(60, seed, People::hostile(), 60, i64::from(seed % 2 == 0), 21).await;
        assert_eq!(report.broken, Vec::<String>::new(), "seed {seed}");
        assert!(total(&report, |day| day.sent) > 50, "seed {seed} plays too little to mean anything");
        crashes += report.crashes;
    }
    assert!(crashes > seeds, "the process was killed too rarely to mean anything: {crashes}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hostile_world_with_little_room_breaks_no_promise() {
    for seed in 100..100 + seeds() {
        let report = play_in(TIGHT, 40, seed, People::hostile(), 60, 1, 21).await;
        assert_eq!(report.broken, Vec::<String>::new(), "seed {seed}");
        assert!(total(&report, |day| day.sent) > 25, "seed {seed} plays too little to mean anything");
    }
}

/// How many seeds to play.
fn seeds() -> u64 {
    std::env::var("TEST_SEEDS").ok().and_then(|text| text.parse().ok()).unwrap_or(12)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_seed_gives_the_same_days() {
    let first = play(40, 5, People::default(), 0, 0, 14).await;
    let second = play(40, 5, People::default(), 0, 0, 14).await;
    assert_eq!(
        first.days.iter().map(|day| day.sent).collect::<Vec<_>>(),
        second.days.iter().map(|day| day.sent).collect::<Vec<_>>()
    );
}

const COUNTRIES: [(&str, &str, &str); 5] = [
    ("US", "America/New_York", "+1212555"),
    ("US", "America/Los_Angeles", "+1310555"),
    ("DE", "Europe/Berlin", "+4930555"),
    ("FR", "Europe/Paris", "+3314255"),
    ("GB", "Europe/London", "+4420755"),
];

/// An office with so many numbers of five lines each, and so many calls queued at once, every tenth lead a second time.
async fn office(numbers: usize, calls: usize, price: i64) -> (Database, Store, Settings) {
    let (database, store, settings) = campaign(0, 0, WIDE).await;
    let settings = Settings { call_minute_price: price, ..settings };
    let core = Arc::new(Core {
        ids: IdSource::new(2, Millis(0)),
        settings: settings.clone(),
        secret: b"test".to_vec(),
        clock: Arc::new(VirtualClock::at(START)) as Arc<dyn Clock>,
    });
    let pipeline = Pipeline::new(store.clone(), core);
    let agent = call(&pipeline, "create_agent", json!({ "name": "Ada", "type": "outbound", "autonomy": "alone", "value_proposition": "It saves an hour a day." })).await;
    for number in 0..numbers {
        let input = json!({ "number": format!("+1415555{number:04}"), "outbound_agent_id": agent["id"], "concurrency": 5, "ramp": { "start": 5000, "step": 0, "cap": 5000 } });
        call(&pipeline, "import_phone_number", input).await;
    }
    if price > 0 {
        call(&pipeline, "grant_credits", json!({ "amount": 10_000_000 })).await;
    }
    let rows: Vec<Value> = (0..calls)
        .map(|n| {
            let (country, zone, prefix) = COUNTRIES[n % 5];
            json!({ "first_name": format!("Lead{n}"), "phone": format!("{prefix}{n:04}"), "email": format!("callee{n}@firm{n}.example"), "time_zone": zone, "country": country })
        })
        .collect();
    for group in rows.chunks(500) {
        let made = call(&pipeline, "bulk_create_leads", json!({ "leads": group })).await;
        for (place, lead) in made["created"].as_array().unwrap().iter().enumerate() {
            let times = if place % 10 == 0 { 2 } else { 1 };
            for time in 0..times {
                let input = json!({ "lead_id": lead["id"], "agent_id": agent["id"], "estimated_minutes": 3 });
                let key = format!("{}/{time}", lead["id"]);
                let wanted = Call {
                    idempotency_key: Some(key),
                    ..Call::new(Credential::Known(Principal::operator(PROJECT)), input, "test")
                };
                pipeline.call(registry::find("place_call").unwrap(), wanted).await.1.unwrap();
            }
        }
    }
    (database, store, settings)
}

async fn play_calls(calls: usize, seed: u64, faults: Faults, crashes: u32, price: i64) -> Report {
    let (_database, store, settings) = office(6, calls, price).await;
    let options = Options {
        project: PROJECT,
        from: START,
        days: 2,
        seed,
        people: People::default(),
        faults,
        crashes_per_thousand: crashes,
        approve: false,
        settings,
        node: (1, START),
    };
    run(store, options, |_| {}).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_office_without_trouble_calls_everybody_once() {
    let begun = std::time::Instant::now();
    let report = play_calls(100, 1, Faults::default(), 0, 2).await;
    assert_eq!(report.broken, Vec::<String>::new());
    assert!((100..=110).contains(&report.calls), "{}", report.calls);
    assert_eq!(report.actions.get("unknown"), None, "{:?}", report.actions);
    assert_eq!(report.actions.get("scheduled"), None, "{:?} {:?}", report.actions, report.held);
    // The budget is for an optimised build; this holds for the other as well unless the machine is very busy.
    assert!(begun.elapsed().as_secs() < 60, "{:?}", begun.elapsed());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_day_of_calls_among_faults_and_crashes_breaks_no_rule_of_calling() {
    let calls = std::env::var("TEST_CALLS").ok().and_then(|text| text.parse().ok()).unwrap_or(250);
    let mut crashes = 0;
    for seed in [3, 4] {
        let report = play_calls(calls, seed, Faults::hostile(), 40, i64::from(seed % 2 == 0)).await;
        assert_eq!(report.broken, Vec::<String>::new(), "seed {seed}");
        assert!(report.calls > calls as u64 * 3 / 4, "seed {seed} plays too little to mean anything: {}", report.calls);
        crashes += report.crashes;
    }
    assert!(crashes > 5, "the process was killed too rarely to mean anything: {crashes}");
}

/// What a motion by every channel came to, beside the report: how often leads branched off and paused.
struct Motion {
    report: Report,
    branched: usize,
    paused: usize,
}

/// A sequence of mails, texts, calls, LinkedIn messages and tasks with branches and pauses, for so many leads in five countries.
async fn play_motion(leads: usize, seed: u64, faults: Faults, crashes: u32, days: i64) -> Motion {
    let (_database, store, settings) = campaign(0, 0, WIDE).await;
    let settings = Settings { email_price: 1, sms_price: 2, call_minute_price: 1, ..settings };
    let core = Arc::new(Core {
        ids: IdSource::new(2, Millis(0)),
        settings: settings.clone(),
        secret: b"test".to_vec(),
        clock: Arc::new(VirtualClock::at(START)) as Arc<dyn Clock>,
    });
    let pipeline = Pipeline::new(store.clone(), core);
    let agent = json!({ "name": "Ada", "type": "outbound", "autonomy": "alone", "value_proposition": "It saves an hour a day." });
    let agent = call(&pipeline, "create_agent", agent).await;
    for number in 0..2 {
        let input = json!({ "number": format!("+1415555{number:04}"), "outbound_agent_id": agent["id"], "concurrency": 5, "ramp": { "start": 500, "step": 0, "cap": 500 } });
        call(&pipeline, "import_phone_number", input).await;
    }
    call(&pipeline, "grant_credits", json!({ "amount": 100_000 })).await;
    let rows: Vec<Value> = (0..leads)
        .map(|n| {
            let (country, zone, prefix) = COUNTRIES[n % 5];
            json!({ "first_name": format!("Lead{n}"), "company": format!("Firm {n}"), "phone": format!("{prefix}{n:04}"), "email": format!("lead{n}@firm{n}.example"), "linkedin_url": format!("https://linkedin.example/{n}"), "time_zone": zone, "country": country })
        })
        .collect();
    call(&pipeline, "bulk_create_leads", json!({ "leads": rows })).await;
    let own = json!({ "days": [{ "day": "2026-11-11", "name": "Carnival" }] });
    call(&pipeline, "set_own_holidays", own).await;
    let definition = json!({
        "window": { "days": ["mon", "tue", "wed", "thu", "fri"], "from": "09:00", "to": "17:00" },
        "branches": [
            { "on": ["interested"], "go_to": "hot" },
            { "on": ["not_now", "out_of_office"], "then": "pause" },
            { "on": ["replied"], "go_to": "thanks" },
        ],
        "steps": [
            { "key": "hello", "subject": "Hello {{ first_name }}", "text": "A word about {{ company }}." },
            { "key": "ping", "channel": "sms", "after": "1d", "text": "Hi {{ first_name }}, did you see my mail?" },
            { "key": "ring", "channel": "call", "after": "1d", "call": { "reason": "my mail", "estimated_minutes": 3 },
              "branches": [{ "on": ["no_answer", "voicemail", "failed"], "go_to": "profile" }, { "on": ["callback_requested"], "then": "pause" }] },
            { "key": "note", "channel": "task", "title": "Write down what {{ first_name }} said", "goes_on": "given" },
            { "key": "profile", "channel": "linkedin", "after": "1d", "text": "Hi {{ first_name }}, shall we connect?", "within": "4d",
              "branches": [{ "on": ["overdue", "skipped"], "go_to": "last" }] },
            { "key": "nudge", "after": "1d", "thread": true, "text": "Just checking, {{ first_name }}." },
            { "key": "last", "after": "2d", "subject": "Last one", "text": "I will not write again.", "branches": [{ "on": ["any"], "then": "finish" }] },
            { "key": "thanks", "subject": "Thank you", "text": "For your answer.", "branches": [{ "on": ["any"], "then": "finish" }] },
            { "key": "hot", "channel": "task", "title": "Call {{ first_name }} today" },
        ]
    });
    let made = json!({ "name": "motion", "agent_id": agent["id"], "definition": definition });
    let sequence = call(&pipeline, "create_sequence", made).await;
    call(&pipeline, "enroll_leads", json!({ "sequence_id": sequence["id"], "all": {} })).await;
    let options = Options {
        project: PROJECT,
        from: START,
        days,
        seed,
        people: People::hostile(),
        faults,
        crashes_per_thousand: crashes,
        approve: seed.is_multiple_of(2),
        settings,
        node: (1, START),
    };
    let report = run(store.clone(), options, |_| {}).await.unwrap();
    let count = async |kind: &'static str| {
        let filter = EventFilter { kind: Some(kind.to_owned()), ..EventFilter::default() };
        let found = store.read(move |tx| logs::events_before(tx, PROJECT, i64::MAX, &filter, 10_000)).await;
        found.unwrap().len()
    };
    Motion { branched: count("enrollment.branched").await, paused: count("enrollment.paused").await, report }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn motions_by_every_channel_among_faults_and_crashes_break_no_promise() {
    let (mut crashes, mut branched, mut paused) = (0, 0, 0);
    for seed in 200..200 + seeds().div_ceil(3) {
        let Motion { report, branched: here, paused: held } = play_motion(60, seed, Faults::hostile(), 30, 21).await;
        assert_eq!(report.broken, Vec::<String>::new(), "seed {seed}");
        let counts = [
            total(&report, |day| day.sent),
            total(&report, |day| day.texts),
            total(&report, |day| day.calls),
            total(&report, |day| day.tasks),
        ];
        assert!(counts.iter().all(|count| *count >= 6), "seed {seed} plays too little to mean anything: {counts:?}");
        (crashes, branched, paused) = (crashes + report.crashes, branched + here, paused + held);
    }
    assert!(crashes > 0 && branched > 20 && paused > 5, "{crashes} crashes, {branched} branches, {paused} pauses");
}
