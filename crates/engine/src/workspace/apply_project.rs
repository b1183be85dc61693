//! `apply_project`: makes the caller's project what a part of a workspace file says. Creates and updates through the nouns'
//! own operations, in one transaction; removes nothing.

use outrider_domain::id::AgentId;
use outrider_domain::workspace::{
    AgentEntry, IdentityEntry, ProjectEntry, SequenceEntry, SequenceStatus, SuppressionEntry, TemplateEntry, Workspace,
};
use outrider_store::{agents, credits, identities, projects, sequences, templates};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{AgentNames, agent_entry, agent_names, identity_entry, sequence_entry, template_entry};
use crate::agents::Brain;
use crate::agents::create_agent::CreateAgent;
use crate::agents::update_agent::UpdateAgent;
use crate::context::Context;
use crate::credits::grant_credits::GrantCredits;
use crate::error::{Error, Result, code};
use crate::identities::create_identity::CreateIdentity;
use crate::identities::update_identity::UpdateIdentity;
use crate::kill_switch::engage_kill_switch::EngageKillSwitch;
use crate::kill_switch::release_kill_switch::ReleaseKillSwitch;
use crate::operation::{Effect, Operation, Spec, decode};
use crate::projects::update_project::UpdateProject;
use crate::sequences::create_sequence::CreateSequence;
use crate::sequences::update_sequence::UpdateSequence;
use crate::subscription::set_plan::SetPlan;
use crate::suppressions::create_suppression::CreateSuppression;
use crate::templates::create_template::CreateTemplate;
use crate::templates::update_template::UpdateTemplate;

/// Applies a file's part to the project.
pub struct ApplyProject;

/// The part.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// What the project shall be; its slug must be this project's.
    project: ProjectEntry,
}

/// What was done.
#[derive(Debug, Serialize, JsonSchema)]
pub struct AppliedProject {
    /// Every change, in order; empty when the project was as the part says.
    pub changes: Vec<Value>,
    /// Things of the part that were so already.
    pub unchanged: usize,
}

/// Reasons of suppressions with a meaning of their own; any other text is kept as the detail of `manual`.
const REASONS: [&str; 5] = ["manual", "opt_out", "do_not_call", "bounce", "complaint"];

impl Operation for ApplyProject {
    const SPEC: Spec =
        Spec::act("apply_project", "workspace", "/workspace/apply", "workspace:write", "Make the project what a file says.")
            .describe(
                "Creates and updates by name and removes nothing; applying twice changes nothing the second time. Plan and \
                 credits are the operator's; a looser policy and releasing the kill switch need the scope actions:approve too.",
            )
            .effect(Effect::Outward)
            .previews()
            .fails(&[code::ALREADY_EXISTS, code::WRONG_STATE]);
    type Input = Input;
    type Output = AppliedProject;

    fn run(cx: &mut Context<'_, '_>, input: Input) -> Result<AppliedProject> {
        let wanted = check(cx, input.project)?;
        let before = cx.plan.len();
        let mut apply = Apply { cx, unchanged: 0 };
        apply.settings(&wanted)?;
        for (place, entry) in wanted.agents.iter().enumerate() {
            apply.agent(&format!("project.agents[{place}]"), entry)?;
        }
        let names = agent_names(apply.cx)?;
        for (place, entry) in wanted.identities.iter().enumerate() {
            apply.identity(&format!("project.identities[{place}]"), entry, &wanted, &names)?;
        }
        for (place, entry) in wanted.templates.iter().enumerate() {
            apply.template(&format!("project.templates[{place}]"), entry)?;
        }
        for (place, entry) in wanted.sequences.iter().enumerate() {
            apply.sequence(&format!("project.sequences[{place}]"), entry, &wanted.identities, &names)?;
        }
        for (place, entry) in wanted.suppressions.iter().enumerate() {
            apply.suppression(&format!("project.suppressions[{place}]"), entry)?;
        }
        let unchanged = apply.unchanged;
        Ok(AppliedProject { changes: cx.plan.get(before..).unwrap_or_default().to_vec(), unchanged })
    }
}

