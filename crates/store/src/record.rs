//! A table's row as a struct, with the inserts that follow from its fields. Declares shapes; runs nothing.

use outrider_domain::address::{Domain, Email, Phone};
use outrider_domain::id;
use outrider_domain::time::Millis;

use crate::Kind;

/// A Rust type that is stored in one column.
pub(crate) trait Column {
    /// The column's type.
    const KIND: Kind;
}

/// Where columns of these names stand in a row.
pub(crate) fn places(columns: &[(&str, Kind)], names: &[&str]) -> Vec<usize> {
    let place = |wanted: &&str| columns.iter().position(|(name, _)| name == wanted).unwrap_or(usize::MAX);
    names.iter().map(place).collect()
}

macro_rules! columns {
    ($kind:ident: $($type:ty),* $(,)?) => {$(impl Column for $type { const KIND: Kind = Kind::$kind; })*};
}

columns!(Int: i64, i32, u32, bool, Millis, id::OrganizationId, id::ProjectId, id::UserId, id::KeyId, id::GrantId, id::WebhookId, id::LeadId, id::CompanyId, id::AgentId, id::IdentityId,
    id::TemplateId, id::SequenceId, id::EnrollmentId, id::ActionId, id::MessageId, id::ThreadId, id::SuppressionId, id::JobId, id::TransferId, id::CaptureId, id::CallId, id::TextId,
    id::RunId, id::RunContactId, id::DecisionId, id::SegmentId, id::NoteId, id::PersonTaskId, id::ProspectId, id::TaskId);
columns!(Text: String, Email, Phone, Domain);
columns!(Blob: Vec<u8>);

impl<T: Column> Column for Option<T> {
    const KIND: Kind = T::KIND;
}

/// The end of a `WHERE` that keeps rows about nobody and about leads of one seller's own; all rows where the parameter is null.
/// The table has a `lead_id`, and the project is `?1`.
macro_rules! of_owner {
    ($owner:literal) => {
        concat!(
            " AND (CAST(", $owner, " AS BIGINT) IS NULL OR lead_id IS NULL OR EXISTS (SELECT 1 FROM leads WHERE leads.project_id = ?1 AND leads.id = lead_id AND leads.owner_id = ", $owner, "))"
        )
    };
}

pub(crate) use of_owner;

/// Declares a row type: its struct, its column list for `SELECT` (`$columns!()`), decoding, and three inserts.
///
/// `INSERT` fails on any conflict, `INSERT_NEW` passes over conflicting rows and returns the keys of the others, and `SAVE`
/// replaces the row with the same key. The first fields up to `key` are the primary key.
macro_rules! record {
    (
        $(#[$meta:meta])*
        pub struct $name:ident in $table:literal as $columns:ident key ($key:literal) {
            $(#[$first_meta:meta])* $first:ident: $first_type:ty,
            $($(#[$field_meta:meta])* $field:ident: $type:ty,)*
        }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct $name {
            $(#[$first_meta])* pub $first: $first_type,
            $($(#[$field_meta])* pub $field: $type,)*
        }

        macro_rules! $columns {
            () => { concat!(stringify!($first) $(, ", ", stringify!($field))*) };
        }

        impl $name {
            /// Columns and their types, in the order of the fields.
            pub const COLUMNS: &'static [(&'static str, $crate::Kind)] = &[
                (stringify!($first), <$first_type as $crate::record::Column>::KIND),
                $((stringify!($field), <$type as $crate::record::Column>::KIND)),*
            ];

            /// Fails on any conflict.
            pub const INSERT: &'static $crate::Bulk = &$crate::Bulk {
                name: concat!("insert_", $table), table: $table, columns: Self::COLUMNS, on_conflict: "", returning: &[],
            };

            /// Passes over conflicting rows and returns the ids of the inserted ones.
            pub const INSERT_NEW: &'static $crate::Bulk = &$crate::Bulk {
                name: concat!("insert_new_", $table), table: $table, columns: Self::COLUMNS, on_conflict: "ON CONFLICT DO NOTHING", returning: &["id"],
            };

            /// Inserts, or replaces the row with the same key.
            pub const SAVE: &'static $crate::Bulk = &$crate::Bulk {
                name: concat!("save_", $table), table: $table, columns: Self::COLUMNS,
                on_conflict: concat!("ON CONFLICT (", $key, ") DO UPDATE SET ", stringify!($first), " = excluded.", stringify!($first)
                    $(, ", ", stringify!($field), " = excluded.", stringify!($field))*),
                returning: &[],
            };

            /// From a row selected by the column list.
            ///
            /// # Errors
            /// When a column does not hold what it should.
            pub fn from_row(row: &$crate::Row) -> Result<Self, $crate::Error> {
                let mut index = 0..;
                let mut at = || index.next().unwrap_or_default();
                Ok(Self { $first: row.get(at())?, $($field: row.get(at())?,)* })
            }

            /// The fields as values, in order.
            #[must_use]
            pub fn into_values(self) -> Vec<$crate::Value> {
                vec![$crate::Value::from(self.$first), $($crate::Value::from(self.$field)),*]
            }

            /// Inserts this row; any conflict is an error.
            ///
            /// # Errors
            /// `Conflict` with the constraint's name; others when the database fails.
            pub fn insert(self, tx: &mut $crate::Tx<'_>) -> Result<(), $crate::Error> {
                tx.insert_rows(Self::INSERT, vec![self.into_values()]).map(drop)
            }

            /// Inserts this row, or replaces the one with its key.
            ///
            /// # Errors
            /// `Conflict` for another unique constraint; others when the database fails.
            pub fn save(self, tx: &mut $crate::Tx<'_>) -> Result<(), $crate::Error> {
                tx.insert_rows(Self::SAVE, vec![self.into_values()]).map(drop)
            }
        }
    };
}

pub(crate) use record;
