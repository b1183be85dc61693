//! Made-up people, the same in every run, and a CSV file of them. Reads nothing.

use std::io::{BufWriter, Write};
use std::path::Path;

use crate::failure::{Failure, Outcome};

const FIRST: [&str; 40] = [
    "Anna", "Ben", "Clara", "David", "Elena", "Felix", "Grace", "Hugo", "Ines", "Jonas", "Katja", "Liam", "Maria",
    "Noah", "Olga", "Paul", "Quinn", "Rosa", "Samuel", "Tara", "Ulrich", "Vera", "William", "Xenia", "Yusuf", "Zoe",
    "Amira", "Bruno", "Chiara", "Diego", "Emma", "Farid", "Gita", "Henrik", "Ivana", "Joao", "Kofi", "Lucie", "Mateo",
    "Nadia",
];
const STEM: [&str; 40] = [
    "Adler", "Berg", "Carls", "Dahl", "Eker", "Falk", "Grun", "Holm", "Iver", "Jans", "Kowal", "Lind", "Mori", "Nord",
    "Oster", "Peters", "Quist", "Rossi", "Stein", "Thor", "Ulm", "Vogel", "Wester", "Xander", "Ylve", "Zimmer", "Alme",
    "Brink", "Costa", "Dorn", "Ensor", "Fischer", "Gold", "Hart", "Isak", "Jung", "Keller", "Lange", "Meyer", "Nyl",
];
const END: [&str; 25] = [
    "man", "son", "sen", "ski", "berg", "feld", "hof", "stad", "wald", "au", "er", "i", "ova", "ez", "ini", "gaard",
    "lund", "quist", "ton", "ford", "well", "ham", "bach", "mann", "dal",
];
const TRADE: [&str; 20] = [
    "Logistics",
    "Analytics",
    "Foods",
    "Robotics",
    "Energy",
    "Textiles",
    "Software",
    "Optics",
    "Pharma",
    "Travel",
    "Media",
    "Steel",
    "Insurance",
    "Paper",
    "Marine",
    "Games",
    "Security",
    "Farming",
    "Mobility",
    "Design",
];
const TITLE: [&str; 8] =
    ["Head of Sales", "CEO", "CTO", "Buyer", "Operations Manager", "Founder", "VP Marketing", "Engineer"];
const COUNTRY: [&str; 8] = ["Germany", "France", "Spain", "Poland", "United Kingdom", "Italy", "Sweden", "Portugal"];
/// Leads per company.
const PER_COMPANY: u64 = 25;

/// Every so many-th row repeats an earlier one, and every so many-th has no address that could be one.
const REPEATED: u64 = 50;
const BAD: u64 = 100;

