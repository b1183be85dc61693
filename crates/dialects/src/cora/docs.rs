//! `GET /api/v1/docs`: the reference in Markdown. Its prose is here; every endpoint, field and code comes from the lists that
//! the server itself works by.

use std::fmt::Write as _;

use outrider_engine::operation::{Descriptor, Idempotency, Shape, Success};
use outrider_engine::schema::Catalog;
use outrider_http::{Bound, Surface};
use serde_json::Value;

use super::style::{CODES, REQUESTS_PER_MINUTE, code_name};

/// The words of a text with the marks `BASE`, `MCP` and `LIMIT` filled in.
const PROSE: &str = include_str!("docs.md");

/// The reference, for a server at a public URL.
pub(super) fn markdown(bound: &Bound, public_url: &str) -> String {
    let surface = &bound.surface;
    let root = format!("{public_url}{}", surface.mount);
    let mcp = format!("{root}{}", surface.mcp.unwrap_or_default());
    let mut text = PROSE
        .replace("{BASE}", &format!("{root}/api/v1"))
        .replace("{MCP}", &mcp)
        .replace("{LIMIT}", &REQUESTS_PER_MINUTE.to_string());
    errors(&mut text);
    contents(&mut text, surface);
    let mut tag = "";
    for (place, endpoint) in surface.operations.iter().enumerate() {
        if endpoint.spec.tag != tag {
            tag = endpoint.spec.tag;
            line(&mut text, &format!("\n## {}\n", title(tag)));
        }
        describe(&mut text, bound.catalog(), endpoint, place);
    }
    text
}

fn line(text: &mut String, line: &str) {
    text.push_str(line);
    text.push('\n');
}

/// `phone_numbers` as `Phone numbers`.
fn title(tag: &str) -> String {
    let words = tag.replace('_', " ");
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

fn errors(text: &mut String) {
    line(text, "\n## Error codes\n\n| code | status | meaning |\n|---|---|---|");
    for row in CODES {
        line(text, &format!("| `{}` | {} | {} |", row.name, row.status, row.meaning));
    }
}

fn contents(text: &mut String, surface: &Surface) {
    line(text, "\n## Endpoints\n\n| endpoint | tool | what it does |\n|---|---|---|");
    for endpoint in surface.operations {
        let spec = &endpoint.spec;
        line(text, &format!("| `{}` | `{}` | {} |", address(endpoint), spec.name, spec.summary));
    }
}

/// `GET /leads/{lead_id}`: below the base URL.
fn address(endpoint: &Descriptor) -> String {
    let spec = &endpoint.spec;
    let verb = format!("{:?}", spec.verb).to_uppercase();
    format!("{verb} {}", spec.path.strip_prefix("/api/v1").unwrap_or(spec.path))
}

fn describe(text: &mut String, catalog: &Catalog, endpoint: &Descriptor, place: usize) {
    let spec = &endpoint.spec;
    let who = match spec.public {
        Some(most) => format!("Needs no key; {most} calls an hour from one address."),
        None if spec.person => "For a person who signed in, on this server's own pages: it takes no key.".to_owned(),
        None => format!("Scope: `{}`.", spec.scope),
    };
    line(text, &format!("\n### `{}`\n\n{} Tool: `{}`. {who}", address(endpoint), spec.summary, spec.name));
    if !spec.description.is_empty() {
        line(text, &format!("\n{}", spec.description));
    }
    match spec.idempotency {
        Idempotency::Natural => {}
        Idempotency::Optional => line(text, "\nHonours `Idempotency-Key`."),
        Idempotency::Required => line(text, "\nNeeds an `Idempotency-Key`."),
    }
    let input = catalog.inputs.get(place).unwrap_or(&Value::Null);
    let required = catalog.required(input);
    let fields = catalog.fields(input);
    if !fields.is_empty() {
        line(text, "\n| takes | in | type | |\n|---|---|---|---|");
    }
    for (name, schema) in &fields {
        let inside = if spec.path.contains(&format!("{{{name}}}")) {
            "path"
        } else if spec.writes() {
            "body"
        } else {
            "query"
        };
        let must = if required.contains(name) { "required. " } else { "" };
        row(text, catalog, &format!("`{name}` | {inside}"), schema, must);
    }
    answer(text, catalog, endpoint, catalog.outputs.get(place).unwrap_or(&Value::Null));
    let mut own: Vec<&str> = spec.errors.iter().map(|code| code_name(code)).collect();
    if spec.path.contains('{') {
        own.push("resource_not_found");
    }
    if spec.idempotency == Idempotency::Required {
        own.push("missing_idempotency_key");
    }
    own.sort_unstable();
    own.dedup();
    if !own.is_empty() {
        let _ = writeln!(text, "\nErrors of its own: `{}`.", own.join("`, `"));
    }
}

fn answer(text: &mut String, catalog: &Catalog, endpoint: &Descriptor, output: &Value) {
    let status = match endpoint.spec.success {
        Success::Ok => 200,
        Success::Created => 201,
        Success::Accepted => 202,
    };
    let (of, fields) = match endpoint.spec.shape {
        Shape::File => {
            let _ = writeln!(text, "\nAnswers `{status}` with the bytes, in their own `Content-Type`.");
            return;
        }
        Shape::Page => {
            let items = catalog.resolve(output).pointer("/properties/items/items").cloned().unwrap_or_default();
            ("a page; each of its items has", catalog.fields(&items))
        }
        Shape::One => match catalog.resolve(output).get("items") {
            Some(items) => ("a list, all at once; each of its items has", catalog.fields(items)),
            None => ("an object of", catalog.fields(output)),
        },
    };
    let _ = writeln!(text, "\nAnswers `{status}`; under `data` {of}\n\n| field | type | |\n|---|---|---|");
    for (name, schema) in &fields {
        row(text, catalog, &format!("`{name}`"), schema, "");
    }
}

fn row(text: &mut String, catalog: &Catalog, head: &str, schema: &Value, before: &str) {
    let about = schema.get("description").or_else(|| catalog.resolve(schema).get("description"));
    let about = about.and_then(Value::as_str).unwrap_or_default().replace('\n', " ").replace('|', "\\|");
    let _ = writeln!(text, "| {head} | {} | {before}{about} |", kind(catalog, schema));
}

/// What a schema takes, in a word or two.
fn kind(catalog: &Catalog, schema: &Value) -> String {
    let schema = catalog.resolve(schema);
    let branches = ["anyOf", "oneOf"].iter().find_map(|key| schema.get(key)).and_then(Value::as_array);
    if let Some(branches) = branches {
        let mut kinds: Vec<String> = branches.iter().map(|branch| kind(catalog, branch)).collect();
        kinds.dedup();
        return kinds.join(" or ");
    }
    if let Some(constant) = schema.get("const") {
        return word(constant);
    }
    if let Some(values) = schema.get("enum").and_then(Value::as_array) {
        return values.iter().map(word).collect::<Vec<_>>().join(", ");
    }
    let one = |name: &str| match (name, schema.get("items")) {
        ("array", Some(items)) => format!("list of {}", kind(catalog, items)),
        ("string", _) => match schema.get("format").and_then(Value::as_str) {
            Some("date-time") => "time".to_owned(),
            Some(format) => format.to_owned(),
            None => "text".to_owned(),
        },
        _ => name.to_owned(),
    };
    match schema.get("type") {
        Some(Value::String(name)) => one(name),
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).map(one).collect::<Vec<_>>().join(" or "),
        _ => "any".to_owned(),
    }
}

fn word(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), |text| format!("`{text}`"))
}
