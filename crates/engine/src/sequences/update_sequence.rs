//! `update_sequence`: other steps, another state. Enrollments go on with the new steps.

use outrider_domain::id::{AgentId, EnrollmentId, SequenceId};
use outrider_domain::patch::Patch;
use outrider_domain::sequence::SequenceDefinition;
use outrider_store::{jobs, sequences as rows};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::stop::stop_enrollment;
use super::view::{self, Sequence, Status};
use crate::autonomy::check_sequence;
use crate::context::{Context, Event};
use crate::error::{Error, Result, code};
use crate::gates::snapshot::read_json;
use crate::leads::{check_references, missing, tidy};
use crate::operation::{Operation, Spec};

/// Changes a sequence.
pub struct UpdateSequence;

/// What changes; absent fields stay.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The sequence.
    sequence_id: SequenceId,
    /// New name.
    #[serde(default)]
    name: Option<String>,
    /// Another agent, or null for none.
    #[serde(default)]
    agent_id: Patch<AgentId>,
    /// Pause, resume or archive it.
    #[serde(default)]
    status: Option<Status>,
    /// A new definition, whole. Steps are known by their keys: one that was sent under a key is never sent again.
    #[serde(default)]
    definition: Option<SequenceDefinition>,
}

/// Enrollments stopped per look when a sequence is archived.
const TOGETHER: i64 = 500;

impl Operation for UpdateSequence {
    const SPEC: Spec = Spec::patch(
        "update_sequence",
        "sequences",
        "/sequences/{sequence_id}",
        "sequences:write",
        "Change, pause, resume or archive a sequence.",
    )
    .previews()
    .fails(&[code::RESOURCE_NOT_FOUND, code::ALREADY_EXISTS, code::WRONG_STATE]);
    type Input = Input;
    type Output = Sequence;

    fn run(cx: &mut Context<'_, '_>, input: Input) -> Result<Sequence> {
        let mut row = rows::lock(cx.tx, cx.project, input.sequence_id)
            .map_err(|error| missing(error, "sequence", "sequence_id"))?;
        if row.status == "archived" && input.status.is_some_and(|status| status != Status::Archived) {
            return Err(
                Error::new(code::WRONG_STATE, "An archived sequence stays archived: make a new one.").at("status")
            );
        }
        if let Some(name) = tidy("name", input.name)? {
            if rows::find(cx.tx, cx.project, &name)?.is_some_and(|other| other.id != row.id) {
                return Err(Error::new(code::ALREADY_EXISTS, "A sequence with this name exists already.").at("name"));
            }
            row.name = name;
        }
        if let Patch::Value(agent) = &input.agent_id {
            check_references(cx, Some(*agent), None)?;
        }
        row.agent_id = input.agent_id.apply(row.agent_id);
        if let Some(definition) = input.definition {
            view::check(cx, row.agent_id, &definition)?;
            let before: SequenceDefinition = read_json(&row.definition, "a sequence's definition")?;
            check_sequence(cx, row.agent_id, before.approval, definition.approval, &definition.channels())?;
            row.definition = json!(definition).to_string();
            row.version += 1;
        }
        let before = row.status.clone();
        if let Some(status) = input.status {
            status.as_str().clone_into(&mut row.status);
        }
        row.updated_at = cx.now;
        row.clone().save(cx.tx)?;
        cx.plan.push(json!({ "update_sequence": { "id": row.id, "status": row.status, "version": row.version } }));
        cx.emit(
            Event::new("sequence.updated")
                .agent(row.agent_id)
                .subject(row.id)
                .data(json!({ "status": row.status, "version": row.version })),
        );
        match (before.as_str(), row.status.as_str()) {
            ("paused", "active") => {
                jobs::wake(cx.tx, cx.project, "sequence", cx.now)?;
            }
            (before, "archived") if before != "archived" => stop_all(cx, row.id)?,
            _ => {}
        }
        view::view(cx, row)
    }
}

fn stop_all(cx: &mut Context<'_, '_>, sequence: SequenceId) -> Result<()> {
    let mut after = EnrollmentId(0);
    loop {
        let ids = rows::unfinished(cx.tx, cx.project, sequence, after, TOGETHER)?;
        let Some(last) = ids.last().copied() else { return Ok(()) };
        for id in ids {
            let enrollment = rows::lock_enrollment(cx.tx, cx.project, id)?;
            stop_enrollment(cx, enrollment, "sequence_archived")?;
        }
        after = last;
    }
}