/// Checks the part in itself, and that it is this project's; trims the names things are found by.
fn check(cx: &mut Context<'_, '_>, project: ProjectEntry) -> Result<ProjectEntry> {
    let own = projects::get(cx.tx, cx.project)?;
    if project.slug != own.slug {
        return Err(Error::invalid("project.slug", format!("This project's slug is {}.", own.slug)));
    }
    let mut file = Workspace { organization: "any".to_owned(), users: Vec::new(), projects: vec![project] };
    if let Some(problem) = file.validate().into_iter().next() {
        return Err(Error::invalid(problem.path.replacen("projects[0]", "project", 1), problem.message));
    }
    let mut project = file.projects.remove(0);
    let agents = project.agents.iter_mut().map(|entry| &mut entry.name);
    let templates = project.templates.iter_mut().map(|entry| &mut entry.name);
    for name in agents.chain(templates).chain(project.sequences.iter_mut().map(|entry| &mut entry.name)) {
        *name = name.trim().to_owned();
    }
    Ok(project)
}

/// Runs an operation as part of this one; its errors name the place in the file.
fn run<O: Operation>(cx: &mut Context<'_, '_>, at: &str, input: Value) -> Result<O::Output> {
    decode(input).and_then(|input| O::run(cx, input)).map_err(|error| {
        let field = error.field.as_deref().map(|field| match field {
            "agent_id" => "agent",
            "gap" => "min_gap",
            other => other.strip_prefix("definition.").unwrap_or(other),
        });
        let field = field.map_or_else(|| at.to_owned(), |field| format!("{at}.{field}"));
        error.at(field)
    })
}

struct Apply<'c, 'a, 'tx> {
    cx: &'c mut Context<'a, 'tx>,
    unchanged: usize,
}

