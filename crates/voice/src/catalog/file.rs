//! A template's file: TOML as people write it, turned into a [`Template`] with defaults filled in. What it means is judged in `check`.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use super::phrases::{Forms, Phrases, entries};
use super::{Problem, check};
use crate::template::{
    MeetingRule, Opening, OutputVariable, Placeholder, Reply, State, Target, Template, TransferRule,
};
use crate::turn::Outcome;

/// A file as written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    pub(super) title: Spanned<String>,
    pub(super) description: Spanned<String>,
    #[serde(default = "english")]
    pub(super) language: String,
    pub(super) flow_type: String,
    #[serde(default)]
    pub(super) dynamic: bool,
    pub(super) agent_name: Spanned<String>,
    pub(super) caller: Spanned<String>,
    pub(super) purpose: Spanned<String>,
    pub(super) role: Spanned<String>,
    #[serde(default)]
    pub(super) guidelines: Vec<Spanned<String>>,
    pub(super) voicemail: Spanned<String>,
    pub(super) opening: OpeningEntry,
    #[serde(default)]
    pub(super) placeholders: Vec<PlaceholderEntry>,
    pub(super) flow: Vec<StateEntry>,
    #[serde(default)]
    pub(super) questions: Vec<ReplyEntry>,
    #[serde(default)]
    pub(super) objections: Vec<ReplyEntry>,
    #[serde(default)]
    pub(super) transfers: Vec<TransferEntry>,
    #[serde(default)]
    pub(super) closings: BTreeMap<String, Spanned<String>>,
    #[serde(default)]
    pub(super) variables: Vec<Spanned<OutputVariable>>,
    #[serde(default)]
    pub(super) meeting: Option<Spanned<MeetingRule>>,
    #[serde(default)]
    phrases: BTreeMap<String, Spanned<Forms>>,
}

