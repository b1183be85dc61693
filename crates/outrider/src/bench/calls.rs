//! Calls: an office of sandbox calls played to its end under the virtual clock, among faults and crashes, with every rule of calling
//! checked afterwards.

use std::sync::Arc;
use std::time::Instant;

use outrider_domain::id::{IdSource, ProjectId};
use outrider_domain::time::{Clock, Millis};
use outrider_engine::Core;
use outrider_engine::pipeline::{Call, Credential, Pipeline};
use outrider_engine::principal::Principal;
use outrider_engine::registry;
use outrider_engine::simulate::exchange::Faults;
use outrider_engine::simulate::world::People;
use outrider_engine::simulate::{Options, VirtualClock, run};
use outrider_engine::workspace::installation as workspace;
use outrider_store::{Config, Store, Target};
use serde_json::{Value, json};

use super::report::{Budget, Row};
use super::rig::Rig;
use super::{broken, rig};
use crate::failure::Outcome;

/// Monday, 2 November 2026, 00:00 UTC.
const START: Millis = Millis(1_793_577_600_000);
/// Seconds for a hundred calls.
const HUNDRED: f64 = 5.0;
/// Where callees live, and how their numbers begin.
const PLACES: [(&str, &str, &str); 5] = [
    ("US", "America/New_York", "+1212555"),
    ("US", "America/Los_Angeles", "+1310555"),
    ("DE", "Europe/Berlin", "+4930555"),
    ("FR", "Europe/Paris", "+3314255"),
    ("GB", "Europe/London", "+4420755"),
];

pub(super) async fn measure(rig: &Rig) -> Outcome<Vec<Row>> {
    let row = play(rig, "hundred", 100, Faults::default(), 0).await?;
    let mut rows = vec![row.budget(Budget::AtMost(HUNDRED))];
    if !rig.quick {
        rows.push(play(rig, "day", 1_000, Faults::hostile(), 40).await?);
    }
    Ok(rows)
}

async fn call(pipeline: &Pipeline, project: ProjectId, name: &str, input: Value) -> Outcome<Value> {
    let operation = registry::find(name).ok_or_else(|| broken(format!("there is no operation {name}")))?;
    let key = input["lead_id"].as_str().map(ToOwned::to_owned);
    let asked = Call::new(Credential::Known(Principal::operator(project)), input, "bench");
    Ok(pipeline.call(operation, Call { idempotency_key: key, ..asked }).await.1?.body)
}

/// Queues so many calls at once, and plays two days of them.
async fn play(rig: &Rig, name: &str, calls: usize, faults: Faults, crashes: u32) -> Outcome<Row> {
    let begun = Instant::now();
    let store = Store::open(&Config::new(Target::Sqlite(rig.file(&format!("calls-{name}.db"))))).await?;
    store.migrate().await?;
    let settings = outrider_engine::Settings { call_minute_price: 1, ..outrider_engine::Settings::default() };
    let core = Core {
        ids: IdSource::new(0, Millis(0)),
        settings: settings.clone(),
        secret: b"bench".to_vec(),
        clock: Arc::new(VirtualClock::at(START)) as Arc<dyn Clock>,
    };
    let pipeline = Pipeline::new(store.clone(), Arc::new(core));
    let project = workspace::first_project(&pipeline, "office", Some("office"), None).await?.id;
    call(&pipeline, project, "grant_credits", json!({ "amount": 10_000_000 })).await?;
    let agent = json!({ "name": "Ada", "type": "outbound", "autonomy": "alone", "value_proposition": "It saves an hour a day." });
    let agent: String = rig::id(&call(&pipeline, project, "create_agent", agent).await?)?;
    for number in 0..6 {
        let input = json!({
            "number": format!("+1415555{number:04}"), "outbound_agent_id": agent, "concurrency": 5,
            "ramp": { "start": 5000, "step": 0, "cap": 5000 },
        });
        call(&pipeline, project, "import_phone_number", input).await?;
    }
    for number in 0..calls {
        let (country, zone, prefix) = PLACES[number % PLACES.len()];
        let lead = json!({ "first_name": format!("Lead{number}"), "phone": format!("{prefix}{number:04}"), "time_zone": zone, "country": country });
        let lead: String = rig::id(&call(&pipeline, project, "create_lead", lead).await?)?;
        call(&pipeline, project, "place_call", json!({ "lead_id": lead, "agent_id": agent })).await?;
    }
    let options = Options {
        project,
        from: START,
        days: 2,
        seed: 1,
        people: People::default(),
        faults,
        crashes_per_thousand: crashes,
        approve: false,
        settings,
        node: (1, START),
    };
    let report = run(store, options, |_| {}).await?;
    let seconds = begun.elapsed().as_secs_f64();
    if let Some(rule) = report.broken.first() {
        return Err(broken(format!("{} rules of calling were broken, such as: {rule}", report.broken.len())));
    }
    if report.calls < calls as u64 * 3 / 4 {
        return Err(broken(format!("only {} of {calls} calls rang", report.calls)));
    }
    let what = format!(
        "{calls} calls queued in five time zones and played to their end, {} of them rang, the process killed {} times, every rule checked",
        report.calls, report.crashes
    );
    Ok(Row::new(format!("calls.{name}"), what, seconds, "s"))
}
