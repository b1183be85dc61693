//! Rank and field of work as titles tell them. Knows no person.

/// A rank, lowest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Seniority {
    /// No rank was recognised.
    Unknown,
    /// Does the work.
    Individual,
    /// Leads people or a topic.
    Manager,
    /// Leads a department.
    Director,
    /// Leads a field.
    Vice,
    /// Leads the company.
    Chief,
}

/// Words of titles, most telling first.
const RANKS: &[(Seniority, &[&str])] = &[
    (Seniority::Vice, &["vp", "svp", "evp", "vice president", "avp"]),
    (
        Seniority::Chief,
        &[
            "ceo",
            "cro",
            "cfo",
            "cto",
            "cmo",
            "coo",
            "cio",
            "cpo",
            "chro",
            "ciso",
            "cco",
            "chief",
            "founder",
            "cofounder",
            "co-founder",
            "owner",
            "president",
            "managing partner",
            "general partner",
            "founding partner",
            "managing director",
            "general manager",
            "geschäftsführer",
            "geschäftsführerin",
            "vorstand",
            "inhaber",
            "inhaberin",
            "gründer",
            "gründerin",
        ],
    ),
    (
        Seniority::Director,
        &[
            "director",
            "head",
            "leiter",
            "leiterin",
            "bereichsleiter",
            "abteilungsleiter",
            "vertriebsleiter",
            "vertriebsleiterin",
        ],
    ),
    (Seniority::Manager, &["manager", "lead", "supervisor", "team leader"]),
    (
        Seniority::Individual,
        &[
            "sdr",
            "bdr",
            "rep",
            "representative",
            "executive",
            "specialist",
            "analyst",
            "engineer",
            "developer",
            "associate",
            "coordinator",
            "assistant",
            "intern",
            "consultant",
            "designer",
            "recruiter",
            "accountant",
            "administrator",
        ],
    ),
];

const FIELDS: &[(&str, &[&str])] = &[
    (
        "sales",
        &[
            "sales",
            "revenue",
            "sdr",
            "bdr",
            "account executive",
            "business development",
            "cro",
            "growth",
            "partnerships",
            "vertrieb",
            "vertriebsleiter",
            "vertriebsleiterin",
        ],
    ),
    ("marketing", &["marketing", "cmo", "brand", "demand", "content", "communications"]),
    ("finance", &["finance", "cfo", "financial", "controller", "accounting", "accountant", "treasury"]),
    (
        "engineering",
        &["engineering", "engineer", "cto", "technology", "developer", "software", "infrastructure", "platform"],
    ),
    ("product", &["product", "cpo", "design", "ux"]),
    ("operations", &["operations", "coo", "revops", "supply", "logistics", "procurement", "einkauf"]),
    ("people and culture", &["people", "hr", "human resources", "talent", "recruiting", "recruiter", "chro"]),
    ("information technology", &["it", "cio", "security", "ciso", "information"]),
    ("customer success", &["customer", "support", "success", "service"]),
    ("legal", &["legal", "counsel", "compliance"]),
    (
        "general management",
        &[
            "ceo",
            "founder",
            "cofounder",
            "co-founder",
            "owner",
            "president",
            "managing director",
            "general manager",
            "geschäftsführer",
            "geschäftsführerin",
            "inhaber",
            "inhaberin",
        ],
    ),
];

/// A title in small letters with one blank between its words and around them.
fn plain(title: &str) -> String {
    let title = title.to_lowercase().replace(|c: char| !c.is_alphanumeric() && c != '-', " ");
    format!(" {} ", title.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// Whether a plain title has a word or words.
fn has(plain: &str, word: &str) -> bool {
    plain.match_indices(word).any(|(at, _)| plain[..at].ends_with(' ') && plain[at + word.len()..].starts_with(' '))
}

impl Seniority {
    /// Of a title; in a list of ranks such as `VP, Director` the first word that tells one.
    #[must_use]
    pub fn of(title: &str) -> Self {
        // `VP` stands before `president`, which is a part of its long form.
        let title = plain(title);
        let found = RANKS.iter().find(|(_, words)| words.iter().any(|word| has(&title, word)));
        found.map_or(Self::Unknown, |(rank, _)| *rank)
    }

    /// The ranks of a list such as `VP, Director` or `C-level and VP`.
    #[must_use]
    pub fn of_list(list: &str) -> Vec<Self> {
        let mut found: Vec<Self> = Vec::new();
        for part in list
            .split([',', '/', ';', '+', '&'])
            .flat_map(|part| part.split(" and "))
            .flat_map(|part| part.split(" or "))
        {
            let part = part.trim().trim_end_matches('+');
            let lower = part.to_lowercase();
            let rank = if ["c-level", "c-suite", "cxo", "executives", "executive", "founders"]
                .iter()
                .any(|word| lower.contains(word))
            {
                Self::Chief
            } else {
                match Self::of(part) {
                    Self::Unknown => Self::of(lower.trim_end_matches('s')),
                    rank => rank,
                }
            };
            if rank != Self::Unknown && !found.contains(&rank) {
                found.push(rank);
            }
        }
        found
    }

    /// In words.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Unknown => "unknown rank",
            Self::Individual => "individual contributor",
            Self::Manager => "manager level",
            Self::Director => "director level",
            Self::Vice => "VP level",
            Self::Chief => "C-level or founder",
        }
    }

    /// Ranks between two.
    #[must_use]
    pub fn distance(self, other: Self) -> u8 {
        (self as u8).abs_diff(other as u8)
    }
}

/// The field of work a title names.
#[must_use]
pub fn field(title: &str) -> Option<&'static str> {
    let title = plain(title);
    FIELDS.iter().find(|(_, words)| words.iter().any(|word| has(&title, word))).map(|(field, _)| *field)
}

/// What a rank alone decides about buying, 0 to 1, where no rank is wanted in particular.
#[must_use]
pub const fn say(rank: Seniority) -> f64 {
    match rank {
        Seniority::Unknown => 0.4,
        Seniority::Individual => 0.2,
        Seniority::Manager => 0.5,
        Seniority::Director => 0.8,
        Seniority::Vice | Seniority::Chief => 1.0,
    }
}

#[cfg(test)]
mod tests {
    use super::{Seniority, field};

    #[test]
    fn titles_tell_rank_and_field() {
        for (title, rank, work) in [
            ("VP of Sales", Seniority::Vice, Some("sales")),
            ("Vice President, Marketing", Seniority::Vice, Some("marketing")),
            ("Chief Financial Officer", Seniority::Chief, Some("finance")),
            ("Co-Founder & CEO", Seniority::Chief, Some("general management")),
            ("Head of People", Seniority::Director, Some("people and culture")),
            ("Senior Engineering Manager", Seniority::Manager, Some("engineering")),
            ("Account Executive", Seniority::Individual, Some("sales")),
            ("Wizard", Seniority::Unknown, None),
        ] {
            assert_eq!((Seniority::of(title), field(title)), (rank, work), "{title}");
        }
        assert_eq!(
            Seniority::of_list("VP, Directors and C-level"),
            [Seniority::Vice, Seniority::Director, Seniority::Chief]
        );
    }
}
