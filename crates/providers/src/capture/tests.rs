//! Conversations with the capture mailbox over real sockets.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use futures_util::future::BoxFuture;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

use super::{CaptureLimits, CaptureServer, CaptureSink, CapturedMail, Refusal};

#[derive(Default)]
struct Kept {
    mails: Mutex<Vec<CapturedMail>>,
    full: AtomicBool,
    slow: Option<Duration>,
}

impl CaptureSink for Kept {
    fn accept(&self, mail: CapturedMail) -> BoxFuture<'_, Result<(), Refusal>> {
        Box::pin(async move {
            if let Some(slow) = self.slow {
                tokio::time::sleep(slow).await;
            }
            if self.full.load(Ordering::SeqCst) {
                return Err(Refusal::later("the disk is full\r\n250 fine"));
            }
            self.mails.lock().expect("a lock").push(mail);
            Ok(())
        })
    }

    fn recipient(&self, address: &str) -> Result<(), Refusal> {
        if address.starts_with("nobody@") { Err(Refusal::no_such_mailbox()) } else { Ok(()) }
    }
}

struct Client {
    stream: BufReader<TcpStream>,
}

impl Client {
    async fn connect(address: SocketAddr) -> Self {
        let mut client = Self { stream: BufReader::new(TcpStream::connect(address).await.expect("a connection")) };
        assert!(client.answer().await.starts_with("220 "));
        client
    }

    async fn send(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).await.expect("a write");
    }

    /// The last line of the next answer.
    async fn answer(&mut self) -> String {
        loop {
            let mut line = String::new();
            let read = tokio::time::timeout(Duration::from_secs(10), self.stream.read_line(&mut line));
            assert!(read.await.expect("an answer in time").expect("a line") > 0, "the server hung up");
            assert!(line.ends_with("\r\n"), "{line:?}");
            if line.as_bytes().get(3) != Some(&b'-') {
                return line.trim_end().to_owned();
            }
        }
    }

    async fn says(&mut self, line: &str) -> String {
        self.send(format!("{line}\r\n").as_bytes()).await;
        self.answer().await
    }

    async fn is_closed(&mut self) -> bool {
        let mut rest = Vec::new();
        tokio::time::timeout(Duration::from_secs(10), self.stream.read_to_end(&mut rest)).await.is_ok()
    }
}

async fn start(limits: CaptureLimits, kept: Kept) -> (CaptureServer, Arc<Kept>) {
    let kept = Arc::new(kept);
    let sink: Arc<dyn CaptureSink> = kept.clone();
    let server = CaptureServer::bind(([127, 0, 0, 1], 0).into(), limits, sink).await.expect("a server");
    assert_ne!(server.address().port(), 0);
    (server, kept)
}

async fn start_default() -> (CaptureServer, Arc<Kept>) {
    start(CaptureLimits::default(), Kept::default()).await
}

#[tokio::test]
async fn a_mail_is_kept_as_it_was_sent() {
    let (server, kept) = start_default().await;
    let mut client = Client::connect(server.address()).await;
    assert!(client.says("EHLO client.example").await.starts_with("250 "));
    assert!(client.says("MAIL FROM:<a@us.example> SIZE=20 BODY=8BITMIME").await.starts_with("250 2.1.0"));
    assert!(client.says("RCPT TO:<b@lead.example>").await.starts_with("250 2.1.5"));
    assert!(client.says("RCPT TO:<nobody@lead.example>").await.starts_with("550 5.1.1"));
    assert!(client.says("RCPT TO:<c@lead.example>").await.starts_with("250 2.1.5"));
    assert!(client.says("DATA").await.starts_with("354 "));
    client.send(b"Subject: x\r\n\r\n..dot\r\nGr\xc3\xbc\xc3\x9fe\r\n.\r\n").await;
    assert!(client.answer().await.starts_with("250 2.0.0"));
    assert!(client.says("QUIT").await.starts_with("221 "));
    assert!(client.is_closed().await);
    let wanted = CapturedMail {
        envelope_from: "a@us.example".to_owned(),
        recipients: vec!["b@lead.example".to_owned(), "c@lead.example".to_owned()],
        raw: b"Subject: x\r\n\r\n.dot\r\nGr\xc3\xbc\xc3\x9fe\r\n".to_vec(),
        client: "client.example".to_owned(),
    };
    assert_eq!(*kept.mails.lock().expect("a lock"), [wanted]);
}

