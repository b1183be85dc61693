//! The client against an endpoint that answers in every manner, well and badly.

use std::time::{Duration, Instant};

use outrider_domain::secret::Secret;
use outrider_domain::span::Span;
use outrider_engine::ports::{Conversation, LanguageModel, Speaker, Turn};
use outrider_testkit::chat_like::{ChatLike, Manner};
use serde_json::json;

use super::{Chat, ModelSettings, Structure, TokensField};

fn settings(url: &str) -> ModelSettings {
    ModelSettings {
        base_url: Some(format!("{url}/v1/")),
        model: Some("small-1".to_owned()),
        api_key: Some(Secret::new("sk-1")),
        ..ModelSettings::default()
    }
}

fn chat(settings: &ModelSettings) -> Chat {
    Chat::new(settings).unwrap().unwrap()
}

fn conversation() -> Conversation {
    let turn = |by, text: &str| Turn { by, text: text.to_owned() };
    Conversation {
        name: "a_skill",
        schema: json!({ "type": "object" }),
        turns: vec![turn(Speaker::Instructions, "Do."), turn(Speaker::Asker, "Facts."), turn(Speaker::Model, "No.")],
        within: Duration::from_secs(5),
    }
}

#[tokio::test]
async fn a_question_is_asked_as_the_api_wants_it() {
    let endpoint = ChatLike::start(&["{}"]);
    let said = chat(&settings(endpoint.url())).answer(conversation()).await.unwrap();
    assert_eq!((said.text.as_str(), said.tokens), ("{}", Some(42)));
    let asked = &endpoint.asked()[0];
    assert_eq!((asked.path.as_str(), asked.authorization.as_deref()), ("/v1/chat/completions", Some("Bearer sk-1")));
    assert_eq!(
        asked.body,
        json!({ "model": "small-1", "stream": false, "max_tokens": 2000, "messages": [
            { "role": "system", "content": "Do." }, { "role": "user", "content": "Facts." }, { "role": "assistant", "content": "No." }],
            "response_format": { "type": "json_schema", "json_schema": { "name": "a_skill", "schema": { "type": "object" } } } })
    );
    let other = ModelSettings {
        api_key: None,
        structure: Structure::Text,
        tokens_field: TokensField::MaxCompletionTokens,
        ..settings(endpoint.url())
    };
    chat(&other).answer(conversation()).await.unwrap();
    let asked = &endpoint.asked()[1];
    assert_eq!((asked.authorization.as_deref(), asked.body.get("response_format")), (None, None));
    assert_eq!((&asked.body["max_completion_tokens"], asked.body.get("max_tokens")), (&json!(2000), None));
}

#[tokio::test]
async fn every_fault_is_no_answer_in_time_and_says_whether_tokens_count() {
    let endpoint = ChatLike::start(&["{}"]);
    let quick = ModelSettings { timeout: Span::seconds(1), ..settings(endpoint.url()) };
    let chat = chat(&quick);
    for (manner, why, read) in [
        (Manner::Status(429), "429", false),
        (Manner::Status(500), "500", false),
        (Manner::Refuses, "refused", true),
        (Manner::Garbage, "nothing that can be read", true),
        (Manner::HangsUp, "broke off", true),
        (Manner::Stalls(3_000), "took too long", true),
    ] {
        endpoint.behave(manner);
        let begun = Instant::now();
        let no = chat.answer(conversation()).await.unwrap_err();
        assert!(no.why.contains(why) && no.read == read, "{manner:?}: {no:?}");
        assert!(begun.elapsed() < Duration::from_millis(2_900), "{manner:?}");
    }
    let nobody = ModelSettings { base_url: Some("http://127.0.0.1:9/v1".to_owned()), ..quick };
    let no = super::Chat::new(&nobody).unwrap().unwrap().answer(conversation()).await.unwrap_err();
    assert!(no.why.contains("out of reach") && !no.read, "{no:?}");
}

#[tokio::test]
async fn who_waits_for_a_place_waits_no_longer_than_there_is_time() {
    let endpoint = ChatLike::start(&["{}"]);
    endpoint.behave(Manner::Stalls(2_000));
    let one = ModelSettings { concurrency: 1, timeout: Span::seconds(2), ..settings(endpoint.url()) };
    let chat = chat(&one);
    let short = Conversation { within: Duration::from_millis(200), ..conversation() };
    let (first, second) = tokio::join!(chat.answer(conversation()), chat.answer(short));
    assert!(first.is_err());
    assert!(second.is_err_and(|no| no.why.contains("busy") && !no.read));
}

#[test]
fn settings_that_cannot_work_are_named() {
    assert!(Chat::new(&ModelSettings::default()).unwrap().is_none());
    let good = settings("http://127.0.0.1:1");
    for (bad, named) in [
        (ModelSettings { model: None, ..good.clone() }, "model"),
        (ModelSettings { base_url: Some("nowhere".to_owned()), ..good.clone() }, "base_url"),
        (ModelSettings { base_url: Some("ftp://x/v1".to_owned()), ..good.clone() }, "base_url"),
        (ModelSettings { api_key: Some(Secret::new("a b")), ..good.clone() }, "api_key"),
        (ModelSettings { timeout: Span::minutes(2), ..good.clone() }, "timeout"),
        (ModelSettings { max_tokens: 0, ..good.clone() }, "max_tokens"),
    ] {
        assert!(Chat::new(&bad).is_err_and(|error| error.to_string().contains(named)), "{named}");
    }
}
