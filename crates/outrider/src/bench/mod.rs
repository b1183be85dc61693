//! `outrider bench`: measures this binary against its budgets and prints what it found. Measures through the same commands,
//! operations and servers that users have; changes nothing outside of its own temporary folder.

mod api;
mod bare;
mod calls;
mod claim;
mod discovery;
mod enroll;
mod executions;
mod import;
mod load;
mod mcp;
mod memory;
mod people;
mod process;
mod report;
mod rig;
mod runs;
mod search;
mod sends;
mod sink;
mod start;
mod tasks;

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::failure::{Failure, Outcome, Status};
use crate::output::Output;
use crate::settings::Settings;
use report::Report;
use rig::Rig;

/// Leads in the database unless told otherwise, and with `--quick`.
const LEADS: u64 = 1_000_000;
const QUICK_LEADS: u64 = 50_000;

/// `bench`.
#[derive(Debug, Args)]
pub struct Bench {
    /// Only these measurements; all of them when none is named.
    pub names: Vec<Measurement>,
    /// Leads in the database; 1,000,000 when left out, 50,000 with --quick.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1_000..=100_000_000))]
    pub leads: Option<u64>,
    /// Smaller and shorter: to see that it works, not to compare.
    #[arg(long)]
    pub quick: bool,
    /// Be a counterpart instead of measuring.
    #[arg(long, hide = true)]
    pub counterpart: Option<Counterpart>,
    /// What the bare handler answers.
    #[arg(long, hide = true, requires = "counterpart")]
    pub answer: Option<PathBuf>,
}

/// What can be measured, in the order it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub enum Measurement {
    /// Rows a second of `import leads`, duplicates and bad rows among them.
    Import,
    /// Search over name, address and number.
    Search,
    /// Mails a second to a local SMTP sink, ledger and all.
    Sends,
    /// API reads and writes a second, beside a bare handler and a bare commit.
    Api,
    /// MCP tool calls a second, what the pipeline costs, memory of a session, tokens of the tools.
    Mcp,
    /// Resident memory of an idle server.
    Memory,
    /// From start to the first good answer.
    Start,
    /// Claiming due work beside much that is not due.
    Claim,
    /// Choosing contacts for a playbook, ten thousand of them through a run, and the queue of approvals.
    Runs,
    /// Discovering companies among as many as there would be leads, paid for and all.
    Discovery,
    /// Enrolling a hundred thousand contacts in one operation, previewed first.
    Enroll,
    /// Memory of a server with a hundred thousand executions of workflows in flight.
    Executions,
    /// Sandbox calls under the virtual clock, a hundred and a day of a thousand.
    Calls,
    /// Tasks for credits, transfers between purses, and results posted to a receiver.
    Tasks,
}

/// A process that something is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Counterpart {
    /// An SMTP server that counts and forgets.
    Sink,
    /// An HTTP handler that answers the same bytes to everything.
    Bare,
}

/// Runs the measurements.
///
/// # Errors
/// When one can't be made, or gave a wrong result.
pub async fn run(settings: Settings, given: Bench, output: Output) -> Outcome {
    match given.counterpart {
        Some(Counterpart::Sink) => return sink::serve().await,
        Some(Counterpart::Bare) => return bare::serve(given.answer.as_deref()).await,
        None => {}
    }
    let leads = given.leads.unwrap_or(if given.quick { QUICK_LEADS } else { LEADS });
    let mut names = if given.names.is_empty() { Measurement::value_variants().to_vec() } else { given.names };
    names.sort_unstable();
    names.dedup();
    let mut rig = Rig::new(settings.database_url, leads, given.quick).await?;
    let mut report = Report::begin(&rig);
    for name in names {
        rig.note(&format!("{name:?} …").to_lowercase());
        let rows = match name {
            Measurement::Import => import::measure(&mut rig).await,
            Measurement::Search => search::measure(&mut rig).await,
            Measurement::Sends => sends::measure(&mut rig).await,
            Measurement::Api => api::measure(&mut rig).await,
            Measurement::Mcp => mcp::measure(&mut rig).await,
            Measurement::Memory => memory::measure(&mut rig).await,
            Measurement::Start => start::measure(&mut rig).await,
            Measurement::Claim => claim::measure(&mut rig).await,
            Measurement::Runs => runs::measure(&mut rig).await,
            Measurement::Discovery => discovery::measure(&mut rig).await,
            Measurement::Enroll => enroll::measure(&mut rig).await,
            Measurement::Executions => executions::measure(&mut rig).await,
            Measurement::Calls => calls::measure(&rig).await,
            Measurement::Tasks => tasks::measure(&rig).await,
        }?;
        for row in rows {
            rig.note(&format!("  {row}"));
            report.add(row);
        }
    }
    report.end();
    output.result(&report.json(), |_| report.text());
    Ok(())
}

/// A measurement that can't be made, or whose result is wrong.
fn broken(what: impl Into<String>) -> Failure {
    Failure::new(Status::Internal, "bench_failed", what)
}
