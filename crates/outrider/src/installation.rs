//! An installation in hand: its database open and migrated, a node slot leased, the pipeline over both. Every command and `serve`
//! begin with one. Decides nothing about what is done with it.

use std::sync::Arc;

use outrider_domain::id::{IdSource, ProjectId};
use outrider_domain::time::Clock;
use outrider_engine::Core;
use outrider_engine::keys::random_hex;
use outrider_engine::operation::{Descriptor, Operation};
use outrider_engine::pipeline::{Call, Credential, Pipeline, Reply};
use outrider_engine::ports::{Enricher, LanguageModel, Payments, Ports};
use outrider_engine::principal::Principal;
use outrider_engine::registry;
use outrider_providers::chat::{Chat, InvalidModel};
use outrider_providers::enricher::OwnEnricher;
use outrider_providers::stripe::{InvalidStripe, Stripe};
use outrider_providers::web::GuardedWeb;
use outrider_store::{NodeLease, Store, projects};
use serde::Serialize;
use serde_json::Value;

use crate::call_templates;
use crate::clock::SystemClock;
use crate::failure::{Failure, Outcome, Status};
use crate::settings::Settings;

/// Name of the secret that signs links and cursors.
const SECRET: &str = "signing";
/// Bytes of it.
const SECRET_BYTES: usize = 32;

/// What to do about a schema that is older than this binary's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Older {
    /// Bring it up.
    Migrate,
    /// Bring up a new, empty database; refuse one that older nodes may be running on.
    OnlyIfNew,
}

/// An open installation.
pub struct Installation {
    /// The settings it was opened with.
    pub settings: Settings,
    /// The database.
    pub store: Store,
    /// Operations.
    pub pipeline: Pipeline,
    lease: Arc<NodeLease>,
}

/// Opens the database and makes its folder; migrates nothing.
///
/// # Errors
/// When the folder can't be made, the database can't be reached or a newer binary has migrated it.
pub async fn open_store(settings: &Settings) -> Outcome<Store> {
    if settings.database_url.is_none() {
        make_folder(&settings.data)?;
    }
    Ok(Store::open(&settings.store()).await?)
}

/// Makes the data folder, for its owner's eyes only: it will hold people's addresses.
pub(crate) fn make_folder(folder: &std::path::Path) -> Outcome {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(|error| {
        Failure::new(Status::Io, "file_error", format!("the data folder {}: {error}", folder.display()))
    })
}

/// Brings the schema to this binary's version, as `older` allows; gives the migrations applied.
///
/// # Errors
/// `migration_needed` when that is not allowed; as the database says otherwise.
pub async fn migrate(store: &Store, older: Older) -> Outcome<Vec<String>> {
    let pending = store.pending().await?;
    let new = pending.first().is_some_and(|first| first.contains("initial"));
    if pending.is_empty() {
        return Ok(pending);
    }
    if older == Older::OnlyIfNew && !new {
        let text =
            "The database is of an older version. Run `outrider migrate`, then start every node with this binary.";
        return Err(Failure::new(Status::Refused, "migration_needed", text));
    }
    Ok(store.migrate().await?)
}

impl Installation {
    /// Opens it for a command.
    ///
    /// # Errors
    /// As the database says; `migration_needed`.
    pub async fn open(settings: Settings) -> Outcome<Self> {
        let public_url = settings.public_url(settings.listen);
        Self::open_as(settings, public_url, Older::OnlyIfNew).await
    }

    /// Opens it under a public address, migrating as `older` says.
    ///
    /// # Errors
    /// As the database says; `migration_needed`.
    pub async fn open_as(settings: Settings, public_url: String, older: Older) -> Outcome<Self> {
        let store = open_store(&settings).await?;
        Self::over(store, settings, public_url, older).await
    }

    /// Opens it for a command that writes very much: faster, and others who write wait longer.
    ///
    /// # Errors
    /// As the database says; `migration_needed`.
    pub async fn open_to_fill(settings: Settings) -> Outcome<Self> {
        if settings.database_url.is_none() {
            make_folder(&settings.data)?;
        }
        let store = Store::open_to_fill(&settings.store()).await?;
        let public_url = settings.public_url(settings.listen);
        Self::over(store, settings, public_url, Older::OnlyIfNew).await
    }

    async fn over(store: Store, settings: Settings, public_url: String, older: Older) -> Outcome<Self> {
        for name in migrate(&store, older).await? {
            tracing::info!(migration = name, "migrated");
        }
        let clock = SystemClock;
        let lease = store.lease_node(clock.now()).await.map_err(|error| match error {
            outrider_store::Error::Busy => Failure::new(
                Status::Unavailable,
                "no_node_slot",
                "All 256 node slots are taken: too many processes use this database. Slots of processes that crashed are free after a minute.",
            ),
            other => other.into(),
        })?;
        let fresh = random_hex(SECRET_BYTES)?;
        let secret = store.write(move |tx| projects::secret(tx, SECRET, &fresh)).await?;
        let mut rules = settings.engine(public_url);
        if let Some(catalog) = call_templates::load(&settings.data)? {
            rules.catalog = Some(catalog);
        }
        let core = Core {
            ids: IdSource::new(lease.slot(), lease.floor()),
            settings: rules,
            secret: secret.into_bytes(),
            clock: Arc::new(clock),
        };
        let pipeline = Pipeline::new(store.clone(), Arc::new(core)).with_ports(ports(&settings)?);
        Ok(Self { settings, store, pipeline, lease: Arc::new(lease) })
    }

