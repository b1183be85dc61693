//! The simulated world: recipients' mail servers and people, all from one seed. Remembers what arrived; knows no database.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::future::BoxFuture;
use outrider_domain::mail::{Delivery, DeliveryStatus, FeedbackReport, InboundMail, OutgoingMail};
use outrider_domain::time::{Clock, DAY, HOUR, MINUTE, Millis};
use outrider_domain::weights::{fraction, seed};
use sha2::{Digest, Sha256};

use super::{DayReport, VirtualClock};
use crate::ports::Mailer;

/// Chances in a thousand. Per mail unless said otherwise.
#[derive(Debug, Clone)]
pub struct People {
    /// A person writes back.
    pub replies: u32,
    /// A person asks for no more mail.
    pub opt_outs: u32,
    /// An out-of-office note comes back.
    pub away: u32,
    /// The address does not exist: the server says so at once. Per address.
    pub bad_addresses: u32,
    /// The address does not exist: a bounce comes later. Per address.
    pub late_bounces: u32,
    /// It is reported as spam.
    pub complaints: u32,
    /// The server puts a try off. Per try.
    pub deferrals: u32,
    /// The connection breaks after the final dot and the mail arrived. Per try.
    pub lost_answers: u32,
    /// The connection breaks after the final dot and the mail did not arrive. Per try.
    pub lost_mails: u32,
    /// Our own mail server gives trouble. Per try.
    pub trouble: u32,
}

impl Default for People {
    /// What a careful cold campaign meets: our estimates, to be changed from the command line.
    fn default() -> Self {
        Self {
            replies: 40,
            opt_outs: 8,
            away: 50,
            bad_addresses: 15,
            late_bounces: 10,
            complaints: 1,
            deferrals: 30,
            lost_answers: 0,
            lost_mails: 0,
            trouble: 0,
        }
    }
}

impl People {
    /// Everything goes wrong often: for looking for broken promises.
    #[must_use]
    pub fn hostile() -> Self {
        Self {
            replies: 100,
            opt_outs: 60,
            away: 80,
            bad_addresses: 50,
            late_bounces: 50,
            complaints: 30,
            deferrals: 200,
            lost_answers: 40,
            lost_mails: 40,
            trouble: 60,
        }
    }
}

/// A mail that a recipient's server took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrived {
    /// When.
    pub at: Millis,
    /// Message-ID.
    pub message_id: String,
    /// Sender.
    pub from: String,
    /// Recipient.
    pub to: String,
    /// Subject and text, hashed.
    pub content: [u8; 32],
}

#[derive(Default)]
struct State {
    arrived: Vec<Arrived>,
    coming: BTreeMap<(Millis, u64), (String, InboundMail)>,
    coming_count: u64,
    tries: HashMap<String, i64>,
    /// When a person first asked for no more mail, or complained, and we were told.
    told: HashMap<String, Millis>,
    notes: Vec<(Millis, Note)>,
}

#[derive(Debug, Clone, Copy)]
enum Note {
    Reply,
    OptOut,
    Automatic,
    Bounce,
    Complaint,
    Deferred,
    Unknown,
}

/// The world.
pub struct World {
    seed: u64,
    people: People,
    clock: Arc<VirtualClock>,
    state: Mutex<State>,
}