#[tokio::test]
async fn pipelined_commands_are_answered_in_order() {
    let (server, kept) = start_default().await;
    let mut client = Client::connect(server.address()).await;
    client.send(b"EHLO c\r\nMAIL FROM:<>\r\nRCPT TO:<b@lead.example>\r\nDATA\r\n").await;
    for code in ["250 ", "250 2.1.0", "250 2.1.5", "354 "] {
        assert!(client.answer().await.starts_with(code));
    }
    client.send(b"one\r\n.\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<nobody@b.example>\r\nDATA\r\nRSET\r\nQUIT\r\n").await;
    for code in ["250 2.0.0", "250 2.1.0", "550 5.1.1", "554 5.5.1", "250 2.0.0", "221 2.0.0"] {
        let answer = client.answer().await;
        assert!(answer.starts_with(code), "{answer} is not {code}");
    }
    assert_eq!(kept.mails.lock().expect("a lock").len(), 1);
}

#[tokio::test]
async fn commands_out_of_place_are_refused() {
    let (server, kept) = start_default().await;
    let table = [
        ("MAIL FROM:<a@b.example>", "503 5.5.1"),
        ("EHLO", "501 5.5.4"),
        ("NONSENSE", "500 5.5.2"),
        ("HELO c", "250 "),
        ("RCPT TO:<a@b.example>", "503 5.5.1"),
        ("DATA", "503 5.5.1"),
        ("MAIL FROM:<a@b.example> FUTURE=1", "555 5.5.4"),
        ("MAIL FROM:<a@b.example> SIZE=99999999999", "552 5.3.4"),
        ("MAIL FROM:<a@b.example>", "250 "),
        ("MAIL FROM:<a@b.example>", "503 5.5.1"),
        ("DATA", "554 5.5.1"),
        ("RSET", "250 "),
        ("RCPT TO:<a@b.example>", "503 5.5.1"),
        ("STARTTLS", "502 5.5.1"),
        ("VRFY a", "252 "),
        ("HELP", "214 "),
        ("NOOP x", "250 "),
        ("MAIL FROM:<a@b.example>", "250 "),
        ("EHLO again", "250 "),
        ("RCPT TO:<a@b.example>", "503 5.5.1"),
    ];
    let mut client = Client::connect(server.address()).await;
    for (line, code) in table {
        let answer = client.says(line).await;
        assert!(answer.starts_with(code), "{line}: {answer}");
    }
    assert!(kept.mails.lock().expect("a lock").is_empty());
}

#[tokio::test]
async fn limits_on_size_lines_and_recipients() {
    let limits = CaptureLimits { mail_bytes: 1_000, recipients: 2, line_bytes: 200, ..CaptureLimits::default() };
    let (server, kept) = start(limits, Kept::default()).await;
    let mut client = Client::connect(server.address()).await;
    client.says("EHLO c").await;
    let bodies = [("y\r\n".repeat(500), "552 5.3.4"), ("z".repeat(300), "554 5.6.0"), ("fine".to_owned(), "250 2.0.0")];
    for (body, code) in bodies {
        client.says("MAIL FROM:<a@b.example>").await;
        for expected in ["250", "250", "452 4.5.3"] {
            assert!(client.says("RCPT TO:<c@d.example>").await.starts_with(expected));
        }
        assert!(client.says("DATA").await.starts_with("354"));
        let answer = client.says(&format!("{body}\r\n.")).await;
        assert!(answer.starts_with(code), "{answer} is not {code}");
    }
    assert!(client.says(&format!("NOOP {}", "x".repeat(5_000))).await.starts_with("500 5.5.2"));
    assert_eq!(kept.mails.lock().expect("a lock").len(), 1);
}

#[tokio::test]
async fn a_refusal_of_the_sink_reaches_the_client_on_one_line() {
    let (server, kept) = start_default().await;
    kept.full.store(true, Ordering::SeqCst);
    let mut client = Client::connect(server.address()).await;
    for _ in 0..2 {
        client.send(b"EHLO c\r\nMAIL FROM:<>\r\nRCPT TO:<b@c.example>\r\nDATA\r\n").await;
        for _ in 0..4 {
            client.answer().await;
        }
        let answer = client.says("x\r\n.").await;
        if kept.full.swap(false, Ordering::SeqCst) {
            assert_eq!(answer, "451 4.3.0 the disk is full250 fine");
        } else {
            assert!(answer.starts_with("250 "));
        }
    }
    assert_eq!(kept.mails.lock().expect("a lock").len(), 1);
}

#[tokio::test]
async fn a_sink_that_hangs_is_a_refusal() {
    let limits = CaptureLimits { sink: Duration::from_millis(50), ..CaptureLimits::default() };
    let (server, kept) = start(limits, Kept { slow: Some(Duration::from_secs(60)), ..Kept::default() }).await;
    let mut client = Client::connect(server.address()).await;
    client.send(b"EHLO c\r\nMAIL FROM:<>\r\nRCPT TO:<b@c.example>\r\nDATA\r\nx\r\n.\r\n").await;
    let mut last = String::new();
    for _ in 0..5 {
        last = client.answer().await;
    }
    assert!(last.starts_with("451 4.3.0"), "{last}");
    assert!(kept.mails.lock().expect("a lock").is_empty());
}

