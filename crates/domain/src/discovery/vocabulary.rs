//! Words of discovery: industries, departments, regions, sizes and what people call them. Tables alone.

/// Industries and their other names, folded; the first of each is what a filter says.
const INDUSTRIES: &[(&str, &str)] = &[
    ("fintech", "fintech fintechs financialtechnology payments paymentprocessing neobank neobanks"),
    ("banking", "bank banks banking financialservices"),
    ("insurance", "insurance insurer insurers insurtech insurtechs"),
    ("software", "software saas softwareasaservice b2bsaas"),
    ("artificial intelligence", "ai artificialintelligence machinelearning ml genai"),
    ("cybersecurity", "cybersecurity security infosec itsecurity"),
    ("health", "health healthcare healthtech medtech medicaldevices hospitals hospital"),
    ("biotech", "biotech biotechs biotechnology pharma pharmaceuticals pharmaceutical lifesciences"),
    ("education", "education edtech elearning schools"),
    ("e-commerce", "ecommerce onlineshops onlineretail onlineshop"),
    ("retail", "retail retailers retailer"),
    ("logistics", "logistics shipping freight supplychain"),
    ("travel", "travel tourism hotels hospitality"),
    ("real estate", "realestate proptech property"),
    ("construction", "construction builders contech"),
    ("manufacturing", "manufacturing manufacturers manufacturer industrials machinery"),
    ("automotive", "automotive automobile automobiles carmakers mobility"),
    ("energy", "energy cleantech renewables solar utilities"),
    ("media", "media publishing publishers adtech"),
    ("gaming", "gaming games videogames"),
    ("marketing", "marketing agencies agency martech advertising"),
    ("consulting", "consulting consultancies consultancy consultants"),
    ("legal", "legal lawfirms lawfirm legaltech"),
    ("human resources", "hr humanresources hrtech recruiting staffing"),
    ("telecommunications", "telecommunications telecom telco telcos"),
    ("food", "food foodtech restaurants beverages"),
    ("agriculture", "agriculture agtech farming"),
    ("aerospace", "aerospace space defense defence aviation"),
    ("nonprofit", "nonprofit nonprofits ngo ngos charity charities"),
    ("robotics", "robotics robots automation"),
    ("semiconductors", "semiconductors semiconductor chips"),
];

/// Departments and what people call them, folded.
const DEPARTMENTS: &[(&str, &str)] = &[
    ("sales", "sales salespeople sdr sdrs bdr bdrs accountexecutives salesreps"),
    ("marketing", "marketing marketers growth"),
    ("engineering", "engineering engineers engineer developers developer programmers"),
    ("product", "product productmanagers productmanagement"),
    ("design", "design designers"),
    ("finance", "finance accountants accounting controllers"),
    ("human resources", "hr people humanresources recruiters recruiting talent"),
    ("customer success", "customersuccess support customersupport"),
    ("operations", "operations ops"),
    ("data", "data datascience datascientists analysts"),
    ("legal", "legal lawyers"),
    ("it", "it admins"),
];

/// Job titles that are one word or a fixed phrase, folded, with what a filter says.
const TITLES: &[(&str, &str)] = &[
    ("ceo", "ceo ceos chiefexecutiveofficer chiefexecutiveofficers"),
    ("cto", "cto ctos chieftechnologyofficer chieftechnologyofficers"),
    ("cfo", "cfo cfos chieffinancialofficer chieffinancialofficers"),
    ("coo", "coo coos chiefoperatingofficer"),
    ("cmo", "cmo cmos chiefmarketingofficer chiefmarketingofficers"),
    ("cro", "cro cros chiefrevenueofficer chiefrevenueofficers"),
    ("cio", "cio cios chiefinformationofficer"),
    ("ciso", "ciso cisos chiefinformationsecurityofficer"),
    ("founder", "founder founders cofounder cofounders"),
    ("owner", "owner owners"),
    ("managing director", "managingdirector managingdirectors"),
];

/// Ranks that stand before a department: `head of sales`, `VP marketing`.
const RANKS: &[(&str, &str)] = &[
    ("head of", "head heads"),
    ("vp", "vp vps vicepresident vicepresidents"),
    ("director of", "director directors"),
    ("manager", "manager managers"),
    ("lead", "lead leads"),
];

/// Groups of countries.
const REGIONS: &[(&str, &[&str])] = &[
    ("dach", &["DE", "AT", "CH"]),
    ("benelux", &["BE", "NL", "LU"]),
    ("nordics", &["SE", "NO", "DK", "FI", "IS"]),
    ("scandinavia", &["SE", "NO", "DK"]),
    ("baltics", &["EE", "LV", "LT"]),
    ("iberia", &["ES", "PT"]),
    ("northamerica", &["US", "CA"]),
    ("europe", EUROPE),
    ("europeanunion", EUROPE),
    ("eu", EUROPE),
];

const EUROPE: &[&str] = &[
    "AT", "BE", "BG", "HR", "CY", "CZ", "DK", "EE", "FI", "FR", "DE", "GR", "HU", "IE", "IT", "LV", "LT", "LU", "MT",
    "NL", "PL", "PT", "RO", "SK", "SI", "ES", "SE",
];

