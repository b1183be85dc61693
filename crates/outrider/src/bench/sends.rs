//! Sends: leads of a sequence become mails at a local SMTP sink, with gates, ledger, events and audit; beside what Postfix'
//! `smtp-source` alone gives against the same sink.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use outrider_domain::id::{ProjectId, SequenceId};
use outrider_engine::worker::{Counters, Worker};
use outrider_providers::mailer::SmtpMailer;
use outrider_providers::smtp::{Security, Transport};
use outrider_store::actions;
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::broken;
use super::people::Person;
use super::report::{Budget, Row, number};
use super::rig::{Rig, id, project};
use super::sink::{Sink, ceiling};
use crate::failure::Outcome;
use crate::installation::Installation;

/// Mails a second.
const BUDGET: f64 = 3_000.0;
const MAILS: u64 = 30_000;
const QUICK_MAILS: u64 = 4_000;
/// Connections to the sink, for us and for `smtp-source`.
const CONNECTIONS: usize = 16;
/// What a mail of ours has in bytes, for `smtp-source`.
const MAIL_BYTES: usize = 1_500;
/// How long nothing may happen.
const PATIENCE: Duration = Duration::from_secs(60);

const TEXT: &str = "Hello {{ first_name }},\n\nI saw that {{ company }} is growing, and that you look after its {{ role }} side. Teams like yours \
tell us that the first weeks of a quarter go into lists instead of conversations. Outrider keeps the lists: who was written to, who \
answered, who asked to be left alone.\n\nWould a quarter of an hour next week be of use, to see whether it fits? If not, a short no is \
as welcome as a yes, and I will not write again.\n\nKind regards\n{{ sender.name }}\n";

/// Measures the whole road, then the delivery alone, then the ceiling again.
pub(super) async fn measure(rig: &mut Rig) -> Outcome<Vec<Row>> {
    let mails = if rig.quick { QUICK_MAILS } else { MAILS };
    let place = rig.place("sends");
    let installation = place.open().await?;
    let sink = Sink::start(rig.root()).await?;
    let before = ceiling(sink.address, CONNECTIONS, mails, MAIL_BYTES)?;
    let whole = {
        let motion = Motion::begin(&installation, "whole", mails, sink.address).await?;
        motion.enroll().await?;
        motion.timed(&sink).await?
    };
    rig.note(&format!("  whole road: {whole:.0}/s"));
    let delivery = {
        let motion = Motion::begin(&installation, "delivery", mails, sink.address).await?;
        motion.hold_all().await?;
        motion.timed(&sink).await?
    };
    let after = ceiling(sink.address, CONNECTIONS, mails, MAIL_BYTES)?;
    let best = before.zip(after).map(|(before, after)| before.max(after));
    installation.close().await?;
    let beside = |row: Row| match best {
        Some(best) => row.beside(best, "smtp-source alone"),
        None => row,
    };
    let with = format!("{mails} mails to {} over {CONNECTIONS} connections", sink.name);
    let whole = Row::new("sends.whole", format!("from enrollments due to recorded outcomes, {with}"), whole, "mails/s");
    let delivery =
        Row::new("sends.delivery", format!("from actions due to recorded outcomes, {with}"), delivery, "mails/s");
    let mut rows = vec![beside(whole.budget(Budget::AtLeast(BUDGET))), beside(delivery)];
    if let Some(best) = best {
        let what = format!("smtp-source alone, {MAIL_BYTES} bytes each, the better of two runs");
        rows.push(Row::new("sends.ceiling", what, best, "mails/s"));
    }
    Ok(rows)
}

/// A project with leads, a sender and a sequence of one mail.
struct Motion<'a> {
    installation: &'a Installation,
    project: ProjectId,
    sequence: SequenceId,
    mails: u64,
    sink: SocketAddr,
}

