//! Setting and changing an agent's playbook: checks it whole, then writes it with its schedule and triggers.

use outrider_domain::id::AgentId;
use outrider_domain::patch::Patch;
use outrider_domain::playbook::{self, PlaybookError, StepKind, Structure};
use outrider_domain::sequence::MAX_SMS;
use outrider_store::{identities, jobs, playbooks as rows, templates};
use serde_json::{Value, json};

use super::monitoring::{MOST_CONTACTS, Watched};
use super::{LlmConfig, Monitoring, PlaybookInput, monitoring, schedule};
use crate::context::Context;
use crate::error::{Error, Result, code};
use crate::fields::{LONG, kept, to_json};
use crate::leads::{missing, tidy, tidy_up_to};
use crate::{segments, tasks};

/// Longest Markdown, in characters.
const MOST_MARKDOWN: usize = 100_000;
/// Most capabilities.
const MOST_CAPABILITIES: usize = 50;

/// Writes an agent's playbook; gives the names of what changed. `at` is what fields at fault are named below.
///
/// # Errors
/// `validation_error` at the field at fault, `resource_not_found` for a sender or template that is not there; others when the
/// database fails.
pub fn save(cx: &mut Context<'_, '_>, agent: AgentId, input: PlaybookInput, at: &str) -> Result<Vec<&'static str>> {
    let found = rows::lock(cx.tx, cx.project, agent)?;
    let is_new = found.is_none();
    let before = found.unwrap_or_else(|| empty(cx, agent));
    let mut after = before.clone();
    after.description = match input.description {
        Patch::Absent => after.description,
        Patch::Null => None,
        Patch::Value(text) => tidy_up_to(&format!("{at}.description"), Some(text), 2_000)?,
    };
    if input.enabled.is_present() {
        after.enabled = kept(&format!("{at}.enabled"), input.enabled, false)?;
    }
    let renamed = input.template.is_present();
    let template = match input.template {
        Patch::Absent => None,
        Patch::Null => {
            after.template = None;
            None
        }
        Patch::Value(id) => Some(catalog(&id, &format!("{at}.template"))?),
    };
    if let Some(template) = template {
        after.template = Some(template.id.to_owned());
        after.markdown = Some(template.markdown.to_owned());
        after.structure = read(template.markdown, at)?;
        if is_new && !input.monitoring.is_present() {
            after.monitoring = to_json(&monitoring_of(template)?)?;
        }
    }
    if !renamed && matches!((&input.playbook_md, &input.structure), (Patch::Null, Patch::Null)) {
        after.template = None;
    }
    set_steps(&mut after, input.playbook_md, input.structure, at)?;
    if input.capabilities.is_present() {
        let names = kept(&format!("{at}.capabilities"), input.capabilities, Vec::new())?;
        after.capabilities = to_json(&capabilities(names, at)?)?;
    }
    if let Patch::Value(id) = input.identity_id {
        let field = format!("{at}.identity_id");
        let identity = identities::get(cx.tx, cx.project, id).map_err(|error| missing(error, "identity", &field))?;
        if identity.kind != identities::MAILBOX {
            let text = format!("{} is a phone number: an agent writes from a mailbox.", identity.address);
            return Err(Error::invalid(field, text));
        }
    }
    after.identity_id = input.identity_id.apply(after.identity_id);
    if input.monitoring.is_present() {
        let monitoring = input.monitoring.apply(None).unwrap_or_default();
        monitoring.check(cx, &format!("{at}.monitoring"))?;
        after.monitoring = to_json(&monitoring)?;
    }
    if input.llm_config.is_present() {
        let config = input.llm_config.apply(None);
        if let Some(config) = &config {
            check_llm(config, at)?;
        }
        after.llm_config = config.as_ref().map(to_json).transpose()?;
    }
    check_steps(cx, &after, at)?;
    let changed = changed(&before, &after, is_new);
    if !is_new && (before.structure != after.structure || before.markdown != after.markdown) {
        after.version += 1;
    }
    if !changed.is_empty() {
        write(cx, after, before.enabled)?;
    }
    Ok(changed)
}

fn write(cx: &mut Context<'_, '_>, mut after: rows::Playbook, was_enabled: bool) -> Result<()> {
    let watched = monitoring(&after)?;
    let (agent, enabled) = (after.agent_id, after.enabled);
    after.updated_at = cx.now;
    after.save(cx.tx)?;
    schedule::set(cx, agent, enabled, &watched)?;
    rows::set_triggers(cx.tx, cx.project, agent, if enabled { &watched.on_events } else { &[] })?;
    if enabled && !was_enabled {
        // What was held while it did not work goes on.
        jobs::wake(cx.tx, cx.project, "agent", cx.now)?;
    }
    Ok(())
}