#[tokio::test]
async fn silent_and_erring_clients_are_let_go() {
    let limits = CaptureLimits { idle: Duration::from_millis(150), errors: 3, ..CaptureLimits::default() };
    let (server, kept) = start(limits, Kept::default()).await;
    let mut silent = Client::connect(server.address()).await;
    assert!(silent.answer().await.starts_with("421 4.4.2"));
    assert!(silent.is_closed().await);
    let mut stuck = Client::connect(server.address()).await;
    stuck.send(b"EHLO c\r\nMAIL FROM:<>\r\nRCPT TO:<b@c.example>\r\nDATA\r\nhalf a mail\r\n.").await;
    for code in ["250", "250", "250", "354", "421 4.4.2"] {
        assert!(stuck.answer().await.starts_with(code));
    }
    let mut erring = Client::connect(server.address()).await;
    erring.send(b"GET / HTTP/1.1\r\nHost: x\r\nAccept: y\r\n\r\n").await;
    for code in ["500", "500", "500", "421 4.7.0"] {
        assert!(erring.answer().await.starts_with(code));
    }
    assert!(kept.mails.lock().expect("a lock").is_empty());
}

#[tokio::test]
async fn a_slow_client_that_keeps_sending_is_served() {
    let limits = CaptureLimits { idle: Duration::from_millis(400), ..CaptureLimits::default() };
    let (server, kept) = start(limits, Kept::default()).await;
    let mut client = Client::connect(server.address()).await;
    client.send(b"EHLO c\r\nMAIL FROM:<>\r\nRCPT TO:<b@c.example>\r\nDATA\r\n").await;
    for _ in 0..4 {
        client.answer().await;
    }
    let begun = Instant::now();
    for piece in [b"a" as &[u8], b"\r", b"\n", b".", b".b\r\n", b".", b"\r", b"\n"] {
        tokio::time::sleep(Duration::from_millis(80)).await;
        client.send(piece).await;
    }
    assert!(client.answer().await.starts_with("250 2.0.0"));
    assert!(begun.elapsed() > Duration::from_millis(400));
    assert_eq!(kept.mails.lock().expect("a lock")[0].raw, b"a\r\n.b\r\n");
}

#[tokio::test]
async fn connections_have_an_end_and_a_limit() {
    let limits = CaptureLimits { connections: 1, total: Duration::from_millis(300), ..CaptureLimits::default() };
    let (server, _kept) = start(limits, Kept::default()).await;
    let mut first = Client::connect(server.address()).await;
    let mut second = BufReader::new(TcpStream::connect(server.address()).await.expect("a connection"));
    let mut line = String::new();
    second.read_line(&mut line).await.expect("a line");
    assert!(line.starts_with("421 4.3.2"), "{line}");
    assert!(first.is_closed().await, "after its total time");
    let mut third = Client::connect(server.address()).await;
    assert!(third.says("EHLO c").await.starts_with("250"));
}

#[tokio::test]
async fn a_mail_cut_off_is_not_kept() {
    let (server, kept) = start_default().await;
    let mut client = Client::connect(server.address()).await;
    client.send(b"EHLO c\r\nMAIL FROM:<>\r\nRCPT TO:<b@c.example>\r\nDATA\r\nhalf\r\n.\r").await;
    for _ in 0..4 {
        client.answer().await;
    }
    drop(client);
    server.shutdown(Duration::from_secs(5)).await;
    assert!(kept.mails.lock().expect("a lock").is_empty());
}

#[tokio::test]
async fn stopping_lets_a_mail_finish_and_tells_the_rest() {
    let (server, kept) =
        start(CaptureLimits::default(), Kept { slow: Some(Duration::from_millis(300)), ..Kept::default() }).await;
    let address = server.address();
    let mut idle = Client::connect(address).await;
    let mut busy = Client::connect(address).await;
    busy.send(b"EHLO c\r\nMAIL FROM:<>\r\nRCPT TO:<b@c.example>\r\nDATA\r\nx\r\n.\r\n").await;
    for _ in 0..4 {
        busy.answer().await;
    }
    let stopping = tokio::spawn(server.shutdown(Duration::from_secs(5)));
    assert!(idle.answer().await.starts_with("421 4.3.2"));
    assert!(busy.answer().await.starts_with("250 2.0.0"));
    assert!(busy.answer().await.starts_with("421 4.3.2"));
    stopping.await.expect("an end");
    assert_eq!(kept.mails.lock().expect("a lock").len(), 1);
    assert!(TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn only_loopback_is_served() {
    let sink = Arc::new(Kept::default());
    assert!(CaptureServer::bind(([0, 0, 0, 0], 0).into(), CaptureLimits::default(), sink).await.is_err());
}
