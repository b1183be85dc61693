//! `outrider migrate`: brings the schema to this binary's version, or says what that would take.

use serde_json::{Value, json};

use crate::failure::{Failure, Outcome, Status};
use crate::installation::open_store;
use crate::output::Output;
use crate::settings::Settings;

pub(super) async fn run(settings: Settings, check: bool, output: Output) -> Outcome {
    let store = open_store(&settings).await?;
    let names = if check { store.pending().await? } else { store.migrate().await? };
    let field = if check { "pending" } else { "applied" };
    output.result(&json!({ field: names }), |_: &Value| match (names.as_slice(), check) {
        ([], _) => "The database is of this binary's version.".to_owned(),
        (names, true) => format!("To be applied: {}", names.join(", ")),
        (names, false) => format!("Applied: {}", names.join(", ")),
    });
    if check && !names.is_empty() {
        let text = "The database is of an older version: run `outrider migrate`.";
        return Err(Failure::new(Status::Refused, "migration_needed", text));
    }
    Ok(())
}
