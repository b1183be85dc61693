//! Settings: what an operator may set, in `outrider.toml` and the environment, with defaults that work on an empty machine.
//! Opens nothing but the settings file.

mod environment;
mod load;

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use outrider_domain::address::Domain;
use outrider_domain::pack::Packs;
use outrider_domain::plan::Plans;
use outrider_domain::span::Span;
use outrider_http::Network;
use outrider_providers::chat::ModelSettings;
use outrider_providers::imap::ImapSettings;
use outrider_providers::smtp::Transport;
use outrider_providers::stripe::StripeSettings;
use serde::{Deserialize, Serialize};

pub use load::{FILE, Problem, load};

/// Everything that can be set.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Where HTTP is served.
    pub listen: SocketAddr,
    /// Folder of everything this installation keeps: the SQLite database unless `database_url` is set.
    pub data: PathBuf,
    /// PostgreSQL's URL; SQLite in the data folder when absent.
    pub database_url: Option<String>,
    /// What `serve` does.
    pub role: Role,
    /// Where recipients and clients reach this server; made of `listen` when absent.
    pub public_url: Option<String>,
    /// Proxies before this server, as networks: their `X-Forwarded-For` says who calls.
    pub trusted_proxies: Vec<Network>,
    /// The log.
    pub log: Log,
    /// Bounds.
    pub limits: Limits,
    /// What things cost, in credits.
    pub prices: Prices,
    /// What projects can subscribe to; those that are set take the place of the examples.
    pub plans: Plans,
    /// Credits that projects can buy; those that are set take the place of Data Reaktor's.
    pub packs: Packs,
    /// The payment provider.
    pub stripe: StripeSettings,
    /// How mail is handed over.
    pub delivery: Delivery,
    /// Mail servers and mailboxes.
    pub mail: Mail,
    /// Telephone calls.
    pub telephony: Telephony,
    /// The known APIs it speaks beside its own.
    pub dialects: Dialects,
    /// Reading web addresses that others name.
    pub web: Web,
    /// The language model that writes for skills.
    pub llm: ModelSettings,
}

/// Reading web addresses that others name, such as the documents of applications that people connect.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Web {
    /// Hosts that may be read though they are private, and without TLS: name or address, with its port when it is not the usual one.
    pub open_hosts: Vec<String>,
    /// The DNS server that is asked about these hosts, and about the mail of domains in enrichment; the system's own when absent.
    pub name_server: Option<SocketAddr>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            listen: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 7700),
            data: PathBuf::from("outrider-data"),
            database_url: None,
            role: Role::default(),
            public_url: None,
            trusted_proxies: Vec::new(),
            log: Log::default(),
            limits: Limits::default(),
            prices: Prices::default(),
            plans: Plans::default(),
            packs: Packs::default(),
            stripe: StripeSettings::default(),
            delivery: Delivery::default(),
            mail: Mail::default(),
            telephony: Telephony::default(),
            dialects: Dialects::default(),
            web: Web::default(),
            llm: ModelSettings::default(),
        }
    }
}

/// The dialects, by name.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Dialects {
    /// Cora.
    pub cora: Dialect,
    /// ARTRA.
    pub artra: Dialect,
    /// Data Reaktor.
    pub reaktor: Dialect,
    /// Artic.
    pub artic: Dialect,
    /// Pathbound.
    pub pathbound: Dialect,
}

/// One dialect.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Dialect {
    /// Host names at whose root it answers, beside its path.
    pub hosts: Vec<String>,
}

impl Dialects {
    /// Every host name with its dialect.
    #[must_use]
    pub fn all_hosts(&self) -> Vec<(String, String)> {
        let names = ["cora", "artra", "reaktor", "artic", "pathbound"];
        let of = |name: &str| self.hosts(name).into_iter().map(|host| (name.to_owned(), host)).collect::<Vec<_>>();
        names.into_iter().flat_map(of).collect()
    }

    /// The host names of a dialect.
    #[must_use]
    pub fn hosts(&self, name: &str) -> Vec<String> {
        let dialect = match name {
            "cora" => &self.cora,
            "artra" => &self.artra,
            "reaktor" => &self.reaktor,
            "artic" => &self.artic,
            "pathbound" => &self.pathbound,
            _ => return Vec::new(),
        };
        dialect.hosts.clone()
    }
}

