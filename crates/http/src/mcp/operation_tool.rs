//! An operation as a tool: its card made of its spec, its arguments taken apart into a call, its end told as an answer. Holds no
//! rule of any operation.

use outrider_domain::id::ProjectId;
use outrider_engine::Error;
use outrider_engine::connected::Via;
use outrider_engine::error::Result;
use outrider_engine::operation::{Descriptor, Effect, Idempotency, Shape, Spec};
use outrider_engine::pipeline::{Call, Credential, Reply};
use outrider_engine::schema::Catalog;
use serde_json::{Value, json};

use super::caller::Caller;
use super::schema::{self, DRY_RUN, IDEMPOTENCY_KEY, PLAN_DIGEST, PROJECT};
use super::tool::{Answer, Answering, Card, Content, Hints, Object, Request, Tool};
use super::{next, untrusted};
use crate::surface::Style;
use crate::surface::input::wants_preview;
use crate::surface::respond::deadline_exceeded;

/// How long a call without an idempotency key is recognized when it comes again, in milliseconds: longer than clients wait
/// before they try once more, shorter than a person who wants the same thing twice.
pub const REPEAT_MS: i64 = 60_000;

/// A note in `_meta`: the answer is that of an earlier call.
const REPLAYED: &str = "io.outrider/replayed";

/// An operation of a surface.
pub(crate) struct OperationTool {
    operation: &'static Descriptor,
    card: Card,
    /// Whether `project_id` chooses the project rather than being a field of the operation's own.
    chooses_project: bool,
    /// What surrounds it.
    manner: Manner,
}

/// What an operation's tool must know of its surface.
#[derive(Clone, Copy)]
pub(crate) struct Manner {
    /// What errors are called on it.
    pub(crate) style: &'static dyn Style,
    /// Whether an outward act asks a person when the project has no policy for connected agents.
    pub(crate) asks: bool,
    /// Whether the surface has `get_action`.
    pub(crate) can_poll: bool,
}

impl OperationTool {
    /// The tool of the operation at a place of the catalogue's list.
    pub(crate) fn new(operation: &'static Descriptor, catalog: &Catalog, place: usize, manner: Manner) -> Self {
        let spec = &operation.spec;
        let empty = Value::Bool(true);
        let input = catalog.inputs.get(place).unwrap_or(&empty);
        let card = Card {
            name: spec.name,
            title: title(spec.name),
            description: description(spec, manner),
            input: schema::input(catalog, input, spec, false, manner.style),
            output: (spec.shape != Shape::File)
                .then(|| schema::output(catalog, catalog.outputs.get(place).unwrap_or(&empty), spec, manner.style)),
            hints: hints(spec),
            toolset: spec.tag,
            scope: Some(spec.scope),
        };
        let chooses_project = card.input.get("properties").is_none_or(|fields| fields.get(PROJECT).is_none());
        Self { operation, card, chooses_project, manner }
    }

    async fn run(&self, request: Request<'_>) -> Result<Reply> {
        let Request { state, caller, mut arguments } = request;
        let spec = &self.operation.spec;
        let chosen = if self.chooses_project { text(&mut arguments, PROJECT)? } else { None };
        let credential = in_project(caller, chosen)?;
        if let Some(limit) = self.manner.style.operation_limit(spec) {
            let standing = state.pipeline.count(&limit, &caller.counted_for(&limit)).await?;
            standing.check(state.pipeline.core().now())?;
        }
        let idempotency_key = if schema::takes_key(spec) { text(&mut arguments, IDEMPOTENCY_KEY)? } else { None };
        let (dry_run, plan_digest) = if spec.dry_run {
            let style = self.manner.style;
            let asked = if !arguments.contains_key(DRY_RUN) {
                style.previews_by_default(spec)
            } else if style.doubts_are_previews() {
                arguments.remove(DRY_RUN).is_some_and(|given| wants_preview(&given))
            } else {
                flag(&mut arguments, DRY_RUN)?
            };
            (asked, text(&mut arguments, PLAN_DIGEST)?)
        } else {
            (false, None)
        };
        let call = Call {
            idempotency_key,
            dry_run,
            plan_digest,
            via: if self.manner.asks { Via::Asking } else { Via::Trusted },
            repeat_within: Some(REPEAT_MS),
            ..Call::new(credential, Value::Object(arguments), caller.request_id.clone())
        };
        let called = state.pipeline.call_counted(self.operation, call);
        match tokio::time::timeout(state.shared.limits.operation, called).await {
            Ok(outcome) => outcome,
            Err(_) => Err(deadline_exceeded()),
        }
    }

