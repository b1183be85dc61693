//! Templates. Functions fail only when the database does, unless they say otherwise.

use outrider_domain::id::{ProjectId, TemplateId};
use outrider_domain::time::Millis;

use crate::record::record;
use crate::{Error, Tx, statements, values};

record! {
    /// A text with placeholders.
    pub struct Template in "templates" as template_columns key ("project_id, id") {
        /// Whose.
        project_id: ProjectId,
        /// Key.
        id: TemplateId,
        /// Unique in the project.
        name: String,
        /// Template source of the subject; empty for follow-ups that keep the thread's.
        subject: String,
        /// Template source of the plain text.
        text: String,
        /// Template source of the HTML.
        html: Option<String>,
        /// Counts changes.
        version: i64,
        /// When made.
        created_at: Millis,
        /// When changed.
        updated_at: Millis,
    }
}

statements! {
    pub GET = concat!("SELECT ", template_columns!(), " FROM templates WHERE project_id = ?1 AND id = ?2");
    pub LOCK = sqlite concat!("SELECT ", template_columns!(), " FROM templates WHERE project_id = ?1 AND id = ?2")
        postgres concat!("SELECT ", template_columns!(), " FROM templates WHERE project_id = ?1 AND id = ?2 FOR UPDATE");
    pub FIND = concat!("SELECT ", template_columns!(), " FROM templates WHERE project_id = ?1 AND name = ?2");
    pub LIST = concat!("SELECT ", template_columns!(), " FROM templates WHERE project_id = ?1 AND id < ?2 ORDER BY id DESC LIMIT ?3");
    pub DELETE = "DELETE FROM templates WHERE project_id = ?1 AND id = ?2";
}

/// A template by id.
///
/// # Errors
/// `NotFound`; others when the database fails.
pub fn get(tx: &mut Tx<'_>, project: ProjectId, id: TemplateId) -> Result<Template, Error> {
    Template::from_row(&tx.query_one(&GET, &values![project, id])?)
}

/// A template by id, held against other writers until the transaction ends.
///
/// # Errors
/// `NotFound`; others when the database fails.
pub fn lock(tx: &mut Tx<'_>, project: ProjectId, id: TemplateId) -> Result<Template, Error> {
    Template::from_row(&tx.query_one(&LOCK, &values![project, id])?)
}

/// The template of that name.
pub fn find(tx: &mut Tx<'_>, project: ProjectId, name: &str) -> Result<Option<Template>, Error> {
    tx.query_opt(&FIND, &values![project, name])?.as_ref().map(Template::from_row).transpose()
}

/// Templates before an id, newest first.
pub fn list(tx: &mut Tx<'_>, project: ProjectId, before: i64, limit: i64) -> Result<Vec<Template>, Error> {
    tx.query(&LIST, &values![project, before, limit])?.iter().map(Template::from_row).collect()
}

/// Removes a template. False when there was none.
pub fn delete(tx: &mut Tx<'_>, project: ProjectId, id: TemplateId) -> Result<bool, Error> {
    Ok(tx.execute(&DELETE, &values![project, id])? > 0)
}
