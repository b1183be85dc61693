//! What is wrong with a template's file in meaning: names of nothing, texts that can't be said, ways that lead nowhere. Changes nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use outrider_domain::template::Template as Text;
use serde_json::{Map, Value as Json};
use toml::Spanned;

use super::Problem;
use super::file::{File, ReplyEntry, StateEntry, line_of, target_of};
use crate::script::is_name;
use crate::template::{
    CALL_VALUES, OutputVariable, Target, TextFormat, VariableType, discloses, is_range, render, sentences,
};
use crate::turn::Outcome;

/// Names the dialogue itself fills while it runs.
const RUNNING: [&str; 3] = ["caller", "purpose", "callback"];

/// Judges a file.
pub(super) fn check(name: &str, text: &str, file: &File, problems: &mut Vec<Problem>) {
    let mut checker = Checker { name, text, problems };
    checker.names(file);
    let words = Words::of(file);
    checker.texts(file, &words);
    checker.flow(file);
    checker.variables(file);
}

struct Checker<'a> {
    name: &'a str,
    text: &'a str,
    problems: &'a mut Vec<Problem>,
}

/// The values a file's texts may use.
struct Words {
    known: BTreeSet<String>,
    /// What a call surely has: required placeholders, defaults, answers.
    sure: Json,
}

impl Words {
    fn of(file: &File) -> Self {
        let mut sure = Map::new();
        let mut known: BTreeSet<String> = CALL_VALUES.iter().chain(&RUNNING).map(|name| (*name).to_owned()).collect();
        for placeholder in &file.placeholders {
            known.insert(placeholder.name.get_ref().clone());
            if let Some(value) = placeholder.sure() {
                sure.insert(placeholder.name.get_ref().clone(), Json::String(value.to_owned()));
            }
        }
        for variable in &file.variables {
            // The callee's own words are never said back: they may be anything.
            let variable = variable.get_ref();
            if variable.kind == VariableType::String && variable.format == TextFormat::Text {
                continue;
            }
            known.insert(variable.name.clone());
            sure.insert(variable.name.clone(), Json::String("answer".to_owned()));
        }
        for name in RUNNING {
            sure.insert(name.to_owned(), Json::String(name.to_owned()));
        }
        Self { known, sure: Json::Object(sure) }
    }
}

