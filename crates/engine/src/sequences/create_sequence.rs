//! `create_sequence`: a new sequence, checked as a whole.

use outrider_domain::id::{AgentId, SequenceId};
use outrider_domain::sequence::SequenceDefinition;
use outrider_store::sequences as rows;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::view::{self, Sequence, Status};
use crate::autonomy::check_sequence;
use crate::context::{Context, Event};
use crate::error::{Error, Result, code};
use crate::leads::{check_references, tidy};
use crate::operation::{Operation, Spec};

/// Creates a sequence.
pub struct CreateSequence;

/// What it is made of.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Unique in the project.
    #[schemars(length(min = 1, max = 200))]
    name: String,
    /// The agent in whose name it writes.
    #[serde(default)]
    agent_id: Option<AgentId>,
    /// Runs at once unless `paused`.
    #[serde(default)]
    status: Option<Status>,
    /// Steps, hours, stop rules, senders, approval.
    definition: SequenceDefinition,
}

impl Operation for CreateSequence {
    const SPEC: Spec =
        Spec::create("create_sequence", "sequences", "/sequences", "sequences:write", "Create a sequence.")
            .previews()
            .fails(&[code::ALREADY_EXISTS, code::RESOURCE_NOT_FOUND]);
    type Input = Input;
    type Output = Sequence;

    fn run(cx: &mut Context<'_, '_>, input: Input) -> Result<Sequence> {
        let name = tidy("name", Some(input.name))?.ok_or_else(|| Error::invalid("name", "A sequence needs a name."))?;
        check_references(cx, input.agent_id, None)?;
        view::check(cx, input.agent_id, &input.definition)?;
        check_sequence(cx, input.agent_id, None, input.definition.approval, &input.definition.channels())?;
        if rows::find(cx.tx, cx.project, &name)?.is_some() {
            return Err(Error::new(code::ALREADY_EXISTS, "A sequence with this name exists already.").at("name"));
        }
        let row = rows::Sequence {
            project_id: cx.project,
            id: SequenceId(cx.id()),
            name,
            agent_id: input.agent_id,
            status: input.status.unwrap_or(Status::Active).as_str().to_owned(),
            version: 1,
            definition: json!(input.definition).to_string(),
            created_at: cx.now,
            updated_at: cx.now,
        };
        cx.plan.push(json!({ "create_sequence": { "name": row.name, "steps": input.definition.steps.len() } }));
        row.clone().insert(cx.tx)?;
        cx.emit(Event::new("sequence.created").agent(row.agent_id).subject(row.id).data(json!({ "name": row.name })));
        view::view(cx, row)
    }
}
