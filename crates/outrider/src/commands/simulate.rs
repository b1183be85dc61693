//! `outrider simulate`: plays a project forward under a virtual clock, on a copy of its data, and prints what would happen day by
//! day. Nothing of it reaches the world or the real database.

use std::path::Path;
use std::sync::Arc;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use outrider_domain::id::{IdSource, ProjectId};
use outrider_domain::time::{Clock, Millis};
use outrider_engine::Core;
use outrider_engine::pipeline::{Call, Credential, Pipeline};
use outrider_engine::principal::Principal;
use outrider_engine::registry;
use outrider_engine::simulate::world::People;
use outrider_engine::simulate::{DayReport, Options, Report, VirtualClock, project_of, run};
use outrider_engine::workspace::installation as workspace;
use outrider_store::{Config, Store, Target};
use serde_json::{Value, json};

use super::workspace::read;
use crate::arguments::Simulate;
use crate::clock::SystemClock;
use crate::failure::{Failure, Outcome, Status};
use crate::installation::open_store;
use crate::output::{self, Output};
use crate::settings::Settings;

/// The node slot of the simulated process: the last, which a real one takes only when 255 others run.
const NODE: u8 = 255;

pub(super) async fn simulate(settings: Settings, given: Simulate, output: Output) -> Outcome {
    let directory = tempfile::tempdir()
        .map_err(|error| Failure::new(Status::Io, "file_error", format!("can't make a temporary folder: {error}")))?;
    let copy = directory.path().join("simulation.db");
    let engine = outrider_engine::Settings {
        require_domain_check: false,
        ..settings.engine("http://simulation.invalid".to_owned())
    };
    let now = SystemClock.now();
    let (store, project) = match &given.workspace {
        Some(file) => from_file(file, &given, &copy, &engine, now).await?,
        None => from_data(&settings, &given, &copy).await?,
    };
    let people = if given.hostile { People::hostile() } else { People::default() };
    let people = People {
        replies: given.replies.unwrap_or(people.replies),
        opt_outs: given.opt_outs.unwrap_or(people.opt_outs),
        ..people
    };
    let options = Options {
        project,
        from: now,
        days: i64::from(given.days),
        seed: given.seed,
        people,
        faults: outrider_engine::simulate::exchange::Faults::default(),
        crashes_per_thousand: given.crashes,
        approve: !given.no_approval,
        settings: engine,
        node: (NODE, now),
    };
    let bar = ProgressBar::with_draw_target(
        Some(u64::from(given.days)),
        if output.json { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() },
    );
    if let Ok(style) = ProgressStyle::with_template("{bar:30} day {pos} of {len}") {
        bar.set_style(style);
    }
    let shown = bar.clone();
    let report = run(store, options, move |day| shown.set_position(u64::try_from(day).unwrap_or(0))).await;
    bar.finish_and_clear();
    let report = report?;
    output.result(&json!(report), |_| table(&report));
    if report.broken.is_empty() {
        return Ok(());
    }
    Err(Failure::new(
        Status::Internal,
        "broken_promise",
        format!(
            "{} promises were broken: this is a defect of Outrider, please report it with the seed.",
            report.broken.len()
        ),
    ))
}

/// A copy of what is there.
async fn from_data(settings: &Settings, given: &Simulate, copy: &Path) -> Outcome<(Store, ProjectId)> {
    let original = open_store(settings).await?;
    original.backup(copy, |_| {}).await?;
    let store = Store::open(&Config::new(Target::Sqlite(copy.to_owned()))).await?;
    let project = match &given.project {
        Some(slug) => project_of(&store, slug).await?,
        None => {
            let all = store.read(outrider_store::projects::all).await?;
            match all.as_slice() {
                [only] => only.id,
                _ => {
                    return Err(Failure::new(
                        Status::Usage,
                        "project_needed",
                        format!("There are {} projects: name one with --project.", all.len()),
                    ));
                }
            }
        }
    };
    Ok((store, project))
}

