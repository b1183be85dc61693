//! The live stream: complete, in order, resumable, and gone when its key is.

use std::time::Duration;

use outrider_http::Limits;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

use crate::fixture::{Server, Setup};
use crate::operations::OPERATIONS;

/// A reader of one stream. HTTP/1.0, so that the body is not chunked.
struct Reader {
    lines: BufReader<TcpStream>,
}

impl Reader {
    async fn open(server: &Server, path: &str, headers: &str) -> Self {
        let mut stream = TcpStream::connect(&server.address).await.expect("a connection");
        let head = format!("GET {path} HTTP/1.0\r\nAuthorization: Bearer {}\r\n{headers}\r\n", server.key);
        stream.write_all(head.as_bytes()).await.expect("written");
        let mut reader = Self { lines: BufReader::new(stream) };
        assert!(reader.line().await.expect("a status").contains(" 200 "));
        let mut kind = String::new();
        loop {
            match reader.line().await.expect("a header").as_str() {
                "" => break,
                header if header.starts_with("content-type:") => kind = header.to_owned(),
                _ => {}
            }
        }
        assert_eq!(kind, "content-type: text/event-stream");
        reader
    }

    async fn line(&mut self) -> Option<String> {
        let mut line = String::new();
        let count = tokio::time::timeout(Duration::from_secs(20), self.lines.read_line(&mut line))
            .await
            .expect("a line in time")
            .expect("readable");
        (count > 0).then(|| line.trim_end().to_owned())
    }

    /// The next event's number and content; `None` at the end of the stream.
    async fn event(&mut self) -> Option<(i64, Value)> {
        let (mut id, mut data) = (None, None);
        loop {
            let line = self.line().await?;
            match line.split_once(": ") {
                Some(("id", number)) => id = number.parse().ok(),
                Some(("data", text)) => data = serde_json::from_str(text).ok(),
                _ => {}
            }
            if line.is_empty()
                && let (Some(id), Some(data)) = (id, data.take())
            {
                return Some((id, data));
            }
        }
    }
}

async fn server(limits: Limits) -> Server {
    Server::set_up(Setup { operations: OPERATIONS, limits, ..Setup::default() }).await
}

