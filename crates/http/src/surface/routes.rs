//! The table of a surface's routes, made by walking its list of operations. Finds who answers a path; calls nobody.

use std::collections::{BTreeMap, HashMap};
use std::sync::OnceLock;

use axum::http::Method;
use outrider_engine::operation::{Descriptor, Verb};
use outrider_engine::schema::Catalog;
use serde_json::Value;

use super::{Bound, Surface};

/// Largest body of most operations, in bytes.
const BODY_LIMIT: usize = 1024 * 1024;
/// Largest body of an operation that takes a list of objects, in bytes.
const BULK_BODY_LIMIT: usize = 16 * 1024 * 1024;

/// An operation at its path.
pub(crate) struct Binding {
    /// What is called.
    pub(crate) operation: &'static Descriptor,
    /// Fields that stand in the path, in order.
    pub(crate) path_fields: Vec<&'static str>,
    /// What its schema says, when it was asked.
    takes: OnceLock<Takes>,
}

/// What an operation takes.
struct Takes {
    /// Input fields with their schemas.
    fields: BTreeMap<String, Value>,
    /// Largest body, in bytes.
    body_limit: usize,
}

impl Binding {
    fn new(operation: &'static Descriptor) -> Self {
        Self { operation, path_fields: path_fields(operation.spec.path).collect(), takes: OnceLock::new() }
    }

    fn takes(&self) -> &Takes {
        self.takes.get_or_init(|| {
            let catalog = self.operation.catalog();
            let fields = catalog.inputs.first().map(|schema| catalog.fields(schema)).unwrap_or_default();
            let bulk = fields.values().any(|field| takes_objects(catalog, field));
            Takes { fields, body_limit: if bulk { BULK_BODY_LIMIT } else { BODY_LIMIT } }
        })
    }

    /// Input fields with their schemas, whose references lead into the operation's own catalog.
    pub(crate) fn fields(&self) -> &BTreeMap<String, Value> {
        &self.takes().fields
    }

    /// Largest body, in bytes.
    pub(crate) fn body_limit(&self) -> usize {
        self.takes().body_limit
    }
}

/// Who answers.
pub(crate) enum Target {
    /// An operation of the list.
    Operation(Box<Binding>),
    /// A document of the surface, by its place in the list.
    Document(usize),
    /// The live stream of events.
    EventStream,
}

impl Target {
    /// The name in logs and metrics.
    pub(crate) fn name(&self, bound: &Bound) -> &'static str {
        match self {
            Self::Operation(binding) => binding.operation.spec.name,
            Self::Document(place) => bound.surface.documents.get(*place).map_or("none", |document| document.name),
            Self::EventStream => "stream_events",
        }
    }
}

/// A place in the tree of paths.
#[derive(Default)]
struct Node {
    literals: HashMap<&'static str, Node>,
    parameter: Option<Box<Node>>,
    targets: Vec<(Method, Target)>,
}

/// The routes below a surface's mount.
pub(crate) struct Routes {
    root: Node,
}

/// What a path led to.
pub(crate) struct Found<'a> {
    targets: &'a [(Method, Target)],
    /// The path's values, still percent-encoded, in order.
    pub(crate) values: Vec<&'a str>,
}

impl Routes {
    /// Binds every operation, and the pages that belong to no operation.
    pub(crate) fn new(surface: &Surface) -> Self {
        let mut root = Node::default();
        for (place, document) in surface.documents.iter().enumerate() {
            root.bind(document.path, Method::GET, Target::Document(place));
        }
        if let Some(path) = surface.event_stream {
            root.bind(path, Method::GET, Target::EventStream);
        }
        for operation in surface.operations {
            let binding = Box::new(Binding::new(operation));
            root.bind(operation.spec.path, method_of(operation.spec.verb), Target::Operation(binding));
        }
        Self { root }
    }

    /// What stands at a path below the mount; one slash at its end makes no difference.
    pub(crate) fn find<'a>(&'a self, path: &'a str) -> Option<Found<'a>> {
        let path = path.strip_suffix('/').unwrap_or(path);
        if !path.is_empty() && !path.starts_with('/') {
            return None;
        }
        let segments: Vec<&str> = path.split('/').skip(1).collect();
        let mut values = Vec::new();
        let node = self.root.find(&segments, &mut values)?;
        Some(Found { targets: &node.targets, values })
    }
}

