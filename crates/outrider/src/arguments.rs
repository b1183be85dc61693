//! The command line as types. Parses; does nothing.

mod accounts;
mod reaktor;

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::settings::Role;

pub use accounts::{Callbacks, Credits, Webhooks};
pub use reaktor::{Campaign, CampaignCreate, Icp, IcpCreate, SubAgent};

/// Said at the end of `--help`.
const EXIT_STATUS: &str = "Exit status: 0 done; 1 refused, or a check found something to fix; 2 wrong usage; 65 bad input data; \
66 a named file is missing; 69 the database or a server is out of reach; 70 a defect; 74 a file can't be written; 78 wrong settings.

Settings come from outrider.toml and OUTRIDER_… variables; outrider.example.toml documents all of them.";

/// The whole command line.
#[derive(Debug, Parser)]
#[command(name = "outrider", version, about = "A self-hosted outbound sales engine", after_help = EXIT_STATUS, max_term_width = 120)]
pub struct Arguments {
    /// What every command takes.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What every command takes.
#[derive(Debug, Args)]
pub struct Global {
    /// Settings file; outrider.toml in the current folder when it is there.
    #[arg(long, global = true, env = "OUTRIDER_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Data folder, with the SQLite database in it.
    #[arg(long, global = true, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// PostgreSQL instead of SQLite.
    #[arg(long, global = true, value_name = "URL")]
    pub database_url: Option<String>,
    /// Print results as JSON.
    #[arg(long, global = true)]
    pub json: bool,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Try it: sample leads, agent and sequence, and scripted people who answer; nothing leaves the machine.
    Quickstart(Quickstart),
    /// Run the server.
    Serve(Serve),
    /// Make the workspace what a file says; the same file twice changes nothing.
    Apply(Apply),
    /// Print the workspace as such a file.
    Export(Export),
    /// Bring data in.
    #[command(subcommand)]
    Import(Import),
    /// API keys.
    #[command(subcommand)]
    Key(Key),
    /// People.
    #[command(subcommand)]
    User(User),
    /// Projects.
    #[command(subcommand)]
    Project(Project),
    /// Credits.
    #[command(subcommand)]
    Credits(Credits),
    /// Whom keys of Data Reaktor stand for.
    #[command(subcommand)]
    SubAgent(SubAgent),
    /// Ideal customers, which leads are scored by.
    #[command(subcommand)]
    Icp(Icp),
    /// Campaigns of tasks.
    #[command(subcommand)]
    Campaign(Campaign),
    /// Results of tasks that are posted to web addresses.
    #[command(subcommand)]
    Callbacks(Callbacks),
    /// Web addresses that are told of events.
    #[command(subcommand)]
    Webhooks(Webhooks),
    /// Plans.
    #[command(subcommand)]
    Subscription(Subscription),
    /// Stop everything that goes out, and let it go on.
    #[command(subcommand)]
    KillSwitch(KillSwitch),
    /// Explain why an action, an enrollment or a lead stands where it stands.
    Why(Why),
    /// Play days forward on a copy of the data, under a virtual clock: what would a sequence do?
    Simulate(Simulate),
    /// Check database, invariants, mail servers, mailboxes, DNS and the machine, and say what to fix.
    Doctor(Doctor),
    /// Write the whole database to one file, while serving.
    Backup {
        /// The file; must not exist.
        file: PathBuf,
    },
    /// Fill an empty database from a backup of either kind of database.
    Restore {
        /// The backup.
        file: PathBuf,
    },
    /// Bring the database to this binary's version.
    Migrate {
        /// Only say what would be done; exits with 1 when there is something.
        #[arg(long)]
        check: bool,
    },
    /// Mail signing keys.
    #[command(subcommand)]
    Dkim(Dkim),
    /// Be an MCP server for the client at standard input and output.
    Mcp(Mcp),
    /// Measure this machine against the budgets of BENCHMARKS.md.
    Bench(crate::bench::Bench),
}

/// `quickstart`.
#[derive(Debug, Args)]
pub struct Quickstart {
    /// Where HTTP is served.
    #[arg(long, value_name = "ADDR")]
    pub listen: Option<SocketAddr>,
    /// End after so many minutes.
    #[arg(long, value_name = "N", conflicts_with = "exit_when_done")]
    pub minutes: Option<u64>,
    /// End when everything has settled.
    #[arg(long)]
    pub exit_when_done: bool,
}

/// `serve`.
#[derive(Debug, Args)]
pub struct Serve {
    /// Where HTTP is served; port 0 takes a free one.
    #[arg(long, value_name = "ADDR")]
    pub listen: Option<SocketAddr>,
    /// What this process does.
    #[arg(long)]
    pub role: Option<Role>,
}

/// `mcp`.
#[derive(Debug, Args)]
pub struct Mcp {
    /// The API key to act with; its dialect decides which tools there are.
    #[arg(long, env = "OUTRIDER_KEY", hide_env_values = true, value_name = "KEY")]
    pub key: Option<String>,
    /// Toolsets to show, with commas between them: default, all, or names that list_toolsets gives.
    #[arg(long, default_value = "", hide_default_value = true, value_name = "NAMES")]
    pub toolsets: String,
}

/// `apply`.
#[derive(Debug, Args)]
pub struct Apply {
    /// The workspace, TOML or JSON.
    pub file: PathBuf,
    /// Only print the plan.
    #[arg(long)]
    pub dry_run: bool,
    /// Apply only if the plan still has the digest that --dry-run printed.
    #[arg(long, value_name = "DIGEST", conflicts_with = "dry_run")]
    pub plan_digest: Option<String>,
}

/// `export`.
#[derive(Debug, Args)]
pub struct Export {
    /// Only this project.
    #[arg(long, value_name = "SLUG")]
    pub project: Option<String>,
}

/// `import`.
#[derive(Debug, Subcommand)]
pub enum Import {
    /// Leads from a CSV file, in any encoding and with any delimiter.
    Leads(ImportLeads),
    /// Companies that can be discovered, from CSV or JSON Lines.
    Companies(ImportProspects),
    /// People who can be discovered where they work, from CSV or JSON Lines.
    People(ImportProspects),
    /// Numbers that must not be called, one a line or in the first column of a CSV file.
    Dnc(ImportDnc),
}

/// `import companies` and `import people`.
#[derive(Debug, Args)]
pub struct ImportProspects {
    /// The file.
    pub file: PathBuf,
    /// Into which project; may be left out when there is one.
    #[arg(long, value_name = "SLUG")]
    pub project: Option<String>,
    /// Only say what would be imported.
    #[arg(long)]
    pub dry_run: bool,
    /// Write every row that was refused, and why, to this CSV file.
    #[arg(long, value_name = "FILE")]
    pub report: Option<PathBuf>,
}

/// `import dnc`.
#[derive(Debug, Args)]
pub struct ImportDnc {
    /// The file.
    pub file: PathBuf,
    /// Into which project; may be left out when there is one.
    #[arg(long, value_name = "SLUG")]
    pub project: Option<String>,
    /// Name of the list, kept with each number; the file's name when left out.
    #[arg(long, value_name = "NAME")]
    pub list: Option<String>,
    /// Put before numbers without a +, in place of their leading zeros, such as +49.
    #[arg(long, value_name = "+CODE")]
    pub prefix: Option<String>,
    /// Only say what would be imported.
    #[arg(long)]
    pub dry_run: bool,
    /// Write every line that is no number, and why, to this CSV file.
    #[arg(long, value_name = "FILE")]
    pub report: Option<PathBuf>,
}

/// `import leads`.
#[derive(Debug, Args)]
pub struct ImportLeads {
    /// The file.
    pub file: PathBuf,
    /// Into which project; may be left out when there is one.
    #[arg(long, value_name = "SLUG")]
    pub project: Option<String>,
    /// Enroll the new leads in this sequence.
    #[arg(long, value_name = "NAME")]
    pub sequence: Option<String>,
    /// Only say what would be imported.
    #[arg(long)]
    pub dry_run: bool,
    /// Write every row that was not imported, and why, to this CSV file.
    #[arg(long, value_name = "FILE")]
    pub report: Option<PathBuf>,
}

/// `simulate`.
#[derive(Debug, Args)]
pub struct Simulate {
    /// A workspace file to play, with made-up leads; the data that is there when absent.
    pub workspace: Option<PathBuf>,
    /// Which project; may be left out when there is one.
    #[arg(long, value_name = "SLUG")]
    pub project: Option<String>,
    /// How many days.
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=3650))]
    pub days: u32,
    /// Everything random follows from it.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Made-up leads for a workspace file.
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub leads: u32,
    /// Of a thousand mails, how many are answered.
    #[arg(long, value_name = "N")]
    pub replies: Option<u32>,
    /// Of a thousand mails, how many are answered with a request for no more.
    #[arg(long, value_name = "N")]
    pub opt_outs: Option<u32>,
    /// Mail servers and people at their worst.
    #[arg(long)]
    pub hostile: bool,
    /// Of a thousand moments, at how many the process is killed.
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=500))]
    pub crashes: u32,
    /// Nobody approves what waits for a person; without this somebody does, at once.
    #[arg(long)]
    pub no_approval: bool,
}

