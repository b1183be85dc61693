//! What decoding says of an input, in plain words. Knows the words of serde and no input of its own.

/// What a value should be, in words; what a type of ours says of itself stands as it is.
fn wanted(expected: &str) -> String {
    let words = match expected {
        "a string" | "a borrowed string" | "string" | "str" => "text",
        "a boolean" => "true or false",
        "a sequence" => "a list",
        "a map" => "an object",
        "i8" | "i16" | "i32" | "i64" | "u8" | "u16" | "u32" | "u64" | "usize" | "isize" => "a whole number",
        "f32" | "f64" => "a number",
        other if other.starts_with("struct ") || other.starts_with("internally tagged enum ") => "an object",
        other if other.starts_with("enum ") => "one of its words",
        other => return other.to_owned(),
    };
    words.to_owned()
}

/// What a value is, in words.
fn given(unexpected: &str) -> String {
    match unexpected.split_once(' ') {
        Some(("string", text)) => format!("the text {text}"),
        Some(("integer", number)) => format!("the number {}", number.trim_matches('`')),
        Some(("boolean", flag)) => flag.trim_matches('`').to_owned(),
        _ => match unexpected {
            "sequence" => "a list".to_owned(),
            "map" => "an object".to_owned(),
            other => match other.strip_prefix("floating point ") {
                Some(number) => format!("the number {}", number.trim_matches('`')),
                None => other.to_owned(),
            },
        },
    }
}

/// The names between backticks.
fn names(list: &str) -> String {
    list.split('`').skip(1).step_by(2).collect::<Vec<_>>().join(", ")
}

/// A sentence for what serde says of the value at `field`, or of the whole input.
pub(crate) fn in_words(message: &str, field: Option<&str>) -> String {
    let place = field.unwrap_or("the input");
    if let Some(name) = message.strip_prefix("missing field `").and_then(|rest| rest.split('`').next()) {
        return format!("{name} is required.");
    }
    if let Some((name, rest)) = message.strip_prefix("unknown field `").and_then(|rest| rest.split_once('`')) {
        let known = names(rest);
        let known = if known.is_empty() { "none is known here".to_owned() } else { format!("known are {known}") };
        return format!("There is no field {name}: {known}.");
    }
    if let Some((word, rest)) = message.strip_prefix("unknown variant `").and_then(|rest| rest.split_once('`')) {
        return format!("{place} can't be {word:?}: it is one of {}.", names(rest));
    }
    if message.starts_with("data did not match any variant of untagged enum") {
        return format!("{place} has none of the forms it may have.");
    }
    let typed = message.strip_prefix("invalid type: ").or_else(|| message.strip_prefix("invalid value: "));
    match typed.and_then(|rest| rest.rsplit_once(", expected ")) {
        Some((value, expected)) => format!("{place} must be {}, not {}.", wanted(expected), given(value)),
        None => message.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::in_words;

    #[test]
    fn what_serde_says_is_said_in_plain_words() {
        for (said, plain) in [
            ("missing field `name`", "name is required."),
            ("unknown field `nmae`, expected one of `name`, `type`", "There is no field nmae: known are name, type."),
            ("unknown field `x`, expected `name`", "There is no field x: known are name."),
            ("unknown field `x`, there are no fields", "There is no field x: none is known here."),
            ("unknown variant `bogus`, expected `a` or `b`", "size can't be \"bogus\": it is one of a, b."),
            ("invalid type: string \"5\", expected i64", "size must be a whole number, not the text \"5\"."),
            (
                "invalid type: string \"a, expected b\", expected f64",
                "size must be a number, not the text \"a, expected b\".",
            ),
            ("invalid type: floating point `1.5`, expected u32", "size must be a whole number, not the number 1.5."),
            ("invalid type: null, expected a boolean", "size must be true or false, not null."),
            ("invalid value: integer `-1`, expected u32", "size must be a whole number, not the number -1."),
            ("invalid type: map, expected a sequence", "size must be a list, not an object."),
            ("invalid type: sequence, expected struct Step", "size must be an object, not a list."),
            ("data did not match any variant of untagged enum Watched", "size has none of the forms it may have."),
            ("\"x\" is not a schedule: no such day", "\"x\" is not a schedule: no such day"),
        ] {
            assert_eq!(in_words(said, Some("size")), plain);
        }
        assert_eq!(in_words("invalid type: null, expected a string", None), "the input must be text, not null.");
    }
}
