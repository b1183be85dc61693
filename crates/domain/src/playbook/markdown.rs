//! A playbook's Markdown read as steps. Prose is for people and passed over; nothing is rendered.
//!
//! Steps stand under a heading `## Steps`. Each begins with `### key: kind`, goes on with settings in a list (`- after: 3d`,
//! `- when: …`, `- because: …`, `- subject: …`, `- title: …`, `- template: …`, `- stage: …`, `- skill: …`, `- set: field = value`) and ends
//! with its text. Between `## Steps` and the first step a list may say `- stop on: reply, meeting` and
//! `- hours: mon-fri 09:00-17:00`.

use super::{PlaybookError, PlaybookStep, StepKind, Structure, default_stop_on};
use crate::sequence::StopEvent;
use crate::span::Span;
use crate::window::{SendWindow, Weekday};

/// The first heading of a Markdown text.
#[must_use]
pub fn title(markdown: &str) -> Option<&str> {
    markdown.lines().find_map(|line| line.strip_prefix("# ")).map(str::trim).filter(|title| !title.is_empty())
}

/// Reads and checks the steps of a Markdown text; `None` when it has no heading `## Steps`.
///
/// # Errors
/// What is wrong, with the line of the step or setting at fault.
pub fn read(markdown: &str) -> Result<Option<Structure>, PlaybookError> {
    let mut lines = markdown.lines().enumerate().map(|(place, line)| (place + 1, line));
    if !lines.any(|(_, line)| heading(line, 2).is_some_and(|title| title.eq_ignore_ascii_case("steps"))) {
        return Ok(None);
    }
    let mut reader = Reader {
        structure: Structure { stop_on: default_stop_on(), ..Structure::default() },
        open: None,
        lines: Vec::new(),
    };
    for (number, line) in lines {
        if heading(line, 1).is_some() || heading(line, 2).is_some() {
            break;
        }
        reader.line(number, line)?;
    }
    reader.close();
    reader.structure.check().map_err(|error| {
        let step = error.field.strip_prefix("steps[").and_then(|rest| rest.split(']').next()?.parse::<usize>().ok());
        PlaybookError { line: step.and_then(|step| reader.lines.get(step).copied()), ..error }
    })?;
    Ok(Some(reader.structure))
}

/// The text of a heading of exactly this depth.
fn heading(line: &str, depth: usize) -> Option<&str> {
    let hashes = line.bytes().take_while(|letter| *letter == b'#').count();
    (hashes == depth && line[hashes..].starts_with(' ')).then(|| line[hashes..].trim())
}

struct Reader {
    structure: Structure,
    /// The step being read, its text so far, and whether its settings are over.
    open: Option<(PlaybookStep, Vec<String>, bool)>,
    /// Where each step begins.
    lines: Vec<usize>,
}

impl Reader {
    fn line(&mut self, number: usize, line: &str) -> Result<(), PlaybookError> {
        let fault =
            |field: &str, message: String| PlaybookError { line: Some(number), field: field.to_owned(), message };
        if let Some(title) = heading(line, 3) {
            self.close();
            let Some((key, kind)) = title.split_once(':') else {
                return Err(fault("steps", format!("a step's heading is \"### key: kind\", not \"### {title}\"")));
            };
            let kind: StepKind = kind.trim().parse().map_err(|message| fault("steps", message))?;
            self.open = Some((PlaybookStep::new(key.trim(), kind), Vec::new(), false));
            self.lines.push(number);
            return Ok(());
        }
        match &mut self.open {
            Some((step, text, body)) => {
                match line.strip_prefix("- ").or_else(|| line.strip_prefix("* ")) {
                    Some(item) if !*body => {
                        setting(step, item).map_err(|(field, message)| fault(&format!("steps.{field}"), message))?;
                    }
                    _ if !*body && line.trim().is_empty() => {}
                    _ => {
                        *body = true;
                        text.push(line.trim_end().to_owned());
                    }
                }
                Ok(())
            }
            None => match line.strip_prefix("- ").or_else(|| line.strip_prefix("* ")) {
                Some(item) => self.general(item).map_err(|(field, message)| fault(field, message)),
                None => Ok(()),
            },
        }
    }

    fn general(&mut self, item: &str) -> Result<(), (&'static str, String)> {
        let Some((name, value)) = item.split_once(':') else { return Ok(()) };
        match name.trim().to_lowercase().as_str() {
            "stop on" | "stop_on" => {
                self.structure.stop_on = value
                    .split(',')
                    .map(|event| {
                        serde_json::from_value::<StopEvent>(event.trim().to_lowercase().replace(' ', "_").into())
                            .map_err(|error| ("stop_on", error.to_string()))
                    })
                    .collect::<Result<_, _>>()?;
                Ok(())
            }
            "hours" => {
                self.structure.hours = Some(hours(value.trim()).map_err(|message| ("hours", message))?);
                Ok(())
            }
            other => {
                Err(("steps", format!("\"{other}\" is no setting of a playbook: expected \"stop on\" or \"hours\"")))
            }
        }
    }

    /// Ends the step being read.
    fn close(&mut self) {
        let Some((mut step, text, _)) = self.open.take() else { return };
        let text = text.join("\n").trim().to_owned();
        if !text.is_empty() {
            step.text = Some(text);
        }
        self.structure.steps.push(step);
    }
}

fn setting(step: &mut PlaybookStep, item: &str) -> Result<(), (&'static str, String)> {
    let Some((name, value)) = item.split_once(':') else {
        return Err((
            "settings",
            format!("a setting is \"- name: value\", not \"- {item}\"; leave a blank line before the text"),
        ));
    };
    let value = value.trim().to_owned();
    match name.trim().to_lowercase().as_str() {
        "after" => step.after = Span::parse(&value).map_err(|error| ("after", error.to_string()))?,
        "when" => step.when = Some(value),
        "because" => step.because = Some(value),
        "subject" => step.subject = Some(value),
        "template" => step.template = Some(value),
        "title" => step.title = Some(value),
        "stage" => step.stage = Some(value),
        "skill" => step.skill = Some(value),
        "set" => {
            let Some((field, value)) = value.split_once('=') else {
                return Err(("set", format!("write \"- set: field = value\", not \"{value}\"")));
            };
            step.set.insert(field.trim().to_owned(), value.trim().to_owned());
        }
        other => {
            return Err((
                "settings",
                format!(
                    "\"{other}\" is no setting of a step: expected after, when, because, subject, template, title, stage, skill or set"
                ),
            ));
        }
    }
    Ok(())
}

/// `mon-fri 09:00-17:00`, or days with commas.
fn hours(text: &str) -> Result<SendWindow, String> {
    let refuse = || format!("\"{text}\" are no hours: write days and times, such as mon-fri 09:00-17:00");
    let (days, times) = text.rsplit_once(' ').ok_or_else(refuse)?;
    let (from, to) = times.split_once('-').ok_or_else(refuse)?;
    let mut names: Vec<&'static str> = Vec::new();
    let day = |name: &str| {
        Weekday::ALL
            .into_iter()
            .map(Weekday::name)
            .position(|known| known.eq_ignore_ascii_case(name.trim()))
            .ok_or_else(refuse)
    };
    for part in days.split(',') {
        let (first, last) = match part.split_once('-') {
            Some((first, last)) => (day(first)?, day(last)?),
            None => (day(part)?, day(part)?),
        };
        if last < first {
            return Err(refuse());
        }
        names.extend(Weekday::ALL[first..=last].iter().map(|day| day.name()));
    }
    serde_json::from_value(serde_json::json!({ "days": names, "from": from, "to": to }))
        .map_err(|error| error.to_string())
}
