//! Clients that do not read what they asked for, or write as slowly as they can: they lose their connection, and nobody else notices.

use std::time::Duration;

use outrider_http::Limits;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

use super::client::{Client, request};
use crate::fixture::{Server, Setup};

/// Longest a server may take to give up on such a client.
const PATIENCE: Duration = Duration::from_secs(20);

async fn hasty() -> Server {
    let limits = Limits {
        headers: Duration::from_millis(300),
        body: Duration::from_millis(300),
        stalled_write: Duration::from_millis(300),
        ..Limits::default()
    };
    Server::set_up(Setup { limits, ..Setup::default() }).await
}

/// A request as bytes, on a connection that is kept.
fn message(server: &Server, body: &str, length: usize) -> Vec<u8> {
    format!(
        "POST /mcp?toolsets=all HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\n\
         Accept: application/json, text/event-stream\r\nMcp-Protocol-Version: 2026-07-28\r\nMcp-Method: tools/list\r\n\
         Content-Length: {length}\r\n\r\n{body}",
        server.key
    )
    .into_bytes()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_does_not_read_is_cut_off_and_others_are_answered() {
    let server = hasty().await;
    let meta = json!({ "_meta": {
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientInfo": { "name": "slow", "version": "1" },
        "io.modelcontextprotocol/clientCapabilities": {},
    } });
    let body = request(1, "tools/list", meta).to_string();
    let bytes = message(&server, &body, body.len());
    // A small window fills with a few long lists.
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.set_recv_buffer_size(4096).expect("a small buffer");
    let mut slow = socket.connect(server.address.parse().expect("an address")).await.expect("a connection");
    let asking = async {
        // It ends when the server has hung up and takes no more.
        while slow.write_all(&bytes).await.is_ok() {}
    };
    let answered = async {
        let client = Client::native(&server).initialized().await;
        for _ in 0..5 {
            assert!(client.tools().await.contains(&"list_leads".to_owned()));
        }
    };
    let both = async { tokio::join!(asking, answered) };
    tokio::time::timeout(PATIENCE, both).await.expect("a server that gives up on who does not read");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_writes_half_a_message_hears_an_error_and_is_cut_off() {
    let server = hasty().await;
    let mut slow = TcpStream::connect(&server.address).await.expect("a connection");
    slow.write_all(&message(&server, "{\"jsonrpc\":", 500)).await.expect("written");
    let mut heard = Vec::new();
    tokio::time::timeout(PATIENCE, slow.read_to_end(&mut heard)).await.expect("closed in time").expect("closed");
    let heard = String::from_utf8_lossy(&heard);
    assert!(heard.starts_with("HTTP/1.1 408 ") && heard.contains("\"jsonrpc\":\"2.0\""), "{heard}");
    server.stop().await;
}
