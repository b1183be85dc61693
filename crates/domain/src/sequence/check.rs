//! What can be wrong with a definition in itself, each with its path. Looks nothing up.

use std::collections::HashSet;

use super::branch::{Branch, MAX_BRANCHES};
use super::step::{GoesOn, Step, Variant};
use super::{MAX_DELAY, MAX_STEPS, MAX_VARIANTS, Problem, SequenceDefinition, StopEvent};
use crate::channel::Channel;
use crate::template::Template;

/// Longest reason or first message of a call, in characters.
const MAX_CALL_TEXT: usize = 1_000;
/// Longest text message, in characters: carriers split what is longer than one message can hold and refuse more than this.
pub const MAX_SMS: usize = 1_600;
/// Longest key of a step or variant, in characters.
const MAX_KEY: usize = 40;

impl SequenceDefinition {
    /// Everything wrong with it; empty when it can run.
    #[must_use]
    pub fn validate(&self) -> Vec<Problem> {
        let mut problems = Problems::default();
        if self.steps.is_empty() {
            problems.add("steps", "a sequence needs at least one step");
        }
        if self.steps.len() > MAX_STEPS {
            problems.add("steps", format!("a sequence has at most {MAX_STEPS} steps"));
        }
        for event in StopEvent::ALWAYS {
            if !self.stop_on.contains(&event) {
                problems.add("stop_on", format!("{} always ends a sequence and can't be left out", event.as_str()));
            }
        }
        let mut keys = HashSet::new();
        let mut written = false;
        for (index, step) in self.steps.iter().enumerate() {
            let path = format!("steps[{index}]");
            problems.key(&path, &step.key, &mut keys);
            step.validate(written, &path, &mut problems);
            written |= step.channel == Channel::Email;
            let later = |key: &str| self.step(key).is_some_and(|(place, _)| place > index);
            check_branches(&step.branches, &path, later, &mut problems);
        }
        check_branches(&self.branches, "", |key| self.step(key).is_some(), &mut problems);
        for (index, branch) in self.branches.iter().enumerate() {
            if let Some(of_step) = branch.on.iter().find(|on| !on.is_told()) {
                let text = format!("{} is what comes of one step: put this branch on the step", of_step.as_str());
                problems.add(format!("branches[{index}].on"), text);
            }
        }
        for (index, identity) in self.identities.iter().enumerate() {
            if identity.trim().is_empty() {
                problems.add(format!("identities[{index}]"), "name an identity or its address");
            }
        }
        problems.0
    }
}

/// Checks branches; `is_ahead` knows the steps they may lead to.
fn check_branches(branches: &[Branch], path: &str, is_ahead: impl Fn(&str) -> bool, problems: &mut Problems) {
    let prefix = if path.is_empty() { String::new() } else { format!("{path}.") };
    if branches.len() > MAX_BRANCHES {
        problems.add(format!("{prefix}branches"), format!("there are at most {MAX_BRANCHES} branches"));
    }
    for (index, branch) in branches.iter().enumerate() {
        let at = format!("{prefix}branches[{index}]");
        if branch.on.is_empty() {
            problems.add(format!("{at}.on"), "say what the branch waits for");
        }
        match (&branch.go_to, branch.then) {
            (None, None) => problems.add(&at, "say where it leads: go_to or then"),
            (Some(_), Some(_)) => problems.add(&at, "give either go_to or then, not both"),
            (Some(key), None) if !is_ahead(key) => {
                let which = if path.is_empty() { "no step" } else { "no later step" };
                problems.add(format!("{at}.go_to"), format!("there is {which} with the key \"{key}\""));
            }
            _ => {}
        }
    }
}

