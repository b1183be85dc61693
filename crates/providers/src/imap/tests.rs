//! Watching a scripted server that does what real ones do on bad days. Good days are tested against Dovecot in `tests/incoming.rs`.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use futures_util::future::BoxFuture;
use outrider_domain::time::{Clock, Millis};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use super::watch::{Pace, watch_at};
use super::{Cursor, HandlerError, ImapSecurity, ImapSettings, MAX_MESSAGE, MailHandler, Problem, WatchState};

/// How the scripted server treats one message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Manner {
    Fine,
    /// FETCH of its text is answered with bytes that are not IMAP.
    Garbled,
    /// FETCH of its text is answered NO.
    Refused,
    /// FETCH leaves it out, though it is there.
    Withheld,
    /// Its size is beyond the limit.
    Huge,
}

struct Mailbox {
    uid_validity: u32,
    messages: Vec<(u32, Manner)>,
    idle: bool,
    /// What the client is told to use.
    idle_seconds: u64,
    /// A message that arrives between the client's search and the continuation of its IDLE.
    arrives_at_idle: Option<u32>,
    /// Seen commands, without tags.
    commands: Vec<String>,
    connections: u32,
    /// Connections that are closed right after sign-in.
    broken_connections: u32,
}

type Shared = Arc<Mutex<Mailbox>>;

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().expect("a lock")
}

async fn serve(mailbox: Shared) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(talk(stream, Arc::clone(&mailbox)));
        }
    });
    address
}

async fn talk(stream: TcpStream, mailbox: Shared) -> Option<()> {
    let mut stream = BufReader::new(stream);
    lock(&mailbox).connections += 1;
    stream.write_all(b"* OK ready\r\n").await.ok()?;
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await.ok()? == 0 {
            return None;
        }
        let (tag, command) = line.trim_end().split_once(' ')?;
        lock(&mailbox).commands.push(command.to_owned());
        if command == "IDLE" {
            idle(&mut stream, &mailbox).await?;
        } else {
            let answer = answer(command, &mut lock(&mailbox))?;
            stream.write_all(&answer).await.ok()?;
            if answer.ends_with(b"garbled\r\n") {
                return None;
            }
        }
        let outcome = if lock(&mailbox).refuses(command) { "NO [SERVERBUG] cannot do that" } else { "OK done" };
        stream.write_all(format!("{tag} {outcome}\r\n").as_bytes()).await.ok()?;
    }
}

impl Mailbox {
    fn with(messages: &[(u32, Manner)]) -> Shared {
        Arc::new(Mutex::new(Self {
            uid_validity: 7,
            messages: messages.to_vec(),
            idle: true,
            idle_seconds: 600,
            arrives_at_idle: None,
            commands: Vec::new(),
            connections: 0,
            broken_connections: 0,
        }))
    }

    fn named(&self, command: &str) -> Vec<(u32, Manner)> {
        let uids: Vec<u32> =
            command.split(' ').nth(2).unwrap_or("").split(',').filter_map(|uid| uid.parse().ok()).collect();
        self.messages.iter().copied().filter(|(uid, _)| uids.contains(uid)).collect()
    }

    fn refuses(&self, command: &str) -> bool {
        command.contains("BODY.PEEK[]") && self.named(command).iter().any(|(_, manner)| *manner == Manner::Refused)
    }
}