/// Splitmix64: a number that looks random, the same for the same seed.
pub(super) const fn mix(seed: u64) -> u64 {
    let mut state = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    state = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    state = (state ^ (state >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    state ^ (state >> 31)
}

/// A person by number.
#[derive(Debug, Clone)]
pub(super) struct Person {
    /// Given name: 40 there are.
    pub(super) first: &'static str,
    /// Family name: 1,000 there are.
    pub(super) last: String,
    /// Its own.
    pub(super) email: String,
    /// Its own, nearly.
    pub(super) phone: String,
    /// Where they work.
    pub(super) company: String,
    website: String,
    /// What they do there.
    pub(super) title: &'static str,
    /// Where they live.
    pub(super) country: &'static str,
}

pub(super) fn pick<const N: usize>(list: [&'static str; N], random: u64) -> &'static str {
    usize::try_from(random % N as u64).ok().and_then(|place| list.get(place).copied()).unwrap_or_default()
}

impl Person {
    /// The person of that number.
    pub(super) fn new(number: u64) -> Self {
        let random = mix(number);
        let first = pick(FIRST, random);
        let last = format!("{}{}", pick(STEM, random >> 8), pick(END, random >> 16));
        let company_number = number / PER_COMPANY;
        let company_random = mix(company_number ^ 0x00c0_ffee);
        let (stem, trade) = (pick(STEM, company_random), pick(TRADE, company_random >> 8));
        let website = format!("{}-{}-{company_number}.example", stem.to_lowercase(), trade.to_lowercase());
        Self {
            first,
            email: format!("{}.{}{number}@{website}", first.to_lowercase(), last.to_lowercase()),
            last,
            phone: format!("+4930{:08}", (random >> 24) % 100_000_000),
            company: format!("{stem} {trade} {company_number}"),
            website,
            title: pick(TITLE, random >> 32),
            country: pick(COUNTRY, random >> 40),
        }
    }

    fn row(&self, email: &str) -> String {
        format!(
            "{},{},{email},{},{},{},{},{}\n",
            self.first, self.last, self.phone, self.company, self.website, self.title, self.country
        )
    }
}

/// What a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Written {
    /// Data rows.
    pub(super) rows: u64,
    /// Of those, repetitions of earlier addresses.
    pub(super) repeated: u64,
    /// Of those, rows that are no lead.
    pub(super) bad: u64,
    /// Size.
    pub(super) bytes: u64,
}

/// Which person row `number` is of, and whether its address is spoiled.
fn of_row(number: u64) -> (u64, bool) {
    if number % REPEATED == REPEATED - 1 {
        // An earlier row that is neither bad nor a repetition: those end on 0 in the smaller period.
        (mix(number) % number / REPEATED * REPEATED, false)
    } else {
        (number, number % BAD == BAD / 2 + 1)
    }
}

/// Writes a CSV file with a header and `rows` rows, 2% repetitions and 1% bad ones among them.
pub(super) fn write_csv(path: &Path, rows: u64) -> Outcome<Written> {
    let failed = |error: std::io::Error| Failure::file(path, &error);
    let mut file = BufWriter::with_capacity(1 << 20, std::fs::File::create(path).map_err(failed)?);
    let mut written = Written { rows, repeated: 0, bad: 0, bytes: 0 };
    let mut put = |line: &str| {
        written.bytes += line.len() as u64;
        file.write_all(line.as_bytes()).map_err(failed)
    };
    put("First Name,Last Name,Email,Phone,Company,Website,Title,Country\n")?;
    for number in 0..rows {
        let (who, bad) = of_row(number);
        let person = Person::new(who);
        if bad {
            put(&person.row(&person.email.replace('@', " at ")))?;
        } else {
            put(&person.row(&person.email))?;
        }
    }
    file.flush().map_err(failed)?;
    for number in 0..rows {
        let (who, bad) = of_row(number);
        written.bad += u64::from(bad);
        written.repeated += u64::from(who != number);
    }
    Ok(written)
}

/// Numbers of people in a file of `rows` rows that became leads, spread over it.
pub(super) fn sample(rows: u64, count: u64, seed: u64) -> impl Iterator<Item = u64> {
    (0..count).map(move |turn| mix(seed.wrapping_mul(1_000_003).wrapping_add(turn)) % rows / REPEATED * REPEATED)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::{Person, of_row, sample, write_csv};
    use crate::import::reader::LeadReader;

    #[test]
    fn a_file_holds_what_it_says() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("people.csv");
        let written = write_csv(&path, 10_000).unwrap();
        assert_eq!((written.rows, written.repeated, written.bad), (10_000, 200, 100));
        assert_eq!(written.bytes, std::fs::metadata(&path).unwrap().len());
        let mut reader = LeadReader::open(&path).unwrap();
        let (mut emails, mut drafts, mut refused) = (HashSet::new(), 0, 0);
        while let Some(batch) = reader.next_batch(1_000).unwrap() {
            refused += batch.refused.len();
            for row in batch.drafts {
                drafts += 1;
                emails.insert(row.draft.email.unwrap().to_string());
            }
        }
        assert_eq!((drafts, refused, emails.len()), (9_900, 100, 9_700));
        for number in sample(10_000, 500, 3) {
            assert!(emails.contains(&Person::new(number).email), "{number}");
        }
    }

    #[test]
    fn a_repetition_is_of_an_earlier_good_row() {
        for number in (49..5_000).step_by(50) {
            let (who, bad) = of_row(number);
            assert!(who < number && !bad);
            assert_eq!(of_row(who), (who, false));
        }
    }
}
