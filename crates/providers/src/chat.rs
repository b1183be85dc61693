//! A language model behind any OpenAI-compatible chat endpoint. Asks and reads answers; what an answer must be is for whoever asks.
//!
//! `POST BASE/chat/completions` with `messages`, `response_format` and a bound on tokens (OpenAI's API reference, which llama.cpp, Ollama,
//! vLLM and others follow). Answers are not streamed.

use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use outrider_domain::secret::Secret;
use outrider_domain::span::Span;
use outrider_engine::ports::{Conversation, LanguageModel, NoAnswer, Said, Speaker, Turn};
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE};
use reqwest::{Client, Url};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use crate::http_client::{self, cause};

/// The longest that one answer may be waited for: two of these are less than a caller waits.
const LONGEST_TIMEOUT: Duration = Duration::from_secs(60);
/// How long connecting may take.
const CONNECT: Duration = Duration::from_secs(5);
/// Most bytes of an answer that are read.
const LARGEST_ANSWER: usize = 1024 * 1024;
/// Most letters of an endpoint's own words about an error that are logged.
const LOGGED: usize = 300;

/// The endpoint and its model.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ModelSettings {
    /// Where the API is, up to its version, such as `http://127.0.0.1:11434/v1`; without it no model is asked.
    pub base_url: Option<String>,
    /// The model, by the endpoint's name for it.
    pub model: Option<String>,
    /// The key, for endpoints that want one.
    pub api_key: Option<Secret>,
    /// How long one answer may take, from connecting to the last byte; at most a minute.
    pub timeout: Span,
    /// How the endpoint is told of the shape of an answer.
    pub structure: Structure,
    /// The name that the endpoint has for the bound on an answer's tokens.
    pub tokens_field: TokensField,
    /// Most tokens of one answer.
    pub max_tokens: u32,
    /// Questions at a time.
    pub concurrency: usize,
    /// Tokens that each project may use in a day (UTC), questions and answers together.
    pub daily_tokens: u32,
}

/// How an endpoint is told of the shape of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Structure {
    /// By its JSON Schema.
    #[default]
    JsonSchema,
    /// That it is JSON; the schema stands in the instructions, as always.
    JsonObject,
    /// Not at all, for endpoints that know no `response_format`.
    Text,
}

/// The name of the bound on an answer's tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokensField {
    /// What most endpoints know.
    #[default]
    MaxTokens,
    /// What OpenAI's reasoning models want.
    MaxCompletionTokens,
}

impl Default for ModelSettings {
    fn default() -> Self {
        Self {
            base_url: None,
            model: None,
            api_key: None,
            timeout: Span::seconds(20),
            structure: Structure::default(),
            tokens_field: TokensField::default(),
            max_tokens: 2_000,
            concurrency: 8,
            daily_tokens: 500_000,
        }
    }
}

/// A client of one model.
pub struct Chat {
    client: Client,
    url: Url,
    authorization: Option<String>,
    model: String,
    timeout: Duration,
    structure: Structure,
    tokens_field: TokensField,
    max_tokens: u32,
    places: Semaphore,
}

/// Settings that can't work; safe to show.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidModel(String);