impl Step {
    fn validate(&self, written: bool, path: &str, problems: &mut Problems) {
        if self.after > MAX_DELAY {
            problems.add(format!("{path}.after"), format!("a step waits at most {MAX_DELAY}"));
        }
        if self.channel != Channel::Call && self.call.is_some() {
            problems.add(format!("{path}.call"), "only a step of the channel call has this");
        }
        let by_hand =
            [("title", self.title.is_some()), ("goes_on", self.goes_on.is_some()), ("within", self.within.is_some())];
        for (name, _) in by_hand.iter().filter(|(_, given)| *given && !self.is_by_hand()) {
            problems.add(format!("{path}.{name}"), "only a step that a person carries out has this");
        }
        for (index, branch) in self.branches.iter().enumerate() {
            for on in branch.on.iter().filter(|on| !on.can_come_of(self.channel)) {
                let text = format!("\"{}\" never comes of a step by {}", on.as_str(), self.channel.as_str());
                problems.add(format!("{path}.branches[{index}].on"), text);
            }
        }
        match self.channel {
            Channel::Call => self.validate_call(path, problems),
            Channel::Email => self.validate_mail(written, path, problems),
            Channel::Sms => self.validate_sms(path, problems),
            Channel::Linkedin | Channel::Task => self.validate_by_hand(path, problems),
        }
    }

    fn validate_mail(&self, written: bool, path: &str, problems: &mut Problems) {
        if !written && self.thread {
            problems.add(format!("{path}.thread"), "the first step of mail has no thread to continue");
        }
        self.validate_variants(path, problems);
        self.each_choice(path, |variant, path| self.validate_text(variant, path, problems));
    }

    fn validate_sms(&self, path: &str, problems: &mut Problems) {
        if self.thread {
            problems.add(format!("{path}.thread"), "only mails have threads");
        }
        self.validate_variants(path, problems);
        self.each_choice(path, |variant, path| {
            let beyond = [("template", &variant.template), ("subject", &variant.subject), ("html", &variant.html)];
            for (name, _) in beyond.iter().filter(|(_, given)| given.is_some()) {
                problems.add(format!("{path}.{name}"), "a text message has text alone");
            }
            let text = variant.text.as_deref().map(str::trim).filter(|text| !text.is_empty());
            match text {
                None => problems.add(format!("{path}.text"), "a text message needs a text"),
                Some(text) if text.chars().count() > MAX_SMS => {
                    problems.add(format!("{path}.text"), format!("a text message has at most {MAX_SMS} characters"));
                }
                Some(_) => {}
            }
            problems.placeholders(&format!("{path}.text"), text.map(Template::parse));
        });
    }

    fn validate_by_hand(&self, path: &str, problems: &mut Problems) {
        let beyond = [self.template.is_some(), self.subject.is_some(), self.html.is_some(), self.thread];
        if !self.variants.is_empty() || beyond.contains(&true) {
            problems.add(path, "what a person does by hand has a title and a text, and nothing else to write");
        }
        let blank = |text: &Option<String>| text.as_ref().is_none_or(|text| text.trim().is_empty());
        match self.channel {
            Channel::Linkedin if blank(&self.text) => {
                problems.add(format!("{path}.text"), "a LinkedIn step needs the text to send");
            }
            Channel::Task if blank(&self.title) && blank(&self.text) => {
                problems.add(format!("{path}.title"), "a task needs a title or a text");
            }
            _ => {}
        }
        for (name, text) in [("title", &self.title), ("text", &self.text)] {
            problems.placeholders(&format!("{path}.{name}"), text.as_deref().map(Template::parse));
        }
        if self.title.as_ref().is_some_and(|title| title.contains(['\r', '\n'])) {
            problems.add(format!("{path}.title"), "a title is one line");
        }
        let Some(within) = self.within else { return };
        if self.goes_on == Some(GoesOn::Given) {
            problems.add(format!("{path}.within"), "a sequence that does not wait for the task has no time for it");
        }
        if within > MAX_DELAY || within.as_millis() <= 0 {
            problems.add(format!("{path}.within"), format!("give a person some time, {MAX_DELAY} at most"));
        }
    }

    /// Checks the list of variants, but for their texts.
    fn validate_variants(&self, path: &str, problems: &mut Problems) {
        if self.variants.is_empty() {
            return;
        }
        if self.has_text_of_its_own() {
            problems.add(path, "give either variants or one text on the step itself, not both");
        }
        if self.variants.len() > MAX_VARIANTS {
            problems.add(format!("{path}.variants"), format!("a step has at most {MAX_VARIANTS} variants"));
        }
        if self.variants.iter().all(|variant| variant.weight == 0) {
            problems.add(format!("{path}.variants"), "at least one variant needs a weight above 0");
        }
        let mut keys = HashSet::new();
        for (index, variant) in self.variants.iter().enumerate() {
            problems.key(&format!("{path}.variants[{index}]"), &variant.key, &mut keys);
        }
    }

