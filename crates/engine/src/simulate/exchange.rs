//! The sandbox exchange: scripted callees behind numbers, under a clock that is passed in, with faults on purpose. It calls nobody:
//! what a carrier would report and hear is made up here, from a seed, and given to whoever asks for what is due.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::future::BoxFuture;
use outrider_domain::mail::Delivery;
use outrider_domain::telephony::{
    Answer, CallEvent, CallReport, Dial, IncomingText, Line, OutgoingCall, OutgoingText, Reference, SANDBOX,
};
use outrider_domain::time::{Clock, MINUTE, Millis, SECOND};
use outrider_domain::weights::{fraction, seed};
use outrider_voice::{Callee, Heard, Persona, Pickup, Said};
use sha2::{Digest, Sha256};

pub use super::happening::{Faults, Happening, Rang, Texted};
use crate::calls::switchboard::{PROCESS, Switchboard};
use crate::error::Kind;
use crate::ports::Carrier;

struct Live {
    line: Line,
    callee: Callee,
    turn: i64,
    sequence: i64,
    answered_at: Option<Millis>,
    longest_ms: i64,
    mute: bool,
    over: bool,
    /// Its place among the calls remembered.
    place: Option<usize>,
}

#[derive(Default)]
struct State {
    live: HashMap<String, Live>,
    due: BTreeMap<(Millis, u64), Happening>,
    count: u64,
    dials: HashMap<Reference, i64>,
    remembered: Vec<Rang>,
    texted: Vec<Texted>,
}

/// An exchange.
pub struct Exchange {
    seed: u64,
    faults: Faults,
    /// How much faster than life calls go.
    speed: i64,
    remembers: bool,
    /// The process it lives in, when it ends with one.
    process: Option<String>,
    state: Mutex<State>,
}

/// An exchange as a carrier, under a clock.
pub struct ExchangeCarrier {
    exchange: Arc<Exchange>,
    clock: Arc<dyn Clock>,
}

impl ExchangeCarrier {
    /// Over an exchange that somebody else plays.
    #[must_use]
    pub fn new(exchange: Arc<Exchange>, clock: Arc<dyn Clock>) -> Self {
        Self { exchange, clock }
    }
}

impl Carrier for ExchangeCarrier {
    fn dial<'a>(&'a self, carrier: &'a str, call: &'a OutgoingCall) -> BoxFuture<'a, Dial> {
        let dial = self.exchange.dial(carrier, call, self.clock.now());
        Box::pin(async move { dial })
    }

    fn text<'a>(&'a self, carrier: &'a str, text: &'a OutgoingText) -> BoxFuture<'a, Delivery> {
        let delivery = self.exchange.text(carrier, text, self.clock.now());
        Box::pin(async move { delivery })
    }

    fn knows(&self, carrier: &str) -> bool {
        carrier == SANDBOX
    }
}

/// A number as one that lots are drawn by.
fn number_of(phone: &str) -> u64 {
    let hash: [u8; 32] = Sha256::digest(phone).into();
    u64::from_be_bytes([hash[0], hash[1], hash[2], hash[3], hash[4], hash[5], hash[6], hash[7]])
}

/// Who is behind a number: whom its lead asks for, else one that follows from a lot.
fn persona_of(asked: Option<&str>, lot: u64) -> Persona {
    asked.and_then(Persona::parse).unwrap_or_else(|| Persona::chosen(lot))
}

impl Exchange {
    /// An exchange that follows from a seed and remembers every call: for tests and the simulator.
    #[must_use]
    pub fn new(seed: u64, faults: Faults) -> Self {
        Self { seed, faults, speed: 1, remembers: true, process: None, state: Mutex::default() }
    }

    /// An exchange for a running node of that name: without faults, `speed` times as fast as life, forgetting calls that are over.
    #[must_use]
    pub fn lasting(speed: i64, process: &str) -> Self {
        let process = Some(process.to_owned());
        let faults = Faults::default();
        Self { seed: 0, faults, speed: speed.max(1), remembers: false, process, state: Mutex::default() }
    }

