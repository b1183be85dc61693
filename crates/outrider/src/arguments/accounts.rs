//! What follows `credits`, `callbacks` and `webhooks`. Reads nothing but the command line.

use clap::Subcommand;

use super::InProject;

/// `credits`.
#[derive(Debug, Subcommand)]
pub enum Credits {
    /// Give a project credits.
    Grant {
        /// How many.
        amount: i64,
        /// For the statement.
        #[arg(long)]
        reason: Option<String>,
        /// To which project.
        #[command(flatten)]
        project: InProject,
    },
    /// A project's balance.
    Show(InProject),
    /// Every posting of a time, as CSV.
    Statement {
        /// From this moment on, such as 2026-11-01T00:00:00Z; from the beginning when left out.
        #[arg(long, value_name = "TIME")]
        from: Option<String>,
        /// Before this moment; to the present when left out.
        #[arg(long, value_name = "TIME")]
        to: Option<String>,
        /// Of which project.
        #[command(flatten)]
        project: InProject,
    },
}

/// `callbacks`.
#[derive(Debug, Subcommand)]
pub enum Callbacks {
    /// The newest two hundred, and what became of them.
    List {
        /// Only those in this state: waiting, delivered or failed.
        #[arg(long)]
        state: Option<String>,
        /// Of which project.
        #[command(flatten)]
        project: InProject,
    },
    /// Post a task's result once more.
    Replay {
        /// The task.
        task: String,
        /// Of which project.
        #[command(flatten)]
        project: InProject,
    },
}

/// `webhooks`.
#[derive(Debug, Subcommand)]
pub enum Webhooks {
    /// Them all, and how far each has been told.
    List(InProject),
    /// Tell an address of events.
    Create {
        /// Public https.
        url: String,
        /// Only events of this type, such as lead.created or lead.*; give it again for more.
        #[arg(long = "type", value_name = "TYPE")]
        types: Vec<String>,
        /// Of which project.
        #[command(flatten)]
        project: InProject,
    },
    /// Tell events again, from a number of the event log on; also sets one going that was given up.
    Replay {
        /// The webhook.
        id: String,
        /// Events with a higher number are told.
        #[arg(long, value_name = "NUMBER")]
        after: i64,
        /// Its project.
        #[command(flatten)]
        project: InProject,
    },
}