    fn answer(&self, outcome: Result<Reply>) -> Answer {
        match outcome {
            Ok(reply) => self.done(reply),
            Err(error) => failed(&error, self.manner.style),
        }
    }

    fn done(&self, reply: Reply) -> Answer {
        if self.operation.spec.shape == Shape::File {
            return file(&reply.body);
        }
        // Where previews look like commits, they do so here too.
        let alike = self.manner.style.previews_look_like_commits();
        let mut body = if alike { self.manner.style.success(&self.operation.spec, &reply).body } else { reply.body };
        let mut answer = Answer::default();
        let mut places = untrusted::places(&body);
        places.extend((self.operation.written_outside)(&body));
        if !places.is_empty() {
            answer.content.push(Content::Text(untrusted::warning(&places)));
            answer.meta.insert(untrusted::META.to_owned(), json!(places));
        }
        if reply.replayed {
            answer.meta.insert(REPLAYED.to_owned(), json!(true));
            let note = "This is the remembered answer of the same call made before; nothing was done again. To do it once more on \
                purpose, give a new idempotency_key.";
            answer.content.push(Content::Text(note.to_owned()));
        }
        let waits = if reply.preview { None } else { next::pending(&body, self.manner.can_poll) };
        if let (Some(waits), Some(fields)) = (waits, body.as_object_mut()) {
            fields.insert("next".to_owned(), json!(waits));
        }
        answer.content.push(Content::Text(body.to_string()));
        answer.structured = Some(body);
        answer
    }
}

impl Tool for OperationTool {
    fn card(&self) -> &Card {
        &self.card
    }

    fn call<'a>(&'a self, request: Request<'a>) -> Answering<'a> {
        Box::pin(async move { self.answer(self.run(request).await) })
    }
}

/// How an operation is called in a project: a key has its own, a person's token has all of theirs.
fn in_project(caller: &Caller, chosen: Option<String>) -> Result<Credential> {
    let Some(chosen) = chosen else { return Ok(caller.credential.clone()) };
    let unknown = || Error::not_found("project").at(PROJECT);
    let wanted: ProjectId = chosen.parse().map_err(|_| unknown())?;
    match caller.credential.clone() {
        Credential::Token { secret, resource, .. } => Ok(Credential::Token { secret, resource, project: Some(wanted) }),
        other if wanted == caller.principal.project => Ok(other),
        _ => Err(unknown()),
    }
}

/// Bytes as what they are: sound and pictures for models that take them, for others a line that names them. What belongs to them
/// is said in that line and in the structured answer.
fn file(body: &Value) -> Answer {
    let text = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let (media_type, base64) = (text("content_type"), text("base64"));
    let mut about = body.as_object().cloned().unwrap_or_default();
    about.remove("base64");
    let beside = about.remove("beside").and_then(|beside| beside.as_object().cloned()).unwrap_or_default();
    let said: String = beside.iter().map(|(name, value)| format!("\n{name}: {}", plain(value))).collect();
    let named = Content::Text(format!("{} ({media_type}){said}", text("name")));
    about.extend(beside);
    let content = match media_type.split('/').next() {
        Some("audio") => vec![named, Content::Audio { base64, media_type }],
        Some("image") => vec![named, Content::Image { base64, media_type }],
        _ => vec![named, Content::Text(base64)],
    };
    Answer { content, structured: Some(Value::Object(about)), ..Answer::default() }
}

