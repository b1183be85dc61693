//! `apply_project`: makes the caller's project what a part of a workspace file says; the whole file is the operator's.

use outrider_domain::workspace::{ProjectEntry, Workspace};
use outrider_store::projects;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::project;
use crate::context::Context;
use crate::error::{Error, Result, code};
use crate::operation::{Effect, Operation, Spec};

/// Applies a file's part to the project.
pub struct ApplyProject;

/// The part.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// What the project shall be; its slug must be this project's.
    project: ProjectEntry,
}

/// What was done.
#[derive(Debug, Serialize, JsonSchema)]
pub struct AppliedProject {
    /// Every change, in order; empty when the project was as the part says.
    pub changes: Vec<Value>,
}

impl Operation for ApplyProject {
    const SPEC: Spec =
        Spec::act("apply_project", "workspace", "/workspace/apply", "workspace:write", "Make the project what a file says.")
            .describe(
                "Creates and updates by name and removes nothing; applying twice changes nothing the second time. The plan \
                 is the operator's to change; a looser policy and releasing the kill switch need the scope actions:approve \
                 too. Credits are granted only where a project is made.",
            )
            .effect(Effect::Outward)
            .previews()
            .fails(&[code::ALREADY_EXISTS, code::WRONG_STATE]);
    type Input = Input;
    type Output = AppliedProject;

    fn run(cx: &mut Context<'_, '_>, input: Input) -> Result<AppliedProject> {
        let own = projects::get(cx.tx, cx.project)?;
        if input.project.slug != own.slug {
            return Err(Error::invalid("project.slug", format!("This project's slug is {}.", own.slug)));
        }
        let file = Workspace { organization: "any".to_owned(), users: Vec::new(), projects: vec![input.project] };
        if let Some(problem) = file.validate().into_iter().next() {
            return Err(Error::invalid(problem.path.replacen("projects[0]", "project", 1), problem.message));
        }
        for part in &file.projects {
            project::apply(cx, part, false, "project")?;
        }
        Ok(AppliedProject { changes: cx.plan.clone() })
    }
}