/// What stands before the tagged line; none closes the connection.
fn answer(command: &str, mailbox: &mut Mailbox) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    let verb = command.split(' ').take(2).collect::<Vec<_>>().join(" ");
    match verb.as_str() {
        "CAPABILITY" => {
            if mailbox.broken_connections > 0 {
                mailbox.broken_connections -= 1;
                return None;
            }
            let idle = if mailbox.idle { " IDLE" } else { "" };
            out.extend(format!("* CAPABILITY IMAP4rev1{idle}\r\n").bytes());
        }
        "EXAMINE \"INBOX\"" => {
            let next = mailbox.messages.last().map_or(1, |(uid, _)| uid + 1);
            let lines = format!(
                "* {} EXISTS\r\n* OK [UIDVALIDITY {}] ok\r\n* OK [UIDNEXT {next}] ok\r\n",
                mailbox.messages.len(),
                mailbox.uid_validity
            );
            out.extend(lines.bytes());
        }
        "UID SEARCH" => {
            let uids: Vec<u32> = mailbox.messages.iter().map(|(uid, _)| *uid).collect();
            let first =
                command.rsplit(' ').next().and_then(|set| set.strip_suffix(":*")).and_then(|uid| uid.parse().ok());
            // As the standard has it, `n:*` always holds the last message.
            let last = uids.last().copied();
            let fits = |uid: &&u32| first.is_none_or(|first: u32| **uid >= first || Some(**uid) == last);
            let found: Vec<String> = uids.iter().filter(fits).map(u32::to_string).collect();
            out.extend(format!("* SEARCH {}\r\n", found.join(" ")).bytes());
        }
        "UID FETCH" => {
            for (place, (uid, manner)) in mailbox.named(command).into_iter().enumerate() {
                let (place, raw) = (place + 1, text(uid));
                if command.contains("RFC822.SIZE") {
                    let size = if manner == Manner::Huge { MAX_MESSAGE + 1 } else { u32::try_from(raw.len()).ok()? };
                    out.extend(format!("* {place} FETCH (UID {uid} RFC822.SIZE {size})\r\n").bytes());
                    continue;
                }
                match manner {
                    Manner::Garbled => {
                        out.extend(b"* 1 FETCH (UID x BODY[] nothing garbled\r\n");
                        return Some(out);
                    }
                    Manner::Withheld | Manner::Refused => {}
                    Manner::Huge => panic!("a message over the limit was fetched"),
                    Manner::Fine => {
                        out.extend(format!("* {place} FETCH (UID {uid} BODY[] {{{}}}\r\n", raw.len()).bytes());
                        out.extend(&raw);
                        out.extend(b")\r\n");
                    }
                }
            }
        }
        _ => {}
    }
    Some(out)
}

async fn idle(stream: &mut BufReader<TcpStream>, mailbox: &Shared) -> Option<()> {
    let arrived = {
        let mut mailbox = lock(mailbox);
        let arrived = mailbox.arrives_at_idle.take();
        mailbox.messages.extend(arrived.map(|uid| (uid, Manner::Fine)));
        arrived.map(|_| mailbox.messages.len())
    };
    if let Some(count) = arrived {
        stream.write_all(format!("* {count} EXISTS\r\n").as_bytes()).await.ok()?;
    }
    stream.write_all(b"+ idling\r\n").await.ok()?;
    let mut known = lock(mailbox).messages.len();
    let mut line = String::new();
    loop {
        tokio::select! {
            read = stream.read_line(&mut line) => {
                read.ok()?;
                assert_eq!(line, "DONE\r\n");
                return Some(());
            }
            () = tokio::time::sleep(Duration::from_millis(20)) => {
                stream.write_all(b"* OK Still here\r\n").await.ok()?;
                let count = lock(mailbox).messages.len();
                if count > known {
                    known = count;
                    stream.write_all(format!("* {count} EXISTS\r\n").as_bytes()).await.ok()?;
                }
            }
        }
    }
}

fn text(uid: u32) -> Vec<u8> {
    format!("From: a@b.example\r\nSubject: {uid}\r\n\r\nmessage {uid}\r\n").into_bytes()
}

#[derive(Default)]
struct Recorder {
    state: Mutex<Recorded>,
}

#[derive(Default)]
struct Recorded {
    cursor: Option<Cursor>,
    seen: Vec<u32>,
    problems: Vec<Problem>,
    states: Vec<WatchState>,
    /// How often each UID is put off.
    later: HashMap<u32, u32>,
    poisonous: Vec<u32>,
    panics: Vec<u32>,
}