/// Takes the playbook from an agent.
///
/// # Errors
/// When the database fails.
pub fn remove(cx: &mut Context<'_, '_>, agent: AgentId) -> Result<()> {
    jobs::remove(cx.tx, cx.project, super::JOB, agent.0)?;
    rows::delete(cx.tx, cx.project, agent)?;
    Ok(())
}

fn empty(cx: &Context<'_, '_>, agent: AgentId) -> rows::Playbook {
    rows::Playbook {
        project_id: cx.project,
        agent_id: agent,
        description: None,
        template: None,
        markdown: None,
        version: 1,
        structure: None,
        capabilities: "[]".to_owned(),
        identity_id: None,
        monitoring: "{}".to_owned(),
        llm_config: None,
        enabled: false,
        scan_after: 0,
        created_at: cx.now,
        updated_at: cx.now,
    }
}

fn catalog(id: &str, field: &str) -> Result<&'static playbook::CatalogPlaybook> {
    playbook::find(id).ok_or_else(|| {
        let known: Vec<&str> = playbook::CATALOG.iter().map(|playbook| playbook.id).collect();
        Error::invalid(field, format!("There is no playbook template \"{id}\". Known are {}.", known.join(", ")))
    })
}

/// What a playbook of the catalog says of whom to watch.
pub(super) fn monitoring_of(template: &playbook::CatalogPlaybook) -> Result<Monitoring> {
    let list = |text: &str| text.split(',').map(|item| item.trim().to_owned()).collect();
    Ok(Monitoring {
        filter: template.monitoring("filter").map(|text| Watched::Text(text.to_owned())),
        schedule_cron: template.monitoring("schedule").map(ToOwned::to_owned),
        time_zone: None,
        max_contacts_per_run: template.monitoring("contacts per run").and_then(|most| most.parse().ok()),
        on_events: template.monitoring("events").map(list).unwrap_or_default(),
        repeat_after: None,
    })
}

fn set_steps(after: &mut rows::Playbook, markdown: Patch<String>, structure: Patch<Structure>, at: &str) -> Result<()> {
    match markdown {
        Patch::Absent => {}
        Patch::Null => {
            after.markdown = None;
            after.structure = None;
        }
        Patch::Value(text) => {
            let field = format!("{at}.playbook_md");
            if text.chars().count() > MOST_MARKDOWN || text.contains('\0') {
                return Err(Error::invalid(
                    field,
                    format!("A playbook has at most {MOST_MARKDOWN} characters and no NUL."),
                ));
            }
            if text.trim().is_empty() {
                return Err(Error::invalid(field, "A playbook can't be empty; null removes it."));
            }
            after.structure = read(&text, at)?;
            after.markdown = Some(text);
        }
    }
    match structure {
        Patch::Absent => {}
        Patch::Null => after.structure = None,
        Patch::Value(structure) => {
            structure.check().map_err(|error| {
                Error::invalid(format!("{at}.structure.{}", error.field), format!("{}.", error.message))
            })?;
            after.structure = Some(to_json(&structure)?);
        }
    }
    Ok(())
}

/// The steps in a Markdown text as JSON.
fn read(markdown: &str, at: &str) -> Result<Option<String>> {
    let fault = |error: PlaybookError| {
        let line = error.line.map_or_else(String::new, |line| format!("Line {line}: "));
        Error::invalid(format!("{at}.playbook_md"), format!("{line}{}.", error.message))
    };
    playbook::read(markdown).map_err(fault)?.as_ref().map(to_json).transpose()
}

fn capabilities(names: Vec<String>, at: &str) -> Result<Vec<String>> {
    let field = format!("{at}.capabilities");
    if names.len() > MOST_CAPABILITIES {
        return Err(Error::invalid(field, format!("At most {MOST_CAPABILITIES} capabilities.")));
    }
    let mut found: Vec<String> = Vec::new();
    for (place, name) in names.into_iter().enumerate() {
        let field = format!("{field}[{place}]");
        let name = tidy(&field, Some(name))?.ok_or_else(|| Error::invalid(field, "A capability can't be empty."))?;
        if !found.contains(&name) {
            found.push(name);
        }
    }
    Ok(found)
}

