//! The way through the template's states: which question is next, what an answer does, what happens without one.

use outrider_domain::words::words;

use super::{Dialogue, Stage, knowledge};
use crate::template::{OutputVariable, State, Target, TextFormat, VariableType, discloses, range};
use crate::turn::{Outcome, Part, Source};
use crate::understand::answer::{Answer, answer};
use crate::understand::contact::email;
use crate::understand::dates::day;
use crate::understand::times::time;
use crate::understand::yes_no::{Verdict, verdict};
use crate::value::Value;

/// Times the conversation goes back because something read back was not right.
const RETURNS: usize = 2;
/// Times a question is put in other words.
const REPROMPTS: usize = 2;

impl Dialogue {
    /// The first words: the disclosure, the first message, the first question.
    pub(super) fn begin(&mut self) {
        let script = &self.script;
        let values = self.values_now();
        let own = [
            (script.first_message_override.as_deref(), Source::Script("first_message_override".to_owned())),
            (script.brain.first_message.as_deref(), Source::Brain("first_message".to_owned())),
        ];
        let own = own.into_iter().find_map(|(text, source)| {
            let sentences = knowledge::speakable(text?, &values);
            (!sentences.is_empty()).then_some((sentences, source))
        });
        let Some((sentences, source)) = own else {
            self.disclose();
            let text = self.script.template.opening.text.clone();
            self.template_text("opening.text", &text);
            self.enter_first();
            return;
        };
        if sentences.first().is_some_and(|first| discloses(first)) {
            self.disclosed = true;
        } else {
            self.disclose();
        }
        let question = sentences.last().filter(|last| last.ends_with('?')).cloned();
        self.parts.extend(sentences.into_iter().map(|text| Part { text, source: source.clone() }));
        match question {
            Some(text) => {
                self.opening_question = Some(Part { text, source });
                self.stage = Stage::Opening;
            }
            None => self.enter_first(),
        }
    }

    fn enter_first(&mut self) {
        let first = self.script.template.flow.first().map(|state| state.id.clone());
        match first {
            Some(id) => self.enter(Target::State(id)),
            None => self.enter(Target::End(Outcome::Completed)),
        }
    }

    /// Goes on at a target, up to the next question or the end.
    pub(super) fn enter(&mut self, target: Target) {
        let mut target = target;
        // A flow's silent parts only lead forward, so this ends; the bound guards against a template that was never checked.
        for _ in 0..=self.script.template.flow.len() * 2 {
            target = match target {
                Target::State(id) => match self.script.template.state(&id).cloned() {
                    Some(state) => match self.pass(&state) {
                        Some(next) => next,
                        None => return,
                    },
                    None => Target::End(Outcome::Completed),
                },
                Target::End(Outcome::Completed) => {
                    if !self.ask_own() {
                        self.finish(Outcome::Completed);
                    }
                    return;
                }
                Target::End(outcome) => return self.finish(outcome),
                Target::Callback => return self.ask_callback("", "callback_ask"),
                Target::Transfer => return self.hand_over("the conversation led there"),
            };
        }
        self.finish(Outcome::Completed);
    }

    /// Asks what a state asks; where to go on when there is nothing to ask or the answer is known.
    fn pass(&mut self, state: &State) -> Option<Target> {
        if let Some(value) = state.variable.as_ref().and_then(|name| self.variables.get(name)) {
            return Some(branch(state, Some(value)));
        }
        if let Some(say) = &state.say {
            self.template_text(&format!("flow.{}.say", state.id), say);
        }
        let Some(ask) = &state.ask else {
            return Some(state.next.clone());
        };
        if !self.template_text(&format!("flow.{}.ask", state.id), ask) {
            return Some(state.next.clone());
        }
        self.stage = Stage::Asking(state.id.clone());
        (self.misses, self.repeats) = (0, 0);
        None
    }

    /// Asks for the next of the script's own variables; false when there is none.
    fn ask_own(&mut self) -> bool {
        let from = if let Stage::Own(index) = self.stage { index + 1 } else { 0 };
        let next = self.script.output_variables.get(from).map(question_of);
        let Some(question) = next else {
            return false;
        };
        self.parts.push(Part { text: question, source: Source::Script("output_variables".to_owned()) });
        self.stage = Stage::Own(from);
        (self.misses, self.repeats) = (0, 0);
        true
    }

    /// The variable the present question fills.
    pub(super) fn expected(&self) -> Option<&OutputVariable> {
        match &self.stage {
            Stage::Asking(id) => self
                .script
                .template
                .state(id)
                .and_then(|state| state.variable.as_ref())
                .and_then(|name| self.script.template.variable(name)),
            Stage::Own(index) => self.script.output_variables.get(*index),
            _ => None,
        }
    }