    /// Looks at each of its texts, with its path.
    fn each_choice(&self, path: &str, mut look: impl FnMut(&Variant, &str)) {
        for (index, variant) in self.choices().iter().enumerate() {
            if self.variants.is_empty() {
                look(variant, path);
            } else {
                look(variant, &format!("{path}.variants[{index}]"));
            }
        }
    }

    fn validate_call(&self, path: &str, problems: &mut Problems) {
        if !self.variants.is_empty() || self.has_text_of_its_own() || self.thread {
            problems.add(path, "a call has no text to send: say what it is about in call");
        }
        let Some(call) = &self.call else { return };
        for (name, text) in [("reason", &call.reason), ("first_message", &call.first_message)] {
            if text
                .as_ref()
                .is_some_and(|text| text.chars().count() > MAX_CALL_TEXT || text.chars().any(char::is_control))
            {
                problems.add(
                    format!("{path}.call.{name}"),
                    format!("write one line of at most {MAX_CALL_TEXT} characters"),
                );
            }
        }
        if call.estimated_minutes.is_some_and(|minutes| !(0..=600).contains(&minutes)) {
            problems.add(format!("{path}.call.estimated_minutes"), "a call takes 0 to 600 minutes");
        }
    }

    fn validate_text(&self, variant: &Variant, path: &str, problems: &mut Problems) {
        let blank = |text: &Option<String>| text.as_ref().is_none_or(|text| text.trim().is_empty());
        if variant.template.is_some() {
            if variant.subject.is_some() || variant.text.is_some() || variant.html.is_some() {
                problems.add(path, "give either a template or a text, not both");
            }
            if blank(&variant.template) {
                problems.add(format!("{path}.template"), "name a template");
            }
            return;
        }
        if blank(&variant.text) && blank(&variant.html) {
            problems.add(format!("{path}.text"), "a step needs a template or a text");
        }
        if self.thread && variant.subject.is_some() {
            problems.add(
                format!("{path}.subject"),
                "a step that continues a thread keeps its subject: leave this out, or set thread to false",
            );
        }
        if !self.thread && blank(&variant.subject) {
            problems.add(format!("{path}.subject"), "a step that begins a thread needs a subject");
        }
        if variant.subject.as_ref().is_some_and(|subject| subject.contains(['\r', '\n'])) {
            problems.add(format!("{path}.subject"), "a subject is one line");
        }
        let parts = [("subject", &variant.subject), ("text", &variant.text), ("html", &variant.html)];
        for (name, source) in parts {
            let parse = if name == "html" { Template::parse_html } else { Template::parse };
            problems.placeholders(&format!("{path}.{name}"), source.as_deref().map(parse));
        }
    }
}

/// Problems found so far.
#[derive(Default)]
struct Problems(Vec<Problem>);

impl Problems {
    fn add(&mut self, path: impl Into<String>, message: impl Into<String>) {
        self.0.push(Problem { path: path.into(), message: message.into() });
    }

    /// Notes what is wrong with a text's placeholders.
    fn placeholders<T, E: std::fmt::Display>(&mut self, path: &str, parsed: Option<Result<T, E>>) {
        if let Some(Err(error)) = parsed {
            self.add(path, error.to_string());
        }
    }

    fn key<'a>(&mut self, path: &str, key: &'a str, seen: &mut HashSet<&'a str>) {
        let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
        if key.is_empty() || key.len() > MAX_KEY || !key.chars().all(allowed) || key.starts_with(['-', '_']) {
            self.add(
                format!("{path}.key"),
                format!(
                    "a key has 1 to {MAX_KEY} lower-case letters, digits, - and _, and begins with a letter or digit"
                ),
            );
        }
        if !seen.insert(key) {
            self.add(format!("{path}.key"), format!("the key \"{key}\" is used twice"));
        }
    }
}
