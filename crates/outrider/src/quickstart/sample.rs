//! The sample: a workspace, leads from a CSV file, an API key. Made once; running it again finds what is there.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use outrider_domain::id::ProjectId;
use outrider_domain::workspace::{Format, parse};
use outrider_engine::leads::import_leads::{Imported, ImportedLead};
use outrider_engine::workspace::installation as workspace;
use outrider_store::logs;
use serde_json::json;

use crate::failure::{Failure, Outcome, Status};
use crate::import::reader::LeadReader;
use crate::installation::Installation;
use crate::output::text;
use crate::serve::Node;

/// The sample project's slug.
pub(super) const PROJECT: &str = "quickstart";
/// The sequence's name in the sample.
const SEQUENCE: &str = "hello";
/// The sample workspace.
const WORKSPACE: &str = include_str!("workspace.toml");
/// The sample leads.
const LEADS: &str = include_str!("leads.csv");
/// The agent's phone number: one of those set aside for made-up people, on the sandbox.
const NUMBER: &str = "+12025550100";
/// What the key may do: all, and approve, so that the pending opt-out can be confirmed with it.
const SCOPES: [&str; 2] = ["*", "actions:approve"];

/// What was set up.
pub(super) struct Sample {
    /// The project.
    pub(super) project: ProjectId,
    /// The API key.
    pub(super) key: String,
    /// The leads' file.
    pub(super) leads: PathBuf,
    /// Number of the last event from before: what is told begins after it.
    pub(super) before: i64,
    imported: Imported,
}

impl Sample {
    /// Sets the sample up in an installation, or finds it there.
    pub(super) async fn set_up(installation: &Installation) -> Outcome<Self> {
        let defect = |error: String| Failure::new(Status::Internal, "internal_error", error);
        let entry = parse(WORKSPACE, Format::Toml).map_err(|error| defect(error.to_string()))?;
        let known = installation.project(PROJECT).await.ok();
        if known.is_none() {
            // Only the first time: whoever changed the sample since keeps the changes.
            workspace::apply(&installation.pipeline, &entry, false, None).await?;
        }
        let project = installation.project(PROJECT).await?;
        if known.is_none() {
            give_number(installation, project).await?;
        }
        let before = match known {
            Some(project) => installation.store.read(move |tx| logs::last_event(tx, project)).await?,
            None => 0,
        };
        let folder = &installation.settings.data;
        std::fs::create_dir_all(folder).map_err(|error| Failure::file(folder, &error))?;
        let leads = write_once(&folder.join("sample-leads.csv"), LEADS)?;
        let imported = import(installation, project, &leads).await?;
        let key = key(installation, project, &folder.join("quickstart.key")).await?;
        Ok(Self { project, key, leads, before, imported })
    }

    /// What a person is told first.
    pub(super) fn greeting(&self, node: &Node) -> String {
        let (url, key) = (node.public_url(), &self.key);
        let api = format!("{url}/api/v1");
        let mut lines = format!(
            "Outrider quickstart: {} leads from {} ({} new), one agent with a phone number of the sandbox, two senders, three mails each.\n\
             Mail goes to the capture mailbox in this process; scripted people answer. Nothing leaves this machine.\n\n",
            self.imported.created + self.imported.skipped.len(),
            self.leads.display(),
            self.imported.created,
        );
        let capture = node.capture().map(|address| address.to_string()).unwrap_or_default();
        for (name, value) in
            [("API", api.as_str()), ("Key", key), ("Document", &format!("{api}/openapi.json")), ("SMTP in", &capture)]
        {
            let _ = writeln!(lines, "  {name:9} {value}");
        }
        let _ = writeln!(lines, "\nTry it in another terminal:\n");
        for path in [
            "leads?limit=3",
            "emails?limit=3",
            "events?after=0&limit=5",
            "actions?state=pending_approval",
            "phone-numbers",
        ] {
            let _ = writeln!(lines, "  curl -s -H 'Authorization: Bearer {key}' '{api}/{path}'");
        }
        let _ = writeln!(lines, "  curl -sN -H 'Authorization: Bearer {key}' '{api}/events/stream'\n");
        lines
    }
}

/// Gives the sample's agent a number to call from and to be called at.
async fn give_number(installation: &Installation, project: ProjectId) -> Outcome {
    let agents = installation.call(project, "list_agents", json!({ "limit": 1 })).await?;
    let agent = &agents["items"][0]["id"];
    let number = json!({ "number": NUMBER, "country": "US", "outbound_agent_id": agent, "inbound_agent_id": agent });
    installation.call(project, "import_phone_number", number).await.map(drop)
}

/// Writes a file unless it is there; gives its path.
fn write_once(path: &Path, text: &str) -> Outcome<PathBuf> {
    if !path.exists() {
        std::fs::write(path, text).map_err(|error| Failure::file(path, &error))?;
    }
    Ok(path.to_owned())
}

/// Imports the leads and enrolls the new ones.
async fn import(installation: &Installation, project: ProjectId, file: &Path) -> Outcome<Imported> {
    let unreadable = |error: crate::import::reader::ReadError| {
        Failure::new(Status::BadData, "not_a_table", format!("{}: {error}", file.display()))
    };
    let mut reader = LeadReader::open(file).map_err(unreadable)?;
    let batch = reader.next_batch(outrider_engine::leads::import_leads::BATCH).map_err(unreadable)?.unwrap_or_default();
    let leads: Vec<ImportedLead> = batch.drafts.into_iter().map(|row| row.draft.into()).collect();
    let sequences = installation.call(project, "list_sequences", json!({ "limit": 100 })).await?;
    let sequence =
        sequences["items"].as_array().into_iter().flatten().find(|sequence| text(sequence, "name") == SEQUENCE);
    let input = json!({ "leads": leads, "source": "sample-leads.csv", "sequence_id": sequence.map(|sequence| &sequence["id"]) });
    let answer = installation.call(project, "import_leads", input).await?;
    serde_json::from_value(answer).map_err(|error| Failure::new(Status::Internal, "internal_error", error.to_string()))
}

/// The key of the first run, or a new one; kept in a file, because it can't be shown twice.
async fn key(installation: &Installation, project: ProjectId, file: &Path) -> Outcome<String> {
    if let Ok(kept) = std::fs::read_to_string(file) {
        return Ok(kept.trim().to_owned());
    }
    let input = json!({ "name": "quickstart", "dialect": "native", "scopes": SCOPES });
    let secret = text(&installation.call(project, "create_key", input).await?, "secret");
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(file).and_then(|mut open| writeln!(open, "{secret}"));
    written.map_err(|error| Failure::file(file, &error))?;
    Ok(secret)
}
