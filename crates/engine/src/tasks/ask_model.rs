//! Asking a language model for one piece of work: within time and tokens, its answer held to schema and facts, repaired once. Gives up
//! in words; what is made then is for `super::make`. Keeps nothing and sends nothing.

use std::collections::HashMap;
use std::sync::LazyLock;
use std::time::Duration;

use outrider_skills::{Background, Question, SKILLS, Skill};
use serde_json::Value;
use tokio::time::Instant;

use super::allowance::Allowance;
use crate::ports::{Conversation, LanguageModel, NoAnswer, Speaker, Turn};
use crate::schema::bounds;

/// Below this, no question is begun: it could hardly be answered.
const SHORTEST: Duration = Duration::from_secs(1);
/// Letters of a refused answer that are shown to the model again.
const SHOWN: usize = 6_000;
/// Letters to a token where an endpoint does not count: few, so that the count is rather high.
const LETTERS_TO_A_TOKEN: usize = 3;

/// A model with what it may use.
pub(super) struct Asking<'a> {
    pub(super) model: &'a dyn LanguageModel,
    pub(super) allowance: &'a Allowance,
    /// When the whole of the work is to be done.
    pub(super) until: Instant,
    /// Tokens used so far.
    pub(super) used: i64,
}

impl Asking<'_> {
    /// The output that the model writes; or in words, safe to show, why there is none.
    pub(super) async fn write(
        &mut self,
        skill: &'static Skill,
        input: &Value,
        background: &Background,
    ) -> Result<Value, String> {
        let question = skill.question(input, background).map_err(|problem| problem.message)?;
        let turn = |by, text| Turn { by, text };
        let mut turns = vec![
            turn(Speaker::Instructions, question.instructions.clone()),
            turn(Speaker::Asker, question.facts.clone()),
        ];
        let first = self.ask(skill.name, &question, &turns).await?;
        let problems = match read(skill, &question, &first) {
            Ok(output) => return Ok(output),
            Err(problems) => problems,
        };
        turns.push(turn(Speaker::Model, first.chars().take(SHOWN).collect()));
        turns.push(turn(
            Speaker::Asker,
            format!(
                "This can't be used:\n- {}\nAnswer again with the whole JSON object, corrected.",
                problems.join("\n- ")
            ),
        ));
        let second = self.ask(skill.name, &question, &turns).await?;
        read(skill, &question, &second)
            .map_err(|problems| format!("the model's answer was refused twice, at last for: {}", problems.join("; ")))
    }

    async fn ask(&mut self, name: &'static str, question: &Question, turns: &[Turn]) -> Result<String, String> {
        let within = self.until.saturating_duration_since(Instant::now());
        if within < SHORTEST {
            return Err("there was no time left to ask the model".to_owned());
        }
        let asked = tokens(turns.iter().map(|turn| turn.text.len()).sum());
        let most = asked + self.model.longest_answer();
        if !self.allowance.take(most) {
            return Err("the day's budget of tokens does not cover the question".to_owned());
        }
        let conversation = Conversation { name, schema: question.schema.clone(), turns: turns.to_vec(), within };
        // An adapter keeps to the time by itself; one that does not is not waited for.
        let late = || NoAnswer { why: "the model took too long".to_owned(), read: true };
        let answered = tokio::time::timeout(within, self.model.answer(conversation)).await;
        let answered = answered.unwrap_or_else(|_| Err(late()));
        let used = match &answered {
            Ok(said) => said.tokens.unwrap_or_else(|| asked + tokens(said.text.len())),
            Err(no) if no.read => asked,
            Err(_) => 0,
        };
        self.used += used;
        self.allowance.give_back(most - used);
        answered.map(|said| said.text).map_err(|no| no.why)
    }
}

fn tokens(letters: usize) -> i64 {
    i64::try_from(letters.div_ceil(LETTERS_TO_A_TOKEN)).unwrap_or(i64::MAX / 4)
}

/// The schemas of all outputs, for the check of their bounds.
static OUTPUTS: LazyLock<HashMap<&'static str, Value>> =
    LazyLock::new(|| SKILLS.iter().map(|skill| (skill.name, skill.output_schema())).collect());

/// An answer as an output, when it keeps to types, facts and bounds.
fn read(skill: &Skill, question: &Question, answer: &str) -> Result<Value, Vec<String>> {
    let mut output = skill.accept_answer(question, answer)?;
    match OUTPUTS.get(skill.name).map(|schema| bounds::check_alone(schema, &mut output)) {
        Some(Err(error)) => Err(vec![error.message]),
        _ => Ok(output),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use futures_util::future::BoxFuture;
    use outrider_skills::Background;
    use serde_json::json;
    use tokio::time::Instant;

    use super::Asking;
    use crate::ports::{Conversation, LanguageModel, NoAnswer, Said};
    use crate::tasks::allowance::Allowance;

    /// Never says anything.
    struct Mute;

    impl LanguageModel for Mute {
        fn name(&self) -> &str {
            "mute"
        }

        fn longest_answer(&self) -> i64 {
            10
        }

        fn answer(&self, _: Conversation) -> BoxFuture<'_, Result<Said, NoAnswer>> {
            Box::pin(std::future::pending())
        }
    }

    #[tokio::test]
    async fn a_model_that_says_nothing_is_given_up_in_time_and_its_question_counts() {
        let allowance = Allowance::of(100_000);
        let until = Instant::now() + Duration::from_millis(1_200);
        let mut asking = Asking { model: &Mute, allowance: &allowance, until, used: 0 };
        let skill = outrider_skills::find("lead_scoring").expect("a skill");
        let input = json!({ "contactName": "Jane Smith", "company": "Acme" });
        for why in ["took too long", "no time left"] {
            let refused = asking.write(skill, &input, &Background::default()).await;
            assert!(refused.as_ref().is_err_and(|said| said.contains(why)), "{refused:?}");
        }
        assert!(asking.used > 0 && allowance.take(100_000 - asking.used), "what was not used is given back");
    }
}
