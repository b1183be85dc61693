//! Owns single commands and their answers. The client crate's own FETCH and SEARCH take a refusal for an empty answer, and its IDLE
//! drops news that come before the continuation; both would lose mail, so they are done here from its raw responses.
//! Must not decide what to fetch.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::time::Duration;

use async_imap::imap_proto::{AttributeValue, MailboxDatum, Outcome as Said, RequestId, Response, Status};
use tokio::time::timeout;

use super::ImapError;
use super::connection::Stream;

pub(super) type Session = async_imap::Session<Box<dyn Stream>>;

/// A response to a command may take this long; one that carries messages longer.
const RESPONSE: Duration = Duration::from_secs(60);
const LITERAL: Duration = Duration::from_secs(600);

/// A mailbox as EXAMINE found it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Opened {
    pub(super) uid_validity: u32,
    pub(super) messages: u32,
    pub(super) uid_next: Option<u32>,
}

/// Opens a mailbox read-only.
pub(super) async fn examine(session: &mut Session, mailbox: &str) -> Result<Opened, ImapError> {
    let examined = timeout(RESPONSE, session.examine(mailbox)).await.map_err(|_| silent("EXAMINE"))?;
    let found = examined.map_err(|error| self::error("EXAMINE", &error))?;
    let Some(uid_validity) = found.uid_validity else {
        return Err(nonsense("EXAMINE", "no UIDVALIDITY was given, so messages cannot be told apart"));
    };
    Ok(Opened { uid_validity, messages: found.exists, uid_next: found.uid_next })
}

/// Whether the server offers IDLE.
pub(super) async fn offers_idle(session: &mut Session) -> Result<bool, ImapError> {
    let answer = timeout(RESPONSE, session.capabilities()).await.map_err(|_| silent("CAPABILITY"))?;
    Ok(answer.map_err(|error| self::error("CAPABILITY", &error))?.has_str("IDLE"))
}

/// A message as FETCH described it.
#[derive(Debug, Default)]
struct Fetched {
    uid: Option<u32>,
    size: Option<u32>,
    body: Option<Vec<u8>>,
}

/// What came of a command, and whether the server told of new mail meanwhile.
#[derive(Debug, Default)]
struct Outcome {
    uids: BTreeSet<u32>,
    fetched: Vec<Fetched>,
    news: bool,
}

/// One response, as far as it matters here.
#[derive(Debug)]
enum Heard {
    /// The command's own end, with the server's words when it was refused.
    Done(Option<String>),
    Continue,
    News,
    Uids(Vec<u32>),
    Message(Fetched),
    Other,
}

fn heard(response: &Response<'_>, tag: &RequestId) -> Heard {
    match response {
        Response::Done { tag: done, status, outcome } if done == tag => {
            Heard::Done((*status != Status::Ok).then(|| words(outcome)))
        }
        Response::Continue(_) => Heard::Continue,
        Response::MailboxData(MailboxDatum::Exists(_)) => Heard::News,
        Response::MailboxData(MailboxDatum::Search(uids)) => Heard::Uids(uids.clone()),
        Response::Fetch(_, attributes) => Heard::Message(fetched(attributes)),
        _ => Heard::Other,
    }
}

