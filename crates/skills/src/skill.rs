//! What a skill is: types in and out, a prompt, an example, and a function between them. Knows none by name.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, SchemaGenerator};
use serde::de::DeserializeOwned;
use serde::{Deserialize as _, Serialize};
use serde_json::Value;

use crate::background::Background;

/// When a caller hears the output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// In the answer.
    Sync,
    /// Later, by polling or a callback.
    Async,
}

/// What is wrong with an input or an output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The field, as a dotted path; empty for the whole.
    pub field: String,
    /// In words, safe to show.
    pub message: String,
}

impl Problem {
    /// At a field.
    #[must_use]
    pub fn at(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { field: field.into(), message: message.into() }
    }
}

/// What a skill wants to know before it runs. All of it is optional knowledge: a skill also runs without.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Needs {
    /// A person's name.
    pub person: Option<String>,
    /// A company's name.
    pub company: Option<String>,
    /// A company's domain.
    pub domain: Option<String>,
    /// Whether the company's site and DNS are worth a look.
    pub site: bool,
}

impl Needs {
    /// The domain whose site and DNS are worth a look, when that is wanted: the one that was named, else the known company's.
    #[must_use]
    pub fn looked_at(&self, known: &Background) -> Option<String> {
        let domain = || known.company.as_ref().and_then(|company| company.domain.clone());
        self.site.then(|| self.domain.clone().or_else(domain)).flatten()
    }
}

/// A skill, with its types.
pub trait Definition {
    /// Name in every API, such as `lead_scoring`.
    const NAME: &'static str;
    /// For people.
    const TITLE: &'static str;
    /// What it does, in one sentence.
    const DESCRIPTION: &'static str;
    /// When a caller hears the output.
    const MODE: Mode = Mode::Sync;
    /// What a language model is told.
    const PROMPT: &'static str;
    /// An input, as JSON.
    const EXAMPLE: &'static str;
    /// Places of the output that say what is known, as JSON pointers: looked up, and never a language model's to write.
    const FACTS: &'static [&'static str] = &[];
    /// What it takes.
    type Input: Serialize + DeserializeOwned + JsonSchema;
    /// What it gives.
    type Output: Serialize + DeserializeOwned + JsonSchema;

    /// Looks at what the schema can't say.
    ///
    /// # Errors
    /// The field at fault.
    fn check(input: &Self::Input) -> Result<(), Problem> {
        let _ = input;
        Ok(())
    }

    /// What it wants to know.
    fn needs(input: &Self::Input) -> Needs {
        let _ = input;
        Needs::default()
    }

    /// Contacts it works for: what its price is multiplied with.
    fn units(input: &Self::Input) -> i64 {
        let _ = input;
        1
    }

    /// The built-in implementation.
    fn run(input: &Self::Input, background: &Background) -> Self::Output;

    /// What keeps an output from being used: a text too long for its channel, an empty field.
    fn problems(output: &Self::Output) -> Vec<String>;
}

/// A skill without its types, as the list holds it.
pub struct Skill {
    /// Name in every API.
    pub name: &'static str,
    /// For people.
    pub title: &'static str,
    /// One sentence.
    pub description: &'static str,
    /// When a caller hears the output.
    pub mode: Mode,
    /// What a language model is told.
    pub prompt: &'static str,
    /// Places of the output that say what is known, as JSON pointers.
    pub facts_at: &'static [&'static str],
    example: &'static str,
    input: fn() -> Value,
    output: fn() -> Value,
    check: fn(&Value) -> Result<(Needs, i64), Problem>,
    run: fn(&Value, &Background) -> Result<Value, Problem>,
    accept: fn(&Value) -> Result<Value, Vec<String>>,
}

impl Skill {
    /// Of a definition.
    #[must_use]
    pub const fn of<D: Definition>() -> Self {
        Self {
            name: D::NAME,
            title: D::TITLE,
            description: D::DESCRIPTION,
            mode: D::MODE,
            prompt: D::PROMPT,
            facts_at: D::FACTS,
            example: D::EXAMPLE,
            input: schema_of_input::<D>,
            output: schema_of_output::<D>,
            check: check::<D>,
            run: run::<D>,
            accept: accept::<D>,
        }
    }

    /// JSON Schema 2020-12 of the input, without references.
    #[must_use]
    pub fn input_schema(&self) -> Value {
        (self.input)()
    }

    /// JSON Schema 2020-12 of the output, without references.
    #[must_use]
    pub fn output_schema(&self) -> Value {
        (self.output)()
    }

    /// An input that works.
    #[must_use]
    pub fn example(&self) -> Value {
        serde_json::from_str(self.example).unwrap_or(Value::Null)
    }

    /// Checks an input; gives what the skill wants to know for it, and for how many contacts it works.
    ///
    /// # Errors
    /// The field at fault.
    pub fn check(&self, input: &Value) -> Result<(Needs, i64), Problem> {
        (self.check)(input)
    }

    /// Runs the built-in implementation.
    ///
    /// # Errors
    /// The field at fault, for an input that [`Skill::check`] refuses.
    pub fn run(&self, input: &Value, background: &Background) -> Result<Value, Problem> {
        (self.run)(input, background)
    }

    /// Takes what somebody else made of an input, when it is a proper output.
    ///
    /// # Errors
    /// Everything that is wrong with it, in words for whoever made it.
    pub fn accept(&self, output: &Value) -> Result<Value, Vec<String>> {
        (self.accept)(output)
    }
}

fn generator() -> SchemaGenerator {
    SchemaSettings::draft2020_12()
        .with(|settings| {
            settings.inline_subschemas = true;
            settings.meta_schema = None;
        })
        .for_deserialize()
        .into_generator()
}

fn schema_of_input<D: Definition>() -> Value {
    generator().into_root_schema_for::<D::Input>().to_value()
}

fn schema_of_output<D: Definition>() -> Value {
    generator().into_root_schema_for::<D::Output>().to_value()
}

fn decode<D: Definition>(input: &Value) -> Result<D::Input, Problem> {
    if !input.is_object() {
        return Err(Problem::at("", "The input must be a JSON object."));
    }
    let input = serde_path_to_error::deserialize::<_, D::Input>(input).map_err(|error| {
        let path = error.path().to_string();
        let message = error.into_inner().to_string();
        let named = message.split('`').nth(1).filter(|_| message.contains("field `"));
        let field = match (named, path.as_str()) {
            (Some(named), ".") => named.to_owned(),
            (Some(named), path) if message.starts_with("missing") => format!("{path}.{named}"),
            (None, ".") => String::new(),
            (_, path) => path.to_owned(),
        };
        Problem::at(field, message)
    })?;
    D::check(&input)?;
    Ok(input)
}

fn check<D: Definition>(input: &Value) -> Result<(Needs, i64), Problem> {
    let input = decode::<D>(input)?;
    Ok((D::needs(&input), D::units(&input)))
}

fn run<D: Definition>(input: &Value, background: &Background) -> Result<Value, Problem> {
    let output = D::run(&decode::<D>(input)?, background);
    serde_json::to_value(output).map_err(|error| Problem::at("", error.to_string()))
}

fn accept<D: Definition>(output: &Value) -> Result<Value, Vec<String>> {
    let output = D::Output::deserialize(output).map_err(|error| vec![error.to_string()])?;
    let problems = D::problems(&output);
    if !problems.is_empty() {
        return Err(problems);
    }
    serde_json::to_value(output).map_err(|error| vec![error.to_string()])
}
