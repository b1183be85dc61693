//! Last words and what came of the call. Reports facts alone: no mood, no guess.

use std::fmt::Write as _;

use super::Dialogue;
use crate::turn::{Ending, Meeting, Outcome};
use crate::value::Value;

impl Dialogue {
    /// Says the last words of an outcome and ends.
    pub(super) fn finish(&mut self, outcome: Outcome) {
        let own = self.script.template.closings.get(&outcome).cloned();
        let said = own.is_some_and(|text| self.template_text(&format!("closings.{}", outcome.as_str()), &text));
        if !said {
            self.phrase(&format!("closing_{}", outcome.as_str()));
        }
        self.outcome = Some(outcome);
    }

    /// Leaves the message on an answering machine, and ends.
    pub(super) fn leave_message(&mut self) {
        let text = self.script.template.voicemail.clone();
        if !self.template_text("voicemail", &text) {
            self.disclose();
        }
        self.outcome = Some(Outcome::Voicemail);
    }

    /// What came of it.
    pub(super) fn ending(&self, outcome: Outcome) -> Ending {
        let meeting = self.meeting().filter(|_| outcome == Outcome::Completed);
        Ending {
            outcome,
            variables: self.variables.clone(),
            callback: self.callback.clone().filter(|_| outcome == Outcome::CallbackRequested),
            transfer_reason: self.transfer_reason.clone().filter(|_| outcome == Outcome::Transferred),
            opt_out: self.opt_out.clone(),
            unanswered: self.unanswered.clone(),
            summary: self.summary(outcome, meeting.as_ref()),
            meeting,
            transcript: self.lines.clone(),
            duration_ms: self.clock_ms,
        }
    }

    fn meeting(&self) -> Option<Meeting> {
        let rule = self.script.template.meeting.as_ref()?;
        let Some(Value::Date(day)) = self.variables.get(&rule.day) else {
            return None;
        };
        let time = rule.time.as_ref().and_then(|name| self.variables.get(name)).map(ToString::to_string);
        Some(Meeting { day: *day, time })
    }

    fn summary(&self, outcome: Outcome, meeting: Option<&Meeting>) -> String {
        let mut summary = format!("{}: {}.", self.script.template.title, describe(outcome));
        if !self.variables.is_empty() {
            let found: Vec<String> = self
                .variables
                .iter()
                .map(|(name, value)| {
                    format!("{}: {}", name.replace('_', " "), value.to_string().trim_end_matches(['.', '!']))
                })
                .collect();
            let _ = write!(summary, " Found out: {}.", found.join("; "));
        }
        if let Some(meeting) = meeting {
            let time = meeting.time.as_ref().map_or_else(String::new, |time| format!(", {time}"));
            let _ = write!(summary, " Agreed on {}{time}.", meeting.day);
        }
        if let Some(callback) = self.callback.as_ref().filter(|_| outcome == Outcome::CallbackRequested) {
            match (callback.at, callback.day, &callback.time) {
                (Some(at), _, _) => {
                    let _ = write!(summary, " Call again {}.", at.strftime("%Y-%m-%d %H:%M"));
                }
                (None, None, None) => summary.push_str(" No time was named."),
                (None, day, time) => {
                    let day = day.map(|day| day.to_string());
                    let named: Vec<&str> = day.iter().chain(time).map(String::as_str).collect();
                    let _ = write!(summary, " Call again {}.", named.join(", "));
                }
            }
        }
        if let Some(reason) = &self.transfer_reason {
            let _ = write!(summary, " Reason: {reason}.");
        }
        if self.wants_person.is_some() && outcome != Outcome::Transferred {
            summary.push_str(" The callee wants to talk to a person.");
        }
        if self.wants_writing {
            summary.push_str(" The callee asked for something in writing.");
        }
        if !self.unanswered.is_empty() {
            let questions: Vec<String> = self.unanswered.iter().map(|question| format!("“{question}”")).collect();
            let _ = write!(summary, " Asked without an answer: {}.", questions.join(", "));
        }
        if self.orders > 0 {
            let times = if self.orders == 1 { "once".to_owned() } else { format!("{} times", self.orders) };
            let _ = write!(summary, " The callee gave the assistant orders {times}; they were declined.");
        }
        summary
    }
}

const fn describe(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Completed => "the conversation came to its end",
        Outcome::Voicemail => "a machine answered and the message was left",
        Outcome::Transferred => "handed over to a person",
        Outcome::OptedOut => "the callee wants no more contact",
        Outcome::Declined => "the callee declined",
        Outcome::CallbackRequested => "the callee asked for another time",
        Outcome::WrongNumber => "the number belongs to somebody else",
        Outcome::NoAnswer => "nobody picked up",
        Outcome::Silent => "the line was open and nobody spoke",
        Outcome::EndedByCallee => "the callee ended the call",
        Outcome::NotUnderstood => "the two could not understand each other",
    }
}