    /// Puts the present question again, as it was or in other words.
    pub(super) fn ask_again(&mut self, other_words: usize) {
        match self.stage.clone() {
            Stage::Asking(id) => {
                let Some(state) = self.script.template.state(&id).cloned() else {
                    return;
                };
                let reprompt = other_words.checked_sub(1).and_then(|at| state.reprompts.get(at));
                let said = reprompt.is_some_and(|text| self.template_text(&format!("flow.{id}.reprompts"), text));
                if let (false, Some(ask)) = (said, &state.ask) {
                    self.template_text(&format!("flow.{id}.ask"), ask);
                }
            }
            Stage::Own(index) => {
                if let Some(text) = self.script.output_variables.get(index).map(question_of) {
                    self.parts.push(Part { text, source: Source::Script("output_variables".to_owned()) });
                }
            }
            Stage::Opening => self.parts.extend(self.opening_question.clone()),
            Stage::Callback => self.phrase("callback_again"),
            Stage::Before | Stage::Over => {}
        }
    }

    /// Takes a text as the answer to the present question.
    pub(super) fn take_answer(&mut self, text: &str) {
        match self.stage.clone() {
            Stage::Asking(id) => {
                if let Some(state) = self.script.template.state(&id).cloned() {
                    self.take_state_answer(text, &state);
                }
            }
            Stage::Own(_) => self.take_own_answer(text),
            Stage::Opening => self.take_opening_answer(text),
            Stage::Callback => self.take_callback(text),
            Stage::Before | Stage::Over => {}
        }
    }

    /// A first message may ask anything; only a no changes the way.
    fn take_opening_answer(&mut self, text: &str) {
        match verdict(text) {
            Some(Verdict::No) => self.ask_callback(text, "callback_ask"),
            // "Is this a good moment?" needs no second asking.
            Some(Verdict::Yes) => match self.script.template.flow.first().filter(|state| state.variable.is_none()) {
                Some(gate) => {
                    let target = branch(gate, Some(&Value::Boolean(true)));
                    self.enter(target);
                }
                None => self.enter_first(),
            },
            _ => self.enter_first(),
        }
    }

    fn take_state_answer(&mut self, text: &str, state: &State) {
        let variable = state.variable.as_ref().and_then(|name| self.script.template.variable(name)).cloned();
        let is_yes_or_no = variable.as_ref().is_none_or(|variable| variable.kind == VariableType::Boolean);
        let mut found = answer(text, variable.as_ref(), self.script.now.date());
        if is_yes_or_no
            && found != Answer::Value(Value::Boolean(true))
            && self.misses < REPROMPTS
            && self.correct(text, state)
        {
            self.misses += 1;
            self.phrase("acknowledge");
            self.ask_again(0);
            return;
        }
        let is_about_it = is_yes_or_no
            || variable
                .as_ref()
                .is_some_and(|variable| variable.kind == VariableType::Date || variable.format != TextFormat::Text);
        if is_about_it && !matches!(found, Answer::Value(Value::Boolean(false)) | Answer::Nothing) {
            let more = self.notice(text, state.variable.as_deref());
            // "Would you like to come?" "Tuesday would be great."
            if more && is_yes_or_no && found == Answer::Unclear {
                found = Answer::Value(Value::Boolean(true));
            }
        }
        match found {
            Answer::Value(value) => {
                let target = branch(state, Some(&value));
                let is_no = value == Value::Boolean(false);
                if let Some(name) = &state.variable {
                    self.variables.insert(name.clone(), value);
                }
                self.go(state, target, if is_no { "acknowledge_no" } else { "acknowledge" });
            }
            Answer::Nothing => {
                let target = state.on.get("no").unwrap_or(&state.next).clone();
                self.go(state, target, "acknowledge_no");
            }
            Answer::Unsure => match state.on.get("unsure") {
                Some(target) => self.go(state, target.clone(), "acknowledge_no"),
                None if is_yes_or_no && self.misses == 0 => {
                    self.misses += 1;
                    self.ask_again(1);
                }
                None => self.go(state, state.next.clone(), "skip_question"),
            },
            Answer::Unfit(why) => self.miss(why),
            Answer::Unclear => self.miss("not_understood"),
        }
    }

    fn take_own_answer(&mut self, text: &str) {
        let Some(variable) = self.expected().cloned() else {
            return;
        };
        match answer(text, Some(&variable), self.script.now.date()) {
            Answer::Value(value) => {
                self.variables.insert(variable.name, value);
            }
            Answer::Unfit(why) if self.misses == 0 => return self.miss(why),
            Answer::Unclear if self.misses == 0 => return self.miss("not_understood"),
            _ => {}
        }
        self.enter(Target::End(Outcome::Completed));
    }

    /// Leaves a state for a target. Going back forgets the answers from there on, so that they are asked for again.
    fn go(&mut self, state: &State, target: Target, phrase: &str) {
        let place = |id: &str| self.script.template.flow.iter().position(|state| state.id == id);
        if let Target::State(id) = &target {
            if let (Some(to), Some(from)) = (place(id), place(&state.id))
                && to <= from
            {
                self.returns += 1;
                if self.returns > RETURNS {
                    return self.hand_over("the callee and the assistant did not come to agree");
                }
                let names: Vec<String> =
                    self.script.template.flow[to..=from].iter().filter_map(|state| state.variable.clone()).collect();
                self.variables.retain(|name, _| !names.contains(name));
            }
            let speaks_first = self.script.template.state(id).is_some_and(|next| next.say.is_some());
            if !speaks_first {
                self.phrase(phrase);
            }
        }
        self.enter(target);
    }