/// What a `serve` process does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Answers HTTP.
    Api,
    /// Runs due work and reads mail; listens on no HTTP port.
    Worker,
    /// Both.
    #[default]
    All,
}

impl Role {
    /// Whether it answers HTTP.
    #[must_use]
    pub const fn serves(self) -> bool {
        matches!(self, Self::Api | Self::All)
    }

    /// Whether it runs due work.
    #[must_use]
    pub const fn works(self) -> bool {
        matches!(self, Self::Worker | Self::All)
    }
}

/// The log on standard error.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Log {
    /// How lines are written.
    pub format: LogFormat,
    /// What is logged: a level, or directives such as `info,outrider_http=debug`.
    pub level: String,
}

impl Default for Log {
    fn default() -> Self {
        Self { format: LogFormat::default(), level: "info".to_owned() }
    }
}

/// How log lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// Bounds on what is served.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Requests per minute and key.
    pub requests_per_minute: u32,
    /// HTTP connections at a time.
    pub connections: usize,
    /// Live event streams at a time.
    pub streams: usize,
    /// Threads that read the database.
    pub readers: usize,
    /// Threads that write to PostgreSQL; SQLite always has one.
    pub writers: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { requests_per_minute: 6_000, connections: 4_096, streams: 512, readers: 4, writers: 8 }
    }
}

/// What things cost.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Prices {
    /// Credits for one mail handed over.
    pub email: u32,
    /// Credits for one text message handed over.
    pub sms: u32,
    /// Credits for each minute of a call begun.
    pub call_minute: u32,
    /// Credits for one unit of a skill that `skills` does not name; 5 when absent.
    pub task: Option<u32>,
    /// Credits for one unit of a skill, by its name; `company_lookup` is the knowledge graph's.
    pub skills: BTreeMap<String, u32>,
    /// Credits for a company that is discovered first.
    pub discovery: u32,
    /// Credits for each address or number that is found.
    pub enrichment: u32,
}

impl Default for Prices {
    fn default() -> Self {
        Self { email: 0, sms: 0, call_minute: 0, discovery: 1, enrichment: 1, task: None, skills: BTreeMap::new() }
    }
}

/// How mail is handed over.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Delivery {
    /// How long an action waits for a person's approval before it is refused.
    pub approval: Span,
    /// Hand-overs before a mail that is never accepted fails.
    pub max_attempts: u32,
    /// Soft bounces before an address is suppressed.
    pub max_soft_bounces: u32,
    /// How long a claim of due work lasts: after a crash, what was being handed over shows as unknown when it ends.
    pub lease: Span,
    /// Holds mail to real servers until SPF, DKIM and DMARC of the sending domain are in order.
    pub require_domain_check: bool,
}

impl Default for Delivery {
    fn default() -> Self {
        Self {
            approval: Span::days(14),
            max_attempts: 8,
            max_soft_bounces: 3,
            lease: Span::seconds(150),
            require_domain_check: true,
        }
    }
}

/// Telephone calls.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Telephony {
    /// How long a call may ring.
    pub ring: Span,
    /// How long a call may last once answered.
    pub longest_call: Span,
    /// How long after its time a carrier's report may come, before a call of which nothing is heard is given up.
    pub report_grace: Span,
    /// Minutes for which credits are set aside when a call is queued without an estimate.
    pub estimated_minutes: u32,
    /// The sandbox carrier, which calls nobody.
    pub sandbox: SandboxSettings,
}

impl Default for Telephony {
    fn default() -> Self {
        Self {
            ring: Span::seconds(45),
            longest_call: Span::minutes(60),
            report_grace: Span::minutes(1),
            estimated_minutes: 5,
            sandbox: SandboxSettings::default(),
        }
    }
}

/// The sandbox carrier: scripted callees in this process.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SandboxSettings {
    /// How many times faster than life its calls go, 1 to 1000.
    pub speed: u32,
}

