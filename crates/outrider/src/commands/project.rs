//! `outrider project`: makes and lists projects, over all organizations.

use outrider_engine::workspace::installation as workspace;
use outrider_store::projects;
use serde_json::{Value, json};

use crate::arguments::Project;
use crate::failure::Outcome;
use crate::installation::Installation;
use crate::output::{Output, items, text};
use crate::settings::Settings;

pub(super) async fn run(settings: Settings, given: Project, output: Output) -> Outcome {
    let installation = Installation::open(settings).await?;
    let answer = match given {
        Project::Create { name, slug, time_zone } => {
            let made = create(&installation, name, slug, time_zone).await;
            made.map(|value| (value, Vec::new()))
        }
        Project::List => installation.store.read(projects::all).await.map_err(Into::into).map(|all| (Value::Null, all)),
    };
    installation.close().await?;
    let (made, all) = answer?;
    if made.is_object() {
        output.result(&made, |value| {
            format!("{} ({}) is {}.", text(value, "name"), text(value, "slug"), text(value, "id"))
        });
        return Ok(());
    }
    let row = |project: projects::Project| json!({ "id": project.id, "slug": project.slug, "name": project.name, "plan": project.plan, "time_zone": project.time_zone });
    let list = json!({ "items": all.into_iter().map(row).collect::<Vec<_>>() });
    output.result(&list, |value| items(value, &["slug", "name", "plan", "time_zone", "id"], "There are no projects."));
    Ok(())
}

async fn create(
    installation: &Installation,
    name: String,
    slug: Option<String>,
    time_zone: Option<String>,
) -> Outcome<Value> {
    match installation.any_project().await {
        // It belongs to the organization there is.
        Ok(project) => {
            let input = json!({ "name": name, "slug": slug, "time_zone": time_zone });
            installation.call(project, "create_project", input).await
        }
        Err(_) => {
            let made =
                workspace::first_project(&installation.pipeline, &name, slug.as_deref(), time_zone.as_deref()).await?;
            Ok(json!({ "id": made.id, "slug": made.slug, "name": made.name, "plan": made.plan }))
        }
    }
}
