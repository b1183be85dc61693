//! Reading JSON bodies strictly: UTF-8, bounded depth, no key twice. Knows no operation.

use std::cell::RefCell;
use std::fmt;

use outrider_engine::Error;
use outrider_engine::error::code;
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// Most objects and arrays within each other.
pub(crate) const MAX_DEPTH: usize = 32;

/// Reads one JSON text.
///
/// # Errors
/// `malformed_json`, with the key as field when one stands twice in an object.
pub(crate) fn parse(text: &[u8]) -> Result<Value, Error> {
    let malformed = |message: String| Error::new(code::MALFORMED_JSON, message);
    let text = std::str::from_utf8(text).map_err(|_| malformed("The body is not UTF-8.".to_owned()))?;
    let repeated = RefCell::new(None);
    let mut reader = serde_json::Deserializer::from_str(text);
    let read = Strict { depth: 0, repeated: &repeated }.deserialize(&mut reader);
    let value = read.and_then(|value| reader.end().map(|()| value)).map_err(|error| {
        let failure = malformed(format!("The body is not valid JSON: {error}."));
        match repeated.borrow_mut().take() {
            Some(key) => failure.at(key),
            None => failure,
        }
    })?;
    Ok(value)
}

/// Reads one value at a depth.
struct Strict<'a> {
    depth: usize,
    repeated: &'a RefCell<Option<String>>,
}

impl Strict<'_> {
    fn below<E: serde::de::Error>(&self) -> Result<Self, E> {
        if self.depth >= MAX_DEPTH {
            return Err(E::custom(format!("it nests deeper than {MAX_DEPTH} levels")));
        }
        Ok(Self { depth: self.depth + 1, repeated: self.repeated })
    }
}

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("a number is out of range"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(self.below()?)? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(name) = fields.next_key::<String>()? {
            if object.contains_key(&name) {
                let message = format!("the key {name:?} stands twice in one object");
                *self.repeated.borrow_mut() = Some(name);
                return Err(serde::de::Error::custom(message));
            }
            let value = fields.next_value_seed(self.below()?)?;
            object.insert(name, value);
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{MAX_DEPTH, parse};

    fn refusal(text: &[u8]) -> (&'static str, Option<String>) {
        let error = parse(text).expect_err("must be refused");
        (error.code.name, error.field)
    }

    #[test]
    fn reads_what_serde_json_reads() {
        let text = r#"{"a": [1, -2, 3.5, 1e3, true, null, "ü\u00fc\ud83d\ude00"], "b": {"c": {}}, "big": 18446744073709551615}"#;
        assert_eq!(parse(text.as_bytes()).expect("valid"), serde_json::from_str::<Value>(text).expect("valid"));
        assert_eq!(parse(b" null ").expect("valid"), json!(null));
    }

    #[test]
    fn refuses_what_is_not_json() {
        for text in [
            &b""[..],
            b"{",
            b"{}x",
            b"{'a': 1}",
            b"[1,]",
            b"NaN",
            b"1e999",
            b"\"\\ud800\"",
            b"\xef\xbb\xbf{}",
            b"{\"a\": \"\xff\"}",
        ] {
            assert_eq!(refusal(text).0, "malformed_json", "{text:?}");
        }
    }

    #[test]
    fn depth_is_bounded_and_deep_text_does_not_overflow_the_stack() {
        let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        assert!(parse(nested(MAX_DEPTH).as_bytes()).is_ok());
        for depth in [MAX_DEPTH + 1, 1_000_000] {
            assert_eq!(refusal(nested(depth).as_bytes()).0, "malformed_json");
            assert_eq!(refusal("{\"a\":".repeat(depth).as_bytes()).0, "malformed_json");
        }
    }

    #[test]
    fn a_key_twice_names_its_place() {
        assert_eq!(refusal(br#"{"a": 1, "b": {"c": 1, "c": 1}}"#), ("malformed_json", Some("c".to_owned())));
    }
}