fn check_llm(config: &LlmConfig, at: &str) -> Result<()> {
    let at = |name: &str| format!("{at}.llm_config.{name}");
    tidy(&at("provider"), config.provider.clone())?;
    tidy(&at("model"), config.model.clone())?;
    if config.temperature.is_some_and(|value| !(0.0..=2.0).contains(&value)) {
        return Err(Error::invalid(at("temperature"), "temperature is 0 to 2."));
    }
    if config.max_tokens.is_some_and(|value| !(1..=1_000_000).contains(&value)) {
        return Err(Error::invalid(at("max_tokens"), "max_tokens is 1 to 1,000,000."));
    }
    Ok(())
}

/// Checks what a structure alone can't: channels that are there, templates, segments, the length of texts.
fn check_steps(cx: &mut Context<'_, '_>, row: &rows::Playbook, at: &str) -> Result<()> {
    let Some(structure) = super::structure(row)? else { return Ok(()) };
    for (place, step) in structure.steps.iter().enumerate() {
        let field = |name: &str| format!("{at}.structure.steps[{place}].{name}");
        if step.kind == StepKind::Sms && step.text.as_ref().is_some_and(|text| text.chars().count() > MAX_SMS) {
            return Err(Error::invalid(field("text"), format!("A text message has at most {MAX_SMS} characters.")));
        }
        if let Some(skill) = &step.skill {
            check_skill(cx, skill).map_err(|error| error.at(field("skill")))?;
        }
        if let Some(name) = &step.template
            && templates::find(cx.tx, cx.project, name)?.is_none()
        {
            return Err(Error::not_found("template").at(field("template")));
        }
        for (name, text) in [("subject", &step.subject), ("text", &step.text), ("title", &step.title)] {
            if text.as_ref().is_some_and(|text| text.chars().count() > LONG || text.contains('\0')) {
                return Err(Error::invalid(field(name), format!("{name} has at most {LONG} characters and no NUL.")));
            }
        }
    }
    segments::check_names(cx, &structure.segments(), &format!("{at}.structure"))
}

/// A skill that works for one contact, of whom no more is known than every contact may have.
fn check_skill(cx: &Context<'_, '_>, name: &str) -> Result<()> {
    let known = json!({ "contactName": "Jane Doe", "contactRole": "CTO", "company": "Acme", "context": "Acme grows" });
    let given = tasks::workflows::input_of(name, &known, &Value::Null);
    tasks::work::Work::skill(name)?.check(&cx.core.settings, &given).map(drop).map_err(|error| {
        let text = format!("The skill {name} is not about one contact: {}", error.message);
        Error::new(error.code, if error.code == code::UNSUPPORTED_TASK_TYPE { error.message } else { text })
    })
}

fn changed(before: &rows::Playbook, after: &rows::Playbook, is_new: bool) -> Vec<&'static str> {
    let mut names = crate::fields::changed(&[
        ("description", before.description != after.description),
        ("template", before.template != after.template),
        ("playbook_md", before.markdown != after.markdown),
        ("structure", before.structure != after.structure),
        ("capabilities", before.capabilities != after.capabilities),
        ("identity_id", before.identity_id != after.identity_id),
        ("monitoring", before.monitoring != after.monitoring),
        ("llm_config", before.llm_config != after.llm_config),
        ("enabled", before.enabled != after.enabled),
    ]);
    if is_new && names.is_empty() {
        names.push("playbook");
    }
    names
}

const _: () = assert!(MOST_CONTACTS <= 10_000, "one transaction takes the contacts of a run");

/// `wrong_state` unless the agent may begin a run.
///
/// # Errors
/// `agent_inactive` when it is off, `wrong_state` when it has no playbook; others when the database fails.
pub fn check_ready(cx: &mut Context<'_, '_>, agent: &outrider_store::agents::Agent) -> Result<rows::Playbook> {
    let Some(playbook) = rows::find(cx.tx, cx.project, agent.id)? else {
        return Err(Error::new(code::WRONG_STATE, "This agent has no playbook to follow.").at("agent_id"));
    };
    if playbook.markdown.is_none() && playbook.structure.is_none() {
        return Err(Error::new(code::WRONG_STATE, "This agent has no playbook to follow.").at("agent_id"));
    }
    if !agent.active || !playbook.enabled {
        return Err(Error::new(code::AGENT_INACTIVE, "This agent is not enabled: enable it first.").at("agent_id"));
    }
    Ok(playbook)
}