/// A workspace file with leads made up for it, all enrolled in all of its sequences.
async fn from_file(
    file: &Path,
    given: &Simulate,
    copy: &Path,
    engine: &outrider_engine::Settings,
    now: Millis,
) -> Outcome<(Store, ProjectId)> {
    let described = read(file)?;
    let slug = match (&given.project, described.projects.as_slice()) {
        (Some(slug), _) => slug.clone(),
        (None, [only]) => only.slug.to_string(),
        (None, all) => {
            return Err(Failure::new(
                Status::Usage,
                "project_needed",
                format!("The file has {} projects: name one with --project.", all.len()),
            ));
        }
    };
    let store = Store::open(&Config::new(Target::Sqlite(copy.to_owned()))).await?;
    store.migrate().await?;
    let clock = Arc::new(VirtualClock::at(now));
    let core = Core {
        ids: IdSource::new(0, Millis(0)),
        settings: engine.clone(),
        secret: b"simulation".to_vec(),
        clock: clock as Arc<dyn Clock>,
    };
    let pipeline = Pipeline::new(store.clone(), Arc::new(core));
    workspace::apply(&pipeline, &described, false, None).await?;
    let project = project_of(&store, &slug).await?;
    let leads: Vec<Value> = (1..=given.leads).map(made_up).collect();
    for group in leads.chunks(500) {
        call(&pipeline, project, "bulk_create_leads", json!({ "leads": group })).await?;
    }
    let sequences = call(&pipeline, project, "list_sequences", json!({})).await?;
    for sequence in sequences["items"].as_array().into_iter().flatten() {
        call(&pipeline, project, "enroll_leads", json!({ "sequence_id": sequence["id"], "all": {} })).await?;
    }
    Ok((store, project))
}

fn made_up(number: u32) -> Value {
    json!({ "first_name": format!("Person{number}"), "last_name": "Example", "company": format!("Company {number}"), "email": format!("person{number}@company{number}.example") })
}

async fn call(pipeline: &Pipeline, project: ProjectId, name: &str, input: Value) -> Outcome<Value> {
    let Some(operation) = registry::find(name) else {
        return Err(Failure::new(Status::Internal, "internal_error", format!("there is no operation {name}")));
    };
    let call = Call::new(Credential::Known(Principal::operator(project)), input, "simulate");
    Ok(pipeline.call(operation, call).await.1?.body)
}

fn table(report: &Report) -> String {
    let row = |day: &DayReport, name: String| {
        let counts = [
            day.sent,
            day.calls,
            day.texts,
            day.tasks,
            day.replies,
            day.opt_outs,
            day.automatic,
            day.bounces,
            day.complaints,
            day.deferred,
            day.unknown,
        ];
        std::iter::once(name)
            .chain(counts.iter().map(|count| if *count == 0 { "-".to_owned() } else { count.to_string() }))
            .collect::<Vec<_>>()
    };
    let mut rows: Vec<Vec<String>> = report
        .days
        .iter()
        .map(|day| row(day, format!("{} ({})", day.day, day.from.to_string().get(..10).unwrap_or_default())))
        .collect();
    let total = report.days.iter().fold(DayReport::default(), |mut sum, day| {
        sum.sent += day.sent;
        sum.calls += day.calls;
        sum.texts += day.texts;
        sum.tasks += day.tasks;
        sum.replies += day.replies;
        sum.opt_outs += day.opt_outs;
        sum.automatic += day.automatic;
        sum.bounces += day.bounces;
        sum.complaints += day.complaints;
        sum.deferred += day.deferred;
        sum.unknown += day.unknown;
        sum
    });
    rows.push(row(&total, "total".to_owned()));
    let mut text = output::table(
        &[
            "day",
            "sent",
            "calls",
            "texts",
            "tasks",
            "replies",
            "opt-outs",
            "automatic",
            "bounces",
            "complaints",
            "deferred",
            "unknown",
        ],
        &rows,
    );
    let list = |counts: &std::collections::BTreeMap<String, i64>| {
        counts.iter().map(|(name, count)| format!("{count} {name}")).collect::<Vec<_>>().join(", ")
    };
    text += &format!("\nAt the end: {}.\n", list(&report.actions));
    if !report.held.is_empty() {
        text += &format!("Still held, by gate: {}.\n", list(&report.held));
    }
    if report.crashes > 0 {
        text += &format!("The process was killed {} times on the way.\n", report.crashes);
    }
    match report.broken.as_slice() {
        [] => text += "No promise was broken.\n",
        broken => {
            text += "BROKEN PROMISES:\n";
            for line in broken {
                text += &format!("  {line}\n");
            }
        }
    }
    text
}
