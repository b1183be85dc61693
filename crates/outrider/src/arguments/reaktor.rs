//! What follows `sub-agent`, `icp` and `campaign`: what Data Reaktor leaves to people. Reads nothing but the command line.

use clap::{Args, Subcommand};

use super::InProject;

/// `sub-agent`.
#[derive(Debug, Subcommand)]
pub enum SubAgent {
    /// Them all, with their purses.
    List(InProject),
    /// Give one the right to make others, or take it; set its cap.
    Set {
        /// Its number.
        number: i64,
        /// Whether it may make sub-agents, give them credits and revoke them.
        #[arg(long, value_name = "true|false")]
        can_provision: Option<bool>,
        /// Credits it may spend in a calendar month; 0 is no cap.
        #[arg(long, value_name = "CREDITS")]
        monthly_cap: Option<i64>,
        /// Of which project.
        #[command(flatten)]
        project: InProject,
    },
}

/// `icp`.
#[derive(Debug, Subcommand)]
pub enum Icp {
    /// Them all, newest first.
    List(InProject),
    /// Say whom the project looks for; leads are scored by the newest.
    Create(IcpCreate),
}

/// An ideal customer.
#[derive(Debug, Args)]
pub struct IcpCreate {
    /// What it is called.
    pub name: String,
    /// Industries, separated by commas.
    #[arg(long)]
    pub industry: Option<String>,
    /// Employees, such as 51-500.
    #[arg(long)]
    pub size: Option<String>,
    /// Ranks, separated by commas, such as "VP, Director".
    #[arg(long)]
    pub seniority: Option<String>,
    /// Roles, separated by commas.
    #[arg(long)]
    pub personas: Option<String>,
    /// How to speak to them.
    #[arg(long)]
    pub tone: Option<String>,
    /// What they gain.
    #[arg(long)]
    pub value_prop: Option<String>,
    /// What sets you apart.
    #[arg(long)]
    pub differentiators: Option<String>,
    /// In which project.
    #[command(flatten)]
    pub project: InProject,
}

/// `campaign`.
#[derive(Debug, Subcommand)]
pub enum Campaign {
    /// Them all, newest first.
    List(InProject),
    /// Make one that tasks can be linked to.
    Create(CampaignCreate),
}

/// A campaign.
#[derive(Debug, Args)]
pub struct CampaignCreate {
    /// What it is called.
    pub name: String,
    /// For whom it is run.
    #[arg(long)]
    pub client: Option<String>,
    /// The number of the ideal customer its tasks are judged by.
    #[arg(long)]
    pub icp: Option<i64>,
    /// What it is to reach.
    #[arg(long)]
    pub objective: Option<String>,
    /// What writers are told beside.
    #[arg(long)]
    pub prompt: Option<String>,
    /// In which project.
    #[command(flatten)]
    pub project: InProject,
}
