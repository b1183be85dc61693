//! The guarded client against servers on loopback that behave well, badly, and not at all.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use outrider_engine::ports::Web;
use outrider_testkit::name_server::NameServer;
use reqwest::dns::Resolve;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::{GuardedWeb, Names};
use crate::name_server::{Asking, resolver};

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
    let web = GuardedWeb::new(vec![address.clone()], None).unwrap();
    let url = format!("http://{address}/client.json");
    assert!(web.is_open(&url) && !web.is_open("http://127.0.0.1:1/client.json"));
    assert_eq!(web.get(&url, 10).await, Ok(b"{}".to_vec()));
    assert_eq!(visits.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn private_addresses_are_refused_in_every_spelling_and_not_even_called() {
    let (address, visits) = server(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await;
    let port = address.rsplit(':').next().unwrap();
    let web = GuardedWeb::new(Vec::new(), None).unwrap();
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
    let web = GuardedWeb::new(vec![outer.clone(), inner], None).unwrap();
    assert_eq!(web.get(&format!("http://{outer}/"), 10).await, Err("it answered 302".to_owned()));
    assert_eq!(visits.load(Ordering::Relaxed), 0);
}

#[tokio::test]
async fn size_and_time_are_bounded() {
    let (announced, _) = server(b"HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\nhello world").await;
    let (unannounced, _) = server(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhello world").await;
    let (silent, _) = server(b"").await;
    let open = vec![announced.clone(), unannounced.clone(), silent.clone()];
    let web = GuardedWeb::patient(open, None, Duration::from_millis(300)).unwrap();
    for address in [announced, unannounced] {
        assert_eq!(web.get(&format!("http://{address}/"), 10).await, Err("it has more than 10 bytes".to_owned()));
    }
    assert_eq!(web.get(&format!("http://{silent}/"), 10).await, Err("it took too long".to_owned()));
}

#[tokio::test]
async fn a_name_that_changes_where_it_leads_is_judged_at_every_look() {
    let Ok(dns) = NameServer::start(&[]) else { return };
    let asking = Asking { server: Some(dns.address()), patience: Duration::from_secs(5), remembered: 0 };
    let names = Names { resolver: Some(resolver(asking).unwrap()), public_alone: true };
    let look = async || {
        let found = names.resolve("rebind.example".parse().unwrap()).await.map_err(|error| error.to_string())?;
        Ok::<_, String>(found.map(|address| address.ip().to_string()).collect::<Vec<_>>())
    };
    let private = || Err("the name leads to a private address".to_owned());
    dns.set_addresses(&[("rebind.example", "93.184.216.34")]);
    assert_eq!(look().await, Ok(vec!["93.184.216.34".to_owned()]));
    dns.set_addresses(&[("rebind.example", "127.0.0.1")]);
    assert_eq!(look().await, private());
    dns.set_addresses(&[("rebind.example", "93.184.216.34"), ("rebind.example", "127.0.0.1")]);
    assert_eq!(look().await, private(), "a name with both is somebody's attempt");
    dns.set_addresses(&[("rebind.example", "::ffff:10.0.0.1")]);
    assert_eq!(look().await, private());
}

#[tokio::test]
async fn a_name_that_leads_inside_is_not_called_unless_the_operator_opened_it() {
    let Ok(dns) = NameServer::start(&[]) else { return };
    dns.set_addresses(&[("inside.example", "127.0.0.1")]);
    let (inner, visits) = server(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}").await;
    let port = inner.rsplit(':').next().unwrap();
    let refused = GuardedWeb::new(Vec::new(), Some(dns.address())).unwrap();
    let said = refused.get(&format!("https://inside.example:{port}/"), 10).await;
    assert_eq!(said, Err("the name leads to a private address".to_owned()));
    assert_eq!(visits.load(Ordering::Relaxed), 0);
    let opened = GuardedWeb::new(vec![format!("inside.example:{port}")], Some(dns.address())).unwrap();
    assert_eq!(opened.get(&format!("http://inside.example:{port}/"), 10).await, Ok(b"{}".to_vec()));
    assert_eq!(visits.load(Ordering::Relaxed), 1);
}

/// How a server means harm.
#[derive(Clone, Copy, Debug)]
enum Harm {
    /// A body without an end.
    Stream,
    /// A header without an end.
    Header,
    /// A byte now and then.
    Drip,
    /// Little that unpacks to much.
    Bomb,
}

/// A server that means harm, and how many bytes it got rid of.
async fn harmful(harm: Harm) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let sent = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&sent);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let counted = Arc::clone(&counted);
            tokio::spawn(async move {
                let mut request = [0; 4096];
                drop(stream.read(&mut request).await);
                let head = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n";
                let (head, again, pause) = match harm {
                    Harm::Stream => (
                        format!("{head}Transfer-Encoding: chunked\r\n\r\n"),
                        format!("4000\r\n{}\r\n", "x".repeat(0x4000)),
                        0,
                    ),
                    Harm::Header => (head.to_owned(), format!("X-More: {}\r\n", "y".repeat(4_000)), 0),
                    Harm::Drip => (format!("{head}Connection: close\r\n\r\n"), "z".to_owned(), 20),
                    Harm::Bomb => {
                        let bomb = bomb();
                        let head = format!("{head}Content-Encoding: gzip\r\nContent-Length: {}\r\n\r\n", bomb.len());
                        drop(stream.write_all(&[head.as_bytes(), bomb.as_slice()].concat()).await);
                        counted.fetch_add(bomb.len(), Ordering::Relaxed);
                        return;
                    }
                };
                drop(stream.write_all(head.as_bytes()).await);
                // Until whoever reads it has had enough.
                while stream.write_all(again.as_bytes()).await.is_ok() {
                    counted.fetch_add(again.len(), Ordering::Relaxed);
                    tokio::time::sleep(Duration::from_millis(pause)).await;
                }
            });
        }
    });
    (address, sent)
}

