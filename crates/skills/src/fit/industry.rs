//! Industries by the words people use for them, and what usually moves buying in each. Says nothing about any one company.

/// An industry.
#[derive(Debug)]
pub struct Industry {
    /// Name.
    pub name: &'static str,
    /// Words that mean it, in small letters.
    pub words: &'static [&'static str],
    /// What to look out for: events that tend to come before buying.
    pub signals: &'static [&'static str],
}

/// Those that are known.
pub const INDUSTRIES: &[Industry] = &[
    Industry {
        name: "B2B SaaS",
        words: &["b2b saas", "saas", "software as a service", "cloud software"],
        signals: &[
            "a new funding round",
            "open roles for sales development or account executives",
            "a new head of revenue",
            "a launch that widens the audience",
            "a change of CRM or sales engagement tool",
        ],
    },
    Industry {
        name: "Software",
        words: &[
            "software",
            "developer tools",
            "devtools",
            "information technology",
            "it services",
            "tech",
            "technology",
        ],
        signals: &[
            "open engineering roles in numbers",
            "a migration to another cloud or platform",
            "a new CTO or head of engineering",
            "an acquisition that must be integrated",
        ],
    },
    Industry {
        name: "Financial services",
        words: &["financial services", "finance", "banking", "bank", "fintech", "insurance", "insurtech", "payments"],
        signals: &[
            "a licence granted or a regulator's order",
            "a new chief risk or compliance officer",
            "a core system being replaced",
            "entry into another country",
        ],
    },
    Industry {
        name: "Healthcare",
        words: &[
            "healthcare",
            "health care",
            "health",
            "healthtech",
            "medical",
            "hospital",
            "pharma",
            "biotech",
            "life sciences",
        ],
        signals: &[
            "a certification or approval",
            "a new site or merger",
            "a new chief medical or information officer",
            "a move of patient records to another system",
        ],
    },
    Industry {
        name: "Manufacturing",
        words: &[
            "manufacturing",
            "industrial",
            "industry 4.0",
            "automotive",
            "machinery",
            "electronics",
            "maschinenbau",
            "mechanical engineering",
            "steel",
        ],
        signals: &[
            "a new plant or line",
            "a supplier changed",
            "open roles for planning or quality",
            "a replaced ERP system",
        ],
    },
    Industry {
        name: "Retail and e-commerce",
        words: &["retail", "e-commerce", "ecommerce", "consumer goods", "cpg", "d2c", "dtc", "fashion"],
        signals: &[
            "a new market or marketplace",
            "a change of shop platform",
            "the months before the peak season",
            "a new head of e-commerce",
        ],
    },
    Industry {
        name: "Logistics",
        words: &["logistics", "transport", "transportation", "shipping", "supply chain", "freight"],
        signals: &["a new warehouse or hub", "a large contract won", "a fleet renewed", "a new head of operations"],
    },
    Industry {
        name: "Professional services",
        words: &[
            "professional services",
            "consulting",
            "consultancy",
            "agency",
            "marketing agency",
            "legal",
            "law firm",
            "accounting",
            "recruiting",
            "staffing",
        ],
        signals: &[
            "a new practice or partner",
            "a merger of firms",
            "open roles in one field",
            "a large client won or lost",
        ],
    },
    Industry {
        name: "Education",
        words: &["education", "edtech", "university", "school", "e-learning"],
        signals: &[
            "the months before a school year",
            "a grant awarded",
            "a new head of digital learning",
            "a change of learning platform",
        ],
    },
    Industry {
        name: "Real estate",
        words: &["real estate", "property", "proptech", "construction"],
        signals: &[
            "a project approved",
            "a portfolio bought or sold",
            "a new head of asset management",
            "new reporting duties",
        ],
    },
    Industry {
        name: "Media",
        words: &["media", "publishing", "entertainment", "gaming", "advertising", "adtech"],
        signals: &[
            "a new format or title",
            "a change of advertising technology",
            "a new head of audience",
            "rights won or lost",
        ],
    },
    Industry {
        name: "Energy",
        words: &["energy", "utilities", "utility", "solar", "renewables", "cleantech", "oil and gas"],
        signals: &[
            "a tender won",
            "a project connected to the grid",
            "new subsidy rules",
            "a new head of asset operations",
        ],
    },
    Industry {
        name: "Hospitality",
        words: &["hospitality", "hotel", "hotels", "travel", "tourism", "restaurant", "restaurants"],
        signals: &["a new site", "a change of booking system", "the months before the season", "a new operations lead"],
    },
    Industry {
        name: "Public sector",
        words: &["public sector", "government", "municipality", "nonprofit", "non-profit", "ngo"],
        signals: &[
            "a tender published",
            "a budget year's beginning",
            "a new programme or law",
            "a new head of digitalisation",
        ],
    },
];

/// The industry that words name; the most words win.
#[must_use]
pub fn find(text: &str) -> Option<&'static Industry> {
    let text = format!(
        " {} ",
        text.to_lowercase().replace(['/', ',', '&', '(', ')'], " ").split_whitespace().collect::<Vec<_>>().join(" ")
    );
    let score = |industry: &Industry| {
        industry
            .words
            .iter()
            .filter(|word| text.contains(&format!(" {word} ")))
            .map(|word| word.len())
            .max()
            .unwrap_or(0)
    };
    INDUSTRIES
        .iter()
        .map(|industry| (score(industry), industry))
        .filter(|(score, _)| *score > 0)
        .max_by_key(|(score, _)| *score)
        .map(|(_, industry)| industry)
}

/// Whether a few words name an industry and nothing else.
#[must_use]
pub fn is_name(text: &str) -> bool {
    let lower = text.trim().to_lowercase();
    INDUSTRIES.iter().any(|industry| industry.name.to_lowercase() == lower || industry.words.contains(&lower.as_str()))
}

/// How near a company's industry is to the wanted ones: 1 for the same, 0.6 for software and SaaS, 0 else.
#[must_use]
pub fn near(own: &str, wanted: &str) -> f64 {
    let same = |part: &str| {
        let (own, part) = (own.to_lowercase(), part.trim().to_lowercase());
        if part.is_empty() {
            return 0.0;
        }
        if own.contains(&part) || part.contains(&own) {
            return 1.0;
        }
        match (find(&own), find(&part)) {
            (Some(one), Some(other)) if one.name == other.name => 1.0,
            (Some(one), Some(other)) if is_software(one) && is_software(other) => 0.6,
            _ => 0.0,
        }
    };
    wanted.split([',', ';', '/']).map(same).fold(0.0, f64::max)
}

fn is_software(industry: &Industry) -> bool {
    matches!(industry.name, "B2B SaaS" | "Software")
}

#[cfg(test)]
mod tests {
    use super::{find, is_name, near};

    #[test]
    fn industries_by_their_many_names() {
        assert_eq!(find("cloud software / SaaS").map(|each| each.name), Some("B2B SaaS"));
        assert_eq!(find("Regional bank").map(|each| each.name), Some("Financial services"));
        assert!(find("basket weaving").is_none());
        assert!(is_name("B2B SaaS") && !is_name("Scaling SaaS"));
        assert_eq!(
            (near("SaaS", "B2B SaaS, Fintech"), near("Software", "SaaS"), near("Hotel", "SaaS")),
            (1.0, 0.6, 0.0)
        );
    }
}
