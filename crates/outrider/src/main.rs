//! The `outrider` binary: reads the command line and the settings, runs the command, and says how it ended by its exit status.

use std::io::IsTerminal as _;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser as _;
use outrider::arguments::{Arguments, Command};
use outrider::commands;
use outrider::failure::{Failure, Outcome, Status};
use outrider::output::Output;
use outrider::settings::{self, Log, LogFormat};
use tracing_subscriber::EnvFilter;

/// Half of what the writing thread does in memory is short-lived: this one takes a tenth less of its time than the system's. It serves
/// SQLite as well.
#[global_allocator]
static MEMORY: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let output = Output { json: arguments.global.json };
    match run(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            if output.json {
                eprintln!("{}", failure.json());
            } else {
                eprintln!("outrider: {failure}");
            }
            ExitCode::from(failure.status as u8)
        }
    }
}

fn run(arguments: Arguments) -> Outcome {
    let variables =
        std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    let mut settings = settings::load(arguments.global.config.as_deref(), variables)?;
    if let Some(data) = &arguments.global.data {
        settings.data.clone_from(data);
        // A folder named on the command line is meant, even where a settings file names a server.
        settings.database_url = None;
    }
    if let Some(url) = &arguments.global.database_url {
        settings.database_url = Some(url.clone());
    }
    let quiet = !matches!(arguments.command, Command::Serve(_));
    log(&settings.log, quiet)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::new(Status::Internal, "no_runtime", format!("can't start: {error}")))?;
    let outcome = runtime.block_on(commands::run(arguments, settings));
    // What still runs was told to end, or must not go on.
    runtime.shutdown_timeout(Duration::from_millis(100));
    outcome
}

/// Logs to standard error. Commands log only what goes wrong: their results are what they print.
fn log(log: &Log, quiet: bool) -> Outcome {
    let level = if quiet && log.level == Log::default().level { "warn" } else { &log.level };
    let filter = EnvFilter::try_new(level)
        .map_err(|error| Failure::new(Status::Settings, "bad_settings", format!("log.level: {error}")))?;
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let done = match log.format {
        LogFormat::Json => builder.json().try_init(),
        LogFormat::Text => builder.with_ansi(std::io::stderr().is_terminal()).try_init(),
    };
    done.map_err(|error| Failure::new(Status::Internal, "no_log", format!("can't log: {error}")))
}
