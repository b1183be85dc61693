//! `outrider apply` and `outrider export`: the workspace as a file.

use std::path::Path;

use outrider_domain::workspace::{Format, Workspace, parse};
use outrider_engine::workspace::installation as workspace;
use serde_json::json;

use crate::arguments::{Apply, Export};
use crate::failure::{Failure, Outcome, Status};
use crate::installation::Installation;
use crate::output::{self, Output};
use crate::settings::Settings;

pub(super) async fn apply(settings: Settings, given: Apply, output: Output) -> Outcome {
    let workspace = read(&given.file)?;
    for warning in workspace.warnings() {
        output.note(&format!("warning: {warning}"));
    }
    let installation = Installation::open(settings).await?;
    let done = workspace::apply(&installation.pipeline, &workspace, given.dry_run, given.plan_digest).await;
    installation.close().await?;
    let applied = done.map_err(|error| {
        let failure = Failure::from(error);
        Failure { message: format!("{}: {}", given.file.display(), failure.message), ..failure }
    })?;
    output.result(&json!(applied), |_| match (applied.plan.as_slice(), applied.dry_run) {
        ([], _) => "The workspace is as the file says: nothing to change.".to_owned(),
        (plan, true) => format!("Would change:\n{}Digest: {}", output::plan(plan), applied.digest),
        (plan, false) => format!("Changed:\n{}", output::plan(plan)),
    });
    Ok(())
}

/// Reads a workspace file, and finds everything that is wrong in it.
pub(super) fn read(file: &Path) -> Outcome<Workspace> {
    let text = std::fs::read_to_string(file).map_err(|error| match error.kind() {
        std::io::ErrorKind::InvalidData => {
            Failure::new(Status::BadData, "bad_workspace", format!("{}: not UTF-8 text", file.display()))
        }
        _ => Failure::file(file, &error),
    })?;
    let wrong = |what: String| Failure::new(Status::BadData, "bad_workspace", format!("{}: {what}", file.display()));
    let format = Format::of_file(&file.display().to_string());
    let workspace = parse(&text, format).map_err(|error| wrong(error.to_string()))?;
    let problems = workspace.validate();
    if !problems.is_empty() {
        let lines: Vec<String> = problems.iter().map(|problem| format!("\n  {problem}")).collect();
        return Err(wrong(format!("{} problems:{}", problems.len(), lines.concat())));
    }
    Ok(workspace)
}

pub(super) async fn export(settings: Settings, given: Export, output: Output) -> Outcome {
    let installation = Installation::open(settings).await?;
    let exported = workspace::export(&installation.pipeline, given.project.as_deref()).await;
    installation.close().await?;
    let format = if output.json { Format::Json } else { Format::Toml };
    let text = exported?.to_text(format).map_err(|error| Failure::new(Status::Internal, "internal_error", error))?;
    output::line(text.trim_end());
    Ok(())
}