/// A worker under way.
struct Running {
    counters: Arc<Counters>,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl<'a> Motion<'a> {
    async fn begin(installation: &'a Installation, slug: &str, mails: u64, sink: SocketAddr) -> Outcome<Self> {
        let project = project(installation, slug).await?;
        let most = u32::MAX;
        let sender = json!({
            "email": format!("{slug}@sender.example"), "name": "Sally Sender", "transport": "sink", "gap": "0s",
            "ramp": { "start": most, "step": 0, "cap": most },
        });
        installation.call(project, "create_identity", sender).await?;
        let step =
            json!({ "key": "first", "subject": "{{ first_name }}, a question about {{ company }}", "text": TEXT });
        let definition = json!({ "steps": [step], "approval": "alone", "window": { "from": "00:00", "to": "24:00", "days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] } });
        let made =
            installation.call(project, "create_sequence", json!({ "name": "first", "definition": definition })).await?;
        let sequence = id(&made)?;
        let numbers: Vec<u64> = (0..mails).collect();
        for batch in numbers.chunks(5_000) {
            let leads: Vec<Value> = batch.iter().map(|number| lead(*number)).collect();
            installation.call(project, "import_leads", json!({ "leads": leads })).await?;
        }
        Ok(Self { installation, project, sequence, mails, sink })
    }

    async fn enroll(&self) -> Outcome {
        let input = json!({ "sequence_id": self.sequence, "all": {} });
        let answer = self.installation.call(self.project, "enroll_leads", input).await?;
        match answer["enrolled"].as_u64() == Some(self.mails) {
            true => Ok(()),
            false => Err(broken(format!("not all were enrolled: {answer}"))),
        }
    }

    fn start(&self) -> Outcome<Running> {
        let mut transport = Transport::new(&self.sink.ip().to_string(), self.sink.port(), Security::None);
        transport.max_connections = CONNECTIONS;
        transport.max_mails_per_connection = u32::MAX;
        let transports = BTreeMap::from([("sink".to_owned(), transport)]);
        let mailer =
            SmtpMailer::new(transports, Vec::new()).map_err(|(name, error)| broken(format!("{name}: {error}")))?;
        let worker = Arc::new(Worker::new(
            self.installation.store.clone(),
            Arc::clone(self.installation.core()),
            Arc::new(mailer),
        ));
        let (stop, stopped) = watch::channel(false);
        Ok(Running { counters: worker.counters(), stop, task: tokio::spawn(worker.run(stopped)) })
    }

    /// Proposes everything, and lets it wait at the kill switch.
    async fn hold_all(&self) -> Outcome {
        self.installation
            .call(self.project, "engage_kill_switch", json!({ "reason": "to measure delivery alone" }))
            .await?;
        self.enroll().await?;
        let running = self.start()?;
        let held = async || {
            let project = self.project;
            let held = self.installation.store.read(move |tx| actions::held_by_gate(tx, project)).await?;
            Ok(held.iter().map(|(_, count)| u64::try_from(*count).unwrap_or(0)).sum())
        };
        self.wait_for("waiting actions", held).await?;
        running.end().await?;
        self.installation.call(self.project, "release_kill_switch", json!({})).await?;
        Ok(())
    }

    /// Sends all, and gives mails a second; checks that each left once and that everything knows.
    async fn timed(&self, sink: &Sink) -> Outcome<f64> {
        let taken = sink.taken();
        let begun = Instant::now();
        let running = self.start()?;
        let counters = Arc::clone(&running.counters);
        self.wait_for("accepted mails", async || Ok(counters.accepted.load(std::sync::atomic::Ordering::Relaxed)))
            .await?;
        let project = self.project;
        let delivered = async || {
            let states = self.installation.store.read(move |tx| actions::count_by_state(tx, project)).await?;
            Ok(states
                .iter()
                .filter(|(state, _)| state == "delivered")
                .map(|(_, count)| u64::try_from(*count).unwrap_or(0))
                .sum())
        };
        self.wait_for("recorded outcomes", delivered).await?;
        let seconds = begun.elapsed().as_secs_f64();
        running.end().await?;
        let ledger = self.installation.store.read(move |tx| actions::ledger_count(tx, project)).await?;
        self.wait_for("mails in the sink", async || Ok(sink.taken() - taken)).await?;
        let all = i64::try_from(self.mails).unwrap_or(i64::MAX);
        if ledger != [("delivered".to_owned(), all)] || sink.taken() - taken != self.mails {
            return Err(broken(format!(
                "{all} mails should be delivered: the ledger has {ledger:?}, the sink {}",
                sink.taken() - taken
            )));
        }
        Ok(number(self.mails) / seconds)
    }

    /// Waits until a count has reached the number of mails.
    async fn wait_for(&self, what: &str, count: impl AsyncFn() -> Outcome<u64>) -> Outcome {
        let (mut last, mut since) = (0, Instant::now());
        loop {
            let now = count().await?;
            if now >= self.mails {
                return Ok(());
            }
            if now != last {
                (last, since) = (now, Instant::now());
            }
            if since.elapsed() > PATIENCE {
                return Err(broken(format!("{what} stand at {now} of {}", self.mails)));
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

impl Running {
    async fn end(self) -> Outcome {
        self.stop.send_replace(true);
        self.task.await.map_err(|error| broken(format!("the worker ended badly: {error}")))
    }
}

fn lead(number: u64) -> Value {
    let person = Person::new(number);
    json!({
        "first_name": person.first, "last_name": person.last, "email": person.email, "phone": person.phone,
        "company": person.company, "role": person.title, "country": person.country,
    })
}