impl Checker<'_> {
    fn add(&mut self, at: &Range<usize>, message: impl Into<String>) {
        let line = line_of(self.text, at.start);
        self.problems.push(Problem { file: self.name.to_owned(), line, message: message.into() });
    }

    fn names(&mut self, file: &File) {
        let mut seen = BTreeSet::new();
        let placeholders =
            file.placeholders.iter().map(|entry| (entry.name.span(), entry.name.get_ref(), "placeholder"));
        let variables = file.variables.iter().map(|entry| (entry.span(), &entry.get_ref().name, "variable"));
        for (span, name, what) in placeholders.chain(variables) {
            if !is_name(name) {
                self.add(
                    &span,
                    format!("\"{name}\" can't name a {what}: begin with a letter, use letters, digits and _"),
                );
            } else if CALL_VALUES.contains(&name.as_str()) && what == "variable" || RUNNING.contains(&name.as_str()) {
                self.add(&span, format!("\"{name}\" has a meaning of its own and can't name a {what}"));
            } else if !seen.insert(name.clone()) {
                self.add(&span, format!("\"{name}\" is used twice"));
            }
        }
        let mut ids = BTreeSet::new();
        for state in &file.flow {
            let id = state.id.get_ref();
            if !is_name(id) || matches!(id.as_str(), "end" | "callback" | "transfer") {
                self.add(&state.id.span(), format!("\"{id}\" can't name a state"));
            } else if !ids.insert(id) {
                self.add(&state.id.span(), format!("the state \"{id}\" is there twice"));
            }
        }
        for (outcome, text) in &file.closings {
            if Outcome::parse(outcome).is_none() {
                self.add(&text.span(), format!("there is no outcome \"{outcome}\""));
            }
        }
    }

    /// Texts that are said in every case must be whole with what is sure; answers may need more, for they are left out without it.
    fn texts(&mut self, file: &File, words: &Words) {
        let plain = [&file.title, &file.description, &file.agent_name];
        for text in plain.into_iter().filter(|text| text.get_ref().trim().is_empty()) {
            self.add(&text.span(), "must not be empty");
        }
        let always = [&file.purpose, &file.role, &file.voicemail, &file.opening.disclosure, &file.opening.text];
        let states = file.flow.iter().flat_map(|state| state.ask.iter().chain(&state.reprompts));
        for text in always.into_iter().chain(&file.guidelines).chain(states).chain(file.closings.values()) {
            if self.is_text(text, words) && render(text.get_ref(), &words.sure).is_none() {
                self.add(&text.span(), self.hole(text.get_ref(), words));
            }
        }
        // Who calls may be unknown and a remark before a question may be empty; every other text is whole.
        self.is_text(&file.caller, words);
        for say in file.flow.iter().filter_map(|state| state.say.as_ref()) {
            if self.is_text(say, words) && !unresolved(say.get_ref(), words).is_empty() {
                self.add(&say.span(), self.hole(say.get_ref(), words));
            }
        }
        for reply in file.questions.iter().chain(&file.objections) {
            self.is_text(&reply.text, words);
            self.patterns(reply);
        }
        let first = render(file.opening.disclosure.get_ref(), &words.sure).unwrap_or_default();
        if !sentences(&first).first().is_some_and(|sentence| discloses(sentence)) {
            self.add(
                &file.opening.disclosure.span(),
                "the disclosure's first sentence must say that a machine calls, such as \"this is the automated assistant of …\"",
            );
        }
        let voicemail = render(file.voicemail.get_ref(), &words.sure).unwrap_or_default();
        if !sentences(&voicemail).iter().any(|sentence| discloses(sentence)) {
            self.add(&file.voicemail.span(), "the voicemail must say that a machine calls");
        }
        for transfer in file.transfers.iter().filter(|transfer| transfer.when.get_ref().trim().is_empty()) {
            self.add(&transfer.when.span(), "must say a condition");
        }
    }

    /// Whether it is a text at all and uses only names there are.
    fn is_text(&mut self, text: &Spanned<String>, words: &Words) -> bool {
        match Text::parse(text.get_ref()) {
            Err(error) => {
                // A text of several lines begins on the line after its opening marks, or on theirs.
                self.add(&text.span(), format!("not a text: {}", error.message));
                false
            }
            Ok(parsed) => {
                let unknown: Vec<String> =
                    parsed.placeholders().into_iter().filter(|name| !words.known.contains(name)).collect();
                for name in &unknown {
                    self.add(&text.span(), format!("nothing gives a value for {{{{ {name} }}}}"));
                }
                unknown.is_empty()
            }
        }
    }

    fn hole(&self, text: &str, words: &Words) -> String {
        match unresolved(text, words).first() {
            Some(name) => format!(
                "{name} may be missing: make it required, give it a default, or write {{% if {name} %}}…{{% endif %}} round it"
            ),
            None => "the text is empty or has something left that looks like a placeholder".to_owned(),
        }
    }

    fn patterns(&mut self, reply: &ReplyEntry) {
        if reply.patterns.is_empty() {
            self.add(&reply.id.span(), "needs at least one pattern");
        }
        for pattern in &reply.patterns {
            let has_word = pattern.split_whitespace().any(|item| item.chars().any(char::is_alphanumeric));
            if !has_word {
                self.add(&reply.id.span(), format!("the pattern \"{pattern}\" fits everything"));
            }
        }
    }

    fn flow(&mut self, file: &File) {
        let Some(first) = file.flow.first() else {
            self.add(&(0..0), "a template needs at least one state in [[flow]]");
            return;
        };
        let ids: BTreeMap<&str, usize> =
            file.flow.iter().enumerate().map(|(index, state)| (state.id.get_ref().as_str(), index)).collect();
        if first.ask.is_none() {
            self.add(&first.id.span(), "the first state must ask something");
        }
        let kinds: BTreeMap<&str, &OutputVariable> =
            file.variables.iter().map(|entry| (entry.get_ref().name.as_str(), entry.get_ref())).collect();
        let mut ways: Vec<Vec<usize>> = Vec::new();
        for (index, state) in file.flow.iter().enumerate() {
            self.state(state, &kinds);
            let mut targets = Vec::new();
            for target in state.on.values().chain(&state.next) {
                match target_of(target.get_ref()) {
                    Target::State(id) => match ids.get(id.as_str()) {
                        Some(place) => targets.push(*place),
                        None => self.add(&target.span(), format!("there is no state or end \"{id}\"")),
                    },
                    Target::End(Outcome::NoAnswer | Outcome::Voicemail | Outcome::OptedOut) => {
                        self.add(&target.span(), "a flow can't lead to this outcome");
                    }
                    _ => {}
                }
            }
            if state.next.is_none() && index + 1 < file.flow.len() {
                targets.push(index + 1);
            }
            ways.push(targets);
        }
        let mut reached = vec![false; file.flow.len()];
        let mut waiting = vec![0];
        while let Some(place) = waiting.pop() {
            if !std::mem::replace(&mut reached[place], true) {
                waiting.extend(&ways[place]);
            }
        }
        for (state, _) in file.flow.iter().zip(&reached).filter(|(_, reached)| !**reached) {
            self.add(&state.id.span(), format!("nothing leads to the state \"{}\"", state.id.get_ref()));
        }
        for (index, state) in file.flow.iter().enumerate().filter(|(_, state)| state.ask.is_none()) {
            let back = state.next.as_ref().map(|next| target_of(next.get_ref()));
            if let Some(Target::State(id)) = back
                && ids.get(id.as_str()).is_some_and(|place| *place <= index)
            {
                self.add(&state.id.span(), "a state that asks nothing may only lead forward");
            }
        }
    }

    fn state(&mut self, state: &StateEntry, kinds: &BTreeMap<&str, &OutputVariable>) {
        let id = state.id.get_ref();
        if state.ask.is_none() && (state.say.is_none() || state.variable.is_some() || !state.on.is_empty()) {
            self.add(
                &state.id.span(),
                format!("the state \"{id}\" must ask something, or say something and branch nowhere"),
            );
        }
        if state.ask.is_some() && state.reprompts.is_empty() {
            self.add(&state.id.span(), format!("the state \"{id}\" needs reprompts: its question in other words"));
        }
        let variable = state.variable.as_ref().map(|name| (name, kinds.get(name.get_ref().as_str())));
        if let Some((name, None)) = variable {
            self.add(&name.span(), format!("there is no variable \"{}\"", name.get_ref()));
            return;
        }
        let variable = variable.and_then(|(_, variable)| variable);
        for (answer, target) in &state.on {
            let kind = variable.map_or(VariableType::Boolean, |variable| variable.kind);
            let fits = match (answer.as_str(), kind) {
                ("no" | "unsure", _) | ("yes", VariableType::Boolean) => true,
                (answer, VariableType::Enum) => {
                    variable.is_some_and(|variable| variable.options.iter().any(|option| option.value == answer))
                }
                (answer, VariableType::Number) => is_range(answer),
                _ => false,
            };
            if !fits {
                self.add(&target.span(), format!("\"{answer}\" is no answer to a question of type {}", kind.as_str()));
            }
        }
    }

    fn variables(&mut self, file: &File) {
        for entry in &file.variables {
            let (span, variable) = (entry.span(), entry.get_ref());
            let name = &variable.name;
            let filled =
                file.flow.iter().any(|state| state.variable.as_ref().is_some_and(|used| used.get_ref() == name));
            if !filled {
                self.add(&span, format!("no state fills the variable \"{name}\""));
            }
            if variable.description.trim().is_empty() {
                self.add(&span, format!("the variable \"{name}\" needs a description"));
            }
            if (variable.kind == VariableType::Enum) != (variable.options.len() >= 2) {
                self.add(&span, format!("\"{name}\": options belong to an enum, which needs at least two"));
            }
            if variable.format != TextFormat::Text && variable.kind != VariableType::String {
                self.add(&span, format!("\"{name}\": a format belongs to a string"));
            }
            if (variable.future || variable.past) && variable.kind != VariableType::Date
                || variable.future && variable.past
            {
                self.add(
                    &span,
                    format!("\"{name}\": a date may be in the future or the past, and nothing else is either"),
                );
            }
            if (variable.min.is_some() || variable.max.is_some()) && variable.kind != VariableType::Number {
                self.add(&span, format!("\"{name}\": min and max belong to a number"));
            }
        }
        if let Some(rule) = &file.meeting {
            let find = |name: &str| file.variables.iter().map(Spanned::get_ref).find(|variable| variable.name == name);
            let meeting = rule.get_ref();
            if !find(&meeting.day).is_some_and(|variable| variable.kind == VariableType::Date) {
                self.add(&rule.span(), format!("\"{}\" is no variable of type date", meeting.day));
            }
            if let Some(time) = &meeting.time
                && !find(time).is_some_and(|variable| variable.format == TextFormat::Time)
            {
                self.add(&rule.span(), format!("\"{time}\" is no variable of format time"));
            }
        }
    }
}

/// Names a text needs that a call may lack.
fn unresolved(text: &str, words: &Words) -> Vec<String> {
    let rendered = Text::parse(text).ok().and_then(|parsed| parsed.render(&Arc::new(words.sure.clone())).ok());
    rendered.map(|rendered| rendered.unresolved).unwrap_or_default()
}
