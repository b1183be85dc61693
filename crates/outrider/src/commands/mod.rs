//! The commands, one file per noun: each opens an installation, calls operations through the pipeline, and prints. Holds no rule.

mod backup;
mod callbacks;
mod campaign;
mod credits;
mod dkim;
mod doctor;
mod icp;
mod import_dnc;
mod import_leads;
mod import_prospects;
mod key;
mod kill_switch;
mod mcp;
mod migrate;
mod project;
mod simulate;
mod sub_agent;
mod subscription;
mod user;
mod webhooks;
mod why;
mod workspace;

use outrider_domain::id::ProjectId;
use serde_json::Value;

use crate::arguments::{Arguments, Command, Import, InProject};
use crate::failure::Outcome;
use crate::installation::Installation;
use crate::output::Output;
use crate::settings::Settings;
use crate::{bench, quickstart, serve};

pub(crate) use why::render as render_why;

/// Runs a command to its end.
///
/// # Errors
/// The command's own.
pub async fn run(arguments: Arguments, settings: Settings) -> Outcome {
    let output = Output { json: arguments.global.json };
    match arguments.command {
        Command::Quickstart(given) => quickstart::run(settings, given, output).await,
        Command::Serve(given) => {
            let listen = given.listen.unwrap_or(settings.listen);
            let role = given.role.unwrap_or(settings.role);
            serve::serve(Settings { listen, role, ..settings }, output.json).await
        }
        Command::Apply(given) => workspace::apply(settings, given, output).await,
        Command::Export(given) => workspace::export(settings, given, output).await,
        Command::Import(Import::Leads(given)) => import_leads::run(settings, given, output).await,
        Command::Import(Import::Companies(given)) => {
            import_prospects::run(settings, given, import_prospects::What::Companies, output).await
        }
        Command::Import(Import::People(given)) => {
            import_prospects::run(settings, given, import_prospects::What::People, output).await
        }
        Command::Import(Import::Dnc(given)) => import_dnc::run(settings, given, output).await,
        Command::Key(given) => key::run(settings, given, output).await,
        Command::User(given) => user::run(settings, given, output).await,
        Command::Project(given) => project::run(settings, given, output).await,
        Command::SubAgent(given) => sub_agent::run(settings, given, output).await,
        Command::Icp(given) => icp::run(settings, given, output).await,
        Command::Campaign(given) => campaign::run(settings, given, output).await,
        Command::Callbacks(given) => callbacks::run(settings, given, output).await,
        Command::Webhooks(given) => webhooks::run(settings, given, output).await,
        Command::Credits(given) => credits::run(settings, given, output).await,
        Command::Subscription(given) => subscription::run(settings, given, output).await,
        Command::KillSwitch(given) => kill_switch::run(settings, given, output).await,
        Command::Why(given) => why::run(settings, given, output).await,
        Command::Simulate(given) => simulate::simulate(settings, given, output).await,
        Command::Doctor(given) => doctor::run(settings, given, output).await,
        Command::Backup { file } => backup::backup(settings, file, output).await,
        Command::Restore { file } => backup::restore(settings, file, output).await,
        Command::Migrate { check } => migrate::run(settings, check, output).await,
        Command::Dkim(given) => dkim::run(given, output),
        Command::Mcp(given) => mcp::run(settings, given).await,
        Command::Bench(given) => bench::run(settings, given, output).await,
    }
}

/// Calls one operation in a project and prints its answer: what most commands are.
async fn call(
    settings: Settings,
    project: Option<&str>,
    operation: &str,
    input: Value,
    output: Output,
    human: impl FnOnce(&Value) -> String,
) -> Outcome {
    let given = InProject { project: project.map(ToOwned::to_owned) };
    let answer =
        in_project(settings, &given, async |installation, project| installation.call(project, operation, input).await);
    output.result(&answer.await?, human);
    Ok(())
}

/// Opens the installation, does something in a project, and closes it.
async fn in_project(
    settings: Settings,
    given: &InProject,
    act: impl AsyncFnOnce(&Installation, ProjectId) -> Outcome<Value>,
) -> Outcome<Value> {
    let installation = Installation::open(settings).await?;
    let done = async {
        let project = installation.project_or_only(given.project.as_deref()).await?;
        act(&installation, project).await
    }
    .await;
    installation.close().await?;
    done
}

/// The same for a thing that is named by its id, which says the project too.
async fn call_on(
    settings: Settings,
    project: Option<&str>,
    id: &str,
    (operation, input): (&str, Value),
    output: Output,
    human: impl FnOnce(&Value) -> String,
) -> Outcome {
    let installation = Installation::open(settings).await?;
    let answer = async {
        let project = installation.project_with(project, id).await?;
        installation.call(project, operation, input).await
    }
    .await;
    installation.close().await?;
    output.result(&answer?, human);
    Ok(())
}