    /// The process it lives in.
    #[must_use]
    pub fn process(&self) -> &str {
        self.process.as_deref().unwrap_or("")
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lot(&self, purpose: &str, about: i64, number: i64) -> f64 {
        fraction(&seed(purpose, &[self.seed.cast_signed(), about, number]))
    }

    fn chance(&self, purpose: &str, about: i64, number: i64, per_thousand: u32) -> bool {
        self.lot(purpose, about, number) * 1_000.0 < f64::from(per_thousand)
    }

    fn ahead(&self, now: Millis, milliseconds: i64) -> Millis {
        now.plus(milliseconds / self.speed)
    }

    /// Takes a request to dial.
    pub fn dial(&self, carrier: &str, call: &OutgoingCall, now: Millis) -> Dial {
        let id = call.reference.call.0;
        let mut state = self.state();
        let tries = state.dials.entry(call.reference).or_insert(0);
        *tries += 1;
        let tries = *tries;
        if self.chance("deferral", id, tries, self.faults.deferrals) {
            return Dial::Deferred { response: "sandbox: all circuits are busy".to_owned(), carrier: true };
        }
        if self.chance("refusal", id, 0, self.faults.refusals) {
            return Dial::Refused { response: "sandbox: no such number".to_owned(), bad_number: true };
        }
        let lost = "sandbox: the connection broke before the answer".to_owned();
        if self.chance("lost dial", id, tries, self.faults.lost_dials) {
            return Dial::Unknown { response: lost };
        }
        let mut carrier_id = format!("{carrier}-{}-{tries}", call.reference.call);
        if let Some(process) = &self.process {
            carrier_id.push(PROCESS);
            carrier_id.push_str(process);
        }
        let line =
            Line { carrier: carrier.to_owned(), carrier_id: carrier_id.clone(), reference: Some(call.reference) };
        self.connect(&mut state, call, line, now);
        if self.chance("lost answer", id, tries, self.faults.lost_answers) {
            return Dial::Unknown { response: lost };
        }
        Dial::Accepted { carrier_id }
    }

    /// Takes a text message; whoever reads it may write back.
    pub fn text(&self, carrier: &str, text: &OutgoingText, now: Millis) -> Delivery {
        let id = text.text.0;
        let mut state = self.state();
        let persona = persona_of(text.sandbox_persona.as_deref(), number_of(text.to.as_str()) ^ self.seed);
        if self.chance("text refusal", id, 0, self.faults.refusals) {
            let response = "sandbox: no such number".to_owned();
            return Delivery::Refused { code: None, enhanced: None, response, bad_address: true };
        }
        if self.chance("lost text", id, 0, self.faults.lost_dials) {
            return Delivery::Unknown { response: "sandbox: the connection broke before the answer".to_owned() };
        }
        if self.remembers {
            let (from, to) = (text.from.to_string(), text.to.to_string());
            state.texted.push(Texted { text: text.text, from, to, words: text.words.clone(), at: now });
        }
        let carrier_id = format!("{carrier}-{}", text.text);
        if let Some(words) = persona.written() {
            let back = IncomingText {
                carrier: carrier.to_owned(),
                carrier_id: format!("{carrier_id}-answer"),
                from: text.to.clone(),
                to: text.from.clone(),
                words: words.to_owned(),
            };
            let at = self.ahead(now, MINUTE + 10 * MINUTE * i64::from(persona as u8));
            Self::push(&mut state, at, Happening::Text(back));
        }
        if self.chance("lost answer", id, 0, self.faults.lost_answers) {
            return Delivery::Unknown { response: "sandbox: the connection broke before the answer".to_owned() };
        }
        Delivery::Accepted { response: carrier_id }
    }

    fn connect(&self, state: &mut State, call: &OutgoingCall, line: Line, now: Millis) {
        let number = number_of(call.to.as_str());
        let persona = persona_of(call.sandbox_persona.as_deref(), number ^ self.seed);
        let callee = Callee::new(persona, number ^ call.reference.call.0.unsigned_abs() ^ self.seed);
        let id = call.reference.call.0;
        let (dead, mute) =
            (self.chance("dead", id, 0, self.faults.dead), self.chance("unreported", id, 0, self.faults.unreported));
        let place = self.remembers.then_some(state.remembered.len());
        if self.remembers {
            state.remembered.push(Rang {
                reference: call.reference,
                from: call.from.to_string(),
                to: call.to.to_string(),
                persona,
                at: now,
                answered_at: None,
                ended_at: None,
            });
        }
        let mut live = Live {
            line,
            callee,
            turn: 0,
            sequence: 0,
            answered_at: None,
            longest_ms: call.longest_ms,
            mute,
            over: false,
            place,
        };
        if dead {
            // It rang for nobody we hear of.
            let end = self.ahead(now, call.ring_ms);
            self.note_end(state, &live, end);
            return;
        }
        self.report(state, &mut live, self.ahead(now, SECOND), CallEvent::Ringing);
        let ringing = self.ahead(now, SECOND + call.ring_ms);
        match live.callee.pickup() {
            Pickup::Answered { after_ms, greeting } if i64::from(after_ms) <= call.ring_ms => {
                let at = self.ahead(now, SECOND + i64::from(after_ms));
                live.answered_at = Some(at);
                if let Some(rang) = live.place.and_then(|place| state.remembered.get_mut(place)) {
                    rang.answered_at = Some(at);
                }
                self.report(state, &mut live, at, CallEvent::Answered);
                let first = greeting.unwrap_or_else(Heard::connected);
                let heard_at = self.ahead(at, i64::from(first.pause_ms));
                self.say(state, &mut live, heard_at, first);
            }
            Pickup::LineBusy { after_ms } => {
                let at = self.ahead(now, i64::from(after_ms));
                self.hang_up(state, &mut live, at, CallEvent::Busy);
            }
            Pickup::Answered { .. } | Pickup::NoAnswer { .. } => {
                self.hang_up(state, &mut live, ringing, CallEvent::NoAnswer);
            }
        }
        if !live.over {
            state.live.insert(live.line.carrier_id.clone(), live);
        }
    }

    fn push(state: &mut State, at: Millis, happening: Happening) {
        state.count += 1;
        let count = state.count;
        state.due.insert((at, count), happening);
    }

    fn report(&self, state: &mut State, live: &mut Live, at: Millis, event: CallEvent) {
        let sequence = live.sequence;
        live.sequence += 1;
        if live.mute {
            return;
        }
        let id = live.line.reference.map_or(0, |reference| reference.call.0);
        let delay = if self.chance("late", id, sequence, self.faults.late) {
            10 * MINUTE
        } else if self.chance("overtaken", id, sequence, self.faults.overtaken) {
            2 * MINUTE
        } else {
            0
        };
        #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "minutes are small numbers")]
        let delay = (self.lot("delay", id, sequence) * delay as f64) as i64;
        let report = CallReport { line: live.line.clone(), sequence, at, event };
        if self.chance("doubled", id, sequence, self.faults.doubled) {
            Self::push(state, at.plus(delay + 7 * SECOND), Happening::Report(report.clone()));
        }
        Self::push(state, at.plus(delay), Happening::Report(report));
    }

    fn say(&self, state: &mut State, live: &mut Live, at: Millis, heard: Heard) {
        live.turn += 1;
        let (line, turn) = (live.line.clone(), live.turn);
        Self::push(state, at, Happening::Heard { line, turn, heard });
    }

    fn note_end(&self, state: &mut State, live: &Live, at: Millis) {
        if let Some(rang) = live.place.and_then(|place| state.remembered.get_mut(place)) {
            rang.ended_at = Some(at);
        }
    }

    fn hang_up(&self, state: &mut State, live: &mut Live, at: Millis, event: CallEvent) {
        live.over = true;
        self.note_end(state, live, at);
        self.report(state, live, at, event);
    }

    /// What is due by now, in order; each once.
    pub fn take_due(&self, now: Millis) -> Vec<Happening> {
        let mut state = self.state();
        let later = state.due.split_off(&(now.plus(1), 0));
        std::mem::replace(&mut state.due, later).into_values().collect()
    }

    /// Whether a call is under way, or something of one is still to be told.
    pub fn is_busy(&self) -> bool {
        let state = self.state();
        !state.live.is_empty() || state.due.values().any(|happening| !matches!(happening, Happening::Text(_)))
    }

    /// Puts every phone down; gives the lines that something was still to be told of. Nothing more comes of them.
    pub fn close(&self) -> Vec<Line> {
        let mut state = self.state();
        let due = std::mem::take(&mut state.due).into_values().filter_map(|happening| match happening {
            Happening::Report(report) => Some(report.line),
            Happening::Heard { line, .. } => Some(line),
            Happening::Text(_) => None,
        });
        let mut lines: HashMap<String, Line> = due.map(|line| (line.carrier_id.clone(), line)).collect();
        lines.extend(state.live.drain().map(|(id, live)| (id, live.line)));
        lines.into_values().collect()
    }

    /// When something is due next.
    pub fn next_due(&self) -> Option<Millis> {
        self.state().due.keys().next().map(|(at, _)| *at)
    }

    /// What the engine answered on a line: the callee hears it, and says something in turn.
    pub fn answer(&self, line: &Line, answer: &Answer, now: Millis) {
        let mut state = self.state();
        let Some(mut live) = state.live.remove(&line.carrier_id) else { return };
        let spoken = self.ahead(now, i64::from(answer.spoken_ms));
        let limit = live.answered_at.map(|at| self.ahead(at, live.longest_ms));
        if answer.hang_up || limit.is_some_and(|limit| limit <= spoken) {
            let at = self.ahead(spoken, 500);
            self.hang_up(&mut state, &mut live, at, CallEvent::Completed);
            return;
        }
        let turn = live.callee.hear(&answer.say);
        let delay = i64::from(turn.delay_ms);
        match &turn.said {
            Said::HungUp => {
                let at = self.ahead(spoken, delay);
                self.say(&mut state, &mut live, at, Heard::hung_up());
                self.hang_up(&mut state, &mut live, at.plus(1), CallEvent::Completed);
                return;
            }
            Said::Interruption { spoken_ms, .. } => {
                let at = self.ahead(now, i64::from(*spoken_ms) + delay);
                self.say(&mut state, &mut live, at, turn.heard());
            }
            _ => {
                let at = self.ahead(spoken, delay);
                self.say(&mut state, &mut live, at, turn.heard());
            }
        }
        state.live.insert(line.carrier_id.clone(), live);
    }

    /// The engine has nothing to say on a line: the exchange puts the phone down.
    pub fn drop_line(&self, line: &Line, now: Millis) {
        let mut state = self.state();
        if let Some(mut live) = state.live.remove(&line.carrier_id) {
            self.hang_up(&mut state, &mut live, now, CallEvent::Completed);
        }
    }

    /// Tells what could not be told again a little later.
    fn again(&self, happening: Happening, now: Millis) {
        Self::push(&mut self.state(), now.plus(SECOND), happening);
    }

    /// Every text message that arrived.
    pub fn texted(&self) -> Vec<Texted> {
        self.state().texted.clone()
    }

    /// Every call that rang.
    pub fn rang(&self) -> Vec<Rang> {
        self.state().remembered.clone()
    }

    /// Brings everything due to the engine and its answers back, until nothing is due; gives how many happenings there were.
    pub async fn play(&self, switchboard: &Switchboard, now: Millis) -> usize {
        let mut played = 0;
        loop {
            let due = self.take_due(now);
            if due.is_empty() {
                return played;
            }
            played += due.len();
            for happening in due {
                self.bring(switchboard, happening, now).await;
            }
        }
    }

    async fn bring(&self, switchboard: &Switchboard, happening: Happening, now: Millis) {
        match happening.clone() {
            Happening::Report(report) => {
                if let Err(error) = switchboard.report(report).await {
                    tracing::warn!(%error, "a sandbox report waits");
                    self.again(happening, now);
                }
            }
            Happening::Text(text) => {
                if let Err(error) = switchboard.text(text).await {
                    tracing::warn!(%error, "a sandbox text waits");
                    self.again(happening, now);
                }
            }
            Happening::Heard { line, turn, heard } => {
                let dead = heard.said == Said::HungUp;
                match switchboard.hear(line.clone(), turn, heard).await {
                    Ok(answer) if !dead => self.answer(&line, &answer, now),
                    Ok(_) => {}
                    Err(error) if error.code.kind == Kind::Unavailable => {
                        tracing::warn!(%error, "a sandbox callee waits");
                        self.again(happening, now);
                    }
                    Err(error) => {
                        tracing::info!(%error, "a sandbox callee has nobody to talk to");
                        self.drop_line(&line, now);
                    }
                }
            }
        }
    }
}
