//! Owns which messages are brought to the handler, in which order, and when the cursor moves. Waits for nothing.

use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;

use futures_util::FutureExt as _;
use outrider_domain::time::{DAY, Millis};

use super::exchange::{self, Opened, Session};
use super::{Cursor, HandlerError, ImapError, MAX_MESSAGE, MailHandler, Problem};

/// Most UIDs whose sizes are asked for at once.
const CHUNK: usize = 200;
/// Most bytes and messages fetched at once.
const BATCH_BYTES: u64 = 4 * 1024 * 1024;
const BATCH_MESSAGES: usize = 50;
/// Searches in a row that may find nothing although the server told of news.
const MAX_IN_VAIN: u32 = 2;
/// A message at which this many connections in a row came to grief is reported and passed over.
const PATIENCE: u32 = 5;

/// What a watcher remembers from one connection to the next.
#[derive(Debug, Default)]
pub(super) struct Memory {
    /// The message whose fetching failed last, and how often in a row.
    stuck: Option<(Cursor, u32)>,
    /// Messages up to here are fetched one by one: a fetch of several, with this the last, has failed, and one of them is at fault.
    singly_until: Option<Cursor>,
}

/// Where to begin: the stored cursor, or a new one when there is none or it has lost its meaning.
pub(super) async fn begin(
    session: &mut Session,
    handler: &dyn MailHandler,
    opened: Opened,
    lookback_days: u16,
    now: Millis,
) -> Result<Cursor, ImapError> {
    let stored = handler.cursor().await.map_err(ImapError::Handler)?;
    if let Some(cursor) = stored.filter(|cursor| cursor.uid_validity == opened.uid_validity) {
        return Ok(cursor);
    }
    let before_first = if lookback_days == 0 {
        0
    } else {
        // IMAP dates are days in no particular zone; one more day covers them all.
        let since = now.plus(-(i64::from(lookback_days) + 1) * DAY).timestamp().strftime("%d-%b-%Y").to_string();
        let (recent, _) = exchange::search(session, &format!("SINCE {since}")).await?;
        match recent.first() {
            Some(first) => first.saturating_sub(1),
            None => match opened.uid_next {
                Some(next) => next.saturating_sub(1),
                None => exchange::search(session, "ALL").await?.0.last().copied().unwrap_or(0),
            },
        }
    };
    let cursor = Cursor { uid_validity: opened.uid_validity, uid: before_first };
    if let Some(before) = stored {
        handler.problem(Problem::Renumbered { before, now: cursor }).await.map_err(ImapError::Handler)?;
    }
    handler.advance(cursor).await.map_err(ImapError::Handler)?;
    Ok(cursor)
}

/// Brings every message after the cursor to the handler and moves the cursor along, until the server tells of no more.
pub(super) async fn drain(
    session: &mut Session,
    handler: &dyn MailHandler,
    cursor: &mut Cursor,
    memory: &mut Memory,
) -> Result<(), ImapError> {
    let mut in_vain = 0;
    loop {
        let after = cursor.uid.saturating_add(1);
        // `n:*` names the last message even when its UID is below n (RFC 3501 section 6.4.8), hence the filter.
        let (uids, mut news) = exchange::search(session, &format!("UID {after}:*")).await?;
        let uids: Vec<u32> = uids.into_iter().filter(|uid| *uid >= after).collect();
        for chunk in uids.chunks(CHUNK) {
            news |= bring(session, handler, cursor, memory, chunk).await?;
        }
        in_vain = if uids.is_empty() { in_vain + 1 } else { 0 };
        // A server may tell of news with every answer; that must not keep us from waiting.
        if !news || in_vain > MAX_IN_VAIN {
            return Ok(());
        }
    }
}