impl<'a> Found<'a> {
    /// Who answers a method; HEAD asks for what GET would answer.
    pub(crate) fn target(&self, method: &Method) -> Option<&'a Target> {
        let wanted = if method == Method::HEAD { &Method::GET } else { method };
        self.targets.iter().find(|(method, _)| method == wanted).map(|(_, target)| target)
    }

    /// The methods of this path, as `Allow` lists them.
    pub(crate) fn allow(&self) -> String {
        let mut names: Vec<&str> = self.targets.iter().map(|(method, _)| method.as_str()).collect();
        if names.contains(&"GET") {
            names.push("HEAD");
        }
        names.push("OPTIONS");
        names.join(", ")
    }
}

impl Node {
    fn bind(&mut self, path: &'static str, method: Method, target: Target) {
        let mut node = self;
        for segment in path.split('/').skip(1) {
            node = match parameter(segment) {
                Some(_) => node.parameter.get_or_insert_default(),
                None => node.literals.entry(segment).or_default(),
            };
        }
        node.targets.push((method, target));
    }

    /// A literal wins over a parameter; a parameter is never empty.
    fn find<'a>(&'a self, segments: &[&'a str], values: &mut Vec<&'a str>) -> Option<&'a Self> {
        let Some((first, rest)) = segments.split_first() else {
            return (!self.targets.is_empty()).then_some(self);
        };
        if let Some(node) = self.literals.get(first).and_then(|node| node.find(rest, values)) {
            return Some(node);
        }
        let node = self.parameter.as_deref().filter(|_| !first.is_empty())?;
        values.push(first);
        let found = node.find(rest, values);
        if found.is_none() {
            values.pop();
        }
        found
    }
}

/// The input fields that stand in a path, in order.
pub(crate) fn path_fields(path: &'static str) -> impl Iterator<Item = &'static str> {
    path.split('/').filter_map(parameter)
}

fn parameter(segment: &'static str) -> Option<&'static str> {
    segment.strip_prefix('{')?.strip_suffix('}')
}

/// The method of a verb.
pub(crate) const fn method_of(verb: Verb) -> Method {
    match verb {
        Verb::Get => Method::GET,
        Verb::Post => Method::POST,
        Verb::Patch => Method::PATCH,
        Verb::Put => Method::PUT,
        Verb::Delete => Method::DELETE,
    }
}

fn takes_objects(catalog: &Catalog, field: &Value) -> bool {
    catalog.resolve(field).get("items").is_some_and(|items| {
        let items = catalog.resolve(items);
        items.get("properties").is_some() || items.get("type").and_then(Value::as_str) == Some("object")
    })
}

#[cfg(test)]
mod tests {
    use axum::http::Method;
    use outrider_engine::registry::OPERATIONS;

    use super::{Routes, Target, method_of};
    use crate::native;

    #[test]
    fn every_operation_is_reached_by_its_own_path_and_method() {
        let routes = Routes::new(&native::surface(OPERATIONS));
        for operation in OPERATIONS {
            let path: Vec<String> =
                operation
                    .spec
                    .path
                    .split('/')
                    .map(|segment| {
                        if segment.starts_with('{') {
                            format!("value-of-{}", segment.len())
                        } else {
                            segment.to_owned()
                        }
                    })
                    .collect();
            let path = path.join("/");
            let found = routes.find(&path).unwrap_or_else(|| panic!("{} is not routed", operation.spec.name));
            match found.target(&method_of(operation.spec.verb)) {
                Some(Target::Operation(binding)) => {
                    assert_eq!(binding.operation.spec.name, operation.spec.name, "two operations share {path}");
                    assert_eq!(binding.path_fields.len(), found.values.len());
                }
                _ => panic!("{} leads elsewhere", operation.spec.name),
            }
        }
    }

    #[test]
    fn paths_are_matched_whole() {
        let routes = Routes::new(&native::surface(OPERATIONS));
        assert!(routes.find("").is_some());
        assert!(routes.find("/leads/").is_some_and(|found| found.target(&Method::HEAD).is_some()));
        assert_eq!(routes.find("/leads/abc").map(|found| found.values), Some(vec!["abc"]));
        for missing in ["/leads//", "//leads", "/lead", "/leads/a/b/c/d", "/Leads", "/openapi.json/x", "//", "leads"] {
            assert!(routes.find(missing).is_none(), "{missing}");
        }
    }
}
