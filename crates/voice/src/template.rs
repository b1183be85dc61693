//! A call template: what is said, asked and recorded on one kind of call, and the whole of it as a prompt. Reads no file and speaks to nobody.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::script::FieldError;
use crate::turn::Outcome;

mod disclosure;
mod prompt;
pub(crate) mod text;

pub(crate) use disclosure::{claims_to_be_human, discloses};
pub(crate) use text::{render, sentences};

/// Names any text of a template may use beside its placeholders: the lead's fields, who speaks, and why this call is made.
///
/// `pitch` and `pain_point` come from the agent's brain, `call_reason` from whoever asked for the call. Any of them may be
/// missing, so a text must guard them: `{% if first_name %} {{ first_name }}{% endif %}`.
pub const CALL_VALUES: [&str; 10] = [
    "first_name",
    "last_name",
    "name",
    "company",
    "role",
    "agentName",
    "companyName",
    "call_reason",
    "pitch",
    "pain_point",
];

/// One kind of call. Texts are in the notation of [`outrider_domain::template`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub struct Template {
    /// Its name in addresses and files: lower-case letters, digits and `-`.
    pub id: String,
    /// A title for lists.
    pub title: String,
    /// What such a call is for, in one or two sentences.
    pub description: String,
    /// Language it speaks, as a BCP 47 tag such as `en`.
    pub language: String,
    /// A short word for the shape of the conversation, such as `appointment_booking`.
    pub flow_type: String,
    /// Whether whoever makes an agent of it may add output variables and transfer triggers of their own.
    pub dynamic: bool,
    /// What an agent made of it is called when nobody gives it a name.
    pub agent_name: String,
    /// Who is calling, as said on the phone: a text such as `{{ clinicName }}`.
    pub caller: String,
    /// Why, as the end of the sentence "I'm calling …".
    pub purpose: String,
    /// Who the assistant is, for the prompt alone; never spoken.
    pub role: String,
    /// Rules for the prompt alone; never spoken.
    pub guidelines: Vec<String>,
    /// Values the business gives.
    pub placeholders: Vec<Placeholder>,
    /// The first words.
    pub opening: Opening,
    /// What is asked, in order, the first state first.
    pub flow: Vec<State>,
    /// Questions it has answers to.
    pub questions: Vec<Reply>,
    /// Objections it answers once; raised again, they are accepted.
    pub objections: Vec<Reply>,
    /// When it hands over to a person.
    pub transfers: Vec<TransferRule>,
    /// What is left on an answering machine.
    pub voicemail: String,
    /// Last words per outcome; the catalog's common ones where there is none.
    pub closings: BTreeMap<Outcome, String>,
    /// What it finds out.
    pub variables: Vec<OutputVariable>,
    /// Which variables make a meeting.
    pub meeting: Option<MeetingRule>,
    /// The phrases of [`crate::catalog::PHRASES`], each with the forms to choose from.
    pub phrases: BTreeMap<String, Vec<String>>,
}

/// A value the business gives once for all calls.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub struct Placeholder {
    /// Its name in texts.
    pub name: String,
    /// What to put there.
    pub description: String,
    /// Whether a call can't be made without it.
    pub required: bool,
    /// Taken when no value is given.
    pub default: Option<String>,
    /// A value to learn from.
    pub example: String,
}

/// The first words of a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub struct Opening {
    /// Who calls, and that it is a machine: always the first sentence.
    pub disclosure: String,
    /// Why; the first question follows.
    pub text: String,
}

/// A place in the conversation: something to say, something to ask, or both.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub struct State {
    /// Its name in branches.
    pub id: String,
    /// Said before the question.
    pub say: Option<String>,
    /// The question; a state without one goes on at once.
    pub ask: Option<String>,
    /// The question in other words, for when the answer was not understood.
    pub reprompts: Vec<String>,
    /// What the answer fills; without it the answer is yes or no and only decides where to go.
    pub variable: Option<String>,
    /// Whether to go on without an answer when none was understood.
    pub optional: bool,
    /// Where an answer leads: `yes`, `no`, `unsure`, a value of an enum, or a range of numbers such as `0-6`.
    pub on: BTreeMap<String, Target>,
    /// Where any other answer leads.
    pub next: Target,
}

/// Where a conversation goes on. In files a state's id, `end`, `end.OUTCOME`, `callback` or `transfer`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Target {
    /// The state of that id.
    State(String),
    /// The end, with that outcome.
    End(Outcome),
    /// Asking when to call again.
    Callback,
    /// A person.
    Transfer,
}

/// An answer to a question or an objection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub struct Reply {
    /// Its name in reports.
    pub id: String,
    /// What the callee may say, in the notation of [`outrider_domain::words::Pattern`].
    pub patterns: Vec<String>,
    /// The answer. Not given when a value it needs is missing.
    pub text: String,
}