fn fetched(attributes: &[AttributeValue<'_>]) -> Fetched {
    let mut fetched = Fetched::default();
    for attribute in attributes {
        match attribute {
            AttributeValue::Uid(uid) => fetched.uid = Some(*uid),
            AttributeValue::Rfc822Size(size) => fetched.size = Some(*size),
            AttributeValue::BodySection { section: None, data: Some(data), .. } => fetched.body = Some(data.to_vec()),
            _ => {}
        }
    }
    fetched
}

fn words(outcome: &Said<'_>) -> String {
    brief(outcome.information.as_deref().unwrap_or("no reason given"))
}

async fn run(session: &mut Session, command: &str, patience: Duration) -> Result<Outcome, ImapError> {
    let name = command.split(' ').take(if command.starts_with("UID ") { 2 } else { 1 }).collect::<Vec<_>>().join(" ");
    let tag = begin(session, command, &name).await?;
    let mut outcome = Outcome::default();
    loop {
        match next(session, &tag, &name, patience).await? {
            Heard::Done(None) => return Ok(outcome),
            Heard::Done(Some(why)) => return Err(ImapError::Refused { command: name, why }),
            Heard::News => outcome.news = true,
            Heard::Uids(uids) => outcome.uids.extend(uids),
            Heard::Message(fetched) => outcome.fetched.push(fetched),
            Heard::Continue | Heard::Other => {}
        }
    }
}

async fn begin(session: &mut Session, command: &str, name: &str) -> Result<RequestId, ImapError> {
    let sent = timeout(RESPONSE, session.run_command(command)).await.map_err(|_| silent(name))?;
    sent.map_err(|error| self::error(name, &error))
}

async fn next(session: &mut Session, tag: &RequestId, command: &str, patience: Duration) -> Result<Heard, ImapError> {
    let read = timeout(patience, session.read_response()).await.map_err(|_| silent(command))?;
    let response = read.map_err(|error| io_error(command, &error))?;
    let response = response.ok_or_else(|| ImapError::Connection("the server closed the connection".to_owned()))?;
    if let Response::Data { status: Status::Bye, outcome } = response.parsed() {
        return Err(ImapError::Connection(format!("the server said goodbye: {}", words(outcome))));
    }
    Ok(heard(response.parsed(), tag))
}

/// NOOP; true when the server told of new mail.
pub(super) async fn noop(session: &mut Session) -> Result<bool, ImapError> {
    Ok(run(session, "NOOP", RESPONSE).await?.news)
}

/// UIDs that fit `criteria`, in order, and whether the server told of new mail meanwhile.
pub(super) async fn search(session: &mut Session, criteria: &str) -> Result<(BTreeSet<u32>, bool), ImapError> {
    let outcome = run(session, &format!("UID SEARCH {criteria}"), RESPONSE).await?;
    Ok((outcome.uids, outcome.news))
}

/// Sizes of those messages that are still there.
pub(super) async fn sizes(session: &mut Session, uids: &[u32]) -> Result<(BTreeMap<u32, u32>, bool), ImapError> {
    let outcome = run(session, &format!("UID FETCH {} (UID RFC822.SIZE)", list(uids)), RESPONSE).await?;
    let sizes = outcome.fetched.into_iter().filter_map(|found| Some((found.uid?, found.size?)));
    Ok((sizes.filter(|(uid, _)| uids.contains(uid)).collect(), outcome.news))
}

/// Whole messages by UID, flags untouched.
pub(super) async fn bodies(session: &mut Session, uids: &[u32]) -> Result<(BTreeMap<u32, Vec<u8>>, bool), ImapError> {
    let outcome = run(session, &format!("UID FETCH {} (UID BODY.PEEK[])", list(uids)), LITERAL).await?;
    let bodies = outcome.fetched.into_iter().filter_map(|found| Some((found.uid?, found.body?)));
    Ok((bodies.collect(), outcome.news))
}

/// Waits with IDLE until the server tells of new mail (true) or `limit` has passed, then ends IDLE.
///
/// Keep-alives of the server do not move the limit: RFC 2177 wants IDLE issued anew whether or not it was quiet.
pub(super) async fn idle(session: &mut Session, limit: Duration) -> Result<bool, ImapError> {
    const NAME: &str = "IDLE";
    let tag = begin(session, NAME, NAME).await?;
    let mut news = false;
    // News may come before the continuation.
    loop {
        match next(session, &tag, NAME, RESPONSE).await? {
            Heard::Continue => break,
            Heard::News => news = true,
            Heard::Done(why) => {
                let why = why.unwrap_or_else(|| "it ended at once".to_owned());
                return Err(ImapError::Refused { command: NAME.to_owned(), why });
            }
            _ => {}
        }
    }
    if !news {
        let waiting = async {
            loop {
                // The limit around it is the shorter one.
                if let Heard::News = next(session, &tag, NAME, limit * 2).await? {
                    return Ok::<(), ImapError>(());
                }
            }
        };
        // Time that has passed is no error: it is what IDLE is for.
        if let Ok(outcome) = timeout(limit, waiting).await {
            outcome?;
            news = true;
        }
    }
    let ended = timeout(RESPONSE, session.run_command_untagged("DONE")).await.map_err(|_| silent("DONE"))?;
    ended.map_err(|error| self::error("DONE", &error))?;
    while !matches!(next(session, &tag, "DONE", RESPONSE).await?, Heard::Done(_)) {}
    Ok(news)
}

fn list(uids: &[u32]) -> String {
    uids.iter().map(u32::to_string).collect::<Vec<_>>().join(",")
}

fn silent(command: &str) -> ImapError {
    ImapError::Connection(format!("the server did not answer {command} in time"))
}

fn nonsense(command: &str, why: &str) -> ImapError {
    ImapError::Nonsense { command: command.to_owned(), why: brief(why) }
}

/// One line of at most 300 characters: errors of the client crate may quote whole messages.
pub(super) fn brief(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").chars().filter(|c| !c.is_control()).take(300).collect()
}

/// A client error in our terms.
pub(super) fn error(command: &str, error: &async_imap::error::Error) -> ImapError {
    use async_imap::error::Error;
    match error {
        Error::Io(error) => io_error(command, error),
        Error::No(why) | Error::Bad(why) => ImapError::Refused { command: command.to_owned(), why: brief(why) },
        Error::ConnectionLost => ImapError::Connection("the connection was lost".to_owned()),
        other => nonsense(command, &other.to_string()),
    }
}

/// The client crate reports what it can't parse as an input error of no particular kind.
pub(super) fn io_error(command: &str, error: &io::Error) -> ImapError {
    if error.kind() == io::ErrorKind::Other {
        return nonsense(command, &error.to_string());
    }
    ImapError::Connection(format!("{command}: {}", brief(&error.to_string())))
}
