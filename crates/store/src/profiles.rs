//! Profiles: who sells, one per project, as JSON. Functions fail only when the database does.

use outrider_domain::id::ProjectId;
use outrider_domain::time::Millis;

use crate::{Error, Tx, statements, values};

statements! {
    pub GET = "SELECT data FROM profiles WHERE project_id = ?1";
    pub SAVE = "INSERT INTO profiles (project_id, data, updated_at) VALUES (?1, ?2, ?3) ON CONFLICT (project_id) DO UPDATE SET data = excluded.data, updated_at = excluded.updated_at";
}

/// A project's profile, if it has one.
pub fn get(tx: &mut Tx<'_>, project: ProjectId) -> Result<Option<String>, Error> {
    tx.query_opt(&GET, &values![project])?.map(|row| row.get(0)).transpose()
}

/// Keeps a project's profile.
pub fn save(tx: &mut Tx<'_>, project: ProjectId, data: &str, now: Millis) -> Result<(), Error> {
    tx.execute(&SAVE, &values![project, data, now]).map(drop)
}