    /// The present question was not answered: asks in other words, then goes on or ends.
    pub(super) fn miss(&mut self, why: &str) {
        self.misses += 1;
        if self.misses <= REPROMPTS {
            self.phrase(why);
            self.ask_again(self.misses);
            return;
        }
        match self.stage.clone() {
            Stage::Asking(id) => match self.script.template.state(&id).cloned() {
                Some(state) if state.optional => self.go(&state, state.next.clone(), "skip_question"),
                _ => self.finish(Outcome::NotUnderstood),
            },
            Stage::Opening => self.enter_first(),
            Stage::Own(_) => self.enter(Target::End(Outcome::Completed)),
            Stage::Callback => self.finish(Outcome::CallbackRequested),
            Stage::Before | Stage::Over => self.finish(Outcome::NotUnderstood),
        }
    }

    /// The template's only variable of a kind, when it has just one.
    fn only(&self, fits: impl Fn(&OutputVariable) -> bool) -> Option<&OutputVariable> {
        let mut found = self.script.template.variables.iter().filter(|variable| fits(variable));
        found.next().filter(|_| found.next().is_none())
    }

    /// Values of other variables that a text plainly gives along: a day, a time, a mail address.
    fn given_along(&self, text: &str) -> Vec<(String, Value)> {
        let today = self.script.now.date();
        let is_time =
            |variable: &OutputVariable| variable.kind == VariableType::String && variable.format == TextFormat::Time;
        let is_email =
            |variable: &OutputVariable| variable.kind == VariableType::String && variable.format == TextFormat::Email;
        let of_day = self.only(|variable| variable.kind == VariableType::Date).and_then(|variable| {
            day(text, today, variable.past)
                .filter(|day| !variable.future || *day >= today)
                .map(|day| (variable, Value::Date(day)))
        });
        let of_time =
            self.only(is_time).and_then(|variable| time(text, false).map(|time| (variable, Value::Text(time))));
        let of_mail = self.only(is_email).and_then(|variable| email(text).map(|email| (variable, Value::Text(email))));
        [of_day, of_time, of_mail]
            .into_iter()
            .flatten()
            .map(|(variable, value)| (variable.name.clone(), value))
            .collect()
    }

    /// Fills variables that were not asked for yet; true when there was one.
    fn notice(&mut self, text: &str, asked: Option<&str>) -> bool {
        let mut noticed = false;
        for (name, value) in self.given_along(text) {
            if asked != Some(name.as_str()) && !self.variables.contains_key(&name) {
                self.variables.insert(name, value);
                noticed = true;
            }
        }
        noticed
    }

    /// Changes variables that were filled and are now given otherwise: "no, Wednesday". Only where the question reads them back.
    fn correct(&mut self, text: &str, state: &State) -> bool {
        let mut corrected = false;
        for (name, value) in self.given_along(text) {
            let is_read_back = state.ask.as_ref().is_some_and(|ask| ask.contains(name.as_str()));
            if is_read_back && self.variables.get(&name).is_some_and(|old| *old != value) {
                self.variables.insert(name, value);
                corrected = true;
            }
        }
        corrected
    }
}

/// Where an answer leads.
fn branch(state: &State, value: Option<&Value>) -> Target {
    let found = match value {
        Some(Value::Boolean(true)) => state.on.get("yes"),
        Some(Value::Boolean(false)) => state.on.get("no"),
        Some(Value::Text(text)) => state.on.get(text),
        Some(Value::Number(number)) => state.on.iter().find_map(|(answer, target)| {
            let (least, greatest) = range(answer)?;
            (*number >= least && *number <= greatest).then_some(target)
        }),
        _ => None,
    };
    found.unwrap_or(&state.next).clone()
}

/// The question of a variable, or one made from its description or name.
pub(super) fn question_of(variable: &OutputVariable) -> String {
    if let Some(question) = variable.question.as_ref().filter(|question| !question.trim().is_empty()) {
        return question.split_whitespace().collect::<Vec<_>>().join(" ");
    }
    let described = variable.description.split_whitespace().collect::<Vec<_>>().join(" ");
    if described.ends_with('?') {
        return described;
    }
    let what = if words(&described).is_empty() { variable.name.replace('_', " ") } else { described };
    let what = what.trim_end_matches(['.', ':']);
    let options: Vec<String> = variable.options.iter().map(|option| option.value.replace('_', " ")).collect();
    match (variable.kind, options.split_last()) {
        (VariableType::Boolean, _) => format!("One more point, yes or no: {what}?"),
        (VariableType::Enum, Some((last, others))) => {
            format!("One more point: {what}, {} or {last}?", others.join(", "))
        }
        (VariableType::Number, _) => format!("One more point, as a number: {what}?"),
        (VariableType::Date, _) => format!("One more point, as a day: {what}?"),
        _ => format!("One more point: {what}?"),
    }
}
