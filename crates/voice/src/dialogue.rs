//! The built-in dialogue: follows a script's template, understands answers, and ends politely. Deterministic; says nothing that has no source.
//!
//! How a thing that was heard is dealt with, the first that fits: an opt-out, a machine, a wrong number, orders, "are you a robot", a wish for
//! a person, another time, anger, a wish to hear it again, questions and objections, a no to it all, leave, and last the answer
//! to the question asked.

use std::collections::{BTreeMap, BTreeSet};

use outrider_domain::weights;
use serde_json::Value as Json;

use crate::script::{FieldError, Script};
use crate::template::OutputVariable;
use crate::turn::{
    Callback, Ending, Heard, Line, Outcome, Part, Said, SpokenBy, Turn, Utterance, speaking_time, spoken_within,
};
use crate::value::Value;

mod callback;
mod ending;
mod flow;
mod knowledge;
mod react;
mod say;

use knowledge::Fact;

/// Most things heard in one call; then it ends politely.
const MOST_HEARD: usize = 40;
/// Milliseconds from the end of the callee's words to the agent's.
const REACTION: u32 = 300;

/// Where the conversation stands.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Stage {
    /// Nothing has been said.
    Before,
    /// The question of the script's own first message waits for an answer.
    Opening,
    /// A state's question waits.
    Asking(String),
    /// The question of one of the script's own variables waits.
    Own(usize),
    /// "When shall we call?" waits.
    Callback,
    /// The call is over.
    Over,
}

/// One conversation on the phone, text to text.
#[derive(Debug, Clone)]
pub struct Dialogue {
    script: Script,
    /// Values for texts that don't change during the call.
    values: serde_json::Map<String, Json>,
    facts: Vec<Fact>,
    stage: Stage,
    variables: BTreeMap<String, Value>,
    /// How often the present question was not understood, and how often it was asked for again.
    misses: usize,
    repeats: usize,
    /// Silences in a row, texts heard, orders declined.
    silences: usize,
    texts: usize,
    orders: usize,
    /// How often the conversation has gone back.
    returns: usize,
    /// Whether the agent was cut off before its question, which the callee therefore has not heard.
    unheard: bool,
    /// Objections already answered.
    raised: BTreeSet<String>,
    unanswered: Vec<String>,
    wants_writing: bool,
    wants_person: Option<String>,
    transfer_reason: Option<String>,
    opt_out: Option<String>,
    callback: Option<Callback>,
    /// Whether the disclosure was spoken to its end.
    disclosed: bool,
    /// The script's own opening question.
    opening_question: Option<Part>,
    /// What is to be said in this turn.
    parts: Vec<Part>,
    /// Phrases chosen so far, so that they vary.
    chosen: i64,
    clock_ms: u32,
    lines: Vec<Line>,
    heard: Vec<Heard>,
    outcome: Option<Outcome>,
    last: Turn,
}

impl Dialogue {
    /// A dialogue that has not begun.
    ///
    /// # Errors
    /// [`Script::problems`].
    pub fn new(script: Script) -> Result<Self, Vec<FieldError>> {
        let problems = script.problems();
        if !problems.is_empty() {
            return Err(problems);
        }
        let (values, facts) = knowledge::prepare(&script);
        Ok(Self {
            script,
            values,
            facts,
            stage: Stage::Before,
            variables: BTreeMap::new(),
            misses: 0,
            repeats: 0,
            silences: 0,
            texts: 0,
            orders: 0,
            returns: 0,
            unheard: false,
            raised: BTreeSet::new(),
            unanswered: Vec::new(),
            wants_writing: false,
            wants_person: None,
            transfer_reason: None,
            opt_out: None,
            callback: None,
            disclosed: false,
            opening_question: None,
            parts: Vec::new(),
            chosen: 0,
            clock_ms: 0,
            lines: Vec::new(),
            heard: Vec::new(),
            outcome: None,
            last: Turn { say: Utterance::default(), state: "before".to_owned(), end: None },
        })
    }

    /// The dialogue as it stood after all that was heard: the same inputs give the same turns.
    ///
    /// # Errors
    /// [`Script::problems`].
    pub fn replay(script: Script, heard: impl IntoIterator<Item = Heard>) -> Result<Self, Vec<FieldError>> {
        let mut dialogue = Self::new(script)?;
        for heard in heard {
            dialogue.hear(heard);
        }
        Ok(dialogue)
    }

    /// The first words, when the agent speaks first.
    pub fn open(&mut self) -> Utterance {
        self.hear(Heard::connected()).say
    }