async fn emit(server: &Server, count: i64) {
    server.call("POST", "/api/v1/emit", Some(json!({ "count": count }))).await.assert_status(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn replays_the_log_and_goes_on_live() {
    let server = server(Limits::default()).await;
    // The fixture's own key was the first event.
    emit(&server, 500).await;
    let mut reader = Reader::open(&server, "/api/v1/events/stream?after=0", "").await;
    for expected in 1..=501 {
        let (id, data) = reader.event().await.expect("an event");
        assert_eq!(id, expected);
        assert_eq!(data["number"], expected);
    }
    emit(&server, 1).await;
    let (id, data) = reader.event().await.expect("a live event");
    assert_eq!(
        (id, data["type"].as_str(), data["data"]["text"].as_str()),
        (502, Some("test.happened"), Some("line\nbreak"))
    );

    let mut resumed = Reader::open(&server, "/api/v1/events/stream?after=0", "Last-Event-ID: 500\r\n").await;
    assert_eq!(resumed.event().await.expect("an event").0, 501, "the header wins over the query");
    let mut fresh = Reader::open(&server, "/api/v1/events/stream", "").await;
    emit(&server, 1).await;
    assert_eq!(fresh.event().await.expect("an event").0, 503, "without a number, only what is new");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn concurrent_writes_leave_no_gap_for_a_reader_that_comes_and_goes() {
    let server = std::sync::Arc::new(server(Limits::default()).await);
    let writers: Vec<_> = (0..4)
        .map(|_| {
            let server = std::sync::Arc::clone(&server);
            tokio::spawn(async move {
                for _ in 0..50 {
                    emit(&server, 3).await;
                }
            })
        })
        .collect();
    let last = 1 + 4 * 50 * 3;
    let mut seen = 0;
    while seen < last {
        let mut reader = Reader::open(&server, "/api/v1/events/stream", &format!("Last-Event-ID: {seen}\r\n")).await;
        // Some events, then a new connection after the last of them.
        for _ in 0..97.min(last - seen) {
            let (id, _) = reader.event().await.expect("an event");
            assert_eq!(id, seen + 1, "no gap, no repetition, in order");
            seen = id;
        }
    }
    for writer in writers {
        writer.await.expect("no panic");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn heartbeats_come_and_a_revoked_key_ends_the_stream() {
    let mut server = server(Limits { heartbeat: Duration::from_millis(200), ..Limits::default() }).await;
    let (id, secret) = server.make_key(json!({ "scopes": ["events:read"] })).await;
    server.key = secret;
    let mut reader = Reader::open(&server, "/api/v1/events/stream", "").await;
    while reader.line().await.expect("a line") != ": heartbeat" {}
    let key: outrider_domain::id::KeyId = id.parse().expect("an id");
    let (project, now) = (server.project, outrider_domain::time::Millis(1));
    server
        .pipeline
        .store()
        .write(move |tx| outrider_store::keys::revoke(tx, project, key, now))
        .await
        .expect("revoked");
    let (mut ended, mut said) = (false, false);
    while !ended {
        match reader.line().await {
            Some(line) => said |= line.contains("revoked_api_key"),
            None => ended = true,
        }
    }
    assert!(said, "it says why");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_is_guarded_like_the_rest() {
    let server = server(Limits { streams: 1, ..Limits::default() }).await;
    let path = "/api/v1/events/stream";
    server.send("GET", path, &[], b"").await.assert_refused(401, "missing_api_key", None);
    let (_, secret) = server.make_key(json!({ "scopes": ["leads:read"] })).await;
    let authorization = format!("Bearer {secret}");
    server.send("GET", path, &[("Authorization", &authorization)], b"").await.assert_refused(
        403,
        "insufficient_scope",
        None,
    );
    for (query, field) in
        [("?after=x", "after"), ("?after=-1", "after"), ("?after=1&after=2", "after"), ("?before=1", "before")]
    {
        server.call("GET", &format!("{path}{query}"), None).await.assert_refused(400, "validation_error", Some(field));
    }
    server.call_with("GET", path, &[("Last-Event-ID", "x")], None).await.assert_refused(
        400,
        "validation_error",
        Some("Last-Event-ID"),
    );
    server.call("POST", path, None).await.assert_refused(405, "method_not_allowed", None);
    let _reader = Reader::open(&server, path, "").await;
    server.call("GET", path, None).await.assert_refused(503, "overloaded", None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_shutdown_ends_streams_at_once() {
    let server = server(Limits::default()).await;
    let mut reader = Reader::open(&server, "/api/v1/events/stream", "").await;
    let begun = std::time::Instant::now();
    server.stop().await;
    assert!(begun.elapsed() < Duration::from_secs(5));
    while reader.line().await.is_some() {}
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_reads_nothing_is_dropped() {
    let server = server(Limits { stalled_write: Duration::from_millis(300), ..Limits::default() }).await;
    for _ in 0..30 {
        emit(&server, 2_000).await;
    }
    let mut stream = TcpStream::connect(&server.address).await.expect("a connection");
    let head = format!("GET /api/v1/events/stream?after=0 HTTP/1.0\r\nAuthorization: Bearer {}\r\n\r\n", server.key);
    stream.write_all(head.as_bytes()).await.expect("written");
    let open = async || server.send("GET", "/metrics", &[], b"").await.text().contains("outrider_event_streams 1\n");
    let wait = async |wanted: bool| {
        for _ in 0..200 {
            if open().await == wanted {
                return true;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        false
    };
    assert!(wait(true).await, "the stream is open");
    assert!(wait(false).await, "and is dropped while its client reads nothing");
    let mut rest = Vec::new();
    // A reset or an end, but no more than what the system had taken in.
    let _ = stream.read_to_end(&mut rest).await;
    assert!(!String::from_utf8_lossy(&rest).contains("id: 60001\n"), "all of it came");
}