    /// The engine's core.
    #[must_use]
    pub fn core(&self) -> &Arc<Core> {
        self.pipeline.core()
    }

    /// The node's lease.
    #[must_use]
    pub fn lease(&self) -> &Arc<NodeLease> {
        &self.lease
    }

    /// Gives the node slot back, unless someone still renews it.
    ///
    /// # Errors
    /// As the database says; the lease then runs out by itself.
    pub async fn close(self) -> Outcome {
        let high_water = self.pipeline.core().ids.high_water();
        match Arc::into_inner(self.lease) {
            Some(lease) => Ok(lease.release(high_water).await?),
            None => Ok(()),
        }
    }

    /// The project of that slug.
    ///
    /// # Errors
    /// `resource_not_found`, naming the projects there are.
    pub async fn project(&self, slug: &str) -> Outcome<ProjectId> {
        let wanted = slug.to_owned();
        let all = self.store.read(projects::all).await?;
        if let Some(project) = all.iter().find(|project| project.slug == wanted) {
            return Ok(project.id);
        }
        if all.is_empty() {
            let text = "There is no project yet: `outrider project create NAME` makes one.";
            return Err(Failure::new(Status::Refused, "resource_not_found", text));
        }
        let known: Vec<&str> = all.iter().map(|project| project.slug.as_str()).take(20).collect();
        let text = format!("There is no project {slug}. There are: {}.", known.join(", "));
        Err(Failure::new(Status::Refused, "resource_not_found", text))
    }

    /// The project of that slug, or the only one there is.
    ///
    /// # Errors
    /// `resource_not_found` when there is none; `project_needed` when there are several.
    pub async fn project_or_only(&self, slug: Option<&str>) -> Outcome<ProjectId> {
        if let Some(slug) = slug {
            return self.project(slug).await;
        }
        let all = self.store.read(projects::all).await?;
        match all.as_slice() {
            [only] => Ok(only.id),
            [] => self.project("").await,
            several => {
                let known: Vec<&str> = several.iter().map(|project| project.slug.as_str()).take(20).collect();
                let text =
                    format!("There are several projects: name one with --project. There are: {}.", known.join(", "));
                Err(Failure::new(Status::Usage, "project_needed", text))
            }
        }
    }

    /// The oldest project: where acts of the operator that concern all are logged.
    ///
    /// # Errors
    /// `resource_not_found` when there is none.
    pub async fn any_project(&self) -> Outcome<ProjectId> {
        let all = self.store.read(projects::all).await?;
        match all.first() {
            Some(first) => Ok(first.id),
            None => self.project("").await,
        }
    }

    /// Calls an operation as the operator.
    ///
    /// # Errors
    /// The operation's own.
    pub async fn call(&self, project: ProjectId, operation: &str, input: Value) -> Outcome<Value> {
        let call = Call::new(Credential::Known(Principal::operator(project)), input, request_id());
        Ok(self.pipeline.call(find(operation)?, call).await.1?.body)
    }

    /// Calls an operation as the operator with a value of its own type, or only previews it.
    ///
    /// # Errors
    /// The operation's own.
    pub async fn call_made<O>(&self, project: ProjectId, input: O::Input, dry_run: bool) -> Outcome<O::Output>
    where
        O: Operation<Input: Clone + Serialize + Send + Sync, Output: Send>,
    {
        Ok(self.pipeline.call_made::<O>(Principal::operator(project), input, dry_run, &request_id()).await?)
    }

    /// Calls an operation as the operator with an input written from a value of its own type, or only previews it.
    ///
    /// # Errors
    /// The operation's own.
    pub async fn call_with(&self, project: ProjectId, operation: &str, input: Value, dry_run: bool) -> Outcome<Reply> {
        let principal = Credential::Known(Principal::operator(project));
        let call = Call { dry_run, input_made_here: true, ..Call::new(principal, input, request_id()) };
        let (_, result) = self.pipeline.call(find(operation)?, call).await;
        Ok(result?)
    }
}

/// The ways out of the process that operations may take.
fn ports(settings: &Settings) -> Outcome<Ports> {
    let wrong = |error: InvalidStripe| Failure::new(Status::Settings, "bad_settings", format!("stripe: {error}"));
    let stripe = Stripe::new(&settings.stripe).map_err(wrong)?;
    let no_model = |error: InvalidModel| Failure::new(Status::Settings, "bad_settings", format!("llm: {error}"));
    let model = Chat::new(&settings.llm).map_err(no_model)?.map(|chat| Arc::new(chat) as Arc<dyn LanguageModel>);
    let no_web = |error: String| Failure::new(Status::Internal, "no_tls", format!("TLS can't be set up: {error}"));
    let web = Arc::new(GuardedWeb::new(settings.web.open_hosts.clone(), settings.web.name_server).map_err(no_web)?);
    // A machine without name servers finds nothing, and everything else works.
    let enricher =
        OwnEnricher::new(web, settings.web.name_server).ok().map(|enricher| Arc::new(enricher) as Arc<dyn Enricher>);
    let payments = stripe.map(|stripe| Arc::new(stripe) as Arc<dyn Payments>);
    Ok(Ports { payments, enricher, model, ..Ports::default() })
}

fn request_id() -> String {
    format!("cli-{}", std::process::id())
}

fn find(operation: &str) -> Outcome<&'static Descriptor> {
    registry::find(operation)
        .ok_or_else(|| Failure::new(Status::Internal, "internal_error", format!("there is no operation {operation}")))
}
