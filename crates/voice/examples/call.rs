//! Prints a call between a template and a scripted callee: `cargo run -p outrider-voice --example call TEMPLATE PERSONA [SEED]`.

use std::collections::BTreeMap;
use std::process::ExitCode;

use jiff::civil::date;
use outrider_voice::{Brain, Callee, Catalog, Dialogue, Persona, Pickup, Script, SpokenBy, Template};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let catalog = match Catalog::embedded() {
        Ok(catalog) => catalog,
        Err(problems) => {
            for problem in problems {
                eprintln!("{problem}");
            }
            return ExitCode::FAILURE;
        }
    };
    let seed = arguments.get(2).and_then(|seed| seed.parse().ok()).unwrap_or(1);
    let found =
        arguments.first().and_then(|id| catalog.get(id)).zip(arguments.get(1).and_then(|name| Persona::parse(name)));
    let Some((template, persona)) = found else {
        let ids: Vec<&str> = catalog.templates().map(|template| template.id.as_str()).collect();
        let personas: Vec<&str> = Persona::ALL.iter().map(|persona| persona.as_str()).collect();
        eprintln!("call TEMPLATE PERSONA [SEED]\n  templates: {}\n  personas: {}", ids.join(" "), personas.join(" "));
        return ExitCode::FAILURE;
    };
    talk(template, persona, seed);
    ExitCode::SUCCESS
}

fn talk(template: &Template, persona: Persona, seed: u64) {
    let mut script = Script::new(template.clone(), date(2026, 7, 29).at(10, 0, 0, 0), seed);
    script.values = template
        .placeholders
        .iter()
        .map(|placeholder| (placeholder.name.clone(), placeholder.example.clone()))
        .chain(BTreeMap::from([("first_name".to_owned(), "Jane".to_owned())]))
        .collect();
    script.brain = Brain {
        elevator_pitch: Some(
            "Acme Analytics shows sales teams which leads answer. It reads your CRM and needs no setup.".to_owned(),
        ),
        features_differentiators: Some("- Runs on your own machines\n- Explains every score".to_owned()),
        pain_points: Some("Sales teams lose hours on leads that never answer.".to_owned()),
        ..Brain::default()
    };
    script.transfer_available = seed.is_multiple_of(2);
    let mut dialogue = match Dialogue::new(script) {
        Ok(dialogue) => dialogue,
        Err(problems) => {
            for problem in problems {
                eprintln!("{problem}");
            }
            return;
        }
    };
    let mut callee = Callee::new(persona, seed);
    let Pickup::Answered { greeting, .. } = callee.pickup() else {
        println!("({} does not pick up)", persona.as_str());
        return;
    };
    let mut turn = match greeting {
        Some(greeting) => dialogue.hear(greeting),
        None => {
            dialogue.open();
            dialogue.last_turn().clone()
        }
    };
    while turn.end.is_none() {
        turn = dialogue.hear(callee.hear(&turn.say.text).heard());
    }
    for line in dialogue.transcript() {
        let speaker = if line.speaker == SpokenBy::Agent { "agent " } else { "callee" };
        println!("{:>6.1} s  {speaker}  {}", f64::from(line.offset_ms) / 1_000.0, line.text);
    }
    if let Some(end) = turn.end {
        println!("   => {}\n      {}", end.outcome.as_str(), end.summary);
    }
}
