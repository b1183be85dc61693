//! The environment as settings: `OUTRIDER_LIMITS__STREAMS` is `limits.streams`. Values are texts that take the form the setting
//! wants, so that a password of digits stays a text. Reads no variable by itself.

use std::collections::BTreeMap;

use serde::de::value::{MapDeserializer, SeqDeserializer};
use serde::de::{DeserializeOwned, Deserializer, Error as _, IntoDeserializer, Visitor};
use serde::forward_to_deserialize_any;

use super::load::Problem;

/// What a variable's name begins with.
const PREFIX: &str = "OUTRIDER_";
/// Variables with that prefix that are no settings: the settings file's name, the key of `mcp`, and what only tests read.
const OTHERS: [&str; 3] = ["OUTRIDER_CONFIG", "OUTRIDER_KEY", "OUTRIDER_TEST_"];

/// A tree of settings from both sources.
pub(super) enum Node {
    /// From the file.
    File(toml::Value),
    /// From a variable.
    Text(String),
    /// Of both, perhaps.
    Table(BTreeMap<String, Node>),
}

impl From<toml::Table> for Node {
    fn from(table: toml::Table) -> Self {
        Self::Table(
            table
                .into_iter()
                .map(|(key, value)| match value {
                    toml::Value::Table(inner) => (key, Self::from(inner)),
                    other => (key, Self::File(other)),
                })
                .collect(),
        )
    }
}

impl Node {
    fn put(&mut self, path: &[&str], text: String) {
        let Self::Table(table) = self else {
            // A part of what is a single value: shown as an unknown setting.
            *self = Self::Table(BTreeMap::new());
            return self.put(path, text);
        };
        match path {
            [] => {}
            [last] => {
                table.insert((*last).to_owned(), Self::Text(text));
            }
            [first, rest @ ..] => {
                table.entry((*first).to_owned()).or_insert_with(|| Self::Table(BTreeMap::new())).put(rest, text);
            }
        }
    }
}

/// Lays the variables that are settings over a tree, and reads the whole.
pub(super) fn overlay<T: DeserializeOwned>(
    mut tree: Node,
    variables: impl Iterator<Item = (String, String)>,
) -> Result<T, Problem> {
    let mut ours: Vec<(String, String)> = variables
        .filter(|(name, _)| name.starts_with(PREFIX) && !OTHERS.iter().any(|other| name.starts_with(other)))
        .collect();
    ours.sort();
    let path_of = |name: &str| name[PREFIX.len()..].to_ascii_lowercase().replace("__", ".");
    for (name, text) in &ours {
        let path = path_of(name);
        tree.put(&path.split('.').collect::<Vec<_>>(), text.clone());
    }
    serde_path_to_error::deserialize(tree).map_err(|error| {
        let path = error.path().to_string();
        let message = error.inner().message().to_owned();
        // The file was valid by itself, so a variable is at fault: the one at the path, or the first below it.
        let at_path = |name: &str| path_of(name) == path || path_of(name).starts_with(&format!("{path}."));
        let above = |name: &str| path.starts_with(&format!("{}.", path_of(name)));
        let culprit = ours.iter().map(|(name, _)| name).find(|name| at_path(name) || above(name));
        let variable = culprit.or(ours.first().map(|(name, _)| name)).cloned();
        Problem::InEnvironment { variable: variable.unwrap_or_else(|| PREFIX.to_owned()), message }
    })
}

/// Reads a number or truth value when the setting is one.
macro_rules! parsed {
    ($($method:ident $visit:ident $kind:ty, $what:literal;)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
            match self {
                Self::Text(text) => match text.trim().parse::<$kind>() {
                    Ok(value) => visitor.$visit(value),
                    Err(_) => Err(Self::Error::custom(format!("{text:?} is not {}", $what))),
                },
                other => other.deserialize_any(visitor),
            }
        }
    )*};
}

impl<'de> Deserializer<'de> for Node {
    type Error = toml::de::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        match self {
            Self::File(value) => value.deserialize_any(visitor),
            Self::Text(text) => visitor.visit_string(text),
            Self::Table(table) => visitor.visit_map(MapDeserializer::new(table.into_iter())),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Self::Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        match self {
            Self::Text(text) => {
                let parts = text.split(',').map(|part| Self::Text(part.trim().to_owned()));
                visitor.visit_seq(SeqDeserializer::new(parts))
            }
            other => other.deserialize_any(visitor),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        match self {
            Self::File(value) => value.deserialize_enum(name, variants, visitor),
            Self::Text(text) => visitor.visit_enum(text.into_deserializer()),
            Self::Table(_) => Err(Self::Error::custom("this is a single setting and has no parts")),
        }
    }

    parsed! {
        deserialize_bool visit_bool bool, "true or false";
        deserialize_i8 visit_i8 i8, "a small whole number";
        deserialize_i16 visit_i16 i16, "a whole number";
        deserialize_i32 visit_i32 i32, "a whole number";
        deserialize_i64 visit_i64 i64, "a whole number";
        deserialize_u8 visit_u8 u8, "a whole number from 0 to 255";
        deserialize_u16 visit_u16 u16, "a whole number from 0 to 65535";
        deserialize_u32 visit_u32 u32, "a whole number from 0 on";
        deserialize_u64 visit_u64 u64, "a whole number from 0 on";
        deserialize_f32 visit_f32 f32, "a number";
        deserialize_f64 visit_f64 f64, "a number";
    }

    forward_to_deserialize_any! {
        char str string bytes byte_buf unit unit_struct tuple tuple_struct map struct identifier ignored_any i128 u128
    }
}

impl IntoDeserializer<'_, toml::de::Error> for Node {
    type Deserializer = Self;
    fn into_deserializer(self) -> Self {
        self
    }
}
