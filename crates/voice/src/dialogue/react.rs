//! What is done about something heard, before it is taken for an answer. The order of the checks is the order of what matters most.

use outrider_domain::classify::spoken_opt_out;
use outrider_domain::words::{Pattern, words};

use super::{Dialogue, Stage, knowledge};
use crate::template::{Reply, TextFormat, VariableType, sentences};
use crate::turn::{Outcome, Part, Source};
use crate::understand::answer::{Answer, answer};
use crate::understand::yes_no::{Verdict, is_bare, verdict};
use crate::understand::{intent, matches, topic};
use crate::value::Value;

/// Orders after which the call ends.
const MOST_ORDERS: usize = 3;
/// Characters of one text that are understood: some three minutes of speech.
const LOOKED_AT: usize = 2_500;
/// Texts within which a machine, or somebody else, is looked for.
const EARLY: usize = 2;

impl Dialogue {
    /// Nothing was heard: asks twice, then ends.
    pub(super) fn on_silence(&mut self) {
        if self.stage == Stage::Before {
            return self.begin();
        }
        self.silences += 1;
        match self.silences {
            1 => {
                self.phrase("silence_first");
                self.ask_again(0);
            }
            2 => {
                self.phrase("silence_second");
                self.ask_again(1);
            }
            _ => self.finish(Outcome::Silent),
        }
    }

    /// Something was said.
    pub(super) fn on_text(&mut self, text: &str) {
        self.texts += 1;
        let text = text.char_indices().nth(LOOKED_AT).map_or(text, |(end, _)| &text[..end]);
        if words(text).is_empty() {
            return if self.stage == Stage::Before { self.begin() } else { self.phrase("go_ahead") };
        }
        if self.texts <= EARLY && intent::is_machine(text) {
            return self.leave_message();
        }
        if !self.disclosed {
            return self.on_first_words(text);
        }
        if self.ends_it(text) || self.leads_away(text) {
            return;
        }
        // A yes to a question that was not heard is no answer to it.
        if self.unheard && (is_bare(text) || intent::is_filler(text) || intent::greets(text)) {
            return self.ask_again(0);
        }
        if self.needs_words(text) {
            return;
        }
        self.answer_questions(text);
    }

    /// Words before the disclosure was heard: it comes first whatever they were.
    fn on_first_words(&mut self, text: &str) {
        if intent::is_screening(text) && self.texts <= EARLY {
            return self.phrase("screened");
        }
        if spoken_opt_out(text).is_some() || intent::is_wrong_number(text) {
            self.disclose();
            self.ends_it(text);
        } else {
            // Cut off in the disclosure, or not begun: from the beginning.
            self.begin();
        }
    }

    /// What ends the call at once: an opt-out, somebody else's number, anger.
    fn ends_it(&mut self, text: &str) -> bool {
        if let Some(evidence) = spoken_opt_out(text) {
            self.opt_out = Some(evidence);
            self.finish(Outcome::OptedOut);
        } else if intent::is_wrong_number(text) && (!self.wants_own_words() || self.texts <= EARLY) {
            self.finish(Outcome::WrongNumber);
        } else if intent::is_angry(text) && !self.wants_own_words() && !intent::wants_person(text) {
            self.phrase("sorry_to_disturb");
            self.outcome = Some(Outcome::Declined);
        } else {
            return false;
        }
        true
    }

    /// What leads away from the conversation: orders, a machine's question, a person, another time.
    fn leads_away(&mut self, text: &str) -> bool {
        if self.texts <= EARLY && intent::is_screening(text) {
            self.phrase("screened");
            self.ask_again(0);
        } else if intent::gives_orders(text) && !intent::wants_person(text) {
            self.orders += 1;
            if self.orders >= MOST_ORDERS {
                self.phrase("enough_orders");
                self.outcome = Some(Outcome::Declined);
            } else {
                self.phrase("order_declined");
                self.return_to_question();
            }
        } else if intent::asks_if_machine(text) {
            self.phrase("machine");
            if intent::wants_person(text) {
                self.hand_over("the callee asked for a person");
            } else {
                self.return_to_question();
            }
        } else if intent::wants_person(text) && !self.denies(text) {
            self.hand_over("the callee asked for a person");
        } else if let Some(reason) = self.trigger(text) {
            self.hand_over(&reason);
        } else if self.stage == Stage::Callback {
            return false;
        } else if intent::is_someone_else(text) && self.texts <= EARLY + 1 {
            self.ask_callback(text, "callback_third_party");
        } else if self.wants_another_time(text) {
            self.ask_callback(text, "callback_ask");
        } else {
            return false;
        }
        true
    }

