//! `outrider quickstart`: a whole outbound motion on one machine in under a minute, with scripted people who answer. Nothing it
//! sends leaves the machine, and every answer says that it is scripted.

mod sample;
mod summary;
mod timeline;

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use outrider_store::projects;

use crate::arguments::Quickstart;
use crate::failure::{Failure, Outcome, Status};
use crate::output::Output;
use crate::serve::{Node, Signals};
use crate::settings::{Mail, Role, Settings};

use sample::{PROJECT, Sample};
use timeline::Timeline;

/// Between two looks at the log when nobody says that it grew.
const LOOK: Duration = Duration::from_millis(250);
/// After which silence, with nothing left to do, all is over: longer than the slowest scripted answer takes.
const SILENCE: Duration = Duration::from_secs(14);
/// Longest time until the summary is shown whatever still goes on.
const PATIENCE: Duration = Duration::from_secs(120);

pub(crate) async fn run(settings: Settings, given: Quickstart, output: Output) -> Outcome {
    let begun = Instant::now();
    let settings = local(settings, given.listen);
    let mut signals = Signals::listen()?;
    let mut node = tokio::select! {
        node = start(settings, given.listen.is_some()) => node?,
        () = signals.stop() => return Ok(()),
    };
    let outcome = tokio::select! {
        outcome = motion(&node, &given, output) => outcome.map(|()| !given.exit_when_done),
        () = signals.stop() => Ok(false),
    };
    if let Ok(true) = outcome {
        let limit = given.minutes.map(|minutes| Duration::from_secs(minutes.saturating_mul(60)));
        let over = async {
            match limit {
                Some(limit) => tokio::time::sleep(limit.saturating_sub(begun.elapsed())).await,
                None => std::future::pending().await,
            }
        };
        let failed = tokio::select! {
            failure = node.failed() => Some(failure),
            () = over => None,
            () = signals.stop() => None,
        };
        if let Some(failure) = failed {
            return Err(failure);
        }
    }
    tokio::select! {
        done = node.stop() => outcome.and(done),
        () = signals.stop() => outcome.map(drop),
    }
}

/// Settings under which nothing can leave the machine: no servers, no mailboxes, scripted correspondents.
fn local(settings: Settings, listen: Option<SocketAddr>) -> Settings {
    let mut mail = Mail { capture: settings.mail.capture.clone(), ..Mail::default() };
    mail.capture.correspondents = true;
    Settings { listen: listen.unwrap_or(settings.listen), public_url: None, role: Role::All, mail, ..settings }
}

/// Starts the node; on another port when the usual one is taken and none was asked for.
async fn start(settings: Settings, asked: bool) -> Outcome<Node> {
    let usual = settings.listen;
    match Node::start(settings.clone()).await {
        Err(failure) if failure.code == "address_unavailable" && !asked => {
            Node::start(Settings { listen: SocketAddr::new(usual.ip(), 0), ..settings }).await
        }
        other => other,
    }
}

/// Sets the sample up, tells what happens, and ends with the summary.
async fn motion(node: &Node, given: &Quickstart, output: Output) -> Outcome {
    let installation = node.installation();
    let others: Vec<String> = installation
        .store
        .read(projects::all)
        .await?
        .into_iter()
        .map(|project| project.slug)
        .filter(|slug| slug != PROJECT)
        .collect();
    if !others.is_empty() {
        let text = format!(
            "This database holds other projects ({}), and the sample must not mix with them. Give another folder: --data DIR.",
            others.join(", ")
        );
        return Err(Failure::new(Status::Refused, "not_empty", text));
    }
    let begun = Instant::now();
    let sample = Sample::set_up(installation).await?;
    let mut timeline = Timeline::new(installation, sample.project, sample.before);
    output.note(&sample.greeting(node));
    let mut wakeups = installation.store.subscribe();
    let mut quiet_since = Instant::now();
    loop {
        let lines = timeline.next().await?;
        if !lines.is_empty() {
            quiet_since = Instant::now();
        }
        if !output.json {
            lines.iter().for_each(|line| crate::output::line(line));
        }
        let settled = quiet_since.elapsed() > SILENCE && timeline.is_idle().await?;
        if settled || begun.elapsed() > PATIENCE {
            break;
        }
        tokio::select! {
            _ = wakeups.recv() => {}
            () = tokio::time::sleep(LOOK) => {}
        }
    }
    let value = summary::gather(node, &sample).await?;
    output.result(&value, summary::render);
    if !given.exit_when_done {
        output.note("\nStill serving: press Ctrl-C to end. Run the same command again to go on from here.");
    }
    Ok(())
}
