//! Owns a server in the shape of an OpenAI-compatible chat endpoint that answers given texts, or fails when it is told to.
//! Must not judge what it is asked: tests read it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};

use crate::small_http::{Request, serve};

/// How it answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// The texts it was given, one after the other; the last one ever after.
    Well,
    /// This status, with an error's body.
    Status(u16),
    /// With a refusal in place of a text.
    Refuses,
    /// JSON of another shape.
    Garbage,
    /// Not at all.
    HangsUp,
    /// Not for so many milliseconds, and then not at all.
    Stalls(u64),
}

/// A request it was sent.
#[derive(Debug, Clone, PartialEq)]
pub struct Asked {
    /// `/v1/chat/completions`.
    pub path: String,
    /// The header.
    pub authorization: Option<String>,
    /// The body.
    pub body: Value,
}

struct State {
    manner: Manner,
    texts: Vec<String>,
    asked: Vec<Asked>,
}

/// The server; it ends with the process.
#[derive(Clone)]
pub struct ChatLike {
    url: String,
    state: Arc<Mutex<State>>,
}

impl ChatLike {
    /// Starts one that answers these texts.
    ///
    /// # Panics
    /// When there is no port.
    #[must_use]
    pub fn start(texts: &[&str]) -> Self {
        let texts = texts.iter().map(|text| (*text).to_owned()).collect();
        let state = Arc::new(Mutex::new(State { manner: Manner::Well, texts, asked: Vec::new() }));
        let serving = Self { url: String::new(), state: Arc::clone(&state) };
        Self { url: serve(move |request| serving.answer(request)), state }
    }

    /// Where it is, without the version.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// How it answers from now on.
    pub fn behave(&self, manner: Manner) {
        self.state().manner = manner;
    }

    /// What it answers from now on.
    pub fn say(&self, texts: &[&str]) {
        self.state().texts = texts.iter().map(|text| (*text).to_owned()).collect();
    }

    /// What it was asked, in order.
    #[must_use]
    pub fn asked(&self) -> Vec<Asked> {
        self.state().asked.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn answer(&self, request: &Request) -> Option<(u16, Value)> {
        let (manner, text) = {
            let mut state = self.state();
            state.asked.push(Asked {
                path: request.posted_to().unwrap_or_default().to_owned(),
                authorization: request.header("authorization"),
                body: request.json(),
            });
            let text = if state.texts.len() > 1 { state.texts.remove(0) } else { state.texts.concat() };
            (state.manner, text)
        };
        let message = |message: Value| {
            Some((
                200,
                json!({ "id": "chat-1", "object": "chat.completion", "usage": { "total_tokens": 42 },
                "choices": [{ "index": 0, "finish_reason": "stop", "message": message }] }),
            ))
        };
        match manner {
            Manner::Well => message(json!({ "role": "assistant", "content": text })),
            Manner::Status(status) => Some((status, json!({ "error": { "message": "An error of this test." } }))),
            Manner::Refuses => message(json!({ "role": "assistant", "content": null, "refusal": "I can't do that." })),
            Manner::Garbage => Some((200, json!({ "hello": "world" }))),
            Manner::HangsUp => None,
            Manner::Stalls(milliseconds) => {
                std::thread::sleep(Duration::from_millis(milliseconds));
                None
            }
        }
    }
}