    /// "No, I don't need a person."
    fn denies(&self, text: &str) -> bool {
        verdict(text) == Some(Verdict::No)
            && !words(text).iter().any(|word| matches!(word.as_str(), "want" | "let" | "put" | "get"))
    }

    /// The condition under which the call goes to a person, when one is met.
    fn trigger(&self, text: &str) -> Option<String> {
        let template = self.script.template.transfers.iter().find(|rule| {
            if rule.patterns.is_empty() {
                topic::meets(&rule.when, text)
            } else {
                let patterns: Vec<Pattern> =
                    rule.patterns.iter().map(|pattern| Pattern::new(pattern.clone())).collect();
                matches(&patterns, text)
            }
        });
        let own = || self.script.transfer_triggers.iter().find(|trigger| topic::meets(&trigger.when, text));
        template.map(|rule| rule.when.clone()).or_else(|| own().map(|trigger| trigger.when.trim().to_owned()))
    }

    /// Hands over, or notes the wish where nobody is free.
    pub(super) fn hand_over(&mut self, reason: &str) {
        if self.script.transfer_available {
            self.transfer_reason = Some(reason.to_owned());
            self.finish(Outcome::Transferred);
        } else if self.wants_person.is_some() {
            // Said once already: no second round of "when".
            self.finish(Outcome::CallbackRequested);
        } else {
            self.wants_person = Some(reason.to_owned());
            self.phrase("no_person_free");
            self.ask_callback("", "callback_time");
        }
    }

    fn wants_another_time(&self, text: &str) -> bool {
        let asks_when = self
            .expected()
            .is_some_and(|variable| variable.kind == VariableType::Date || variable.format == TextFormat::Time);
        let about_calling =
            words(text).iter().any(|word| matches!(word.as_str(), "call" | "ring" | "phone" | "calling"));
        if intent::wants_callback(text) {
            return !asks_when && !self.wants_own_words() || about_calling;
        }
        intent::is_busy(text) && !asks_when && !self.wants_own_words() && !matches!(self.direct(text), Answer::Value(_))
    }

    /// Whether the present question takes the callee's own words.
    fn wants_own_words(&self) -> bool {
        self.expected()
            .is_some_and(|variable| variable.kind == VariableType::String && variable.format == TextFormat::Text)
    }

    /// The text as an answer to the present question.
    fn direct(&self, text: &str) -> Answer {
        match self.stage {
            Stage::Callback | Stage::Before | Stage::Over => Answer::Unclear,
            _ => answer(text, self.expected(), self.script.now.date()),
        }
    }

    /// What wants a word about the conversation itself: hearing it again, a moment, a greeting, a no to it all, leave.
    fn needs_words(&mut self, text: &str) -> bool {
        let direct = self.direct(text);
        let is_answer = matches!(direct, Answer::Value(_)) && !(self.wants_own_words() && words(text).len() <= 6);
        let early_greeting = self.texts <= 1 && intent::greets(text);
        if is_answer && !early_greeting && !matches!(direct, Answer::Value(Value::Boolean(_))) {
            return false;
        }
        let is_yes_or_no = matches!(direct, Answer::Value(Value::Boolean(_)));
        if intent::wants_moment(text) && !is_yes_or_no {
            self.phrase("moment");
        } else if intent::wants_repeat(text) && (!is_yes_or_no || text.contains('?')) {
            self.repeat();
        } else if early_greeting || intent::greets(text) && !is_yes_or_no {
            self.phrase("greeting");
            self.ask_again(0);
        } else if self.stage != Stage::Callback
            && (intent::declines(text) || intent::needs_nothing(text) && !self.asks_yes_or_no())
            && !self.has_reply(text)
        {
            self.finish(Outcome::Declined);
        } else if intent::takes_leave(text) {
            let outcome = match (&self.stage, verdict(text)) {
                (Stage::Callback, _) => Outcome::CallbackRequested,
                (_, Some(Verdict::No)) => Outcome::Declined,
                _ => Outcome::EndedByCallee,
            };
            self.finish(outcome);
        } else if intent::is_filler(text) && verdict(text).is_none() && words(text).len() <= 3 && self.repeats < 2 {
            self.repeats += 1;
            self.ask_again(0);
        } else {
            return false;
        }
        true
    }

    fn asks_yes_or_no(&self) -> bool {
        self.expected().is_none_or(|variable| variable.kind == VariableType::Boolean)
    }

    fn repeat(&mut self) {
        self.repeats += 1;
        match self.repeats {
            1 => {
                self.phrase("repeat");
                self.ask_again(0);
            }
            2 => {
                self.phrase("bad_line");
                self.ask_again(1);
            }
            _ => self.miss("bad_line"),
        }
    }

