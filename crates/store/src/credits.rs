//! Credit accounts, entries and holds, in double entry. Functions fail only when the database does, unless they say otherwise.

use outrider_domain::id::{ProjectId, TransferId};
use outrider_domain::time::Millis;

use crate::{Error, Tx, statements, values};

statements! {
    pub LOCK = sqlite "SELECT 1 WHERE ?1 IS NOT NULL" postgres "SELECT CAST(1 AS BIGINT) FROM (SELECT pg_advisory_xact_lock(hashtextextended(CAST(CAST(?1 AS BIGINT) AS TEXT), 2))) AS locked";
    pub OPEN = "INSERT INTO credit_accounts (project_id, kind, balance) VALUES (?1, ?2, 0) ON CONFLICT (project_id, kind) DO NOTHING";
    pub ADD = "UPDATE credit_accounts SET balance = balance + ?3 WHERE project_id = ?1 AND kind = ?2";
    pub TAKE = "UPDATE credit_accounts SET balance = balance - ?3 WHERE project_id = ?1 AND kind = ?2 AND balance >= ?3";
    pub BALANCE = "SELECT balance FROM credit_accounts WHERE project_id = ?1 AND kind = ?2";
    pub BALANCES = "SELECT kind, balance FROM credit_accounts WHERE project_id = ?1 ORDER BY kind";
    pub ENTER = "INSERT INTO credit_entries (project_id, transfer_id, account, amount, reason, subject, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    pub ENTRIES_BEFORE = "SELECT transfer_id, account, amount, reason, subject, at FROM credit_entries WHERE project_id = ?1 AND transfer_id IN (
        SELECT DISTINCT transfer_id FROM credit_entries WHERE project_id = ?1 AND transfer_id < ?2 ORDER BY transfer_id DESC LIMIT ?3) ORDER BY transfer_id DESC, account";
    pub HOLD = "INSERT INTO credit_holds (project_id, subject, account, holders, amount, state, at) VALUES (?1, ?2, ?5, ?6, ?3, 'held', ?4)
        ON CONFLICT (project_id, subject) DO UPDATE SET account = excluded.account, holders = excluded.holders, amount = excluded.amount, state = 'held', at = excluded.at WHERE credit_holds.state <> 'held'";
    pub END_HOLD = "UPDATE credit_holds SET state = ?3 WHERE project_id = ?1 AND subject = ?2 AND state = 'held' RETURNING amount, account, holders, at";
    pub REDIRECT_HOLDS = "UPDATE credit_holds SET account = ?3 WHERE project_id = ?1 AND account = ?2 AND state = 'held'";
    pub HAS_HOLD = "SELECT 1 FROM credit_holds WHERE project_id = ?1 AND subject = ?2 AND state = 'held'";
    pub TOTALS = "SELECT COALESCE(SUM(balance), 0), (SELECT COALESCE(SUM(amount), 0) FROM credit_entries),
        (SELECT COUNT(*) FROM credit_accounts a LEFT JOIN (SELECT project_id, account, SUM(amount) AS amount FROM credit_entries GROUP BY project_id, account) e
            ON e.project_id = a.project_id AND e.account = a.kind WHERE a.balance <> COALESCE(e.amount, 0)),
        (SELECT COUNT(*) FROM credit_accounts WHERE kind <> 'issued' AND balance < 0),
        (SELECT COUNT(*) FROM budgets b JOIN credit_accounts a ON a.project_id = b.project_id AND a.kind = b.holder WHERE (b.closed = 1 OR b.own_purse = 0) AND a.balance <> 0)
            + (SELECT COUNT(*) FROM budgets b JOIN credit_holds h ON h.project_id = b.project_id AND h.account = b.holder WHERE (b.closed = 1 OR b.own_purse = 0) AND h.state = 'held')
        FROM credit_accounts";
}

/// Lets nobody else move a project's credits until the transaction ends.
pub fn lock(tx: &mut Tx<'_>, project: ProjectId) -> Result<(), Error> {
    tx.query_opt(&LOCK, &values![project]).map(drop)
}

/// Opens an account if need be.
pub fn open(tx: &mut Tx<'_>, project: ProjectId, kind: &str) -> Result<(), Error> {
    tx.execute(&OPEN, &values![project, kind]).map(drop)
}

/// Adds to an account.
pub fn add(tx: &mut Tx<'_>, project: ProjectId, kind: &str, amount: i64) -> Result<(), Error> {
    tx.execute(&ADD, &values![project, kind, amount]).map(drop)
}

/// Takes from an account; false when it holds too little.
pub fn take(tx: &mut Tx<'_>, project: ProjectId, kind: &str, amount: i64) -> Result<bool, Error> {
    Ok(tx.execute(&TAKE, &values![project, kind, amount])? > 0)
}

