//! The playbooks that come with Outrider, as files in `crates/domain/playbooks` that a person can read. Holds no agent.

use super::markdown::title;

/// A playbook to begin from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CatalogPlaybook {
    /// Its name, such as `cold_outreach`.
    pub id: &'static str,
    /// The whole Markdown.
    pub markdown: &'static str,
}

macro_rules! playbooks {
    ($($id:literal),* $(,)?) => {
        /// Every playbook, in the order people should read them.
        pub const CATALOG: &[CatalogPlaybook] = &[$(CatalogPlaybook {
            id: $id,
            markdown: include_str!(concat!("../../playbooks/", $id, ".md")),
        }),*];
    };
}

playbooks![
    "cold_outreach",
    "pricing_visitor_followup",
    "reactivation",
    "event_followup",
    "inbound_reply",
    "no_show",
    "expansion",
    "referral",
    "researched_outreach",
];

/// The playbook of that name.
#[must_use]
pub fn find(id: &str) -> Option<&'static CatalogPlaybook> {
    CATALOG.iter().find(|playbook| playbook.id == id)
}

impl CatalogPlaybook {
    /// Its first heading.
    #[must_use]
    pub fn title(&self) -> &'static str {
        title(self.markdown).unwrap_or(self.id)
    }

    /// Its opening line, a block quote below the title.
    #[must_use]
    pub fn summary(&self) -> &'static str {
        self.markdown.lines().find_map(|line| line.strip_prefix("> ")).unwrap_or_default().trim()
    }

    /// What stands as a list item `- name: value` under its heading `## Monitoring`.
    #[must_use]
    pub fn monitoring(&self, name: &str) -> Option<&'static str> {
        let section = self.markdown.split("\n## Monitoring").nth(1)?;
        let section = section.split("\n## ").next()?;
        section.lines().find_map(|line| {
            let (found, value) = line.strip_prefix("- ")?.split_once(':')?;
            (found.trim() == name).then(|| value.trim())
        })
    }
}