    /// Whether the template has an objection's answer to this that was not given yet.
    fn has_reply(&self, text: &str) -> bool {
        find(&self.script.template.objections, text).is_some_and(|reply| !self.raised.contains(&reply.id))
    }

    /// Objections and questions are answered; what is left is the answer.
    fn answer_questions(&mut self, text: &str) {
        let direct = self.direct(text);
        let is_typed =
            matches!(&direct, Answer::Value(value) if !matches!(value, Value::Boolean(_))) && !self.wants_own_words();
        let agrees = direct == Answer::Value(Value::Boolean(true));
        if !self.wants_own_words() && !is_typed && !agrees && self.stage != Stage::Callback && self.object(text) {
            return;
        }
        let (questions, rest): (Vec<String>, Vec<String>) = sentences(text).into_iter().partition(|sentence| {
            let asks = if self.wants_own_words() { sentence.ends_with('?') } else { intent::is_question(sentence) };
            let asks = asks && !is_bare(sentence) && !is_lone_word(sentence);
            asks || intent::asks_wellbeing(sentence) || (intent::wants_writing(sentence) && !self.wants_own_words())
        });
        let rest = rest.join(" ");
        // "Could you do Tuesday?" answers; so does a time that is asked back.
        if questions.is_empty() || is_typed {
            return self.take_answer(text);
        }
        for question in &questions {
            self.answer_question(question);
        }
        let gives_answer = matches!(self.direct(&rest), Answer::Value(_) | Answer::Nothing) && !words(&rest).is_empty();
        if gives_answer && self.outcome.is_none() {
            self.take_answer(&rest);
        } else if self.outcome.is_none() {
            self.return_to_question();
        }
    }

    /// Answers an objection once; raised again, it is taken for a no.
    fn object(&mut self, text: &str) -> bool {
        let Some(reply) = find(&self.script.template.objections, text).cloned() else {
            return false;
        };
        if !self.raised.insert(reply.id.clone()) {
            self.finish(Outcome::Declined);
            return true;
        }
        if !self.template_text(&format!("objections.{}", reply.id), &reply.text) {
            return false;
        }
        self.return_to_question();
        true
    }

    fn answer_question(&mut self, question: &str) {
        let own = find(&self.script.template.questions, question).cloned();
        if own.is_some_and(|reply| self.template_text(&format!("questions.{}", reply.id), &reply.text)) {
            return;
        }
        if intent::asks_source(question) {
            self.note_unanswered(question);
            self.phrase("know_no_source");
        } else if intent::asks_wellbeing(question) {
            self.phrase("wellbeing");
        } else if intent::wants_writing(question) {
            self.wants_writing = true;
            self.phrase("writing");
        } else if intent::asks_who(question) {
            self.phrase("who");
        } else if intent::asks_why(question) {
            self.phrase(if self.values.contains_key("call_reason") { "call_reason" } else { "why" });
        } else {
            self.answer_from_brain(question);
        }
    }

    /// Says what the brain says to it, or that it does not know.
    fn answer_from_brain(&mut self, question: &str) {
        let found: Vec<Part> = knowledge::answer(&self.facts, question)
            .into_iter()
            .map(|fact| Part { text: fact.sentence.clone(), source: Source::Brain(fact.field.to_owned()) })
            .collect();
        if !found.is_empty() {
            self.parts.extend(found);
            return;
        }
        self.note_unanswered(question);
        if self.parts.iter().any(|part| part.source == Source::Phrase("unknown".to_owned())) {
            return;
        }
        self.phrase("unknown");
        self.phrase(if self.script.transfer_available { "offer_person" } else { "note_question" });
    }

    fn note_unanswered(&mut self, question: &str) {
        let question: String = question.chars().take(200).collect();
        if !self.unanswered.contains(&question) {
            self.unanswered.push(question);
        }
    }

    fn return_to_question(&mut self) {
        if self.stage != Stage::Callback {
            self.phrase("back_to_question");
        }
        self.ask_again(0);
    }
}

/// "What?", "Sorry?": no question that could be answered.
fn is_lone_word(sentence: &str) -> bool {
    let words = words(sentence);
    words.len() == 1 && !words.iter().any(|word| matches!(word.as_str(), "who" | "why" | "how" | "when" | "where"))
}

/// The first reply one of whose patterns is in a text.
fn find<'a>(replies: &'a [Reply], text: &str) -> Option<&'a Reply> {
    replies.iter().find(|reply| {
        let patterns: Vec<Pattern> = reply.patterns.iter().map(|pattern| Pattern::new(pattern.clone())).collect();
        matches(&patterns, text)
    })
}