/// `key`.
#[derive(Debug, Subcommand)]
pub enum Key {
    /// Make a key; prints it alone on standard output, and never again.
    Create(KeyCreate),
    /// Keys without their secrets.
    List(InProject),
    /// Make a key stop working.
    Revoke {
        /// The key's id.
        id: String,
        /// Its project.
        #[command(flatten)]
        project: InProject,
    },
}

/// `key create`.
#[derive(Debug, Args)]
pub struct KeyCreate {
    /// The API it is used on: native, cora, artra, reaktor, artic or pathbound.
    #[arg(long, default_value = "native")]
    pub dialect: String,
    /// Its project.
    #[command(flatten)]
    pub project: InProject,
    /// A key for the trigger address of --user on Data Reaktor, and for nothing else.
    #[arg(long, requires = "user", conflicts_with_all = ["scopes", "read_only", "can_provision", "dialect"])]
    pub trigger: bool,
    /// What it may do, such as leads:read, leads:* or *; give it again for more. Without any: everything but approving.
    #[arg(long = "scope", value_name = "SCOPE")]
    pub scopes: Vec<String>,
    /// It may only read.
    #[arg(long, conflicts_with = "scopes")]
    pub read_only: bool,
    /// The person it acts for.
    #[arg(long, value_name = "EMAIL")]
    pub user: Option<String>,
    /// It may make keys for others.
    #[arg(long)]
    pub can_provision: bool,
    /// What to call it.
    #[arg(long, default_value = "")]
    pub name: String,
}

