//! PostgreSQL's errors in the store's words. Decides what an error means, not what is done about it.

use postgres::error::{DbError, SqlState};

use crate::error::{Error, Fault, Trouble};

/// The store's word for what the driver said, and how far it reaches.
pub(crate) fn trouble(name: &str, error: &postgres::Error) -> Trouble {
    if let Some(said) = error.as_db_error() {
        return from_server(name, said);
    }
    let source = std::error::Error::source(error);
    if error.is_closed() || source.is_some_and(<dyn std::error::Error>::is::<std::io::Error>) {
        let why = source.map_or_else(|| error.to_string(), |source| format!("{error}: {source}"));
        return Trouble { error: Error::Unavailable(why), fault: Fault::Lost };
    }
    let message = source.map_or_else(|| error.to_string(), |source| format!("{error}: {source}"));
    Trouble::closure(Error::sql(name, message))
}

fn from_server(name: &str, said: &DbError) -> Trouble {
    let code = said.code();
    let class = code.code().get(..2).unwrap_or("");
    let unavailable = |fault| Trouble { error: Error::Unavailable(said.message().to_owned()), fault };
    if *code == SqlState::T_R_SERIALIZATION_FAILURE || *code == SqlState::T_R_DEADLOCK_DETECTED {
        return Trouble { error: Error::Busy, fault: Fault::Repeat };
    }
    // A migration by another node changed a table under a prepared statement; the session prepares it anew.
    if said.routine() == Some("RevalidateCachedQuery") {
        return Trouble { error: Error::Busy, fault: Fault::Repeat };
    }
    if *code == SqlState::LOCK_NOT_AVAILABLE || *code == SqlState::QUERY_CANCELED {
        return Trouble::closure(Error::Busy);
    }
    match class {
        "23" => Trouble::closure(Error::Conflict { constraint: constraint(said) }),
        // Connection exceptions; the server shutting down, starting or ending the session.
        "08" | "57" => unavailable(Fault::Lost),
        _ if *code == SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT || *code == SqlState::TOO_MANY_CONNECTIONS => {
            unavailable(Fault::Lost)
        }
        // Out of disk or memory; system errors of the server.
        "53" | "58" => unavailable(Fault::Closure),
        "XX" if code.code() != "XX000" => Trouble::closure(Error::Corrupt(said.message().to_owned())),
        _ => Trouble::closure(Error::sql(name, format!("{} ({})", said.message(), code.code()))),
    }
}

/// What was violated, in the words [`Error::Conflict`] promises.
fn constraint(said: &DbError) -> String {
    let code = said.code();
    let named = || said.constraint().unwrap_or("unnamed constraint").to_owned();
    if *code == SqlState::FOREIGN_KEY_VIOLATION {
        tracing::debug!(constraint = said.constraint(), "foreign key violated");
        return "foreign key".to_owned();
    }
    let table = said.table().unwrap_or("?");
    if *code == SqlState::NOT_NULL_VIOLATION {
        return said.column().map_or_else(named, |column| format!("{table}.{column}"));
    }
    if *code == SqlState::UNIQUE_VIOLATION {
        return said.detail().and_then(|detail| key_columns(table, detail)).unwrap_or_else(named);
    }
    named()
}

/// Columns out of a detail such as `Key (project_id, email)=(1, x) already exists.`, which also holds the values: those stay out.
fn key_columns(table: &str, detail: &str) -> Option<String> {
    let (_, after) = detail.split_once('(')?;
    let (columns, _) = after.split_once(")=(")?;
    let is_plain = |column: &str| column.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    let columns: Vec<String> = columns
        .split(", ")
        .map(|column| column.trim_matches('"'))
        .map(|column| is_plain(column).then(|| format!("{table}.{column}")))
        .collect::<Option<_>>()?;
    Some(columns.join(", "))
}

#[cfg(test)]
mod tests {
    use super::key_columns;

    #[test]
    fn the_columns_of_a_key_are_found_and_its_values_are_not() {
        let detail = "Key (project_id, \"key\")=(1, x)=(y) already exists.";
        assert_eq!(key_columns("keys", detail), Some("keys.project_id, keys.key".to_owned()));
        assert_eq!(
            key_columns("leads", "Key (lower(email))=(x) already exists."),
            None,
            "an expression: the index name says more"
        );
        assert_eq!(key_columns("leads", "nothing"), None);
    }
}
