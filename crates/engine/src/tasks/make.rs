//! Makes outputs of orders, outside of any transaction: by the language model where there is one, else by the built-in
//! implementation, which is always there. Charges nothing and keeps nothing.

use std::collections::BTreeSet;
use std::time::Duration;

use outrider_skills::{Background, Skill};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::allowance::Allowance;
use super::ask_model::Asking;
use super::look_up::look_up;
use super::work::Work;
use super::workflows::input_of;
use crate::ports::Ports;

/// The name of the engine that is always there.
pub const BUILT_IN: &str = "built_in";
/// The name of several engines, each of which made a part.
const SEVERAL: &str = "several";
/// The longest that a caller who waits for an output is left waiting by a model, below [`crate::outside::DEADLINE_SECONDS`].
pub const PATIENCE_AT_ONCE: Duration = Duration::from_secs(35);
/// The longest for what is queued, below the lease of its job.
pub const PATIENCE_QUEUED: Duration = Duration::from_secs(90);

/// What is to be made.
#[derive(Debug, Clone)]
pub struct Order {
    /// A skill or a workflow.
    pub kind: &'static str,
    /// Checked.
    pub input: Value,
    /// What is known around it.
    pub background: Background,
    /// A domain whose site and DNS are looked at first.
    pub look_at: Option<String>,
    /// What a language model may use of the day's tokens.
    pub allowance: Allowance,
    /// How long a language model may take for the whole of it.
    pub patience: Duration,
}

/// What was made.
#[derive(Debug, Clone, PartialEq)]
pub struct Made {
    /// The output, with the name of what made it.
    pub output: Value,
    /// What made it.
    pub made_by: String,
    /// Tokens that a language model used for it.
    pub tokens: i64,
}

/// A piece of an output.
struct Piece {
    output: Value,
    made_by: String,
}

impl Piece {
    /// Says in the output what made it, and why that was not the model where there is one.
    fn new(mut output: Value, made_by: &str, instead: Option<&str>) -> Self {
        if let Some(fields) = output.as_object_mut() {
            fields.insert("engine".to_owned(), json!(made_by));
            if let Some(why) = instead {
                fields.insert("engineNote".to_owned(), json!(why));
            }
        }
        Self { output, made_by: made_by.to_owned() }
    }
}

/// Makes an output.
///
/// # Errors
/// In words, safe to show, when there is none; the task has then failed and costs nothing.
pub async fn make(ports: &Ports, mut order: Order) -> Result<Made, String> {
    let work = Work::find(order.kind).map_err(|error| error.message)?;
    let until = Instant::now() + order.patience;
    if let Some(domain) = order.look_at.take() {
        look_up(ports, &domain, &mut order.background).await;
    }
    let mut asking = ports.model.as_deref().map(|model| Asking { model, allowance: &order.allowance, until, used: 0 });
    let Piece { output, made_by } = match work {
        Work::Skill(skill) => piece(&mut asking, skill, &order.input, &order.background).await?,
        Work::Workflow(workflow) => {
            let mut found = json!({});
            let mut makers = BTreeSet::new();
            for step in workflow.steps {
                let skill = workflow.skill(step).map_err(|error| error.message)?;
                let input = input_of(step, &order.input, &found);
                let made = piece(&mut asking, skill, &input, &order.background).await?;
                makers.insert(made.made_by);
                found[*step] = made.output;
            }
            let one = makers.pop_first().filter(|_| makers.is_empty());
            Piece::new(workflow.output(&found), one.as_deref().unwrap_or(SEVERAL), None)
        }
    };
    Ok(Made { output, made_by, tokens: asking.map_or(0, |asking| asking.used) })
}

async fn piece(
    asking: &mut Option<Asking<'_>>,
    skill: &'static Skill,
    input: &Value,
    background: &Background,
) -> Result<Piece, String> {
    let mut instead = None;
    if let Some(asking) = asking {
        match asking.write(skill, input, background).await {
            Ok(output) => return Ok(Piece::new(output, asking.model.name(), None)),
            Err(why) => {
                tracing::info!(
                    skill = skill.name,
                    model = asking.model.name(),
                    why,
                    "the built-in implementation steps in"
                );
                instead = Some(why);
            }
        }
    }
    let output = skill.run(input, background).map_err(|problem| problem.message)?;
    Ok(Piece::new(output, BUILT_IN, instead.as_deref()))
}

#[cfg(test)]
mod tests {
    use outrider_skills::Background;
    use serde_json::Value;

    use super::{BUILT_IN, Order, PATIENCE_QUEUED, make};
    use crate::ports::Ports;
    use crate::tasks::allowance::Allowance;
    use crate::tasks::workflows::ALL;

    #[tokio::test]
    async fn every_workflow_runs_its_example_and_gives_every_step() {
        for workflow in ALL {
            let input: Value = serde_json::from_str(workflow.example).expect("JSON");
            let order = Order {
                kind: workflow.name,
                input,
                background: Background::default(),
                look_at: None,
                allowance: Allowance::default(),
                patience: PATIENCE_QUEUED,
            };
            let made = make(&Ports::default(), order).await.unwrap_or_else(|why| panic!("{}: {why}", workflow.name));
            assert_eq!((made.made_by.as_str(), made.tokens), (BUILT_IN, 0));
            for step in workflow.steps {
                assert_eq!(made.output["steps"][step]["engine"], BUILT_IN, "{}: {step}", workflow.name);
            }
            assert!(outrider_skills::find(workflow.name).is_none(), "a workflow has a name of its own");
        }
    }
}