/// A project, which may be left out when there is one.
#[derive(Debug, Args)]
pub struct InProject {
    /// The project; may be left out when there is one.
    #[arg(long, value_name = "SLUG")]
    pub project: Option<String>,
}

/// `user`.
#[derive(Debug, Subcommand)]
pub enum User {
    /// Make a person.
    Create {
        /// Their address.
        email: String,
        /// Display name.
        #[arg(long)]
        name: Option<String>,
        /// owner, admin, seller or viewer.
        #[arg(long, default_value = "seller")]
        role: String,
        /// Read their password from standard input; without it a one-time sign-in link is printed.
        #[arg(long)]
        password_stdin: bool,
        /// Any project of their organization.
        #[command(flatten)]
        project: InProject,
    },
    /// Make a one-time sign-in link for someone; it works for a day.
    Link {
        /// Their address.
        email: String,
    },
    /// Set someone's password, read from standard input, and end their sessions.
    Password {
        /// Their address.
        email: String,
    },
    /// Print a session's cookie for a program that agrees to every application by itself, such as a test of a client. Good for an hour.
    Session {
        /// Whom it acts for.
        email: String,
    },
    /// The people of an organization.
    List(InProject),
    /// Let someone go: their sessions, applications, keys and tokens stop working at once.
    Remove {
        /// Their address.
        email: String,
        /// Any project of their organization.
        #[command(flatten)]
        project: InProject,
    },
    /// Give a seller leads and senders: they see these leads, and their senders write to these alone.
    Assign {
        /// The seller's address.
        email: String,
        /// A lead, by its id; give it again for more.
        #[arg(long = "lead", value_name = "ID")]
        leads: Vec<String>,
        /// A sender, by its address or number; give it again for more.
        #[arg(long = "identity", value_name = "ADDRESS")]
        identities: Vec<String>,
        /// Where.
        #[command(flatten)]
        project: InProject,
    },
    /// Show the companies assigned to a seller, or set them.
    Accounts {
        /// The seller's address.
        email: String,
        /// A company's domain; give it again for more. Those given are all there are then.
        #[arg(long = "domain", value_name = "DOMAIN")]
        domains: Vec<String>,
        /// Take all companies away.
        #[arg(long, conflicts_with = "domains")]
        none: bool,
        /// Whether the seller may discover these alone.
        #[arg(long, value_name = "BOOL")]
        restricted: Option<bool>,
        /// Where.
        #[command(flatten)]
        project: InProject,
    },
}