impl Chat {
    /// A client, or none without an address. Asks nothing yet.
    ///
    /// # Errors
    /// Says what is wrong with address, model, key or bounds.
    pub fn new(settings: &ModelSettings) -> Result<Option<Self>, InvalidModel> {
        let Some(base) = &settings.base_url else { return Ok(None) };
        let refuse = |why: &str| InvalidModel(why.to_owned());
        let url = Url::parse(&format!("{}/chat/completions", base.trim_end_matches('/')));
        let url = url.map_err(|error| InvalidModel(format!("base_url: {error}")))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(refuse("base_url is the beginning of a URL, such as http://127.0.0.1:11434/v1"));
        }
        let model = settings.model.as_deref().map(str::trim).filter(|name| !name.is_empty());
        let model = model.ok_or_else(|| refuse("model is the endpoint's name for a model"))?.to_owned();
        let plain = |key: &Secret| !key.expose().is_empty() && key.expose().bytes().all(|byte| byte.is_ascii_graphic());
        if settings.api_key.as_ref().is_some_and(|key| !plain(key)) {
            return Err(refuse("api_key is a word of plain letters, digits and signs"));
        }
        let timeout = u64::try_from(settings.timeout.as_millis()).map_or(Duration::ZERO, Duration::from_millis);
        if timeout.is_zero() || timeout > LONGEST_TIMEOUT {
            return Err(refuse("timeout is more than no time and at most 60s"));
        }
        if settings.max_tokens == 0 || settings.concurrency == 0 {
            return Err(refuse("max_tokens and concurrency are at least 1"));
        }
        let builder = http_client::builder(None, timeout).map_err(InvalidModel)?.connect_timeout(CONNECT);
        Ok(Some(Self {
            client: builder.build().map_err(|error| InvalidModel(error.to_string()))?,
            url,
            authorization: settings.api_key.as_ref().map(|key| format!("Bearer {}", key.expose())),
            model,
            timeout,
            structure: settings.structure,
            tokens_field: settings.tokens_field,
            max_tokens: settings.max_tokens,
            places: Semaphore::new(settings.concurrency),
        }))
    }

    /// The body of a request.
    fn body(&self, asked: &Conversation) -> String {
        let messages: Vec<Value> = asked.turns.iter().map(message).collect();
        let mut body = json!({ "model": self.model, "messages": messages, "stream": false });
        let field = match self.tokens_field {
            TokensField::MaxTokens => "max_tokens",
            TokensField::MaxCompletionTokens => "max_completion_tokens",
        };
        body[field] = json!(self.max_tokens);
        match self.structure {
            Structure::JsonSchema => {
                let schema = json!({ "name": asked.name, "schema": asked.schema });
                body["response_format"] = json!({ "type": "json_schema", "json_schema": schema });
            }
            Structure::JsonObject => body["response_format"] = json!({ "type": "json_object" }),
            Structure::Text => {}
        }
        body.to_string()
    }

    async fn ask(&self, asked: Conversation) -> Result<Said, NoAnswer> {
        let unread = |why: &str| NoAnswer { why: why.to_owned(), read: false };
        let begun = tokio::time::Instant::now();
        let place = tokio::time::timeout(asked.within, self.places.acquire()).await;
        let Ok(Ok(_place)) = place else { return Err(unread("the model was busy all the time there was")) };
        let left = asked.within.saturating_sub(begun.elapsed()).min(self.timeout);
        let mut request = self.client.post(self.url.clone()).timeout(left).header(CONTENT_TYPE, "application/json");
        if let Some(authorization) = &self.authorization {
            request = request.header(AUTHORIZATION, authorization);
        }
        let response = match request.body(self.body(&asked)).send().await {
            Ok(response) => response,
            Err(error) if error.is_connect() => {
                tracing::warn!(why = cause(&error), "the language model is out of reach");
                return Err(unread("the model is out of reach"));
            }
            Err(error) => return Err(lost(&cause(&error))),
        };
        let status = response.status();
        let bytes = http_client::body(response, LARGEST_ANSWER).await.map_err(|why| lost(&why))?;
        let body: Value = serde_json::from_slice(&bytes).unwrap_or_default();
        if !status.is_success() {
            let said: String = body["error"]["message"].as_str().unwrap_or("-").chars().take(LOGGED).collect();
            tracing::warn!(%status, said, "the language model's endpoint refused a question");
            return Err(NoAnswer { why: format!("the model's endpoint answered {status}"), read: false });
        }
        answer(&body)
    }
}

fn message(turn: &Turn) -> Value {
    let role = match turn.by {
        Speaker::Instructions => "system",
        Speaker::Asker => "user",
        Speaker::Model => "assistant",
    };
    json!({ "role": role, "content": turn.text })
}

fn lost(why: &str) -> NoAnswer {
    tracing::warn!(why, "the language model gave no whole answer");
    NoAnswer { why: "the model took too long or broke off".to_owned(), read: true }
}

/// Reads `choices[0].message` and `usage`.
fn answer(body: &Value) -> Result<Said, NoAnswer> {
    let no = |why: &str| NoAnswer { why: why.to_owned(), read: true };
    let choice = &body["choices"][0];
    if choice["message"]["refusal"].as_str().is_some_and(|text| !text.is_empty())
        || choice["finish_reason"] == "content_filter"
    {
        return Err(no("the model refused"));
    }
    let text = match &choice["message"]["content"] {
        Value::String(text) => text.clone(),
        // Some endpoints answer in parts.
        Value::Array(parts) => parts.iter().filter_map(|part| part["text"].as_str()).collect(),
        _ => return Err(no("the model's endpoint answered nothing that can be read")),
    };
    Ok(Said { text, tokens: body["usage"]["total_tokens"].as_i64().filter(|tokens| *tokens >= 0) })
}

impl LanguageModel for Chat {
    fn name(&self) -> &str {
        &self.model
    }

    fn longest_answer(&self) -> i64 {
        i64::from(self.max_tokens)
    }

    fn answer(&self, asked: Conversation) -> BoxFuture<'_, Result<Said, NoAnswer>> {
        self.ask(asked).boxed()
    }
}

#[cfg(test)]
mod tests;
