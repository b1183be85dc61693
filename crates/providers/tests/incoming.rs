//! Mail in against programs nobody here wrote: Dovecot as the IMAP server, Postfix' own bounces and auto-replies, `swaks` and
//! `smtp-source` as clients of the capture mailbox. Missing programs are a skip, and a failure in CI.
#![expect(clippy::expect_used, reason = "this whole program is a test; what it stands on must be there")]

use std::path::PathBuf;
use std::process::{Command, Output};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use futures_util::future::BoxFuture;
use outrider_domain::classify::classify;
use outrider_domain::mail::InboundKind;
use outrider_domain::secret::Secret;
use outrider_domain::time::{Clock, Millis};
use outrider_providers::capture::{CaptureLimits, CaptureServer, CaptureSink, CapturedMail, Refusal};
use outrider_providers::imap::{
    Cursor, HandlerError, ImapSecurity, ImapSettings, MAX_MESSAGE, MailHandler, Problem, WatchState, check, watch,
};
use outrider_providers::oauth::OauthSettings;
use outrider_providers::parse::parse;
use outrider_testkit::dovecot::{Dovecot, PASSWORD, USER};
use outrider_testkit::mailrig::{AUTO_REPLIER, Mailrig, REFUSING_DOMAIN, Reply};
use outrider_testkit::requirements::{Requirement, program, require};
use outrider_testkit::token_endpoint::{CLIENT, CLIENT_SECRET, TokenEndpoint};
use tokio::task::JoinHandle;

const LIMIT: Duration = Duration::from_secs(30);

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().expect("a lock")
}

struct Now;

impl Clock for Now {
    #[expect(clippy::disallowed_methods, reason = "real servers stamp mail with the real time")]
    fn now(&self) -> Millis {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("a time after 1970");
        Millis(i64::try_from(since.as_millis()).expect("a time before the far future"))
    }
}

#[derive(Debug, Default, Clone)]
struct Inbox {
    cursor: Option<Cursor>,
    mails: Vec<Vec<u8>>,
    problems: Vec<Problem>,
    states: Vec<WatchState>,
}

#[derive(Debug, Default)]
struct Recorder(Mutex<Inbox>);

impl MailHandler for Recorder {
    fn cursor(&self) -> BoxFuture<'_, Result<Option<Cursor>, String>> {
        Box::pin(async { Ok(lock(&self.0).cursor) })
    }

    fn message<'a>(&'a self, _: Cursor, raw: &'a [u8]) -> BoxFuture<'a, Result<(), HandlerError>> {
        Box::pin(async move {
            lock(&self.0).mails.push(raw.to_vec());
            Ok(())
        })
    }

    fn problem(&self, problem: Problem) -> BoxFuture<'_, Result<(), String>> {
        Box::pin(async move {
            lock(&self.0).problems.push(problem);
            Ok(())
        })
    }

    fn advance(&self, cursor: Cursor) -> BoxFuture<'_, Result<(), String>> {
        Box::pin(async move {
            lock(&self.0).cursor = Some(cursor);
            Ok(())
        })
    }

    fn state(&self, state: WatchState) {
        lock(&self.0).states.push(state);
    }
}

fn settings(port: u16, tls: ImapSecurity, username: &str) -> ImapSettings {
    ImapSettings {
        host: "127.0.0.1".to_owned(),
        port: Some(port),
        tls,
        username: username.to_owned(),
        password: Some(PASSWORD.to_owned()),
        oauth: None,
        ca_file: None,
        mailbox: "INBOX".to_owned(),
        poll_seconds: 5,
        idle_seconds: 600,
        lookback_days: 0,
    }
}