/// People of a country as an adjective.
const DEMONYMS: &[(&str, &str)] = &[
    ("german", "DE"),
    ("austrian", "AT"),
    ("swiss", "CH"),
    ("french", "FR"),
    ("british", "GB"),
    ("english", "GB"),
    ("irish", "IE"),
    ("spanish", "ES"),
    ("portuguese", "PT"),
    ("italian", "IT"),
    ("dutch", "NL"),
    ("belgian", "BE"),
    ("danish", "DK"),
    ("swedish", "SE"),
    ("norwegian", "NO"),
    ("finnish", "FI"),
    ("polish", "PL"),
    ("czech", "CZ"),
    ("american", "US"),
    ("canadian", "CA"),
    ("australian", "AU"),
    ("indian", "IN"),
    ("japanese", "JP"),
    ("israeli", "IL"),
    ("brazilian", "BR"),
];

/// Sizes in words, with the people they mean.
const SIZES: &[(&str, i64, i64)] = &[
    ("small", 1, 50),
    ("midsize", 51, 1_000),
    ("midsized", 51, 1_000),
    ("mediumsized", 51, 1_000),
    ("medium", 51, 1_000),
    ("large", 1_001, 100_000_000),
    ("enterprise", 1_001, 100_000_000),
];

fn listed(table: &[(&'static str, &'static str)], word: &str) -> Option<&'static str> {
    table.iter().find(|(_, names)| names.split(' ').any(|name| name == word)).map(|(canonical, _)| *canonical)
}

/// The industry that a folded name stands for.
#[must_use]
pub fn industry_of(word: &str) -> Option<&'static str> {
    listed(INDUSTRIES, word)
}

/// The department that a folded name stands for.
#[must_use]
pub fn department_of(word: &str) -> Option<&'static str> {
    listed(DEPARTMENTS, word)
}

/// The title that a folded name stands for.
pub(super) fn title_of(word: &str) -> Option<&'static str> {
    listed(TITLES, word)
}

/// The rank that a folded word stands for.
pub(super) fn rank_of(word: &str) -> Option<&'static str> {
    listed(RANKS, word)
}

/// The countries of a region, folded.
pub(super) fn region_of(word: &str) -> Option<&'static [&'static str]> {
    REGIONS.iter().find(|(name, _)| *name == word).map(|(_, codes)| *codes)
}

/// The country of an adjective.
pub(super) fn demonym_of(word: &str) -> Option<&'static str> {
    DEMONYMS.iter().find(|(name, _)| *name == word).map(|(_, code)| *code)
}

/// The people that a size in words means.
pub(super) fn size_of(word: &str) -> Option<(i64, i64)> {
    SIZES.iter().find(|(name, ..)| *name == word).map(|(_, least, most)| (*least, *most))
}

/// What people call those who work somewhere.
pub(super) const PEOPLE: &[&str] = &[
    "people",
    "employees",
    "employee",
    "staff",
    "persons",
    "headcount",
    "fte",
    "ftes",
    "workers",
    "heads",
    "teammates",
];

/// What people call companies.
pub(super) const COMPANIES: &[&str] = &[
    "companies",
    "company",
    "firms",
    "firm",
    "startups",
    "startup",
    "businesses",
    "business",
    "organizations",
    "organisations",
    "vendors",
    "providers",
    "enterprises",
    "scaleups",
    "scaleup",
    "accounts",
];

/// Words that deny what follows them.
pub(super) const NEGATIONS: &[&str] = &[
    "no",
    "not",
    "never",
    "non",
    "nor",
    "neither",
    "none",
    "nobody",
    "nothing",
    "except",
    "excepting",
    "excluding",
    "exclude",
    "excludes",
    "without",
    "outside",
    "besides",
    "minus",
    "avoid",
    "avoiding",
    "skip",
    "skipping",
    "ignore",
    "ignoring",
    "omit",
    "omitting",
    "unless",
    "arent",
    "isnt",
    "dont",
    "doesnt",
    "cannot",
    "cant",
    "wont",
    "havent",
    "hasnt",
    "nicht",
    "kein",
    "keine",
    "keinen",
    "keiner",
    "ohne",
    "außer",
    "ausser",
    "sans",
    "sauf",
    "pas",
    "hors",
    "sin",
    "excepto",
    "senza",
    "tranne",
];

/// Words that hold a sentence together and say nothing by themselves.
pub(super) const GLUE: &[&str] = &[
    "a",
    "an",
    "the",
    "of",
    "and",
    "or",
    "with",
    "that",
    "which",
    "who",
    "whose",
    "are",
    "is",
    "have",
    "has",
    "for",
    "me",
    "us",
    "we",
    "i",
    "find",
    "show",
    "list",
    "get",
    "give",
    "search",
    "want",
    "need",
    "looking",
    "look",
    "please",
    "all",
    "any",
    "some",
    "at",
    "to",
    "by",
    "their",
    "there",
    "want",
    "target",
    "prospects",
    "contacts",
    "leads",
    "decision",
    "makers",
    "currently",
    "now",
    "from",
    "in",
    "on",
    "between",
    "being",
];
