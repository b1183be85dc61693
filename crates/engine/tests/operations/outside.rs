//! Operations that ask the world between two transactions, made up so that they can do everything such an operation may.

use std::sync::Mutex;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use outrider_engine::context::{Context, Event};
use outrider_engine::error::{Error, Result, code};
use outrider_engine::operation::{Operation, Spec, within};
use outrider_engine::outside::{Outside, Stage};
use outrider_engine::pipeline::{Call, Credential, Reply};
use outrider_engine::ports::Ports;
use outrider_engine::principal::Principal;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::support::TestApp;

outrider_engine::operations! {
    /// The made-up ones.
    static ASKING
    Write,
    Read,
    Around,
    Unasked,
}

/// Every word asked about, by whichever test.
static ASKED: Mutex<Vec<String>> = Mutex::new(Vec::new());

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Word {
    word: String,
}

fn question(cx: &mut Context<'_, '_>, input: &Word) -> Result<String> {
    let leads = outrider_store::leads::count(cx.tx, cx.project, outrider_domain::time::Millis(0))?.0;
    cx.plan.push(json!({ "ask": input.word, "leads": leads }));
    if input.word == "never" {
        return Err(Error::new(code::WRONG_STATE, "Nobody asks that."));
    }
    Ok(input.word.clone())
}

async fn ask(word: String) -> Result<String> {
    ASKED.lock().unwrap().push(word.clone());
    match word.as_str() {
        "down" => Err(Error::new(code::PAYMENTS_UNAVAILABLE, "Nobody answers.")),
        _ => Ok(word.to_uppercase()),
    }
}

macro_rules! asking {
    ($name:ident $spec:expr) => {
        struct $name;

        impl Operation for $name {
            const SPEC: Spec = $spec;
            const OUTSIDE: Option<Stage> = Some(Stage::of::<Self>());
            type Input = Word;
            type Output = Value;
            fn run(cx: &mut Context<'_, '_>, input: Word) -> Result<Value> {
                let answer = cx.answer::<String>()?;
                cx.emit(Event::new("test.answered").data(json!({ "answer": answer.as_str() })));
                Ok(json!({ "word": input.word, "answer": answer.as_str() }))
            }
        }

        impl Outside for $name {
            type Question = String;
            type Answer = String;
            fn question(cx: &mut Context<'_, '_>, input: Word) -> Result<String> {
                question(cx, &input)
            }
            fn ask(_: &Ports, question: String) -> BoxFuture<'_, Result<String>> {
                ask(question).boxed()
            }
        }
    };
}

asking! { Write Spec::act("ask_and_write", "tests", "/ask", "tests:write", "Ask and write.").previews() }
asking! { Read Spec::get("ask_and_read", "tests", "/ask", "tests:read", "Ask and read.") }

/// As an endpoint of a dialect: asks what the native operation asks, and runs it within.
struct Around;

impl Operation for Around {
    const SPEC: Spec = Spec::act("ask_around", "tests", "/around", "tests:write", "Ask through another.");
    const OUTSIDE: Option<Stage> = Some(Stage::of::<Self>());
    type Input = Word;
    type Output = Value;
    fn run(cx: &mut Context<'_, '_>, input: Word) -> Result<Value> {
        within::<Write>(cx, json!({ "word": input.word }))
    }
}

impl Outside for Around {
    type Question = String;
    type Answer = String;
    fn question(cx: &mut Context<'_, '_>, input: Word) -> Result<String> {
        Write::question(cx, input)
    }
    fn ask(ports: &Ports, question: String) -> BoxFuture<'_, Result<String>> {
        Write::ask(ports, question)
    }
}

/// Runs one that asks without asking: a mistake.
struct Unasked;

impl Operation for Unasked {
    const SPEC: Spec = Spec::act("ask_nobody", "tests", "/unasked", "tests:write", "Forget to ask.");
    type Input = Word;
    type Output = Value;
    fn run(cx: &mut Context<'_, '_>, input: Word) -> Result<Value> {
        within::<Write>(cx, json!({ "word": input.word }))
    }
}

async fn call(app: &TestApp, name: &str, word: &str, change: impl FnOnce(&mut Call)) -> Result<Reply> {
    let operation = ASKING.iter().find(|operation| operation.spec.name == name).unwrap();
    let principal = Credential::Known(Principal::operator(app.main));
    let mut call = Call::new(principal, json!({ "word": word }), "test");
    change(&mut call);
    app.pipeline.call(operation, call).await.1
}

async fn answered(app: &TestApp) -> usize {
    app.events().await.iter().filter(|kind| *kind == "test.answered").count()
}

#[tokio::test]
async fn an_answer_is_recorded_once_and_what_fails_before_it_leaves_nothing() {
    let app = TestApp::new().await;
    assert_eq!(call(&app, "ask_and_write", "hello", |_| ()).await.unwrap().body["answer"], "HELLO");
    assert_eq!(call(&app, "ask_and_read", "hello", |_| ()).await.unwrap().body["answer"], "HELLO");
    assert_eq!(call(&app, "ask_around", "hello", |_| ()).await.unwrap().body["answer"], "HELLO");
    for (name, word, code) in [
        ("ask_and_write", "down", "payments_unavailable"),
        ("ask_and_write", "never", "wrong_state"),
        ("ask_and_read", "down", "payments_unavailable"),
        ("ask_nobody", "hello", "internal_error"),
    ] {
        let failed = call(&app, name, word, |call| call.idempotency_key = Some("k".to_owned())).await.unwrap_err();
        assert_eq!(failed.code.name, code, "{name} {word}");
    }
    assert_eq!(answered(&app).await, 2, "two of the three that succeeded write");
    let key = |call: &mut Call| call.idempotency_key = Some("k".to_owned());
    let first = call(&app, "ask_and_write", "once", key).await.unwrap();
    let second = call(&app, "ask_and_write", "once", key).await.unwrap();
    assert!(!first.replayed && second.replayed && first.body == second.body);
    let asked = ASKED.lock().unwrap().iter().filter(|word| *word == "once").count();
    assert_eq!(asked, 1, "a remembered answer is not asked for again");
}

#[tokio::test]
async fn a_preview_asks_nothing_and_its_digest_holds_the_commit() {
    let app = TestApp::new().await;
    let preview = call(&app, "ask_and_write", "maybe", |call| call.dry_run = true).await.unwrap();
    assert!(preview.preview);
    assert_eq!(
        (&preview.body["plan"], &preview.body["result"]),
        (&json!([{ "ask": "maybe", "leads": 0 }]), &Value::Null)
    );
    assert_eq!(answered(&app).await, 0);
    let digest = preview.body["digest"].as_str().unwrap().to_owned();
    let commit = |call: &mut Call| call.plan_digest = Some(digest.clone());
    call(&app, "ask_and_write", "maybe", commit).await.unwrap();
    app.call(&app.operator(), "create_lead", json!({ "name": "Jane" })).ok().await;
    let stale = call(&app, "ask_and_write", "maybe", commit).await.unwrap_err();
    assert_eq!((stale.code.name, answered(&app).await), ("plan_changed", 1));
}
