//! `list_credit_entries`: the credit statement, posting by posting.

use outrider_domain::id::TransferId;
use outrider_domain::time::Millis;
use outrider_store::credits as rows;
use schemars::JsonSchema;
use serde::Serialize;

use crate::context::Context;
use crate::error::Result;
use crate::operation::{Operation, Page, Spec};
use crate::page::{self, PageInput};

/// Lists postings.
pub struct ListCreditEntries;

/// One side of a posting.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Side {
    /// `issued`, `available`, `held` or `spent`.
    pub account: String,
    /// Into the account, or out of it when negative.
    pub amount: i64,
}

/// A posting; its sides sum to zero.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Posting {
    /// Key.
    pub id: TransferId,
    /// When.
    pub at: Millis,
    /// Why.
    pub reason: String,
    /// What for: an action, or `grant`.
    pub subject: String,
    /// Both sides.
    pub entries: Vec<Side>,
}

impl Operation for ListCreditEntries {
    const SPEC: Spec = Spec::list(
        "list_credit_entries",
        "credits",
        "/credits/entries",
        "credits:read",
        "List credit postings, newest first.",
    );
    type Input = PageInput;
    type Output = Page<Posting>;

    fn run(cx: &mut Context<'_, '_>, input: PageInput) -> Result<Page<Posting>> {
        let request = input.open(cx, Self::SPEC.name)?;
        let mut postings: Vec<Posting> = Vec::new();
        for row in rows::entries_before(cx.tx, cx.project, request.before, request.fetch())? {
            let side = Side { account: row.account, amount: row.amount };
            match postings.last_mut().filter(|posting| posting.id == row.transfer_id) {
                Some(posting) => posting.entries.push(side),
                None => postings.push(Posting {
                    id: row.transfer_id,
                    at: row.at,
                    reason: row.reason,
                    subject: row.subject,
                    entries: vec![side],
                }),
            }
        }
        Ok(page::close(cx, &request, postings, |posting| posting.id.0, |posting| posting))
    }
}
