//! Where measurements happen: a temporary folder or an empty database, projects in it, and the filled database that several
//! measurements share. Measures nothing.

use std::path::{Path, PathBuf};

use outrider_domain::id::ProjectId;
use outrider_engine::workspace::installation as workspace;
use serde_json::{Value, json};

use super::broken;
use super::import;
use super::process::Child;
use crate::failure::{Failure, Outcome, Status};
use crate::installation::{Installation, open_store};
use crate::settings::Settings;

/// The database with all the leads, and how to reach it.
#[derive(Debug, Clone)]
pub(super) struct Filled {
    /// Its place.
    pub(super) place: Place,
    /// The project with the leads.
    pub(super) project: ProjectId,
    /// An API key of it.
    pub(super) key: String,
}

/// A data folder with settings of its own.
#[derive(Debug, Clone)]
pub(super) struct Place {
    folder: PathBuf,
    database_url: Option<String>,
}

/// The temporary folder; removed in the end.
pub(super) struct Rig {
    root: PathBuf,
    database_url: Option<String>,
    /// Leads in the database.
    pub(super) leads: u64,
    /// Smaller and shorter.
    pub(super) quick: bool,
    filled: Option<Filled>,
}

impl Rig {
    /// Makes the folder, and makes sure that a database of a server is empty.
    pub(super) async fn new(database_url: Option<String>, leads: u64, quick: bool) -> Outcome<Self> {
        let root = std::env::temp_dir().join(format!("outrider-bench-{}", std::process::id()));
        std::fs::create_dir(&root).map_err(|error| Failure::file(&root, &error))?;
        let rig = Self { root, database_url, leads, quick, filled: None };
        if rig.database_url.is_some() {
            let pending = open_store(&rig.place("check").settings()).await?.pending().await?;
            if !pending.first().is_some_and(|first| first.contains("initial")) {
                let text = "This database is in use. Give an empty one: measuring fills it, and it is left full.";
                return Err(Failure::new(Status::Usage, "database_in_use", text));
            }
        }
        Ok(rig)
    }

    /// Says how far it is, on standard error.
    #[expect(clippy::unused_self, reason = "what is said belongs to a run")]
    pub(super) fn note(&self, text: &str) {
        eprintln!("{text}");
    }

    /// Which database is measured.
    pub(super) fn database(&self) -> &'static str {
        if self.database_url.is_some() { "PostgreSQL" } else { "SQLite" }
    }

    /// A folder of that name; on a server, all share one database.
    pub(super) fn place(&self, name: &str) -> Place {
        Place { folder: self.root.join(name), database_url: self.database_url.clone() }
    }

    /// A file in the temporary folder.
    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    /// The temporary folder.
    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// The database with all leads; filled the first time it is asked for.
    pub(super) async fn filled(&mut self) -> Outcome<Filled> {
        if let Some(filled) = &self.filled {
            return Ok(filled.clone());
        }
        import::fill(self).await?;
        self.filled.clone().ok_or_else(|| broken("the database was not filled"))
    }

    /// Remembers the database with all leads.
    pub(super) fn set_filled(&mut self, filled: Filled) {
        self.filled = Some(filled);
    }
}

impl Drop for Rig {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.root) {
            eprintln!("{} could not be removed: {error}", self.root.display());
        }
    }
}

impl Place {
    /// Settings of an installation here: no limits that a measurement would meet.
    pub(super) fn settings(&self) -> Settings {
        let mut settings =
            Settings { data: self.folder.clone(), database_url: self.database_url.clone(), ..Settings::default() };
        settings.limits.requests_per_minute = u32::MAX;
        settings.delivery.require_domain_check = false;
        settings
    }

    /// Opens the installation.
    pub(super) async fn open(&self) -> Outcome<Installation> {
        Installation::open(self.settings()).await
    }

    /// The same settings as a file, for processes.
    fn settings_file(&self) -> Outcome<PathBuf> {
        std::fs::create_dir_all(&self.folder).map_err(|error| Failure::file(&self.folder, &error))?;
        let path = self.folder.join("outrider.toml");
        let text = "[limits]\nrequests_per_minute = 4294967295\n[log]\nlevel = \"warn\"\n";
        std::fs::write(&path, text).map_err(|error| Failure::file(&path, &error))?;
        Ok(path)
    }

    /// Starts this binary on the installation, with `--json`.
    pub(super) fn start(&self, arguments: &[&str]) -> Outcome<Child> {
        let file = self.settings_file()?;
        let mut all = vec!["--json".to_owned(), "--config".to_owned(), file.display().to_string()];
        match &self.database_url {
            Some(url) => all.extend(["--database-url".to_owned(), url.clone()]),
            None => all.extend(["--data".to_owned(), self.folder.display().to_string()]),
        }
        all.extend(arguments.iter().map(|argument| (*argument).to_owned()));
        Child::start(&all, &self.folder)
    }
}

/// A project of that slug, in an installation that may have others.
pub(super) async fn project(installation: &Installation, slug: &str) -> Outcome<ProjectId> {
    match installation.any_project().await {
        Ok(other) => {
            let made = installation
                .call(
                    other,
                    "create_project",
                    json!({ "name": slug, "slug": slug, "autonomy": { "default": "alone" } }),
                )
                .await?;
            id(&made)
        }
        Err(_) => Ok(workspace::first_project(&installation.pipeline, slug, Some(slug), None).await?.id),
    }
}

/// The id in an answer.
pub(super) fn id<T: std::str::FromStr>(answer: &Value) -> Outcome<T> {
    answer["id"]
        .as_str()
        .and_then(|text| text.parse().ok())
        .ok_or_else(|| broken(format!("an answer without an id: {answer}")))
}
