//! Searching leads by words that name, address or number contain, through an index on both databases. Changes no lead.
//!
//! PostgreSQL keeps its trigram index by itself. SQLite's holds, for each run of three characters, the leads that have it, but
//! not where: a third of the size and half of the work of one that does. So the index only gives candidates, and every
//! candidate is looked at before it counts as found. Words of one or two letters are found where a word begins: each word in
//! the index stands behind two [`MARK`]s, so that its first one and two letters make runs of three as well.

use outrider_domain::id::{LeadId, ProjectId};

use super::{Filter, Lead};
use crate::{Backend, Bulk, Error, Kind, Tx, Value, statements, values};

statements! {
    pub SEARCH = sqlite concat!("SELECT ", lead_columns!(), " FROM leads_search CROSS JOIN leads ON leads.project_id = ?1 AND leads.id = leads_search.rowid
        WHERE leads_search MATCH ?8 AND leads_search.rowid < ?2
        AND (CAST(?3 AS TEXT) IS NULL OR stage = ?3) AND (CAST(?4 AS BIGINT) IS NULL OR agent_id = ?4) AND (CAST(?5 AS BIGINT) IS NULL OR meeting_booked = ?5) AND (CAST(?7 AS BIGINT) IS NULL OR owner_id = ?7)
        ORDER BY leads_search.rowid DESC LIMIT ?6")
        postgres concat!("SELECT ", lead_columns!(), " FROM leads WHERE project_id = ?1 AND id < ?2
        AND (CAST(?3 AS TEXT) IS NULL OR stage = ?3) AND (CAST(?4 AS BIGINT) IS NULL OR agent_id = ?4) AND (CAST(?5 AS BIGINT) IS NULL OR meeting_booked = ?5) AND (CAST(?7 AS BIGINT) IS NULL OR owner_id = ?7)
        AND lower(' ' || name || ' ' || coalesce(email, '') || ' ' || coalesce(phone, '')) LIKE ?8
        AND lower(' ' || name || ' ' || coalesce(email, '') || ' ' || coalesce(phone, '')) LIKE ?9
        ORDER BY id DESC LIMIT ?6");
    pub UNINDEX = sqlite "INSERT INTO leads_search (leads_search, rowid, text) VALUES ('delete', ?1, ?2)" postgres "SELECT CAST(?1 AS BIGINT), CAST(?2 AS TEXT)";
}

/// Adds to SQLite's index.
const INDEX_MANY: &Bulk = &Bulk {
    name: "index_leads",
    table: "leads_search",
    columns: &[("rowid", Kind::Int), ("text", Kind::Text)],
    on_conflict: "",
    returning: &[],
};

/// Stands twice before each word in SQLite's index. No name, address or number has it.
const MARK: char = '\u{1}';
/// Runs of three that the index is asked for at first. Each costs a walk through its leads; the rarest say most.
const RUNS: usize = 6;
/// And when those turned out to say too little.
const ALL_RUNS: usize = 40;
/// Candidates fetched at a time after the first page.
const MORE: i64 = 500;

/// Puts leads into the index; nothing to do on PostgreSQL.
pub(crate) fn index(tx: &mut Tx<'_>, leads: Vec<(LeadId, String)>) -> Result<(), Error> {
    if tx.backend() == Backend::Postgres {
        return Ok(());
    }
    let rows = leads.into_iter().map(|(id, text)| vec![Value::from(id), marked(&text).into()]);
    tx.insert_rows(INDEX_MANY, rows.collect()).map(drop)
}

/// Takes a lead out of the index, given the text it was put in with.
pub(super) fn remove(tx: &mut Tx<'_>, id: LeadId, text: &str) -> Result<(), Error> {
    if tx.backend() == Backend::Postgres {
        return Ok(());
    }
    tx.execute(&UNINDEX, &values![id, marked(text)]).map(drop)
}

/// Leads before an id that have all words of a query, newest first. The query has a character that is no space.
pub(super) fn search(
    tx: &mut Tx<'_>,
    project: ProjectId,
    filter: &Filter,
    query: &str,
    mut before: i64,
    limit: i64,
) -> Result<Vec<Lead>, Error> {
    let words = Words::of(query);
    let wanted = usize::try_from(limit).unwrap_or(0);
    let (mut found, mut fetch, mut runs) = (Vec::new(), limit, RUNS);
    while found.len() < wanted {
        let kept =
            values![project, before, filter.stage.clone(), filter.agent, filter.has_meeting, fetch, filter.owner];
        let mut params = kept.to_vec();
        match tx.backend() {
            Backend::Sqlite => params.push(words.candidates(runs).into()),
            Backend::Postgres => params.extend(words.patterns().map(Value::from)),
        }
        let rows = tx.query(&SEARCH, &params)?;
        for row in &rows {
            let lead = Lead::from_row(row)?;
            before = lead.id.0;
            if found.len() < wanted && words.are_in(&lead.search_text()) {
                found.push(lead);
            }
        }
        if i64::try_from(rows.len()).unwrap_or(i64::MAX) < fetch {
            break;
        }
        (fetch, runs) = (MORE.max(limit), ALL_RUNS);
    }
    Ok(found)
}

/// The words of a query in lower case.
struct Words {
    /// Of three characters and more, the longest first: anywhere in the text.
    long: Vec<String>,
    /// Of one or two: where a word begins.
    short: Vec<String>,
}

impl Words {
    fn of(query: &str) -> Self {
        let words = query.to_lowercase();
        let (mut long, short): (Vec<String>, Vec<String>) =
            words.split_whitespace().map(ToOwned::to_owned).partition(|word| word.chars().nth(2).is_some());
        long.sort_by_key(|word| std::cmp::Reverse(word.len()));
        Self { long, short }
    }

    /// Whether a lead's text has them all.
    fn are_in(&self, text: &str) -> bool {
        let begins = |word: &String| text.split(' ').any(|other| other.starts_with(word.as_str()));
        self.long.iter().all(|word| text.contains(word.as_str())) && self.short.iter().all(begins)
    }

    /// What SQLite's index is asked for: of each word its rarest runs, about `most` altogether.
    fn candidates(&self, most: usize) -> String {
        let each = (most / (self.long.len() + self.short.len()).max(1)).max(2);
        let mut runs: Vec<String> = Vec::new();
        for word in &self.long {
            runs.extend(rarest(word, each));
        }
        for word in &self.short {
            let marks = 3 - word.chars().count().min(2);
            runs.push(std::iter::repeat_n(MARK, marks).chain(word.chars()).collect());
        }
        runs.sort_unstable();
        runs.dedup();
        let quoted: Vec<String> = runs.iter().map(|run| format!("\"{}\"", run.replace('"', "\"\""))).collect();
        quoted.join(" AND ")
    }

    /// What PostgreSQL's index is asked for: patterns of the two words that say most.
    fn patterns(&self) -> impl Iterator<Item = String> {
        let anywhere = self.long.iter().map(|word| format!("%{}%", literal(word)));
        let mut all: Vec<String> =
            anywhere.chain(self.short.iter().map(|word| format!("% {}%", literal(word)))).take(2).collect();
        all.resize(2, all.first().cloned().unwrap_or_default());
        all.into_iter()
    }
}

/// A text in a LIKE pattern, its own wildcards taken literally.
fn literal(text: &str) -> String {
    text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}

/// A lead's text as SQLite's index holds it.
fn marked(text: &str) -> String {
    let mut marked = String::with_capacity(text.len() + 16);
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        if !marked.is_empty() {
            marked.push(' ');
        }
        marked.push(MARK);
        marked.push(MARK);
        marked.push_str(word);
    }
    marked
}

/// The runs of three characters of a word that are likely to be rare, at most `most`. Of equally likely ones the later: numbers
/// begin alike.
fn rarest(word: &str, most: usize) -> Vec<String> {
    let letters: Vec<char> = word.chars().collect();
    let mut runs: Vec<&[char]> = letters.windows(3).collect();
    runs.reverse();
    runs.sort_by_key(|run| run.iter().map(|letter| commonness(*letter)).sum::<u32>());
    runs.dedup();
    runs.into_iter().take(most).map(|run| run.iter().collect()).collect()
}

/// How common a character is in names and addresses, roughly on a logarithmic scale.
const fn commonness(letter: char) -> u32 {
    match letter {
        'e' | '+' => 12,
        'a' | 'i' | 'n' | 'o' | 'r' | 's' | 't' => 11,
        'd' | 'h' | 'l' | '.' | '@' => 9,
        'c' | 'm' | 'u' => 8,
        'b' | 'f' | 'g' | 'k' | 'p' | 'v' | 'w' | 'y' => 7,
        '0'..='9' | '-' | '_' => 6,
        'j' | 'z' => 4,
        'q' | 'x' => 2,
        _ => 5,
    }
}

#[cfg(test)]
mod tests {
    use super::{Words, marked, rarest};

    #[test]
    fn words_are_told_by_their_length() {
        let words = Words::of("  Jo  O'NEILL ÄÖ jo@x.example ");
        assert_eq!(words.long, ["jo@x.example", "o'neill"]);
        assert_eq!(words.short, ["jo", "äö"]);
        assert!(words.are_in("jo äö'neill o'neill jo@x.example +49"));
        assert!(
            !words.are_in("mojo äö o'neill ajo@x.example +49"),
            "jo begins no word but its address, and that is another"
        );
    }

    #[test]
    fn every_run_asked_for_is_in_the_index() {
        for (query, text) in [
            ("jo", "jo lee jo@x.example"),
            ("j", "ann jones"),
            ("zimmerman", "zoe zimmerman"),
            ("quo\"te", "quo\"te mark"),
            ("äöü é", "éa äöü"),
            ("+4930123 anna", "anna adler a@b.example +4930123456"),
        ] {
            let words = Words::of(query);
            assert!(words.are_in(text), "{query} in {text}");
            for runs in [1, 6, 40] {
                for run in words.candidates(runs).split(" AND ") {
                    let run = run[1..run.len() - 1].replace("\"\"", "\"");
                    assert_eq!(run.chars().count(), 3, "{run:?}");
                    assert!(marked(text).contains(&run), "{run:?} of {query} in {text}");
                }
            }
        }
    }

    #[test]
    fn rare_runs_come_first_and_of_numbers_the_end() {
        assert_eq!(rarest("maximilian", 2), ["xim", "max"]);
        assert_eq!(rarest("+4930123456", 2), ["456", "345"]);
        assert_eq!(rarest("aaaa", 5), ["aaa"]);
    }

    #[test]
    fn wildcards_are_literal_for_postgresql() {
        assert_eq!(Words::of("50%_a\\ jo").patterns().collect::<Vec<_>>(), ["%50\\%\\_a\\\\%", "% jo%"]);
        assert_eq!(Words::of("anna").patterns().collect::<Vec<_>>(), ["%anna%", "%anna%"]);
    }
}