/// A value in a line for people: a text without its quotes.
fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned)
}

/// An error as an answer.
pub(crate) fn failed(error: &Error, style: &dyn Style) -> Answer {
    if next::is_ours(error) {
        tracing::error!(code = error.code.name, message = %error.message, source = ?error.source, "a tool failed");
    }
    let body = next::body(error, style);
    let at = error.field.as_ref().map(|field| format!(" (at {field})")).unwrap_or_default();
    let text = format!("{}{at} [{}] Next: {}", error.message, style.code_name(error.code), next::after(error));
    Answer { content: vec![Content::Text(text)], structured: Some(body), failed: true, ..Answer::default() }
}

/// `create_lead` as `Create lead`.
fn title(name: &str) -> String {
    let words = name.replace('_', " ");
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

fn description(spec: &Spec, manner: Manner) -> String {
    let mut text = spec.summary.to_owned();
    let mut add = |sentence: &str| {
        if !sentence.is_empty() {
            text.push(' ');
            text.push_str(sentence);
        }
    };
    add(spec.description);
    match spec.effect {
        Effect::Outward if manner.asks => {
            add(
                "Reaches a person outside or spends credits: a person approves it first, unless the project's policy lets you.",
            );
        }
        Effect::Outward => {
            add("Reaches a person outside or spends credits: confirm with the person you work for first.")
        }
        Effect::Destructive => add("Can't be undone."),
        Effect::Read | Effect::Write => {}
    }
    text
}

const fn hints(spec: &Spec) -> Hints {
    let read_only = matches!(spec.effect, Effect::Read);
    Hints {
        read_only,
        destructive: matches!(spec.effect, Effect::Destructive),
        idempotent: read_only || matches!(spec.idempotency, Idempotency::Natural),
        open_world: matches!(spec.effect, Effect::Outward),
    }
}

fn text(arguments: &mut Object, name: &str) -> Result<Option<String>> {
    match arguments.remove(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(Error::invalid(name, format!("{name} must be text."))),
    }
}

fn flag(arguments: &mut Object, name: &str) -> Result<bool> {
    match arguments.remove(name) {
        None | Some(Value::Null) => Ok(false),
        Some(Value::Bool(flag)) => Ok(flag),
        Some(_) => Err(Error::invalid(name, format!("{name} must be true or false."))),
    }
}

#[cfg(test)]
mod tests {
    use outrider_engine::operation::Effect;
    use outrider_engine::registry::OPERATIONS;

    use outrider_engine::schema::Catalog;

    use super::{Manner, hints, title};
    use crate::mcp::operation_tool::OperationTool;
    use crate::mcp::tool::Tool;

    #[test]
    fn annotations_follow_from_the_spec() {
        for operation in OPERATIONS {
            let hints = hints(&operation.spec);
            assert_eq!(hints.read_only, !operation.spec.writes(), "{}", operation.spec.name);
            assert!(!(hints.read_only && hints.destructive), "{}", operation.spec.name);
            assert_eq!(hints.open_world, operation.spec.effect == Effect::Outward, "{}", operation.spec.name);
        }
    }

    #[test]
    fn titles_are_words() {
        assert_eq!(title("send_email"), "Send email");
    }

    #[test]
    fn every_operation_makes_a_card_with_what_it_takes_beside_its_fields() {
        let catalog = Catalog::new(OPERATIONS);
        let manner = Manner { asks: true, can_poll: true, style: &crate::native::Native };
        for (place, operation) in OPERATIONS.iter().enumerate() {
            let tool = OperationTool::new(operation, &catalog, place, manner);
            let fields = &tool.card().input["properties"];
            assert_eq!(fields.get("dry_run").is_some(), operation.spec.dry_run, "{}", operation.spec.name);
            assert!(!tool.card().description.is_empty());
            assert!(operation.spec.writes() || fields.get("idempotency_key").is_none(), "{}", operation.spec.name);
        }
    }
}