impl MailHandler for Recorder {
    fn cursor(&self) -> BoxFuture<'_, Result<Option<Cursor>, String>> {
        Box::pin(async { Ok(lock(&self.state).cursor) })
    }

    fn message<'a>(&'a self, at: Cursor, raw: &'a [u8]) -> BoxFuture<'a, Result<(), HandlerError>> {
        Box::pin(async move {
            assert_eq!(raw, text(at.uid));
            let broken = lock(&self.state).panics.contains(&at.uid);
            assert!(!broken, "as told");
            let mut state = lock(&self.state);
            state.seen.push(at.uid);
            if state.poisonous.contains(&at.uid) {
                return Err(HandlerError::Poisonous("no sense in it".to_owned()));
            }
            match state.later.get_mut(&at.uid) {
                Some(times) if *times > 0 => {
                    *times -= 1;
                    Err(HandlerError::Later("the database is away".to_owned()))
                }
                _ => Ok(()),
            }
        })
    }

    fn problem(&self, problem: Problem) -> BoxFuture<'_, Result<(), String>> {
        Box::pin(async {
            lock(&self.state).problems.push(problem);
            Ok(())
        })
    }

    fn advance(&self, cursor: Cursor) -> BoxFuture<'_, Result<(), String>> {
        Box::pin(async move {
            lock(&self.state).cursor = Some(cursor);
            Ok(())
        })
    }

    fn state(&self, state: WatchState) {
        lock(&self.state).states.push(state);
    }
}

struct Fixed;

impl Clock for Fixed {
    fn now(&self) -> Millis {
        Millis(1_785_830_400_000)
    }
}

const QUICK: Pace = Pace {
    first_retry: Duration::from_millis(5),
    longest_retry: Duration::from_millis(20),
    false_alarm: Duration::from_millis(5),
};

