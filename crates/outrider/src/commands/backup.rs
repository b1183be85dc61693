//! `outrider backup` and `outrider restore`: the whole database as one file, from and into either kind of database.

use std::path::PathBuf;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use outrider_domain::time::Clock as _;
use outrider_store::{Error, Progress};
use serde_json::json;

use crate::clock::SystemClock;
use crate::failure::{Failure, Outcome, Status};
use crate::installation::{Older, migrate, open_store};
use crate::output::Output;
use crate::serve::Lock;
use crate::settings::Settings;

pub(super) async fn backup(settings: Settings, file: PathBuf, output: Output) -> Outcome {
    if settings.database_url.is_none() && !settings.database_file().exists() {
        let text = format!("There is no database at {}.", settings.database_file().display());
        return Err(Failure::new(Status::NoInput, "no_database", text));
    }
    let store = open_store(&settings).await?;
    let bar = bar(output);
    let shown = bar.clone();
    let done = store.backup(&file, move |progress| show(&shown, progress)).await;
    bar.finish_and_clear();
    done.map_err(|error| match error {
        Error::Conflict { .. } => Failure::new(
            Status::Io,
            "file_exists",
            format!("{} exists already; a backup overwrites nothing.", file.display()),
        ),
        Error::Unavailable(why) => Failure::new(Status::Io, "file_error", format!("{}: {why}", file.display())),
        other => other.into(),
    })?;
    let bytes = std::fs::metadata(&file).map_err(|error| Failure::file(&file, &error))?.len();
    output.result(&json!({ "file": file, "bytes": bytes }), |_| format!("Wrote {} ({bytes} bytes).", file.display()));
    Ok(())
}

pub(super) async fn restore(settings: Settings, file: PathBuf, output: Output) -> Outcome {
    if !file.exists() {
        return Err(Failure::new(Status::NoInput, "no_backup", format!("There is no file {}.", file.display())));
    }
    // Held to the end, so that no server starts on a half of it.
    let _lock = match settings.database_url {
        Some(_) => None,
        None => Some(Lock::take(&settings.data)?),
    };
    let store = open_store(&settings).await?;
    migrate(&store, Older::OnlyIfNew).await?;
    let bar = bar(output);
    let shown = bar.clone();
    let done = store.restore(&file, SystemClock.now(), move |progress| show(&shown, progress)).await;
    bar.finish_and_clear();
    done.map_err(|error| match error {
        Error::Conflict { constraint } => {
            let text =
                format!("Nothing was restored: {constraint}. A server that crashed counts as running for a minute.");
            Failure::new(Status::Refused, "not_empty", text)
        }
        Error::Corrupt(why) => Failure::new(Status::BadData, "not_a_backup", format!("{}: {why}", file.display())),
        other => other.into(),
    })?;
    output.result(&json!({ "restored": file }), |_| format!("Restored {}.", file.display()));
    Ok(())
}

fn bar(output: Output) -> ProgressBar {
    let target = if output.json { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
    let style = ProgressStyle::with_template("{msg:16} {wide_bar} {human_pos} of {human_len}  {eta}");
    ProgressBar::with_draw_target(None, target).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

fn show(bar: &ProgressBar, progress: Progress) {
    bar.set_length(progress.total);
    bar.set_position(progress.done);
    bar.set_message(progress.part);
}
