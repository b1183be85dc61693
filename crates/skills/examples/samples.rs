//! Prints ten outputs of every skill, for a person to read: `cargo run -p outrider-skills --example samples [SKILL]`.
#![expect(clippy::expect_used, reason = "an example ends where something is not as it must be")]

#[path = "../tests/inputs/mod.rs"]
mod inputs;

use outrider_skills::SKILLS;
use serde_json::Value;

fn main() {
    let wanted = std::env::args().nth(1);
    for skill in SKILLS.iter().filter(|skill| wanted.as_deref().is_none_or(|name| name == skill.name)) {
        println!("\n########## {}", skill.name);
        for (place, input) in inputs::of(skill.name).iter().enumerate() {
            let output = skill.run(input, &inputs::background(place)).expect("an output");
            assert_eq!(skill.accept(&output), Ok(output.clone()), "{}", skill.name);
            println!("\n--- {} {}", place + 1, input);
            print(&output, "");
        }
    }
}

fn print(value: &Value, indent: &str) {
    match value {
        Value::Object(fields) => fields.iter().for_each(|(name, field)| {
            println!("{indent}{name}:");
            print(field, &format!("{indent}  "));
        }),
        Value::Array(items) => items.iter().for_each(|item| match item {
            Value::String(text) => println!("{indent}- {text}"),
            other => println!("{indent}- {other}"),
        }),
        Value::String(text) => text.lines().for_each(|line| println!("{indent}{line}")),
        other => println!("{indent}{other}"),
    }
}