/// When a call goes to a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub struct TransferRule {
    /// The condition in words, as the prompt says it and as evidence shows it.
    pub when: String,
    /// What the callee may say; where there is none, the words of `when` are looked for.
    pub patterns: Vec<String>,
}

/// Which variables hold the meeting that was agreed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct MeetingRule {
    /// A `date` variable.
    pub day: String,
    /// A variable whose format is `time`.
    #[serde(default)]
    pub time: Option<String>,
}

/// Something a call finds out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct OutputVariable {
    /// Its name in results: letters, digits and `_`, at most 60.
    pub name: String,
    /// What kind of value it takes; `string` when left out.
    #[serde(default, rename = "type")]
    pub kind: VariableType,
    /// What it means; also how it is asked for when there is no question.
    #[serde(default)]
    pub description: String,
    /// How it is asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub question: Option<String>,
    /// The values of an `enum`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<Choice>,
    /// What a `string` must look like.
    #[serde(default)]
    pub format: TextFormat,
    /// Least number taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<f64>,
    /// Greatest number taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<f64>,
    /// Whether a `date` may not lie in the past.
    #[serde(default)]
    pub future: bool,
    /// Whether a `date` lies in the past, so that "Friday" means the last one.
    #[serde(default)]
    pub past: bool,
}

/// What kind of value an output variable takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum VariableType {
    /// Text; [`TextFormat`] says which.
    #[default]
    String,
    /// A number.
    Number,
    /// True or false.
    Boolean,
    /// One of the options.
    Enum,
    /// A day, `YYYY-MM-DD`.
    Date,
}

impl VariableType {
    /// Its name in files and results.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Number => "number",
            Self::Boolean => "boolean",
            Self::Enum => "enum",
            Self::Date => "date",
        }
    }
}

/// What a text must look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum TextFormat {
    /// The callee's own words.
    #[default]
    Text,
    /// A person's name.
    Name,
    /// A mail address.
    Email,
    /// A phone number, digits with or without `+`.
    Phone,
    /// A time of day `HH:MM`, or `morning`, `afternoon` or `evening`.
    Time,
}

/// One value of an enum. In JSON and files also just its value as a string.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(from = "ChoiceForm")]
#[schemars(inline)]
pub struct Choice {
    /// The value in results.
    pub value: String,
    /// Other ways to say it, in the notation of [`outrider_domain::words::Pattern`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub synonyms: Vec<String>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(inline)]
enum ChoiceForm {
    Value(String),
    Full {
        value: String,
        #[serde(default)]
        synonyms: Vec<String>,
    },
}

impl From<ChoiceForm> for Choice {
    fn from(form: ChoiceForm) -> Self {
        match form {
            ChoiceForm::Value(value) => Self { value, synonyms: Vec::new() },
            ChoiceForm::Full { value, synonyms } => Self { value, synonyms },
        }
    }
}

impl Template {
    /// Required values that are absent or blank, one error per placeholder named by it.
    #[must_use]
    pub fn missing(&self, values: &BTreeMap<String, String>) -> Vec<FieldError> {
        self.placeholders
            .iter()
            .filter(|placeholder| placeholder.required && placeholder.default.is_none())
            .filter(|placeholder| values.get(&placeholder.name).is_none_or(|value| value.trim().is_empty()))
            .map(|placeholder| {
                let what = placeholder.description.trim_end_matches('.');
                FieldError::new(&placeholder.name, format!("is required: {what}, such as \"{}\"", placeholder.example))
            })
            .collect()
    }

    /// The values with defaults filled in; blank ones left out.
    #[must_use]
    pub fn filled(&self, values: &BTreeMap<String, String>) -> BTreeMap<String, String> {
        let defaults = self.placeholders.iter().filter_map(|placeholder| {
            placeholder.default.as_ref().map(|default| (placeholder.name.clone(), default.clone()))
        });
        let given = values
            .iter()
            .filter(|(_, value)| !value.trim().is_empty())
            .map(|(name, value)| (name.clone(), value.trim().to_owned()));
        defaults.chain(given).collect()
    }

    /// The state of that id.
    #[must_use]
    pub fn state(&self, id: &str) -> Option<&State> {
        self.flow.iter().find(|state| state.id == id)
    }

    /// The variable of that name.
    #[must_use]
    pub fn variable(&self, name: &str) -> Option<&OutputVariable> {
        self.variables.iter().find(|variable| variable.name == name)
    }
}

/// Whether a branch's answer is a range of numbers, such as `0-6` or `9`.
pub(crate) fn is_range(answer: &str) -> bool {
    range(answer).is_some()
}

/// The least and greatest number of a range.
pub(crate) fn range(answer: &str) -> Option<(f64, f64)> {
    let (least, greatest) = answer.split_once('-').unwrap_or((answer, answer));
    let (least, greatest) = (least.trim().parse::<f64>().ok()?, greatest.trim().parse::<f64>().ok()?);
    (least <= greatest).then_some((least, greatest))
}
