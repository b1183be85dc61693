//! The reference of one surface before it has a form: tags, operations, fields, errors. Writes no markup.

use outrider_engine::operation::{Descriptor, Effect, Idempotency, Shape};
use serde_json::Value;

use super::flatten::{Field, flatten};
use crate::openapi::codes;
use crate::surface::Bound;
use crate::surface::input::asks_by_query;
use crate::surface::routes::{method_of, path_fields};
use crate::surface::status::all_codes;

/// A surface, described.
pub(crate) struct Reference {
    /// The dialect's name: part of addresses.
    pub(crate) name: &'static str,
    /// What its documents call it.
    pub(crate) title: &'static str,
    /// What its documents say first.
    pub(crate) introduction: &'static str,
    /// Its address, without a slash at the end.
    pub(crate) base: String,
    /// What keys look like.
    pub(crate) key: &'static str,
    /// Its operations by noun, in the order of the list.
    pub(crate) tags: Vec<Tag>,
    /// Its errors, in the order of the table.
    pub(crate) errors: Vec<Code>,
    /// Its other documents: name and address.
    pub(crate) documents: Vec<(&'static str, String)>,
}

/// The operations on one noun.
pub(crate) struct Tag {
    /// As operations name it: part of addresses.
    pub(crate) name: &'static str,
    /// As people read it.
    pub(crate) title: String,
    /// In the order of the list.
    pub(crate) operations: Vec<Entry>,
}

/// An operation, described.
pub(crate) struct Entry {
    /// `create_lead`.
    pub(crate) name: &'static str,
    /// `POST`.
    pub(crate) method: String,
    /// Below the surface's address.
    pub(crate) path: &'static str,
    /// One sentence.
    pub(crate) summary: &'static str,
    /// More of them; may be empty.
    pub(crate) description: &'static str,
    /// What it needs and promises, a sentence each.
    pub(crate) terms: Vec<String>,
    /// What it takes.
    pub(crate) takes: Vec<Field>,
    /// The status of a success.
    pub(crate) status: u16,
    /// What it answers; empty when it answers bytes or nothing.
    pub(crate) gives: Vec<Field>,
    /// Whether it answers bytes.
    pub(crate) is_file: bool,
    /// The codes it can end with.
    pub(crate) errors: Vec<&'static str>,
}

/// An error code, described.
pub(crate) struct Code {
    /// The surface's name for it.
    pub(crate) name: &'static str,
    /// HTTP status.
    pub(crate) status: u16,
    /// Whether the same request may succeed later.
    pub(crate) retryable: bool,
    /// One sentence.
    pub(crate) meaning: &'static str,
}

impl Reference {
    /// Of a surface on a server at a public URL.
    pub(crate) fn of(bound: &Bound, public_url: &str) -> Self {
        let surface = &bound.surface;
        let base = surface.base(public_url);
        let mut tags: Vec<Tag> = Vec::new();
        for (place, operation) in surface.operations.iter().enumerate() {
            let name = operation.spec.tag;
            let entry = entry(bound, place, operation);
            match tags.iter_mut().find(|tag| tag.name == name) {
                Some(tag) => tag.operations.push(entry),
                None => tags.push(Tag { name, title: title(name), operations: vec![entry] }),
            }
        }
        let mut errors: Vec<Code> = Vec::new();
        for code in all_codes() {
            let (name, status) = (surface.style.code_name(code), surface.style.status(code).as_u16());
            if !errors.iter().any(|known| known.name == name && known.status == status) {
                errors.push(Code { name, status, retryable: code.retryable, meaning: code.meaning });
            }
        }
        let documents =
            surface.documents.iter().map(|document| (document.name, format!("{base}{}", document.path))).collect();
        Self {
            name: surface.name,
            title: surface.title,
            introduction: surface.introduction,
            key: surface.style.key_format(),
            base,
            tags,
            errors,
            documents,
        }
    }

    /// Every operation, in order of their nouns.
    pub(crate) fn operations(&self) -> impl Iterator<Item = &Entry> {
        self.tags.iter().flat_map(|tag| &tag.operations)
    }
}

fn entry(bound: &Bound, place: usize, operation: &Descriptor) -> Entry {
    let (spec, style, catalog) = (&operation.spec, bound.surface.style, bound.catalog());
    let in_path: Vec<&str> = path_fields(spec.path).collect();
    let input = catalog.inputs.get(place).unwrap_or(&Value::Null);
    let rest = if asks_by_query(spec.verb) { "query" } else { "body" };
    let mut takes = flatten(catalog, input);
    for field in &mut takes {
        field.place = if in_path.contains(&field.path.as_str()) { "path" } else { rest };
    }
    takes.sort_by_key(|field| field.place != "path");
    let output = catalog.outputs.get(place).unwrap_or(&Value::Null);
    let is_file = spec.shape == Shape::File;
    let gives = if is_file { Vec::new() } else { flatten(catalog, &style.success_schema(catalog, spec, output)) };
    let mut errors: Vec<&'static str> = Vec::new();
    let possible = codes(spec, takes.iter().any(|field| field.place == "body"));
    for code in all_codes().filter(|code| possible.contains(code)) {
        let name = style.code_name(code);
        if !errors.contains(&name) {
            errors.push(name);
        }
    }
    Entry {
        name: spec.name,
        method: method_of(spec.verb).as_str().to_owned(),
        path: spec.path,
        summary: spec.summary,
        description: spec.description,
        terms: terms(operation, style.previews_by_default(spec)),
        takes,
        status: style.success_status(spec).as_u16(),
        gives,
        is_file,
        errors,
    }
}

/// What a caller should know of an operation beside what it takes and gives.
fn terms(operation: &Descriptor, previews_by_default: bool) -> Vec<String> {
    let spec = &operation.spec;
    let mut terms = vec![match spec.public {
        Some(_) => "Needs no key.".to_owned(),
        None => format!("Needs the scope `{}`.", spec.scope),
    }];
    let more = |terms: &mut Vec<String>, text: &str| terms.push(text.to_owned());
    match spec.effect {
        Effect::Read => more(&mut terms, "Changes nothing."),
        Effect::Write => {}
        Effect::Outward => more(&mut terms, "May reach a person outside or spend credits."),
        Effect::Destructive => more(&mut terms, "Removes or stops something for good."),
    }
    if spec.writes() {
        match spec.idempotency {
            Idempotency::Natural => {}
            Idempotency::Optional => more(&mut terms, "Takes an `Idempotency-Key`."),
            Idempotency::Required => more(&mut terms, "Needs an `Idempotency-Key`."),
        }
    }
    match (spec.dry_run, previews_by_default) {
        (false, _) => {}
        (true, false) => more(&mut terms, "With `dry_run` it only shows what it would do."),
        (true, true) => more(&mut terms, "Unless `dry_run` is false it only shows what it would do."),
    }
    terms
}

/// `phone_numbers` as `Phone numbers`.
fn title(name: &str) -> String {
    let words = name.replace('_', " ");
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
