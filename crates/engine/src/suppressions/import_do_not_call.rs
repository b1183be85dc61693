//! `import_do_not_call`: numbers of a do-not-call list are never called again; mail to their leads goes on.

use outrider_domain::address::Phone;
use outrider_domain::id::SuppressionId;
use outrider_store::{leads, suppressions as rows};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::context::{Context, Event};
use crate::error::{Error, Result};
use crate::fields::required;
use crate::operation::{Operation, Spec};
use crate::opt_out;

/// Imports a do-not-call list.
pub struct ImportDoNotCall;

/// Most numbers in one call.
pub const BATCH: usize = 5_000;

/// The numbers, and where they come from.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// E.164 each, 5,000 at most.
    #[schemars(length(min = 1, max = 5000))]
    pub numbers: Vec<String>,
    /// Name of the list, such as `Bloctel 2026-11`: kept with each number.
    #[schemars(length(min = 1, max = 200))]
    pub list: String,
}

/// What became of them.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
pub struct Imported {
    /// Numbers that must not be called from now on.
    pub added: usize,
    /// Numbers that were suppressed before.
    pub known: usize,
    /// Numbers that are none.
    pub refused: Vec<RefusedNumber>,
    /// Leads whose open calls were stopped.
    pub leads_stopped: usize,
}

/// A number that is none.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct RefusedNumber {
    /// Its place in the request, from 0.
    pub index: usize,
    /// What is wrong with it.
    pub reason: String,
}

impl Operation for ImportDoNotCall {
    const SPEC: Spec = Spec::act(
        "import_do_not_call",
        "suppressions",
        "/suppressions/do-not-call",
        "suppressions:write",
        "Never call the numbers of a do-not-call list.",
    )
    .describe("Takes effect at once: open calls to these numbers are refused. Numbers that are none are named and the others taken. Importing again changes nothing.")
    .previews();
    type Input = Input;
    type Output = Imported;

    fn run(cx: &mut Context<'_, '_>, input: Input) -> Result<Imported> {
        if input.numbers.is_empty() || input.numbers.len() > BATCH {
            return Err(Error::invalid("numbers", format!("Give 1 to {BATCH} numbers.")));
        }
        let list = required("list", input.list)?;
        let mut imported = Imported::default();
        let mut numbers = Vec::with_capacity(input.numbers.len());
        for (index, text) in input.numbers.iter().enumerate() {
            match Phone::parse(text) {
                Ok(number) => numbers.push(number.to_string()),
                Err(error) => imported.refused.push(RefusedNumber { index, reason: format!("{error}.") }),
            }
        }
        let valid = numbers.len();
        numbers.sort_unstable();
        numbers.dedup();
        let entries = numbers.into_iter().map(|value| rows::Suppression {
            project_id: cx.project,
            id: SuppressionId(cx.id()),
            kind: "phone".to_owned(),
            value,
            reason: "do_not_call".to_owned(),
            detail: Some(list.clone()),
            lead_id: None,
            created_by: cx.actor.to_string(),
            created_at: cx.now,
        });
        let entries: Vec<rows::Suppression> = entries.collect();
        let added = rows::add_many(cx.tx, entries)?;
        imported.added = added.len();
        imported.known = valid - added.len();
        let detail = format!("the number is on the list {list}");
        for number in leads::known_phones(cx.tx, cx.project, added)? {
            for lead in leads::ids_by_phone(cx.tx, cx.project, &number)? {
                opt_out::stop_calls(cx, lead, "suppressed", &detail)?;
                imported.leads_stopped += 1;
            }
        }
        cx.plan.push(json!({ "import_do_not_call": { "list": list, "added": imported.added } }));
        cx.emit(Event::new("do_not_call.imported").data(json!({ "list": list, "added": imported.added })));
        Ok(imported)
    }
}
