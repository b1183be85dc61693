//! `list_sequences`, `get_sequence`, `list_enrollments`, `get_enrollment`: reading. Changes nothing.

use outrider_domain::id::{EnrollmentId, SequenceId};
use outrider_store::sequences as rows;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::view::{self, Enrollment, Sequence};
use crate::context::Context;
use crate::error::Result;
use crate::leads::missing;
use crate::operation::{Operation, Page, Spec};
use crate::page::{self, PageInput};
use crate::users::caller::sees_only;

/// Lists sequences.
pub struct ListSequences;

impl Operation for ListSequences {
    const SPEC: Spec = Spec::list(
        "list_sequences",
        "sequences",
        "/sequences",
        "sequences:read",
        "List sequences with their enrollments by state, newest first.",
    );
    type Input = PageInput;
    type Output = Page<Sequence>;

    fn run(cx: &mut Context<'_, '_>, input: PageInput) -> Result<Page<Sequence>> {
        let request = input.open(cx, Self::SPEC.name)?;
        let rows = rows::list(cx.tx, cx.project, request.before, request.fetch())?;
        let page = page::close(cx, &request, rows, |row| row.id.0, |row| row);
        let items = page.items.into_iter().map(|row| view::view(cx, row)).collect::<Result<_>>()?;
        Ok(Page { items, next_cursor: page.next_cursor })
    }
}

/// Sequences from a place on, newest first, and how many there are: for dialects that page by offset.
///
/// # Errors
/// When the database fails or a definition can't be read.
pub fn sequences_by_place(cx: &mut Context<'_, '_>, limit: i64, offset: i64) -> Result<(Vec<Sequence>, i64)> {
    let (rows, total) = rows::page(cx.tx, cx.project, limit, offset)?;
    Ok((rows.into_iter().map(|row| view::view(cx, row)).collect::<Result<_>>()?, total))
}

/// Gets a sequence.
pub struct GetSequence;

/// Which.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SequenceInput {
    /// The sequence.
    sequence_id: SequenceId,
}

impl Operation for GetSequence {
    const SPEC: Spec = Spec::get(
        "get_sequence",
        "sequences",
        "/sequences/{sequence_id}",
        "sequences:read",
        "Get a sequence with its definition and its enrollments by state.",
    );
    type Input = SequenceInput;
    type Output = Sequence;

    fn run(cx: &mut Context<'_, '_>, input: SequenceInput) -> Result<Sequence> {
        let row = rows::get(cx.tx, cx.project, input.sequence_id)
            .map_err(|error| missing(error, "sequence", "sequence_id"))?;
        view::view(cx, row)
    }
}

/// Where an enrollment stands.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EnrollmentState {
    /// On its way.
    Active,
    /// Waits for a person.
    Paused,
    /// Ended before its last step.
    Stopped,
    /// Done with all steps.
    Finished,
}

impl EnrollmentState {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Paused => "paused",
            Self::Stopped => "stopped",
            Self::Finished => "finished",
        }
    }
}

/// Lists enrollments.
pub struct ListEnrollments;

/// What to keep.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ListInput {
    /// Only this sequence's.
    sequence_id: Option<SequenceId>,
    /// Only this state.
    state: Option<EnrollmentState>,
    /// Rows on a page, 1 to 100.
    #[schemars(range(min = 1, max = 100))]
    limit: Option<i64>,
    /// `next_cursor` of the page before; absent or empty for the first page.
    cursor: Option<String>,
}

impl Operation for ListEnrollments {
    const SPEC: Spec = Spec::list(
        "list_enrollments",
        "enrollments",
        "/enrollments",
        "sequences:read",
        "List enrollments, newest first.",
    );
    type Input = ListInput;
    type Output = Page<Enrollment>;

    fn run(cx: &mut Context<'_, '_>, input: ListInput) -> Result<Page<Enrollment>> {
        let request = page::open(cx, Self::SPEC.name, input.limit, input.cursor.as_deref())?;
        let owner = sees_only(cx)?;
        let rows = rows::list_enrollments(
            cx.tx,
            cx.project,
            input.sequence_id,
            input.state.map(EnrollmentState::as_str),
            owner,
            request.before,
            request.fetch(),
        )?;
        Ok(page::close(cx, &request, rows, |row| row.id.0, Enrollment::from))
    }
}

/// Gets an enrollment.
pub struct GetEnrollment;

/// Which.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EnrollmentInput {
    /// The enrollment.
    enrollment_id: EnrollmentId,
}

impl Operation for GetEnrollment {
    const SPEC: Spec = Spec::get(
        "get_enrollment",
        "enrollments",
        "/enrollments/{enrollment_id}",
        "sequences:read",
        "Get an enrollment.",
    );
    type Input = EnrollmentInput;
    type Output = Enrollment;

    fn run(cx: &mut Context<'_, '_>, input: EnrollmentInput) -> Result<Enrollment> {
        Ok(rows::get_enrollment(cx.tx, cx.project, input.enrollment_id)
            .map_err(|error| missing(error, "enrollment", "enrollment_id"))?
            .into())
    }
}