/// An account's balance; 0 when it was never opened.
pub fn balance(tx: &mut Tx<'_>, project: ProjectId, kind: &str) -> Result<i64, Error> {
    tx.query_opt(&BALANCE, &values![project, kind])?.map_or(Ok(0), |row| row.get(0))
}

/// Every account's balance.
pub fn balances(tx: &mut Tx<'_>, project: ProjectId) -> Result<Vec<(String, i64)>, Error> {
    tx.query(&BALANCES, &values![project])?.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}

/// One side of a posting.
#[derive(Debug, Clone, Copy)]
pub struct Entry<'a> {
    /// The posting it belongs to.
    pub transfer: TransferId,
    /// Account.
    pub account: &'a str,
    /// Positive into the account, negative out of it.
    pub amount: i64,
    /// Why, for people.
    pub reason: &'a str,
    /// What it is for.
    pub subject: &'a str,
}

/// Writes one side of a posting.
pub fn enter(tx: &mut Tx<'_>, project: ProjectId, entry: Entry<'_>, now: Millis) -> Result<(), Error> {
    tx.execute(&ENTER, &values![project, entry.transfer, entry.account, entry.amount, entry.reason, entry.subject, now])
        .map(drop)
}

/// A stored side of a posting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryRow {
    /// The posting it belongs to.
    pub transfer_id: TransferId,
    /// Account.
    pub account: String,
    /// Positive into the account, negative out of it.
    pub amount: i64,
    /// Why, for people.
    pub reason: String,
    /// What it is for.
    pub subject: String,
    /// When.
    pub at: Millis,
}

/// The sides of the postings before an id, newest posting first; `limit` counts postings.
pub fn entries_before(tx: &mut Tx<'_>, project: ProjectId, before: i64, limit: i64) -> Result<Vec<EntryRow>, Error> {
    tx.query(&ENTRIES_BEFORE, &values![project, before, limit])?
        .iter()
        .map(|row| {
            Ok(EntryRow {
                transfer_id: row.get(0)?,
                account: row.get(1)?,
                amount: row.get(2)?,
                reason: row.get(3)?,
                subject: row.get(4)?,
                at: row.get(5)?,
            })
        })
        .collect()
}

/// What is set aside, and who for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hold {
    /// Credits.
    pub amount: i64,
    /// The account it was taken from.
    pub account: String,
    /// Whose budgets it counts against, with spaces between.
    pub holders: String,
    /// When it was set aside.
    pub at: Millis,
}

impl Hold {
    /// Whose budgets it counts against.
    #[must_use]
    pub fn holders(&self) -> Vec<&str> {
        self.holders.split(' ').collect()
    }
}

/// Notes a hold for a subject; false when one stands.
pub fn hold(tx: &mut Tx<'_>, project: ProjectId, subject: &str, hold: &Hold) -> Result<bool, Error> {
    Ok(tx.execute(&HOLD, &values![project, subject, hold.amount, hold.at, &*hold.account, &*hold.holders])? > 0)
}

/// Ends a standing hold as `settled` or `released`, and gives it.
pub fn end_hold(tx: &mut Tx<'_>, project: ProjectId, subject: &str, state: &str) -> Result<Option<Hold>, Error> {
    let ended = tx.query_opt(&END_HOLD, &values![project, subject, state])?;
    ended
        .map(|row| Ok(Hold { amount: row.get(0)?, account: row.get(1)?, holders: row.get(2)?, at: row.get(3)? }))
        .transpose()
}

/// Lets what stands aside from one account go to another when it is given back.
pub fn redirect_holds(tx: &mut Tx<'_>, project: ProjectId, from: &str, to: &str) -> Result<(), Error> {
    tx.execute(&REDIRECT_HOLDS, &values![project, from, to]).map(drop)
}

/// Whether a hold stands for a subject.
pub fn is_held(tx: &mut Tx<'_>, project: ProjectId, subject: &str) -> Result<bool, Error> {
    Ok(tx.query_opt(&HAS_HOLD, &values![project, subject])?.is_some())
}

/// What must hold over the whole installation: all are zero in a sound ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Totals {
    /// Sum over all accounts.
    pub balances: i64,
    /// Sum over all entries.
    pub entries: i64,
    /// Accounts whose balance is not the sum of their entries.
    pub mismatched: i64,
    /// Accounts below zero that must not be.
    pub overdrawn: i64,
    /// Purses nobody spends from, of holders that are gone or have none of their own, with something in them or set aside from them.
    pub stranded: i64,
}

/// Sums the whole ledger.
pub fn totals(tx: &mut Tx<'_>) -> Result<Totals, Error> {
    let row = tx.query_one(&TOTALS, &[])?;
    Ok(Totals {
        balances: row.get(0)?,
        entries: row.get(1)?,
        mismatched: row.get(2)?,
        overdrawn: row.get(3)?,
        stranded: row.get(4)?,
    })
}
