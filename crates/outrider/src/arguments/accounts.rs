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
    /// Who may spend how much in a month, and has.
    Budgets(InProject),
    /// Say what the project, a person or a sub-agent may spend in a calendar month.
    SetBudget {
        /// `project`, the address of a person, or `agent:` and the number of a sub-agent.
        holder: String,
        /// Credits in a calendar month, those of its sub-agents included; 0 is no cap.
        #[arg(long, value_name = "CREDITS")]
        monthly_cap: Option<i64>,
        /// Whether a person spends from a purse of their own; what one holds goes back to the project.
        #[arg(long, value_name = "true|false")]
        own_purse: Option<bool>,
        /// In which project.
        #[command(flatten)]
        project: InProject,
    },
    /// Move credits from the project's purse to a person's or a sub-agent's.
    #[command(group = clap::ArgGroup::new("to").required(true))]
    Transfer {
        /// How many.
        credits: i64,
        /// To this person's.
        #[arg(long, value_name = "EMAIL", group = "to")]
        user: Option<String>,
        /// To this sub-agent's.
        #[arg(long, value_name = "NUMBER", group = "to")]
        sub_agent: Option<i64>,
        /// Of which project.
        #[command(flatten)]
        project: InProject,
    },
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
