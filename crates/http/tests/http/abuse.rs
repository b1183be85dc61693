//! Bodies and connections that no honest client makes: always an answer of its kind or a closed connection, never a 5xx.

use std::time::{Duration, Instant};

use outrider_http::Limits;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::fixture::{Server, Setup};

const JSON: (&str, &str) = ("Content-Type", "application/json");

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bodies_that_are_not_what_they_should_be() {
    let server = Server::start().await;
    let authorization = format!("Bearer {}", server.key);
    let post = async |headers: &[(&str, &str)], body: &[u8]| {
        let mut all = vec![("Authorization", authorization.as_str())];
        all.extend(headers);
        server.send("POST", "/api/v1/leads", &all, body).await.refusal()
    };
    let deep = "{\"custom_fields\":".repeat(20_000);
    for body in [
        &b"{"[..],
        b"nonsense",
        b"{\"name\": \"\xff\xfe\"}",
        b"{} {}",
        b"{\"name\": \"\\ud800\"}",
        deep.as_bytes(),
        &[0; 100],
    ] {
        let (status, code, _) = post(&[JSON], body).await;
        assert_eq!((status, code.as_str()), (400, "malformed_json"), "{:?}", &body[..body.len().min(40)]);
    }
    let (status, code, field) = post(&[JSON], br#"{"name": "a", "name": "b"}"#).await;
    assert_eq!((status, code.as_str(), field.as_deref()), (400, "malformed_json", Some("name")));
    for headers in [
        &[("Content-Type", "text/plain")][..],
        &[],
        &[("Content-Type", "application/x-www-form-urlencoded")],
        &[JSON, ("Content-Encoding", "gzip")],
    ] {
        let (status, code, _) = post(headers, br#"{"name": "a"}"#).await;
        assert_eq!((status, code.as_str()), (415, "unsupported_media_type"), "{headers:?}");
    }
    let huge = format!("{{\"name\": \"{}\"}}", "x".repeat(2 * 1024 * 1024));
    let (status, code, _) = post(&[JSON], huge.as_bytes()).await;
    assert_eq!((status, code.as_str()), (413, "body_too_large"));
    let chunked = format!(
        "POST /api/v1/leads HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: {authorization}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n{:x}\r\n{huge}\r\n0\r\n\r\n",
        huge.len()
    );
    let (status, code, _) = server.raw(chunked.as_bytes()).await.refusal();
    assert_eq!((status, code.as_str()), (413, "body_too_large"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn heads_that_are_not_http() {
    let server = Server::start().await;
    for (bytes, statuses) in [
        (b"GARBAGE\r\n\r\n".to_vec(), &[400][..]),
        (b"GET /api/v1/leads HTTP/9.9\r\n\r\n".to_vec(), &[400, 505]),
        (
            format!("GET /{} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "a".repeat(100_000)).into_bytes(),
            &[414, 431],
        ),
        (
            format!("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Long: {}\r\n\r\n", "a".repeat(1_000_000))
                .into_bytes(),
            &[431],
        ),
    ] {
        let answer = server.raw(&bytes).await;
        assert!(
            statuses.contains(&answer.status),
            "{} for {:?}",
            answer.status,
            String::from_utf8_lossy(&bytes[..20.min(bytes.len())])
        );
    }
    server.send("GET", "/healthz", &[], b"").await.assert_status(200);
}

fn hasty() -> Limits {
    Limits {
        headers: Duration::from_millis(300),
        body: Duration::from_millis(300),
        operation: Duration::from_millis(100),
        drain: Duration::from_secs(5),
        ..Limits::default()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn slow_heads_are_cut_off_and_slow_bodies_answered() {
    let server = Server::set_up(Setup { limits: hasty(), ..Setup::default() }).await;
    let mut slow = TcpStream::connect(&server.address).await.expect("a connection");
    slow.write_all(b"GET /api/v1/leads HTTP/1.1\r\nHost:").await.expect("written");
    let begun = Instant::now();
    let mut rest = Vec::new();
    tokio::time::timeout(Duration::from_secs(10), slow.read_to_end(&mut rest))
        .await
        .expect("closed in time")
        .expect("closed");
    assert!(begun.elapsed() >= Duration::from_millis(250), "cut off too early");

    let half = format!(
        "POST /api/v1/leads HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{{\"name\":",
        server.key
    );
    server.raw(half.as_bytes()).await.assert_refused(408, "request_timeout", None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_operation_that_takes_too_long_is_answered_as_unknown() {
    let server =
        Server::set_up(Setup { operations: crate::operations::OPERATIONS, limits: hasty(), ..Setup::default() }).await;
    server.call("POST", "/api/v1/sleep", None).await.assert_refused(503, "deadline_exceeded", None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_beyond_the_bound_wait_their_turn() {
    let limits = Limits { connections: 2, headers: Duration::from_millis(500), ..Limits::default() };
    let server = Server::set_up(Setup { limits, ..Setup::default() }).await;
    let idle = [
        TcpStream::connect(&server.address).await.expect("one"),
        TcpStream::connect(&server.address).await.expect("two"),
    ];
    tokio::time::sleep(Duration::from_millis(50)).await;
    let begun = Instant::now();
    server.send("GET", "/healthz", &[], b"").await.assert_status(200);
    assert!(begun.elapsed() >= Duration::from_millis(200), "it should have waited for an idle one to be cut off");
    drop(idle);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_shutdown_lets_requests_under_way_end() {
    let server = Server::set_up(Setup { operations: crate::operations::OPERATIONS, ..Setup::default() }).await;
    let head = format!("POST /api/v1/sleep HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\n\r\n", server.key);
    let mut stream = TcpStream::connect(&server.address).await.expect("a connection");
    stream.write_all(head.as_bytes()).await.expect("written");
    tokio::time::sleep(Duration::from_millis(100)).await;
    let address = server.address.clone();
    server.stop().await;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(TcpStream::connect(&address).await.is_err(), "nobody listens any more");
}