impl Default for SandboxSettings {
    fn default() -> Self {
        Self { speed: 1 }
    }
}

/// Mail servers and mailboxes, by the names identities call them.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Mail {
    /// The capture mailbox.
    pub capture: Capture,
    /// SMTP servers; `capture` is built in.
    pub servers: BTreeMap<String, Server>,
    /// IMAP mailboxes.
    pub mailboxes: BTreeMap<String, ImapSettings>,
    /// Signing keys, by sending domain.
    pub dkim: BTreeMap<Domain, Dkim>,
}

/// An SMTP server; its `Debug` form leaves the password out.
#[derive(Clone, Deserialize)]
#[serde(transparent)]
pub struct Server(pub Transport);

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Server").field("host", &self.0.host).field("port", &self.0.port()).finish_non_exhaustive()
    }
}

/// The capture mailbox: a real SMTP server in this process, on loopback only.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Capture {
    /// Where it listens; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Whether the scripted correspondents of `*.example` answer what is captured.
    pub correspondents: bool,
}

impl Default for Capture {
    fn default() -> Self {
        Self { listen: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0), correspondents: false }
    }
}

/// A signing key.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dkim {
    /// The record's name before `._domainkey.`.
    pub selector: String,
    /// The private key, PEM.
    pub key_file: PathBuf,
}

impl Settings {
    /// The address of this server as others see it, without a slash at the end. `bound` is where it listens.
    #[must_use]
    pub fn public_url(&self, bound: SocketAddr) -> String {
        match &self.public_url {
            Some(url) => url.trim_end_matches('/').to_owned(),
            None if bound.ip().is_unspecified() => format!("http://127.0.0.1:{}", bound.port()),
            None => format!("http://{bound}"),
        }
    }

    /// What the engine's rules read.
    #[must_use]
    pub fn engine(&self, public_url: String) -> outrider_engine::Settings {
        let usual = outrider_engine::Settings::default();
        outrider_engine::Settings {
            public_url,
            dialect_hosts: self.dialects.all_hosts(),
            requests_per_minute: self.limits.requests_per_minute,
            email_price: i64::from(self.prices.email),
            approval_ms: self.delivery.approval.as_millis(),
            max_attempts: i64::from(self.delivery.max_attempts),
            max_soft_bounces: i64::from(self.delivery.max_soft_bounces),
            lease_ms: self.delivery.lease.as_millis(),
            require_domain_check: self.delivery.require_domain_check,
            plans: self.plans.clone(),
            packs: self.packs.clone(),
            stripe_webhook_secret: self.stripe.webhook_secret.clone(),
            discovery_price: i64::from(self.prices.discovery),
            enrichment_price: i64::from(self.prices.enrichment),
            sms_price: i64::from(self.prices.sms),
            call_minute_price: i64::from(self.prices.call_minute),
            call_estimate_minutes: i64::from(self.telephony.estimated_minutes),
            ring_ms: self.telephony.ring.as_millis(),
            longest_call_ms: self.telephony.longest_call.as_millis(),
            report_grace_ms: self.telephony.report_grace.as_millis(),
            model_tokens_per_day: i64::from(self.llm.daily_tokens),
            task_price: self.prices.task.map_or(usual.task_price, i64::from),
            prices: {
                let own = self.prices.skills.iter().map(|(name, price)| (name.clone(), i64::from(*price)));
                usual.prices.clone().into_iter().chain(own).collect()
            },
            open_hosts: self.web.open_hosts.iter().map(|host| host.to_ascii_lowercase()).collect(),
            ..usual
        }
    }

    /// The database.
    #[must_use]
    pub fn store(&self) -> outrider_store::Config {
        let target = match &self.database_url {
            Some(url) => outrider_store::Target::Postgres(url.clone()),
            None => outrider_store::Target::Sqlite(self.database_file()),
        };
        outrider_store::Config {
            readers: self.limits.readers.max(1),
            writers: self.limits.writers.max(1),
            ..outrider_store::Config::new(target)
        }
    }

    /// The SQLite file, when there is no `database_url`.
    #[must_use]
    pub fn database_file(&self) -> PathBuf {
        self.data.join("outrider.db")
    }
}
