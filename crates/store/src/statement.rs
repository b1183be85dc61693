//! Named SQL statements and how the one text becomes each database's own. Runs nothing.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;
use std::sync::OnceLock;

/// A statement with a name, in the text both databases share or as a pair. Make it with [`statements!`](crate::statements).
///
/// Placeholders are `?1` to `?n` and may repeat. `ints(?n)` and `texts(?n)` stand for the one-column set of a list
/// parameter, as in `id IN ints(?1)`. Where PostgreSQL can't tell a parameter's type, write `CAST(?1 AS BIGINT)`.
#[derive(Debug)]
pub struct Statement {
    /// For logs and errors, such as `leads::INSERT`.
    pub name: &'static str,
    sqlite: &'static str,
    postgres: &'static str,
    for_sqlite: OnceLock<String>,
    for_postgres: OnceLock<String>,
    writes: OnceLock<Writes>,
    words: OnceLock<HashSet<&'static str>>,
}

/// What a statement changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Writes {
    Nothing,
    Table(&'static str),
    /// Who knows.
    Anything,
}

impl Statement {
    /// One text for both.
    #[must_use]
    pub const fn shared(name: &'static str, sql: &'static str) -> Self {
        Self::pair(name, sql, sql)
    }

    /// A text for each.
    #[must_use]
    pub const fn pair(name: &'static str, sqlite: &'static str, postgres: &'static str) -> Self {
        Self {
            name,
            sqlite,
            postgres,
            for_sqlite: OnceLock::new(),
            for_postgres: OnceLock::new(),
            writes: OnceLock::new(),
            words: OnceLock::new(),
        }
    }

    pub(crate) fn for_sqlite(&self) -> &str {
        self.for_sqlite.get_or_init(|| translate(self.sqlite, Backend::Sqlite))
    }

    pub(crate) fn for_postgres(&self) -> &str {
        self.for_postgres.get_or_init(|| translate(self.postgres, Backend::Postgres))
    }

    /// What it changes, by its first words.
    pub(crate) fn writes(&self) -> Writes {
        *self.writes.get_or_init(|| written(self.sqlite))
    }

    /// Whether it names a table: then it may read or write it.
    pub(crate) fn mentions(&self, table: &str) -> bool {
        let words = self.words.get_or_init(|| [self.sqlite, self.postgres].into_iter().flat_map(words).collect());
        words.contains(table)
    }
}

/// Which database is underneath.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Backend {
    /// The embedded one.
    Sqlite,
    /// The server.
    Postgres,
}

