//! The port for whoever makes up what the agent says. Names the exchange; does no I/O itself.
//!
//! A speaker is asked with [`Speaker::open`] and [`Speaker::hear`] and answers with a [`Step`]. One with a language model answers
//! [`Step::Request`]: the caller sends the request over its own connection, in its own time, and brings back what came with
//! [`Speaker::respond`]. The built-in [`Dialogue`] knows its next words at once and always answers [`Step::Turn`].
//!
//! A speaker with a model must still obey the rules that no model may loosen: its first sentence discloses the machine, an opt-out
//! found by [`outrider_domain::classify::spoken_opt_out`] ends the call at once, and what the callee says goes into the request
//! marked as [`Message::outside`]: data, never orders.

use serde::Serialize;
use serde_json::Value as Json;

use crate::dialogue::Dialogue;
use crate::turn::{Heard, Turn};

/// What a speaker needs next, or what it does.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// It acts.
    Turn(Box<Turn>),
    /// It waits for a model's answer.
    Request(Request),
}

/// A question to a language model, free of any provider's form.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Request {
    /// Standing orders, such as [`crate::Template::assembled_prompt`].
    pub system: String,
    /// The conversation so far.
    pub messages: Vec<Message>,
    /// JSON Schema that the answer must fit.
    pub schema: Json,
}

/// One message of a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Message {
    /// Whether the agent said it.
    pub own: bool,
    /// Whether the words came from outside and must be marked as data in the prompt.
    pub outside: bool,
    /// The words.
    pub text: String,
}

/// What a model answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Response {
    /// Its text, which should fit the request's schema.
    Text(String),
    /// Nothing of use, and why.
    Failed(String),
}

/// Makes up what the agent says.
pub trait Speaker {
    /// The callee picked up and the agent speaks first.
    fn open(&mut self) -> Step;
    /// Something was heard.
    fn hear(&mut self, heard: Heard) -> Step;
    /// The answer to the last [`Step::Request`]. A speaker that asked nothing repeats its last turn.
    fn respond(&mut self, response: Response) -> Step;
}

impl Speaker for Dialogue {
    fn open(&mut self) -> Step {
        Step::Turn(Box::new(Self::hear(self, Heard::connected())))
    }

    fn hear(&mut self, heard: Heard) -> Step {
        Step::Turn(Box::new(Self::hear(self, heard)))
    }

    fn respond(&mut self, _: Response) -> Step {
        Step::Turn(Box::new(self.last_turn().clone()))
    }
}