/// Some 60 kB of gzip (RFC 1952) for ten million times one letter: a block of fixed codes (RFC 1951, section 3.2.6) with a literal
/// and the longest repetition of it over and over.
fn bomb() -> Vec<u8> {
    let mut bits: Vec<u8> = vec![1, 1, 0, 1, 0, 1, 0, 1, 0, 0, 0];
    for _ in 0..38_000 {
        bits.extend([1, 1, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0]);
    }
    bits.extend([0; 7]);
    let packed = bits.chunks(8).map(|byte| byte.iter().enumerate().fold(0, |sum, (place, bit)| sum | (bit << place)));
    [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3].into_iter().chain(packed).collect()
}

#[tokio::test]
async fn servers_that_mean_harm_cost_little_time_and_few_bytes() {
    const MOST: usize = 100_000;
    for harm in [Harm::Stream, Harm::Header, Harm::Drip, Harm::Bomb] {
        let (address, sent) = harmful(harm).await;
        let web = GuardedWeb::patient(vec![address.clone()], None, Duration::from_millis(600)).unwrap();
        let begun = std::time::Instant::now();
        let read = web.page(&format!("http://{address}/"), MOST).await;
        assert!(begun.elapsed() < Duration::from_secs(5), "{harm:?} took {:?}", begun.elapsed());
        match harm {
            // It is not unpacked at all, so there is nothing that could grow.
            Harm::Bomb => assert_eq!(read.unwrap().body, bomb()),
            _ => assert!(read.is_err(), "{harm:?}: {read:?}"),
        }
        let before = sent.load(Ordering::Relaxed);
        // What is on its way lies in the buffers of two sockets.
        assert!(before < MOST + 16 * 1024 * 1024, "{harm:?} got rid of {before} bytes");
        tokio::time::sleep(Duration::from_millis(100)).await;
        let after = sent.load(Ordering::Relaxed);
        tokio::time::sleep(Duration::from_millis(200)).await;
        assert_eq!(sent.load(Ordering::Relaxed), after, "{harm:?}: the connection is closed");
    }
}