struct Watching {
    recorder: Arc<Recorder>,
    stop: tokio::sync::watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Watching {
    fn start(settings: ImapSettings, recorder: Arc<Recorder>) -> Self {
        let (stop, stopped) = tokio::sync::watch::channel(false);
        let handler: Arc<dyn MailHandler> = recorder.clone();
        let task = tokio::spawn(watch(settings, handler, Arc::new(Now), stopped));
        Self { recorder, stop, task }
    }

    async fn until(&self, what: &str, enough: impl Fn(&Inbox) -> bool) {
        let waiting = async {
            while !enough(&lock(&self.recorder.0)) {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        let outcome = tokio::time::timeout(LIMIT, waiting).await;
        assert!(outcome.is_ok(), "{what}: {:?}", lock(&self.recorder.0).states);
    }

    fn inbox(&self) -> Inbox {
        lock(&self.recorder.0).clone()
    }

    async fn stop(self) {
        self.stop.send_replace(true);
        tokio::time::timeout(LIMIT, self.task).await.expect("it stops").expect("no panic");
    }
}

fn mail(number: usize) -> Vec<u8> {
    format!(
        "From: a@lead.example\nTo: {USER}\nSubject: {number}\nMessage-ID: <{number}@lead.example>\n\nmail {number}\n"
    )
    .into_bytes()
}

fn subjects(inbox: &Inbox) -> Vec<String> {
    inbox.mails.iter().map(|raw| parse(raw, None).map(|mail| mail.subject).unwrap_or_default()).collect()
}

fn numbers(range: std::ops::Range<usize>) -> Vec<String> {
    range.map(|number| number.to_string()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dovecot_hands_over_every_mail_once_and_keeps_its_flags() {
    let Ok(dovecot) = Dovecot::start() else { return };
    for number in 0..120 {
        dovecot.deliver(&mail(number)).expect("a delivery");
    }
    let watching = Watching::start(settings(dovecot.port(), ImapSecurity::None, USER), Arc::default());
    watching.until("what was there", |inbox| inbox.mails.len() == 120).await;
    assert_eq!(lock(&watching.recorder.0).states, [WatchState::Connected { idle: true }]);
    for number in 120..125 {
        let begun = Instant::now();
        dovecot.deliver(&mail(number)).expect("a delivery");
        watching.until("what arrives during IDLE", |inbox| inbox.mails.len() == number + 1).await;
        assert!(begun.elapsed() < Duration::from_secs(10), "IDLE, not the next look: {:?}", begun.elapsed());
    }
    assert_eq!(subjects(&lock(&watching.recorder.0)), numbers(0..125));
    assert!(lock(&watching.recorder.0).mails[124].ends_with(b"\r\n\r\nmail 124\r\n"));
    let seen: Vec<String> = dovecot
        .mails()
        .into_iter()
        .filter(|name| name.split(":2,").nth(1).is_some_and(|flags| !flags.is_empty()))
        .collect();
    assert_eq!((dovecot.mails().len(), seen), (125, Vec::new()), "no flag was set");
    let recorder = Arc::clone(&watching.recorder);
    watching.stop().await;

    // A new watcher goes on where the old one stopped.
    dovecot.deliver(&mail(125)).expect("a delivery");
    let watching = Watching::start(settings(dovecot.port(), ImapSecurity::None, USER), recorder);
    watching.until("the mail between", |inbox| inbox.mails.len() == 126).await;
    assert_eq!(subjects(&lock(&watching.recorder.0)), numbers(0..126));
    watching.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restart_and_a_renumbering_of_dovecot_lose_nothing() {
    let Ok(dovecot) = Dovecot::start() else { return };
    for number in 0..3 {
        dovecot.deliver(&mail(number)).expect("a delivery");
    }
    let watching = Watching::start(settings(dovecot.port(), ImapSecurity::None, USER), Arc::default());
    watching.until("what was there", |inbox| inbox.mails.len() == 3).await;
    dovecot.stop().expect("a stop");
    let lost = |inbox: &Inbox| inbox.states.iter().any(|state| matches!(state, WatchState::Disconnected { .. }));
    watching.until("the loss", lost).await;
    dovecot.deliver(&mail(3)).expect("a delivery");
    dovecot.run().expect("a start");
    watching.until("the mail of the outage", |inbox| inbox.mails.len() == 4).await;
    assert_eq!(subjects(&lock(&watching.recorder.0)), numbers(0..4));

    let before = lock(&watching.recorder.0).cursor.expect("a cursor");
    dovecot.stop().expect("a stop");
    dovecot.renumber().expect("a renumbering");
    dovecot.run().expect("a start");
    watching.until("all again", |inbox| inbox.mails.len() == 8).await;
    let inbox = watching.inbox();
    assert_ne!(inbox.cursor.expect("a cursor").uid_validity, before.uid_validity);
    assert!(
        matches!(inbox.problems[..], [Problem::Renumbered { before: lost, .. }] if lost == before),
        "{:?}",
        inbox.problems
    );
    assert_eq!(subjects(&inbox)[4..], numbers(0..4));
    watching.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn oversized_and_malformed_mails_do_not_stop_the_rest() {
    let Ok(dovecot) = Dovecot::start() else { return };
    let mut huge = mail(0);
    huge.resize(MAX_MESSAGE as usize + 1_000, b'x');
    let odd: [Vec<u8>; 4] = [huge, b"\xff\xfe no header at all \x00\x01".to_vec(), Vec::new(), mail(4)];
    for raw in &odd {
        dovecot.deliver(raw).expect("a delivery");
    }
    let watching = Watching::start(settings(dovecot.port(), ImapSecurity::None, USER), Arc::default());
    watching.until("the last", |inbox| inbox.cursor.is_some_and(|cursor| cursor.uid == 4)).await;
    let inbox = watching.inbox();
    assert_eq!(inbox.mails.len(), 3);
    assert!(
        matches!(inbox.problems[..], [Problem::Oversized { at: Cursor { uid: 1, .. }, bytes }] if bytes > MAX_MESSAGE),
        "{:?}",
        inbox.problems
    );
    assert_eq!(subjects(&inbox).last().map(String::as_str), Some("4"));
    watching.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tls_is_used_and_checked() {
    let Ok(dovecot) = Dovecot::start() else { return };
    dovecot.deliver(&mail(0)).expect("a delivery");
    for (port, tls) in [(dovecot.tls_port(), ImapSecurity::Implicit), (dovecot.port(), ImapSecurity::Starttls)] {
        let untrusting = settings(port, tls, USER);
        let steps = check(&untrusting).await;
        let last = steps.last().expect("a step");
        assert_eq!((last.step, last.ok), ("TLS", false), "{steps:?}");
        let trusting = ImapSettings { ca_file: Some(dovecot.certificate()), ..untrusting };
        let steps = check(&trusting).await;
        assert!(steps.iter().all(|step| step.ok), "{steps:?}");
        assert!(steps.iter().any(|step| step.detail.contains("1 messages")), "{steps:?}");
        let elsewhere = ImapSettings { host: "localhost.localdomain".to_owned(), ..trusting.clone() };
        assert!(!check(&elsewhere).await.iter().all(|step| step.ok), "a certificate for another name");
        let watching = Watching::start(trusting, Arc::default());
        watching.until("the mail", |inbox| inbox.mails.len() == 1).await;
        watching.stop().await;
    }
    let stranger =
        ImapSettings { password: Some("wrong".to_owned()), ..settings(dovecot.port(), ImapSecurity::None, USER) };
    let steps = check(&stranger).await;
    assert_eq!(steps.last().map(|step| (step.step, step.ok)), Some(("authentication", false)), "{steps:?}");
    let nowhere = ImapSettings { mailbox: "Nowhere".to_owned(), ..settings(dovecot.port(), ImapSecurity::None, USER) };
    assert_eq!(check(&nowhere).await.last().map(|step| (step.step, step.ok)), Some(("the mailbox", false)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dovecot_takes_access_tokens_and_a_revoked_one_is_replaced() {
    let endpoint = TokenEndpoint::start(USER, 3_600);
    let Ok(dovecot) = Dovecot::taking_tokens(&endpoint.introspection_url()) else { return };
    dovecot.deliver(b"From: a@rcpt.test\r\nSubject: one\r\n\r\nHello\r\n").expect("a delivery");
    let mut oauth = OauthSettings::new(&endpoint.token_url(), CLIENT, &endpoint.refresh_token());
    oauth.client_secret = Some(Secret::new(CLIENT_SECRET));
    let by_token =
        ImapSettings { password: None, oauth: Some(oauth), ..settings(dovecot.port(), ImapSecurity::None, USER) };
    let works = async |made: usize| {
        let steps = check(&by_token).await;
        assert!(steps.iter().all(|step| step.ok), "{steps:?}\n{}", dovecot.log());
        assert!(steps.iter().any(|step| step.detail.contains("1 messages")), "{steps:?}");
        assert_eq!(endpoint.made(), made);
    };
    works(1).await;
    works(1).await;
    endpoint.revoke();
    works(2).await;
    let watching = Watching::start(by_token.clone(), Arc::default());
    watching.until("the mail", |inbox| inbox.mails.len() == 1).await;
    watching.stop().await;
    let mut stranger = OauthSettings::new(&endpoint.token_url(), CLIENT, "of somebody else");
    stranger.client_secret = Some(Secret::new(CLIENT_SECRET));
    let steps = check(&ImapSettings { oauth: Some(stranger), ..by_token.clone() }).await;
    let last = steps.last().expect("a step");
    assert!(last.step == "authentication" && !last.ok && last.detail.contains("revoked"), "{steps:?}");
    let other = ImapSettings { username: "other@sender.test".to_owned(), ..by_token };
    assert!(!check(&other).await.iter().all(|step| step.ok), "a token of another user");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postfix_bounces_sieve_vacations_and_replies_are_told_apart() {
    let Ok(rig) = Mailrig::start() else { return };
    let sent = |to: &str, id: &str| {
        format!("From: {USER}\nTo: {to}\nSubject: Hello\nMessage-ID: <{id}>\n\nReply STOP to unsubscribe.\n")
    };
    let bad = format!("nobody@{REFUSING_DOMAIN}");
    rig.send(USER, &[&bad], &sent(&bad, "bounced@us.example")).expect("taken");
    rig.send(USER, &[AUTO_REPLIER], &sent(AUTO_REPLIER, "away@us.example")).expect("taken");
    let reply =
        |text| Reply { from: "alice@rcpt.test", to: USER, in_reply_to: "m1@us.example", subject: "Re: Hello", text };
    rig.reply(&reply("Sounds good.\n\n> Reply STOP to unsubscribe.")).expect("taken");
    rig.reply(&reply("Please remove me from your list.")).expect("taken");
    let watching = Watching::start(settings(rig.ports().imap, ImapSecurity::None, USER), Arc::default());
    watching.until("four mails", |inbox| inbox.mails.len() == 4).await;
    let mut found: Vec<(String, InboundKind)> = Vec::new();
    for raw in &lock(&watching.recorder.0).mails {
        let mail = parse(raw, None).expect("a mail");
        let kind = classify(&mail).kind;
        match kind {
            InboundKind::HardBounce => {
                assert_eq!(mail.original_message_id.as_deref(), Some("bounced@us.example"));
                let status = mail.delivery_status.expect("a status");
                assert_eq!((status.status.as_str(), status.recipient.as_deref()), ("5.1.1", Some(bad.as_str())));
            }
            InboundKind::Reply | InboundKind::OptOutRequest => assert_eq!(mail.in_reply_to, ["m1@us.example"]),
            _ => {}
        }
        found.push((mail.from.unwrap_or_default(), kind));
    }
    found.sort_by(|one, other| (&one.0, one.1 as u8).cmp(&(&other.0, other.1 as u8)));
    let wanted = [
        ("alice@rcpt.test", InboundKind::Reply),
        ("alice@rcpt.test", InboundKind::OptOutRequest),
        ("mailer-daemon@mx.rig.test", InboundKind::HardBounce),
        (AUTO_REPLIER, InboundKind::OutOfOffice),
    ];
    assert_eq!(found, wanted.map(|(from, kind)| (from.to_owned(), kind)));
    watching.stop().await;
}

#[derive(Default)]
struct Kept(Mutex<Vec<CapturedMail>>);

impl CaptureSink for Kept {
    fn accept(&self, mail: CapturedMail) -> BoxFuture<'_, Result<(), Refusal>> {
        Box::pin(async {
            lock(&self.0).push(mail);
            Ok(())
        })
    }

    fn recipient(&self, address: &str) -> Result<(), Refusal> {
        if address.starts_with("nobody@") { Err(Refusal::no_such_mailbox()) } else { Ok(()) }
    }
}

async fn capture() -> (CaptureServer, Arc<Kept>) {
    let kept = Arc::new(Kept::default());
    let sink: Arc<dyn CaptureSink> = kept.clone();
    let address = ([127, 0, 0, 1], 0).into();
    (CaptureServer::bind(address, CaptureLimits::default(), sink).await.expect("a server"), kept)
}

/// Runs a program for at most a minute.
async fn run(program: PathBuf, arguments: &[&str]) -> Output {
    let mut command = Command::new("timeout");
    command.arg("60").arg(program).args(arguments);
    tokio::task::spawn_blocking(move || command.output()).await.expect("no panic").expect("a run")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn swaks_finds_a_proper_server() {
    let Some(swaks) = program("swaks") else {
        assert!(std::env::var_os("CI").is_none(), "swaks is missing (apt-get install swaks)");
        eprintln!("skipped: swaks is missing (apt-get install swaks)");
        return;
    };
    let (server, kept) = capture().await;
    let port = server.address().port().to_string();
    let client = ["--server", "127.0.0.1", "--port", &port, "--from", "a@us.example", "--helo", "c.example"];
    let two = ["--to", "b@lead.example,c@lead.example", "--pipeline", "--body", "one\n.\n..two"];
    let fine = run(swaks.clone(), &[&client[..], &two].concat()).await;
    assert!(fine.status.success(), "{}", String::from_utf8_lossy(&fine.stdout));
    assert!(String::from_utf8_lossy(&fine.stdout).contains("PIPELINING"));
    let refused = run(swaks, &[&client[..], &["--to", "nobody@lead.example"]].concat()).await;
    assert!(!refused.status.success() && String::from_utf8_lossy(&refused.stdout).contains("550 5.1.1"));
    let kept = lock(&kept.0);
    assert_eq!(kept.len(), 1);
    assert_eq!(kept[0].recipients, ["b@lead.example", "c@lead.example"]);
    assert!(
        String::from_utf8_lossy(&kept[0].raw).contains("\r\n\r\none\r\n.\r\n..two\r\n"),
        "{}",
        String::from_utf8_lossy(&kept[0].raw)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn smtp_source_loses_nothing_under_load() {
    if require(Requirement::SmtpSink).is_err() {
        return;
    }
    let (server, kept) = capture().await;
    let source = program("smtp-source").expect("as required");
    let begun = Instant::now();
    let target = format!("inet:{}", server.address());
    let load = ["-s", "20", "-m", "2000", "-l", "4096", "-f", "a@us.example", "-t", "b@lead.example", &target];
    let output = run(source, &load).await;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let took = begun.elapsed();
    assert_eq!(lock(&kept.0).len(), 2_000);
    assert!(lock(&kept.0).iter().all(|mail| mail.raw.len() > 4_000 && mail.recipients == ["b@lead.example"]));
    assert!(took < Duration::from_secs(60), "{took:?}");
    println!("2,000 mails of 4 KB over 20 connections in {took:?}");
}