/// `project`.
#[derive(Debug, Subcommand)]
pub enum Project {
    /// Make a project; the first one makes the organization too.
    Create {
        /// Display name.
        name: String,
        /// Short name for addresses and commands; made of the name when left out.
        #[arg(long)]
        slug: Option<String>,
        /// For leads that have none of their own.
        #[arg(long, value_name = "ZONE")]
        time_zone: Option<String>,
    },
    /// All projects.
    List,
}

/// `subscription`.
#[derive(Debug, Subcommand)]
pub enum Subscription {
    /// Set a project's plan.
    Set {
        /// self_hosted, none, or a plan's name.
        plan: String,
        /// Of which project.
        #[command(flatten)]
        project: InProject,
    },
    /// A project's plan.
    Show(InProject),
}

/// `kill-switch`.
#[derive(Debug, Subcommand)]
pub enum KillSwitch {
    /// Stop everything that goes out, at once.
    Engage {
        /// Why; everyone whose mail waits will read it.
        #[arg(long)]
        reason: String,
        /// What it stops.
        #[command(flatten)]
        reach: Reach,
    },
    /// Let it go on.
    Release {
        /// What it lets go on.
        #[command(flatten)]
        reach: Reach,
    },
    /// Which switches are engaged.
    Status(InProject),
}

/// One project or all.
#[derive(Debug, Args)]
pub struct Reach {
    /// Every project.
    #[arg(long, conflicts_with = "project")]
    pub everywhere: bool,
    /// Or one.
    #[command(flatten)]
    pub project: InProject,
}

/// `why`.
#[derive(Debug, Args)]
pub struct Why {
    /// Id of an action (act_…), an enrollment (enr_…) or a lead (lead_…), or a lead's email address.
    pub id: String,
    /// Its project.
    #[command(flatten)]
    pub project: InProject,
}

/// `doctor`.
#[derive(Debug, Args)]
pub struct Doctor {
    /// Ask this DNS server instead of the system's.
    #[arg(long, value_name = "ADDR")]
    pub resolver: Option<SocketAddr>,
}

/// `dkim`.
#[derive(Debug, Subcommand)]
pub enum Dkim {
    /// Make a signing key, write it to a file, and print its DNS record and settings.
    Generate {
        /// The sending domain.
        domain: String,
        /// The record's name before ._domainkey.
        #[arg(long, default_value = "outrider")]
        selector: String,
        /// Ed25519 instead of RSA: faster, and passed over by many receivers.
        #[arg(long)]
        ed25519: bool,
        /// The key's file; dkim-DOMAIN.pem in the current folder when left out.
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::Arguments;

    #[test]
    fn the_command_line_is_sound() {
        Arguments::command().debug_assert();
    }
}