async fn bring(
    session: &mut Session,
    handler: &dyn MailHandler,
    cursor: &mut Cursor,
    memory: &mut Memory,
    uids: &[u32],
) -> Result<bool, ImapError> {
    let (sizes, mut news) = exchange::sizes(session, uids).await?;
    // Those without a size have been removed meanwhile.
    let present: Vec<u32> = sizes.keys().copied().collect();
    let mut waiting = present.as_slice();
    while let Some(first) = waiting.first() {
        let here = Cursor { uid: *first, ..*cursor };
        let size = sizes.get(first).copied().unwrap_or(0);
        let failures = memory.stuck.filter(|(at, _)| *at == here).map_or(0, |(_, failures)| failures);
        if size > MAX_MESSAGE {
            handler.problem(Problem::Oversized { at: here, bytes: size }).await.map_err(ImapError::Handler)?;
            advance(handler, cursor, here).await?;
            waiting = &waiting[1..];
            continue;
        }
        let singly =
            memory.singly_until.is_some_and(|last| last.uid_validity == here.uid_validity && last.uid >= here.uid);
        let batch = if singly { &waiting[..1] } else { batch(waiting, &sizes) };
        let fetched = exchange::bodies(session, batch).await;
        let mut bodies = match fetched {
            Ok((bodies, more)) => {
                news |= more;
                bodies
            }
            Err(error @ (ImapError::Nonsense { .. } | ImapError::Refused { .. })) => {
                if let [_, .., last] = batch {
                    memory.singly_until = Some(Cursor { uid: *last, ..here });
                } else if failures + 1 >= PATIENCE {
                    let problem = Problem::Unreadable { at: here, why: error.to_string() };
                    handler.problem(problem).await.map_err(ImapError::Handler)?;
                    advance(handler, cursor, here).await?;
                    memory.stuck = None;
                } else {
                    memory.stuck = Some((here, failures + 1));
                }
                return Err(error);
            }
            Err(error) => return Err(error),
        };
        for uid in batch {
            let at = Cursor { uid: *uid, ..*cursor };
            match bodies.remove(uid) {
                Some(raw) => hand_over(handler, at, raw).await?,
                // Removed since its size was asked for, unless it is still there.
                None if exchange::sizes(session, &[*uid]).await?.0.is_empty() => {}
                None => {
                    let why = "the server gave no text for it".to_owned();
                    handler.problem(Problem::Unreadable { at, why }).await.map_err(ImapError::Handler)?;
                }
            }
            advance(handler, cursor, at).await?;
        }
        memory.stuck = None;
        waiting = &waiting[batch.len()..];
    }
    Ok(news)
}

/// The messages that fit one fetch: at least one, none of them over the limit.
fn batch<'a>(waiting: &'a [u32], sizes: &BTreeMap<u32, u32>) -> &'a [u32] {
    let mut bytes = 0u64;
    let mut count = 0;
    for uid in waiting.iter().take(BATCH_MESSAGES) {
        let size = sizes.get(uid).copied().unwrap_or(0);
        bytes += u64::from(size);
        if size > MAX_MESSAGE || (count > 0 && bytes > BATCH_BYTES) {
            break;
        }
        count += 1;
    }
    &waiting[..count.max(1)]
}

async fn hand_over(handler: &dyn MailHandler, at: Cursor, raw: Vec<u8>) -> Result<(), ImapError> {
    let outcome = AssertUnwindSafe(async { handler.message(at, &raw).await }).catch_unwind().await;
    let why = match outcome {
        Ok(Ok(())) => return Ok(()),
        Ok(Err(HandlerError::Later(why))) => return Err(ImapError::Handler(why)),
        Ok(Err(HandlerError::Poisonous(why))) => why,
        Err(_) => "the program that handles it broke down (panic)".to_owned(),
    };
    handler.problem(Problem::Poisonous { at, raw, why }).await.map_err(ImapError::Handler)
}

async fn advance(handler: &dyn MailHandler, cursor: &mut Cursor, to: Cursor) -> Result<(), ImapError> {
    handler.advance(to).await.map_err(ImapError::Handler)?;
    *cursor = to;
    Ok(())
}