fn english() -> String {
    "en".to_owned()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OpeningEntry {
    pub(super) disclosure: Spanned<String>,
    pub(super) text: Spanned<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PlaceholderEntry {
    pub(super) name: Spanned<String>,
    description: String,
    #[serde(default)]
    required: bool,
    #[serde(default)]
    default: Option<String>,
    example: String,
}

impl PlaceholderEntry {
    /// A value as every call has one; none for what may be missing.
    pub(super) fn sure(&self) -> Option<&str> {
        self.default.as_deref().or_else(|| self.required.then_some(self.example.as_str()))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StateEntry {
    pub(super) id: Spanned<String>,
    #[serde(default)]
    pub(super) say: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) ask: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) reprompts: Vec<Spanned<String>>,
    #[serde(default)]
    pub(super) variable: Option<Spanned<String>>,
    #[serde(default)]
    optional: bool,
    #[serde(default)]
    pub(super) on: BTreeMap<String, Spanned<String>>,
    #[serde(default)]
    pub(super) next: Option<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ReplyEntry {
    pub(super) id: Spanned<String>,
    pub(super) patterns: Vec<String>,
    pub(super) text: Spanned<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TransferEntry {
    pub(super) when: Spanned<String>,
    #[serde(default)]
    patterns: Vec<String>,
}

/// Reads one file; what is wrong with it goes to `problems`.
pub(super) fn read(name: &str, text: &str, phrases: &Phrases, problems: &mut Vec<Problem>) -> Option<Template> {
    let id = name.strip_suffix(".toml").unwrap_or(name);
    let is_id = !id.is_empty()
        && id.len() <= 60
        && id.starts_with(|c: char| c.is_ascii_lowercase())
        && id.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    if !is_id || !name.ends_with(".toml") {
        let message = "the file's name must be ID.toml, the id of lower-case letters, digits and -".to_owned();
        problems.push(Problem { file: name.to_owned(), line: 1, message });
        return None;
    }
    let file: File = match toml::from_str(text) {
        Ok(file) => file,
        Err(error) => {
            problems.push(syntax_problem(name, text, &error));
            return None;
        }
    };
    let before = problems.len();
    check::check(name, text, &file, problems);
    let mut file = file;
    let own = entries(name, text, std::mem::take(&mut file.phrases), problems);
    let template =
        template(id, file, phrases.iter().map(|(key, forms)| (key.clone(), forms.clone())).chain(own).collect());
    (problems.len() == before).then_some(template)
}

fn template(id: &str, file: File, phrases: Phrases) -> Template {
    let ids: Vec<String> = file.flow.iter().map(|state| state.id.get_ref().clone()).collect();
    let next =
        |index: usize| ids.get(index + 1).map_or(Target::End(Outcome::Completed), |id| Target::State(id.clone()));
    let flow = file.flow.into_iter().enumerate().map(|(index, state)| State {
        next: state.next.map_or_else(|| next(index), |target| target_of(target.get_ref())),
        id: state.id.into_inner(),
        say: state.say.map(Spanned::into_inner),
        ask: state.ask.map(Spanned::into_inner),
        reprompts: state.reprompts.into_iter().map(Spanned::into_inner).collect(),
        variable: state.variable.map(Spanned::into_inner),
        optional: state.optional,
        on: state.on.into_iter().map(|(answer, target)| (answer, target_of(target.get_ref()))).collect(),
    });
    Template {
        id: id.to_owned(),
        title: file.title.into_inner(),
        description: file.description.into_inner(),
        language: file.language,
        flow_type: file.flow_type,
        dynamic: file.dynamic,
        agent_name: file.agent_name.into_inner(),
        caller: file.caller.into_inner(),
        purpose: file.purpose.into_inner(),
        role: file.role.into_inner(),
        guidelines: file.guidelines.into_iter().map(Spanned::into_inner).collect(),
        placeholders: file
            .placeholders
            .into_iter()
            .map(|entry| Placeholder {
                name: entry.name.into_inner(),
                description: entry.description,
                required: entry.required,
                default: entry.default,
                example: entry.example,
            })
            .collect(),
        opening: Opening { disclosure: file.opening.disclosure.into_inner(), text: file.opening.text.into_inner() },
        flow: flow.collect(),
        questions: replies(file.questions),
        objections: replies(file.objections),
        transfers: file
            .transfers
            .into_iter()
            .map(|entry| TransferRule { when: entry.when.into_inner(), patterns: entry.patterns })
            .collect(),
        voicemail: file.voicemail.into_inner(),
        closings: file
            .closings
            .into_iter()
            .filter_map(|(outcome, text)| Some((Outcome::parse(&outcome)?, text.into_inner())))
            .collect(),
        variables: file.variables.into_iter().map(Spanned::into_inner).collect(),
        meeting: file.meeting.map(Spanned::into_inner),
        phrases,
    }
}

fn replies(entries: Vec<ReplyEntry>) -> Vec<Reply> {
    entries
        .into_iter()
        .map(|entry| Reply { id: entry.id.into_inner(), patterns: entry.patterns, text: entry.text.into_inner() })
        .collect()
}

/// What a branch names. Unknown outcomes are left as states, where `check` finds them.
pub(super) fn target_of(text: &str) -> Target {
    match text {
        "end" => Target::End(Outcome::Completed),
        "callback" => Target::Callback,
        "transfer" => Target::Transfer,
        other => other
            .strip_prefix("end.")
            .and_then(Outcome::parse)
            .map_or_else(|| Target::State(other.to_owned()), Target::End),
    }
}

/// The line of a place in a text, from 1.
pub(super) fn line_of(text: &str, at: usize) -> usize {
    text.get(..at).map_or(1, |before| before.matches('\n').count() + 1)
}

/// What the parser says is wrong.
pub(super) fn syntax_problem(name: &str, text: &str, error: &toml::de::Error) -> Problem {
    let line = error.span().map_or(1, |span| line_of(text, span.start));
    Problem { file: name.to_owned(), line, message: error.message().trim().replace('\n', " ") }
}