    /// What to do about something heard. After the end it gives the ending again, with nothing to say.
    pub fn hear(&mut self, heard: Heard) -> Turn {
        if self.stage == Stage::Over {
            return Turn { say: Utterance::default(), ..self.last.clone() };
        }
        self.heard.push(heard.clone());
        self.unheard |= self.listen(&heard);
        if self.heard.len() > MOST_HEARD {
            self.finish(Outcome::NotUnderstood);
        } else {
            match &heard.said {
                Said::Connected if self.stage == Stage::Before => self.begin(),
                Said::Connected => {}
                Said::HungUp => self.outcome = Some(Outcome::EndedByCallee),
                Said::Silence => self.on_silence(),
                Said::Text { text } | Said::Interruption { text, .. } => {
                    self.silences = 0;
                    self.on_text(text);
                }
            }
        }
        self.turn()
    }

    /// What was heard so far: with the script all that [`Dialogue::replay`] needs.
    #[must_use]
    pub fn heard(&self) -> &[Heard] {
        &self.heard
    }

    /// The lines spoken so far.
    #[must_use]
    pub fn transcript(&self) -> &[Line] {
        &self.lines
    }

    /// What was found out so far.
    #[must_use]
    pub const fn variables(&self) -> &BTreeMap<String, Value> {
        &self.variables
    }

    /// The last turn.
    #[must_use]
    pub const fn last_turn(&self) -> &Turn {
        &self.last
    }

    /// What this call is made from.
    #[must_use]
    pub const fn script(&self) -> &Script {
        &self.script
    }

    /// Puts what was heard on the transcript. True when the agent was cut off before its question.
    fn listen(&mut self, heard: &Heard) -> bool {
        let mut cut = false;
        if let Said::Interruption { spoken_ms, .. } = heard.said
            && let Some(line) = self.lines.last_mut().filter(|line| line.speaker == SpokenBy::Agent)
        {
            let whole = self.last.say.text.as_str();
            let spoken = spoken_within(whole, spoken_ms);
            cut = whole.contains('?') && !spoken.contains('?');
            let disclosure = self.last.say.parts.first().map_or(0, |part| speaking_time(&part.text));
            if self.heard.len() <= 2 && spoken_ms < disclosure {
                self.disclosed = false;
            }
            self.clock_ms = line.offset_ms.saturating_add(spoken_ms.min(self.last.say.spoken_ms));
            line.text = spoken;
            if line.text.is_empty() {
                self.lines.pop();
            }
        }
        self.clock_ms = self.clock_ms.saturating_add(heard.pause_ms);
        if let Said::Text { text } | Said::Interruption { text, .. } = &heard.said
            && !text.trim().is_empty()
        {
            let line = Line { speaker: SpokenBy::Callee, text: text.trim().to_owned(), offset_ms: self.clock_ms };
            self.clock_ms = self.clock_ms.saturating_add(speaking_time(&line.text));
            self.lines.push(line);
        }
        cut
    }

    /// What was put together, as a turn.
    fn turn(&mut self) -> Turn {
        let say = Utterance::of(std::mem::take(&mut self.parts));
        if !say.text.is_empty() {
            let offset_ms = if self.lines.is_empty() { self.clock_ms } else { self.clock_ms.saturating_add(REACTION) };
            self.clock_ms = offset_ms.saturating_add(say.spoken_ms);
            self.lines.push(Line { speaker: SpokenBy::Agent, text: say.text.clone(), offset_ms });
        }
        let end: Option<Ending> = self.outcome.map(|outcome| self.ending(outcome));
        if end.is_some() {
            self.stage = Stage::Over;
        }
        if say.text.contains('?') {
            self.unheard = false;
        }
        let state = match &self.stage {
            Stage::Before => "before".to_owned(),
            Stage::Opening => "opening".to_owned(),
            Stage::Asking(id) => id.clone(),
            Stage::Own(index) => {
                self.script.output_variables.get(*index).map_or_else(String::new, |own| own.name.clone())
            }
            Stage::Callback => "callback".to_owned(),
            Stage::Over => "over".to_owned(),
        };
        self.last = Turn { say, state, end };
        self.last.clone()
    }

    /// A choice among `count` that varies over the call and is the same in every replay.
    fn choose(&mut self, count: usize) -> usize {
        self.chosen += 1;
        let seed = weights::seed("phrase", &[self.script.seed.cast_signed(), self.chosen]);
        weights::choose(&seed, &vec![1; count])
    }
}

/// How a variable without a question of its own is asked for.
pub(crate) fn question_of(variable: &OutputVariable) -> String {
    flow::question_of(variable)
}
