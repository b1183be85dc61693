//! The guarded client against servers on loopback that behave well, badly, and not at all.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use outrider_engine::ports::Web;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::GuardedWeb;

/// A server that answers every request with the same bytes, and counts connections.
async fn server(answer: &'static [u8]) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let visits = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&visits);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            counted.fetch_add(1, Ordering::Relaxed);
            tokio::spawn(async move {
                let mut request = [0; 4096];
                // Whoever hangs up early has had enough.
                drop(stream.read(&mut request).await);
                drop(stream.write_all(answer).await);
                if answer.is_empty() {
                    tokio::time::sleep(Duration::from_secs(30)).await;
                }
            });
        }
    });
    (address, visits)
}

#[tokio::test]
async fn an_open_host_is_read_without_tls() {
    let (address, visits) = server(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}").await;
    let web = GuardedWeb::new(vec![address.clone()]).unwrap();
    let url = format!("http://{address}/client.json");
    assert!(web.is_open(&url) && !web.is_open("http://127.0.0.1:1/client.json"));
    assert_eq!(web.get(&url, 10).await, Ok(b"{}".to_vec()));
    assert_eq!(visits.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn private_addresses_are_refused_in_every_spelling_and_not_even_called() {
    let (address, visits) = server(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await;
    let port = address.rsplit(':').next().unwrap();
    let web = GuardedWeb::new(Vec::new()).unwrap();
    for host in [
        "127.0.0.1",
        "2130706433",
        "0x7f.1",
        "0x7f000001",
        "0177.0.0.1",
        "127.1",
        "0",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "localhost",
        "LOCALHOST",
        "localhost.",
        "127.0.0.1.",
        "10.0.0.1",
        "169.254.169.254",
        "[fe80::1]",
        "[fd00::1]",
        "user@127.0.0.1",
    ] {
        for scheme in ["https", "http"] {
            let url = format!("{scheme}://{host}:{port}/");
            assert!(web.get(&url, 10).await.is_err(), "{url}");
        }
    }
    for url in ["ftp://example.com/", "file:///etc/passwd", "https://", "", "//x"] {
        assert!(web.get(url, 10).await.is_err(), "{url}");
    }
    assert_eq!(visits.load(Ordering::Relaxed), 0);
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let (inner, visits) = server(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await;
    let text = format!("HTTP/1.1 302 Found\r\nLocation: http://{inner}/\r\nContent-Length: 0\r\n\r\n");
    let (outer, _) = server(text.leak().as_bytes()).await;
    let web = GuardedWeb::new(vec![outer.clone(), inner]).unwrap();
    assert_eq!(web.get(&format!("http://{outer}/"), 10).await, Err("it answered 302".to_owned()));
    assert_eq!(visits.load(Ordering::Relaxed), 0);
}

#[tokio::test]
async fn size_and_time_are_bounded() {
    let (announced, _) = server(b"HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\nhello world").await;
    let (unannounced, _) = server(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhello world").await;
    let (silent, _) = server(b"").await;
    let open = vec![announced.clone(), unannounced.clone(), silent.clone()];
    let web = GuardedWeb::patient(open, Duration::from_millis(300)).unwrap();
    for address in [announced, unannounced] {
        assert_eq!(web.get(&format!("http://{address}/"), 10).await, Err("it has more than 10 bytes".to_owned()));
    }
    assert_eq!(web.get(&format!("http://{silent}/"), 10).await, Err("it took too long".to_owned()));
}