impl World {
    /// A world that follows from a seed.
    #[must_use]
    pub fn new(seed: u64, people: People, clock: Arc<VirtualClock>) -> Self {
        Self { seed, people, clock, state: Mutex::default() }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn number(text: &str) -> i64 {
        let hash: [u8; 32] = Sha256::digest(text).into();
        i64::from_be_bytes([hash[0], hash[1], hash[2], hash[3], hash[4], hash[5], hash[6], hash[7]])
    }

    fn lot(&self, purpose: &str, about: &str, number: i64) -> f64 {
        fraction(&seed(purpose, &[self.seed.cast_signed(), Self::number(about), number]))
    }

    fn chance(&self, purpose: &str, about: &str, number: i64, per_thousand: u32) -> bool {
        self.lot(purpose, about, number) * 1_000.0 < f64::from(per_thousand)
    }

    /// A delay between two bounds, in milliseconds.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        reason = "delays of days are far below what a double holds exactly"
    )]
    fn delay(&self, about: &str, from: i64, to: i64) -> i64 {
        from + (self.lot("delay", about, 0) * (to - from) as f64) as i64
    }

    fn answer(state: &mut State, at: Millis, mail: &OutgoingMail, build: impl FnOnce(&mut InboundMail)) {
        let recipient = mail.reply_to.as_ref().unwrap_or(&mail.from).to_string();
        let number = state.coming_count;
        let mut inbound = InboundMail {
            message_id: Some(format!("in-{number}-{}", mail.message_id)),
            from: Some(mail.to.to_string()),
            to: vec![recipient.clone()],
            subject: format!("Re: {}", mail.subject),
            in_reply_to: vec![mail.message_id.clone()],
            references: vec![mail.message_id.clone()],
            date: Some(at),
            ..InboundMail::default()
        };
        build(&mut inbound);
        state.coming_count += 1;
        state.coming.insert((at, number), (recipient, inbound));
    }

    /// The server took the mail: it arrived, and the person may answer.
    fn arrive(&self, mail: &OutgoingMail) {
        let now = self.clock.now();
        let (to, id) = (mail.to.to_string(), mail.message_id.clone());
        let mut state = self.state();
        let content: [u8; 32] = Sha256::digest(format!("{}\n{}", mail.subject, mail.text)).into();
        state.arrived.push(Arrived {
            at: now,
            message_id: id.clone(),
            from: mail.from.to_string(),
            to: to.clone(),
            content,
        });
        if self.chance("late bounce", &to, 0, self.people.late_bounces) {
            let at = now.plus(self.delay(&id, MINUTE, HOUR));
            Self::answer(&mut state, at, mail, |inbound| {
                inbound.from = Some("mailer-daemon@example.invalid".to_owned());
                inbound.envelope_from = Some(String::new());
                inbound.subject = "Undelivered Mail Returned to Sender".to_owned();
                inbound.original_message_id = Some(id.clone());
                inbound.delivery_status = Some(DeliveryStatus {
                    action: "failed".to_owned(),
                    status: "5.1.1".to_owned(),
                    recipient: Some(to.clone()),
                    diagnostic: Some("user unknown".to_owned()),
                });
            });
            return;
        }
        if self.chance("complaint", &id, 0, self.people.complaints) {
            let at = now.plus(self.delay(&id, HOUR, DAY));
            Self::answer(&mut state, at, mail, |inbound| {
                inbound.original_message_id = Some(id.clone());
                inbound.feedback_report =
                    Some(FeedbackReport { feedback_type: "abuse".to_owned(), recipient: Some(to.clone()) });
            });
            return;
        }
        if self.chance("away", &id, 0, self.people.away) {
            Self::answer(&mut state, now.plus(MINUTE), mail, |inbound| {
                inbound.subject = format!("Out of office: {}", mail.subject);
                inbound.text = "I am out of the office until Monday.".to_owned();
                inbound.headers = vec![("auto-submitted".to_owned(), "auto-replied".to_owned())];
            });
        }
        let at = now.plus(self.delay(&id, 10 * MINUTE, 3 * DAY));
        if self.chance("opt out", &id, 0, self.people.opt_outs) {
            Self::answer(&mut state, at, mail, |inbound| inbound.text = "Please remove me from your list.".to_owned());
        } else if self.chance("reply", &id, 0, self.people.replies) {
            Self::answer(&mut state, at, mail, |inbound| {
                inbound.text = "Sounds interesting. Can you tell me more?".to_owned()
            });
        }
    }

    fn decide(&self, mail: &OutgoingMail) -> Delivery {
        let (to, id) = (mail.to.to_string(), mail.message_id.clone());
        let try_number = {
            let mut state = self.state();
            let count = state.tries.entry(id.clone()).or_insert(0);
            *count += 1;
            *count
        };
        let note = |note| self.state().notes.push((self.clock.now(), note));
        if self.chance("trouble", &id, try_number, self.people.trouble) {
            note(Note::Deferred);
            return Delivery::Deferred {
                code: Some(421),
                response: "simulated: try again later".to_owned(),
                transport: true,
            };
        }
        if self.chance("bad address", &to, 0, self.people.bad_addresses) {
            note(Note::Bounce);
            return Delivery::Refused {
                code: Some(550),
                enhanced: Some("5.1.1".to_owned()),
                response: "simulated: no such user".to_owned(),
                bad_address: true,
            };
        }
        if self.chance("deferral", &id, try_number, self.people.deferrals) {
            note(Note::Deferred);
            return Delivery::Deferred {
                code: Some(450),
                response: "simulated: greylisted".to_owned(),
                transport: false,
            };
        }
        if self.chance("lost mail", &id, try_number, self.people.lost_mails) {
            note(Note::Unknown);
            return Delivery::Unknown { response: "simulated: the connection broke after the final dot".to_owned() };
        }
        self.arrive(mail);
        if self.chance("lost answer", &id, try_number, self.people.lost_answers) {
            note(Note::Unknown);
            return Delivery::Unknown { response: "simulated: the connection broke after the final dot".to_owned() };
        }
        Delivery::Accepted { response: "250 2.0.0 simulated".to_owned() }
    }

    /// Mails that have come in by now: to which address, and what.
    pub fn take_due(&self, now: Millis) -> Vec<(String, InboundMail)> {
        let mut state = self.state();
        let later = state.coming.split_off(&(now.plus(1), 0));
        let due = std::mem::replace(&mut state.coming, later);
        let mut taken = Vec::with_capacity(due.len());
        for ((at, _), (recipient, mail)) in due {
            let note = if mail.delivery_status.is_some() {
                Note::Bounce
            } else if mail.feedback_report.is_some() {
                Note::Complaint
            } else if !mail.headers.is_empty() {
                Note::Automatic
            } else if mail.text.starts_with("Please remove") {
                Note::OptOut
            } else {
                Note::Reply
            };
            if matches!(note, Note::Complaint | Note::OptOut | Note::Bounce | Note::Reply) {
                let person = mail
                    .delivery_status
                    .as_ref()
                    .and_then(|status| status.recipient.clone())
                    .or_else(|| mail.feedback_report.as_ref().and_then(|report| report.recipient.clone()))
                    .or_else(|| mail.from.clone());
                state.told.entry(person.unwrap_or_default()).or_insert(at);
            }
            state.notes.push((at, note));
            taken.push((recipient, mail));
        }
        taken
    }

    /// When the next mail comes in.
    pub fn next_due(&self) -> Option<Millis> {
        self.state().coming.keys().next().map(|(at, _)| *at)
    }

    /// Everything that arrived.
    pub fn arrived(&self) -> Vec<Arrived> {
        self.state().arrived.clone()
    }

    /// When each person answered in a way that must end a sequence: by reply, request, bounce or complaint.
    pub fn told(&self) -> HashMap<String, Millis> {
        self.state().told.clone()
    }

    /// What happened day by day.
    #[must_use]
    pub fn days(&self, from: Millis, count: i64) -> Vec<DayReport> {
        let mut days: Vec<DayReport> = (0..count)
            .map(|day| DayReport { day: day + 1, from: from.plus(day * DAY), ..DayReport::default() })
            .collect();
        let state = self.state();
        let index = |at: Millis| usize::try_from((at.0 - from.0) / DAY).unwrap_or(usize::MAX);
        for mail in &state.arrived {
            if let Some(day) = days.get_mut(index(mail.at)) {
                day.sent += 1;
            }
        }
        for (at, note) in &state.notes {
            let Some(day) = days.get_mut(index(*at)) else { continue };
            let counter = match note {
                Note::Reply => &mut day.replies,
                Note::OptOut => &mut day.opt_outs,
                Note::Automatic => &mut day.automatic,
                Note::Bounce => &mut day.bounces,
                Note::Complaint => &mut day.complaints,
                Note::Deferred => &mut day.deferred,
                Note::Unknown => &mut day.unknown,
            };
            *counter += 1;
        }
        days
    }
}

impl Mailer for World {
    fn deliver<'a>(&'a self, _: &'a str, mail: &'a OutgoingMail) -> BoxFuture<'a, Delivery> {
        Box::pin(async move { self.decide(mail) })
    }

    fn knows(&self, _: &str) -> bool {
        true
    }
}