/// Declares statements, and `ALL`, the list of them.
///
/// A text is a literal or `concat!(…)`.
///
/// ```
/// outrider_store::statements! {
///     /// Counts.
///     pub COUNT = "SELECT COUNT(*) FROM nodes WHERE slot IN ints(?1)";
///     /// The one pair.
///     pub VERSION = sqlite "SELECT sqlite_version()" postgres "SELECT version()";
/// }
/// assert_eq!(ALL.len(), 2);
/// ```
#[macro_export]
macro_rules! statements {
    (@next [$($done:ident)*]) => {
        /// Every statement of this module, for the test that prepares each on both databases.
        pub static ALL: &[&$crate::Statement] = &[$(&$done),*];
    };
    (@next [$($done:ident)*] $(#[$meta:meta])* $visible:vis $name:ident = sqlite $sqlite:literal postgres $($rest:tt)*) => {
        $crate::statements! { @pair [$($done)*] [$(#[$meta])*] [$visible] $name [$sqlite] $($rest)* }
    };
    (@next [$($done:ident)*] $(#[$meta:meta])* $visible:vis $name:ident = sqlite concat!($($sqlite:tt)*) postgres $($rest:tt)*) => {
        $crate::statements! { @pair [$($done)*] [$(#[$meta])*] [$visible] $name [concat!($($sqlite)*)] $($rest)* }
    };
    (@pair [$($done:ident)*] [$($meta:tt)*] [$visible:vis] $name:ident [$sqlite:expr] $postgres:expr; $($rest:tt)*) => {
        $($meta)*
        $visible static $name: $crate::Statement =
            $crate::Statement::pair(concat!(module_path!(), "::", stringify!($name)), $sqlite, $postgres);
        $crate::statements! { @next [$($done)* $name] $($rest)* }
    };
    (@next [$($done:ident)*] $(#[$meta:meta])* $visible:vis $name:ident = $sql:expr; $($rest:tt)*) => {
        $(#[$meta])*
        $visible static $name: $crate::Statement =
            $crate::Statement::shared(concat!(module_path!(), "::", stringify!($name)), $sql);
        $crate::statements! { @next [$($done)* $name] $($rest)* }
    };
    ($($all:tt)*) => {
        $crate::statements! { @next [] $($all)* }
    };
}

/// The type of a bulk insert's column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// BIGINT.
    Int,
    /// TEXT.
    Text,
    /// Bytes.
    Blob,
}

/// An insert of many rows at once.
///
/// Two rows of one call that meet the same `ON CONFLICT … DO UPDATE` row are an error on PostgreSQL: make them one first.
#[derive(Debug)]
pub struct Bulk {
    /// For logs and errors.
    pub name: &'static str,
    /// The table.
    pub table: &'static str,
    /// Names and types of the columns, in the order of each row's values.
    pub columns: &'static [(&'static str, Kind)],
    /// The whole clause, such as `ON CONFLICT (project_id, email) DO NOTHING`, or empty. May not have placeholders.
    pub on_conflict: &'static str,
    /// Columns or expressions of the rows that come back: one for each row inserted or updated, in the order given.
    pub returning: &'static [&'static str],
}

thread_local! {
    static BULK_TEXTS: RefCell<HashMap<(usize, Backend), Rc<str>>> = RefCell::new(HashMap::new());
}

impl Bulk {
    /// The statement's text, made once on each thread.
    pub(crate) fn text(&'static self, backend: Backend) -> Rc<str> {
        // A `'static` bulk keeps its address, so that names it.
        let key = (std::ptr::from_ref(self).addr(), backend);
        BULK_TEXTS.with_borrow_mut(|texts| Rc::clone(texts.entry(key).or_insert_with(|| self.build(backend).into())))
    }

    /// Where in a row's values that what is returned stands, when nothing but values of rows that were new is: SQLite then need
    /// not be asked for it, which would make it keep a copy of every page that a row touches until that row is in.
    pub(crate) fn returned_places(&self) -> Option<Vec<usize>> {
        if self.returning.is_empty() || self.on_conflict != "ON CONFLICT DO NOTHING" {
            return None;
        }
        let place = |wanted: &&str| self.columns.iter().position(|(name, _)| name == wanted);
        self.returning.iter().map(place).collect()
    }

    fn build(&self, backend: Backend) -> String {
        let names: Vec<&str> = self.columns.iter().map(|(name, _)| *name).collect();
        let parameter = |(place, (_, kind)): (usize, &(&str, Kind))| match (backend, kind) {
            (Backend::Sqlite, _) => format!("?{}", place + 1),
            (Backend::Postgres, Kind::Int) => format!("${}::bigint[]", place + 1),
            (Backend::Postgres, Kind::Text) => format!("${}::text[]", place + 1),
            (Backend::Postgres, Kind::Blob) => format!("${}::bytea[]", place + 1),
        };
        let parameters: Vec<String> = self.columns.iter().enumerate().map(parameter).collect();
        let source = match backend {
            Backend::Sqlite => format!("VALUES ({})", parameters.join(", ")),
            Backend::Postgres => format!("SELECT * FROM UNNEST({})", parameters.join(", ")),
        };
        let mut text = format!("INSERT INTO {} ({}) {source}", self.table, names.join(", "));
        if !self.on_conflict.is_empty() {
            text.push(' ');
            text.push_str(self.on_conflict);
        }
        if !self.returning.is_empty() && (backend == Backend::Postgres || self.returned_places().is_none()) {
            text.push_str(" RETURNING ");
            text.push_str(&self.returning.join(", "));
        }
        text
    }
}

/// What a statement of this text changes.
fn written(sql: &'static str) -> Writes {
    let mut words = sql.split_whitespace();
    match (words.next(), words.next(), words.next()) {
        (Some("SELECT"), ..) => Writes::Nothing,
        (Some("UPDATE"), Some(table), _) | (Some("INSERT"), Some("INTO"), Some(table)) => Writes::Table(table),
        (Some("DELETE"), Some("FROM"), Some(table)) => Writes::Table(table),
        _ => Writes::Anything,
    }
}

/// The names and keywords of a text.
fn words(sql: &'static str) -> impl Iterator<Item = &'static str> {
    sql.split(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '_')).filter(|word| !word.is_empty())
}

/// Rewrites placeholders and list sets; leaves quoted text, quoted names and comments as they are.
fn translate(sql: &str, backend: Backend) -> String {
    let mut out = String::with_capacity(sql.len() + 32);
    let mut rest = sql;
    let mut in_word = false;
    while let Some(first) = rest.chars().next() {
        let list = if in_word { None } else { list_set(rest) };
        let taken = if first == '\'' || first == '"' {
            let end = rest[1..].find(first).map_or(rest.len(), |at| at + 2);
            out.push_str(&rest[..end]);
            end
        } else if rest.starts_with("--") {
            let end = rest.find('\n').unwrap_or(rest.len());
            out.push_str(&rest[..end]);
            end
        } else if let Some((number, array, end)) = list {
            match backend {
                Backend::Sqlite => out.push_str(&format!("(SELECT value FROM json_each(?{number}))")),
                Backend::Postgres => out.push_str(&format!("(SELECT UNNEST(${number}::{array}))")),
            }
            end
        } else {
            out.push(if first == '?' && backend == Backend::Postgres { '$' } else { first });
            first.len_utf8()
        };
        in_word = first.is_ascii_alphanumeric() || first == '_';
        rest = &rest[taken..];
    }
    out
}

/// The parameter number, PostgreSQL's array type and the length of a list set that `text` begins with.
fn list_set(text: &str) -> Option<(&str, &'static str, usize)> {
    for (opening, array) in [("ints(?", "bigint[]"), ("texts(?", "text[]")] {
        if let Some(after) = text.strip_prefix(opening) {
            let digits = after.bytes().take_while(u8::is_ascii_digit).count();
            if digits > 0 && after[digits..].starts_with(')') {
                return Some((&after[..digits], array, opening.len() + digits + 1));
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::{Backend, Bulk, Kind, Statement, Writes, translate, written};

    #[test]
    fn placeholders_and_lists_become_each_databases_own() {
        let cases = [
            ("SELECT ?1, ?12, ?1", "SELECT ?1, ?12, ?1", "SELECT $1, $12, $1"),
            ("id IN ints(?2)", "id IN (SELECT value FROM json_each(?2))", "id IN (SELECT UNNEST($2::bigint[]))"),
            ("t IN texts(?1)", "t IN (SELECT value FROM json_each(?1))", "t IN (SELECT UNNEST($1::text[]))"),
            ("points(?1) 'what?1' \"a?1\"", "points(?1) 'what?1' \"a?1\"", "points($1) 'what?1' \"a?1\""),
            ("a -- why?\n= ?1", "a -- why?\n= ?1", "a -- why?\n= $1"),
            ("'it''s ?1' ?1 é", "'it''s ?1' ?1 é", "'it''s ?1' $1 é"),
        ];
        for (shared, sqlite, postgres) in cases {
            assert_eq!(translate(shared, Backend::Sqlite), sqlite);
            assert_eq!(translate(shared, Backend::Postgres), postgres);
        }
    }

    #[test]
    fn what_a_statement_writes_is_told_by_its_first_words() {
        for (sql, expected) in [
            ("SELECT 1 FROM pets", Writes::Nothing),
            ("UPDATE pets SET name = ?1", Writes::Table("pets")),
            ("INSERT INTO pets (id) VALUES (?1)", Writes::Table("pets")),
            ("DELETE FROM pets\nWHERE id = ?1", Writes::Table("pets")),
            ("WITH old AS (SELECT 1) DELETE FROM pets", Writes::Anything),
            ("PRAGMA user_version = 1", Writes::Anything),
        ] {
            assert_eq!(written(sql), expected, "{sql}");
        }
    }

    #[test]
    fn a_statement_mentions_its_tables_and_no_parts_of_names() {
        static PAIR: Statement = Statement::pair(
            "pair",
            "SELECT a.id FROM pets AS a JOIN pet_owners USING (owner_id)",
            "SELECT 1 FROM pets, only(here)",
        );
        for (table, expected) in
            [("pets", true), ("pet_owners", true), ("here", true), ("pet", false), ("owner", false)]
        {
            assert_eq!(PAIR.mentions(table), expected, "{table}");
        }
    }

    #[test]
    fn a_bulk_insert_has_both_texts() {
        static BULK: Bulk = Bulk {
            name: "pets",
            table: "pets",
            columns: &[("id", Kind::Int), ("name", Kind::Text), ("photo", Kind::Blob)],
            on_conflict: "ON CONFLICT (id) DO NOTHING",
            returning: &["id"],
        };
        assert_eq!(
            &*BULK.text(Backend::Sqlite),
            "INSERT INTO pets (id, name, photo) VALUES (?1, ?2, ?3) ON CONFLICT (id) DO NOTHING RETURNING id"
        );
        assert_eq!(
            &*BULK.text(Backend::Postgres),
            "INSERT INTO pets (id, name, photo) SELECT * FROM UNNEST($1::bigint[], $2::text[], $3::bytea[]) ON CONFLICT (id) DO NOTHING RETURNING id"
        );
    }
}