impl Apply<'_, '_, '_> {
    fn settings(&mut self, wanted: &ProjectEntry) -> Result<()> {
        let cx = &mut *self.cx;
        let own = projects::get(cx.tx, cx.project)?;
        let fields = json!({ "project_id": own.id, "name": wanted.name, "time_zone": wanted.time_zone, "autonomy": wanted.autonomy });
        run::<UpdateProject>(cx, "project", fields)?;
        if wanted.plan != own.plan {
            run::<SetPlan>(cx, "project", json!({ "plan": wanted.plan }))?;
        }
        // Once only: a second grant for the same file would be a gift.
        if let Some(amount) = wanted.credits.filter(|amount| *amount > 0)
            && credits::balance(cx.tx, cx.project, "issued")? == 0
        {
            run::<GrantCredits>(
                cx,
                "project.credits",
                json!({ "amount": amount, "reason": "granted with the project" }),
            )?;
        }
        let stopped = projects::kill_switches(cx.tx, cx.project)?.iter().any(|switch| !switch.everywhere);
        match wanted.kill_switch {
            Some(true) if !stopped => {
                cx.plan.push(json!({ "engage_kill_switch": {} }));
                run::<EngageKillSwitch>(
                    cx,
                    "project.kill_switch",
                    json!({ "reason": "the workspace file engages it" }),
                )?;
            }
            Some(false) if stopped => {
                cx.plan.push(json!({ "release_kill_switch": {} }));
                run::<ReleaseKillSwitch>(cx, "project.kill_switch", json!({}))?;
            }
            _ => {}
        }
        Ok(())
    }

    fn agent(&mut self, at: &str, wanted: &AgentEntry) -> Result<()> {
        let cx = &mut *self.cx;
        let mut fields = json!({
            "name": wanted.name,
            "type": wanted.kind,
            "active": wanted.active,
            "outreach_model": wanted.outreach_model,
            "language": wanted.language,
            "autonomy": wanted.autonomy,
        });
        // A brain's texts are fields of their own, and one that the file leaves out is blank.
        let brain = json!(wanted.brain);
        for (name, _) in Brain::default().fields() {
            fields[name] = brain.get(name).cloned().unwrap_or_default();
        }
        match agents::find_by_name(cx.tx, cx.project, &wanted.name)? {
            Some(row) if agent_entry(&row)? == *wanted => self.unchanged += 1,
            Some(row) => {
                fields["automation_enabled"] = json!(wanted.automation_enabled);
                fields["agent_id"] = json!(row.id);
                run::<UpdateAgent>(cx, at, fields)?;
            }
            None => {
                let id = run::<CreateAgent>(cx, at, fields)?.id;
                let planned = cx.plan.len();
                if wanted.automation_enabled {
                    run::<UpdateAgent>(cx, at, json!({ "agent_id": id, "automation_enabled": true }))?;
                }
                // Part of making it, and its id is another in a preview.
                cx.plan.truncate(planned);
            }
        }
        Ok(())
    }

    fn identity(&mut self, at: &str, wanted: &IdentityEntry, project: &ProjectEntry, names: &AgentNames) -> Result<()> {
        let cx = &mut *self.cx;
        let zone = wanted.time_zone.clone().unwrap_or_else(|| project.time_zone.clone());
        let mut fields = json!({
            "email": wanted.email,
            "name": wanted.name,
            "reply_to": wanted.reply_to,
            "transport": wanted.transport,
            "mailbox": wanted.mailbox,
            "agent_id": agent_of(names, wanted.agent.as_deref(), at)?,
            "active": wanted.active,
            "time_zone": zone,
            "ramp": wanted.ramp,
            "gap": wanted.min_gap,
        });
        let wanted = IdentityEntry { time_zone: Some(zone), ..wanted.clone() };
        match identities::find(cx.tx, cx.project, wanted.email.as_str())? {
            Some(row) if identity_entry(&row, names)? == wanted => self.unchanged += 1,
            Some(row) => {
                fields["identity_id"] = json!(row.id);
                run::<UpdateIdentity>(cx, at, fields)?;
            }
            None => {
                run::<CreateIdentity>(cx, at, fields)?;
            }
        }
        Ok(())
    }

    fn template(&mut self, at: &str, wanted: &TemplateEntry) -> Result<()> {
        let cx = &mut *self.cx;
        let mut fields =
            json!({ "name": wanted.name, "subject": wanted.subject, "text": wanted.text, "html": wanted.html });
        match templates::find(cx.tx, cx.project, &wanted.name)? {
            Some(row) if template_entry(&row) == *wanted => self.unchanged += 1,
            Some(row) => {
                fields["template_id"] = json!(row.id);
                run::<UpdateTemplate>(cx, at, fields)?;
            }
            None => {
                run::<CreateTemplate>(cx, at, fields)?;
            }
        }
        Ok(())
    }

    fn sequence(
        &mut self,
        at: &str,
        wanted: &SequenceEntry,
        senders: &[IdentityEntry],
        names: &AgentNames,
    ) -> Result<()> {
        let cx = &mut *self.cx;
        let status = if wanted.status == SequenceStatus::Active { "active" } else { "paused" };
        let agent = agent_of(names, wanted.agent.as_deref(), at)?;
        let mut definition = wanted.definition();
        for sender in &mut definition.identities {
            // The file may name a sender; what is stored is its address.
            if let Some(named) = senders.iter().find(|entry| entry.name.as_ref() == Some(sender)) {
                named.email.as_str().clone_into(sender);
            }
        }
        let Some(row) = sequences::find(cx.tx, cx.project, &wanted.name)? else {
            let fields = json!({ "name": wanted.name, "agent_id": agent, "status": status, "definition": definition });
            run::<CreateSequence>(cx, at, fields)?;
            return Ok(());
        };
        if row.status == "archived" {
            let message = "This sequence was archived, and stays so. Give the new one another name.";
            return Err(Error::new(code::WRONG_STATE, message).at(format!("{at}.name")));
        }
        let current = sequence_entry(&row, names)?;
        let mut fields = json!({ "sequence_id": row.id });
        if current.definition() != definition {
            fields["definition"] = json!(definition);
        }
        if row.agent_id != agent {
            fields["agent_id"] = json!(agent);
        }
        if row.status != status {
            fields["status"] = json!(status);
        }
        if fields.as_object().is_some_and(|fields| fields.len() == 1) {
            self.unchanged += 1;
            return Ok(());
        }
        run::<UpdateSequence>(cx, at, fields)?;
        Ok(())
    }

    fn suppression(&mut self, at: &str, wanted: &SuppressionEntry) -> Result<()> {
        let planned = self.cx.plan.len();
        let mut fields = json!({ "kind": wanted.kind, "value": wanted.value, "reason": wanted.reason });
        if !REASONS.contains(&wanted.reason.as_str()) {
            fields["reason"] = json!("manual");
            fields["detail"] = json!(wanted.reason);
        }
        run::<CreateSuppression>(self.cx, at, fields)?;
        if self.cx.plan.len() == planned {
            self.unchanged += 1;
        }
        Ok(())
    }
}

/// The agent of that name; the oldest, as elsewhere, when several have it.
fn agent_of(names: &AgentNames, wanted: Option<&str>, at: &str) -> Result<Option<AgentId>> {
    let Some(wanted) = wanted.map(str::trim) else { return Ok(None) };
    match names.iter().filter(|(_, name)| *name == wanted).map(|(id, _)| *id).min() {
        Some(id) => Ok(Some(id)),
        None => Err(Error::not_found("agent").at(format!("{at}.agent"))),
    }
}