/// Watches until `enough`, then stops.
async fn watched(mailbox: &Shared, recorder: &Arc<Recorder>, enough: impl Fn(&Recorded, &Mailbox) -> bool) {
    let address = serve(Arc::clone(mailbox)).await;
    let settings = ImapSettings {
        host: address.ip().to_string(),
        port: Some(address.port()),
        tls: ImapSecurity::None,
        username: "u".to_owned(),
        password: Some("p\"w\\".to_owned()),
        oauth: None,
        ca_file: None,
        mailbox: "INBOX".to_owned(),
        poll_seconds: 5,
        idle_seconds: lock(mailbox).idle_seconds,
        lookback_days: 7,
    };
    let (stop, stopped) = watch::channel(false);
    let handler: Arc<dyn MailHandler> = recorder.clone();
    let watching = tokio::spawn(watch_at(QUICK, settings, handler, Arc::new(Fixed), stopped));
    let waiting = async {
        while !enough(&lock(&recorder.state), &lock(mailbox)) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let outcome = tokio::time::timeout(Duration::from_secs(20), waiting).await;
    let seen = lock(&recorder.state).seen.clone();
    let problems = lock(&recorder.state).problems.clone();
    assert!(outcome.is_ok(), "seen {seen:?}, problems {problems:?}, commands {:?}", lock(mailbox).commands);
    stop.send_replace(true);
    tokio::time::timeout(Duration::from_secs(5), watching).await.expect("it stops").expect("no panic");
}

fn at(uid: u32) -> Cursor {
    Cursor { uid_validity: 7, uid }
}

#[tokio::test]
async fn messages_come_in_order_and_the_cursor_follows() {
    let mailbox = Mailbox::with(&(1..=130).map(|uid| (uid * 2, Manner::Fine)).collect::<Vec<_>>());
    let recorder = Arc::new(Recorder::default());
    watched(&mailbox, &recorder, |state, _| state.cursor == Some(at(260))).await;
    let state = lock(&recorder.state);
    assert_eq!(state.seen, (1..=130).map(|uid| uid * 2).collect::<Vec<_>>());
    assert!(state.problems.is_empty());
    let commands = &lock(&mailbox).commands;
    assert!(commands.iter().any(|command| command == "UID SEARCH SINCE 27-Jul-2026"), "{commands:?}");
    assert!(commands.iter().any(|command| command == r#"LOGIN "u" "p\"w\\""#), "{commands:?}");
    assert!(
        !commands
            .iter()
            .any(|command| command.starts_with("SELECT") || command.contains(" BODY[") || command.contains("STORE"))
    );
}

#[tokio::test]
async fn a_stored_cursor_is_continued() {
    let mailbox = Mailbox::with(&[(3, Manner::Fine), (5, Manner::Fine)]);
    let recorder = Arc::new(Recorder::default());
    lock(&recorder.state).cursor = Some(at(3));
    watched(&mailbox, &recorder, |state, _| state.cursor == Some(at(5))).await;
    assert_eq!(lock(&recorder.state).seen, [5]);
}

#[tokio::test]
async fn nothing_new_is_nothing_even_though_the_last_message_is_always_found() {
    let mailbox = Mailbox::with(&[(5, Manner::Fine)]);
    let recorder = Arc::new(Recorder::default());
    lock(&recorder.state).cursor = Some(at(5));
    watched(&mailbox, &recorder, |_, mailbox| mailbox.commands.iter().any(|command| command == "IDLE")).await;
    assert!(lock(&recorder.state).seen.is_empty());
}

#[tokio::test]
async fn news_before_the_continuation_of_idle_and_during_it_are_heard() {
    let mailbox = Mailbox::with(&[(1, Manner::Fine)]);
    lock(&mailbox).arrives_at_idle = Some(2);
    let recorder = Arc::new(Recorder::default());
    let late = Arc::clone(&mailbox);
    let arriving = tokio::spawn(async move {
        tokio::time::sleep(Duration::from_millis(300)).await;
        lock(&late).messages.push((9, Manner::Fine));
    });
    // IDLE would be issued anew only long after the test has given up.
    watched(&mailbox, &recorder, |state, _| state.cursor == Some(at(9))).await;
    arriving.await.expect("it arrived");
    assert_eq!(lock(&recorder.state).seen, [1, 2, 9]);
}

#[tokio::test]
async fn idle_is_issued_anew_despite_keep_alives() {
    let mailbox = Mailbox::with(&[]);
    lock(&mailbox).idle_seconds = 1;
    let recorder = Arc::new(Recorder::default());
    let count = |mailbox: &Mailbox| mailbox.commands.iter().filter(|command| *command == "IDLE").count();
    watched(&mailbox, &recorder, |_, mailbox| count(mailbox) >= 2).await;
    assert_eq!(lock(&mailbox).connections, 1);
}

#[tokio::test]
async fn without_idle_it_polls() {
    let mailbox = Mailbox::with(&[(1, Manner::Fine)]);
    lock(&mailbox).idle = false;
    let recorder = Arc::new(Recorder::default());
    watched(&mailbox, &recorder, |_, mailbox| mailbox.commands.iter().any(|command| command == "NOOP")).await;
    assert_eq!(lock(&recorder.state).states, [WatchState::Connected { idle: false }]);
}

#[tokio::test]
async fn bad_messages_are_reported_and_passed_over() {
    let mailbox = Mailbox::with(&[
        (1, Manner::Fine),
        (2, Manner::Huge),
        (3, Manner::Garbled),
        (4, Manner::Refused),
        (5, Manner::Withheld),
        (6, Manner::Fine),
        (7, Manner::Fine),
        (8, Manner::Fine),
    ]);
    let recorder = Arc::new(Recorder::default());
    lock(&recorder.state).poisonous.push(6);
    lock(&recorder.state).panics.push(7);
    watched(&mailbox, &recorder, |state, _| state.cursor == Some(at(8))).await;
    let state = lock(&recorder.state);
    assert_eq!(state.seen, [1, 6, 8]);
    let reported: Vec<(u32, &str)> = state
        .problems
        .iter()
        .map(|problem| match problem {
            Problem::Poisonous { at, raw, .. } => {
                assert_eq!(*raw, text(at.uid));
                (at.uid, "poisonous")
            }
            Problem::Oversized { at, bytes } => {
                assert!(*bytes > MAX_MESSAGE);
                (at.uid, "oversized")
            }
            Problem::Unreadable { at, .. } => (at.uid, "unreadable"),
            Problem::Renumbered { .. } => (0, "renumbered"),
        })
        .collect();
    let wanted =
        [(2, "oversized"), (3, "unreadable"), (4, "unreadable"), (5, "unreadable"), (6, "poisonous"), (7, "poisonous")];
    assert_eq!(reported, wanted);
}

#[tokio::test]
async fn one_bad_message_among_many_is_found_over_few_connections() {
    let mut messages: Vec<(u32, Manner)> = (1..=60).map(|uid| (uid, Manner::Fine)).collect();
    messages[45].1 = Manner::Garbled;
    let mailbox = Mailbox::with(&messages);
    let recorder = Arc::new(Recorder::default());
    watched(&mailbox, &recorder, |state, _| state.cursor == Some(at(60))).await;
    assert_eq!(lock(&recorder.state).seen.len(), 59);
    assert_eq!(lock(&recorder.state).problems.len(), 1);
    let connections = lock(&mailbox).connections;
    assert!(connections <= 7, "{connections}");
}

#[tokio::test]
async fn a_handler_that_is_not_ready_gets_the_message_again_and_none_is_lost() {
    let mailbox = Mailbox::with(&[(1, Manner::Fine), (2, Manner::Fine), (3, Manner::Fine)]);
    let recorder = Arc::new(Recorder::default());
    lock(&recorder.state).later.insert(2, 7);
    watched(&mailbox, &recorder, |state, _| state.cursor == Some(at(3))).await;
    let state = lock(&recorder.state);
    assert_eq!(state.seen, [vec![1], vec![2; 8], vec![3]].concat());
    assert!(state.problems.is_empty());
    assert!(
        state
            .states
            .iter()
            .any(|state| matches!(state, WatchState::Disconnected { why, .. } if why.contains("database")))
    );
}

#[tokio::test]
async fn a_lost_connection_is_made_again() {
    let mailbox = Mailbox::with(&[(1, Manner::Fine)]);
    lock(&mailbox).broken_connections = 3;
    let recorder = Arc::new(Recorder::default());
    watched(&mailbox, &recorder, |state, _| state.cursor == Some(at(1))).await;
    assert_eq!(lock(&mailbox).connections, 4);
    let retries: Vec<u64> = lock(&recorder.state)
        .states
        .iter()
        .filter_map(|state| match state {
            WatchState::Disconnected { retry_in, .. } => Some(*retry_in),
            WatchState::Connected { .. } => None,
        })
        .collect();
    assert_eq!(retries, [5, 10, 20]);
}

#[tokio::test]
async fn a_renumbered_mailbox_is_read_anew_and_reported() {
    let mailbox = Mailbox::with(&[(1, Manner::Fine), (2, Manner::Fine)]);
    let recorder = Arc::new(Recorder::default());
    let before = Cursor { uid_validity: 6, uid: 500 };
    lock(&recorder.state).cursor = Some(before);
    watched(&mailbox, &recorder, |state, _| state.cursor == Some(at(2))).await;
    let state = lock(&recorder.state);
    assert_eq!(state.seen, [1, 2]);
    assert_eq!(state.problems, [Problem::Renumbered { before, now: at(0) }]);
}
