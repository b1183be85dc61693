//! `list_workflows`: what can be asked for beside single skills.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::work::Work;
use super::workflows::ALL;
use crate::context::Context;
use crate::core::Settings;
use crate::error::Result;
use crate::operation::{Empty, Operation, Spec};

/// Lists workflows.
pub struct ListWorkflows;

/// A workflow.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Listed {
    /// Its name.
    pub id: String,
    /// For people.
    pub name: String,
    /// What it does.
    pub description: String,
    /// Its skills, in order.
    pub steps: Vec<String>,
    /// Always `async`.
    pub mode: String,
    /// Credits of its steps together.
    pub credit_cost: i64,
    /// An input that works.
    pub example_payload: Value,
}

/// All of them.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Workflows {
    /// In the order of the documentation.
    pub workflows: Vec<Listed>,
}

/// All of them, with their prices.
#[must_use]
pub fn listed(settings: &Settings) -> Vec<Listed> {
    ALL.iter()
        .map(|workflow| Listed {
            id: workflow.name.to_owned(),
            name: workflow.title.to_owned(),
            description: workflow.description.to_owned(),
            steps: workflow.steps.iter().map(|step| (*step).to_owned()).collect(),
            mode: "async".to_owned(),
            credit_cost: Work::Workflow(workflow).unit_price(settings),
            example_payload: serde_json::from_str(workflow.example).unwrap_or(Value::Null),
        })
        .collect()
}

impl Operation for ListWorkflows {
    const SPEC: Spec =
        Spec::get("list_workflows", "tasks", "/workflows", "tasks:read", "List workflows: skills one after the other.");
    type Input = Empty;
    type Output = Workflows;

    fn run(cx: &mut Context<'_, '_>, _: Empty) -> Result<Workflows> {
        Ok(Workflows { workflows: listed(&cx.core.settings) })
    }
}
